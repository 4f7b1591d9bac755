"""Private messages of Bluesky, which a service of their own keeps (lexicons chat.bsky.convo).

There is no push, and a message has no key of ours: whether one arrived is seen in the conversation itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from cminbox.errors import Gone, Rejected
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb, Audience, Direction, Kind
from cminbox.model.changes import Batch, Change, Removed, SetAside, Wrote
from cminbox.model.content import Author, Target
from cminbox.networks.bluesky_messages import Reader, media_of_embed
from cminbox.networks.bluesky_session import Session
from cminbox.networks.bluesky_text import Resolve, facets_of, spelled_out
from cminbox.networks.bluesky_walk import place_of
from cminbox.networks.bluesky_wire import (
    AUTHOR,
    CONVO,
    CONVOS,
    MESSAGE,
    MESSAGES,
    ONE_CONVO,
    WireConvo,
    WireMessage,
)
from cminbox.networks.http import Params, decode_each
from cminbox.networks.reading import Kept

FEED = "messages"
PAGE = 100
SKEW = timedelta(minutes=5)
"""How far a server's clock may be from ours when we look for what we sent."""
HEART = "❤️"
"""The sign that a like of a private message puts on it."""

_KEPT = 500
"""Conversations whose newest message a cursor remembers."""
_PAGES = 10
"""Pages of a conversation that are searched for an act: the window is minutes long."""


@dataclass(frozen=True)
class _Mark(Kept):
    """How far the conversations were read.

    `seen`: conversation -> time and id of its newest message (and "deleted" where it is). `low`: a conversation that is
    not in `seen` was read up to this time.
    """

    seen: Mapping[str, str] = field(default_factory=dict)
    low: str = ""

    def after(self, newest: Mapping[str, str]) -> _Mark:
        seen = {**self.seen, **newest}
        low = self.low
        for convo in sorted(seen, key=lambda convo: seen[convo])[:-_KEPT]:
            low = max(low, seen.pop(convo).partition(" ")[0])
        return _Mark(seen, low)


@dataclass
class _Found:
    """What a reading gathers: changes with their times."""

    changes: list[tuple[datetime, Change]] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)


