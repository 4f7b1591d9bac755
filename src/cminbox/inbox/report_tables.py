"""A report as titled tables in the language in force: what the page and the Markdown both lay out."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from cminbox.i18n import _
from cminbox.inbox.numbers import PERIOD, TIMES
from cminbox.inbox.report import Busy, Report
from cminbox.inbox.report_words import DASH, TIMES_TITLES, Speech, deed, reason, us
from cminbox.insight.definitions import BY_KEY

Rows = tuple[tuple[str, ...], ...]
_OF_TIMES = {name for names in TIMES.values() for name in names}
COUNTED = tuple(key for key in PERIOD if key not in _OF_TIMES)
"""The numbers that are no times."""


@dataclass(frozen=True)
class Table:
    """One part of a report. The first `texts` columns are words, the others numbers; `links` by row, "" for none.

    `empty` is said instead where there are no rows.
    """

    key: str
    title: str
    heads: tuple[str, ...]
    rows: Rows
    texts: int = 1
    note: str = ""
    links: tuple[str, ...] = ()
    empty: str = ""


def tables(report: Report) -> tuple[Table, ...]:
    """Every table of a report, in the order in which they are read."""
    speech = Speech.now(report.zone)
    found = (
        _numbers(report, speech),
        _series(report, speech),
        _heat(report, speech),
        _times(report, speech),
        _histogram(report, speech),
        _themes(report, speech),
        _topics(report, speech),
        _voices(report, speech),
        _moderation(report, speech),
        _waves(report, speech),
        _spikes(report, speech),
        _quotes(report, speech),
    )
    return tuple(each for each in found if each.rows or each.empty)


def title(report: Report) -> str:
    """What a report is called."""
    place = [each for each in (report.place.brand, report.place.campaign) if each]
    return _("Report: {place}").format(place=", ".join(place)) if place else _("Report")


def period(report: Report) -> str:
    """From when to when a report is, in which time zone, and what it is compared with."""
    speech = Speech.now(report.zone)
    text = _("{period} ({timezone})").format(period=speech.period(report.span), timezone=report.timezone)
    if report.before is None:
        return text
    return _("{period}, compared with {before}").format(period=text, before=speech.period(report.before))


def meanings() -> Rows:
    """What each number of a report means: (name, what it is, its clock, what is left out)."""
    return tuple(
        (_(each.name), *(_(text) if text else "" for text in (each.formula, each.clock, each.excluded)))
        for each in (BY_KEY[key] for key in PERIOD)
    )


def link(url: str) -> str:
    """An address that a person may follow from the page: of the web, else ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""


def _numbers(report: Report, speech: Speech) -> Table:
    heads = [_("Number"), _("This period")]
    rows = []
    for key in COUNTED:
        row = [_(BY_KEY[key].name), speech.of_measures(key, report.measures)]
        if report.measures_before is not None:
            row.append(speech.of_measures(key, report.measures_before))
            row.append(speech.change(key, report.measures[key], report.measures_before[key]))
        rows.append(tuple(row))
    if report.measures_before is not None:
        heads += [_("The period before"), _("Change")]
    note = _("A dash means that there is no data.")
    return Table("numbers", _("Volumes"), tuple(heads), tuple(rows), note=note)


def _series(report: Report, speech: Speech) -> Table:
    rows = tuple(
        (
            speech.moment(each.at) if report.by_the_hour else speech.day(each.at),
            speech.count(each.received),
            speech.count(each.replies),
        )
        for each in report.series
    )
    name = _("Hour by hour") if report.by_the_hour else _("Day by day")
    return Table("series", name, (_("From"), _("Received"), _("Replies")), rows)


def _heat(report: Report, speech: Speech) -> Table:
    rows = tuple(
        (speech.weekday(day), *(speech.count(n) for n in hours))
        for day, hours in enumerate(report.heat)
        if any(map(any, report.heat))
    )
    return Table("heat", _("When people write"), (_("Day"), *(f"{hour:02d}" for hour in range(24))), rows)


def _times(report: Report, speech: Speech) -> Table:
    heads = [_("Time"), _("Median"), _("Nine in ten within"), _("How many")]
    if report.measures_before is not None:
        heads += [_("Median before"), _("Change")]
    rows = []
    for query, (median, p90, n) in TIMES.items():
        row = [_(TIMES_TITLES[query]), *(speech.of_measures(key, report.measures) for key in (median, p90, n))]
        if report.measures_before is not None:
            row.append(speech.of_measures(median, report.measures_before))
            row.append(speech.change(median, report.measures[median], report.measures_before[median]))
        rows.append(tuple(row))
    note = _("Calendar time; working time where the brand has business hours.")
    return Table("times", _("Response times"), tuple(heads), tuple(rows), note=note)


