"""Filters in words, and mistakes in them pointed at."""

from __future__ import annotations

import pytest

from cminbox.errors import FilterError
from cminbox.i18n import set_language
from cminbox.model.filter_text import parse
from cminbox.model.filter_words import Flag
from cminbox.text import width
from cminbox.ui.filter_told import pointed, title


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Inbox"),
        ("is:unanswered", "Unanswered"),
        ("state:spam", "Spam"),
        ("network:mastodon tag:refund -is:unread", "Inbox: Mastodon, #refund, not unread"),
        ("network:mastodon,matrix kind:dm", "Inbox: direct message, Mastodon or Matrix"),
        ("assignee:me older:2h newer:3d", "Inbox: mine, older than 2 h, newer than 3 d"),
        ("assignee:léa is:unanswered older:240m", "Unanswered: of léa, older than 4 h"),
        ("-late brand:vélo lang:fr", "Inbox: vélo, in fr, without “late”"),
        ("campaign:spring person:ana newer:today", "Everything: by ana, campaign spring, newer than today"),
        ("view:waiting state:done", "Waiting: done"),
        ("is:open,waiting view:any", "Everything: open or waiting"),
        ("older:2026-03-01", "Inbox: older than 2026-03-01"),
        ('tag:"\x1b[31mred"', "Inbox: #␛[31mred"),
    ],
)
def test_a_filter_in_words(text: str, told: str) -> None:
    set_language("en")
    assert title(parse(text)) == told


@pytest.mark.parametrize("flag", Flag)
def test_every_flag_has_a_word(flag: Flag) -> None:
    set_language("en")
    assert title(parse(f"is:unread,{flag.value} view:any")) not in ("Everything", "")


def fault(text: str) -> FilterError:
    with pytest.raises(FilterError) as caught:
        parse(text)
    return caught.value


def test_a_mistake_stands_over_its_carets() -> None:
    text = "日本 kind:nothing x"
    typed, carets, told = pointed(text, fault(text))
    assert typed == text
    start = carets.index("^")
    assert width("日本 kind:") == start
    assert carets.count("^") == len("nothing")
    assert told.startswith("Column 9: ")


def test_a_mistake_far_out_is_brought_into_view() -> None:
    text = "tag:" + "x" * 200 + " kind:nothing"
    typed, carets, _told = pointed(text, fault(text), 60)
    assert typed.startswith("…")
    assert width(typed) <= 60
    assert typed[carets.index("^") :].startswith("nothing")
    assert len(carets) <= 60
