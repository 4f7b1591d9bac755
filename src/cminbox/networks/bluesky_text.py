"""Texts and record keys of Bluesky: what in a text is a link, counted in bytes, and keys chosen by us.

Facets point into the UTF-8 form of a text (lexicon app.bsky.richtext.facet). What counts as a mention, a link or a tag
follows the official client's detection (packages/api, rich-text).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cminbox.clock import to_ms
from cminbox.text import measure

_MENTION = re.compile(r"(?<![^\s(])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*)")
_LINK = re.compile(r"(?<![^\s(])https?://\S+", re.IGNORECASE)
_TAG = re.compile(r"(?<!\S)[#＃]([^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")
_LONGEST_TAG = 64
_CUT = ("...", "…")

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_SPREAD = timedelta(hours=1) // timedelta(microseconds=1)

Resolve = Callable[[str], Awaitable[str | None]]
"""The DID of a handle, or None where nobody has it."""


async def facets_of(text: str, resolve: Resolve) -> list[dict[str, Any]]:
    """The mentions, links and tags of a text that is about to be sent. A handle that nobody has stays plain text."""
    found: list[tuple[int, int, dict[str, Any]]] = []
    for match in _LINK.finditer(text):
        link = _without_end(match[0])
        if _is_link(link):
            found.append((match.start(), match.start() + len(link), _feature("link", uri=link)))
    for match in _MENTION.finditer(text):
        did = await resolve(match[1].lower())
        if did is not None:
            found.append((match.start(), match.end(), _feature("mention", did=did)))
    for match in _TAG.finditer(text):
        tag = _without_punctuation(match[1])
        if tag and not tag.isdigit() and not tag.startswith("\ufe0f") and measure(tag, "graphemes") <= _LONGEST_TAG:
            found.append((match.start(), match.start(1) + len(tag), _feature("tag", tag=tag)))
    facets = []
    reached = 0
    for begin, end, feature in sorted(found, key=lambda one: one[0]):
        if begin >= reached:
            reached = end
            index = {"byteStart": _bytes(text[:begin]), "byteEnd": _bytes(text[:end])}
            facets.append({"index": index, "features": [feature]})
    return facets


def spelled_out(text: str, facets: Sequence[Any]) -> str:
    """A text as its reader needs it: links that were shortened or hidden behind words with their whole address."""
    data = text.encode("utf-8", "replace")
    parts, reached = [], 0
    for begin, end, uri in sorted(_links(facets, len(data))):
        if begin < reached:
            continue
        shown = data[begin:end].decode("utf-8", "replace")
        parts += [data[reached:begin].decode("utf-8", "replace"), _with_address(shown, uri)]
        reached = end
    return "".join((*parts, data[reached:].decode("utf-8", "replace"))) if parts else text


def mentioned(facets: Sequence[Any]) -> frozenset[str]:
    """The DIDs of the people that a text names."""
    return frozenset(
        feature["did"]
        for facet in facets
        for feature in _features(facet)
        if isinstance(feature.get("did"), str) and str(feature.get("$type", "")).endswith("#mention")
    )


def record_key(key: str, created_at: datetime) -> str:
    """The record key of an act: a TID made from its key and the time it was intended, so always the same.

    The key's hash moves the time back by up to an hour, in microseconds, and chooses the clock's number: two acts of
    the same instant differ in 41 bits.
    """
    digest = hashlib.sha256(key.encode()).digest()
    back, clock = int.from_bytes(digest[:8], "big") % _SPREAD, int.from_bytes(digest[8:10], "big") % 1024
    return tid(to_ms(created_at) * 1000 - back, clock)


def tid(microseconds: int, clock: int) -> str:
    """A timestamp identifier (atproto.com/specs/tid): 53 bits of time, 10 of a clock's number, in 13 digits."""
    number = (microseconds & ((1 << 53) - 1)) << 10 | clock
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def _feature(kind: str, **what: str) -> dict[str, Any]:
    return {"$type": f"app.bsky.richtext.facet#{kind}", **what}


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _is_link(link: str) -> bool:
    try:
        return bool(urlsplit(link).hostname)
    except ValueError:
        return False


def _without_end(link: str) -> str:
    link = link.rstrip(".,;:!?\"'»”’")
    return link[:-1] if link.endswith(")") and "(" not in link else link


def _without_punctuation(tag: str) -> str:
    while tag and unicodedata.category(tag[-1]).startswith("P"):
        tag = tag[:-1]
    return tag


def _features(facet: Any) -> list[dict[str, Any]]:
    features = facet.get("features") if isinstance(facet, dict) else None
    return [one for one in features if isinstance(one, dict)] if isinstance(features, list) else []


def _links(facets: Sequence[Any], size: int) -> list[tuple[int, int, str]]:
    found = []
    for facet in facets:
        index = facet.get("index") if isinstance(facet, dict) else None
        begin, end = (index.get("byteStart"), index.get("byteEnd")) if isinstance(index, dict) else (None, None)
        if isinstance(begin, int) and isinstance(end, int) and 0 <= begin < end <= size:
            uris = [one["uri"] for one in _features(facet) if isinstance(one.get("uri"), str)]
            found += [(begin, end, uri) for uri in uris[:1]]
    return found


def _with_address(shown: str, uri: str) -> str:
    bare = shown
    for cut in _CUT:
        bare = bare.removesuffix(cut)
    if shown == uri or (bare == shown and uri.partition("://")[2].rstrip("/") == shown.rstrip("/")):
        return shown
    if bare != shown and bare in uri:
        return uri
    return f"{shown} ({uri})"
