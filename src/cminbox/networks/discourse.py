"""Discourse: forums (https://docs.discourse.org).

Four feeds: what names us, posts (ours, and those of named categories or topics), private messages, the review queue.
An account is a user API key on one forum, or an administrator's key with the name of a login.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, Rejected
from cminbox.i18n import N_, _
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb, MessageState
from cminbox.model.changes import Batch, Change, Cursor, Feed, Removed
from cminbox.model.content import Target
from cminbox.model.figures import Figures
from cminbox.networks.base import Connection, Network
from cminbox.networks.discourse_acts import Acts
from cminbox.networks.discourse_feeds import Feeds
from cminbox.networks.discourse_figures import read_figures
from cminbox.networks.discourse_forum import ME_PATH, Forum, ended, translate
from cminbox.networks.discourse_login import LOGIN, headers
from cminbox.networks.discourse_messages import Reader, state_of
from cminbox.networks.discourse_review import PREFIX, Review
from cminbox.networks.discourse_wire import ME, SETTINGS, WireMe, WirePost, WireSettings
from cminbox.networks.http import Http, decode_each
from cminbox.networks.http_url import segment, server_url
from cminbox.networks.login import Way

_EVERYBODY = frozenset(
    {
        ActVerb.REPLY,
        ActVerb.PRIVATE_REPLY,
        ActVerb.EDIT,
        ActVerb.DELETE,
        ActVerb.RESTORE,
        ActVerb.LIKE,
        ActVerb.UNLIKE,
        ActVerb.MUTE,
        ActVerb.UNMUTE,
        ActVerb.REPORT,
    }
)
_MODERATOR = frozenset({ActVerb.HIDE, ActVerb.UNHIDE, ActVerb.BLOCK, ActVerb.UNBLOCK})


@dataclass(frozen=True)
class _Opened:
    """What is known once our login is."""

    profile: Profile
    reader: Reader
    feeds: Feeds
    review: Review
    acts: Acts


class Discourse(Network):
    """One login on one forum."""

    name: ClassVar[str] = "discourse"
    title: ClassVar[str] = "Discourse"
    secret_help: ClassVar[str] = N_(
        "a user API key of the forum that may read and write; or an administrator's API key, with --set username="
    )
    login: ClassVar[Way | None] = LOGIN
    settings_help: ClassVar[dict[str, str]] = {
        "username": N_("the login to act as, where the key is an administrator's API key"),
        "client": N_("the client id that a user API key was made for, where the forum asks for it"),
        "categories": N_("numbers of categories whose new posts come in though they do not name us: 4,7"),
        "topics": N_("numbers of topics whose new posts come in, likewise: 120,121"),
        "team": N_("user names of the forum that are us too, with commas between"),
    }

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._lock = asyncio.Lock()
        self._forum_opened: tuple[Http, Forum] | None = None
        self._opened: _Opened | None = None

    async def whoami(self) -> Profile:
        """Who the key belongs to, on which forum, and what it may do there."""
        forum = self._forum()
        try:
            answer = await forum.request("GET", ME_PATH)
        except Gone:
            # What Discourse says to somebody without a login.
            raise ended(forum.host) from None
        body = answer.json()
        good, _bad = decode_each([body.get("current_user") if isinstance(body, dict) else None], ME)
        if not good:
            raise Malformed(
                _("{host} does not say who we are.").format(host=forum.host),
                _("Check the address of the account."),
                raw=answer.text[:1000],
            )
        me = good[0]
        settings = await self._settings(forum)
        forum.us = me.username
        moderates = me.admin or me.moderator
        reader = Reader(forum, me, frozenset({me.username.casefold(), *self._named("team")}), self.connection.since)
        writes = await forum.writes()
        profile = Profile(
            author=reader.us(),
            server=settings.title or forum.host,
            scopes=_rights(me) | ({"read", "write"} if writes else {"read"}),
            abilities=abilities(moderates=moderates, settings=settings, writes=writes),
        )
        review = Review(forum, reader, sees=moderates or me.can_review)
        acts = Acts(forum, reader, review, self.connection.clock)
        self._opened = _Opened(profile, reader, Feeds(forum, reader, self._wants), review, acts)
        return profile

    @property
    def abilities(self) -> Abilities:
        """What the account can do; before `whoami`, what a moderator can."""
        return self._opened.profile.abilities if self._opened else abilities(moderates=True, settings=WireSettings())

    async def feeds(self) -> tuple[Feed, ...]:
        """A user API key has 2,880 requests a day: the rarer feeds are what brings less."""
        return (
            Feed(name="notifications", title=_("mentions and answers"), poll_s=120),
            Feed(name="posts", title=_("posts"), poll_s=300),
            Feed(name="messages", title=_("private messages"), poll_s=180),
            Feed(name="review", title=_("review queue"), poll_s=300),
        )

    async def pull(self, feed: Feed, cursor: Cursor) -> Batch:
        """One page of a feed."""
        opened = await self._ready()
        if feed.name == "notifications":
            return await opened.feeds.notifications(cursor)
        if feed.name == "posts":
            return await opened.feeds.posts(cursor)
        if feed.name == "messages":
            return await opened.feeds.messages(cursor)
        if feed.name == "review":
            return await opened.review.pull(cursor)
        raise Gone(_("Discourse has no feed called {name}.").format(name=feed.name))

    async def thread(self, target: Target) -> Batch:
        """The post with those around it in its topic, and the state that it is in now."""
        opened = await self._ready()
        if target.remote_id.startswith(PREFIX):
            return Batch(feed="thread", changes=(await opened.review.told(target.remote_id),))
        forum = self._forum()
        post = await forum.post(target.remote_id)
        if state_of(post) is MessageState.REMOVED:
            raise Gone(_("The post was deleted."))
        around, aside = await forum.around(post.topic_id, post.post_number)
        found = {each.id: each for each in around if each.post_type == 1} | {post.id: post}
        changes: list[Change] = [
            await opened.reader.read(each, context=each.id != post.id and not opened.reader.is_us(each.username))
            for _number, each in sorted(found.items())
            if state_of(each) is not MessageState.REMOVED
        ]
        changes.append(Removed(remote_id=str(post.id), at=None, state=state_of(post)))
        return Batch(feed="thread", changes=tuple(changes), set_aside=tuple(aside))

    async def perform(self, act: Act) -> Receipt:
        """Do one act."""
        opened = await self._ready()
        if act.verb not in opened.profile.abilities.can:
            reason = opened.profile.abilities.why_not.get(act.verb) or _("Discourse cannot do this.")
            raise Rejected(reason, act.verb.value)
        return await opened.acts.perform(act)

    async def find(self, act: Act) -> Receipt | None:
        """Look whether an act happened."""
        return await (await self._ready()).acts.find(act)

    async def figures(self) -> Figures:
        """Likes, answers and views of our topics."""
        await self._ready()
        return await read_figures(self._forum(), self.connection.clock)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._forum_opened is not None:
            await self._forum_opened[0].aclose()

    def _forum(self) -> Forum:
        if self._forum_opened is None:
            secret = self.connection.secret.strip()
            if not secret:
                raise AuthExpired(_("This is no key."), _("Paste the key that the forum shows."))
            username = self.connection.settings.get("username", "").strip()
            client = self.connection.settings.get("client", "").strip()
            # A name that is no ASCII is refused by no forum, but by HTTP.
            who = headers(secret, segment(username) if username else "", client)
            clock = self.connection.clock
            root = server_url(self.connection.url)
            http = Http(self.connection, root, who, translate=lambda answer: translate(clock, answer))
            self._forum_opened = http, Forum(http)
        return self._forum_opened[1]

    async def _settings(self, forum: Forum) -> WireSettings:
        try:
            return (await forum.request("GET", "/site/settings.json")).decode(SETTINGS)
        except (Gone, Forbidden):
            # What Discourse has where nobody changed it.
            return WireSettings()

    def _named(self, setting: str) -> set[str]:
        return {name.casefold() for name in self.connection.settings.get(setting, "").replace(",", " ").split()}

    def _wants(self, post: WirePost) -> bool:
        return str(post.category_id) in self._named("categories") or str(post.topic_id) in self._named("topics")

    async def _ready(self) -> _Opened:
        async with self._lock:
            if self._opened is None:
                await self.whoami()
        assert self._opened is not None
        return self._opened


def _rights(me: WireMe) -> frozenset[str]:
    """The rights of a key's login."""
    has = {"admin": me.admin, "moderator": me.moderator, "review": me.can_review or me.admin or me.moderator}
    return frozenset({f"trust_level_{me.trust_level}", *(name for name, given in has.items() if given)})


def abilities(*, moderates: bool, settings: WireSettings, writes: bool = True) -> Abilities:
    """What a login can do, and why not the rest. `writes`: its key may do more than read."""
    why_not: dict[ActVerb, str] = {}
    if not moderates:
        why_not = dict.fromkeys(_MODERATOR, _("Only moderators of the forum can; report it to them instead."))
    if not writes:
        why_not |= dict.fromkeys(
            _EVERYBODY | (_MODERATOR if moderates else frozenset()),
            _("The key may only read; renew the account with one that may write."),
        )
    return Abilities(
        can=(_EVERYBODY | (_MODERATOR if moderates else frozenset())) if writes else frozenset(),
        max_length=settings.max_post_length,
        min_length=settings.min_post_length,
        min_length_private=settings.min_personal_message_post_length,
        deletes_theirs=moderates and writes,
        why_not=why_not,
        # An administrator's key is answered from memory for two minutes: looking twice must be slower than that.
        settle_s=130,
        bulk_spacing_s=6.0,
    )
