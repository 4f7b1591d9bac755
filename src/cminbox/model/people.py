"""A person as colleagues see one: the handles that are one human, what is known, and what was said before."""

from __future__ import annotations

from pydantic import Field

from cminbox.model.base import Frozen, Instant
from cminbox.model.rows import PageKey, PersonRow, QueueRow


class PersonNote(Frozen):
    """What a colleague (`by`) says of a person among colleagues. `text` is raw and never leaves the house."""

    id: int
    person: int
    by: str
    text: str
    at: Instant


class TagCount(Frozen):
    """A tag, and how many of a person's conversations carry it."""

    name: str
    colour: str
    n: int


class Answer(Frozen):
    """One of our messages in a person's conversation. `text` is raw, its first 500 characters."""

    conversation: int
    by: str
    text: str
    at: Instant


class PersonCard(Frozen):
    """Everything about a person that stands in the panel, the linked handles taken together.

    `person` is the one that was asked for, `linked` the other handles of the same human. `first_name` is what
    templates use. `received` counts messages of theirs, `answered` our answers in their conversations; `conversations`
    counts those by state. All three look at the newest so many only: `exact` says whether that was all.
    """

    person: PersonRow
    linked: tuple[PersonRow, ...] = ()
    first_name: str = ""
    first_name_given: bool = Field(default=False, description="a colleague set it")
    language: str = ""
    first_seen_at: Instant
    last_seen_at: Instant | None = None
    received: int = 0
    answered: int = 0
    conversations: dict[str, int] = Field(default_factory=dict)
    exact: bool = True
    tags: tuple[TagCount, ...] = ()
    notes: tuple[PersonNote, ...] = ()
    answers: tuple[Answer, ...] = ()
    erased: bool = False

    @property
    def ids(self) -> tuple[int, ...]:
        """The handles by id, the one asked for first."""
        return (self.person.id, *(each.id for each in self.linked))


class HistoryRow(Frozen):
    """A conversation of a person, with what they said last in it. `text` is raw, its first 500 characters."""

    row: QueueRow
    person: int
    text: str
    at: Instant
    key: PageKey


class HistoryPage(Frozen):
    """Conversations of a person, newest first, and where the next page goes on (None: there is no more)."""

    rows: tuple[HistoryRow, ...] = ()
    after: PageKey | None = None


class PersonLine(Frozen):
    """A person in a list: with the number of handles that are the same human (1: this one alone)."""

    person: PersonRow
    handles: int = 1
    first_seen_at: Instant
    erased: bool = False
