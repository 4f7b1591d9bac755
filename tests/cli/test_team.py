"""A house that two Unix users share, with two real users where the tests may become somebody else."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import Ended, Program

import cminbox
from cminbox.config import team
from cminbox.errors import UsageError

ANA, BOB, EVE, GROUP = 60001, 60002, 60003, 60100
"""Numbers that no machine gives to anybody; no entry in any list of users is needed for them."""

LINES = "".join(
    json.dumps({"id": str(n), "network": "mastodon", "kind": "comment", "author": f"p{n}", "text": f"question {n}"})
    + "\n"
    for n in range(3)
)


PATHS = [str(Path(cminbox.__file__).parent.parent), *(path for path in sys.path if "site-packages" in path)]
PYTHONS = (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}")
"""The Python of the tests is often one that only root can read; the machine's own of that version does as well."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


SEAT = """
import contextlib, io, json, sys, traceback
from cminbox.cli import main
for line in sys.stdin:
    args, code, given = json.loads(line)
    out, err = io.StringIO(), io.StringIO()
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(given.encode())))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            if code:
                exec(code, {})
            ended = 0 if code else main(args)
        except Exception:
            traceback.print_exc()
            ended = 1
    sys.stdin = sys.__stdin__
    print(json.dumps([ended, out.getvalue(), err.getvalue()]), flush=True)
"""


