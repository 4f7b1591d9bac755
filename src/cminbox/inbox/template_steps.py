"""Templates that change, as steps of the journal (inbox.kept)."""

from __future__ import annotations

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox.kept import KeptStep, taken
from cminbox.model.templates import Template, Written
from cminbox.store import kept, templates
from cminbox.store.database import Tx

ADD = "template_add"
EDIT = "template_edit"
REMOVE = "template_remove"


class TemplateStep:
    """The changes of one call, as one step for undo."""

    def __init__(self, tx: Tx, by: int) -> None:
        self.tx = tx
        self.by = by
        self._step = KeptStep(tx, by)

    def add(self, written: Written) -> Template:
        """Keep a new template. Raises UsageError where the brand has its name or shortcut already."""
        require_free(self.tx, written)
        template_id = templates.new(self.tx)
        return self._turn(ADD, template_id, templates.write(self.tx, template_id, written, self.by))

    def edit(self, now: Template, written: Written) -> Template:
        """Change what a template says; as it is where nothing is new. Raises UsageError like `add`."""
        if now.written == written:
            return now
        require_free(self.tx, written, but=now.id)
        return self._turn(EDIT, now.id, templates.write(self.tx, now.id, written, self.by))

    def remove(self, now: Template) -> None:
        """Take a template away. Its uses stay counted."""
        self._step.enter(REMOVE, {kept.field(kept.TEMPLATE, now.id): None})

    def _turn(self, verb: str, template_id: int, to: int) -> Template:
        self._step.enter(verb, {kept.field(kept.TEMPLATE, template_id): to})
        found = templates.get(self.tx.db, template_id)
        assert found is not None, "it was turned to a version that is there"
        return found


def require_free(tx: Tx, written: Written, but: int | None = None) -> None:
    """Raise UsageError where another template of the brand has this name or shortcut."""
    other = templates.taken(tx.db, written, but)
    if other is not None:
        raise UsageError(taken(other.id, other.name, other.shortcut), _("Choose another name or shortcut."))
