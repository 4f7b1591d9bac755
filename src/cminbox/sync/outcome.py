"""What an answer of a network means for an act. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.clock import to_ms
from cminbox.errors import (
    Forbidden,
    Gone,
    Malformed,
    NetworkError,
    RateLimited,
    Rejected,
    Unknowable,
    Unreachable,
)
from cminbox.i18n import _
from cminbox.model.acts import Receipt
from cminbox.model.base import ActState


@dataclass(frozen=True)
class Verdict:
    """The state that an attempt to send ends in, the sentence that says why, and the receipt of what is sent."""

    state: ActState
    error: str = ""
    receipt: Receipt | None = None


def of_sending(error: NetworkError) -> Verdict:
    """Where an act goes whose sending failed.

    Refused before it was accepted (429, 401, no connection): queued again. Understood and refused: failed. Whatever may
    have reached the network, a server error among it: uncertain.
    """
    if isinstance(error, Rejected | Gone | Forbidden):
        return Verdict(ActState.FAILED, str(error))
    return Verdict(ActState.UNCERTAIN if error.sent else ActState.QUEUED, str(error))


def unexpected(error: Exception) -> NetworkError:
    """A connector's own defect, as an error of the tree: nobody knows how far it came."""
    return Malformed(_("The connector failed: {error}.").format(error=type(error).__name__))


def told_to_wait_ms(error: NetworkError | None) -> int | None:
    """Until when the network itself told the account to wait (milliseconds), or None."""
    return to_ms(error.until) if isinstance(error, RateLimited) else None


def is_trouble(error: NetworkError | None) -> bool:
    """Whether the account had better rest for a while: the network is away or does not make sense."""
    return isinstance(error, Unreachable | Malformed | Unknowable)


def cannot_read(error: NetworkError) -> str:
    """Why a context will not be read by waiting, for a person to decide; "" where waiting helps."""
    if isinstance(error, Rejected | Forbidden | Gone | Unknowable):
        return _("What was written meanwhile cannot be read: {why}").format(why=str(error))
    return ""


def cannot_tell(error: NetworkError | None, *, late: bool) -> str:
    """Why nobody will find out whether an act happened, for a person to look; "" where looking again helps.

    An answer that makes no sense is looked at again until the act is `late`; a network that is away, for as long as
    it takes.
    """
    hopeless = error is None or isinstance(error, Rejected | Forbidden | Gone | Unknowable)
    if hopeless or (late and isinstance(error, Malformed)):
        text = _("Nobody can tell whether this was sent. Look at the network, then send it again or cancel it.")
        return text if error is None else f"{text} {error}"
    return ""
