"""The language of templates: plain text with `{{ person.first_name or "there" }}`, `{{ ask("order number") }}` and if.

It is jinja2's, in its sandbox, and a small part of it: a body may name the known variables, choose between them and
change their letters. Nothing in it loops, calls or calculates, so that rendering takes no longer and makes no more than
the length of body and values, whoever wrote the body. Values are put in as they are and never read as a template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.sandbox import SandboxedEnvironment

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.text import fold, storable

VARIABLES: dict[str, tuple[str, ...]] = {
    "person": ("first_name", "name", "handle"),
    "account": ("name",),
    "me": ("name", "signature"),
}
ASK = "ask"

BODY = 20_000
"""The most characters of a body."""
_PARTS = 200
_DEPTH = 50
_VALUE = 2_000
_TEXT = 50_000
_FILTERS = ("capitalize", "d", "default", "first", "last", "lower", "title", "trim", "upper")
_TESTS = ("defined", "undefined")
_MADE_OF = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Name, nodes.Getattr, nodes.Const, nodes.Call),
    *(nodes.Filter, nodes.Test, nodes.CondExpr, nodes.Or, nodes.And, nodes.Not, nodes.Compare, nodes.Operand),
    nodes.Concat,
)


@dataclass(frozen=True)
class Asked:
    """What a body wants to know: the questions it asks, and the variables it names ("person.first_name")."""

    questions: tuple[str, ...]
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Filled:
    """A rendered body. `missing` are the questions and variables that had no value where one was to be put in; in
    `text` their names stand in angle marks.
    """

    text: str
    missing: tuple[str, ...]


class _Blank(Undefined):
    """A variable that is known and has no value: false, and noticed where it is put into the text."""

    def __init__(self, name: str, missing: dict[str, None]) -> None:
        super().__init__(name=name)
        self._cminbox_missing = missing

    def __str__(self) -> str:
        name = str(self._undefined_name)
        self._cminbox_missing[name] = None
        return f"‹{name}›"


class _Values:
    """The variables of one name, as `person.` in a body."""

    def __init__(self, values: Mapping[str, str | _Blank]) -> None:
        self.__dict__.update(values)


def asked(body: str) -> Asked:
    """What a body asks and names. Raises UsageError, with the line, where it is no template or wants too much."""
    return _read(body)[1]


def key(name: str) -> str:
    """How the name of a question is compared: `--set order_number=5` answers ask("Order number")."""
    return " ".join(fold(name).replace("_", " ").replace("-", " ").split())


def fill(body: str, values: Mapping[str, str], answers: Mapping[str, str]) -> Filled:
    """A body with its values ("person.name" and so on) and the answers to its questions, as plain text.

    An answer of a variable's name goes before its value. An empty value is none: it is missing, unless the body says
    what to put there (`or`). Raises UsageError where the body is no template, or the text would be too long.
    """
    template, _wants = _read(body)
    given = {key(name): _tamed(value) for name, value in answers.items() if value.strip()}
    missing: dict[str, None] = {}

    def value(name: str) -> str | _Blank:
        return given.get(key(name)) or _tamed(values.get(name, "")) or _Blank(name, missing)

    context: dict[str, Any] = {
        area: _Values({name: value(f"{area}.{name}") for name in names}) for area, names in VARIABLES.items()
    }
    context[ASK] = lambda question: given.get(key(str(question))) or _Blank(str(question), missing)
    parts: list[str] = []
    length = 0
    try:
        for part in template.generate(context):
            length += len(part)
            if length > _TEXT:
                raise UsageError(_("The text of the template becomes too long."))
            parts.append(part)
    except UndefinedError as error:
        raise UsageError(
            _("The template cannot be filled: {why}.").format(why=error.message or _("a variable has no value"))
        ) from error
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise UsageError(_("The template cannot be filled: {why}.").format(why=error)) from error
    text = "\n".join(line.rstrip() for line in "".join(parts).split("\n")).strip()
    return Filled(storable(text), tuple(missing))


def _tamed(value: str) -> str:
    """A value as it is put in: without control characters, of a bounded length."""
    kept = "".join(char if char == "\n" or ord(char) >= 32 else " " for char in value.replace("\r\n", "\n"))
    return kept.strip()[:_VALUE]


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    made = SandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, newline_sequence="\n"
    )
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in _FILTERS}
    made.tests = {name: made.tests[name] for name in _TESTS}
    return made


@lru_cache(maxsize=256)
def _read(body: str) -> tuple[Template, Asked]:
    if not body.strip():
        raise UsageError(_("A template needs a text."))
    if len(body) > BODY:
        raise UsageError(_("The template is too long: {n} characters of {most}.").format(n=len(body), most=BODY))
    environment = _environment()
    try:
        tree = environment.parse(body)
        wants = _checked(tree)
        return environment.from_string(tree), wants
    except TemplateSyntaxError as error:
        raise UsageError(
            _("Line {line} of the template: {why}.").format(line=error.lineno, why=str(error.message).rstrip("."))
        ) from error
    except (TemplateError, RecursionError, SyntaxError, MemoryError) as error:
        raise UsageError(_("The template is too complicated.")) from error


def _checked(tree: nodes.Template) -> Asked:
    """What a body wants, where it is made of nothing but what a template may be made of."""
    questions: dict[str, None] = {}
    variables: dict[str, None] = {}
    callees: set[int] = set()
    owners: set[int] = set()
    for number, (node, depth) in enumerate(_walk(tree)):
        if number > _PARTS * 10 or depth > _DEPTH:
            raise UsageError(_("The template is too complicated."))
        if not isinstance(node, _MADE_OF):
            raise _unknown(node, type(node).__name__.lower())
        if isinstance(node, nodes.Call):
            questions[_question(node)] = None
            callees.add(id(node.node))
        elif isinstance(node, nodes.Getattr):
            variables[_variable(node)] = None
            owners.add(id(node.node))
        elif (
            isinstance(node, nodes.Name)
            and id(node) not in callees
            and not (id(node) in owners and node.name in VARIABLES)
        ):
            raise _unknown(node, node.name)
    return Asked(tuple(questions), tuple(variables))


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Every node with its depth, a node before what it is made of."""
    todo = [(tree, 0)]
    while todo:
        node, depth = todo.pop()
        yield node, depth
        todo += [(child, depth + 1) for child in reversed(list(node.iter_child_nodes()))]


def _question(call: nodes.Call) -> str:
    simple = not (call.kwargs or call.dyn_args or call.dyn_kwargs) and len(call.args) == 1
    asked_for = call.args[0] if simple else None
    if not isinstance(call.node, nodes.Name) or call.node.name != ASK:
        raise _unknown(call, "()")
    if not isinstance(asked_for, nodes.Const) or not isinstance(asked_for.value, str) or not key(asked_for.value):
        raise UsageError(
            _('Line {line} of the template: ask takes one question in quotes, as ask("order number").').format(
                line=call.lineno
            )
        )
    return asked_for.value


def _variable(node: nodes.Getattr) -> str:
    owner = node.node.name if isinstance(node.node, nodes.Name) else ""
    if node.attr not in VARIABLES.get(owner, ()):
        raise _unknown(node, f"{owner}.{node.attr}")
    return f"{owner}.{node.attr}"


def _unknown(node: nodes.Node, what: str) -> UsageError:
    known = [f"{area}.{name}" for area, names in VARIABLES.items() for name in names]
    return UsageError(
        _("Line {line} of the template: it cannot use {what}.").format(line=node.lineno, what=what),
        _('It knows {variables} and ask("..."), `or` between them, and if.').format(variables=", ".join(known)),
    )
