"""What an answer to many would be, person by person, before anything is written: the dry run."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cminbox.clock import from_ms, to_ms
from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox import acts, replies, templates
from cminbox.inbox.checks import Length
from cminbox.inbox.desk import Desk, abilities_of
from cminbox.inbox.outcome import Line
from cminbox.inbox.pacing import Pace
from cminbox.model.accounts import Account
from cminbox.model.base import Audience
from cminbox.store import standing
from cminbox.text import storable

LOOKED_AT = 1_000
"""Of a larger selection so many are planned beforehand; the rest is checked when it is written."""

Allow = Callable[[standing.Db, int], None]


@dataclass(frozen=True)
class Wording:
    """What many are answered with: `texts` that take turns, or a template with the answers to its questions.

    A template's variables are each person's, and its equal variants take turns.
    """

    texts: tuple[str, ...] = ()
    template: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """A text for one person. `variant` is which of the wording's texts it is, from 1.

    `language` is what that is written in, `wanted` what the person writes ("": any, nobody knows).
    """

    text: str
    variant: int = 1
    language: str = ""
    wanted: str = ""


@dataclass(frozen=True)
class Planned:
    """What one conversation would be answered. `error` says why it would not; the rest is then empty.

    `leaves_at`: when its turn comes, if it were sent now. `warnings`: sentences to read before that.
    """

    conversation: int
    text: str = ""
    account: Account | None = None
    audience: Audience | None = None
    person: str = ""
    length: Length | None = None
    error: str = ""
    variant: int = 0
    leaves_at: datetime | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Share:
    """The public answers of a plan at one network: how many, how far apart, until when, and the network's own rule.

    `same`: how many have the same words as another one; `most`: how many of the same it takes (None: no rule known).
    """

    network: str
    n: int
    same: int
    spacing_s: float
    last_at: datetime
    most: int | None


async def said(
    desk: Desk, ids: Sequence[int], wording: Wording, *, private: bool = False
) -> tuple[dict[int, Said], list[Line]]:
    """The text for each conversation, in turns; and those for which the template cannot be filled, with the reason."""
    if wording.template is None:
        if not wording.texts:
            raise UsageError(_("There is nothing to send: the text is empty."))
        most = len(wording.texts)
        return {one: Said(wording.texts[n % most], n % most + 1) for n, one in enumerate(ids)}, []
    found: dict[int, Said] = {}
    failed: list[Line] = []
    for one in ids:
        try:
            made = await templates.preview(
                desk, wording.template, one, wording.answers, private=private, turn=len(found)
            )
            templates.require_filled(made)
            found[one] = Said(made.text, made.variant, made.language, made.wanted)
        except UsageError as error:
            now = await desk.store.read(standing.of, one)
            failed.append(Line(one, now.state if now else None, error=str(error)))
    return found, failed


async def plan(
    desk: Desk, ids: Sequence[int], wording: Wording, *, private: bool = False, allow: Allow | None = None
) -> list[Planned]:
    """What each of these would be answered, in their order. Writes nothing.

    `allow` may refuse one as the store is now (UsageError). Raises UsageError where there is nothing to send.
    """
    texts, failed = await said(desk, ids, wording, private=private)
    lines = {line.conversation: Planned(line.conversation, error=line.error) for line in failed}
    lines |= await desk.store.read(_plans, desk, job(desk, texts, wording, private=private, allow=allow), texts)
    return [lines[one] for one in ids]


def job(
    desk: Desk, texts: Mapping[int, Said], wording: Wording, *, private: bool, allow: Allow | None = None
) -> replies.Job:
    """The answers as `replies.write` takes them: some time apart, and no more alike than their network allows."""
    return replies.Job(
        by=desk.by_id,
        clock=desk.clock,
        settings=desk.settings,
        texts={one: each.text for one, each in texts.items()},
        private=private,
        to_message=None,
        seen=None,
        single=False,
        template=wording.template,
        pace=Pace(),
        allow=allow,
    )


def shares(planned: Sequence[Planned]) -> list[Share]:
    """What the public answers of a plan come to, network by network, the most first."""
    found: dict[str, list[Planned]] = {}
    for one in planned:
        if one.account is not None and one.audience is not None and not one.audience.is_private:
            found.setdefault(one.account.network, []).append(one)
    return sorted((_share(network, those) for network, those in found.items()), key=lambda share: -share.n)


def _share(network: str, those: Sequence[Planned]) -> Share:
    abilities = [abilities_of(one.account) for one in those if one.account is not None]
    words = [" ".join(one.text.split()).casefold() for one in those]
    rules = [each.identical_most for each in abilities if each.identical_most is not None]
    return Share(
        network=network,
        n=len(those),
        same=sum(n for n in Counter(words).values() if n > 1),
        spacing_s=max(each.bulk_spacing_s for each in abilities),
        last_at=max(one.leaves_at for one in those if one.leaves_at is not None),
        most=min(rules) if rules else None,
    )


def _plans(db: sqlite3.Connection, desk: Desk, job_: replies.Job, texts: Mapping[int, Said]) -> dict[int, Planned]:
    found: dict[int, Planned] = {}
    send_at_ms = acts.send_at_ms(to_ms(desk.clock.now()), desk.settings, len(texts))
    for one, each in texts.items():
        try:
            what = replies.plan_in(db, job_, one, storable(each.text).rstrip())
        except UsageError as error:
            found[one] = Planned(one, error=str(error))
            continue
        assert job_.pace is not None
        turn_ms = job_.pace.turn(db, what.account, what.audience, send_at_ms)
        found[one] = Planned(
            one,
            each.text,
            what.account,
            what.audience,
            what.person,
            what.length,
            variant=each.variant,
            leaves_at=from_ms(turn_ms if turn_ms is not None else send_at_ms),
            warnings=tuple(_warnings(what, each)),
        )
    return found


def _warnings(what: replies.Plan, each: Said) -> list[str]:
    found = [what.note] if what.note else []
    if each.language and each.wanted and each.language != each.wanted:
        found.append(_("written in {ours}, they write {theirs}").format(ours=each.language, theirs=each.wanted))
    return found
