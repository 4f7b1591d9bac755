"""What a filter asks of one conversation, condition by condition: the named parts that a plan puts together.

Inside each part the columns of `conversation` stand without its name, or behind it in a query within. Names of
networks, brands, accounts, tags, colleagues and campaigns are compared folded.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cminbox.model.base import ConversationState, Kind
from cminbox.model.filter_words import NONE, Flag, person_number
from cminbox.model.views import Condition, Filter, Key
from cminbox.store.automatic import by_people
from cminbox.text import fold

Value = str | int
Rest = tuple[str, tuple[Value, ...]]
"""An SQL condition and its values."""

OUR_ANSWER = f"o.direction = 'out' AND o.audience != 'note' AND o.state IN ('shown', 'edited') AND {by_people('o.by')}"
"""What is asked of a message `o` that a person of ours answered with."""

_ALL_STATES = tuple(ConversationState)
_NEVER: Rest = ("0", ())
_FLAGS = {
    Flag.UNANSWERED: "waits_ms IS NOT NULL",
    Flag.ANSWERED: "waits_ms IS NULL",
    Flag.UNREAD: "unread",
    Flag.STAR: "star",
    Flag.PRIVATE: "is_private",
    Flag.PUBLIC: "NOT is_private",
    Flag.PENDING: "pending",
    Flag.LISTENING: "about IS NOT NULL",
    Flag.ASSIGNED: "assignee IS NOT NULL",
    Flag.MOVED: "moved_to = state",
    Flag.THANKS: "only_thanks((SELECT text FROM message WHERE message.id = shown_message_id))",
    Flag.DUE: "due_ms IS NOT NULL",
    Flag.LATE: "0",  # by when, inbox.filters says: "late:MS"
    Flag.MINE: "0",  # whose, inbox.filters says: "mine:NAME"
}


@dataclass(frozen=True)
class Facts:
    """What a filter comes down to. None: every one; an empty tuple: none, so that nothing can match.

    `topics` are those that must be, `tag` the first tag that must be. `nobody` means assigned to nobody, `assignee` to
    one colleague (id), `mine` to one or named by an unread note. `flags` are those that must hold; `parts` everything
    that is none of this, always to be checked.
    """

    accounts: tuple[int, ...] | None
    states: tuple[ConversationState, ...] | None
    kinds: tuple[Kind, ...] | None
    topics: tuple[int, ...] | None
    tag: int | None
    assignee: int | None
    nobody: bool
    flags: frozenset[Flag]
    waits: bool
    parts: tuple[Rest, ...]
    never: bool
    mine: int | None = None

    @property
    def impossible(self) -> bool:
        """True where nothing can match."""
        return self.never or () in (self.accounts, self.states, self.kinds, self.topics)


def facts(db: sqlite3.Connection, wanted: Filter) -> Facts:
    """What a filter comes down to, but for `search`, `person`, words, names of authors and time."""
    parts: list[Rest] = []
    tags = [*([wanted.tag] if wanted.tag is not None else [])]
    flags: set[Flag] = set()
    mine: int | None = None
    for condition in wanted.conditions:
        if condition.key is Key.TAG and not condition.negated and len(condition.values) == 1:
            tags.append(condition.values[0])
        elif condition.key is Key.IS and not condition.negated and _single(condition) and _whose(condition.values[0]):
            mine = _colleague(db, _whose(condition.values[0]))
        elif condition.key is Key.IS and not condition.negated and _single(condition) and _since(condition.values[0]):
            flags.add(Flag.DUE)
            parts.append(_late(condition.values[0]))
        elif condition.key is Key.IS and not condition.negated and condition.values[0] in _FLAGS and _single(condition):
            flags.add(Flag(condition.values[0]))
        elif (part := _part(condition)) is not None:
            sql, values = part(db, condition)
            parts.append((f"NOT ifnull(({sql}), 0)" if condition.negated else sql, values))
    if _keeps_apart(db, wanted):
        parts.append(("about IS NULL", ()))
    if wanted.only is not None:
        parts.append(("id IN (SELECT value FROM json_each(?))", (json.dumps(wanted.only),)))
    tag_ids = [_tag(db, name) for name in tags]
    parts += [_tagged(each) for each in tag_ids[1:]]
    nobody = wanted.assignee is not None and fold(wanted.assignee) == NONE
    assignee = None if wanted.assignee is None or nobody else _colleague(db, wanted.assignee)
    accounts = accounts_of(db, wanted)
    topics = _topics(db, wanted, accounts)
    return Facts(
        accounts=accounts,
        states=_states(wanted),
        kinds=_kinds(wanted),
        topics=topics,
        tag=tag_ids[0] if tag_ids else None,
        assignee=assignee,
        nobody=nobody,
        flags=frozenset(flags),
        waits=wanted.waits or Flag.UNANSWERED in flags,
        parts=tuple(parts),
        never=0 in tag_ids or 0 in (assignee, mine),
        mine=mine,
    )


def condition(db: sqlite3.Connection, wanted: Filter) -> Rest:
    """What a filter asks of one conversation (all but words and people): an SQL condition and its values."""
    found = facts(db, wanted)
    if found.impossible:
        return _NEVER
    parts = [*named_parts(found).values(), *found.parts]
    clock = "waits_ms" if wanted.waits else "shown_ms"
    if wanted.since_ms is not None:
        parts.append((f"{clock} >= ?", (wanted.since_ms,)))
    if wanted.before_ms is not None:
        parts.append((f"{clock} < ?", (wanted.before_ms,)))
    sql, values = all_of(parts)
    return sql or "1", values


def named_parts(found: Facts) -> dict[str, Rest]:
    """The conditions that some index may hold instead, by name."""
    parts: dict[str, Rest] = {}
    for name, column, values in (
        ("account", "account_id", found.accounts),
        ("kind", "kind", found.kinds),
        ("state", "state", found.states),
        ("topic", "topic_id", found.topics),
    ):
        if values is not None:
            parts[name] = _among(column, values)
    if found.tag is not None:
        parts["tag"] = _tagged(found.tag)
    if found.assignee is not None:
        parts["assignee"] = ("assignee = ?", (found.assignee,))
    if found.mine is not None:
        parts["mine"] = _mine(found.mine)
    if found.nobody:
        parts["nobody"] = ("assignee IS NULL", ())
    if found.waits:
        parts["waits"] = ("waits_ms IS NOT NULL", ())
    for flag in found.flags - {Flag.UNANSWERED}:
        parts[flag.value] = (_FLAGS[flag], ())
    return parts


def accounts_of(db: sqlite3.Connection, wanted: Filter) -> tuple[int, ...] | None:
    """The accounts that a filter's networks, accounts and brands leave; None: all of them."""
    tests: list[tuple[str, frozenset[str], bool]] = []
    for key in (Key.NETWORK, Key.ACCOUNT, Key.BRAND):
        value = getattr(wanted, key.value)
        if value is not None:
            tests.append((key.value, frozenset({fold(value)}), False))
        for each in wanted.about(key):
            tests.append((key.value, frozenset(map(fold, each.values)), each.negated))
    if not tests:
        return None
    rows = db.execute(
        "SELECT a.id, a.name AS account, n.name AS network, b.name AS brand FROM account a"
        " JOIN network n ON n.id = a.network_id LEFT JOIN brand b ON b.id = a.brand_id ORDER BY a.id"
    )
    return tuple(
        row["id"]
        for row in rows
        if all((fold(row[column] or "") in names) is not negated for column, names, negated in tests)
    )


