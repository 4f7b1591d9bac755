"""Whether a message says thanks and nothing else, in English or French. Pure.

Such a message after our answer wants no other one. A message that asks, tells or blames anything besides is none: every
word must be one of thanks, of good wishes or of the few that stand around them. "Thanks in advance" asks; "thanks for
nothing" blames; an address, a question mark or a sign that nobody thanks with ends it too.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from cminbox.text import fold

_LONGEST = 200
_MOST_WORDS = 16

_THANKS = """
    thanks thank thankyou thanku thx thnx thanx tnx ty tysm tyvm tyty cheers appreciated
    merci mercis remercie remercions gracias danke grazie obrigado obrigada
"""
_SAYS_IT = frozenset(_THANKS.split())
_NEEDS_YOU = frozenset({"thank"})
_YOU = frozenset({"you", "u", "ya", "yall", "y"})

_ENGLISH = """
    thank you u ya y so very much lot lots a million bunch ton tons again all everyone guys team folks mate
    buddy friend sir madam maam for your ur the this that it is s was were are re quick fast prompt swift
    speedy rapid kind ok okay okey oki k kk great perfect awesome cool lovely brilliant super excellent
    fantastic amazing wonderful good nice fine best kindly really appreciate appreciated i we got have day
    evening night weekend one bye hi hello hey dear and to too yes yep yeah alright understood noted sorted
    will do welcome god bless big many sounds helps helped helpful most truly sincerely greatly highly xx xxx
    x xo xoxo lol haha wow yay
"""
_FRENCH = """
    beaucoup bcp mille infiniment encore bien vraiment sincerement vous vs tu toi te je nous on a toute tout
    tous toutes le la les l equipe monde pour votre vos ta ton cette ce cet rapide rapides rapidement efficace
    parfait parfaite top genial geniale nickel excellent excellente impeccable accord d c est sympa gentil
    gentille tres bonne bon belle journee soiree apres midi week end continuation fin semaine bonjour bonsoir
    salut coucou cordialement bises bisous revoir au oui ah oh grand un une et chouette bravo note recu
    compris entendu super formidable adorables adorable merveilleux ca marche
"""
_FOR_WHAT = """
    help helping assistance reply replying response responding responses answer answers answering info
    information clarification clarifying update support explanation reponse reponses aide retour retours
    rapidite reactivite efficacite gentillesse infos informations conseil conseils precision precisions
    eclaircissement suivi
"""
_AROUND = frozenset((_ENGLISH + _FRENCH).split())
"""What may stand around thanks: greetings and praise."""
_GIVEN = frozenset(_FOR_WHAT.split())
_FOR = frozenset({"for", "pour", "appreciate"})
"""What one thanks for stands behind one of these; without them it is asked for: "help, thanks"."""

_SIGNS = frozenset(
    "🙏👍❤♥💙💚💛🧡💜🖤🤍💗💖💕💞💓💝💘😊☺🙂😀😃😄😁😍🥰😘😗😚😙🤗👌🙌👏✌🤝🫶😇😉😎🤩🥳🎉✨⭐🌟💪🌹🌸💐🌺🌷🌻😌💯✅✔🤞🫂"
)
_SAID_BY_SIGNS = frozenset("🙏👍❤♥💙💚💛🧡💜👌🫶🤝")
"""Signs that say it without a word."""

_ASIDE = re.compile(r"(?:^|(?<=\s))[.]?@[\w.@-]+|(?<=\s)[-^/~–—]\s?[A-Z]{2}$")
"""Whom it is said to; initials at the end."""
_SAD = re.compile(r"[:;=][-'o]?[(/\\|\[]|https?:|www\.|\?|\d{2,}|🙄|</3")
_WORD = re.compile(r"[^\W_]+")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_END = re.compile(r"(.)\1+$")


@lru_cache(maxsize=4096)
def only_thanks(text: str) -> bool:
    """Whether a raw text thanks and says nothing else; signs such as 🙏 or 👍 alone thank too."""
    if not text or len(text) > _LONGEST:
        return False
    said = _ASIDE.sub(" ", text.strip())
    if _SAD.search(said):
        return False
    signs = {char for char in said if _is_sign(char)}
    if not signs <= _SIGNS:
        return False
    told = [_plain(word) for word in _WORD.findall(fold(said).replace("'", " "))]
    if not told:
        return bool(signs & _SAID_BY_SIGNS)
    if len(told) > _MOST_WORDS or not all(_fits(word, told[:index]) for index, word in enumerate(told)):
        return False
    return any(_thanks(word, after) for word, after in zip(told, [*told[1:], ""], strict=True))


def _fits(word: str, before: list[str]) -> bool:
    return word in _AROUND or word in _SAYS_IT or (word in _GIVEN and not _FOR.isdisjoint(before))


def _thanks(word: str, after: str) -> bool:
    return word in _SAYS_IT and (word not in _NEEDS_YOU or after in _YOU)


def _plain(word: str) -> str:
    """A folded word as dictionaries have it: "meeerciii" is "merci"."""
    for told in (word, _DRAWN_OUT.sub(r"\1", word)):
        if told in _AROUND or told in _SAYS_IT or told in _GIVEN:
            return told
    return _END.sub(r"\1", told)


def _is_sign(char: str) -> bool:
    return unicodedata.category(char) == "So"
