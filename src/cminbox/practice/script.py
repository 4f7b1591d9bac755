"""What happens in a practice scenario, as data: who writes what, when, where, and what goes wrong at the networks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Deed(StrEnum):
    """What one cue does at the simulated networks."""

    OUR_POST = "our_post"
    COMMENT = "comment"
    MENTION = "mention"
    DIRECT = "direct"
    EDIT = "edit"
    DELETE = "delete"
    RATE_LIMIT = "rate_limit"
    TOKEN_EXPIRES = "token_expires"
    TOKEN_RENEWED = "token_renewed"
    ANSWER_LOST = "answer_lost"
    ABOUT_US = "about_us"


class Theme(StrEnum):
    """What a message is about; the tests and the summary count by it."""

    WAVE = "wave"
    DELIVERY = "delivery"
    REFUND = "refund"
    HOURS = "hours"
    SIZE = "size"
    THANKS = "thanks"
    TROLL = "troll"
    SPAM = "spam"
    PRIVATE = "private"
    SINGULAR = "singular"
    REVIEW = "review"


@dataclass(frozen=True)
class Cue:
    """One thing that happens `at_s` seconds after the start.

    `name` lets later cues point back (`under`: the message or post that this one answers, edits or deletes).
    `length_s` is how long a trouble lasts. `subject` is what a fitting answer is about ("": none is wanted, or
    the theme says it).
    """

    at_s: float
    network: str
    deed: Deed
    name: str = ""
    who: str = ""
    text: str = ""
    under: str = ""
    theme: Theme | None = None
    lang: str = "en"
    length_s: float = 0.0
    subject: str = ""


@dataclass(frozen=True)
class Scenario:
    """A named run of cues, in order of time, `length_s` simulated seconds long."""

    name: str
    length_s: float
    cues: tuple[Cue, ...]
