from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.inbox.office import Office

from cminbox.errors import UsageError
from cminbox.inbox import books, drafts, filters, queue, replies, triage
from cminbox.model.base import Audience, ConversationState, Kind
from cminbox.model.content import TopicInfo
from cminbox.model.rows import PageKey
from cminbox.model.views import Filter, Order, View


async def test_a_conversation_opened_has_all_that_the_pane_shows(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", topic=TopicInfo(key="t", title="Livraison", is_ours=True))
    await office.arrive("one", text="and?")
    act = (await replies.reply(desk, one, "Soon.")).act
    view = await queue.view(desk, one)
    assert view.topic is not None
    assert view.topic.title == "Livraison"
    assert [message.text for message in view.messages] == ["hello?", "and?"]
    assert [each.id for each in view.acts] == [act]
    assert view.row.state is ConversationState.DONE
    with pytest.raises(UsageError, match="no conversation 99"):
        await queue.view(desk, 99)


async def test_earlier_messages_are_counted_and_whole_texts_come_when_asked_for(office: Office) -> None:
    desk = await office.desk()
    for n in range(5):
        one = await office.arrive("one", text=f"{n}" * 30_000)
    view = await queue.view(desk, one, limit=2)
    assert (view.earlier, [message.text[0] for message in view.messages]) == (3, ["3", "4"])
    assert len(view.messages[0].text) < 30_000
    assert len(await queue.whole_text(desk, view.messages[0].id)) == 30_000


async def test_pages_and_counts(office: Office) -> None:
    desk = await office.desk()
    ids = [await office.arrive(f"c{n}") for n in range(4)]
    await triage.done(desk, ids[:1])
    first = await queue.page(desk, Filter(), 2)
    assert [row.id for row in first] == [ids[3], ids[2]]
    rest = await queue.page(desk, Filter(), 2, PageKey(sort_ms=first[-1].sort_ms, id=first[-1].id))
    assert [row.id for row in rest] == [ids[1]]
    assert await queue.count(desk, Filter()) == (3, True)
    assert [row.id for row in await queue.rows(desk, [ids[2], 999, ids[0]])] == [ids[2], ids[0]]


async def test_the_numbers_are_of_today_in_the_settings_time_zone(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await replies.reply(desk, one, "Hi.")
    numbers = await queue.numbers(desk)
    assert (numbers.open, numbers.unanswered, numbers.received, numbers.outbox) == (0, 0, 1, 1)
    night = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert queue.midnight(night, "Europe/Paris") == datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    assert queue.midnight(night, "UTC") == datetime(2026, 3, 1, tzinfo=UTC)


async def test_drafts_are_kept_by_conversation_audience_and_colleague(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    one = await office.arrive("one")
    await drafts.save(lea, one, "public", seen=1)
    await drafts.save(lea, one, "private", audience=Audience.DIRECT)
    await drafts.save(tom, one, "tom's \ud800")
    kept = await drafts.load(lea, one)
    assert kept is not None
    assert (kept.text, kept.by, kept.seen_message_id) == ("public", "léa", 1)
    assert {each.text for each in await drafts.mine(lea)} == {"public", "private"}
    assert len(await drafts.everybodys(lea, one)) == 3
    await drafts.save(lea, one, "  ")
    assert await drafts.load(lea, one) is None
    assert await drafts.drop(tom, one)
    assert not await drafts.drop(tom, one)


async def test_drafts_survive_the_process(office: Office, tmp_path: Path) -> None:
    one = await office.arrive("one")
    await drafts.save(await office.desk(), one, "half a sent")
    await office.close()
    again = await Office.open_again(tmp_path, office)
    assert await again.draft(one) == "half a sent"
    await again.close()


def test_filters_as_they_are_typed() -> None:
    assert filters.parse("") == Filter()
    assert filters.parse("view:unanswered Network:mastodon kind:dm") == Filter(
        view=View.UNANSWERED, network="mastodon", kind=Kind.DM
    )
    assert filters.parse("lost parcel") == Filter(search="lost parcel", view=View.ANY)
    assert filters.parse("state:done lost") == Filter(state=ConversationState.DONE, search="lost")
    assert filters.parse("http://x.example order:oldest").search == "http://x.example"
    assert filters.parse("order:oldest").order is Order.OLDEST
    both = filters.narrowed(filters.parse("lost"), {"search": "parcel", "brand": None})
    assert both.search == "lost parcel"
    with pytest.raises(UsageError, match="Did you mean comment"):
        filters.parse("kind:coment")


async def test_the_house_is_looked_after(office: Office) -> None:
    desk = await office.desk()
    await office.arrive("one")
    health = await books.database(desk)
    assert (health.problems, health.conversations, health.messages) == ((), 1, 1)
    assert [account.name for account in await books.accounts(desk)] == ["brand"]
    assert await books.aside(desk) == []
