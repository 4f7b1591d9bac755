"""Which index a filter of the queue runs on: slices that are each in order already, so that a page is a merge of them.

A slice is one combination of equal columns (`state = open AND account_id = 3`). Network and brand become their accounts
where two filters meet, for which one index serves them all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from cminbox.model.base import ConversationState, Kind
from cminbox.model.rows import PageKey
from cminbox.model.views import Filter

Value = str | int
Rest = tuple[str, tuple[Value, ...]]
"""An SQL condition and its values."""

_MOST_SLICES = 100
_ALL_STATES = tuple(ConversationState)


@dataclass(frozen=True)
class Plan:
    """How to read one filter: an index, its slices (equal columns each), the sort column and what is left to check.

    `rest` is a condition on a row of conversation that the index does not hold ("" when nothing is left), with its
    `values`. No slices: nothing can match.
    """

    index: str
    slices: tuple[Mapping[str, Value], ...]
    sort: str
    rest: str = ""
    values: tuple[Value, ...] = ()

    def sql(self, key: PageKey | None, *, descending: bool) -> tuple[str, list[Value]]:
        """A query of (id, k, hit) in order, beyond `key`; it reads an index forwards or backwards and sorts nothing.

        A key makes two arms of a slice, the rest of its own millisecond and what lies beyond: SQLite seeks a pair with
        the rowid in it by its first half only, and imports bring thousands of messages of one instant.
        """
        compare, direction = ("<", "DESC") if descending else (">", "ASC")
        beyond: list[Rest] = [("", ())]
        if key is not None:
            beyond = [
                (f" AND {self.sort} = ? AND id {compare} ?", (key.sort_ms, key.id)),
                (f" AND {self.sort} {compare} ?", (key.sort_ms,)),
            ]
        arms, values = [], list[Value]()
        for equal in self.slices:
            where = " AND ".join([*(f"{column} = ?" for column in equal), *self._given()]) or "1"
            for more, keys in beyond:
                arms.append(
                    f"SELECT id, {self.sort} AS k, {f'({self.rest})' if self.rest else '1'} AS hit"
                    f" FROM conversation INDEXED BY {self.index} WHERE {where}{more}"
                )
                values += [*self.values, *equal.values(), *keys]
        return f"{' UNION ALL '.join(arms)} ORDER BY k {direction}, id {direction}", values

    def _given(self) -> tuple[str, ...]:
        """What a partial index needs to hear."""
        return ("waits_ms IS NOT NULL",) if self.sort == "waits_ms" else ()


def plan(db: sqlite3.Connection, wanted: Filter) -> Plan:
    """The plan of a filter without `search` and `person`."""
    accounts = accounts_of(db, wanted)
    states = wanted.states or _ALL_STATES
    if wanted.tag is not None or accounts == () or _is_elsewhere(db, wanted, accounts):
        return Plan("conversation_by_state", (), "shown_ms")
    if wanted.waits:
        return _waiting(wanted, accounts)
    by_state = [{"state": state.value} for state in states]
    kind: dict[str, Value] = {"kind": wanted.kind.value} if wanted.kind else {}
    if wanted.topic is not None:
        return Plan("conversation_by_topic", _joined(_topic(wanted), by_state), "shown_ms")
    if accounts is None:
        index = "conversation_by_kind" if kind else "conversation_by_state"
        return Plan(index, _joined(by_state, [kind]), "shown_ms")
    if not kind and (only := _only(db, wanted)):
        column, value = only
        return Plan(f"conversation_by_{column.removesuffix('_id')}", _joined(by_state, [{column: value}]), "shown_ms")
    if len(states) * len(accounts) <= _MOST_SLICES:
        index = "conversation_by_account_kind" if kind else "conversation_by_account"
        return Plan(index, _joined(by_state, [{"account_id": one, **kind} for one in accounts]), "shown_ms")
    index = "conversation_by_kind" if kind else "conversation_by_state"
    return _checked(index, _joined(by_state, [kind]), "shown_ms", _account_rest(accounts))


def _waiting(wanted: Filter, accounts: Sequence[int] | None) -> Plan:
    kind: dict[str, Value] = {"kind": wanted.kind.value} if wanted.kind else {}
    state = ("state = ?", (wanted.state.value,)) if wanted.state else None
    if wanted.topic is not None:
        return _checked("conversation_waits_topic", _topic(wanted), "waits_ms", state)
    if accounts is None or len(accounts) > _MOST_SLICES:
        index = "conversation_waits_kind" if kind else "conversation_waits"
        return _checked(index, (kind,), "waits_ms", state, _account_rest(accounts))
    index = "conversation_waits_account_kind" if kind else "conversation_waits_account"
    return _checked(index, tuple({"account_id": one, **kind} for one in accounts), "waits_ms", state)


def condition(db: sqlite3.Connection, wanted: Filter) -> Rest:
    """What a filter asks of one conversation (all but `search` and `person`): an SQL condition and its values."""
    accounts = accounts_of(db, wanted)
    if wanted.tag is not None or accounts == ():
        return "0", ()
    parts = [_kind_rest(wanted), _account_rest(accounts)]
    if wanted.states is not None:
        parts.append((f"state IN ({_marks(wanted.states)})", tuple(state.value for state in wanted.states)))
    if wanted.waits:
        parts.append(("waits_ms IS NOT NULL", ()))
    if wanted.topic is not None:
        parts.append(("topic_id = ?", (wanted.topic,)))
    sql, values = _all_of(parts)
    return sql or "1", values


def accounts_of(db: sqlite3.Connection, wanted: Filter) -> tuple[int, ...] | None:
    """The accounts that a filter's network, account and brand leave; None: all of them."""
    parts: list[Rest | None] = []
    if wanted.network is not None:
        parts.append(("network_id = (SELECT id FROM network WHERE name = ?)", (wanted.network,)))
    if wanted.brand is not None:
        parts.append(("brand_id = (SELECT id FROM brand WHERE name = ?)", (wanted.brand,)))
    if wanted.account is not None:
        parts.append(("name = ?", (wanted.account,)))
    if not parts:
        return None
    sql, values = _all_of(parts)
    return tuple(row[0] for row in db.execute(f"SELECT id FROM account WHERE {sql} ORDER BY id", values))


