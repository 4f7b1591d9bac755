"""When a conversation waits for us: person by person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cminbox.clock import to_ms
from cminbox.model.base import ActState, ActVerb, Audience, Kind, MessageState
from cminbox.model.changes import Change, Edited, Removed
from cminbox.model.content import Author
from cminbox.store import accounts, clocks, conversations, messages, outbox, waiting

from .ledger import ANA, BEN, BOT, NOW, US, Ledger, after, refresh, wrote

DIRECT: dict[str, Any] = {"kind": Kind.DM, "conversation": "dm", "audience": Audience.DIRECT}


def gone(remote_id: str, minutes: float = 100, state: MessageState = MessageState.REMOVED) -> Removed:
    return Removed(remote_id=remote_id, at=after(minutes), state=state)


CASES: dict[str, tuple[list[Change], dict[str, str]]] = {
    "a question": ([wrote("a")], {"ana": "a"}),
    "the clock starts at the first": ([wrote("b", 61, parent="a"), wrote("a", 60)], {"ana": "a"}),
    "our reply": ([wrote("a"), wrote("o", 61, US, parent="a")], {}),
    "a question after our reply": (
        [wrote("a"), wrote("o", 61, US, parent="a"), wrote("b", 62, parent="o"), wrote("c", 63, parent="b")],
        {"ana": "b"},
    ),
    "our reply to one of two": (
        [wrote("a"), wrote("b", 61, BEN, parent="a"), wrote("o", 62, US, parent="a")],
        {"ben": "b"},
    ),
    "our reply names whom it answers": (
        [wrote("a"), wrote("b", 61, BEN, parent="a"), wrote("o", 62, US, parent="a", answers=("ben", "nobody"))],
        {"ana": "a"},
    ),
    "our reply goes on with our reply": (
        [
            *(wrote("a"), wrote("b", 61, BEN, parent="a"), wrote("o", 62, US, parent="a")),
            *(wrote("c", 62.5, parent="o"), wrote("o2", 63, US, parent="o")),
        ],
        {"ben": "b"},
    ),
    "in private everybody is answered": (
        [wrote("a", **DIRECT), wrote("b", 61, BEN, **DIRECT), wrote("o", 62, US, parent="a", **DIRECT)],
        {},
    ),
    "a reply of the same instant": ([wrote("a"), wrote("o", 60, US, parent="a")], {}),
    "a question of the same instant as the reply it replies to": (
        [wrote("a"), wrote("o", 61, US, parent="a"), wrote("b", 61, parent="o")],
        {"ana": "b"},
    ),
    "our clock is behind theirs": ([wrote("a"), wrote("o", 59, US, parent="a")], {}),
    "a bot": ([wrote("a", 60, BOT)], {}),
    "a bot beside a person": ([wrote("a"), wrote("b", 59, BOT, parent="a")], {"ana": "a"}),
    "context": ([wrote("a"), wrote("b", 61, BEN, parent="a", addressed=False)], {"ana": "a"}),
    "hidden": ([wrote("a", state=MessageState.HIDDEN)], {}),
    "hidden later": ([wrote("a"), gone("a", state=MessageState.HIDDEN)], {}),
    "shown again": (
        [wrote("a"), gone("a", state=MessageState.HIDDEN), gone("a", 101, MessageState.SHOWN)],
        {"ana": "a"},
    ),
    "removed": ([wrote("a"), gone("a")], {}),
    "the first removed, the second waits": ([wrote("a"), wrote("b", 61, parent="a"), gone("a")], {"ana": "b"}),
    "our reply removed": ([wrote("a"), wrote("o", 61, US, parent="a"), gone("o")], {"ana": "a"}),
    "edited": ([wrote("a"), Edited(remote_id="a", at=after(70), text="new")], {"ana": "a"}),
    "written before the connection": ([wrote("a", -5)], {}),
    "history, then news": ([wrote("a", -5), wrote("b", 5, parent="a")], {"ana": "b"}),
}


@pytest.mark.parametrize("case", CASES)
def test_who_waits(case: str) -> None:
    changes, waits = CASES[case]
    ledger = Ledger.open()
    ledger.tell(*changes)
    assert ledger.waits() == waits
    one_by_one = Ledger.open()
    for change in changes:
        one_by_one.tell(change)
    assert one_by_one.waits() == waits


def test_the_conversation_shows_the_message_that_waits_else_the_newest() -> None:
    ledger = Ledger.open()
    shown = (
        "SELECT m.remote_id, c.shown_ms, c.waits_ms, c.kind FROM conversation c"
        " JOIN message m ON m.id = c.shown_message_id"
    )
    ledger.tell(wrote("a", 60, kind=Kind.COMMENT), wrote("b", 61, parent="a"))
    assert ledger.row(shown) == ("a", to_ms(after(60)), to_ms(after(60)), "comment")
    ledger.tell(wrote("o", 62, US, parent="b"))
    assert ledger.row(shown) == ("o", to_ms(after(62)), None, "mention")


def test_reviewed_messages_need_no_answer_and_the_next_one_does() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("b", 61, BEN, parent="a"))
    (newest,) = ledger.row("SELECT last_in_message_id FROM conversation")
    ledger.write(conversations.change, 1, state="done", reviewed_message_id=newest)
    ledger.write(waiting.recompute, 1)
    assert ledger.waits() == {}
    ledger.tell(wrote("c", 63, BEN, parent="a"))
    assert ledger.waits() == {"ben": "c"}


def test_what_was_reviewed_before_a_join_stays_so_and_nothing_else_does() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("b", 61, BEN, parent="a"))
    ledger.tell(wrote("c", 62, parent="a"))
    (newest,) = ledger.row("SELECT last_in_message_id FROM conversation WHERE id = 2")
    ledger.write(conversations.change, 2, reviewed_message_id=newest)
    ledger.write(waiting.recompute, 2)
    ledger.tell(wrote("a", 60, US), wrote("root", 59, Author(remote_id="zoe")))
    ledger.tell(wrote("top", 58, Author(remote_id="zoe"), addressed=False))
    assert ledger.waits() == {"ben": "b", "zoe": "root"}
    ledger.write(conversations.join, 1, 2)
    ledger.write(refresh, 1)
    assert ledger.waits() == {"ben": "b", "zoe": "root"}


def test_somebody_who_turns_out_to_be_a_bot_waits_no_more_and_the_other_way_round() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"))
    ledger.tell(wrote("x", 61, ANA.model_copy(update={"is_bot": True})))
    assert ledger.waits() == {}
    ledger.tell(wrote("y", 62, ANA))
    assert ledger.row("SELECT count(*) FROM conversation WHERE waits_ms IS NOT NULL") == (3,)


def reply(ledger: Ledger, remote_id: str, verb: ActVerb = ActVerb.REPLY, conversation: int = 1) -> int:
    """A held reply to a message, by léa."""
    lea = ledger.write(accounts.colleague_id, "léa")
    message_id = messages.find_remote(ledger.db, ledger.account.id, remote_id)
    act_id: int = ledger.write(
        outbox.add,
        conversation,
        message_id,
        ledger.account.id,
        verb,
        "Bonjour",
        Audience.PUBLIC if verb is ActVerb.REPLY else Audience.DIRECT,
        lea,
        message_id,
        to_ms(NOW) + 10_000,
        at=NOW,
    )
    ledger.write(waiting.recompute, conversation)
    return act_id


def key(ledger: Ledger, act_id: int) -> str:
    return str(ledger.row("SELECT key FROM act WHERE id = ?", act_id)[0])


def test_a_reply_under_way_answers_until_it_fails() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("b", 61, BEN, parent="a"))
    act_id = reply(ledger, "a")
    assert ledger.waits() == {"ben": "b"}
    ledger.write(outbox.move, act_id, ActState.HELD, ActState.CANCELLED)
    assert ledger.waits() == {"ana": "a", "ben": "b"}


def test_a_reply_under_way_is_no_answer_to_what_comes_after_it() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"))
    reply(ledger, "a")
    ledger.tell(wrote("b", 610, parent="a"), at=NOW + timedelta(hours=1))
    assert ledger.waits() == {"ana": "b"}


def test_our_reply_is_one_row_whether_the_network_echoes_its_key_or_not() -> None:
    for echoed in (True, False):
        ledger = Ledger.open()
        ledger.tell(wrote("a"))
        act_id = reply(ledger, "a")
        if not echoed:
            ledger.db.execute("UPDATE act SET remote_id = 'o' WHERE id = ?", (act_id,))
        ours = wrote("o", 601, US, parent="a", act_key=key(ledger, act_id) if echoed else None)
        later = NOW + timedelta(minutes=5)
        ledger.tell(ours, at=later)
        ledger.tell(ours.model_copy(update={"act_key": None, "url": "https://example.social/o"}), at=later)
        assert ledger.row("SELECT count(*), act_id, m.url FROM message m WHERE remote_id = 'o'") == (
            1,
            act_id,
            "https://example.social/o",
        )
        (message_id,) = ledger.row("SELECT id FROM message WHERE remote_id = 'o'")
        assert ledger.row("SELECT result_message_id, remote_id, state FROM act") == (message_id, "o", "held")
        assert messages.get_rows(ledger.db, [message_id])[0].by == "léa"
        assert ledger.waits() == {}


def test_our_reply_known_before_its_receipt_is_tied_to_the_act_when_that_comes() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"))
    act_id = reply(ledger, "a")
    later = NOW + timedelta(minutes=5)
    ledger.tell(wrote("o", 601, US, parent="a"), at=later)
    ledger.tell(wrote("o", 601, US, parent="a", act_key=key(ledger, act_id)), at=later)
    assert ledger.row("SELECT count(*), act_id FROM message WHERE remote_id = 'o'") == (1, act_id)
    assert ledger.row("SELECT by FROM response") == ledger.row("SELECT id FROM colleague WHERE name = 'léa'")


def test_a_private_reply_answers_the_public_comment_and_links_the_two() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("b", 61, BEN, parent="a"))
    act_id = reply(ledger, "a", ActVerb.PRIVATE_REPLY)
    assert ledger.waits() == {"ben": "b"}
    later = NOW + timedelta(minutes=5)
    ours = wrote("o", 601, US, parent="a", act_key=key(ledger, act_id), **DIRECT)
    ledger.tell(ours, at=later)
    public, private = (row[0] for row in ledger.rows("SELECT id FROM conversation ORDER BY id"))
    assert ledger.rows("SELECT id, linked_conversation_id FROM conversation ORDER BY id") == [
        (public, private),
        (private, public),
    ]
    assert ledger.waits() == {"ben": "b"}
    assert ledger.row("SELECT conversation_id FROM response") == (public,)
    assert ledger.row("SELECT first_took_ms FROM response") == (to_ms(after(601)) - to_ms(after(60)),)

    ledger.tell(wrote("c", 602, parent="a"), wrote("d", 603, **DIRECT), at=NOW + timedelta(minutes=10))
    assert sorted(ledger.rows("SELECT conversation_id FROM participant WHERE waits_ms IS NOT NULL")) == [
        (public,),
        (public,),
        (private,),
    ]
    ledger.tell(wrote("o2", 604, US, **DIRECT), at=NOW + timedelta(minutes=10))
    assert ledger.waits() == {"ben": "b"}


def test_a_public_reply_is_no_answer_to_a_private_question() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("d", 61, **DIRECT))
    ledger.write(conversations.link, 1, 2)
    ledger.tell(wrote("o", 62, US, parent="a"))
    assert ledger.waits() == {"ana": "d"}


def test_a_private_answer_to_one_is_none_to_another_in_the_public_conversation() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("b", 61, BEN, parent="a"), wrote("d", 62, **DIRECT))
    ledger.write(conversations.link, 1, 2)
    ledger.tell(wrote("o", 63, US, **DIRECT))
    assert ledger.waits() == {"ben": "b"}


def test_a_long_private_talk_is_not_read_again_for_each_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger.open()
    ledger.tell(*(wrote(f"d{n}", n / 100, **DIRECT) for n in range(400)), wrote("o", 5, US, **DIRECT))
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    ledger.tell(wrote("d-last", 6, **DIRECT))
    ledger.db.set_progress_handler(step, 100)
    ledger.tell(wrote("o-last", 7, US, **DIRECT))
    ledger.db.set_progress_handler(None, 0)
    assert steps < 40
    assert ledger.waits() == {}


def test_the_first_response_is_measured_from_the_first_inbound_message() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("o2", 65, US, parent="a"), wrote("o1", 63, US, parent="b"), wrote("b", 62, BEN, parent="a"))
    ledger.tell(wrote("a", 60))
    minute = 60_000
    assert ledger.rows(
        "SELECT m.remote_id, first_took_ms FROM response r JOIN message m ON m.id = r.message_id ORDER BY 1"
    ) == [
        ("o1", 3 * minute),
        ("o2", None),
    ]
    assert ledger.row("SELECT first_in_ms, first_response_ms FROM conversation") == (
        to_ms(after(60)),
        to_ms(after(63)),
    )
    assert ledger.row("SELECT sum(n) FROM bucket WHERE name = 'replied'") == (2,)
    assert ledger.row("SELECT sum(n) FROM bucket WHERE name = 'received'") == (2,)


def test_a_response_before_its_question_took_no_time_and_what_we_said_before_is_none() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", 60), wrote("o", 59, US, parent="a"))
    assert ledger.row("SELECT first_took_ms FROM response") == (0,)
    other = Ledger.open()
    other.tell(wrote("o", 59, US, **DIRECT), wrote("a", 60, **DIRECT))
    assert other.row("SELECT first_took_ms FROM response") == (None,)


def test_a_reply_is_counted_once_however_often_it_is_recorded() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("o", 61, US, parent="a"))
    (message_id,) = ledger.row("SELECT id FROM message WHERE remote_id = 'o'")
    ledger.write(clocks.record_answer, message_id)
    assert ledger.row("SELECT n FROM bucket WHERE name = 'replied'") == (1,)
    assert ledger.row("SELECT count(*) FROM response") == (1,)
