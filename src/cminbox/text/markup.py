"""HTML of the networks to plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

_BLOCKS = {"p", "div", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "hr", "table"}
_BLOCKS |= {"section", "article", "header", "footer", "figure", "details"}
_LINES = {"li", "tr", "dt", "dd", "br", "figcaption", "summary"}
_KEPT = _BLOCKS | _LINES | {"a", "img", "td", "th"}
_DROPPED = {"script", "style", "template", "title", "noscript", "iframe", "object", "mx-reply"}
_TOKENS = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>|([^<]+)")
_ATTRIBUTES = re.compile(r'([a-z]+)="([^"]*)"')
# The parser takes time in the square of the depth: 0.7 s for this many tags left open, 11 s for four times as many.
_MOST_TAGS = 20_000
_TAG = re.compile(r"<[a-zA-Z]")


def html_to_text(source: str) -> str:
    """The words of a network's HTML: no tags, entities resolved, `<br>` a line end, paragraphs an empty line apart.

    A link shows its text; where that hides the address, the address follows in brackets (mentions and hashtags are
    left alone). Mastodon's shortened links come out whole. Images show their alt text. Never raises. The result is
    as untrusted as the source.
    """
    if "<" not in source and "&" not in source:
        return source.strip()
    import nh3

    if len(_TAG.findall(source)) > _MOST_TAGS:
        source = _without_tags(source)
    clean = nh3.clean(
        source.replace("\0", "\ufffd").encode("utf-8", "replace").decode(),
        tags=_KEPT,
        clean_content_tags=_DROPPED,
        attributes={"a": {"href", "class"}, "img": {"alt"}},
        link_rel=None,
        url_schemes={"http", "https"},
    )
    return _Writer().run(clean)


def _without_tags(source: str) -> str:
    """What remains of a source that is mostly tags: an attack or not a message; its words are kept."""
    return html.escape(re.sub(r"<[^<>]{0,2000}>", " ", source))


class _Writer:
    """Turns clean, well-formed HTML (as nh3 prints it) into text, piece by piece."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._breaks = 0  # line ends owed before the next word
        self._space = False  # a space owed
        self._pre = 0
        self._link: tuple[str, str, int] | None = None  # address, class, where its text begins in _out
        self._opened: dict[str, Callable[[str], None]] = {"a": self._open_link, "img": self._image}

    def run(self, source: str) -> str:
        for slash, tag, attributes, text in _TOKENS.findall(source):
            if text:
                self._text(html.unescape(text))
            elif slash:
                self._close(tag)
            else:
                self._open(tag, attributes)
        return "".join(self._out).strip("\n ")

    def _owe(self, breaks: int) -> None:
        self._breaks = max(self._breaks, breaks)

    def _text(self, text: str) -> None:
        if self._pre:
            self._put(text)
            return
        words = re.split("[ \t\r\n\f]+", text)
        self._space = self._space or (not words[0] and len(words) > 1)
        body = " ".join(word for word in words if word)
        if body:
            self._put(body)
            self._space = not words[-1]

    def _put(self, text: str) -> None:
        if self._breaks:
            if self._out:
                self._out.append("\n" * self._breaks)
        elif self._space and self._out:
            self._out.append(" ")
        self._breaks, self._space = 0, False
        self._out.append(text)

    def _open(self, tag: str, attributes: str) -> None:
        if tag == "br":
            self._breaks += 1
        elif tag in _BLOCKS:
            self._owe(2)
        elif tag in _LINES:
            self._owe(1)
            if tag == "li":
                self._put("- ")
        elif tag in ("td", "th"):
            self._space = True
        else:
            self._opened[tag](attributes)
        self._pre += tag == "pre"

    def _close(self, tag: str) -> None:
        if tag == "pre":
            self._pre -= 1
        if tag in _BLOCKS:
            self._owe(2)
        elif tag in _LINES:
            self._owe(1)
        elif tag == "a":
            self._close_link()

    def _image(self, attributes: str) -> None:
        if alt := dict(_ATTRIBUTES.findall(attributes)).get("alt"):
            self._text(html.unescape(alt))

    def _open_link(self, attributes: str) -> None:
        found = dict(_ATTRIBUTES.findall(attributes))
        self._link = (html.unescape(found.get("href", "")), found.get("class", ""), len(self._out))

    def _close_link(self) -> None:
        if self._link is None:
            return
        address, classes, start = self._link
        self._link = None
        shown = "".join(self._out[start:]).strip()
        is_name = shown.startswith(("@", "#")) or {"mention", "hashtag"} & set(classes.split())
        if address and shown and not is_name and _plain(shown) != _plain(address):
            self._space = True
            self._put(f"({address})")
        elif address and not shown:
            self._put(address)


def _plain(address: str) -> str:
    """An address without what a shown link may leave out."""
    return address.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
