"""The Markdown and the HTML of a forum as plain words: quotations marked, pictures named."""

from __future__ import annotations

import re
from html import unescape

from cminbox.model.content import Media
from cminbox.networks.discourse_wire import WirePost
from cminbox.text import html_to_text

_QUOTE = re.compile(r'\[quote(?:="([^"\n]{0,200})[^\]\n]{0,200})?\][ \t]*\n?((?:(?!\[quote)[\s\S])*?)\n?\[/quote\]')
_IMAGE = re.compile(r"!\[([^\]\n|]{0,1000})(?:\|[^\]\n]{0,100})?\]\([^)\s]{0,2000}(?:[ \t][^)\n]{0,200})?\)")
_BLOCKQUOTE = re.compile(r"<blockquote>((?:(?!<blockquote>)[\s\S])*?)</blockquote>")
_IMG = re.compile(r"<img\b([^<>]{0,4000})>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_DEEPEST = 8
_LONGEST = 200_000


def words(post: WirePost) -> str:
    """The plain text of a post: what was typed where the forum tells it, else what it shows."""
    return from_raw(post.raw) if post.raw is not None else from_cooked(post.cooked)


def from_raw(raw: str) -> str:
    """Markdown with quotations as lines that begin with `>` and pictures as `[image: what it shows]`."""
    text = raw[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    text = _IMAGE.sub(lambda found: _image(found.group(1)), text)
    if "[quote" in text:
        for _depth in range(_DEEPEST):
            text, count = _QUOTE.subn(_quoted, text)
            if not count:
                break
    return text.strip("\n\t ")


def from_cooked(cooked: str) -> str:
    """The HTML of a post in the same form."""
    text = _IMG.sub(_picture, cooked[:_LONGEST])
    # Quotations are held back as lines of their own, since HTML has no mark for them.
    for _depth in range(_DEEPEST):
        text, count = _BLOCKQUOTE.subn(_marked, text)
        if not count:
            break
    return html_to_text(text)


def media(post: WirePost) -> tuple[Media, ...]:
    """The pictures of a post; emoji and the faces of people are none."""
    found = []
    for match in _IMG.finditer(post.cooked[:_LONGEST]):
        attributes = dict(_ATTRIBUTE.findall(match.group(1)))
        if not {"emoji", "avatar", "site-icon"} & set(attributes.get("class", "").split()):
            url = unescape(attributes.get("src", "")) or None
            found.append(Media(type="image", url=url, alt=unescape(attributes.get("alt", "")) or None))
    return tuple(found[:20])


def _image(alt: str) -> str:
    return f"[image: {alt.strip()}]" if alt.strip() else "[image]"


def _quoted(found: re.Match[str]) -> str:
    who = (found.group(1) or "").split(",")[0].strip()
    lines = [f"{who}:"] if who else []
    lines += found.group(2).strip("\n").split("\n")
    return "".join(f"> {line}".rstrip() + "\n" for line in lines)


def _picture(found: re.Match[str]) -> str:
    attributes = dict(_ATTRIBUTE.findall(found.group(1)))
    classes = set(attributes.get("class", "").split())
    if {"avatar", "site-icon"} & classes:
        return ""
    alt = attributes.get("alt", "")
    return alt if "emoji" in classes else _image(alt)


def _marked(found: re.Match[str]) -> str:
    lines = html_to_text(found.group(1)).split("\n")
    return "<p>" + "<br>".join(f"&gt; {_escaped(line)}".rstrip() for line in lines) + "</p>"


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
