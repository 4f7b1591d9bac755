"""Practice sources for listening as a scenario plays on them: people write about the brand, and nobody answers."""

from __future__ import annotations

from typing import Protocol

from cminbox.clock import Clock
from cminbox.practice.feeds import FeedServer, SearchServer
from cminbox.practice.scene import Login, display_name
from cminbox.practice.transport import PracticeTransport


class Source(Protocol):
    """What a scenario needs of a source. Ids are the source's own."""

    login: Login
    transport: PracticeTransport

    def tell(self, who: str, text: str) -> str:
        """Somebody writes about the brand: a title, and the text on the lines behind it."""
        ...

    def written(self) -> tuple[str, ...]:
        """Ids of what stands there."""
        ...


class BlogSource:
    """See `Source`: a magazine with an RSS feed."""

    def __init__(self, clock: Clock, _brand: str) -> None:
        self._server = FeedServer(clock)
        self.transport = PracticeTransport(self._server, clock)
        self.login = Login(name="lamps weekly", network="rss", url="https://weekly.practice.example/feed", secret="")

    def tell(self, who: str, text: str) -> str:
        """An article."""
        title, _line, rest = text.partition("\n")
        return self._server.publish(title, rest, display_name(who)).id

    def written(self) -> tuple[str, ...]:
        """The articles."""
        return tuple(article.id for article in self._server.articles)


class SearchSource:
    """See `Source`: a search for the brand's name on the practice Hacker News."""

    def __init__(self, clock: Clock, brand: str) -> None:
        self._server = SearchServer(clock)
        self.transport = PracticeTransport(self._server, clock)
        self.login = Login(
            name="hacker news",
            network="hackernews",
            url="https://search.practice.example",
            secret="",
            settings={"search": brand.lower()},
        )

    def tell(self, who: str, text: str) -> str:
        """A story."""
        title, _line, rest = text.partition("\n")
        return str(self._server.story(who, title, rest).id)

    def written(self) -> tuple[str, ...]:
        """The stories."""
        return tuple(str(hit.id) for hit in self._server.hits)
