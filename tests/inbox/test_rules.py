from __future__ import annotations

import asyncio

import pytest
from tests.inbox.office import Office
from tests.inbox.rules_house import THANKS, Ruled, dies

from cminbox.inbox import filters, moderation, notes, outbox, queue, replies, rules, template_keeping, triage, undo
from cminbox.inbox.rules_match import ready
from cminbox.model.base import ActState, ActVerb, ConversationState, Kind
from cminbox.model.rules import Rule
from cminbox.model.templates import Variant, Written
from cminbox.store import counters, journal
from cminbox.store import rules as kept

ALL = """
[[rule]]
name = "{name}"
on = true
{when}
do = [{do}]
"""


def rule(name: str, when: str, *do: str) -> str:
    told = when if when.startswith("words") else f"when = '{when}'"
    return ALL.format(name=name, when=told, do=", ".join(do))


async def answered(office: Office, key: str, person: str = "ana") -> int:
    """A conversation that somebody of ours answered a moment ago."""
    one = await office.arrive(key, person)
    outcome = await replies.reply(await office.desk(), one, "Hello, it leaves tonight.")
    assert outcome.act is not None
    await office.sent(outcome.act, f"r-{key}")
    assert (await office.stands(one)).state is ConversationState.DONE
    return one


async def test_thanks_after_our_answer_stay_done(office: Office) -> None:
    ruled = await Ruled.of(office, THANKS)
    one = await answered(office, "one")
    await office.arrive("one", text="Merci beaucoup 🙏")
    assert (await office.stands(one)).state is ConversationState.OPEN
    await ruled.runner.catch_up()
    row = await ruled.row(one)
    assert (row.state, row.unanswered) == (ConversationState.DONE, False)
    assert await ruled.runs() == [(0, "did")]
    assert await office.store.read(counters.drift) == {}


async def test_thanks_that_nobody_waited_for_are_read_by_a_person(office: Office) -> None:
    ruled = await Ruled.of(office, THANKS)
    unasked = await office.arrive("one", text="Merci beaucoup !")
    late = await answered(office, "late")
    await office.clock.advance(49 * 3600)
    await office.arrive("late", text="thanks!")
    asking = await answered(office, "asking")
    await office.arrive("asking", text="thanks, but where is it?")
    await ruled.runner.catch_up()
    assert [(await office.stands(one)).state for one in (unasked, late, asking)] == [ConversationState.OPEN] * 3
    assert await ruled.runs() == []


async def test_what_else_waits_there_is_not_put_away_with_it(office: Office) -> None:
    ruled = await Ruled.of(office, THANKS)
    one = await answered(office, "one")
    await office.arrive("one", "ben", "And mine?")
    await office.arrive("one", text="Thanks!")
    two = await answered(office, "two")
    await office.arrive("two", text="Thanks!")
    await office.arrive("two", text="But it is the wrong size")
    await ruled.runner.catch_up()
    assert [(await office.stands(each)).state for each in (one, two)] == [ConversationState.OPEN] * 2
    assert await ruled.runs() == [(0, "kept"), (0, "kept")]
    assert (await ruled.row(one)).unanswered


async def test_all_rules_that_match_run_in_their_order(office: Office) -> None:
    source = (
        rule("first", 'words = ["parcel*"]', '"tag lost"', '"star"')
        + rule("second", "tag:lost -tag:seen", '"tag seen"', '"assign tom"')
        + rule("third", "kind:dm", '"tag private"')
        + rule("last", '"late parcel"', '"note two words"')
    )
    ruled = await Ruled.of(office, source)
    await office.desk("tom")
    one = await office.arrive("one", text="My parcels are not there")
    two = await office.arrive("two", text="a very late parcel", kind=Kind.DM)
    three = await office.arrive("three", text="hello")
    await ruled.runner.catch_up()
    rows = {row.id: row for row in await queue.rows(ruled.desk, [one, two, three])}
    assert (rows[one].tags, rows[one].star, rows[one].assignee) == (("lost", "seen"), True, "tom")
    assert rows[two].tags == ("lost", "private", "seen")
    assert rows[three].tags == ()
    view = await queue.view(ruled.desk, two)
    assert [m.text for m in view.messages if m.audience == "note"] == ["two words"]
    assert all(row.unanswered for row in rows.values())


