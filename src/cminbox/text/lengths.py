"""The length of a text as each network counts it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from cminbox.text.cells import GRAPHEME

_URL_LENGTH = 23
_URL = re.compile(r"https?://[^\s<>\"'`{}|\\^]+", re.IGNORECASE)
# X links bare domains too; its list of endings is cut here to country codes with a path and the common ones.
_BARE_URL = re.compile(
    r"(?<![\w@.$#/-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+"
    r"(?:(?:com|net|org|info|biz|app|dev|shop|store|online|site|blog|tech|cloud|news|page|link|live|edu|gov|fr|io|co)"
    r"(?![\w.-]*\w)(?:/[^\s<>\"]*)?|[a-z]{2}/[^\s<>\"]*)",
    re.IGNORECASE,
)
_MASTODON_MENTION = re.compile(r"(?<![\w/])@(\w+(?:[\w.-]+\w+)?)@[\w.-]*\w(?::\d+)?", re.ASCII)
# The ranges that twitter-text's configuration (version 3) weighs as one; all else weighs two.
_LIGHT = re.compile("[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+")
# One emoji with its selector, tone, tags and what is joined to it; © ® and the like without a selector are text.
_PICTURE = r"(?:[\p{Extended_Pictographic}--[©®]]|[©®](?=\uFE0F))\uFE0F?\p{Emoji_Modifier}?[\U000E0020-\U000E007F]*"
_EMOJI = (
    rf"(?V1)\p{{Regional_Indicator}}{{2}}|[0-9#*]\uFE0F?\u20E3|{_PICTURE}(?:\u200D{_PICTURE})*|\p{{Emoji_Modifier}}"
)
_TRAILING = ".,:;!?)]'\"»…"


def measure(text: str, counting: str) -> int:
    """The length of `text` by a network's own counting (a value of model.accounts.Counting).

    "characters": code points. "utf16": UTF-16 units (Telegram, Facebook). "graphemes": what a reader counts
    (Bluesky). "bytes": UTF-8. "weighted": X's rule, docs.x.com "Counting characters": NFC, 1 for Latin and its like,
    else 2, an emoji 2, a URL 23. "mastodon": graphemes, a URL with its scheme 23, `@user@host` as `@user`
    (Mastodon's StatusLengthValidator). Raises KeyError for another counting.
    """
    return _COUNTINGS[counting](text)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _graphemes(text: str) -> int:
    if text.isascii() and "\r" not in text:
        return len(text)
    import regex

    return sum(1 for _ in regex.finditer(GRAPHEME, text))


def _mastodon(text: str) -> int:
    urls = 0

    def link(match: re.Match[str]) -> str:
        nonlocal urls
        urls += 1
        return match[0][len(match[0].rstrip(_TRAILING)) :]

    rest = _MASTODON_MENTION.sub(r"@\1", _URL.sub(link, text))
    return urls * _URL_LENGTH + _graphemes(rest)


def _weighted(text: str) -> int:
    urls = 0

    def link(match: re.Match[str]) -> str:
        nonlocal urls
        urls += 1
        return match[0][len(match[0].rstrip(_TRAILING)) :]

    rest = _BARE_URL.sub(link, _URL.sub(link, unicodedata.normalize("NFC", text)))
    total = urls * _URL_LENGTH
    if not rest.isascii():
        import regex

        rest, emoji = regex.subn(_EMOJI, "", rest)
        total += 2 * emoji
    return total + 2 * len(rest) - sum(map(len, _LIGHT.findall(rest)))


_COUNTINGS: dict[str, Callable[[str], int]] = {
    "characters": len,
    "utf16": _utf16,
    "graphemes": _graphemes,
    "bytes": _utf8,
    "weighted": _weighted,
    "mastodon": _mastodon,
}
