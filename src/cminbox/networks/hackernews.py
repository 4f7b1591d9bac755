"""Hacker News, for listening: a search through its stories and comments (https://hn.algolia.com/api).

The search gives the newest first and never more than a thousand. So a reading goes forward in spans of time that hold
fewer, and begins some time before the last one ended: the index lags behind the site.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from cminbox.errors import Gone, Rejected
from cminbox.i18n import N_, _
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import Direction, Kind
from cminbox.model.changes import Batch, Cursor, Feed, SetAside, Wrote
from cminbox.model.content import Author, Target, TopicInfo
from cminbox.networks.base import Connection, Network
from cminbox.networks.http import Http, Params, decode_each
from cminbox.networks.http_url import server_url
from cminbox.networks.listening import ABOUT_HELP, abilities, about_of, nothing_to_do
from cminbox.text import html_to_text

SERVICE = "https://hn.algolia.com"
PAGE = 100
MOST = 1000
"""Hits that one search gives."""
OVERLAP = timedelta(hours=2)
"""How far back every reading looks again."""

_SITE = "https://news.ycombinator.com"
_KINDS = {"comment": "comment", "story": "story"}


def _or_blank(value: Any) -> Any:
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_or_blank)]


class WireHit(BaseModel):
    """A story or a comment. `story_id` is that of the story itself, for a story too where it is said."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: Annotated[str, Field(alias="objectID", min_length=1)]
    created_at_i: int
    author: Text = ""
    title: Text = ""
    url: str | None = None
    comment_text: str | None = None
    story_text: str | None = None
    story_id: str | None = None
    story_title: str | None = None
    story_url: str | None = None
    parent_id: str | None = None