class Chat:
    """The private conversations of one account. `service` is the service's DID."""

    def __init__(self, session: Session, reader: Reader, service: str) -> None:
        self._session = session
        self._reader = reader
        self._proxy = service if "#" in service else f"{service}#bsky_chat"
        self._given: dict[str, str] = {}

    async def pull(self, cursor: Any) -> Batch:
        """What came in any conversation. The list of them says which have something new."""
        mark, found = _Mark.load(cursor), _Found()
        newest: dict[str, str] = {}
        older: str | None = None
        while True:
            params: Params = {"limit": PAGE, "cursor": older}
            page = await self._session.get("chat.bsky.convo.listConvos", CONVOS, params, proxy=self._proxy)
            news = [await self._look(raw, mark, newest, found) for raw in page.convos]
            # The liveliest come first: where a page has no news, the next has none either.
            if not any(news) or page.cursor in (None, older):
                break
            older = page.cursor
        return Batch(
            feed=FEED,
            changes=tuple(change for _at, change in sorted(found.changes, key=lambda one: one[0])),
            cursor=mark.after(newest).dump(),
            set_aside=tuple(found.set_aside),
        )

    async def thread(self, target: Target) -> list[Change]:
        """The newest messages of a conversation. `Gone` where the target is not there any more."""
        convo_id, message_id = _place(target)
        convo = await self._convo(convo_id)
        seen = []
        async for message, people in self._newest_first(convo, _Found()):
            seen.append((message, people))
            if len(seen) >= PAGE and any(message.id == message_id for message, _people in seen):
                break
        if not any(message.id == message_id and message.text is not None for message, _people in seen):
            raise Gone(_("This message is not there (any more)."))
        return [told for message, people in reversed(seen) if (told := self._told(convo.id, message, people))]

    async def send(self, act: Act, resolve: Resolve) -> Receipt:
        """A message to who wrote the target, in their conversation."""
        convo = await self._convo_for(act)
        if convo.status == "request":
            await self._session.post("chat.bsky.convo.acceptConvo", {"convoId": convo.id}, proxy=self._proxy)
        message: dict[str, Any] = {"text": act.text}
        if facets := await facets_of(act.text, resolve):
            message["facets"] = facets
        body = {"convoId": convo.id, "message": message}
        answer = await self._session.post("chat.bsky.convo.sendMessage", body, proxy=self._proxy)
        return self._receipt(convo.id, answer.decode(MESSAGE), act)

    async def find_sent(self, act: Act) -> Receipt | None:
        """The message that an act made, by its words and its time; None where there is none."""
        since = (act.first_tried_at or act.created_at) - SKEW
        convo = await self._convo_for(act)
        wanted, match = _bare(act.text), None
        read = 0
        async for message, _people in self._newest_first(convo, _Found()):
            read += 1
            if message.sent_at < since or read > _PAGES * PAGE:
                break
            ours = message.sender is not None and message.sender.did == self._reader.me
            remote_id = f"{convo.id}/{message.id}"
            # Two equal answers in one conversation: the other one was for another act.
            free = remote_id not in act.spoken_for and self._given.get(remote_id, act.key) == act.key
            if ours and free and message.text is not None and _bare(message.text) == wanted:
                match = message
        return self._receipt(convo.id, match, act) if match else None

    async def react(self, act: Act) -> None:
        """Put our sign on a message, or take it away."""
        convo_id, message_id = _place(act.target)
        method = "addReaction" if act.verb is ActVerb.LIKE else "removeReaction"
        body = {"convoId": convo_id, "messageId": message_id, "value": HEART}
        await self._session.post(f"chat.bsky.convo.{method}", body, proxy=self._proxy)

    async def find_reaction(self, act: Act) -> Receipt | None:
        """Whether our sign is on a message, as the act would have it."""
        convo_id, message_id = _place(act.target)
        convo = await self._convo(convo_id)
        async for message, _people in self._newest_first(convo, _Found()):
            if message.id == message_id:
                there = any(one.value == HEART and one.sender.did == self._reader.me for one in message.reactions)
                return Receipt() if there is (act.verb is ActVerb.LIKE) else None
        return None

    async def _look(self, raw: Any, mark: _Mark, newest: dict[str, str], found: _Found) -> bool:
        """Read one conversation of the list; False where it has nothing new."""
        good, bad = decode_each([raw], CONVO)
        if bad:
            key = "?" + sha256(bad[0].raw.encode("utf-8", "replace")).hexdigest()[:16]
            if key not in mark.seen:
                found.set_aside += bad
            newest[key] = ""
            return False
        convo = good[0]
        last = _version(convo.last_message)
        if not last or mark.seen.get(convo.id) == last:
            return False
        newest[convo.id] = last
        await self._read(convo, mark, found)
        return True

    async def _read(self, convo: WireConvo, mark: _Mark, found: _Found) -> None:
        floor, _space, known = mark.seen.get(convo.id, "").partition(" ")
        known_id, _space, was_deleted = known.partition(" ")
        floor = floor or mark.low or place_of(self._reader.since)
        async for message, people in self._newest_first(convo, found):
            if message.id == known_id:
                if message.text is None and not was_deleted:
                    found.changes.append((message.sent_at, Removed(remote_id=f"{convo.id}/{message.id}", at=None)))
                return
            if place_of(message.sent_at) < floor:
                return
            told = self._told(convo.id, message, people)
            if told is not None:
                found.changes.append((message.sent_at, told))

    async def _newest_first(
        self, convo: WireConvo, found: _Found
    ) -> AsyncIterator[tuple[WireMessage, dict[str, Author]]]:
        people = self._people(convo.members)
        older: str | None = None
        while True:
            params: Params = {"convoId": convo.id, "limit": PAGE, "cursor": older}
            page = await self._session.get("chat.bsky.convo.getMessages", MESSAGES, params, proxy=self._proxy)
            people |= self._people(page.related_profiles)
            for raw in page.messages:
                good, bad = decode_each([raw], MESSAGE)
                found.set_aside += bad
                for message in good:
                    yield message, people
            if not page.messages or page.cursor in (None, older):
                return
            older = page.cursor

    async def _convo(self, convo_id: str) -> WireConvo:
        params: Params = {"convoId": convo_id}
        return (await self._session.get("chat.bsky.convo.getConvo", ONE_CONVO, params, proxy=self._proxy)).convo

    async def _convo_for(self, act: Act) -> WireConvo:
        if is_private(act.target):
            return await self._convo(_place(act.target)[0])
        author = act.target.author
        if author is None or author.is_us:
            raise Rejected(_("Nobody knows whom to write to."), "author")
        method = "chat.bsky.convo.getConvoForMembers"
        params: Params = {"members": [author.remote_id]}
        return (await self._session.get(method, ONE_CONVO, params, proxy=self._proxy)).convo

    def _people(self, profiles: list[Any]) -> dict[str, Author]:
        return {one.did: self._reader.author(one) for one in decode_each(profiles, AUTHOR)[0]}

    def _told(self, convo_id: str, message: WireMessage, people: Mapping[str, Author]) -> Wrote | None:
        if message.text is None or message.sender is None:
            return None
        did = message.sender.did
        ours = did == self._reader.me
        above = message.reply_to.get("id") if message.reply_to else None
        return Wrote(
            remote_id=f"{convo_id}/{message.id}",
            at=message.sent_at,
            kind=Kind.DM,
            direction=Direction.OUT if ours else Direction.IN,
            author=people.get(did) or Author(remote_id=did, is_us=ours),
            text=spelled_out(message.text, message.facets),
            audience=Audience.DIRECT,
            conversation=f"dm:{convo_id}",
            parent=f"{convo_id}/{above}" if isinstance(above, str) else None,
            media=media_of_embed(message.embed),
        )

    def _receipt(self, convo_id: str, message: WireMessage, act: Act) -> Receipt:
        remote_id = f"{convo_id}/{message.id}"
        self._given[remote_id] = act.key
        return Receipt(remote_id=remote_id, at=message.sent_at, conversation=f"dm:{convo_id}")


def is_private(target: Target) -> bool:
    """True for a private message: posts have an address."""
    return not target.remote_id.startswith("at://")


def _place(target: Target) -> tuple[str, str]:
    """Conversation and message in a remote id."""
    convo_id, _slash, message_id = target.remote_id.partition("/")
    return convo_id, message_id


def _version(last: Mapping[str, Any] | None) -> str:
    """Time and id of a conversation's newest message; empty for a conversation without one."""
    good, _bad = decode_each([last or {}], MESSAGE)
    if not good:
        return ""
    return f"{place_of(good[0].sent_at)} {good[0].id}{'' if good[0].text is not None else ' deleted'}"


def _bare(text: str) -> str:
    """A text to compare by: without white space, which services may trim."""
    return "".join(unicodedata.normalize("NFC", text).split())
