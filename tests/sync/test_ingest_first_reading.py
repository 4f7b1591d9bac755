"""History, what came while nothing ran, and imports (design: First reading)."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from cminbox.clock import to_ms
from cminbox.model.base import Kind, TimePrecision
from cminbox.store import accounts
from cminbox.store.accounts import IMPORT_FEED

from .ledger import BEN, CONNECTED, NOW, US, Ledger, after, wrote

STANDS = "SELECT state, unread, is_history, waits_ms, first_in_ms FROM conversation ORDER BY id"


def test_what_was_written_before_the_connection_is_done_and_in_no_clock() -> None:
    ledger = Ledger.open()
    done = ledger.tell(wrote("a", -600), wrote("o", -500, US, parent="a"), wrote("b", -400, BEN, parent="o"))
    assert ledger.row(STANDS) == ("done", 0, 1, None, None)
    assert ledger.rows("SELECT * FROM response") == []
    assert done.arrived_ids == ()
    assert ledger.row("SELECT sum(n) FROM bucket WHERE name = 'received'") == (2,)
    assert ledger.row("SELECT quarter FROM bucket WHERE n = 1 LIMIT 1") == (to_ms(after(-600)) // 900_000,)


def test_what_came_while_nothing_ran_is_new_and_its_clock_starts_when_it_was_written() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", 5), at=CONNECTED + timedelta(days=30))
    assert ledger.row(STANDS) == ("open", 1, 0, to_ms(after(5)), to_ms(after(5)))


def test_news_in_an_old_conversation_opens_it_and_the_clock_starts_with_the_news() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", -600))
    done = ledger.tell(wrote("b", 5, parent="a"))
    assert ledger.row(STANDS) == ("open", 1, 0, to_ms(after(5)), to_ms(after(5)))
    assert len(done.arrived_ids) == 1


def test_old_context_that_comes_late_waits_for_nobody() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("b", 5, BEN, parent="a"))
    ledger.tell(wrote("a", -600))
    assert ledger.waits() == {"ben": "b"}


def test_open_since_opens_what_is_asked_for() -> None:
    ledger = Ledger.open(open_since=CONNECTED - timedelta(days=3))
    ledger.tell(wrote("older", -4 * 24 * 60), wrote("younger", -2 * 24 * 60))
    assert ledger.rows("SELECT state FROM conversation ORDER BY id") == [("done",), ("open",)]
    assert ledger.waits() == {"ana": "younger"}


def test_what_is_history_to_one_account_and_news_to_another_is_news() -> None:
    ledger = Ledger.open()
    ledger.db.execute("UPDATE account SET connected_ms = ?", (to_ms(after(120)),))
    late = accounts.get(ledger.db, ledger.account.id)
    early = ledger.connect("early")
    ledger.tell(wrote("1", 60, global_id="uri"), account=late)
    assert ledger.row("SELECT state FROM conversation") == ("done",)
    done = ledger.tell(wrote("2", 60, global_id="uri"), account=early)
    assert ledger.row(STANDS) == ("open", 1, 0, to_ms(after(60)), to_ms(after(60)))
    assert len(done.arrived_ids) == 1
    assert ledger.row("SELECT sum(n) FROM bucket WHERE name = 'received'") == (1,)


def imported(*changes: object, account: str = "") -> Ledger:
    ledger = Ledger.open()
    account_id = ledger.write(accounts.ensure_import, "x", account)
    ledger.account = accounts.get(ledger.db, account_id)
    for change in changes:
        ledger.tell(change, feed=IMPORT_FEED)  # type: ignore[arg-type]
    return ledger


def test_imports_are_open_whatever_their_age_and_never_arrive_live() -> None:
    ledger = imported()
    done = ledger.tell(wrote("a", -1_000_000), feed=IMPORT_FEED)
    assert ledger.row(STANDS)[:3] == ("open", 1, 0)
    assert ledger.waits() == {"ana": "a"}
    assert done.arrived_ids == ()


def test_an_import_whose_last_word_is_ours_is_done_in_whatever_order_it_comes() -> None:
    parts = [
        wrote("a", -600),
        wrote("o", -500, US, parent="a"),
        wrote("b", -400, BEN),
        wrote("p", -300, US, parent="b"),
        wrote("c", -200, BEN, parent="p"),
        wrote("alone", -100, US),
    ]
    for order in (parts, parts[::-1]):
        ledger = imported(*order)
        assert sorted(ledger.rows("SELECT state, unread, waits_ms IS NOT NULL FROM conversation")) == [
            ("done", 0, 0),
            ("open", 1, 1),
        ]
        assert sorted(map(sorted, ledger.conversations())) == [["a", "o"], ["b", "c", "p"]]


def test_an_import_into_a_real_account_is_no_history_either() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", -600), feed=IMPORT_FEED)
    assert ledger.row("SELECT state FROM conversation") == ("open",)


def test_messages_without_time_wait_but_are_in_no_time_figure() -> None:
    ledger = imported(
        wrote("a", None, precision=TimePrecision.UNKNOWN),
        wrote("o", 10, US, parent="a"),
        wrote("r", -600, kind=Kind.REVIEW, precision=TimePrecision.DAY),
        wrote("s", -500, US, parent="r"),
    )
    assert ledger.row("SELECT at_ms, created_ms FROM message WHERE remote_id = 'a'") == (to_ms(NOW), None)
    assert ledger.rows("SELECT first_in_ms, first_response_ms FROM conversation") == [(None, None), (None, None)]
    assert ledger.rows("SELECT first_took_ms FROM response") == [(None,), (None,)]
    assert ledger.rows("SELECT name, n FROM bucket ORDER BY name") == [
        ("received_day", 1),
        ("replied", 1),
        ("replied", 1),
    ]


def test_what_we_wrote_holds_its_imported_replies_together_in_whatever_order_they_come() -> None:
    tree = (
        wrote("ours", 1, US),
        wrote("ours too", 2, US, parent="ours"),
        wrote("q1", 3, parent="ours"),
        wrote("q2", 4, BEN, parent="ours too"),
        wrote("a1", 5, US, parent="q1"),
    )
    pictures = []
    for order in permutations(tree):
        ledger = imported()
        account = ledger.account
        for each in order:
            ledger.tell(each, account=account, feed=IMPORT_FEED)
        assert ledger.conversations() == [{"ours", "ours too", "q1", "q2", "a1"}]
        pictures.append(ledger.picture())
    assert all(picture == pictures[0] for picture in pictures)


def test_our_imported_post_and_what_others_wrote_hold_nothing_together() -> None:
    ledger = imported(
        wrote("post", 1, US, kind=Kind.POST), wrote("q1", 2, parent="post"), wrote("q2", 3, BEN, parent="post")
    )
    assert ledger.conversations() == [{"q1"}, {"q2"}]
