"""The outbox: acts on their way to a network, and the only way to move them (design: Sending).

Every arrow of the state machine is one UPDATE that names the state it leaves, and, for the sender, the epoch of its
lease. Whoever comes second changes no row and is told so: undo and sender cannot both win.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable
from typing import Final, TypedDict, Unpack

from cminbox.clock import from_ms
from cminbox.model.base import ActState, ActVerb, Audience, ConversationState
from cminbox.model.rows import ActRow
from cminbox.store import conversations, crisis, journal, templates, waiting
from cminbox.store.database import Tx

ARROWS: Final[dict[ActState, frozenset[ActState]]] = {
    ActState.HELD: frozenset({ActState.QUEUED, ActState.CANCELLED}),
    ActState.QUEUED: frozenset({ActState.SENDING, ActState.CANCELLED, ActState.REVIEW}),
    ActState.SENDING: frozenset({ActState.SENT, ActState.QUEUED, ActState.FAILED, ActState.UNCERTAIN}),
    ActState.UNCERTAIN: frozenset({ActState.SENT, ActState.QUEUED, ActState.REVIEW}),
    ActState.REVIEW: frozenset({ActState.QUEUED, ActState.CANCELLED}),
    ActState.FAILED: frozenset({ActState.QUEUED, ActState.CANCELLED}),
    ActState.SENT: frozenset(),
    ActState.CANCELLED: frozenset(),
}
"""Every way an act can go. A failed act may be dismissed (cancelled) by a person; nothing else leaves the design."""

UNFINISHED: Final = tuple(state for state in ActState if state not in (ActState.SENT, ActState.CANCELLED))
"""What still wants somebody's attention: under way, to review, or failed."""

_SELECT = """SELECT a.*, account.name AS account_name, colleague.name AS by_name
  FROM act a JOIN account ON account.id = a.account_id JOIN colleague ON colleague.id = a.by"""


def _go_ms(act: str) -> str:
    """SQL for the instant from which the sender may do something with an act."""
    retry, due = f"coalesce({act}.retry_ms, 0)", f"max({act}.send_at_ms, coalesce({act}.not_before_ms, 0))"
    return f"CASE {act}.state WHEN 'uncertain' THEN {retry} ELSE max({due}, {retry}) END"


_DUE_MS = "max(a.send_at_ms, coalesce(a.not_before_ms, 0))"
_GO_MS = _go_ms("a")
# The indices are named because the planner, which knows nothing of how few acts are unfinished, would read them all.
_LIVE = "act a INDEXED BY act_due WHERE a.state IN ('held', 'queued', 'sending', 'uncertain', 'review')"
_BEFORE = """SELECT 1 FROM act e INDEXED BY act_of_conversation
  WHERE e.conversation_id = a.conversation_id AND e.id < a.id AND e.account_id = a.account_id"""
_TO_DO = f"""{_LIVE} AND a.state NOT IN ('sending', 'review') AND (?1 IS NULL OR a.account_id = ?1)
  AND (a.state = 'uncertain' OR NOT EXISTS (SELECT 1 FROM meta WHERE key = 'outbox_stop'))
  AND NOT {crisis.rests_act("a")}
  AND (a.state != 'queued' OR NOT EXISTS ({_BEFORE} AND e.state IN ('queued', 'sending', 'uncertain')))"""
_PERSONS = (ActState.REVIEW, ActState.FAILED)


class Fields(TypedDict, total=False):
    """What may change together with an act's state."""

    send_at_ms: int
    not_before_ms: int | None
    retry_ms: int | None
    first_tried_ms: int
    absent_ms: int | None
    attempts: int
    error: str
    approved: int
    remote_id: str | None
    result_message_id: int | None
    seen_message_id: int | None
    context_message_id: int | None
    finished_ms: int | None


def add(
    tx: Tx,
    conversation_id: int | None,
    message_id: int | None,
    account_id: int,
    verb: ActVerb,
    text: str,
    audience: Audience,
    by: int,
    seen_message_id: int | None,
    send_at_ms: int,
    key: str | None = None,
    reason: str | None = None,
) -> int:
    """Write the intent to do `verb` at the network, held until `send_at_ms`. Returns the act's id.

    `message_id` is the target, `by` the colleague's id, `seen_message_id` the newest inbound message that the writer
    could see. `key` is what the network's idempotency facility gets: made here unless given, and never changed.
    """
    cursor = tx.db.execute(
        "INSERT INTO act (key, account_id, conversation_id, message_id, verb, state, text, audience, reason, by,"
        " seen_message_id, context_message_id, created_ms, send_at_ms) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            key or uuid.uuid4().hex,
            account_id,
            conversation_id,
            message_id,
            verb.value,
            ActState.HELD.value,
            text,
            audience.value,
            reason,
            by,
            seen_message_id,
            newest_message(tx.db, conversation_id),
            tx.now_ms,
            send_at_ms,
        ),
    )
    act_id = int(cursor.lastrowid or 0)
    _remember(tx, act_id, ActState.HELD, None, by)
    if verb.is_reply and conversation_id is not None:
        waiting.recompute(tx, conversation_id)
    return act_id


