"""What `reply`, `do`, `undo` and `redo` print: a line for each conversation."""

from __future__ import annotations

from typing import Any

from cminbox.cli.printing import emit, hint, say, table
from cminbox.cli.running import FAILED, OK, complain
from cminbox.i18n import _
from cminbox.inbox.outcome import Line, Outcome, summary
from cminbox.model.base import ActState
from cminbox.service import Service
from cminbox.text import safe
from cminbox.ui import words

RUNNING = "running"
NONE = "none"
_UNDER_WAY = (ActState.HELD, ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN)


def report(service: Service, outcome: Outcome, *, as_json: bool) -> int:
    """Print what came of a verb; the exit code says whether every conversation could be changed."""
    sender = RUNNING if service.sender_runs() else NONE
    leaving = any(line.act_state in _UNDER_WAY for line in outcome.changed)
    if as_json:
        for line in outcome.lines:
            emit(_json(outcome, line, sender))
    else:
        _print(outcome, sender, leaving=leaving)
    for line in outcome.skipped:
        if line.error and line.conversation:
            complain(_("conversation {id}: {error}").format(id=line.conversation, error=line.error))
        elif line.error:
            complain(line.error)
    for note in outcome.notes:
        hint(safe(note))
    if leaving and sender == NONE:
        hint(how_to_send())
    if outcome.verb in ("undo", "redo"):
        return OK if outcome.changed or not any(line.error for line in outcome.skipped) else FAILED
    return FAILED if outcome.skipped else OK


def how_to_send() -> str:
    """What to do where nobody reads and sends."""
    return _("Nobody sends right now: run `cminbox sync` (or `cminbox sync --once`), or open the inbox.")


def _json(outcome: Outcome, line: Line, sender: str) -> dict[str, Any]:
    state = line.act_state or line.state
    found: dict[str, Any] = {
        "conversation": line.conversation or None,
        "verb": outcome.verb,
        "act": line.act,
        "state": state.value if state else None,
        "sender": sender,
        "error": line.error or None,
    }
    if sender == NONE and line.act_state in _UNDER_WAY:
        found["how"] = how_to_send()
    if outcome.of:
        found |= {"of": outcome.of, "changed_by": line.changed_by or None}
    return found


def _print(outcome: Outcome, sender: str, *, leaving: bool) -> None:
    if outcome.verb in ("undo", "redo"):
        say(f"{safe(outcome.of)}: {safe(summary(outcome))}")
        return
    table(
        (
            str(line.conversation),
            outcome.verb,
            _("act {id}").format(id=line.act) if line.act is not None else "",
            _state(line),
        )
        for line in (*outcome.changed, *outcome.same)
    )
    if leaving:
        say(_("sender: {sender}").format(sender=sender))


def _state(line: Line) -> str:
    if line.act_state is not None:
        return _(words.ACTS[line.act_state])
    return _(words.STATES[line.state]) if line.state is not None else ""
