"""The practice WordPress site as a scene: the brand's posts, and everybody who comments on them."""

from __future__ import annotations

from cminbox.clock import Clock
from cminbox.practice.faults import When
from cminbox.practice.scene import Answer, Login, display_name
from cminbox.practice.transport import PracticeTransport
from cminbox.practice.wordpress import WordPressServer
from cminbox.practice.wordpress_books import Comment

_DOMAIN = "blog.practice.example"
_WRITES = "/wp-json/wp/v2/comments"


class WordPressScene:
    """See `Scene`. There is nothing private, and no mentions: both come as comments on the page "Contact"."""

    def __init__(self, clock: Clock, brand: str) -> None:
        self._server = WordPressServer(clock, domain=_DOMAIN)
        self._us = self._server.add_user(brand.lower(), brand)
        self._secret = self._server.issue_password(self._us)
        self._contact = self._server.publish(self._us, "Contact", kind="page")
        self._to_us: list[Comment] = []
        self.transport = PracticeTransport(self._server, clock)
        self.login = Login(
            name=f"{brand.lower()}@{_DOMAIN}", network="wordpress", url=f"https://{_DOMAIN}", secret=self._secret
        )

    def our_post(self, text: str) -> str:
        """A new post of ours."""
        return str(self._server.publish(self._us, text.partition("\n")[0][:80], text).id)

    def comment(self, who: str, text: str, under: str) -> str:
        """A comment under a post of ours."""
        return self._heard(self._server.visit(display_name(who), text, self._server.posts[int(under)]))

    def mention(self, who: str, text: str) -> str:
        """A comment on the page of contact."""
        return self._heard(self._server.visit(display_name(who), text, self._contact))

    def direct(self, who: str, text: str) -> str:
        """The same, waiting for approval: nobody else reads it."""
        return self._heard(self._server.visit(display_name(who), text, self._contact, status="hold"))

    def edit(self, remote_id: str, text: str) -> None:
        """A comment has another text."""
        self._server.comments[int(remote_id)].raw = text

    def delete(self, remote_id: str) -> None:
        """A comment is deleted for good."""
        self._server.delete(self._server.comments[int(remote_id)])

    def limit(self, seconds: float) -> None:
        """The next two comments of ours are too many; the site says for how long."""
        headers = (("retry-after", str(round(seconds))),)
        self.transport.faults.add("POST", _WRITES, When.STATUS, times=2, status=429, headers=headers)

    def expire(self) -> None:
        """Our application password is revoked."""
        self._server.revoke(self._secret)

    def renew(self) -> str:
        """Another password."""
        self._secret = self._server.issue_password(self._us)
        return self._secret

    def lose_answer(self) -> None:
        """The site keeps the next comment of ours; we never hear so."""
        self.transport.faults.add("POST", _WRITES, When.AFTER)

    def written(self) -> tuple[str, ...]:
        """What others wrote to us and nobody deleted."""
        return tuple(str(each.id) for each in self._to_us if each.id in self._server.comments)

    def answers(self) -> tuple[Answer, ...]:
        """Our comments below those of others."""
        return tuple(
            Answer(str(each.id), str(each.parent), each.text) for each in self._server.by(self._us) if each.parent
        )

    def _heard(self, comment: Comment) -> str:
        self._to_us.append(comment)
        return str(comment.id)
