"""`reply`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cminbox.cli.lines import NONE, RUNNING, how_to_send, report
from cminbox.cli.printing import emit, say
from cminbox.cli.running import FAILED, OK, beforehand, with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.errors import UsageError
from cminbox.i18n import N_, _
from cminbox.inbox import replies
from cminbox.inbox.replies import Plan
from cminbox.service import Service
from cminbox.text import label, safe
from cminbox.ui import words


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reply", help=N_("Answer a conversation."))(reply)


def reply(
    ctx: typer.Context,
    conversation: Annotated[int, typer.Argument(metavar="CONVERSATION", help=N_("The conversation's id."))],
    text: Annotated[str | None, typer.Option("--text", metavar="T", help=N_("What to answer."))] = None,
    text_file: Annotated[
        str | None, typer.Option("--text-file", metavar="F|-", help=N_("Read it from a file, or standard input."))
    ] = None,
    private: Annotated[bool, typer.Option("--private", help=N_("Answer the person in private."))] = False,
    to_message: Annotated[
        int | None, typer.Option("--to", metavar="MESSAGE", help=N_("Answer this message of the conversation."))
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("Only say what would be sent."))] = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox reply`."""
    terms = Terms.of(ctx, as_name, as_json)
    if (text is None) == (text_file is None):
        raise typer.BadParameter(_("Give the answer with --text, or with --text-file."))

    what = text if text is not None else beforehand(lambda: _read(text_file or "-"))

    async def work(service: Service) -> int:
        try:
            if dry_run:
                plan = await replies.plan(service.desk, conversation, what, private=private, to_message=to_message)
                _say_plan(service, plan, what, as_json=terms.as_json)
                return OK
            outcome = await replies.reply(service.desk, conversation, what, private=private, to_message=to_message)
        except UsageError as error:
            if terms.as_json:
                emit(_failed(service, conversation, private, str(error)))
                return FAILED
            raise
        return report(service, outcome, as_json=terms.as_json)

    with_service(terms, work)


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


def _failed(service: Service, conversation: int, private: bool, error: str) -> dict[str, object]:
    return {
        "conversation": conversation,
        "verb": "private_reply" if private else "reply",
        "act": None,
        "state": None,
        "sender": RUNNING if service.sender_runs() else NONE,
        "error": error,
    }


def _say_plan(service: Service, plan: Plan, text: str, *, as_json: bool) -> None:
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
    limit = "" if plan.length.limit is None else f"/{plan.length.limit}"
    say(_("length: {used}{limit}").format(used=plan.length.used, limit=limit))
    say(safe(text, newlines=True))
    if plan.note:
        say(safe(plan.note))
    say(_("Nothing was sent (--dry-run)."))
