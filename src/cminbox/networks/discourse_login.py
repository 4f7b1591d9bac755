"""How a forum lets a program in: a user API key, given out by the forum's own page (`networks.discourse_key`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cminbox.i18n import N_

if TYPE_CHECKING:
    from cminbox.networks.base import Connection
    from cminbox.networks.discourse_key import KeyGrant

SCOPES = {
    "read": N_("nothing works: nothing of the forum can be read"),
    "write": N_("nothing can be answered, liked, reported, edited, deleted or moderated"),
}
"""Of all that a forum has, `read` covers each GET and `write` each other request (UserApiKeyScope::SCOPES); what else
there is (`notifications`, `session_info`, ...) is a part of these two.
"""


@dataclass(frozen=True)
class KeyLogin:
    """See `login.Way`. A forum sends browsers back only to addresses that its administrators named."""

    scopes: Mapping[str, str] = field(default_factory=lambda: SCOPES)
    hint: str = N_(
        "Once you allow it, the forum shows a long text: paste all of it here. If it says that it cannot give a key, "
        "its administrators allow that to some people only: ask them."
    )
    comes_back: bool = False

    def grant(self, connection: Connection, redirect: str) -> KeyGrant:
        """See `login.Way`."""
        from cminbox.networks.discourse_key import KeyGrant

        return KeyGrant(connection, redirect)


LOGIN = KeyLogin()


def headers(secret: str, username: str, client: str) -> dict[str, str]:
    """What says to a forum who we are.

    A secret that the forum gave us is `CLIENT:KEY`; one that was pasted is the key alone, of an administrator where a
    `username` is set (as it has to be in a header), else a user API key, for `client` where that is set.
    """
    given, colon, key = secret.partition(":")
    if colon:
        return {"user-api-key": key, "user-api-client-id": given}
    if username:
        return {"api-key": secret, "api-username": username}
    return {"user-api-key": secret} | ({"user-api-client-id": client} if client else {})
