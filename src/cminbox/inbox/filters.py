"""Filters as people type them: words to search for, and terms such as `network:mastodon kind:dm state:open`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.model.views import Filter

TERMS = ("view", "network", "account", "kind", "state", "brand", "tag", "order")
"""What a term may name, before its colon."""


def parse(text: str) -> Filter:
    """The filter that a text means. What is no term is searched for, phrases in quotes too.

    Raises UsageError for a term whose value there is not.
    """
    fields: dict[str, Any] = {}
    search: list[str] = []
    for word in text.split():
        name, colon, value = word.partition(":")
        if colon and value and name.lower() in TERMS:
            fields[name.lower()] = value
        else:
            search.append(word)
    if search:
        fields["search"] = " ".join(search)
    return narrowed(Filter(), fields)


def narrowed(wanted: Filter, fields: Mapping[str, Any]) -> Filter:
    """A filter with more said (what is None says nothing). Two searches must both hold.

    Who searches and names neither view nor state means every state.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    if wanted.search and given.get("search"):
        given["search"] = f"{wanted.search} {given['search']}"
    said = {**wanted.model_dump(exclude_unset=True), **given}
    if "search" in said and "view" not in said and "state" not in said:
        said["view"] = "any"
    try:
        return Filter(**said)
    except ValidationError as error:
        raise _wrong(error) from error


def _wrong(error: ValidationError) -> UsageError:
    first = error.errors()[0]
    name, value = str(first["loc"][0]), str(first["input"])
    known = [each.strip("' ") for each in str(first.get("ctx", {}).get("expected", "")).replace(" or ", ",").split(",")]
    close = difflib.get_close_matches(value, known, 1)
    cure = _("Did you mean {name}?").format(name=close[0]) if close else ""
    cure = cure or (_("There are: {names}.").format(names=", ".join(known)) if any(known) else "")
    return UsageError(_("There is no {name} called {value}.").format(name=name, value=value), cure)
