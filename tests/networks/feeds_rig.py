"""Practice sources for listening, under what they share: they are read, and nothing else."""

from datetime import timedelta

from cminbox.networks.base import Network
from cminbox.networks.feeds import Rss
from cminbox.networks.hackernews import HackerNews
from cminbox.practice.feeds import FeedServer, SearchServer

from .spec import checked
from .wired import Wired

ROOT = "/api/v1"


def moved(app, change):
    """`app` asked under another path."""

    async def ask(scope, receive, send):
        path = change(scope["path"])
        await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)

    return ask


def below(app):
    """The paths of the document, which leaves the root to the address of its server."""
    asked = moved(app, lambda path: path.removeprefix(ROOT))
    asked.checks = app
    return asked


def put_back(app):
    """The paths of the server."""
    return moved(app, lambda path: ROOT + path)


class ListeningRig(Wired):
    """One source. `write` makes something that concerns us; `reads` is the request of every reading (for faults)."""

    network: type[Network]
    url: str
    reads: tuple[str, str]

    def __init__(self):
        super().__init__()
        self.server = self.serve()
        app = self.check(self.server)
        self.plug(app, getattr(app, "checks", app))

    def check(self, server):
        return server

    def open(self, *, since=timedelta(days=7), url=None, **settings):
        return self.connect(self.network, "ears", url or self.url, "", since, {"search": "lamp", **settings})


class RssRig(ListeningRig):
    """A blog with an RSS feed."""

    network = Rss
    url = "https://blog.example/feed"
    reads = ("GET", "/feed")
    atom = False

    def serve(self):
        return FeedServer(self.clock, atom=self.atom)

    def write(self, text):
        return self.server.publish("A lamp", text).id


class AtomRig(RssRig):
    """The same with an Atom feed."""

    atom = True


class HackerNewsRig(ListeningRig):
    """A search."""

    network = HackerNews
    url = ""
    reads = ("GET", "/api/v1/search_by_date")

    def serve(self):
        self.story = None
        return SearchServer(self.clock)

    def check(self, server):
        return below(checked(put_back(server), "hackernews"))

    def write(self, text):
        if self.story is None:
            self.story = self.server.story("op", "What do you light with?", at=self.clock.now() - timedelta(days=30))
        return str(self.server.comment("ana", f"lamp {text}", self.story).id)
