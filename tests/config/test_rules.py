from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cminbox.config.rules import Terms, load, parse_rules, switch, write
from cminbox.errors import SettingsError, UsageError
from cminbox.model.rules import Deed
from cminbox.paths import Home

VERBS = {
    "done": Terms(),
    "tag": Terms("a tag"),
    "hide": Terms(reasons=True),
    "delete": Terms(never="it cannot be taken back."),
}
GOOD = """\
# what we agreed on
[[rule]]
name = "Only thanks"
on = true   # since March
when = "is:thanks replied:48h"
do = ["done"]

[[rule]]
name = "Insults"
brand = "Lumen"
words = ["connard*", "shut up"]
do = ["tag insult, to check", { verb = "hide", reason = "hate" }]
"""


def test_a_file_is_read_in_its_order(home: Home) -> None:
    assert load(home, VERBS) == ()
    home.rules_file.write_text(GOOD, encoding="utf-8")
    thanks, insults = load(home, VERBS)
    assert (thanks.name, thanks.on, thanks.when, thanks.do) == (
        "Only thanks",
        True,
        "is:thanks replied:48h",
        (Deed(verb="done"),),
    )
    assert insults.do == (Deed(verb="tag", value="insult, to check"), Deed(verb="hide", reason="hate"))
    assert (insults.on, insults.brand) == (False, "Lumen")


def test_the_version_is_of_what_a_rule_does(home: Home) -> None:
    (one, two) = parse_rules(GOOD, home.rules_file, VERBS)
    assert len({one.version, two.version}) == 2
    renamed = GOOD.replace("Only thanks", "Thanks").replace("on = true", "on = false")
    assert parse_rules(renamed, home.rules_file, VERBS)[0].version == one.version
    assert parse_rules(GOOD.replace("48h", "24h"), home.rules_file, VERBS)[0].version != one.version


@pytest.mark.parametrize(
    ("was", "now", "line", "said"),
    [
        ("when = ", "whn = ", 5, "there is no whn in a rule. Did you mean when?"),
        ("when = ", "# ", 6, "the rule would meet every message"),
        ("is:thanks", "is:thanx", 5, "Did you mean thanks?"),
        ("replied:48h", "newer:48h", 5, "newer: says nothing of a message that comes in now"),
        ("replied:48h", "assignee:me", 5, "a rule is nobody"),
        ('do = ["done"]', 'do = ["dnoe"]', 6, "Did you mean done?"),
        ('do = ["done"]', 'do = ["delete"]', 6, "it cannot be taken back"),
        ('do = ["done"]', 'do = ["tag"]', 6, "tag needs a value: a tag"),
        ('do = ["done"]', "do = []", 6, "do is empty"),
        ('do = ["done"]', 'do = "done"', 6, "do is a list"),
        ('do = ["done"]', "", 2, "do is missing"),
        ("on = true", 'on = "yes"', 4, "true or false, without quotes"),
        ('name = "Insults"', 'name = "only THANKS"', 9, "another rule of that name"),
        ('"connard*"', '"!!!"', 11, "'!!!' holds no word"),
        ('reason = "hate"', 'reason = "boring"', 12, "There is no reason boring"),
        ('verb = "hide", reason', 'verb = "done", reason', 12, "done takes no reason"),
        ('verb = "hide", reason', 'verb = "hide", why = 1, reason', 12, "there is no why in a rule"),
        ('[[rule]]\nname = "Only', '[[rules]]\nname = "Only', 2, "there is no rules in a rules file"),
    ],
)
def test_a_mistake_names_line_and_key(home: Home, was: str, now: str, line: int, said: str) -> None:
    assert was in GOOD
    with pytest.raises(SettingsError) as error:
        parse_rules(GOOD.replace(was, now, 1), home.rules_file, VERBS)
    assert f"{home.rules_file}, line {line}: " in str(error.value)
    assert said in str(error.value)


def test_all_mistakes_are_told_at_once(home: Home) -> None:
    wrong = GOOD.replace('["done"]', '["dnoe"]').replace("connard*", "!")
    with pytest.raises(SettingsError, match=r"(?s)dnoe.*holds no word"):
        parse_rules(wrong, home.rules_file, VERBS)


def test_switching_writes_one_word_and_keeps_the_rest(home: Home) -> None:
    home.rules_file.write_text(GOOD, encoding="utf-8")
    switch(home, "only thanks", False, VERBS)
    assert home.rules_file.read_text(encoding="utf-8") == GOOD.replace("on = true ", "on = false ")
    found = switch(home, "Insults", True, VERBS)
    assert [rule.on for rule in found] == [False, True]
    assert found == load(home, VERBS)
    assert "# what we agreed on" in home.rules_file.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="Did you mean Insults"):
        switch(home, "insult", True, VERBS)


def test_what_cannot_be_switched_from_here_says_so_and_stays(home: Home) -> None:
    source = 'rule = [{ name = "a", when = "is:thanks", do = ["done"] }]\n'
    home.rules_file.write_text(source, encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be changed from here"):
        switch(home, "a", True, VERBS)
    assert home.rules_file.read_text(encoding="utf-8") == source


CLOSED = """
[[rule]]
name = "We are closed"
hours = "closed"
when = "kind:dm"
do = ["reply closed", "private_reply we are closed"]
pause = "3d"
"""


def test_a_rule_answers_with_a_template_in_some_hours_and_pauses(home: Home) -> None:
    verbs = {**VERBS, "reply": Terms("a template"), "private_reply": Terms("a template")}
    (rule,) = parse_rules(CLOSED, home.rules_file, verbs)
    assert [(deed.verb, deed.value) for deed in rule.replies] == [
        ("reply", "closed"),
        ("private_reply", "we are closed"),
    ]
    assert (rule.hours, rule.pauses) == ("closed", timedelta(days=3))
    (plain,) = parse_rules(CLOSED.replace('pause = "3d"\n', ""), home.rules_file, verbs)
    assert plain.pauses == timedelta(hours=24)
    assert plain.version != rule.version


@pytest.mark.parametrize(
    ("was", "now", "line", "said"),
    [
        ('"closed"\nwhen', '"shut"\nwhen', 4, 'hours is "open" or "closed"'),
        ('"3d"', '"soon"', 7, "pause is a time from 1h to 365d"),
        ('"3d"', '"0h"', 7, "pause is a time from 1h to 365d"),
        ('"3d"', '"366d"', 7, "pause is a time from 1h to 365d"),
        ('"reply closed"', '"reply"', 6, "do: reply needs a value: a template"),
        ("private_reply we", "reply we", 6, "do: reply stands there twice"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(home: Home, was: str, now: str, line: int, said: str) -> None:
    verbs = {**VERBS, "reply": Terms("a template"), "private_reply": Terms("a template")}
    assert was in CLOSED
    with pytest.raises(SettingsError) as error:
        parse_rules(CLOSED.replace(was, now, 1), home.rules_file, verbs)
    assert f"{home.rules_file}, line {line}: " in str(error.value)
    assert said in str(error.value)


def test_in_a_shared_home_colleagues_can_read_what_was_written(tmp_path: Path) -> None:
    team = tmp_path / "team"
    team.mkdir()
    team.chmod(0o2770)
    for home, mode in ((Home.at(team), 0o660), (Home.at(tmp_path / "alone"), 0o600)):
        write(home, "")
        assert home.rules_file.stat().st_mode & 0o777 == mode
