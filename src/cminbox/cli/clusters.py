"""`clusters`: the waves, what many people say in almost the same words; answered or put away as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cminbox.cli.asking import agreed, by_network, progress
from cminbox.cli.lines import report
from cminbox.cli.printing import emit, hint, say, table
from cminbox.cli.replying import given
from cminbox.cli.running import FAILED, OK, with_service, zone_of
from cminbox.cli.terms import AsJson, Asked, AsName, TemplateName, Terms
from cminbox.clock import iso
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox import clusters as inbox
from cminbox.inbox import crisis
from cminbox.inbox.planning import Planned, Wording, shares
from cminbox.service import Service
from cminbox.text import label, safe
from cminbox.ui import plan_words, times, words

_SHOWN_IDS = 5

WaveId = Annotated[int, typer.Argument(metavar="ID", help=N_("The wave's number (`cminbox clusters`)."))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=N_("List the waves: open messages that say the same."), rich_markup_mode=None)
    group.callback(invoke_without_command=True)(clusters)
    group.command("answer", help=N_("Answer a whole wave, as one step."))(answer)
    group.command("done", help=N_("Put a whole wave away: it needs no answer."))(done)
    group.command("drop", help=N_("Take conversations out of their waves."))(drop)
    app.add_typer(group, name="clusters")


def clusters(
    ctx: typer.Context,
    at_least: Annotated[int, typer.Option("--at-least", min=2, help=N_("Only of so many and more."))] = 2,
    limit: Annotated[int, typer.Option("--limit", min=0, help=N_("At most so many; 0: all."))] = 0,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox clusters`."""
    terms = Terms.of(ctx, as_name, as_json)
    ctx.obj = terms
    if ctx.invoked_subcommand is not None:
        return

    async def work(service: Service) -> int:
        await _list(service, at_least, limit, as_json=terms.as_json)
        return OK

    with_service(terms, work)


def answer(
    ctx: typer.Context,
    wave: WaveId,
    template: TemplateName = None,
    set_: Asked = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", metavar="T", help=N_("What to answer; several take turns."))
    ] = None,
    private: Annotated[bool, typer.Option("--private", help=N_("Answer each person in private."))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("Only show each text."))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=N_("Do not ask before much is sent."))] = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox clusters answer`."""
    terms = Terms.of(ctx, as_name, as_json)
    if (template is None) == (not text):
        raise typer.BadParameter(_("Give the answer with --text, or with --template."))
    if set_ and template is None:
        raise typer.BadParameter(_("--set goes with --template."))
    answers = given(set_ or [])

    async def work(service: Service) -> int:
        desk = service.desk
        wording = Wording(texts=tuple(text or ()))
        if template is not None:
            from cminbox.inbox import template_keeping

            first = (await inbox.get(desk, wave)).first
            found = await template_keeping.find(desk, template, conversation=first)
            wording = Wording(template=found.id, answers=answers)
        planned = await inbox.plan_all(desk, wave, wording, private=private)
        going = [one for one in planned if not one.error]
        if dry_run:
            _say_plan(service, planned, as_json=terms.as_json)
            return OK if going else FAILED
        much = len(going) > service.settings.sending.bulk_from
        if much and not yes and not agreed(_asked(going), must=True):
            return FAILED
        with progress(desk, "reply") as watched:
            outcome = await inbox.answer_all(watched, wave, wording, private=private)
        return report(service, outcome, as_json=terms.as_json)

    with_service(terms, work)


def done(ctx: typer.Context, wave: WaveId, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox clusters done`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        with progress(service.desk, "done") as desk:
            outcome = await inbox.done_all(desk, wave)
        return report(service, outcome, as_json=terms.as_json)

    with_service(terms, work)


def drop(
    ctx: typer.Context,
    conversations: Annotated[list[int], typer.Argument(metavar="CONVERSATION", help=N_("Which, by id."))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox clusters drop`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        return report(service, await inbox.drop(service.desk, conversations), as_json=terms.as_json)

    with_service(terms, work)


async def _list(service: Service, at_least: int, limit: int, *, as_json: bool) -> None:
    lines = []
    pinned = await crisis.pinned(service.desk)
    found = await inbox.clusters(service.desk, at_least=at_least)
    found.sort(key=lambda wave: wave.id not in pinned)
    for wave in found[: limit or None]:
        ids = await inbox.conversations(service.desk, wave.id)
        if as_json:
            emit(
                {
                    "id": wave.id,
                    "size": wave.size,
                    "text": wave.text,
                    "conversations": ids,
                    "brand": wave.brand,
                    "answered": wave.answered_batch is not None,
                    "pinned": wave.id in pinned,
                }
            )
        else:
            more = [] if len(ids) <= _SHOWN_IDS else ["..."]
            number = f"! {wave.id}" if wave.id in pinned else str(wave.id)
            lines.append((number, f"x{wave.size}", " ".join([*map(str, ids[:_SHOWN_IDS]), *more]), wave.text))
    table(lines)
    if not as_json and not lines:
        hint(_("Nothing here."))


def _asked(going: Sequence[Planned]) -> str:
    counts = Counter(one.account.network for one in going if one.account is not None)
    n = counts.total()
    return ngettext("Answer {n} conversation ({networks})?", "Answer {n} conversations ({networks})?", n).format(
        n=words.number(n), networks=by_network(counts)
    )


def _say_plan(service: Service, planned: Sequence[Planned], *, as_json: bool) -> None:
    """Each text: to whom, on which network, which of the texts, how long, what to mind. Nothing was sent."""
    if as_json:
        for one in planned:
            emit(_planned_json(one))
        return
    zone = zone_of(service)
    for share in shares(planned):
        say(plan_words.share_words(share, times.at_second(share.last_at, zone)))
    for one in planned:
        say()
        if one.error or one.account is None:
            say(f"{one.conversation}  {safe(one.error)}")
            continue
        leaves = "" if one.leaves_at is None else _("leaves {time}").format(time=times.at_second(one.leaves_at, zone))
        text = _("text {n}").format(n=one.variant)
        network = words.network_title(one.account.network)
        head = (str(one.conversation), network, label(one.person), text, plan_words.length_words(one), leaves)
        say("  ".join(part for part in head if part))
        for line in safe(one.text, newlines=True).split("\n"):
            say(f"    {line}".rstrip())
        for warning in plan_words.warnings(one):
            say(f"  ! {warning}")
    say()
    say(_("Nothing was sent (--dry-run)."))


def _planned_json(one: Planned) -> dict[str, Any]:
    return {
        "conversation": one.conversation,
        "network": one.account.network if one.account is not None else None,
        "account": one.account.name if one.account is not None else None,
        "audience": one.audience.value if one.audience is not None else None,
        "to": one.person or None,
        "variant": one.variant or None,
        "text": one.text or None,
        "length": one.length.used if one.length is not None else None,
        "max_length": one.length.limit if one.length is not None else None,
        "leaves_at": iso(one.leaves_at),
        "warnings": plan_words.warnings(one),
        "error": one.error or None,
        "dry_run": True,
    }
