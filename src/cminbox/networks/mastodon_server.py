"""Which server an account lives on, and what it and the token allow."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, NetworkError, Rejected
from cminbox.i18n import _
from cminbox.model.accounts import Abilities, Counting
from cminbox.model.base import ActVerb
from cminbox.networks.http import Http
from cminbox.networks.http_url import is_loopback
from cminbox.networks.mastodon_wire import APP, INSTANCE, WireInstance

_DEFAULT_LENGTH = 500

_QUOTES_SINCE = 7
"""The API version of Mastodon 4.5, the first that tells of quotes."""

_GROUPS_SINCE = 2
"""The API version of Mastodon 4.3, the first that groups notifications."""

_NEEDS = {
    ActVerb.REPLY: "write:statuses",
    ActVerb.PRIVATE_REPLY: "write:statuses",
    ActVerb.EDIT: "write:statuses",
    ActVerb.DELETE: "write:statuses",
    ActVerb.LIKE: "write:favourites",
    ActVerb.UNLIKE: "write:favourites",
    ActVerb.MUTE: "write:mutes",
    ActVerb.UNMUTE: "write:mutes",
    ActVerb.BLOCK: "write:blocks",
    ActVerb.UNBLOCK: "write:blocks",
    ActVerb.REPORT: "write:reports",
}


@dataclass(frozen=True)
class Server:
    """What a server says of itself. `streaming` is the root of its push service; `types` its notifications for us, and
    `groups` whether it tells them in groups."""

    domain: str
    version: str
    max_length: int
    streaming: str
    types: tuple[str, ...]
    groups: bool = False


async def discover(http: Http) -> Server:
    """Ask the server what it is. Raises `Malformed` with the cure where it is no Mastodon."""
    try:
        instance = await _instance(http)
    except (Gone, Malformed, Rejected) as error:
        raise await _something_else(http, error) from None
    limits = instance.configuration.statuses if instance.configuration else None
    length = (limits.max_characters if limits else None) or instance.max_toot_chars or _DEFAULT_LENGTH
    said = (instance.api_versions or {}).get("mastodon")
    level = said if isinstance(said, int) else 0
    return Server(
        domain=_domain(instance, http),
        version=instance.version,
        max_length=length,
        streaming=_streaming(instance, http),
        types=("mention", "quote") if level >= _QUOTES_SINCE else ("mention",),
        groups=level >= _GROUPS_SINCE,
    )


async def scopes_of(http: Http, said: str | None) -> frozenset[str]:
    """What the token may do; empty where the server does not say. `said` is the OAuth header of an answer.

    The application's scopes are the most that its token can have: better than nothing.
    """
    if said:
        return frozenset(said.replace(",", " ").split())
    try:
        app = (await http.request("GET", "/api/v1/apps/verify_credentials")).decode(APP)
    except (AuthExpired, Forbidden, Gone, Malformed, Rejected):
        # A token without an application behind it is refused here although it is good.
        return frozenset()
    return frozenset(app.scopes or ())


def abilities(server: Server | None, scopes: frozenset[str]) -> Abilities:
    """What an account can do, and why not the rest."""
    why_not = {
        verb: _("Mastodon cannot hide other people's posts; mute, block or report the person instead.")
        for verb in (ActVerb.HIDE, ActVerb.UNHIDE)
    }
    can = set(_NEEDS)
    for verb, scope in _NEEDS.items():
        # Before Mastodon 2.4.3 one right called "follow" stood for mutes and blocks.
        wide = {"write", scope} | ({"follow"} if scope in ("write:mutes", "write:blocks") else set())
        if scopes and not wide & scopes:
            can.discard(verb)
            why_not[verb] = _("The token lacks the right {scope}.").format(scope=scope)
    return Abilities(
        can=frozenset(can),
        max_length=server.max_length if server else _DEFAULT_LENGTH,
        mentions_first=True,
        counting=Counting.MASTODON,
        why_not=why_not,
    )


async def _instance(http: Http) -> WireInstance:
    try:
        answer = await http.request("GET", "/api/v2/instance")
    except (Gone, Rejected):
        answer = await http.request("GET", "/api/v1/instance")
    return answer.decode(INSTANCE)


async def _something_else(http: Http, error: NetworkError) -> NetworkError:
    try:
        other = (await http.request("GET", "/_matrix/client/versions")).json()
    except NetworkError:
        other = None
    if isinstance(other, dict) and "versions" in other:
        return Malformed(
            _("{host} is a Matrix server, not a Mastodon one.").format(host=http.host),
            _("Add it with: cminbox accounts add matrix"),
        )
    return Malformed(
        _("{host} does not speak the Mastodon API.").format(host=http.host),
        _("Give the address of the server that the account lives on, like https://social.example."),
        raw=error.raw if isinstance(error, Malformed) else str(error),
    )


def _domain(instance: WireInstance, http: Http) -> str:
    named = instance.domain or instance.uri or ""
    if "://" in named:
        named = urlsplit(named).netloc
    return (named or http.host).lower()


def _streaming(instance: WireInstance, http: Http) -> str:
    named = ""
    if instance.configuration and instance.configuration.urls:
        named = instance.configuration.urls.streaming or ""
    if not named and instance.urls:
        named = instance.urls.streaming_api or ""
    try:
        parts = urlsplit(named)
        host = parts.hostname or ""
    except ValueError:
        return http.base_url
    secure = parts.scheme in ("wss", "https")
    # The token goes there: never in the clear over a network.
    if not host or not (secure or (parts.scheme in ("ws", "http") and is_loopback(host))):
        return http.base_url
    return f"{'https' if secure else 'http'}://{parts.netloc}"
