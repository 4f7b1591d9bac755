from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_house import START_MS, add_conversation, add_message, insert, small_house

from cminbox.model.rows import PageKey
from cminbox.model.search_terms import terms
from cminbox.model.views import Filter
from cminbox.store import queue, queue_walk, search
from cminbox.store.database import Store, Tx

ANY = Filter(view="any")


def _say(tx: Tx, text: str, at_s: int = 0, *, who: str = "", subject: str = "", **more) -> int:
    """A conversation of one message that is indexed; the message's id."""
    conversation_id = add_conversation(tx, START_MS + 1000 * at_s, text, **more)
    message_id = tx.db.execute("SELECT max(id) FROM message WHERE conversation_id = ?", (conversation_id,)).fetchone()[
        0
    ]
    search.index(tx, [(message_id, text, who, subject)])
    return int(message_id)


def _add(tx: Tx, conversation_id: int, text: str, at_s: int = 0) -> None:
    search.index(tx, [(add_message(tx, conversation_id, START_MS + 1000 * at_s, text, person_id=1), text, "", "")])


async def _found(store: Store, query: str, wanted: Filter = ANY) -> list[int]:
    return [row.id for row in await store.read(queue.page, wanted.model_copy(update={"search": query}), 50)]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Je veux un remboursement", "remboursement"),
        ("Je veux un remboursement", "REMBOURS"),
        ("L’œuvre était abîmée", "l'oeuvre abimee"),
        ("Straße gesperrt", "strasse"),
        ("colis perdu depuis lundi", "lundi colis"),
        ("colis perdu depuis lundi", '"perdu depuis" col'),
        ("colis perdu depuis lundi", '"perdu dep'),
        ("ＦＵＬＬ width", "full"),
        ("我想要退款谢谢", "退款"),
        ("返金してください", "返金"),
        ("ขอเงินคืนด้วย", "เงินคืน"),
        ("नमस्ते दुनिया", "नमस्ते"),
        ("مُحَمَّد هنا", "محمد"),
        ("order A-12345/b", "a-12345"),
        ("écrivez à jules@example.org", "jules@example.org"),
        ("one two three", "  two  "),
        ("AND", "and"),
        ("a OR b", '"a or b"'),
        ("x" * 100, "x" * 50),
    ],
)
async def test_is_found(tmp_path, text, query):
    async with small_house(tmp_path) as store:
        await store.write(_say, text)
        await store.write(_say, "nothing of the kind")
        assert await _found(store, query) == [1]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("colis perdu", "colis trouvé"),
        ("colis perdu", '"perdu colis"'),
        ("colis perdu", '"colis per"'),
        ("colis perdu", "col perdu"),
        ("abc", "a"),
        ("abc", "ab OR zz"),
        ("abc", "NOT zz"),
        ("我想要退款谢谢", "款退"),
        ("colis", ""),
        ("colis", "  \t"),
        ("colis", '""'),
        ("colis 😀", "😀"),
        ("colis", "*"),
        ("colis", "body:colis"),
    ],
)
async def test_is_not_found(tmp_path, text, query):
    async with small_house(tmp_path) as store:
        await store.write(_say, text)
        assert await _found(store, query) == []


