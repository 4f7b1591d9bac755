"""Mastodon, and the servers that speak its API (https://docs.joinmastodon.org/api/).

One feed for mentions, one for private conversations, one for our own posts, and one for every search and hashtag; push
over server-sent events where the server has it. Sending is made safe by `Idempotency-Key` and, for servers that ignore
it, by reading the thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

from cminbox.errors import Gone, Malformed
from cminbox.i18n import N_, _
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.changes import Batch, Change, Cursor, Feed
from cminbox.model.content import Target
from cminbox.model.figures import Figures
from cminbox.networks.base import Connection, Network
from cminbox.networks.http import Http
from cminbox.networks.http_url import segment, server_url
from cminbox.networks.listening import ABOUT_HELP, about_of
from cminbox.networks.mastodon_acts import Acts
from cminbox.networks.mastodon_feeds import Feeds, Known
from cminbox.networks.mastodon_figures import read_figures
from cminbox.networks.mastodon_login import LOGIN
from cminbox.networks.mastodon_messages import Reader
from cminbox.networks.mastodon_push import read_event
from cminbox.networks.mastodon_server import Server, abilities, discover, scopes_of
from cminbox.networks.mastodon_wire import ACCOUNT, STATUS
from cminbox.networks.oauth_login import Login

SEARCH = "search:"
TAG = "tag:"


@dataclass(frozen=True)
class _Opened:
    """What is known once the server and our account are."""

    server: Server
    profile: Profile
    reader: Reader
    feeds: Feeds
    acts: Acts


class Mastodon(Network):
    """One account on one server."""

    name: ClassVar[str] = "mastodon"
    title: ClassVar[str] = "Mastodon"
    secret_help: ClassVar[str] = N_(
        "an access token: in the web interface under Preferences, Development, New application (rights: read, write)"
    )
    settings_help: ClassVar[dict[str, str]] = {
        "search": N_("words to listen for, separated by commas (one feed each)"),
        "tags": N_("hashtags to listen to, separated by commas (one feed each)"),
        "about": ABOUT_HELP,
    }

    login: ClassVar[Login | None] = LOGIN

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._lock = asyncio.Lock()
        self._known = Known()
        self._http_opened: Http | None = None
        self._opened: _Opened | None = None

    async def whoami(self) -> Profile:
        """Who the token belongs to, on which server."""
        about_of(self.connection.settings)
        http = self._http()
        server = await discover(http)
        answer = await http.request("GET", "/api/v1/accounts/verify_credentials")
        me = answer.decode(ACCOUNT)
        scopes = await scopes_of(http, answer.headers.get("x-oauth-scopes"))
        reader = Reader(me.id, server.domain, self.connection.since)
        profile = Profile(
            author=reader.author(me),
            server=f"{server.domain} {server.version}",
            scopes=scopes,
            abilities=abilities(server, scopes),
        )
        feeds = Feeds(http, reader, self.connection.since, server, self._known)
        self._opened = _Opened(server, profile, reader, feeds, Acts(http, reader, self.connection.clock))
        return profile

    @property
    def abilities(self) -> Abilities:
        """What the account can do; before `whoami`, what a Mastodon account usually can."""
        return self._opened.profile.abilities if self._opened else abilities(None, frozenset())

    async def feeds(self) -> tuple[Feed, ...]:
        """Our own posts first: they are the topics of what comes with the others."""
        searches = [
            Feed(name=SEARCH + words, title=_("search for {words}").format(words=words), poll_s=300)
            for words in self._listed("search")
        ]
        tags = [Feed(name=f"{TAG}{tag}", title=f"#{tag}", poll_s=300) for tag in self._tags()]
        return (
            Feed(name="own", title=_("own posts"), poll_s=120),
            Feed(name="mentions", title=_("mentions"), poll_s=60),
            Feed(name="direct", title=_("private messages"), poll_s=60),
            *searches,
            *tags,
        )

    async def pull(self, feed: Feed, cursor: Cursor) -> Batch:
        """One page of a feed."""
        feeds = (await self._ready()).feeds
        if feed.name == "own":
            return await feeds.own(cursor)
        if feed.name == "mentions":
            return await feeds.mentions(cursor)
        if feed.name == "direct":
            return await feeds.direct(cursor)
        about = about_of(self.connection.settings)
        if feed.name.startswith(SEARCH):
            return await feeds.search(feed.name, feed.name.removeprefix(SEARCH), about, cursor)
        if feed.name.startswith(TAG):
            return await feeds.tagged(feed.name, feed.name.removeprefix(TAG), about, cursor)
        raise Gone(_("Mastodon has no feed called {name}.").format(name=feed.name))

    async def listen(self) -> AsyncIterator[Batch]:
        """What the server pushes; ends at once on a server that does not."""
        opened = await self._ready()
        events = self._http().stream_sse("/api/v1/streaming/user", base_url=opened.server.streaming)
        try:
            async for event in events:
                batch = read_event(event, opened.reader, self._known)
                if batch is not None:
                    yield batch
        except (Gone, Malformed):
            return
        finally:
            await events.aclose()

    async def thread(self, target: Target) -> Batch:
        """The status with what stands above and below it."""
        opened = await self._ready()
        changes: list[Change] = []
        path = f"/api/v1/statuses/{segment(target.remote_id)}"
        status = (await self._http().request("GET", path)).decode(STATUS)
        above, below, set_aside = await opened.feeds.context(status.id)
        for each in (*above, status, *below):
            opened.feeds.tell(each, changes)
        return Batch(feed="thread", changes=tuple(changes), set_aside=tuple(set_aside))

    async def perform(self, act: Act) -> Receipt:
        """Do one act, under its own key where it makes a status."""
        return await (await self._ready()).acts.perform(act)

    async def find(self, act: Act) -> Receipt | None:
        """Look whether an act happened."""
        return await (await self._ready()).acts.find(act)

    async def figures(self) -> Figures:
        """Followers; likes, answers, boosts and quotes of our posts."""
        opened = await self._ready()
        return await read_figures(self._http(), opened.reader, self.connection.clock)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http_opened is not None:
            await self._http_opened.aclose()

    def _http(self) -> Http:
        if self._http_opened is None:
            token = self.connection.secret.strip()
            headers = {"authorization": f"Bearer {token}"} if token else {}
            # People paste whole profile pages; the account's server is all that counts.
            self._http_opened = Http(self.connection, server_url(self.connection.url), headers)
        return self._http_opened

    def _listed(self, setting: str) -> tuple[str, ...]:
        words = (one.strip() for one in self.connection.settings.get(setting, "").split(","))
        return tuple(dict.fromkeys(one for one in words if one))

    def _tags(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tag for one in self._listed("tags") if (tag := one.lstrip("#"))))

    async def _ready(self) -> _Opened:
        async with self._lock:
            if self._opened is None:
                await self.whoami()
        assert self._opened is not None
        return self._opened
