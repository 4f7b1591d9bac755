"""Connecting accounts: opening a connector, adding, renewing, checking and removing a login of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cminbox.clock import Clock, to_ms
from cminbox.config.secrets import Secrets
from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.model.accounts import Account, Profile
from cminbox.model.base import AccountState
from cminbox.store import accounts
from cminbox.store.database import Store, Tx
from cminbox.sync.logins import SignIn

if TYPE_CHECKING:
    import httpx

    from cminbox.networks.base import Connection, Network
    from cminbox.networks.login import Grant
    from cminbox.networks.oauth_loopback import Loopback

FIRST_READING: Final = timedelta(days=7)
"""How far back a new account is read, unless it is told otherwise."""

TransportFor = Callable[[Account], "httpx.AsyncBaseTransport | None"]
"""The wire of an account where it is not the real one (practice, tests); None is the real one."""


@dataclass(frozen=True)
class NewAccount:
    """What a person says of a login to connect. `name` empty: the handle that the network gives."""

    network: str
    secret: str = field(repr=False)
    url: str = ""
    name: str = ""
    brand: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    since: datetime | None = None
    open_since: datetime | None = None


class Connector:
    """Opens connectors, and keeps the list of accounts and their secrets in step.

    `defaults` are a connector's settings, by network, where the account has none of its own.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        secrets: Secrets,
        transport_for: TransportFor | None = None,
        defaults: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._secrets = secrets
        self._transport_for = transport_for
        self._defaults = defaults or {}

    @property
    def keeper(self) -> str:
        """The user to whom the secrets of this house belong where that is not this one, who then reads nothing."""
        return self._secrets.owner

    def secret(self, account: Account) -> str | None:
        """The account's secret on this machine, or None; empty where its network asks for none."""
        from cminbox.networks.registry import needs_secret

        found = self._secrets.get(account.name)
        return "" if found is None and not needs_secret(account.network) else found

    def open(self, account: Account, secret: str) -> Network:
        """A connector for the account; nothing is sent yet. Raises UsageError for a network that nobody has."""
        from cminbox.networks.registry import open_network

        return open_network(account.network, self._connection(account, secret))

    async def sign_in(self, network: str, url: str, *, loopback: bool) -> SignIn:
        """Begin a login in a browser: one on this machine that comes back here (`loopback`), else a code is typed in.

        Raises UsageError for a network without such a login, or where nothing can listen here; Refused where the server
        does not log in that way; NetworkError.
        """
        from cminbox.networks.oauth_login import OUT_OF_BAND
        from cminbox.networks.registry import network_type

        login = network_type(network).login
        if login is None:
            raise UsageError(
                _("{network} has no login in a browser.").format(network=network_type(network).title),
                _("Give it a token: cminbox accounts add --help"),
            )
        now = self._clock.now()
        account = Account(id=0, name=network, network=network, url=url, connected_at=now, since=now)
        here = await _listening() if loopback else None
        grant: Grant | None = None
        try:
            grant = login.grant(self._connection(account, ""), here.redirect if here else OUT_OF_BAND)
            address = await grant.begin()
        except BaseException:
            if grant is not None:
                await grant.aclose()
            if here is not None:
                await here.aclose()
            raise
        if here is not None:
            here.expect(address, grant.state)
        return SignIn(grant, self._clock, address, here, login.hint)

    def _connection(self, account: Account, secret: str) -> Connection:
        from cminbox.networks.base import Connection

        return Connection(
            account=account.name,
            url=account.url,
            secret=secret,
            since=account.since,
            clock=self._clock,
            settings={**self._defaults.get(account.network, {}), **account.settings},
            transport=self._transport_for(account) if self._transport_for else None,
        )

    async def add(self, new: NewAccount) -> Account:
        """Ask the network who the secret belongs to, then keep account and secret.

        Raises UsageError where the name is taken or the login is connected already, and any NetworkError of the
        network; then nothing is kept.
        """
        now = self._clock.now()
        since = new.since or now - FIRST_READING
        account = Account(
            id=0,
            name=new.name or new.network,
            network=new.network,
            url=new.url,
            brand=new.brand,
            settings=new.settings,
            connected_at=now,
            since=since,
            open_since=new.open_since,
        )
        if new.name:
            await self._store.read(_free, new.name)
        profile = await self._ask(account, new.secret)
        name = new.name or profile.author.handle or profile.author.name or new.network
        await self._store.read(_free, name)
        await self._store.read(_unknown, account, profile)
        if new.secret:
            self._secrets.put(name, new.secret)
        try:
            account_id = await self._store.write(
                accounts.add,
                name,
                new.network,
                new.url,
                new.brand,
                new.settings,
                profile,
                to_ms(since),
                None if new.open_since is None else to_ms(new.open_since),
            )
        except BaseException:
            self._secrets.remove(name)
            raise
        return await self._store.read(accounts.get, account_id)

    async def renew(self, name: str, secret: str) -> Account:
        """Give an account a new secret, of the same login, and let it go on. Raises as `add`."""
        account = await self.named(name)
        profile = await self._ask(account, secret)
        _same_login(account, profile)
        if secret:
            self._secrets.put(name, secret)
        return await self._good(account, profile)

    async def check(self, name: str) -> Account:
        """Ask the network about an account again; one that was paused goes on. Raises what the network says."""
        account = await self.named(name)
        secret = self.secret(account)
        if secret is None:
            raise UsageError(
                _("There is no token for {account} on this machine.").format(account=name),
                _("Give it one: cminbox accounts renew {account}").format(account=name),
            )
        profile = await self._ask(account, secret)
        _same_login(account, profile)
        return await self._good(account, profile)

    async def remove(self, name: str) -> None:
        """Forget an account's login and secret. Raises UsageError for an unknown name."""
        account = await self.named(name)
        await self._store.write(accounts.remove, account.id)
        self._secrets.remove(name)

    async def named(self, name: str) -> Account:
        """The account of that name. Raises UsageError where there is none."""
        account = await self._store.read(accounts.by_name, name)
        if account is None:
            known = [a.name for a in await self._store.read(accounts.all_accounts)]
            raise UsageError(
                _("There is no account called {name}.").format(name=name),
                _("Known are: {names}.").format(names=", ".join(known)) if known else "",
            )
        return account

    async def _ask(self, account: Account, secret: str) -> Profile:
        network = self.open(account, secret)
        try:
            return await network.whoami()
        finally:
            await network.aclose()

    async def _good(self, account: Account, profile: Profile) -> Account:
        def job(tx: Tx) -> None:
            accounts.set_profile(tx, account.id, profile)
            accounts.set_state(tx, account.id, AccountState.ACTIVE, "")

        await self._store.write(job)
        return await self._store.read(accounts.get, account.id)


