"""A conversation of hundreds of messages: its newest come at once, earlier ones when asked for, in their place."""

from __future__ import annotations

from cminbox.model.base import Audience, Direction, Kind
from cminbox.model.changes import Batch, Wrote
from cminbox.model.content import Author
from cminbox.store import accounts
from cminbox.sync import ingest

LONG = Author(remote_id="long", handle="@long", name="Long")


async def talk(seat, n: int) -> None:
    """So many private messages of one person."""
    store = seat.app.service.store
    account = await store.read(accounts.by_name, "velo@social.example")
    changes = tuple(
        Wrote(
            remote_id=f"long{number}",
            at=seat.clock.now(),
            kind=Kind.DM,
            direction=Direction.IN,
            author=LONG,
            text=f"number {number}.",
            audience=Audience.DIRECT,
            conversation="long",
        )
        for number in range(n)
    )
    await store.write(ingest.apply, account, Batch(feed="events", changes=changes), move_cursor=False)


def told(seat) -> str:
    return "\n".join(line.rstrip() for line in seat.app.inbox.widgets.reading.texts)


async def test_earlier_messages_come_above_what_is_in_view_until_there_are_none(sit) -> None:
    async with sit() as seat:
        await talk(seat, 450)
        await seat.press("comma")
        await seat.press("enter")
        assert "number 449." in told(seat)
        await seat.press("g", "g")
        assert "250 earlier messages; Enter shows more" in told(seat)
        assert "number 250." in told(seat)
        await seat.press("j", "j", "j", "j")
        before = told(seat)
        await seat.press("enter")
        assert told(seat) == before
        await seat.press("g", "g")
        assert "50 earlier messages" in told(seat)
        await seat.press("enter")
        await seat.press("g", "g")
        assert "number 0." in told(seat)
        assert "earlier" not in told(seat)
        await seat.press("G")
        assert "number 449." in told(seat)


async def test_the_next_conversation_begins_with_its_newest_again(sit) -> None:
    async with sit() as seat:
        await talk(seat, 450)
        await seat.press("comma")
        await seat.press("enter")
        await seat.press("enter")
        await seat.press("J")
        await seat.press("K")
        await seat.press("g", "g")
        assert "250 earlier messages" in told(seat)
