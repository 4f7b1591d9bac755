"""What a network tells of how many follow us, and of what became of our posts."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from cminbox.model.base import Frozen, Instant

BACK: Final = timedelta(days=30)
"""How old the posts are, at most, whose figures are asked for."""
MOST = 10**12
"""More than there are people, and than anybody ever liked: beyond it a figure is nonsense."""


def counted(value: Any) -> int | None:
    """A figure as a network told it; None for what is none: text, fractions, less than nothing, absurdly much."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST else None


Count = Annotated[int, Field(strict=True, ge=0, le=MOST)]
"""A whole number of people or of deeds."""

Told = Annotated[int | None, BeforeValidator(counted)]
"""A figure in a wire format: nonsense there counts as not told, and harms nothing beside it."""


class PostFigures(Frozen):
    """One post (topic) of ours. Each figure is the newest that the network knows; None: it does not tell.

    `key` is the topic's (`TopicInfo.key`), `written_at` when we wrote it. `shares` are reposts and quotes. `reach` is
    how many people saw it, `impressions` how often it was seen.
    """

    key: str
    written_at: Instant
    likes: Count | None = None
    comments: Count | None = None
    shares: Count | None = None
    reach: Count | None = None
    impressions: Count | None = None


class Figures(Frozen):
    """One account at the instant `at`: who follows it, and its latest posts."""

    at: Instant
    followers: Count | None = None
    posts: tuple[PostFigures, ...] = ()


def together(*figures: int | None) -> int | None:
    """The sum of what was told; None where nothing was, or where it comes to nonsense."""
    told = [each for each in figures if each is not None]
    return counted(sum(told)) if told else None