@pytest.mark.parametrize(
    ("when", "meets"),
    [
        ("kind:comment", True),
        ("kind:dm", False),
        ("lang:fr", True),
        ("-lang:fr", False),
        ("person:ana", True),
        ("person:ben", False),
        ("-person:ana", False),
        ("network:mastodon is:unanswered", True),
        ("network:matrix", False),
        ("colis", True),
        ('"le colis" perdu', True),
        ('"colis le"', False),
        ("camion", False),
        ("-perdu", False),
        ("-camion", True),
        ("is:thanks", False),
        ("-is:thanks", True),
        ("state:open", True),
        ("state:done", False),
        ("is:star", False),
        ("replied:1d", False),
        ("tag:x", False),
        ("account:brand kind:comment,dm", True),
        ("state:spam", False),
    ],
)
async def test_a_condition_is_asked_of_the_message_that_came(office: Office, when: str, meets: bool) -> None:
    ruled = await Ruled.of(office, rule("r", when, '"tag hit"'))
    await office.arrive("one", "ben", "where is the camion?", lang="en")
    one = await office.arrive("one", "ana", "Où est le colis perdu ?", lang="fr")
    await ruled.runner.begin()
    await ruled.runner.catch_up()
    found = await office.store.read(
        lambda db: [
            row["text"] for row in db.execute("SELECT text FROM message m JOIN rule_run r ON r.message_id = m.id")
        ]
    )
    assert ("Où est le colis perdu ?" in found) is meets
    assert await filters.understood(ruled.desk, when)
    assert one


async def test_spam_is_met_by_no_rule_that_does_not_ask_for_it(office: Office) -> None:
    ruled = await Ruled.of(office, rule("spam", "casino", '"spam"') + rule("any", 'words = ["casino"]', '"star"'))
    one = await office.arrive("one", text="best casino")
    await ruled.runner.catch_up()
    row = await ruled.row(one)
    assert (row.state, row.star, row.unanswered) == (ConversationState.SPAM, False, False)
    await office.arrive("one", text="casino again")
    await ruled.runner.catch_up()
    assert await ruled.runs() == [(0, "did")]


async def test_what_a_rule_put_away_is_shown_until_a_person_decides(office: Office) -> None:
    ruled = await Ruled.of(office, rule("spam", "casino", '"spam"'))
    desk = ruled.desk
    one, two = await office.arrive("one", text="casino"), await office.arrive("two", text="my casino")
    three = await office.arrive("three")
    await moderation.spam(desk, [three])
    await ruled.runner.catch_up()

    async def moved() -> list[int]:
        return [row.id for row in await queue.page(desk, await filters.understood(desk, "is:moved"), 9)]

    assert await moved() == [two, one]
    await moderation.reopen(desk, [one])
    assert await moved() == [two]
    await undo.undo(desk)
    assert await moved() == [two, one]
    assert (await office.stands(one)).state is ConversationState.SPAM
    await undo.redo(desk)
    await triage.done(desk, [one])
    assert await moved() == [two]
    await office.arrive("two", text="hello?")
    assert await moved() == [two]


async def test_what_came_back_and_was_answered_elsewhere_is_no_rules_doing(office: Office) -> None:
    ruled = await Ruled.of(office, rule("r", "hello", '"done"'))
    one = await office.arrive("one")
    await ruled.runner.catch_up()
    assert (await office.stands(one)).moved_to == "done"
    await office.arrive("one", text="and now?")
    assert (await office.stands(one)).moved_to is None


