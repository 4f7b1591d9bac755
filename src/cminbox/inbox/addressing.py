"""Writing to somebody first: in which conversation a private message reaches a person.

No network lets a tool write to just anybody, and none should: who can be written to is who has written to us. Where we
spoke in private before, the message goes on with that; else it is a private answer to what they said last.
"""

from __future__ import annotations

from cminbox.clock import Clock
from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox import checks, people, replies
from cminbox.inbox.desk import Desk
from cminbox.model.people import PersonCard
from cminbox.store import person_history, standing
from cminbox.store.standing import Db
from cminbox.text import label

LOOKED_AT = 50
"""How many of their newest conversations are looked at for a way."""


async def way_to(desk: Desk, person_id: int) -> int:
    """The conversation in which a private message to a person goes, by any of the handles linked to them.

    Raises UsageError for an unknown person, Unable or Refused with the reason where no account of ours can write to
    them: that of the way that came nearest.
    """
    card = await people.card(desk, person_id)
    return await desk.store.read(_way_to, desk.clock, card)


def _way_to(db: Db, clock: Clock, card: PersonCard) -> int:
    ids, _all = person_history.conversations(db, card.ids, LOOKED_AT)
    found = [each for each in (standing.of(db, one) for one in ids) if each is not None]
    why: UsageError | None = None
    for each in sorted(found, key=lambda one: not one.is_private):
        try:
            now, account, verb, target = replies.addressed(db, each.id, True, None)
            if target.person_id not in card.ids:
                continue
            checks.require(account, verb)
            checks.answerable(account, target, standing.last_in_ms(db, now.id, target.person_id), clock)
        except UsageError as error:
            why = why or error
            continue
        return each.id
    raise why or Refused(
        _("There is no way to write to {name}: they have not written to an account of ours.").format(
            name=label(card.person.label)
        )
    )
