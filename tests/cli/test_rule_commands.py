from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.program import Program

from cminbox.inbox import rules_starters
from cminbox.model.base import Kind

RULES = """\
[[rule]]
name = "Casino"
on = true
words = ["casino*"]
do = ["spam", "note why"]

[[rule]]
name = "Only thanks"
when = "is:thanks replied:48h"
do = ["done"]
"""


def write(program: Program, text: str = RULES) -> Path:
    program.home.make()
    program.home.rules_file.write_text(text, encoding="utf-8")
    return program.home.rules_file


def line(number: int, text: str, **more: object) -> str:
    return json.dumps({"id": f"i{number}", "network": "x", "kind": "comment", "author": "a", "text": text, **more})


def test_rules_are_listed_and_switched(program: Program) -> None:
    assert "cminbox rules starters" in program.run("rules").err
    write(program)
    one, two = program.json("rules", "list")
    assert (one["rule"], one["on"], one["words"], one["messages_today"], one["last_at"]) == (
        "Casino",
        True,
        ["casino*"],
        0,
        None,
    )
    assert [verb["verb"] for verb in one["verbs"]] == ["spam", "note"]
    assert (two["on"], two["when"]) == (False, "is:thanks replied:48h")
    assert len({one["version"], two["version"]}) == 2
    assert program.json("rules", "on", "only THANKS")[0]["on"] is True
    assert program.json("rules", "off", "casino")[0]["on"] is False
    assert [rule["on"] for rule in program.json("rules")] == [False, True]
    ended = program.run("rules", "on", "casinos")
    assert ended.code == 2
    assert "Did you mean Casino" in " ".join(ended.err.split())


def test_a_wrong_file_fails_and_says_where(program: Program) -> None:
    path = write(program, RULES.replace('"spam"', '"spm"'))
    for args in (("rules",), ("rules", "test"), ("rules", "starters"), ("import", "--rules", "-")):
        ended = program.run(*args)
        assert ended.code == 1
        assert f"{path}, line 5: rule Casino: do: there is no verb 'spm'. Did you mean spam?" in ended.err
        assert "Traceback" not in ended.err


def test_a_trial_shows_what_would_have_happened_and_changes_nothing(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "Best casino in town")
    program.arrive("two", "hello")
    write(program)
    (met,) = program.json("rules", "test")
    assert (met["rule"], met["conversation"], met["text"], met["on"]) == ("Casino", one, "Best casino in town", True)
    assert met["verbs"][0] == {"verb": "spam", "value": "", "reason": ""}
    assert program.json("rules", "test", "--rule", "only thanks") == []
    assert program.json("rules", "test", "--limit", "1") == []
    assert program.json("rules", "test", "--since", "2099-01-01") == []
    ended = program.run("rules", "test")
    assert "Best casino in town" in ended.out
    assert "2 messages looked at; nothing was changed." in ended.err
    assert [row["state"] for row in program.json("list", "view:any")] == ["open", "open"]
    assert program.run("rules", "test", "--rule", "nothing").code == 2
    assert program.run("rules", "test", "--since", "soon").code == 2


def test_an_import_runs_the_rules_where_it_is_asked_to(program: Program) -> None:
    write(program)
    (without,) = program.json("import", "-", stdin=line(1, "casino one") + "\n")
    assert "ruled" not in without
    (found,) = program.json("import", "--rules", "-", stdin=f"{line(1, 'casino one')}\n{line(2, 'casino two')}\n")
    assert (found["new"], found["known"], found["ruled"]) == (1, 1, 1)
    assert [row["text"] for row in program.json("list", "is:moved")] == ["casino two"]
    assert program.json("rules")[0]["messages_today"] == 1
    assert "1 message met a rule." in program.run("import", "--rules", "-", stdin=line(3, "Casinos!")).out
    entries = program.json("journal")
    assert {entry["by"] for entry in entries if entry["verb"] == "spam"} == {"[Casino]"}
    assert program.run("undo").code == 1


def test_starters_are_off_and_come_once(program: Program) -> None:
    write(program)
    names = [rule["rule"] for rule in program.json("rules", "starters")]
    assert names == ["Spam", "Insults and threats", "Outside business hours"]
    assert program.home.rules_file.read_text(encoding="utf-8").startswith(RULES)
    assert program.json("rules", "starters") == []
    assert [rule["on"] for rule in program.json("rules")] == [True, False, False, False, False]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_starters_are_rules_in_both_languages(program: Program, language: str) -> None:
    program.home.make()
    program.home.settings_file.write_text(f'language = "{language}"\n', encoding="utf-8")
    rules = program.json("rules", "starters")
    assert len(rules) == 4
    assert (rules[3]["hours"], rules[3]["pause"]) == ("closed", "24h")
    assert all(not rule["on"] and rule["verbs"] for rule in rules)
    assert ("Spam" in [rule["rule"] for rule in rules]) is (language == "en")


@pytest.mark.parametrize(
    ("rule", "text", "met"),
    [
        ("Spam", "Check out my new channel!!!", True),
        ("Spam", "Comment gagner de l’argent chez soi ?", True),
        ("Spam", "Where do I check in my bag?", False),
        ("Insults and threats", "Allez vous faire voir, bande de cons", True),
        ("Insults and threats", "You ASSHOLES", True),
        ("Insults and threats", "Encore un retard de 20 minutes, c'est nul", False),
    ],
)
def test_starters_meet(program: Program, rule: str, text: str, met: bool) -> None:
    program.connect()
    program.arrive("one", text)
    write(program, rules_starters.source())
    assert bool(program.json("rules", "test", "--rule", rule)) is met


