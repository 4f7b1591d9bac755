"""A practice Bluesky under the contract suite."""

from datetime import timedelta

from cminbox.networks.bluesky import Bluesky
from cminbox.practice.bluesky import PRIVILEGED, BlueskyServer
from cminbox.practice.bluesky_books import POST

from .rig import Fact, Rig
from .spec import checked


class BlueskyRig(Rig):
    """Our account "brand"; "ana" lives below the same domain, "bob" has a handle of his own."""

    sends = ("POST", "/xrpc/com.atproto.repo.createRecord")
    reads = ("GET", "/xrpc/app.bsky.notification.listNotifications")
    page = 100
    edits = False
    domain = "bsky.example"

    def __init__(self):
        super().__init__()
        self.server = BlueskyServer(self.clock, domain=self.domain)
        self.people = {
            "us": self.server.add_person("brand", "The Brand"),
            "ana": self.server.add_person("ana", "Ana López"),
            "bob": self.server.add_person("bob.else.example", "Bob"),
        }
        self.password = self.server.issue_password(self.people["us"])
        self.plug(checked(self.server, "bluesky"))

    def open(self, *, since=timedelta(days=7), secret=None, url=None, scope=PRIVILEGED, **settings):
        password = self.password if scope == PRIVILEGED else self.server.issue_password(self.people["us"], scope=scope)
        return self.connect(
            Bluesky,
            "brand",
            f"https://{self.domain}" if url is None else url,
            f"brand.{self.domain}:{password}" if secret is None else secret,
            since,
            settings,
        )

    def write(self, who, text, *, reply_to=None, private=False):
        author = self.people[who]
        if private:
            other = self.people["ana" if who == "us" else "us"]
            convo = self.server.convo(author, other)
            return f"{convo.id}/{self.server.send(author, convo, text).id}"
        answers = self.server.records[reply_to] if reply_to else None
        return self.server.write(author, text if who == "us" else f"@brand {text}", answers=answers).uri

    def edit(self, remote_id, text):
        raise NotImplementedError("nothing can be edited at Bluesky")

    def remove(self, remote_id):
        self.server.delete(self.server.records[remote_id])

    def facts(self):
        names = {person.did: name for name, person in self.people.items()}
        posts = [
            (post.indexed_at, Fact(post.uri, names[post.owner.did], post.value["text"], post.parent))
            for post in self.server.all_of(POST)
        ]
        letters = [
            (letter.at, Fact(f"{convo.id}/{letter.id}", names[letter.author.did], letter.text, private=True))
            for convo in self.server.convos.values()
            for letter in convo.letters
        ]
        return [fact for _at, fact in sorted((*posts, *letters), key=lambda one: one[0])]

    def spoil(self):
        self.server.spoil(self.people["us"])
        self.forgive()

    def revoke(self):
        self.server.revoke(self.password)

    def ignore_keys(self):
        return False
