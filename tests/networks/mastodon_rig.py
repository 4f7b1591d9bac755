"""A practice Mastodon server, and one of those that speak its API, under the contract suite."""

from datetime import timedelta

from cminbox.networks.mastodon import Mastodon
from cminbox.practice.mastodon import GoToSocial, MastodonServer

from .rig import Fact, Rig
from .spec import checked


class MastodonRig(Rig):
    """Our account "brand"; "ana" lives on the same server, "bob" on another."""

    sends = ("POST", "/api/v1/statuses")
    reads = ("GET", "/api/v1/accounts/*/statuses")
    page = 40
    domain = "social.example"

    def __init__(self):
        super().__init__()
        self.server = self.make()
        self.people = {
            "us": self.server.add_person("brand", "The Brand"),
            "ana": self.server.add_person("ana", "Ana López"),
            "bob": self.server.add_person("bob@else.example", "Bob"),
        }
        self.token = self.server.issue_token(self.people["us"])
        self.plug(checked(self.server, "mastodon"))

    def make(self):
        return MastodonServer(self.clock, domain=self.domain)

    def open(self, *, since=timedelta(days=7), secret=None, url=None, **settings):
        return self.connect(
            Mastodon,
            "brand",
            url or f"https://{self.domain}",
            self.token if secret is None else secret,
            since,
            settings,
        )

    def write(self, who, text, *, reply_to=None, private=False):
        to = "@ana" if who == "us" else "@brand"
        parent = self.server.posts[reply_to] if reply_to else None
        visibility = "direct" if private else "public"
        if private or who != "us":
            text = f"{to} {text}"
        return self.server.post(self.people[who], text, in_reply_to=parent, visibility=visibility).id

    def edit(self, remote_id, text):
        post = self.server.posts[remote_id]
        self.server.edit(post, text if post.author is self.people["us"] else f"@brand {text}")

    def remove(self, remote_id):
        self.server.delete(self.server.posts[remote_id])

    def facts(self):
        names = {person.id: name for name, person in self.people.items()}
        return [
            Fact(
                post.id,
                names[post.author.id],
                post.text,
                post.parent.id if post.parent else None,
                post.visibility == "direct",
            )
            for post in self.server.in_order()
            if post.exists
        ]

    def spoil(self):
        self.server.spoil(self.people["us"])
        self.forgive()

    def revoke(self):
        self.server.revoke(self.token)

    def ignore_keys(self):
        self.server.honours_keys = False
        return True


class GoToSocialRig(MastodonRig):
    """The same people on a server of another make."""

    keeps_keys = False
    excused = frozenset({": 'api_versions' is a required property"})

    def make(self):
        return GoToSocial(self.clock, domain=self.domain)
