"""The views on the keys 1 to 9: those that come with cminbox, and one's own from the settings.

Each is a filter as one would type it. "Late" is what waits beyond its target.
"""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.config.actions import Action
from cminbox.config.settings import Settings
from cminbox.i18n import N_, _
from cminbox.model.filter_text import parse
from cminbox.model.views import Filter, Order
from cminbox.text import fold

_DEFAULTS: dict[int, tuple[str, str]] = {
    1: (N_("Least time left"), "is:unanswered order:least"),
    2: (N_("Mine"), "is:mine"),
    3: (N_("Unassigned"), "assignee:none"),
    4: (N_("Private"), "is:private"),
    5: (N_("Waves"), "view:waves"),
    6: (N_("Waiting"), "state:waiting"),
    7: (N_("Late"), "is:late order:least"),
    8: (N_("Moved by rules"), "is:moved"),
    9: (N_("Spam"), "state:spam"),
}


@dataclass(frozen=True)
class NamedView:
    """A view on a key: its name (translated, or as the settings have it: raw), and what it shows."""

    key: int
    name: str
    filter: Filter
    own: bool = False


def views(settings: Settings) -> tuple[NamedView, ...]:
    """The views by their keys. One's own goes before the one that comes with cminbox on the same key.

    What the settings say was checked when they were read.
    """
    found = {key: NamedView(key, _(name), parse(text)) for key, (name, text) in _DEFAULTS.items()}
    taken = {view.key for view in settings.views if view.key is not None}
    free = iter(key for key in range(1, 10) if key not in taken)
    for view in settings.views:
        key = view.key if view.key is not None else next(free)
        wanted = parse(view.filter)
        if view.order is not None:
            wanted = wanted.model_copy(update={"order": Order(view.order)})
        found[key] = NamedView(key, view.name, wanted, own=True)
    return tuple(found[key] for key in sorted(found))


def named(settings: Settings, wanted: str) -> NamedView | None:
    """The view of a number ("1" to "9") or of a name, whatever its case and accents; None where there is none."""
    given = fold(wanted.strip())
    found = views(settings)
    by_key = next((view for view in found if str(view.key) == given), None)
    return by_key or next((view for view in found if fold(view.name) == given), None)


def name_of(settings: Settings, wanted: Filter) -> str:
    """What a view is called that shows just this, in whatever order ("" where none does): raw."""
    shown = wanted.model_copy(update={"order": None})
    found = (view for view in views(settings) if view.filter.model_copy(update={"order": None}) == shown)
    return next((view.name for view in found), "")


def action_words(settings: Settings, action: Action) -> tuple[str, str]:
    """The name and the help of an action in the language in force; a view's key says which view it is (raw)."""
    found = next((view for view in views(settings) if action.id == f"view.{view.key}"), None)
    if found is None:
        return _(action.name), _(action.help)
    return found.name, _("View {key}: {name}").format(key=found.key, name=found.name)
