"""Topics as a list of work, and the campaigns that they belong to."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox.desk import Desk
from cminbox.inbox.kept import KeptStep
from cminbox.model.rows import TopicRow
from cminbox.store import kept, topic_list
from cminbox.store import topics as topic_store
from cminbox.store.database import Tx
from cminbox.store.topic_list import TopicCount
from cminbox.text import fold, storable

LONGEST = 80
"""The most characters of a campaign's name."""


@dataclass(frozen=True)
class TopicLine:
    """A topic (its texts raw), where it stands, and how many conversations under it are open and unanswered."""

    topic: TopicRow
    account: str
    network: str
    open: int
    unanswered: int
    conversations: int


async def topics(desk: Desk, *, campaign: str | None = None, limit: int = 300) -> list[TopicLine]:
    """The topics with open conversations, those where most wait first; all of a `campaign`, open or not.

    A campaign is found in any case and accents; one that there is not has no topics.
    """
    return await desk.store.read(_topics, campaign, limit)


async def campaigns(desk: Desk) -> list[str]:
    """The names of all campaigns, in the order of the alphabet."""
    return await desk.store.read(topic_list.campaigns)


async def set_campaign(desk: Desk, topic_id: int, name: str | None) -> TopicRow:
    """Let a topic belong to a campaign (None or nothing: to none). The conversations under it inherit it.

    A campaign that differs from `name` in case or accents only is meant. A step for undo. Raises UsageError for an
    unknown topic or too long a name.
    """
    return await desk.store.write(_set, desk.by_id, topic_id, " ".join((name or "").split()))


def _topics(db: sqlite3.Connection, campaign: str | None, limit: int) -> list[TopicLine]:
    meant = None
    if campaign is not None:
        meant = [each for each in topic_list.campaigns(db) if fold(each) == fold(campaign)]
    return [_line(db, count) for count in topic_list.counts(db, limit, meant)]


def _line(db: sqlite3.Connection, count: TopicCount) -> TopicLine:
    topic = topic_store.get(db, count.topic)
    assert topic is not None
    return TopicLine(topic, count.account, count.network, count.open, count.unanswered, count.conversations)


def _set(tx: Tx, by: int, topic_id: int, name: str) -> TopicRow:
    if topic_store.get(tx.db, topic_id) is None:
        raise UsageError(_("There is no topic {id}.").format(id=topic_id))
    if len(name) > LONGEST or '"' in name:
        raise UsageError(_("The name of a campaign has at most {n} characters, and no quotes.").format(n=LONGEST))
    known = topic_list.campaigns(tx.db)
    same = next((each for each in known if fold(each) == fold(name)), name)
    campaign = kept.label(tx, storable(same) if same else None)
    KeptStep(tx, by).enter("campaign", {kept.field(kept.TOPIC, topic_id, kept.CAMPAIGN): campaign})
    found = topic_store.get(tx.db, topic_id)
    assert found is not None
    return found
