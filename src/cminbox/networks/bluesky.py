"""Bluesky, and everything that speaks its lexicons over the AT Protocol (https://docs.bsky.app, https://atproto.com).

One feed for our own posts, one for who names, answers or quotes us, one for private messages, and one for every search
asked for. Sending is made safe by record keys of our own choosing; private messages, which have none, by reading back.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from cminbox.errors import Gone
from cminbox.i18n import N_, _
from cminbox.model.accounts import Abilities, Counting, Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb
from cminbox.model.changes import Batch, Cursor, Feed
from cminbox.model.content import Target
from cminbox.model.figures import Figures
from cminbox.networks.base import Connection, Network
from cminbox.networks.bluesky_acts import Acts
from cminbox.networks.bluesky_chat import FEED as MESSAGES
from cminbox.networks.bluesky_chat import Chat, is_private
from cminbox.networks.bluesky_feeds import Feeds
from cminbox.networks.bluesky_figures import read_figures
from cminbox.networks.bluesky_messages import Reader
from cminbox.networks.bluesky_session import CHAT, PRIVILEGED, Session
from cminbox.networks.bluesky_wire import AUTHOR
from cminbox.networks.listening import ABOUT_HELP, about_of

SEARCH = "search:"

_OFF = ("off", "none", "no")

_CAN = frozenset(
    {
        ActVerb.REPLY,
        ActVerb.PRIVATE_REPLY,
        ActVerb.DELETE,
        ActVerb.LIKE,
        ActVerb.UNLIKE,
        ActVerb.HIDE,
        ActVerb.UNHIDE,
        ActVerb.MUTE,
        ActVerb.UNMUTE,
        ActVerb.BLOCK,
        ActVerb.UNBLOCK,
        ActVerb.REPORT,
    }
)


@dataclass(frozen=True)
class _Opened:
    """What is known once our account is."""

    profile: Profile
    reader: Reader
    feeds: Feeds
    chat: Chat | None
    acts: Acts


class Bluesky(Network):
    """One account, with an app password."""

    name: ClassVar[str] = "bluesky"
    title: ClassVar[str] = "Bluesky"
    secret_help: ClassVar[str] = N_(
        "handle and app password as HANDLE:PASSWORD (Settings, Privacy and security, App passwords)"
    )
    settings_help: ClassVar[dict[str, str]] = {
        "handle": N_("the account's handle; the secret is then the app password alone"),
        "chat": N_("the DID of the service for private messages, or off"),
        "search": N_("words to listen for, separated by commas (one feed each)"),
        "about": ABOUT_HELP,
    }

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._lock = asyncio.Lock()
        self._session = Session(connection)
        self._opened: _Opened | None = None

    async def whoami(self) -> Profile:
        """Who the app password belongs to, and whether it reaches private messages."""
        about_of(self.connection.settings)
        tokens = await self._session.tokens()
        me = await self._session.get("app.bsky.actor.getProfile", AUTHOR, {"actor": tokens.did})
        reader = Reader(tokens.did, self.connection.since)
        service = self._chat_service(tokens.scope)
        chat = Chat(self._session, reader, service) if service else None
        profile = Profile(
            author=reader.author(me),
            server=self._session.host,
            scopes=frozenset({tokens.scope} if tokens.scope else ()),
            abilities=abilities(self._why_no_chat(tokens.scope)),
        )
        feeds = Feeds(self._session, reader)
        acts = Acts(self._session, reader, feeds.post, chat, self.connection.clock)
        self._opened = _Opened(profile, reader, feeds, chat, acts)
        return profile

    @property
    def abilities(self) -> Abilities:
        """What the account can do; before `whoami`, what one usually can."""
        return self._opened.profile.abilities if self._opened else abilities(self._why_no_chat(""))

    async def feeds(self) -> tuple[Feed, ...]:
        """Our own posts first: they are the topics of what comes with the others."""
        opened = await self._ready()
        found = [
            Feed(name="own", title=_("own posts"), poll_s=120),
            Feed(name="notifications", title=_("mentions and answers"), poll_s=60),
        ]
        if opened.chat is not None:
            found.append(Feed(name=MESSAGES, title=_("private messages"), poll_s=60))
        for words in self._searches():
            found.append(Feed(name=SEARCH + words, title=_("search for {words}").format(words=words), poll_s=300))
        return tuple(found)

    async def pull(self, feed: Feed, cursor: Cursor) -> Batch:
        """One page of a feed."""
        opened = await self._ready()
        if feed.name == "own":
            return await opened.feeds.own(cursor)
        if feed.name == "notifications":
            return await opened.feeds.notifications(cursor)
        if feed.name == MESSAGES and opened.chat is not None:
            return await opened.chat.pull(cursor)
        if feed.name.startswith(SEARCH):
            about = about_of(self.connection.settings)
            return await opened.feeds.search(feed.name, feed.name.removeprefix(SEARCH), about, cursor)
        raise Gone(_("Bluesky has no feed called {name}.").format(name=feed.name))

    async def thread(self, target: Target) -> Batch:
        """A post with what stands above and below it, or the newest of a private conversation."""
        opened = await self._ready()
        if is_private(target):
            if opened.chat is None:
                raise Gone(_("This account has no access to private messages."))
            return Batch(feed="thread", changes=tuple(await opened.chat.thread(target)))
        changes, set_aside = await opened.feeds.thread(target.remote_id)
        return Batch(feed="thread", changes=tuple(changes), set_aside=tuple(set_aside))

    async def perform(self, act: Act) -> Receipt:
        """Do one act, under a record key made from its own."""
        return await (await self._ready()).acts.perform(act)

    async def find(self, act: Act) -> Receipt | None:
        """Look whether an act happened."""
        return await (await self._ready()).acts.find(act)

    async def figures(self) -> Figures:
        """Followers; likes, answers, reposts and quotes of our posts."""
        opened = await self._ready()
        return await read_figures(self._session, opened.reader, self.connection.clock)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()

    async def _ready(self) -> _Opened:
        async with self._lock:
            if self._opened is None:
                await self.whoami()
        assert self._opened is not None
        return self._opened

    def _chat_service(self, scope: str) -> str:
        return "" if self._why_no_chat(scope) else self.connection.settings.get("chat", "").strip() or CHAT

    def _why_no_chat(self, scope: str) -> str:
        if self.connection.settings.get("chat", "").strip().lower() in _OFF:
            return _("Private messages are off for this account (the setting chat).")
        if scope and scope not in PRIVILEGED:
            return _("The app password does not reach private messages: create one that does.")
        return ""

    def _searches(self) -> tuple[str, ...]:
        words = (one.strip() for one in self.connection.settings.get("search", "").split(","))
        return tuple(dict.fromkeys(one for one in words if one))


def abilities(why_no_chat: str) -> Abilities:
    """What an account can do, and why not the rest."""
    why_not = {ActVerb.EDIT: _("Bluesky posts cannot be edited.")}
    if why_no_chat:
        why_not[ActVerb.PRIVATE_REPLY] = why_no_chat
    return Abilities(
        can=_CAN - set(why_not),
        max_length=300,
        max_length_private=1000,
        counting=Counting.GRAPHEMES,
        why_not=why_not,
    )
