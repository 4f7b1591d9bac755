"""The pages say what the code does: the made ones are what is made of it, and every link leads somewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest

from cminbox.model.theme import ROLES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
QUOTE = re.compile(r"(?<![\w*])\*(?![\s*])([^*]+)\*(?![\w*])")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def module_at(path: Path) -> ModuleType:
    """A module that is no part of the package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


docs = module_at(ROOT / "tools" / "docs.py")
messages = module_at(ROOT / "tools" / "messages.py")


def anchor(heading: str) -> str:
    """What a heading is called in a link."""
    words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return words.replace(" ", "-")


@pytest.mark.parametrize("name", sorted(docs.pages()))
def test_a_made_page_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == docs.pages()[name], "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _hash, part = unquote(link).partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (
            part and part not in map(anchor, HEADING.findall(target.read_text(encoding="utf-8")))
        ):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_that_a_page_names_is_there(page: Path) -> None:
    known = {line.split("`")[1] for line in docs.commands().splitlines() if line.startswith("## `cminbox")}
    names = {" ".join(word for word in name.split() if re.fullmatch(r"[a-z]+", word)) for name in known}
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`cminbox ((?:accounts |outbox )?[a-z]+)", text)
    named += re.findall(r"^cminbox ((?:accounts |outbox )?[a-z]+)", text, re.MULTILINE)
    assert [name for name in named if f"cminbox {name.strip()}" not in names] == []


def test_every_page_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    left = [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        links = LINK.findall(page.read_text(encoding="utf-8"))
        left += [(page.parent / link.partition("#")[0]).resolve() for link in links if ":" not in link]
    assert [page.relative_to(ROOT).as_posix() for page in PAGES if page not in seen] == []


def test_the_page_of_themes_names_every_role_and_every_theme() -> None:
    page = (DOCS / "themes.md").read_text(encoding="utf-8")
    names = [*ROLES, *(path.stem for path in (ROOT / "themes").glob("*.toml"))]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_page_of_troubles_quotes_what_cminbox_says() -> None:
    said = [text for message in messages.extracted() for text in ([message] if isinstance(message, str) else message)]
    page = (DOCS / "troubles.md").read_text(encoding="utf-8")
    quoted = [part.strip() for quote in QUOTE.findall(page) for part in quote.split("...")]
    assert len(quoted) > 30
    assert [part for part in quoted if not any(part in text for text in said)] == []


def test_keys_are_taken_from_where_an_object_is_made(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text('class C:\n    one: int = 0\n\ndef made():\n    return {**x, "two": 2, "three": {"four": 4}}\n')
    assert docs.keys_of(source, "C") == ["one"]
    assert docs.keys_of(source, "made") == ["two", "three"]
    with pytest.raises(LookupError):
        docs.keys_of(source, "gone")
