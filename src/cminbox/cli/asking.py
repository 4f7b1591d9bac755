"""Before and while a command does much: what it would come to, whether that is meant, and how far it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from cminbox.cli.interrupts import ctrl_c_at_once
from cminbox.cli.printing import emit, hint, say
from cminbox.i18n import _, ngettext
from cminbox.inbox.bulk import Course
from cminbox.inbox.desk import Desk
from cminbox.inbox.forecast import Forecast
from cminbox.text import safe
from cminbox.ui import words

ASKS_ABOVE = 5_000
"""Verbs that send nothing ask only above so many conversations."""


def agreed(question: str, *, must: bool) -> bool:
    """Ask on the terminal. Where nobody can be asked: no, said with the cure, where it `must` be meant; else yes."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        print(f"{question} {_('[y/N]')} ", end="", file=sys.stderr, flush=True)
        with ctrl_c_at_once():
            answer = sys.stdin.readline()
        return answer.strip().casefold() in ("y", "yes", _("y"), _("yes"))
    if must:
        hint(question)
        hint(_("Nothing was done: say --yes where that is meant."))
    return not must


@contextmanager
def progress(desk: Desk, verb: str) -> Iterator[Desk]:
    """A desk whose long runs say on a terminal how far they are. Ctrl-C ends one behind the transaction under way."""
    told: list[str] = []

    def tell(done: int, total: int) -> None:
        text = _("{verb}: {done} of {total}").format(verb=verb, done=words.number(done), total=words.number(total))
        told.append(text)
        print(f"\r{text}", end="", file=sys.stderr, flush=True)

    try:
        yield replace(desk, course=Course(tell if sys.stderr.isatty() else None))
    finally:
        if told:
            print(f"\r{' ' * len(told[-1])}\r", end="", file=sys.stderr, flush=True)


def say_forecast(verb: str, found: Forecast, *, as_json: bool) -> None:
    """Print what a verb would come to. Nothing was done."""
    if as_json:
        emit(
            {
                "verb": verb,
                "dry_run": True,
                "conversations": found.total,
                "able": found.n,
                "networks": dict(found.able),
                "against": [{"n": n, "error": why} for why, n in found.against.items()],
                "whole": found.whole,
            }
        )
        return
    told = ngettext("{verb}: {n} conversation ({networks})", "{verb}: {n} conversations ({networks})", found.n)
    say(told.format(verb=verb, n=words.number(found.n), networks=by_network(found.able) or "-"))
    for why, n in found.against.items():
        say(ngettext("{n} cannot be: {why}", "{n} cannot be: {why}", n).format(n=words.number(n), why=safe(why)))
    if not found.whole:
        say(_("Not all were looked at one by one: there may be more."))
    say(_("Nothing was done (--dry-run)."))


def by_network(counts: Mapping[str, int]) -> str:
    """Which networks, with how many each, the most first."""
    found = sorted(counts.items(), key=lambda each: -each[1])
    return ", ".join(f"{words.network_title(name)} {words.number(n)}" for name, n in found)
