"""Hostile texts: our own samples, and the shared ones where this machine has them."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

SAMPLES = (
    "",
    " ",
    "\n",
    "\0",
    "plain",
    "colour \x1b[31mred\x1b[0m and \x1b]0;title\x07 and \x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "clipboard \x1b]52;c;cm0gLXJmIC8=\x07",
    "C1 \x9b31m \x9d0;title\x9c \x90q\x9c \x85 \x84",
    "over\rwritten, back\x08\x08space, bell\x07, form\x0cfeed, tab\there, del\x7f",
    "user\u202etxt.exe \u2066isolate\u2069 \u200frlm \u061calm \u202a\u202b\u202c\u202d",
    "zero\u200bwidth\u2060joiner\ufeffbom\u00adsoft\u034fcgj\u180emvs\u2061\u2062",
    "tags\U000e0068\U000e0069 selectors\ufe00\U000e0100",
    "\u3164\u115f\u1160\uffa0\u17b4",
    "\u0301starts with a mark\n\u0308and so does a line",
    "za" + "\u0335\u0321\u034e\u0301\u0300\u0310" * 20 + "lgo",
    "lone \ud800 surrogates \udc00, \udc00\ud800, and a pair \ud83d\ude00",
    "\ufdd0\ufffe\U0001ffff\U0010ffff\ue000\U000f0000",
    "family 👩\u200d👩\u200d👧\u200d👦, heart ❤\ufe0f ❤\ufe0e ❤, pirate 🏴\u200d☠\ufe0f, rainbow 🏳\ufe0f\u200d🌈",
    "tones 👍🏽 ✌🏽 ☝🏿 👩🏽\u200d🤝\u200d👨🏿 lone 🏽, keycap 1\ufe0f\u20e3 #\ufe0f\u20e3",
    "flags 🇫🇷🇨🇦 odd 🇫🇷🇨 and 🇨",
    "\u200d👩\u200d \u200d\u200d👩\ufe0f\ufe0f\u200d\u200d👧 \ufe0f",
    "می\u200cخواهم क्\u200dष ශ්\u200dරී latin\u200cjoin",
    "שלום, ההזמנה (מס 77) לא הגיעה — @علي replied",
    "漢字かなカナ한글 ＦＵＬＬ　width 𝕋𝕖𝕩𝕥 ﷽ 𒀱",
    "ᄀ" * 50 + "ᅡ" * 50 + "ᆨ" * 50,
    "؀" * 50,
    "क" + "्क" * 60,
    "[bold]markup[/bold] [/foo] [@click=app.quit]x[/] {braces} %s %(x)s",
    "<script>alert(1)</script> <b>bold</b> &amp; &#x1b;[31m",
    "'; DROP TABLE message;-- \" OR 1=1 * NEAR( ^",
    "👨\u200d" * 40 + "👨",
    "\u0600\u06dd\u070f number signs",
    "new in Unicode 18: \U0001f6d9 \U00018e00 \u1ade\u05c8",
    "\u2028line\u2029paragraph\vvertical\x1c\x1d\x1e\x1f",
)


def shared() -> Path | None:
    """The folder with the shared hostile texts: CMINBOX_SHARED_DATA, else ../shared/data beside the checkout."""
    named = os.environ.get("CMINBOX_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    return folder if (folder / "hostile.jsonl.gz").is_file() else None


def shared_texts() -> list[str]:
    """Every text of the shared files; [] where they are not there."""
    folder, found = shared(), []
    for name in ("hostile", "naughty") if folder else ():
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            found += [text for line in lines if (text := json.loads(line).get("text")) is not None]
    return found
