"""One piece of a batch on its way into the store."""

from __future__ import annotations

from typing import Any

from cminbox.clock import to_ms
from cminbox.i18n import _
from cminbox.model.accounts import Account
from cminbox.model.base import Direction, Kind, MessageState, TimePrecision
from cminbox.model.changes import Change, Edited, Reacted, Read, Removed, SetAside, Wrote
from cminbox.model.content import Author, TopicInfo
from cminbox.store import (
    accounts,
    conversations,
    echoes,
    journal,
    listening,
    messages,
    people,
    placing,
    revisions,
    search,
    set_aside,
    topics,
)
from cminbox.store.arrivals import Arrivals
from cminbox.store.conversations import Beginning
from cminbox.store.database import Tx
from cminbox.store.messages import Copy, NewMessage
from cminbox.sync.forgotten import Forgotten
from cminbox.sync.sanity import Moment, clean, moment

_OUT_OF_SIGHT = (MessageState.HIDDEN, MessageState.REMOVED)


class Intake:
    """Takes changes one by one and remembers what must be settled at the end of the piece (`arrivals`).

    `new` and `known` count messages, `arrived` are the inbound ones that are news to a person, `aside` is what could
    not be taken.
    """

    def __init__(self, tx: Tx, account: Account, *, imported: bool) -> None:
        self._tx = tx
        self._account = account
        self._imported = imported
        self._place = accounts.place_of(tx.db, account.id)
        self._ourselves = accounts.ourselves(tx.db, self._place.network_id)
        self._forgotten = Forgotten(tx, account.id, self._place.network_id)
        self._any_early = set_aside.has_early(tx.db, account.id)
        self._people: dict[Author, int] = {}
        self._topics: dict[TopicInfo, int] = {}
        self._to_index: list[tuple[int, str, str, str]] = []
        self.new = 0
        self.known = 0
        self.arrivals = Arrivals()
        self.arrived: list[int] = []
        self.aside: list[SetAside] = []

    def take(self, raw: Change) -> None:
        """Take one change; what has no id is set aside, what was erased stays so."""
        change = self._forgotten.unnamed(clean(raw))
        if not change.remote_id.strip():
            self.aside.append(SetAside(reason=_("It has no id."), raw=change.model_dump_json()))
        elif self._forgotten.holds(change):
            self.known += isinstance(change, Wrote)
        elif isinstance(change, Wrote):
            self._wrote(change)
        else:
            message_id = messages.find_remote(self._tx.db, self._account.id, change.remote_id)
            if message_id is None:
                set_aside.keep_early(self._tx, self._account.id, change)
                self._any_early = True
            else:
                self._follow(message_id, change)

    def flush(self) -> None:
        """Write what waits to be indexed."""
        if self._to_index:
            search.index(self._tx, self._to_index)
            self._to_index = []

    def _wrote(self, change: Wrote) -> None:
        tx, account_id = self._tx, self._account.id
        when = moment(change.at, change.precision, tx.now_ms)
        message_id = messages.find_remote(tx.db, account_id, change.remote_id)
        if message_id is not None:
            self.known += 1
            self._again(message_id, change, when)
            listening.note(tx, message_id, account_id, change.about)
            return
        if change.global_id and (message_id := messages.find_global(tx.db, change.global_id)) is not None:
            self.known += 1
            messages.add_copy(tx, message_id, self._copy(change), when.at_ms)
            self._again(message_id, change, when, another=True)
        else:
            self.new += 1
            message_id = self._insert(change, when)
        listening.note(tx, message_id, account_id, change.about)
        if self._any_early:
            for early in set_aside.take_early(tx, account_id, change.remote_id):
                self._follow(message_id, early)

    def _insert(self, change: Wrote, when: Moment) -> int:
        tx = self._tx
        direction = self._direction(change)
        person_id = self._person(change.author, change.remote_id)
        topic_id = self._topic(change, direction)
        copy = self._copy(change)
        parent_id = messages.find_remote(tx.db, self._account.id, copy.parent) if copy.parent else None
        echo = None
        if direction is Direction.OUT:
            echo = echoes.find(tx, self._account.id, change.remote_id, change.act_key)
        is_history = self._is_history(when)
        message_id = messages.insert(
            tx,
            NewMessage(
                copy=copy,
                person_id=person_id,
                topic_id=topic_id,
                parent_id=parent_id,
                direction=direction,
                kind=change.kind,
                audience=change.audience,
                state=change.state,
                addressed=change.addressed or direction is Direction.OUT,
                is_history=is_history,
                global_id=change.global_id or None,
                text=change.text,
                media=change.media,
                lang=change.lang,
                url=change.url,
                extra=change.extra,
                created_ms=when.created_ms,
                precision=when.precision,
                at_ms=when.at_ms,
                answers=tuple(
                    people.known(tx, self._place.network_id, self._forgotten.person(each)) for each in change.answers
                ),
                edited_ms=when.at_ms if change.state is MessageState.EDITED else None,
                state_ms=when.at_ms if change.state in _OUT_OF_SIGHT else None,
            ),
        )
        self._to_index.append((message_id, *messages.indexed(tx.db, message_id, is_new=True)))
        if echo is not None:
            echoes.tie(tx, echo, message_id, change.remote_id)
        begins = _begins(change, direction)
        beginning = self._beginning(message_id, person_id, topic_id, change, when) if begins else None
        self._put(message_id, beginning, is_new=True)
        if direction is Direction.IN and change.addressed and not is_history:
            self.arrived.append(message_id)
        return message_id

    def _again(self, message_id: int, change: Wrote, when: Moment, *, another: bool = False) -> None:
        """A message that is known: what this telling adds to it. `another`: it is another account's copy."""
        tx = self._tx
        known = messages.claims(tx.db, message_id, self._account.id)
        direction = self._direction(change)
        to_us = change.addressed and direction is Direction.IN and known.direction is Direction.IN
        newly = to_us and not known.addressed
        live = known.is_history and not self._is_history(when)
        copy = self._copy(change)
        placed_anew = another or (copy.key, copy.parent) != (known.key, known.parent)
        if newly or live or known.is_bare:
            messages.complete(tx, message_id, change, addressed=newly, live=live)
        if placed_anew and not another:
            placed_anew = messages.amend_copy(tx, copy)
        if placed_anew and copy.parent is not None:
            messages.name_parent(tx, message_id, copy)
            self._look_again(message_id)
        topic_id = known.topic_id
        if change.topic is not None and not known.topic_told:
            topic_id = self._topic(change, direction)
            if topic_id is not None and topic_id != known.topic_id:
                self._assign_topic(message_id, topic_id)
        if change.state is MessageState.EDITED:
            self._edit(message_id, change.text, change.media, when.at_ms)
        elif change.state in _OUT_OF_SIGHT:
            self._set_state(message_id, change.state, when.at_ms)
        if known.act_id is None and known.direction is Direction.OUT and change.act_key:
            echo = echoes.find(tx, self._account.id, change.remote_id, change.act_key)
            if echo is not None:
                echoes.tie(tx, echo, message_id, change.remote_id)
                self.arrivals.again.append(message_id)
        is_context = known.conversation_id is None and change.about is not None and known.direction is Direction.IN
        if placed_anew or newly or is_context:
            begins = to_us or _begins(change, known.direction)
            beginning = self._beginning(message_id, known.person_id, topic_id, change, when) if begins else None
            was_in = known.conversation_id is not None
            self._put(message_id, beginning)
            if newly and was_in:
                self.arrivals.addressed.append(message_id)
        if live and known.conversation_id is not None:
            self.arrivals.again.append(message_id)
        if (newly or live) and to_us and not self._is_history(when):
            self.arrived.append(message_id)

    def _put(self, message_id: int, beginning: Beginning | None, *, is_new: bool = False) -> None:
        placed = placing.place(self._tx, message_id, beginning, is_new=is_new, imported=self._imported)
        self.arrivals.entered += placed.messages
        self.arrivals.moved |= placed.moved

    def _follow(self, message_id: int, change: Change) -> None:
        """An edit, a removal, a reaction or a reading of a message that is known."""
        at_ms = moment(change.at, TimePrecision.INSTANT, self._tx.now_ms).at_ms
        match change:
            case Edited():
                self._edit(message_id, change.text, change.media, at_ms)
            case Removed():
                self._set_state(message_id, change.state, at_ms)
            case Reacted():
                person_id = self._person(change.author, change.remote_id)
                revisions.react(self._tx, message_id, person_id, change.reaction, at_ms, undone=change.undone)
            case Read():
                conversation_id = revisions.read_up_to(self._tx.db, message_id)
                if conversation_id is not None:
                    before = conversations.change(self._tx, conversation_id, unread=0)
                    journal.write(self._tx, "read", None, conversation_id, before=before, after={"unread": 0})

    def _edit(self, message_id: int, text: str, media: Any, at_ms: int) -> None:
        self.flush()
        if revisions.edit(self._tx, message_id, text, media, at_ms):
            self._noted("edited", message_id)

    def _set_state(self, message_id: int, state: MessageState, at_ms: int) -> None:
        if revisions.set_state(self._tx, message_id, state, at_ms):
            self._noted(state.value, message_id)
            self._look_again(message_id)

    def _noted(self, verb: str, message_id: int) -> None:
        journal.write(self._tx, verb, None, messages.conversation_of(self._tx.db, message_id), message_id)

    def _look_again(self, message_id: int) -> None:
        conversation_id = messages.conversation_of(self._tx.db, message_id)
        if conversation_id is not None:
            self.arrivals.moved.add(conversation_id)

    def _direction(self, change: Wrote) -> Direction:
        """Ours is what the connector says, and what another account of ours wrote."""
        ours = change.author.is_us or change.author.remote_id in self._ourselves
        return Direction.OUT if ours else change.direction

    def _copy(self, change: Wrote) -> Copy:
        """Where this account sees the message. A topic is no parent, nor is a message its own."""
        ours = _is_topic(change, self._direction(change))
        parent = change.parent or None
        if ours or parent == change.remote_id or (change.topic is not None and change.topic.key == parent):
            parent = None
        parent = self._forgotten.parent(parent)
        key = None if ours else change.conversation
        gap_s = change.conversation_gap_s if key is not None else None
        return Copy(self._account.id, change.remote_id, parent, key, gap_s)

    def _person(self, author: Author, remote_id: str) -> int:
        if author.remote_id in self._ourselves:
            author = author.model_copy(update={"is_us": True})
        if not author.remote_id:
            author = author.model_copy(update={"remote_id": f"?{self._account.id}:{remote_id}"})
        if author not in self._people:
            was_bot = people.is_bot(self._tx.db, self._place.network_id, author.remote_id)
            person_id = people.upsert(self._tx, self._place.network_id, author)
            if was_bot is not None and was_bot != author.is_bot:
                self.arrivals.moved.update(people.conversations_of(self._tx.db, person_id))
            self._people[author] = person_id
        return self._people[author]

    def _topic(self, change: Wrote, direction: Direction) -> int | None:
        info = change.topic
        if _is_topic(change, direction) and (info is None or info.key != change.remote_id):
            info = TopicInfo(
                key=change.remote_id,
                author=change.author,
                text=change.text,
                url=change.url,
                media=change.media,
                at=change.at,
                is_ours=True,
            )
        if info is None:
            parent = self._copy(change).parent
            known = topics.by_key(self._tx.db, self._account.id, parent) if parent else None
            return self._forgotten.topic(change.parent) if known is None and change.parent else known
        if (erased := self._forgotten.topic(info.key)) is not None:
            return erased
        if info not in self._topics:
            is_new = topics.by_key(self._tx.db, self._account.id, info.key) is None
            self._topics[info] = topics.upsert(self._tx, self._account.id, self._place.network_id, info)
            if is_new:
                self._name_topic(self._topics[info], info.key)
        return self._topics[info]

    def _name_topic(self, topic_id: int, key: str) -> None:
        """Replies that came before anybody said that their parent is a topic stand under it from now on."""
        for message_id in topics.waiting_for(self._tx.db, self._account.id, key):
            self._assign_topic(message_id, topic_id)

    def _assign_topic(self, message_id: int, topic_id: int) -> None:
        self.flush()
        old = messages.indexed(self._tx.db, message_id)
        topics.assign(self._tx, message_id, topic_id)
        search.replace(self._tx, message_id, old, messages.indexed(self._tx.db, message_id))
        self._look_again(message_id)

    def _beginning(
        self, message_id: int, person_id: int, topic_id: int | None, change: Wrote, when: Moment
    ) -> Beginning:
        return Beginning(
            account_id=self._account.id,
            network_id=self._place.network_id,
            brand_id=self._place.brand_id,
            message_id=message_id,
            person_id=person_id,
            topic_id=topic_id,
            kind=change.kind.value,
            at_ms=when.at_ms,
            is_private=change.kind is Kind.DM or change.audience.is_private,
            about=None if change.addressed else change.about,
        )

    def _is_history(self, when: Moment) -> bool:
        """What was written before the account was connected, except what was asked to be open."""
        if self._imported or when.created_ms is None or when.created_ms >= to_ms(self._account.connected_at):
            return False
        open_since = self._account.open_since
        return open_since is None or when.created_ms < to_ms(open_since)


def _is_topic(change: Wrote, direction: Direction) -> bool:
    return change.kind is Kind.POST and direction is Direction.OUT


def _begins(change: Wrote, direction: Direction) -> bool:
    """Whether a message begins a conversation where it belongs to none."""
    if direction is Direction.IN:
        return change.addressed or change.about is not None
    return change.kind is Kind.DM
