"""Practice sources for listening: a blog with an RSS or Atom feed, and a search like that of Hacker News."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from cminbox.clock import Clock
from cminbox.practice.transport import Message, Receive, Send


@dataclass(eq=False)
class Article:
    """One entry of a feed."""

    id: str
    title: str
    text: str
    at: datetime
    author: str


class FeedServer:
    """A blog at `blog.example` whose feed is at `/feed`. `body` replaces what it would say."""

    def __init__(self, clock: Clock, *, atom: bool = False) -> None:
        self._clock = clock
        self.atom = atom
        self.articles: list[Article] = []
        self.body: bytes | None = None
        self.moved: Mapping[str, str] = {}
        """Paths that answer with a redirect, and where to."""
        self.longest = 20
        """A feed holds its newest entries only."""
        self.requests: list[tuple[str, str]] = []

    def publish(self, title: str, text: str = "", author: str = "Ana") -> Article:
        """A new article."""
        number = len(self.articles) + 1
        article = Article(f"https://blog.example/{number}", title, text, self._clock.now(), author)
        self.articles.append(article)
        return article

    def document(self) -> bytes:
        """The feed, newest first."""
        if self.body is not None:
            return self.body
        newest = self.articles[::-1][: self.longest]
        return (_atom(newest) if self.atom else _rss(newest)).encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        await receive()
        path = scope["path"]
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        self.requests.append((scope["method"], path))
        if path in self.moved:
            await _send(send, 301, b"", {"location": self.moved[path]})
            return
        body = self.document()
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        if headers.get("if-none-match") == etag:
            await _send(send, 304, b"", {"etag": etag})
            return
        kind = "application/atom+xml" if self.atom else "application/rss+xml"
        modified = format_datetime(self._clock.now().replace(microsecond=0), usegmt=True)
        await _send(send, 200, body, {"content-type": kind, "etag": etag, "last-modified": modified})


@dataclass(eq=False)
class Hit:
    """A story or a comment of the practice Hacker News. `raw` replaces parts of what the search says of it."""

    id: int
    author: str
    at: datetime
    title: str = ""
    text: str = ""
    story: Hit | None = None
    parent: Hit | None = None
    raw: Mapping[str, Any] | None = None


class SearchServer:
    """The search. Words match as parts of words; what is newer than `lag_s` seconds is not indexed yet."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.hits: list[Hit] = []
        self.most = 1000
        self.requests: list[tuple[str, str]] = []

    def story(self, author: str, title: str, text: str = "", *, at: datetime | None = None) -> Hit:
        """Somebody submits a story."""
        return self._add(Hit(1000 + len(self.hits), author, at or self._clock.now(), title, text))

    def comment(self, author: str, text: str, parent: Hit, *, at: datetime | None = None) -> Hit:
        """Somebody answers a story or a comment."""
        story = parent.story or parent
        return self._add(
            Hit(1000 + len(self.hits), author, at or self._clock.now(), "", text, story=story, parent=parent)
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        await receive()
        self.requests.append((scope["method"], scope["path"]))
        query = {key: values[-1] for key, values in parse_qs(scope["query_string"].decode()).items()}
        if scope["path"] != "/api/v1/search_by_date":
            await _send(send, 404, b'{"message": "no such path", "status": 404}', _JSON)
            return
        await _send(send, 200, json.dumps(self._search(query)).encode(), _JSON)

    def _add(self, hit: Hit) -> Hit:
        self.hits.append(hit)
        return hit

    def _search(self, query: Mapping[str, str]) -> dict[str, Any]:
        words = query.get("query", "").lower().split()
        kinds = re.findall(r"story|comment", query.get("tags", ""))
        found = [hit for hit in self.hits if all(word in f"{hit.title} {hit.text}".lower() for word in words)]
        found = [hit for hit in found if ("comment" if hit.story else "story") in (kinds or ("story", "comment"))]
        for sign, bound in re.findall(r"created_at_i([<>])(-?\d+)", query.get("numericFilters", "")):
            at = int(bound)
            found = [
                hit for hit in found if (hit.at.timestamp() // 1 > at if sign == ">" else hit.at.timestamp() // 1 < at)
            ]
        found.sort(key=lambda hit: (hit.at, hit.id), reverse=True)
        size, page = int(query.get("hitsPerPage", "20")), int(query.get("page", "0"))
        reachable = found[: self.most]
        return {
            "hits": [_hit(hit) for hit in reachable[page * size : (page + 1) * size]],
            "nbHits": len(found),
            "page": page,
            "nbPages": -(-len(reachable) // size),
            "hitsPerPage": size,
            "processingTimeMS": 1,
            "query": query.get("query", ""),
            "params": "",
            "exhaustiveNbHits": True,
        }


_JSON = {"content-type": "application/json; charset=utf-8"}


def _hit(hit: Hit) -> dict[str, Any]:
    written = {
        "objectID": str(hit.id),
        "created_at": hit.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "created_at_i": int(hit.at.timestamp()),
        "author": hit.author,
        "title": hit.title or None,
        "url": None if hit.story else f"https://news.example/{hit.id}",
        "comment_text": escape(hit.text) if hit.story else None,
        "story_text": escape(hit.text) if hit.text and not hit.story else None,
        "story_id": hit.story.id if hit.story else hit.id,
        "story_title": hit.story.title if hit.story else None,
        "story_url": f"https://news.example/{hit.story.id}" if hit.story else None,
        "parent_id": hit.parent.id if hit.parent else None,
        "_tags": ["comment" if hit.story else "story", f"author_{hit.author}"],
    }
    return {**written, **(hit.raw or {})}


def _rss(articles: list[Article]) -> str:
    items = "".join(
        f"<item><title>{escape(each.title)}</title><link>{each.id}</link><guid>{each.id}</guid>"
        f"<dc:creator>{escape(each.author)}</dc:creator><pubDate>{format_datetime(each.at)}</pubDate>"
        f"<description>{escape('<p>' + escape(each.text) + '</p>')}</description></item>"
        for each in articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Lamps weekly</title>'
        f"<link>https://blog.example/</link><description>All of light</description><language>en-GB</language>{items}"
        "</channel></rss>"
    )


def _atom(articles: list[Article]) -> str:
    entries = "".join(
        f"<entry><id>{each.id}</id><title>{escape(each.title)}</title><link href='{each.id}'/>"
        f"<published>{each.at.isoformat()}</published><updated>{each.at.isoformat()}</updated>"
        f"<author><name>{escape(each.author)}</name></author>"
        f"<content type='html'>{escape('<p>' + escape(each.text) + '</p>')}</content></entry>"
        for each in articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Lamps weekly</title>'
        f"<id>https://blog.example/</id><updated>2026-01-01T00:00:00Z</updated>{entries}</feed>"
    )


async def _send(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
