"""What each number of the counters bar and of `cminbox kpi` means: the text a person can ask for, beside its rule."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.i18n import N_


@dataclass(frozen=True)
class Definition:
    """One number: its key in `kpi --json`, its name and its rule (both to be translated when shown)."""

    key: str
    name: str
    rule: str


def response_rate(answered: int, waiting: int) -> float | None:
    """The share of conversations that got an answer among those that needed one (0 to 1); None when none did."""
    needed = answered + waiting
    return answered / needed if needed else None


DEFINITIONS = (
    Definition(
        "open",
        N_("Open"),
        N_("Conversations in state open, now."),
    ),
    Definition(
        "unanswered",
        N_("Unanswered"),
        N_(
            "Conversations, now, in which a person has written something newer than our last human answer to that"
            " person, and nobody said that it needs none. Bots, spam, hidden messages and history do not count."
        ),
    ),
    Definition(
        "oldest_waiting_s",
        N_("Oldest waiting"),
        N_("Seconds since the first message without an answer was written, in the conversation that waits longest."),
    ),
    Definition(
        "received",
        N_("Received"),
        N_(
            "Inbound messages by the time they were written. Counted in quarters of an hour: those in which the period"
            " begins and ends count whole. What is dated to the day only counts at the beginning of that day, UTC; what"
            " has no date does not count."
        ),
    ),
    Definition(
        "answered",
        N_("Answered"),
        N_("Conversations to which a colleague, or our account elsewhere, replied in the period; each counts once."),
    ),
    Definition(
        "response_rate",
        N_("Response rate"),
        N_(
            "Of the conversations whose first inbound message was written in the period, those that got a human answer,"
            " divided by those that got one or still wait. Left out: done without a reply (reviewed), spam, history."
        ),
    ),
    Definition(
        "first_response_median_s",
        N_("First response, median"),
        N_(
            "From the first inbound message of a conversation to our first human reply after it, whoever that reply"
            " answers; calendar seconds between the network's own times, by the date of the reply. Left out: history"
            " and messages without a time of day. Half of the first responses took at most so long; of an even number,"
            " the mean of the middle two."
        ),
    ),
    Definition(
        "first_response_p90_s",
        N_("First response, p90"),
        N_(
            "The same times: nine in ten first responses took at most so long. Exact, linear between the two nearest"
            " values."
        ),
    ),
    Definition(
        "first_response_n",
        N_("First responses"),
        N_("How many first responses the median and the p90 are made of."),
    ),
    Definition(
        "outbox",
        N_("In outbox"),
        N_("Acts, now, that are held, queued, being sent or uncertain."),
    ),
    Definition(
        "review",
        N_("To review"),
        N_("Acts, now, that a person must look at before they go."),
    ),
)