class Person:
    """One Unix user, at work in a house: a process of theirs that runs commands, or a few lines of Python."""

    python = sys.executable

    def __init__(self, uid: int, house: Path, groups: tuple[int, ...] = (GROUP,)) -> None:
        self._process = subprocess.Popen(
            [self.python, "-c", SEAT],
            user=uid,
            group=uid,
            extra_groups=groups,
            umask=0o077,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                "LC_ALL": "C.UTF-8",
                "CMINBOX_HOME": str(house),
                "HOME": "/",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": os.pathsep.join(PATHS),
            },
        )

    def run(self, *args: str, stdin: str = "", code: str = "") -> Ended:
        try:
            self._process.stdin.write(json.dumps([args, code, stdin]) + "\n")  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]
            told = self._process.stdout.readline()  # type: ignore[union-attr]
        except BrokenPipeError:
            told = ""
        return Ended(*json.loads(told)) if told else Ended(1, "", "it did not start")

    def json(self, *args: str) -> list[dict[str, Any]]:
        ended = self.run(*args, "--json")
        assert ended.code == 0, ended.err
        return ended.objects

    def leave(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate(timeout=60)


def can_work(python: str, folder: Path) -> bool:
    """Whether another user can run the program with this Python at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Person, "python", python)
        try:
            person = Person(ANA, folder)
        except OSError:
            return False
        found = person.run("--version").code == 0
        person.leave()
        return found


@pytest.fixture(scope="session")
def python() -> str:
    """A Python that other users can run the program with."""
    if os.geteuid() != 0:
        pytest.skip("only root can become two other users: run these tests as root to see them")
    found = next((each for each in PYTHONS if can_work(each, Path("/"))), None)
    if found is None:
        pytest.skip("other users can read neither this checkout nor its Python: put both where they can")
    return found


@pytest.fixture
def street(python: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where houses can be that others get to: the tests' own folder is for their user alone."""
    monkeypatch.setattr(Person, "python", python)
    folder = Path(tempfile.mkdtemp(prefix="cminbox-team-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def house(street: Path) -> Path:
    """Where the house will be."""
    return street / "house"


@pytest.fixture
def person(house: Path) -> Iterator[Callable[..., Person]]:
    """`person(ANA)` sits down in the house, and leaves at the end."""
    seated: list[Person] = []

    def sit(uid: int, *groups: int) -> Person:
        seated.append(Person(uid, house, groups or (GROUP,)))
        return seated[-1]

    yield sit
    for each in seated:
        each.leave()


def test_two_users_work_in_one_house_whatever_their_umask(house: Path, person: Callable[..., Person]) -> None:
    ana, bob = person(ANA), person(BOB)
    (made,) = ana.json("team", "init", str(house), "--group", str(GROUP))
    assert (made["folder"], made["barred_by"]) == (str(house), None)
    for folder in (house, house / "data", house / "config", house / "config" / "themes", house / "logs"):
        assert (mode(folder), folder.stat().st_gid) == (0o2770, GROUP)
    database = house / "data" / "cminbox.db"
    assert (mode(database), database.stat().st_gid) == (0o660, GROUP)

    done = ana.run("import", "-", "--json", stdin=LINES)
    assert json.loads(done.out or done.err)["new"] == 3
    rows = bob.json("list")
    assert len(rows) == 3
    bob.json("do", "done", str(rows[0]["id"]))
    bob.json("do", "take", str(rows[1]["id"]))
    assert {row["id"] for row in ana.json("list", "--view", "done")} == {rows[0]["id"]}
    (first, *_rest) = ana.json("journal", "--by", f"uid-{BOB}")
    assert (first["verb"], first["by"], first["conversation"]) == ("assign", f"uid-{BOB}", rows[1]["id"])
    assert ana.run("undo").code == 1, "never a colleague's"
    bob.json("undo")
    assert ana.json("list", f"assignee:uid-{BOB}") == []
    bob.json("undo")
    assert len(ana.json("list")) == 3


def test_files_made_by_either_serve_the_other(house: Path, person: Callable[..., Person]) -> None:
    ana, bob = person(ANA), person(BOB)
    ana.json("team", "init", str(house), "--group", str(GROUP))
    hold = """
import asyncio, os, stat, sys
from pathlib import Path
from cminbox.paths import Home
from cminbox.service import Service
from cminbox.config import settings
from cminbox.inbox.presence import AtWork
async def work():
    home = Home.find()
    async with await Service.open(home, sync=False) as service:
        await AtWork(service.desk).begin([1])
        service.sender_runs()
        settings.change(home, "theme", "dark")
        for path in sorted(home.data.parent.rglob("*")):
            found = path.stat()
            print(oct(stat.S_IMODE(found.st_mode)), found.st_gid, found.st_uid, path.relative_to(home.data.parent))
asyncio.run(work())
"""
    done = bob.run(code=hold)
    assert done.code == 0, done.err
    seen = {line.split()[3]: line.split()[:3] for line in done.out.splitlines()}
    kinds = {name: tuple(told[:2]) for name, told in seen.items()}
    assert {name for name in kinds if name.startswith("data/cminbox.db-")} == {
        "data/cminbox.db-wal",
        "data/cminbox.db-shm",
    }
    assert seen["data/cminbox.db-wal"][2] == str(BOB)
    (place,) = (name for name in kinds if name.startswith("data/presence/"))
    for name in (
        "data/cminbox.db",
        "data/cminbox.db-wal",
        "data/cminbox.db-shm",
        "data/lease",
        "config/settings.toml",
        place,
    ):
        assert kinds[name] == ("0o660", str(GROUP)), name
    assert kinds["data/presence"] == ("0o2770", str(GROUP))
    again = ana.run(code=hold)
    assert again.code == 0, again.err
    assert ana.json("list") == []


def test_tokens_stay_with_their_owner_who_alone_reads_and_sends(house: Path, person: Callable[..., Person]) -> None:
    ana, bob, eve = person(ANA), person(BOB), person(EVE, EVE)
    ana.json("team", "init", str(house), "--group", str(GROUP))
    keep = (
        "from cminbox.paths import Home; from cminbox.config.secrets import Secrets; Secrets(Home.find()).put('a', 't')"
    )
    assert ana.run(code=keep).code == 0
    secrets = house / "config" / "secrets.json"
    assert (mode(secrets), secrets.stat().st_uid) == (0o600, ANA)
    ana.json("team", "init", str(house), "--group", str(GROUP))
    assert mode(secrets) == 0o600
    assert mode(house / "config" / "secrets.lock") == 0o600
    peek = bob.run(code=f"open({str(secrets)!r}).read()")
    assert "PermissionError" in peek.err
    tried = bob.run(code=keep)
    assert f"The tokens here belong to uid-{ANA}" in tried.err
    once = bob.run("sync", "--once")
    assert (once.code, f"belong to uid-{ANA}" in once.err) == (1, True)
    assert ana.run("sync", "--once").code == 0
    assert bob.json("list") == []
    assert eve.run("list").code == 1


def test_a_private_home_is_opened_where_it_stands_and_its_tokens_are_not(
    house: Path, person: Callable[..., Person]
) -> None:
    ana, bob = person(ANA), person(BOB)
    assert json.loads(ana.run("import", "-", "--json", stdin=LINES).out)["new"] == 3
    assert mode(house / "data" / "cminbox.db") == 0o600
    assert bob.run("list").code == 1
    (made,) = ana.json("team", "init", str(house), "--group", str(GROUP))
    assert str(house / "data" / "cminbox.db") in made["opened"]
    assert len(bob.json("list")) == 3


def test_a_group_or_a_folder_that_will_not_do_is_refused_with_the_cure(
    house: Path, person: Callable[..., Person]
) -> None:
    ana, eve = person(ANA), person(EVE, EVE)
    unknown = ana.run("team", "init", str(house), "--group", "no-such-group")
    assert (unknown.code, "There is no group no-such-group" in unknown.err) == (1, True)
    stranger = eve.run("team", "init", str(house), "--group", str(GROUP))
    assert (stranger.code, f"You are not in the group {GROUP}" in stranger.err) == (1, True)
    house.mkdir()
    hers = eve.run("team", "init", str(house), "--group", str(EVE))
    assert (hers.code, "belongs to another user" in hers.err) == (1, True)


def test_a_folder_with_other_things_in_it_is_not_opened(tmp_path: Path, program: Program) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "private.txt").touch(mode=0o600)
    ended = program.run("team", "init", str(tmp_path / "letters"), "--group", str(os.getegid()))
    assert ended.code == 1
    assert "holds other things" in ended.err
    assert mode(tmp_path / "letters" / "private.txt") == 0o600
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="no folder"):
        team.init(tmp_path / "file", str(os.getegid()))


def test_a_folder_that_the_group_cannot_get_to_is_told(tmp_path: Path, program: Program) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    ended = program.run("team", "init", str(tmp_path / "closed" / "house"), "--group", str(os.getegid()))
    assert ended.code == 0
    assert "CMINBOX_HOME=" in ended.out
    found = team.init(tmp_path / "closed" / "house", str(os.getegid()))
    assert found.opened == ()
    (tmp_path / "closed").chmod(0o755)
    open_above = all(path.stat().st_mode & 0o001 for path in tmp_path.parents)
    assert (team.init(tmp_path / "closed" / "house", str(os.getegid())).barred_by is None) or not open_above


def test_a_link_is_not_followed_out_of_the_house(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.touch(mode=0o600)
    (tmp_path / "house" / "data").mkdir(parents=True)
    (tmp_path / "house" / "data" / "link").symlink_to(outside)
    team.init(tmp_path / "house", str(os.getegid()))
    assert mode(outside) == 0o600
