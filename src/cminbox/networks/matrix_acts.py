"""Doing something at a Matrix server, once, and finding out whether it was done.

The act's key is the transaction id: the server does the same (device, path, transaction id) only once, and names the
transaction id to the device when it reads the event back.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

from cminbox.clock import from_ms, to_ms
from cminbox.errors import Forbidden, Gone, Rejected, Unknowable
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb, Audience
from cminbox.networks.http_answer import decode_each
from cminbox.networks.http_url import segment
from cminbox.networks.matrix_community import Community
from cminbox.networks.matrix_direct import Direct
from cminbox.networks.matrix_events import INVITATION, is_like, link
from cminbox.networks.matrix_rooms import Rooms
from cminbox.networks.matrix_session import Session
from cminbox.networks.matrix_wire import EVENT, MESSAGE, OBJECT, PAGE, REACTION, SENT, Event

IGNORED = "m.ignored_user_list"
LIKE = "👍️"
SKEW = timedelta(minutes=10)
"""How far the server's clock may be from ours when its events are compared with our attempts."""
_PAGES = 40


class Acts:
    """The acts of one account."""

    def __init__(self, session: Session, rooms: Rooms, community: Community) -> None:
        self._session = session
        self._community = community
        self._rooms = rooms
        self._direct = Direct(session, rooms)

    async def perform(self, act: Act) -> Receipt:
        """Do it. Raises a `NetworkError`; `Rejected` before anything is sent where it cannot be done."""
        if act.audience is Audience.NOTE:
            raise Rejected(_("An internal note is not sent."), act.audience.value)
        if _is_invitation(act):
            raise Rejected(
                _("An invitation cannot be answered here."),
                "invitation",
                _("Accept it in a Matrix client; with the setting join=all of the account cminbox does so by itself."),
            )
        match act.verb:
            case ActVerb.REPLY:
                receipt = await self._say(act, _room(act), _reply(act))
                await self._community.mark_read(_room(act), act.target.remote_id)
                return receipt
            case ActVerb.PRIVATE_REPLY:
                return await self._say_privately(act)
            case ActVerb.EDIT:
                return await self._say(act, _room(act), _edit(act))
            case ActVerb.DELETE:
                await self._allow(act, "redact")
                await self._redact(act, _room(act), act.target.remote_id)
            case ActVerb.LIKE:
                return await self._like(act)
            case ActVerb.UNLIKE:
                mine = await self._reaction(act)
                if mine is not None:
                    await self._redact(act, _room(act), mine.event_id)
            case ActVerb.MUTE | ActVerb.UNMUTE:
                await self._ignore(_person(act), ignored=act.verb is ActVerb.MUTE)
            case ActVerb.BLOCK | ActVerb.UNBLOCK:
                await self._allow(act, "ban")
                await self._ban(act)
            case ActVerb.REPORT:
                path = f"/rooms/{segment(_room(act))}/report/{segment(act.target.remote_id)}"
                await self._session.post(path, {"reason": act.reason or ""}, OBJECT)
            case _:
                raise Rejected(_("Matrix has nothing for this."), str(act.verb))
        return Receipt()

    async def find(self, act: Act) -> Receipt | None:
        """Whether it was done."""
        if _is_invitation(act):
            return None
        match act.verb:
            case ActVerb.REPLY:
                return await self._said(act, _room(act), lambda event: event.reply_to == act.target.remote_id)
            case ActVerb.PRIVATE_REPLY:
                return await self._said_privately(act)
            case ActVerb.EDIT:
                edited = act.target.remote_id
                return await self._said(act, _room(act), lambda event: event.related("m.replace") == edited)
            case ActVerb.DELETE:
                return Receipt() if await self._is_gone(act) else None
            case ActVerb.LIKE | ActVerb.UNLIKE:
                mine = await self._reaction(act)
                if act.verb is ActVerb.LIKE:
                    return _receipt(_room(act), mine) if mine is not None else None
                return Receipt() if mine is None else None
            case ActVerb.MUTE | ActVerb.UNMUTE:
                ignored = _person(act) in _users(await self._session.account_data(IGNORED))
                return Receipt() if ignored is (act.verb is ActVerb.MUTE) else None
            case ActVerb.BLOCK | ActVerb.UNBLOCK:
                return Receipt() if await self._is_banned(act) is (act.verb is ActVerb.BLOCK) else None
            case _:
                raise Unknowable(_("Matrix does not tell what we reported."))

    async def _say_privately(self, act: Act) -> Receipt:
        private = act.target.audience is Audience.DIRECT
        room_id = _room(act) if private else await self._direct.open(_person(act))
        receipt = await self._say(act, room_id, _plain(act.text))
        await self._community.mark_read(_room(act), act.target.remote_id)
        return receipt.model_copy(update={"conversation": room_id})

    async def _said_privately(self, act: Act) -> Receipt | None:
        private = act.target.audience is Audience.DIRECT
        room_id = _room(act) if private else await self._direct.find(_person(act))
        if room_id is None:
            return None
        said = await self._said(act, room_id, lambda event: not event.relation)
        return said.model_copy(update={"conversation": room_id}) if said is not None else None

    async def _say(self, act: Act, room_id: str, content: dict[str, Any]) -> Receipt:
        if (await self._rooms.get(room_id)).encrypted:
            raise Rejected(
                _("This room is encrypted, and cminbox cannot encrypt."),
                "encrypted",
                _("Answer in a Matrix client."),
            )
        path = f"/rooms/{segment(room_id)}/send/{MESSAGE}/{segment(act.key)}"
        sent = (await self._session.put(path, content, SENT)).event_id
        return Receipt(remote_id=sent, global_id=sent, url=link(room_id, sent))

    async def _said(self, act: Act, room_id: str, fits: Callable[[Event], bool]) -> Receipt | None:
        """Our message with this transaction id, or (told to another device) the same words at the same place."""
        words = act.text.strip()
        alike: Event | None = None
        async for event in self._own(room_id, (act.first_tried_at or act.created_at) - SKEW):
            if event.transaction == act.key:
                return _receipt(room_id, event)
            new = event.content.get("m.new_content")
            body = (new if isinstance(new, dict) else event.content).get("body")
            if event.event_id in act.spoken_for or event.transaction is not None:
                continue
            if fits(event) and isinstance(body, str) and body.strip() == words:
                alike = event
        return _receipt(room_id, alike) if alike is not None else None

    async def _own(self, room_id: str, since: datetime) -> AsyncIterator[Event]:
        """Our own messages in a room, newest first, back to an instant."""
        kind = json.dumps({"types": [MESSAGE], "senders": [await self._session.me()]})
        oldest, token = to_ms(since), None
        for _page in range(_PAGES):
            asked: dict[str, str | int | None] = {"dir": "b", "limit": 50, "filter": kind, "from": token}
            page = await self._session.get(f"/rooms/{segment(room_id)}/messages", PAGE, **asked)
            events = decode_each(page.chunk, EVENT)[0]
            for event in events:
                yield event
            if page.end in (None, token) or (events and events[-1].origin_server_ts < oldest):
                return
            token = page.end
        raise Unknowable(_("There is too much in this room to find our message in it."))

    async def _allow(self, act: Act, deed: str) -> None:
        """Raise `Forbidden`, before anything is sent, where our power in the room does not reach."""
        author = act.target.author
        if author is None or author.is_us or await self._community.may(_room(act), deed, author.remote_id):
            return
        why = {
            "redact": _("In this room, only moderators delete what others said."),
            "ban": _("In this room, our account may not put this person out."),
        }
        raise Forbidden(why[deed], cure=_("Ask an administrator of the room to make the account a moderator."))

    async def _redact(self, act: Act, room_id: str, event_id: str) -> None:
        path = f"/rooms/{segment(room_id)}/redact/{segment(event_id)}/{segment(act.key)}"
        await self._session.put(path, {"reason": act.reason} if act.reason else {}, SENT)

    async def _like(self, act: Act) -> Receipt:
        relation = {"rel_type": "m.annotation", "event_id": act.target.remote_id, "key": LIKE}
        path = f"/rooms/{segment(_room(act))}/send/{REACTION}/{segment(act.key)}"
        try:
            sent = (await self._session.put(path, {"m.relates_to": relation}, SENT)).event_id
        except Rejected:
            # The server refuses a second like: it stands already, and that is what was asked for.
            mine = await self._reaction(act)
            if mine is None:
                raise
            sent = mine.event_id
        return Receipt(remote_id=sent, global_id=sent)

    async def _reaction(self, act: Act) -> Event | None:
        """Our like of the message, where it stands."""
        target, room_id, me = act.target.remote_id, _room(act), await self._session.me()
        path = f"/_matrix/client/v1/rooms/{segment(room_id)}/relations/{segment(target)}/m.annotation/{REACTION}"
        token = None
        for _page in range(_PAGES):
            answer = await self._session.request("GET", path, params={"limit": 100, "from": token})
            page = answer.decode(PAGE)
            for event in decode_each(page.chunk, EVENT)[0]:
                if event.sender == me and not event.redacted and is_like(str(event.relation.get("key"))):
                    return event
            token = page.next_batch
            if token is None:
                return None
        raise Unknowable(_("There are too many reactions to find ours among them."))

    async def _is_gone(self, act: Act) -> bool:
        path = f"/rooms/{segment(_room(act))}/event/{segment(act.target.remote_id)}"
        try:
            return (await self._session.get(path, EVENT)).redacted
        except Gone:
            return True

    async def _ignore(self, user: str, *, ignored: bool) -> None:
        users = _users(await self._session.account_data(IGNORED))
        if (user in users) is not ignored:
            kept: dict[str, dict[str, Any]] = {name: {} for name in users if name != user}
            await self._session.keep(IGNORED, {"ignored_users": {**kept, **({user: {}} if ignored else {})}})

    async def _ban(self, act: Act) -> None:
        verb = "ban" if act.verb is ActVerb.BLOCK else "unban"
        body = {"user_id": _person(act), **({"reason": act.reason} if act.reason else {})}
        try:
            await self._session.post(f"/rooms/{segment(_room(act))}/{verb}", body, OBJECT)
        except Forbidden:
            # Lifting a ban that is lifted already is refused as well.
            if verb == "unban" and not await self._is_banned(act):
                return
            raise

    async def _is_banned(self, act: Act) -> bool:
        path = f"/rooms/{segment(_room(act))}/members"
        members = await self._session.get(path, PAGE, membership="ban")
        return any(event.state_key == _person(act) for event in decode_each(members.chunk, EVENT)[0])


