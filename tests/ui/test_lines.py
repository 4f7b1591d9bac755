"""Rows, conversations and bars as lines: every text fits, nothing of a stranger's breaks a column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len
from tests.hostile import SAMPLES, shared_texts
from tests.ui.test_window import row

from cminbox.i18n import set_language
from cminbox.model.base import (
    ActState,
    ActVerb,
    Audience,
    ConversationState,
    Direction,
    Kind,
    MessageState,
    TimePrecision,
)
from cminbox.model.content import Media
from cminbox.model.rows import ActRow, ConversationView, MessageRow, Numbers, TopicRow
from cminbox.ui import bars, rows, times
from cminbox.ui.bars import Status
from cminbox.ui.reading_lines import LONG_LINES, Paper, page
from cminbox.ui.widgets.lines import Line, cells, fit, spread

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
HOSTILE = [*SAMPLES, *shared_texts()]
FORBIDDEN = {
    *map(chr, range(32)),
    *map(chr, range(127, 160)),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2028\u2029\ufeff",
}


def text_of(line: Line) -> str:
    return "".join(text for _role, text in line)


def check(line: Line, room: int) -> None:
    told = text_of(line)
    assert cell_len(told) <= room
    assert not FORBIDDEN & set(told)
    assert not any(0xD800 <= ord(char) < 0xE000 for char in told)


@pytest.mark.parametrize("room", [24, 80, 160])
def test_a_row_is_as_wide_as_the_list_whatever_it_says(room: int) -> None:
    columns = rows.Columns.of(room, brand=8 if room > 100 else 0)
    for text in HOSTILE:
        made = rows.line(
            row(1, text=text[:500], person=text[:80], brand=text[:20], tags=(text[:20],), star=True, at=NOW),
            columns,
            NOW,
            UTC,
        )
        check(fit(made, room), room)
        if room >= 80:
            assert cells(made) == room - rows.MARK


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@lumen Où est mon colis ?", "Où est mon colis ?"),
        ("@lumen @ana@social.example, bonjour @lumen", "bonjour @lumen"),
        ("@lumen\n\n@b: deux lignes", "deux lignes"),
        ("@lumen", "@lumen"),
        ("@lumen @ana ", "@lumen @ana "),
        ("@ 17 h alors", "@ 17 h alors"),
        ("@lumen! aidez-moi", "@lumen! aidez-moi"),
        ("merci @lumen", "merci @lumen"),
    ],
)
def test_a_row_spends_no_cell_on_whom_a_text_is_addressed_to(text: str, shown: str) -> None:
    assert rows.unaddressed(text) == shown
    made = text_of(rows.line(row(1, text=text, at=NOW), rows.Columns.of(100), NOW, UTC))
    assert made.rstrip().endswith(" ".join(shown.split()) if "\n" not in shown else shown)


def test_columns_stand_in_line() -> None:
    columns = rows.Columns.of(80)
    made = [
        text_of(rows.line(row(n, person=p, at=NOW), columns, NOW, UTC))
        for n, p in enumerate(("a", "日本太郎", "b" * 60))
    ]
    starts = {cell_len(line[: line.index(f"t{n}")]) for n, line in enumerate(made)}
    assert len(starts) == 1


def test_what_a_row_says_at_its_right_edge() -> None:
    columns = rows.Columns.of(80, me="léa")

    def right(**more: object) -> str:
        return text_of(rows.line(row(1, at=NOW, **more), columns, NOW, UTC)).rstrip()

    assert right(act=ActState.HELD, act_send_at=NOW).endswith("leaves 14:30:00")
    assert right(act=ActState.REVIEW).endswith("to review")
    assert right(assignee="Léa Martin").endswith("LM")
    assert right(replying=("marc",)).endswith("MA…")
    assert right(replying=("léa", "marc"), drafted=("léa",)).endswith("MA…")
    assert right(replying=("léa",), drafted=("léa", "marc")).endswith("draft")
    assert right(drafted=("marc",), assignee="Léa Martin").endswith("LM")
    assert right(named=("marc",)).endswith(right())
    assert right(named=("léa",), assignee="Léa Martin").endswith("@ LM")
    assert right(cluster_size=137).endswith("x137")
    assert right(countdown_at=NOW + timedelta(minutes=40)).endswith("40m")
    assert right(countdown_at=NOW - timedelta(minutes=12)).endswith("-12m")
    assert right(state=ConversationState.DONE).endswith("done")


def message(text: str = "Bonjour", **more: object) -> MessageRow:
    fields: dict[str, object] = {
        "id": 1,
        "remote_id": "m1",
        "account": "a",
        "conversation_id": 1,
        "direction": Direction.IN,
        "kind": Kind.COMMENT,
        "audience": Audience.PUBLIC,
        "state": MessageState.SHOWN,
        "author": "@jules",
        "text": text,
        "length": len(text),
        "created_at": NOW,
        "received_at": NOW,
    }
    return MessageRow.model_validate({**fields, **more})


def act(**more: object) -> ActRow:
    fields: dict[str, object] = {
        "id": 1,
        "key": "k",
        "account": "a",
        "account_id": 1,
        "conversation_id": 1,
        "message_id": 1,
        "verb": ActVerb.REPLY,
        "state": ActState.HELD,
        "text": "Merci",
        "by": "léa",
        "created_at": NOW,
        "send_at": NOW + timedelta(seconds=10),
    }
    return ActRow.model_validate({**fields, **more})


def shown(view: ConversationView, room: int = 80, whole: frozenset[int] = frozenset()) -> list[str]:
    return [text_of(line).rstrip() for line in page(view, Paper(room, NOW, UTC, "Enter"), whole).lines]


@pytest.mark.parametrize("room", [30, 78, 120])
def test_a_conversation_fits_whatever_it_says(room: int) -> None:
    for text in HOSTILE:
        view = ConversationView(
            row=row(1, person=text[:100], at=NOW),
            topic=TopicRow(
                id=1,
                key="t",
                author=text[:50],
                title=text[:90],
                text=text[:400],
                media=(Media(type="image", alt=text[:60]),),
            ),
            above=(message(text, id=2, author=text[:40]),),
            messages=(
                message(
                    text, author=text[:60], media=(Media(type=text[:9] or "x", alt=text[:90]),), by=text[:9] or None
                ),
            ),
            acts=(act(text=text, error=text, state=ActState.FAILED),),
        )
        for line in page(view, Paper(room, NOW, UTC, "Enter")).lines:
            check(fit(line, room), room)
            if room >= 78:
                assert cells(line) <= room


def test_ours_are_marked_and_states_are_said_in_words() -> None:
    view = ConversationView(
        row=row(1, at=NOW),
        messages=(
            message("un", id=1, state=MessageState.EDITED),
            message("deux", id=2, direction=Direction.OUT, is_us=True, by="léa", likes=2),
            message("trois", id=3, state=MessageState.HIDDEN),
            message("quatre", id=4, created_at=None, precision=TimePrecision.UNKNOWN),
        ),
        acts=(
            act(),
            act(id=2, state=ActState.SENT, text="déjà là"),
            act(id=3, state=ActState.REVIEW, reason="a newer message"),
        ),
        earlier=12,
    )
    told = "\n".join(shown(view))
    assert "12 earlier messages" in told
    assert "us      deux" in told
    assert "by léa, 2 likes" in told
    assert "hidden" in told
    assert "edited" in told
    assert "leaves 14:30:10 (léa)" in told
    assert "to review (léa)" in told
    assert "a newer message" in told
    assert "déjà là" not in told


def test_days_are_told_apart_in_the_persons_language() -> None:
    view = ConversationView(
        row=row(1, at=NOW),
        messages=(message("a", id=1, created_at=NOW - timedelta(days=2)), message("b", id=2)),
    )
    assert any("Saturday 28 February 2026" in line for line in shown(view))
    assert any("Monday 2 March 2026" in line for line in shown(view))


def test_a_long_message_is_cut_and_says_how_to_see_the_rest() -> None:
    view = ConversationView(row=row(1, at=NOW), messages=(message("mot " * 5000, length=1_048_576),))
    lines = shown(view)
    assert len(lines) < LONG_LINES + 10
    assert lines[-1].strip() == "cut: 1\u202f048\u202f576 characters in all; Enter shows the rest"
    assert len(shown(view, whole=frozenset({1}))) > LONG_LINES + 10


def test_media_without_words_are_named() -> None:
    view = ConversationView(row=row(1, at=NOW), messages=(message("", media=(Media(type="video", length_s=32),)),))
    assert shown(view)[-1].endswith("[video 0:32]")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, "-"), (-3, "0s"), (35, "35s"), (240, "4m"), (8040, "2h14"), (172_000, "47h46"), (260_000, "3d")],
)
def test_spans(seconds: float | None, told: str) -> None:
    assert times.span(seconds) == told


@pytest.mark.parametrize(
    ("at", "told"),
    [(NOW, "14:30"), (NOW - timedelta(days=1), "Mar 1"), (NOW - timedelta(days=300), "2025")],
)
def test_when(at: datetime, told: str) -> None:
    assert times.when(at, NOW, UTC) == told
    assert len(told) <= times.WHEN


def test_french_days_are_numbers() -> None:
    set_language("fr")
    assert times.when(NOW - timedelta(days=1), NOW, UTC) == "01/03"


NUMBERS = Numbers(
    open=128,
    unanswered=41,
    oldest_waiting_s=8040,
    answered=57,
    first_response_median_s=240,
    first_response_p90_s=1140,
    first_response_n=63,
)


@pytest.mark.parametrize("room", [20, 40, 80, 109, 110, 160])
@pytest.mark.parametrize("size", [1, 2])
def test_counters_fill_their_line_and_drop_the_least_urgent_first(room: int, size: int) -> None:
    for line in bars.counters("Inbox", NUMBERS, room, size):
        assert cells(line) == room
    if room >= 80:
        told = text_of(bars.counters("Inbox", NUMBERS, room)[0])
        assert "128 open" in told
        assert "oldest 2h14" in told


def test_counters_at_80_and_at_160() -> None:
    assert text_of(bars.counters("Inbox", NUMBERS, 80)[0]).endswith(
        "128 open  41 unanswered  oldest 2h14  1st answer 4m p90 19m (of 63) "
    )
    wide = text_of(bars.counters("Inbox", NUMBERS, 160)[0])
    assert "57 answered today   first answer: median 4m, 9 in 10 within 19m (of 63)" in wide


@pytest.mark.parametrize("room", [30, 80, 160])
def test_the_last_line_is_full_and_keeps_help_and_the_gravest(room: int) -> None:
    hints = [("r", "reply"), ("e", "done"), ("u", "undo"), ("?", "help")]
    state = Status(
        outbox=2, review=1, failed=1, stopped="sending stopped by léa 14:02", paused=("velo",), offline=("nord",)
    )
    assert cells(bars.keys(hints, state, room)) == room
    calm = text_of(bars.keys(hints, Status(), room))
    assert "? help" in calm
    told = text_of(bars.keys(hints, state, 160))
    assert (
        told.endswith("sending stopped by léa 14:02  velo paused  nord offline  1 failed  1 to review ")
        or "velo paused" in told
    )


def test_the_position_line_says_what_is_new_and_how_to_see_it() -> None:
    told = text_of(bars.position(4, 1000, False, 12, 80, ",", ["search: colis"]))
    assert cell_len(told) == 80
    assert "12 new  , shows them" in told
    assert "search: colis" in told
    assert "4 / 1000+" in told


def test_left_and_right_never_touch() -> None:
    assert text_of(spread([("text", "abcdef")], [("text", "xy")], 8)) == "abc…  xy"
