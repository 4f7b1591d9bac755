"""Reasons on the screen: one key, typed ahead too; a key on what is done takes it back without asking."""

from __future__ import annotations

from tests.ui.house import US
from tests.ui.test_answering import feed

from cminbox.inbox import outbox, queue
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.base import ActState, ActVerb, ConversationState
from cminbox.store import accounts


async def allow(seat) -> None:  # type: ignore[no-untyped-def]
    """Let every account do everything."""
    store = seat.app.service.store
    for name in ("velo@social.example", "velo-matrix"):
        account = await store.read(accounts.by_name, name)
        abilities = Abilities(can=frozenset(ActVerb), deletes_theirs=True)
        await store.write(accounts.set_profile, account.id, Profile(author=US, abilities=abilities))


async def acts(seat, verb: ActVerb):  # type: ignore[no-untyped-def]
    return [act for act in await outbox.rows(seat.app.service.desk) if act.verb is verb]


async def spam_reasons(seat) -> list[str | None]:  # type: ignore[no-untyped-def]
    def job(db):  # type: ignore[no-untyped-def]
        return [row[0] for row in db.execute("SELECT reason FROM v_journal WHERE verb = 'spam' ORDER BY id")]

    return await seat.app.service.store.read(job)


async def test_hide_takes_a_reason_by_one_key_typed_ahead(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        feed(seat, "Hh")
        await seat.settle()
        (act,) = await acts(seat, ActVerb.HIDE)
        assert (act.reason, act.state) == ("hate", ActState.HELD)


async def test_the_reasons_are_shown_and_enter_gives_none_and_esc_does_nothing(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        await seat.press("H")
        assert "hide: why?" in seat.text
        for word in ("hate", "threat", "personal data", "spam", "off topic", "no reason", "not at all"):
            assert word in seat.text
        await seat.press("escape")
        assert await acts(seat, ActVerb.HIDE) == []
        await seat.press("H", "enter")
        (act,) = await acts(seat, ActVerb.HIDE)
        assert act.reason is None


async def test_another_key_gives_no_reason_and_does_nothing_else(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        row = seat.app.hands.list.current.id
        feed(seat, "Hj")
        await seat.settle()
        (act,) = await acts(seat, ActVerb.HIDE)
        assert (act.conversation_id, act.reason) == (row, None)
        assert seat.app.hands.list.current.id == row


async def test_a_second_time_takes_it_back_without_asking(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        feed(seat, "HhH")
        await seat.settle()
        assert seat.app.stage.question is None
        print(seat.text)
        assert await acts(seat, ActVerb.HIDE) == []  # recalled: it had not left
        await seat.press("f", "f")
        assert await acts(seat, ActVerb.LIKE) == []


async def test_spam_takes_a_reason_and_is_taken_back_without_one(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        feed(seat, "!o")
        await seat.settle()
        (row,) = await queue.rows(seat.app.service.desk, [one])
        assert row.state is ConversationState.SPAM
        assert await spam_reasons(seat) == ["off-topic"]
        assert seat.app.hands.list.current.id != one
        await seat.write("\\state:spam\n")
        await seat.press("!")
        (row,) = await queue.rows(seat.app.service.desk, [one])
        assert row.state is ConversationState.OPEN
        assert await spam_reasons(seat) == ["off-topic"]


async def test_a_selection_takes_one_reason_for_all(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        feed(seat, "xx!t")
        await seat.settle()
        assert await spam_reasons(seat) == ["threat", "threat"]
        feed(seat, "xxHp")
        await seat.settle()
        assert [act.reason for act in await acts(seat, ActVerb.HIDE)] == ["personal", "personal"]


async def test_delete_and_block_ask_after_the_reason(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        feed(seat, "Dh")
        await seat.settle()
        assert "for good?" in seat.text
        assert await acts(seat, ActVerb.DELETE) == []
        await seat.press("y")
        assert [act.reason for act in await acts(seat, ActVerb.DELETE)] == ["hate"]
        feed(seat, "Bty")
        await seat.settle()
        assert [act.reason for act in await acts(seat, ActVerb.BLOCK)] == ["threat"]
        feed(seat, "Fsy")
        await seat.settle()
        assert [act.reason for act in await acts(seat, ActVerb.REPORT)] == ["spam"]


async def test_what_the_account_cannot_do_is_said_before_a_reason_is_asked(sit) -> None:
    async with sit() as seat:
        await seat.press("H")
        assert seat.app.stage.question is None
        assert "cannot hide" in seat.text


async def test_in_french_the_keys_are_the_same(sit) -> None:
    async with sit(language="fr") as seat:
        await allow(seat)
        feed(seat, "Doo")
        await seat.settle()
        assert [act.reason for act in await acts(seat, ActVerb.DELETE)] == ["off-topic"]
