"""A feed as a person adds it: no token, its entries apart from the inbox, nothing sent there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.cli.program import Program

FEED = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Lamps weekly</title><item><title>On lamps</title>'
    b"<guid>1</guid><description>All of light</description></item></channel></rss>"
)


class _Blog(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/rss+xml")
        self.send_header("content-length", str(len(FEED)))
        self.end_headers()
        self.wfile.write(FEED)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - what the library calls it
        """Say nothing."""


@pytest.fixture
def feed() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Blog)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/feed"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_feed_is_listened_to_without_a_token(program: Program, feed: str) -> None:
    added = program.run("accounts", "add", "rss", "--url", feed, "--name", "lamps", "--set", "about=competitor:Acme")
    assert (added.code, added.err) == (0, "")
    (summary,) = program.run("sync", "--once", "--json").objects
    assert (summary["messages_in"], summary["errors"]) == (1, [])
    assert program.run("list", "--json").objects == []
    (row,) = program.run("list", "about:competitor", "--json").objects
    assert (row["network"], row["text"], row["topic"]) == ("rss", "On lamps\n\nAll of light", "Lamps weekly")
    assert (row["unanswered"], row["state"]) == (False, "done")
    refused = program.run("reply", str(row["id"]), "--text", "hello", "--json")
    assert refused.code == 1
    assert "listened to" in refused.out + refused.err
    (doctor,) = program.run("doctor", "--json").objects
    assert doctor["problems"] == []
    assert program.run("accounts", "check").code == 0


def test_what_is_no_feed_says_so_and_keeps_nothing(program: Program, feed: str) -> None:
    for words in (("--url", feed, "--set", "about=them"), ("--url", "")):
        assert program.run("accounts", "add", "rss", *words).code == 1
    assert program.run("accounts", "list", "--json").objects == []
