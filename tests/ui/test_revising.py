"""Editing a sent reply on the screen."""

from __future__ import annotations

from tests.ui.house import US
from tests.ui.test_answering import feed

from cminbox.inbox import drafts, outbox
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.base import ActState, ActVerb, Audience, Direction, Kind
from cminbox.model.changes import Batch, Wrote
from cminbox.store import accounts
from cminbox.sync import ingest


async def answered(seat, *can: ActVerb) -> int:  # type: ignore[no-untyped-def]
    """The conversation under the cursor was answered from elsewhere; its account can do only these."""
    store = seat.app.service.store
    account = await store.read(accounts.by_name, "velo@social.example")
    profile = Profile(author=US, abilities=Abilities(can=frozenset({ActVerb.REPLY, *can}), max_length=500))
    await store.write(accounts.set_profile, account.id, profile)
    row = seat.app.hands.list.current

    def parent(db):  # type: ignore[no-untyped-def]
        sql = "SELECT remote_id FROM message WHERE conversation_id = ? AND state != 'removed' ORDER BY id"
        return db.execute(sql, (row.id,)).fetchone()[0]

    wrote = Wrote(
        remote_id="ours-1",
        at=seat.clock.now(),
        kind=Kind.COMMENT,
        direction=Direction.OUT,
        author=US,
        text="Il part ce soir.",
        parent=await store.read(parent),
    )
    await store.write(ingest.apply, account, Batch(feed="events", changes=(wrote,)), move_cursor=False)
    await seat.notice_changes()
    return row.id


async def acts(seat, verb: ActVerb):  # type: ignore[no-untyped-def]
    return [act for act in await outbox.rows(seat.app.service.desk) if act.verb is verb]


async def test_a_sent_reply_is_edited_in_the_composer_typed_ahead(sit) -> None:
    async with sit() as seat:
        one = await answered(seat, ActVerb.EDIT, ActVerb.DELETE)
        feed(seat, "M Pardon !")
        await seat.settle()
        assert "EDIT, public, of our reply on Mastodon" in seat.text
        await seat.press("ctrl+s")
        (act,) = await acts(seat, ActVerb.EDIT)
        assert (act.text, act.former_text, act.state) == (
            *("Il part ce soir. Pardon !", "Il part ce soir."),
            ActState.HELD,
        )
        assert act.conversation_id == one
        await seat.press("u")
        assert await acts(seat, ActVerb.EDIT) == []
        assert await drafts.mine(seat.app.service.desk) == []


async def test_leaving_changes_nothing_and_keeps_no_draft(sit) -> None:
    async with sit() as seat:
        await answered(seat, ActVerb.EDIT)
        feed(seat, "M!")
        await seat.settle()
        await seat.press("escape")
        assert "stays as it is" in seat.last_line
        assert await acts(seat, ActVerb.EDIT) == []
        assert await drafts.mine(seat.app.service.desk) == []


async def test_where_nothing_is_edited_it_asks_to_delete_and_gives_the_text_back(sit) -> None:
    async with sit() as seat:
        one = await answered(seat, ActVerb.DELETE)
        await seat.press("M")
        told = " ".join(seat.text.split())
        assert "cannot edit" in told
        assert "Delete it, with its text as a draft to write anew?" in told
        await seat.press("escape")
        assert await acts(seat, ActVerb.DELETE) == []
        await seat.press("M", "y")
        assert len(await acts(seat, ActVerb.DELETE)) == 1
        draft = await drafts.load(seat.app.service.desk, one, audience=Audience.PUBLIC)
        assert draft is not None
        assert draft.text == "Il part ce soir."
        assert seat.app.stage.area == "composer"
        assert "Il part ce soir." in seat.app.inbox.widgets.composer.buffer.text


async def test_neither_is_said(sit) -> None:
    async with sit() as seat:
        await answered(seat)
        await seat.press("M")
        assert "cannot edit" in seat.text
        assert seat.app.stage.area == "queue"


async def test_nothing_sent_is_said(sit) -> None:
    async with sit() as seat:
        await seat.press("M")
        assert "Nothing of ours was sent" in seat.text
