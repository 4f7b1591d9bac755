"""Macros, recording and repeating on the screen."""

from __future__ import annotations

from tests.ui.house import US
from tests.ui.test_answering import feed, stock
from tests.ui.test_reasons import allow

from cminbox.config import settings
from cminbox.inbox import outbox, queue, tags, undo
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.base import ActVerb, ConversationState
from cminbox.store import accounts

TWO = """
[[macros]]
key = "r"
name = "Refund"
do = ["tag refund", "star", "done"]

[[macros]]
key = "d"
name = "Away with it"
do = ["hide hate", "delete hate"]

[[macros]]
key = "c"
name = "Order left"
do = ["template Commande partie", "tag sent"]
"""


async def now(seat, *ids: int):  # type: ignore[no-untyped-def]
    return await queue.rows(seat.app.service.desk, list(ids))


async def test_m_and_a_key_run_a_macro_as_one_step(sit) -> None:
    async with sit(settings=TWO) as seat:
        one, two = (row.id for row in seat.app.hands.list.window.rows[:2])
        feed(seat, "mr")
        await seat.settle()
        (row,) = await now(seat, one)
        assert (row.tags, row.star, row.state) == (("refund",), True, ConversationState.DONE)
        assert seat.app.hands.list.current.id == two
        assert "Refund: 1 conversation; u takes it back." in seat.last_line
        await seat.press("u")
        (row,) = await now(seat, one)
        assert (row.tags, row.star, row.state) == ((), False, ConversationState.OPEN)
        assert "1 undone" in seat.last_line


async def test_the_strip_lists_the_macros_and_esc_leaves_it(sit) -> None:
    async with sit(settings=TWO) as seat:
        await seat.press("m")
        for word in ("Refund", "Away with it", "record one"):
            assert word in seat.text
        await seat.press("z")  # no macro: the question waits
        assert "Refund" in seat.text
        await seat.press("escape")
        assert "Refund" not in seat.text


async def test_a_macro_on_a_selection_says_beforehand_what_will_not_work(sit) -> None:
    async with sit(settings=TWO) as seat:
        await allow(seat)
        store = seat.app.service.store
        matrix = await store.read(accounts.by_name, "velo-matrix")
        profile = Profile(author=US, abilities=Abilities(can=frozenset({ActVerb.REPLY})))
        await store.write(accounts.set_profile, matrix.id, profile)
        feed(seat, "xxxmd")
        await seat.settle()
        assert "Away with it: 2 conversations (Mastodon 2)?" in seat.text
        assert "1 cannot be: velo-matrix (matrix) cannot hide." in " ".join(seat.text.split())
        await seat.press("escape")
        assert [act for act in await outbox.rows(seat.app.service.desk) if act.verb is ActVerb.HIDE] == []
        feed(seat, "mdy")
        await seat.settle()
        acts = await outbox.rows(seat.app.service.desk)
        assert len([act for act in acts if act.verb is ActVerb.HIDE and act.reason == "hate"]) == 2
        await undo.undo(seat.app.service.desk)
        acts = await outbox.rows(seat.app.service.desk)
        assert [act for act in acts if act.verb in (ActVerb.HIDE, ActVerb.DELETE)] == []


async def test_what_a_template_of_a_macro_asks_is_asked(sit) -> None:
    async with sit(settings=TWO) as seat:
        await stock(seat)
        feed(seat, "mc")
        await seat.settle()
        feed(seat, "AB12\r")
        await seat.settle()
        acts = await outbox.rows(seat.app.service.desk)
        assert "AB12" in acts[-1].text


async def test_a_macro_is_run_from_the_command_line_of_the_screen(sit) -> None:
    async with sit(settings=TWO) as seat:
        one = seat.app.hands.list.current.id
        feed(seat, ":macro refund\r")
        await seat.settle()
        assert (await now(seat, one))[0].tags == ("refund",)
        two = seat.app.hands.list.current.id
        feed(seat, ":tag urgent\r")
        await seat.settle()
        assert (await now(seat, two))[0].tags == ("urgent",)
        feed(seat, ":macro nonsense\r")
        await seat.settle()
        assert "no macro nonsense" in seat.text


