"""A network that a test holds in its hand, and a house around it that survives the death of its process.

`FakeServer` is the truth: what it holds was written, how often it was asked to do a thing is counted. `FakeNetwork` is
one process's connector to it. `House` opens store and processes, and `crash` abandons them as SIGKILL would.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cminbox.clock import SimulatedClock, to_ms
from cminbox.errors import AuthExpired, Gone, NetworkError, RateLimited, Unreachable
from cminbox.model.accounts import Abilities, Account, Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActState, ActVerb, Audience, Direction, Kind
from cminbox.model.changes import Batch, Change, Cursor, Feed, Wrote
from cminbox.model.content import Author, Target
from cminbox.model.rows import ActRow
from cminbox.networks.base import Connection, Network
from cminbox.store import accounts, outbox
from cminbox.store.database import Store, Tx
from cminbox.sync import ingest
from cminbox.sync.events import Event
from cminbox.sync.lane import Lane
from cminbox.sync.office import Office

US = Author(remote_id="us", handle="@us", is_us=True)
JULES = Author(remote_id="jules", handle="@jules")
ANA = Author(remote_id="ana", handle="@ana")
CAN = frozenset(ActVerb)


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Post:
    """One message at the server."""

    remote_id: str
    author: Author
    text: str
    parent: str | None
    audience: Audience
    key: str | None = None
    gone: bool = False
    echo: bool = False
    room: str | None = None
    """Of a private conversation."""
    read: bool = True
    """Whether anybody can read it: a like or a block is no message."""


@dataclass
class Fault:
    """What goes wrong with one call: an error before the deed, or after it."""

    before: BaseException | None = None
    after: BaseException | None = None


class FakeServer:
    """What the world knows. `keyed` networks do nothing twice for one key; the others do."""

    def __init__(self, clock: SimulatedClock, *, keyed: bool = False, settle_s: int = 90) -> None:
        self.clock = clock
        self.keyed = keyed
        self.abilities = Abilities(can=CAN, settle_s=settle_s)
        self.posts: list[Post] = []
        self.done: Counter[str] = Counter()
        self.calls: list[str] = []
        self.faults: dict[str, deque[Fault]] = {}
        self.token = "good"
        self.lag = 0
        self.gate: asyncio.Event | None = None
        self.at_gate = asyncio.Event()
        self.feeds = (Feed(name="all", poll_s=60),)
        self.page = 100
        self.pushed: asyncio.Queue[Change | NetworkError] | None = None

    def write(self, text: str, author: Author = JULES, parent: str | None = None, **more: object) -> str:
        """Somebody writes."""
        audience = Audience.DIRECT if more.get("room") else Audience.PUBLIC
        post = Post(f"m{len(self.posts) + 1}", author, text, parent, audience, **more)  # type: ignore[arg-type]
        self.posts.append(post)
        return post.remote_id

    def fail(self, call: str, *faults: Fault) -> None:
        """The next calls of that name go wrong so, one after the other."""
        self.faults.setdefault(call, deque()).extend(faults)

    def post(self, remote_id: str) -> Post:
        return next(post for post in self.posts if post.remote_id == remote_id)

    def replies(self) -> list[str]:
        """The texts that our account wrote."""
        return [post.text for post in self.posts if post.author.is_us]

    def change(self, post: Post) -> Wrote:
        return Wrote(
            remote_id=post.remote_id,
            at=self.clock.now(),
            kind=Kind.COMMENT if post.room is None else Kind.DM,
            conversation=post.room,
            direction=Direction.OUT if post.author.is_us else Direction.IN,
            author=post.author,
            text=post.text,
            audience=post.audience,
            parent=post.parent,
            act_key=post.key if post.echo else None,
        )


class FakeNetwork(Network):
    """One connection to a FakeServer."""

    name = "fake"
    title = "Fake"
    secret_help = "any"

    def __init__(self, server: FakeServer, connection: Connection) -> None:
        super().__init__(connection)
        self.server = server
        self.closed = False

    @property
    def abilities(self) -> Abilities:
        return self.server.abilities

    async def _call(self, name: str, deed: Callable[[], object]) -> object:
        server = self.server
        server.calls.append(name)
        await asyncio.sleep(0)
        fault = server.faults[name].popleft() if server.faults.get(name) else Fault()
        if fault.before is not None:
            raise fault.before
        if self.connection.secret != server.token:
            raise AuthExpired("the token is no longer good")
        result = deed()
        if name == "perform" and server.gate is not None:
            server.at_gate.set()
            await server.gate.wait()
        if fault.after is not None:
            raise fault.after
        return result

    async def whoami(self) -> Profile:
        await self._call("whoami", lambda: None)
        return Profile(author=US, abilities=self.server.abilities)

    async def feeds(self) -> tuple[Feed, ...]:
        return self.server.feeds

    async def pull(self, feed: Feed, cursor: Cursor) -> Batch:
        start = int(cursor or 0)

        def deed() -> Batch:
            page = self.server.posts[start : start + self.server.page]
            end = start + len(page)
            changes = tuple(self.server.change(post) for post in page if post.read)
            return Batch(feed=feed.name, changes=changes, cursor=end, more=end < len(self.server.posts))

        batch = await self._call(f"pull {feed.name}" if feed.name != "all" else "pull", deed)
        assert isinstance(batch, Batch)
        return batch

    async def listen(self) -> AsyncIterator[Batch]:
        if self.server.pushed is None:
            raise Gone("no streaming here")
        while True:
            what = await self.server.pushed.get()
            if isinstance(what, NetworkError):
                raise what
            yield Batch(feed="all", changes=(what,))

    async def thread(self, target: Target) -> Batch:
        def deed() -> Batch:
            post = self.server.post(target.remote_id)
            if post.gone:
                raise Gone("it is gone")
            hidden = self.server.lag > 0
            beside = [
                p
                for p in self.server.posts
                if (target.remote_id in (p.remote_id, p.parent) or p.room == (post.room or 0))
                and p.read
                and not p.gone
                and not (hidden and p.key)
            ]
            return Batch(feed="thread", changes=tuple(self.server.change(p) for p in beside))

        batch = await self._call("thread", deed)
        assert isinstance(batch, Batch)
        return batch

    async def perform(self, act: Act) -> Receipt:
        def deed() -> Receipt:
            server = self.server
            known = next((p for p in server.posts if p.key == act.key), None)
            server.done[act.key] += 1
            if server.keyed and known is not None:
                return Receipt(remote_id=known.remote_id, at=server.clock.now())
            remote_id = server.write(act.text, US, act.target.remote_id, key=act.key)
            made = server.post(remote_id)
            made.audience, made.read = act.audience, act.verb.is_reply
            return Receipt(remote_id=remote_id, at=server.clock.now())

        receipt = await self._call("perform", deed)
        assert isinstance(receipt, Receipt)
        return receipt

    async def find(self, act: Act) -> Receipt | None:
        def deed() -> Receipt | None:
            post = next((p for p in self.server.posts if p.key == act.key), None)
            if post is not None and self.server.lag > 0:
                self.server.lag -= 1
                return None
            return None if post is None else Receipt(remote_id=post.remote_id, at=self.server.clock.now())

        receipt = await self._call("find", deed)
        assert receipt is None or isinstance(receipt, Receipt)
        return receipt

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class House:
    """A data folder, the world around it, and the process at work in it."""

    folder: Path
    clock: SimulatedClock
    server: FakeServer
    store: Store
    account: Account
    colleagues: dict[str, int]
    events: list[Event] = field(default_factory=list)
    expired: list[Account] = field(default_factory=list)
    chance: float = 0.0

    async def reopen(self) -> None:
        """The process is gone; another one opens the folder."""
        await self.store.close()
        self.store = await Store.open(self.folder / "t.db", self.clock)

    async def lane(self, account: Account | None = None, server: FakeServer | None = None) -> Lane:
        """A sender's lane under a new lease."""
        epoch = await self.store.write(outbox.take_over)
        return self.lane_of(epoch, account, server)

    def lane_of(self, epoch: int, account: Account | None = None, server: FakeServer | None = None) -> Lane:
        """A sender's lane under a given epoch."""
        office = Office(
            self.store,
            self.clock,
            epoch,
            900.0,
            post=self.events.append,
            expired=lambda account, error: self.expired.append(account),
            progressed=lambda: None,
            chance=lambda: self.chance,
        )
        account = account or self.account
        return Lane(office, account, self.connect(account, server))

    def connect(self, account: Account, server: FakeServer | None = None, secret: str = "good") -> FakeNetwork:
        connection = Connection(
            account=account.name, url="", secret=secret, since=account.since, clock=self.clock, settings={}
        )
        return FakeNetwork(server or self.server, connection)

    async def arrive(self, *remote_ids: str, account: Account | None = None, server: FakeServer | None = None) -> int:
        """Take in posts of the server; the id of the last one's message."""
        account, server = account or self.account, server or self.server
        changes = tuple(server.change(server.post(each)) for each in remote_ids)
        await self.store.ingest(ingest.apply, account, Batch(feed="all", changes=changes), move_cursor=False)
        return await self.message(remote_ids[-1], account)

    async def message(self, remote_id: str, account: Account | None = None) -> int:
        sql, given = "SELECT message_id FROM remote WHERE remote_id = ? AND account_id = ?", account or self.account
        return int((await self.store.read(lambda db: db.execute(sql, (remote_id, given.id)).fetchone()))[0])

    async def asked(self, text: str = "Where is my parcel?", author: Author = JULES) -> int:
        """A person writes and we have read it; the message's id."""
        return await self.arrive(self.server.write(text, author))

    async def reply(
        self,
        message_id: int,
        text: str = "On its way.",
        *,
        by: str = "léa",
        hold_s: float = 10,
        verb: ActVerb = ActVerb.REPLY,
        audience: Audience = Audience.PUBLIC,
        account: Account | None = None,
    ) -> int:
        """A colleague answers a message; the act's id."""
        account = account or self.account

        def job(tx: Tx) -> int:
            row = tx.db.execute("SELECT conversation_id FROM message WHERE id = ?", (message_id,)).fetchone()
            newest = tx.db.execute(
                "SELECT max(id) FROM message WHERE conversation_id = ? AND direction = 'in'", (row[0],)
            ).fetchone()[0]
            return outbox.add(
                tx,
                row[0],
                message_id,
                account.id,
                verb,
                text,
                audience,
                self.colleagues[by],
                newest,
                tx.now_ms + int(hold_s * 1000),
            )

        return await self.store.write(job)

    async def act(self, act_id: int) -> ActRow:
        row = await self.store.read(outbox.get, act_id)
        assert row is not None
        return row

    async def state(self, act_id: int) -> ActState:
        return (await self.act(act_id)).state

    async def history(self, act_id: int) -> list[str]:
        sql = "SELECT state FROM act_history WHERE act_id = ? ORDER BY id"
        return [row[0] for row in await self.store.read(lambda db: db.execute(sql, (act_id,)).fetchall())]

    async def conversation(self, message_id: int) -> dict[str, object]:
        sql = "SELECT c.* FROM conversation c JOIN message m ON m.conversation_id = c.id WHERE m.id = ?"
        return dict(await self.store.read(lambda db: db.execute(sql, (message_id,)).fetchone()))

    async def work(self, lane: Lane, *, for_s: float = 0) -> None:
        """Let a lane work until it has nothing to do within `for_s`, moving the clock on as it would wait."""
        end = self.clock.monotonic() + for_s
        for _step in range(10_000):
            wait = await lane.step()
            if wait == 0:
                continue
            if wait is None or self.clock.monotonic() + wait > end:
                self.clock._elapsed = max(self.clock._elapsed, end)
                return
            await self.clock.advance(wait)
        raise AssertionError("the lane never rests")


async def add_account(store: Store, clock: SimulatedClock, name: str) -> Account:
    """An account at the fake network."""

    def job(tx: Tx) -> int:
        profile = Profile(author=US, abilities=Abilities(can=CAN))
        return accounts.add(tx, name, "fake", "", "", {}, profile, to_ms(clock.now() - timedelta(days=7)))

    return await store.read(accounts.get, await store.write(job))


async def build(folder: Path, *, keyed: bool = False, colleagues: Sequence[str] = ("léa", "marc")) -> House:
    """A house with one account and its colleagues."""
    clock = SimulatedClock()
    store = await Store.open(folder / "t.db", clock)
    account = await add_account(store, clock, "shop")
    names = {name: await store.write(accounts.colleague_id, name) for name in colleagues}
    return House(folder, clock, FakeServer(clock, keyed=keyed), store, account, names)


def away(*, sent: bool) -> Unreachable:
    return Unreachable("no answer", sent=sent)


def limited(clock: SimulatedClock, seconds: float) -> RateLimited:
    return RateLimited("too fast", clock.now() + timedelta(seconds=seconds))
