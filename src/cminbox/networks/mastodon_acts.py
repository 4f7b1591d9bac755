"""Acts at a Mastodon server, and finding out whether they happened."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from cminbox.clock import Clock
from cminbox.errors import Gone, Malformed, Rejected, Unknowable
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb
from cminbox.model.content import Author, Target
from cminbox.networks.http import Answer, Http, decode_each
from cminbox.networks.http_url import segment
from cminbox.networks.mastodon_messages import Reader, visibility_of, words
from cminbox.networks.mastodon_wire import ACCOUNT, CONTEXT, RELATIONSHIP, STATUS, WireRelationship, WireStatus

SKEW = timedelta(minutes=5)
"""How far a server's clock may be from ours when we look for what we sent."""

_PAGES = 10
"""Pages of our own statuses that are searched for an act: the window is minutes long, a page holds 40."""

_MENTION = re.compile(r"@[\w.\-]+(?:@[\w.\-]+)?")


class Acts:
    """Does acts, one at a time."""

    def __init__(self, http: Http, reader: Reader, clock: Clock) -> None:
        self._http = http
        self._reader = reader
        self._clock = clock
        self._given: dict[str, str] = {}
        self._do: dict[ActVerb, Callable[[Act], Awaitable[Receipt]]] = {
            ActVerb.REPLY: self._reply,
            ActVerb.PRIVATE_REPLY: self._reply,
            ActVerb.EDIT: self._edit,
            ActVerb.DELETE: self._delete,
            ActVerb.LIKE: self._like,
            ActVerb.UNLIKE: self._like,
            ActVerb.MUTE: self._stand,
            ActVerb.UNMUTE: self._stand,
            ActVerb.BLOCK: self._stand,
            ActVerb.UNBLOCK: self._stand,
            ActVerb.REPORT: self._report,
        }

    async def perform(self, act: Act) -> Receipt:
        """Do an act. Raises `Rejected` (nothing sent) for what Mastodon does not have."""
        do = self._do.get(act.verb)
        if do is None:
            raise Rejected(_("Mastodon cannot do this."), act.verb.value)
        return await do(act)

    async def find(self, act: Act) -> Receipt | None:
        """The receipt of an act that happened, None for one that did not. `Unknowable` for reports."""
        if act.verb.is_reply:
            return await self._find_reply(act)
        if act.verb in (ActVerb.LIKE, ActVerb.UNLIKE, ActVerb.EDIT, ActVerb.DELETE):
            return await self._find_on_status(act)
        if act.verb is ActVerb.REPORT:
            raise Unknowable(_("Mastodon does not show the reports that were made."))
        relation = await self._relation(act)
        told = relation.muting if act.verb in (ActVerb.MUTE, ActVerb.UNMUTE) else relation.blocking
        return Receipt() if told is (act.verb in (ActVerb.MUTE, ActVerb.BLOCK)) else None

    async def _reply(self, act: Act) -> Receipt:
        audience = act.audience.no_wider_than(act.target.audience)
        visibility = visibility_of(audience)
        if act.verb is ActVerb.PRIVATE_REPLY:
            visibility = "direct"
        if visibility is None:
            raise Rejected(_("An internal note is not sent."), audience.value)
        if not act.text.strip():
            raise Rejected(_("There is nothing to send."), "empty")
        body = {
            "status": self.addressed(act),
            "in_reply_to_id": act.target.remote_id,
            "visibility": visibility,
        }
        if act.lang:
            body["language"] = act.lang
        answer = await self._http.request("POST", "/api/v1/statuses", json=body, headers={"idempotency-key": act.key})
        status = self._status(answer)
        self._given[status.id] = act.key
        return self._receipt(status)

    def addressed(self, act: Act) -> str:
        """The text of a reply with the mentions of its people in front, as far as it lacks them."""
        people = act.people or ((act.target.author,) if act.target.author else ())
        missing = [
            name for person in people if not person.is_us if not self._names(act.text, name := self._name(person))
        ]
        return " ".join((*(f"@{name}" for name in dict.fromkeys(missing)), act.text))

    async def _edit(self, act: Act) -> Receipt:
        path = f"/api/v1/statuses/{segment(act.target.remote_id)}"
        now = (await self._http.request("GET", path)).decode(STATUS)
        self._own_only(now)
        if now.poll is not None:
            raise Rejected(_("Editing would reset the poll."), "poll")
        # What is left out of an edit is taken away: all that stands beside the text goes back as it was.
        body: dict[str, Any] = {
            "status": self.addressed(act) if now.in_reply_to_id else act.text,
            "spoiler_text": now.spoiler_text,
            "sensitive": bool(now.sensitive),
            "media_ids": [media.id for media in now.media_attachments if media.id],
        }
        if act.lang or now.language:
            body["language"] = act.lang or now.language
        return self._receipt(self._status(await self._http.request("PUT", path, json=body)))

    async def _delete(self, act: Act) -> Receipt:
        try:
            await self._http.request("DELETE", f"/api/v1/statuses/{segment(act.target.remote_id)}")
        except Gone:
            # Somebody was faster, or an earlier attempt of ours; unless it was never ours.
            author = act.target.author
            if author is not None and not author.is_us:
                raise
        return Receipt(remote_id=act.target.remote_id, at=self._clock.now())

    async def _like(self, act: Act) -> Receipt:
        verb = "favourite" if act.verb is ActVerb.LIKE else "unfavourite"
        await self._http.request("POST", f"/api/v1/statuses/{segment(act.target.remote_id)}/{verb}")
        return Receipt(at=self._clock.now())

    async def _stand(self, act: Act) -> Receipt:
        account = await self._account_id(act.target)
        await self._http.request("POST", f"/api/v1/accounts/{segment(account)}/{act.verb.value}")
        return Receipt(at=self._clock.now())

    async def _report(self, act: Act) -> Receipt:
        body = {
            "account_id": await self._account_id(act.target),
            "status_ids": [act.target.remote_id],
            "comment": (act.text or act.reason or "")[:1000],
            "category": "spam" if act.reason == "spam" else "other",
        }
        await self._http.request("POST", "/api/v1/reports", json=body)
        return Receipt(at=self._clock.now())

    async def _find_reply(self, act: Act) -> Receipt | None:
        since = (act.first_tried_at or act.created_at) - SKEW
        parent: str | None = act.target.remote_id
        try:
            answer = await self._http.request("GET", f"/api/v1/statuses/{segment(act.target.remote_id)}/context")
            seen, _bad = decode_each(answer.decode(CONTEXT).descendants, STATUS)
        except Gone:
            # With the parent gone, its answers hang nowhere; ours is among our own statuses all the same.
            seen, parent = [], None
        found = self._ours(seen, act, parent, since) or self._ours(await self._own_since(since), act, parent, since)
        if found is None:
            return None
        self._given[found.id] = act.key
        return self._receipt(found)

    def _ours(self, statuses: list[WireStatus], act: Act, parent: str | None, since: Any) -> WireStatus | None:
        wanted = _bare(act.text)
        for status in sorted(statuses, key=lambda status: (status.created_at, status.id)):
            if (
                self._reader.is_ours(status)
                and status.in_reply_to_id == parent
                and status.created_at >= since
                and _bare(_tagless(status.content)) == wanted
                # Two equal answers to one message: the other one was for another act.
                and self._given.get(status.id, act.key) == act.key
            ):
                return status
        return None

    async def _own_since(self, since: Any) -> list[WireStatus]:
        path = f"/api/v1/accounts/{segment(self._reader.me_id)}/statuses"
        found: list[WireStatus] = []
        older: str | None = None
        for _page in range(_PAGES):
            params = {"limit": "40", "exclude_reblogs": "true", "max_id": older}
            page, _bad, raw = (await self._http.request("GET", path, params=params)).decode_list(STATUS)
            found.extend(page)
            if not raw or not page or min(status.created_at for status in page) < since or page[-1].id == older:
                break
            older = page[-1].id
        return found

    async def _find_on_status(self, act: Act) -> Receipt | None:
        try:
            path = f"/api/v1/statuses/{segment(act.target.remote_id)}"
            status = (await self._http.request("GET", path)).decode(STATUS)
        except Gone:
            return Receipt(remote_id=act.target.remote_id) if act.verb is ActVerb.DELETE else None
        if act.verb is ActVerb.DELETE:
            return None
        if act.verb is ActVerb.EDIT:
            return self._receipt(status) if _bare(_tagless(status.content)) == _bare(act.text) else None
        return Receipt() if bool(status.favourited) is (act.verb is ActVerb.LIKE) else None

    async def _relation(self, act: Act) -> WireRelationship:
        params = {"id[]": [await self._account_id(act.target)]}
        answer = await self._http.request("GET", "/api/v1/accounts/relationships", params=params)
        relations, _bad, _raw = answer.decode_list(RELATIONSHIP)
        if not relations:
            raise Malformed(_("The answer of {host} says nothing of the person.").format(host=self._http.host))
        return relations[0]

    async def _account_id(self, target: Target) -> str:
        if known := target.extra.get("account_id"):
            return known
        if target.author is None:
            raise Rejected(_("Nobody knows whose message this is."), "author")
        params = {"acct": target.author.remote_id}
        return (await self._http.request("GET", "/api/v1/accounts/lookup", params=params)).decode(ACCOUNT).id

    def _name(self, person: Author) -> str:
        name, _at, host = person.remote_id.partition("@")
        return name if host == self._reader.domain.lower() else person.remote_id

    def _names(self, text: str, name: str) -> bool:
        said = {found.group(0)[1:].lower() for found in _MENTION.finditer(text)}
        local = f"{name}@{self._reader.domain}".lower()
        return name.lower() in said or ("@" not in name and local in said)

    def _own_only(self, status: WireStatus) -> None:
        if not self._reader.is_ours(status):
            raise Rejected(_("Only our own messages can be changed."), "author")

    def _status(self, answer: Answer) -> WireStatus:
        status = answer.decode(STATUS)
        self._own_only(status)
        return status

    def _receipt(self, status: WireStatus) -> Receipt:
        return Receipt(
            remote_id=status.id,
            global_id=status.uri,
            at=status.edited_at or status.created_at,
            url=status.url or status.uri,
            text=words(status),
            conversation=self._reader.conversation(status),
        )


def _tagless(content: str) -> str:
    """Everything that stands in HTML, hidden parts of links too: what was sent, but for white space."""
    return html.unescape(re.sub(r"<[^>]*>", "", content))


def _bare(text: str) -> str:
    """A text to compare by: without mentions (a server may add or shorten them) and white space."""
    return "".join(unicodedata.normalize("NFC", _MENTION.sub("", text)).split())
