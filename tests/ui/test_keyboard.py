"""Esc as a key, told from the Esc that begins a sequence."""

from __future__ import annotations

import pytest

from cminbox.ui.keyboard import Splitter

ESC = "\x1b[27u"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("\x1b:send\r", f"{ESC}:send\r"),
        ("a\x1bj", f"a{ESC}j"),
        ("\x1b[A", "\x1b[A"),
        ("\x1bOA", "\x1bOA"),
        ("\x1b", "\x1b"),
        ("\x1b\x1b[A", "\x1b\x1b[A"),
        ("\x1b[200~a\x1bj\x1b[201~\x1bj", f"\x1b[200~a\x1bj\x1b[201~{ESC}j"),
    ],
)
def test_an_escape_that_begins_nothing_is_a_key(typed: str, meant: str) -> None:
    assert Splitter()(typed) == meant


def test_a_paste_may_come_in_pieces() -> None:
    split = Splitter()
    assert split("\x1b[200~x\x1by") == "\x1b[200~x\x1by"
    assert split("z\x1bq\x1b[201~\x1bj") == f"z\x1bq\x1b[201~{ESC}j"
