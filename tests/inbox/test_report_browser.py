"""The page of a report in a real browser: Debian's chromium, which asks nobody but a proxy of ours that says no."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.inbox.report_house import made

from cminbox.inbox.report_files import Format, written
from hostile import SAMPLES

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a browser: apt-get install chromium")
ITS_OWN = re.compile(r"(^|\.)(google|googleapis|gstatic)\.com$")
"""Whom the browser itself asks, whatever page it shows."""


@dataclass
class Browser:
    """Shows pages, and remembers which hosts were asked for on their behalf."""

    folder: Path
    port: int = 0
    asked: list[str] = field(default_factory=list)

    async def refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode("latin-1")
        if found := re.match(r"\w+ (?:\w+://)?([^/: ]+)", line):
            self.asked.append(found[1])
        writer.write(b"HTTP/1.1 502 no\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def show(self, source: str) -> tuple[str, list[str], list[str]]:
        """The page as it stands in the browser, what its console says, and the hosts that it asked for."""
        page = self.folder / "page.html"
        page.write_text(source, encoding="utf-8")
        assert CHROMIUM is not None
        options = (
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
            *("--disable-component-update", "--disable-sync", "--disable-extensions", "--enable-logging=stderr"),
            *(f"--user-data-dir={self.folder / 'profile'}", f"--proxy-server=http://127.0.0.1:{self.port}"),
            *("--proxy-bypass-list=<-loopback>", "--dump-dom", page.as_uri()),
        )
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(CHROMIUM, *options, stdout=pipe, stderr=pipe)
        try:
            out, err = await asyncio.wait_for(process.communicate(), 120)
        except BaseException:
            process.kill()
            raise
        said = [line for line in err.decode(errors="replace").splitlines() if "CONSOLE" in line]
        return out.decode(), said, [host for host in self.asked if not ITS_OWN.search(host)]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    opened = Browser(tmp_path)
    server = await asyncio.start_server(opened.refuse, "127.0.0.1", 0)
    opened.port = server.sockets[0].getsockname()[1]
    yield opened
    server.close()
    await server.wait_closed()


async def test_the_numbers_stand_in_the_page_and_nothing_is_asked_or_complained_of(browser: Browser) -> None:
    hostile = [
        *(text for text in SAMPLES if text.strip() and "\ud800" not in text),
        '<img src="http://evil.example/a.png" onerror="console.error(1)">',
        "</style><script>console.error('script')</script>",
        "</title><link rel=stylesheet href=http://evil.example/b.css>",
    ]
    texts = [text.replace("\0", "").replace("\udc00", "") for text in hostile]
    found, said, asked = await browser.show(written(made(*texts, url="https://evil.example/post"), Format.HTML, "fr"))
    assert said == []
    assert asked == []
    for shown in ("Temps de réponse", "1\u202f234", "2\u202fh 14", "</main>", "chart-series-d"):
        assert shown.replace("\u202f", "&#8239;") in found or shown in found, shown
    assert "<script" not in found
    assert "<img" not in found
    assert len(re.findall("<svg", found)) == 4


async def test_this_would_see_a_page_that_asks_or_complains(browser: Browser) -> None:
    source = '<p>x<img src="http://evil.example/a.png"><script>console.error("boo")</script>'
    _found, said, asked = await browser.show(source)
    assert "boo" in said[0]
    assert asked == ["evil.example"]
