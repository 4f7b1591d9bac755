"""Public answers of one step to many people: how far apart they leave, and how many may be the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from cminbox.errors import Unable
from cminbox.i18n import ngettext
from cminbox.inbox.desk import abilities_of
from cminbox.model.accounts import Account
from cminbox.model.base import Audience
from cminbox.store import spacing
from cminbox.store.database import Tx
from cminbox.store.standing import Db


@dataclass
class Pace:
    """What one step has written so far, by account. A private answer is read by one person: it needs no pace."""

    turns: dict[int, int] = field(default_factory=dict)
    said: Counter[tuple[int, str]] = field(default_factory=Counter)

    def allow(self, account: Account, audience: Audience, text: str) -> None:
        """Count one more answer. Raises Unable where the network does not take so many that are the same."""
        most = abilities_of(account).identical_most
        words = (account.id, " ".join(text.split()).casefold())
        if audience.is_private:
            return
        if most is not None and self.said[words] >= most:
            raise Unable(same_words(account, most))
        self.said[words] += 1

    def turn(self, db: Db, account: Account, audience: Audience, send_at_ms: int) -> int | None:
        """When one more answer may leave, behind those of its account that wait for theirs already; None: at its time.

        That is its turn: the next one comes behind it.
        """
        if audience.is_private:
            return None
        before = self.turns.get(account.id)
        if before is None:
            before = spacing.last_ms(db, account.id)
        if before is None:
            self.turns[account.id] = send_at_ms
            return None
        self.turns[account.id] = max(send_at_ms, before + int(abilities_of(account).bulk_spacing_s * 1000))
        return self.turns[account.id]

    def keep(self, tx: Tx, account: Account, audience: Audience, act_id: int, send_at_ms: int) -> None:
        """Give an act its turn."""
        turn_ms = self.turn(tx.db, account, audience, send_at_ms)
        if turn_ms is not None:
            spacing.put(tx, act_id, turn_ms)


def same_words(account: Account, most: int) -> str:
    """What to say where a network takes only so many public answers that are the same."""
    return ngettext(
        "{network} takes only {n} public answer of the same words at a time.",
        "{network} takes only {n} public answers of the same words at a time.",
        most,
    ).format(network=account.network, n=most)
