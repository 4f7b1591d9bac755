"""A feed read from its bytes, whatever stands in them. Pure, and slow on large ones: called beside the event loop."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from cminbox.text import html_to_text

MOST = 2000
"""Entries of one feed that are read, the first ones."""
LONGEST = 20_000
"""Characters of an entry that are kept."""


@dataclass(frozen=True)
class Entry:
    """One entry. `version` changes when its words do."""

    id: str
    version: str
    text: str
    author: str
    link: str | None
    at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True)
class Document:
    """A feed: its entries oldest first, and what a later request may say that it knows (`etag`, `modified`)."""

    title: str
    subtitle: str
    link: str | None
    lang: str | None
    entries: tuple[Entry, ...]
    etag: str | None
    modified: str | None


def read_document(body: bytes, headers: Mapping[str, str], address: str) -> Document | None:
    """The feed in a body; None where there is none, or where it declares entities of its own (a bomb, or a spy)."""
    import feedparser

    # No feed needs them; in UTF-16 every other byte is zero.
    if b"<!entity" in body.replace(b"\0", b"").lower():
        return None
    given = {"content-type": headers.get("content-type", "application/xml"), "content-location": address}
    # Bytes, so that the parser neither opens an address nor a file.
    parsed = feedparser.parse(
        io.BytesIO(body), response_headers=given, sanitize_html=False, resolve_relative_uris=False
    )
    if not parsed.get("version"):
        return None
    feed = parsed.feed
    found: dict[str, Entry] = {}
    for raw in reversed(parsed.entries[:MOST]):
        entry = _entry(raw)
        if entry is not None:
            found[entry.id] = entry
    far = datetime.min.replace(tzinfo=UTC)
    # Those without a time keep the place that the feed gives them.
    entries = sorted(found.values(), key=lambda entry: entry.at or far)
    return Document(
        title=_title(feed),
        subtitle=html_to_text(str(feed.get("subtitle") or ""))[:LONGEST],
        link=_link(feed.get("link")),
        lang=_language(feed.get("language")),
        entries=tuple(entries),
        etag=headers.get("etag"),
        modified=headers.get("last-modified"),
    )


def _entry(raw: Any) -> Entry | None:
    title, link = _title(raw), _link(raw.get("link"))
    content = raw.get("content")
    body = str(content[0].get("value") or "") if content else str(raw.get("summary") or "")
    words = html_to_text(body[: 4 * LONGEST])
    if words.startswith(title):
        title = ""
    text = "\n\n".join(part for part in (title, words) if part)[:LONGEST]
    guid = str(raw.get("id") or link or "").strip()
    if not guid and not text:
        return None
    # Its own `get` makes an update out of a publication.
    changed_at = _time(dict.get(raw, "updated_parsed"))
    digest = sha256(text.encode("utf-8", "replace")).hexdigest()
    return Entry(
        id=(guid or f"sha256:{digest}")[:1000],
        version=digest[:12],
        text=text,
        author=_line(raw.get("author")),
        link=link,
        at=_time(raw.get("published_parsed")) or changed_at,
        changed_at=changed_at,
    )


def _title(raw: Any) -> str:
    """A title is plain text, unless the feed (or the look of it) says that it is HTML."""
    detail = raw.get("title_detail") or {}
    given = str(raw.get("title") or "")
    return _line(given) if "html" in str(detail.get("type")) else " ".join(given.split())[:500]


def _line(given: Any) -> str:
    return " ".join(html_to_text(str(given or "")).split())[:500]


def _link(given: Any) -> str | None:
    text = str(given or "").strip()
    try:
        return text if urlsplit(text).scheme in ("http", "https") else None
    except ValueError:
        return None


def _language(given: Any) -> str | None:
    primary = str(given or "").partition("-")[0].strip().lower()
    return primary if primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 3 else None


def _time(parts: Any) -> datetime | None:
    try:
        year, month, day, hour, minute, second = parts[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (TypeError, ValueError):
        return None
