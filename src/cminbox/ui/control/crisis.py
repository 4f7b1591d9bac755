"""What is unusual, on the screen: a line for a spike, crisis mode begun and ended, the wave that is pinned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cminbox.i18n import _, ngettext
from cminbox.inbox import crisis
from cminbox.inbox.crisis import Alert, Crisis, Rush
from cminbox.text import cut, fold, safe
from cminbox.ui import times, words
from cminbox.ui.control.waves import WaveControl
from cminbox.ui.rows import unaddressed
from cminbox.ui.stage import Question, Stage
from cminbox.ui.widgets.lines import Line, spread


class CrisisControl:
    """Knows what is unusual now (`alert`); `lines` are the banner above the counters."""

    def __init__(self, stage: Stage, waves: WaveControl) -> None:
        self.stage = stage
        self.waves = waves
        self.alert = Alert()
        stage.noticed.append(self.changed)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"app.crisis": self.switch, "go.spike": self.open}

    async def prepare(self) -> None:
        """Read, before the first frame, what is unusual already."""
        self.alert = await crisis.now(self.stage.desk)

    async def changed(self) -> None:
        """The store changed: there may be a spike more, or none any longer. The bell is that of what one is told."""
        before = len(self.lines(80))
        self.alert = await crisis.now(self.stage.desk)
        self.stage.status = replace(self.stage.status, crisis=self.told)
        if len(self.lines(80)) != before:
            self.stage.layout()
            self.stage.app.call_after_refresh(self.stage.app.hands.house.paint_all)
        self.stage.paint_bars()

    @property
    def told(self) -> str:
        """Who said that there is a crisis, since when; "" where there is none."""
        if not self.alert.crises:
            return ""
        first = self.alert.crises[0]
        since = times.when(first.since, self.stage.desk.clock.now(), self.stage.app.zone).strip()
        text = _("CRISIS since {time}, {name}").format(time=since, name=safe(first.by))
        brands = ", ".join(safe(each.brand) for each in self.alert.crises if each.brand)
        return f"{text} ({brands})" if brands and all(each.brand for each in self.alert.crises) else text

    def lines(self, room: int) -> list[Line]:
        """The banner: a line where a spike lasts, or a crisis has its wave pinned."""
        if not self.alert.rushes:
            return []
        key = self.stage.app.keys_in_words("go.spike")
        return [banner(self.alert.rushes[-1], key if self.alert.pinned else "", room, len(self.alert.rushes) - 1)]

    def switch(self) -> None:
        """Ask, then begin the crisis, or end it."""
        if self.alert.crises:
            self._ask(_("End the crisis? Rules, snoozes and bulk answers go on."), lambda: self.end(None))
        else:
            self.command("on")

    def command(self, text: str) -> None:
        """`:crisis on`, `:crisis off`, each with a brand or without."""
        head, _blank, brand = text.strip().partition(" ")
        brand = brand.removeprefix("--brand").strip()
        if fold(head) == "on":
            told = _("Begin a crisis for {brand}? Rules, snoozes and bulk answers rest.")
            self._ask(told.format(brand=safe(brand) or _("every brand")), lambda: self.begin(brand))
        elif fold(head) == "off":
            self._ask(_("End the crisis? Rules, snoozes and bulk answers go on."), lambda: self.end(brand or None))
        else:
            self.stage.tell(_("It is :crisis on or :crisis off, with a brand behind it where it is for one."), "error")

    def begin(self, brand: str) -> None:
        """Begin it."""

        async def job() -> None:
            begun = await crisis.begin(self.stage.desk, brand)
            await self._settle(begun, _("Crisis mode: {name} since now. The journal keeps every decision."))

        self.stage.jobs.then(job)

    def end(self, brand: str | None) -> None:
        """End it."""

        async def job() -> None:
            (last, *_others) = await crisis.end(self.stage.desk, brand)
            await self._settle(last, _("The crisis is over; cminbox crisis report tells it."))

        self.stage.jobs.then(job)

    def open(self) -> None:
        """Show the wave of the spike."""

        async def job() -> None:
            pinned = await crisis.pinned(self.stage.desk)
            if pinned:
                self.waves.show(pinned[0])
            else:
                self.stage.tell(_("No wave is pinned: as much comes in as usual, or of different things."))

        self.stage.jobs.then(job)

    async def _settle(self, one: Crisis, told: str) -> None:
        await self.changed()
        await self.stage.app.hands.house.read_status()
        self.stage.paint_bars()
        self.stage.tell(told.format(name=safe(one.by)), "warning")

    def _ask(self, text: str, then: Callable[[], None]) -> None:
        choices = [("y", _("yes")), ("esc", _("no"))]
        self.stage.ask(Question(text, choices, {"y": then}))


def banner(rush: Rush, key: str, room: int, others: int = 0) -> Line:
    """A spike in one line: where, how many, how many are usual, what most of them say, and the key that shows it."""
    spike, wave = rush.spike, rush.wave
    n = spike.count
    text = ngettext("{n} message in 15 minutes", "{n} messages in 15 minutes", n).format(n=words.number(n))
    # A brand that is new, or always quiet, has no usual worth telling.
    usual = " (" + _("usual {n}").format(n=f"{spike.usual:.0f}") + ")" if spike.usual else ""
    name = f"{cut(safe(spike.brand), 20)}: " if spike.brand else ""
    more = f" (+{others})" if others else ""
    left: Line = [("bar_alert", f" ! {name}{text}"), ("bar", f"{usual}{more}")]
    right: Line = [("key", key), ("bar", _(" shows them "))] if key else []
    used = sum(len(part) for _role, part in (*left, *right))
    if wave is not None and room - used > 16:
        said = cut(safe(unaddressed(wave.text)), room - used - 10)
        left += [("bar", f"  x{wave.size} "), ("bar_value", said)]
    return spread(left, right, room, "bar")
