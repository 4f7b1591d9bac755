from __future__ import annotations

from pathlib import Path

import pytest

from cminbox.config.settings import Settings, parse
from cminbox.errors import SettingsError
from cminbox.inbox.saved_views import name_of, named, views
from cminbox.model.filter_text import written
from cminbox.model.views import Filter, Order, View

OWN = """
language = "en"

[[views]]
name = "Refunds"
filter = "tag:refund -is:answered"
order = "newest"
key = 2

[[views]]
name = "French"
filter = "langue:fr"
"""


def test_views_that_come_with_cminbox() -> None:
    found = {view.key: view for view in views(Settings())}
    assert sorted(found) == list(range(1, 10))
    assert found[1].filter == Filter(view=View.UNANSWERED, order=Order.LEAST)
    assert (found[7].name, written(found[7].filter)) == ("Late", "is:late order:least")
    assert (found[8].name, found[8].filter.view) == ("Moved by rules", View.ANY)
    assert (found[2].name, written(found[2].filter)) == ("Mine", "is:mine")
    assert not any(view.own for view in found.values())


def test_ones_own_views_take_their_keys_or_the_first_that_is_free() -> None:
    found = {view.key: view for view in views(parse(OWN, Path("s.toml")))}
    assert (found[2].name, found[2].own) == ("Refunds", True)
    assert found[2].filter == Filter(view=View.UNANSWERED, tag="refund", order=Order.NEWEST)
    assert (found[1].name, found[3].name) == ("French", "Unassigned")


def test_a_view_is_found_by_its_number_its_name_and_what_it_shows() -> None:
    settings = parse(OWN, Path("s.toml"))
    assert [named(settings, each).key for each in ("2", "refunds", "RÉFUNDS", " French ")] == [2, 2, 2, 1]
    assert named(settings, "nothing") is None
    assert name_of(settings, Filter(view=View.UNANSWERED, tag="refund")) == "Refunds"
    assert name_of(settings, Filter(tag="refund")) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('filter = "langue:fr"', 'filter = "lnague:fr"'), "s.toml, line 12: the filter of the view French: Column 1"),
        (('filter = "langue:fr"', "key = 2"), "line 12: the views Refunds and French have the same key 2"),
        (('filter = "langue:fr"', "key = 10"), "line 12: views.1.key: 10 is too large"),
        (('filter = "langue:fr"', 'filtre = "x"'), "line 12: there is no setting views.1.filtre"),
        (('name = "French"', 'name = ""'), "line 11: views.1.name"),
        (
            ('name = "French"', 'name = "F"\n' + "".join(f'[[views]]\nname = "{n}"\n' for n in range(9))),
            "more than nine",
        ),
    ],
)
def test_what_is_wrong_with_a_view_is_told_at_the_start(change: tuple[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(OWN.replace(*change), Path("s.toml"))
    assert said in raised.value.message
