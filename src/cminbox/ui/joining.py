"""Connecting an account step by step: what is asked next, as pure functions, for screen and command line alike.

Answers are kept by key (`url`, `set:KEY`, `name`, `brand`, `since`, `way`, `secret`). What has none is asked, in order.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from cminbox.i18n import _
from cminbox.model.accounts import Account
from cminbox.model.base import AccountState
from cminbox.model.connecting import Needs
from cminbox.text import label, safe
from cminbox.ui import times, words

BROWSER: Final = "browser"
CODE: Final = "code"
TOKEN: Final = "token"
"""The ways to log in: a browser on this machine, a code typed in, a token made by hand."""

USUALLY: Final = "7d"
_AGO = re.compile(r"(\d{1,4})\s*([hdwj])")
_UNITS = {"h": "hours", "d": "days", "j": "days", "w": "weeks"}


@dataclass(frozen=True)
class Ask:
    """One question. `word` stands before the line, `hint` beside it; `usual` is what an empty answer means.

    `choices` (value, words) where only one of them will do. `hidden`: what is typed is not shown.
    """

    key: str
    word: str
    hint: str = ""
    usual: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    hidden: bool = False


def next_ask(needs: Needs, answers: Mapping[str, str], *, renewing: bool = False) -> Ask | None:
    """The first question that has no answer; None where all is said. `renewing` an account asks for its token alone."""
    return next((ask for ask in _asks(needs, answers, renewing=renewing) if ask.key not in answers), None)


def wrong(ask: Ask, text: str, now: datetime, zone: tzinfo | None) -> str:
    """Why an answer will not do ("" where it does)."""
    if ask.key == "secret" and not text:
        return _("The token is empty.")
    if ask.choices and text not in {value for value, _words in ask.choices}:
        return _("Choose one of these: {choices}.").format(choices=", ".join(value for value, _w in ask.choices))
    if ask.key == "since" and moment(text, now, zone) is None:
        return _("Say 7d, 36h or 2026-03-02.")
    return ""


def moment(text: str, now: datetime, zone: tzinfo | None) -> datetime | None:
    """The instant that a text means: so long ago (7d), or a day (2026-03-02); None for neither."""
    if found := _AGO.fullmatch(text.strip().lower()):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    if text.strip().lower() == "today":
        return datetime.combine(now.astimezone(zone).date(), time(0), zone or UTC)
    try:
        at = datetime.combine(datetime.fromisoformat(text).date(), time(0), zone or UTC)
    except ValueError:
        return None
    return at if at <= now else None


def far_away() -> bool:
    """Whether this terminal is likely on another machine than the person's browser (SSH)."""
    return bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))


def _asks(needs: Needs, answers: Mapping[str, str], *, renewing: bool) -> Iterable[Ask]:
    if not renewing:
        if needs.asks_url:
            yield Ask("url", _("Server: "), _("like https://social.example; empty: the network's own"))
        for key, told in needs.settings.items():
            yield Ask(f"set:{key}", f"{key}: ", _(told))
        yield Ask("name", _("Name: "), _("what to call it here; empty: its handle"))
        yield Ask("brand", _("Brand: "), _("the client or marque it belongs to; empty: none"))
        yield Ask("since", _("Read back: "), _("7d, 36h, 2026-03-02; empty: 7d"), usual=USUALLY)
    if needs.login:
        ways = (
            (BROWSER, _("a browser on this machine")),
            (CODE, _("a browser elsewhere (SSH): it shows a code to type in here")),
            (TOKEN, _("a token that you made yourself")),
        )
        if not needs.comes_back:
            ways = (
                (BROWSER, _("a browser on this machine, where the server allows it")),
                (CODE, _("a browser, here or elsewhere: it shows a text to paste")),
                ways[-1],
            )
        usual = CODE if far_away() or not needs.comes_back else BROWSER
        yield Ask(
            "way",
            _("Log in by: "),
            _("empty: {usual}").format(usual=usual),
            usual=usual,
            choices=tuple(sorted(ways, key=lambda way: way[0] != usual)),
        )
    if needs.secret_help and answers.get("way", TOKEN) == TOKEN:
        yield Ask("secret", _("Token: "), _(needs.secret_help), hidden=True)


def settings_of(answers: Mapping[str, str]) -> dict[str, str]:
    """The network's own settings among the answers."""
    return {key.removeprefix("set:"): text for key, text in answers.items() if key.startswith("set:") and text}


def missing_rights(needs: Needs, missing: Iterable[str]) -> list[str]:
    """What was not given, and what will not work because of it, a line each."""
    return [
        _("The right {scope} was not given: {what}.").format(scope=safe(scope), what=_(needs.rights.get(scope, "")))
        for scope in missing
    ]


def told(account: Account, zone: tzinfo | None) -> list[str]:
    """What an account will and will not be able to do, and how far back it reads, in plain words, a line each."""
    profile = account.profile
    if profile is None:
        return []
    can = profile.abilities.can
    lines = []
    named = ", ".join(_(words.VERBS[verb]) for verb in words.VERBS if verb in can)
    lines.append(_("It can: {verbs}.").format(verbs=named) if named else _("It can only read."))
    without = [verb for verb in words.VERBS if verb not in can and verb not in profile.abilities.why_not]
    if named and without:
        lines.append(_("It cannot: {verbs}.").format(verbs=", ".join(_(words.VERBS[verb]) for verb in without)))
    reasons: dict[str, list[str]] = {}
    for verb in words.VERBS:
        if verb not in can and (why := profile.abilities.why_not.get(verb)):
            reasons.setdefault(why, []).append(_(words.VERBS[verb]))
    for why, verbs in reasons.items():
        lines.append(_("It cannot: {verbs}. {why}").format(verbs=", ".join(verbs), why=safe(why)))
    lines.append(_("It reads what was written since {day}.").format(day=times.day(account.since, zone)))
    if profile.expires_at is not None:
        lines.append(_("Its token ends on {day}.").format(day=times.day(profile.expires_at, zone)))
    return lines


def bounds(account: Account) -> list[str]:
    """That an account can do nothing but read, and what stops most of the rest; nothing where it can do more."""
    abilities = account.profile.abilities if account.profile is not None else None
    if abilities is None or abilities.can:
        return []
    whys = Counter(abilities.why_not.values()).most_common(1)
    return [" ".join((_("It can only read."), *(safe(why) for why, _n in whys)))]


def ending(account: Account, now: datetime, zone: tzinfo | None) -> str:
    """That its token ends within days, or has ended ("" where not)."""
    ends = account.token_ends(now)
    if ends is None or account.state is AccountState.IMPORT:
        return ""
    name = safe(account.name)
    if ends <= now:
        return _("the token of {name} has ended").format(name=name)
    return _("the token of {name} ends on {day}").format(name=name, day=times.day(ends, zone))


def connected(account: Account) -> str:
    """That it is connected, and as whom."""
    author = account.profile.author if account.profile else None
    return _("Connected {name}: {login} on {network}.").format(
        name=safe(account.name),
        login=label(author.handle or author.name) if author else "",
        network=words.network_title(account.network),
    )
