"""Both languages are complete: every text of the source has a French form that says the same with the same parts."""

from __future__ import annotations

import gettext
import importlib.util
import re
import string
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from cminbox import i18n
from cminbox.config.actions import ACTIONS, Action
from cminbox.text import width

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "cminbox"
# "%" means something to strftime (dates and times of the screen), braces to str.format.
PERCENT = re.compile(r"%[-]?[A-Za-z]")


def module_at(path: Path) -> ModuleType:
    """A module that is no part of the package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


messages = module_at(ROOT / "tools" / "messages.py")
extracted = messages.extracted


def french() -> Catalog:
    with (SOURCE / "locale" / "fr" / "LC_MESSAGES" / "cminbox.po").open("rb") as source:
        return read_po(source, locale="fr")


def parts(text: str) -> set[str]:
    """The placeholders of a text."""
    named = {name or "" for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}
    return named | set(PERCENT.findall(text))


def test_texts_that_are_marked_all_at_once_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('DAYS = tuple(N_(day) for day in ("Monday", "Tuesday"))\nMORE = [N_("late")]\n')
    assert set(extracted(tmp_path)) == {"Monday", "Tuesday", "late"}


def test_nothing_is_marked_that_cannot_be_found() -> None:
    """`N_(name)` of a variable reaches no catalogue, unless its values stand beside it."""
    import ast

    lost = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = {call for node in ast.walk(tree) if isinstance(node, ast.GeneratorExp) for call in ast.walk(node.elt)}
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "N_"]
        lost += [
            f"{path.relative_to(ROOT)}:{call.lineno}"
            for call in calls
            if call not in found and not (call.args and isinstance(call.args[0], ast.Constant))
        ]
    assert lost == []


def test_there_is_something_to_translate() -> None:
    found = extracted()
    assert len(found) > 100
    assert any(isinstance(message, tuple) for message in found)


def test_every_text_has_a_french_form() -> None:
    catalogue, missing = french(), []
    for message, where in extracted().items():
        text, context = messages.parted(message)
        known = catalogue.get(text[0] if isinstance(text, tuple) else text, context)
        forms = () if known is None else (known.string,) if isinstance(known.string, str) else known.string
        if known is None or known.fuzzy or not forms or not all(forms):
            missing.append(f"{where}: {message!r}")
        elif isinstance(message, tuple) and len(forms) != 2:
            missing.append(f"{where}: {message!r} needs two forms")
    assert not missing, f"{len(missing)} texts without French:\n" + "\n".join(missing)


def test_the_french_forms_have_the_same_parts() -> None:
    wrong = []
    for message in french():
        if not message.id or not message.string:
            continue
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        strings = (message.string,) if isinstance(message.string, str) else message.string
        for form in filter(None, strings):
            # "one" may leave its number out ("a reply"), "many" may not.
            if parts(form) not in (parts(ids[0]), parts(ids[-1])):
                wrong.append(f"{ids[0]!r} -> {form!r}")
    assert not wrong, "\n".join(wrong)


def test_french_signs_keep_to_their_word() -> None:
    """A line never begins with a lone sign: the spaces beside « » : ; ! ? do not break."""
    wrong = []
    for message in french():
        forms = (message.string,) if isinstance(message.string, str) else message.string
        wrong += [form for form in forms if re.search(r" [;!?:](\s|$)|« | »|\w'\w", re.sub(r"`[^`]*`", "", form))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_french_names_and_help_fit_where_the_english_ones_do(action: Action) -> None:
    catalogue = french()

    def said(message: str) -> str:
        text, context = messages.parted(message)
        found = catalogue.get(text, context)
        return str(found.string) if found is not None else ""

    assert width(said(action.name)) <= 15, "the footer"
    assert width(said(action.help)) <= 50, "the help, beside a key and a command on 80 columns"


def test_no_text_is_left_in_the_catalogue_that_the_source_lost() -> None:
    current = {
        (text[0] if isinstance(text, tuple) else text, context) for text, context in map(messages.parted, extracted())
    }
    lost = [
        message.id
        for message in french()
        if message.id
        and (message.id[0] if isinstance(message.id, tuple | list) else message.id, message.context) not in current
    ]
    assert not lost, f"run `make messages`: {lost}"


def test_an_updated_catalogue_keeps_what_is_translated_and_nothing_else() -> None:
    before = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    before += 'msgid "late"\nmsgstr "en retard"\n\nmsgid "gone"\nmsgstr "parti"\n'
    after = messages.updated(before, "fr", {"late": "a.py:1", ("{n} new", "{n} new"): "a.py:2"})
    assert 'msgid "late"\nmsgstr "en retard"' in after
    assert "gone" not in after
    assert "msgid_plural" in after
    assert messages.updated(after, "fr", {"late": "b.py:9", ("{n} new", "{n} new"): "b.py:1"}) == after


def test_a_text_with_a_context_is_another_than_the_same_without() -> None:
    before = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "open"\nmsgstr "ouverte"\n'
    verb = i18n.NC_("verb", "open")
    after = messages.updated(before, "fr", {"open": "a.py:1", verb: "a.py:2"})
    assert 'msgctxt "verb"\nmsgid "open"\nmsgstr ""' in after
    assert 'msgid "open"\nmsgstr "ouverte"' in after
    i18n.set_language("en")
    assert i18n._(verb) == "open"


def test_texts_are_looked_up_when_shown() -> None:
    """A `_()` at import keeps the language of that moment."""
    import ast

    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside: set[ast.AST] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                body = node.body if isinstance(node.body, list) else [node.body]
                inside.update(child for part in body for child in ast.walk(part))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "ngettext") and node not in inside:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def test_the_catalogues_are_compiled_into_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = module_at(ROOT / "hatch_build.py")
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "cminbox.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
        'msgid "late"\nmsgstr "en retard"\n\n'
        'msgid "{n} open"\nmsgid_plural "{n} open"\nmsgstr[0] "{n} ouverte"\nmsgstr[1] "{n} ouvertes"\n',
        encoding="utf-8",
    )
    assert build.compile_catalogues(tmp_path) == [folder / "cminbox.mo"]
    assert gettext.translation("cminbox", tmp_path, ["fr"]).gettext("late") == "en retard"
    monkeypatch.setattr(i18n, "_FOLDER", tmp_path)
    assert i18n.set_language("fr") == "fr"
    assert i18n._("late") == "en retard"
    assert i18n.ngettext("{n} open", "{n} open", 0) == "{n} ouverte"
    assert i18n.ngettext("{n} open", "{n} open", 2) == "{n} ouvertes"
    assert i18n._("not in it") == "not in it"
    before = (folder / "cminbox.mo").stat().st_mtime_ns
    build.compile_catalogues(tmp_path)
    assert (folder / "cminbox.mo").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "de_DE"}, "en"),
        ({"LC_ALL": "en_GB", "LANG": "fr_FR"}, "en"),
        ({}, "en"),
    ],
)
def test_the_environment_says_the_language(
    environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert i18n.set_language() == language == i18n.language()
