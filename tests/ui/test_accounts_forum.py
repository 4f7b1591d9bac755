"""A forum connected on the screen: what its page shows is pasted, whole or line by line."""

from __future__ import annotations

import pytest
from textual import events

from cminbox.model.base import AccountState
from cminbox.practice.discourse import DiscourseServer

from .test_accounts import address, answer, behind, brought_back, on_paused


@pytest.fixture
def at(sit, monkeypatch):
    """The inbox with a practice forum behind every account, and somebody on it."""
    return behind(sit, monkeypatch, DiscourseServer, lambda server: server.add_user("boutique", "La Boutique"))


async def asked(seat, way=""):
    """The questions answered up to the page of the forum; its address."""
    await seat.press("g", "a", "n")
    await answer(seat, "discourse", "forum.example", "shop", "", "", way)
    assert "Code: " in seat.last_line
    return address(seat)


async def pasted(seat, text):
    await seat.app.on_event(events.Paste(text))
    await seat.press("enter")
    await seat.settle()


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_the_text_of_the_forum_s_page_is_pasted(at, size):
    async with at(size=size) as seat:
        shown = await asked(seat)
        assert shown.startswith("https://forum.example/user-api-key/new?")
        assert "paste all of it here" in " ".join(seat.text.split())
        text = seat.server.desk.visit(shown, seat.person)
        await pasted(seat, text)
        assert "Connected shop: boutique on Discourse" in seat.text
        assert "It can: reply" in seat.text
        secret = seat.app.service.secrets.get("shop")
        assert secret.startswith("cminbox-")
        assert secret.partition(":")[2] not in seat.text


async def test_a_text_that_comes_in_pieces_is_put_together(at):
    async with at(size=(100, 30)) as seat:
        text = seat.server.desk.visit(await asked(seat), seat.person)
        lines = text.split()
        for line in lines[:-1]:
            await pasted(seat, line)
            assert "not all of the text" in seat.text
        await pasted(seat, lines[-1])
        assert "Connected shop" in seat.text


async def test_a_text_that_is_not_whole_can_be_pasted_again(at):
    async with at(size=(100, 30)) as seat:
        text = seat.server.desk.visit(await asked(seat), seat.person)
        await pasted(seat, text[:100])
        assert "not all of the text" in seat.text
        await pasted(seat, text)
        assert "Connected shop" in seat.text


async def test_a_wrong_text_says_so_and_connects_nothing(at):
    async with at(size=(100, 30)) as seat:
        await asked(seat)
        await pasted(seat, "no text of a forum!")
        assert "not the text that forum.example shows" in seat.text
        assert seat.app.service.secrets.get("shop") is None


async def test_a_forum_that_reads_only_says_what_will_not_work(at):
    async with at(size=(100, 30)) as seat:
        seat.server.desk.scopes = frozenset({"read"})
        text = seat.server.desk.visit(await asked(seat), seat.person)
        await pasted(seat, text)
        assert "The right write was not given" in seat.text
        assert "It can only read." in seat.text


async def test_a_browser_on_this_machine_brings_it_where_the_forum_allows_it(at):
    async with at(size=(100, 30)) as seat:
        await seat.press("g", "a", "n")
        await answer(seat, "discourse", "forum.example", "shop", "", "", "browser")
        assert "does not send a browser back" in seat.text
        await seat.press("escape")
        seat.server.desk.redirects = ("http://127.0.0.1:*",)
        short = await asked(seat, "browser")
        await brought_back(seat, short, seat.server.desk)
        assert "Connected shop: boutique on Discourse" in seat.text


async def test_enter_on_a_paused_account_renews_it_with_a_new_key(at):
    async with at(size=(100, 30)) as seat:
        service = seat.app.service
        key = seat.server.issue_key(seat.person)
        account = await service.add_account("discourse", secret=key, url="forum.example", name="aaa")
        await on_paused(seat, account)
        await answer(seat, "")
        text = seat.server.desk.visit(address(seat), seat.person)
        await pasted(seat, text)
        assert "aaa goes on where it stopped" in seat.text
        renewed = await service.joining.account("aaa")
        assert (renewed.id, renewed.state) == (account.id, AccountState.ACTIVE)
