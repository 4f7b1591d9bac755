from __future__ import annotations

from datetime import timedelta

import pytest
from tests.inbox.office import Office

from cminbox.clock import to_ms
from cminbox.errors import FilterError
from cminbox.i18n import set_language
from cminbox.inbox import filters, queue, tags, topics, triage
from cminbox.inbox.filters import Completion
from cminbox.inbox.matching import matching, true_count
from cminbox.model.content import Author, TopicInfo
from cminbox.model.views import Filter
from cminbox.store import queue as store_queue


async def _found(office: Office, text: str, name: str = "léa") -> list[int]:
    return [row.id for row in await queue.page(await office.desk(name), filters.parse(text), 50)]


async def test_ages_and_me_are_settled_when_the_queue_is_read(office: Office) -> None:
    desk = await office.desk()
    old = await office.arrive("one")
    await office.clock.advance(2 * 3600)
    new = await office.arrive("two")
    assert await _found(office, "older:2h") == [old]
    assert await _found(office, "newer:2h") == [new]
    assert await _found(office, "-older:2h") == [new]
    assert await _found(office, "older:2h newer:1h") == []
    assert await _found(office, "is:unanswered older:1h") == [old]
    assert await _found(office, "newer:today older:1h") == [old]
    assert await _found(office, "older:today") == []
    assert await _found(office, "newer:2020-01-01 older:2020-01-02") == []
    await triage.take(desk, [old])
    assert await _found(office, "assignee:me") == [old]
    assert await _found(office, "assignee:me", "tom") == []
    assert await _found(office, "-assignee:me,tom") == [new]
    assert await _found(office, "assignee:LEA") == [old]
    assert await _found(office, "assignee:none") == [new]
    wanted = filters.resolved(desk, filters.parse("older:1d"))
    assert wanted.before_ms == to_ms(office.clock.now() - timedelta(days=1))


async def test_people_are_found_by_a_part_of_their_name_and_not_by_what_is_said_of_them(office: Office) -> None:
    ana = await office.arrive("one", text="the parcel", author=Author(remote_id="a", handle="@ana.lopez", name="Ána L"))
    bob = await office.arrive("two", text="ana lopez is late", person="bob")
    assert await _found(office, "person:ana") == [ana]
    assert await _found(office, 'person:"ana lopez"') == [ana]
    assert await _found(office, "person:ana parcel") == [ana]
    assert await _found(office, "person:bob parcel") == []
    assert await _found(office, "-person:ana") == [bob]
    assert await _found(office, "-late") == [ana]
    assert await _found(office, '-"ana lopez"') == []
    assert await _found(office, "lopez -late") == [ana]
    assert await _found(office, "ana -parcel") == [bob]


