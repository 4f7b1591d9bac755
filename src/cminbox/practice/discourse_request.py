"""A request to a practice forum, and the errors that it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cminbox.practice.discourse_books import User
from cminbox.practice.discourse_json import Json


class Problem(Exception):  # noqa: N818 - what the forum answers, not what fails here
    """An error that the forum answers with."""

    def __init__(self, status: int, said: str, kind: str = "") -> None:
        super().__init__(said)
        self.status = status
        self.body: Json = {"errors": [said]} | ({"error_type": kind} if kind else {})


def no_access() -> Problem:
    """What Discourse says to who may not, and to a key that it does not know."""
    return Problem(403, "You are not permitted to view the requested resource.", "invalid_access")


@dataclass(frozen=True)
class Request:
    """A request by a login. `by_admin_key`: not with a key of its own."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Json
    user: User
    by_admin_key: bool

    def number(self, name: str, usual: int = 0) -> int:
        """A number of the query."""
        given = self.query.get(name, [""])[0]
        return int(given) if given.isdecimal() else usual

    @property
    def raw(self) -> bool:
        """True where Markdown is asked for."""
        return "include_raw" in self.query


def missing() -> Problem:
    """What Discourse says of what is not there, or not for us."""
    return Problem(404, "The requested URL or resource could not be found.", "not_found")
