"""What was erased stays so: what a network tells again of it is passed over, or told without a name."""

from __future__ import annotations

from cminbox.model.changes import Change, Reacted, Wrote
from cminbox.model.content import Author
from cminbox.store import burying, people, topics
from cminbox.store.database import Tx


class Forgotten:
    """Asks the tombstones of one account, in one transaction; costs nothing where nothing was ever erased."""

    def __init__(self, tx: Tx, account_id: int, network_id: int) -> None:
        self._tx = tx
        self._account_id = account_id
        self._network_id = network_id
        self._any = burying.has_buried(tx.db, account_id)

    def holds(self, change: Change) -> bool:
        """Whether a change is about a message that was erased, under the name of any account."""
        if not self._any:
            return False
        if self._is_buried(change.remote_id):
            return True
        named = change.global_id if isinstance(change, Wrote) else None
        return bool(named) and burying.is_buried(self._tx, burying.EVERY_ACCOUNT, burying.of_global(named or ""))

    def unnamed(self, change: Change) -> Change:
        """A reaction of somebody who was erased, told without a name; any other change as it is."""
        if not self._any or not isinstance(change, Reacted):
            return change
        known_as = self.person(change.author.remote_id)
        if known_as == change.author.remote_id:
            return change
        return change.model_copy(update={"author": Author(remote_id=known_as)})

    def person(self, remote_id: str) -> str:
        """What somebody is known as here: the alias of who was erased, unless they wrote again since."""
        if not self._any or not remote_id or people.by_remote(self._tx.db, self._network_id, remote_id) is not None:
            return remote_id
        name = burying.of_person(self._network_id, remote_id)
        gone = burying.is_buried(self._tx, burying.EVERY_ACCOUNT, name)
        return burying.alias(self._tx, name) if gone else remote_id

    def parent(self, remote_id: str | None) -> str | None:
        """What a message is known as that others stand below: the alias of one that was erased."""
        if not self._any or not remote_id or not self._is_buried(remote_id):
            return remote_id
        return burying.alias(self._tx, remote_id)

    def topic(self, key: str) -> int | None:
        """The topic of a key whose texts were erased; None for any other."""
        name = burying.of_topic(key)
        if not self._any or not self._is_buried(name):
            return None
        known = topics.by_key(self._tx.db, self._account_id, burying.alias(self._tx, name))
        return known if known is not None else topics.by_key(self._tx.db, self._account_id, key)

    def _is_buried(self, name: str) -> bool:
        return burying.is_buried(self._tx, self._account_id, name)
