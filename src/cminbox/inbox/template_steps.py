"""Templates that change, as steps of the journal: written so, taken back, done again.

An entry names the template and the versions it went from and to, no text. It belongs to no conversation.
"""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.model.templates import Template, Written
from cminbox.store import journal, templates
from cminbox.store.database import Tx
from cminbox.store.journal import Entry, Fields
from cminbox.text import safe

ADD = "template_add"
EDIT = "template_edit"
REMOVE = "template_remove"
VERBS = (ADD, EDIT, REMOVE)


class TemplateStep:
    """The changes of one call, as one step for undo."""

    def __init__(self, tx: Tx, by: int) -> None:
        self.tx = tx
        self.by = by
        self._batch = journal.NEW_STEP

    def add(self, written: Written) -> Template:
        """Keep a new template. Raises UsageError where the brand has its name or shortcut already."""
        require_free(self.tx, written)
        template_id = templates.new(self.tx)
        return self._turn(ADD, template_id, None, templates.write(self.tx, template_id, written, self.by))

    def edit(self, now: Template, written: Written) -> Template:
        """Change what a template says; as it is where nothing is new. Raises UsageError like `add`."""
        if now.written == written:
            return now
        require_free(self.tx, written, but=now.id)
        return self._turn(EDIT, now.id, now.version, templates.write(self.tx, now.id, written, self.by))

    def remove(self, now: Template) -> None:
        """Take a template away. Its uses stay counted."""
        self._enter(REMOVE, now.id, now.version, None)

    def _turn(self, verb: str, template_id: int, from_: int | None, to: int) -> Template:
        self._enter(verb, template_id, from_, to)
        found = templates.get(self.tx.db, template_id)
        assert found is not None, "it was turned to a version that is there"
        return found

    def _enter(self, verb: str, template_id: int, from_: int | None, to: int | None) -> None:
        templates.turn(self.tx, template_id, from_, to)
        entry = journal.write(
            self.tx,
            verb,
            self.by,
            None,
            batch=self._batch,
            before={"template": template_id, "version": from_},
            after={"template": template_id, "version": to},
        )
        self._batch = self._batch or entry


def require_free(tx: Tx, written: Written, but: int | None = None) -> None:
    """Raise UsageError where another template of the brand has this name or shortcut."""
    other = templates.taken(tx.db, written, but)
    if other is not None:
        raise UsageError(_taken(other), _("Choose another name or shortcut."))


def turn_back(tx: Tx, entry: Entry) -> str:
    """Take back what an entry changed. Returns why it cannot be, in a sentence; empty where it was."""
    return _turned(tx, entry.after, entry.before)


def turn_again(tx: Tx, entry: Entry) -> str:
    """Do again what an entry changed and undo took back; returns as `turn_back` does."""
    return _turned(tx, entry.before, entry.after)


def _turned(tx: Tx, from_: Fields, to: Fields) -> str:
    template_id = to["template"]
    now, by = templates.standing(tx.db, template_id)
    if now != from_["version"]:
        return _("The template was changed since; its latest text is by {name}.").format(name=safe(by))
    then = templates.version(tx.db, to["version"]) if to["version"] is not None else None
    other = templates.taken(tx.db, then.written, template_id) if then is not None else None
    if other is not None:
        return _taken(other)
    templates.turn(tx, template_id, now, to["version"])
    return ""


def _taken(other: Template) -> str:
    names: Iterable[str] = filter(None, (other.name, other.shortcut))
    return _("There is a template {name} already (number {id}).").format(
        name=" / ".join(safe(each) for each in names), id=other.id
    )