def only(db: sqlite3.Connection, wanted: Filter) -> tuple[str, int] | None:
    """The column and id when a filter names a network or a brand and nothing beside it."""
    if wanted.account is not None or (wanted.network is None) == (wanted.brand is None):
        return None
    if wanted.about(Key.NETWORK, Key.ACCOUNT, Key.BRAND):
        return None
    table, name = ("network", wanted.network) if wanted.network is not None else ("brand", wanted.brand)
    found = _named(db, table, [name or ""])
    return (f"{table}_id", found[0]) if found else None


def all_of(parts: Iterable[Rest]) -> Rest:
    """Conditions that must all hold, as one."""
    given = list(parts)
    return " AND ".join(f"({sql})" for sql, _ in given), tuple(value for _, values in given for value in values)


def _keeps_apart(db: sqlite3.Connection, wanted: Filter) -> bool:
    """Whether what we only listen to must be left out: it is done from its beginning, unless a person reopened it."""
    if wanted.listens or wanted.waits or wanted.person is not None or wanted.only is not None:
        return False
    if ConversationState.DONE not in (_states(wanted) or _ALL_STATES):
        return False
    # Most houses listen to nothing: there, an index holds all of the filter.
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM conversation WHERE about IS NOT NULL)").fetchone()[0])


def _part(condition: Condition) -> Callable[[sqlite3.Connection, Condition], Rest] | None:
    """How a condition is checked that no fact holds."""
    if condition.key is Key.CAMPAIGN and not condition.negated:
        return None
    if condition.key is Key.IS and all(value in _ALL_STATES for value in condition.values):
        return None
    if condition.key is Key.PERSON and person_number(condition.values[0]) is None:
        return None
    return _PARTS.get(condition.key)


