"""Answering with templates on the screen: the picker, its questions, sending at once, the list of them."""

from __future__ import annotations

from cminbox.inbox import outbox, template_keeping
from cminbox.model.templates import Variant, Written
from cminbox.ui.router import Press

LATE = "Bonjour {{ person.name }}, votre colis part ce soir."
ORDER = 'Merci. Votre commande {{ ask("order number") }} est partie.'


async def stock(seat) -> None:
    """A few templates, as colleagues keep them."""
    for name, shortcut, folder, body in (
        ("Retard de livraison", "late", "livraison", LATE),
        ("Commande partie", "gone", "livraison", ORDER),
        ("Merci", "thx", "", "Merci à vous !"),
    ):
        written = Written(name=name, shortcut=shortcut, folder=folder, variants=(Variant(body=body),))
        await template_keeping.add(seat.app.service.desk, written)


def feed(seat, text: str) -> None:
    """Keys in one write, as a terminal hands them over."""
    for char in text:
        key = {"\r": "enter", "\x13": "ctrl+s", "\x1b": "escape", " ": "space"}.get(char, char)
        seat.app._feed(Press(key, char if char.isprintable() else ""))


async def test_the_picker_shows_what_fits_and_what_it_would_say_here(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        await seat.press("t")
        assert "Retard de livraison" in seat.text
        assert "Commande partie" in seat.text
        await seat.write("late")
        assert "Bonjour Jules Martin, votre colis part ce soir." in seat.text
        assert "Mastodon" in seat.text
        assert "/500" in seat.text
        await seat.press("escape")
        assert "Retard de livraison" not in seat.text
        assert seat.app.stage.area == "queue"


async def test_enter_puts_the_text_into_the_composer_and_sends_nothing(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        known = len(await outbox.rows(seat.app.service.desk))
        feed(seat, "tlate\r À demain")
        await seat.settle()
        assert "votre colis part ce soir. À demain" in " ".join(seat.text.split())
        assert "PUBLIC" in seat.text
        assert len(await outbox.rows(seat.app.service.desk)) == known
        await seat.press("ctrl+s")
        assert (await outbox.rows(seat.app.service.desk))[-1].text.endswith("ce soir. À demain")


async def test_template_done_and_next_are_three_keys(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        one, second = seat.app.hands.list.current.id, seat.queue[1]
        feed(seat, "tl\x13")
        await seat.settle()
        act = (await outbox.rows(seat.app.service.desk))[-1]
        assert (act.conversation_id, act.text) == (one, "Bonjour Jules Martin, votre colis part ce soir.")
        assert seat.cursor_row[1:] == second[1:]
        assert "The reply leaves" in seat.last_line
        await seat.press("u")
        assert seat.app.hands.list.current.id == one


async def test_what_it_asks_is_asked_before_the_composer_opens(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        feed(seat, "tgone\rAB12\r")
        await seat.settle()
        assert seat.app.hands.writing.letter.buffer.text == "Merci. Votre commande AB12 est partie."


async def test_what_was_not_answered_stops_the_send(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        known = len(await outbox.rows(seat.app.service.desk))
        feed(seat, "tgone\x13\r")
        await seat.settle()
        assert "‹order number›" in seat.text
        await seat.press("ctrl+s")
        assert "has no value yet" in seat.text
        assert len(await outbox.rows(seat.app.service.desk)) == known


async def test_a_draft_with_a_gap_that_was_left_asks_before_it_is_sent(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        known = len(await outbox.rows(seat.app.service.desk))
        feed(seat, "tgone\x13\r")
        await seat.settle()
        await seat.press("escape", "r", "ctrl+s")
        assert "The text still holds ‹order number›." in seat.text
        assert len(await outbox.rows(seat.app.service.desk)) == known


async def test_a_selection_is_answered_each_by_name_in_one_step(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        await seat.write("\\network:mastodon\n")
        known = len(await outbox.rows(seat.app.service.desk))
        feed(seat, "xxxtlate\x13")
        await seat.settle()
        acts = (await outbox.rows(seat.app.service.desk))[known:]
        assert len(acts) == 3
        assert len({act.text for act in acts}) == 3
        assert "reply: 3 conversations; u takes it back." in seat.last_line
        await seat.press("u")
        assert len(await outbox.rows(seat.app.service.desk)) == known


async def test_enter_on_a_selection_asks_and_so_does_more_than_25(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        await seat.write("\\network:mastodon\n")
        known = len(await outbox.rows(seat.app.service.desk))
        feed(seat, "xxtlate\r")
        await seat.settle()
        assert "Answer 2 conversations (Mastodon 2)?" in seat.text
        await seat.press("escape", "X")
        feed(seat, "tlate\x13")
        await seat.settle()
        assert "Answer 42 conversations (Mastodon 42)?" in seat.text
        assert len(await outbox.rows(seat.app.service.desk)) == known
        await seat.press("y")
        assert len(await outbox.rows(seat.app.service.desk)) == known + 42


async def test_the_list_of_templates_answers_with_one(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        await seat.press("g", "t")
        assert "livraison" in seat.text
        assert "Retard de livraison" in seat.text
        await seat.press("j", "j", "enter")
        assert seat.app.hands.writing.letter is not None
        assert "votre colis part ce soir" in seat.app.hands.writing.letter.buffer.text


async def test_without_templates_the_picker_says_how_to_make_one(sit) -> None:
    async with sit() as seat:
        await seat.press("t")
        assert "cminbox templates add" in seat.text
        await seat.press("enter")
        assert seat.app.stage.area == "queue"
