"""What a Mastodon account is read from: mentions, private conversations, and our own posts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import TypeAdapter

from cminbox.errors import Gone
from cminbox.model.changes import Batch, Change, Removed, SetAside
from cminbox.networks.http import Answer, Http, Params, decode_each, not_a_list
from cminbox.networks.http_url import segment
from cminbox.networks.mastodon_messages import Reader
from cminbox.networks.mastodon_server import Server
from cminbox.networks.mastodon_walk import PAGE, Item, Mark, Page, Step, ask, order, step
from cminbox.networks.mastodon_wire import (
    CONTEXT,
    CONVERSATION,
    FOUND,
    GROUP,
    GROUPS,
    NOTIFICATION,
    STATUS,
    Wire,
    WireConversation,
    WireNotification,
    WireStatus,
)
from cminbox.networks.reading import Found

W = TypeVar("W", bound=Wire)

HITS_KEPT = 400
"""Hits of a search that its cursor remembers, and that one reading brings at most."""
KNOWN_KEPT = 20_000
"""Ids of statuses that a connector remembers while it runs."""


class Known:
    """The statuses that were read while this connector runs, the latest `KNOWN_KEPT`."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, status_id: object) -> bool:
        return status_id in self._ids

    def add(self, status_id: str) -> None:
        """Remember a status."""
        self._ids[status_id] = None
        self._ids.move_to_end(status_id)
        if len(self._ids) > KNOWN_KEPT:
            self._ids.popitem(last=False)


