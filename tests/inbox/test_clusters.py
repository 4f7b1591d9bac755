"""Clusters in the store: who is with whom, and that sizes stay exact whatever happens."""

from __future__ import annotations

import asyncio
import tempfile
from itertools import combinations
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from tests.inbox.office import Office

from cminbox.clock import to_ms
from cminbox.errors import Refused
from cminbox.inbox import moderation, replies, triage, undo
from cminbox.insight.clusters import FARTHEST, form
from cminbox.model.base import Direction
from cminbox.model.changes import Edited, Removed
from cminbox.store import accounts, clusters
from cminbox.store.database import Tx

WAVE = "the code of the spring offer does not work at checkout"
OTHER = "when do you deliver to the islands again"


async def clusters_of(office: Office) -> dict[int, int]:
    """The cluster of every conversation that is in one."""
    return await office.store.read(
        lambda db: {row[0]: row[1] for row in db.execute("SELECT conversation_id, cluster_id FROM cluster_member")}
    )


async def size_of(office: Office, conversation_id: int) -> int:
    return await office.store.read(
        lambda db: db.execute(
            "SELECT ifnull(max(c.size), 0) FROM cluster_member k JOIN cluster c ON c.id = k.cluster_id"
            " WHERE k.conversation_id = ?",
            (conversation_id,),
        ).fetchone()[0]
    )


async def test_what_says_the_same_is_together_as_it_comes(office: Office) -> None:
    one = await office.arrive("1", "ana", f"Hello, {WAVE}")
    two = await office.arrive("2", "bob", f"{WAVE.upper()} !!!")
    other = await office.arrive("3", "cleo", OTHER)
    greeting = await office.arrive("4", "dan", "hello")
    found = await clusters_of(office)
    assert found[one] == found[two] != found[other]
    assert greeting not in found
    assert [await size_of(office, each) for each in (one, two, other, greeting)] == [2, 2, 1, 0]


async def test_what_we_wrote_is_never_in_a_cluster(office: Office) -> None:
    one = await office.arrive("1", "ana", WAVE)
    for _ in range(2):
        await office.arrive("1", "us", WAVE, direction=Direction.OUT)
    assert await size_of(office, one) == 0, "it is answered, by the very same words"
    assert await clusters_of(office) == {}


async def test_only_what_is_open_and_waits_counts(office: Office) -> None:
    lea = await office.desk()
    ids = [await office.arrive(str(n), f"p{n}", WAVE) for n in range(5)]
    assert await size_of(office, ids[0]) == 5
    await triage.done(lea, ids[1:2])
    await moderation.spam(lea, ids[2:3])
    await replies.reply(lea, ids[3], "We are on it.")
    assert await size_of(office, ids[0]) == 2
    await moderation.reopen(lea, ids[1:2])
    assert await size_of(office, ids[0]) == 3
    await office.removed("m5")
    assert await size_of(office, ids[0]) == 2
    assert await office.store.read(clusters.drift) == []


async def test_the_same_cluster_is_found_again_after_an_undo(office: Office) -> None:
    lea = await office.desk()
    ids = [await office.arrive(str(n), f"p{n}", WAVE) for n in range(3)] + [await office.arrive("9", "zoe", OTHER)]
    before = await clusters_of(office)
    await triage.done(lea, ids)
    assert await clusters_of(office) == {}
    await undo.undo(lea)
    assert await clusters_of(office) == before


async def test_an_edit_moves_a_message_to_what_it_says_now(office: Office) -> None:
    ids = [await office.arrive(str(n), f"p{n}", WAVE) for n in range(3)]
    asked = await office.arrive("9", "zoe", OTHER)
    await office.tell(Edited(remote_id="m1", text=f"Hi! {OTHER}?", at=office.clock.now()))
    found = await clusters_of(office)
    assert found[ids[0]] == found[asked] != found[ids[1]] == found[ids[2]]
    late = await office.arrive("10", "yan", WAVE)
    assert (await clusters_of(office))[late] == found[ids[1]], "goes on with another of its messages"
    assert await office.store.read(clusters.drift) == []


async def test_a_message_of_a_second_brand_is_in_no_cluster_of_the_first(office: Office) -> None:
    one = await office.arrive("1", "ana", WAVE)
    account_id = await office.store.write(
        accounts.add, "second", "mastodon", "https://example.net", "Nord", {}, None, to_ms(office.clock.now())
    )
    office.account = await office.store.read(accounts.get, account_id)
    two = await office.arrive("2", "bob", WAVE)
    found = await clusters_of(office)
    assert found[one] != found[two]


