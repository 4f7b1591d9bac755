"""When a person waits for us. Pure.

A person waits when an inbound message of theirs is newer than our last human answer to them, and nobody said that it
needs none. Their clock starts at the first such message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """An inbound message that may wait: addressed to us, to be seen, not reviewed, not history, not by a bot or by us.

    `remote_id` only orders messages of the same instant.
    """

    message_id: int
    person_id: int
    at_ms: int
    remote_id: str
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One human answer of ours: a message that can still be seen, or an act on its way.

    `people` are those it answers; None: everybody. `message_id` is None for an act whose message is not there yet.
    """

    at_ms: int
    people: frozenset[int] | None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """How one person stands: when we last answered, and since when and with which message they wait (None: not)."""

    answered_ms: int | None = None
    waits_ms: int | None = None
    message_id: int | None = None


def stands(people: Iterable[int], heard: Iterable[Heard], answers: Iterable[Answer]) -> dict[int, Stand]:
    """How each of these people stands, and whoever else is heard or answered by name.

    Of two messages of the same instant the answer is the later one, unless the inbound message replies to it: networks
    that tell time in seconds or days put both into one.
    """
    answers = list(answers)
    heard = sorted(heard, key=lambda each: (each.at_ms, each.remote_id))
    named = (person for answer in answers for person in answer.people or ())
    everybody = {*people, *named, *(each.person_id for each in heard)}
    last: dict[int, int] = {}
    replies: dict[int, set[int]] = {}
    for answer in answers:
        for person in everybody if answer.people is None else answer.people:
            last[person] = max(last.get(person, answer.at_ms), answer.at_ms)
            if answer.message_id is not None:
                replies.setdefault(person, set()).add(answer.message_id)
    first: dict[int, Heard] = {}
    for each in heard:
        answered = last.get(each.person_id)
        newer = answered is None or each.at_ms > answered
        if not newer and each.at_ms == answered:
            newer = each.parent_id in replies.get(each.person_id, ())
        if newer:
            first.setdefault(each.person_id, each)
    return {person: _stand(last.get(person), first.get(person)) for person in everybody}


def _stand(answered_ms: int | None, first: Heard | None) -> Stand:
    return Stand(answered_ms, first.at_ms if first else None, first.message_id if first else None)