async def test_undo_never_takes_back_what_a_rule_did(office: Office) -> None:
    ruled = await Ruled.of(office, rule("vip", "hello", '"tag vip"'))
    desk = ruled.desk
    one = await office.arrive("one")
    await triage.star(desk, [one])
    await ruled.runner.catch_up()
    await undo.undo(desk)
    row = await ruled.row(one)
    assert (row.star, row.tags) == (False, ("vip",))
    entries = [entry for entry in await office.journal(one) if entry.verb == "tag"]
    assert [entry.by for entry in entries] == [await office.store.read(kept.actor)]
    assert await office.store.read(kept.named, [entries[0].batch]) == {entries[0].batch: "vip"}


async def test_history_and_imports_meet_no_rule(office: Office) -> None:
    from datetime import timedelta

    from cminbox.model.changes import Batch, Wrote
    from cminbox.store import accounts
    from cminbox.sync import ingest
    from cminbox.sync.ingest import IMPORT_FEED

    ruled = await Ruled.of(office, rule("all", "-is:thanks", '"tag new"'))
    before = office.account.connected_at - timedelta(days=1)
    old = await office.arrive("old", at=before)
    fields = (await _wrote(office)).model_dump()
    imported = await office.store.write(accounts.ensure_import, "mastodon", "brand")
    account = await office.store.read(accounts.get, imported)
    batch = Batch(feed=IMPORT_FEED, changes=(Wrote.model_validate(fields),))
    await office.store.write(ingest.apply, account, batch, move_cursor=False)
    await ruled.runner.begin("rules:import")
    await ruled.runner.catch_up()
    assert await ruled.runs() == []
    live = await office.arrive("live")
    await ruled.runner.catch_up()
    assert [(await ruled.row(each)).tags for each in (old, live)] == [(), ("new",)]


async def _wrote(office: Office):  # type: ignore[no-untyped-def]
    from cminbox.model.base import Audience, Direction
    from cminbox.model.changes import Wrote
    from cminbox.model.content import Author

    return Wrote(
        remote_id="imp1",
        at=office.clock.now(),
        kind=Kind.COMMENT,
        direction=Direction.IN,
        author=Author(remote_id="zoe", handle="@zoe"),
        text="from elsewhere",
        audience=Audience.PUBLIC,
    )


async def test_an_import_meets_rules_where_it_is_asked_to(office: Office) -> None:
    from cminbox.model.changes import Batch
    from cminbox.sync import ingest
    from cminbox.sync.ingest import IMPORT_FEED

    ruled = await Ruled.of(office, rule("all", "-is:thanks", '"tag new"'))
    await ruled.runner.begin("rules:import")
    live = await office.arrive("live")
    batch = Batch(feed=IMPORT_FEED, changes=(await _wrote(office),))
    await office.store.write(ingest.apply, office.account, batch, move_cursor=False)
    await ruled.runner.catch_up("rules:import")
    await ruled.runner.end("rules:import")
    one = await office.conversation_of("imp1")
    assert [(await ruled.row(each)).tags for each in (one, live)] == [("new",), ()]


async def test_a_changed_rule_leaves_alone_what_it_met_before(office: Office) -> None:
    ruled = await Ruled.of(office, rule("r", "hello", '"note one"'))
    one = await office.arrive("one")
    await ruled.runner.catch_up()
    ruled.write(rule("r", "hello", '"note two"'))
    await office.store.write(lambda tx: tx.db.execute("UPDATE follower SET position = 0"))
    two = await office.arrive("two")
    again = ruled.another()
    await again.catch_up()
    for conversation, said in ((one, ["one"]), (two, ["two"])):
        view = await queue.view(ruled.desk, conversation)
        assert [m.text for m in view.messages if m.audience == "note"] == said