async def _listening() -> Loopback:
    from cminbox.networks.oauth_loopback import Loopback

    try:
        return await Loopback.open()
    except OSError as error:
        raise UsageError(
            _("Nothing can listen on this machine: {why}.").format(why=error.strerror or type(error).__name__),
            _("Log in with a code instead."),
        ) from error


def _free(db: sqlite3.Connection, name: str) -> None:
    if accounts.by_name(db, name) is not None:
        raise UsageError(
            _("There is an account called {name} already.").format(name=name),
            _("Choose another name with --name, or renew it: cminbox accounts renew {name}").format(name=name),
        )


def _unknown(db: sqlite3.Connection, account: Account, profile: Profile) -> None:
    for other in accounts.all_accounts(db):
        known = other.profile.author.remote_id if other.profile else None
        if other.network == account.network and known == profile.author.remote_id:
            raise UsageError(
                _("{login} is connected already, as {name}.").format(login=_login(profile), name=other.name),
                _("Give it a new token with: cminbox accounts renew {name}").format(name=other.name),
            )


def _same_login(account: Account, profile: Profile) -> None:
    if account.profile is not None and account.profile.author.remote_id != profile.author.remote_id:
        raise UsageError(
            _("This token belongs to {login}, not to {name}.").format(login=_login(profile), name=account.name),
            _("Use a token of {login}, or connect the other login as an account of its own.").format(
                login=_login(account.profile)
            ),
        )


def _login(profile: Profile) -> str:
    return profile.author.handle or profile.author.name or profile.author.remote_id