class WireHits(BaseModel):
    """A page of them, and how many there are in all."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    hits: list[Any]
    total: Annotated[int, Field(alias="nbHits")]


HIT = TypeAdapter(WireHit)
HITS = TypeAdapter(WireHits)


class HackerNews(Network):
    """One search."""

    name: ClassVar[str] = "hackernews"
    title: ClassVar[str] = "Hacker News"
    secret_help: ClassVar[str] = N_("none: anybody may search")
    needs_secret: ClassVar[bool] = False
    asks_url: ClassVar[bool] = False
    settings_help: ClassVar[dict[str, str]] = {
        "search": N_("the words to look for"),
        "kinds": N_("comment,story (usual), or one of them"),
        "about": ABOUT_HELP,
    }

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._http_opened: Http | None = None

    async def whoami(self) -> Profile:
        """The search, once it was tried."""
        about_of(self.connection.settings)
        words = self._words()
        await self._search(0, None, size=1)
        author = Author(
            remote_id=f"search:{words.casefold()}",
            handle=words,
            name=words,
            url=f"{SERVICE}/?query={'+'.join(words.split())}&sort=byDate",
            is_us=True,
        )
        return Profile(author=author, server=self.title, abilities=self.abilities)

    @property
    def abilities(self) -> Abilities:
        """Nothing."""
        return abilities(self.title)

    async def feeds(self) -> tuple[Feed, ...]:
        """The search itself."""
        return (Feed(name="hits", title=_("hits"), poll_s=300),)

    async def pull(self, feed: Feed, cursor: Cursor) -> Batch:
        """The hits of one span of time that were not told yet, oldest first."""
        if feed.name != "hits":
            raise Gone(_("A search has no part called {name}.").format(name=feed.name))
        since = int(self.connection.since.timestamp())
        mark = _Mark.load(cursor) or _Mark(since, {}, True)
        # Looking back is for who is up to date; who catches up goes on where the last span ended.
        begin = max(mark.until - (1 if mark.behind else int(OVERLAP.total_seconds())), since - 1)
        now = int(self.connection.clock.now().timestamp())
        end, first = await self._span(begin, now + 1)
        raw = list(first.hits)
        for page in range(1, -(-min(first.total, MOST) // PAGE)):
            raw += (await self._search(begin, end, page=page)).hits
        hits, bad = decode_each(raw, HIT)
        fresh = {hit.id: hit for hit in hits if hit.id not in mark.seen}
        aside = [each for each in bad if _digest(each) not in mark.seen]
        told = sorted(fresh.values(), key=lambda hit: (hit.created_at_i, len(hit.id), hit.id))
        reached = min(end, now)
        remembered = {hit.id: hit.created_at_i for hit in hits} | {_digest(each): reached for each in bad}
        low = reached - int(OVERLAP.total_seconds())
        kept = {each: at for each, at in {**mark.seen, **remembered}.items() if at >= low}
        return Batch(
            feed=feed.name,
            changes=tuple(self._wrote(hit) for hit in told),
            cursor={"until": reached, "seen": kept, "behind": end <= now},
            more=end <= now,
            set_aside=tuple(aside),
        )

    async def thread(self, target: Target) -> Batch:  # noqa: ARG002 - the contract's
        """Nothing is asked for around a hit."""
        return Batch(feed="thread")

    async def perform(self, act: Act) -> Receipt:
        """Nothing can be done. Raises `Rejected`."""
        raise nothing_to_do(self.title, act.verb)

    async def find(self, act: Act) -> Receipt | None:  # noqa: ARG002 - the contract's
        """Nothing was done."""
        return None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http_opened is not None:
            await self._http_opened.aclose()

    async def _span(self, begin: int, end: int) -> tuple[int, WireHits]:
        """A span from `begin`, up to `end` or to where it holds no more hits than a search gives; its first page."""
        while True:
            found = await self._search(begin, end)
            if found.total <= MOST or end - begin <= 2:
                return end, found
            end = begin + (end - begin) // 2

    async def _search(self, begin: int, end: int | None, *, page: int = 0, size: int = PAGE) -> WireHits:
        bounds = [f"created_at_i>{begin}"] + ([f"created_at_i<{end}"] if end is not None else [])
        params: Params = {
            "query": self._words(),
            "tags": self._tags(),
            "numericFilters": ",".join(bounds),
            "hitsPerPage": size,
            "page": page,
        }
        answer = await self._http().request("GET", "/api/v1/search_by_date", params=params)
        return answer.decode(HITS)

    def _wrote(self, hit: WireHit) -> Wrote:
        is_comment = hit.comment_text is not None
        story = hit.story_id or ""
        words = html_to_text(hit.comment_text or hit.story_text or "")
        topic = None
        if is_comment and story:
            title = html_to_text(hit.story_title or "")
            topic = TopicInfo(key=story, title=title, url=hit.story_url or f"{_SITE}/item?id={story}")
        return Wrote(
            remote_id=hit.id,
            at=datetime.fromtimestamp(hit.created_at_i, UTC),
            kind=Kind.COMMENT if is_comment else Kind.POST,
            direction=Direction.IN,
            author=Author(remote_id=hit.author, handle=hit.author, url=f"{_SITE}/user?id={hit.author}"),
            text=words if is_comment else "\n\n".join(part for part in (html_to_text(hit.title), words) if part),
            addressed=False,
            about=about_of(self.connection.settings),
            topic=topic,
            parent=hit.parent_id if is_comment else None,
            url=f"{_SITE}/item?id={hit.id}",
            extra={"link": hit.url} if hit.url else {},
        )

    def _words(self) -> str:
        words = " ".join(self.connection.settings.get("search", "").split())
        if not words:
            raise Rejected(_("It is not said what to look for."), "search", _("Add: --set search='the name'"))
        return words

    def _tags(self) -> str:
        asked = self.connection.settings.get("kinds", "comment,story").replace(",", " ").split()
        kinds = [_KINDS[each] for each in asked if each in _KINDS]
        if not kinds or len(kinds) != len(asked):
            raise Rejected(_("kinds names comment and story only."), "kinds")
        return f"({','.join(kinds)})" if len(kinds) > 1 else kinds[0]

    def _http(self) -> Http:
        if self._http_opened is None:
            self._http_opened = Http(self.connection, server_url(self.connection.url or SERVICE), {})
        return self._http_opened


@dataclass(frozen=True)
class _Mark:
    """How far it was read (Unix seconds), and what was told of the last hours (id -> its time).

    `behind`: what lies between there and now was not read yet.
    """

    until: int
    seen: dict[str, int]
    behind: bool = False

    @classmethod
    def load(cls, cursor: object) -> _Mark | None:
        """A mark out of a cursor; None for one that is none of ours."""
        try:
            return _MARK.validate_python(cursor)
        except ValidationError:
            return None


_MARK = TypeAdapter(_Mark)


def _digest(aside: SetAside) -> str:
    return "?" + sha256(aside.raw.encode("utf-8", "replace")).hexdigest()[:16]
