"""Acts at a WordPress site, and finding out whether they happened.

WordPress has no idempotency key, but keeps the user agent that a comment was written with and shows it to moderators:
ours names the act. Where a plugin takes it away, parent, words and time decide.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from cminbox.clock import Clock
from cminbox.errors import Gone, Rejected
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb, Audience, MessageState
from cminbox.networks.http_url import segment
from cminbox.networks.wordpress_feeds import Feeds
from cminbox.networks.wordpress_messages import Reader, state_of, words
from cminbox.networks.wordpress_site import UNCHANGED, Site
from cminbox.networks.wordpress_wire import COMMENT, WireComment

SKEW = timedelta(minutes=5)
"""How far a site's clock may be from ours when we look for what we sent."""

_AGENT = "cminbox/"

_STATUSES = {
    ActVerb.HIDE: "hold",
    ActVerb.UNHIDE: "approved",
    ActVerb.SPAM: "spam",
    ActVerb.UNSPAM: "unspam",
    ActVerb.RESTORE: "untrash",
}
"""What is written as the status of a comment. "unspam" and "untrash" give back the status of before."""


class Acts:
    """Does acts, one at a time. `approves`: what waits for approval is approved when it is answered."""

    def __init__(self, site: Site, reader: Reader, feeds: Feeds, clock: Clock, *, approves: bool) -> None:
        self._site = site
        self._reader = reader
        self._feeds = feeds
        self._clock = clock
        self._approves = approves
        self._do: dict[ActVerb, Callable[[Act], Awaitable[Receipt]]] = {
            ActVerb.REPLY: self._reply,
            ActVerb.EDIT: self._edit,
            ActVerb.DELETE: self._delete,
            **dict.fromkeys(_STATUSES, self._set_status),
        }

    async def perform(self, act: Act) -> Receipt:
        """Do an act. Raises `Rejected` (nothing sent) for what WordPress does not have."""
        do = self._do.get(act.verb)
        if do is None:
            raise Rejected(_("WordPress cannot do this."), act.verb.value)
        return await do(act)

    async def find(self, act: Act) -> Receipt | None:
        """The receipt of an act that happened, None for one that did not."""
        if act.verb is ActVerb.REPLY:
            found = await self._find_reply(act)
            return None if found is None else _receipt(found)
        if act.verb not in self._do:
            return None
        try:
            now = await self._feeds.comment(segment(act.target.remote_id))
        except Gone:
            gone = Receipt(remote_id=act.target.remote_id, state=MessageState.REMOVED)
            return gone if act.verb is ActVerb.DELETE else None
        if act.verb is ActVerb.EDIT:
            return _receipt(now) if _bare(words(now.content)) == _bare(act.text) else None
        if act.verb in (ActVerb.UNSPAM, ActVerb.RESTORE):
            done = now.status not in ("spam", "trash")
        else:
            done = now.status == ("trash" if act.verb is ActVerb.DELETE else _STATUSES[act.verb])
        return Receipt(remote_id=str(now.id), state=_became(act.verb, now)) if done else None

    async def _reply(self, act: Act) -> Receipt:
        if act.audience is Audience.NOTE:
            raise Rejected(_("An internal note is not sent."), act.audience.value)
        if not act.text.strip():
            raise Rejected(_("There is nothing to send."), "empty")
        parent = await self._feeds.comment(segment(act.target.remote_id))
        if parent.status == "trash":
            raise Gone(_("The comment is in the trash."))
        if parent.status == "hold" and self._approves:
            await self._write(f"/comments/{parent.id}", {"status": "approved"})
        body = {
            "post": parent.post or int(act.target.extra.get("post") or 0),
            "parent": parent.id,
            "content": _markup(act.text),
            "author_user_agent": _AGENT + act.key,
        }
        try:
            return _receipt(await self._write("/comments", body))
        except Rejected as refused:
            # The words stand there already: from an attempt of this very act, or from an honest other one.
            if refused.reason != "comment_duplicate" or (found := await self._find_reply(act, exact=True)) is None:
                raise
            return _receipt(found)

    async def _edit(self, act: Act) -> Receipt:
        now = await self._feeds.comment(segment(act.target.remote_id))
        if now.author not in self._reader.team:
            raise Rejected(_("Only our own messages can be changed."), "author")
        return _receipt(await self._write(f"/comments/{now.id}", {"content": _markup(act.text)}))

    async def _delete(self, act: Act) -> Receipt:
        path = f"/comments/{segment(act.target.remote_id)}"
        gone = Receipt(remote_id=act.target.remote_id, at=self._clock.now(), state=MessageState.REMOVED)
        try:
            answer = await self._site.request("DELETE", path, ok=(*range(200, 300), 501))
            if answer.status == 501:
                # This site has no trash.
                await self._site.request("DELETE", path, params={"force": "true"})
        except Gone:
            # In the trash already: by somebody who was faster, or by an earlier attempt of ours.
            return gone
        return gone

    async def _set_status(self, act: Act) -> Receipt:
        path = f"/comments/{segment(act.target.remote_id)}"
        try:
            now = await self._write(path, {"status": _STATUSES[act.verb]})
        except Rejected as refused:
            # WordPress calls it an error when nothing changes.
            if refused.reason != UNCHANGED or (found := await self.find(act)) is None:
                raise
            return found
        return Receipt(remote_id=str(now.id), at=self._clock.now(), state=_became(act.verb, now))

    async def _write(self, route: str, body: dict[str, Any]) -> WireComment:
        return (await self._site.request("POST", route, json=body)).decode(COMMENT)

    async def _find_reply(self, act: Act, *, exact: bool = False) -> WireComment | None:
        since = (act.first_tried_at or act.created_at) - SKEW
        own = await self._own(act, since)
        for comment in own:
            if comment.author_user_agent == _AGENT + act.key:
                return comment
        wanted = _bare(act.text)
        for comment in own:
            unsigned = not comment.author_user_agent.startswith(_AGENT)
            if unsigned and _bare(words(comment.content)) == wanted and str(comment.id) not in act.spoken_for:
                return None if exact and comment.date_gmt < since + SKEW else comment
        return None

    async def _own(self, act: Act, since: datetime) -> list[WireComment]:
        number = int(act.target.remote_id) if act.target.remote_id.isdecimal() else 0
        return await self._feeds.children(number, since, self._reader.me.id)


def _became(verb: ActVerb, comment: WireComment) -> MessageState:
    """The state of a comment after an act: what we took off the page is hidden, and waits for nobody's approval."""
    return MessageState.HIDDEN if verb is ActVerb.HIDE else state_of(comment.status)


def _markup(text: str) -> str:
    """A text as HTML that shows these very characters."""
    return html.escape(text, quote=False)


def _receipt(comment: WireComment) -> Receipt:
    return Receipt(
        remote_id=str(comment.id),
        at=comment.date_gmt,
        url=comment.link,
        text=words(comment.content),
    )


def _bare(text: str) -> str:
    """A text to compare by, without white space."""
    return "".join(unicodedata.normalize("NFC", text).split())
