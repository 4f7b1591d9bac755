"""The vocabulary of the filter language: what may stand before and behind a colon, in English and in French.

Filters are typed in either language whatever the screen speaks, compared folded (case, accents); what cminbox writes
itself is English, so that a filter means the same in every settings file and script.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from cminbox.i18n import N_
from cminbox.model.base import ConversationState, Kind
from cminbox.model.views import Key, Order, View
from cminbox.text import fold


class Flag(StrEnum):
    """What `is:` knows beside the states. `private`: only those named can read it; `pending`: something in it waits for
    our approval; `listening`: it is not addressed to us, we only listen to it; `moved`: a rule made it done or spam and
    no person said otherwise since; `thanks`: the message says thanks and nothing else; `due`: there is a time to answer
    by; `late`: that time is past; `mine`: it is assigned to me, or a colleague's note in it names me and I did not open
    it since.
    """

    UNANSWERED = "unanswered"
    ANSWERED = "answered"
    UNREAD = "unread"
    STAR = "star"
    PRIVATE = "private"
    PUBLIC = "public"
    PENDING = "pending"
    LISTENING = "listening"
    ASSIGNED = "assigned"
    MOVED = "moved"
    THANKS = "thanks"
    DUE = "due"
    LATE = "late"
    MINE = "mine"


ME = "me"
NONE = "none"

KEYS: Mapping[Key, str] = {
    Key.NETWORK: N_("a network"),
    Key.ACCOUNT: N_("one of our accounts"),
    Key.BRAND: N_("a brand"),
    Key.KIND: N_("comment, mention, dm, review or post"),
    Key.STATE: N_("open, snoozed, waiting, done or spam"),
    Key.IS: N_("unanswered, unread, star, private..."),
    Key.TAG: N_("a tag"),
    Key.ASSIGNEE: N_("a colleague, me or none"),
    Key.MENTIONED: N_("a colleague named in a note, or me"),
    Key.PERSON: N_("who wrote"),
    Key.TOPIC: N_("the number of a topic"),
    Key.CAMPAIGN: N_("a campaign"),
    Key.ABOUT: N_("whom we listen for: us, competitor, theme"),
    Key.LANG: N_("a language: fr, en..."),
    Key.OLDER: N_("older than: 30m, 2h, 3d, 1w or a day"),
    Key.NEWER: N_("newer than: 30m, 2h, 3d, 1w or a day"),
    Key.REPLIED: N_("we answered within: 30m, 2h, 3d, 1w or since a day"),
    Key.VIEW: N_("all (open), unanswered, waiting, done or any"),
    Key.ORDER: N_("newest, oldest or least time left first"),
}
"""Every key that can be typed, with what stands behind it."""

_FRENCH_KEYS: Mapping[str, Key] = {
    "réseau": Key.NETWORK,
    "compte": Key.ACCOUNT,
    "marque": Key.BRAND,
    "genre": Key.KIND,
    "type": Key.KIND,
    "état": Key.STATE,
    "est": Key.IS,
    "étiquette": Key.TAG,
    "attribuée": Key.ASSIGNEE,
    "attribué": Key.ASSIGNEE,
    "mentionné": Key.MENTIONED,
    "mentionnée": Key.MENTIONED,
    "personne": Key.PERSON,
    "sujet": Key.TOPIC,
    "campagne": Key.CAMPAIGN,
    "propos": Key.ABOUT,
    "langue": Key.LANG,
    "ancien": Key.OLDER,
    "récent": Key.NEWER,
    "répondu": Key.REPLIED,
    "vue": Key.VIEW,
    "ordre": Key.ORDER,
}
NAMES: Mapping[str, Key] = {
    **{fold(word): key for word, key in _FRENCH_KEYS.items()},
    **{key.value: key for key in KEYS},
}
"""Folded words before a colon, and the keys they stand for."""

_STATES = {
    **{state.value: state.value for state in ConversationState},
    "ouverte": "open",
    "reportée": "snoozed",
    "attente": "waiting",
    "en attente": "waiting",
    "traitée": "done",
    "indésirable": "spam",
}
_VALUES: Mapping[Key, Mapping[str, str]] = {
    Key.KIND: {
        **{kind.value: kind.value for kind in Kind},
        "commentaire": "comment",
        "mp": "dm",
        "privé": "dm",
        "message privé": "dm",
        "avis": "review",
        "publication": "post",
    },
    Key.STATE: _STATES,
    Key.IS: {
        **{flag.value: flag.value for flag in Flag},
        **_STATES,
        "sans réponse": "unanswered",
        "sans-réponse": "unanswered",
        "répondue": "answered",
        "non lue": "unread",
        "non-lue": "unread",
        "étoile": "star",
        "starred": "star",
        "privée": "private",
        "publique": "public",
        "à valider": "pending",
        "à-valider": "pending",
        "écoute": "listening",
        "attribuée": "assigned",
        "déplacée": "moved",
        "remerciement": "thanks",
        "mienne": "mine",
        "échéance": "due",
        "en retard": "late",
        "en-retard": "late",
        "retard": "late",
    },
    Key.VIEW: {
        **{view.value: view.value for view in View},
        "tout": "any",
        "ouvertes": "all",
        "sans réponse": "unanswered",
        "sans-réponse": "unanswered",
        "attente": "waiting",
        "en attente": "waiting",
        "traitées": "done",
        "vagues": "waves",
    },
    Key.ORDER: {
        **{order.value: order.value for order in Order},
        "récentes": "newest",
        "anciennes": "oldest",
        "urgentes": "least",
    },
    Key.ASSIGNEE: {ME: ME, "moi": ME, NONE: NONE, "aucun": NONE, "aucune": NONE, "personne": NONE},
    Key.MENTIONED: {ME: ME, "moi": ME},
    Key.ABOUT: {
        "us": "us",
        "nous": "us",
        "competitor": "competitor",
        "concurrent": "competitor",
        "theme": "theme",
        "thème": "theme",
    },
}
VALUES: Mapping[Key, Mapping[str, str]] = {
    key: {fold(word): value for word, value in words.items()} for key, words in _VALUES.items()
}
"""By key: folded values, and what they stand for. `assignee` and `mentioned` take any other name as well."""

CLOSED = (Key.KIND, Key.STATE, Key.IS, Key.VIEW, Key.ORDER)
"""The keys that take nothing but what VALUES holds."""


def offered(key: Key) -> tuple[str, ...]:
    """The values of a key that are always there, as cminbox writes them."""
    return tuple(dict.fromkeys(VALUES.get(key, {}).values()))


def person_number(value: str) -> int | None:
    """The number of a person that a value of `person:` stands for ("#12"); None for a name."""
    return int(value[1:]) if value.startswith("#") and value[1:].isdecimal() else None


def french_name(key: Key) -> str:
    """The French word for a key, with its accents."""
    return next(word for word, each in _FRENCH_KEYS.items() if each is key)
