"""What must hold before an act is written: can the account do this, is the text fit to send, is the target there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cminbox.clock import Clock, from_ms
from cminbox.errors import Refused, Unable, UsageError
from cminbox.i18n import N_, _
from cminbox.inbox.desk import abilities_of
from cminbox.model.accounts import Account
from cminbox.model.base import AccountState, ActVerb, Audience, MessageState
from cminbox.store.standing import MessageStanding
from cminbox.text import measure

_NAMES = {
    ActVerb.REPLY: N_("reply"),
    ActVerb.PRIVATE_REPLY: N_("reply privately"),
    ActVerb.EDIT: N_("edit"),
    ActVerb.DELETE: N_("delete"),
    ActVerb.LIKE: N_("like"),
    ActVerb.UNLIKE: N_("take back a like"),
    ActVerb.HIDE: N_("hide"),
    ActVerb.UNHIDE: N_("unhide"),
    ActVerb.MUTE: N_("mute"),
    ActVerb.UNMUTE: N_("unmute"),
    ActVerb.BLOCK: N_("block"),
    ActVerb.UNBLOCK: N_("unblock"),
    ActVerb.REPORT: N_("report"),
    ActVerb.SPAM: N_("call it spam"),
    ActVerb.UNSPAM: N_("take it out of the spam"),
    ActVerb.RESTORE: N_("take it out of the trash"),
}


@dataclass(frozen=True)
class Length:
    """How long a text is by the network's own counting, and the most it takes (None: no limit known)."""

    used: int
    limit: int | None

    @property
    def over(self) -> int:
        """By how much it is too long; 0 where it fits."""
        return max(0, self.used - self.limit) if self.limit is not None else 0


def why_not(account: Account, verb: ActVerb) -> str:
    """Why an account cannot do this at its network, in a sentence; empty where it can."""
    name = _(_NAMES[verb])
    if account.state is AccountState.IMPORT:
        return _(
            "These messages were imported (or their account was removed): no account on {network} is behind them, "
            "so nothing can be sent. "
            "Connect one with `cminbox accounts add {network}`."
        ).format(network=account.network)
    abilities = abilities_of(account)
    if verb in abilities.can:
        return ""
    because = abilities.why_not.get(verb, "")
    if because:
        return _("{account} cannot {verb}: {because}").format(account=account.name, verb=name, because=because)
    return _("{account} ({network}) cannot {verb}.").format(account=account.name, network=account.network, verb=name)


def require_sendable(target: MessageStanding) -> None:
    """Raise Refused for a note, which no network knows, and for what was erased, which we do not know any more."""
    if target.audience is Audience.NOTE:
        raise Refused(_("This is an internal note: no network knows it, so nothing can be done with it there."))
    if target.erased and not target.by_us:
        raise Refused(_("This message was erased with its author; nothing can be done with it at its network."))


def require_target(account: Account, verb: ActVerb, target: MessageStanding) -> None:
    """Raise Unable where the account cannot do this to that message: most networks delete one's own only.

    Raises Refused for a note, and for what was erased.
    """
    require_sendable(target)
    if verb is ActVerb.DELETE and not target.by_us and not abilities_of(account).deletes_theirs:
        raise Unable(
            _("{account} ({network}) can delete its own messages only.").format(
                account=account.name, network=account.network
            )
        )


def require(account: Account, verb: ActVerb) -> None:
    """Raise Unable, with the reason, where the account cannot do this."""
    reason = why_not(account, verb)
    if reason:
        raise Unable(reason)


def length(account: Account, text: str, *, private: bool, to: str = "") -> Length:
    """How long a text is for this account's network, with the mention of `to` (a handle) where that goes before it."""
    abilities = abilities_of(account)
    handle = to.lstrip("@")
    if abilities.mentions_first and handle and f"@{handle}".casefold() not in text.casefold():
        text = f"@{handle} {text}"
    limit = abilities.max_length
    if private and abilities.max_length_private is not None:
        limit = abilities.max_length_private
    return Length(measure(text, abilities.counting), limit)


def fits(account: Account, text: str, *, private: bool, to: str = "") -> None:
    """Raise UsageError where a text is empty, or too long or too short for the account's network."""
    if not text.strip():
        raise UsageError(_("There is nothing to send: the text is empty."))
    size = length(account, text, private=private, to=to)
    if size.over:
        raise UsageError(
            _("The text is too long for {network}: {used} of {limit}.").format(
                network=account.network, used=size.used, limit=size.limit
            ),
            _("Shorten it by {n}.").format(n=size.over),
        )
    abilities = abilities_of(account)
    least = abilities.min_length
    if private and abilities.min_length_private is not None:
        least = abilities.min_length_private
    if size.used < least:
        raise UsageError(
            _("The text is too short for {network}: {used} of at least {least}.").format(
                network=account.network, used=size.used, least=least
            ),
            _("Write {n} more.").format(n=least - size.used),
        )


def answerable(account: Account, target: MessageStanding, last_in_ms: int | None, clock: Clock) -> None:
    """Raise Refused where a message cannot be answered: it is a note, it is gone, or its window is closed.

    A window counts from `last_in_ms`, when the person wrote last (None: from the message).
    """
    require_sendable(target)
    if target.state is MessageState.REMOVED:
        raise Refused(_("The message was deleted at its network; there is nothing left to answer."))
    window_s = abilities_of(account).reply_window_s
    since_ms = max(target.created_ms or 0, last_in_ms or 0)
    if window_s is None or not since_ms:
        return
    closed = from_ms(since_ms) + timedelta(seconds=window_s)
    if clock.now() >= closed:
        raise Refused(
            _("{network} took answers to this message until {when} UTC only.").format(
                network=account.network, when=f"{closed:%Y-%m-%d %H:%M}"
            )
        )


def waits_note(account: Account) -> str:
    """What to say of an account that keeps acts waiting; empty where it sends."""
    if account.state is not AccountState.PAUSED:
        return ""
    if account.paused_because:
        return _("{account} is paused ({because}): this waits until `cminbox accounts renew {account}`.").format(
            account=account.name, because=account.paused_because
        )
    return _("{account} is paused: this waits until `cminbox accounts renew {account}`.").format(account=account.name)
