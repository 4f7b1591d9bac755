"""The dry run of an answer to many: every text before anything is sent, with what speaks against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from cminbox.i18n import _, ngettext
from cminbox.inbox.forecast import Forecast
from cminbox.inbox.planning import Planned, shares
from cminbox.text import cut, label, pad, safe, wrap
from cminbox.ui import times, words
from cminbox.ui.control.bulk import by_network, objections
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.plan_words import length_words, share_words, warnings
from cminbox.ui.stage import Question, Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content, Entry

NAME = "dry run"
_TEXT_LINES = 4
_INDENT = "      "


class DryRunControl:
    """Asks before an answer goes to many, and shows each text where that is wanted."""

    def __init__(self, stage: Stage, sheets: SheetControl) -> None:
        self.stage = stage
        self.sheets = sheets
        self._go: Callable[[], None] | None = None

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"wave.send": self.send}

    def ask(
        self, planned: Sequence[Planned], go: Callable[[], None], *, send: bool, rest: Counter[str] | None = None
    ) -> None:
        """Let an answer to many go: at once where `send` says so, it is not much and nothing speaks against it.

        `rest` counts those (by network) that were not planned.
        """
        able = Counter(one.account.network for one in planned if one.account is not None) + (rest or Counter())
        against = Counter(one.error for one in planned if one.error)
        n = able.total()
        if not n:
            self.stage.tell(safe(next(iter(against), _("There is no conversation here to answer."))), "error")
        elif send and not against and n <= self.stage.desk.settings.sending.bulk_from:
            go()
        else:
            asked = ngettext("Answer {n} conversation ({networks})?", "Answer {n} conversations ({networks})?", n)
            told = asked.format(n=words.number(n), networks=by_network(able))
            found = Forecast(able, dict(against.most_common()), n + against.total(), not rest)
            look = _("l")
            self.stage.ask(
                Question(
                    f"{told} {objections(found, len(planned))}".strip(),
                    [(_("y"), _("yes")), (look, _("look at each text")), ("Esc", _("no"))],
                    {_("y"): go, look: lambda: self.show(planned, go)},
                )
            )

    def show(self, planned: Sequence[Planned], go: Callable[[], None]) -> None:
        """Every text, person by person."""
        self._go = go
        going = sum(not one.error for one in planned)
        keys = self.stage.app.keys_in_words("wave.send")
        title = ngettext("Dry run: {n} answer, nothing is sent yet", "Dry run: {n} answers, nothing is sent yet", going)
        room = self.stage.app.size.width - 2
        entries = [Entry([("dim", f" {part}")]) for told in self._shares(planned) for part in wrap(told, room)]
        for number, one in enumerate(planned, 1):
            entries += self._entries(number, one)
        self.sheets.show(
            Content(NAME, title.format(n=words.number(going)), entries, _("{key} sends them").format(key=keys))
        )

    def send(self) -> None:
        """Send what the dry run shows."""
        go = self._go
        if go is not None and self.sheets.widget.content.name == NAME:
            self._go = None
            self.sheets.close()
            go()

    def _shares(self, planned: Sequence[Planned]) -> list[str]:
        return [share_words(share, times.at_second(share.last_at, self.stage.app.zone)) for share in shares(planned)]

    def _entries(self, number: int, one: Planned) -> list[Entry]:
        room, pick = self.stage.app.size.width, Pick(conversation=one.conversation)
        if one.error or one.account is None:
            told: Line = [("dim", f" {number:>4} "), ("error", cut(safe(one.error), room - 8))]
            return [Entry(told, pick)]
        line: Line = [
            ("dim", f" {number:>4} "),
            ("network", f"{words.network_code(one.account.network)} "),
            ("strong", pad(label(one.person), max(12, room // 4)) + " "),
            ("dim", _("text {n}").format(n=one.variant) + "  "),
            ("bar_value", length_words(one) + "  "),
        ]
        if one.leaves_at is not None:
            line.append(("dim", _("leaves {time}").format(time=times.at_second(one.leaves_at, self.stage.app.zone))))
        lines = [part for row in safe(one.text, newlines=True).split("\n") for part in wrap(row, room - 8) or [""]]
        shown = lines[:_TEXT_LINES]
        if len(lines) > _TEXT_LINES:
            shown[-1] = cut(shown[-1], room - 10) + "…"
        return [
            Entry(line, pick),
            *(Entry([("text", _INDENT + part)]) for part in shown),
            *(Entry([("warning", _INDENT + cut(f"! {part}", room - 8))]) for part in warnings(one)),
        ]
