"""A report made by hand, with texts that a test chooses in every place where a text of others can stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cminbox.inbox.numbers import PERIOD, Voice
from cminbox.inbox.report import Busy, Deed, Piece, Quote, Report, Rush, Wave
from cminbox.model.numbers import Measures, Place, Span

SINCE = datetime(2026, 3, 1, 23, tzinfo=UTC)


def made(*texts: str, url: str = "", compared: bool = True) -> Report:
    """A report in which each of the texts is a brand, a theme, a topic, a wave and a message of somebody."""
    span = Span(SINCE, SINCE + timedelta(days=7))
    values: dict[str, float | None] = dict.fromkeys(PERIOD, 1234.0)
    values |= {"response_rate": 0.75, "first_response_median_s": 8040.0, "one_touch_rate": None}
    measures = Measures(values)
    busy = tuple(
        Busy(text, 10 + n, 5, 8 if compared else None, measures=measures, url=url, account=text, network="mastodon")
        for n, text in enumerate(texts)
    )
    return Report(
        made=SINCE + timedelta(days=8),
        timezone="Europe/Paris",
        span=span,
        before=span.before if compared else None,
        place=Place(brand=texts[0] if texts else None, campaign=texts[-1] if texts else None),
        measures=measures,
        measures_before=measures if compared else None,
        by_the_hour=False,
        series=tuple(Piece(SINCE + timedelta(days=day), 10 * day, day) for day in range(7)),
        heat=tuple(tuple((day + hour) % 9 for hour in range(24)) for day in range(7)),
        histogram=((60.0, 3), (300.0, 9), (None, 1)),
        themes=busy,
        topics=busy,
        moderation=(Deed("hide", "hate", 4, 2), Deed("delete", "", 1, 0)),
        waves=tuple(Wave(SINCE, text, 7, True) for text in texts),
        spikes=tuple(Rush(text, SINCE, None, 90, 2.5, 120) for text in texts),
        quotes=tuple(Quote(text, SINCE, text, text, "mastodon") for text in texts),
        voices=(
            Voice("us", 6, 0.4, *((5, 0.5) if compared else ())),
            *(Voice(f"competitor:{text}", 9, 0.6, *((5, 0.5) if compared else ())) for text in texts),
        ),
        comment="\n".join(texts),
    )
