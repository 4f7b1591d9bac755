"""Untrusted text: made safe to show, measured, cut, folded for search.

Whatever people write reaches a terminal or a plain output through `safe` (or `label`), once, on the way out; it is
stored as it came (`storable`). The other functions take safe text where they speak of cells.
"""

from __future__ import annotations

from cminbox.text.cells import cut, pad, width, wrap
from cminbox.text.folding import fold
from cminbox.text.lengths import measure
from cminbox.text.markup import html_to_text
from cminbox.text.safety import ascii_json, label, safe, storable

__all__ = [
    "ascii_json",
    "cut",
    "fold",
    "html_to_text",
    "label",
    "measure",
    "pad",
    "safe",
    "storable",
    "width",
    "wrap",
]
