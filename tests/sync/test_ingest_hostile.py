"""What a network may say that nobody should: it is kept whole or set aside, and stops nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.clock import to_ms
from cminbox.model.base import Kind, MessageState
from cminbox.model.changes import Edited, Reacted, Read, Removed, SetAside, Wrote
from cminbox.model.content import Author, Media, TopicInfo
from cminbox.model.views import Filter, View
from cminbox.store import burying, messages, people, queue, set_aside
from cminbox.sync.sanity import clean

from .ledger import ANA, BEN, NOW, US, Ledger, after, wrote


def found(ledger: Ledger, word: str) -> list[str]:
    """The messages whose conversations are found by a word."""
    rows = queue.page(ledger.db, Filter(view=View.ANY, search=word), 10)
    ids = [shown for row in rows for (shown,) in ledger.rows(_SHOWN, row.id)]
    return sorted(ids)


_SHOWN = "SELECT m.remote_id FROM conversation c JOIN message m ON m.id = c.shown_message_id WHERE c.id = ?"


def test_lone_surrogates_become_replacement_characters_everywhere() -> None:
    bad = "x\ud800y"
    told = Wrote(
        remote_id=f"id{bad}",
        at=after(60),
        kind=Kind.COMMENT,
        direction="in",
        author=Author(remote_id=bad, handle=bad, name=bad, first_name=bad, url=bad),
        text=bad,
        conversation=bad,
        topic=TopicInfo(key=bad, title=bad, text=bad, url=bad, media=(Media(type="image", alt=bad),)),
        parent=bad,
        global_id=bad,
        media=(Media(type=bad, url=bad, alt=bad),),
        answers=(bad,),
        lang=bad,
        url=bad,
        act_key=bad,
        extra={bad: bad},
    )
    ledger = Ledger.open()
    ledger.tell(told)
    ledger.tell(told, Edited(remote_id=f"id{bad}", at=after(61), text=bad * 2), Removed(remote_id=bad, at=None))
    (row,) = messages.get_rows(ledger.db, [1])
    good = "x\ufffdy"
    assert (row.remote_id, row.text, row.author, row.media[0].alt) == (f"id{good}", good * 2, good, good)
    assert messages.target_of(ledger.db, 1).extra == {good: good}


def test_what_is_sound_is_not_copied() -> None:
    told = wrote("a", text="e\u0301 \U0001f600 \x00")
    assert clean(told) is told


def test_a_megabyte_is_stored_whole_and_given_cut() -> None:
    ledger = Ledger.open()
    text = "é\x00\n" * 350_000
    ledger.tell(wrote("a", text=text))
    (rows, _earlier) = messages.thread_rows(ledger.db, 1)
    assert (len(rows[0].text), rows[0].length) == (messages.SHOWN_LENGTH, len(text))
    assert messages.whole_text(ledger.db, 1) == text
    assert messages.get_rows(ledger.db, [1], whole=True)[0].text == text
    ledger.tell(Edited(remote_id="a", at=after(61), text="short"))
    assert found(ledger, "short") == ["a"]


@pytest.mark.parametrize(
    "at",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(1969, 12, 31, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=-14))),
        NOW + timedelta(days=2),
    ],
)
def test_a_time_that_cannot_be_counts_as_unknown(at: datetime) -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a").model_copy(update={"at": at}), Edited(remote_id="a", at=at, text="new"))
    (row,) = messages.get_rows(ledger.db, [1])
    assert (row.created_at, row.precision, row.text) == (None, "unknown", "new")
    assert ledger.row("SELECT at_ms FROM message") == (to_ms(NOW),)
    assert ledger.rows("SELECT * FROM bucket") == []
    ledger.tell(wrote("o", 601, US, parent="a"), at=NOW + timedelta(minutes=2))
    assert ledger.waits() == {}


def test_a_clock_that_is_a_little_ahead_is_kept_but_nothing_comes_before_it_was_written() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", 600 + 90))
    assert ledger.row("SELECT created_ms, at_ms FROM message") == (to_ms(after(690)), to_ms(NOW))


def test_what_has_no_id_is_set_aside_and_the_rest_goes_on() -> None:
    ledger = Ledger.open()
    done = ledger.tell(
        wrote(""),
        wrote(" \n"),
        Removed(remote_id="", at=None),
        wrote("a"),
        set_aside=(SetAside(reason="not JSON", raw="{\ud800"),),
        cursor="c",
    )
    assert (done.new_messages, ledger.conversations()) == (1, [{"a"}])
    aside = set_aside.rows(ledger.db)
    assert [item.account for item in aside] == ["acme"] * 4
    assert {item.raw for item in aside} >= {"{\ufffd"}
    ledger.tell(wrote(""))
    assert len(set_aside.rows(ledger.db)) == 4


def test_the_same_message_twice_in_one_piece_is_one() -> None:
    ledger = Ledger.open()
    done = ledger.tell(wrote("a"), wrote("a"), wrote("b", parent="a"), wrote("b", parent="a"))
    assert (done.new_messages, done.known, ledger.conversations()) == (2, 2, [{"a", "b"}])


def test_people_without_an_id_are_not_taken_for_one_another() -> None:
    ledger = Ledger.open()
    nobody = Author(remote_id="")
    ledger.tell(wrote("a", 60, nobody), wrote("b", 61, nobody, parent="a"), wrote("o", 62, US, parent="b"))
    assert len(ledger.waits()) == 1


def test_changes_of_messages_that_are_not_known_yet_wait_for_them() -> None:
    ledger = Ledger.open()
    early = (
        Edited(remote_id="a", at=after(61), text="better"),
        Removed(remote_id="a", at=after(62), state=MessageState.HIDDEN),
        Reacted(remote_id="a", at=after(63), author=BEN),
        Read(remote_id="a", at=after(64)),
    )
    ledger.tell(*early)
    ledger.tell(*early)
    assert ledger.row("SELECT count(*) FROM early_change") == (4,)
    ledger.tell(wrote("a"))
    (row,) = messages.get_rows(ledger.db, [1])
    assert (row.text, row.state, row.likes) == ("better", "hidden", 1)
    assert ledger.row("SELECT count(*) FROM early_change") == (0,)
    assert ledger.row("SELECT waits_ms FROM conversation") == (None,)


def test_early_changes_are_not_kept_for_ever() -> None:
    ledger = Ledger.open()
    ledger.tell(Removed(remote_id="old", at=None))
    ledger.tell(Removed(remote_id="new", at=None), at=NOW + timedelta(days=91))
    assert ledger.rows("SELECT remote_id FROM early_change") == [("new",)]


def test_an_erased_message_does_not_come_back() -> None:
    ledger = Ledger.open()
    ledger.write(burying.bury, ledger.account.id, "a")
    done = ledger.tell(wrote("a"), Edited(remote_id="a", at=None, text="x"), wrote("b"))
    assert (done.new_messages, done.known) == (1, 1)
    assert ledger.conversations() == [{"b"}]
    assert ledger.row("SELECT count(*) FROM early_change") == (0,)
    assert b"a" not in [bytes(value) for (value,) in ledger.rows("SELECT hash FROM tombstone")]


def test_an_edit_leaves_no_old_word_in_the_index_even_after_a_person_and_a_topic_changed_names() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", text="alpha", author=ANA, topic=TopicInfo(key="t", title="Livraison")))
    renamed = ANA.model_copy(update={"name": "Zora"})
    ledger.tell(wrote("b", 61, renamed, text="beta", topic=TopicInfo(key="t", title="Retours")))
    assert found(ledger, "zora") == ["b"]
    ledger.tell(Edited(remote_id="a", at=after(70), text="gamma"), Edited(remote_id="b", at=after(70), text="delta"))
    words = {term for (term,) in ledger.rows("SELECT DISTINCT term FROM words")}
    assert words == {"gamma", "delta", "ana", "zora", "livraison", "retours"}
    assert (found(ledger, "gamma"), found(ledger, "ana"), found(ledger, "retours")) == (["a"], ["a", "b"], ["b"])


def test_the_newest_edit_holds_and_a_stale_telling_brings_nothing_back() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", text="one"))
    ledger.tell(Edited(remote_id="a", at=after(80), text="three"), Edited(remote_id="a", at=after(70), text="two"))
    ledger.tell(wrote("a", text="one"))
    (row,) = messages.get_rows(ledger.db, [1])
    assert (row.text, row.state) == ("three", "edited")
    ledger.tell(Removed(remote_id="a", at=after(90), state=MessageState.HIDDEN))
    ledger.tell(Removed(remote_id="a", at=after(91), state=MessageState.SHOWN))
    assert messages.get_rows(ledger.db, [1])[0].state == "edited"


def test_a_message_told_again_as_edited_takes_its_new_text() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", text="one"))
    ledger.tell(wrote("a", text="two", state=MessageState.EDITED, media=(Media(type="image", alt="a cat"),)))
    (row,) = messages.get_rows(ledger.db, [1])
    assert (row.text, row.state, row.media[0].alt) == ("two", "edited", "a cat")


def test_likes_are_counted_once_and_taken_back() -> None:
    ledger = Ledger.open()
    like = Reacted(remote_id="a", at=after(61), author=BEN)
    ledger.tell(wrote("a"), like, like)
    assert messages.get_rows(ledger.db, [1])[0].likes == 1
    ledger.tell(like.model_copy(update={"undone": True}))
    assert messages.get_rows(ledger.db, [1])[0].likes == 0


def test_what_our_account_read_elsewhere_is_read_unless_more_came_since() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a"), wrote("b", 61, parent="a"))
    ledger.tell(Read(remote_id="a", at=after(62)))
    assert ledger.row("SELECT unread FROM conversation") == (1,)
    ledger.tell(Read(remote_id="b", at=after(62)))
    assert ledger.row("SELECT unread FROM conversation") == (0,)


def test_what_is_told_of_a_person_brings_the_person_up_to_date() -> None:
    ledger = Ledger.open()
    ledger.tell(wrote("a", author=Author(remote_id="p", handle="old", first_name="Paul")))
    ledger.tell(wrote("b", author=Author(remote_id="p", handle="new", url="https://example.social/p")))
    person = people.get(ledger.db, 1)
    assert person is not None
    assert (person.handle, person.first_name, person.url) == ("new", "Paul", "https://example.social/p")


@settings(deadline=None, max_examples=60)
@given(
    st.text(max_size=30), st.text(max_size=30), st.text(min_size=1, max_size=20), st.datetimes(timezones=st.just(UTC))
)
def test_anything_at_all_can_be_told_twice(text: str, name: str, remote_id: str, at: datetime) -> None:
    ledger = Ledger.open()
    told = wrote(remote_id, text=text, author=Author(remote_id=name, handle=name)).model_copy(update={"at": at})
    for _ in range(2):
        ledger.tell(told, Edited(remote_id=remote_id, at=at, text=name), Removed(remote_id=name, at=at))
    assert ledger.row("SELECT count(*) FROM message") == (1 if remote_id.strip() else 0,)