async def test_a_mistyped_name_is_pointed_at_and_an_unknown_one_is_not(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await tags.tag(desk, [one], "refund")
    assert await filters.understood(desk, "tag:REFUND brand:nord") == Filter(tag="REFUND", brand="nord")
    with pytest.raises(FilterError, match="Did you mean refund") as raised:
        await filters.understood(desk, "is:unread tag:vip,refnd")
    assert (raised.value.column, raised.value.length) == (19, 5)
    with pytest.raises(FilterError, match="Did you mean mastodon"):
        await filters.understood(desk, "-network:mastdon")
    await filters.understood(desk, "assignee:me -assignee:none tag:quite-another")


async def _completed(office: Office, text: str, cursor: int | None = None) -> list[Completion]:
    return await filters.complete(await office.desk(), text, len(text) if cursor is None else cursor)


async def test_keys_are_completed_and_then_the_values_that_there_are(office: Office) -> None:
    desk = await office.desk()
    topic = TopicInfo(key="t", title="Livraison d'été", is_ours=True)
    one = await office.arrive("one", author=Author(remote_id="a", handle="@ana lopez"), topic=topic)
    await tags.tag(desk, [one], "refund, late parcel")
    assert [each.word for each in await _completed(office, "ne")] == ["network:", "newer:"]
    assert len(await _completed(office, "")) > 10
    (only,) = await _completed(office, "is:unread -ta")
    assert (only.text, only.cursor, only.help) == ("is:unread -tag:", 15, "a tag")
    assert [each.text for each in await _completed(office, "tag:")] == ['tag:"late parcel" ', "tag:refund "]
    assert [each.text for each in await _completed(office, "-tag:refund,la")] == ['-tag:refund,"late parcel" ']
    assert [each.text for each in await _completed(office, 'tag:"late p')] == ['tag:"late parcel" ']
    (middle,) = await _completed(office, "tag:re colis", 6)
    assert (middle.text, middle.cursor) == ("tag:refund colis", 10)
    assert [each.word for each in await _completed(office, "is:un")] == ["unanswered", "unread"]
    assert [each.word for each in await _completed(office, "état:trai")] == ["done"]
    assert [each.word for each in await _completed(office, "network:")] == ["mastodon"]
    assert ("me", "léa") in [(each.word, each.help) for each in await _completed(office, "assignee:")]
    assert [each.word for each in await _completed(office, "person:lop")] == ['"@ana lopez"']
    assert [(each.word, each.help) for each in await _completed(office, "topic:livr")] == [("1", "Livraison d'été")]
    assert await _completed(office, "nothing:") == []
    assert "30m" in [each.word for each in await _completed(office, "older:")]


async def test_french_keys_come_first_in_french(office: Office) -> None:
    set_language("fr")
    assert [each.word for each in await _completed(office, "rés")] == ["réseau:"]
    assert [each.word for each in await _completed(office, "net")] == ["network:"]
    set_language("en")
    assert [each.word for each in await _completed(office, "rés")] == ["réseau:"]


async def test_everything_that_matches_comes_in_chunks_while_verbs_change_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await office.desk()
    ids = [await office.arrive(f"c{n}", text="late" if n % 2 else "other") for n in range(11)]
    monkeypatch.setattr(store_queue, "SCAN_ROWS", 4)
    for text, expected in (
        ("", ids),
        ("is:unanswered", ids),
        ("lang:fr", []),
        ("late", ids[1::2]),
        ("-late", ids[::2]),
    ):
        wanted = filters.parse(text)
        chunks = [chunk async for chunk in matching(desk, wanted, 3)]
        assert sorted(one for chunk in chunks for one in chunk) == expected
        assert all(0 < len(chunk) <= 3 for chunk in chunks)
        assert await true_count(desk, wanted) == len(expected)
    async for chunk in matching(desk, Filter(), 3):
        await triage.done(desk, chunk)
    assert await true_count(desk, Filter()) == 0
    assert await true_count(desk, filters.parse("state:done")) == 11


async def test_topics_are_listed_with_what_waits_and_a_campaign_is_inherited(office: Office) -> None:
    desk = await office.desk()
    spring = TopicInfo(key="s", title="Spring", is_ours=True)
    autumn = TopicInfo(key="a", title="Autumn", is_ours=True)
    one = await office.arrive("one", topic=spring)
    two, three = [await office.arrive(key, topic=autumn) for key in ("two", "three")]
    await triage.done(desk, [three])
    lines = await topics.topics(desk)
    assert [(line.topic.title, line.open, line.unanswered, line.conversations) for line in lines] == [
        ("Spring", 1, 1, 1),
        ("Autumn", 1, 1, 2),
    ]
    assert (await topics.set_campaign(desk, lines[1].topic.id, " Été  2026 ")).campaign == "Été 2026"
    assert (await topics.set_campaign(desk, lines[0].topic.id, "ete 2026")).campaign == "Été 2026"
    await topics.set_campaign(desk, lines[0].topic.id, None)
    assert await topics.campaigns(desk) == ["Été 2026"]
    assert await _found(office, 'campaign:"ETE 2026"') == [two]
    assert await _found(office, 'view:any campaign:"ete 2026"') == [three, two]
    assert await _found(office, '-campaign:"ete 2026"') == [one]
    assert await _found(office, f"topic:{lines[1].topic.id}") == [two]
    assert [line.topic.title for line in await topics.topics(desk, campaign="été 2026")] == ["Autumn"]
    assert await topics.topics(desk, campaign="none") == []
    assert await queue.count(desk, Filter(topic=lines[1].topic.id)) == (1, True)
    with pytest.raises(Exception, match="no topic 99"):
        await topics.set_campaign(desk, 99, "x")
