"""Whether an act may leave as things stand, or a person has to look at it first. Pure."""

from __future__ import annotations

from typing import Final

from cminbox.clock import to_ms
from cminbox.i18n import _, ngettext
from cminbox.model.accounts import Abilities
from cminbox.model.acts import Act
from cminbox.model.base import ActVerb, MessageState
from cminbox.model.rows import ActRow
from cminbox.store.answering import Facts
from cminbox.text import measure

_WRITES: Final = (ActVerb.REPLY, ActVerb.PRIVATE_REPLY, ActVerb.EDIT)


def due_ms(act: ActRow) -> int:
    """When an act ought to leave: the end of its hold, or of the network's own wait."""
    return max(to_ms(act.send_at), 0 if act.not_before is None else to_ms(act.not_before))


def too_late(act: ActRow, now_ms: int, stale_after_s: float) -> str:
    """Why an act is not sent any more without a look, or "": it is longer past its due time than `stale_after_s`."""
    late_s = (now_ms - due_ms(act)) / 1000
    if late_s <= stale_after_s:
        return ""
    minutes = int(late_s // 60)
    return ngettext("It would have left {n} minute late.", "It would have left {n} minutes late.", minutes).format(
        n=minutes
    )


def objection(act: ActRow, facts: Facts | None, abilities: Abilities, now_ms: int) -> str:
    """Why a person should look at an act before it leaves, in one sentence; "" where nothing speaks against it.

    What a person approved is not asked again, except for what came after the approval.
    """
    if act.verb.is_reply and facts is not None:
        if facts.newer:
            return _("A newer message came in from the person being answered.")
        if facts.answered == "colleague":
            return _("A colleague answered meanwhile.")
        if facts.answered:
            return _("The account answered meanwhile, from elsewhere.")
    if act.approved:
        return ""
    if act.verb.is_reply and facts is not None and facts.overtaken:
        return _("{name} had taken this over.").format(name=facts.overtaken)
    if act.verb.is_reply:
        if facts is None or facts.target is MessageState.REMOVED:
            return gone()
        window = abilities.reply_window_s
        if window is not None and now_ms > facts.last_in_ms + window * 1000:
            return _("The time to answer in has passed on this network.")
    if act.verb not in abilities.can:
        return abilities.why_not.get(act.verb) or _("The account cannot do this now.")
    return _length(act, abilities)


def gone() -> str:
    """The sentence for an act whose message is not there any more."""
    return _("The message being answered is gone.")


def no_wider(act: Act, facts: Facts | None) -> Act:
    """The act with an audience no wider than that of the message that it answers."""
    if facts is None or not act.verb.is_reply:
        return act
    return act.model_copy(update={"audience": act.audience.no_wider_than(facts.audience)})


def _length(act: ActRow, abilities: Abilities) -> str:
    limit = abilities.max_length
    if act.audience.is_private and abilities.max_length_private is not None:
        limit = abilities.max_length_private
    if act.verb not in _WRITES or limit is None:
        return ""
    length = measure(act.text, abilities.counting.value)
    if length <= limit:
        return ""
    return _("The text is too long for this network: {length} of {limit}.").format(length=length, limit=limit)
