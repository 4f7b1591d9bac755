"""The walk through a list by offset: whatever is added and deleted between two pages, nothing is skipped."""

from hypothesis import given
from hypothesis import strategies as st

from cminbox.networks.wordpress_walk import PAGE, Item, Mark, offset_of, step


def page(books, mark):
    """What a site with these comments (id -> version) answers."""
    ids = sorted(books)
    offset = offset_of(mark)
    return tuple(Item(number, books[number], number) for number in ids[offset : offset + PAGE]), len(ids)


def catch_up(books, mark, told, gone):
    for _turn in range(200):
        items, total = page(books, mark)
        taken = step(mark, items, length=len(items), total=total)
        told += [item.id for item in taken.fresh]
        gone += taken.missing
        mark = Mark.load(taken.mark.dump())
        if not taken.more:
            return mark
    raise AssertionError("it has no end")


rounds = st.lists(
    st.tuples(st.integers(0, 260), st.integers(0, 400), st.integers(0, 300), st.integers(1, 3)), min_size=1, max_size=6
)


@given(rounds)
def test_every_comment_is_told_in_order_and_those_deleted_before_it_hide_none(plays):
    books, mark, told, gone, serial = {}, Mark(), [], [], 0
    for added, first, many, every in plays:
        for number in range(first, first + many, every):
            books.pop(number, None)
        for _number in range(added):
            serial += 1
            books[serial] = "a"
        begin = len(told)
        mark = catch_up(books, mark, told, gone)
        assert told[begin:] == sorted(told[begin:])
        assert set(books) <= set(told)
    assert not set(gone) & set(books)
    assert len(told) == len(set(told)), "each once"


def test_a_new_version_among_the_newest_is_noticed_once():
    books = dict.fromkeys(range(1, 131), "a")
    mark = catch_up(books, Mark(), [], [])
    books[120] = "b"
    items, total = page(books, mark)
    taken = step(mark, items, length=len(items), total=total)
    assert [(before, item.id) for before, item in taken.changed] == [("a", 120)]
    items, total = page(books, taken.mark)
    assert step(taken.mark, items, length=len(items), total=total).changed == ()


def test_a_number_that_shows_up_late_is_told():
    books = dict.fromkeys((1, 2, 3, 5, 6), "a")
    told = []
    mark = catch_up(books, Mark(), told, [])
    books[4] = "a"
    catch_up(books, mark, told, [])
    assert told == [1, 2, 3, 5, 6, 4]


def test_nonsense_is_the_beginning():
    for cursor in (None, {}, {"place": "x"}, [1], "text", {"place": 1, "seen": 5}):
        assert Mark.load(cursor) == Mark()
