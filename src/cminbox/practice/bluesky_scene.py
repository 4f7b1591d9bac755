"""The practice Bluesky as a scene: the brand's account, its posts, and everybody who writes to it."""

from __future__ import annotations

from cminbox.clock import Clock
from cminbox.practice.bluesky import BlueskyServer
from cminbox.practice.bluesky_books import POST, Letter, Person, Record
from cminbox.practice.faults import When
from cminbox.practice.scene import FOLLOWERS, Answer, Login, display_name, likes, passes_on
from cminbox.practice.transport import PracticeTransport

_DOMAIN = "bsky.practice.example"
_WRITES = "/xrpc/com.atproto.repo.createRecord"


class BlueskyScene:
    """See `Scene`. Who edits a post there deletes it and writes another: its first id goes on to mean the newest."""

    def __init__(self, clock: Clock, brand: str) -> None:
        self._server = BlueskyServer(clock, domain=_DOMAIN)
        self._us = self._server.add_person(brand.lower(), brand)
        self._us.followers = FOLLOWERS
        self._password = self._server.issue_password(self._us)
        self._to_us: list[Record] = []
        self._letters: dict[str, Letter] = {}
        self._newest: dict[str, Record] = {}
        self.transport = PracticeTransport(self._server, clock)
        self.login = Login(
            name=self._us.handle, network="bluesky", url=f"https://{_DOMAIN}", secret=self._secret(self._password)
        )

    def our_post(self, text: str) -> str:
        """A post of ours."""
        return self._server.write(self._us, text).uri

    def comment(self, who: str, text: str, under: str) -> str:
        """An answer to a post of ours. Some like it besides, and some pass it on."""
        person, post = self._person(who), self._server.records[under]
        if likes(who) and self._server.liking(person, post) is None:
            self._server.like(person, post)
        if passes_on(who):
            self._server.repost(person, post)
        return self._heard(self._server.write(person, text, answers=post))

    def mention(self, who: str, text: str) -> str:
        """A post with our name in it."""
        return self._heard(self._server.write(self._person(who), f"@{self._us.handle} {text}"))

    def direct(self, who: str, text: str) -> str:
        """A private message."""
        person = self._person(who)
        convo = self._server.convo(person, self._us)
        letter = self._server.send(person, convo, text)
        self._letters[f"{convo.id}/{letter.id}"] = letter
        return f"{convo.id}/{letter.id}"

    def edit(self, remote_id: str, text: str) -> None:
        """The author deletes a post and writes it anew; a private message stays as it is."""
        old = self._record(remote_id)
        if old is None:
            return
        self._server.delete(old)
        answers = self._server.find(old.parent) if old.parent else None
        new = self._server.write(old.owner, text if answers else f"@{self._us.handle} {text}", answers=answers)
        self._newest[remote_id] = new
        self._heard(new)

    def delete(self, remote_id: str) -> None:
        """The author deletes a post; a private message cannot be taken back."""
        record = self._record(remote_id)
        if record is not None:
            self._server.delete(record)

    def limit(self, seconds: float) -> None:
        """The next two records of ours are too many; the server says for how long."""
        headers = (("retry-after", str(round(seconds))),)
        self.transport.faults.add("POST", _WRITES, When.STATUS, times=2, status=429, headers=headers)

    def expire(self) -> None:
        """Our app password is revoked, and its sessions with it."""
        self._server.revoke(self._password)

    def renew(self) -> str:
        """Another app password, with our handle."""
        self._password = self._server.issue_password(self._us)
        return self._secret(self._password)

    def lose_answer(self) -> None:
        """The server keeps the next record of ours; we never hear so."""
        self.transport.faults.add("POST", _WRITES, When.AFTER)

    def written(self) -> tuple[str, ...]:
        """What others wrote to us and did not delete."""
        return (*(post.uri for post in self._to_us if not post.deleted), *self._letters)

    def answers(self) -> tuple[Answer, ...]:
        """Our posts that answer somebody, and our private messages (each to the conversation)."""
        posts = self._server.all_of(POST, self._us)
        public = [Answer(post.uri, post.parent, post.value["text"]) for post in posts if post.parent]
        private = [
            Answer(f"{convo.id}/{letter.id}", convo.id, letter.text)
            for convo in self._server.convos.values()
            for letter in convo.letters
            if letter.author is self._us
        ]
        return (*public, *private)

    def _record(self, remote_id: str) -> Record | None:
        return self._newest.get(remote_id) or self._server.find(remote_id)

    def _person(self, who: str) -> Person:
        return self._server.person(who) or self._server.add_person(who, display_name(who))

    def _heard(self, post: Record) -> str:
        self._to_us.append(post)
        return post.uri

    def _secret(self, password: str) -> str:
        return f"{self._us.handle}:{password}"
