"""The rules on the screen: what there is, what each did today, switching one, and what it would have done."""

from __future__ import annotations

from pathlib import Path

import pytest

from cminbox.inbox import rules, template_keeping
from cminbox.inbox.rules_runner import RuleRunner
from cminbox.model.templates import Variant, Written
from cminbox.service import Noticed
from cminbox.ui.app import InboxApp

SOURCE = """\
# ours
[[rule]]
name = "Parcels"
on = true
words = ["colis", "commande*"]
do = ["tag parcel", "star"]

[[rule]]
name = "Only thanks"   # not yet
when = "is:thanks replied:48h"
do = ["done"]
"""


def rules_file(app: InboxApp) -> Path:
    path: Path = app.service.home.rules_file
    path.write_text(SOURCE, encoding="utf-8")
    return path


async def test_rules_are_listed_with_what_they_did_today_and_switched(sit) -> None:
    async with sit(size=(100, 24)) as seat:
        path = rules_file(seat.app)
        runner = RuleRunner(seat.app.service.desk, seat.app.service.home)
        await seat.app.service.store.write(lambda tx: tx.db.execute("INSERT INTO follower VALUES ('rules', 0)"))
        met = await runner.catch_up()
        assert met > 5
        await seat.press("g", "r")
        assert "Rules" in seat.lines[1]
        first, second = seat.lines[3:5]
        assert first.split()[:3] == ["▌", "on", "Parcels"]
        assert f"{met} today" in first
        assert "tag parcel, star" in first
        assert second.split()[:2] == ["off", "Only"]
        await seat.press("j", "s")
        assert "Only thanks is on" in seat.last_line
        assert [rule.on for rule in rules.load(seat.app.service.desk, seat.app.service.home)] == [True, True]
        assert path.read_text(encoding="utf-8").replace('\non = true\nname = "Only', '\nname = "Only') == SOURCE
        assert seat.lines[4].split()[:3] == ["▌", "on", "Only"]
        await seat.press("s")
        assert seat.lines[4].split()[:3] == ["▌", "off", "Only"]
        assert [rule.on for rule in rules.load(seat.app.service.desk, seat.app.service.home)] == [True, False]


async def test_a_rule_is_opened_with_what_it_would_have_met(sit) -> None:
    async with sit(size=(100, 30)) as seat:
        rules_file(seat.app)
        await seat.press("g", "r", "enter")
        assert "Rule: Parcels" in seat.text
        assert "colis, commande*" in seat.text
        assert "it would have met" in seat.text
        await seat.press("s")
        assert "Parcels is off." in seat.last_line
        await seat.press("j", "enter")
        assert seat.app.hands.reading.opened is not None
        await seat.press("q", "g", "r", "q")
        assert seat.app.stage.area == "queue"


async def test_no_rules_and_a_wrong_file_say_what_to_do(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "r")
        assert "cminbox rules starters" in seat.text
        seat.app.service.home.rules_file.write_text('[[rule]]\nname = "x"\nwhen = "is:thanx"\ndo = ["done"]\n')
        await seat.press("q", "g", "r")
        assert "Did you mean thanks?" in " ".join(seat.text.split())
        await seat.press("s")
        assert "for the rules" in seat.last_line


async def test_the_key_says_where_it_works(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "o", "s")
        assert "This key is for the rules." in seat.last_line


async def test_a_rule_that_fails_is_told_on_the_screen(sit) -> None:
    async with sit() as seat:
        await seat.app.hands.house.on_event(Noticed("The hook on_sent fails: it ended with 1."))
        assert "on_sent fails" in seat.last_line


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_the_sheets_fit_eighty_columns(sit, language: str) -> None:
    async with sit(language=language) as seat:
        rules_file(seat.app)
        await seat.press("g", "r")
        assert all(len(line) <= 80 for line in seat.lines)
        await seat.press("enter")
        assert all(len(line) <= 80 for line in seat.lines)


async def test_a_rule_that_answers_shows_what_would_have_gone(sit) -> None:
    async with sit(size=(110, 30)) as seat:
        source = SOURCE.replace('do = ["tag parcel", "star"]', 'hours = "open"\ndo = ["reply nothing"]')
        seat.app.service.home.rules_file.write_text(source, encoding="utf-8")
        await seat.press("g", "r")
        assert "in business hours" in seat.lines[3]
        await seat.press("s", "s")
        assert "is on, but will not answer: There is no template nothing." in seat.last_line
        await seat.press("enter")
        assert "nothing goes: There is no template nothing." in seat.text
        assert "24h" in seat.text
        await seat.press("q")
        desk = seat.app.service.desk
        await template_keeping.add(desk, Written(name="nothing", variants=(Variant(body="We are on it."),)))
        await seat.press("g", "r", "enter")
        assert "=> We are on it." in seat.text
