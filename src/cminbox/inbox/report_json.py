"""A report as JSON: the keys stay, whatever the language; more may come."""

from __future__ import annotations

from typing import Any

from cminbox.clock import iso
from cminbox.inbox.report import Busy, Report
from cminbox.model.numbers import Span
from cminbox.text import ascii_json


def as_json(report: Report) -> str:
    """The report as one object, in ASCII."""
    before = report.measures_before
    return (
        ascii_json(
            {
                "made_at": iso(report.made),
                **_span(report.span),
                "before": None if report.before is None else _span(report.before),
                "timezone": report.timezone,
                "brand": report.place.brand,
                "campaign": report.place.campaign,
                "numbers": {
                    key: {
                        "value": value,
                        "before": None if before is None else before.values.get(key),
                        "n": report.measures.n.get(key),
                    }
                    for key, value in report.measures.values.items()
                },
                "series": [
                    {"at": iso(each.at), "received": each.received, "replies": each.replies} for each in report.series
                ],
                "heat": [list(hours) for hours in report.heat],
                "first_response_histogram": [{"up_to_s": end, "n": n} for end, n in report.histogram],
                "themes": [
                    {**_busy(each, "tag"), **(each.measures.values if each.measures else {})} for each in report.themes
                ],
                "topics": [
                    {**_busy(each, "topic"), "account": each.account, "network": each.network, "url": each.url or None}
                    for each in report.topics
                ],
                "moderation": [
                    {"verb": each.verb, "reason": each.reason or None, "n": each.n, "before": each.before}
                    for each in report.moderation
                ],
                "voices": [
                    {
                        "about": each.about,
                        "n": each.n,
                        "share": each.share,
                        "n_before": each.n_before,
                        "share_before": each.share_before,
                    }
                    for each in report.voices
                ],
                "waves": [
                    {
                        "at": iso(each.at),
                        "text": each.text,
                        "conversations": each.conversations,
                        "answered": each.answered,
                    }
                    for each in report.waves
                ],
                "spikes": [
                    {
                        "brand": each.brand or None,
                        "began_at": iso(each.began),
                        "ended_at": iso(each.ended),
                        "count": each.count,
                        "usual": each.usual,
                        "peak": each.peak,
                    }
                    for each in report.spikes
                ],
                "verbatims": [
                    {
                        "theme": each.theme,
                        "at": iso(each.at),
                        "text": each.text,
                        "author": each.author or None,
                        "network": each.network,
                    }
                    for each in report.quotes
                ],
                "comment": report.comment,
            }
        )
        + "\n"
    )


def _busy(each: Busy, name: str) -> dict[str, Any]:
    return {
        name: each.name,
        "messages": each.messages,
        "messages_before": each.messages_before,
        "conversations": each.conversations,
    }


def _span(span: Span) -> dict[str, str]:
    return {"since": iso(span.since), "until": iso(span.until)}
