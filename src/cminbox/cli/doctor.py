"""`doctor`: how everything stands, and what to do where it does not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from cminbox.cli.printing import emit, say, table
from cminbox.cli.running import FAILED, OK, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import iso
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox import books, outbox, overview
from cminbox.inbox.overview import AccountLine, Drift
from cminbox.model.accounts import Allowance
from cminbox.model.base import AccountState
from cminbox.model.rows import FeedRow
from cminbox.service import Service
from cminbox.store.health import Health
from cminbox.store.set_aside import Aside
from cminbox.text import label, safe
from cminbox.ui import times, words

_ASIDE_SHOWN = 10
_RAW_SHOWN = 300


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", help=N_("How accounts, tokens, feeds, outbox and database stand."))(doctor)


def doctor(
    ctx: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help=N_("Do not read the whole database."))] = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox doctor`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        accounts = await overview.all_accounts(service.desk)
        aside = await books.aside(service.desk)
        database = await books.database(service.desk, thorough=not quick)
        acts = {state.value: n for state, n in (await outbox.counts(service.desk)).items()}
        stopped = await outbox.stopped(service.desk)
        drift = None if quick else await overview.drift(service.desk)
        problems = [*_problems(service, accounts, database), *_drifted(drift)]
        if terms.as_json:
            emit(
                {
                    "home": str(service.home.data),
                    "settings": str(service.home.settings_file),
                    "secrets": service.secrets.place,
                    "sender": "running" if service.sender_runs() else "none",
                    "accounts": [_account_json(service, line) for line in accounts],
                    "set_aside": [_aside_json(each) for each in aside],
                    "outbox": acts,
                    "stopped_by": stopped[0] if stopped else None,
                    "database": _database_json(database),
                    "drift": None
                    if drift is None
                    else {"counters": dict(drift.counters), "clusters": list(drift.waves)},
                    "problems": problems,
                }
            )
        else:
            _print(service, accounts, aside, database)
            for each in problems:
                say(_("PROBLEM: {text}").format(text=safe(each)))
            if not problems:
                say(_("Nothing is wrong."))
        return FAILED if problems else OK

    with_service(terms, work)


def _problems(service: Service, accounts: list[AccountLine], database: Health) -> list[str]:
    found = [_("the database is damaged: {what}").format(what=each) for each in database.problems]
    for line in accounts:
        account = line.account
        if account.state is AccountState.IMPORT:
            continue
        if account.state is AccountState.PAUSED:
            found.append(_("{name} is paused: {because}").format(name=account.name, because=account.paused_because))
        elif not _has_token(service, line):
            found.append(
                _("{name} has no token on this machine: `cminbox accounts renew {name}`.").format(name=account.name)
            )
        expires = account.token_ends(service.clock.now())
        if expires is not None:
            found.append(
                _("the token of {name} ends on {day}: `cminbox accounts renew {name}`.").format(
                    name=account.name, day=f"{expires:%Y-%m-%d}"
                )
            )
        found += [f"{account.name}, {feed.feed}: {feed.error}" for feed in line.feeds if feed.error]
    return found


def _drifted(drift: Drift | None) -> list[str]:
    if drift is None:
        return []
    found = [
        _("the counter {name} is off by {n}: please report it.").format(name=name, n=n)
        for name, n in drift.counters.items()
    ]
    return found + [_("the waves are off ({what}): please report it.").format(what=each) for each in drift.waves]


def _account_json(service: Service, line: AccountLine) -> dict[str, Any]:
    account, profile = line.account, line.account.profile
    return {
        "name": account.name,
        "network": account.network,
        "url": account.url,
        "state": account.state.value,
        "because": account.paused_because or None,
        "login": profile.author.handle if profile else None,
        "server": profile.server if profile else None,
        "token": _has_token(service, line),
        "token_kept_in": service.secrets.where(account.name) or None,
        "scopes": sorted(profile.scopes) if profile else [],
        "expires_at": iso(profile.expires_at) if profile else None,
        "reads_since": iso(account.since),
        "budget": _budget_json(service.clock.now(), line.allowance),
        "set_aside": sum(feed.set_aside for feed in line.feeds),
        "can": sorted(verb.value for verb in profile.abilities.can) if profile else [],
        "feeds": [
            {
                "feed": feed.feed,
                "caught_up": feed.caught_up,
                "read_at": iso(feed.read_at),
                "age_s": _age_s(service.clock.now(), feed),
                "error": feed.error or None,
                "set_aside": feed.set_aside,
            }
            for feed in line.feeds
        ],
    }


def _budget_json(now: datetime, found: Allowance | None) -> dict[str, Any] | None:
    """Requests left; all of them once the window that was told of is over."""
    if found is None:
        return None
    over = found.reset <= now
    return {
        "remaining": found.limit if over else found.remaining,
        "limit": found.limit,
        "reset_at": iso(found.reset),
        "said_at": iso(found.at),
    }


def _has_token(service: Service, line: AccountLine) -> bool:
    """Whether the account can be used from here: the token is there, or its network asks for none."""
    from cminbox.networks.registry import needs_secret

    account = line.account
    if account.state is AccountState.IMPORT:
        return False
    return service.secrets.get(account.name) is not None or not needs_secret(account.network)


def _age_s(now: datetime, feed: FeedRow) -> float | None:
    return None if feed.read_at is None else (now - feed.read_at).total_seconds()


def _aside_json(each: Aside) -> dict[str, Any]:
    return {"account": each.account, "feed": each.feed, "at": iso(each.at), "reason": each.reason, "raw": each.raw}


def _database_json(found: Health) -> dict[str, Any]:
    return {
        "path": str(found.path),
        "schema": found.schema,
        "size": found.size,
        "wal_size": found.wal_size,
        "conversations": found.conversations,
        "messages": found.messages,
        "ok": not found.problems,
        "problems": list(found.problems),
    }


def _print(service: Service, accounts: list[AccountLine], aside: list[Aside], database: Health) -> None:
    now, zone = service.clock.now(), zone_of(service)
    say(_("data: {path}").format(path=safe(str(service.home.data))))
    say(_("tokens: {place}").format(place=safe(service.secrets.place)))
    say(
        _("sender: {state}").format(
            state=_("a process reads and sends") if service.sender_runs() else _("nobody sends")
        )
    )
    size = _("{mb:.1f} MB").format(mb=(database.size + database.wal_size) / 1e6)
    say(
        _("database: {state}, {size}, {conversations} conversations, {messages} messages, schema {schema}").format(
            state=_("damaged") if database.problems else _("sound"),
            size=size,
            conversations=database.conversations,
            messages=database.messages,
            schema=database.schema,
        )
    )
    for line in accounts:
        say()
        _print_account(service, line, now)
    if aside:
        say()
        say(ngettext("{n} item set aside:", "{n} items set aside:", len(aside)).format(n=len(aside)))
        for each in aside[:_ASIDE_SHOWN]:
            say(f"  {safe(each.account)}, {safe(each.feed)}, {times.when(each.at, now, zone)}: {safe(each.reason)}")
            say(f"    {safe(each.raw[:_RAW_SHOWN])}")
    say()


def _print_account(service: Service, line: AccountLine, now: datetime) -> None:
    account, profile = line.account, line.account.profile
    if account.state is AccountState.IMPORT:
        say(_("{name}: imported messages").format(name=safe(account.name)))
        return
    login = label(profile.author.handle or profile.author.name) if profile else "?"
    token = _("token there") if _has_token(service, line) else _("no token here")
    parts = [f"{safe(account.name)}: {login}", words.network_title(account.network), safe(account.url), token]
    say(", ".join(part for part in parts if part))
    if profile is not None and profile.scopes:
        say("  " + _("rights: {scopes}").format(scopes=safe(" ".join(sorted(profile.scopes)))))
    if profile is not None and profile.expires_at is not None:
        say("  " + _("token ends: {day}").format(day=f"{profile.expires_at:%Y-%m-%d}"))
    if line.allowance is not None and line.allowance.reset > now:
        left = line.allowance
        told = ngettext("{n} request left", "{n} requests left", left.remaining).format(n=left.remaining)
        say(
            "  "
            + told
            + " "
            + _("(of {limit}, for {time} more)").format(
                limit=left.limit if left.limit is not None else "?",
                time=times.span((left.reset - now).total_seconds()),
            )
        )
    table(
        (
            "  " + feed.feed,
            _("read {age} ago").format(age=times.span(_age_s(now, feed))) if feed.read_at else _("never read"),
            "" if feed.caught_up else _("still catching up"),
            feed.error or (_("{n} set aside").format(n=feed.set_aside) if feed.set_aside else ""),
        )
        for feed in line.feeds
    )