def _room(act: Act) -> str:
    room = act.target.extra.get("room") or act.target.topic or act.target.conversation or ""
    if not room.startswith("!"):
        raise Rejected(_("The room of this message is not known."), "room")
    return room.partition("|")[0]


def _is_invitation(act: Act) -> bool:
    # Who invited us can be ignored like anybody.
    return act.target.remote_id.startswith(INVITATION) and act.verb not in (ActVerb.MUTE, ActVerb.UNMUTE)


def _person(act: Act) -> str:
    if act.target.author is None:
        raise Rejected(_("Who wrote this message is not known."), "author")
    return act.target.author.remote_id


def _plain(text: str) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": text, "m.mentions": {}}


def _reply(act: Act) -> dict[str, Any]:
    people = act.people or ((act.target.author,) if act.target.author is not None else ())
    relation: dict[str, Any] = {"m.in_reply_to": {"event_id": act.target.remote_id}}
    root = act.target.extra.get("thread")
    if root:
        relation |= {"rel_type": "m.thread", "event_id": root, "is_falling_back": False}
    named = [person.remote_id for person in people if not person.is_us]
    return {**_plain(act.text), "m.mentions": {"user_ids": named} if named else {}, "m.relates_to": relation}


def _edit(act: Act) -> dict[str, Any]:
    # The star is for clients that do not know edits, as the specification asks.
    relation = {"rel_type": "m.replace", "event_id": act.target.remote_id}
    return {**_plain(f"* {act.text}"), "m.new_content": _plain(act.text), "m.relates_to": relation}


def _receipt(room_id: str, event: Event) -> Receipt:
    return Receipt(
        remote_id=event.event_id,
        global_id=event.event_id,
        at=from_ms(event.origin_server_ts),
        url=link(room_id, event.event_id),
    )


def _users(content: dict[str, Any]) -> list[str]:
    users = content.get("ignored_users")
    return [user for user in users if isinstance(user, str)] if isinstance(users, dict) else []