class Feeds:
    """Reads the lists of one account on `server` as `reader`."""

    def __init__(self, http: Http, reader: Reader, since: datetime, server: Server, known: Known) -> None:
        self._http = http
        self._reader = reader
        self._since = since
        self._server = server
        self._known = known

    async def mentions(self, cursor: Any) -> Batch:
        """Who named or quoted us. Edited and deleted ones are noticed among the newest `PAGE`."""
        mark = Mark.load(cursor)
        # Only what is a message: requests to follow, likes and the like stay out of the way.
        version = "v2" if self._server.groups else "v1"
        answer = await self._list(f"/api/{version}/notifications", mark, {"types[]": self._server.types})
        entries = _ungrouped(answer) if self._server.groups else None
        taken, found = self._take(mark, _page(answer, NOTIFICATION, _notification, entries))
        for item in taken.fresh:
            if item.value is not None:
                await self._above(item.value, found)
                self.tell(item.value, found.changes, addressed=True)
        await self._known_ones(taken, found)
        return found.batch("mentions", taken.mark.dump(), more=taken.more)

    async def own(self, cursor: Any) -> Batch:
        """What our account wrote: topics, and replies made elsewhere."""
        mark = Mark.load(cursor)
        path = f"/api/v1/accounts/{segment(self._reader.me_id)}/statuses"
        answer = await self._list(path, mark, {"exclude_reblogs": "true"})
        taken, found = self._take(mark, _page(answer, STATUS, _own))
        for item in taken.fresh:
            if item.value is not None:
                self.tell(item.value, found.changes)
        await self._known_ones(taken, found)
        return found.batch("own", taken.mark.dump(), more=taken.more)

    async def direct(self, cursor: Any) -> Batch:
        """Private conversations. The list has only the newest message of each: the thread is read for the others."""
        mark = Mark.load(cursor)
        try:
            answer = await self._list("/api/v1/conversations", mark, {})
        except Gone:
            # Some servers have no such list; there, private messages come as mentions.
            return Batch(feed="direct")
        page = replace(_page(answer, CONVERSATION, _conversation), keys_are_places=False)
        taken, found = self._take(mark, page)
        before = mark.seen if mark is not None else {}
        for item in sorted((*taken.fresh, *taken.changed), key=lambda item: order(item.place)):
            if item.value is not None:
                known = before.get(item.key, "").partition(" ")[0]
                await self._private(item.value, known, found)
        return found.batch("direct", taken.mark.dump(), more=taken.more)

    async def tagged(self, feed: str, tag: str, about: str, cursor: Any) -> Batch:
        """Who writes under a hashtag, whoever they are talking to. What concerns us comes with the other feeds."""
        mark = Mark.load(cursor)
        answer = await self._list(f"/api/v1/timelines/tag/{segment(tag)}", mark, {})
        taken, found = self._take(mark, _page(answer, STATUS, _own))
        for item in taken.fresh:
            self._listen(item.value, about, found)
        await self._known_ones(taken, found, about)
        return found.batch(feed, taken.mark.dump(), more=taken.more)

    async def search(self, feed: str, words: str, about: str, cursor: Any) -> Batch:
        """Who writes certain words, as far as the server's index knows: the newest `HITS_KEPT` of each reading.

        The index lags, and has no place to go on from: every reading looks for what it did not know.
        """
        seen = _seen(cursor)
        hits: dict[str, WireStatus] = {}
        found = Found()
        for offset in range(0, HITS_KEPT, PAGE):
            params: Params = {"q": words, "type": "statuses", "limit": PAGE, "offset": offset}
            answer = await self._http.request("GET", "/api/v2/search", params=params)
            raw = answer.decode(FOUND).statuses
            page, bad = decode_each(raw, STATUS)
            found.set_aside += [] if seen else bad
            hits |= {status.id: status for status in page}
            if not raw or any(status.id in seen or status.created_at < self._since for status in page):
                break
        in_time = sorted(hits.values(), key=lambda status: order(status.id))
        floor = order(min(seen, key=order)) if len(seen) >= HITS_KEPT else order("")
        for status in in_time:
            if status.id not in seen and status.created_at >= self._since and order(status.id) > floor:
                self._listen(status, about, found)
        kept = sorted({*seen, *hits}, key=order)[-HITS_KEPT:]
        return found.batch(feed, {"seen": kept})

    def tell(
        self, status: WireStatus, changes: list[Change], *, addressed: bool | None = None, about: str | None = None
    ) -> None:
        """Add what a status says, and remember it."""
        self._known.add(status.id)
        changes.extend(self._reader.read(status, addressed=addressed, about=about))

    async def context(self, status_id: str) -> tuple[list[WireStatus], list[WireStatus], list[SetAside]]:
        """What stands above and below a status, and what of it cannot be understood. `Gone` where it is no more."""
        answer = await self._http.request("GET", f"/api/v1/statuses/{segment(status_id)}/context")
        context = answer.decode(CONTEXT)
        above, bad_above = decode_each(context.ancestors, STATUS)
        below, bad_below = decode_each(context.descendants, STATUS)
        return above, below, bad_above + bad_below

    def _take(self, mark: Mark | None, page: Page[WireStatus]) -> tuple[Step[WireStatus], Found]:
        taken = step(mark, page, self._since)
        return taken, Found(set_aside=[item.bad for item in taken.fresh if item.bad is not None])

    async def _list(self, path: str, mark: Mark | None, params: Params) -> Answer:
        question = ask(mark)
        place: Params = {"limit": PAGE, "max_id": question.max_id, "min_id": question.min_id}
        return await self._http.request("GET", path, params={**params, **place})

    async def _above(self, status: WireStatus, found: Found) -> None:
        # An answer to something of ours that was not read (older than the first reading): its post is its topic.
        parent = status.in_reply_to_id
        if parent is None or parent in self._known or status.in_reply_to_account_id != self._reader.me_id:
            return
        try:
            above, _below, _bad = await self.context(status.id)
        except Gone:
            return
        for ancestor in above:
            if ancestor.id not in self._known:
                self.tell(ancestor, found.changes)
        self._known.add(parent)

    async def _private(self, last: WireStatus, known: str, found: Found) -> None:
        if known and order(last.id) < order(known):
            # The newest is not there any more: an older one is the newest now.
            await self._gone(known, found)
            return
        statuses = {last.id: last}
        if last.id != known and last.in_reply_to_id is not None:
            # Even when it answers the one that we know: others may have answered it, too.
            try:
                above, _below, bad = await self.context(last.id)
                found.set_aside.extend(bad)
                if above:
                    # Branches hang below the root, not above the newest.
                    _above, below, bad = await self.context(above[0].id)
                    found.set_aside.extend(bad)
                    statuses = {status.id: status for status in (*above, *below, last)}
            except Gone:
                pass
        for status in sorted(statuses.values(), key=lambda status: order(status.id)):
            new = order(status.id) > order(known) if known else status.created_at >= self._since
            if (new or status.id == last.id) and status.visibility == "direct":
                self.tell(status, found.changes)

    async def _gone(self, status_id: str, found: Found) -> None:
        # Gone from a list may be dismissed or muted: only the status itself says that it was deleted.
        try:
            await self._http.request("GET", f"/api/v1/statuses/{segment(status_id)}")
        except Gone:
            found.changes.append(Removed(remote_id=status_id, at=None))

    def _listen(self, status: WireStatus | None, about: str, found: Found) -> None:
        if status is not None and not self._reader.concerns_us(status):
            self.tell(status, found.changes, about=about)

    async def _known_ones(self, taken: Step[WireStatus], found: Found, about: str | None = None) -> None:
        for item in taken.changed:
            if item.value is not None and about is not None:
                self._listen(item.value, about, found)
            elif item.value is not None:
                self.tell(item.value, found.changes)
        for version in taken.missing:
            if version:
                await self._gone(version.partition(" ")[0], found)


