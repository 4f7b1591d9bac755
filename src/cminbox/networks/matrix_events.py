"""Events of a room, read as changes: a pure translation. What it needs to know of other events is handed in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cminbox.clock import from_ms
from cminbox.i18n import _
from cminbox.model.base import Audience, Direction, Kind, TimePrecision
from cminbox.model.changes import Change, Edited, Reacted, Read, Removed, Wrote
from cminbox.model.content import Author, Media
from cminbox.networks.http_url import segment
from cminbox.networks.matrix_rooms import Room
from cminbox.networks.matrix_wire import ENCRYPTED, MESSAGE, REACTION, REDACTION, STICKER, Event

INVITATION = "invitation:"
"""What the id of a message begins with that stands for an invitation to the room named after it."""

LIKES = frozenset({"👍", "❤", "♥", "+1"})
"""Reactions that say no more than a like; skin tones and variation selectors are taken off before."""

_MEDIA = {"m.image": "image", "m.video": "video", "m.audio": "audio", "m.file": "file"}
_QUOTE = re.compile(r"\A> (?:\* )?<[^>\n]*>.*\n(?:> ?.*\n)*\n?")
_SHADES = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")


class Known(Protocol):
    """What is known of other events."""

    def get(self, room_id: str, event_id: str | None) -> Event | None:
        """An event of this room."""
        ...

    def took_part(self, root: str) -> bool:
        """Whether we wrote in the thread below an event."""
        ...


@dataclass(frozen=True)
class Us:
    """Who we are, and what the account's settings say: every room message is for us (`all_rooms`), or only what is
    addressed to us; `silence_s` seconds without a word end what one person says in a room."""

    user_id: str
    name: str = ""
    all_rooms: bool = False
    silence_s: int = 3600


class UnreadableError(ValueError):
    """An event whose content is not what its type says."""


def wanted(event: Event, room: Room) -> tuple[str, ...]:
    """The other events that must be known before this one can be understood."""
    edited = event.related("m.replace")
    if edited:
        return (edited,)
    if room.is_direct or event.type not in (MESSAGE, ENCRYPTED, STICKER):
        return ()
    root = event.related("m.thread")
    return tuple(dict.fromkeys(one for one in (event.reply_to, root) if one))


def translate(event: Event, room: Room, us: Us, known: Known) -> Change | None:
    """What an event means, or None where it is nothing for an inbox. Raises `UnreadableError`."""
    at = from_ms(event.origin_server_ts)
    if event.type == REDACTION:
        return _redaction(event, room, us, known, at)
    if event.redacted:
        return None
    if event.type == REACTION:
        target = event.related("m.annotation")
        return _reacted(event, target, room, us, at, undone=False) if target else None
    if event.type not in (MESSAGE, ENCRYPTED, STICKER) or event.state_key is not None:
        return None
    edited = event.related("m.replace")
    if edited:
        return _edited(event, edited, room, known, at)
    return _wrote(event, room, us, known, at)


def read(content: Any, us: Us) -> list[Read]:
    """Our own read receipts out of an `m.receipt` event's content."""
    found: list[Read] = []
    for event_id, receipts in content.items() if isinstance(content, dict) else ():
        for kind in ("m.read", "m.read.private"):
            users = receipts.get(kind) if isinstance(receipts, dict) else None
            mine = users.get(us.user_id) if isinstance(users, dict) else None
            if isinstance(mine, dict):
                ms = mine.get("ts")
                at = from_ms(ms) if isinstance(ms, int) and 0 <= ms < 10**14 else None
                found.append(Read(remote_id=event_id, at=at))
                break
    return found


def invitation(room_id: str, room: Room, by: str, us: Us, *, direct: bool) -> Wrote:
    """An invitation that is not accepted by itself, as a message of who invited us. `room` is what it shows of itself.

    Matrix does not tell when it was written.
    """
    return Wrote(
        remote_id=f"{INVITATION}{room_id}",
        at=None,
        precision=TimePrecision.UNKNOWN,
        kind=Kind.DM if direct else Kind.MENTION,
        direction=Direction.IN,
        author=author(by, room, us),
        text=(
            _("[An invitation to a direct chat. Accept it in a Matrix client.]")
            if direct
            else _("[An invitation to the room {name}. Accept it in a Matrix client.]").format(
                name=room.name or room.alias or room_id
            )
        ),
        audience=Audience.DIRECT,
        conversation=room_id if direct else None,
        url=f"https://matrix.to/#/{segment(room_id)}",
        extra={"room": room_id},
    )


