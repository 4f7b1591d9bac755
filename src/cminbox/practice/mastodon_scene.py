"""The practice Mastodon server as a scene: the brand's account, its posts, and everybody who writes to it."""

from __future__ import annotations

from cminbox.clock import Clock
from cminbox.practice.faults import When
from cminbox.practice.mastodon import MastodonServer
from cminbox.practice.mastodon_books import Person, Post
from cminbox.practice.scene import FOLLOWERS, Answer, Login, display_name, likes, passes_on
from cminbox.practice.transport import PracticeTransport

_DOMAIN = "social.practice.example"


class MastodonScene:
    """See `Scene`. Comments and mentions name us, as people's clients do by themselves."""

    def __init__(self, clock: Clock, brand: str) -> None:
        self._server = MastodonServer(clock, domain=_DOMAIN)
        self._us = self._server.add_person(brand.lower(), brand)
        self._us.followers = FOLLOWERS
        self._token = self._server.issue_token(self._us)
        self._to_us: list[Post] = []
        self.transport = PracticeTransport(self._server, clock)
        self.login = Login(
            name=f"{brand.lower()}@{_DOMAIN}", network="mastodon", url=f"https://{_DOMAIN}", secret=self._token
        )

    def our_post(self, text: str) -> str:
        """A public post of ours."""
        return self._server.post(self._us, text).id

    def comment(self, who: str, text: str, under: str) -> str:
        """A public reply to a post of ours. Some like it besides, and some pass it on."""
        person, post = self._person(who), self._server.posts[under]
        if likes(who):
            post.likes.add(person.id)
        if passes_on(who):
            post.boosts.add(person.id)
        return self._heard(self._server.post(person, self._named(text), in_reply_to=post))

    def mention(self, who: str, text: str) -> str:
        """A public post with our name in it."""
        return self._heard(self._server.post(self._person(who), self._named(text)))

    def direct(self, who: str, text: str) -> str:
        """A post that only we can read."""
        return self._heard(self._server.post(self._person(who), self._named(text), visibility="direct"))

    def edit(self, remote_id: str, text: str) -> None:
        """The author edits a post."""
        self._server.edit(self._server.posts[remote_id], self._named(text))

    def delete(self, remote_id: str) -> None:
        """The author deletes a post."""
        self._server.delete(self._server.posts[remote_id])

    def limit(self, seconds: float) -> None:
        """The next two posts of ours are too many; the server says for how long."""
        headers = (("retry-after", str(round(seconds))),)
        self.transport.faults.add("POST", "/api/v1/statuses", When.STATUS, times=2, status=429, headers=headers)

    def expire(self) -> None:
        """Our token is revoked."""
        self._server.revoke(self._token)

    def renew(self) -> str:
        """Another token."""
        self._token = self._server.issue_token(self._us)
        return self._token

    def lose_answer(self) -> None:
        """The server keeps the next post of ours; we never hear so."""
        self.transport.faults.add("POST", "/api/v1/statuses", When.AFTER)

    def written(self) -> tuple[str, ...]:
        """What others wrote to us and did not delete."""
        return tuple(post.id for post in self._to_us if post.exists)

    def answers(self) -> tuple[Answer, ...]:
        """Our posts that reply to somebody."""
        posts = self._server.statuses_by(self._us)
        return tuple(Answer(post.id, post.parent.id, post.text) for post in posts if post.parent is not None)

    def _person(self, who: str) -> Person:
        return self._server.person(who) or self._server.add_person(who, display_name(who))

    def _named(self, text: str) -> str:
        return f"@{self._us.acct} {text}"

    def _heard(self, post: Post) -> str:
        self._to_us.append(post)
        return post.id
