from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from tests.cli.program import Program
from tools.terminal import Terminal

from cminbox.model.content import Author


def test_people_are_listed_found_shown_and_linked(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "hello there", lang="fr")
    program.arrive("two", "me too", "anna.b")
    program.arrive("three", "hi", "zoe")
    listed = program.json("person", "list")
    assert [row["handle"] for row in listed] == ["@zoe", "@anna.b", "@ana"]
    assert set(listed[0]) >= {"id", "network", "remote_id", "handle", "name", "first_name", "handles", "first_seen_at"}
    assert [row["handle"] for row in program.json("person", "list", "--search", "ana")] == ["@ana", "@anna.b"]
    assert len(program.json("person", "list", "--limit", "1")) == 1
    (card,) = program.json("person", "link", "mastodon:ana", "mastodon:@anna.b")
    assert [each["handle"] for each in card["linked"]] == ["@anna.b"]
    (card,) = program.json("person", "show", "mastodon:@anna.b")
    assert [each["conversation"] for each in card["history"]] == [2, one]
    assert (card["received"], card["conversations"], card["language"]) == (2, {"open": 2}, "fr")
    assert program.json("person", "list")[1]["handles"] == 2
    shown = program.run("person", "show", str(card["id"]))
    assert "me too" in shown.out
    assert "2 messages, 0 answers" in shown.out
    program.json("person", "unlink", "mastodon:ana")
    assert program.json("person", "show", "mastodon:ana")[0]["linked"] == []
    program.json("undo")
    assert len(program.json("person", "show", "mastodon:ana")[0]["linked"]) == 1
    assert program.run("person", "show", "99").code == 1
    assert program.run("person", "show", "nobody").code == 1


def test_a_first_name_and_notes(program: Program) -> None:
    program.connect()
    program.arrive("one")
    (card,) = program.json("person", "name", "mastodon:ana", "Ana")
    assert (card["first_name"], card["first_name_given"]) == ("Ana", True)
    (card,) = program.json("person", "note", "mastodon:ana", "likes tea")
    assert [note["text"] for note in card["notes"]] == ["likes tea"]
    shown = program.run("person", "show", "mastodon:ana").out
    assert "first name: Ana (given here)" in shown
    assert "likes tea" in shown
    assert program.run("person", "unnote", str(card["notes"][0]["id"]), "--as", "tom").code == 1
    program.json("person", "unnote", str(card["notes"][0]["id"]))
    assert program.json("person", "show", "mastodon:ana")[0]["notes"] == []
    program.json("undo")
    assert len(program.json("person", "show", "mastodon:ana")[0]["notes"]) == 1
    assert [
        row["first_name"] for row in program.json("sql", "SELECT first_name FROM v_people WHERE handle = '@ana'")
    ] == ["Ana"]


def test_an_export_is_for_the_one_who_asked(program: Program, tmp_path: Path) -> None:
    program.connect()
    program.arrive("one", "give me my data")
    ended = program.run("person", "export", "mastodon:ana")
    assert ended.code == 0
    told = ended.objects
    assert {"person", "conversation", "message"} <= {each["type"] for each in told}
    assert "give me my data" in ended.out
    file = tmp_path / "ana.jsonl"
    assert program.run("person", "export", "mastodon:ana", "--out", str(file)).code == 0
    assert [json.loads(line) for line in file.read_text().splitlines()] == told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = program.run("person", "export", "mastodon:ana", "--out", str(file))
    assert again.code == 1
    assert "not there yet" in again.err
    program.arrive("two", "x", "bob")
    program.run("person", "link", "mastodon:ana", "mastodon:bob")
    assert "--linked" in program.run("person", "export", "mastodon:ana").err
    linked = program.run("person", "export", "mastodon:ana", "--linked")
    assert len([each for each in linked.objects if each["type"] == "person"]) == 2


def test_erasing_asks_and_cannot_be_taken_back(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "zirconium")
    asked = program.run("person", "erase", "mastodon:ana")
    assert asked.code == 2
    assert "--yes" in asked.err
    before = program.json("kpi")
    (done,) = program.json("person", "erase", "mastodon:ana", "--yes")
    assert (done["messages"], done["scoured"], done["open"]) == (1, True, [one])
    after = program.json("kpi")
    assert (after[0]["open"], after[0]["received"]) == (before[0]["open"], before[0]["received"])
    assert program.json("list", "--search", "zirconium") == []
    assert b"zirconium" not in b"".join(
        path.read_bytes() for path in program.home.database.parent.glob(f"{program.home.database.name}*")
    )
    assert program.run("undo").code == 1
    (shown,) = program.json("show", str(one))
    assert shown["messages"][0]["text"] == ""
    assert program.run("reply", str(one), "--text", "hi").code == 1
    (card,) = program.json("person", "show", str(done["people"][0]))
    assert (card["erased"], card["handle"]) == (True, "")
    assert program.json("person", "list") == []


@pytest.mark.parametrize(
    ("typed", "language", "gone"), [("no\r", "en", False), ("yes\r", "en", True), ("oui\r", "fr", True)]
)
def test_on_a_terminal_the_word_is_asked_for(program: Program, typed: str, language: str, gone: bool) -> None:
    import sys

    program.connect()
    program.arrive("one", "zirconium", author=Author(remote_id="ana", handle="@ana", name="Ana"))
    home = program.home.data.parent
    terminal = Terminal(
        [sys.executable, "-m", "cminbox", "person", "erase", "mastodon:ana"],
        (100, 24),
        CMINBOX_HOME=str(home),
        LC_ALL="fr_FR.UTF-8" if language == "fr" else "C.UTF-8",
        LANGUAGE=language,
    )
    try:
        terminal.until("1 message").until(lambda t: any(line.endswith(":") for line in t.lines))
        assert "@ana" in terminal.text
        terminal.type(typed)
        terminal.until("Erased" if gone and language == "en" else "Effacée" if gone else "Nothing was erased")
    finally:
        terminal.close()
    assert (program.json("list", "--search", "zirconium") == []) is gone


def test_somebody_who_wrote_to_us_is_written_to_in_private(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    (plan,) = program.json("person", "write", "mastodon:ana", "--text", "Bonjour", "--dry-run")
    assert (plan["conversation"], plan["verb"], plan["audience"]) == (one, "private_reply", "direct")
    assert program.json("outbox") == []
    (line,) = program.json("person", "write", "mastodon:ana", "--text", "Bonjour")
    assert (line["conversation"], line["verb"], line["state"]) == (one, "private_reply", "held")
    assert program.run("person", "write", "mastodon:ana").code == 2
    assert program.run("person", "write", "mastodon:nobody", "--text", "x").code == 1
