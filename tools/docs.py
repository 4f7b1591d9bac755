"""Writes the reference pages from the code itself: commands, keys, settings, numbers and SQL.

`make docs` runs it; a test says that the pages are what it makes. Whoever changes a command, a key, a setting, a number
or a view runs it again.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import typer

from cminbox.cli.app import build
from cminbox.config.actions import ACTIONS, Action
from cminbox.config.keymap import PRESETS, resolve
from cminbox.config.settings import Keys, Settings
from cminbox.i18n import set_language
from cminbox.inbox.imports import Line
from cminbox.inbox.numbers import PERIOD
from cminbox.inbox.verbs import VERBS
from cminbox.insight.definitions import DEFINITIONS, Definition
from cminbox.model.rows import Numbers
from cminbox.networks.registry import _OURS as OUR_NETWORKS
from cminbox.networks.registry import network_type
from cminbox.store.views import VIEWS

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "cminbox"
MADE = "<!-- Made by `make docs` from the code: change it there. -->"

Rows = Sequence[Sequence[str]]

# Where the objects of `--json` are put together: command, what one object is, file, function or class.
OBJECTS: tuple[tuple[str, str, str, str], ...] = (
    ("accounts", "an account", "cli/accounts.py", "account_json"),
    ("list", "a conversation", "inbox/shapes.py", "row"),
    ("show", "the conversation: the keys of `list`, and", "inbox/shapes.py", "view"),
    ("show", "each of `messages` and `above`", "inbox/shapes.py", "message"),
    ("show", "each of `acts`", "inbox/shapes.py", "act"),
    ("reply, do, undo, redo", "a conversation", "cli/lines.py", "_json"),
    ("reply --dry-run", "what would be sent", "cli/replying.py", "say_plan"),
    ("outbox", "an act", "cli/outbox.py", "act_json"),
    ("outbox stop, go", "whether all sending is stopped", "cli/outbox.py", "_say_stopped"),
    ("sync --once", "the round", "sync/summary.py", "SyncSummary"),
    ("import", "all files together", "cli/importing.py", "import_"),
    ("rules, rules on, off, starters", "a rule", "cli/rules.py", "_json"),
    ("rules test", "a message that a rule would have met", "cli/rules.py", "_emit"),
    ("kpi --explain", "a number", "cli/kpi.py", "_as_json"),
    ("doctor", "everything", "cli/doctor.py", "doctor"),
    ("doctor", "each of `accounts`", "cli/doctor.py", "_account_json"),
    ("doctor", "each of `set_aside`", "cli/doctor.py", "_aside_json"),
    ("doctor", "`database`", "cli/doctor.py", "_database_json"),
    ("keys", "an action", "cli/keys.py", "_print"),
    ("sql", "a view, without a query (with one: a row, by its columns)", "cli/sql.py", "_views"),
    ("demo", "the run", "cli/drill.py", "Report"),
)

# What the keys of an imported line mean; one that is missing here is an error.
IMPORT_KEYS = {
    "id": "what the network calls it",
    "network": "the network's name, such as `mastodon`",
    "kind": "`comment`, `mention`, `dm`, `review` or `post`",
    "author": "who wrote it; empty is shown as `?`",
    "text": "what was written; may be empty",
    "account": "the account it belongs to; else `NETWORK:import`",
    "created_at": "ISO 8601; without a zone it is taken as UTC; a bare date counts in figures by day only",
    "in_reply_to": "`id` of the message that it answers: builds the conversation",
    "conversation": "the thread or place that it came from; messages of kind `dm` with the same are one conversation",
    "topic": "the same, where there is no `conversation`",
    "lang": "its language, such as `fr`",
    "url": "where it stands",
    "direction": "`in` (the default) or `out`: written by us",
}

# Defaults that are found at run time.
ELSE = {"language": "what LC_ALL, LC_MESSAGES or LANG say", "timezone": "the machine's own", "bindings": "none"}

AREA_WORDS = {
    "queue": "the queue",
    "conversation": "an open conversation",
    "list": "a list (outbox, drafts, help...)",
    "person": "the panel of a person",
    "composer": "the composer",
    "picker": "a picker",
    "global": "everywhere but in a text",
}


COMMANDS_INTRO = """\
# Commands

