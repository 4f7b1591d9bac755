"""A report as Markdown, which no remote text can break out of: every mark of punctuation in a cell is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cminbox.i18n import _
from cminbox.inbox.report import Report
from cminbox.inbox.report_tables import Table, meanings, period, tables, title

_MARKS = re.compile(r"([!-/:-@\[-`{-~])")
"""ASCII punctuation: all that Markdown, its tables and HTML are made of. A backslash before it makes it plain."""


def escaped(text: str) -> str:
    """A text as Markdown that shows exactly it, in one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def as_markdown(report: Report) -> str:
    """The report in the language in force."""
    lines = [f"# {escaped(title(report))}", "", escaped(period(report)), ""]
    if report.comment:
        lines += [f"## {escaped(_('Comment'))}", ""]
        lines += [escaped(line) and f"{escaped(line)}  " for line in report.comment.split("\n")]
        lines.append("")
    for each in tables(report):
        lines += _table(each)
    lines += [f"## {escaped(_('What the numbers mean'))}", ""]
    for name, *texts in meanings():
        said = " ".join(text for text in texts if text)
        lines.append(f"* **{escaped(name)}**{escaped(':')} {escaped(said)}")
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    lines = [f"## {escaped(table.title)}", ""]
    if not table.rows:
        return [*lines, escaped(table.empty), ""]
    marks = [":--" if index < table.texts else "--:" for index in range(len(table.heads))]
    lines += [_row(escaped(head) for head in table.heads), _row(marks)]
    lines += [_row(escaped(cell) for cell in row) for row in table.rows]
    return [*lines, "", *([escaped(table.note), ""] if table.note else [])]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
