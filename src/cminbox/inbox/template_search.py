"""Finding a template as one types: by name, by shortcut, by what it says; thousands of them within a frame a key.

The score of a name is rapidfuzz's WRatio of the folded words and the folded name. Names that begin like what was typed
are scored first: the rest is then only looked at as far as it could still be better, which changes nothing in the
result and makes most of it cheap.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from rapidfuzz import fuzz, process

from cminbox.inbox.desk import Desk
from cminbox.store import crisis, standing, templates
from cminbox.store.database import Store
from cminbox.store.templates import Shelved
from cminbox.text import fold

LIKELY = 60.0
"""From this score on a name resembles what was typed; what only says it in its text comes after."""

_FULL = 100.0
_LONGEST = 200
_ROUNDING = 0.01
_SAMPLE = 4
_ALL = 5_000


@dataclass(frozen=True)
class Hit:
    """A template that was found. `score` is 0 to 100: 100 for its shortcut, 0 where only its text says it."""

    template: Shelved
    score: float


@dataclass(frozen=True)
class Shelf:
    """A copy of all templates' names, best first among equals (the most used, then by name), good for one `mark`."""

    mark: int
    templates: tuple[Shelved, ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, mark: int, found: Sequence[Shelved]) -> Shelf:
        """The shelf of these templates."""
        return cls(mark, tuple(found), tuple(each.key for each in found))

    def only(self, brand: str) -> Shelf:
        """What may be used for a brand: its own and those for every brand."""
        return Shelf.of(self.mark, [each for each in self.templates if each.brand in ("", brand)])


def best(shelf: Shelf, query: str, limit: int) -> list[Hit]:
    """The `limit` templates whose names are nearest, best first; the one of that very shortcut before all.

    Without a query: the most used.
    """
    words = " ".join(fold(query)[:_LONGEST].split())
    if not words:
        return [Hit(each, 0.0) for each in shelf.templates[:limit]]
    named = [Hit(each, _FULL) for each in shelf.templates if each.shortcut_key == words]
    taken = {hit.template.id for hit in named}
    near = [Hit(shelf.templates[at], score) for at, score in nearest(shelf.keys, words, limit + len(named))]
    return [*named, *(hit for hit in near if hit.template.id not in taken)][:limit]


def nearest(keys: Sequence[str], words: str, limit: int) -> list[tuple[int, float]]:
    """(index, score) of the `limit` keys of the highest WRatio, the earlier first among equals, as a full scan says."""
    scores: list[float] = []
    for head in dict.fromkeys((words, words[:3], words[:2], words[:1])):
        if len(scores) < limit:
            like = itertools.islice((key for key in keys if head in key), limit * _SAMPLE)
            scores = sorted((fuzz.WRatio(words, key) for key in like), reverse=True)
    floor = max(0.0, scores[limit - 1] - _ROUNDING) if len(scores) >= limit else 0.0
    found = process.extract(words, keys, scorer=fuzz.WRatio, processor=None, limit=limit, score_cutoff=floor)
    return [(at, score) for _key, score, at in found]


async def search(desk: Desk, query: str, conversation_id: int | None = None, limit: int = 20) -> tuple[Hit, ...]:
    """The templates that fit what was typed, best first: names that resemble it, then texts that say it, then the rest.

    With a conversation only its brand's and those for every brand. Without a query the most used. The first hit is
    always the best of all names, however little it resembles. While a crisis lasts there, what fits of the folder that
    the settings name comes first.
    """
    found = await _search(desk, query, conversation_id, limit)
    if not await desk.store.read(crisis.lasting):
        return found
    if conversation_id is not None and not await desk.store.read(crisis.covers, conversation_id):
        return found
    # In a crisis what holds people comes first, also what is used too little to be among the first.
    holding = fold(desk.settings.crisis.folder)
    wide = found if len(found) < limit else await _search(desk, query, conversation_id, _ALL)
    first = [hit for hit in wide if fold(hit.template.folder) == holding and (hit.score >= LIKELY or not query.strip())]
    taken = {hit.template.id for hit in first}
    return tuple([*first, *(hit for hit in found if hit.template.id not in taken)][:limit])


async def _search(desk: Desk, query: str, conversation_id: int | None, limit: int) -> tuple[Hit, ...]:
    mark, brand = await desk.store.read(_now, conversation_id)
    shelves = _shelves.setdefault(desk.store, {})
    if None not in shelves or shelves[None].mark != mark:
        shelves.clear()
        shelves[None] = await desk.store.read(_shelf)
    if brand not in shelves:
        shelves[brand] = shelves[None].only(brand or "")
    shelf = shelves[brand]
    hits = best(shelf, query, limit)
    likely = [hit for at, hit in enumerate(hits) if at == 0 or hit.score >= LIKELY]
    words = " ".join(query.split())
    if not words or len(likely) >= limit:
        return tuple(hits)
    seen = {hit.template.id for hit in likely}
    said = await desk.store.read(templates.saying, words)
    more = [Hit(each, 0.0) for each in shelf.templates if each.id in said and each.id not in seen]
    seen |= {hit.template.id for hit in more}
    return tuple([*likely, *more, *(hit for hit in hits if hit.template.id not in seen)][:limit])


_shelves: WeakKeyDictionary[Store, dict[str | None, Shelf]] = WeakKeyDictionary()
"""By store: all templates (None), and what each brand may use."""


def _now(db: standing.Db, conversation_id: int | None) -> tuple[int, str | None]:
    brand = None if conversation_id is None else templates.brand_of(db, conversation_id)
    return templates.mark(db), brand


def _shelf(db: standing.Db) -> Shelf:
    return Shelf.of(templates.mark(db), templates.shelf(db))
