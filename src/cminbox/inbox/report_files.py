"""A report as the text of a file, in one of the formats and one of the languages, whatever the program speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from cminbox.i18n import language, set_language
from cminbox.inbox.report import Report


class Format(StrEnum):
    """The formats of a report."""

    HTML = "html"
    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"


@contextmanager
def speaking(wanted: str | None) -> Iterator[None]:
    """Another language ("en", "fr"; None: the one in force) for as long as this lasts."""
    before = language()
    if wanted is not None:
        set_language(wanted)
    try:
        yield
    finally:
        set_language(before)


def written(report: Report, how: Format, lang: str | None = None) -> str:
    """The text of the file."""
    with speaking(lang):
        return _WRITERS[how](report)


def _html(report: Report) -> str:
    from cminbox.inbox.report_html import as_html

    return as_html(report)


def _markdown(report: Report) -> str:
    from cminbox.inbox.report_markdown import as_markdown

    return as_markdown(report)


def _csv(report: Report) -> str:
    from cminbox.inbox.report_csv import as_csv

    return as_csv(report)


def _json(report: Report) -> str:
    from cminbox.inbox.report_json import as_json

    return as_json(report)


_WRITERS: Mapping[Format, Callable[[Report], str]] = {
    Format.HTML: _html,
    Format.MARKDOWN: _markdown,
    Format.CSV: _csv,
    Format.JSON: _json,
}
