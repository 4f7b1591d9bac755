"""The journal as colleagues read it: what was done to which conversation, by whom, when, and whether it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cminbox.clock import from_ms
from cminbox.inbox.desk import Desk
from cminbox.inbox.triage import colleague_named
from cminbox.model.views import Key
from cminbox.store import filter_values, journal, queue, rules
from cminbox.store.standing import Db


@dataclass(frozen=True)
class DiaryLine:
    """One entry of the journal, or `n` of one step (then the conversation is that of the latest).

    `by` is empty for what no colleague did, and a rule's name in brackets for what that did. `person` (raw) is whose
    conversation it is, `step` groups what undo takes back as one.
    """

    id: int
    at: datetime
    verb: str
    by: str
    conversation: int | None
    person: str = ""
    message: int | None = None
    act: int | None = None
    step: int | None = None
    undone: bool = False
    n: int = 1


async def latest(desk: Desk, limit: int = 300, *, by: str = "", before: int | None = None) -> list[DiaryLine]:
    """The newest entries of all or of one colleague, newest first, older than the entry `before`.

    Raises Refused for a colleague nobody knows.
    """
    colleague = await colleague_named(desk, by) if by else None
    return await desk.store.read(_latest, limit, before, colleague)


async def colleagues(desk: Desk) -> list[str]:
    """Everybody who has worked here, in the order of the alphabet."""
    return await desk.store.read(filter_values.names, Key.ASSIGNEE)


def in_steps(lines: Iterable[DiaryLine]) -> list[DiaryLine]:
    """Entries of one step that follow each other as one line."""
    found: list[DiaryLine] = []
    for each in lines:
        last = found[-1] if found else None
        if last is not None and each.step is not None and (last.step, last.undone) == (each.step, each.undone):
            found[-1] = replace(last, n=last.n + 1)
        else:
            found.append(each)
    return found


def _latest(db: Db, limit: int, before: int | None, colleague: int | None) -> list[DiaryLine]:
    entries = journal.latest(db, limit, before, colleague)
    names = journal.colleagues(db, [entry.by for entry in entries if entry.by is not None])
    ruled = [entry.batch for entry in entries if entry.batch and names.get(entry.by or 0) == rules.ACTOR]
    by_rule = rules.named(db, ruled) if ruled else {}
    wanted = dict.fromkeys(entry.conversation_id for entry in entries if entry.conversation_id is not None)
    people = {row.id: row.person for row in queue.rows(db, list(wanted))}
    return [
        DiaryLine(
            id=entry.id,
            at=from_ms(entry.at_ms),
            verb=entry.verb,
            by=f"[{by_rule[entry.batch]}]" if entry.batch in by_rule else names.get(entry.by or 0, ""),
            conversation=entry.conversation_id,
            person=people.get(entry.conversation_id or 0, ""),
            message=entry.message_id,
            act=entry.act_id,
            step=entry.batch,
            undone=entry.undone_by is not None,
        )
        for entry in entries
    ]
