"""The flood: as many of each kind as it says, and only the waves are waves."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from cminbox.insight.clusters import best, form
from cminbox.practice.flood import SINGULAR, WAVES, flood
from cminbox.practice.script import Theme


def test_a_thousand_people_write_once_each() -> None:
    cues = flood().cues
    assert len(cues) == len({cue.who for cue in cues}) == 1000
    themes = Counter(cue.theme for cue in cues)
    assert themes == {Theme.WAVE: 700, Theme.THANKS: 100, Theme.SINGULAR: 100, Theme.TROLL: 50, Theme.SPAM: 50}
    assert {cue.subject for cue in cues} == {*WAVES, *SINGULAR, ""}
    assert flood() == flood()


def test_the_wordings_of_a_wave_are_one_and_no_other_question_is_in_it() -> None:
    for _n, _lang, wordings in WAVES.values():
        assert [pair for pair in combinations(wordings, 2) if not _same(*pair)] == []
    asked = [text for questions in SINGULAR.values() for text in questions]
    asked += [wordings[0] for _n, _lang, wordings in WAVES.values()]
    assert [pair for pair in combinations(asked, 2) if _same(*pair)] == []


def _same(one: str, other: str) -> bool:
    first, second = form(one), form(other)
    return first is not None and second is not None and best(first, [(1, second)]) is not None
