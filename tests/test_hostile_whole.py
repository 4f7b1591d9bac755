"""Texts that attack a terminal go through the whole program: import, list, show, search, sql and the screen."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from pathlib import Path

import pytest
from tests import hostile
from tools.terminal import Terminal

from cminbox.cli.app import run
from cminbox.paths import Home

_OURS = re.compile(rb"\x1b\[[0-9;:?<>=]*[ $]?[a-zA-Z]|\x1b[()][0B]|\x1b[=>78]|\x1b\[\?[0-9;]*\$p|\x1b\]22;default\x07")
"""The sequences that the program itself writes: moving, colouring, modes, the shape of the pointer."""
_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff"
_BROKEN_BYTES = (b"\xc0\xaf\xc0\x80", b"abc\xff\xfe\x80xyz", b"ok \xf0\x9f\x98", b"d\xe9j\xe0")


def _texts() -> list[str]:
    return [*hostile.SAMPLES, *hostile.shared_texts()]


@pytest.fixture
def imported(tmp_path: Path, home: Home, capfd: pytest.CaptureFixture[str]) -> int:
    """All texts as text, author and topic; how many messages that made."""
    texts = _texts()
    lines = [
        json.dumps(
            {"id": f"h{n}", "network": "x", "kind": "comment", "author": text, "text": text, "conversation": text}
        ).encode()
        for n, text in enumerate(texts)
    ]
    lines += [b'{"id": "b%d", "network": "x", "kind": "comment", "author": "a", "text": "%s"}' % (n, broken)
              for n, broken in enumerate(_BROKEN_BYTES)]  # fmt: skip
    file = tmp_path / "hostile.jsonl"
    file.write_bytes(b"\n".join(lines))
    assert run(["import", str(file), "--json"]) == 0
    captured = capfd.readouterr()
    counted = json.loads(captured.out)
    assert counted["new"] + counted["skipped"] == len(lines)
    assert counted["new"] >= len(texts)
    _harmless(captured.out + captured.err)
    return len(texts)


def _harmless(printed: str) -> None:
    bad = {c for c in printed if c != "\n" and (unicodedata.category(c) in ("Cc", "Cs") or c in _BIDI)}
    assert not bad, f"reached the output: {[hex(ord(c)) for c in bad]}"


def test_everything_is_printed_and_nothing_of_it_raw(imported: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--json"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert len(rows) >= imported
    assert run(["list", "--limit", "0"]) == 0
    _harmless(capfd.readouterr().out)
    for row in rows[:: max(1, len(rows) // 60)]:
        assert run(["show", str(row["id"])]) == 0
        _harmless(capfd.readouterr().out)
    assert run(["sql", "SELECT text, author FROM v_messages"]) == 0
    _harmless(capfd.readouterr().out)


def test_every_text_can_be_searched_for(imported: int, capfd: pytest.CaptureFixture[str]) -> None:
    texts = [text for text in _texts() if "\0" not in text and text.isprintable() and text.strip()]
    for text in texts[:: max(1, len(texts) // 60)]:
        assert run(["list", "--json", "--search", text[:500]]) == 0
        _harmless(capfd.readouterr().out)


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_no_text_breaks_the_screen(imported: int, home: Home, size: tuple[int, int]) -> None:
    folder = str(home.data.parent)
    terminal = Terminal([sys.executable, "-m", "tests.ui.in_pty", folder, "0", "real"], size, TZ="UTC")
    try:
        terminal.until("open").type("gg")
        terminal.quiet()
        terminal.type("\r")
        for _page in range(30):
            terminal.quiet()
            top, bottom = terminal.lines[0], terminal.lines[-1]
            assert top.startswith(" Inbox"), terminal.text
            assert "open" in top, terminal.text
            assert "help" in bottom, terminal.text
            terminal.type("J" * (imported // 30 + 1))
        left = _OURS.sub(b"", terminal.raw).decode("utf-8", "strict")
        bad = {c for c in left if c not in "\r\n\b" and (unicodedata.category(c) in ("Cc", "Cs") or c in _BIDI)}
        assert not bad, f"reached the terminal: {[hex(ord(c)) for c in bad]}"
    finally:
        terminal.close()
