"""A login in a browser from its beginning to the token, for the screen and the command line alike.

::

    async with await service.joining.sign_in("mastodon", url, loopback=True) as login:
        show(login.address, login.short)
        await login.arrival()              # the browser came back (loopback), else ask for the code
        granted = await login.finish(code)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Self

from cminbox.clock import Clock
from cminbox.errors import Refused
from cminbox.i18n import _
from cminbox.model.accounts import Account
from cminbox.model.connecting import Needs
from cminbox.sync.waiting import first

if TYPE_CHECKING:
    from cminbox.networks.login import Grant, Granted
    from cminbox.networks.oauth_loopback import Loopback
    from cminbox.sync.connect import Connector

PATIENCE_S: Final = 600.0
"""How long a browser is waited for, seconds: codes live no longer."""


class SignIn:
    """One login under way. `address` is where the person allows it; `short` leads there on this machine ("": no).
    `hint` says what to do with what the page shows, a marked text to be translated when shown ("": a code is typed in).

    Use it as a context: what listens is closed at its end, whatever came of it.
    """

    def __init__(
        self, grant: Grant, clock: Clock, address: str, loopback: Loopback | None = None, hint: str = ""
    ) -> None:
        self._grant = grant
        self._clock = clock
        self._loopback = loopback
        self.address = address
        self.hint = hint
        self.host = grant.host

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

    @property
    def short(self) -> str:
        """A short address on this machine that leads to the long one; "" where no browser is waited for."""
        return self._loopback.short if self._loopback is not None else ""

    async def arrival(self) -> None:
        """Return when the browser came back. Raises Refused after `PATIENCE_S`, or where none is waited for."""
        loopback = self._loopback
        if loopback is None:
            raise Refused(_("No browser can come back here: type the code."))
        if not await first(self._clock, PATIENCE_S, loopback.arrived):
            raise Refused(_("No browser came back in ten minutes."), _("Begin again."))

    def lacks(self, typed: str) -> bool:
        """True where what was typed is only the beginning of what the server shows: more lines of it follow."""
        return self._grant.lacks(typed)

    async def finish(self, typed: str = "") -> Granted:
        """The token: for what was typed (a code, or the browser's whole address), else for what the browser brought.

        Raises Refused where it was not allowed or is no code of this login; NetworkError.
        """
        brought = self._loopback.brought if self._loopback is not None else ""
        return await self._grant.redeem(typed.strip() or brought)

    async def aclose(self) -> None:
        """End it."""
        if self._loopback is not None:
            await self._loopback.aclose()
        await self._grant.aclose()


class Joining:
    """What the screen and the command line need to know before they connect or renew an account."""

    def __init__(self, connector: Callable[[], Awaitable[Connector]]) -> None:
        self._connector = connector

    async def networks(self) -> tuple[str, ...]:
        """The networks that can be connected."""
        await self._connector()  # it imports them beside the event loop
        from cminbox.networks.registry import names

        return names()

    async def needs(self, network: str) -> Needs:
        """What a network wants to be told. Raises UsageError for one that nobody has."""
        return await asyncio.to_thread(_needs, network)

    async def account(self, name: str) -> Account:
        """The account of that name. Raises UsageError where there is none."""
        return await (await self._connector()).named(name)

    async def sign_in(self, network: str, url: str, *, loopback: bool) -> SignIn:
        """Begin a login in a browser (see `SignIn`). Raises UsageError, NetworkError."""
        return await (await self._connector()).sign_in(network, url, loopback=loopback)


def _needs(network: str) -> Needs:
    from cminbox.networks.registry import network_type

    kind = network_type(network)
    return Needs(
        network=network,
        title=kind.title,
        asks_url=kind.asks_url,
        secret_help=kind.secret_help if kind.needs_secret else "",
        login=kind.login is not None,
        # A network without secrets is told by its settings what to look for; elsewhere they are for `--set`.
        settings={} if kind.needs_secret else dict(kind.settings_help),
        comes_back=kind.login is None or kind.login.comes_back,
        rights=dict(kind.login.scopes) if kind.login is not None else {},
    )
