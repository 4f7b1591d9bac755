"""An answer read to its end, and how JSON from outside becomes our types.

Wire formats are pydantic models that ignore unknown fields, decoded a page at a time; one malformed item is set aside.
"""

from __future__ import annotations

import json as jsonlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import TypeAdapter, ValidationError

from cminbox.errors import Malformed
from cminbox.i18n import _
from cminbox.model.changes import SetAside

T = TypeVar("T")

RAW_KEPT = 20_000
"""Characters of an item that are kept when it cannot be understood."""


@dataclass(frozen=True)
class Answer:
    """What a server answered, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str

    def decode(self, adapter: TypeAdapter[T]) -> T:
        """The body as JSON of a type. Raises `Malformed`, which names the place and keeps the start of the body."""
        try:
            return adapter.validate_json(self.body)
        except ValidationError:
            # The strict parser refuses lone surrogates, which some servers send: the lenient one decides.
            data = self.json()
        try:
            return adapter.validate_python(data)
        except ValidationError as error:
            raise Malformed(
                _("The answer of {host} is not as expected: {what}.").format(host=self.host, what=_place(error)),
                raw=self.text[:RAW_KEPT],
            ) from None

    def decode_list(self, adapter: TypeAdapter[T]) -> tuple[list[T], list[SetAside], list[Any]]:
        """The body as a JSON list, item by item: those of the type, those set aside, and all of them raw."""
        items = self.json()
        if not isinstance(items, list):
            raise not_a_list(self)
        return (*decode_each(items, adapter), items)

    def json(self) -> Any:
        """The body as plain JSON, lone surrogates replaced. Raises `Malformed`: a web page is told apart."""
        try:
            return read_json(self.body)
        except (ValueError, RecursionError):
            start = self.body[:200].lstrip().lower()
            if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
                raise Malformed(
                    _("{host} answered with a web page where its interface should be.").format(host=self.host),
                    _("Check the address of the account."),
                    raw=self.text[:RAW_KEPT],
                ) from None
            raise Malformed(
                _("The answer of {host} is not JSON.").format(host=self.host), raw=self.text[:RAW_KEPT]
            ) from None

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8", "replace")

    def link(self, relation: str) -> dict[str, str] | None:
        """The query of the `Link` header's address for `relation` ("next", "prev"), or None.

        Only the query: behind a proxy the address itself may name a host that cannot be called.
        """
        for found in re.finditer(r"<([^>]*)>([^<]*)", self.headers.get("link", "")):
            if re.search(rf"""rel\s*=\s*["']?{re.escape(relation)}\b""", found.group(2)):
                try:
                    return dict(parse_qsl(urlsplit(found.group(1)).query))
                except ValueError:
                    return None
        return None


def not_a_list(answer: Answer) -> Malformed:
    """The error for an answer that should be a list."""
    return Malformed(_("The answer of {host} is not a list.").format(host=answer.host), raw=answer.text[:RAW_KEPT])


def decode_each(items: Sequence[Any], adapter: TypeAdapter[T]) -> tuple[list[T], list[SetAside]]:
    """The items that are of the type, and the others as `SetAside` with their raw JSON (ASCII)."""
    good: list[T] = []
    bad: list[SetAside] = []
    for item in items:
        try:
            good.append(adapter.validate_python(item))
        except ValidationError as error:
            bad.append(SetAside(reason=_place(error), raw=jsonlib.dumps(item)[:RAW_KEPT]))
    return good, bad


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def read_json(body: bytes | str) -> Any:
    """`body` as plain JSON, lone surrogates replaced by U+FFFD. Raises ValueError or RecursionError."""
    data = body.encode("utf-8", "replace") if isinstance(body, str) else body
    text = data.decode("utf-8-sig", "replace")
    plain = jsonlib.loads(text)
    if _SURROGATE.search(data) is None:
        return plain
    # json joins the pairs; what still stands alone after that is no character.
    whole = jsonlib.dumps(plain, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return jsonlib.loads(whole)


def _place(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "."
    return f"{place}: {first['msg']}"[:300]
