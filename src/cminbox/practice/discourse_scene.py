"""The practice forum as a scene: the brand's topics, and everybody who writes there."""

from __future__ import annotations

from cminbox.clock import Clock
from cminbox.practice.discourse import DiscourseServer
from cminbox.practice.discourse_books import Post, User
from cminbox.practice.faults import When
from cminbox.practice.scene import Answer, Login, display_name, likes
from cminbox.practice.transport import PracticeTransport

_DOMAIN = "forum.practice.example"
_WRITES = "/posts.json"


class DiscourseScene:
    """See `Scene`."""

    def __init__(self, clock: Clock, brand: str) -> None:
        self._server = DiscourseServer(clock, domain=_DOMAIN)
        self._us = self._server.add_user(brand.lower(), brand, moderator=True)
        self._key = self._server.issue_key(self._us)
        self._square = self._server.open_topic(self._server.add_user("host"), "Questions", "Ask what you like here.")
        self._to_us: list[Post] = []
        # Practice texts are as long as they are.
        self._server.min_length = 1
        self.transport = PracticeTransport(self._server, clock)
        self.login = Login(
            name=f"{brand.lower()}@{_DOMAIN}", network="discourse", url=f"https://{_DOMAIN}", secret=self._key
        )

    def our_post(self, text: str) -> str:
        """A new topic of ours."""
        return str(self._server.open_topic(self._us, text.partition("\n")[0][:80], text).topic.id)

    def comment(self, who: str, text: str, under: str) -> str:
        """A post in a topic of ours. Some like what it begins with besides; three look for one who writes."""
        user, topic = self._user(who), self._server.topics[int(under)]
        begin = self._server.numbered(topic, 1)
        if begin is not None and likes(who):
            self._server.like(user, begin)
        topic.views += 3
        return self._heard(self._server.write(user, topic, text))

    def mention(self, who: str, text: str) -> str:
        """A post that names us, in the topic of questions."""
        named = f"@{self._us.username} {text}"
        return self._heard(self._server.write(self._user(who), self._square.topic, named))

    def direct(self, who: str, text: str) -> str:
        """A private message; one topic for each person."""
        user = self._user(who)
        topic = next(
            (each for each in self._server.topics.values() if each.allowed is not None and user in each.allowed), None
        )
        if topic is None:
            return self._heard(self._server.open_topic(user, "A question", text, to=[self._us]))
        return self._heard(self._server.write(user, topic, text))

    def edit(self, remote_id: str, text: str) -> None:
        """A post has another text."""
        self._server.edit(self._server.posts[int(remote_id)], text)

    def delete(self, remote_id: str) -> None:
        """A post is deleted."""
        self._server.delete(self._server.posts[int(remote_id)])

    def limit(self, seconds: float) -> None:
        """The next two posts of ours are too many; the forum says for how long."""
        headers = (("retry-after", str(round(seconds))),)
        self.transport.faults.add("POST", _WRITES, When.STATUS, times=2, status=429, headers=headers)

    def expire(self) -> None:
        """Our key is revoked."""
        self._server.revoke(self._key)

    def renew(self) -> str:
        """Another key."""
        self._key = self._server.issue_key(self._us)
        return self._key

    def lose_answer(self) -> None:
        """The forum keeps the next post of ours; we never hear so."""
        self.transport.faults.add("POST", _WRITES, When.AFTER)

    def written(self) -> tuple[str, ...]:
        """What others wrote to us and nobody deleted."""
        return tuple(str(each.id) for each in self._to_us if each.stands)

    def answers(self) -> tuple[Answer, ...]:
        """Our posts that answer others'."""
        found = []
        for post in self._server.posts.values():
            if post.user is self._us and post.stands and post.reply_to:
                above = self._server.numbered(post.topic, post.reply_to)
                found.append(Answer(str(post.id), str(above.id) if above else "", post.raw))
        return tuple(found)

    def _user(self, who: str) -> User:
        return self._server.user(who) or self._server.add_user(who, display_name(who))

    def _heard(self, post: Post) -> str:
        self._to_us.append(post)
        return str(post.id)
