"""`accounts`: connecting logins of ours, and looking after them."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Awaitable
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer

from cminbox.cli import accounts_asking
from cminbox.cli.moments import moment
from cminbox.cli.printing import emit, hint, say, table
from cminbox.cli.running import OK, beforehand, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import SystemClock, iso
from cminbox.errors import CminboxError, UsageError
from cminbox.i18n import N_, _
from cminbox.inbox import books
from cminbox.model.accounts import Account
from cminbox.model.base import AccountState
from cminbox.service import Service
from cminbox.text import label, safe
from cminbox.ui import joining

Name = Annotated[str, typer.Argument(metavar="NAME", help=N_("The account's name."))]
TokenFile = Annotated[
    str | None,
    typer.Option("--token-file", metavar="F|-", help=N_("Read the token from a file, or from standard input.")),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=N_("Connect accounts, and look after them."), rich_markup_mode=None)
    group.callback(invoke_without_command=True)(_root)
    group.command("add", help=N_("Connect an account on a network."))(add)
    group.command("list", help=N_("List the accounts."))(list_)
    group.command("check", help=N_("Ask the networks whether the tokens still work."))(check)
    group.command("renew", help=N_("Give an account a new token of the same login."))(renew)
    group.command("remove", help=N_("Disconnect an account and forget its token."))(remove)
    app.add_typer(group, name="accounts")


def _root(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    ctx.obj = Terms.of(ctx, as_name, as_json)
    if ctx.invoked_subcommand is None:
        _run_list(ctx.obj)


def add(
    ctx: typer.Context,
    network: Annotated[str, typer.Argument(metavar="NETWORK", help=N_("mastodon, matrix, ..."))],
    url: Annotated[str, typer.Option("--url", help=N_("The server, where the network has many."))] = "",
    name: Annotated[str, typer.Option("--name", help=N_("What to call it here (else: its handle)."))] = "",
    brand: Annotated[str, typer.Option("--brand", help=N_("The client or marque it belongs to."))] = "",
    since: Annotated[str | None, typer.Option("--since", help=N_("How far to read back (7d)."))] = None,
    open_since: Annotated[
        str | None, typer.Option("--open-since", help=N_("From when on older messages are open, not history."))
    ] = None,
    token_file: TokenFile = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="K=V", help=N_("A setting of the network's own."))
    ] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox accounts add`."""
    terms = Terms.of(ctx, as_name, as_json)
    settings = _settings(set_ or [])
    for option, text in (("--since", since), ("--open-since", open_since)):
        moment(text, SystemClock().now(), UTC, option)
    if token_file is None and accounts_asking.interactive() and not (terms.as_json or open_since):
        options = {"url": url, "name": name, "brand": brand, "since": since or ""}
        given = {key: text for key, text in options.items() if text}
        given |= {f"set:{key}": text for key, text in settings.items()}
        with_service(terms, lambda service: _converse(accounts_asking.connect(service, network, given)))
    secret = beforehand(lambda: _secret_for(network, token_file))

    async def work(service: Service) -> int:
        now, zone = service.clock.now(), zone_of(service)
        begin = moment(since, now, zone, "--since")
        opened = moment(open_since, now, zone, "--open-since")
        account = await service.add_account(
            network, secret=secret, url=url, name=name, brand=brand, settings=settings, since=begin, open_since=opened
        )
        if terms.as_json:
            emit(account_json(account))
        else:
            say(joining.connected(account))
            for line in joining.told(account, zone):
                say("  " + line)
            say(_("It is read by `cminbox sync`, or while the inbox is open."))
        return OK

    with_service(terms, work)


