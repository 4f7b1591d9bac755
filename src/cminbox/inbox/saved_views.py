"""The views on the keys 1 to 9: those that come with cminbox, and one's own from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.config.settings import Settings
from cminbox.i18n import N_, _
from cminbox.model.filter_text import parse
from cminbox.model.views import Filter, Order

_DEFAULTS: dict[int, tuple[str, str]] = {
    1: (N_("Longest waiting"), "is:unanswered order:oldest"),
    2: (N_("Mine"), "assignee:me"),
    3: (N_("Unassigned"), "assignee:none"),
    4: (N_("Private"), "is:private"),
    5: (N_("Waves"), "view:waves"),
    6: (N_("Waiting"), "state:waiting"),
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
