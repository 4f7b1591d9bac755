"""Explaining what is wrong in a file that a person wrote."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from cminbox.config.toml_text import line_of
from cminbox.i18n import _


def place(source: str, keys: tuple[str, ...], path: Path) -> str:
    """Where a key stands: the file, with the line where it can be told."""
    line = line_of(source, keys)
    return _("{path}, line {line}").format(path=path, line=line) if line else str(path)


def explained(error: ErrorDetails, model: type[BaseModel], source: str, path: Path) -> str:
    """One mistake in a file that `model` describes: where (file and line), which key, what is wrong, what was meant."""
    keys = tuple(str(part) for part in error["loc"])
    name, where = ".".join(keys), place(source, keys, path)
    if error["type"] == "extra_forbidden":
        near = get_close_matches(keys[-1], _fields_at(model, keys[:-1]), n=1, cutoff=0.6) or _elsewhere(model, keys[-1])
        told = _("{where}: there is no setting {key}.").format(where=where, key=name)
        return f"{told} {_('Did you mean {near}?').format(near=near[0])}" if near else told
    return f"{where}: {name}: {_wrong(error)}"


def _wrong(error: ErrorDetails) -> str:
    """What is wrong with a value, in our words."""
    given, bounds = error["input"], error.get("ctx", {})
    match error["type"]:
        case "literal_error" | "enum":
            told = _("{value} is not one of {choices}.").format(value=repr(given), choices=bounds["expected"])
            near = get_close_matches(str(given), re.findall(r"'([^']+)'", str(bounds["expected"])), n=1)
            return f"{told} {_('Did you mean {near}?').format(near=near[0])}" if near else told
        case "value_error" if str(bounds["error"]) != "timezone":
            return str(bounds["error"])
        case "value_error":
            told = _("{value} is not a time zone.").format(value=repr(given))
            near = get_close_matches(str(given), available_timezones(), n=1)
            example = near[0] if near else "Europe/Paris"
            return f"{told} {_('Did you mean {near}?').format(near=example)}"
        case "int_type" | "int_parsing" | "int_from_float":
            return _("{value} is not a whole number.").format(value=repr(given))
        case "greater_than_equal":
            return _("{value} is too small; the least is {bound}.").format(value=given, bound=bounds["ge"])
        case "less_than_equal":
            return _("{value} is too large; the most is {bound}.").format(value=given, bound=bounds["le"])
        case "string_type":
            return _("{value} is not a text in quotes.").format(value=repr(given))
        case "tuple_type" | "list_type":
            return _("this is a list: [ ... ].")
        case "model_type" | "dict_type":
            return _("this is a table, with keys of its own.")
        case _:
            return error["msg"]


def _fields_at(model: Any, keys: tuple[str, ...]) -> list[str]:
    for key in keys:
        field = model.model_fields.get(key)
        if field is None or not _is_model(field.annotation):
            return []
        model = field.annotation
    return list(model.model_fields)


def _elsewhere(model: type[BaseModel], key: str) -> list[str]:
    """Settings of that name, or nearly, in any table."""
    names = {
        inner: f"{outer}.{inner}"
        for outer, field in model.model_fields.items()
        if _is_model(field.annotation)
        for inner in getattr(field.annotation, "model_fields", {})
    }
    return [names[near] for near in get_close_matches(key, names, n=1, cutoff=0.75)]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
