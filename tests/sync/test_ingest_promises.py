"""By when the wait that a reply ended was to end: kept as it was when it was sent, whatever comes first."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.config.clocks import Hours, Target
from cminbox.config.settings import Settings
from cminbox.model.base import Kind, TimePrecision
from cminbox.model.changes import Change
from cminbox.model.content import TopicInfo
from cminbox.store import accounts, deadlines, journal, tagging

from .ledger import BEN, BOT, US, Ledger, after, pieces, wrote
from .test_ingest_order import same, tellings

FILTERS = (
    "kind:mention",
    "kind:dm",
    "topic:1",
    "-is:private",
    "is:open",
    "is:unanswered",
    "account:acme",
    "is:assigned",
)


def ledger_with(*targets: Target, hours: Hours | None = None) -> Ledger:
    ledger = Ledger.open()
    ledger.write(deadlines.know, Settings(timezone="UTC", targets=targets, hours=hours), at=after(-100))
    for key, campaign in (("m0", "spring"), ("place", None)):
        ledger.db.execute("INSERT INTO topic (account_id, key, campaign) VALUES (1, ?, ?)", (key, campaign))
    return ledger


def promises(ledger: Ledger) -> dict[str, tuple[str | None, float | None]]:
    """Of each reply: the message that the wait began with, and minutes from there to the deadline."""
    rows = ledger.rows(
        "SELECT o.remote_id, m.remote_id, (r.due_ms - m.at_ms) / 60000.0 FROM response r"
        " JOIN message o ON o.id = r.message_id LEFT JOIN message m ON m.id = r.asked_message_id"
    )
    return {row[0]: (row[1], row[2]) for row in rows}


HOUR = Target(answer_s=3600)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_order_and_pieces_make_no_difference_to_promises(data: st.DataObject) -> None:
    changes = data.draw(tellings())
    filters = data.draw(st.lists(st.sampled_from(("", *FILTERS)), min_size=1, max_size=3, unique=True))
    targets = [Target(filter=each, answer_s=600 * number) for number, each in enumerate(filters, 1)]
    hours = data.draw(st.sampled_from([None, Hours(week="mon-sun 9:30-10:30, 11-24")]))
    pictures = []
    orders: Sequence[tuple[Sequence[Change], Sequence[int]]] = (
        (changes, []),
        (data.draw(st.permutations(changes)), data.draw(st.lists(st.integers(0, 30), max_size=6))),
    )
    for order, cuts in orders:
        ledger = ledger_with(*targets, hours=hours)
        for piece in pieces(order, cuts):
            ledger.tell(*piece)
        pictures.append(ledger.picture())
    same(*pictures)


def test_a_message_that_comes_late_began_the_wait() -> None:
    ledger = ledger_with(HOUR)
    ledger.tell(wrote("a", 60), wrote("o", 100, US, parent="a"), wrote("o2", 130, US, parent="o"))
    assert promises(ledger) == {"o": ("a", 60), "o2": (None, None)}
    ledger.tell(wrote("b", 90, parent="a"))
    assert promises(ledger)["o"] == ("a", 60)
    ledger.tell(wrote("c", 50, BEN, parent="a"))
    assert promises(ledger) == {"o": ("c", 60), "o2": (None, None)}
    ledger.tell(wrote("d", 120, BEN, parent="o"))
    assert promises(ledger) == {"o": ("c", 60), "o2": ("d", 60)}


def test_a_reply_of_ours_that_comes_late_ended_the_wait_before() -> None:
    ledger = ledger_with(HOUR)
    ledger.tell(wrote("a", 60), wrote("b", 80, parent="a"), wrote("o2", 100, US, parent="b"))
    assert promises(ledger) == {"o2": ("a", 60)}
    ledger.tell(wrote("o", 70, US, parent="a"))
    assert promises(ledger) == {"o": ("a", 60), "o2": ("b", 60)}


def test_the_first_message_after_our_reply_begins_the_next_wait_also_of_the_same_instant_as_the_next_reply() -> None:
    ledger = ledger_with(HOUR)
    ledger.tell(wrote("a", 60), wrote("o", 60, US, parent="a"), wrote("b", 61, parent="o"), wrote("c", 62, parent="b"))
    ledger.tell(wrote("o2", 62, US, parent="c"))
    assert promises(ledger) == {"o": ("a", 60), "o2": ("b", 60)}


def test_nobody_waits_with_what_a_bot_wrote_what_is_not_to_us_or_history_or_known_to_the_day() -> None:
    ledger = ledger_with(HOUR)
    ledger.tell(wrote("h", -5), wrote("b", 10, BOT, parent="h"), wrote("c", 20, BEN, parent="h", addressed=False))
    ledger.tell(wrote("d", 30, BEN, parent="h", precision=TimePrecision.DAY), wrote("o", 100, US, parent="h"))
    assert promises(ledger) == {"o": (None, None)}
    ledger.tell(wrote("a", 60, parent="h"))
    assert promises(ledger) == {"o": ("a", 60)}
    day = ledger_with(HOUR)
    day.tell(wrote("a", 60), wrote("o", 100, US, parent="a", precision=TimePrecision.DAY))
    assert promises(day) == {"o": (None, None)}


def test_somebody_who_turns_out_to_be_no_bot_waited() -> None:
    ledger = ledger_with(HOUR)
    ledger.tell(wrote("b", 10, BOT), wrote("a", 20, parent="b"), wrote("o", 30, US, parent="a"))
    assert promises(ledger) == {"o": ("a", 60)}
    ledger.tell(wrote("b2", 40, BOT.model_copy(update={"is_bot": False}), parent="o"))
    assert promises(ledger) == {"o": ("b", 60)}


def test_the_target_is_that_of_the_conversation_as_it_was_while_the_message_waited() -> None:
    ledger = ledger_with(
        Target(filter="kind:dm", answer_s=60),
        Target(filter="campaign:spring", answer_s=120),
        Target(filter="kind:mention is:open is:unanswered", answer_s=600),
        Target(filter="kind:comment", answer_s=1200),
    )
    ledger.tell(wrote("a", 60), wrote("o", 61, US, parent="a"))
    ledger.tell(wrote("b", 70, parent="o", kind=Kind.COMMENT), wrote("o2", 71, US, parent="b"))
    assert promises(ledger) == {"o": ("a", 10), "o2": ("b", 20)}
    ledger.tell(wrote("c", 80, parent="o2", topic=TopicInfo(key="m0")), wrote("o3", 81, US, parent="c"))
    assert promises(ledger) == {"o": ("a", 10), "o2": ("b", 20), "o3": ("c", 2)}


def test_two_conversations_that_join_are_one_wait() -> None:
    ledger = ledger_with(HOUR)
    ledger.tell(wrote("b", 60, parent="a"), wrote("o", 100, US, parent="b"), wrote("c", 50, BEN, parent="a"))
    assert promises(ledger) == {"o": ("b", 60)}
    ledger.tell(wrote("a", 40, BEN))
    assert ledger.conversations() == [{"a", "b", "c", "o"}]
    assert promises(ledger) == {"o": ("a", 60)}


def tag(ledger: Ledger, name: str, minutes: float, holding: str = "a") -> None:
    """A colleague tags the conversation that holds a message."""

    def job(tx):  # type: ignore[no-untyped-def]
        (one,) = tx.db.execute("SELECT conversation_id FROM message WHERE remote_id = ?", (holding,)).fetchone()
        tx.db.execute("INSERT INTO tag (name, folded, colour) VALUES (?, ?, 'red')", (name, name))
        (tag_id,) = tx.db.execute("SELECT id FROM tag WHERE folded = ?", (name,)).fetchone()
        tagging.put(tx, one, tag_id)
        journal.write(tx, "tag", accounts.colleague_id(tx, "léa"), one)

    ledger.write(job, at=after(minutes))


def test_a_tag_given_after_the_reply_changes_nothing_even_where_a_message_comes_late() -> None:
    ledger = ledger_with(HOUR, Target(filter="tag:vip", answer_s=600))
    ledger.tell(wrote("a", 60), wrote("o", 100, US, parent="a"), at=after(101))
    tag(ledger, "vip", 110)
    ledger.tell(wrote("c", 50, BEN, parent="a"), at=after(120))
    assert promises(ledger) == {"o": ("c", 60)}
    ledger.tell(wrote("d", 130, parent="o"), wrote("o2", 135, US, parent="d"), at=after(136))
    assert promises(ledger) == {"o": ("c", 60), "o2": ("d", 10)}


def test_a_tag_given_before_the_reply_decides() -> None:
    ledger = ledger_with(HOUR, Target(filter="tag:vip", answer_s=600))
    ledger.tell(wrote("a", 60), at=after(61))
    tag(ledger, "vip", 70)
    ledger.tell(wrote("o", 100, US, parent="a"), at=after(101))
    assert promises(ledger) == {"o": ("a", 10)}


def test_settings_said_after_the_reply_change_nothing() -> None:
    ledger = ledger_with(HOUR)
    ledger.tell(wrote("a", 60), wrote("o", 100, US, parent="a"), at=after(101))
    ledger.write(deadlines.know, Settings(timezone="UTC", targets=(Target(answer_s=60),)), at=after(110))
    ledger.tell(wrote("c", 50, BEN, parent="a"), at=after(120))
    ledger.tell(wrote("d", 130, parent="o"), wrote("o2", 135, US, parent="d"), at=after(136))
    assert promises(ledger) == {"o": ("c", 60), "o2": ("d", 1)}


def test_a_reply_from_before_there_was_a_target_stays_without_one() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", 60), wrote("o", 100, US, parent="a"), at=after(101))
    ledger.write(deadlines.know, Settings(timezone="UTC", targets=(HOUR,)), at=after(110))
    ledger.tell(wrote("c", 50, BEN, parent="a"), at=after(120))
    assert promises(ledger) == {"o": ("c", None)}


def test_of_two_messages_of_one_instant_the_name_decides_which_began_the_wait() -> None:
    for order in ("xy", "yx"):
        ledger = ledger_with(Target(filter="kind:mention", answer_s=600), Target(filter="kind:comment", answer_s=1200))
        kinds = {"x": Kind.COMMENT, "y": Kind.MENTION}
        ledger.tell(wrote("a", 10, BOT))
        ledger.tell(*(wrote(each, 60, parent="a", kind=kinds[each]) for each in order))
        ledger.tell(wrote("o", 100, US, parent="a"))
        assert promises(ledger) == {"o": ("x", 20)}


def test_two_replies_of_one_instant_ended_one_wait() -> None:
    ledger = ledger_with(HOUR)
    ledger.tell(wrote("a", 60), wrote("o", 100, US, parent="a"), wrote("o2", 100, US, parent="a"))
    assert promises(ledger) == {"o": ("a", 60), "o2": ("a", 60)}


def test_a_late_message_is_judged_as_it_was_when_it_waited() -> None:
    ledger = ledger_with(
        Target(filter="kind:comment is:unanswered", answer_s=1200), Target(filter="campaign:spring", answer_s=60)
    )
    ledger.tell(wrote("a", 60), wrote("o", 100, US, parent="a"))
    ledger.tell(wrote("b", 110, parent="o", topic=TopicInfo(key="m0")), wrote("o2", 120, US, parent="b"))
    assert promises(ledger) == {"o": ("a", None), "o2": ("b", 1)}
    ledger.tell(wrote("c", 50, BEN, parent="a", kind=Kind.COMMENT))
    assert promises(ledger) == {"o": ("c", 20), "o2": ("b", 1)}


def test_what_was_done_before_the_reply_keeps_no_late_message_from_being_judged() -> None:
    ledger = ledger_with(HOUR, Target(filter="kind:comment", answer_s=600))
    ledger.tell(wrote("a", 60), at=after(61))
    tag(ledger, "vip", 70)
    ledger.tell(wrote("o", 100, US, parent="a"), at=after(101))
    ledger.tell(wrote("c", 50, BEN, parent="a", kind=Kind.COMMENT), at=after(102))
    assert promises(ledger) == {"o": ("c", 10)}


def test_what_was_done_to_a_conversation_that_was_joined_counts_as_done_to_the_whole() -> None:
    ledger = ledger_with(HOUR, Target(filter="tag:vip", answer_s=600))
    ledger.tell(wrote("b", 60, parent="a"), wrote("o", 100, US, parent="b"), at=after(101))
    ledger.tell(wrote("c", 50, BEN, parent="a"), at=after(102))
    tag(ledger, "vip", 110, "c")
    ledger.tell(wrote("a", 40, BEN), at=after(120))
    assert promises(ledger) == {"o": ("a", 60)}


def test_working_time_makes_it_later() -> None:
    ledger = ledger_with(HOUR, hours=Hours(week="mon-sun 10:30-23:00"))
    ledger.tell(wrote("a", 60), wrote("o", 100, US, parent="a"))
    assert promises(ledger) == {"o": ("a", 90)}