def is_like(key: str) -> bool:
    """True for a reaction that means no more than a like."""
    return _SHADES.sub("", key) in LIKES


def link(room_id: str, event_id: str) -> str:
    """An address that any Matrix client opens."""
    return f"https://matrix.to/#/{segment(room_id)}/{segment(event_id)}"


def addressed(event: Event, room: Room, us: Us, known: Known) -> bool:
    """Whether a message is for us: a direct chat, a mention, an answer to us, or a thread that we are part of."""
    if room.is_direct or us.all_rooms or mentions(event, us):
        return True
    answered = known.get(room.id, event.reply_to)
    if answered is not None and answered.sender == us.user_id:
        return True
    root = event.related("m.thread")
    begun = known.get(room.id, root)
    return root is not None and ((begun is not None and begun.sender == us.user_id) or known.took_part(root))


def mentions(event: Event, us: Us) -> bool:
    """Whether a message names us: as a mention, a pill, by our id or our display name."""
    if us.user_id in event.mentioned:
        return True
    body, html = event.content.get("body"), event.content.get("formatted_body")
    if isinstance(html, str) and _pill(html, us.user_id):
        return True
    if not isinstance(body, str):
        return False
    text = strip_quote(body) if event.reply_to else body
    return any(
        len(name) > 1 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
        for name in (us.user_id, us.name)
    )


def strip_quote(body: str) -> str:
    """A reply's own words, without the quote that older clients put before them."""
    return _QUOTE.sub("", body, count=1)


def _pill(html: str, user_id: str) -> bool:
    own = html.rpartition("</mx-reply>")[2]
    return any(f"matrix.to/#/{form}" in own for form in (user_id, segment(user_id)))


def _wrote(event: Event, room: Room, us: Us, known: Known, at: datetime) -> Wrote:
    text, media = content_of(event, event.content)
    ours = event.sender == us.user_id
    root = event.related("m.thread")
    answered = event.reply_to
    for_us = not ours and addressed(event, room, us, known)
    # In a thread an answer may point to the latest message only so that older clients show it somewhere.
    falls_back = root is not None and event.relation.get("is_falling_back") is True
    key = _conversation(event, room, us, known)
    named = tuple(user for user in event.mentioned if user != us.user_id)
    return Wrote(
        remote_id=event.event_id,
        global_id=event.event_id,
        at=at,
        kind=_kind(event, room, us),
        direction=Direction.OUT if ours else Direction.IN,
        author=author(event.sender, room, us, is_bot=event.content.get("msgtype") == "m.notice"),
        text=text,
        media=media,
        audience=room.audience,
        conversation=key,
        conversation_gap_s=us.silence_s if key is not None and key.startswith(room.id + "|") else None,
        addressed=ours or for_us,
        topic=room.as_topic(),
        parent=answered or root,
        answers=named if ours and room.audience is not Audience.DIRECT and (falls_back or not answered) else (),
        url=link(room.id, event.event_id),
        act_key=event.transaction if ours else None,
        extra={"room": room.id, **({"thread": root} if root else {})},
    )


def _conversation(event: Event, room: Room, us: Us, known: Known) -> str | None:
    """The key of the conversation; None where the parent's is meant."""
    if room.is_direct:
        return room.id
    root = event.related("m.thread")
    if root is not None:
        # A thread below a question is that question's conversation; below anything else it is one by itself.
        begun = known.get(room.id, root)
        asked = begun is not None and (
            _answers(begun) or (begun.sender != us.user_id and addressed(begun, room, us, known))
        )
        return None if asked else root
    answered = known.get(room.id, event.reply_to)
    ours = event.sender == us.user_id
    if ours and event.reply_to:
        return None
    if answered is not None and answered.sender == us.user_id and _answers(answered):
        # Whatever the silence in between: they go on where we answered them.
        return None
    if not ours:
        return f"{room.id}|{event.sender}"
    return f"{room.id}|{event.mentioned[0]}" if len(event.mentioned) == 1 else None


