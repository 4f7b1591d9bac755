"""Which index a filter of the queue runs on: slices that are each in order already, so that a page is a merge of them.

A slice is one combination of equal columns (`state = open AND account_id = 3`). Network and brand become their accounts
where two filters meet, for which one index serves them all. What no index holds is checked row by row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from cminbox.model.base import ConversationState, Kind
from cminbox.model.filter_words import Flag
from cminbox.model.rows import PageKey
from cminbox.model.views import Filter
from cminbox.store import notes
from cminbox.store.queue_conditions import Facts, Rest, Value, all_of, facts, marks, named_parts, only

MOST_BESIDE = 500
"""How many of the conversations where a note waits for a colleague are in a list of theirs: the latest."""
_MOST_SLICES = 100
_ALL_STATES = tuple(ConversationState)
_TAGS = "conversation_tag"

Slices = Sequence[Mapping[str, Value]]


@dataclass(frozen=True)
class Plan:
    """How to read one filter: an index, its slices (equal columns each), the sort column and what is left to check.

    `rest` is a condition on a row of conversation that the index does not hold ("" when nothing is left), with its
    `values`. `given` is what a partial index needs to hear, `table` what it is an index of. `above` and `below` bound
    the sort column, both exclusive. No slices: nothing can match. `beside` are a few conversations (ids) that no slice
    holds and that belong in where `beside_rest` (with its values) holds.
    """

    index: str
    slices: tuple[Mapping[str, Value], ...]
    sort: str
    rest: str = ""
    values: tuple[Value, ...] = ()
    given: tuple[str, ...] = ()
    table: str = "conversation"
    above: int | None = None
    below: int | None = None
    beside: tuple[int, ...] = ()
    beside_rest: str = ""
    beside_values: tuple[Value, ...] = ()

    def sql(self, key: PageKey | None, *, descending: bool) -> tuple[str, list[Value]]:
        """A query of (id, k, hit) in order, beyond `key`; it reads an index forwards or backwards and sorts nothing.

        A key makes two arms of a slice, the rest of its own millisecond and what lies beyond: SQLite seeks a pair with
        the rowid in it by its first half only, and imports bring thousands of messages of one instant.
        """
        direction = "DESC" if descending else "ASC"
        name = "id" if self.table == "conversation" else "conversation_id"
        arms, values = [], list[Value]()
        for equal in self.slices:
            where = " AND ".join([*(f"{column} = ?" for column in equal), *self.given]) or "1"
            for more, keys in self._beyond(key, name, descending=descending):
                arms.append(
                    f"SELECT {name} AS id, {self.sort} AS k, {self._hit()} AS hit"
                    f" FROM {self.table} INDEXED BY {self.index} WHERE {where}{more}"
                )
                values += [*self.values, *equal.values(), *keys]
        for more, keys in self._beyond(key, name, descending=descending) if self.beside else ():
            arms.append(
                f"SELECT id, {self.sort} AS k, ({self.beside_rest}) AS hit FROM conversation"
                f" WHERE id IN ({marks(self.beside)}){more}"
            )
            values += [*self.beside_values, *self.beside, *keys]
        return f"{' UNION ALL '.join(arms)} ORDER BY k {direction}, id {direction}", values

    def _beyond(self, key: PageKey | None, name: str, *, descending: bool) -> list[tuple[str, tuple[Value, ...]]]:
        """The bounds of each arm; those of time and the key's are made one."""
        above, below = self.above, self.below
        arms: list[tuple[str, tuple[Value, ...]]] = []
        if key is not None:
            within = (above is None or key.sort_ms > above) and (below is None or key.sort_ms < below)
            if within:
                arms.append((f" AND {self.sort} = ? AND {name} {'<' if descending else '>'} ?", (key.sort_ms, key.id)))
            if descending:
                below = key.sort_ms if below is None else min(below, key.sort_ms)
            else:
                above = key.sort_ms if above is None else max(above, key.sort_ms)
        bounds = [(sign, ms) for sign, ms in ((">", above), ("<", below)) if ms is not None]
        arms.append(("".join(f" AND {self.sort} {sign} ?" for sign, _ in bounds), tuple(ms for _, ms in bounds)))
        return arms

    def _hit(self) -> str:
        if not self.rest:
            return "1"
        if self.table == "conversation":
            return f"({self.rest})"
        return f"EXISTS (SELECT 1 FROM conversation WHERE id = {self.table}.conversation_id AND {self.rest})"


@dataclass(frozen=True)
class _Choice:
    """An index with its slices, and the names of the conditions that it holds."""

    index: str
    slices: Slices
    holds: tuple[str, ...]
    sort: str = "shown_ms"
    given: tuple[str, ...] = ()
    table: str = "conversation"


def plan(db: sqlite3.Connection, wanted: Filter) -> Plan:
    """The plan of a filter, but for its words and people."""
    found = facts(db, wanted)
    if found.impossible:
        return Plan("conversation_by_state", (), "shown_ms")
    if Flag.DUE in found.flags:
        choice = _due(found)
    else:
        choice = _waiting(found) if wanted.waits else _by_time(found, only(db, wanted))
    parts = named_parts(found)
    rest, values = all_of([*(part for name, part in parts.items() if name not in choice.holds), *found.parts])
    beside: tuple[int, ...] = ()
    if found.mine is not None and "mine" in choice.holds:
        beside = tuple(notes.waiting_in(db, found.mine, MOST_BESIDE))
    elsewhere: Rest = ("assignee IS NOT ?", (found.mine or 0,))
    others = all_of([elsewhere, *(part for name, part in parts.items() if name != "mine"), *found.parts])
    return Plan(
        choice.index,
        tuple(choice.slices),
        choice.sort,
        rest,
        values,
        choice.given,
        choice.table,
        None if wanted.since_ms is None else wanted.since_ms - 1,
        wanted.before_ms,
        beside,
        *others,
    )


