"""Walking through a list of posts that comes newest first, fifty at a time, below a number: oldest told first, no gap.

A page that does not reach what was read leaves its lower end on a trail, and the next one begins there. Once a page
reaches, everything on the trail is read again from the oldest place up. Places are numbers of posts: what is written
or deleted meanwhile moves none of them.

Pure: pages in, steps out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cminbox.networks.reading import Kept


@dataclass(frozen=True)
class Mark(Kept):
    """How far a list was read: all up to the post `place`. `trail` are places still to go up to, the lowest last.

    `seen`: the newest posts that were told, id as text -> version.
    """

    place: int = 0
    trail: tuple[int, ...] = ()
    seen: Mapping[str, str] = field(default_factory=dict)

    @property
    def before(self) -> int | None:
        """The highest post of the next page; None: the newest there is."""
        return self.trail[-1] if self.trail else None


@dataclass(frozen=True)
class Step:
    """What a page means: tell the posts above `above` (None: none yet). `newest`: nothing lies above this page."""

    mark: Mark
    above: int | None
    more: bool
    newest: bool


def step(mark: Mark, ids: Sequence[int], *, old_enough: bool) -> Step:
    """What the page below `mark.before` means. `old_enough`: it reaches further back than the first reading goes."""
    lowest = min(ids, default=0)
    if ids and lowest > mark.place + 1 and not (mark.place == 0 and old_enough):
        return Step(replace(mark, trail=(*mark.trail, lowest - 1)), None, True, False)
    top = mark.before if mark.before is not None else max(ids, default=0)
    after = replace(mark, place=max(mark.place, top), trail=mark.trail[:-1])
    return Step(after, mark.place, bool(mark.trail), not mark.trail)
