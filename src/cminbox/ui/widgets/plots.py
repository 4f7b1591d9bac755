"""Numbers to look at, as lines of text: sparklines, bars, a heat map, a curve. Shapes say it; colour only helps.

The curve is drawn by plotext (quarter blocks, without its colours); the rest by blocks that every terminal has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cminbox.text import cut, pad, width
from cminbox.ui.widgets.lines import Line

_EIGHTHS = "▁▂▃▄▅▆▇█"
_PARTS = " ▏▎▍▌▋▊▉"
_SHADES = ((" ", "faint"), ("░", "dim"), ("▒", "text"), ("▓", "strong"), ("█", "mark"))
HOURS = 24


def spark(values: Sequence[float | None], room: int) -> str:
    """A line of blocks from nothing to the most, at most `room` cells: the latest values. A blank: no data."""
    shown = values[-room:] if room > 0 else ()
    most = max((value for value in shown if value is not None), default=0)
    out = []
    for value in shown:
        step = 0 if not most or value is None else round(value / most * (len(_EIGHTHS) - 1))
        out.append(" " if value is None else _EIGHTHS[step])
    return "".join(out)


def bar(value: float, most: float, room: int) -> str:
    """A bar of `value` where `most` fills the room, to an eighth of a cell; what is not nothing shows."""
    if value <= 0 or most <= 0 or room <= 0:
        return ""
    eighths = max(1, round(value / most * room * 8))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_PARTS[rest] if rest else "")


def histogram(bins: Sequence[tuple[str, int]], room: int, number: Callable[[int], str]) -> list[Line]:
    """A bar for each (label, n), with the number behind it."""
    labels = max((width(label) for label, _n in bins), default=0)
    most = max((n for _label, n in bins), default=0)
    figures = max((width(number(n)) for _label, n in bins), default=1)
    left = max(1, room - labels - figures - 7)
    return [
        [
            ("dim", f"  {pad(label, labels)}  "),
            ("topic", bar(n, most, left)),
            ("text" if n else "faint", f" {number(n)}"),
        ]
        for label, n in bins
    ]


def heat(table: Sequence[Sequence[int]], days: Sequence[str], room: int, number: Callable[[int], str]) -> list[Line]:
    """Seven lines of 24 hours, darker where more came, with the sum of each day; above them the hours."""
    names = max(width(day) for day in days)
    figures = max(4, *(width(number(sum(row))) for row in table))
    each = max(1, min(4, (room - names - figures - 6) // HOURS))
    most = max((n for row in table for n in row), default=0)
    step = 6 if each == 1 else 3
    hours = "".join(pad(str(hour), each * step) for hour in range(0, HOURS, step))
    lines: list[Line] = [[("dim", f"  {' ' * names}  {hours}")]]
    for day, row in zip(days, table, strict=True):
        line: Line = [("dim", f"  {pad(day, names)}  ")]
        for n in row:
            shade, role = _SHADES[_shade(n, most)]
            line.append((role, shade * each))
        lines.append([*line, ("dim", f" {number(sum(row)):>{figures}}")])
    key: Line = [("dim", f"  {' ' * names}  {number(0)} ")]
    key += [(role, shade * 2 if shade != " " else "··") for shade, role in _SHADES]
    return [*lines, [*key, ("dim", f" {number(most)}")]]


def curve(
    values: Sequence[float], labels: Sequence[str], room: int, height: int, number: Callable[[float], str]
) -> list[Line]:
    """A curve over its pieces of time (one alone is a level), `height` lines with its axes; `labels` name them."""
    import plotext

    most = max(values, default=0) or 1
    figure = plotext
    figure.clear_figure()
    figure.theme("clear")
    figure.plotsize(max(20, room - 2), height)
    drawn = [*values, *values] if len(values) == 1 else list(values)
    figure.plot(list(range(len(drawn))), drawn, marker="hd")
    figure.ylim(0, most)
    ticks = [0.0, most] if most < 4 else [0.0, most / 2, most]
    figure.yticks(ticks, [number(tick) for tick in ticks])
    widest = max((width(label) for label in labels), default=1) + 2
    every = max(1, -(-len(labels) * widest // max(1, room - 12)))
    places = list(range(0, len(labels), every))
    figure.xticks(places, [labels[at] for at in places])
    lines = str(figure.build()).replace("\x1b[0m", "")
    return [[("text", " "), ("topic", cut(line, room - 1))] for line in lines.split("\n") if line.strip()]


def _shade(n: int, most: int) -> int:
    """0 for nothing, then four shades."""
    return 0 if n <= 0 or most <= 0 else min(len(_SHADES) - 1, 1 + (n * (len(_SHADES) - 1) - 1) // most)