def _histogram(report: Report, speech: Speech) -> Table:
    rows, over = [], 0.0
    for end, n in report.histogram:
        rows.append((speech.bin(end, over), speech.count(n)))
        over = end or over
    total = sum(n for _end, n in report.histogram)
    return Table(
        "histogram", _("First responses by time"), (_("Time"), _("Conversations")), tuple(rows) if total else ()
    )


def _themes(report: Report, speech: Speech) -> Table:
    heads = [_("Theme"), _("Messages"), *_before(report), _("Conversations"), _("Answered")]
    heads += [_("Response rate"), _("First response, median")]
    rows = tuple(
        (
            each.name,
            *_messages(each, report, speech),
            speech.count(each.conversations),
            *(speech.of_measures(key, each.measures) for key in _OF_THEMES),
        )
        for each in report.themes
    )
    note = _("Themes are tags; a conversation with two tags counts under both.")
    return Table("themes", _("Themes"), tuple(heads), rows, note=note, empty=_("Nothing of this period is tagged."))


_OF_THEMES = ("answered", "response_rate", "first_response_median_s")


def _topics(report: Report, speech: Speech) -> Table:
    heads = (_("Topic"), _("Account"), _("Messages"), *_before(report), _("Conversations"))
    rows = tuple(
        (each.name, each.account, *_messages(each, report, speech), speech.count(each.conversations))
        for each in report.topics
    )
    links = tuple(link(each.url) for each in report.topics)
    return Table("topics", _("Busiest topics"), heads, rows, texts=2, links=links)


def _before(report: Report) -> tuple[str, ...]:
    return () if report.before is None else (_("Before"), _("Change"))


def _messages(each: Busy, report: Report, speech: Speech) -> tuple[str, ...]:
    if report.before is None:
        return (speech.count(each.messages),)
    return (
        speech.count(each.messages),
        speech.count(each.messages_before),
        speech.grown(each.messages, each.messages_before),
    )


def _voices(report: Report, speech: Speech) -> Table:
    share = BY_KEY["share_of_voice"]
    heads = [_("About"), _("Messages"), _("Share")]
    if report.before is not None:
        heads += [_("Messages before"), _("Share before"), _("Change")]
    rows = []
    for each in report.voices:
        row = [each.name or us(report.place), speech.count(each.n), speech.share(each.share)]
        if report.before is not None:
            row += [speech.count(each.n_before), speech.share(each.share_before)]
            row.append(speech.change(share.key, each.share, each.share_before))
        rows.append(tuple(row))
    note = _("Messages found by listening; those that are addressed to us are not among them.")
    return Table("voices", _(share.name), tuple(heads), tuple(rows), note=note)


def _moderation(report: Report, speech: Speech) -> Table:
    heads = (_("What was done"), _("Reason"), _("How often"), *(() if report.before is None else (_("Before"),)))
    rows = tuple(
        (
            deed(each.verb),
            reason(each.reason),
            speech.count(each.n),
            *(() if report.before is None else (speech.count(each.before),)),
        )
        for each in report.moderation
    )
    empty = _("Nothing was moderated in this period.")
    return Table("moderation", _("Moderation"), heads, rows, texts=2, empty=empty)


def _waves(report: Report, speech: Speech) -> Table:
    heads = (_("What many wrote"), _("When"), _("State"), _("Conversations"))
    rows = tuple(
        (
            each.text or DASH,
            speech.moment(each.at),
            _("answered as one") if each.answered else _("still open"),
            speech.count(each.conversations),
        )
        for each in report.waves
    )
    return Table("waves", _("Waves"), heads, rows, texts=3, empty=_("No wave in this period."))


def _spikes(report: Report, speech: Speech) -> Table:
    heads = (_("Brand"), _("Began"), _("Ended"), _("Messages in 15 minutes"), _("Usual"), _("Peak"))
    rows = tuple(
        (
            each.brand or DASH,
            speech.moment(each.began),
            _("still lasts") if each.ended is None else speech.moment(each.ended),
            speech.count(each.count),
            speech.count(each.usual, 1),
            speech.count(each.peak),
        )
        for each in report.spikes
    )
    return Table("spikes", _("Spikes"), heads, rows, texts=3, empty=_("No spike in this period."))


def _quotes(report: Report, speech: Speech) -> Table:
    named = any(each.author for each in report.quotes)
    heads = (_("Theme"), _("Message"), _("When"), *((_("Author"),) if named else ()), _("Network"))
    rows = tuple(
        (each.theme, each.text, speech.moment(each.at), *((each.author,) if named else ()), each.network)
        for each in report.quotes
    )
    note = "" if named else _("Authors are masked. Only public messages are quoted.")
    return Table("quotes", _("In their words"), heads, rows, texts=len(heads), note=note)
