"""Who reads and sends: a lock on a file, held by one process at a time.

The kernel frees it when its holder dies, however that happens: there is no clock and no time-out in it.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from cminbox.errors import StoreError
from cminbox.i18n import _
from cminbox.paths import open_file


class Lease:
    """The lease of one data folder. `try_take` never waits; taking twice is taking once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lease."""
        return self._file is not None

    def try_take(self) -> bool:
        """Take the lease if nobody else holds it; True where this object holds it now."""
        if self._file is not None:
            return True
        self._file = self._lock(fcntl.LOCK_EX)
        return self._file is not None

    def give(self) -> None:
        """Give the lease back; does nothing where it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def somebody_holds(self) -> bool:
        """Whether anybody, here or elsewhere, reads and sends now."""
        if self._file is not None:
            return True
        probe = self._lock(fcntl.LOCK_SH)
        if probe is None:
            return True
        os.close(probe)
        return False

    def _lock(self, how: int) -> int | None:
        try:
            file = open_file(self.path)
        except OSError as error:
            raise StoreError(
                _("The lock file {path} cannot be opened: {error}.").format(path=self.path, error=error.strerror),
                _("Check the folder's owner and permissions, or set CMINBOX_HOME."),
            ) from error
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        except OSError as error:
            os.close(file)
            raise StoreError(
                _("The folder of {path} has no working locks: {error}.").format(path=self.path, error=error.strerror),
                _("Keep the data on a local disk: set CMINBOX_HOME."),
            ) from error
        return file
