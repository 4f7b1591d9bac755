"""What arriving messages make of a conversation's state. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.model.base import ConversationState

_ASLEEP = (ConversationState.SNOOZED, ConversationState.WAITING, ConversationState.DONE)


@dataclass(frozen=True)
class News:
    """What one reading brought into a conversation.

    `fresh`: an inbound message addressed to us that is no history. `wrote_first`: a private message of ours that no act
    of the outbox made. `imported`: it came from an import. `last_is_ours`: the newest message of all is ours.
    """

    fresh: bool
    wrote_first: bool = False
    imported: bool = False
    last_is_ours: bool = False


@dataclass(frozen=True)
class Standing:
    """What an arrival may change. `is_history`: nothing inbound in the conversation is newer than the connection."""

    state: ConversationState
    unread: bool
    is_history: bool


def after(now: Standing, news: News) -> Standing:
    """How a conversation stands after an arrival.

    What comes in opens what was done, snoozed or waiting, and nobody has read it yet; spam stays spam. An import is
    open unless the last word is ours. What we began ourselves in private waits for them.
    """
    if news.imported:
        return _imported(now, news)
    if news.fresh:
        state = ConversationState.OPEN if now.state in _ASLEEP else now.state
        return Standing(state, unread=True, is_history=False)
    if news.wrote_first and now.is_history and now.state is ConversationState.DONE:
        return Standing(ConversationState.WAITING, now.unread, now.is_history)
    return now


def _imported(now: Standing, news: News) -> Standing:
    if now.state is ConversationState.SPAM:
        return Standing(now.state, now.unread or news.fresh, is_history=False)
    if not news.last_is_ours:
        return Standing(ConversationState.OPEN, now.unread or news.fresh, is_history=False)
    if now.state in (ConversationState.OPEN, ConversationState.DONE):
        return Standing(ConversationState.DONE, unread=False, is_history=False)
    return Standing(now.state, now.unread or news.fresh, is_history=False)