def move(
    tx: Tx,
    act_id: int,
    from_: ActState | tuple[ActState, ...],
    to: ActState,
    *,
    epoch: int | None = None,
    by: int | None = None,
    **fields: Unpack[Fields],
) -> bool:
    """Move an act along one arrow, with `fields`; False where it is not (any more) in `from_`, and nothing changed.

    The sender gives the `epoch` of its lease: after a take-over a stale one moves nothing. A colleague gives `by`.
    A reply that stops (or starts again) to count as our answer changes who waits; one that ends in review or failed
    opens its conversation again. A rule's reply counts as none and does neither. Raises ValueError for an arrow that
    the machine does not have.
    """
    leaves = (from_,) if isinstance(from_, ActState) else from_
    for state in leaves:
        if to not in ARROWS[state]:
            raise ValueError(f"no way from {state} to {to}")
    was = tx.db.execute("SELECT state, verb, conversation_id, rule_id FROM act WHERE id = ?", (act_id,)).fetchone()
    values: dict[str, object] = {"state": to.value, "retry_ms": None, "error": "", **fields}
    if to in (ActState.SENT, ActState.FAILED, ActState.CANCELLED):
        values.setdefault("finished_ms", tx.now_ms)
    if to is ActState.QUEUED:
        values.setdefault("finished_ms", None)
        values.setdefault("absent_ms", None)
    places = ",".join("?" * len(leaves))
    sql = f"UPDATE act SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ? AND state IN ({places})"
    given: list[object] = [*values.values(), act_id, *(state.value for state in leaves)]
    if epoch is not None:
        sql += " AND (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'epoch') = ?"
        given.append(epoch)
    if tx.db.execute(sql, given).rowcount != 1:
        return False
    _remember(tx, act_id, to, epoch, by)
    if to is ActState.SENT:
        templates.count_use(tx, act_id)
    if ActVerb(was["verb"]).is_reply and was["conversation_id"] is not None and was["rule_id"] is None:
        _follow(tx, act_id, int(was["conversation_id"]), ActState(was["state"]), to)
    return True


def approve(tx: Tx, act_id: int, by: int) -> bool:
    """A person saw the act in review (or failed) and lets it go now, as it is.

    What stands in the conversation now counts as seen; the clock of lateness starts again.
    """
    row = tx.db.execute("SELECT conversation_id, seen_message_id FROM act WHERE id = ?", (act_id,)).fetchone()
    if row is None:
        return False
    newest = newest_message(tx.db, row["conversation_id"])
    return move(
        tx,
        act_id,
        _PERSONS,
        ActState.QUEUED,
        by=by,
        approved=1,
        send_at_ms=tx.now_ms,
        not_before_ms=None,
        seen_message_id=newest if newest is not None else row["seen_message_id"],
        context_message_id=newest,
    )


def cancel(tx: Tx, act_id: int, by: int) -> bool:
    """Take back an act that has not left: held, queued, to review or failed."""
    return move(tx, act_id, (ActState.HELD, ActState.QUEUED, *_PERSONS), ActState.CANCELLED, by=by)


def put_off(tx: Tx, act_id: int, state: ActState, epoch: int, **fields: Unpack[Fields]) -> bool:
    """Change when (or what is known of) an act that stays in `state`: a back-off, a wait, a first look in vain."""
    names = ", ".join(f"{name} = ?" for name in fields)
    sql = (
        f"UPDATE act SET {names} WHERE id = ? AND state = ?"
        " AND (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'epoch') = ?"
    )
    return tx.db.execute(sql, [*fields.values(), act_id, state.value, epoch]).rowcount == 1