def _answers(event: Event) -> bool:
    return event.reply_to is not None or event.related("m.thread") is not None


def _kind(event: Event, room: Room, us: Us) -> Kind:
    if room.is_direct:
        return Kind.DM
    return Kind.MENTION if event.sender != us.user_id and mentions(event, us) else Kind.COMMENT


def _edited(event: Event, edited: str, room: Room, known: Known, at: datetime) -> Edited | None:
    original = known.get(room.id, edited)
    content = event.content.get("m.new_content")
    if original is None or original.sender != event.sender or original.related("m.replace") or event.type == ENCRYPTED:
        # Anybody can claim to replace anything; only the author's word counts.
        return None
    if not isinstance(content, dict):
        raise UnreadableError("m.new_content is missing")
    text, media = content_of(original, content)
    return Edited(remote_id=edited, at=at, text=text, media=media)


def _redaction(event: Event, room: Room, us: Us, known: Known, at: datetime) -> Change | None:
    named = event.content.get("redacts")
    target = event.redacts or (named if isinstance(named, str) else None)
    if not target:
        return None
    gone = known.get(room.id, target)
    if gone is None or gone.type != REACTION:
        return Removed(remote_id=target, at=at)
    liked = gone.related("m.annotation")
    return _reacted(gone, liked, room, us, at, undone=True) if liked else None


def _reacted(event: Event, target: str, room: Room, us: Us, at: datetime, *, undone: bool) -> Reacted | None:
    key = event.relation.get("key")
    if not isinstance(key, str) or not key:
        return None
    reaction = "like" if is_like(key) else key[:100]
    return Reacted(remote_id=target, at=at, author=author(event.sender, room, us), reaction=reaction, undone=undone)


def author(user_id: str, room: Room, us: Us, *, is_bot: bool = False) -> Author:
    """Somebody in a room, by the name shown there."""
    return Author(
        remote_id=user_id,
        handle=_handle(user_id, us),
        name=room.members.get(user_id, ""),
        url=f"https://matrix.to/#/{segment(user_id)}",
        is_bot=is_bot,
        is_us=user_id == us.user_id,
    )


def _handle(user_id: str, us: Us) -> str:
    """A user id as people say it: without the sigil, and without the server where it is ours."""
    local, _colon, server = user_id.removeprefix("@").partition(":")
    return local if server == us.user_id.partition(":")[2] else f"{local}:{server}"


def content_of(event: Event, content: dict[str, Any]) -> tuple[str, tuple[Media, ...]]:
    """Text and media of a message's content. Raises `UnreadableError`."""
    if event.type == ENCRYPTED:
        return _("[An encrypted message. cminbox cannot read it: open it in a Matrix client.]"), ()
    body = content.get("body")
    if not isinstance(body, str):
        raise UnreadableError("body is missing")
    kind = "image" if event.type == STICKER else _MEDIA.get(str(content.get("msgtype")))
    if kind is None:
        return (strip_quote(body) if event.reply_to else body), ()
    file = content.get("filename")
    caption = body if isinstance(file, str) and file != body else ""
    info, url = content.get("info"), content.get("url")
    length = info.get("duration") if isinstance(info, dict) else None
    media = Media(
        type=kind,
        url=url if isinstance(url, str) else None,
        alt=file if caption and isinstance(file, str) else body,
        length_s=length / 1000 if isinstance(length, int | float) and 0 <= length < 1e12 else None,
    )
    return caption, (media,)


def in_order(rooms: Iterable[list[Change]]) -> tuple[Change, ...]:
    """The changes of several rooms as one row, oldest first, each room's own order kept."""
    keyed: list[tuple[float, Change]] = []
    for changes in rooms:
        latest = float("-inf")
        for change in changes:
            latest = max(latest, change.at.timestamp() if change.at is not None else latest)
            keyed.append((latest, change))
    return tuple(change for _at, change in sorted(keyed, key=lambda pair: pair[0]))
