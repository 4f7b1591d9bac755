"""A report as one page that stands for itself: no script, nothing from elsewhere, and a policy that lets nothing in.

jinja2 escapes whatever is put into it; what it does not escape is made by report_charts, which escapes too.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from cminbox.i18n import _, language
from cminbox.inbox.report import Report
from cminbox.inbox.report_charts import Told, bars, heat, lines
from cminbox.inbox.report_tables import Table, meanings, period, tables, title
from cminbox.inbox.report_words import DASH, Speech
from cminbox.insight.definitions import BY_KEY

BEHIND = ("series", "heat", "histogram")
"""Tables that a chart stands for: folded away behind it."""
_HEADLINES = ("received", "conversations", "answered", "response_rate", "first_response_median_s", "moderated")


def as_html(report: Report) -> str:
    """The report as one HTML page in the language in force."""
    style = _file("report_style.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    speech = Speech.now(report.zone)
    found = tables(report)
    return _template().render(
        language=language(),
        style=Markup(style),
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'",
        title=title(report),
        period=period(report),
        made=_("Made {when} with cminbox").format(when=speech.moment(report.made)),
        dash=DASH,
        headlines=_headlines(report, speech),
        comment=report.comment,
        tables=found,
        charts=_charts(report, speech, {each.key: each for each in found}),
        behind=BEHIND,
        meanings=meanings(),
        words=_words(),
    )


def _words() -> dict[str, str]:
    """The page's own words."""
    return {
        "most_important": _("The most important numbers"),
        "comment": _("Comment"),
        "room": _("Room for a comment: click, write, print."),
        "as_table": _("As a table"),
        "what_they_mean": _("What the numbers mean"),
        "every_number": _("Every number of this report"),
        "number": _("Number"),
        "what": _("What it is"),
        "clock": _("Its clock"),
        "left_out": _("Left out"),
    }


def _headlines(report: Report, speech: Speech) -> list[tuple[str, str, str]]:
    before = report.measures_before
    return [
        (
            _(BY_KEY[key].name),
            speech.of_measures(key, report.measures),
            "" if before is None else speech.change(key, report.measures[key], before[key]),
        )
        for key in _HEADLINES
    ]


@dataclass(frozen=True)
class Chart:
    """A chart, and what it says below itself and to a screen reader."""

    svg: Markup
    text: str


def _charts(report: Report, speech: Speech, by_key: Mapping[str, Table]) -> dict[str, Chart]:
    """The charts by the key of their table."""
    made: dict[str, tuple[str, Callable[[Told], Markup]]] = {}
    if "series" in by_key:
        received, replies = [each.received for each in report.series], [each.replies for each in report.series]
        text = _("Bars: {received} messages received; narrow bars before them: {replies} replies.")
        names = [speech.hour(each.at) if report.by_the_hour else speech.day_short(each.at) for each in report.series]
        text = text.format(received=speech.count(sum(received)), replies=speech.count(sum(replies)))
        made["series"] = text, partial(bars, labels=names, values=received, beside=replies)
    if "heat" in by_key:
        text = _("Messages received by weekday and hour, the stronger the more.")
        made["heat"] = text, partial(heat, days=[speech.weekday(day) for day in range(7)], table=report.heat)
    if "histogram" in by_key:
        text = _("How many conversations had their first response within which time.")
        overs = [0.0, *(end or 0.0 for end, _n in report.histogram)]
        ends = [speech.bin_short(end, over) for (end, _n), over in zip(report.histogram, overs, strict=False)]
        made["histogram"] = text, partial(bars, labels=ends, values=[n for _end, n in report.histogram])
    if report.themes:
        text = _("Messages received by theme.")
        if report.before is not None:
            text = _("Messages received by theme; a mark shows the period before.")
        made["themes"] = (
            text,
            partial(
                lines,
                names=[each.name for each in report.themes],
                values=[each.messages for each in report.themes],
                before=[each.messages_before for each in report.themes],
            ),
        )
    return {key: Chart(draw(Told(f"chart-{key}", by_key[key].title, text)), text) for key, (text, draw) in made.items()}


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_file("report_page.html"))


@cache
def _file(name: str) -> str:
    return (resources.files("cminbox.inbox") / name).read_text(encoding="utf-8")
