"""WordPress: the comments of a site (https://developer.wordpress.org/rest-api/reference/comments/).

One feed for the comments, one for the moderation queue. An account is a login with an application password on one
site; several sites are several accounts. Sending is made safe by a mark of ours on each comment, and by reading back.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from cminbox.errors import AuthExpired, Gone
from cminbox.i18n import N_, _
from cminbox.model.accounts import Abilities, Counting, Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import SITE_VERBS, ActVerb, MessageState
from cminbox.model.changes import Batch, Change, Cursor, Feed, Removed
from cminbox.model.content import Target, TopicInfo
from cminbox.networks.base import Connection, Network
from cminbox.networks.http import Http
from cminbox.networks.http_url import segment, server_url
from cminbox.networks.wordpress_acts import Acts
from cminbox.networks.wordpress_feeds import Feeds
from cminbox.networks.wordpress_messages import Reader, state_of
from cminbox.networks.wordpress_site import discover, translate
from cminbox.networks.wordpress_wire import USER

MODERATES = "moderate_comments"
"""The right of editors and administrators: to see and change all comments."""

_LONGEST = 65_525
"""Bytes of a comment that the core accepts (wp_get_comment_fields_max_lengths)."""

_MODERATOR = frozenset({ActVerb.EDIT, ActVerb.DELETE, ActVerb.HIDE, ActVerb.UNHIDE, *SITE_VERBS})


@dataclass(frozen=True)
class _Opened:
    """What is known once the site and our login are."""

    profile: Profile
    reader: Reader
    feeds: Feeds
    acts: Acts


class WordPress(Network):
    """One login on one site."""

    name: ClassVar[str] = "wordpress"
    title: ClassVar[str] = "WordPress"
    secret_help: ClassVar[str] = N_(
        "your user name, a colon, and an application password (in the site's dashboard under Users, Profile), "
        "like: ana:abcd EFGH 1234 ijkl"
    )
    settings_help: ClassVar[dict[str, str]] = {
        "team": N_("numbers of other logins of the site that are us, with commas between: 3,7"),
        "spam": N_("site (usual): what is called spam here is so at the site too; here: only here"),
        "approve": N_("reply (usual): answering a comment that waits for approval approves it; never: it does not"),
    }

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._lock = asyncio.Lock()
        self._http_opened: Http | None = None
        self._opened: _Opened | None = None

    async def whoami(self) -> Profile:
        """Who the password belongs to, on which site."""
        http = self._http()
        site = await discover(self.connection, http)
        answer = await site.request("GET", "/users/me", params={"context": "edit"})
        me = answer.decode(USER)
        rights = frozenset(name for name, given in me.capabilities.items() if given is True)
        moderates = MODERATES in rights
        topics: dict[int, TopicInfo] = {}
        reader = Reader(site.name, me, frozenset({me.id, *self._team()}), self.connection.since, topics)
        profile = Profile(
            author=reader.us(),
            server=site.index.name or site.name,
            scopes=rights & {MODERATES, "edit_posts", "unfiltered_html"},
            abilities=abilities(moderates=moderates),
        )
        feeds = Feeds(site, reader, topics, moderates=moderates)
        approves = moderates and self.connection.settings.get("approve", "reply") == "reply"
        acts = Acts(site, reader, feeds, self.connection.clock, approves=approves)
        self._opened = _Opened(profile, reader, feeds, acts)
        return profile

    @property
    def abilities(self) -> Abilities:
        """What the account can do; before `whoami`, what a moderator can."""
        return self._opened.profile.abilities if self._opened else abilities(moderates=True)

    async def feeds(self) -> tuple[Feed, ...]:
        """The comments before the queue, so that what waits is known when the queue tells of it."""
        return (
            Feed(name="comments", title=_("comments"), poll_s=60),
            Feed(name="pending", title=_("waiting for approval"), poll_s=60),
        )

    async def pull(self, feed: Feed, cursor: Cursor) -> Batch:
        """One page of a feed."""
        feeds = (await self._ready()).feeds
        if feed.name == "comments":
            return await feeds.comments(cursor)
        if feed.name == "pending":
            return await feeds.pending(cursor)
        raise Gone(_("WordPress has no feed called {name}.").format(name=feed.name))

    async def thread(self, target: Target) -> Batch:
        """The comment with its whole conversation, and the state that it is in now."""
        opened = await self._ready()
        comment = await opened.feeds.comment(segment(target.remote_id))
        if state_of(comment.status) is MessageState.REMOVED:
            raise Gone(_("The comment is in the trash."))
        found, aside = await opened.feeds.around(comment)
        await opened.feeds.learn(found)
        changes: list[Change] = [opened.reader.read(each) for each in found if each.status != "trash"]
        changes.append(Removed(remote_id=str(comment.id), at=None, state=state_of(comment.status)))
        return Batch(feed="thread", changes=tuple(changes), set_aside=tuple(aside))

    async def perform(self, act: Act) -> Receipt:
        """Do one act, under its own mark where it makes a comment."""
        return await (await self._ready()).acts.perform(act)

    async def find(self, act: Act) -> Receipt | None:
        """Look whether an act happened."""
        return await (await self._ready()).acts.find(act)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http_opened is not None:
            await self._http_opened.aclose()

    def _http(self) -> Http:
        if self._http_opened is None:
            user, colon, password = self.connection.secret.strip().partition(":")
            if not (user.strip() and colon and password.strip()):
                raise AuthExpired(
                    _("This is no user name with an application password."),
                    _("Write both with a colon between: ana:abcd EFGH 1234 ijkl"),
                )
            pair = base64.b64encode(f"{user.strip()}:{password.strip()}".encode("utf-8", "replace")).decode()
            parts = urlsplit(server_url(self.connection.url))

            self._http_opened = Http(
                self.connection,
                f"{parts.scheme}://{parts.netloc}",
                {"authorization": f"Basic {pair}"},
                translate=lambda answer: translate(self.connection, answer),
            )
        return self._http_opened

    def _team(self) -> set[int]:
        named = self.connection.settings.get("team", "").replace(",", " ").split()
        return {int(number) for number in named if number.isdecimal()}

    async def _ready(self) -> _Opened:
        async with self._lock:
            if self._opened is None:
                await self.whoami()
        assert self._opened is not None
        return self._opened


def abilities(*, moderates: bool) -> Abilities:
    """What a login can do, and why not the rest."""
    can = {ActVerb.REPLY, *(_MODERATOR if moderates else ())}
    why_not = {
        verb: _("The login has no right to moderate comments: it takes an editor or an administrator.")
        for verb in _MODERATOR - can
    }
    why_not |= {
        ActVerb.PRIVATE_REPLY: _("WordPress has no private messages."),
        ActVerb.LIKE: _("WordPress has no likes."),
        ActVerb.UNLIKE: _("WordPress has no likes."),
    }
    for verb in (ActVerb.MUTE, ActVerb.UNMUTE, ActVerb.BLOCK, ActVerb.UNBLOCK):
        why_not[verb] = _("WordPress cannot shut people out; call what they write spam.")
    why_not[ActVerb.REPORT] = _("Nobody stands above a WordPress site; call it spam, or delete it.")
    return Abilities(
        can=frozenset(can),
        max_length=_LONGEST,
        counting=Counting.BYTES,
        deletes_theirs=moderates,
        why_not=why_not,
    )