async def test_a_rule_that_is_off_does_nothing_and_its_time_is_not_made_up_for(office: Office) -> None:
    source = rule("r", "hello", '"tag x"')
    ruled = await Ruled.of(office, source.replace("on = true", "on = false"))
    one = await office.arrive("one")
    await ruled.runner.catch_up()
    rules.switch(ruled.desk, ruled.home, "r", True)
    await ruled.runner.catch_up()
    two = await office.arrive("two")
    await ruled.runner.catch_up()
    assert [(await ruled.row(each)).tags for each in (one, two)] == [(), ("x",)]


async def test_a_file_that_became_wrong_is_told_once_and_the_rules_before_stay(office: Office) -> None:
    ruled = await Ruled.of(office, rule("r", "hello", '"tag x"'))
    await ruled.runner.catch_up()
    ruled.write("[[rule]]\nname = 3\n")
    for key in ("one", "two"):
        one = await office.arrive(key)
        await ruled.runner.catch_up()
        assert (await ruled.row(one)).tags == ("x",)
    assert len(ruled.told) == 1
    assert "rules.toml" in ruled.told[0]


async def test_what_a_rule_cannot_do_is_told_once_and_stops_nobody(office: Office) -> None:
    source = rule("r", "hello", '"assign nobody-here"', '"tag x"')
    ruled = await Ruled.of(office, source)
    for key in ("one", "two"):
        one = await office.arrive(key)
        await ruled.runner.catch_up()
        assert (await ruled.row(one)).tags == ("x",)
    assert await ruled.runs() == [(0, "refused"), (1, "did")] * 2
    assert len(ruled.told) == 1
    assert "cannot assign" in ruled.told[0]


async def test_an_act_of_a_rule_is_about_the_message_that_met_it(office: Office) -> None:
    source = rule("r", "idiot*", '{ verb = "hide", reason = "hate" }')
    ruled = await Ruled.of(office, source)
    one = await office.arrive("one", "ana", "Where is it?")
    await office.arrive("one", "ben", "you idiots", remote_id="bad")
    await ruled.runner.catch_up()
    (act,) = await outbox.rows(ruled.desk)
    assert (act.verb, act.state, act.by, act.reason) == (ActVerb.HIDE, ActState.HELD, kept.ACTOR, "hate")
    bad = await office.store.read(lambda db: db.execute("SELECT id FROM message WHERE remote_id='bad'").fetchone()[0])
    assert act.message_id == bad
    assert (await ruled.row(one)).unanswered
    await outbox.cancel(ruled.desk, [act.id])
    assert await office.act_state(act.id) is ActState.CANCELLED


async def test_rules_start_no_rules(office: Office) -> None:
    source = rule("open", "hello", '"done"', '"reopen"', '"note hello"') + rule("again", "hello", '"unread"')
    ruled = await Ruled.of(office, source)
    one = await office.arrive("one")
    for _turn in range(5):
        await ruled.runner.catch_up()
    assert len(await ruled.runs()) == 4
    view = await queue.view(ruled.desk, one)
    assert [m.text for m in view.messages if m.audience == "note"] == ["hello"]


async def test_two_processes_do_it_once(office: Office) -> None:
    ruled = await Ruled.of(office, rule("r", "hello", '"note once"', '"tag x"'))
    ids = [await office.arrive(f"c{n}") for n in range(6)]
    other = await Office.open_again(office.path, office)
    try:
        theirs = Ruled(other, ruled.home, await other.desk("tom")).another()
        await asyncio.gather(ruled.runner.catch_up(), theirs.catch_up())
    finally:
        await other.close()
    for one in ids:
        view = await queue.view(ruled.desk, one)
        assert [m.text for m in view.messages if m.audience == "note"] == ["once"]
    assert await ruled.runs() == [(0, "did"), (1, "did")] * 6


