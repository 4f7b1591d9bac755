"""The `everywhere` scenario: a calm hour on all practice networks at once, so that one queue holds them all.

On Mastodon, Bluesky, Matrix, a Discourse forum and a WordPress blog people comment, mention, write in private and say
what they think of what they bought, in French and English; a feed and a search bring what is said elsewhere. On each
network that can be answered an answer of ours arrives whose receipt gets lost. Everybody writes once. Drawn from one
seed: the same hour every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from cminbox.practice.campaign import QUESTIONS
from cminbox.practice.people import everybody
from cminbox.practice.script import Cue, Deed, Scenario, Theme

LENGTH_S = 3600.0
WRITABLE = ("mastodon", "bluesky", "matrix", "discourse", "wordpress")
"""The networks that are answered on."""

_OUR_POST = "The Aube lamp wakes you with a sunrise.\nIn the shops and online today. La lampe Aube est arrivée !"
_ASKED = (
    *(Theme.DELIVERY, Theme.DELIVERY, Theme.DELIVERY, Theme.REFUND, Theme.REFUND, Theme.HOURS, Theme.HOURS),
    *(Theme.SIZE, Theme.SIZE, Theme.THANKS, Theme.TROLL, Theme.SPAM),
)
"""What people write about on each network."""
_REVIEWS = {
    "fr": (
        "★★★★☆ La lumière de la lampe Aube est très douce, mais le câble est un peu court.",
        "★★☆☆☆ Le plaid perd ses fils après deux lavages. Est-ce normal ?",
    ),
    "en": (
        "★★★★★ The Aube lamp changed my mornings. Will it come in green?",
        "★★★☆☆ Nice throw, but smaller than it looks in the pictures.",
    ),
}
_ABOUT_US = (
    ("rss", "en", "Lumen's sunrise lamp, tested\nTwo weeks with the Aube: warm light, short cable."),
    ("rss", "fr", "Lumen ouvre une boutique à Nantes\nLa marque de lampes s'installe rue Crébillon."),
    ("rss", "en", "Five lamps for dark mornings\nOur favourite is by Lumen."),
    ("hackernews", "en", "Lumen publishes the firmware of its sunrise lamp"),
    ("hackernews", "en", "Ask: has anybody repaired a Lumen lamp?\nThe dimmer of mine hums."),
    ("hackernews", "en", "Show: a calendar for the Lumen Aube"),
)


def everywhere() -> Scenario:
    """The scenario, always the same."""
    draw = Random(5)
    people = everybody()
    draw.shuffle(people)
    said = [*_on_networks(draw), *_reviews()]
    draw.shuffle(said)
    step = (LENGTH_S - 300.0) / len(said)
    cues = [
        Cue(30.0 + n * step, network, deed, f"talk{n}", people.pop(), text, under, theme, lang)
        for n, (network, deed, under, theme, lang, text) in enumerate(said)
    ]
    cues += [Cue(float(n), each, Deed.OUR_POST, f"post-{each}", text=_OUR_POST) for n, each in enumerate(WRITABLE)]
    cues += [Cue(600.0 + 300.0 * n, network, Deed.ANSWER_LOST) for n, network in enumerate(WRITABLE)]
    cues += [
        Cue(200.0 + 500.0 * n, network, Deed.ABOUT_US, f"about{n}", people.pop(), text, lang=lang)
        for n, (network, lang, text) in enumerate(_ABOUT_US)
    ]
    return Scenario("everywhere", LENGTH_S, tuple(sorted(cues, key=lambda cue: cue.at_s)))


_Said = tuple[str, Deed, str, Theme, str, str]


def _on_networks(draw: Random) -> Iterator[_Said]:
    deeds = (Deed.COMMENT, Deed.MENTION, Deed.DIRECT)
    for network in WRITABLE:
        for n, theme in enumerate(_ASKED):
            lang = ("fr", "en")[n % 2]
            deed = Deed.DIRECT if theme is Theme.REFUND else deeds[n % len(deeds)]
            under = f"post-{network}" if deed is Deed.COMMENT else ""
            yield network, deed, under, theme, lang, draw.choice(QUESTIONS[theme][lang])


def _reviews() -> Iterator[_Said]:
    for lang, texts in _REVIEWS.items():
        for network, text in zip(("wordpress", "discourse"), texts, strict=True):
            yield network, Deed.COMMENT, f"post-{network}", Theme.REVIEW, lang, text
