"""`rules`: what is done by itself to what comes in, and what would have been done."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cminbox.cli.moments import moment
from cminbox.cli.printing import emit, hint, say, table
from cminbox.cli.running import OK, with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import iso
from cminbox.config.rules import index_of
from cminbox.errors import UsageError
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox import rules as inbox
from cminbox.inbox import rules_reply, rules_starters
from cminbox.inbox.rules import Answered, Rehearsal, RuleLine
from cminbox.model.rules import Rule
from cminbox.service import Service
from cminbox.text import label, safe

Name = Annotated[str, typer.Argument(metavar="RULE", help=N_("The rule's name."))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=N_("List, try and switch the rules of rules.toml."), rich_markup_mode=None)
    group.callback(invoke_without_command=True)(_rules)
    group.command("list", help=N_("Every rule, with what it did today."))(list_)
    group.command("test", help=N_("What rules would have done to stored messages; nothing is changed."))(try_)
    group.command("on", help=N_("Switch a rule on."))(on)
    group.command("off", help=N_("Switch a rule off."))(off)
    group.command("starters", help=N_("Put rules to begin with into the file, switched off."))(starters)
    app.add_typer(group, name="rules")


def _rules(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    ctx.obj = Terms.of(ctx, as_name, as_json)
    if ctx.invoked_subcommand is None:
        list_(ctx)


def list_(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox rules list`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        found = await inbox.lines(service.desk, service.home)
        if terms.as_json:
            for line in found:
                emit(_line_json(line))
        elif found:
            table(
                (
                    (_on(line.rule), line.rule.name, str(line.messages), _does(line.rule), _when(line.rule))
                    for line in found
                ),
                ("", _("rule"), _("today"), _("does"), _("when")),
                caps={1: 30, 3: 40},
            )
        else:
            hint(_("There are no rules. `cminbox rules starters` puts some into {path}.").format(path=_path(service)))
        return OK

    with_service(terms, work)


def try_(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option("--rule", metavar="NAME", help=N_("Only this rule, on or off."))] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="T", help=N_("Only messages since then: 7d, 2h, 2026-03-31."))
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help=N_("Look at so many messages, the newest; 0: at all."))
    ] = inbox.LOOKED_AT,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox rules test`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        given = inbox.load(service.desk, service.home)
        if name is not None:
            given = (given[_named(given, name)],)
        from_ = moment(since, service.clock.now(), service.settings.zone, "--since")
        found = await inbox.rehearse(service.desk, given, since=from_, limit=limit)
        if terms.as_json:
            _emit(found)
        else:
            _print(found, given)
        return OK

    with_service(terms, work)


def on(ctx: typer.Context, name: Name, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox rules on`."""
    _switch(ctx, name, True, as_name, as_json)


def off(ctx: typer.Context, name: Name, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox rules off`."""
    _switch(ctx, name, False, as_name, as_json)


def starters(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox rules starters`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        new = rules_starters.bring_in(service.desk, service.home)
        if terms.as_json:
            for rule in new:
                emit(_json(rule))
        elif new:
            for rule in new:
                say(f"{_on(rule)}  {safe(rule.name)}")
            hint(
                _("They are in {path}, switched off. Try one: cminbox rules test --rule NAME").format(
                    path=_path(service)
                )
            )
        else:
            hint(_("They are all there already."))
        return OK

    with_service(terms, work)


def _switch(ctx: typer.Context, name: str, wanted: bool, as_name: str | None, as_json: bool) -> None:
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        _named(inbox.load(service.desk, service.home), name)
        rule = inbox.switch(service.desk, service.home, name, wanted)
        if terms.as_json:
            emit(_json(rule))
        else:
            say(f"{_on(rule)}  {safe(rule.name)}")
        for trouble in await rules_reply.troubles(service.desk, rule) if wanted else ():
            hint(_("It will not answer: {why}").format(why=trouble))
        return OK

    with_service(terms, work)


def _named(given: tuple[Rule, ...], name: str) -> int:
    """Which rule has that name. Raises BadParameter: wrong usage."""
    try:
        return index_of(given, name)
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None


def _emit(found: Rehearsal) -> None:
    for each in found.met:
        emit(
            {
                "rule": each.rule.name,
                "version": each.rule.version,
                "on": each.rule.on,
                "verbs": [deed.model_dump() for deed in each.rule.do],
                "message": each.message,
                "conversation": each.conversation,
                "person": each.person or "?",
                "text": each.text,
                "at": iso(each.at),
                "answers": [
                    {
                        "verb": one.deed.verb,
                        "template": one.deed.value,
                        "text": one.text,
                        "refused": one.refused or None,
                    }
                    for one in each.answers
                ],
            }
        )


def _print(found: Rehearsal, given: tuple[Rule, ...]) -> None:
    table(
        (
            row
            for each in found.met
            for row in (
                (
                    each.rule.name,
                    str(each.conversation),
                    label(each.person),
                    _does(each.rule),
                    each.text.strip() or "-",
                ),
                *(("", "", "", "", _answer(one)) for one in each.answers),
            )
        ),
        caps={0: 24, 2: 20, 3: 30},
    )
    by_rule = {rule.name: 0 for rule in given}
    for each in found.met:
        by_rule[each.rule.name] += 1
    for rule in given:
        n = by_rule[rule.name]
        told = ngettext("{n} message", "{n} messages", n).format(n=n)
        hint(f"{safe(rule.name)} ({_on(rule)}): {told}")
    n = found.messages
    told = ngettext("{n} message looked at; nothing was changed.", "{n} messages looked at; nothing was changed.", n)
    hint(told.format(n=n))


def _answer(answered: Answered) -> str:
    if answered.refused:
        return _("=> nothing goes: {why}").format(why=answered.refused)
    return f"=> {answered.text}"


def _line_json(line: RuleLine) -> dict[str, Any]:
    return {**_json(line.rule), "messages_today": line.messages, "last_at": iso(line.last_at)}


def _json(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "version": rule.version,
        "on": rule.on,
        "brand": rule.brand or None,
        "when": rule.when,
        "words": list(rule.words),
        "hours": rule.hours or None,
        "pause": rule.pause if rule.replies else None,
        "verbs": [deed.model_dump() for deed in rule.do],
    }


def _on(rule: Rule) -> str:
    return _("on") if rule.on else _("off")


def _does(rule: Rule) -> str:
    return _(", ").join(map(str, rule.do))


def _when(rule: Rule) -> str:
    parts = [rule.when, f"brand:{rule.brand}" if rule.brand else ""]
    if rule.words:
        n = len(rule.words)
        parts.append(ngettext("one word", "one of {n} words", n).format(n=n))
    if rule.hours:
        parts.append(inbox.hours_told(rule))
    return " ".join(part for part in parts if part)


def _path(service: Service) -> str:
    return safe(str(service.home.rules_file))
