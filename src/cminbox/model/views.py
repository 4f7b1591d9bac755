"""What of the queue somebody looks at: a filter with an order, and a page of it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from cminbox.model.base import ConversationState, Frozen, Kind
from cminbox.model.rows import PageKey, QueueRow


class View(StrEnum):
    """The fixed views. `all`: what is open; `unanswered`: where somebody waits for us; `any`: whatever the state.

    `waves`: of every cluster of two and more the conversation that waits longest, for all of it (store.queue_waves).
    """

    ALL = "all"
    UNANSWERED = "unanswered"
    WAITING = "waiting"
    DONE = "done"
    ANY = "any"
    WAVES = "waves"


class Order(StrEnum):
    """Which conversation comes first. `least`: where there is the least time left to answer; behind them who waits
    longest without a time to answer by, then, the oldest first, those where nobody waits.
    """

    NEWEST = "newest"
    OLDEST = "oldest"
    LEAST = "least"


class Key(StrEnum):
    """What a condition is about, as it is typed before the colon. `text`: words in a message, typed without a key."""

    NETWORK = "network"
    ACCOUNT = "account"
    BRAND = "brand"
    KIND = "kind"
    STATE = "state"
    TAG = "tag"
    ASSIGNEE = "assignee"
    MENTIONED = "mentioned"
    IS = "is"
    PERSON = "person"
    TOPIC = "topic"
    CAMPAIGN = "campaign"
    ABOUT = "about"
    LANG = "lang"
    OLDER = "older"
    NEWER = "newer"
    REPLIED = "replied"
    VIEW = "view"
    ORDER = "order"
    TEXT = "text"


class Condition(Frozen):
    """One more thing that must hold: one of `values` is true of the conversation, or (`negated`) none is.

    Networks, accounts, brands, tags, colleagues and campaigns are named. `assignee` and `mentioned` know "me" (which
    inbox.filters replaces by the name), `assignee` "none". `older` and `newer` hold one age ("2h") or day
    ("2026-03-01") each, which inbox.filters turns into the filter's instants; `replied` one (a person of ours answered
    since), which becomes milliseconds.
    """

    key: Key
    values: tuple[str, ...]
    negated: bool = False


class Filter(Frozen):
    """Which conversations, in which order. What is None does not matter; everything else must hold at once.

    Networks, accounts, brands, tags and colleagues are named, people and topics numbered (database ids). `state`
    overrides the state that a view stands for ("unanswered" stays a condition beside it). `assignee` knows "me" and
    "none", as in a condition. `search` is what a person typed (store.search). `since_ms` (inclusive) and `before_ms`
    bound the time by which conversations come.

    `only` keeps to these conversations (database ids), in this order with "newest", turned round with "oldest": what
    lay behind a `number` (a key of insight.definitions) when it was read.

    Conversations come by the time of the message that they show, or since when they wait; with `search` by their newest
    message that matches, with `person` by the newest one of that person. The bounds are about the first two.
    """

    view: View = View.ALL
    network: str | None = None
    account: str | None = None
    kind: Kind | None = None
    state: ConversationState | None = None
    brand: str | None = None
    tag: str | None = None
    person: int | None = None
    topic: int | None = None
    search: str | None = None
    order: Order | None = None
    assignee: str | None = None
    conditions: tuple[Condition, ...] = ()
    since_ms: int | None = None
    before_ms: int | None = None
    only: tuple[int, ...] | None = None
    number: str = ""

    @property
    def ordering(self) -> Order:
        """The order in force: the one asked for, else oldest first for what waits and newest first for the rest."""
        if self.order is not None:
            return self.order
        by_wait = (self.waits or self.view is View.WAVES) and not self.seeks and self.person is None
        return Order.OLDEST if by_wait else Order.NEWEST

    @property
    def by_time_left(self) -> bool:
        """True where what is due comes before what only waits, and that before the rest, in one list (store.queue)."""
        plain = not self.seeks and self.person is None and self.view is not View.WAVES
        due = any(
            not each.negated and (value == "due" or value.startswith("late"))
            for each in self.about(Key.IS)
            for value in each.values
        )
        return self.order is Order.LEAST and plain and not due

    @property
    def waits(self) -> bool:
        """True where only conversations are meant in which somebody waits for us; they are ordered by that time."""
        return self.view is View.UNANSWERED

    @property
    def seeks(self) -> bool:
        """True where messages are looked for: words in them, or the name of their author."""
        return self.search is not None or any(
            condition.key is Key.PERSON and not condition.negated for condition in self.conditions
        )

    @property
    def listens(self) -> bool:
        """True where what we listen to is asked for: it is kept apart from what is addressed to us."""
        return any(
            not condition.negated and (condition.key is Key.ABOUT or "listening" in condition.values)
            for condition in self.about(Key.IS, Key.ABOUT)
        )

    def about(self, *keys: Key) -> tuple[Condition, ...]:
        """Its conditions about these."""
        return tuple(condition for condition in self.conditions if condition.key in keys)

    @property
    def states(self) -> tuple[ConversationState, ...] | None:
        """The states that are meant; None: every state."""
        if self.state is not None:
            return (self.state,)
        return _STATES[self.view]


_STATES = {
    View.ALL: (ConversationState.OPEN,),
    View.UNANSWERED: None,
    View.WAITING: (ConversationState.WAITING,),
    View.DONE: (ConversationState.DONE,),
    View.ANY: None,
    View.WAVES: (ConversationState.OPEN,),
}


class Page(list[QueueRow]):
    """Rows of the queue in the order of their filter; a list that also says whether it is all that it could be.

    A filter that matches next to nothing is looked for within a budget only. `partial` says that the budget ended the
    search, not the queue; `reached` is then where to go on (as `after`, or as `before` when paging back).
    """

    def __init__(self, rows: Iterable[QueueRow] = (), *, reached: PageKey | None = None) -> None:
        super().__init__(rows)
        self.reached = reached

    @property
    def partial(self) -> bool:
        """True when there may be more rows than these although fewer than asked for came."""
        return self.reached is not None
