"""Brings the message catalogues in line with the source: new texts come in, lost ones go, translations stay.

`make messages` runs it. Nothing in a catalogue depends on the day, the machine or the person who ran it.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages import Message as CatalogueMessage
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "cminbox"
KEYWORDS = {"_": None, "N_": None, "NC_": ((1, "c"), 2), "ngettext": (1, 2)}
CONTEXT = "\x04"
HEADER = """\
# Words that always mean the same: docs/house.md, "Words".
msgid ""
msgstr ""
"Project-Id-Version: cminbox\\n"
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""

Message = str | tuple[str, ...]


def extracted(folder: Path = SOURCE) -> dict[Message, str]:
    """Every text of the source that a person may see, and where it stands first.

    A tuple for plurals; a text with a context has that before it, and a CONTEXT between.
    """
    found: dict[Message, str] = {}
    for file, line, message, _comments, context in extract_from_dir(
        folder, method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        text = tuple(message) if isinstance(message, tuple | list) else message
        found.setdefault(f"{context}{CONTEXT}{text}" if context else text, f"{file}:{line}")
    for path in sorted(folder.rglob("*.py")):
        for line, text in listed(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, f"{path.relative_to(folder)}:{line}")
    return found


def listed(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts marked all at once, `N_(each) for each in ("Jan", "Feb")`: the line and the text."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.GeneratorExp | ast.ListComp) or not ast.unparse(node.elt).startswith("N_("):
            continue
        for source in (generator.iter for generator in node.generators):
            texts = source.elts if isinstance(source, ast.Tuple | ast.List) else []
            yield from ((each.lineno, str(each.value)) for each in texts if isinstance(each, ast.Constant))


def updated(source: str, language: str, messages: dict[Message, str]) -> str:
    """The text of a catalogue with exactly `messages`, sorted; what was translated stays so."""
    catalogue = read_po(io.StringIO(source), locale=language)
    template = Catalog()
    for message in messages:
        text, context = parted(message)
        template.add(text, context=context)
    catalogue.update(template, no_fuzzy_matching=True)
    body = io.BytesIO()
    write_po(body, catalogue, width=120, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return HEADER.format(language=language, plural=catalogue.plural_forms) + body.getvalue().decode()


def parted(message: Message) -> tuple[Message, str | None]:
    """A message as a catalogue keeps it: its text, and its context if it has one."""
    context, _between, text = message.rpartition(CONTEXT) if isinstance(message, str) else ("", "", message)
    return text, context or None


def _is_done(message: CatalogueMessage) -> bool:
    return bool(message.string) and all(message.string)


def main() -> None:
    """Update every catalogue and say what is left to translate."""
    messages = extracted()
    for path in sorted((SOURCE / "locale").glob("*/LC_MESSAGES/cminbox.po")):
        language = path.parent.parent.name
        text = updated(path.read_text(encoding="utf-8"), language, messages)
        path.write_text(text, encoding="utf-8")
        left = [each for each in read_po(io.StringIO(text), locale=language) if each.id and not _is_done(each)]
        sys.stdout.write(f"{path.relative_to(ROOT)}: {len(messages)} texts, {len(left)} to translate\n")


if __name__ == "__main__":
    main()
