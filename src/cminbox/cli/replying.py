"""`reply`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cminbox.cli.lines import NONE, RUNNING, how_to_send, report
from cminbox.cli.printing import emit, say
from cminbox.cli.running import FAILED, OK, beforehand, with_service
from cminbox.cli.terms import AsJson, Asked, AsName, TemplateName, Terms, TextFile
from cminbox.errors import UsageError
from cminbox.i18n import N_, _
from cminbox.inbox import replies
from cminbox.inbox.checks import Length
from cminbox.inbox.replies import Plan
from cminbox.service import Service
from cminbox.text import label, safe
from cminbox.ui import words

if TYPE_CHECKING:
    from cminbox.inbox.templates import Preview


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reply", help=N_("Answer a conversation."))(reply)


def reply(
    ctx: typer.Context,
    conversation: Annotated[int, typer.Argument(metavar="CONVERSATION", help=N_("The conversation's id."))],
    text: Annotated[str | None, typer.Option("--text", metavar="T", help=N_("What to answer."))] = None,
    text_file: TextFile = None,
    template: TemplateName = None,
    set_: Asked = None,
    private: Annotated[bool, typer.Option("--private", help=N_("Answer the person in private."))] = False,
    to_message: Annotated[
        int | None, typer.Option("--to", metavar="MESSAGE", help=N_("Answer this message of the conversation."))
    ] = None,
    edit: Annotated[
        int | None, typer.Option("--edit", metavar="ACT", help=N_("Give the reply that this act sent another text."))
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("Only say what would be sent."))] = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox reply`."""
    terms = Terms.of(ctx, as_name, as_json)
    if edit is not None and (template is not None or private or to_message is not None or dry_run):
        raise typer.BadParameter(_("--edit goes with --text or --text-file alone."))
    if sum(each is not None for each in (text, text_file, template)) != 1:
        raise typer.BadParameter(_("Give the answer with --text, with --text-file, or with --template."))
    if set_ and template is None:
        raise typer.BadParameter(_("--set goes with --template."))
    answers = given(set_ or [])
    plain = beforehand(lambda: read_text(text, text_file)) or ""

    async def work(service: Service) -> int:
        desk, what, preview = service.desk, plain, None
        try:
            if template is not None:
                from cminbox.inbox import template_keeping, templates

                found = await template_keeping.find(desk, template, conversation=conversation)
                preview = await templates.preview(
                    desk, found.id, conversation, answers, private=private, to_message=to_message
                )
                what = preview.text
                if not dry_run:
                    templates.require_filled(preview)
            if dry_run:
                plan = await replies.plan(desk, conversation, what, private=private, to_message=to_message)
                say_plan(service, plan, what, preview, as_json=terms.as_json)
                if preview is not None:
                    templates.require_filled(preview)
                return OK
            if edit is not None:
                from cminbox.inbox import editing

                return report(service, await editing.edit(desk, conversation, what, act=edit), as_json=terms.as_json)
            outcome = await replies.reply(
                desk,
                conversation,
                what,
                private=private,
                to_message=to_message,
                template=preview.template.id if preview is not None else None,
            )
        except UsageError as error:
            if terms.as_json:
                verb = "edit" if edit is not None else "private_reply" if private else "reply"
                emit(_failed(service, conversation, verb, str(error)))
                return FAILED
            raise
        return report(service, outcome, as_json=terms.as_json)

    with_service(terms, work)


def given(pairs: Sequence[str]) -> dict[str, str]:
    """What `--set K=V` says."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, between, value = pair.partition("=")
        if not key.strip() or not between:
            raise typer.BadParameter(_("--set takes K=V, not {pair}.").format(pair=safe(pair)))
        found[key.strip()] = value
    return found


def read_text(text: str | None, file: str | None) -> str | None:
    """A text given as it is or in a file ("-": standard input); None where neither is. Raises UsageError."""
    if text is not None and file is not None:
        raise UsageError(_("Give a text or a file, not both."))
    return text if file is None else _read(file)


def _read(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8").rstrip("\n")
    except OSError as error:
        raise UsageError(_("{file} cannot be read: {why}.").format(file=name, why=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            _("{file} is not UTF-8 text.").format(file=name), _("Convert it first, for example with iconv.")
        ) from error


def _failed(service: Service, conversation: int, verb: str, error: str) -> dict[str, object]:
    return {
        "conversation": conversation,
        "verb": verb,
        "act": None,
        "state": None,
        "sender": RUNNING if service.sender_runs() else NONE,
        "error": error,
    }


def say_plan(service: Service, plan: Plan, text: str, preview: Preview | None, *, as_json: bool) -> None:
    """Print what an answer would be (`preview`: of the template that it is made with)."""
    sender = RUNNING if service.sender_runs() else NONE
    if as_json:
        found: dict[str, object] = {
            "conversation": plan.conversation,
            "verb": plan.verb.value,
            "act": None,
            "state": None,
            "sender": sender,
            "error": None,
            "dry_run": True,
            "account": plan.account.name,
            "audience": plan.audience.value,
            "to": plan.person or "?",
            "message": plan.message,
            "text": text,
            "length": plan.length.used,
            "max_length": plan.length.limit,
        }
        if preview is not None:
            found |= {
                "template": preview.template.name,
                "language": preview.language or None,
                "missing": list(preview.missing),
                "lengths": {
                    network: {"length": each.used, "max_length": each.limit}
                    for network, each in preview.lengths.items()
                },
            }
        if sender == NONE:
            found["how"] = how_to_send()
        emit(found)
        return
    say(
        _("{audience}, as {account} on {network}, to {person}").format(
            audience=_(words.AUDIENCES[plan.audience]).upper(),
            account=safe(plan.account.name),
            network=words.network_title(plan.account.network),
            person=label(plan.person),
        )
    )
    if preview is None:
        say(_("length: {used}{limit}").format(used=plan.length.used, limit=_most(plan.length)))
    else:
        sizes = (
            f"{words.network_title(network)} {each.used}{_most(each)}" for network, each in preview.lengths.items()
        )
        name, language = safe(preview.template.name), preview.language
        say(_("template: {name}").format(name=f"{name} ({language})" if language else name))
        say(_("length by network: {sizes}").format(sizes=_(", ").join(sizes)))
    say(safe(text, newlines=True))
    if plan.note:
        say(safe(plan.note))
    say(_("Nothing was sent (--dry-run)."))


def _most(length: Length) -> str:
    return "" if length.limit is None else f"/{length.limit}"
