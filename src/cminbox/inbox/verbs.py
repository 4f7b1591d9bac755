"""The verbs of `cminbox do`, by name: what a script can ask of any number of conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from cminbox.errors import UsageError
from cminbox.i18n import N_, _
from cminbox.inbox import drafts, editing, macros, moderation, notes, remote, snooze, tags, triage
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.model.base import ActVerb
from cminbox.model.reasons import Reason, named


@dataclass(frozen=True)
class Given:
    """What came with a verb on the command line. `reason` is a word for one (model.reasons).

    `message`: what an act at the network is about, where that is not for the conversation to say (rules).
    """

    value: str | None = None
    reason: str | None = None
    message: int | None = None

    @property
    def why(self) -> Reason | None:
        """The reason. Raises UsageError where the word stands for none."""
        return named(self.reason) if self.reason else None


@dataclass(frozen=True)
class Verb:
    """One verb. `needs_value` names (marked for translation) what `--value` must hold; `sends` means an act.

    `reasons`: it takes a reason. `alone`: it cannot be a part of a macro.
    """

    name: str
    help: str
    run: Callable[[Desk, Sequence[int], Given], Awaitable[Outcome]]
    needs_value: str = ""
    sends: bool = False
    reasons: bool = False
    alone: bool = False


def _at_network(verb: ActVerb, text: str) -> Verb:
    return Verb(
        verb.value,
        text,
        lambda desk, ids, given: remote.act(desk, verb, ids, message=given.message, reason=given.why),
        sends=True,
        reasons=verb in remote.TAKES_REASON,
    )


VERBS: tuple[Verb, ...] = (
    Verb("done", N_("Dealt with; needs no (further) answer"), lambda d, ids, _g: triage.done(d, ids)),
    Verb("reopen", N_("Back on the table"), lambda d, ids, _g: moderation.reopen(d, ids)),
    Verb("waiting", N_("Their turn: out of the queue until they write"), lambda d, ids, _g: triage.waiting(d, ids)),
    Verb("spam", N_("Worthless; never waits"), lambda d, ids, g: moderation.spam(d, ids, reason=g.why), reasons=True),
    Verb("unread", N_("Mark as unread"), lambda d, ids, _g: triage.unread(d, ids)),
    Verb("read", N_("Mark as read"), lambda d, ids, _g: triage.unread(d, ids, mark=False)),
    Verb("star", N_("Put a star on it"), lambda d, ids, _g: triage.star(d, ids)),
    Verb("unstar", N_("Take the star off"), lambda d, ids, _g: triage.star(d, ids, mark=False)),
    Verb(
        "assign",
        N_("Give it to a colleague"),
        lambda d, ids, g: triage.assign(d, ids, g.value or ""),
        needs_value=N_("a colleague's name"),
    ),
    Verb("take", N_("Take it oneself"), lambda d, ids, _g: triage.take(d, ids)),
    Verb("release", N_("Nobody's"), lambda d, ids, _g: triage.release(d, ids)),
    Verb(
        "tag",
        N_("Put tags on it"),
        lambda d, ids, g: tags.tag(d, ids, g.value or ""),
        needs_value=N_("a tag, or several with commas between"),
    ),
    Verb(
        "untag",
        N_("Take tags off it"),
        lambda d, ids, g: tags.untag(d, ids, g.value or ""),
        needs_value=N_("a tag, or several with commas between"),
    ),
    Verb(
        "note",
        N_("Write an internal note; @name tells a colleague"),
        lambda d, ids, g: notes.note(d, ids, g.value or ""),
        needs_value=N_("the text"),
    ),
    Verb(
        "snooze",
        N_("Out of the queue until a time, or a new message"),
        lambda d, ids, g: snooze.snooze(d, ids, g.value or ""),
        needs_value=N_("a time: in 2 hours, tomorrow 9:00, monday"),
    ),
    Verb(
        "discard",
        N_("Throw my drafts in it away; --value: public, direct or note"),
        lambda d, ids, g: drafts.discard(d, ids, g.value or ""),
    ),
    Verb("unsnooze", N_("Back from a snooze, now"), lambda d, ids, _g: snooze.unsnooze(d, ids)),
    Verb(
        "rewrite",
        N_("Delete our last reply; its text is a draft again"),
        lambda d, ids, _g: editing.rewrite(d, ids),
        sends=True,
        alone=True,
    ),
    Verb(
        "macro",
        N_("Several verbs at once, as the settings say"),
        lambda d, ids, g: macros.run(d, ids, macros.named(d, g.value or "").steps),
        needs_value=N_("a macro's key or name"),
        alone=True,
    ),
    _at_network(ActVerb.LIKE, N_("Like their message")),
    _at_network(ActVerb.UNLIKE, N_("Take the like back")),
    _at_network(ActVerb.HIDE, N_("Hide their message from others")),
    _at_network(ActVerb.UNHIDE, N_("Show it again")),
    Verb(
        "approve",
        N_("Let appear what waits for approval"),
        lambda d, ids, _g: moderation.approve(d, ids),
        sends=True,
    ),
    _at_network(ActVerb.RESTORE, N_("Take their message out of the trash")),
    _at_network(ActVerb.DELETE, N_("Delete their message at its network")),
    _at_network(ActVerb.MUTE, N_("Mute the person")),
    _at_network(ActVerb.UNMUTE, N_("Hear the person again")),
    _at_network(ActVerb.BLOCK, N_("Block the person")),
    _at_network(ActVerb.UNBLOCK, N_("Let the person back in")),
    _at_network(ActVerb.REPORT, N_("Report their message to the network")),
)

BY_NAME = {verb.name: verb for verb in VERBS}


async def do(desk: Desk, name: str, ids: Sequence[int], given: Given | None = None) -> Outcome:
    """Run a verb by name. Raises UsageError for an unknown one, or where `--value` is missing."""
    given = given or Given()
    verb = BY_NAME.get(name)
    if verb is None:
        raise UsageError(
            _("There is no verb {name}.").format(name=name),
            _("The verbs are: {names}.").format(names=", ".join(BY_NAME)),
        )
    if verb.needs_value and not given.value:
        raise UsageError(_("{verb} needs --value: {what}.").format(verb=name, what=_(verb.needs_value)))
    if given.reason and not verb.reasons:
        raise UsageError(_("{verb} takes no reason.").format(verb=name))
    return await verb.run(desk, ids, given)
