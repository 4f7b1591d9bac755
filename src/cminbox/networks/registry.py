"""Which networks there are. A connector's module is imported when an account needs it, not before."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from cminbox.errors import CminboxError, UsageError
from cminbox.i18n import _
from cminbox.networks.base import Connection, Network

GROUP = "cminbox.networks"
"""The entry-point group under which other packages ship connectors (name -> class)."""

_OURS: Mapping[str, str] = {
    "mastodon": "cminbox.networks.mastodon:Mastodon",
    "matrix": "cminbox.networks.matrix:Matrix",
    "bluesky": "cminbox.networks.bluesky:Bluesky",
    "wordpress": "cminbox.networks.wordpress:WordPress",
    "discourse": "cminbox.networks.discourse:Discourse",
    "rss": "cminbox.networks.feeds:Rss",
    "hackernews": "cminbox.networks.hackernews:HackerNews",
}


def names() -> tuple[str, ...]:
    """The networks that can be connected, ours first."""
    return (*_OURS, *sorted(set(_theirs()) - set(_OURS)))


def network_type(name: str) -> type[Network]:
    """The connector of a network. Raises `UsageError` for a name that nobody has, or a package that does not load."""
    if name in _OURS:
        module, _colon, attribute = _OURS[name].partition(":")
        found: object = getattr(import_module(module), attribute)
    else:
        point = _theirs().get(name)
        if point is None:
            known = ", ".join(names())
            raise UsageError(
                _("There is no network called {name}.").format(name=name), _("Known are: {names}.").format(names=known)
            )
        found = _load(point)
    if not (isinstance(found, type) and issubclass(found, Network)):
        raise UsageError(
            _("The package for the network {name} does not hold a connector.").format(name=name),
            _("Ask whoever made it."),
        )
    return found


def needs_secret(name: str) -> bool:
    """False where a network asks for no secret; of one that nobody has, True."""
    try:
        return network_type(name).needs_secret
    except UsageError:
        return True


def open_network(name: str, connection: Connection) -> Network:
    """A connector for one account; nothing is sent yet. Raises `UsageError` as `network_type`."""
    return network_type(name)(connection)


def _theirs() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _load(point: EntryPoint) -> object:
    try:
        return point.load()
    except CminboxError:
        raise
    except Exception as error:
        # Foreign code at import: whatever it raises, the rest of cminbox goes on.
        raise UsageError(
            _("The package for the network {name} does not load: {why}.").format(
                name=point.name, why=f"{type(error).__name__}: {error}"
            ),
            _("Update or remove it."),
        ) from error
