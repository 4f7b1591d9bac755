from __future__ import annotations

import sqlite3
import statistics

import pytest
from small_house import START_MS, add_conversation, change, insert, small_house

from cminbox.config.clocks import Hours
from cminbox.config.settings import Settings
from cminbox.model.base import Kind
from cminbox.model.rows import Numbers, ViewNumbers
from cminbox.model.views import Condition, Filter, Key, View
from cminbox.store import counters, queue
from cminbox.store import numbers as module
from cminbox.store.database import Tx
from cminbox.store.numbers import numbers, of_view, place_of

HOUR_MS = 3_600_000
NOW_MS = START_MS + 12 * HOUR_MS
DAY = (NOW_MS, START_MS, START_MS + 24 * HOUR_MS)


def _respond(tx: Tx, conversation_id: int, replied_ms: int, took_ms: int | None, *, by: int | None = 1) -> None:
    account_id = tx.db.execute("SELECT account_id FROM conversation WHERE id = ?", (conversation_id,)).fetchone()[0]
    insert(
        tx,
        "response",
        conversation_id=conversation_id,
        account_id=account_id,
        by=by,
        replied_ms=replied_ms,
        first_took_ms=took_ms,
    )


async def test_an_empty_store_has_no_data_rather_than_zeros(tmp_path):
    async with small_house(tmp_path) as store:
        found = await store.read(numbers, *DAY)
        assert found == Numbers()
        assert (found.oldest_waiting_s, found.response_rate, found.first_response_median_s) == (None, None, None)


async def test_the_bar_counts_now(tmp_path):
    def fill(tx: Tx) -> None:
        add_conversation(tx, waits_ms=NOW_MS - 90_000)
        add_conversation(tx, waits_ms=NOW_MS - 30_500, account_id=2)
        add_conversation(tx, state="done")
        for state in ("held", "queued", "sending", "uncertain", "review", "sent", "failed", "cancelled"):
            insert(
                tx,
                "act",
                key=state,
                account_id=1,
                verb="reply",
                state=state,
                by=1,
                created_ms=NOW_MS,
                send_at_ms=NOW_MS,
            )

    async with small_house(tmp_path) as store:
        await store.write(fill)
        found = await store.read(numbers, *DAY)
        assert (found.open, found.unanswered, found.oldest_waiting_s) == (2, 2, 90.0)
        assert (found.outbox, found.review) == (4, 1)
        nord = await store.read(numbers, *DAY, brand="Nord")
        assert (nord.open, nord.unanswered, nord.oldest_waiting_s, nord.outbox, nord.review) == (1, 1, 30.5, 0, 0)
        assert await store.read(numbers, *DAY, brand="nobody") == Numbers()


