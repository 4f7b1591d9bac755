"""The build hook: compiles the message catalogues, so that a wheel (and an editable install) speaks every language.

The .mo files are made, never committed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent


def compile_catalogues(folder: Path = ROOT / "src" / "cminbox" / "locale") -> list[Path]:
    """Compile every .po below `folder` into the .mo beside it, unless that is newer. Returns the .mo files."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    made = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        made.append(target)
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as read:
            catalogue = read_po(read, locale=source.parent.parent.name)
        new = target.with_name(f"{target.name}.{os.getpid()}.new")
        with new.open("wb") as write:
            write_mo(write, catalogue)
        new.replace(target)
    return made


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before hatchling packs a wheel or links an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Compile, and take the results along."""
        compile_catalogues()


if __name__ == "__main__":
    for path in compile_catalogues():
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
