"""Changing what was sent: edited in its place, or deleted with the text as a draft; held, recalled, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.inbox.office import US, Office

from cminbox.errors import Refused, Unable, UsageError
from cminbox.inbox import editing, notes, outbox, queue, replies, undo
from cminbox.model.base import ActState, ActVerb, ConversationState, Direction, Kind
from cminbox.model.changes import Edited, Removed, Wrote


async def answered(office: Office, text: str = "It leaves today.") -> tuple[int, int]:
    """A conversation that was answered, and the act; the network told of the answer."""
    desk = await office.desk()
    one = await office.arrive("one")
    act = (await replies.reply(desk, one, text)).act or 0
    await office.sent(act, "r1")
    wrote = Wrote(
        remote_id="r1",
        at=office.clock.now(),
        kind=Kind.COMMENT,
        direction=Direction.OUT,
        author=US,
        text=text,
        conversation="one",
    )
    await office.tell(wrote)
    return one, act


async def happened(office: Office, act: int, text: str) -> None:
    """The network took the edit and tells of it."""
    await office.sent(act, "r1")
    await office.clock.advance(5)
    await office.tell(Edited(remote_id="r1", at=office.clock.now(), text=text))


async def row(office: Office, act_id: int | None):  # type: ignore[no-untyped-def]
    found = await outbox.get(await office.desk(), act_id or 0)
    assert found is not None
    return found


async def test_an_edit_is_held_and_undo_recalls_it_and_redo_does_it_again(office: Office) -> None:
    desk = await office.desk()
    one, act = await answered(office)
    assert (await editing.editable(desk, one)).text == "It leaves today."
    first = (await editing.edit(desk, one, "It leaves tomorrow.")).act
    edit = await row(office, first)
    assert (edit.verb, edit.state, edit.text, edit.former_text) == (
        *(ActVerb.EDIT, ActState.HELD),
        *("It leaves tomorrow.", "It leaves today."),
    )
    assert edit.message_id == (await row(office, act)).result_message_id
    await undo.undo(desk)
    assert await office.act_state(first) is ActState.CANCELLED
    again = await row(office, (await undo.redo(desk)).act)
    assert (again.state, again.text, again.former_text) == (ActState.HELD, edit.text, edit.former_text)


async def test_undo_after_it_was_sent_sends_the_former_text(office: Office) -> None:
    desk = await office.desk()
    one, _act = await answered(office)
    first = (await editing.edit(desk, one, "It leaves tomorrow.")).act or 0
    await happened(office, first, "It leaves tomorrow.")
    outcome = await undo.undo(desk)
    counter = await row(office, outcome.act)
    assert (counter.verb, counter.text) == (ActVerb.EDIT, "It leaves today.")
    assert "former text" in outcome.notes[0]
    assert (await queue.view(desk, one)).row.state is ConversationState.DONE
    await happened(office, counter.id, "It leaves today.")
    again = await row(office, (await undo.redo(desk)).act)
    assert (again.text, again.former_text) == ("It leaves tomorrow.", "It leaves today.")


async def test_two_edits_are_taken_back_one_after_the_other(office: Office) -> None:
    desk = await office.desk()
    one, _act = await answered(office, "A")
    for text in ("B", "C"):
        await happened(office, (await editing.edit(desk, one, text)).act or 0, text)
    for text in ("B", "A"):
        counter = await row(office, (await undo.undo(desk)).act)
        assert counter.text == text
        await happened(office, counter.id, text)


async def test_a_colleagues_later_edit_stands(office: Office) -> None:
    desk, max_ = await office.desk(), await office.desk("max")
    one, _act = await answered(office)
    await happened(office, (await editing.edit(desk, one, "B")).act or 0, "B")
    await happened(office, (await editing.edit(max_, one, "C")).act or 0, "C")
    outcome = await undo.undo(desk)
    assert outcome.changed == ()
    assert "max edited it again" in outcome.skipped[0].error


async def test_where_nothing_is_edited_it_is_deleted_and_its_text_a_draft(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, frozenset({ActVerb.REPLY, ActVerb.DELETE}))
    desk = await office.desk()
    one, _act = await answered(office)
    what = await editing.editable(desk, one)
    assert not what.edits
    assert "cannot edit" in what.why_not
    with pytest.raises(Unable, match="cannot edit"):
        await editing.edit(desk, one, "B")
    act = (await editing.rewrite(desk, [one])).act
    assert (await row(office, act)).verb is ActVerb.DELETE
    assert await office.draft(one) == "It leaves today."
    assert (await office.stands(one)).state is ConversationState.OPEN
    await undo.undo(desk)
    assert await office.act_state(act) is ActState.CANCELLED
    assert await office.draft(one) is None
    assert (await office.stands(one)).state is ConversationState.DONE
    again = await row(office, (await undo.redo(desk)).act)
    assert (again.verb, again.state) == (ActVerb.DELETE, ActState.HELD)
    assert await office.draft(one) == "It leaves today."
    await office.close()


async def test_after_its_window_an_edit_is_no_more(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, edit_window_s=900)
    desk = await office.desk()
    one, _act = await answered(office)
    assert (await editing.editable(desk, one)).edits
    await office.clock.advance(901)
    what = await editing.editable(desk, one)
    assert (what.edits, "let this be edited until" in what.why_not) == (False, True)
    await office.close()


async def test_neither_is_said_with_both_reasons(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, frozenset({ActVerb.REPLY}))
    desk = await office.desk()
    one, _act = await answered(office)
    with pytest.raises(Unable, match=r"cannot edit.*cannot delete"):
        await editing.editable(desk, one)
    await office.close()


async def test_what_is_not_sent_gone_or_the_same_is_refused(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    with pytest.raises(Refused, match="Nothing of ours"):
        await editing.editable(desk, one)
    act = (await replies.reply(desk, one, "Soon.")).act
    with pytest.raises(Refused, match="has not left yet"):
        await editing.editable(desk, one)
    with pytest.raises(Refused, match="did not come back"):
        await editing.editable(desk, one, act=act)
    with pytest.raises(UsageError, match="Act 99"):
        await editing.editable(desk, one, act=99)


async def test_the_text_must_be_another_and_fit(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, max_length=30)
    desk = await office.desk()
    one, act = await answered(office)
    for text, said in (("It leaves today.", "Nothing was changed"), ("  ", "empty"), ("x" * 31, "too long")):
        with pytest.raises(UsageError, match=said):
            await editing.edit(desk, one, text, act=act)
    await office.tell(Removed(remote_id="r1", at=office.clock.now()))
    with pytest.raises(Refused, match="not there any more"):
        await editing.editable(desk, one, act=act)
    await office.close()


async def test_a_note_is_no_reply(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await notes.note(desk, [one], "look at this")
    with pytest.raises(Refused, match="Nothing of ours"):
        await editing.editable(desk, one)
