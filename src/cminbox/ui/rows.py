"""One conversation as a line of the queue: which columns, in which order, in how many cells."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from cminbox.i18n import _
from cminbox.model.base import ActState, ConversationState
from cminbox.model.rows import QueueRow, Snippet
from cminbox.model.theme import FOUND, tag_role
from cminbox.text import cut, fold, label, pad, safe, width
from cminbox.ui import times, words
from cminbox.ui.widgets.lines import Line, cells, fit

NOTED = "¶"
"""Colleagues wrote notes in it."""
MARK = 1
"""Cells of the cursor's gutter, drawn by the queue itself."""

_MENTIONS = re.compile(r"(?:\s*@[\w.\-]+(?:@[\w.\-]+)?[,:]?(?=\s|$))+\s*")


@dataclass(frozen=True)
class Columns:
    """How wide the columns are. `brand` is 0 where only one brand is in view. `colours` are those of the tags, by their
    folded names.
    """

    room: int
    person: int
    brand: int = 0
    me: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, room: int, brand: int = 0, me: str = "", colours: Mapping[str, str] | None = None) -> Columns:
        """Columns for a list `room` cells wide, looked at by the colleague `me`; names of brands take `brand` cells."""
        person = min(24, max(10, (room - 30) // 4 + 3))
        return cls(room, person, min(brand + 1, 10) if brand else 0, me, colours or {})


def line(
    row: QueueRow,
    columns: Columns,
    now: datetime,
    zone: tzinfo | None,
    states: Collection[ConversationState] = (ConversationState.OPEN,),
) -> Line:
    """The row without its cursor mark, in `columns.room - MARK` cells at most.

    Bold: somebody waits for us. A dot: nobody opened it yet. An @: a colleague's note is for me, a ¶: there are notes.
    What runs or failed is said in words at the right, and so is a state that is not among `states`.
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
    right = _right(row, now, zone, states, columns)
    room = columns.room - MARK - cells(left) - (cells(right) + 1 if right else 0)
    role = "text" if row.unanswered or row.unread else "dim"
    if row.snippet is not None and row.snippet.hits and room > 0:
        left += fit(around(row.snippet, row.text, room, role), room)
    else:
        left.append((role, pad(cut(safe(unaddressed(row.text)), room), room) if room > 0 else ""))
    return [*left, ("text", " "), *right] if right else left


def unaddressed(text: str) -> str:
    """A text without the mentions at its beginning, which say the same on every row; whole where it is only those."""
    found = _MENTIONS.match(text)
    return (text[found.end() :] or text) if found else text


def around(snippet: Snippet, said: str, room: int, role: str) -> Line:
    """What was said around the words that were searched for, with these words marked, the first of them in view.

    Found in a topic or in a name: that, then what was `said`.
    """
    text, (first, end) = snippet.text, snippet.hits[0]
    start = max(0, first - room // 3) if width(safe(text[:end])) > room * 2 // 3 else 0
    if start:
        start = text.rfind(" ", 0, start) + 1
    elif not snippet.cut and snippet.source == "text" and (found := _MENTIONS.match(text)) and found.end() <= first:
        start = found.end()
    line: Line = []
    if snippet.source != "text":
        line.append(("topic", _("topic: ") if snippet.source == "topic" else _("by ")))
    elif snippet.cut or start > len(text) - len(unaddressed(text)):
        line.append(("dim", "…"))
    at = start
    for begin, end in snippet.hits:
        line += [(role, safe(text[at:begin])), (FOUND, safe(text[begin:end]))]
        at = end
    line.append((role, safe(text[at:])))
    if snippet.source != "text":
        line.append((role, "  " + safe(unaddressed(said))))
    return [part for part in line if part[1]]


def _tags(row: QueueRow, columns: Columns) -> Line:
    """Its tags, each in its colour and with its sign; how many more where they are too many."""
    line: Line = []
    left = max(14, columns.room // 6)
    for n, name in enumerate(row.tags):
        told = cut(f"#{safe(name)}", 14)
        if line and width(told) >= left:
            return [*line, ("dim", f" +{len(row.tags) - n}")]
        line += [*([("text", " ")] if line else []), (tag_role(columns.colours.get(fold(name), "")), told)]
        left -= width(told) + 1
    return line


def _right(
    row: QueueRow, now: datetime, zone: tzinfo | None, states: Collection[ConversationState], columns: Columns
) -> Line:
    """What stands at the right edge, one blank between."""
    me = columns.me
    parts: list[tuple[str, str]] = []
    if row.cluster_answered:
        parts.append(("act", _("= wave")))
    elif row.cluster_size > 1:
        parts.append(("dim", f"x{row.cluster_size}"))
    if row.star:
        parts.append(("star", "★"))
    if row.noted:
        parts.append(("note", NOTED))
    if row.state not in states:
        parts.append(("note", _(words.STATES[row.state])))
    if row.act is not None:
        parts.append(_act(row, row.act, zone))
    if me in row.named:
        parts.append(("act", "@"))
    others = [name for name in row.replying if name != me]
    if others:
        parts.append(("act", f"{words.initials(safe(others[0]))}…"))
    elif me in row.drafted:
        parts.append(("act", _("draft")))
    elif row.assignee:
        parts.append(("dim", words.initials(safe(row.assignee))))
    least_at = row.least_at(now)
    if least_at is not None:
        left_s = (least_at - now).total_seconds()
        sign = "-" if left_s < 0 else ""
        parts.append(("error" if left_s < 0 else "dim", f"{sign}{times.span(abs(left_s))}".rjust(6)))
    out: Line = _tags(row, columns)
    for part in parts:
        out += [("text", " "), part] if out else [part]
    return [*out, ("text", " ")] if out else []


def _act(row: QueueRow, state: ActState, zone: tzinfo | None) -> tuple[str, str]:
    if state is ActState.HELD and row.act_send_at is not None:
        return ("act", _("leaves {time}").format(time=times.at_second(row.act_send_at, zone)))
    role = "error" if state in (ActState.FAILED, ActState.REVIEW) else "act"
    return (role, _(words.ACTS[state]))