@pytest.mark.parametrize("survives", range(14))
async def test_a_process_that_dies_anywhere_is_made_up_for(office: Office, survives: int) -> None:
    """Every transaction of the runner is the last one of its process once, and the next process does the rest."""
    ruled = await Ruled.of(
        office, rule("a", "hello", '"done"', '"note once"', '"tag x"') + rule("b", "tag:x", '"star"')
    )
    ids = [await office.arrive(key) for key in ("one", "two")]
    await dies(office, ruled.runner, survives)
    await ruled.another().catch_up()
    for one in ids:
        view = await queue.view(ruled.desk, one)
        assert (view.row.state, view.row.tags, view.row.star) == (ConversationState.DONE, ("x",), True)
        assert [m.text for m in view.messages if m.audience == "note"] == ["once"]
        verbs = [entry.verb for entry in await office.journal(one) if entry.by is not None]
        assert verbs == ["done", "note", "tag", "star"]
    assert await office.store.read(counters.drift) == {}


async def test_today_is_counted_and_listed(office: Office) -> None:
    ruled = await Ruled.of(office, rule("r", "hello", '"tag x"', '"star"') + rule("s", "nothing", '"star"'))
    for key in ("one", "two"):
        await office.arrive(key)
    await ruled.runner.catch_up()
    lines = await rules.lines(ruled.desk, ruled.home)
    assert [(line.rule.name, line.messages) for line in lines] == [("r", 2), ("s", 0)]
    await office.clock.advance(86_400)
    assert [line.messages for line in await rules.lines(ruled.desk, ruled.home)] == [0, 0]


async def test_a_rehearsal_changes_nothing(office: Office) -> None:
    ruled = await Ruled.of(office, THANKS)
    one = await answered(office, "one")
    await office.arrive("one", text="Merci !")
    other = await office.arrive("two", text="hello")
    await triage.done(ruled.desk, [one])
    given = rules.load(ruled.desk, ruled.home)
    mark = await office.store.read(lambda db: db.execute("SELECT max(id) FROM journal").fetchone()[0])
    found = await rules.rehearse(ruled.desk, given)
    assert [(each.rule.name, each.conversation, each.text) for each in found.met] == [("Only thanks", one, "Merci !")]
    assert found.messages == 3
    assert (await rules.rehearse(ruled.desk, given, limit=1)).met == ()
    assert mark == await office.store.read(lambda db: db.execute("SELECT max(id) FROM journal").fetchone()[0])
    assert (await office.stands(other)).state is ConversationState.OPEN


async def test_every_verb_that_rules_may_do_writes_once(office: Office) -> None:
    """What goes with the key must be one transaction: a verb in two would be torn by a crash."""
    desk = await office.desk()
    await office.desk("tom")
    await template_keeping.add(desk, Written(name="hi", variants=(Variant(body="Hi."),)))
    values = {"assign": "tom", "tag": "x", "untag": "x", "note": "n", "snooze": "in 2 hours"}
    values |= {"reply": "hi", "private_reply": "hi"}
    allowed = {name: terms for name, terms in rules.terms(desk).items() if not terms.never}
    for number, name in enumerate(allowed):
        told = f"{name} {values.get(name, '')}".strip()
        ruled = await Ruled.of(office, rule(f"r{number}", "hello", f'"{told}"'))
        await office.arrive(f"c{number}", f"p{number}")
        entries = len(await office.store.read(journal.latest, 1000))
        await ruled.runner.catch_up()
        assert len(await office.store.read(journal.latest, 1000)) - entries <= 1, name
    assert ruled.told == []


def test_a_rule_of_a_brand_asks_for_its_accounts(office: Office) -> None:
    given = Rule.model_validate({"name": "r", "when": "hello", "brand": "Lumen", "do": ["star"]})
    conditions = ready(given, office.settings).wanted.conditions
    assert ("brand", ("Lumen",)) in [(each.key, each.values) for each in conditions]


async def test_notes_of_rules_name_colleagues(office: Office) -> None:
    ruled = await Ruled.of(office, rule("r", "hello", '"note @tom look"'))
    tom = await office.desk("tom")
    await office.arrive("one")
    await ruled.runner.catch_up()
    assert [mention.text for mention in await notes.mentions(tom)] == ["@tom look"]
