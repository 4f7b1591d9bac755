"""The shield: listed words masked in the queue and the pane, until Enter opens the conversation."""

from __future__ import annotations

import pytest
from tests.ui.test_answering import feed

from cminbox.config import settings
from cminbox.config.shield import words
from cminbox.errors import SettingsError
from cminbox.paths import Home

LISTED = '[shield]\nwords = ["colis", "commande"]\n'


async def test_the_queue_is_masked_and_enter_uncovers_the_one_it_opens(sit) -> None:
    async with sit((120, 40), settings=LISTED) as seat:
        assert not any("colis" in line for line in seat.queue)
        assert any("mon c····" in line for line in seat.queue)
        await seat.press("enter")
        pane = "\n".join(seat.app.inbox.widgets.reading.texts)
        assert "colis" in pane
        assert not any("colis" in line for line in seat.queue)


async def test_what_is_gone_to_while_reading_is_masked_until_enter(sit) -> None:
    async with sit((120, 40), settings=LISTED) as seat:
        await seat.press("enter", "J")
        pane = seat.app.inbox.widgets.reading
        assert "commande" not in "\n".join(pane.texts)
        assert "c·······" in "\n".join(pane.texts)
        await seat.press("enter")
        assert "commande" in "\n".join(pane.texts)
        await seat.press("K")
        assert "colis" not in "\n".join(pane.texts)
        await seat.press("q", "enter", "q")
        await seat.press("r")  # opened to answer: masked
        assert "colis" not in "\n".join(pane.texts)


async def test_what_we_wrote_is_never_masked(sit) -> None:
    async with sit((120, 40), settings=LISTED) as seat:
        await seat.press("enter", "J")
        assert "Bonjour Ana, le colis part ce soir." in "\n".join(seat.app.inbox.widgets.reading.texts)


async def test_the_command_switches_it_and_remembers(sit) -> None:
    async with sit((120, 40), settings=LISTED) as seat:
        feed(seat, ":shield\r")
        await seat.settle()
        assert any("colis" in line for line in seat.queue)
        assert settings.load(seat.app.service.home).shield.on is False
        feed(seat, ":shield\r")
        await seat.settle()
        assert not any("colis" in line for line in seat.queue)
        assert settings.load(seat.app.service.home).shield.on is True


async def test_off_in_the_settings_masks_nothing(sit) -> None:
    async with sit((120, 40), settings=LISTED + "on = false\n") as seat:
        assert any("colis" in line for line in seat.queue)


async def test_without_words_the_command_says_how(sit) -> None:
    async with sit() as seat:
        feed(seat, ":shield\r")
        await seat.settle()
        assert "[shield] words" in seat.text


def test_words_come_from_a_file_too(tmp_path) -> None:
    home = Home.at(tmp_path)
    home.make()
    home.settings_file.write_text('[shield]\nwords = ["one"]\nfile = "slurs.txt"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"slurs\.txt cannot be read"):
        words(settings.load(home), home)
    (home.settings_file.parent / "slurs.txt").write_text("two\n# no\nthree*\n", encoding="utf-8")
    assert words(settings.load(home), home) == ("one", "two", "three*")
