"""Finding out at a Mastodon server whether an act happened: servers that ignore `Idempotency-Key` exist."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import datetime, timedelta

from cminbox.errors import Gone, Malformed, Rejected, Unknowable
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb
from cminbox.model.content import Target
from cminbox.networks.http import Http, decode_each
from cminbox.networks.http_url import segment
from cminbox.networks.mastodon_messages import Reader, words
from cminbox.networks.mastodon_wire import ACCOUNT, CONTEXT, RELATIONSHIP, STATUS, WireRelationship, WireStatus

SKEW = timedelta(minutes=5)
"""How far a server's clock may be from ours when we look for what we sent."""

_PAGES = 10
"""Pages of our own statuses that are searched for an act: the window is minutes long, a page holds 40."""

MENTION = re.compile(r"@[\w.\-]+(?:@[\w.\-]+)?")


class Finder:
    """Looks for acts. `given` are the statuses that acts of this process are known to have made (id -> key)."""

    def __init__(self, http: Http, reader: Reader) -> None:
        self._http = http
        self._reader = reader
        self.given: dict[str, str] = {}

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
        self.given[found.id] = act.key
        return receipt_of(self._reader, found)

    def _ours(self, statuses: list[WireStatus], act: Act, parent: str | None, since: datetime) -> WireStatus | None:
        wanted = _bare(act.text)
        for status in sorted(statuses, key=lambda status: (status.created_at, status.id)):
            if (
                self._reader.is_ours(status)
                and status.in_reply_to_id == parent
                and status.created_at >= since
                and _bare(_tagless(status.content)) == wanted
                # Two equal answers to one message: the other one was for another act.
                and status.id not in act.spoken_for
                and self.given.get(status.id, act.key) == act.key
            ):
                return status
        return None

    async def _own_since(self, since: datetime) -> list[WireStatus]:
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
            return receipt_of(self._reader, status) if _bare(_tagless(status.content)) == _bare(act.text) else None
        return Receipt() if bool(status.favourited) is (act.verb is ActVerb.LIKE) else None

    async def _relation(self, act: Act) -> WireRelationship:
        params = {"id[]": [await account_id(self._http, act.target)]}
        answer = await self._http.request("GET", "/api/v1/accounts/relationships", params=params)
        relations, _bad, _raw = answer.decode_list(RELATIONSHIP)
        if not relations:
            raise Malformed(_("The answer of {host} says nothing of the person.").format(host=self._http.host))
        return relations[0]


async def account_id(http: Http, target: Target) -> str:
    """The server's id of who wrote a message: noted on it, else looked up by name."""
    if known := target.extra.get("account_id"):
        return known
    if target.author is None:
        raise Rejected(_("Nobody knows whose message this is."), "author")
    params = {"acct": target.author.remote_id}
    return (await http.request("GET", "/api/v1/accounts/lookup", params=params)).decode(ACCOUNT).id


def receipt_of(reader: Reader, status: WireStatus) -> Receipt:
    """What a status says of the act that made it."""
    return Receipt(
        remote_id=status.id,
        global_id=status.uri,
        at=status.edited_at or status.created_at,
        url=status.url or status.uri,
        text=words(status),
        conversation=reader.conversation(status),
    )


def _tagless(content: str) -> str:
    """Everything that stands in HTML, hidden parts of links too: what was sent, but for white space."""
    return html.unescape(re.sub(r"<[^>]*>", "", content))


def _bare(text: str) -> str:
    """A text to compare by: without mentions (a server may add or shorten them) and white space."""
    return "".join(unicodedata.normalize("NFC", MENTION.sub("", text)).split())
