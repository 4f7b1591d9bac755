"""Verbs on very many: told as they go, stopped by Esc; what will not work said beforehand; an answer to many kept."""

from __future__ import annotations

import pytest
from tests.ui.house import CAN, US
from tests.ui.test_answering import feed, stock
from tests.ui.test_selection import chosen, states

from cminbox.inbox import bulk, clusters, outbox, selection
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.base import ActVerb, ConversationState
from cminbox.store import accounts
from cminbox.ui.router import Press

DONE, OPEN = ConversationState.DONE, ConversationState.OPEN


class Rests:
    """What stands in the last line each time a long run rests; Esc is pressed at the rest number `stop`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stop: int = 0) -> None:
        self.lines: list[str] = []
        self.stop = stop
        self.seat = None
        monkeypatch.setattr(bulk, "MOST", 10)
        monkeypatch.setattr(bulk.Course, "rest", self.rest)

    async def rest(self, *_course: object) -> None:
        self.seat.app.refresh()
        await self.seat.pilot._wait_for_screen()
        self.lines.append(self.seat.last_line)
        if len(self.lines) == self.stop:
            self.seat.app._feed(Press("escape"))


async def profile(seat, name: str, **abilities) -> None:
    store = seat.app.service.store
    account = await store.read(accounts.by_name, name)
    given = Abilities.model_validate({"can": CAN, **abilities})
    await store.write(accounts.set_profile, account.id, Profile(author=US, abilities=given))


async def test_a_long_run_says_how_far_it_is(sit, monkeypatch) -> None:
    rests = Rests(monkeypatch)
    async with sit() as seat:
        rests.seat = seat
        await seat.press("X", "s")
        assert "star: 10 of 43, Esc stops" in rests.lines[0]
        assert len(rests.lines) == 4
        assert "star: 43 conversations; u takes it back." in seat.last_line


async def test_esc_stops_it_and_u_takes_back_what_was_done(sit, monkeypatch) -> None:
    rests = Rests(monkeypatch, stop=2)
    async with sit() as seat:
        rests.seat = seat
        await seat.press("X")
        ids = chosen(seat)
        await seat.press("e")
        assert "done: 20 conversations; u takes it back. Stopped: 23 are left as they were." in " ".join(
            seat.text.split()
        )
        assert (await states(seat, ids)).count(DONE) == 20
        assert len(chosen(seat)) == 23, "what is left is still selected"
        rests.lines.clear()
        rests.stop = 0
        await seat.press("u")
        assert "undo: 10 of 20, Esc stops" in rests.lines[0]
        assert await states(seat, ids) == [OPEN] * 43


async def test_an_esc_typed_ahead_waits_until_there_is_something_to_stop(sit) -> None:
    async with sit() as seat:
        await seat.press("X")
        ids = chosen(seat)
        for key in ("s", "escape"):
            seat.app._feed(Press(key, key if len(key) == 1 else ""))
        await seat.settle()
        assert chosen(seat) == []
        assert len(ids) == 43


async def test_a_dry_run_shows_each_text_and_sends_by_a_key_of_its_own(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.press("j", "j", "j", "j")
        ids = await clusters.conversations(seat.app.service.desk, seat.app.hands.list.current.cluster)
        feed(seat, "ctlate\r")
        await seat.settle()
        assert "look at each text" in seat.last_line
        await seat.press("l")
        assert "Dry run: 6 answers, nothing is sent yet" in seat.text
        assert "Mastodon: 6 public answers, 2 s apart, the last leaves" in seat.text
        assert "text 1" in seat.text
        assert "Bonjour TGV fan, votre colis part ce soir." in seat.text
        assert "^S send all" in seat.last_line
        await seat.press("j", "q")
        assert len(await outbox.rows(seat.app.service.desk)) == known
        feed(seat, "ctlate\rl\x13")
        await seat.settle()
        acts = (await outbox.rows(seat.app.service.desk))[known:]
        assert {act.conversation_id for act in acts} == set(ids)


async def test_a_dry_run_tells_of_what_would_be_equal_and_of_what_everybody_would_read(sit) -> None:
    from cminbox.inbox.template_keeping import add
    from cminbox.model.templates import Variant, Written

    async with sit() as seat:
        await profile(seat, "velo@social.example", identical_most=4)
        body = "Appelez le 06 12 34 56 78."
        await add(seat.app.service.desk, Written(name="Appel", variants=(Variant(body=body),)))
        await seat.press("j", "j", "j", "j")
        feed(seat, "ctappel\r")
        await seat.settle()
        said = " ".join(seat.text.split())
        assert "Answer 4 conversations (Mastodon 4)?" in said
        assert "2 cannot be: mastodon takes only 4 public answers of the same words at a time." in said
        await seat.press("l")
        assert "It takes only 4 of the same words." in " ".join(seat.text.split())
        assert "! Everybody will read this, and it holds a phone number." in seat.text


async def test_a_selection_is_dry_run_too(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        await seat.write("\\network:mastodon\n")
        await seat.press("x", "x")
        feed(seat, "tlate\rl")
        await seat.settle()
        assert "Dry run: 2 answers, nothing is sent yet" in seat.text


async def test_for_whom_a_written_answer_comes_too_late_is_said_before(sit) -> None:
    async with sit() as seat:
        await profile(seat, "velo@social.example", reply_window_s=1200)
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.write("\\network:mastodon\n")
        await seat.press("X")
        await seat.write("rMerci")
        await seat.press("ctrl+s")
        said = " ".join(seat.text.split())
        assert "cannot be: mastodon took answers to this message until" in said
        assert "more cannot be, for other reasons." in said
        await seat.press("y")
        acts = len(await outbox.rows(seat.app.service.desk)) - known
        assert 0 < acts < 42


async def test_deleting_what_others_wrote_is_known_beforehand_not_to_work(sit) -> None:
    async with sit() as seat:
        await profile(seat, "velo-matrix", deletes_theirs=True)
        await seat.press("x", "x", "x", "D", "enter")
        said = " ".join(seat.text.split())
        assert "delete: 1 message (Matrix 1)?" in said
        assert "2 cannot be: velo@social.example (mastodon) can delete its own messages only." in said


async def test_an_answer_to_many_survives_the_end_of_the_program(sit) -> None:
    async with sit() as seat:
        await seat.write("\\network:mastodon\n")
        await seat.press("x", "x")
        ids = chosen(seat)
        await seat.write("rMerci à tous")
        await seat.press("escape")
        assert "Kept as a draft." in seat.last_line
    async with sit() as seat:
        await seat.press("g", "d")
        assert "to 2 conversations  Merci à tous" in seat.text
        await seat.press("enter")
        assert chosen(seat) == ids
        assert seat.app.hands.writing.letter.buffer.text == "Merci à tous"
        await seat.press("ctrl+s")
        assert {act.text for act in (await outbox.rows(seat.app.service.desk))[-2:]} == {"Merci à tous"}
        assert await selection.drafts(seat.app.service.desk) == []


async def test_no_template_goes_to_two_brands(sit) -> None:
    from tests.ui.test_selection import _brand

    async with sit() as seat:
        await stock(seat)
        await seat.app.service.store.write(_brand, "velo-matrix", "Autre")
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.press("x", "x", "x")
        feed(seat, "tlate\x13")
        await seat.settle()
        assert "more than one brand" in seat.text
        assert len(await outbox.rows(seat.app.service.desk)) == known


async def test_a_verb_that_cannot_be_anywhere_is_refused_with_the_reason(sit) -> None:
    async with sit() as seat:
        for name in ("velo@social.example", "velo-matrix"):
            await profile(seat, name, can=frozenset({ActVerb.REPLY}))
        await seat.press("x", "x", "f")
        assert "cannot like" in seat.last_line
