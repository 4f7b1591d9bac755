"""What we listen to is kept apart: never in the inbox by itself, never waiting, found where it is asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.inbox.office import Office

from cminbox.inbox import filters, moderation, numbers, queue, triage
from cminbox.model.base import ConversationState, Kind
from cminbox.model.numbers import EVERYWHERE, Span
from cminbox.store.database import connect, migrate


async def found(office: Office, text: str) -> set[int]:
    desk = await office.desk()
    return {row.id for row in await queue.page(desk, await filters.understood(desk, text), limit=50)}


async def heard(office: Office, about: str = "us", **more: object) -> int:
    return await office.arrive(f"heard {about} {more}", addressed=False, about=about, kind=Kind.POST, **more)


@pytest.mark.parametrize(
    "text",
    ["", "view:unanswered", "view:waiting", "view:done", "view:any", "hello", "kind:post view:any", "state:done"],
)
async def test_what_we_listen_to_is_in_no_other_view(office: Office, text: str) -> None:
    one = await heard(office)
    assert one not in await found(office, text)


async def test_it_is_listed_where_it_is_asked_for(office: Office) -> None:
    us = await heard(office)
    acme = await heard(office, "competitor:Acme")
    theme = await heard(office, "theme")
    addressed = await office.arrive("addressed")
    assert await found(office, "is:listening") == await found(office, "est:écoute") == {us, acme, theme}
    assert await found(office, "about:us") == await found(office, "propos:nous") == {us}
    assert await found(office, "about:competitor") == await found(office, "about:competitor:acme") == {acme}
    assert await found(office, "about:us,theme") == {us, theme}
    assert await found(office, "is:listening -about:us") == {acme, theme}
    assert await found(office, "is:listening hello") == {us, acme, theme}
    assert await found(office, "about:nobody") == set()
    assert await found(office, "-is:listening") == {addressed}


async def test_it_never_waits_and_counts_as_no_open_one(office: Office) -> None:
    one = await heard(office)
    stands = await office.stands(one)
    assert (stands.state, stands.waits_ms, bool(stands.unread)) == (ConversationState.DONE, None, False)
    desk = await office.desk()
    counted = await queue.numbers(desk)
    assert (counted.open, counted.unanswered, counted.received) == (0, 0, 0)


async def test_a_person_may_bring_it_into_the_inbox(office: Office) -> None:
    one = await heard(office)
    desk = await office.desk()
    await moderation.reopen(desk, [one])
    assert await found(office, "") == {one}
    assert await found(office, "view:unanswered") == set()


async def test_a_comment_below_what_we_listen_to_is_listened_to_as_well(office: Office) -> None:
    one = await heard(office, remote_id="story", conversation=None)
    two = await heard(office, remote_id="answer", conversation=None, parent="story", person="bob")
    assert two == one
    assert await found(office, "is:listening") == {one}


async def test_being_addressed_later_is_more_than_being_heard(office: Office) -> None:
    one = await heard(office, remote_id="m", conversation="c")
    await office.arrive("c", remote_id="m")
    assert (await office.stands(one)).waits_ms is not None
    assert await found(office, "") == await found(office, "view:unanswered") == {one}


async def test_what_is_addressed_to_us_and_done_is_among_the_done(office: Office) -> None:
    one = await heard(office, remote_id="m", conversation="c")
    await office.arrive("c", remote_id="m")
    await triage.done(await office.desk(), [one])
    assert await found(office, "view:done") == {one}
    assert await found(office, "is:listening") == set()


async def test_what_was_only_context_is_found_by_a_search_later(office: Office) -> None:
    more = {"addressed": False, "kind": Kind.POST, "conversation": None, "remote_id": "status1"}
    at = office.clock.now()
    with pytest.raises(TypeError):
        await office.arrive("", at=at, **more)  # in no conversation
    assert await office.arrive("", at=at, about="us", **more) in await found(office, "about:us")


async def test_an_older_house_knows_what_it_heard_but_not_what_its_backlog_was(office: Office) -> None:
    desk, begin = await office.desk(), office.clock.now()
    for about in ("us", "competitor:Acme", "competitor:Acme", "theme"):
        await office.arrive(about, addressed=False, about=about, kind=Kind.POST)
    first = await office.arrive("addressed")
    db = connect(office.store.path)
    db.executescript("DROP TABLE listened; DROP TABLE backlog_turn; PRAGMA user_version = 22;")
    migrate(db, office.store.path)
    db.close()

    async def backlog() -> float | None:
        span = Span(begin, office.clock.now() + timedelta(seconds=1))
        return (await numbers.measure(desk, span, keys=["backlog_end"]))["backlog_end"]

    assert await backlog() is None
    voices = await numbers.voices(desk, Span(begin, office.clock.now()))
    assert [(each.about, each.n) for each in voices] == [("us", 1), ("competitor:Acme", 2)]
    await triage.done(desk, [first])
    assert await backlog() == 0
    updated = office.clock.now()
    await office.arrive("again")
    assert await backlog() == 1
    before = await numbers.measure(desk, Span(begin, updated), keys=["backlog_end"])
    assert before["backlog_end"] is None
    step = (updated - begin).total_seconds()
    drawn = await numbers.series(desk, "backlog_end", Span(begin, updated + (updated - begin)), EVERYWHERE, step)
    assert drawn == [(begin, None), (updated, 1)]
