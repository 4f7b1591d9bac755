"""What the store knows of the place where an act is about to happen: the facts behind "to review"."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from cminbox.model.base import Audience, MessageState
from cminbox.model.rows import ActRow
from cminbox.store import conversations
from cminbox.store.automatic import by_people


@dataclass(frozen=True)
class Facts:
    """How things stand around the message that an act answers.

    `newer` says that somebody who is being answered wrote something that the writer had not seen; `answered` that
    somebody else of ours (no rule) answered since: a colleague here ("colleague"), or our account elsewhere
    ("elsewhere").
    `last_in_ms` is when the person being answered last wrote: reply windows count from it. `overtaken` names the
    colleague who had taken the reply over when it was written all the same.
    """

    target: MessageState
    audience: Audience
    newer: bool
    answered: str
    last_in_ms: int
    overtaken: str = ""


def facts(db: sqlite3.Connection, act: ActRow) -> Facts | None:
    """The facts around the target of a reply; None where the target is not known (any more)."""
    target = db.execute(
        "SELECT id, conversation_id, person_id, state, audience, at_ms FROM message WHERE id = ?", (act.message_id,)
    ).fetchone()
    if target is None:
        return None
    place = target["conversation_id"]
    if act.conversation_id is not None:
        place = conversations.resolve(db, act.conversation_id) or place
    seen = max(act.seen_message_id or 0, target["id"])
    given = {
        "place": place,
        "person": target["person_id"],
        "seen": seen,
        "since": target["at_ms"],
        "act": act.id,
    }
    newer = db.execute(
        f"SELECT 1 FROM message m {_FROM_PERSON} AND m.id > :seen AND m.at_ms >= :since LIMIT 1", given
    ).fetchone()
    last = db.execute(f"SELECT max(m.at_ms) FROM message m {_FROM_PERSON}", given).fetchone()[0]
    answer = db.execute(_ANSWERED, given).fetchone()
    overtaken = db.execute(
        "SELECT c.name FROM act a JOIN colleague c ON c.id = a.overtaken_by WHERE a.id = ?", (act.id,)
    ).fetchone()
    return Facts(
        target=MessageState(target["state"]),
        audience=Audience(target["audience"]),
        newer=newer is not None,
        answered="" if answer is None else str(answer[0]),
        last_in_ms=int(last if last is not None else target["at_ms"]),
        overtaken="" if overtaken is None else str(overtaken["name"]),
    )


# In a private conversation everybody in it is being answered; elsewhere the author of the target.
_FROM_PERSON = """WHERE m.conversation_id = :place AND m.direction = 'in' AND m.state IN ('shown', 'edited', 'pending')
  AND (m.person_id = :person OR (SELECT is_private FROM conversation WHERE id = :place))"""

# Ours, not by this act nor by its own writer, to the person in question (or to nobody in particular), and not there
# yet when the act was written or approved.
_ANSWERED = f"""SELECT CASE WHEN m.by IS NULL THEN 'elsewhere' ELSE 'colleague' END
  FROM message m JOIN act a ON a.id = :act
  WHERE m.conversation_id = :place AND m.direction = 'out' AND m.audience != 'note'
    AND m.state IN ('shown', 'edited', 'pending') AND m.id > coalesce(a.context_message_id, 0) AND m.at_ms >= :since
    AND m.act_id IS NOT a.id AND m.by IS NOT a.by AND {by_people("m.by")}
    AND (m.answers IS NULL OR m.answers = '[]' OR :person IN (SELECT value FROM json_each(m.answers)))
  LIMIT 1"""