def _only(db: sqlite3.Connection, wanted: Filter) -> tuple[str, int] | None:
    """The column and id when a filter names a network or a brand and nothing beside it."""
    if wanted.account is not None or (wanted.network is None) == (wanted.brand is None):
        return None
    table, name = ("network", wanted.network) if wanted.network is not None else ("brand", wanted.brand)
    row = db.execute(f"SELECT id FROM {table} WHERE name = ?", (name,)).fetchone()
    return (f"{table}_id", row[0]) if row else None


def _topic(wanted: Filter) -> tuple[Mapping[str, Value], ...]:
    """The slices of a topic: its index holds the kind too."""
    kinds = (wanted.kind,) if wanted.kind else tuple(Kind)
    return tuple({"topic_id": wanted.topic or 0, "kind": kind.value} for kind in kinds)


def _is_elsewhere(db: sqlite3.Connection, wanted: Filter, accounts: Sequence[int] | None) -> bool:
    """Whether a filter names a topic, and accounts that it is not of: a topic belongs to one account."""
    if wanted.topic is None or accounts is None:
        return False
    row = db.execute("SELECT account_id FROM topic WHERE id = ?", (wanted.topic,)).fetchone()
    return row is None or row[0] not in accounts


def _kind_rest(wanted: Filter) -> Rest | None:
    return ("kind = ?", (wanted.kind.value,)) if wanted.kind else None


def _account_rest(accounts: Sequence[int] | None) -> Rest | None:
    return (f"account_id IN ({_marks(accounts)})", tuple(accounts)) if accounts is not None else None


def _checked(index: str, slices: tuple[Mapping[str, Value], ...], sort: str, *rest: Rest | None) -> Plan:
    sql, values = _all_of(rest)
    return Plan(index, slices, sort, sql, values)


def _all_of(parts: Sequence[Rest | None]) -> Rest:
    given = [part for part in parts if part is not None]
    return " AND ".join(sql for sql, _ in given), tuple(value for _, values in given for value in values)


def _joined(
    left: Sequence[Mapping[str, Value]], right: Sequence[Mapping[str, Value]]
) -> tuple[Mapping[str, Value], ...]:
    return tuple({**one, **other} for one, other in product(left, right))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
