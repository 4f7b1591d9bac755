"""Connecting and renewing an account in a conversation on a terminal, and what `doctor` says of it after."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from tests.cli.program import US, Program

from cminbox.clock import to_ms
from cminbox.model.accounts import Abilities, Allowance, Profile
from cminbox.store import accounts
from cminbox.store.database import Store

SERVER = """
import asyncio, json, sys
from cminbox.clock import SystemClock
from cminbox.practice.mastodon import MastodonServer
from cminbox.practice.transport import PracticeTransport
from cminbox.service import Service
from cminbox import cli

server = MastodonServer(SystemClock())
server.doorman.visitor = person = server.add_person("boutique", "La Boutique")
for name, who in (("good-token", person), ("other-token", server.add_person("other"))):
    server._tokens[name] = server._tokens[server.issue_token(who)]
opened = Service.open.__func__

async def open_here(kind, home, **more):
    wire = PracticeTransport(server, SystemClock())
    return await opened(kind, home, **{**more, "transport_for": lambda account: wire})

Service.open = classmethod(open_here)
sys.exit(cli.main(sys.argv[1:]))
"""
"""The program with a practice server behind every account; in its own browser somebody is logged in there."""


class Talk:
    """A conversation with the program on a terminal."""

    def __init__(self, pid: int, terminal: int) -> None:
        self.pid, self._terminal = pid, terminal
        self.text = ""

    def until(self, pattern: str) -> re.Match[str]:
        """Read until that was printed after what was waited for before."""
        end = time.monotonic() + 60
        while (found := re.search(pattern, self.text)) is None:
            ready, _w, _x = select.select([self._terminal], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{pattern!r} never came: {self.text!r}"
            try:
                self.text += os.read(self._terminal, 65536).decode()
            except OSError:
                raise AssertionError(f"{pattern!r} never came: {self.text!r}") from None
        self.text = self.text[found.end() :]
        return found

    def say(self, line: str) -> None:
        os.write(self._terminal, f"{line}\n".encode())

    def press(self, key: bytes) -> None:
        os.write(self._terminal, key)

    def end(self) -> int:
        """How it left, once it did; what it printed last is in `text`."""
        while True:
            ready, _w, _x = select.select([self._terminal], [], [], 60)
            assert ready, f"it never ends: {self.text!r}"
            try:
                part = os.read(self._terminal, 65536)
            except OSError:
                break
            if not part:
                break
            self.text += part.decode()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@contextmanager
def talk(program: Program, *args: str, script: str = SERVER, **env: str) -> Iterator[Talk]:
    """The program in a terminal of its own, in the folder of `program`."""
    home = {k: v for k, v in os.environ.items() if k not in ("SSH_CONNECTION", "SSH_TTY")}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-c", script, *args], {**home, **env})
    found = Talk(pid, terminal)
    try:
        yield found
    finally:
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(terminal)


def test_a_token_is_asked_for_without_showing_it_and_what_works_is_said(program: Program) -> None:
    with talk(program, "accounts", "add", "mastodon", "--name", "shop") as person:
        person.until("Server: ")
        person.say("social.example")
        person.until("Brand: ")
        person.say("")
        person.until("Read back: ")
        person.say("nonsense")
        person.until("Say 7d")
        person.until("Read back: ")
        person.say("3d")
        person.until("Log in by: ")
        person.say("token")
        person.until("Token: ")
        person.say("good-token")
        person.until("Connected shop: boutique on Mastodon")
        person.until("It can: reply, .*like")
        person.until("It cannot: hide.*mute, block or report")
        person.until("It reads what was written since")
        assert person.end() == 0
        assert "good-token" not in person.text
    (account,) = program.json("accounts", "list")
    assert (account["name"], account["login"]) == ("shop", "boutique")


def test_ctrl_c_leaves_at_any_question_and_nothing_is_kept(program: Program) -> None:
    for answers in ((), ("social.example", "", "", "", "token"), ("social.example", "", "", "", "browser")):
        with talk(program, "accounts", "add", "mastodon") as person:
            for answer in answers:
                person.until(": ")
                person.say(answer)
            person.until(r"Waiting for the browser" if "browser" in answers else ": $")
            person.press(b"\x03")
            assert person.end() == 130
    assert program.json("accounts", "list") == []


LATE = """
import os, signal, sys, termios

class Late:
    # Ctrl-C comes when a line was there, and takes it away: in the terminal the one means the other.
    def __getattr__(self, name):
        return getattr(sys.__stdin__, name)

    def readline(self):
        termios.tcflush(0, termios.TCIFLUSH)
        os.kill(os.getpid(), signal.SIGINT)
        return sys.__stdin__.readline()

sys.stdin = Late()
"""
GONE = """
import asyncio, termios
waited = asyncio.Event.wait

async def wait(event):
    found = await waited(event)
    termios.tcflush(0, termios.TCIFLUSH)
    print("gone", flush=True)
    return found

