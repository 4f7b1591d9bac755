"""Linked handles, first names and notes about people: said by colleagues, undone, shown together."""

from __future__ import annotations

import json

import pytest
from tests.inbox.office import Office

from cminbox.clock import to_ms
from cminbox.errors import Refused, UsageError
from cminbox.inbox import moderation, people, replies, tags, templates, undo
from cminbox.inbox.template_keeping import add as add_template
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.content import Author
from cminbox.model.templates import Variant, Written
from cminbox.store import accounts
from cminbox.store.database import Tx


async def _person(office: Office, name: str) -> int:
    return await people.resolve(await office.desk(), f"mastodon:@{name}")


async def _three(office: Office) -> list[int]:
    for name in ("ana", "bob", "cleo"):
        await office.arrive(name, name)
    return [await _person(office, name) for name in ("ana", "bob", "cleo")]


async def _handles(office: Office, person: int) -> set[int]:
    return set((await people.card(await office.desk(), person)).ids)


async def test_linking_joins_all_handles_of_both_and_undo_parts_them_again(office: Office) -> None:
    desk = await office.desk()
    ana, bob, cleo = await _three(office)
    await people.link(desk, ana, bob)
    assert await _handles(office, bob) == {ana, bob}
    card = await people.link(desk, cleo, ana)
    assert card.person.id == cleo
    assert set(card.ids) == {ana, bob, cleo}
    with pytest.raises(Refused, match="already"):
        await people.link(desk, bob, cleo)
    await undo.undo(desk)
    assert [await _handles(office, each) for each in (ana, cleo)] == [{ana, bob}, {cleo}]
    await undo.redo(desk)
    assert await _handles(office, ana) == {ana, bob, cleo}
    await undo.undo(desk)
    await undo.undo(desk)
    assert await _handles(office, ana) == {ana}
    with pytest.raises(Refused, match="nothing to undo"):
        await undo.undo(desk)


async def test_unlinking_takes_one_out_and_no_older_link_comes_back_by_itself(office: Office) -> None:
    desk = await office.desk()
    ana, bob, cleo = await _three(office)
    await people.link(desk, ana, bob)
    await people.link(desk, ana, cleo)
    await people.unlink(desk, ana)
    assert await _handles(office, ana) == {ana}
    assert await _handles(office, bob) == {bob, cleo}
    await undo.undo(desk)
    assert await _handles(office, ana) == {ana, bob, cleo}
    await people.unlink(desk, ana)
    await people.unlink(desk, bob)
    await people.link(desk, ana, bob)
    assert await _handles(office, ana) == {ana, bob}
    with pytest.raises(Refused, match="linked to nobody"):
        await people.unlink(desk, cleo)


