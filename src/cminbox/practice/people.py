"""Whoever writes in the scenarios: a thousand invented people."""

from __future__ import annotations

_FIRST = (
    "ana", "jules", "mira", "theo", "camille", "oskar", "lea", "priya", "tom", "ines",
    "noe", "sarah", "hugo", "wanda", "malik", "elise", "brett", "zoe", "karim", "lucie",
    "daniel", "margaux", "pavel", "nour", "gabriel", "emma", "rashid", "clara", "yann", "olga",
    "victor", "salome", "ben", "maelle", "igor", "fatou", "louis", "hannah", "quentin", "aya",
)  # fmt: skip
_LAST = (
    "lopez", "martin", "codes", "brun", "roche", "lind", "dumont", "rao", "ward", "faure",
    "petit", "king", "leroy", "nowak", "saidi", "vidal", "hart", "arnaud", "ouali", "morel",
    "stone", "gros", "hajek", "abadi", "tessier",
)  # fmt: skip


def everybody() -> list[str]:
    """Their handles."""
    return [f"{first}.{last}" for first in _FIRST for last in _LAST]
