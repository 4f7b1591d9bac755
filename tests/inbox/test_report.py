"""What a report gathers from a store at work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.inbox.office import Office

from cminbox.config.settings import Settings
from cminbox.inbox import clusters, numbers, remote, report, report_span, tags, triage
from cminbox.inbox.planning import Wording
from cminbox.inbox.report_masks import masked
from cminbox.inbox.report_span import Last
from cminbox.model.base import ActState, ActVerb, Audience, Kind
from cminbox.model.content import Author, TopicInfo
from cminbox.model.numbers import Place, Span
from cminbox.model.reasons import Reason
from cminbox.store import spikes
from cminbox.store.report import Said

PROMO = "Bonjour, le code de la promotion est refusé au moment de payer"


def today(office: Office) -> Span:
    now = office.clock.now()
    return Span(now.replace(hour=0, minute=0), now + timedelta(hours=1))


async def test_its_numbers_are_those_of_the_numbers_and_its_curve_adds_up(office: Office) -> None:
    desk = await office.desk()
    for key in "abcde":
        await office.arrive(key, key)
    await triage.done(desk, [await office.arrive("f")])
    span = today(office)
    found = await report.gather(desk, span, before=span.before)
    assert found.measures == await numbers.measure(desk, span)
    assert found.measures_before == await numbers.measure(desk, span.before)
    assert sum(each.received for each in found.series) == found.measures["received"] == 6
    assert sum(map(sum, found.heat)) == 6
    assert found.by_the_hour


async def test_days_are_those_of_the_time_zone_across_a_change_of_the_clocks(office: Office) -> None:
    office.settings = Settings(timezone="Europe/Paris")
    span = Span(datetime(2026, 3, 23, 23, tzinfo=UTC), datetime(2026, 3, 30, 22, tzinfo=UTC))
    await office.clock.advance(29 * 24 * 3600)
    await office.arrive("a", at=datetime(2026, 3, 28, 22, 59, tzinfo=UTC))
    await office.arrive("b", at=datetime(2026, 3, 29, 22, 1, tzinfo=UTC))
    found = await report.gather(await office.desk(), span)
    days = [each.at.astimezone(found.zone).day for each in found.series]
    assert days == [24, 25, 26, 27, 28, 29, 30]
    assert [each.received for each in found.series] == [0, 0, 0, 0, 1, 0, 1]


async def test_themes_are_tags_busiest_first_beside_the_period_before(office: Office) -> None:
    desk = await office.desk()
    old = await office.arrive("a")
    await tags.tag(desk, [old], "livraison")
    await office.clock.advance(24 * 3600)
    for key, name in (("b", "livraison"), ("c", "retour"), ("d", "retour")):
        await tags.tag(desk, [await office.arrive(key, key)], name)
    span = Span(office.clock.now() - timedelta(hours=2), office.clock.now() + timedelta(hours=1))
    before = Span(span.since - timedelta(days=2), span.since)
    found = await report.gather(desk, span, before=before)
    assert [(each.name, each.messages, each.messages_before) for each in found.themes] == [
        ("retour", 2, 0),
        ("livraison", 1, 1),
    ]
    assert [each.theme for each in found.quotes] == ["retour", "livraison"]


async def test_topics_are_counted_and_campaigns_kept_apart(office: Office) -> None:
    topic = TopicInfo(key="t1", title="Spring\x1b[31m offer", url="https://example.org/1", is_ours=True)
    for key in "ab":
        await office.arrive(key, key, topic=topic)
    await office.arrive("c", topic=TopicInfo(key="t2", title="Other"))
    found = await report.gather(await office.desk(), today(office))
    assert [(each.messages, each.url) for each in found.topics] == [(2, "https://example.org/1"), (1, "")]
    assert "\x1b" not in found.topics[0].name
    nowhere = await report.gather(await office.desk(), today(office), Place(campaign="spring"))
    assert (nowhere.topics, nowhere.measures["received"]) == ((), 0)


async def test_a_topic_of_somebody_else_is_masked_with_its_address(office: Office) -> None:
    topic = TopicInfo(key="t1", title="", text="@bob and I", url="https://social.example/@ana/1")
    await office.arrive("a", topic=topic)
    for names, name, url in ((False, "@… and I", ""), (True, "@bob and I", "https://social.example/@ana/1")):
        (found,) = (await report.gather(await office.desk(), today(office), names=names)).topics
        assert (found.name, found.url) == (name, url)


async def test_moderation_is_told_by_reason(office: Office) -> None:
    desk = await office.desk()
    for key, reason in (("a", Reason.HATE), ("b", Reason.HATE), ("c", Reason.SPAM)):
        outcome = await remote.act(desk, ActVerb.HIDE, [await office.arrive(key)], reason=reason)
        for line in outcome.changed:
            assert line.act is not None
            await office.move(line.act, ActState.QUEUED, ActState.SENDING, ActState.SENT)
    found = await report.gather(desk, today(office))
    assert [(each.verb, each.reason, each.n, each.before) for each in found.moderation] == [
        ("hide", "hate", 2, None),
        ("hide", "spam", 1, None),
    ]


async def test_a_wave_that_was_answered_as_one_is_told_and_gone_when_taken_back(office: Office) -> None:
    from cminbox.inbox import undo

    desk = await office.desk()
    for number in range(4):
        await office.arrive(f"k{number}", f"p{number}", PROMO)
    (wave,) = await clusters.clusters(desk)
    open_ = await report.gather(desk, today(office))
    assert [(each.conversations, each.answered, each.text) for each in open_.waves] == [(4, False, PROMO)]
    await clusters.answer_all(desk, wave.id, Wording(texts=("Nous corrigeons cela",)))
    answered = await report.gather(desk, today(office))
    assert [(each.conversations, each.answered, each.text) for each in answered.waves] == [(4, True, PROMO)]
    await undo.undo(desk)
    assert [each.answered for each in (await report.gather(desk, today(office))).waves] == [False]


async def test_spikes_of_the_brand_are_told(office: Office) -> None:
    await office.store.write(spikes.begin, 0, 40, 2.0)
    found = await report.gather(await office.desk(), today(office))
    assert [(each.brand, each.count, each.ended) for each in found.spikes] == [("", 40, None)]
    assert (await report.gather(await office.desk(), today(office), Place(brand="Acme"))).spikes == ()


async def test_what_is_private_hidden_or_removed_is_never_quoted(office: Office) -> None:
    desk = await office.desk()
    kinds: dict[str, dict[str, object]] = {
        "public": {},
        "private": {"audience": Audience.DIRECT, "kind": Kind.DM},
        "removed": {"remote_id": "gone"},
    }
    for text, more in kinds.items():
        await tags.tag(desk, [await office.arrive(text, text=f"a {text} message", **more)], "theme")
    await office.removed("gone")
    found = await report.gather(desk, today(office), names=True)
    assert [(each.text, each.author) for each in found.quotes] == [("a public message", "@ana")]


def test_of_those_that_say_the_same_one_is_quoted() -> None:
    texts = (
        "the parcel is late",
        "@brand The parcel is late!",
        "@brand the parcel is so late",
        "my refund",
        "@brand",
        "",
    )
    said = [Said(at, text, "", "", "") for at, text in enumerate(texts)]
    assert [each.at_ms for each in report.telling(said, 3)] == [2, 3]
    assert [each.at_ms for each in report.telling(said, 1)] == [2]


async def test_authors_are_masked_unless_their_names_are_asked_for(office: Office) -> None:
    desk = await office.desk()
    author = Author(remote_id="p", handle="@ana_lopez@example.org", name="Ana Lopez")
    text = "Ana Lopez ici (@ana_lopez@example.org, ana@example.org, 06 12 34 56 78) : 2 colis sur 3, 149,90 €"
    await tags.tag(desk, [await office.arrive("a", text=text, author=author)], "colis")
    (quote,) = (await report.gather(desk, today(office))).quotes
    assert (quote.author, quote.text) == ("", "… ici (@…, …, …) : 2 colis sur 3, 149,90 €")
    (quote,) = (await report.gather(desk, today(office), names=True)).quotes
    assert (quote.author, quote.text) == ("@ana_lopez@example.org", text)


@pytest.mark.parametrize(
    ("text", "names", "shown"),
    [
        ("see https://social.example/@ana and @bob:matrix.example.org!", (), "see https://social.example/@… and @…!"),
        ("(+33) 6 12 34 56 78 or 2026-03-02", (), "… or 2026-03-02"),
        ("@karim_o Hi Karim_O, thanks", (), "@… Hi …, thanks"),
        ("ANA said so, Anaïs did not", ("Ana",), "… said so, Anaïs did not"),
        ("a (b) [c] *", ("(b)", "*", ""), "a … [c] *"),
    ],
)
def test_masks(text: str, names: tuple[str, ...], shown: str) -> None:
    assert masked(text, names) == shown


@pytest.mark.parametrize(
    ("piece", "since", "until", "before"),
    [
        (Last.DAY, "2026-03-30", "2026-03-31", "2026-03-29"),
        (Last.WEEK, "2026-03-23", "2026-03-30", "2026-03-16"),
        (Last.MONTH, "2026-02-01", "2026-03-01", "2026-01-01"),
    ],
)
def test_the_last_whole_piece_and_the_one_before(piece: Last, since: str, until: str, before: str) -> None:
    zone = ZoneInfo("Europe/Paris")
    span = report_span.last(piece, datetime(2026, 3, 31, 12, tzinfo=UTC), zone)
    earlier = report_span.before(span, zone, piece)

    def midnights(one: Span) -> tuple[str, str]:
        local = [at.astimezone(zone) for at in (one.since, one.until)]
        assert all(at.hour == at.minute == 0 for at in local)
        return local[0].date().isoformat(), local[1].date().isoformat()

    assert midnights(span) == (since, until)
    assert midnights(earlier) == (before, since)


def test_a_chosen_range_of_days_goes_back_by_days() -> None:
    zone = ZoneInfo("Europe/Paris")
    span = Span(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 30, 22, tzinfo=UTC))
    assert report_span.before(span, zone).since == datetime(2026, 3, 26, 23, tzinfo=UTC)
    odd = Span(datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC))
    assert report_span.before(odd, zone) == odd.before


async def test_who_is_spoken_of_beside_the_period_before(office: Office) -> None:
    more = {"addressed": False, "kind": Kind.POST}
    for about, n in (("us", 1), ("competitor:Acme", 3), ("competitor:Old", 1), ("theme", 2)):
        for _each in range(n):
            await office.arrive("", about=about, conversation=None, **more)
    await office.clock.advance(24 * 3600)
    for about in ("us", "us", "competitor:ACME", "competitor:New"):
        await office.arrive("", about=about, conversation=None, **more)
    now = office.clock.now()
    span = Span(now - timedelta(hours=2), now + timedelta(hours=1))
    before = Span(span.since - timedelta(days=1), span.since)
    found = await report.gather(await office.desk(), span, before=before)
    told = [(each.about, each.n, each.share, each.n_before, each.share_before) for each in found.voices]
    assert told == [
        ("us", 2, 0.5, 1, 0.2),
        ("competitor:ACME", 1, 0.25, 3, 0.6),
        ("competitor:New", 1, 0.25, 0, 0.0),
        ("competitor:Old", 0, 0.0, 1, 0.2),
    ]
    assert found.measures["share_of_voice"] == 0.5
    alone = await report.gather(await office.desk(), span)
    assert [(each.about, each.n_before) for each in alone.voices] == [(each[0], None) for each in told[:3]]