{made}

Everything a person can do on the screen a script can do here. `--as NAME` (work as this colleague) and `--json` (one
object a line, ASCII) work with every command, before it or after it. `cminbox COMMAND --help` says the same as this
page, in your language.

| exit code | means |
| --- | --- |
| 0 | done |
| 1 | failed; the line on stderr says why and what to do |
| 2 | wrong usage |
| 130 | interrupted |"""

IMPORT_INTRO = """\
## What `import` reads

One JSON object a line; several files, `.gz`, and `-` for standard input."""

IMPORT_REST = """\
Other keys are kept beside the message. A line that cannot be read is reported with its file and number and skipped; the
same `id` of a network twice is one message; a reply may stand before what it answers. Imported messages are worked like
the rest, only sending is refused."""

JSON_INTRO = """\
## What `--json` prints

These keys stay; others may join them. Instants are ISO 8601 in UTC, what is not known is null. Errors go to stderr, so
standard output holds nothing but objects."""

JSON_REST = """\
`tags`, `cluster` and `assignee` are there and empty where nothing sets them yet. `sender` is `running`, or `none` with
`how`: a line on how to send. `cminbox sync --json` without `--once` prints an `event` a line."""

KEYS_INTRO = """\
# Keys

{made}

One table in the code feeds this page, the footer, the help (`?`), the palette and `cminbox keys`. Each action has an
id, which settings name; a key; a command for the `:` line; and often a form on the command line. A sequence is typed
one key after the other: `g i`.

Change any of them in [`settings.toml`](settings.md): several keys parted by commas, none with `""`.

```toml
[keys]
preset = "mutt"

[keys.bindings]
"conversation.done" = "e, f8"
"app.theme" = "g c"
```

Unknown ids, keys that terminals keep for themselves and clashes are errors that name file, line and key."""

SETTINGS_INTRO = """\
# Settings

{made}

`settings.toml` in the configuration folder (`~/.config/cminbox` on Linux; `cminbox doctor --json` names it). Every
setting has a default, so the file may be missing. A wrong key or value is an error that names file, line and key, and
what may be meant.

`CMINBOX_HOME=FOLDER` puts configuration, data and logs under one folder: for tests, scripts, and clients that must
never mix.

## At the top"""

ACCOUNT_INTRO = """\
## Of an account

Networks have settings of their own, said when an account is connected:
`cminbox accounts add NETWORK --set KEY=VALUE`."""

NUMBERS_INTRO = """\
# Numbers

{made}

What the counters bar shows and `cminbox kpi` prints. `cminbox kpi --explain NAME` says the same. Numbers of now ignore
the period; the others are of today (since 0:00 in your time zone) or of `--since` to `--until`. No data is `null`,
never 0."""

SQL_INTRO = """\
# SQL

{made}

`cminbox sql` asks the database and can change nothing: one `SELECT` on the views below. Instants are ISO 8601 in UTC,
yes and no are 1 and 0, texts are as they were written. The tables behind the views are no promise; the views are.

```
cminbox sql "SELECT person, count(*) FROM v_conversations WHERE unanswered GROUP BY person ORDER BY 2 DESC"
cminbox sql --json "SELECT hour, received, replied FROM v_kpi_hourly ORDER BY hour"
```"""


def pages() -> dict[str, str]:
    """Every made page: its name under `docs/` and its text, in English whatever the environment says."""
    set_language("en")
    return {
        "commands.md": commands(),
        "keys.md": keys(),
        "settings.md": settings(),
        "numbers.md": numbers(),
        "sql.md": sql(),
    }


def commands() -> str:
    """Every command with its arguments and options, the exit codes, and the keys of what `--json` prints."""
    parts = [
        COMMANDS_INTRO.format(made=MADE),
        *_commands(typer.main.get_command(build(["--help"])), "cminbox"),
        "## Verbs of `do`",
        _table(
            ("verb", "does", "`--value`", "acts at the network"),
            [(f"`{v.name}`", v.help, v.needs_value, "yes" if v.sends else "") for v in VERBS],
        ),
        IMPORT_INTRO,
        _table(("key", "", "is"), [*_import_keys()]),
        IMPORT_REST,
        JSON_INTRO,
        _table(("command", "an object is", "its keys"), list(_objects())),
        JSON_REST,
    ]
    return _page(parts)


