"""Writing in the user's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path


def in_editor(text: str, suffix: str = ".txt") -> str | None:
    """The text as it was left in the user's editor, which `suffix` tells what it is; None where the editor failed."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    handle, name = tempfile.mkstemp(prefix="cminbox-", suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        ended = subprocess.run([*shlex.split(command), str(path)], check=False)
        return path.read_text(encoding="utf-8", errors="replace").rstrip("\n") if ended.returncode == 0 else None
    finally:
        path.unlink(missing_ok=True)
