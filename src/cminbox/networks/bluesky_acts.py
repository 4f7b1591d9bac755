"""Acts at Bluesky, and finding out whether they happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from cminbox.clock import Clock, iso
from cminbox.errors import Gone, Rejected, Unknowable
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb, Audience
from cminbox.networks.bluesky_chat import Chat, is_private
from cminbox.networks.bluesky_gate import Gates
from cminbox.networks.bluesky_messages import Reader, collection_of, did_of, key_of
from cminbox.networks.bluesky_records import BLOCK, LIKE, POST, Records
from cminbox.networks.bluesky_session import Session
from cminbox.networks.bluesky_text import facets_of
from cminbox.networks.bluesky_wire import AUTHOR, DID, WireAuthor, WirePost, WireRef

_REASONS = {
    "spam": "com.atproto.moderation.defs#reasonSpam",
    "hate": "com.atproto.moderation.defs#reasonRude",
    "threat": "com.atproto.moderation.defs#reasonRude",
}
"""Ours -> theirs; for all others theirs is "other", and our word goes into the text."""
_LONGEST_REASON = 1000

ReadPost = Callable[[str], Awaitable[WirePost]]


class Acts:
    """Does acts, one at a time. `chat` is None where the account reads no private messages."""

    def __init__(self, session: Session, reader: Reader, read_post: ReadPost, chat: Chat | None, clock: Clock) -> None:
        self._session = session
        self._reader = reader
        self._read_post = read_post
        self._chat = chat
        self._clock = clock
        self._records = Records(session, reader.me)
        self._gates = Gates(session, reader.me, clock)
        self._do: dict[ActVerb, Callable[[Act], Awaitable[Receipt]]] = {
            ActVerb.REPLY: self._reply,
            ActVerb.PRIVATE_REPLY: self._reply,
            ActVerb.DELETE: self._delete,
            ActVerb.LIKE: self._like,
            ActVerb.UNLIKE: self._like,
            ActVerb.HIDE: self._hide,
            ActVerb.UNHIDE: self._hide,
            ActVerb.MUTE: self._mute,
            ActVerb.UNMUTE: self._mute,
            ActVerb.BLOCK: self._block,
            ActVerb.UNBLOCK: self._unblock,
            ActVerb.REPORT: self._report,
        }

    async def perform(self, act: Act) -> Receipt:
        """Do an act. Raises `Rejected` (nothing sent) for what Bluesky does not have."""
        do = self._do.get(act.verb)
        if do is None:
            raise Rejected(_("Bluesky cannot do this."), act.verb.value)
        return await do(act)

    async def find(self, act: Act) -> Receipt | None:
        """The receipt of an act that happened, None for one that did not. `Unknowable` for reports."""
        verb = act.verb
        if verb.is_reply:
            return await (self._private().find_sent(act) if self._goes_private(act) else self._records.made(act, POST))
        if verb is ActVerb.DELETE:
            return await self._find_deletion(act)
        if verb in (ActVerb.LIKE, ActVerb.UNLIKE):
            return await self._find_like(act)
        if verb in (ActVerb.HIDE, ActVerb.UNHIDE):
            hidden = await self._gates.is_hidden(self._root_of(act), act.target.remote_id)
            return Receipt() if hidden is (verb is ActVerb.HIDE) else None
        if verb is ActVerb.REPORT:
            raise Unknowable(_("Bluesky does not show the reports that were made."))
        if verb is ActVerb.BLOCK and await self._records.made(act, BLOCK) is not None:
            # Our own repository knows before the application view does.
            return Receipt()
        viewer = (await self._person(act)).viewer
        if verb in (ActVerb.MUTE, ActVerb.UNMUTE):
            told = bool(viewer and viewer.muted)
        else:
            told = bool(viewer and viewer.blocking)
        return Receipt() if told is (verb in (ActVerb.MUTE, ActVerb.BLOCK)) else None

    async def _reply(self, act: Act) -> Receipt:
        audience = act.audience.no_wider_than(act.target.audience)
        if audience is Audience.NOTE:
            raise Rejected(_("An internal note is not sent."), audience.value)
        if not act.text.strip():
            raise Rejected(_("There is nothing to send."), "empty")
        if self._goes_private(act):
            return await self._private().send(act, self._resolver(act))
        if audience is not Audience.PUBLIC:
            raise Rejected(_("Bluesky has public posts and private messages only."), audience.value)
        root, parent = await self._refs(act)
        record: dict[str, Any] = {
            "$type": POST,
            "text": act.text,
            "createdAt": iso(self._clock.now()),
            "reply": {"root": _ref(root), "parent": _ref(parent)},
        }
        if facets := await facets_of(act.text, self._resolver(act)):
            record["facets"] = facets
        if act.lang:
            record["langs"] = [act.lang]
        return await self._records.create(act, POST, record)

    async def _delete(self, act: Act) -> Receipt:
        uri = act.target.remote_id
        if is_private(act.target):
            raise Rejected(_("Bluesky cannot take a private message back from who got it."), "private")
        if did_of(uri) != self._reader.me:
            raise Rejected(_("Only our own messages can be deleted."), "author")
        # Deleting what is gone already is no error there.
        await self._records.remove(uri)
        return Receipt(remote_id=uri, at=self._clock.now())

    async def _like(self, act: Act) -> Receipt:
        if is_private(act.target):
            await self._private().react(act)
        elif act.verb is ActVerb.LIKE:
            _root, subject = await self._refs(act)
            record = {"$type": LIKE, "subject": _ref(subject), "createdAt": iso(self._clock.now())}
            await self._records.create(act, LIKE, record)
        else:
            viewer = (await self._read_post(act.target.remote_id)).viewer
            if viewer is not None and viewer.like:
                await self._records.remove(viewer.like)
        return Receipt(at=self._clock.now())

    async def _hide(self, act: Act) -> Receipt:
        await self._gates.set_hidden(self._root_of(act), act.target.remote_id, hidden=act.verb is ActVerb.HIDE)
        return Receipt(at=self._clock.now())

    async def _mute(self, act: Act) -> Receipt:
        method = "muteActor" if act.verb is ActVerb.MUTE else "unmuteActor"
        await self._session.post(f"app.bsky.graph.{method}", {"actor": _author(act)})
        return Receipt(at=self._clock.now())

    async def _block(self, act: Act) -> Receipt:
        record = {"$type": BLOCK, "subject": _author(act), "createdAt": iso(self._clock.now())}
        await self._records.create(act, BLOCK, record)
        return Receipt(at=self._clock.now())

    async def _unblock(self, act: Act) -> Receipt:
        viewer = (await self._person(act)).viewer
        if viewer is not None and viewer.blocking:
            await self._records.remove(viewer.blocking)
        return Receipt(at=self._clock.now())

    async def _report(self, act: Act) -> Receipt:
        if is_private(act.target):
            subject = {"$type": "com.atproto.admin.defs#repoRef", "did": _author(act)}
        else:
            _root, parent = await self._refs(act)
            subject = {"$type": "com.atproto.repo.strongRef", **_ref(parent)}
        body = {
            "reasonType": _REASONS.get(act.reason or "", "com.atproto.moderation.defs#reasonOther"),
            "reason": (act.text or act.reason or "")[:_LONGEST_REASON],
            "subject": subject,
        }
        await self._session.post("com.atproto.moderation.createReport", body)
        return Receipt(at=self._clock.now())

    async def _find_deletion(self, act: Act) -> Receipt | None:
        uri = act.target.remote_id
        if is_private(act.target):
            return None
        try:
            await self._records.stored(did_of(uri), collection_of(uri), key_of(uri))
        except Gone:
            return Receipt(remote_id=uri)
        return None

    async def _find_like(self, act: Act) -> Receipt | None:
        if is_private(act.target):
            return await self._private().find_reaction(act)
        if act.verb is ActVerb.LIKE and await self._records.made(act, LIKE) is not None:
            return Receipt()
        try:
            viewer = (await self._read_post(act.target.remote_id)).viewer
        except Gone:
            return None
        return Receipt() if bool(viewer and viewer.like) is (act.verb is ActVerb.LIKE) else None

    async def _refs(self, act: Act) -> tuple[WireRef, WireRef]:
        """The first post of the target's thread, and the target, each with its version."""
        notes, uri = act.target.extra, act.target.remote_id
        if notes.get("cid") and ("root" not in notes or notes.get("root_cid")):
            parent = WireRef(uri=uri, cid=notes["cid"])
            return (WireRef(uri=notes["root"], cid=notes["root_cid"]) if "root" in notes else parent), parent
        post = await self._read_post(uri)
        parent = WireRef(uri=post.uri, cid=post.cid)
        return (post.record.reply.root if post.record.reply else parent), parent

    def _root_of(self, act: Act) -> str:
        """The first post of the target's thread, which must be ours. Raises `Rejected` (nothing sent)."""
        root = act.target.extra.get("root", "")
        if is_private(act.target) or did_of(root) != self._reader.me:
            raise Rejected(_("Only answers below our own posts can be hidden."), "root")
        return root

    def _goes_private(self, act: Act) -> bool:
        private = act.verb is ActVerb.PRIVATE_REPLY or act.audience is Audience.DIRECT
        return private or is_private(act.target)

    def _private(self) -> Chat:
        if self._chat is None:
            raise Rejected(_("This account has no access to private messages."), "chat")
        return self._chat

    async def _person(self, act: Act) -> WireAuthor:
        return await self._session.get("app.bsky.actor.getProfile", AUTHOR, {"actor": _author(act)})

    def _resolver(self, act: Act) -> Callable[[str], Awaitable[str | None]]:
        people = (*act.people, *((act.target.author,) if act.target.author else ()))
        known: dict[str, str] = {person.handle.lower(): person.remote_id for person in people if person.handle}

        async def resolve(handle: str) -> str | None:
            if handle not in known:
                try:
                    known[handle] = (await self._session.get(_RESOLVE, DID, {"handle": handle})).did
                except (Gone, Rejected):
                    return None
            return known[handle]

        return resolve


_RESOLVE = "com.atproto.identity.resolveHandle"


def _author(act: Act) -> str:
    if act.target.author is None:
        raise Rejected(_("Nobody knows whose message this is."), "author")
    return act.target.author.remote_id


def _ref(ref: WireRef) -> dict[str, str]:
    return {"uri": ref.uri, "cid": ref.cid}