def keys() -> str:
    """Every action with its keys, area by area, and what each preset changes."""
    keymap = resolve(Settings())
    parts = [
        KEYS_INTRO.format(made=MADE),
    ]
    for areas in dict.fromkeys(action.areas for action in ACTIONS):
        named = [AREA_WORDS[area] for area in areas]
        place = "Everywhere but in a text" if areas == ("global",) else f"In {', '.join(named)}"
        shown = [action for action in ACTIONS if action.areas == areas]
        parts += [f"## {place}", _table(*_actions(shown, keymap))]
    parts += ["## Presets", "What they change; the rest stays. `default` is the tables above."]
    for preset in PRESETS:
        changed = {name: resolve(Settings(keys=Keys(preset=preset)))[name] for name in PRESETS[preset]}  # type: ignore[arg-type]
        if changed:
            rows = [(_keys(found), f"`{name}`", _keys(keymap[name])) for name, found in changed.items()]
            parts += [f"### {preset}", _table(("keys", "action", "instead of"), rows)]
    return _page(parts)


def settings() -> str:
    """Every setting with its kind and default, and the networks' own settings of an account."""
    schema = Settings.model_json_schema()
    tables = schema["$defs"]
    parts = [
        SETTINGS_INTRO.format(made=MADE),
        _table(("setting", "is", "default"), [row for name in schema["properties"] for row in _setting(schema, name)]),
    ]
    for name, field in Settings.model_fields.items():
        kind = next((each for each in get_args(field.annotation) if each is not ...), field.annotation)
        title = f"[{name}]" if kind is field.annotation else f"[[{name}]]"
        if isinstance(kind, type) and kind.__name__ in tables and "properties" in tables[kind.__name__]:
            table = tables[kind.__name__]
            parts += [
                f"## {title}",
                " ".join(str(kind.__doc__).split()),
                _table(
                    ("setting", "is", "default"), [row for key in table["properties"] for row in _setting(table, key)]
                ),
            ]
    parts += [
        ACCOUNT_INTRO,
        _table(
            ("network", "`--set`", "means"),
            [
                (network_type(name).title, f"`{key}`", told)
                for name in OUR_NETWORKS
                for key, told in network_type(name).settings_help.items()
            ],
        ),
    ]
    return _page(parts)


def numbers() -> str:
    """The rule of every number."""
    parts = [
        NUMBERS_INTRO.format(made=MADE),
        *(_definition(each) for each in DEFINITIONS),
    ]
    return _page(parts)


def _definition(each: Definition) -> str:
    parts = (
        ("Clock", each.clock),
        ("Left out", each.excluded),
        ("Belongs to", each.attributed),
        ("Rounding", each.rounding),
    )
    lines = [f"## {each.name}", "", f"`{each.key}`. {each.formula}", ""]
    return "\n".join([*lines, *(f"* {label}: {text}" for label, text in parts if text)]).rstrip()


def sql() -> str:
    """The views and their columns."""
    parts = [
        SQL_INTRO.format(made=MADE),
    ]
    for view, columns in VIEWS.items():
        parts += [
            f"## {view}",
            _table(("column", "is"), [(f"`{name}`", told) for name, told in columns.items()]),
        ]
    return _page(parts)