async def test_a_message_from_the_future_does_not_wait_less_than_nothing(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(add_conversation, waits_ms=NOW_MS + 5000)
        assert (await store.read(numbers, *DAY)).oldest_waiting_s == 0


async def test_first_responses_are_exact_and_belong_to_the_day_of_the_reply(tmp_path):
    took = [4_000, 1_000, 90_000, 60_500]

    def fill(tx: Tx) -> None:
        for i, ms in enumerate(took):
            _respond(tx, add_conversation(tx, START_MS - HOUR_MS), START_MS + i, ms)
        _respond(tx, 1, START_MS + 50, None)
        _respond(tx, add_conversation(tx), START_MS + 60, None)
        _respond(tx, add_conversation(tx), START_MS - 1, 7_000_000)
        _respond(tx, add_conversation(tx), DAY[2], 7_000_000)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        found = await store.read(numbers, *DAY)
        assert found.first_response_n == 4
        assert found.first_response_median_s == statistics.median(took) / 1000
        assert (
            found.first_response_p90_s == statistics.quantiles([ms / 1000 for ms in took], n=10, method="inclusive")[8]
        )
        assert found.answered == 5


async def test_a_reply_before_the_question_took_no_time(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(lambda tx: _respond(tx, add_conversation(tx), START_MS, -400))
        assert (await store.read(numbers, *DAY)).first_response_median_s == 0


async def test_a_colleague_s_replies_and_a_brand_s(tmp_path):
    def fill(tx: Tx) -> None:
        _respond(tx, add_conversation(tx), START_MS, 1000, by=1)
        _respond(tx, add_conversation(tx), START_MS, 3000, by=2)
        _respond(tx, add_conversation(tx, account_id=2), START_MS, 9000, by=None)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        assert (await store.read(numbers, *DAY)).answered == 3
        marc = await store.read(numbers, *DAY, by="marc")
        assert (marc.answered, marc.first_response_median_s, marc.open) == (1, 3.0, 3)
        nord = await store.read(numbers, *DAY, brand="Nord")
        assert (nord.answered, nord.first_response_median_s, nord.open) == (1, 9.0, 1)


async def test_received_counts_the_quarters_that_the_period_touches(tmp_path):
    quarter = counters.QUARTER_MS
    edge = START_MS - START_MS % quarter

    def fill(tx: Tx) -> None:
        for i in range(-2, 5):
            counters.add(tx, 1 + i % 2, edge + i * quarter, "received")
        counters.add(tx, 1, edge, "replied", 99)
        counters.add(tx, 1, edge + 3 * quarter, "received_day", 10)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        for since, until, expected in (
            (edge, edge + 4 * quarter, 14),
            (edge, edge + 2 * quarter, 2),
            (edge + 1, edge + 2 * quarter + 1, 3),
            (edge, edge, 0),
        ):
            assert (await store.read(numbers, NOW_MS, since, until)).received == expected
        assert (await store.read(numbers, NOW_MS, edge, edge + 2 * quarter, brand="Nord")).received == 1


async def test_the_response_rate_is_of_those_that_needed_an_answer(tmp_path):
    def fill(tx: Tx) -> None:
        begun = {"first_in_ms": START_MS}
        add_conversation(tx, **begun, first_response_ms=START_MS + 5)
        add_conversation(tx, **begun, first_response_ms=START_MS + 5, waits_ms=START_MS + 9)
        add_conversation(tx, **begun, waits_ms=START_MS)
        add_conversation(tx, **begun, state="done")
        add_conversation(tx, **begun, first_response_ms=START_MS + 5, state="spam")
        add_conversation(tx, **begun, first_response_ms=START_MS + 5, is_history=1)
        add_conversation(tx, first_in_ms=START_MS - 1, waits_ms=START_MS)
        add_conversation(tx, first_in_ms=DAY[2], waits_ms=START_MS)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        assert (await store.read(numbers, *DAY)).response_rate == 2 / 3
        await store.write(change, 3, waits_ms=None, reviewed_message_id=3)
        assert (await store.read(numbers, *DAY)).response_rate == 1


async def test_reading_the_bar_takes_as_many_steps_however_much_lies_behind(tmp_path):
    """Counts the steps of SQLite's machine: no clock needed to see that the bar does not grow."""

    def fill(tx: Tx, n: int) -> None:
        for i in range(n):
            at_ms = START_MS - HOUR_MS - i * 1000
            one = add_conversation(tx, at_ms, None, first_in_ms=at_ms, waits_ms=at_ms if i % 2 else None)
            _respond(tx, one, at_ms, 1000)
            counters.add(tx, 1, at_ms, "received")
            insert(tx, "act", key=f"{one}", account_id=1, verb="reply", state="sent", by=1, created_ms=0, send_at_ms=0)

    def steps(db: sqlite3.Connection, brand: str | None) -> int:
        seen = 0

        def step() -> int:
            nonlocal seen
            seen += 1
            return 0

        db.set_progress_handler(step, 1)
        numbers(db, *DAY, brand=brand)
        db.set_progress_handler(None, 0)
        return seen

    async with small_house(tmp_path) as store:
        await store.write(lambda tx: _respond(tx, add_conversation(tx, first_in_ms=START_MS), START_MS, 1000))
        await store.write(fill, 100)
        few = [await store.read(steps, brand) for brand in (None, "Lumière")]
        await store.write(fill, 2000)
        many = [await store.read(steps, brand) for brand in (None, "Lumière")]
        assert many == few


VIEWS = {
    "inbox": Filter(),
    "network": Filter(network="mastodon"),
    "account": Filter(account="bob"),
    "brand": Filter(brand="Nord"),
    "assignee": Filter(assignee="marc"),
    "tag": Filter(tag="colis"),
}


def _busy(tx: Tx) -> None:
    """Two waiting conversations of every account, one with a tag and a colleague; replies, one of them late."""
    tag = insert(tx, "tag", name="colis", folded="colis", colour="grey")
    for account_id in (1, 2, 3):
        for n in range(4):
            one = add_conversation(
                tx,
                NOW_MS - 60_000 * (n + 1),
                account_id=account_id,
                waits_ms=NOW_MS - 60_000 * (n + account_id) if n < 2 else None,
                due_ms=NOW_MS + 60_000 * (n - 1) if n < 2 else None,
                state=("open", "open", "waiting", "done")[n],
                first_in_ms=NOW_MS - 60_000 * (n + 1),
                assignee=2 if n == 1 else None,
            )
            if n == 1:
                tx.touch(one)
                tx.db.execute(
                    "INSERT INTO conversation_tag"
                    " (conversation_id, tag_id, state, shown_ms, waits_ms, network_id, assignee)"
                    " SELECT id, ?, state, shown_ms, waits_ms, network_id, assignee FROM conversation WHERE id = ?",
                    (tag, one),
                )
            _respond(tx, one, NOW_MS - 1000, 2000, by=1 + n % 2)
            tx.db.execute("UPDATE response SET due_ms = replied_ms + ? WHERE conversation_id = ?", (n - 1, one))
        tx.db.execute(
            "UPDATE message SET addressed = 1 WHERE account_id = ?",
            (account_id,),
        )


@pytest.mark.parametrize("name", VIEWS)
async def test_the_bar_of_a_view_is_what_a_count_of_its_conversations_gives(tmp_path, name: str):
    keeps = {
        "inbox": "1",
        "network": "c.network_id = 1",
        "account": "c.account_id = 2",
        "brand": "c.brand_id = 2",
        "assignee": "c.assignee = 2",
        "tag": "EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation_id = c.id)",
    }[name]

    def counted(db: sqlite3.Connection, sql: str) -> int:
        return int(db.execute(sql.format(keeps=keeps)).fetchone()[0])

    async with small_house(tmp_path) as store:
        await store.write(_busy)
        found = await store.read(of_view, *DAY, VIEWS[name], mine="marc")
        expected = {
            "open": "SELECT count(*) FROM conversation c WHERE c.state = 'open' AND {keeps}",
            "unanswered": "SELECT count(*) FROM conversation c WHERE c.waits_ms IS NOT NULL AND {keeps}",
            "backlog": "SELECT count(*) FROM conversation c WHERE c.state IN ('open', 'waiting') AND {keeps}",
            "late": f"SELECT count(*) FROM conversation c WHERE c.due_ms < {NOW_MS} AND {{keeps}}",
            "due_soon": f"SELECT count(*) FROM conversation c WHERE c.due_ms >= {NOW_MS} AND {{keeps}}",
            "answered": "SELECT count(*) FROM response r JOIN conversation c ON c.id = r.conversation_id WHERE {keeps}",
            "answered_mine": "SELECT count(*) FROM response r JOIN conversation c ON c.id = r.conversation_id"
            " WHERE r.by = 2 AND {keeps}",
        }
        for key, sql in expected.items():
            assert getattr(found, key) == await store.read(counted, sql), key
        assert found.open > 0
        heard = await store.read(counted, "SELECT count(*) FROM conversation c WHERE {keeps}")
        assert found.new_per_minute == heard / 15
        oldest = "SELECT min(c.waits_ms) FROM conversation c WHERE {keeps}"
        assert found.oldest_waiting_s == (NOW_MS - await store.read(counted, oldest)) / 1000
        in_time = "SELECT sum(r.replied_ms <= r.due_ms) FROM response r JOIN conversation c ON c.id = r.conversation_id"
        assert found.targets_hit == await store.read(counted, in_time + " WHERE {keeps}") / found.answered
        assert not found.at_least


@pytest.mark.parametrize("name", VIEWS)
async def test_no_query_of_the_bar_reads_a_whole_table(tmp_path, name: str):
    async with small_house(tmp_path) as store:
        await store.write(_busy)

        def plans(db: sqlite3.Connection) -> list[str]:
            said: list[str] = []
            db.set_trace_callback(said.append)
            of_view(db, *DAY, VIEWS[name], mine="marc")
            db.set_trace_callback(None)
            found = []
            for sql in said:
                steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")] if sql[:6] == "SELECT" else []
                found += [f"{step} <- {sql}" for step in steps]
            return found

        found = await store.read(plans)
        assert len(found) > 8
        big = ("conversation", "message", "response", "bucket", "gauge", "journal", "conversation_tag", "c", "m", "r")
        for step in found:
            verb, name, *how = [*step.partition(" <- ")[0].split(), ""]
            if verb == "SCAN" and name in (*big, *(("a",) if "FROM act a" in step else ())):
                assert "INDEX" in how, step
                # An index may be walked where only its first rows are wanted, or its few (a partial one).
                assert "LIMIT" in step or "EXISTS" in step, step


@pytest.mark.parametrize("nowhere", [{"tag": "nothing"}, {"assignee": "nobody"}, {"brand": "none"}])
async def test_the_bar_of_a_place_that_is_not_there_is_empty(tmp_path, nowhere: dict[str, str]):
    async with small_house(tmp_path) as store:
        await store.write(_busy)
        found = await store.read(of_view, *DAY, Filter(**nowhere), mine="marc")
        assert found == ViewNumbers()


async def test_what_no_gauge_holds_is_counted_up_to_a_budget(tmp_path, monkeypatch):
    async with small_house(tmp_path) as store:

        def fill(tx: Tx) -> None:
            for _ in range(40):
                add_conversation(tx, waits_ms=NOW_MS - 1000, kind="dm")

        await store.write(fill)
        wanted = Filter(kind=Kind.DM)
        exact = await store.read(of_view, *DAY, wanted)
        assert (exact.open, exact.unanswered, exact.at_least) == (40, 40, frozenset())
        monkeypatch.setattr(queue, "SCAN_ROWS", 20)
        ended = await store.read(of_view, *DAY, wanted)
        assert ended.at_least >= {"open", "unanswered"}
        assert 0 < ended.open <= 21
        monkeypatch.setattr(module, "MOST", 5)
        assert (await store.read(of_view, *DAY, wanted)).open == 5


async def test_a_view_s_bar_is_about_its_place_and_not_its_state(tmp_path):
    late = Condition(key=Key.IS, values=("late:1",))
    tagged = Condition(key=Key.TAG, values=("colis", "retard"))
    view = Filter(view=View.DONE, brand="Nord", search="x", person=4, conditions=(late, tagged))
    assert place_of(view) == Filter(view=View.ANY, brand="Nord", conditions=(tagged,))


async def test_business_hours_count_working_time_in_the_bar_too(tmp_path):
    hours = Settings(timezone="UTC", hours=Hours(week="mon-fri 10:00-18:00"))
    asked = START_MS  # a Monday, 9:00
    async with small_house(tmp_path) as store:
        await store.write(lambda tx: _respond(tx, add_conversation(tx), asked + HOUR_MS + 60_000, HOUR_MS + 60_000))
        assert (await store.read(numbers, *DAY)).first_response_median_s == 3660
        assert (await store.read(numbers, *DAY, settings=hours)).first_response_median_s == 60
