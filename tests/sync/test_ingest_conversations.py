"""What a conversation is, and what is the same."""

from __future__ import annotations

from datetime import timedelta

from cminbox.model.base import Audience, ConversationState, Kind
from cminbox.model.content import Author, TopicInfo
from cminbox.store import accounts, conversations, counters, drafts, messages, topics

from .ledger import BEN, NOW, US, Ledger, refresh, wrote

PLACE = TopicInfo(key="post-1", title="Livraison", text="Ce qui change")


def test_a_reply_is_in_its_parents_conversation() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("b", 61, US, parent="a"), wrote("c", 62, BEN, parent="b"))
    assert ledger.conversations() == [{"a", "b", "c"}]


def test_a_parent_that_comes_late_joins_conversations_and_keeps_everything() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("b", 61, parent="a"))
    ledger.tell(wrote("c", 62, BEN, parent="a"))
    older, newer = (row[0] for row in ledger.rows("SELECT id FROM conversation ORDER BY id"))
    lea = ledger.write(accounts.colleague_id, "léa")
    max_ = ledger.write(accounts.colleague_id, "max")
    ledger.write(conversations.change, older, state="done")
    ledger.write(conversations.change, newer, star=1, assignee=lea)
    ledger.write(drafts.save, older, Audience.PUBLIC, lea, "first")
    ledger.write(drafts.save, newer, Audience.PUBLIC, lea, "second")
    ledger.write(drafts.save, newer, Audience.DIRECT, max_, "third")

    ledger.tell(wrote("a", 60, parent="unknown"))

    assert ledger.conversations() == [{"a", "b", "c"}]
    assert conversations.resolve(ledger.db, newer) == older
    assert conversations.resolve(ledger.db, older) == older
    assert ledger.row("SELECT id, state, star, assignee FROM conversation") == (older, "open", 1, lea)
    assert sorted(draft.text for draft in drafts.of_conversation(ledger.db, older)) == ["first\n\nsecond", "third"]
    assert ledger.waits() == {"ana": "a", "ben": "c"}
    assert counters.drift(ledger.db) == {}


def test_the_number_of_a_joined_conversation_is_never_given_again() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("b", parent="a"))
    ledger.tell(wrote("c", parent="a"))
    ledger.tell(wrote("a"))
    ledger.tell(wrote("other"))
    assert ledger.row("SELECT max(id) FROM conversation") == (3,)
    assert conversations.resolve(ledger.db, 2) == 1


def test_a_chain_of_joins_leaves_every_alias_pointing_at_what_stays() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("d", parent="c"))
    ledger.tell(wrote("c", parent="b"), wrote("f", parent="e"))
    ledger.tell(wrote("e", parent="b"))
    ledger.tell(wrote("b"))
    (only,) = ledger.row("SELECT id FROM conversation")
    assert {conversations.resolve(ledger.db, each) for (each,) in ledger.rows("SELECT id FROM conversation_alias")} == {
        only
    }


def test_what_stands_below_context_is_apart_and_shows_it_above() -> None:
    ledger = Ledger.open()
    ledger.tell(
        wrote("top", 50, BEN, addressed=False),
        wrote("mid", 51, BEN, addressed=False, parent="top"),
        wrote("a", 60, parent="mid"),
        wrote("b", 61, parent="mid"),
    )
    assert ledger.conversations() == [{"a"}, {"b"}]
    assert [row.remote_id for row in messages.above(ledger.db, 1)] == ["top", "mid"]


def test_context_below_a_message_to_us_belongs_to_it_and_does_not_wait() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("b", 61, BEN, parent="a", addressed=False))
    assert ledger.conversations() == [{"a", "b"}]
    assert ledger.waits() == {"ana": "a"}
    assert ledger.row("SELECT last_message_id FROM conversation") == ledger.row(
        "SELECT id FROM message WHERE remote_id = 'a'"
    )