async def test_undo_leaves_what_a_colleague_linked_since(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    ana, bob, cleo = await _three(office)
    await people.link(lea, ana, bob)
    await people.unlink(tom, ana)
    await people.link(tom, ana, cleo)
    outcome = await undo.undo(lea)
    assert await _handles(office, ana) == {ana, cleo}
    assert [line.changed_by for line in outcome.skipped] == ["tom"]


async def test_none_of_us_and_nobody_unknown_is_linked(office: Office) -> None:
    desk = await office.desk()
    conversation = await office.arrive("one")
    outcome = await replies.reply(desk, conversation, "hi")
    assert outcome.act is not None
    await office.sent(outcome.act, "r1")
    ana, us = await _person(office, "ana"), await _person(office, "brand")
    with pytest.raises(Refused, match="our own"):
        await people.link(desk, ana, us)
    with pytest.raises(UsageError, match="no person 99"):
        await people.link(desk, ana, 99)
    with pytest.raises(UsageError, match="itself"):
        await people.link(desk, ana, ana)


async def test_a_first_name_goes_into_templates_and_undo_takes_it_back(office: Office) -> None:
    desk = await office.desk()
    conversation = await office.arrive("one")
    ana, other = await _person(office, "ana"), None
    written = Written(name="hi", variants=(Variant(body='Hello {{ person.first_name or "there" }}!'),))
    template = await add_template(desk, written)

    async def said() -> str:
        return (await templates.preview(desk, template.id, conversation)).text

    assert await said() == "Hello there!"
    assert (await people.set_first_name(desk, ana, " Ana\nMaria ")).first_name == "Ana Maria"
    assert await said() == "Hello Ana Maria!"
    await people.set_first_name(desk, ana, "")
    assert await said() == "Hello there!"
    await undo.undo(desk)
    assert await said() == "Hello Ana Maria!"
    await undo.undo(desk)
    assert await said() == "Hello there!"
    await office.arrive("two", "ana.l")
    other = await _person(office, "ana.l")
    await people.set_first_name(desk, other, "Anita")
    await people.link(desk, ana, other)
    assert await said() == "Hello Anita!"
    with pytest.raises(UsageError, match="at most 60"):
        await people.set_first_name(desk, ana, "x" * 61)


async def test_what_the_network_says_stays_beside_what_a_colleague_said(office: Office) -> None:
    desk = await office.desk()
    author = Author(remote_id="ana", handle="@ana", first_name="A.")
    await office.arrive("one", author=author)
    ana = await _person(office, "ana")
    card = await people.card(desk, ana)
    assert (card.first_name, card.first_name_given) == ("A.", False)
    await people.set_first_name(desk, ana, "Ana")
    await office.arrive("one", author=author.model_copy(update={"first_name": "Anna"}))
    card = await people.card(desk, ana)
    assert (card.first_name, card.first_name_given) == ("Ana", True)
    await undo.undo(desk)
    assert (await people.card(desk, ana)).first_name == "Anna"


async def test_notes_about_a_person_are_undone_and_never_in_a_conversation(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    await office.arrive("one")
    ana = await _person(office, "ana")
    await people.note_person(lea, ana, "prefers the phone")
    card = await people.note_person(tom, ana, " pays late ")
    assert [(note.text, note.by) for note in card.notes] == [("pays late", "tom"), ("prefers the phone", "léa")]
    with pytest.raises(Refused, match="colleague"):
        await people.remove_note(lea, card.notes[0].id)
    await people.remove_note(lea, card.notes[1].id)
    assert [note.text for note in (await people.card(lea, ana)).notes] == ["pays late"]
    await undo.undo(lea)
    assert len((await people.card(lea, ana)).notes) == 2
    await undo.undo(lea)
    assert [note.text for note in (await people.card(lea, ana)).notes] == ["pays late"]
    await undo.redo(lea)
    assert len((await people.card(lea, ana)).notes) == 2
    with pytest.raises(UsageError):
        await people.note_person(lea, ana, " \n")


async def test_the_journal_names_people_by_numbers_only(office: Office) -> None:
    desk = await office.desk()
    ana, bob, _cleo = await _three(office)
    await people.link(desk, ana, bob)
    await people.set_first_name(desk, ana, "Aninha")
    await people.note_person(desk, ana, "likes tea")

    def written(tx: Tx) -> list[str]:
        return [f"{row['before']}{row['after']}" for row in tx.db.execute("SELECT * FROM journal WHERE by IS NOT NULL")]

    said = json.dumps(await office.store.write(written))
    assert "person" in said
    assert not any(word in said for word in ("Aninha", "tea", "ana", "bob"))


async def test_the_history_goes_across_handles_newest_first_by_pages(office: Office) -> None:
    desk = await office.desk()
    names = ("ana", "bob", "ana", "cleo", "bob", "ana")
    ids = [await office.arrive(f"k{n}", name, f"said {n}") for n, name in enumerate(names)]
    await office.arrive("k0", "ana", "again")
    await office.arrive("k1", "cleo", "me too")
    ana, bob = await _person(office, "ana"), await _person(office, "bob")
    await people.link(desk, ana, bob)
    card = await people.card(desk, bob)
    wanted = [(ids[0], "again"), (ids[5], "said 5"), (ids[4], "said 4"), (ids[2], "said 2"), (ids[1], "said 1")]
    for size in (1, 2, 3, 20):
        seen, after = [], None
        while True:
            page = await people.history(desk, card.ids, size, after)
            seen += [(row.row.id, row.text) for row in page.rows]
            after = page.after
            if after is None:
                break
        assert seen == wanted


async def test_messages_of_one_instant_are_paged_too(office: Office) -> None:
    desk = await office.desk()
    at = office.clock.now()
    ids = [await office.arrive(f"k{n}", at=at) for n in range(5)]
    ana = await _person(office, "ana")
    seen, after = [], None
    while True:
        page = await people.history(desk, [ana], 2, after)
        seen += [row.row.id for row in page.rows]
        after = page.after
        if after is None:
            break
    assert seen == ids[::-1]


async def test_the_card_counts_what_was_said_and_done(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", lang="fr")
    await office.arrive("one", lang="fr")
    two = await office.arrive("two", lang="en")
    await office.arrive("other", "bob")
    outcome = await replies.reply(desk, one, "Voici la réponse")
    assert outcome.act is not None
    await office.sent(outcome.act, "r1")
    await tags.tag(desk, [one, two], "vip")
    await tags.tag(desk, [two], "refund")
    await moderation.spam(desk, [two])
    card = await people.card_of(desk, one)
    assert card is not None
    assert (card.person.handle, card.language, card.received, card.answered) == ("@ana", "fr", 3, 1)
    assert card.conversations == {"done": 1, "spam": 1}
    assert card.exact
    assert [(tag.name, tag.n) for tag in card.tags] == [("vip", 2), ("refund", 1)]
    assert [(answer.conversation, answer.by, answer.text) for answer in card.answers] == [
        (one, "léa", "Voici la réponse")
    ]
    assert card.last_seen_at is not None
    assert card.first_seen_at < card.last_seen_at


async def test_people_are_found_by_number_handle_and_what_resembles_it(office: Office) -> None:
    desk = await office.desk()
    for name in ("jules.martin", "juliette", "ana_lopez"):
        await office.arrive(name, name, author=Author(remote_id=name, handle=f"@{name}@s.example", name=name.title()))

    async def found(typed: str) -> list[str]:
        return [line.person.handle.split("@")[1] for line in await people.find(desk, typed)]

    assert (await found("jul"))[:2] == ["juliette", "jules.martin"]
    assert await found("martin") == ["jules.martin"]
    assert (await found("jules.martn"))[:1] == ["jules.martin"]
    assert await found("LÓPEZ") == ["ana_lopez"]
    assert await found("") == ["ana_lopez", "juliette", "jules.martin"]
    assert await found("zzzzqq") == []
    person = await people.resolve(desk, "mastodon:JULIETTE@s.example")
    assert await people.resolve(desk, str(person)) == person
    assert await people.resolve(desk, "mastodon:juliette") == person  # what the network calls them
    for wrong in ("99", "juliette", "matrix:juliette", "mastodon:nobody"):
        with pytest.raises(UsageError):
            await people.resolve(desk, wrong)


async def test_a_handle_of_two_people_is_not_guessed(office: Office) -> None:
    desk = await office.desk()
    for name in ("1", "2"):
        await office.arrive(name, author=Author(remote_id=name, handle="@same"))
    with pytest.raises(UsageError, match="Several people"):
        await people.resolve(desk, "mastodon:same")


async def test_a_person_on_another_network_is_linked_like_any(office: Office) -> None:
    desk = await office.desk()
    await office.arrive("one")
    profile = Profile(author=Author(remote_id="us2", handle="@b", is_us=True), abilities=Abilities())
    matrix = await office.store.write(
        accounts.add, "mx", "matrix", "https://m.example", "", {}, profile, to_ms(office.clock.now())
    )
    ours, office.account = office.account, await office.store.read(accounts.get, matrix)
    there = await office.arrive("room", "@ana:m.example", author=Author(remote_id="@ana:m.example", handle="@ana:m"))
    office.account = ours
    ana = await _person(office, "ana")
    card = await people.link(desk, ana, await people.resolve(desk, "matrix:@ana:m.example"))
    assert {each.network for each in card.linked} == {"matrix"}
    page = await people.history(desk, card.ids)
    assert page.rows[0].row.id == there
