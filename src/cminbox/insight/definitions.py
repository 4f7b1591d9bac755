"""What each number means, as data: the text a person can ask for, the docs, and what the numbers are computed by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from cminbox.i18n import N_


class Unit(StrEnum):
    """How a number is shown."""

    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"
    RATE = "rate"
    """A count a minute."""


class Better(StrEnum):
    """Which way a number should go."""

    UP = "up"
    DOWN = "down"
    NEITHER = ""


@dataclass(frozen=True)
class Definition:
    """One number. All texts are marked here and translated when shown.

    `key` is its name in `kpi --json`, `formula` how it is computed, `clock` what starts and stops it (times only),
    `excluded` what does not count, `attributed` to which period something belongs, `rounding` what is rounded; `digits`
    are those of a percent that are shown of a share.
    """

    key: str
    name: str
    formula: str
    unit: Unit = Unit.COUNT
    clock: str = ""
    excluded: str = ""
    attributed: str = ""
    rounding: str = ""
    better: Better = Better.NEITHER
    digits: int = 0


def response_rate(answered: int, waiting: int) -> float | None:
    """The share of conversations that got an answer among those that needed one (0 to 1); None when none did."""
    needed = answered + waiting
    return answered / needed if needed else None


_NOW = N_("As it is now.")
_WRITTEN = N_("By the time at which the message was written.")
_BEGUN = N_("By the time of the conversation's first inbound message.")
_BY_REPLY = N_("By the time of the reply.")
_BY_VERB = N_("By the time of the verb that put it away.")
_BY_DEED = N_("By the time at which the network did it.")
_TIMES_LEFT_OUT = N_("History, bots, rules, and messages without a time of day. An interval below zero counts as zero.")
_MEDIAN = N_("The middle value; of an even number of values, the mean of the middle two.")
_P90 = N_("Nine in ten took at most so long; exact, linear between the two nearest values.")
_HOURS = N_("Calendar time; working time where the brand has business hours.")
_HOW_MANY = N_("How many times the median and the p90 are made of.")
_OURS = N_("What rules and the network itself did; verbs that were undone.")


def _times(key: str, names: tuple[str, str, str], what: str, clock: str, attributed: str) -> tuple[Definition, ...]:
    """The median, the 90th percentile and the number of some times."""
    plain = Definition("", "", what, Unit.SECONDS, clock, _TIMES_LEFT_OUT, attributed)
    return (
        replace(plain, key=f"{key}_median_s", name=names[0], rounding=_MEDIAN, better=Better.DOWN),
        replace(plain, key=f"{key}_p90_s", name=names[1], rounding=_P90, better=Better.DOWN),
        replace(plain, key=f"{key}_n", name=names[2], formula=_HOW_MANY, unit=Unit.COUNT),
    )


def _engagement(base: str, name: str, formula: str) -> Definition:
    """The engagement rate by one base: by another one the same posts come to five times as much."""
    left_out = N_(
        "Posts whose network does not tell the base, and those more than 30 days old when they were looked at."
    )
    shown = N_("To two decimal places of a percent where it is shown.")
    plain = Definition(
        f"engagement_rate_{base}", name, formula, Unit.SHARE, excluded=left_out, rounding=shown, digits=2
    )
    return replace(plain, attributed=N_("By the time at which our post was written."), better=Better.UP)


DEFINITIONS: tuple[Definition, ...] = (
    Definition("open", N_("Open"), N_("Conversations in state open."), attributed=_NOW, better=Better.DOWN),
    Definition(
        "unanswered",
        N_("Unanswered"),
        N_(
            "Conversations in which a person has written something newer than our last human answer to that person,"
            " and nobody said that it needs none."
        ),
        excluded=N_("Bots, spam, hidden messages, history, and what we only listen to."),
        attributed=_NOW,
        better=Better.DOWN,
    ),
    Definition(
        "backlog",
        N_("Backlog"),
        N_("Conversations that are open, snoozed or waiting for them."),
        attributed=_NOW,
        better=Better.DOWN,
    ),
    Definition(
        "oldest_waiting_s",
        N_("Oldest waiting"),
        N_("In the conversation that waits longest."),
        Unit.SECONDS,
        clock=N_("Starts with the first message without an answer; still runs."),
        excluded=N_("As for unanswered."),
        attributed=_NOW,
        better=Better.DOWN,
    ),
    Definition(
        "late",
        N_("Late"),
        N_("Conversations in which somebody waits, and the time to answer by is past."),
        excluded=N_("What has no target and no reply window. More than 500 are shown as 500+."),
        attributed=_NOW,
        better=Better.DOWN,
    ),
    Definition(
        "due_soon",
        N_("Late soon"),
        N_("Conversations in which somebody waits, and the time to answer by comes within the hour."),
        excluded=N_("What has no target and no reply window. More than 500 are shown as 500+."),
        attributed=_NOW,
        better=Better.DOWN,
    ),
    Definition(
        "new_per_minute",
        N_("New a minute"),
        N_("Inbound messages of the last quarter of an hour, divided by 15."),
        Unit.RATE,
        excluded=N_("Messages without a time of day."),
        attributed=_NOW,
        rounding=N_("To one decimal place where it is shown."),
    ),
    Definition(
        "received",
        N_("Received"),
        N_("Inbound messages that are addressed to us."),
        excluded=N_("Our own messages, and what has no date."),
        attributed=_WRITTEN,
        rounding=N_(
            "Whole quarters of an hour: those in which the period begins and ends count whole. What is dated to the day"
            " only counts at the beginning of that day, UTC."
        ),
    ),
    Definition(
        "people",
        N_("People"),
        N_("Different people behind the messages received; linked handles count each."),
        excluded=N_("Bots, and what has no date."),
        attributed=_WRITTEN,
    ),
    Definition(
        "returning_people",
        N_("Returning people"),
        N_("Of the people of the period, the share who had written before it."),
        Unit.SHARE,
        excluded=N_("Bots, and what has no date."),
        attributed=_WRITTEN,
        better=Better.UP,
    ),
    Definition(
        "conversations",
        N_("Conversations begun"),
        N_("Conversations whose first inbound message was written in the period."),
        excluded=N_("Spam, bots and history."),
        attributed=_BEGUN,
    ),
    Definition(
        "answered",
        N_("Answered"),
        N_("Conversations to which a colleague, or our account elsewhere, replied; each counts once."),
        excluded=N_("Notes, likes, rules and bots."),
        attributed=_BY_REPLY,
        better=Better.UP,
    ),
    Definition(
        "answered_mine",
        N_("Answered by me"),
        N_("Of the conversations answered, those to which I replied myself; each counts once."),
        excluded=N_("Notes, likes, rules and bots."),
        attributed=_BY_REPLY,
        better=Better.UP,
    ),
    Definition(
        "targets_hit",
        N_("Targets hit"),
        N_("Of the replies that ended a wait with a time to answer by, the share that came in time."),
        Unit.SHARE,
        excluded=N_(
            "Waits without a target, and messages without a time of day. The target is the one in force when the reply"
            " was sent; a message that comes late moves only when the wait began."
        ),
        attributed=_BY_REPLY,
        better=Better.UP,
    ),
    Definition(
        "replies",
        N_("Replies"),
        N_("Our human replies, public and private, wherever they were written."),
        excluded=N_("Notes and history."),
        attributed=_BY_REPLY,
    ),
    Definition(
        "reviewed",
        N_("Reviewed"),
        N_("Conversations that a colleague called done without a reply while somebody waited."),
        excluded=_OURS,
        attributed=_BY_VERB,
    ),
    Definition(
        "answered_privately",
        N_("Answered privately"),
        N_("Public conversations that were answered in private."),
        attributed=_BY_DEED,
    ),
    Definition(
        "response_rate",
        N_("Response rate"),
        N_("Conversations that got a human answer, divided by those that got one or still wait."),
        Unit.SHARE,
        excluded=N_("Done without a reply (reviewed), spam and history."),
        attributed=_BEGUN,
        better=Better.UP,
    ),
    Definition(
        "response_rate_meta",
        N_("Response rate, Meta's way"),
        N_("Conversations that got a first human answer, divided by all that began; what was reviewed stays in."),
        Unit.SHARE,
        excluded=N_("Spam, automatic answers and history."),
        attributed=_BEGUN,
        better=Better.UP,
    ),
    *_times(
        "first_response",
        (N_("First response, median"), N_("First response, p90"), N_("First responses")),
        _HOURS,
        N_(
            "Starts with the first inbound message of a conversation; stops with our first human reply after it,"
            " whoever that reply answers."
        ),
        _BY_REPLY,
    ),
    *_times(
        "message_response",
        (N_("Response to a message, median"), N_("Response to a message, p90"), N_("Messages answered directly")),
        _HOURS,
        N_("Starts with a message; stops with our first human reply that answers it directly."),
        _BY_REPLY,
    ),
    *_times(
        "next_reply",
        (N_("Next reply, median"), N_("Next reply, p90"), N_("Next replies")),
        _HOURS,
        N_("Starts with the first message after our reply before; stops with our next human reply."),
        _BY_REPLY,
    ),
    *_times(
        "first_resolution",
        (N_("First resolution, median"), N_("First resolution, p90"), N_("First resolutions")),
        _HOURS,
        N_("Starts with the first inbound message; stops when the conversation is done for the first time."),
        _BY_VERB,
    ),
    *_times(
        "full_resolution",
        (N_("Full resolution, median"), N_("Full resolution, p90"), N_("Full resolutions")),
        _HOURS,
        N_(
            "Starts with the first inbound message; stops when the conversation is done for the last time, reopenings"
            " included."
        ),
        _BY_VERB,
    ),
    Definition(
        "closed",
        N_("Closed"),
        N_("Conversations that became done, by an answer or without one; each counts once."),
        excluded=_OURS,
        attributed=_BY_VERB,
    ),
    Definition(
        "reopen_rate",
        N_("Reopened"),
        N_("Of the conversations closed, the share that was open again later, at any time."),
        Unit.SHARE,
        excluded=_OURS,
        attributed=_BY_VERB,
        better=Better.DOWN,
    ),
    Definition(
        "one_touch_rate",
        N_("One touch"),
        N_("Of the conversations closed that have a reply, the share with exactly one."),
        Unit.SHARE,
        excluded=_OURS,
        attributed=_BY_VERB,
        better=Better.UP,
    ),
    Definition(
        "backlog_end",
        N_("Backlog at the end"),
        N_(
            "Conversations that were open, snoozed or waiting for them when the period ended; those that were joined"
            " since count once."
        ),
        excluded=N_("Times of which nothing was noted: before the first conversation, or by an older version."),
        attributed=N_("By the end of the period; brand, account, network, campaign and tag are those of now."),
        better=Better.DOWN,
    ),
    Definition(
        "moderated",
        N_("Moderated"),
        N_("Messages hidden or deleted, people blocked, and reports, done at the network."),
        excluded=N_("What was recalled before it left, or refused."),
        attributed=_BY_DEED,
    ),
    *_times(
        "time_to_hide",
        (N_("Time to hide, median"), N_("Time to hide, p90"), N_("Hidden or deleted")),
        N_("Calendar time."),
        N_("Starts when the message was written; stops when the network had hidden or deleted it."),
        _BY_DEED,
    ),
    Definition(
        "spam",
        N_("Spam"),
        N_("Conversations that were put away as spam."),
        excluded=N_("Verbs that were undone."),
        attributed=_BY_VERB,
    ),
    Definition(
        "share_of_voice",
        N_("Share of voice"),
        N_(
            "Messages found by listening that are about us, divided by those about us and about competitors. A message"
            " that several feeds bring counts once for each whom it is about."
        ),
        Unit.SHARE,
        excluded=N_(
            "Feeds about a theme, what other feeds bring because it is addressed to us, our own messages, bots,"
            " and what has no date."
        ),
        attributed=N_("By the time at which the message was written, and by the account that listens."),
        better=Better.UP,
    ),
    _engagement(
        "followers",
        N_("Engagement rate by followers"),
        N_(
            "Likes, comments and shares (reposts, quotes) of our posts of the period, as told last, divided by the"
            " followers that the accounts of these posts had when it ended."
        ),
    ),
    _engagement(
        "reach",
        N_("Engagement rate by reach"),
        N_(
            "Likes, comments and shares (reposts, quotes) of our posts of the period, as told last, divided by the"
            " people whom these posts reached."
        ),
    ),
    _engagement(
        "impressions",
        N_("Engagement rate by impressions"),
        N_(
            "Likes, comments and shares (reposts, quotes) of our posts of the period, as told last, divided by how"
            " often these posts were seen (at Discourse: once for each visitor and day)."
        ),
    ),
    Definition("outbox", N_("In outbox"), N_("Acts that are held, queued, being sent or uncertain."), attributed=_NOW),
    Definition(
        "review",
        N_("To review"),
        N_("Acts that a person must look at before they go."),
        attributed=_NOW,
        better=Better.DOWN,
    ),
)
"""Every number, in the order in which they are listed."""

BY_KEY = {each.key: each for each in DEFINITIONS}
