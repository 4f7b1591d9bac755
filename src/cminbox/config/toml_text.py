"""TOML as text: where a key stands, and changing one value without touching the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Value = str | int


def line_of(source: str, keys: tuple[str, ...]) -> int | None:
    """The line (from 1) of a TOML text that sets `keys`, or of the nearest table around it; None where unknown.

    A table that there are several of has its number (from 0) behind its name: `("views", "1", "filter")`.
    """
    table: tuple[str, ...] = ()
    several: dict[tuple[str, ...], int] = {}
    best: tuple[int, int] | None = None
    for number, line in enumerate(source.splitlines(), 1):
        if match := re.match(r"\s*\[+\s*([^\]#]+?)\s*\]", line):
            table = _key_parts(match[1])
            if line.lstrip().startswith("[["):
                several[table] = several.get(table, -1) + 1
                table = (*table, str(several[table]))
            found = table
        elif match := re.match(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""", line):
            found = table + _key_parts(match[1])
        else:
            continue
        # "keys.bindings" holds ids with dots, quoted or not: compared by the whole path.
        path, wanted = ".".join(found), ".".join(keys)
        if path == wanted:
            return number
        if wanted.startswith(path + ".") and (best is None or len(path) > best[0]):
            best = (len(path), number)
    return best[1] if best else None


def _key_parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(r"""[\w-]+|"[^"]*"|'[^']*'""", text))


def with_value(source: str, key: str, value: str | int) -> str:
    """A TOML text with one more or one changed value, everything else byte for byte."""
    *table, name = key.split(".")
    written = _toml(value)
    lines = source.splitlines(keepends=True)
    at = line_of(source, tuple(key.split(".")))
    if at is not None and re.match(rf"\s*[\w.\"']*{re.escape(name)}[\"']?\s*=", lines[at - 1]):
        pattern = r"""(=\s*)("(?:\\.|[^"\\])*"|'[^']*'|[^#\r\n]*?)(\s*(?:#.*)?)$"""
        lines[at - 1] = re.sub(
            pattern, lambda m: m[1] + written + m[3], lines[at - 1].rstrip("\r\n"), count=1
        ) + _ending(lines[at - 1])
        return "".join(lines)
    new = f"{name} = {written}\n"
    if not table:
        first = next((i for i, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
        if first and not lines[first - 1].endswith("\n"):
            lines[first - 1] += "\n"
        return "".join([*lines[:first], new, *(["\n"] if first < len(lines) else []), *lines[first:]])
    if at is not None and lines[at - 1].lstrip().startswith("["):
        lines[at - 1] = lines[at - 1].rstrip("\r\n") + "\n"
        return "".join([*lines[:at], new, *lines[at:]])
    gap = "" if not source or source.endswith("\n\n") else "\n" if source.endswith("\n") else "\n\n"
    return f"{source}{gap}[{'.'.join(table)}]\n{new}"


def with_table(source: str, name: str, fields: Mapping[str, Value | Sequence[Value]]) -> str:
    """A TOML text with one more table among the several of a name, at its end; everything else byte for byte."""
    gap = "" if not source or source.endswith("\n\n") else "\n" if source.endswith("\n") else "\n\n"
    lines = [f"{key} = {_toml_any(value)}\n" for key, value in fields.items()]
    return f"{source}{gap}[[{name}]]\n{''.join(lines)}"


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _toml_any(value: Value | Sequence[Value]) -> str:
    return _toml(value) if isinstance(value, str | int) else f"[{', '.join(map(_toml, value))}]"


def _toml(value: Value) -> str:
    if isinstance(value, int):
        return str(value).lower()
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub("[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", escaped) + '"'