def test_comments_under_our_post_are_rows_of_their_own_and_the_post_is_none() -> None:
    ledger = Ledger.open()
    ledger.tell(
        wrote("c1", 61, kind=Kind.COMMENT, parent="post-1"),
        wrote("post-1", 60, US, kind=Kind.POST, text="Ce qui change"),
        wrote("c2", 62, kind=Kind.COMMENT, parent="post-1"),
        wrote("c3", 63, kind=Kind.COMMENT, parent="post-1", topic=PLACE),
    )
    assert ledger.conversations() == [{"c1"}, {"c2"}, {"c3"}]
    assert ledger.row("SELECT count(DISTINCT topic_id), count(topic_id) FROM conversation") == (1, 3)
    (topic_id,) = ledger.row("SELECT DISTINCT topic_id FROM conversation")
    topic = topics.get(ledger.db, topic_id)
    assert topic is not None
    assert (topic.title, topic.text, topic.is_ours) == ("Livraison", "Ce qui change", True)
    assert messages.above(ledger.db, 1) == ()


def test_our_public_word_alone_is_no_row_until_somebody_answers() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("ours", 60, US))
    assert ledger.conversations() == []
    ledger.tell(wrote("a", 61, parent="ours"))
    assert ledger.conversations() == [{"a"}]


def test_our_late_public_reply_joins_the_conversation_it_belongs_to() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("ours", 61, US, conversation="k"))
    ledger.tell(wrote("a", 60, conversation="k"))
    assert ledger.conversations() == [{"a", "ours"}]
    assert ledger.waits() == {}


def test_direct_messages_are_one_conversation_for_each_key_and_ours_may_begin_one() -> None:
    ledger = Ledger.open()
    ledger.tell(
        wrote("d1", 60, US, kind=Kind.DM, conversation="ana", audience=Audience.DIRECT),
        wrote("d2", 61, BEN, kind=Kind.DM, conversation="ben", audience=Audience.DIRECT),
        wrote("d3", 62, BEN, kind=Kind.DM, conversation="ben", audience=Audience.DIRECT),
    )
    assert ledger.conversations() == [{"d1"}, {"d2", "d3"}]
    assert ledger.rows("SELECT state, unread, is_private FROM conversation") == [("waiting", 0, 1), ("open", 1, 1)]
    ledger.tell(wrote("d4", 70, kind=Kind.DM, conversation="ana"))
    assert ledger.row("SELECT state, unread FROM conversation WHERE id = 1") == ("open", 1)


def test_talk_in_a_room_is_parted_by_silence_and_joined_by_what_comes_between() -> None:
    ledger = Ledger.open()
    room = {"conversation": "room|ana", "conversation_gap_s": 3600}
    ledger.tell(wrote("a", 0, **room), wrote("b", 61, **room))
    assert ledger.conversations() == [{"a"}, {"b"}]
    ledger.tell(wrote("between", 60, **room))
    assert ledger.conversations() == [{"a", "between", "b"}]


def test_a_message_that_is_its_own_parent_and_parents_in_a_ring() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("self", parent="self"), wrote("x", parent="z"), wrote("y", parent="x"), wrote("z", parent="y"))
    assert ledger.conversations() == [{"self"}, {"x", "y", "z"}]
    for conversation_id in (1, 2):
        messages.above(ledger.db, conversation_id)
        messages.thread_rows(ledger.db, conversation_id)


def test_a_ring_of_our_own_messages_answers_whoever_is_there() -> None:
    ledger = Ledger.open()
    ledger.tell(
        wrote("a", 60, conversation="k"),
        wrote("o1", 61, US, parent="o2", conversation="k"),
        wrote("o2", 61, US, parent="o1", conversation="k"),
    )
    assert ledger.waits() == {}


def test_what_two_accounts_see_is_one_row_answerable_as_both() -> None:
    ledger = Ledger.open()
    second = ledger.connect("other")
    uri = "https://example.social/1"
    ledger.tell(wrote("17", global_id=uri, extra={"a": "1"}))
    ledger.tell(wrote("99", global_id=uri, addressed=False), account=second)
    ledger.tell(wrote("100", 62, US, parent="99"), account=second)
    assert ledger.row("SELECT count(*), account_id FROM conversation") == (1, ledger.account.id)
    (message_id,) = ledger.row("SELECT id FROM message WHERE global_id = ?", uri)
    assert messages.target_of(ledger.db, message_id).remote_id == "17"
    assert messages.target_of(ledger.db, message_id, second.id).remote_id == "99"
    assert ledger.waits() == {}