_Entry = tuple[str, str, WireStatus | None, datetime | None]
"""Place, key, status (None: nothing for us), time."""


def _notification(entry: WireNotification) -> _Entry:
    status = entry.status if entry.type in ("mention", "quote") else None
    return entry.id, entry.id, status, entry.created_at


def _own(status: WireStatus) -> _Entry:
    return status.id, status.id, None if status.reblog else status, status.created_at


def _conversation(entry: WireConversation) -> _Entry:
    last = entry.last_status
    return (last.id if last else ""), entry.id, last, last.created_at if last else None


def _mark(status: WireStatus | None) -> str:
    """The version of a status: its id, and when it was edited."""
    if status is None:
        return ""
    return f"{status.id} {status.edited_at.isoformat()}" if status.edited_at else status.id


def _ungrouped(answer: Answer) -> list[Any]:
    """The groups of an answer as the single notifications that they stand for."""
    page = answer.decode(GROUPS)
    statuses = {_id(status): status for status in page.statuses}
    entries: list[Any] = []
    for raw in page.notification_groups:
        good, _bad = decode_each([raw], GROUP)
        entries += [
            {
                "id": group.most_recent_notification_id,
                "type": group.type,
                "created_at": group.latest_page_notification_at,
                "status": statuses.get(group.status_id or ""),
            }
            for group in good
        ] or [raw]
    return entries


def _seen(cursor: object) -> frozenset[str]:
    """What a search has found before; nothing for a cursor of another make."""
    found = cursor.get("seen") if isinstance(cursor, dict) else None
    return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list) else frozenset()


def _page(
    answer: Answer, adapter: TypeAdapter[W], read: Callable[[W], _Entry], entries: Any = None
) -> Page[WireStatus]:
    """The page that an answer is; `entries` where they are not the answer itself."""
    entries = answer.json() if entries is None else entries
    if not isinstance(entries, list):
        raise not_a_list(answer)
    items: list[Item[WireStatus]] = []
    place = ""
    for raw in reversed(entries):
        good, bad = decode_each([raw], adapter)
        if good:
            place, key, status, at = read(good[0])
            if place:
                items.append(Item(place, key, _mark(status), at, status))
        elif bad:
            # It takes the place that it names, or that of its older neighbour, and is told once.
            place = _place(raw) or place
            key = _id(raw) or "?" + sha256(bad[0].raw.encode()).hexdigest()[:16]
            items.append(Item(place, key, "", None, None, bad[0]))
    items.sort(key=lambda item: order(item.place))
    link = answer.link("next")
    older = None
    if items and (link is not None or len(entries) >= PAGE):
        older = (link or {}).get("max_id") or items[0].place
    return Page(tuple(items), older)


def _id(raw: object) -> str:
    found = raw.get("id") if isinstance(raw, dict) else None
    return str(found) if isinstance(found, str | int) else ""


def _place(raw: object) -> str:
    # A conversation stands where its newest status stands.
    last = raw.get("last_status") if isinstance(raw, dict) else None
    return _id(last) or _id(raw)