def _single(condition: Condition) -> bool:
    return len(condition.values) == 1


def _states(wanted: Filter) -> tuple[ConversationState, ...] | None:
    """The states that are left; None: every one."""
    found = None if wanted.states is None else set(wanted.states)
    for each in wanted.about(Key.STATE, Key.IS):
        if each.key is Key.STATE or all(value in _ALL_STATES for value in each.values):
            named = {ConversationState(value) for value in each.values}
            found = (set(_ALL_STATES) if found is None else found) & (
                set(_ALL_STATES) - named if each.negated else named
            )
    return None if found is None else tuple(state for state in _ALL_STATES if state in found)


def _kinds(wanted: Filter) -> tuple[Kind, ...] | None:
    found = None if wanted.kind is None else {wanted.kind}
    for each in wanted.about(Key.KIND):
        named = {Kind(value) for value in each.values}
        found = (set(Kind) if found is None else found) & (set(Kind) - named if each.negated else named)
    return None if found is None else tuple(kind for kind in Kind if kind in found)


def _topics(db: sqlite3.Connection, wanted: Filter, accounts: Sequence[int] | None) -> tuple[int, ...] | None:
    """The topics that must be, of the accounts that must be: a topic belongs to one account."""
    found: set[int] | None = None if wanted.topic is None else {wanted.topic}
    for each in wanted.about(Key.CAMPAIGN):
        if not each.negated:
            named = set(_of_campaigns(db, each.values))
            found = named if found is None else found & named
    if found is None or accounts is None:
        return None if found is None else tuple(sorted(found))
    marks = ",".join("?" * len(found))
    rows = db.execute(f"SELECT id, account_id FROM topic WHERE id IN ({marks}) ORDER BY id", tuple(found))
    return tuple(row["id"] for row in rows if row["account_id"] in accounts)


def _of_campaigns(db: sqlite3.Connection, names: Iterable[str]) -> tuple[int, ...]:
    folded = set(map(fold, names))
    every = [row[0] for row in db.execute("SELECT DISTINCT campaign FROM topic WHERE campaign IS NOT NULL")]
    meant = [name for name in every if fold(name) in folded]
    marks = ",".join("?" * len(meant))
    return tuple(row[0] for row in db.execute(f"SELECT id FROM topic WHERE campaign IN ({marks})", meant))


def _named(db: sqlite3.Connection, table: str, names: Iterable[str]) -> tuple[int, ...]:
    """The ids of rows by their names, in a table of few rows."""
    folded = set(map(fold, names))
    return tuple(row["id"] for row in db.execute(f"SELECT id, name FROM {table}") if fold(row["name"]) in folded)


def _tag(db: sqlite3.Connection, name: str) -> int:
    """The id of a tag, 0 where there is none of that name."""
    row = db.execute("SELECT id FROM tag WHERE folded = ?", (fold(name),)).fetchone()
    return int(row["id"]) if row else 0


def _tagged(*tags: int) -> Rest:
    own = "conversation_tag g WHERE g.conversation_id = conversation.id"
    return f"EXISTS (SELECT 1 FROM {own} AND g.tag_id IN ({marks(tags)}))", tags


def _tag_part(db: sqlite3.Connection, condition: Condition) -> Rest:
    return _tagged(*(_tag(db, name) for name in condition.values))


def _assignee_part(db: sqlite3.Connection, condition: Condition) -> Rest:
    names = [name for name in condition.values if fold(name) != NONE]
    sql, values = _among("assignee", _named(db, "colleague", names))
    return (f"assignee IS NULL OR {sql}" if len(names) < len(condition.values) else sql), values


def _mentioned_part(db: sqlite3.Connection, condition: Condition) -> Rest:
    ids = _named(db, "colleague", condition.values)
    notes = f"note_mention n JOIN message m ON m.id = n.message_id WHERE n.colleague_id IN ({marks(ids)})"
    return f"id IN (SELECT m.conversation_id FROM {notes} AND m.conversation_id IS NOT NULL)", ids


