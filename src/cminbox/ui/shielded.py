"""Rows and conversations with the words masked that are listed. What we wrote ourselves is never masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cminbox.model.base import Direction
from cminbox.model.rows import ConversationView, MessageRow, QueueRow

Mask = Callable[[str], str]


def row(given: QueueRow, mask: Mask) -> QueueRow:
    """A row of the queue; the same one where nothing in it is listed."""
    changed: dict[str, Any] = _masked(given, mask, "text", "person")
    if given.snippet is not None and (text := mask(given.snippet.text)) != given.snippet.text:
        changed["snippet"] = given.snippet.model_copy(update={"text": text})
    return given.model_copy(update=changed) if changed else given


def view(given: ConversationView, mask: Mask) -> ConversationView:
    """An opened conversation: its messages, names and topic."""
    changed: dict[str, Any] = {
        "row": row(given.row, mask),
        "messages": tuple(_message(each, mask) for each in given.messages),
        "above": tuple(_message(each, mask) for each in given.above),
    }
    if given.topic is not None and not given.topic.is_ours:
        changed["topic"] = given.topic.model_copy(update=_masked(given.topic, mask, "title", "text", "author"))
    return given.model_copy(update=changed)


def _message(given: MessageRow, mask: Mask) -> MessageRow:
    if given.is_us or given.direction is Direction.OUT:
        return given
    changed = _masked(given, mask, "text", "author")
    return given.model_copy(update=changed) if changed else given


def _masked(given: object, mask: Mask, *names: str) -> dict[str, Any]:
    return {name: text for name in names if (text := mask(getattr(given, name))) != getattr(given, name)}
