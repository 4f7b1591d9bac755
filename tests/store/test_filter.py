import pytest

from cminbox.model.rows import PageKey
from cminbox.model.search_terms import Term
from cminbox.model.views import Filter, Page


@pytest.mark.parametrize(
    ("wanted", "ordering"),
    [
        (Filter(), "newest"),
        (Filter(view="unanswered"), "oldest"),
        (Filter(view="unanswered", order="newest"), "newest"),
        (Filter(view="unanswered", search="colis"), "newest"),
        (Filter(view="unanswered", person=1), "newest"),
        (Filter(view="done", order="oldest"), "oldest"),
    ],
)
def test_what_waits_comes_oldest_first_and_what_is_found_newest_first(wanted, ordering):
    assert wanted.ordering == ordering


@pytest.mark.parametrize(
    ("wanted", "states"),
    [
        (Filter(), ("open",)),
        (Filter(view="any"), None),
        (Filter(view="unanswered"), None),
        (Filter(view="done", state="spam"), ("spam",)),
        (Filter(view="unanswered", state="open"), ("open",)),
    ],
)
def test_a_state_that_is_asked_for_overrides_that_of_the_view(wanted, states):
    assert wanted.states == states


def test_a_page_is_partial_where_it_can_go_on_from_what_it_reached():
    assert not Page().partial
    assert Page(reached=PageKey(sort_ms=1, id=1)).partial


@pytest.mark.parametrize(
    ("term", "words", "found"),
    [
        (Term("colis"), "mon colis bleu", True),
        (Term("olis"), "mon colis bleu", False),
        (Term("coli"), "mon colis bleu", False),
        (Term("coli", open_ended=True), "mon colis bleu", True),
        (Term("olis", open_ended=True), "mon colis bleu", False),
        (Term("mon colis"), "mon colis bleu", True),
        (Term("mon col", open_ended=True), "mon colis", True),
        (Term("bleu"), "", False),
    ],
)
def test_a_term_is_whole_words_of_which_the_last_may_go_on(term, words, found):
    assert term.is_in(words) is found