def _is_part(db: sqlite3.Connection, condition: Condition) -> Rest:
    parts: list[Rest] = []
    for each in condition.values:
        if whose := _whose(each):
            parts.append(_mine(_colleague(db, whose)))
        elif _since(each):
            parts.append(_late(each))
        else:
            sql = _FLAGS[Flag(each)] if each in tuple(Flag) else f"state = '{ConversationState(each)}'"
            parts.append((sql, ()))
    return " OR ".join(f"({sql})" for sql, _ in parts), tuple(value for _, values in parts for value in values)


def _whose(value: str) -> str:
    """The name behind "mine:", or nothing."""
    return value.removeprefix(f"{Flag.MINE}:") if value.startswith(f"{Flag.MINE}:") else ""


def _since(value: str) -> str:
    """The instant behind "late:", or nothing."""
    return value.removeprefix(f"{Flag.LATE}:") if value.startswith(f"{Flag.LATE}:") else ""


def _late(value: str) -> Rest:
    return "due_ms < ?", (int(_since(value)),)


def _colleague(db: sqlite3.Connection, name: str) -> int:
    """The id of a colleague, 0 where there is none of that name."""
    return (_named(db, "colleague", [name]) or (0,))[0]


def _mine(colleague: int) -> Rest:
    notes = (
        "note_mention n INDEXED BY note_mention_unread JOIN message m ON m.id = n.message_id"
        " WHERE n.unread AND n.colleague_id = ?"
    )
    sql = f"assignee = ? OR id IN (SELECT m.conversation_id FROM {notes} AND m.conversation_id IS NOT NULL)"
    return f"ifnull(({sql}), 0)", (colleague, colleague)


def _topic_part(_db: sqlite3.Connection, condition: Condition) -> Rest:
    return _among("topic_id", [int(value) for value in condition.values])


def _campaign_part(db: sqlite3.Connection, condition: Condition) -> Rest:
    return _among("topic_id", _of_campaigns(db, condition.values))


def _about_part(db: sqlite3.Connection, condition: Condition) -> Rest:
    """Whose name it is: all of it ("us", "competitor:acme"), or the first part of it ("competitor")."""
    every = [row[0] for row in db.execute("SELECT DISTINCT about FROM conversation WHERE about IS NOT NULL")]
    folded = set(map(fold, condition.values))
    return _among("about", [each for each in every if {fold(each), fold(each).partition(":")[0]} & folded])


def _lang_part(_db: sqlite3.Connection, condition: Condition) -> Rest:
    tests = " OR ".join("m.lang = ? OR m.lang LIKE ?" for _ in condition.values)
    return (
        f"EXISTS (SELECT 1 FROM message m WHERE m.id = conversation.shown_message_id AND ({tests}))",
        tuple(each for value in condition.values for each in (value, f"{value}-%")),
    )


def _person_part(_db: sqlite3.Connection, condition: Condition) -> Rest:
    """Numbers of people only: names are looked for in the messages (store.search)."""
    ids = [number for value in condition.values if (number := person_number(value)) is not None]
    own = "message m INDEXED BY message_in_conversation WHERE m.conversation_id = conversation.id"
    return f"EXISTS (SELECT 1 FROM {own} AND m.person_id IN ({marks(ids)}))", tuple(ids)


def _replied_part(_db: sqlite3.Connection, condition: Condition) -> Rest:
    """Any answer of a person of ours counts, whomever it was for; what rules sent does not."""
    own = "message o INDEXED BY message_in_conversation WHERE o.conversation_id = conversation.id"
    return f"EXISTS (SELECT 1 FROM {own} AND o.at_ms >= ? AND {OUR_ANSWER})", (int(condition.values[0]),)


_PARTS = {
    Key.TAG: _tag_part,
    Key.ASSIGNEE: _assignee_part,
    Key.MENTIONED: _mentioned_part,
    Key.IS: _is_part,
    Key.TOPIC: _topic_part,
    Key.CAMPAIGN: _campaign_part,
    Key.ABOUT: _about_part,
    Key.LANG: _lang_part,
    Key.PERSON: _person_part,
    Key.REPLIED: _replied_part,
}


def _among(column: str, values: Sequence[Value]) -> Rest:
    return f"{column} IN ({marks(values)})", tuple(values)


def marks(values: Sequence[object]) -> str:
    """A question mark for each."""
    return ", ".join("?" * len(values))
