"""Snoozing: out of the queue until an instant, or until somebody writes again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cminbox.clock import to_ms
from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox import bulk, moments
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Do, Step
from cminbox.model.base import ConversationState
from cminbox.store.standing import Standing


def until(desk: Desk, words: str) -> datetime:
    """The instant that words mean ("demain 9h", "in 2 hours", "lundi"), in the settings' time zone.

    Raises UsageError for words that mean nothing, several things, or a time that is past.
    """
    return moments.instant(words, desk.clock.now(), desk.settings.zone)


async def snooze(desk: Desk, ids: Sequence[int], when: datetime | str) -> Outcome:
    """Out of the queue until `when` (an instant, or words), as one step. A new message wakes it sooner.

    Who waits for us goes on waiting. Raises UsageError as `until`, and for an instant that is past.
    """
    return await bulk.each(desk, "snooze", ids, sleeps(desk, when))


async def unsnooze(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Take snoozed conversations back into the queue now, as one step; others stay as they are."""
    return await bulk.each(desk, "unsnooze", ids, wakes)


def sleeps(desk: Desk, when: datetime | str) -> Do:
    """What snoozing until `when` does to one conversation, as part of a step. Raises as `snooze`."""
    instant = until(desk, when) if isinstance(when, str) else when
    if instant <= desk.clock.now():
        raise UsageError(_("This time is past."))
    fields = {"state": ConversationState.SNOOZED.value, "snooze_until_ms": to_ms(instant)}

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return step.enter(now, dict(fields)), None

    return do


def wakes(step: Step, now: Standing) -> tuple[bool, int | None]:
    """What taking it back from a snooze does to one conversation, as part of a step."""
    fields: dict[str, Any] = {}
    if now.state is ConversationState.SNOOZED:
        fields = {"state": ConversationState.OPEN.value, "snooze_until_ms": None}
    return step.enter(now, fields), None
