"""Connecting and renewing an account in a conversation on the terminal: question by question, browser included."""

from __future__ import annotations

import asyncio
import contextlib
import select
import sys
import termios
from collections.abc import Coroutine, Iterator, Mapping
from datetime import tzinfo
from typing import Any

from cminbox.cli.interrupts import ctrl_c_at_once
from cminbox.cli.printing import say
from cminbox.cli.running import zone_of
from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.model.accounts import Account
from cminbox.model.connecting import Needs
from cminbox.service import Service
from cminbox.text import safe
from cminbox.ui import joining
from cminbox.ui.joining import Ask


def interactive() -> bool:
    """Whether a person sits at the other end."""
    return sys.stdin.isatty() and sys.stdout.isatty()


async def connect(service: Service, network: str, given: Mapping[str, str]) -> Account:
    """Ask what is not `given`, connect the account, and say what it will be able to do.

    Raises UsageError, NetworkError as `Service.add_account`; Refused where a login was not allowed.
    """
    needs = await service.joining.needs(network)
    answers = await _answers(service, needs, dict(given))
    secret = await _secret(service, needs, answers.get("url", ""), answers)
    zone = zone_of(service)
    account = await service.add_account(
        network,
        secret=secret,
        url=answers.get("url", ""),
        name=answers.get("name", ""),
        brand=answers.get("brand", ""),
        settings=joining.settings_of(answers),
        since=joining.moment(answers["since"], service.clock.now(), zone),
    )
    say()
    say(joining.connected(account))
    _told(account, zone)
    say(_("It is read by `cminbox sync`, or while the inbox is open."))
    return account


async def renew(service: Service, name: str) -> Account:
    """Ask for a new token of an account and let it go on. Raises as `connect`."""
    account = await service.joining.account(name)
    needs = await service.joining.needs(account.network)
    answers = await _answers(service, needs, {}, renewing=True)
    secret = await _secret(service, needs, account.url, answers)
    renewed = await service.renew_account(name, secret)
    say()
    say(_("{name} goes on where it stopped.").format(name=safe(name)))
    _told(renewed, zone_of(service))
    return renewed


def _told(account: Account, zone: tzinfo) -> None:
    for line in joining.told(account, zone):
        say("  " + line)


async def _answers(
    service: Service, needs: Needs, answers: dict[str, str], *, renewing: bool = False
) -> dict[str, str]:
    zone = zone_of(service)
    while (ask := joining.next_ask(needs, answers, renewing=renewing)) is not None:
        text = await _answer(ask)
        problem = joining.wrong(ask, text, service.clock.now(), zone)
        if problem:
            say(problem)
        else:
            answers[ask.key] = text
    return answers


async def _answer(ask: Ask) -> str:
    say()
    for value, words in ask.choices:
        say(f"  {value:<10} {words}")
    if ask.hint:
        say(f"  ({ask.hint})")
    if ask.hidden:
        with _unseen():
            text = await _line(ask.word)
        say()
        return text.strip()
    return (await _line(ask.word)).strip() or ask.usual


async def _secret(service: Service, needs: Needs, url: str, answers: Mapping[str, str]) -> str:
    way = answers.get("way", joining.TOKEN)
    if not needs.login or way == joining.TOKEN:
        return answers.get("secret", "")
    async with await service.joining.sign_in(needs.network, url, loopback=way == joining.BROWSER) as login:
        say()
        say(_("Open this address and allow cminbox there:"))
        say()
        say(_link(login.short or login.address))
        say()
        if login.hint and not login.short:
            say(_(login.hint))
            say(_("An empty line ends what you paste."))
        if login.short:
            say(_("Waiting for the browser. The address where it ended, or the code, can be typed here too."))
            typed = await _line_or_browser(login.arrival())
        else:
            typed = await _line(_("Code: "))
            if not typed.strip():
                raise Refused(_("No code: nothing was connected."))
        # A line at a time is all that a terminal gives of a text with line breaks.
        while login.lacks(typed) and (more := await _line("")).strip():
            typed += more
        granted = await login.finish(typed)
    for line in joining.missing_rights(needs, granted.missing):
        say(line)
    return granted.token


def _link(address: str) -> str:
    """An address that a terminal lets one click (OSC 8), in plain letters all the same."""
    shown = safe(address)
    return f"\x1b]8;;{shown}\x1b\\{shown}\x1b]8;;\x1b\\" if sys.stdout.isatty() else shown


async def _line_or_browser(arrival: Coroutine[Any, Any, None]) -> str:
    """What is typed, or "" as soon as the browser came back."""
    browser, typing = asyncio.ensure_future(arrival), asyncio.ensure_future(_line(""))
    try:
        await asyncio.wait((browser, typing), return_when=asyncio.FIRST_COMPLETED)
        if typing.done() and not browser.done() and typing.result().strip():
            return typing.result()
        await browser
        return ""
    finally:
        for task in (browser, typing):
            task.cancel()
        await asyncio.gather(browser, typing, return_exceptions=True)


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """What is typed is not shown. (getpass would hold up the event loop, and Ctrl-C with it.)"""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    without = termios.tcgetattr(terminal)
    without[3] &= ~termios.ECHO
    # TCSADRAIN keeps what was typed ahead.
    termios.tcsetattr(terminal, termios.TCSADRAIN, without)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


async def _line(word: str) -> str:
    """One line from the terminal, without standing in the way of Ctrl-C or of what else goes on."""
    print(word, end="", flush=True)
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(sys.stdin.fileno(), there.set)
    except (OSError, ValueError, NotImplementedError) as error:
        raise UsageError(_("There is no terminal to ask on.")) from error
    try:
        found = await _read(there)
    finally:
        loop.remove_reader(sys.stdin.fileno())
    if not found:
        raise Refused(_("Nothing was connected."))
    return found


async def _read(there: asyncio.Event) -> str:
    """The next line once there is one; "" at the end. Ctrl-C throws away what was there: then it is waited for anew."""
    while True:
        await there.wait()
        with ctrl_c_at_once():
            if select.select([sys.stdin], [], [], 0)[0]:
                return sys.stdin.readline()
        there.clear()