def _due(found: Facts) -> _Choice:
    """What has a time to answer by, the soonest first; somebody waits there."""
    given, holds = ("due_ms IS NOT NULL",), (Flag.DUE.value, "waits")
    accounts = _each("account_id", found.accounts)
    if found.accounts is None or len(accounts) > _MOST_SLICES:
        return _Choice("conversation_due", [{}], holds, "due_ms", given)
    return _Choice("conversation_due_account", accounts, (*holds, "account"), "due_ms", given)


def _waiting(found: Facts) -> _Choice:
    choice = _waiting_index(found)
    return replace(choice, holds=(*choice.holds, "waits"), sort="waits_ms", given=("waits_ms IS NOT NULL",))


def _waiting_index(found: Facts) -> _Choice:
    kinds = _each("kind", found.kinds)
    accounts = _each("account_id", found.accounts)
    if found.tag is not None:
        return _Choice("conversation_tag_waits", [{"tag_id": found.tag}], ("tag",), table=_TAGS)
    if found.topics is not None and len(found.topics) * len(Kind) <= _MOST_SLICES:
        return _Choice("conversation_waits_topic", _topics(found), ("topic", "kind", "account"))
    if found.assignee is not None:
        return _Choice("conversation_waits_assignee", [{"assignee": found.assignee}], ("assignee",))
    if found.accounts is None or len(accounts) * len(kinds) > _MOST_SLICES:
        index = "conversation_waits_kind" if found.kinds else "conversation_waits"
        return _Choice(index, kinds, ("kind",))
    index = "conversation_waits_account_kind" if found.kinds else "conversation_waits_account"
    return _Choice(index, _joined(accounts, kinds), ("account", "kind"))


def _by_time(found: Facts, place: tuple[str, int] | None) -> _Choice:
    states = _each("state", found.states or _ALL_STATES)
    kinds = _each("kind", found.kinds)
    accounts = _each("account_id", found.accounts)
    if found.tag is not None:
        return _tagged(found, found.tag, states, place)
    if found.topics is not None and len(found.topics) * len(Kind) * len(states) <= _MOST_SLICES:
        return _Choice("conversation_by_topic", _joined(_topics(found), states), ("topic", "kind", "account", "state"))
    if found.assignee is not None:
        slices = _joined(states, [{"assignee": found.assignee}])
        return _Choice("conversation_by_assignee", slices, ("assignee", "state"))
    if found.mine is not None:
        slices = _joined(states, [{"assignee": found.mine}])
        return _Choice("conversation_by_assignee", slices, ("mine", "state"))
    if Flag.PENDING in found.flags:
        return _Choice("conversation_pending", [{}], (Flag.PENDING,), given=("pending",))
    if Flag.LISTENING in found.flags:
        return _Choice("conversation_listening", [{}], (Flag.LISTENING,), given=("about IS NOT NULL",))
    if Flag.STAR in found.flags:
        return _Choice("conversation_starred", [{}], (Flag.STAR,), given=("star",))
    if Flag.MOVED in found.flags:
        return _Choice("conversation_moved", [{}], (Flag.MOVED,), given=("moved_to = state",))
    if found.accounts is None and found.kinds is None and Flag.PRIVATE in found.flags:
        return _Choice("conversation_private", states, (Flag.PRIVATE, "state"), given=("is_private",))
    if found.accounts is None and found.kinds is None and found.nobody:
        return _Choice("conversation_unassigned", states, ("nobody", "state"), given=("assignee IS NULL",))
    if found.accounts is None or len(states) * len(accounts) * len(kinds) > _MOST_SLICES:
        index = "conversation_by_kind" if found.kinds else "conversation_by_state"
        return _Choice(index, _joined(states, kinds), ("state", "kind"))
    if found.kinds is None and place is not None:
        column, value = place
        index = f"conversation_by_{column.removesuffix('_id')}"
        return _Choice(index, _joined(states, [{column: value}]), ("state", "account"))
    index = "conversation_by_account_kind" if found.kinds else "conversation_by_account"
    return _Choice(index, _joined(states, _joined(accounts, kinds)), ("state", "account", "kind"))


def _tagged(found: Facts, tag: int, states: Slices, place: tuple[str, int] | None) -> _Choice:
    one: Slices = [{"tag_id": tag}]
    if found.assignee is not None:
        slices = _joined(_joined(one, states), [{"assignee": found.assignee}])
        return _Choice("conversation_tag_by_assignee", slices, ("tag", "state", "assignee"), table=_TAGS)
    if place is not None and place[0] == "network_id":
        slices = _joined(_joined(one, states), [{"network_id": place[1]}])
        return _Choice("conversation_tag_by_network", slices, ("tag", "state", "account"), table=_TAGS)
    return _Choice("conversation_tag_by_state", _joined(one, states), ("tag", "state"), table=_TAGS)


def _topics(found: Facts) -> Slices:
    """The slices of topics: their index holds the kind too."""
    return _joined(_each("topic_id", found.topics), _each("kind", found.kinds or tuple(Kind)))


def _each(column: str, values: Sequence[Value] | None) -> Slices:
    return [{}] if values is None else [{column: str(each) if isinstance(each, str) else each} for each in values]


def _joined(left: Slices, right: Slices) -> Slices:
    return [{**one, **other} for one, other in product(left, right)]
