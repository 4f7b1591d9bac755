"""Logging in at a network with a browser: what every way to do it offers. OAuth 2.0 is one (`networks.oauth_login`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cminbox.errors import Refused
from cminbox.i18n import _

if TYPE_CHECKING:
    from cminbox.networks.base import Connection


@dataclass(frozen=True)
class Granted:
    """What a login gave: the secret to keep, and the rights that were asked for and not given."""

    token: str = field(repr=False)
    missing: tuple[str, ...] = ()


def other_login() -> Refused:
    """For what a browser or a person brought that we did not ask for."""
    return Refused(_("That answer belongs to another login."), _("Begin again, and use the newest address."))


class Grant(Protocol):
    """One login under way at one server. `begin`, let the person allow it, `redeem` what came of it, `aclose`."""

    @property
    def host(self) -> str:
        """Where the person logs in."""
        ...

    @property
    def state(self) -> str:
        """What the browser has to bring back, so that an answer to somebody else's question is not taken for ours."""
        ...

    async def begin(self) -> str:
        """Ask the server to be let in; returns the address at which the person allows it.

        Raises Refused where the server lets nobody in this way, with another one as the cure; NetworkError.
        """
        ...

    def lacks(self, typed: str, /) -> bool:
        """True where what was typed is the beginning of what the server shows: more lines of it follow."""
        ...

    async def redeem(self, brought: str) -> Granted:
        """The secret for what the server showed, or for the whole address at which the browser ended.

        Raises Refused where the person or the server said no, or it belongs to another login; NetworkError.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Way(Protocol):
    """How a network logs people in."""

    @property
    def scopes(self) -> Mapping[str, str]:
        """The rights to ask for, each with what will not work without it (marked with N_)."""
        ...

    @property
    def hint(self) -> str:
        """What to do with what the server's page shows where no browser comes back (marked with N_); "": a code."""
        ...

    @property
    def comes_back(self) -> bool:
        """Whether servers send a browser on this machine back as a rule; else what they show is typed in."""
        ...

    def grant(self, connection: Connection, redirect: str) -> Grant:
        """A login that ends at an address of ours, or with what the server shows (`oauth_login.OUT_OF_BAND`)."""
        ...
