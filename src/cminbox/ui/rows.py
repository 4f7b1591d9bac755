"""One conversation as a line of the queue: which columns, in which order, in how many cells."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cminbox.i18n import _
from cminbox.model.base import ActState, ConversationState
from cminbox.model.rows import QueueRow
from cminbox.text import cut, label, pad, safe
from cminbox.ui import times, words
from cminbox.ui.widgets.lines import Line, cells

MARK = 1
"""Cells of the cursor's gutter, drawn by the queue itself."""

_MENTIONS = re.compile(r"(?:\s*@[\w.\-]+(?:@[\w.\-]+)?[,:]?(?=\s|$))+\s*")


@dataclass(frozen=True)
class Columns:
    """How wide the columns are. `brand` is 0 where only one brand is in view."""

    room: int
    person: int
    brand: int = 0
    me: str = ""

    @classmethod
    def of(cls, room: int, brands: bool = False, me: str = "") -> Columns:
        """Columns for a list `room` cells wide, looked at by the colleague `me`."""
        person = min(24, max(10, (room - 30) // 4 + 3))
        return cls(room, person, 10 if brands else 0, me)


def line(
    row: QueueRow,
    columns: Columns,
    now: datetime,
    zone: tzinfo | None,
    states: Collection[ConversationState] = (ConversationState.OPEN,),
) -> Line:
    """The row without its cursor mark, in `columns.room - MARK` cells at most.

    Bold: somebody waits for us. A dot: nobody opened it yet. What runs or failed is said in words at the right, and so
    is a state that is not among `states`.
    """
    calm = "strong" if row.unanswered else "text" if row.unread else "dim"
    left: Line = [
        ("unread", "•" if row.unread else " "),
        ("dim", f"{times.when(row.at, now, zone):>{times.WHEN}} "),
        ("network", f"{words.network_code(row.network)} {words.KINDS[row.kind]} "),
    ]
    if columns.brand:
        left.append(("dim", pad(safe(row.brand), columns.brand - 1) + " "))
    left.append((calm, pad(label(row.person), columns.person)))
    left.append(("text", " "))
    right = _right(row, now, zone, states, columns.me)
    room = columns.room - MARK - cells(left) - (cells(right) + 1 if right else 0)
    body = pad(cut(safe(unaddressed(row.text)), room), room) if room > 0 else ""
    left.append(("text" if row.unanswered or row.unread else "dim", body))
    return [*left, ("text", " "), *right] if right else left


def unaddressed(text: str) -> str:
    """A text without the mentions at its beginning, which say the same on every row; whole where it is only those."""
    found = _MENTIONS.match(text)
    return (text[found.end() :] or text) if found else text


def _right(row: QueueRow, now: datetime, zone: tzinfo | None, states: Collection[ConversationState], me: str) -> Line:
    """What stands at the right edge, one blank between."""
    parts: list[tuple[str, str]] = []
    if row.tags:
        parts.append(("topic", cut(safe(" ".join(row.tags)), 14)))
    if row.cluster_answered:
        parts.append(("act", _("= wave")))
    elif row.cluster_size > 1:
        parts.append(("dim", f"x{row.cluster_size}"))
    if row.star:
        parts.append(("star", "★"))
    if row.state not in states:
        parts.append(("note", _(words.STATES[row.state])))
    if row.act is not None:
        parts.append(_act(row, row.act, zone))
    if row.replying and row.replying == me:
        parts.append(("act", _("draft")))
    elif row.replying:
        parts.append(("act", f"{words.initials(safe(row.replying))}…"))
    elif row.assignee:
        parts.append(("dim", words.initials(safe(row.assignee))))
    if row.countdown_at is not None:
        left_s = (row.countdown_at - now).total_seconds()
        sign = "-" if left_s < 0 else ""
        parts.append(("error" if left_s < 0 else "dim", f"{sign}{times.span(abs(left_s))}".rjust(6)))
    out: Line = []
    for part in parts:
        out += [("text", " "), part] if out else [part]
    return [*out, ("text", " ")] if out else []


def _act(row: QueueRow, state: ActState, zone: tzinfo | None) -> tuple[str, str]:
    if state is ActState.HELD and row.act_send_at is not None:
        return ("act", _("leaves {time}").format(time=times.at_second(row.act_send_at, zone)))
    role = "error" if state in (ActState.FAILED, ActState.REVIEW) else "act"
    return (role, _(words.ACTS[state]))
