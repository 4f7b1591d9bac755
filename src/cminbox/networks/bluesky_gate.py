"""Hiding answers below a post of ours: the list in the post's threadgate (lexicon app.bsky.feed.threadgate)."""

from __future__ import annotations

from typing import Any

from cminbox.clock import Clock, iso
from cminbox.errors import Gone, Rejected
from cminbox.i18n import _
from cminbox.networks.bluesky_messages import key_of
from cminbox.networks.bluesky_session import Session, Trouble
from cminbox.networks.bluesky_wire import STORED, WireStored

GATE = "app.bsky.feed.threadgate"
MOST = 300
"""Answers that one threadgate can hide."""

_ATTEMPTS = 4
"""Somebody else may change the gate at the same time: the write names the version that it was made from."""


class Gates:
    """The threadgates of our posts. A gate has the record key of its post."""

    def __init__(self, session: Session, me: str, clock: Clock) -> None:
        self._session = session
        self._me = me
        self._clock = clock

    async def is_hidden(self, root: str, uri: str) -> bool:
        """Whether an answer below `root` is hidden."""
        gate = await self._read(root)
        return gate is not None and uri in _listed(gate.value)

    async def set_hidden(self, root: str, uri: str, *, hidden: bool) -> None:
        """Hide an answer below `root`, or show it again; everything else in the gate stays as it is."""
        for attempt in range(1, _ATTEMPTS + 1):
            gate = await self._read(root)
            listed = _listed(gate.value) if gate else []
            if (uri in listed) is hidden:
                return
            wanted = [*listed, uri] if hidden else [one for one in listed if one != uri]
            if len(wanted) > MOST:
                raise Rejected(
                    _("Bluesky hides {number} answers below a post at the most.").format(number=MOST), "threadgate"
                )
            try:
                await self._write(root, gate, wanted)
                return
            except (Rejected, Trouble) as error:
                raced = isinstance(error, Trouble) or error.reason == "InvalidSwap"
                if not raced or attempt == _ATTEMPTS:
                    raise

    async def _read(self, root: str) -> WireStored | None:
        params = {"repo": self._me, "collection": GATE, "rkey": key_of(root)}
        try:
            return await self._session.get("com.atproto.repo.getRecord", STORED, params)
        except Gone:
            return None

    async def _write(self, root: str, gate: WireStored | None, listed: list[str]) -> None:
        body: dict[str, Any] = {"repo": self._me, "collection": GATE, "rkey": key_of(root)}
        if gate is None:
            # Without `allow`, everybody may answer, as before.
            now = iso(self._clock.now())
            record = {"$type": GATE, "post": root, "createdAt": now, "hiddenReplies": listed}
            await self._session.post("com.atproto.repo.createRecord", {**body, "record": record})
        else:
            record = {**gate.value, "hiddenReplies": listed}
            await self._session.post("com.atproto.repo.putRecord", {**body, "record": record, "swapRecord": gate.cid})


def _listed(value: dict[str, Any]) -> list[str]:
    found = value.get("hiddenReplies")
    return [uri for uri in found if isinstance(uri, str)] if isinstance(found, list) else []
