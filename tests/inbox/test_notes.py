from __future__ import annotations

import pytest
from tests.inbox.office import Office

from cminbox.errors import Refused, UsageError
from cminbox.inbox import drafts, filters, notes, queue, remote, replies, undo
from cminbox.model.base import ActVerb, Audience
from cminbox.model.rows import MessageRow
from cminbox.store import outbox


async def _notes(office: Office, conversation_id: int) -> list[MessageRow]:
    view = await queue.view(await office.desk(), conversation_id)
    return [message for message in view.messages if message.audience is Audience.NOTE]


async def test_a_note_stands_in_the_thread_and_changes_nothing_else(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    before, row = await office.stands(one), (await queue.rows(desk, [one]))[0]
    await office.clock.advance(60)
    await drafts.save(desk, one, "Ask Tom.", audience=Audience.NOTE)
    await notes.note(desk, [one], " Ask Tom. ")
    (written,) = await _notes(office, one)
    assert (written.text, written.by, written.remote_id) == ("Ask Tom.", "léa", None)
    assert await office.stands(one) == before
    assert (await queue.rows(desk, [one]))[0] == row.model_copy(update={"noted": True})
    assert await office.draft(one, audience=Audience.NOTE) is None
    await office.arrive("one", text="still there?")
    assert (await queue.rows(desk, [one]))[0].text == "hello?"


async def test_undo_takes_the_note_out_and_redo_brings_it_back(office: Office) -> None:
    desk = await office.desk()
    ids = [await office.arrive(key) for key in ("one", "two")]
    await notes.note(desk, ids, "Both.")
    await undo.undo(desk)
    assert [await _notes(office, each) for each in ids] == [[], []]
    await undo.redo(desk)
    assert [[note.text for note in await _notes(office, each)] for each in ids] == [["Both."], ["Both."]]
    with pytest.raises(UsageError, match="empty"):
        await notes.note(desk, ids, " \n ")


@pytest.mark.parametrize("verb", remote.VERBS)
async def test_nothing_of_a_note_leaves_whatever_the_verb(office: Office, verb: ActVerb) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await notes.note(desk, [one], "They are rude.")
    (note,) = await _notes(office, one)
    outcome = await remote.act(desk, verb, [one], message=note.id)
    assert "internal note" in outcome.skipped[0].error
    for private in (False, True):
        with pytest.raises(Refused, match="internal note"):
            await replies.reply(desk, one, "Hello.", to_message=note.id, private=private)
    assert await office.store.read(outbox.rows) == []
    answered = await replies.reply(desk, one, "Hello.")
    act = await office.store.read(outbox.get, answered.act or 0)
    assert act is not None
    assert act.message_id != note.id


async def test_an_at_reaches_the_colleague(office: Office) -> None:
    lea, tom, ana = await office.desk("léa"), await office.desk("tom"), await office.desk("Tom Riddle")
    one = await office.arrive("one", person="jules")
    await notes.note(lea, [one], "@Tom please, and @LEA@nobody")
    await office.clock.advance(60)
    await notes.note(lea, [one], "@tom riddle, not @tomorrow")
    (mention,) = await notes.mentions(tom)
    assert (mention.by, mention.conversation, mention.person) == ("léa", one, "@jules")
    assert mention.text.startswith("@Tom please")
    assert [each.text for each in await notes.mentions(ana)] == ["@tom riddle, not @tomorrow"]
    assert await notes.mentions(lea) == []
    assert await notes.mentions(tom, since=office.clock.now()) == []
    assert [row.id for row in await queue.page(tom, filters.parse("mentioned:me"), 5)] == [one]
    assert list(await queue.page(lea, filters.parse('mentioned:"tom riddle" state:done'), 5)) == []
    await undo.undo(lea)
    assert await notes.mentions(ana) == []


async def test_a_note_is_found_by_its_words_in_its_conversation_only(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await notes.note(desk, [one], "escalated to legal")
    assert [row.id for row in await queue.page(desk, filters.parse("legal"), 5)] == [one]
    await undo.undo(desk)
    assert list(await queue.page(desk, filters.parse("legal"), 5)) == []