def hold_back(tx: Tx, account_id: int, epoch: int, *, told_ms: int = 0, resting_ms: int = 0) -> None:
    """An account has to wait: until `told_ms` because the network says so, until `resting_ms` by our own back-off.

    The network's wait moves the due time of whatever has not left; ours does not.
    """
    tx.db.execute(
        "UPDATE act SET not_before_ms = nullif(max(coalesce(not_before_ms, 0), ?1), 0),"
        " retry_ms = nullif(max(coalesce(retry_ms, 0), ?2), 0)"
        " WHERE account_id = ?3 AND state IN ('held', 'queued')"
        " AND (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'epoch') = ?4",
        (told_ms, resting_ms, account_id, epoch),
    )
    tx.db.execute(
        "UPDATE act SET retry_ms = max(coalesce(retry_ms, 0), ?1) WHERE account_id = ?2 AND state = 'uncertain'"
        " AND (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'epoch') = ?3",
        (max(told_ms, resting_ms), account_id, epoch),
    )


def was_uncertain(db: sqlite3.Connection, act_id: int) -> bool:
    """Whether nobody knew, at any time, if this act had happened: then `find` comes before every new try."""
    sql = "SELECT 1 FROM act_history WHERE act_id = ? AND state = 'uncertain' LIMIT 1"
    return db.execute(sql, (act_id,)).fetchone() is not None


def get(db: sqlite3.Connection, act_id: int) -> ActRow | None:
    """One act, or None."""
    row = db.execute(f"{_SELECT} WHERE a.id = ?", (act_id,)).fetchone()
    return None if row is None else _act(row)


def rows(
    db: sqlite3.Connection,
    states: Iterable[ActState] | None = None,
    by: int | None = None,
    *,
    newest_first: bool = False,
    limit: int = 1000,
) -> list[ActRow]:
    """Acts in `states` (None: all unfinished ones), of one colleague (`by`, an id) or of everybody, by age."""
    wanted = [state.value for state in (UNFINISHED if states is None else states)]
    sql = f"{_SELECT} WHERE a.state IN ({','.join('?' * len(wanted))})"
    given: list[object] = [*wanted]
    if by is not None:
        sql += " AND a.by = ?"
        given.append(by)
    sql += f" ORDER BY a.id {'DESC' if newest_first else 'ASC'} LIMIT ?"
    return [_act(row) for row in db.execute(sql, [*given, limit])]


def of_conversation(db: sqlite3.Connection, conversation_id: int) -> list[ActRow]:
    """The acts of one conversation, oldest first."""
    return [_act(row) for row in db.execute(f"{_SELECT} WHERE a.conversation_id = ? ORDER BY a.id", (conversation_id,))]


def due(db: sqlite3.Connection, now_ms: int, account_id: int | None = None, limit: int = 50) -> list[ActRow]:
    """What the sender has to do now, in order: uncertain acts to look after, holds that ended, acts to send.

    Within a conversation acts of one account leave in the order they were written: one whose forerunner is queued,
    under way or uncertain is not due yet. While the outbox is stopped only uncertain acts are looked after.
    """
    sql = f"""SELECT a.id FROM {_TO_DO} AND {_GO_MS} <= ?2
      ORDER BY a.state = 'uncertain' DESC, {_DUE_MS}, a.id LIMIT ?3"""
    ids = [row[0] for row in db.execute(sql, (account_id, now_ms, limit))]
    return [act for act_id in ids if (act := get(db, act_id)) is not None]


def next_due_ms(db: sqlite3.Connection, account_id: int | None = None) -> int | None:
    """When the earliest act wants something done by the sender (see `due`); None when there is none."""
    found = db.execute(f"SELECT min({_GO_MS}) FROM {_TO_DO}", (account_id,)).fetchone()[0]
    return None if found is None else int(found)


def waited_for(db: sqlite3.Connection, now_ms: int, patience_ms: int) -> list[int]:
    """Ids of the accounts with acts that may go within `patience_ms` (or being sent): a single round stays for them.

    Left out are acts of accounts that are not active, acts behind one that waits longer, and, while the outbox is
    stopped, everything but what is under way or uncertain.
    """
    still = "'uncertain'" if stopped(db) else "'held', 'queued', 'uncertain'"
    sql = f"""SELECT DISTINCT a.account_id FROM {_LIVE}
      AND a.account_id IN (SELECT id FROM account WHERE state = 'active')
      AND (a.state = 'sending' OR (a.state IN ({still}) AND {_GO_MS} <= ?1 AND NOT {crisis.rests_act("a")}
        AND NOT EXISTS ({_BEFORE} AND e.state IN ('queued', 'uncertain') AND {_go_ms("e")} > ?1)))"""
    return [int(row[0]) for row in db.execute(sql, (now_ms + patience_ms,))]


