"""Erasing a person: every text about them is gone, from the rows, the index and the file; the numbers stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.inbox.office import US, Office

from cminbox.errors import Refused, UsageError
from cminbox.inbox import drafts, erasing, notes, outbox, people, queue, replies, tags, triage, undo
from cminbox.model.base import ActState, Audience, Direction, Kind, MessageState
from cminbox.model.changes import Batch, Edited, Reacted, SetAside, Wrote
from cminbox.model.content import Author, Media, TopicInfo
from cminbox.model.views import Filter, View
from cminbox.store import clusters, counters
from cminbox.store.database import Tx
from cminbox.sync import ingest

ANA = Author(
    remote_id="https://s.example/users/anabela",
    handle="@anabela@s.example",
    name="Anabela Quintão",
    first_name="Anabela",
    url="https://s.example/@anabela",
)
BOB = Author(remote_id="bob", handle="@bobrik", name="Bob Rik")
SECRETS = (
    "zirconium",  # what she wrote
    "mauritius",  # what she wrote in public, with others
    "palimpsest",  # our answers to her
    "obsidian",  # notes and drafts about her
    "vestibule",  # a topic of hers
    "anabela",
    "quint",
    "aninha",
)


async def _all_about_her(office: Office) -> dict[str, int]:
    """Everything that can be held of somebody; the numbers of the conversations."""
    desk, tom = await office.desk(), await office.desk("tom")
    media = (Media(type="image", alt="zirconium in a box", url="https://s.example/anabela.png"),)
    alone = await office.arrive("alone", author=ANA, text="Where is my zirconium ring?", media=media, lang="pt")
    await office.arrive("alone", author=ANA, text="zirconium again", global_id="https://s.example/anabela/2")
    outcome = await replies.reply(desk, alone, "The palimpsest is on its way")
    assert outcome.act is not None
    await office.sent(outcome.act, "r1")
    shared = await office.arrive(
        "shared", author=ANA, text="mauritius, anybody?", remote_id="https://s.example/anabela/9"
    )
    theirs = await office.arrive(
        "shared", author=BOB, text="Bob here, hello", parent="https://s.example/anabela/9", remote_id="b1"
    )
    assert theirs == shared
    for to, text, remote_id in (("https://s.example/anabela/9", "palimpsest in public", "r2"), ("b1", "hi Bob", "r3")):
        await office.tell(
            Wrote(
                remote_id=remote_id,
                at=office.clock.now(),
                kind=Kind.COMMENT,
                direction=Direction.OUT,
                author=US,
                text=text,
                parent=to,
            )
        )
    direct = await office.arrive(
        "dm:https://s.example/users/anabela",
        author=ANA,
        text="my zirconium address",
        kind=Kind.DM,
        audience=Audience.DIRECT,
    )
    await notes.note(desk, [alone, direct], "obsidian: call back")
    await notes.note(desk, [alone], "obsidian, thrown away")
    await undo.undo(desk)
    await notes.note(tom, [shared], "nothing of hers")
    await drafts.save(desk, direct, "obsidian draft")
    await replies.reply(tom, direct, "palimpsest, not sent yet")
    ana = await people.resolve(desk, "mastodon:@anabela@s.example")
    await people.set_first_name(desk, ana, "Aninha")
    await people.note_person(desk, ana, "obsidian tastes")
    await tags.tag(desk, [alone], "vip")
    under = await office.arrive(
        "under",
        author=BOB,
        text="what Bob says there",
        topic=TopicInfo(key="https://s.example/anabela/post", author=ANA, title="vestibule", text="the vestibule"),
    )
    renamed = ANA.model_copy(update={"name": "Anabela Q. Quintão"})
    await office.arrive("alone", author=renamed, text="zirconium, from a new name")
    await office.tell(
        Reacted(remote_id="b1", at=office.clock.now(), author=ANA, reaction="like"),
        Reacted(remote_id="not yet", at=office.clock.now(), author=ANA, reaction="like"),
    )
    broken = SetAside(reason="odd", raw=json.dumps({"acct": "anabela@s.example", "content": "zirconium"}))
    whole = SetAside(reason="odd", raw=json.dumps({"acct": "bobrik"}))
    await office.store.write(
        ingest.apply, office.account, Batch(feed="events", set_aside=(broken, whole)), move_cursor=False
    )
    return {"ana": ana, "alone": alone, "shared": shared, "direct": direct, "under": under}


@pytest.fixture
async def furnished(office: Office) -> tuple[Office, dict[str, int]]:
    return office, await _all_about_her(office)


async def _numbers(office: Office) -> dict[str, Any]:
    def job(tx: Tx) -> dict[str, Any]:
        tables = (
            "message",
            "conversation",
            "participant",
            "reaction",
            "response",
            "bucket",
            "journal",
            "person",
            "topic",
            "act",
            "remote",
            "set_aside",
            "conversation_tag",
        )
        counted = {table: tx.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
        counted["gauges"] = [tuple(row) for row in tx.db.execute("SELECT * FROM gauge WHERE n <> 0 ORDER BY 1, 2, 3")]
        counted["buckets"] = [tuple(row) for row in tx.db.execute("SELECT * FROM bucket ORDER BY 1, 2, 3")]
        counted["clocks"] = [
            tuple(row)
            for row in tx.db.execute(
                "SELECT id, state, waits_ms, first_in_ms, first_response_ms, last_ms, unread FROM conversation"
            )
        ]
        return counted

    numbers = await office.store.write(job)
    numbers["kpi"] = await queue.numbers(await office.desk())
    return numbers


async def _cells(office: Office) -> list[str]:
    """Every value of every table, as text."""

    def job(tx: Tx) -> list[str]:
        names = [
            row["name"]
            for row in tx.db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'fts%'")
        ]
        return [
            f"{name}: {tuple(row)!r}" for name in names for row in tx.db.execute(f"SELECT * FROM {name}").fetchall()
        ]

    return await office.store.write(job)


def _files(office: Office) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(Path(office.path).glob("cminbox.db*")))


async def _left(office: Office) -> list[str]:
    """Where anything of hers still stands."""
    found = [each for each in await _cells(office) if any(secret in each.lower() for secret in SECRETS)]
    words = await office.store.write(
        lambda tx: [row[0] for row in tx.db.execute("SELECT DISTINCT term FROM fts_word").fetchall()]
    )
    found += [word for word in words if any(secret in word for secret in SECRETS)]
    raw = _files(office).lower()
    return found + [secret for secret in SECRETS if secret.encode() in raw]


async def test_the_furniture_holds_every_secret(furnished: tuple[Office, dict[str, int]]) -> None:
    office, _ids = furnished
    cells = "\n".join(await _cells(office)).lower()
    assert [secret for secret in SECRETS if secret not in cells] == []


async def test_nothing_of_her_is_left_anywhere_and_the_numbers_stay(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    desk = await office.desk()
    for act in await outbox.rows(desk):
        await outbox.cancel(desk, [act.id])  # what is unsent counts as an answer until it is cancelled
    before = await _numbers(office)
    done = await erasing.erase(desk, ids["ana"])
    assert await _left(office) == []
    after = await _numbers(office)
    assert after.pop("journal") == before.pop("journal") + 1
    assert after == before
    assert (done.scoured, done.notes) == (True, ())
    assert (done.messages, done.cancelled) == (5, 0)
    assert set(done.open) == {ids["alone"], ids["shared"], ids["direct"]}
    assert await office.store.read(counters.drift) == {}
    assert await office.store.read(clusters.drift) == []


async def test_what_others_said_and_what_we_said_to_them_stays(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    desk = await office.desk()
    await erasing.erase(desk, ids["ana"])
    view = await queue.view(desk, ids["shared"])
    assert [(m.text, m.author, m.erased) for m in view.messages] == [
        ("", "", True),
        ("Bob here, hello", "@bobrik", False),
        ("", "@brand", True),
        ("hi Bob", "@brand", False),
        ("nothing of hers", "", False),
    ]
    under = await queue.view(desk, ids["under"])
    assert under.messages[0].text == "what Bob says there"
    assert under.topic is not None
    assert (under.topic.title, under.topic.text, under.topic.author) == ("", "", "")
    found = await queue.page(desk, Filter(view=View.ANY, search="what bob says"), 9)
    assert [row.id for row in found] == [ids["under"]]
    assert [row.id for row in await queue.page(desk, Filter(view=View.ANY, search="vestibule"), 9)] == []
    aside = await office.store.write(lambda tx: [row["raw"] for row in tx.db.execute("SELECT raw FROM set_aside")])
    assert sorted(aside) == ["", '{"acct": "bobrik"}']


async def test_the_next_reading_brings_nothing_back(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    desk = await office.desk()
    told = await office.store.write(
        lambda tx: [tuple(row) for row in tx.db.execute("SELECT remote_id, parent, key FROM remote").fetchall()]
    )
    texts = await office.store.write(
        lambda tx: dict(tx.db.execute("SELECT remote_id, text FROM message WHERE direction = 'in'").fetchall())
    )
    await erasing.erase(desk, ids["ana"])
    before = await _numbers(office)
    for remote_id, parent, key in told:
        if remote_id in ("b1", "r1", "r2", "r3") or remote_id not in texts:
            continue
        author = BOB if "Bob" in texts[remote_id] else ANA
        await office.tell(
            Wrote(
                remote_id=remote_id,
                at=office.clock.now(),
                kind=Kind.COMMENT,
                direction=Direction.IN,
                author=author,
                text=texts[remote_id],
                parent=parent,
                conversation=key,
                topic=TopicInfo(key="https://s.example/anabela/post", author=ANA, title="vestibule")
                if author is BOB
                else None,
            )
        )
        if author is ANA:
            await office.tell(Edited(remote_id=remote_id, at=office.clock.now(), text="zirconium, edited"))
    await office.tell(
        Wrote(
            remote_id="b1",
            at=office.clock.now(),
            kind=Kind.COMMENT,
            direction=Direction.IN,
            author=BOB,
            text="Bob here, hello",
            parent="https://s.example/anabela/9",
        ),
        Wrote(
            remote_id="seen by another account",
            at=office.clock.now(),
            kind=Kind.COMMENT,
            direction=Direction.IN,
            author=ANA,
            text="zirconium again",
            global_id="https://s.example/anabela/2",
        ),
        Edited(remote_id="r1", at=office.clock.now(), text="palimpsest, edited"),
        Reacted(remote_id="b1", at=office.clock.now(), author=ANA, reaction="like"),
        Reacted(remote_id="still not", at=office.clock.now(), author=ANA, reaction="like"),
    )
    broken = SetAside(reason="odd", raw=json.dumps({"acct": "anabela@s.example", "content": "zirconium"}))
    await office.store.write(ingest.apply, office.account, Batch(feed="events", set_aside=(broken,)), move_cursor=False)
    assert [each for each in await _cells(office) if any(secret in each.lower() for secret in SECRETS)] == []
    after = await _numbers(office)
    for changing in ("journal", "kpi"):
        before.pop(changing)
        after.pop(changing)
    assert after == before


async def test_a_topic_that_is_told_again_stays_without_texts(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    desk = await office.desk()
    topic = TopicInfo(key="https://s.example/anabela/post", author=ANA, title="vestibule", text="the vestibule")
    await erasing.erase(desk, ids["ana"])
    later = await office.arrive("later", author=BOB, text="one more there", topic=topic)
    views = [await queue.view(desk, each) for each in (ids["under"], later)]
    assert views[0].topic == views[1].topic
    assert [each for each in await _cells(office) if any(secret in each.lower() for secret in SECRETS)] == []


async def test_a_reply_to_what_was_erased_finds_its_conversation(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    await erasing.erase(await office.desk(), ids["ana"])
    below = await office.arrive(
        "x", author=BOB, text="late answer", conversation=None, parent="https://s.example/anabela/9"
    )
    assert below == ids["shared"]
    assert not any("anabela" in each.lower() for each in await _cells(office))


async def test_who_writes_again_is_somebody_new(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    desk = await office.desk()
    await erasing.erase(desk, ids["ana"])
    again = await office.arrive("dm:https://s.example/users/anabela", author=ANA, text="hello once more", kind=Kind.DM)
    assert again != ids["direct"]
    new = await people.resolve(desk, "mastodon:@anabela@s.example")
    assert new != ids["ana"]
    await office.tell(Reacted(remote_id="b1", at=office.clock.now(), author=ANA, reaction="like"))
    await erasing.erase(desk, new)
    assert await _left(office) == []


async def test_what_has_not_left_is_cancelled_and_redo_sends_nothing(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    tom = await office.desk("tom")
    (act,) = await outbox.rows(tom)
    await undo.undo(tom)
    await undo.redo(tom)
    (act,) = await outbox.rows(tom)
    done = await erasing.erase(await office.desk(), ids["ana"])
    assert done.cancelled == 1
    assert await office.act_state(act.id) is ActState.CANCELLED
    await undo.undo(tom)
    with pytest.raises(Refused, match="erased"):
        await undo.redo(tom)
    assert await outbox.rows(tom) == []
    assert await _left(office) == []
    for verb in (replies.plan(tom, ids["direct"], "hi"), replies.reply(tom, ids["direct"], "hi")):
        with pytest.raises(Refused, match="erased"):
            await verb


async def test_undo_brings_no_text_back(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    desk, tom = await office.desk(), await office.desk("tom")
    await erasing.erase(desk, ids["ana"])
    for who in (desk, tom):
        for turn in (undo.undo, undo.redo):
            try:
                while True:
                    await turn(who)
            except Refused:
                pass
    assert [each for each in await _cells(office) if any(secret in each.lower() for secret in SECRETS)] == []
    assert await office.store.read(counters.drift) == {}


async def test_while_something_is_sent_to_them_nobody_is_erased(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    desk = await office.desk()
    (act,) = await outbox.rows(desk)
    await office.move(act.id, ActState.QUEUED, ActState.SENDING)
    with pytest.raises(Refused, match="being sent"):
        await erasing.erase(desk, ids["ana"])
    await office.move(act.id, ActState.UNCERTAIN)
    with pytest.raises(Refused, match="being sent"):
        await erasing.erase(desk, ids["ana"])
    assert (await queue.view(desk, ids["alone"])).messages[0].text


async def test_linked_handles_are_erased_when_asked_and_stay_otherwise(office: Office) -> None:
    desk = await office.desk()
    await office.arrive("one", author=ANA)
    await office.arrive("two", author=BOB, text="bob stays")
    await office.arrive("three", "cleo")
    ana = await people.resolve(desk, "mastodon:@anabela@s.example")
    bob = await people.resolve(desk, "mastodon:@bobrik")
    cleo = await people.resolve(desk, "mastodon:@cleo")
    await people.link(desk, ana, bob)
    await people.link(desk, ana, cleo)
    what = await erasing.plan(desk, ana)
    assert (what.people, set(what.other_handles), what.messages, what.conversations) == ((ana,), {bob, cleo}, 1, 1)
    await erasing.erase(desk, ana)
    assert set((await people.card(desk, bob)).ids) == {bob, cleo}
    assert (await people.card(desk, ana)).erased
    done = await erasing.erase(desk, bob, linked=True)
    assert set(done.people) == {bob, cleo}
    assert not any("bobrik" in each or "@cleo" in each for each in await _cells(office))


async def test_none_of_us_is_erased_and_nobody_unknown(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await replies.reply(desk, one, "hi")
    assert outcome.act is not None
    await office.sent(outcome.act, "r1")
    with pytest.raises(Refused, match="our own"):
        await erasing.erase(desk, await people.resolve(desk, "mastodon:@brand"))
    with pytest.raises(UsageError, match="no person"):
        await erasing.erase(desk, 99)


async def test_an_erasing_that_was_interrupted_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await office.desk()
    ids = [await office.arrive(f"k{n}", author=ANA, text=f"zirconium {n}") for n in range(7)]
    for n in range(5):
        await office.arrive("k0", author=ANA, text=f"more zirconium {n}")
    await triage.done(desk, ids[:3])
    ana = await people.resolve(desk, "mastodon:@anabela@s.example")
    monkeypatch.setattr(erasing, "_AT_ONCE", 2)
    finish = erasing._finish

    def dies(*_given: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(erasing, "_finish", dies)
    with pytest.raises(RuntimeError):
        await erasing.erase(desk, ana)
    assert (await people.card(desk, ana)).person.handle
    monkeypatch.setattr(erasing, "_finish", finish)
    await office.arrive("k1", author=ANA, text="zirconium meanwhile")
    await erasing.erase(desk, ana)
    assert await _left(office) == []
    again = await erasing.erase(desk, ana)
    assert (again.messages, again.scoured) == (0, True)


async def test_a_message_that_waited_in_a_cluster_leaves_it_and_the_rest_stays_one(office: Office) -> None:
    desk = await office.desk()
    said = "Where on earth is the parcel that I ordered three weeks ago?"
    ids = [await office.arrive(f"k{n}", f"p{n}", f"{said}{'!' * n}") for n in range(4)]
    first = await people.resolve(desk, "mastodon:@p0")
    await erasing.erase(desk, first)
    (row,) = await queue.rows(desk, [ids[1]])
    assert row.cluster_size == 3
    late = await office.arrive("k9", "p9", said)
    assert (await queue.rows(desk, [late]))[0].cluster == row.cluster
    assert await office.store.read(clusters.drift) == []


async def test_the_export_tells_everything_that_erasing_takes(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    told = [each async for each in erasing.export(await office.desk(), ids["ana"])]
    text = "\n".join(json.dumps(each, ensure_ascii=False) for each in told).lower()
    assert [secret for secret in SECRETS if secret not in text] == []
    assert "bob here" not in text
    assert "hi bob" not in text
    assert {each["type"] for each in told} == {
        *("person", "first_name", "former_name", "note", "reaction", "topic", "set_aside", "early_change"),
        *("conversation", "message", "act", "draft", "journal"),
    }
    messages = [each for each in told if each["type"] == "message"]
    assert len({each["id"] for each in messages}) == len(messages)
    assert len([each for each in messages if each["person"] == ids["ana"]]) == 5
    with pytest.raises(UsageError):
        _ = [each async for each in erasing.export(await office.desk(), 99)]
    await erasing.erase(await office.desk(), ids["ana"])
    left = [each async for each in erasing.export(await office.desk(), ids["ana"])]
    assert not any(secret in json.dumps(left).lower() for secret in SECRETS)


async def test_a_removed_message_of_hers_is_erased_too(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", author=ANA, text="zirconium", remote_id="gone")
    await office.removed("gone")
    ana = await people.resolve(desk, "mastodon:@anabela@s.example")
    await erasing.erase(desk, ana)
    view = await queue.view(desk, one)
    assert [(m.state, m.erased) for m in view.messages] == [(MessageState.REMOVED, True)]
    assert await _left(office) == []


async def test_searching_after_an_erasing_is_sound(furnished: tuple[Office, dict[str, int]]) -> None:
    office, ids = furnished
    await erasing.erase(await office.desk(), ids["ana"])

    def check(tx: Tx) -> None:
        tx.db.execute("INSERT INTO fts (fts) VALUES ('integrity-check')")

    await office.store.write(check)
    desk = await office.desk()
    for word in ("zirconium", "palimpsest", "obsidian", "anabela"):
        found = await queue.page(desk, Filter(view=View.ANY, search=word), 9)
        assert list(found) == []


TEXTS_OF_NOBODY = {
    "account": "our own",
    "account_history": "states",
    "act": "key, verb, state, audience, reason (a code), remote id of ours; text, former_text and error are erased",
    "act_history": "states",
    "brand": "our own",
    "cluster": "a sketch made of hashes, which goes with the message",
    "bucket": "names of numbers",
    "colleague": "our own",
    "conversation": "kind and state",
    "conversation_tag": "state",
    "counted_post": "keys of posts of ours",
    "cursor": "a connector's mark",
    "draft": "dropped where about them",
    "dropped_draft": "erased where about them",
    "early_change": "dropped where about them",
    "follower": "names of ours",
    "gauge": "names of numbers",
    "indexed_as": "dropped",
    "journal": "numbers and codes",
    "label": "names of ours",
    "listened": "whose name our own settings watch",
    "message": "erased",
    "meta": "our own",
    "network": "names of networks",
    "notice_kept": "events, our own accounts and brands",
    "person": "erased",
    "person_called": "dropped",
    "person_note": "dropped",
    "presence": "a process",
    "reaction": "the sign; who it was is not known any more",
    "remote": "ids are aliases",
    "rule": "names of ours",
    "rule_run": "codes",
    "selection_draft": "dropped where it names them",
    "set_aside": "erased",
    "tag": "our own",
    "template": "our own",
    "template_version": "our own",
    "tombstone": "keyed hashes",
    "topic": "erased where it is theirs",
    "bulk": "codes",
}
"""What is known of every table with texts: a new one has to be thought of here, and in store/erasing.py."""


async def test_every_table_with_texts_was_thought_of(office: Office) -> None:
    def job(tx: Tx) -> set[str]:
        tables = [
            row["name"]
            for row in tx.db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'fts%'"
                " AND name NOT LIKE 'sqlite_%'"
            )
        ]
        return {
            table
            for table in tables
            for column in tx.db.execute(f"PRAGMA table_info({table})")
            if column["type"] in ("TEXT", "BLOB", "")
        }

    assert await office.store.write(job) - set(TEXTS_OF_NOBODY) == set()
