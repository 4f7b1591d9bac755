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
