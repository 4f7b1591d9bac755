"""Our logins, and the small tables of names beside them: networks, brands, colleagues."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from cminbox.clock import from_ms, to_ms
from cminbox.errors import Refused, UsageError
from cminbox.i18n import _, ngettext
from cminbox.model.accounts import Account, Allowance, Profile
from cminbox.model.base import AccountState
from cminbox.store import people
from cminbox.store.database import Tx

IMPORT_FEED = "import"
"""The feed of imported messages: what comes by it is open whatever its age (design: First reading)."""


@dataclass(frozen=True)
class Place:
    """The columns of an account that its conversations repeat."""

    network_id: int
    brand_id: int | None


_SELECT = (
    "SELECT a.id, a.name, n.name AS network, a.url, coalesce(b.name, '') AS brand, a.state, a.paused_because,"
    " a.settings, a.profile, a.connected_ms, a.since_ms, a.open_since_ms"
    " FROM account a JOIN network n ON n.id = a.network_id LEFT JOIN brand b ON b.id = a.brand_id"
)


def add(
    tx: Tx,
    name: str,
    network: str,
    url: str,
    brand: str,
    settings: Mapping[str, str],
    profile: Profile | None,
    since_ms: int,
    open_since_ms: int | None = None,
) -> int:
    """Enter an account, connected now, and return its id. Raises UsageError where the name is taken."""
    return _insert(tx, name, network, url, brand, settings, profile, since_ms, open_since_ms, AccountState.ACTIVE)


def ensure_import(tx: Tx, network: str, name: str = "") -> int:
    """The account that imported messages of a network live in, made where it is not there yet.

    Without a name that is `NETWORK:import`. Raises UsageError where the name is that of another network's account.
    """
    name = name or f"{network}:import"
    account = by_name(tx.db, name)
    if account is None:
        return _insert(tx, name, network, "", "", {}, None, 0, None, AccountState.IMPORT)
    if account.network != network:
        raise UsageError(
            _("The account {name} belongs to {network}.").format(name=name, network=account.network),
            _("Name another account, or leave the name out."),
        )
    return account.id


def get(db: sqlite3.Connection, account_id: int) -> Account:
    """An account by id. Raises UsageError for one that is not there (any more)."""
    row = db.execute(f"{_SELECT} WHERE a.id = ?", (account_id,)).fetchone()
    if row is None:
        raise _no_account(account_id)
    return _account(row)


def by_name(db: sqlite3.Connection, name: str) -> Account | None:
    """An account by its name, or None."""
    row = db.execute(f"{_SELECT} WHERE a.name = ?", (name,)).fetchone()
    return _account(row) if row else None


def all_accounts(db: sqlite3.Connection) -> list[Account]:
    """Every account, the one connected first before the others."""
    return [_account(row) for row in db.execute(f"{_SELECT} ORDER BY a.id")]


def set_state(tx: Tx, account_id: int, state: AccountState, because: str = "") -> None:
    """Let an account work or rest; `because` is the translated reason of a rest."""
    tx.db.execute("UPDATE account SET state = ?, paused_because = ? WHERE id = ?", (state.value, because, account_id))


def remove(tx: Tx, account_id: int) -> None:
    """Disconnect an account. What was read stays, under a name that says so; nothing can be sent from it any more.

    Its name is free again. Raises Refused while acts of it have not left: nothing that somebody wrote gets lost.
    """
    account = get(tx.db, account_id)
    if account.state is AccountState.IMPORT:
        raise Refused(_("{account} is no login: its messages were imported.").format(account=account.name))
    left = tx.db.execute(
        "SELECT count(*) FROM act WHERE account_id = ? AND state NOT IN ('sent', 'cancelled')", (account_id,)
    ).fetchone()[0]
    if left:
        raise Refused(
            ngettext(
                "{n} act of {account} is still in the outbox.", "{n} acts of {account} are still in the outbox.", left
            ).format(n=left, account=account.name),
            _("Let it be sent, or take it back: cminbox outbox"),
        )
    name, number = f"{account.name}:removed", 1
    while by_name(tx.db, name) is not None:
        number += 1
        name = f"{account.name}:removed-{number}"
    tx.db.execute(
        "UPDATE account SET name = ?, state = ?, profile = NULL, expires_ms = NULL, budget = NULL, paused_because = ''"
        " WHERE id = ?",
        (name, AccountState.IMPORT.value, account_id),
    )
    tx.db.execute("DELETE FROM cursor WHERE account_id = ?", (account_id,))


def set_profile(tx: Tx, account_id: int, profile: Profile) -> None:
    """Keep what the network says of the account now."""
    tx.db.execute(
        "UPDATE account SET profile = ?, expires_ms = ? WHERE id = ?",
        (profile.model_dump_json(), _expires_ms(profile), account_id),
    )
    network = tx.db.execute("SELECT network_id FROM account WHERE id = ?", (account_id,)).fetchone()
    if network is not None:
        people.upsert(tx, network["network_id"], profile.author.model_copy(update={"is_us": True}))


def note_allowance(tx: Tx, account_id: int, allowance: Allowance) -> None:
    """Keep how many requests the network still takes, for other processes to tell."""
    tx.db.execute("UPDATE account SET budget = ? WHERE id = ?", (allowance.model_dump_json(), account_id))


def allowances(db: sqlite3.Connection) -> dict[int, Allowance]:
    """How many requests the networks still take, by account, where they ever said so."""
    found = db.execute("SELECT id, budget FROM account WHERE budget IS NOT NULL")
    return {row["id"]: Allowance.model_validate_json(row["budget"]) for row in found}


def _expires_ms(profile: Profile | None) -> int | None:
    return None if profile is None or profile.expires_at is None else to_ms(profile.expires_at)


def place_of(db: sqlite3.Connection, account_id: int) -> Place:
    """The network and brand of an account. Raises UsageError for one that is not there (any more)."""
    row = db.execute("SELECT network_id, brand_id FROM account WHERE id = ?", (account_id,)).fetchone()
    if row is None:
        raise _no_account(account_id)
    return Place(row["network_id"], row["brand_id"])


def ourselves(db: sqlite3.Connection, network_id: int) -> frozenset[str]:
    """The remote ids under which accounts of ours write on a network: what they write is never inbound."""
    rows = db.execute("SELECT profile FROM account WHERE network_id = ? AND profile IS NOT NULL", (network_id,))
    return frozenset(Profile.model_validate_json(row["profile"]).author.remote_id for row in rows)


def colleague_id(tx: Tx, name: str) -> int:
    """The number of a colleague, who is entered on the first time."""
    return _named(tx, "colleague", name)


def brand_id(tx: Tx, name: str) -> int:
    """The number of a brand, which is entered on the first time."""
    return _named(tx, "brand", name)


def network_id(tx: Tx, name: str) -> int:
    """The number of a network, which is entered on the first time."""
    return _named(tx, "network", name)


def _named(tx: Tx, table: str, name: str) -> int:
    row = tx.db.execute(f"SELECT id FROM {table} WHERE name = ?", (name,)).fetchone()
    if row is None:
        row = tx.db.execute(f"INSERT INTO {table} (name) VALUES (?) RETURNING id", (name,)).fetchone()
    return int(row["id"])


def _insert(
    tx: Tx,
    name: str,
    network: str,
    url: str,
    brand: str,
    settings: Mapping[str, str],
    profile: Profile | None,
    since_ms: int,
    open_since_ms: int | None,
    state: AccountState,
) -> int:
    if tx.db.execute("SELECT 1 FROM account WHERE name = ?", (name,)).fetchone():
        raise UsageError(
            _("There is an account named {name} already.").format(name=name), _("Choose another with --name.")
        )
    network_number = network_id(tx, network)
    row = tx.db.execute(
        "INSERT INTO account (name, network_id, brand_id, url, state, settings, profile, connected_ms, since_ms,"
        " open_since_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            name,
            network_number,
            brand_id(tx, brand) if brand else None,
            url,
            state.value,
            json.dumps(dict(settings)),
            profile.model_dump_json() if profile else None,
            tx.now_ms,
            since_ms,
            open_since_ms,
            _expires_ms(profile),
        ),
    ).fetchone()
    if profile is not None:
        people.upsert(tx, network_number, profile.author.model_copy(update={"is_us": True}))
    return int(row["id"])


def _no_account(account_id: int) -> UsageError:
    return UsageError(_("There is no account with the number {id}.").format(id=account_id))


def _account(row: sqlite3.Row) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        network=row["network"],
        url=row["url"],
        brand=row["brand"],
        state=AccountState(row["state"]),
        paused_because=row["paused_because"],
        settings=json.loads(row["settings"]),
        profile=Profile.model_validate_json(row["profile"]) if row["profile"] else None,
        connected_at=from_ms(row["connected_ms"]),
        since=from_ms(row["since_ms"]),
        open_since=None if row["open_since_ms"] is None else from_ms(row["open_since_ms"]),
    )
