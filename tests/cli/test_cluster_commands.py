from __future__ import annotations

import json
from pathlib import Path

from tests.cli.program import Program

WAVE = "the code of the spring offer does not work at checkout"


def message(number: int, text: str, **more: str) -> str:
    fields = {"id": f"m{number}", "network": "youtube", "kind": "comment", "author": f"p{number}", "text": text}
    return json.dumps({**fields, "created_at": f"2026-03-02T09:0{number}:00Z", **more})


def test_waves_are_listed(program: Program, tmp_path: Path) -> None:
    lines = [
        message(1, WAVE),
        message(2, f"Hello, {WAVE.upper()}!"),
        message(3, "when do you deliver to the islands again"),
        message(4, WAVE, direction="out"),
        message(5, WAVE, direction="out"),
        message(6, f"{WAVE} \x1b[m"),
    ]
    file = tmp_path / "messages.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert program.json("import", str(file))[0]["new"] == 6
    (wave,) = program.json("clusters")
    rows = program.json("list", "--view", "waves")
    assert [row["cluster"] for row in rows] == [wave["id"]]
    assert rows[0]["id"] == wave["conversations"][0]
    assert (wave["size"], wave["text"], len(wave["conversations"])) == (3, WAVE, 3)
    assert program.json("clusters", "--at-least", "4") == []
    plain = program.run("clusters")
    assert "x3" in plain.out
    assert "\x1b" not in plain.out
    assert program.run("do", "done", *map(str, wave["conversations"])).code == 0
    assert program.json("clusters") == []
    assert "Nothing here." in program.run("clusters").err


def wave_of(program: Program, n: int) -> int:
    program.connect(max_length=500)
    for number in range(n):
        program.arrive(f"k{number}", WAVE, f"p{number}", remote_id=f"m{number}")
    (wave,) = program.json("clusters")
    assert wave["size"] == n
    return int(wave["id"])


def test_a_dry_run_shows_each_text_and_writes_nothing(program: Program) -> None:
    wave = wave_of(program, 3)
    program.run("templates", "add", "Code", "--text", "Hi {{ person.handle }}, call 06 12 34 56 78")
    lines = program.json("clusters", "answer", str(wave), "--template", "code", "--dry-run")
    assert [line["to"] for line in lines] == ["@p0", "@p1", "@p2"]
    assert [line["text"] for line in lines][:1] == ["Hi @p0, call 06 12 34 56 78"]
    assert {(line["network"], line["variant"], line["max_length"], line["error"]) for line in lines} == {
        ("mastodon", 1, 500, None)
    }
    assert "phone number" in lines[0]["warnings"][0]
    plain = program.run("clusters", "answer", str(wave), "--text", "We are on it.", "--text", "Soon.", "--dry-run")
    assert "Mastodon: 3 public answers, 2 s apart, the last leaves" in plain.out
    assert "2 have the same words as another; no rule of this network against that is known." in plain.out
    assert "Nothing was sent (--dry-run)." in plain.out
    assert program.json("outbox") == []


def test_a_wave_is_answered_and_undone_as_one(program: Program) -> None:
    wave = wave_of(program, 3)
    lines = program.json("clusters", "answer", str(wave), "--text", "We are on it.", "--text", "Soon.")
    assert [line["state"] for line in lines] == ["held"] * 3
    assert [row["text"] for row in program.json("outbox")] == ["We are on it.", "Soon.", "We are on it."]
    assert program.run("undo").out == "reply: 3 undone\n"
    assert program.json("outbox") == []
    assert program.run("clusters", "answer", str(wave)).code == 2
    assert program.run("clusters", "answer", "99", "--text", "Hi").code == 1


def test_a_wave_is_put_away_but_for_who_was_dropped(program: Program) -> None:
    wave = wave_of(program, 3)
    first = program.json("clusters")[0]["conversations"][0]
    assert program.run("clusters", "drop", str(first)).code == 0
    assert len(program.json("clusters", "done", str(wave))) == 2
    assert [row["id"] for row in program.json("list")] == [first]


def test_a_large_wave_is_answered_only_where_that_is_meant(program: Program) -> None:
    wave = wave_of(program, 26)
    ended = program.run("clusters", "answer", str(wave), "--text", "We are on it.")
    assert ended.code == 1
    assert "Answer 26 conversations (Mastodon 26)?" in ended.err
    assert "--yes" in ended.err
    assert program.json("outbox") == []
    assert len(program.json("clusters", "answer", str(wave), "--text", "We are on it.", "--yes")) == 26