def _commands(command: Any, name: str) -> Iterator[str]:
    """A command and all below it."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name not in ("as_name", "as_json")]
    usage = " ".join([name, *(_argument(p) for p in arguments), *(["[OPTIONS]"] if options else [])])
    below = getattr(command, "commands", {})
    yield f"## `{usage}`"
    yield (command.help or "").strip()
    rows = [(f"`{_argument(p)}`", str(p.help or ""), "") for p in arguments]
    rows += [(f"`{_option(p)}`", str(p.help or ""), _default(p.default or None)) for p in options]
    if rows:
        yield _table(("", "", "default"), rows)
    for sub, each in below.items():
        yield from _commands(each, f"{name} {sub}")


def _argument(parameter: Any) -> str:
    shown = str(parameter.metavar or parameter.name.upper())
    shown = f"{shown}..." if parameter.nargs == -1 else shown
    return shown if parameter.required else f"[{shown}]"


def _option(parameter: Any) -> str:
    flag = ", ".join(sorted(parameter.opts, key=len, reverse=True))
    if parameter.is_flag:
        return flag
    many = "..." if parameter.multiple else ""
    return f"{flag} {parameter.metavar or _value(parameter)}{many}"


def _value(parameter: Any) -> str:
    """What an option takes, by its annotation: one of the values of an enumeration, else the kind of value."""
    annotation = parameter.type_descriptor.annotation
    kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
    values = next((kind for kind in kinds if issubclass(kind, Enum)), None)
    if values is not None:
        return "|".join(str(each.value) for each in values)
    return {int: "N", float: "N"}.get(kinds[0] if kinds else str, parameter.name.rpartition("_")[2].upper())


def _import_keys() -> Iterator[tuple[str, str, str]]:
    for name, field in Line.model_fields.items():
        yield f"`{name}`", "needed" if field.is_required() else "", IMPORT_KEYS[name]


def _objects() -> Iterator[tuple[str, str, str]]:
    for command, told, file, name in OBJECTS:
        yield f"`{command}`", told, _names(keys_of(SOURCE / file, name))
    yield (
        "`kpi`",
        "the numbers",
        _names(list(dict.fromkeys([*Numbers.model_fields, *PERIOD, "voices", "since", "until", "brand"]))),
    )


def keys_of(path: Path, name: str) -> list[str]:
    """The keys of the objects that a function puts together (in its first dictionaries), or a class's own fields."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    wanted = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name
    ]
    if len(wanted) != 1:
        raise LookupError(f"{path.name} has no single {name}")
    if isinstance(wanted[0], ast.ClassDef):
        return [node.target.id for node in wanted[0].body if isinstance(node, ast.AnnAssign) and _is_name(node.target)]
    dictionary = next((node for node in ast.walk(wanted[0]) if isinstance(node, ast.Dict) and node.keys), None)
    if dictionary is None:
        raise LookupError(f"{name} in {path.name} puts no object together")
    return [key.value for key in dictionary.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name)


def _actions(actions: Sequence[Action], keymap: Mapping[str, tuple[str, ...]]) -> tuple[Sequence[str], Rows]:
    rows = [
        (
            _keys(keymap[action.id]),
            action.help,
            f"`{action.id}`",
            f"`:{action.command}`",
            f"`cminbox {action.cli}`" if action.cli else "",
        )
        for action in actions
    ]
    return ("keys", "does", "id", "command", "command line"), rows


def _keys(found: Sequence[str]) -> str:
    return " ".join(f"`` {key} ``" if "`" in key else f"`{key}`" for key in found) or "none"


def _setting(schema: Mapping[str, Any], name: str) -> Iterator[tuple[str, str, str]]:
    """One line for a setting; none for a table or several, which have a section of their own."""
    field = schema["properties"][name]
    if "$ref" in field.get("items", {}):
        return
    if "$ref" in field and not isinstance(field.get("default"), str):
        return
    yield f"`{name}`", _kind(field), ELSE.get(name) or _default(field.get("default"))


def _kind(field: Mapping[str, Any]) -> str:
    options = [part for part in field.get("anyOf", [field]) if part.get("type") != "null"]
    first = options[0]
    if "enum" in first:
        return " or ".join(f"`{value}`" for value in first["enum"])
    if first.get("type") == "integer":
        bounds = (first.get("minimum"), first.get("maximum"))
        span = f", {bounds[0]} to {bounds[1]}" if bounds[1] is not None else f", at least {bounds[0]}"
        return f"a whole number{span}"
    if first.get("type") == "boolean":
        return "`true` or `false`"
    if first.get("type") == "array":
        kind = _kind(first["items"])
        return "a list of texts" if kind == "a text" else f"a list, each {kind}"
    if first.get("type") == "object":
        return "a table: action id = keys"
    return "a text"


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "" if value in (None, "") else f"`{value}`"


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(heads: Sequence[str], rows: Rows) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _page(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        path = ROOT / "docs" / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
