"""The review queue of a forum: what waits for a moderator, and what becomes of it."""

from __future__ import annotations

from typing import Any

from cminbox.errors import Forbidden, Gone
from cminbox.model.base import Direction, Kind, MessageState
from cminbox.model.changes import Batch, Change, Removed, SetAside, Wrote
from cminbox.model.content import Author, TopicInfo
from cminbox.networks.discourse_forum import Forum, entries_of
from cminbox.networks.discourse_messages import Reader
from cminbox.networks.discourse_text import from_cooked, from_raw
from cminbox.networks.discourse_wire import REVIEWABLE, USER, WireReviewable, WireUser
from cminbox.networks.http import Answer, decode_each
from cminbox.networks.http_url import segment

PREFIX = "review:"
"""Before the number of what stands in the queue: it is no post yet, or waits as one."""

QUEUED = "ReviewableQueuedPost"
FLAGGED = "ReviewableFlaggedPost"

ACTIONS = {
    QUEUED: ("approve_post", "reject_post"),
    FLAGGED: ("disagree", "delete_and_agree"),
}
"""What approving and refusing are called. For a flagged post: the flag is wrong; it is right, and the post goes."""

_MOST = 20
"""Pages of the queue that are watched; Discourse gives ten entries a page."""


class Review:
    """The queue. `sees`: the login may look at it."""

    def __init__(self, forum: Forum, reader: Reader, *, sees: bool) -> None:
        self._forum = forum
        self._reader = reader
        self._sees = sees

    async def pull(self, cursor: Any) -> Batch:
        """What came into the queue, and what left it. Nothing where the login may not see it."""
        if not self._sees:
            return Batch(feed="review")
        known = dict(cursor["ids"]) if _is_mark(cursor) else {}
        now: dict[str, str] = {}
        changes: list[Change] = []
        aside: list[SetAside] = []
        whole = False
        for page in range(_MOST):
            answer = await self._page(page * 10)
            entries = entries_of(answer, "reviewables")
            people = _people(answer)
            for raw in entries:
                good, bad = decode_each([raw], REVIEWABLE)
                number = str(raw["id"]) if isinstance(raw, dict) and isinstance(raw.get("id"), int) else ""
                if bad and number and number not in known and number not in now:
                    aside += bad
                if number and number not in now:
                    now[number] = good[0].type if good else "?"
                    if good and good[0].type in ACTIONS and number not in known:
                        changes.append(await self._read(good[0], people))
            if len(entries) < 10:
                whole = True
                break
        for number, kind in known.items():
            if number not in now and kind in ACTIONS and whole:
                changes.append(Removed(remote_id=PREFIX + number, at=None, state=await self._became(number)))
        # Beyond the pages that are watched nothing is known to have left.
        kept = now if whole else {**known, **now}
        return Batch(feed="review", changes=tuple(changes), cursor={"ids": kept}, set_aside=tuple(aside))

    async def reviewable(self, remote_id: str) -> WireReviewable:
        """One entry as it is now. `Gone` where it is no more."""
        number = segment(remote_id.removeprefix(PREFIX))
        answer = await self._forum.request("GET", f"/review/{number}.json")
        body = answer.json()
        good, _bad = decode_each([body.get("reviewable") if isinstance(body, dict) else None], REVIEWABLE)
        if not good:
            answer.decode(REVIEWABLE)  # raises `Malformed`, and says where
        return good[0]

    async def told(self, remote_id: str) -> Wrote:
        """One entry as a message. `Gone` where it waits no more."""
        return await self._read(await self.reviewable(remote_id), {})

    async def decide(self, remote_id: str, *, approve: bool) -> MessageState:
        """Approve or refuse an entry; done already (by a colleague, by an earlier attempt) is done. Raises `Gone`."""
        entry = await self.reviewable(remote_id)
        if entry.status == 0:
            action = ACTIONS.get(entry.type, ACTIONS[QUEUED])[0 if approve else 1]
            await self._forum.request(
                "PUT", f"/review/{entry.id}/perform/{action}.json", params={"version": entry.version}
            )
        return MessageState.SHOWN if approve else MessageState.REMOVED

    async def decided(self, remote_id: str, *, approve: bool) -> bool:
        """True where an entry was approved (or refused)."""
        try:
            entry = await self.reviewable(remote_id)
        except Gone:
            return False
        # 1 approved, 2 rejected, 3 ignored, 4 deleted; agreeing with a flag approves the flag, not the post.
        good = (2, 3) if entry.type == FLAGGED else (1,)
        return entry.status != 0 and (entry.status in good) == approve

    async def _became(self, number: str) -> MessageState:
        try:
            return MessageState.SHOWN if await self.decided(number, approve=True) else MessageState.REMOVED
        except Forbidden:
            return MessageState.REMOVED

    async def _page(self, offset: int) -> Answer:
        params: dict[str, str | int] = {"status": "pending", "sort_order": "created_at_asc"}
        if offset:
            params["offset"] = offset
        return await self._forum.request("GET", "/review.json", params=params)

    async def _read(self, entry: WireReviewable, people: dict[int, WireUser]) -> Wrote:
        topic: TopicInfo | None = None
        if entry.topic_id is not None:
            try:
                topic = (await self._forum.topic(entry.topic_id))[0]
            except (Gone, Forbidden):
                topic = None
        raw = entry.payload.get("raw")
        text = from_raw(raw if isinstance(raw, str) else entry.raw or "") or from_cooked(entry.cooked)
        title = entry.payload.get("title")
        if isinstance(title, str) and title.strip() and entry.topic_id is None:
            text = f"{title.strip()}\n\n{text}"
        return Wrote(
            remote_id=f"{PREFIX}{entry.id}",
            at=entry.created_at,
            kind=Kind.COMMENT,
            direction=Direction.IN,
            author=self._author(entry, people),
            text=text,
            state=MessageState.PENDING,
            topic=topic,
            url=f"{self._forum.url}/review/{entry.id}",
            extra={"review": str(entry.id)},
        )

    def _author(self, entry: WireReviewable, people: dict[int, WireUser]) -> Author:
        number = entry.target_created_by_id or entry.created_by_id or 0
        user = people.get(number)
        return self._reader.person(number, user.username if user else "", user.name if user else "")


def _people(answer: Answer) -> dict[int, WireUser]:
    body = answer.json()
    users = body.get("users") if isinstance(body, dict) else None
    good, _bad = decode_each(users if isinstance(users, list) else [], USER)
    return {user.id: user for user in good}


def _is_mark(cursor: Any) -> bool:
    ids = cursor.get("ids") if isinstance(cursor, dict) else None
    return isinstance(ids, dict) and all(isinstance(kind, str) and number.isdecimal() for number, kind in ids.items())
