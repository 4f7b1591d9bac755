"""What a verb would do to a selection before it is done: where it works, where it does not, and why.

Conversations are looked at one by one (`LOOKED_AT` of them, in pieces); of a larger selection the rest is judged by
its accounts, which is counted and not read.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cminbox.errors import UsageError
from cminbox.inbox import checks, remote, replies
from cminbox.inbox.desk import Desk
from cminbox.inbox.selection import in_pieces, shares
from cminbox.model.accounts import Account
from cminbox.model.base import ActVerb
from cminbox.store import accounts
from cminbox.text import storable

LOOKED_AT = 5_000
"""Conversations looked at one by one, at most."""
_PIECE = 200

Look = Callable[[sqlite3.Connection, int], Account]
"""Looks at one conversation: its account where the verb works, else raises UsageError."""


@dataclass(frozen=True)
class Forecast:
    """Where a verb works (`able`: how many by network) and where it does not (`against`: how many by reason).

    The most come first. `total` conversations were selected; `whole` is False where only a part was looked at one by
    one, so that more may stand against it.
    """

    able: Mapping[str, int] = field(default_factory=dict)
    against: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    whole: bool = True

    @property
    def n(self) -> int:
        """For how many it works."""
        return sum(self.able.values())


async def act(desk: Desk, verb: ActVerb, ids: Sequence[int]) -> Forecast:
    """What doing `verb` at the network would come to."""
    return await _forecast(desk, ids, verb, lambda db, one: remote.possible(db, verb, one))


async def reply(desk: Desk, ids: Sequence[int], text: str, *, private: bool = False) -> Forecast:
    """What answering all of these with `text` would come to: too long here, too late there."""
    verb = ActVerb.PRIVATE_REPLY if private else ActVerb.REPLY
    said = storable(text).rstrip()
    return await _forecast(
        desk, ids, verb, lambda db, one: replies.possible(db, desk.clock, one, said, private=private)
    )


async def _forecast(desk: Desk, ids: Sequence[int], verb: ActVerb, look: Look) -> Forecast:
    able: Counter[str] = Counter()
    against: Counter[str] = Counter()
    for some in in_pieces(ids[:LOOKED_AT], _PIECE):
        networks, reasons = await desk.store.read(_looked, some, look)
        able += networks
        against += reasons
    for share in await shares(desk, ids[LOOKED_AT:]):
        why = checks.why_not(await desk.store.read(accounts.get, share.account), verb)
        (against if why else able)[why or share.network] += share.n
    return Forecast(dict(able.most_common()), dict(against.most_common()), len(ids), len(ids) <= LOOKED_AT)


def _looked(db: sqlite3.Connection, ids: Sequence[int], look: Look) -> tuple[Counter[str], Counter[str]]:
    able: Counter[str] = Counter()
    against: Counter[str] = Counter()
    for one in ids:
        try:
            able[look(db, one).network] += 1
        except UsageError as error:
            against[str(error)] += 1
    return able, against
