"""What many conversations are made of: counted by account, without reading them one by one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from cminbox.model.base import ConversationState


@dataclass(frozen=True)
class Share:
    """So many conversations (`n`) of a selection at one account, of one brand ("": none), private or public."""

    account: int
    network: str
    brand: str
    private: bool
    n: int


def shares(db: sqlite3.Connection, ids: Sequence[int]) -> list[Share]:
    """What these conversations are made of, the largest share first; ids that name none (any more) do not count.

    An id that was joined to another conversation counts as that one.
    """
    found = db.execute(
        "SELECT c.account_id, n.name AS network, coalesce(b.name, '') AS brand, c.is_private, count(*) AS n FROM"
        " (SELECT DISTINCT coalesce(a.conversation_id, j.value) AS id FROM json_each(?) j"
        "  LEFT JOIN conversation_alias a ON a.id = j.value) s"
        " JOIN conversation c ON c.id = s.id JOIN network n ON n.id = c.network_id"
        " LEFT JOIN brand b ON b.id = c.brand_id GROUP BY 1, 2, 3, 4 ORDER BY n DESC, c.account_id, c.is_private",
        (json.dumps(list(ids)),),
    )
    return [Share(row["account_id"], row["network"], row["brand"], bool(row["is_private"]), row["n"]) for row in found]


def states(db: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[int, ConversationState, bool]]:
    """(conversation, its state, whether somebody waits in it) of these, as they are now."""
    found = db.execute(
        "SELECT c.id, c.state, c.waits_ms IS NOT NULL AS waits FROM json_each(?) j"
        " JOIN conversation c ON c.id = j.value",
        (json.dumps(list(ids)),),
    )
    return [(row["id"], ConversationState(row["state"]), bool(row["waits"])) for row in found]