def counts(db: sqlite3.Connection) -> dict[ActState, int]:
    """How many acts are in each unfinished state (absent: none)."""
    sql = f"SELECT state, count(*) FROM act WHERE state IN ({','.join('?' * len(UNFINISHED))}) GROUP BY state"
    return {ActState(row[0]): int(row[1]) for row in db.execute(sql, [state.value for state in UNFINISHED])}


def finished_since(db: sqlite3.Connection, state: ActState, act_history_id: int) -> int:
    """How many times an act came to `state` after a mark of `history_mark`."""
    sql = "SELECT count(DISTINCT act_id) FROM act_history WHERE id > ? AND state = ?"
    return int(db.execute(sql, (act_history_id, state.value)).fetchone()[0])


def history_mark(db: sqlite3.Connection) -> int:
    """Where the acts' history stands now, for `finished_since`."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM act_history").fetchone()[0])


def stopped(db: sqlite3.Connection) -> tuple[str, int] | None:
    """(who, since when in ms) where a colleague stopped all sending, else None."""
    row = db.execute("SELECT value FROM meta WHERE key = 'outbox_stop'").fetchone()
    if row is None:
        return None
    value = json.loads(row[0])
    return str(value["by"]), int(value["since_ms"])


def stop(tx: Tx, by: str) -> bool:
    """Stop all sending, for everybody, until `go`. False where it was stopped already (who and when stay)."""
    value = json.dumps({"by": by, "since_ms": tx.now_ms})
    return tx.db.execute("INSERT OR IGNORE INTO meta VALUES ('outbox_stop', ?)", (value,)).rowcount == 1


def go(tx: Tx, by: str) -> bool:  # noqa: ARG001 - the same call as `stop`; the journal says who
    """Let the outbox go on. False where it was not stopped."""
    return tx.db.execute("DELETE FROM meta WHERE key = 'outbox_stop'").rowcount == 1


def epoch(db: sqlite3.Connection) -> int:
    """The epoch of the newest lease."""
    return int(db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0])


def take_over(tx: Tx) -> int:
    """Begin the epoch of a new lease and return it. What was being sent when the last one ended is uncertain."""
    new = epoch(tx.db) + 1
    tx.db.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (str(new),))
    for row in tx.db.execute("SELECT id FROM act WHERE state = 'sending'").fetchall():
        move(tx, int(row[0]), ActState.SENDING, ActState.UNCERTAIN, epoch=new)
    return new


def newest_message(db: sqlite3.Connection, conversation_id: int | None) -> int | None:
    """The newest message of a conversation, by arrival; None where there is none."""
    row = db.execute("SELECT max(id) FROM message WHERE conversation_id = ?", (conversation_id,)).fetchone()
    return None if row[0] is None else int(row[0])


def _remember(tx: Tx, act_id: int, state: ActState, epoch: int | None, by: int | None) -> None:
    tx.db.execute(
        "INSERT INTO act_history (act_id, at_ms, state, epoch, by) VALUES (?,?,?,?,?)",
        (act_id, tx.now_ms, state.value, epoch, by),
    )


def _follow(tx: Tx, act_id: int, conversation_id: int, was: ActState, to: ActState) -> None:
    """A reply moved: who waits, and whether the conversation is open, follow."""
    if was.is_live == to.is_live:
        return
    current = conversations.resolve(tx.db, conversation_id)
    if current is None:
        return
    if to in _PERSONS:
        row = tx.db.execute("SELECT state FROM conversation WHERE id = ?", (current,)).fetchone()
        if row["state"] not in (ConversationState.OPEN, ConversationState.SPAM):
            now = {"state": ConversationState.OPEN.value, "snooze_until_ms": None}
            before = conversations.change(tx, current, **now)
            journal.write(tx, journal.REOPENED, None, current, act_id=act_id, before=before, after=now)
    waiting.recompute(tx, current)


def _act(row: sqlite3.Row) -> ActRow:
    def instant(name: str) -> object:
        return None if row[name] is None else from_ms(row[name])

    return ActRow.model_validate(
        {
            **{name: row[name] for name in _SAME},
            "account": row["account_name"],
            "by": row["by_name"],
            **{name.removesuffix("_ms") + "_at": instant(name) for name in _INSTANTS},
            "send_at": instant("send_at_ms"),
            "not_before": instant("not_before_ms"),
        }
    )


_SAME = (
    *("id", "key", "account_id", "conversation_id", "message_id", "verb", "state", "text", "audience", "reason"),
    *("former_text", "attempts", "error", "remote_id", "seen_message_id", "approved", "result_message_id"),
)
_INSTANTS = ("created_ms", "first_tried_ms", "absent_ms", "retry_ms")
