"""The house keeps its shape: arrows, sizes, and who may import what, checked on the code as it is."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "cminbox"
FILES = sorted(SOURCE.rglob("*.py"))
NAMES = [path.relative_to(SOURCE).as_posix() for path in FILES]

LINES = 400
METHODS = 20
TIME = re.compile(r"\b(time\.(time|monotonic|perf_counter|time_ns)|datetime\.(now|utcnow|today)|date\.today)\(")


def modules_after(statement: str) -> set[str]:
    """What is imported once `statement` ran in a fresh interpreter."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_imports_point_downwards_only() -> None:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import cminbox.cli", {"textual", "rich", "httpx", "pydantic", "typer", "asyncio"}),
        ("import cminbox.text", {"textual", "rich", "httpx", "regex", "wcwidth", "nh3"}),
        ("import cminbox.config.settings", {"textual", "rich", "httpx", "keyring"}),
        ("import cminbox.store.database", {"textual", "rich", "httpx", "cminbox.networks", "cminbox.practice"}),
        ("import cminbox.inbox.queue", {"textual", "rich", "httpx", "cminbox.networks", "cminbox.practice"}),
        ("import cminbox.inbox.verbs", {"textual", "rich", "httpx", "cminbox.networks", "cminbox.sync"}),
        ("import cminbox.service", {"textual", "rich", "httpx", "cminbox.networks", "cminbox.practice"}),
        ("import cminbox.networks.registry", {"cminbox.networks.mastodon", "cminbox.networks.matrix"}),
        ("import cminbox.ui.app", {"httpx", "typer", "cminbox.networks", "cminbox.practice"}),
    ],
)
def test_nothing_is_imported_before_it_is_needed(statement: str, unwanted: set[str]) -> None:
    assert modules_after(statement) & unwanted == set()


def test_the_version_is_told_without_the_house() -> None:
    found = modules_after("from cminbox.cli import main; assert main(['--version']) == 0")
    assert not found & {"textual", "typer", "pydantic", "cminbox.service", "cminbox.store"}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_module_says_what_it_is_for_and_is_one_subject(path: Path) -> None:
    module = tree(path)
    docstring = ast.get_docstring(module)
    assert docstring
    assert not docstring.startswith("("), "a placeholder"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            methods = [each.name for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            assert len(methods) <= METHODS, f"{node.name} has {len(methods)} methods"


def calls(path: Path) -> list[tuple[int, str]]:
    return [(node.lineno, ast.unparse(node.func)) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


def outside(*rooms: str) -> list[Path]:
    return [path for path in FILES if path.relative_to(SOURCE).parts[0] not in rooms]


def test_only_the_command_line_prints_and_exits() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in outside("cli", "__main__.py")
        for line, name in calls(path)
        if name in ("print", "input", "exit", "quit", "sys.exit")
    ]
    assert found == []


def test_time_is_read_in_one_place() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in outside("clock.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if TIME.search(line)
    ]
    assert found == []


def test_sql_lives_in_the_store() -> None:
    sql = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|BEGIN|COMMIT|PRAGMA)\b")
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in outside("store")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.match(node.value)
    ]
    assert found == []


def test_no_loose_ends() -> None:
    loose = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if loose.search(line)
    ]
    assert found == []