async def test_a_macro_is_recorded_kept_and_used_at_once(sit) -> None:
    async with sit(settings=TWO) as seat:
        one, two, three = (row.id for row in seat.app.hands.list.window.rows[:3])
        feed(seat, "mm")
        await seat.settle()
        assert "recording a macro" in seat.text
        feed(seat, "lurgent\rse")
        await seat.settle()
        feed(seat, "mm")
        await seat.settle()
        assert "tag urgent, star, done" in seat.text
        feed(seat, "r\rr")  # taken
        await seat.settle()
        assert "r cannot be its key" in seat.text
        await seat.press("backspace")
        feed(seat, "w\r")
        await seat.settle()
        feed(seat, "Urgent\r")
        await seat.settle()
        assert "m w does Urgent from now on." in seat.text
        assert "recording a macro" not in seat.text
        kept = settings.load(seat.app.service.home).macros[-1]
        assert (kept.key, kept.name, kept.do) == ("w", "Urgent", ("tag urgent", "star", "done"))
        feed(seat, "mw")
        await seat.settle()
        row = (await now(seat, two))[0]
        assert (row.tags, row.star, row.state) == (("urgent",), True, ConversationState.DONE)
        assert seat.app.hands.list.current.id == three
        assert (await now(seat, one))[0].tags == ("urgent",)


async def test_a_recording_is_thrown_away_by_no_key(sit) -> None:
    async with sit() as seat:
        before = seat.app.service.home.settings_file.read_text(encoding="utf-8")
        feed(seat, "mmsmm")
        await seat.settle()
        await seat.press("enter")
        assert "thrown away" in seat.text
        assert seat.app.service.home.settings_file.read_text(encoding="utf-8") == before
        feed(seat, "mmmm")
        await seat.settle()
        assert "Nothing was recorded." in seat.text


async def test_repeating_does_the_same_here_and_goes_on(sit) -> None:
    async with sit() as seat:
        one, two, three = (row.id for row in seat.app.hands.list.window.rows[:3])
        feed(seat, "lrefund\rj.e.")
        await seat.settle()
        assert [row.tags for row in await now(seat, one, two)] == [("refund",)] * 2
        assert [row.state for row in await now(seat, one, two, three)] == [
            *(ConversationState.OPEN, ConversationState.DONE, ConversationState.DONE),
        ]


async def test_repeating_a_snooze_and_a_taking_off(sit) -> None:
    async with sit() as seat:
        ids = [row.id for row in seat.app.hands.list.window.rows[:4]]
        feed(seat, "btomorrow 9:00\r.")
        await seat.settle()
        assert [row.state for row in await now(seat, *ids[:2])] == [ConversationState.SNOOZED] * 2
        await tags.tag(seat.app.service.desk, ids[2:], "old")
        feed(seat, "lold\rj.")
        await seat.settle()
        assert [row.tags for row in await now(seat, *ids[2:])] == [(), ()]


async def test_repeating_what_sends_or_deletes_asks_first(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        feed(seat, "rMerci\x13")
        await seat.settle()
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.press(".")
        assert "reply Merci: 1 conversation (" in seat.text
        await seat.press("escape")
        assert len(await outbox.rows(seat.app.service.desk)) == known
        feed(seat, ".y")
        await seat.settle()
        acts = await outbox.rows(seat.app.service.desk)
        assert [act.text for act in acts[-2:]] == ["Merci", "Merci"]
        feed(seat, "Dhyj.")
        await seat.settle()
        assert "delete hate: 1 conversation" in seat.text
        assert len([act for act in await outbox.rows(seat.app.service.desk) if act.verb is ActVerb.DELETE]) == 1


async def test_nothing_to_repeat_says_so(sit) -> None:
    async with sit() as seat:
        await seat.press(".")
        assert "Nothing was done here yet" in seat.last_line


async def test_a_macro_is_repeated_whole(sit) -> None:
    async with sit(settings=TWO) as seat:
        one, two = (row.id for row in seat.app.hands.list.window.rows[:2])
        feed(seat, "mr.")
        await seat.settle()
        assert [(row.tags, row.star) for row in await now(seat, one, two)] == [(("refund",), True)] * 2