def list_(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox accounts list`."""
    _run_list(Terms.of(ctx, as_name, as_json))


def check(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help=N_("The account (else: all)."))] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox accounts check`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        names = [name] if name else [a.name for a in await _connected(service)]
        if not names:
            hint(_nobody())
        wrong: CminboxError | None = None
        for each in names:
            try:
                account = await service.check_account(each)
            except CminboxError as error:
                wrong = error
                if terms.as_json:
                    emit({"name": each, "ok": False, "error": str(error)})
                else:
                    say(f"{safe(each)}: {safe(str(error))}")
            else:
                if terms.as_json:
                    emit({**account_json(account), "ok": True, "error": None})
                else:
                    say(_("{name}: {login} on {network}, works.").format(**_words(account)))
                    for line in joining.told(account, zone_of(service)) if name else joining.bounds(account):
                        say("  " + line)
        if wrong is not None and len(names) == 1:
            raise wrong
        return OK if wrong is None else 1

    with_service(terms, work)


def renew(
    ctx: typer.Context, name: Name, token_file: TokenFile = None, as_name: AsName = None, as_json: AsJson = False
) -> None:
    """`cminbox accounts renew`."""
    terms = Terms.of(ctx, as_name, as_json)
    if token_file is None and accounts_asking.interactive() and not as_json:
        with_service(terms, lambda service: _converse(accounts_asking.renew(service, name)))
    secret = beforehand(lambda: _secret(token_file, ""))

    async def work(service: Service) -> int:
        account = await service.renew_account(name, secret)
        if terms.as_json:
            emit(account_json(account))
        else:
            say(_("{name} goes on: {login} on {network}.").format(**_words(account)))
        return OK

    with_service(terms, work)


async def _converse(talk: Awaitable[Account]) -> int:
    await talk
    return OK


def remove(ctx: typer.Context, name: Name, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox accounts remove`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        await service.remove_account(name)
        if terms.as_json:
            emit({"name": name, "removed": True})
        else:
            say(_("{name} is disconnected; its token is forgotten.").format(name=safe(name)))
        return OK

    with_service(terms, work)


def _run_list(terms: Terms) -> None:
    async def work(service: Service) -> int:
        found = await books.accounts(service.desk)
        if terms.as_json:
            for account in found:
                emit(account_json(account))
            return OK
        now, zone = service.clock.now(), zone_of(service)
        table(
            (account.name, account.network, _login(account), account.brand, _state(account), account.url)
            for account in found
        )
        for ending in filter(None, (joining.ending(account, now, zone) for account in found)):
            hint(_("Attention: {what}; `cminbox accounts renew` gives it a new one.").format(what=ending))
        if not found:
            hint(_nobody())
        return OK

    with_service(terms, work)


async def _connected(service: Service) -> list[Account]:
    return [a for a in await books.accounts(service.desk) if a.state is not AccountState.IMPORT]


def account_json(account: Account) -> dict[str, Any]:
    """An account as scripts get it: never with its secret."""
    profile = account.profile
    return {
        "name": account.name,
        "network": account.network,
        "login": _login(account),
        "url": account.url,
        "brand": account.brand,
        "state": account.state.value,
        "paused_because": account.paused_because or None,
        "scopes": sorted(profile.scopes) if profile else [],
        "expires_at": iso(profile.expires_at) if profile else None,
        "connected_at": iso(account.connected_at),
    }


def _secret_help(network: str) -> str:
    from cminbox.networks.registry import network_type

    return _(network_type(network).secret_help)


def _secret_for(network: str, token_file: str | None) -> str:
    from cminbox.networks.registry import network_type

    return _secret(token_file, _secret_help(network)) if network_type(network).needs_secret else ""


def _secret(token_file: str | None, help_line: str) -> str:
    """The token, from where the person said, else asked for on the terminal without echo."""
    if token_file is not None:
        secret = _from_file(token_file)
    elif sys.stdin.isatty():
        if help_line:
            hint(help_line)
        secret = _asked()
    else:
        raise typer.BadParameter(_("There is no terminal to ask for the token on: give it with --token-file F, or -."))
    secret = secret.strip()
    if not secret:
        raise UsageError(_("The token is empty."), help_line)
    return secret


def _asked() -> str:
    try:
        return getpass.getpass(_("Token (not shown): "))
    except EOFError:
        return ""


def _from_file(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(_("{file} cannot be read: {why}.").format(file=name, why=error.strerror)) from error
    except UnicodeDecodeError:
        raise UsageError(_("{file} does not hold a token: it is no text.").format(file=name)) from None


def _settings(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(_("--set needs KEY=VALUE, not {text}.").format(text=repr(pair)))
        found[key] = value
    return found


def _login(account: Account) -> str:
    author = account.profile.author if account.profile else None
    return (author.handle or author.name) if author else ""


def _state(account: Account) -> str:
    if account.state is AccountState.PAUSED:
        return _("paused: {because}").format(because=account.paused_because or "?")
    return _("imported messages") if account.state is AccountState.IMPORT else _("connected")


def _words(account: Account) -> dict[str, str]:
    from cminbox.ui import words

    return {
        "name": safe(account.name),
        "login": label(_login(account)),
        "network": words.network_title(account.network),
    }


def _nobody() -> str:
    return _("No account is connected. Connect one with `cminbox accounts add NETWORK`, or try `cminbox demo`.")
