"""One brand at a time: a picker of the brands with what is open in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cminbox.errors import Refused
from cminbox.i18n import _, ngettext
from cminbox.inbox import overview, queue
from cminbox.model.views import Filter
from cminbox.text import fold, pad, safe
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.views import ViewControl
from cminbox.ui.stage import Stage


class BrandControl:
    """From `gb` and a few letters to what is open in a brand."""

    def __init__(self, stage: Stage, views: ViewControl, picking: PickingControl) -> None:
        self.stage = stage
        self.views = views
        self.picking = picking

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"go.brand": self.pick}

    def pick(self) -> None:
        """Choose a brand, or all of them."""

        async def find(text: str) -> Sequence[Choice]:
            wanted = fold(text.strip())
            names = [name for name in await self._names() if wanted in fold(name)]
            names.sort(key=lambda name: not fold(name).startswith(wanted))
            found = [await self._choice(name) for name in names]
            if wanted or not found:
                return found
            return [Choice([("bar_value", "  " + _("all brands"))], ""), *found]

        async def take(name: str | None, text: str) -> None:
            if name is None:
                raise Refused(_("There is no brand {name}.").format(name=safe(text)) if text else _no_brand())
            self.views.go(Filter(brand=name or None))

        self.picking.open(Picker(_("Brand: "), find, take, hint=_("Enter shows what is open there")))

    def go(self, text: str) -> None:
        """To the brand that a word names (`:brand NAME`): the first that begins so, else the first that holds it."""

        async def job() -> None:
            wanted = fold(text.strip())
            names = sorted(await self._names(), key=lambda name: not fold(name).startswith(wanted))
            found = next((name for name in names if wanted in fold(name)), None)
            if found is None:
                raise Refused(_("There is no brand {name}.").format(name=safe(text)))
            self.views.go(Filter(brand=found))

        self.stage.jobs.then(job)

    async def _names(self) -> list[str]:
        accounts = await overview.all_accounts(self.stage.desk)
        return sorted({each.account.brand for each in accounts if each.account.brand}, key=fold)

    async def _choice(self, name: str) -> Choice:
        n, _exact = await queue.count(self.stage.desk, Filter(brand=name))
        told = ngettext("{n} open", "{n} open", n).format(n=n)
        return Choice([("bar_value", pad("  " + safe(name), 34) + " "), ("bar", told)], name)


def _no_brand() -> str:
    return _("No account has a brand yet: cminbox accounts add --brand gives it one.")