def test_context_that_another_account_is_addressed_by_becomes_a_row() -> None:
    ledger = Ledger.open()
    second = ledger.connect("other")
    ledger.tell(wrote("17", global_id="uri", addressed=False, kind=Kind.COMMENT))
    assert ledger.conversations() == []
    done = ledger.tell(wrote("99", global_id="uri"), account=second)
    assert (done.new_messages, done.known, len(done.arrived_ids)) == (0, 1, 1)
    assert ledger.row("SELECT kind, state FROM conversation") == ("mention", "open")


def test_what_another_account_of_ours_wrote_is_ours() -> None:
    ledger = Ledger.open()
    ledger.write(_profile, ledger.account.id, US)
    second = ledger.connect("other")
    as_seen_there = Author(remote_id="us", handle="us")
    ledger.tell(wrote("1", 60), wrote("2", 61, as_seen_there, parent="1"), account=second)
    assert ledger.row("SELECT direction FROM message WHERE remote_id = '2'") == ("out",)
    assert ledger.waits() == {}


def _profile(tx: object, account_id: int, author: Author) -> None:
    from cminbox.model.accounts import Profile

    accounts.set_profile(tx, account_id, Profile(author=author))  # type: ignore[arg-type]


def test_what_comes_in_opens_what_was_done_and_says_so_in_the_journal() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"))
    later = NOW + timedelta(hours=2)
    for state in ("done", "waiting", "snoozed"):
        ledger.write(conversations.change, 1, state=state, unread=0, snooze_until_ms=7 if state == "snoozed" else None)
        ledger.tell(wrote(f"after {state}", 700, conversation=None, parent="a"), at=later)
        assert ledger.row("SELECT state, unread, snooze_until_ms FROM conversation") == ("open", 1, None)
    verbs = [verb for (verb,) in ledger.rows("SELECT verb FROM journal ORDER BY id")]
    assert verbs == ["arrived", *["arrived", "reopened"] * 3]


def test_spam_stays_spam_and_never_waits() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"))
    ledger.write(conversations.change, 1, state=ConversationState.SPAM.value)
    ledger.tell(wrote("b", 70, parent="a"))
    assert ledger.row("SELECT state, waits_ms FROM conversation") == ("spam", None)


def test_a_join_keeps_the_most_open_state_and_all_that_was_marked() -> None:
    for states, joined in ((("done", "open"), "open"), (("waiting", "snoozed"), "snoozed"), (("spam", "done"), "done")):
        ledger = Ledger.open()
        ledger.tell(wrote("a"), wrote("b"), wrote("c"))
        for conversation_id, state in enumerate(states, 1):
            snooze = 5 if state == "snoozed" else None
            ledger.write(conversations.change, conversation_id, state=state, unread=0, snooze_until_ms=snooze)
        ledger.write(conversations.change, 2, unread=1)
        assert ledger.write(conversations.join, 2, 1) == 1
        ledger.write(refresh, 1)
        assert ledger.row("SELECT state, unread, snooze_until_ms FROM conversation WHERE id = 1") == (
            joined,
            1,
            5 if joined == "snoozed" else None,
        )
        assert counters.drift(ledger.db) == {}


def test_aliases_follow_from_join_to_join_and_links_too() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("b"), wrote("c"), wrote("d", kind=Kind.DM, conversation="dm"))
    ledger.write(conversations.link, 3, 4)
    ledger.write(conversations.join, 2, 3)
    ledger.write(conversations.join, 1, 2)
    assert [conversations.resolve(ledger.db, each) for each in (1, 2, 3)] == [1, 1, 1]
    assert ledger.rows("SELECT id, linked_conversation_id FROM conversation ORDER BY id") == [(1, 4), (4, 1)]


def test_what_has_a_message_as_its_topic_stands_apart_from_it() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("b", 61, BEN, parent="a", topic=TopicInfo(key="a")), wrote("c", 62, BEN, parent="a"))
    assert ledger.conversations() == [{"a", "c"}, {"b"}]
