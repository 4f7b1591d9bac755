"""RSS and Atom feeds, for listening: what is written about a name, never addressed to us.

Each account is one feed. It is asked for only what changed (ETag, Last-Modified), read up to a size, and parsed beside
the event loop; entries are known by their id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from cminbox.errors import Gone, Malformed, Rejected, Unreachable
from cminbox.i18n import N_, _
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import Direction, Kind
from cminbox.model.changes import Batch, Change, Cursor, Edited, Feed, Wrote
from cminbox.model.content import Author, Target, TopicInfo
from cminbox.networks.base import Connection, Network
from cminbox.networks.feeds_document import Document, Entry, read_document
from cminbox.networks.http import Answer, Http
from cminbox.networks.http_url import is_loopback
from cminbox.networks.listening import ABOUT_HELP, abilities, about_of, nothing_to_do

LARGEST = 8 * 1024 * 1024
"""Bytes of a feed that are read."""
KEPT = 1000
"""Ids of entries that a cursor remembers, the newest."""

_MOVED = (301, 302, 303, 307, 308)
_HOPS = 5


class Rss(Network):
    """One feed."""

    name: ClassVar[str] = "rss"
    title: ClassVar[str] = "RSS"
    secret_help: ClassVar[str] = N_("none: anybody may read a feed")
    needs_secret: ClassVar[bool] = False
    settings_help: ClassVar[dict[str, str]] = {"about": ABOUT_HELP}

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._https: dict[str, Http] = {}

    async def whoami(self) -> Profile:
        """What the feed calls itself."""
        about_of(self.connection.settings)
        document = await self._document({})
        assert document is not None
        address = _address(self.connection.url)
        author = Author(
            remote_id=f"feed:{address}",
            handle=urlsplit(address).hostname or "",
            name=document.title,
            url=document.link or address,
            is_us=True,
        )
        return Profile(author=author, server=document.title, abilities=self.abilities)

    @property
    def abilities(self) -> Abilities:
        """Nothing."""
        return abilities(self.title)

    async def feeds(self) -> tuple[Feed, ...]:
        """The feed itself; asked for every quarter of an hour."""
        return (Feed(name="entries", title=_("entries"), poll_s=900),)

    async def pull(self, feed: Feed, cursor: Cursor) -> Batch:
        """What is new in the feed, and what was changed in it."""
        if feed.name != "entries":
            raise Gone(_("A feed has no part called {name}.").format(name=feed.name))
        mark = cursor if isinstance(cursor, dict) and isinstance(cursor.get("seen"), dict) else {"seen": {}}
        document = await self._document(mark)
        if document is None:
            return Batch(feed=feed.name, cursor=mark)
        seen: dict[str, str] = {str(key): str(version) for key, version in mark["seen"].items()}
        topic = TopicInfo(key="feed", title=document.title, text=document.subtitle, url=document.link)
        changes: list[Change] = []
        for entry in document.entries:
            known = seen.pop(entry.id, None)
            seen[entry.id] = entry.version
            if known is None and (entry.at is None or entry.at >= self.connection.since):
                changes.append(self._wrote(entry, document, topic))
            elif known not in (None, entry.version):
                changes.append(Edited(remote_id=entry.id, at=entry.changed_at, text=entry.text))
        kept = dict(list(seen.items())[-max(KEPT, len(document.entries)) :])
        marks = {"seen": kept, "etag": document.etag, "modified": document.modified}
        return Batch(feed=feed.name, changes=tuple(changes), cursor=marks)

    async def thread(self, target: Target) -> Batch:  # noqa: ARG002 - the contract's
        """Nothing stands around an entry."""
        return Batch(feed="thread")

    async def perform(self, act: Act) -> Receipt:
        """Nothing can be done. Raises `Rejected`."""
        raise nothing_to_do(self.title, act.verb)

    async def find(self, act: Act) -> Receipt | None:  # noqa: ARG002 - the contract's
        """Nothing was done."""
        return None

    async def aclose(self) -> None:
        """Close the connections."""
        for http in self._https.values():
            await http.aclose()

    def _wrote(self, entry: Entry, document: Document, topic: TopicInfo) -> Wrote:
        host = urlsplit(self.connection.url).hostname or ""
        who = entry.author or document.title or host
        return Wrote(
            remote_id=entry.id,
            at=entry.at,
            kind=Kind.POST,
            direction=Direction.IN,
            author=Author(remote_id=f"{who.casefold()[:200]}@{host}", name=who),
            text=entry.text,
            addressed=False,
            about=about_of(self.connection.settings),
            topic=topic,
            lang=document.lang,
            url=entry.link,
        )

    async def _document(self, mark: Mapping[str, Any]) -> Document | None:
        """The feed as it is now; None where it did not change since `mark`."""
        conditions = {
            header: mark[name]
            for header, name in (("if-none-match", "etag"), ("if-modified-since", "modified"))
            if isinstance(mark.get(name), str) and mark[name].isprintable() and mark[name].isascii()
        }
        answer, address = await self._get(_address(self.connection.url), conditions)
        if answer.status == 304:
            if not mark:
                raise Malformed(_("{host} sent no feed.").format(host=answer.host))
            return None
        document = await asyncio.to_thread(read_document, answer.body, dict(answer.headers), address)
        if document is None:
            raise Malformed(
                _("{host} sent no feed.").format(host=answer.host),
                _("Give the address of the feed itself: it ends in .xml, .rss, /feed or the like."),
                raw=answer.text[:2000],
            )
        return document

    async def _get(self, address: str, headers: Mapping[str, str]) -> tuple[Answer, str]:
        """Fetch it, wherever it moved to. A server elsewhere may not send us to this machine."""
        far = not is_loopback(urlsplit(address).hostname or "")
        for _hop in range(_HOPS):
            parts = urlsplit(address)
            root = f"{parts.scheme}://{parts.netloc}"
            if root not in self._https:
                self._https[root] = Http(self.connection, root, {"accept": _ACCEPT}, max_body=LARGEST)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            answer = await self._https[root].request("GET", path, headers=headers, ok=(200, 304, *_MOVED))
            if answer.status not in _MOVED:
                return answer, address
            address = _address(urljoin(address, answer.headers.get("location", "")))
            if far and is_loopback(urlsplit(address).hostname or ""):
                raise Rejected(_("{host} sends us to this machine itself.").format(host=answer.host), "redirect")
        raise Malformed(
            _("{host} sends us in circles.").format(host=answer.host), _("Check the address of the account.")
        )


_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"


def _address(typed: str) -> str:
    """The address of a feed, as it was typed or named; plain http is allowed, for no secret travels."""
    text = typed.strip()
    for scheme in ("feed:https://", "feed://", "feed:"):
        if text.startswith(scheme):
            text = ("https://" if scheme != "feed:" else "") + text.removeprefix(scheme)
    if "://" not in text:
        text = "https://" + text.lstrip("/")
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not text.isprintable() or " " in text:
        raise Unreachable(
            _("This is not the address of a feed: {text}").format(text=typed.strip()[:200]),
            _("Write it like https://blog.example/feed."),
            sent=False,
        )
    return text.partition("#")[0]
