"""Charts of a report as SVG inside its page: small, pure, without script, readable by a screen reader.

Everything that is not a number goes through markupsafe, so that a theme's name cannot become markup. Colours are
classes: the page's own style gives them for light, dark and paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup

_WIDTH, _HEIGHT = 720.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 8.0, 12.0, 26.0
_TICKS = 4
_LABELS = 10
"""At most so many labels below a row of bars."""
_LINE = 26.0
_NAMES = 200.0
_CELL_W, _CELL_H = 27.0, 20.0


@dataclass(frozen=True)
class Told:
    """What a screen reader says of a chart. `id` is unique in the page."""

    id: str
    title: str
    text: str


def scale(most: float) -> tuple[float, float]:
    """The top of an axis that holds `most`, and the step between its ticks: 1, 2 or 5 times a power of ten, whole."""
    if most <= 0:
        return 1.0, 1.0
    rough = most / _TICKS
    power = 10.0 ** floor(log10(rough)) if rough >= 1 else 1.0
    step = next((each * power for each in (1, 2, 5) if each * power >= rough), 10 * power)
    return step * ceil(most / step), step


def bars(told: Told, labels: Sequence[str], values: Sequence[float], beside: Sequence[float] = ()) -> Markup:
    """A bar for each label; `beside` are second values, drawn as narrower bars before them."""
    top, step = scale(max([*values, *beside], default=0))
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    each = wide / max(1, len(values))
    parts = []
    ticks = round(top / step)
    for tick in range(ticks + 1):
        y = _TOP + high * (1 - tick / ticks)
        parts.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, _WIDTH, _n(y), _n(y)))
        parts.append(
            Markup('<text class="tick" x="{}" y="{}">{}</text>').format(_LEFT - 6, _n(y + 4), f"{tick * step:g}")
        )
    for kind, found, gap in (("bar", values, 0.12), ("bar second", beside, 0.32)):
        for index, value in enumerate(found):
            tall = high * value / top
            parts.append(
                Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
                    kind,
                    _n(_LEFT + each * (index + gap)),
                    _n(_TOP + high - tall),
                    _n(each * (1 - 2 * gap)),
                    _n(tall),
                )
            )
    skip = max(1, ceil(len(labels) / _LABELS))
    for index, text in enumerate(labels):
        if index % skip == 0:
            middle = _n(_LEFT + each * (index + 0.5))
            parts.append(Markup('<text class="below" x="{}" y="{}">{}</text>').format(middle, _HEIGHT - 8, text))
    return _svg(told, _WIDTH, _HEIGHT, parts)


def lines(told: Told, names: Sequence[str], values: Sequence[float], before: Sequence[float | None] = ()) -> Markup:
    """A bar lying beside each name, the value at its end; a mark shows what it was before."""
    earlier = [each or 0 for each in before]
    top = max([*values, *earlier, 1])
    wide = _WIDTH - _NAMES - 56
    parts = []
    for index, (name, value) in enumerate(zip(names, values, strict=True)):
        y = _TOP + _LINE * index
        long = wide * value / top
        shown = name if len(name) <= 24 else f"{name[:23]}…"
        parts.append(Markup('<text class="name" x="{}" y="{}">{}</text>').format(_NAMES - 8, _n(y + 14), shown))
        parts.append(Markup('<rect class="bar" x="{}" y="{}" width="{}" height="18"/>').format(_NAMES, _n(y), _n(long)))
        if index < len(earlier) and before[index] is not None:
            x = _n(_NAMES + wide * earlier[index] / top)
            parts.append(
                Markup('<line class="before" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(x, x, _n(y - 2), _n(y + 20))
            )
        parts.append(
            Markup('<text class="end" x="{}" y="{}">{}</text>').format(_n(_NAMES + long + 6), _n(y + 14), f"{value:g}")
        )
    return _svg(told, _WIDTH, _TOP + _LINE * len(names) + 6, parts)


def heat(told: Told, days: Sequence[str], table: Sequence[Sequence[int]]) -> Markup:
    """A cell for each hour of each day of the week, the darker the more."""
    most = max((n for row in table for n in row), default=0) or 1
    parts = []
    for day, (name, row) in enumerate(zip(days, table, strict=True)):
        y = _TOP + _CELL_H * day
        parts.append(Markup('<text class="tick" x="{}" y="{}">{}</text>').format(_LEFT - 6, _n(y + 14), name))
        for hour, n in enumerate(row):
            parts.append(
                Markup('<rect class="cell" x="{}" y="{}" width="{}" height="{}" fill-opacity="{}"/>').format(
                    _n(_LEFT + _CELL_W * hour),
                    _n(y),
                    _CELL_W - 2,
                    _CELL_H - 2,
                    f"{0.04 + 0.96 * n / most:.2f}",
                )
            )
    under = _TOP + _CELL_H * len(days) + 14
    for hour in range(0, 24, 3):
        x = _n(_LEFT + _CELL_W * (hour + 0.5))
        parts.append(Markup('<text class="below" x="{}" y="{}">{}</text>').format(x, _n(under), f"{hour:02d}"))
    return _svg(told, _WIDTH, under + 8, parts)


def _svg(told: Told, width: float, height: float, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {w} {h}" role="img" aria-labelledby="{i}-t {i}-d" preserveAspectRatio="xMinYMin meet">'
        '<title id="{i}-t">{title}</title><desc id="{i}-d">{text}</desc>{parts}</svg>'
    ).format(w=_n(width), h=_n(height), i=told.id, title=told.title, text=told.text, parts=Markup("").join(parts))


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
