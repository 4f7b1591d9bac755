"""Rules: what is done by itself to a message that comes in."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from cminbox.model.base import Frozen

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Text = Annotated[str, Field(strict=True), StringConstraints(strip_whitespace=True, max_length=1000)]


REPLIES = ("reply", "private_reply")
"""The verbs of a rule that answer with a template."""
PAUSE_LEAST, PAUSE_MOST = timedelta(hours=1), timedelta(days=365)
_AGE = re.compile(r"([0-9]{1,4})([hd])")


class Deed(Frozen):
    """One verb of a rule (a name of inbox/verbs.py), with what belongs to it: `value` and `reason`."""

    verb: Text
    value: Text = ""
    reason: Text = ""

    def __str__(self) -> str:
        told = f"{self.verb} {self.value}".strip()
        return f"{told} ({self.reason})" if self.reason else told


def _deed(given: Any) -> Any:
    """`"tag refund"` is the verb `tag` with the value `refund`."""
    if not isinstance(given, str):
        return given
    verb, _blank, value = given.strip().partition(" ")
    return {"verb": verb, "value": value.strip()}


class Rule(Frozen):
    """A condition and the verbs that it runs.

    It is met by a message where `when` (the filter language) holds of its conversation, and the message says one of
    `words` (folded words or phrases; one that ends in * may go on). With a `brand` it is about that brand's accounts
    only. With `hours` it is met by what is written in business hours ("open") or outside them ("closed") only. It
    answers in a conversation at most once in a `pause` ("24h", "3d"). A rule that is not `on` does nothing.
    """

    name: Name
    on: Annotated[bool, Field(strict=True)] = False
    brand: Text = ""
    when: Text = ""
    words: Annotated[tuple[Text, ...], Field(max_length=1000)] = ()
    hours: Literal["", "open", "closed"] = ""
    pause: Text = "24h"
    do: Annotated[tuple[Annotated[Deed, BeforeValidator(_deed)], ...], Field(min_length=1, max_length=20)]

    @property
    def replies(self) -> tuple[Deed, ...]:
        """The verbs that answer."""
        return tuple(deed for deed in self.do if deed.verb in REPLIES)

    @property
    def pauses(self) -> timedelta | None:
        """The pause; None where it says none, or one that is too short or too long."""
        found = _AGE.fullmatch(self.pause)
        if found is None:
            return None
        pause = timedelta(hours=int(found[1]) * (24 if found[2] == "d" else 1))
        return pause if PAUSE_LEAST <= pause <= PAUSE_MOST else None

    @cached_property
    def version(self) -> str:
        """Says what the rule does: 16 hexadecimal digits of a hash of all but its name and whether it is on."""
        content = self.model_dump(mode="json", exclude={"name", "on"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


class Result(StrEnum):
    """What came of one verb of a rule.

    `did`: it changed something. `same`: everything was so already. `kept`: somebody else waits in the conversation, or
    wrote since, so it was not put away. `quiet`: no automatic reply is due there (to a bot, to an answer to one, a
    second time). `refused`: the verb could not be done.
    """

    DID = "did"
    SAME = "same"
    KEPT = "kept"
    QUIET = "quiet"
    REFUSED = "refused"