REPLY = """\
[[rule]]
name = "Closed"
on = true
when = "hello"
do = ["reply closed"]
"""


def test_a_trial_shows_the_text_that_would_have_gone(program: Program) -> None:
    program.connect()
    write(program, REPLY)
    one = program.arrive("one", "hello", person="ana")
    (met,) = program.json("rules", "test")
    assert met["answers"] == [
        {"verb": "reply", "template": "closed", "text": "", "refused": met["answers"][0]["refused"]}
    ]
    assert met["answers"][0]["refused"].startswith("There is no template closed.")
    assert "It will not answer: There is no template closed." in program.run("rules", "on", "closed").err
    assert "nothing goes: There is no template closed." in program.run("rules", "test").out
    program.json("templates", "import", "--starters")
    assert "will not answer" not in program.run("rules", "on", "closed").err
    (met,) = program.json("rules", "test")
    assert met["answers"][0]["refused"] is None
    assert met["answers"][0]["text"].startswith("Hello there, thank you for your message.")
    assert "=> Hello there, thank you for your message." in program.run("rules", "test").out
    assert program.json("show", str(one))[0]["acts"] == []


def test_the_starter_needs_hours_and_its_template(program: Program) -> None:
    program.home.make()
    program.connect()
    program.json("rules", "starters")
    program.json("templates", "import", "--starters")
    program.arrive("one", "hello", kind=Kind.DM)
    assert program.json("rules", "test", "--rule", "Outside business hours") == []
    program.home.settings_file.write_text('[hours]\nweek = "mon 9:00-9:01"\n', encoding="utf-8")
    (met,) = program.json("rules", "test", "--rule", "Outside business hours")
    assert "automatic reply" in met["answers"][0]["text"]
    assert "outside business hours" in program.run("rules", "list").out


def test_an_import_is_answered_by_no_rule_and_that_is_said(program: Program) -> None:
    program.connect()
    program.json("templates", "import", "--starters")
    write(program, REPLY)
    ended = program.run("import", "--rules", "-", stdin=line(1, "hello") + "\n")
    assert "The rule Closed cannot reply: What an import brought gets no automatic reply." in " ".join(
        ended.err.split()
    )
    (row,) = program.json("list", "view:any")
    assert program.json("show", str(row["id"]))[0]["acts"] == []
    assert [entry["by"] for entry in program.json("journal") if entry["verb"] == "no_reply"] == ["[Closed]"]


DYING = """
import asyncio, os, signal, sys
from cminbox.clock import SystemClock
from cminbox.paths import Home
from cminbox.inbox.desk import desk_open
from cminbox.inbox.rules_runner import RuleRunner
from cminbox.config.settings import Settings
from cminbox.store.database import Store

async def main() -> None:
    home = Home.find()
    store = await Store.open(home.database, SystemClock())
    desk = await desk_open(store, store.clock, Settings(), "daemon")
    runner = RuleRunner(desk, home)
    ingest, left = store.ingest, int(sys.argv[1])

    async def dying(fn, *args, **kwargs):
        nonlocal left
        left -= 1
        result = await ingest(fn, *args, **kwargs)
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    store.ingest = dying
    await runner.catch_up()
    await store.close()

asyncio.run(main())
"""


def killed_until_done(program: Program, at_once: int) -> int:
    """How many processes died before one came to the end; from the `at_once`th on they live longer."""
    for killed in range(at_once + 4):
        ended = subprocess.run(
            [sys.executable, "-c", DYING, "0" if killed < at_once else "99"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "CMINBOX_HOME": str(program.home.data.parent)},
        )
        if ended.returncode == 0:
            return killed
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    raise AssertionError("none came to the end")


def test_kill_9_behind_every_step_does_nothing_twice(program: Program) -> None:
    program.connect()
    write(program)
    ids = [program.arrive(key, "a casino") for key in ("one", "two")]
    program.in_store(_from_the_beginning)
    assert killed_until_done(program, 8) >= 5
    for one in ids:
        (shown,) = program.json("show", str(one))
        assert shown["state"] == "spam"
        assert [message["text"] for message in shown["messages"] if message["audience"] == "note"] == ["why"]


async def _from_the_beginning(store) -> None:  # type: ignore[no-untyped-def]
    await store.write(lambda tx: tx.db.execute("INSERT INTO follower (name, position) VALUES ('rules', 0)"))


def test_kill_9_behind_every_step_answers_once(program: Program) -> None:
    program.connect()
    program.json("templates", "import", "--starters")
    write(program, REPLY.replace('"reply closed"', '"reply closed", "private_reply closed", "note why"'))
    ids = [program.arrive(key, "hello", person=key) for key in ("one", "two")]
    program.in_store(_from_the_beginning)
    assert killed_until_done(program, 10) >= 7
    for one in ids:
        (shown,) = program.json("show", str(one))
        assert [act["verb"] for act in shown["acts"]] == ["reply", "private_reply"]
        assert (shown["state"], shown["unanswered"]) == ("open", True)
