from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cminbox.errors import FilterError
from cminbox.model.base import ConversationState, Kind
from cminbox.model.filter_text import parse, written
from cminbox.model.filter_words import CLOSED, KEYS, VALUES, offered
from cminbox.model.views import Condition, Filter, Key, Order, View


def no(key: Key, *values: str) -> Condition:
    return Condition(key=key, values=values, negated=True)


def yes(key: Key, *values: str) -> Condition:
    return Condition(key=key, values=values)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Filter()),
        ("   ", Filter()),
        ("network:mastodon kind:dm", Filter(network="mastodon", kind=Kind.DM)),
        ("is:unanswered", Filter(view=View.UNANSWERED)),
        ("-is:answered tag:refund", Filter(view=View.UNANSWERED, tag="refund")),
        ("is:answered", Filter(view=View.ANY, conditions=(yes(Key.IS, "answered"),))),
        ("state:done", Filter(state=ConversationState.DONE)),
        ("is:spam", Filter(state=ConversationState.SPAM)),
        ("late parcel", Filter(view=View.ANY, search="late parcel")),
        ('"late parcel" soon', Filter(view=View.ANY, search='"late parcel" soon')),
        ("view:all late", Filter(view=View.ALL, search="late")),
        ("-late", Filter(conditions=(no(Key.TEXT, "late"),))),
        ('-"late parcel"', Filter(conditions=(no(Key.TEXT, "late parcel"),))),
        ("tag:a tag:b", Filter(tag="a", conditions=(yes(Key.TAG, "b"),))),
        ("tag:a,b", Filter(conditions=(yes(Key.TAG, "a", "b"),))),
        ('tag:"two words",b', Filter(conditions=(yes(Key.TAG, "two words", "b"),))),
        ("-network:matrix,mastodon", Filter(conditions=(no(Key.NETWORK, "matrix", "mastodon"),))),
        ("person:12", Filter(person=12)),
        ('person:"12"', Filter(view=View.ANY, conditions=(yes(Key.PERSON, "12"),))),
        ('person:"Ana López"', Filter(view=View.ANY, conditions=(yes(Key.PERSON, "Ana López"),))),
        ("-person:12", Filter(conditions=(no(Key.PERSON, "#12"),))),
        ("topic:7 order:oldest", Filter(topic=7, order=Order.OLDEST)),
        ("assignee:me lang:FR", Filter(assignee="me", conditions=(yes(Key.LANG, "fr"),))),
        ("older:2h newer:2026-03-01", Filter(conditions=(yes(Key.OLDER, "2h"), yes(Key.NEWER, "2026-03-01")))),
        ("répondu:2j est:remerciement", Filter(conditions=(yes(Key.IS, "thanks"), yes(Key.REPLIED, "2d")))),
        ("est:déplacée", Filter(view=View.ANY, conditions=(yes(Key.IS, "moved"),))),
        ("older:3j newer:2sem", Filter(conditions=(yes(Key.OLDER, "3d"), yes(Key.NEWER, "2w")))),
        ("http://x.example/a?b", Filter(view=View.ANY, search="http://x.example/a?b")),
        ("Re: hello", Filter(view=View.ANY, search="Re: hello")),
        ("12:30", Filter(view=View.ANY, search="12:30")),
        ("A-12345", Filter(view=View.ANY, search="A-12345")),
        (
            "réseau:Mastodon ETAT:traitée -étiquette:vip attribuée:moi",
            Filter(network="Mastodon", state=ConversationState.DONE, assignee="me", conditions=(no(Key.TAG, "vip"),)),
        ),
        ("genre:commentaire est:non-lue", Filter(kind=Kind.COMMENT, conditions=(yes(Key.IS, "unread"),))),
        ('est:"sans réponse" marque:Nord', Filter(view=View.UNANSWERED, brand="Nord")),
    ],
)
def test_a_text_means(text: str, wanted: Filter) -> None:
    assert parse(text) == wanted
    assert parse(written(wanted)) == wanted


@pytest.mark.parametrize(
    ("text", "column", "length", "said"),
    [
        ("kind:dm netwrok:x", 9, 8, "Did you mean network:?"),
        ("réseua:x", 1, 7, "Did you mean reseau:?"),
        ("note:important", 1, 5, 'in quotes: "note:important"'),
        ("kind:coment", 6, 6, "Did you mean comment?"),
        ("lost kind:zzz", 11, 3, "There are: comment, mention, dm, review, post."),
        ("network:", 9, 1, "needs a value"),
        ("kind:dm  tag:,", 14, 1, "needs a value"),
        ("network:a  network:b", 12, 9, "For either of them: network:a,b"),
        ("older:soon", 7, 4, "older:2h"),
        ("older:2026-02-31", 7, 10, "is not an age"),
        ('tag:"two words', 5, 10, "not closed"),
        ("topic:abc", 7, 3, "takes a number"),
        ("lang:french", 6, 6, "two letters"),
        ("person:a,b", 10, 1, "one value"),
        ("-order:oldest", 1, 1, "cannot be turned round"),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, column: int, length: int, said: str) -> None:
    with pytest.raises(FilterError) as raised:
        parse(text)
    assert (raised.value.column, raised.value.length) == (column, length)
    assert said in str(raised.value)
    assert f"Column {column}:" in raised.value.message


NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), blacklist_characters='"'), min_size=1, max_size=8
)
PHRASES = st.lists(NAMES, min_size=1, max_size=3).map(" ".join)
AGES = st.sampled_from(["30m", "2h", "3d", "1w", "2026-03-01", "today"])


def _said(draw: st.DrawFn) -> str:
    key = draw(st.sampled_from([*KEYS, Key.TEXT]))
    minus = draw(st.sampled_from(["", "-"])) if key not in (Key.VIEW, Key.ORDER) else ""
    if key is Key.TEXT:
        return minus + draw(
            st.one_of(NAMES.filter(lambda n: ":" not in n and not n.startswith("-")), PHRASES.map('"{}"'.format))
        )
    if key in CLOSED:
        value = draw(st.sampled_from([*VALUES[key], *offered(key)]))
        return f'{minus}{key}:"{value}"' if " " in value else f"{minus}{key}:{value}"
    value = {Key.TOPIC: "7", Key.LANG: "fr", Key.OLDER: draw(AGES), Key.NEWER: draw(AGES)}.get(key)
    value = draw(AGES) if key is Key.REPLIED else value
    return f"{minus}{key}:{value}" if value else f'{minus}{key}:"{draw(PHRASES)}"'


def _tried(text: str) -> tuple[Filter, None] | tuple[None, FilterError]:
    try:
        return parse(text), None
    except FilterError as error:
        return None, error


SAID = st.lists(st.composite(_said)(), max_size=6).map(" ".join)


@given(SAID)
@example('is:unanswered is:open -is:answered "a')
def test_what_is_written_reads_back_the_same(text: str) -> None:
    wanted, error = _tried(text)
    if wanted is None:
        assert "twice" in error.message
        return
    again = written(wanted)
    assert parse(again) == wanted
    assert written(parse(again)) == again


@given(st.text(max_size=30))
@example('-"')
@example('a"b c')
@example("is:,")
@example("-:x")
@example('person:"" -')
def test_anything_typed_is_a_filter_or_a_filter_error(text: str) -> None:
    wanted, error = _tried(text)
    if wanted is None:
        assert 1 <= error.column <= len(text) + 1
        return
    assert parse(written(wanted)) == wanted
