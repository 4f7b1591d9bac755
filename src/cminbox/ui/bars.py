"""The three lines that frame the screen, as pure functions: the counters, the position, the keys with the status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cminbox.i18n import _, ngettext
from cminbox.model.rows import Numbers, ViewNumbers
from cminbox.text import cut, pad, width
from cminbox.ui import times, words
from cminbox.ui.widgets.lines import Line, Part, cells, spread

OLD_S = 3600
"""From when on the oldest waiting is drawn as an alert, seconds."""
_ROOMY = 110


def counters(title: str, numbers: Numbers, room: int, size: int = 1) -> list[Line]:
    """The numbers in `size` lines (1 to 3), the most urgent first; what does not fit is left out from the end."""
    roomy = size > 1 or room >= _ROOMY
    head: Line = [("bar_value", f" {cut(title, max(8, room * 9 // 20))}")]
    now, coming, today, well = _now(numbers), _coming(numbers), _today(numbers), _well(numbers, roomy=roomy)
    if size < 2:
        urgent = [*now, *coming] if roomy else [*now, *coming[:1]]
        done = [*today[:1], *well, *today[1:]] if room >= _ROOMY else [*well[:1], *today[:1], *well[1:], *today[1:]]
        return [_fitted(head, [*urgent, *done, *_flow(numbers)], room)]
    first = _fitted(head, [*now, *coming, *_flow(numbers)], room)
    label: Line = [("bar", _(" today"))]
    if size == 2:
        return [first, _fitted(label, [*today, *well], room)]
    return [first, _fitted(label, today, room), _fitted([("bar", " ")], well, room)]


def _count(n: Numbers, key: str) -> str:
    """A number of conversations; with a plus where a budget ended the counting."""
    at_least = n.at_least if isinstance(n, ViewNumbers) else ()
    return f"{words.number(getattr(n, key))}{'+' if key in at_least else ''}"


def _now(n: Numbers) -> list[Line]:
    """How the queue stands."""
    oldest_role = "bar_alert" if (n.oldest_waiting_s or 0) >= OLD_S else "bar_value"
    return [
        _number(ngettext("{n} open", "{n} open", n.open), _count(n, "open")),
        _number(ngettext("{n} unanswered", "{n} unanswered", n.unanswered), _count(n, "unanswered")),
        _number(_("oldest {n}"), times.span(n.oldest_waiting_s), oldest_role),
    ]


def _coming(n: Numbers) -> list[Line]:
    """What is late, and what will be; nothing where there is neither."""
    found = []
    if n.late:
        found.append(_number(ngettext("{n} late", "{n} late", n.late), _count(n, "late"), "bar_alert"))
    if n.due_soon:
        found.append(_number(ngettext("{n} late soon", "{n} late soon", n.due_soon), _count(n, "due_soon")))
    return found


def _today(n: Numbers) -> list[Line]:
    """What was done today, and by whom."""
    answered = _number(ngettext("{n} answered today", "{n} answered today", n.answered), words.number(n.answered))
    if n.answered_mine:
        answered += _number(_(" ({n} by me)"), words.number(n.answered_mine))
    return [answered, _number(ngettext("{n} received", "{n} received", n.received), words.number(n.received))]


def _well(n: Numbers, *, roomy: bool) -> list[Line]:
    """How well: without a first answer there is nothing to say about how fast it was."""
    found = []
    if n.first_response_n and roomy:
        found.append(
            [
                *_number(_("first answer: median {n}"), times.span(n.first_response_median_s)),
                *_number(_(", 9 in 10 within {n}"), times.span(n.first_response_p90_s)),
                *_number(_(" (of {n})"), words.number(n.first_response_n)),
            ]
        )
    elif n.first_response_n:
        found.append(
            [
                *_number(_("1st answer {n}"), times.span(n.first_response_median_s)),
                *_number(_(" p90 {n}"), times.span(n.first_response_p90_s)),
                *_number(_(" (of {n})"), words.number(n.first_response_n)),
            ]
        )
    if n.response_rate is not None:
        found.append(_number(_("{n} got an answer"), words.share(n.response_rate)))
    if n.targets_hit is not None:
        found.append(_number(_("{n} in time"), words.share(n.targets_hit)))
    return found


def _flow(n: Numbers) -> list[Line]:
    """What comes in and what goes out."""
    found = [_number(_("{n} new a minute"), words.decimal(n.new_per_minute))] if n.new_per_minute else []
    if n.outbox:
        found.append(_number(ngettext("{n} in outbox", "{n} in outbox", n.outbox), words.number(n.outbox)))
    return found


def _fitted(left: Line, told: list[Line], room: int) -> Line:
    right: Line = []
    gap = "   " if room >= _ROOMY else "  "
    for parts in told:
        more: Line = [*([("bar", gap)] if right else []), *parts]
        if cells(left) + cells(right) + cells(more) + 3 > room:
            break
        right += more
    return spread(left, [*right, ("bar", " ")], room, "bar")


def _number(pattern: str, value: object, role: str = "bar_value") -> list[Part]:
    """A text with its number in a role of its own."""
    before, _brace, after = pattern.partition("{n}")
    return [(part_role, text) for part_role, text in (("bar", before), (role, str(value)), ("bar", after)) if text]


def position(at: int, total: int, exact: bool, arrived: int, room: int, key: str, notes: Sequence[str] = ()) -> Line:
    """The line below the list: where the cursor is, what is new, under which filter; a thin rule in between."""
    where = f"{at} / {total}{'' if exact else '+'}" if total or at else "0"
    right: Line = [("mark", where), ("faint", " ─")]
    left: Line = [("faint", "─")]
    if arrived:
        told = ngettext("{n} new", "{n} new", arrived).format(n=f"{arrived}{'+' if arrived >= 100 else ''}")
        left += [("text", " "), ("unread", told), ("dim", _("  {key} shows them ").format(key=key))]
    for note in notes:
        left += [("text", " "), ("topic", cut(note, max(8, room // 2))), ("text", " ")]
    rule = room - cells(left) - cells(right) - 1
    return [*left, ("faint", "─" * max(0, rule)), ("text", " "), *right]


@dataclass(frozen=True)
class Status:
    """How things stand beside the queue. `paused`, `offline` and `ending` (their token, within days) name accounts;
    `stopped` says who stopped sending, `crisis` who said that there is one.
    """

    outbox: int = 0
    review: int = 0
    failed: int = 0
    stopped: str = ""
    crisis: str = ""
    paused: tuple[str, ...] = ()
    offline: tuple[str, ...] = ()
    ending: tuple[str, ...] = ()


def status(state: Status) -> Line:
    """The right end of the last line: only what is worth knowing, the gravest first."""
    told: list[Part] = []
    if state.crisis:
        told.append(("bar_alert", state.crisis))
    if state.stopped:
        told.append(("bar_alert", state.stopped))
    told += [("error", _("{account} paused").format(account=name)) for name in state.paused]
    told += [("warning", _("{account} offline").format(account=name)) for name in state.offline]
    told += [("warning", _("{account}: token ends").format(account=name)) for name in state.ending]
    if state.failed:
        told.append(("error", ngettext("{n} failed", "{n} failed", state.failed).format(n=state.failed)))
    if state.review:
        told.append(("warning", ngettext("{n} to review", "{n} to review", state.review).format(n=state.review)))
    if state.outbox:
        told.append(("bar_value", ngettext("{n} in outbox", "{n} in outbox", state.outbox).format(n=state.outbox)))
    line: Line = []
    for part in told:
        line += [("bar", "  "), part] if line else [part]
    return line


def keys(hints: Sequence[tuple[str, str]], state: Status, room: int, notice: Part | None = None) -> Line:
    """The last line: a notice, else the keys that work here (key, name), with the status at the right."""
    right = [*status(state), ("bar", " ")] if cells(status(state)) else []
    if cells(right) > room // 2:
        right = [("bar", ""), *_first(right, room // 2)]
    left: Line = [("bar", " ")]
    if notice is not None:
        role, text = notice
        return spread(
            [*left, (role, cut(text, room - 2))], right if width(text) + cells(right) < room else [], room, "bar"
        )
    left_room = room - cells(right) - 2
    *most, last = hints or [("", "")]
    end: Line = [("key", last[0]), ("bar", f" {last[1]}")] if last[0] else []
    for key, name in most:
        more: Line = [("key", key), ("bar", f" {name}  ")]
        if cells(left) + cells(more) + cells(end) > left_room:
            break
        left += more
    return spread([*left, *end], right, room, "bar")


def is_long(choices: Sequence[tuple[str, str]], room: int) -> bool:
    """Whether the keys that answer a question need more than the last line."""
    return sum(width(key) + width(name) + 4 for key, name in choices) + 1 > room


def choice_lines(choices: Sequence[tuple[str, str]], room: int) -> list[Line]:
    """Keys and what they stand for, in columns."""
    keys_room = max(width(key) for key, _name in choices) + 1
    widest = max(width(name) for _key, name in choices) + keys_room + 3
    columns = max(1, room // widest)
    lines: list[Line] = []
    for start in range(0, len(choices), columns):
        line: Line = []
        for key, name in choices[start : start + columns]:
            line += [("key", f" {pad(key, keys_room)}"), ("bar", pad(cut(name, room - 4), widest - keys_room - 1))]
        lines.append(line)
    return lines


def answers(choices: Sequence[tuple[str, str]], room: int) -> Line:
    """The last line while something is asked (the question stands above it): the keys that answer.

    Where they do not fit they stand above (`choice_lines`), and only the last one is told here.
    """
    if is_long(choices, room):
        choices = choices[-1:]
    told: Line = [("bar", " ")]
    for key, name in choices:
        told += [("key", key), ("bar", f" {name}   ")]
    return spread(told, [], room, "bar")


def _first(line: Line, room: int) -> Line:
    out: Line = []
    for role, text in line:
        if cells(out) + width(text) > room:
            break
        out.append((role, text))
    return [*out, ("bar", " ")]
