"""Accounts on the screen: connected by questions, renewed by Enter, and announced when their token ends."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from cminbox.model.base import AccountState
from cminbox.practice.mastodon import MastodonServer
from cminbox.practice.transport import PracticeTransport
from cminbox.store import accounts
from cminbox.ui.widgets.lines import Line


@pytest.fixture
def at(sit, monkeypatch):
    """The inbox with a practice server behind every account, and somebody on it."""
    return behind(sit, monkeypatch, MastodonServer, lambda server: server.add_person("boutique", "La Boutique"))


def behind(sit, monkeypatch, make, join):
    """The inbox with a practice server that `make` makes, on which `join` gives somebody an account."""
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.delenv("SSH_TTY", raising=False)

    @asynccontextmanager
    async def begin(**more):
        async with sit(**more) as seat:
            seat.server = make(seat.clock)
            seat.person = join(seat.server)
            wire = PracticeTransport(seat.server, seat.clock)
            seat.app.service._transport_for = lambda _account: wire
            yield seat
            await wire.aclose()
            assert wire.crashes == []

    return begin


async def answer(seat, *texts):
    """Answers, each with Enter, typed ahead without waiting."""
    names = {" ": "space", "\n": "enter", "/": "slash", ":": "colon", "@": "at", ".": "full_stop", "-": "minus"}
    for text in texts:
        await seat.pilot.press(*(names.get(char, char) for char in text), "enter")
    await seat.settle()


async def test_n_asks_question_by_question_and_says_what_will_work(at):
    async with at(size=(100, 30)) as seat:
        token = seat.server.issue_token(seat.person, scopes="read write:statuses")
        await seat.press("g", "a")
        await seat.press("n")
        assert "Network: " in seat.last_line
        # All typed ahead in one go: every word lands in its own question.
        await answer(seat, "mastodon", "social.example", "shop", "Acme", "3d", "token", token)
        assert "Connected shop: boutique" in seat.text
        assert "It can: reply" in seat.text
        assert "The token lacks the right write:mutes" in seat.text
        assert "Mastodon cannot hide" in seat.text
        account = await seat.app.service.joining.account("shop")
        assert (account.brand, account.url) == ("Acme", "social.example")
        assert seat.clock.now() - account.since == timedelta(days=3)
        assert token not in seat.text


async def test_what_is_typed_as_a_token_is_not_shown(at):
    async with at() as seat:
        await seat.press("g", "a", "n")
        await answer(seat, "mastodon", "social.example", "", "", "", "token")
        await seat.write("s3cret")
        assert "Token: ••••••" in seat.last_line
        assert "s3cret" not in seat.text
        await seat.press("escape")
        assert seat.app.inbox.widgets.prompt.buffer.text == ""


async def test_a_wrong_answer_is_asked_again(at):
    async with at() as seat:
        await seat.press("g", "a", "n")
        await answer(seat, "mastodon", "social.example", "", "", "yesterday-ish")
        assert "Read back: " in seat.last_line


async def test_a_code_from_a_browser_elsewhere(at, monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    async with at(size=(100, 30)) as seat:
        await seat.press("g", "a", "n")
        await answer(seat, "mastodon", "social.example", "shop", "", "", "")
        assert "Code: " in seat.last_line
        shown = address(seat)
        assert shown.startswith("https://social.example/oauth/authorize?")
        seat.server.doorman.gives = frozenset(shown_scopes(shown)) - {"write:blocks"}
        code = seat.server.doorman.visit(shown, seat.person)
        await answer(seat, code)
        assert "Connected shop" in seat.text
        assert "The right write:blocks was not given: nobody can be blocked." in seat.text


async def test_a_browser_on_this_machine_brings_it_back(at):
    async with at(size=(100, 30)) as seat:
        await seat.press("g", "a", "n")
        await answer(seat, "mastodon", "social.example", "shop", "", "", "")
        short = address(seat)
        await brought_back(seat, short, seat.server.doorman)
        assert "Connected shop: boutique" in seat.text
        assert not seat.app.stage.picking


async def test_esc_ends_the_waiting_for_a_browser(at):
    async with at() as seat:
        await seat.press("g", "a", "n")
        await answer(seat, "mastodon", "social.example", "", "", "", "browser")
        short = address(seat)
        await seat.press("escape")
        with pytest.raises(ConnectionError):
            await fetch(short)
        assert not seat.app.stage.prompting


async def test_enter_on_a_paused_account_renews_it(at):
    async with at(size=(100, 30)) as seat:
        service = seat.app.service
        token = seat.server.issue_token(seat.person)
        account = await service.add_account("mastodon", secret=token, url="social.example", name="aaa")
        await on_paused(seat, account)
        stranger = seat.server.issue_token(seat.server.add_person("other"))
        await answer(seat, "token", stranger)
        assert "This token belongs to other" in seat.text
        assert (await service.joining.account("aaa")).state is AccountState.PAUSED
        await seat.press("enter")
        new = seat.server.issue_token(seat.person)
        await answer(seat, "token", new)
        assert "aaa goes on where it stopped" in seat.text
        assert (await service.joining.account("aaa")).state is AccountState.ACTIVE
        assert (await service.joining.account("aaa")).id == account.id
        assert service.secrets.get("aaa") == new


async def test_a_token_that_ends_within_a_week_is_announced(at):
    async with at(size=(100, 30)) as seat:
        service = seat.app.service
        account = await service.joining.account("velo@social.example")
        profile = account.profile.model_copy(update={"expires_at": seat.clock.now() + timedelta(days=6, hours=20)})
        await service.store.write(accounts.set_profile, account.id, profile)
        seat.app.hands.accounts.begin()
        await seat.settle()
        assert "the token of velo@social.example ends on" in seat.text
        await seat.app.hands.house.refresh()
        await seat.press("escape", "j")
        assert "velo@social.example: token ends" in seat.last_line
        assert any(row.endswith("6d") for row in seat.queue)
        await seat.press("g", "a")
        assert "ends on" in seat.text


def address(seat) -> str:
    lines: list[Line] = [line for line in seat.lines if line.strip()]
    start = next(n for n, line in enumerate(lines) if line.strip().startswith("http"))
    return "".join(line.strip() for line in lines[start:-1])


def shown_scopes(shown):
    from urllib.parse import parse_qs

    return parse_qs(urlsplit(shown).query)["scope"][0].split()


def cursor_line(seat) -> str:
    return next((line for line in seat.lines if "▌" in line or line.startswith(">")), "aaa")


async def fetch(url: str) -> str:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    query = f"?{parts.query}" if parts.query else ""
    writer.write(f"GET {parts.path}{query} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    await writer.drain()
    text = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return text


async def brought_back(seat, short, visited) -> None:
    """A browser follows the short address; somebody allows it at the server (`visited`), which sends it back."""
    assert short.startswith("http://127.0.0.1:")
    long = (await fetch(short)).partition("location: ")[2].partition("\r\n")[0]
    await fetch(visited.visit(long, seat.person))
    for _turn in range(100):
        await seat.settle()
        if "Connected shop" in seat.text:
            break


async def on_paused(seat, account) -> None:
    """The account's secret has ended, and Enter is pressed on it."""
    await seat.app.service.store.write(accounts.set_state, account.id, AccountState.PAUSED, "it ended")
    await seat.press("g", "a")
    while account.name not in cursor_line(seat):
        await seat.press("j")
    await seat.press("enter")