async def test_a_single_letter_is_a_word_of_its_own(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(_say, "plan B")
        assert await _found(store, "b") == [1]


async def test_finds_by_author_and_by_topic(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(_say, "Bonjour", who="ana.lopez Ana López", subject="Livraison : ce qui change")
        for query in ("ana.lopez", "lopez", "livraison", "bonjour lopez livraison"):
            assert await _found(store, query) == [1]
        assert await _found(store, '"bonjour ana"') == []


HOSTILE = [
    '"',
    '"""',
    "'",
    "NEAR(a b)",
    "a NEAR/2 b",
    "^a",
    "a + b",
    "-a",
    "{body who}: a",
    "body : a",
    "a*b*",
    "(a",
    "a) OR (b",
    "a AND",
    "OR",
    "NOT",
    "\0",
    "a\0b",
    "\udc80bad",
    "%_\\",
    "; DROP TABLE fts; --",
    "a" * 100_000,
    '"a ' * 10_000,
    "a " * 10_000,
    "\u202e\u2066\ufeff",
    "٣٤٥",
    "e\u0301" * 500,
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_query_raises(tmp_path, query):
    async with small_house(tmp_path) as store:
        await store.write(_say, "a b body who")
        await store.read(queue.page, Filter(view="any", search=query), 5)
        await store.read(queue.count, Filter(search=query))


@settings(max_examples=300, deadline=None)
@given(query=st.text() | st.text(alphabet='ab"*^:(){}+- ANDORNOTé\0'))
def test_no_made_up_query_raises_or_finds_by_operator(query):
    asked = terms(query)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE fts USING fts5 (body, content='', prefix='2')")
    db.execute("CREATE VIRTUAL TABLE fts_word USING fts5vocab (fts, instance)")
    db.execute("INSERT INTO fts (rowid, body) VALUES (1, 'abc abd and andorra')")
    if asked:
        found = db.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (search.expression(db, asked),)).fetchall()
        assert bool(found) == all(term.is_in("abc abd and andorra") for term in asked)
    db.close()


@settings(max_examples=150, deadline=None)
@given(text=st.text(min_size=1, max_size=60))
def test_what_was_written_is_found_by_its_own_words(text):
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with small_house(Path(folder)) as store:
                stored = text.encode("utf-8", "replace").decode()
                await store.write(_say, stored)
                quoted = '"' + stored.replace('"', " ") + '"'
                if terms(quoted):
                    assert await _found(store, quoted) == [1]

    asyncio.run(play())


@pytest.mark.parametrize("most_words", [1, 2, 48])
async def test_a_word_that_may_go_on_is_found_however_many_go_on(tmp_path, monkeypatch, most_words):
    monkeypatch.setattr(search, "_MOST_WORDS", most_words)

    def fill(tx: Tx) -> None:
        for i, text in enumerate(("comme", "commande", "un community manager", "cobra", "comma 7", "damien")):
            _say(tx, text, i)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        assert await _found(store, "comm") == [5, 3, 2, 1]
        assert await _found(store, "un comm") == [3]
        assert await _found(store, '"un comm') == [3]
        assert await _found(store, "co") == [5, 4, 3, 2, 1]
        assert await _found(store, "comma") == [5, 2]
        assert await _found(store, "damiens") == []


async def test_the_few_words_that_go_on_are_asked_for_by_name(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(_say, "comme la commande de la communauté")
        said = {query: await store.read(search.expression, terms(query)) for query in ("co", "la comm", "la")}
    assert said == {"co": '"co"*', "la comm": '"la" AND ("commande" OR "comme" OR "communaute")', "la": '"la"*'}


async def test_newest_first_by_the_time_of_writing_whenever_it_came_in(tmp_path):
    def fill(tx: Tx) -> None:
        for at_s in (30, 10, 50, 20, 40):
            _say(tx, "colis", at_s)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        assert await _found(store, "colis") == [3, 5, 1, 4, 2]
        assert await _found(store, "colis", Filter(view="any", order="oldest")) == [2, 4, 1, 5, 3]


async def test_every_conversation_once_over_all_pages_in_both_directions(tmp_path):
    def fill(tx: Tx) -> None:
        for i in range(7):
            _say(tx, "colis", i)
        for i, conversation_id in enumerate((2, 5, 2, 7, 1), 20):
            _add(tx, conversation_id, "encore un colis", i)
        _add(tx, 3, "sans rapport", 90)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        for order, expected in (("newest", [1, 7, 2, 5, 6, 4, 3]), ("oldest", [3, 4, 6, 5, 2, 7, 1])):
            for size in (1, 2, 3):
                wanted = Filter(view="any", search="colis", order=order)
                found, key, last = [], None, []
                while page := await store.read(queue.page, wanted, size, key):
                    if last:
                        first = PageKey(sort_ms=page[0].sort_ms, id=page[0].id)
                        back = await store.read(queue.page, wanted, size, None, first)
                        assert [row.id for row in back] == last
                    last = [row.id for row in page]
                    found += last
                    key = PageKey(sort_ms=page[-1].sort_ms, id=page[-1].id)
                assert found == expected
        assert await store.read(queue.count, Filter(view="any", search="colis")) == (7, True)


async def test_the_filter_narrows_what_is_found(tmp_path):
    def fill(tx: Tx) -> None:
        _say(tx, "colis", kind="dm")
        _say(tx, "colis", state="done")
        _say(tx, "colis", account_id=3, person_id=2)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        for wanted, expected in (
            (Filter(), [3, 1]),
            (Filter(kind="dm"), [1]),
            (Filter(view="done"), [2]),
            (Filter(view="any", network="mastodon"), [2, 1]),
            (Filter(view="any", person=2), [3]),
            (Filter(view="unanswered"), []),
            (Filter(view="any", brand="Nord"), []),
            (Filter(view="any", tag="x"), []),
        ):
            assert await _found(store, "colis", wanted) == expected
            assert [
                row.id for row in await store.read(queue.page, wanted.model_copy(update={"search": "col"}), 9)
            ] == expected


async def test_context_without_a_conversation_is_no_row(tmp_path):
    def fill(tx: Tx) -> None:
        search.index(tx, [(add_message(tx, None, START_MS, "colis"), "colis", "", "")])

    async with small_house(tmp_path) as store:
        await store.write(fill)
        assert await _found(store, "colis") == []


async def test_an_edited_message_is_found_by_its_new_words_only(tmp_path):
    def edit(tx: Tx) -> None:
        search.replace(tx, 1, ("Éléphant rose", "ana", ""), ("souris grise", "ana", ""))

    async with small_house(tmp_path) as store:
        await store.write(_say, "Éléphant rose", who="ana")
        await store.write(edit)
        assert await _found(store, "elephant") == []
        assert await _found(store, "rose") == []
        assert await _found(store, "souris ana") == [1]


async def test_a_removed_message_is_not_found(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(_say, "colis rouge", who="ana", subject="fête")
        await store.write(_say, "colis vert")
        await store.write(search.remove, 1, "colis rouge", "ana", "fête")
        assert await _found(store, "colis") == [2]
        assert await _found(store, "ana") == []
        assert await _found(store, "fete") == []
        await store.write(lambda tx: tx.db.execute("INSERT INTO fts (fts) VALUES ('integrity-check')"))


async def test_a_filter_that_leaves_next_to_nothing_stops_and_can_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(queue_walk, "SCAN_MESSAGES", 10)

    def fill(tx: Tx) -> None:
        for i in range(35):
            _say(tx, "colis", i, kind="dm" if i in (0, 30) else "comment")

    async with small_house(tmp_path) as store:
        await store.write(fill)
        wanted = Filter(search="colis", kind="dm")
        assert await store.read(queue.count, wanted) == (1, False)
        found, key, looked = [], None, 0
        while True:
            page = await store.read(queue.page, wanted, 5, key)
            found += [row.id for row in page]
            looked += 1
            if not page.partial:
                break
            key = page.reached
        assert (found, looked) == ([31, 1], 4)


async def test_what_was_written_before_1970_is_found_last(tmp_path):
    def fill(tx: Tx) -> None:
        _say(tx, "colis", -START_MS // 1000 - 999)
        _say(tx, "colis", 5)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        assert await _found(store, "colis") == [2, 1]
        wanted = Filter(view="any", search="colis")
        first = (await store.read(queue.page, wanted, 1))[0]
        rest = await store.read(queue.page, wanted, 9, PageKey(sort_ms=first.sort_ms, id=first.id))
        assert [row.id for row in rest] == [1]


async def test_each_row_of_a_search_shows_what_was_said_around_the_words(tmp_path) -> None:
    async with small_house(tmp_path) as store:
        long = "blah " * 60 + "le COLIS de la Person1" + " et la suite" * 60
        await store.write(_say, long, 1)
        await store.write(_say, "bonjour", 2, who="person1 Person 1")
        by_text = await store.read(queue.page, ANY.model_copy(update={"search": "colis"}), 10)
        by_name = await store.read(queue.page, ANY.model_copy(update={"search": "person1"}), 10)
    snippet = by_text[0].snippet
    assert snippet.text[slice(*snippet.hits[0])] == "COLIS"
    assert snippet.cut
    assert len(snippet.text) == 400
    assert [row.snippet.source for row in by_name] == ["author", "text"]
    assert by_name[0].snippet.text == "person1 Person 1"


async def test_what_only_the_topic_says_is_shown_as_the_topics(tmp_path) -> None:
    def under(tx: Tx) -> None:
        topic = insert(tx, "topic", account_id=1, key="p", title="Livraison du colis", text="")
        message = _say(tx, "rien ici", subject="Livraison du colis")
        tx.db.execute("UPDATE message SET topic_id = ? WHERE id = ?", (topic, message))

    async with small_house(tmp_path) as store:
        await store.write(under)
        (row,) = await store.read(queue.page, ANY.model_copy(update={"search": "colis"}), 10)
    assert (row.snippet.source, row.snippet.text) == ("topic", "Livraison du colis")
    assert row.snippet.text[slice(*row.snippet.hits[0])] == "colis"


async def test_without_a_search_no_row_has_a_snippet(tmp_path) -> None:
    async with small_house(tmp_path) as store:
        await store.write(_say, "le colis", 1)
        rows = await store.read(queue.page, ANY, 10)
    assert [row.snippet for row in rows] == [None]


async def test_a_message_beside_the_one_that_matches_is_not_the_snippet(tmp_path) -> None:
    async with small_house(tmp_path) as store:
        await store.write(_say, "le colis est perdu", 1)
        await store.write(_add, 1, "merci quand même", 2)
        (row,) = await store.read(queue.page, ANY.model_copy(update={"search": "perdu"}), 10)
    assert row.snippet.text == "le colis est perdu"
