"""The numbers on the screen: pages of one sheet, and each number opens what lies behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names

from cminbox.errors import UsageError
from cminbox.i18n import N_, _, language
from cminbox.inbox import numbers, queue, ranges
from cminbox.inbox.numbers import Voice
from cminbox.insight.definitions import BY_KEY, Better, Definition, Unit
from cminbox.model.numbers import EVERYWHERE, Measures, Place, Span
from cminbox.model.rows import Numbers, ViewNumbers
from cminbox.text import cut, pad, safe, width, wrap
from cminbox.ui import times, words
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.control.views import ViewControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets import plots
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content, Entry

PAGES = (
    ("figures", N_("figures")),
    ("charts", N_("charts")),
    ("brand", N_("by brand")),
    ("campaign", N_("by campaign")),
    ("account", N_("by account")),
    ("network", N_("by network")),
    ("tag", N_("by tag")),
    ("colleague", N_("by colleague")),
    ("voices", N_("share of voice")),
)
PERIODS = (1, 7, 30)
"""Calendar days, today among them."""
NOW = (
    *("open", "unanswered", "backlog", "oldest_waiting_s", "late", "due_soon", "new_per_minute", "answered_mine"),
    *("outbox", "review"),
)
"""What the first part of the figures shows."""
SPARKED = ("received", "answered", "replies", "closed", "first_response_median_s", "backlog_end")
"""The numbers that are drawn over time as well."""
BY = ("received", "answered", "response_rate", "first_response_median_s", "closed")
"""What a breakdown shows."""
FRESH_S = 2.0
"""A page is not read again within this time..."""
REST = 20
"""...nor within as many times as long as reading it took."""
HOUR_S, DAY_S = 3600.0, 86400.0


class NumbersControl:
    """Keeps which page, which time and which place are looked at."""

    def __init__(self, stage: Stage, views: ViewControl, sheets: SheetControl) -> None:
        self.stage = stage
        self.views = views
        self.sheets = sheets
        self.page = 0
        self.days = PERIODS[0]
        self.chosen: Span | None = None
        self.place = EVERYWHERE
        self._kept: Content | None = None
        self._stale_from = 0.0

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "go.numbers": self.open,
            "numbers.period": self._here(self.other_period),
            "numbers.next": self._here(lambda: self.turn(1)),
            "numbers.previous": self._here(lambda: self.turn(-1)),
        }

    def open(self) -> None:
        """The figures of what is in view."""
        wanted = self.views.list.filter
        self.page = 0
        self.place = Place(wanted.brand, None, wanted.account, wanted.network, wanted.tag)
        self._show()

    def choose(self, text: str) -> None:
        """The numbers of a time in words ("7d", "last week", "2026-03-01 .. 2026-03-08")."""
        try:
            self.chosen = ranges.span(text, self.stage.desk.clock.now(), self._zone)
        except UsageError as error:
            self.stage.tell(safe(f"{error} {error.cure}"), "error")
            return
        self._show()

    def other_period(self) -> None:
        """Today, seven days, thirty days, and again; from a chosen time back to today."""
        following = PERIODS[(PERIODS.index(self.days) + 1) % len(PERIODS)]
        self.days = PERIODS[0] if self.chosen is not None else following
        self.chosen = None
        self._show()

    def turn(self, by: int) -> None:
        """The next page, or the one before."""
        self.page = (self.page + by) % len(PAGES)
        self._show()

    def keep_to(self, by: str, name: str) -> None:
        """The figures of one brand, tag... only ("": of everything again)."""
        self.place = replace(EVERYWHERE, **{by: name}) if name else EVERYWHERE
        self.page = 0
        self._show()

    def look_behind(self, key: str, voice: str = "") -> None:
        """The conversations behind a number, as a part of the queue; `voice`: those about us, or about a competitor."""

        async def job() -> None:
            desk = self.stage.desk
            if voice:
                wanted = await numbers.behind_voice(desk, voice, self.span, self.place)
            else:
                wanted = await numbers.behind(desk, key, self.span, self.place)
            self.views.go(wanted)

        self.stage.jobs.then(job)

    @property
    def span(self) -> Span:
        """The time that is looked at."""
        return self.chosen or ranges.last_days(self.days, self.stage.desk.clock.now(), self._zone)

    def _here(self, do: Callable[[], None]) -> Callable[[], None]:
        """A key that is for the numbers only."""

        def handler() -> None:
            if self.stage.sheet_area and self.sheets.widget.content.name == "numbers":
                do()
            else:
                self.stage.tell(_("This key is for the numbers."))

        return handler

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.stage.desk.settings.timezone)

    def _show(self) -> None:
        self._kept = None
        self.sheets.open(self._fresh)

    async def _fresh(self) -> Content:
        """The page as it is, or as it was a moment ago: what takes long to read is not read at every arrival."""
        clock = self.stage.desk.clock
        began = clock.monotonic()
        if self._kept is None or began >= self._stale_from:
            self._kept = await self._build()
            now = clock.monotonic()
            self._stale_from = now + max(FRESH_S, (now - began) * REST)
        return self._kept

    async def _build(self) -> Content:
        page, name = PAGES[self.page]
        if page == "figures":
            entries = await self._figures()
        elif page == "charts":
            entries = await self._charts()
        elif page == "voices":
            before = ranges.before(self.span, self._zone)
            found = await numbers.voices(self.stage.desk, self.span, self.place, before)
            entries = _voices(found, self.place.brand, self.stage.app.size.width)
        else:
            entries = await self._by(page)
        title = _("Numbers: {period}").format(period=self._told(self.span))
        place = next((each for each in vars(self.place).values() if each is not None), "")
        hint = "  ".join(part for part in (safe(place), f"{self.page + 1}/{len(PAGES)} {_(name)}") if part)
        return Content("numbers", title, entries, hint)

    def _told(self, span: Span) -> str:
        """A span in words: the days, by locale."""
        if self.chosen is None:
            return {1: _("today"), 7: _("7 days"), 30: _("30 days")}[self.days]
        first, last = (each.astimezone(self._zone).date() for each in (span.since, span.until))
        if span.until.astimezone(self._zone).time() == datetime.min.time():
            last = datetime.fromordinal(last.toordinal() - 1).date()
        told = [format_date(each, "medium", locale=language()) for each in dict.fromkeys((first, last))]
        return " – ".join(told)

    async def _figures(self) -> list[Entry]:
        desk, span, zone = self.stage.desk, self.span, self._zone
        bar = await queue.bar(desk, numbers.filter_of(self.place))
        found = await numbers.measure(desk, span, self.place)
        earlier = await numbers.measure(desk, ranges.before(span, zone), self.place)
        room = self.stage.app.size.width
        names = min(38, max(24, room * 3 // 8))
        sparks = max(8, min(31, room - names - 41))
        lines = [Entry([("strong", "  " + _("Now"))])]
        lines += [_now(BY_KEY[key], bar, names) for key in NOW]
        heads = (_("period"), _("period before"), _("change"))
        head = "".join(f" {cut(each, room_):>{room_}}" for each, room_ in zip(heads, (10, 13, 9), strict=True))
        lines += [Entry([]), Entry([("strong", f"  {pad(cut(self._told(span), names), names)}"), ("dim", head)])]
        for key in numbers.PERIOD:
            drawn = ""
            if key in SPARKED:
                drawn = plots.spark(await self._series(key, sparks), sparks)
            lines.append(_figure(BY_KEY[key], found, earlier, names, drawn))
        return lines

    async def _series(self, key: str, room: int) -> list[float | None]:
        """A number hour by hour for two days and less, else day by day."""
        span = self.span
        step = HOUR_S if span.seconds <= 2 * DAY_S else DAY_S
        pieces = await numbers.series(self.stage.desk, key, span, self.place, step)
        return [value for _at, value in pieces][-room:]

    async def _charts(self) -> list[Entry]:
        desk, span, room = self.stage.desk, self.span, self.stage.app.size.width - 1
        step = HOUR_S if span.seconds <= 2 * DAY_S else DAY_S
        pieces = await numbers.series(desk, "received", span, self.place, step)
        labels = [self._piece(at, step) for at, _value in pieces]
        most = plots.curve([value or 0 for _at, value in pieces], labels, room, 10, lambda n: words.number(round(n)))
        table = await numbers.heat(desk, span, self.place)
        days = [name.capitalize() for _day, name in sorted(get_day_names("abbreviated", locale=language()).items())]
        bins = [(_bin(end), n) for end, n in await numbers.histogram(desk, span, self.place)]
        parts = (
            (_("Messages received"), most),
            (_("Arrivals by hour and weekday"), plots.heat(table, days, room, words.number)),
            (_("How long the first answer took"), plots.histogram(bins, room, words.number)),
        )
        lines: list[Entry] = []
        for title, part in parts:
            lines += [Entry([("strong", f"  {title}")]), *(Entry(line) for line in part), Entry([])]
        return lines

    def _piece(self, at: datetime, step: float) -> str:
        if step == HOUR_S:
            return times.at_time(at, self._zone)
        return format_date(at.astimezone(self._zone).date(), "d MMM", locale=language())

    async def _by(self, by: str) -> list[Entry]:
        found = await numbers.breakdown(self.stage.desk, by, self.span, EVERYWHERE, BY)
        room = self.stage.app.size.width
        name = max(10, room - 5 * 13 - 4)
        heads = (_("received"), _("answered"), _("rate"), _("1st answer"), _("closed"))
        head: Line = [("dim", f"  {pad('', name)}"), ("dim", "".join(f"{cut(each, 12):>13}" for each in heads))]
        lines = [Entry(head), Entry([("text", "  " + _("everything"))], Pick(place=(by, "")))]
        for each, measures in found:
            figures = "".join(f"{shown(BY_KEY[key], measures[key]):>13}" for key in BY)
            lines.append(
                Entry([("text", f"  {pad(cut(safe(each), name), name)}"), ("strong", figures)], Pick(place=(by, each)))
            )
        if by == "colleague" and not self.stage.desk.settings.numbers.everybody:
            told = _("Each sees their own numbers here; the setting numbers.everybody shows all.")
            lines.append(Entry([("dim", f"  {cut(told, room - 4)}")]))
        return lines


def shown(each: Definition, value: float | None) -> str:
    """A number as the language in force writes it; a dash for no data."""
    if value is None:
        return "-"
    match each.unit:
        case Unit.SECONDS:
            return times.span(value)
        case Unit.SHARE:
            return words.share(value, each.digits)
        case Unit.RATE:
            return words.decimal(value)
        case _:
            return words.number(round(value))


def changed(each: Definition, value: float | None, former: float | None) -> tuple[str, str]:
    """How a number moved from the period before, in words, and the role that says whether that is good.

    Shares move by points, all else in percent; nothing to say where there was nothing.
    """
    if value is None or former is None or (not former and each.unit is not Unit.SHARE) or value == former:
        return "", "dim"
    if each.unit is Unit.SHARE:
        told = _("{n} pt").format(n=words.points((value - former) * 100, each.digits))
    else:
        told = ("+" if value > former else "-") + words.share(abs(value - former) / former)
    if each.better is Better.NEITHER:
        return told, "dim"
    return told, "good" if (value > former) is (each.better is Better.UP) else "warning"


def _bin(end: float | None) -> str:
    last = numbers.BINS_S[-1]
    return f"> {times.span(last)}" if end is None else f"≤ {times.span(end)}"


def _now(each: Definition, bar: Numbers, names: int) -> Entry:
    value = getattr(bar, each.key)
    plus = "+" if isinstance(bar, ViewNumbers) and each.key in bar.at_least else ""
    alert = each.key == "late" and value
    return Entry(
        [
            ("text", f"  {pad(cut(_(each.name), names), names)} "),
            ("bar_alert" if alert else "strong", f"{shown(each, value) + plus:>10}"),
        ],
        Pick(number=each.key),
    )


def _figure(each: Definition, found: Measures, earlier: Measures, names: int, drawn: str) -> Entry:
    value, former = found[each.key], earlier[each.key]
    change, role = changed(each, value, former)
    line: Line = [
        ("text" if value else "dim", f"  {pad(cut(_(each.name), names), names)} "),
        ("strong" if value else "dim", f"{shown(each, value):>10}"),
        ("dim", f" {shown(each, former):>13}"),
        (role, f" {' ' * max(0, 9 - width(change))}{change}"),
        ("topic", f"  {drawn}"),
    ]
    return Entry(line, Pick(number=each.key))


def _voices(found: Sequence[Voice], brand: str | None, room: int) -> list[Entry]:
    """A line for us and for each competitor, with what is behind it."""
    if not found:
        nothing = _("Listening found nothing about us or a competitor.")
        how = _("An account that listens says whose name it watches: about=us or about=competitor:NAME.")
        return [Entry([("dim", f"  {line}")]) for told in (nothing, how) for line in wrap(told, room - 4)]
    share = BY_KEY["share_of_voice"]
    name = max(10, min(48, room - 5 * 13 - 4))
    heads = (_("messages"), _("share"), _("before"), _("share before"), _("change"))
    lines = [Entry([("dim", f"  {pad('', name)}"), ("dim", "".join(f"{cut(each, 12):>13}" for each in heads))])]
    for each in found:
        change, role = changed(share, each.share, each.share_before)
        now = (words.number(each.n), shown(share, each.share))
        earlier = (words.number(each.n_before or 0), shown(share, each.share_before))
        title = safe(each.name or brand or _("us"))
        line: Line = [
            ("text", f"  {pad(cut(title, name), name)}"),
            ("strong", "".join(f"{value:>13}" for value in now)),
            ("dim", "".join(f"{value:>13}" for value in earlier)),
            ("dim" if each.name else role, f"{' ' * max(0, 13 - width(change))}{change}"),
        ]
        lines.append(Entry(line, Pick(number=share.key, voice=each.about)))
    return lines