asyncio.Event.wait = wait
"""


def test_ctrl_c_leaves_also_when_an_answer_is_being_read(program: Program) -> None:
    with talk(program, "accounts", "add", "mastodon", script=LATE + SERVER) as person:
        person.until("Server: $")
        person.say("social.example")
        assert person.end() == 130


def test_ctrl_c_leaves_where_an_answer_went_before_it_was_read(program: Program) -> None:
    with talk(program, "accounts", "add", "mastodon", script=GONE + SERVER) as person:
        person.until("Server: $")
        person.say("social.example")
        person.until("gone")
        person.press(b"\x03")
        assert person.end() == 130


@pytest.mark.parametrize("way", ["browser", "code"])
def test_a_browser_lets_it_in(program: Program, way: str) -> None:
    with talk(program, "accounts", "add", "mastodon", "--url", "social.example", "--name", "shop") as person:
        for word in ("Brand: ", "Read back: "):
            person.until(word)
            person.say("")
        person.until("Log in by: ")
        person.say(way)
        address = person.until(r"\x1b\]8;;(http[^\x1b]+)\x1b")[1]
        if way == "browser":
            assert address.startswith("http://127.0.0.1:")
            long = re.search("location: (.*)\r\n", fetch(address))[1]  # type: ignore[index]
            assert "code_challenge_method=S256" in long
            state = re.search("state=([^&]+)", long)[1]  # type: ignore[index]
            back = re.search("redirect_uri=([^&]+)", long)[1].replace("%3A", ":").replace("%2F", "/")  # type: ignore[index]
            person.until("Waiting for the browser")
            fetch(f"{back}?error=access_denied&state={state}")
            assert person.end() == 1
            assert "told not to allow it" in person.text
        else:
            assert "urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob" in address
            person.until("Code: ")
            person.say("wrong-code")
            assert person.end() == 1
            assert "did not take the code" in person.text
            assert "wrong-code" not in person.text.replace("wrong-code\r\n", "", 1)


def test_renewing_takes_a_token_of_the_same_login_only(program: Program) -> None:
    with talk(program, "accounts", "add", "mastodon", "--url", "social.example", "--name", "shop") as person:
        for word, text in (("Brand: ", ""), ("Read back: ", ""), ("Log in by: ", "token"), ("Token: ", "good-token")):
            person.until(word)
            person.say(text)
        assert person.end() == 0
    before = program.json("accounts", "list")
    for token, code in (("other-token", 1), ("good-token", 0)):
        with talk(program, "accounts", "renew", "shop") as person:
            person.until("Log in by: ")
            person.say("token")
            person.until("Token: ")
            person.say(token)
            assert person.end() == code
            assert ("belongs to other, not to shop" if code else "goes on where it stopped") in person.text
    assert program.json("accounts", "list") == before


def test_doctor_says_for_each_account_what_there_is(program: Program) -> None:
    async def job(store: Store) -> None:
        now = store.clock.now()
        soon = now + timedelta(days=3)
        profile = Profile(author=US, scopes=frozenset({"read"}), expires_at=soon, abilities=Abilities())
        account = await store.write(
            accounts.add, "brand", "mastodon", "https://example.org", "", {}, profile, to_ms(now)
        )
        said = Allowance(remaining=12, limit=300, reset=now + timedelta(minutes=5), at=now)
        await store.write(accounts.note_allowance, account, said)

    program.in_store(job)
    ended = program.run("doctor", "--json")
    (found,) = ended.objects
    (account,) = found["accounts"]
    assert account["scopes"] == ["read"]
    assert account["expires_at"] is not None
    assert (account["budget"]["remaining"], account["budget"]["limit"]) == (12, 300)
    assert account["set_aside"] == 0
    assert account["token_kept_in"] is None
    assert found["drift"] == {"counters": {}, "clusters": []}
    assert any("ends on" in each for each in found["problems"])
    assert "12 requests left" in program.run("doctor").out
    assert "ends on" in program.run("accounts", "list").err
    assert program.run("doctor", "--quick", "--json").objects[0]["drift"] is None


def test_doctor_tells_where_a_token_is_kept_and_that_a_counter_is_off(program: Program) -> None:
    program.connect()
    secrets = program.home.secrets_file
    secrets.parent.mkdir(parents=True, exist_ok=True)
    secrets.write_text('{"brand": "t0ken"}')
    secrets.chmod(0o600)
    program.arrive("k1")

    async def spoil(store: Store) -> None:
        await store.write(lambda tx: tx.db.execute("UPDATE gauge SET n = n + 3 WHERE name = 'open'"))

    program.in_store(spoil)
    ended = program.run("doctor", "--json")
    (found,) = ended.objects
    assert found["accounts"][0]["token_kept_in"] == str(secrets)
    assert set(found["drift"]["counters"].values()) == {3}
    assert ended.code == 1
    assert "t0ken" not in ended.out


def fetch(url: str) -> str:
    async def get() -> str:
        host, _slash, path = url.removeprefix("http://").partition("/")
        name, _colon, port = host.partition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        writer.write(f"GET /{path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
        await writer.drain()
        text = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        return text

    return asyncio.run(get())
