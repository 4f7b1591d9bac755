"""Connecting a forum on a terminal: its page opened in a browser elsewhere, or on this machine, and what it shows."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from tests.cli.program import Program
from tests.cli.test_account_commands import Talk, fetch, talk

from cminbox.practice.discourse_keys import sealed

KEY = "00c0ffee" * 4
SERVER = """
import sys
from cminbox.clock import SystemClock
from cminbox.practice.discourse import DiscourseServer, Key
from cminbox.practice.transport import PracticeTransport
from cminbox.service import Service
from cminbox import cli

server = DiscourseServer(SystemClock())
brand = server.add_user("brand", "The Brand")
server.desk.redirects = ("http://127.0.0.1:*",) if "here" in sys.argv[1] else ()
server.desk.scopes = frozenset(sys.argv[2].split(","))
server._keys = {
    sys.argv[3]: Key(brand, frozenset(sys.argv[2].split(","))),
    "other-key": Key(server.add_user("other"), frozenset({"read", "write"})),
}
opened = Service.open.__func__

async def open_here(kind, home, **more):
    wire = PracticeTransport(server, SystemClock())
    return await opened(kind, home, **{**more, "transport_for": lambda account: wire})

Service.open = classmethod(open_here)
sys.exit(cli.main(sys.argv[4:]))
"""
"""The program with a practice forum behind every account, which gives out one key to whoever reads its text."""

ADDRESS = r"\x1b\]8;;(http[^\x1b]+)\x1b"


def forum(program: Program, *args: str, redirects: str = "none", scopes: str = "read,write", **env: str):
    return talk(program, redirects, scopes, KEY, *args, script=SERVER, **env)


def shown(address: str, **changed: object) -> str:
    """The text that the forum's page shows to who allows it."""
    asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    payload = {"key": KEY, "nonce": asked["nonce"], "push": False, "api": 4} | changed
    return sealed(asked["public_key"], payload, oaep=asked.get("padding") == "oaep")


def add(person: Talk, way: str = "") -> None:
    for word in ("Brand: ", "Read back: "):
        person.until(word)
        person.say("")
    person.until("Log in by: ")
    person.say(way)


ADD = ("accounts", "add", "discourse", "--url", "forum.example", "--name", "forum")


def test_the_text_of_the_page_is_pasted_with_its_line_breaks(program: Program) -> None:
    with forum(program, *ADD) as person:
        add(person)  # empty: the page is opened anywhere, and shows a text
        text = shown(person.until(ADDRESS)[1])
        person.until("paste all of it")
        person.until("Code: ")
        assert text.count("\n") > 3
        person.say(text.strip())
        person.until("Connected forum: brand on Discourse")
        person.until("It can: reply")
        person.until("Only moderators")
        assert person.end() == 0
        assert KEY not in person.text
    (account,) = program.json("accounts", "list")
    assert (account["name"], account["login"]) == ("forum", "brand")
    assert {"read", "write"} <= set(account["scopes"])
    kept = program.home.secrets_file.read_text()
    assert re.search(f'"cminbox-[0-9a-f]+:{KEY}"', kept)
    assert program.home.secrets_file.stat().st_mode & 0o077 == 0


def test_a_browser_on_this_machine_brings_the_key_where_the_forum_allows_it(program: Program) -> None:
    with forum(program, *ADD, redirects="here") as person:
        add(person, "browser")
        address = person.until(ADDRESS)[1]
        assert address.startswith("http://127.0.0.1:")
        long = re.search("location: (.*)\r\n", fetch(address))[1]  # type: ignore[index]
        back = parse_qs(urlsplit(long).query)["auth_redirect"][0]
        person.until("Waiting for the browser")
        said = fetch(f"{back}&payload={quote(shown(long), safe='')}")
        assert "cminbox has what it needs" in said
        assert KEY not in said
        person.until("Connected forum: brand on Discourse")
        assert person.end() == 0


def test_a_forum_that_sends_no_browser_back_says_what_to_do(program: Program) -> None:
    with forum(program, *ADD) as person:
        add(person, "browser")
        assert person.end() == 1
        assert "does not send a browser back" in person.text
        assert "allowed user api auth redirects" in person.text.replace("\r\n", " ")
    assert program.json("accounts", "list") == []


@pytest.mark.parametrize(
    ("paste", "says"),
    [
        (lambda address: "two words!", "not the text that forum.example shows"),
        (lambda address: shown(address)[:200] + "\n", "is not whole"),
        (lambda address: shown(address, nonce="f" * 32), "belongs to another login"),
        (lambda address: "\n", "No code: nothing was connected"),
        (lambda address: shown(address, key="unknown-key").strip(), "does not accept the key"),
    ],
)
def test_what_is_not_the_text_is_refused_in_words(program: Program, paste, says: str) -> None:
    with forum(program, *ADD) as person:
        add(person)
        text = paste(person.until(ADDRESS)[1])
        person.until("Code: ")
        person.say(text)
        assert person.end() == 1
        assert says in person.text.replace("\r\n", " ")
        assert KEY not in person.text
    assert program.json("accounts", "list") == []


def test_a_key_that_only_reads_says_what_it_cannot(program: Program) -> None:
    with forum(program, *ADD, scopes="read") as person:
        add(person)
        address = person.until(ADDRESS)[1]
        assert "scopes=read&" in address
        person.until("Code: ")
        person.say(shown(address).strip())
        person.until("The right write was not given: nothing can be answered")
        person.until("Connected forum: brand on Discourse")
        person.until("It can only read")
        assert person.end() == 0
    for name in ((), ("forum",)):
        with forum(program, "accounts", "check", *name, scopes="read") as person:
            assert person.end() == 0
            text = person.text.replace("\r\n", " ")
            assert "forum: brand on Discourse, works." in text
            assert "It can only read." in text
            assert "The key may only read; renew the account with one that may write." in text
            assert ("It cannot: reply, private reply, edit" in text) == bool(name)
            assert ("It reads what was written since" in text) == bool(name)


def test_renewing_takes_a_key_of_the_same_login_only(program: Program) -> None:
    with forum(program, *ADD) as person:
        add(person)
        address = person.until(ADDRESS)[1]
        person.until("Code: ")
        person.say(shown(address).strip())
        assert person.end() == 0
    before = program.json("accounts", "list")
    for key, code, says in (("other-key", 1, "belongs to other, not to forum"), (KEY, 0, "goes on where it stopped")):
        with forum(program, "accounts", "renew", "forum") as person:
            person.until("Log in by: ")
            person.say("code")
            address = person.until(ADDRESS)[1]
            person.until("Code: ")
            person.say(shown(address, key=key).strip())
            assert person.end() == code
            assert says in person.text.replace("\r\n", " ")
    assert program.json("accounts", "list") == before
