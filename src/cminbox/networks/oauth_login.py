"""What a connector says of logging in with OAuth 2.0; `networks.oauth` does it (RFC 6749, 7636, 8252).

A connector whose network has it sets `login: ClassVar[Login | None]`; nothing else of it needs to know.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cminbox.networks.base import Connection
    from cminbox.networks.http import Http
    from cminbox.networks.oauth import Grant

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect that lets the server show the code to the person instead of sending a browser anywhere."""


@dataclass(frozen=True)
class Client:
    """What this program is called at a server."""

    id: str
    secret: str = field(default="", repr=False)


Register = Callable[["Http", str, str], Awaitable[Client]]
"""Makes this program known at a server: its redirect, its scopes with blanks between. Raises NetworkError."""


@dataclass(frozen=True)
class Login:
    """How a network logs people in.

    `authorize` and `token` are paths at the account's server. `scopes` are the rights to ask for, each with what will
    not work without it (marked with N_). `root` makes the server's root of the address that a person typed.
    `as_json`: the code goes there as JSON, where the network's contract wants that; else as a form, by the standard.
    """

    authorize: str
    token: str
    scopes: Mapping[str, str]
    register: Register
    root: Callable[[str], str]
    as_json: bool = False
    hint: str = ""
    comes_back: bool = True

    def grant(self, connection: Connection, redirect: str) -> Grant:
        """See `login.Way`."""
        from cminbox.networks.oauth import Grant

        return Grant(connection, self, redirect)

    def missing(self, granted: frozenset[str]) -> tuple[str, ...]:
        """The rights asked for that were not given. `read` gives all of `read:...`; said nothing: given as asked."""
        if not granted:
            return ()
        return tuple(scope for scope in self.scopes if not {scope, scope.partition(":")[0]} & granted)
