"""Changes of what belongs to no conversation, as steps of the journal: templates, tags, topics, people.

An entry names what changed by numbers (store.kept), never by a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cminbox.i18n import _
from cminbox.store import journal, kept, person_links, tags, templates
from cminbox.store.database import Tx
from cminbox.text import safe


class KeptStep:
    """The changes of one call, as one step for undo. `batch`: the step they go on with, else a new one begins."""

    def __init__(self, tx: Tx, by: int, batch: int = journal.NEW_STEP) -> None:
        self.tx = tx
        self.by = by
        self.batch = batch

    def enter(self, verb: str, fields: Mapping[str, Any]) -> bool:
        """Set fields and write the entry. False where nothing is new."""
        new = {name: value for name, value in fields.items() if kept.now(self.tx, name) != value}
        if not new:
            return False
        before = kept.change(self.tx, new)
        entry = journal.write(self.tx, verb, self.by, None, batch=self.batch, before=before, after=new)
        self.batch = self.batch or entry
        return True


def against(tx: Tx, fields: Mapping[str, Any]) -> str:
    """Why fields cannot be set (again), in a sentence: another has the name by now. Empty where they can."""
    for name, value in fields.items():
        kind, number, what = kept.parts(name)
        if kind == kept.TEMPLATE and value is not None:
            then = templates.version(tx.db, value)
            other = templates.taken(tx.db, then.written, number) if then is not None else None
            if other is not None:
                return taken(other.id, other.name, other.shortcut)
        if kind == kept.PERSON and person_links.erased(tx.db, number):
            return _("The person was erased since; nothing of that comes back.")
        if what == kept.NAME:
            wanted = kept.text(tx.db, value) or ""
            if tags.find(tx.db, wanted) not in (None, number):
                return _("There is a tag {name} already.").format(name=safe(wanted))
    return ""


def taken(template_id: int, *names: str) -> str:
    """Why a name or shortcut cannot be given to a template: this one has it."""
    return _("There is a template {name} already (number {id}).").format(
        name=" / ".join(safe(each) for each in names if each), id=template_id
    )
