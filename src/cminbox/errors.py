"""Every error that cminbox raises on purpose.

::

    CminboxError                 something a person can read: what, where, and the cure
    ├── SettingsError            a settings, keymap or theme file is wrong
    ├── StoreError               the database cannot be used
    │   ├── StoreTooNew          it was written by a newer version
    │   └── StoreFull            the disk is full
    ├── UsageError               a verb was asked for what it cannot do (wrong id, empty text)
    │   ├── FilterError          what was typed is no filter; `column` says where
    │   ├── Unable               the account or its network cannot do this; says why
    │   └── Refused              the state forbids it now (nothing to undo, already sent)
    └── NetworkError             what a network answered, translated at the border (networks/http.py)
        ├── Unreachable          no connection, a time-out, or a 5xx
        ├── RateLimited          too fast; `until` says when to come back
        ├── AuthExpired          the token is missing, wrong or expired
        ├── Forbidden            the token is good, the right is not there; `scope` names it
        ├── Rejected             the network understood and refused; `reason` is its word
        ├── Gone                 the thing is not there (any more)
        ├── Malformed            the answer is not what the network's contract says
        └── Unknowable           nobody can tell whether an act happened

The texts are already translated when an error is made. They never hold a token or a person's words.
"""

from __future__ import annotations

from datetime import datetime


class CminboxError(Exception):
    """Something went wrong that a person can understand.

    `message` says what and where (file and line, account, URL); `cure` says what to do next, or is empty.
    """

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class SettingsError(CminboxError):
    """A file that a person wrote (settings, keymap, theme) is wrong; the message names file and key."""


class StoreError(CminboxError):
    """The database cannot be opened, read or written."""


class StoreTooNew(StoreError):
    """The database was written by a newer version of cminbox."""


class StoreFull(StoreError):
    """The disk is full; nothing of the transaction was kept."""


class UsageError(CminboxError):
    """A verb was asked for something it cannot do."""


class FilterError(UsageError):
    """What a person typed is no filter. The wrong part begins at `column` (from 1) and is `length` characters long."""

    def __init__(self, message: str, cure: str = "", *, column: int = 1, length: int = 1) -> None:
        super().__init__(message, cure)
        self.column = column
        self.length = length


class Unable(UsageError):
    """The account or its network cannot do this; the message says why."""


class Refused(UsageError):
    """The state of things forbids it now: nothing to undo, already sent, stopped by a colleague."""


class NetworkError(CminboxError):
    """What a network answered, in our words.

    `sent` tells whether the request may have reached the network: False only where it certainly did not
    (the connection was never opened, or the network refused before it accepted).
    """

    def __init__(self, message: str, cure: str = "", *, sent: bool = True) -> None:
        super().__init__(message, cure)
        self.sent = sent


class Unreachable(NetworkError):
    """No connection, a time-out, a broken answer, or a server error (5xx)."""


class RateLimited(NetworkError):
    """Too fast. `until` (UTC) is when the network takes requests again. Never accepted, so `sent` is False."""

    def __init__(self, message: str, until: datetime, cure: str = "") -> None:
        super().__init__(message, cure, sent=False)
        self.until = until


class AuthExpired(NetworkError):
    """The token is missing, wrong, revoked or expired. Never accepted, so `sent` is False."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message, cure, sent=False)


class Forbidden(NetworkError):
    """The token is good but lacks a right; `scope` names it where the network says (else empty)."""

    def __init__(self, message: str, scope: str = "", cure: str = "") -> None:
        super().__init__(message, cure, sent=False)
        self.scope = scope


class Rejected(NetworkError):
    """The network understood and refused (too long, duplicate, window closed); `reason` is its own word."""

    def __init__(self, message: str, reason: str = "", cure: str = "") -> None:
        super().__init__(message, cure, sent=False)
        self.reason = reason


class Gone(NetworkError):
    """What was asked for is not there (any more)."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message, cure, sent=False)


class Malformed(NetworkError):
    """The answer is not what the network's contract says. `raw` keeps the start of it for `cminbox doctor`."""

    def __init__(self, message: str, cure: str = "", *, raw: str = "") -> None:
        super().__init__(message, cure)
        self.raw = raw


class Unknowable(NetworkError):
    """The network gives no way to find out whether an act happened."""
