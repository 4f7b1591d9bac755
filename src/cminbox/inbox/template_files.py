"""Templates as files that people read, edit and keep beside other things: TOML, one `[[template]]` after the other.

What is written is read back exactly. The starters that come with cminbox are such a file, with names in two languages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import resources
from typing import Any

from pydantic import ValidationError

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.model.templates import Written
from cminbox.text import fold

_STARTERS = "starters.toml"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\b": "\\b", "\f": "\\f", "\r": "\\r", "\n": "\\n"}


def written_down(many: Iterable[Written]) -> str:
    """Templates as the text of a file."""
    parts = []
    for each in many:
        lines = ["[[template]]", f"name = {_quoted(each.name)}"]
        lines += [
            f"{key} = {_quoted(value)}"
            for key, value in (("shortcut", each.shortcut), ("brand", each.brand), ("folder", each.folder))
            if value
        ]
        for variant in each.variants:
            lines += ["", "[[template.variants]]"]
            lines += [
                f"{key} = {_quoted(value)}"
                for key, value in (("network", variant.network), ("language", variant.language))
                if value
            ]
            lines.append(f"body = {_block(variant.body)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def read(source: str, file: str) -> list[Written]:
    """The templates that the text of a file holds; `file` is named in errors. Raises UsageError."""
    return _templates(_parsed(source, file), file)


def starters(language: str) -> list[Written]:
    """The set to begin with, its names in a language ("en" or "fr"), each template with a text in both."""
    source = (resources.files("cminbox.inbox") / _STARTERS).read_text(encoding="utf-8")
    questions = _parsed(source, _STARTERS).pop("fr")
    if language == "fr":
        for asked, demanded in questions.items():
            source = source.replace(f'ask("{asked}")', f'ask("{demanded}")')
    found = _parsed(source, _STARTERS)
    del found["fr"]
    for each in found["template"]:
        names = each.pop("fr")
        each.update(names if language == "fr" else {})
    return _templates(found, _STARTERS)


def _parsed(source: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            _("{file} is not valid TOML: {error}.").format(file=file, error=error),
            _("`cminbox templates export` shows how it is written."),
        ) from error


def _templates(found: dict[str, Any], file: str) -> list[Written]:
    given = found.get("template", [])
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise UsageError(_("{file}: each template begins with [[template]].").format(file=file))
    if extra := [key for key in found if key != "template"]:
        raise UsageError(_("{file}: there is no {key}.").format(file=file, key=extra[0]))
    many: list[Written] = []
    seen: set[tuple[str, str]] = set()
    for number, each in enumerate(given, 1):
        try:
            written = Written.model_validate(each)
        except ValidationError as error:
            raise UsageError(_explained(error, file, number, each)) from error
        key = (written.brand, fold(" ".join(written.name.split())))
        if key in seen:
            raise UsageError(_("{file}: {name} is there twice.").format(file=file, name=written.name))
        seen.add(key)
        many.append(written)
    return many


def _explained(error: ValidationError, file: str, number: int, given: dict[str, Any]) -> str:
    details = error.errors()[0]
    key = ".".join(str(part) for part in details["loc"])
    name = given.get("name")
    which = f"{number} ({name})" if isinstance(name, str) else str(number)
    why = {
        "missing": _("{key} is missing"),
        "extra_forbidden": _("there is no {key}"),
        "string_type": _("{key} must be a text in quotes"),
        "too_short": _("{key} needs at least one"),
    }.get(details["type"], _("{key} is wrong"))
    return _("{file}, template {which}: {why}.").format(file=file, which=which, why=why.format(key=key))


def _quoted(text: str) -> str:
    return f'"{"".join(_ESCAPES.get(char) or _plain(char) for char in text)}"'


def _block(text: str) -> str:
    """A text over several lines. Its own lines stay lines; what TOML would take for something else is escaped."""
    kept = "".join(char if char in "\n\t" else _plain(char) for char in text.replace("\\", "\\\\"))
    head = kept.rstrip('"')
    end = '\\"' * (len(kept) - len(head))
    return '"""\n' + head.replace('"""', '""\\"') + end + '"""'


def _plain(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04X}" if code < 32 or code in (127, 0xFEFF) else char
