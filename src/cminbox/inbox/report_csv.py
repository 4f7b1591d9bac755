"""A report as CSV, one measure a line, which no spreadsheet takes for a formula.

UTF-8 with a mark at the front, so that spreadsheets read it as such; French ones want semicolons and decimal commas.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from cminbox.i18n import _, language
from cminbox.inbox.report import Busy, Report
from cminbox.inbox.report_words import Speech, deed, reason, us
from cminbox.insight.definitions import BY_KEY, Unit
from cminbox.text import safe

BOM = "\ufeff"
_FORMULA = "=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20\u2212"
"""What a formula may begin with, full-width forms included."""

LONGEST = 32_000
"""Characters of a cell; spreadsheets take 32 767."""

Value = float | int | str | None
Line = tuple[str, str, str, str, str, Value, Value]
"""Part, name, detail, measure, unit, value, value before."""


def defused(text: str) -> str:
    """A text as a cell that is taken for a text: an apostrophe goes before what could begin a formula."""
    shown = safe(text)[:LONGEST]
    risky = text[:1] in "\t\r\n" or shown.lstrip()[:1] in _FORMULA
    return f"'{shown}" if text and risky else shown


def as_csv(report: Report) -> str:
    """The report in the language in force, with the mark at the front and CRLF line ends."""
    french = language() == "fr"
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if french else ",", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([_("Part"), _("Name"), _("Detail"), _("Measure"), _("Unit"), _("Value"), _("Before")])
    for *texts, value, before in _lines(report):
        cells = [defused(str(text)) for text in texts]
        writer.writerow([*cells, _cell(value, french=french), _cell(before, french=french)])
    return BOM + out.getvalue()


def _cell(value: Value, *, french: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return defused(value)
    text = str(round(value, 4))
    return text.replace(".", ",") if french else text


def _lines(report: Report) -> Iterator[Line]:
    speech = Speech.now(report.zone)

    def local(at: datetime) -> str:
        return f"{at.astimezone(report.zone):%Y-%m-%d %H:%M}"

    messages, conversations = _("Messages"), _("Conversations")
    period = _("Period")
    before = report.before
    yield period, "", "", _("From"), "", local(report.span.since), local(before.since) if before else None
    yield period, "", "", _("Up to"), "", local(report.span.until), local(before.until) if before else None
    yield period, "", "", _("Time zone"), "", report.timezone, None
    for name, value in ((_("Brand"), report.place.brand), (_("Campaign"), report.place.campaign)):
        if value:
            yield period, "", "", name, "", value, None
    for key, number in report.measures.values.items():
        earlier = None if report.measures_before is None else report.measures_before.values.get(key)
        yield _("Numbers"), key, "", _(BY_KEY[key].name), _unit(key), number, earlier
    for piece in report.series:
        yield _("Over time"), local(piece.at), "", _("Received"), "", piece.received, None
        yield _("Over time"), local(piece.at), "", _("Replies"), "", piece.replies, None
    for day, hours in enumerate(report.heat):
        for hour, n in enumerate(hours):
            if n:
                yield _("When people write"), speech.weekday(day), f"{hour:02d}:00", messages, "", n, None
    over = 0.0
    for end, n in report.histogram:
        yield _("First responses by time"), speech.bin(end, over), "", conversations, "", n, None
        over = end or over
    for each in report.themes:
        yield from _busy(_("Themes"), each, "")
        for key, number in each.measures.values.items() if each.measures else ():
            yield _("Themes"), each.name, "", _(BY_KEY[key].name), _unit(key), number, None
    for each in report.topics:
        yield from _busy(_("Busiest topics"), each, each.account)
    for act in report.moderation:
        yield _("Moderation"), deed(act.verb), reason(act.reason), _("How often"), "", act.n, act.before
    for voice in report.voices:
        share = BY_KEY["share_of_voice"]
        title, name = _(share.name), voice.name or us(report.place)
        yield title, name, "", messages, "", voice.n, voice.n_before
        yield title, name, "", _("Share"), _unit(share.key), voice.share, voice.share_before
    for wave in report.waves:
        state = _("answered as one") if wave.answered else _("still open")
        yield _("Waves"), wave.text, f"{local(wave.at)}, {state}", conversations, "", wave.conversations, None
    for spike in report.spikes:
        when = f"{local(spike.began)} – {local(spike.ended) if spike.ended else ''}"
        yield _("Spikes"), spike.brand, when, _("Messages in 15 minutes"), "", spike.count, None
        yield _("Spikes"), spike.brand, when, _("Peak"), "", spike.peak, None
        yield _("Spikes"), spike.brand, when, _("Usual"), "", spike.usual, None
    for quote in report.quotes:
        yield _("In their words"), quote.theme, local(quote.at), quote.author or quote.network, "", quote.text, None
    if report.comment:
        yield _("Comment"), "", "", "", "", report.comment, None


def _busy(part: str, each: Busy, detail: str) -> Iterator[Line]:
    yield part, each.name, detail, _("Messages"), "", each.messages, each.messages_before
    yield part, each.name, detail, _("Conversations"), "", each.conversations, None


def _unit(key: str) -> str:
    return {Unit.SECONDS: "s", Unit.SHARE: _("share, 0 to 1")}.get(BY_KEY[key].unit, "")