async def test_empty_clusters_are_forgotten_in_time(office: Office) -> None:
    lea = await office.desk()
    ids = [await office.arrive("1", "ana", WAVE), await office.arrive("2", "bob", OTHER)]
    ids.append(await office.arrive("3", "cleo", OTHER))
    await triage.done(lea, ids)

    def left(tx: Tx) -> tuple[int, int]:
        (n,) = tx.db.execute("SELECT count(*) FROM cluster").fetchone()
        (k,) = tx.db.execute("SELECT count(DISTINCT cluster_id) FROM cluster_key").fetchone()
        return n, k

    assert await office.store.write(left) == (2, 2)
    await office.clock.advance(clusters.KEPT_ALONE_MS / 1000)
    await office.arrive("4", "dan", "a new story about something else")
    assert await office.store.write(left) == (2, 2), "the lonely one went, the new one came"
    await office.clock.advance(clusters.KEPT_WAVE_MS / 1000)
    await office.arrive("5", "eve", "one more story that nobody told before")
    assert await office.store.write(left) == (2, 2)


FAMILIES = (
    "the code of the spring offer does not work at checkout",
    "when do you deliver to the islands again",
    "my parcel came broken and wet this morning",
    "the code of the spring offer works at checkout",
)
SPELLINGS = ("{}", "Hello, {}", "{} !!!", "{} please", "Bonjour {}", "{} with my card", "so {}", "{} really :(")
texts = st.builds(lambda text, spelling: spelling.format(text), st.sampled_from(FAMILIES), st.sampled_from(SPELLINGS))


async def _clustered(folder: Path, said: list[str]) -> dict[int, int]:
    office = await Office.open(folder)
    try:
        ids = [await office.arrive(str(n), f"p{n}", text) for n, text in enumerate(said)]
        found = await clusters_of(office)
        return {n: found[each] for n, each in enumerate(ids)}
    finally:
        await office.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(texts, min_size=2, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_arrival_matters_within_the_tolerance_only(said: list[str], draw: object) -> None:
    """Equal cores are together in any order; what is together is never farther apart than FARTHEST."""
    order = list(range(len(said)))
    draw.shuffle(order)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first = asyncio.run(_clustered(Path(one), said))
        again = asyncio.run(_clustered(Path(other), [said[n] for n in order]))
    second = {n: again[place] for place, n in enumerate(order)}
    forms = [form(text) for text in said]
    for one_, other_ in combinations(range(len(said)), 2):
        left, right = forms[one_], forms[other_]
        assert left is not None
        assert right is not None
        for found in (first, second):
            if (left.core, left.sense) == (right.core, right.sense):
                assert found[one_] == found[other_]
            if found[one_] == found[other_]:
                assert left.sense == right.sense
                assert fuzz.ratio(left.core, right.core) >= FARTHEST


verbs = st.sampled_from(
    ("arrive", "arrive", "done", "reopen", "spam", "reply", "undo", "redo", "edit", "remove", "star")
)
events = st.lists(st.tuples(verbs, st.integers(0, 7), texts), max_size=20)


async def _play(folder: Path, played: list[tuple[str, int, str]]) -> None:
    office = await Office.open(folder)
    try:
        lea = await office.desk()
        ids = [await office.arrive(f"k{n}", f"p{n}", FAMILIES[n % 3]) for n in range(4)]
        for verb, number, text in played:
            conversation_id = ids[number % len(ids)]
            try:
                match verb:
                    case "arrive":
                        ids.append(await office.arrive(f"k{number}", f"p{number}", text))
                    case "reply":
                        await replies.reply(lea, conversation_id, "We look into it.")
                    case "undo":
                        await undo.undo(lea)
                    case "redo":
                        await undo.redo(lea)
                    case "edit":
                        await office.tell(Edited(remote_id=f"m{number + 1}", text=text, at=office.clock.now()))
                    case "remove":
                        await office.tell(Removed(remote_id=f"m{number + 1}", at=office.clock.now()))
                    case "spam" | "reopen":
                        await getattr(moderation, verb)(lea, [conversation_id])
                    case _:
                        await getattr(triage, verb)(lea, [conversation_id])
            except Refused:
                continue
            assert await office.store.read(clusters.drift) == []
    finally:
        await office.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events)
def test_sizes_stay_exact_whatever_changes(played: list[tuple[str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(Path(folder), played))


def test_a_recount_sees_what_is_wrong(tmp_path: Path) -> None:
    async def play() -> list[str]:
        office = await Office.open(tmp_path)
        try:
            for n in range(3):
                await office.arrive(str(n), f"p{n}", WAVE)
            await office.store.write(lambda tx: tx.db.execute("UPDATE cluster SET size = 2").rowcount)
            await office.store.write(lambda tx: tx.db.execute("DELETE FROM cluster_member WHERE conversation_id = 2"))
            return await office.store.read(clusters.drift)
        finally:
            await office.close()

    found = asyncio.run(play())
    assert any("conversation 2" in each for each in found)
