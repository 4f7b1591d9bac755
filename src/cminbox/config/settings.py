"""The settings: `settings.toml` in the configuration folder, every value with a default.

::

    language = "fr"                 # "en" or "fr"; without it the environment decides
    timezone = "Europe/Paris"       # without it the machine's own
    theme = "dark"

    [me]
    signature = "LM"

    [sending]
    hold_s = 10

    [keys.bindings]
    "conversation.done" = "e, ctrl+k"

    [[views]]                       # on the keys 1 to 9
    name = "Refunds"
    filter = "tag:refund is:unanswered"
    key = 7

    [[macros]]                      # on m and this key
    key = "r"
    name = "Refund"
    do = ["template refund", "tag refund", "done"]

A key that does not exist, a value of the wrong kind or out of bounds is an error that names file, line and key.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, ValidationError, field_validator

from cminbox.config import files
from cminbox.config.clocks import Brand, Hours, NumbersOf, Target
from cminbox.config.macros import Macro
from cminbox.config.macros import check as check_macros
from cminbox.config.mistakes import explained, place
from cminbox.config.notify import CrisisMode, Notify
from cminbox.config.toml_text import with_table, with_value
from cminbox.errors import FilterError, SettingsError
from cminbox.i18n import _
from cminbox.model.base import ConversationState, Frozen
from cminbox.paths import Home
from cminbox.text import fold

Seconds = Annotated[int, Field(strict=True, ge=0, le=7 * 86_400)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Argv = tuple[Annotated[str, Field(strict=True, min_length=1)], ...]
"""A program and its arguments; none: no program."""
After = Literal[ConversationState.OPEN, ConversationState.WAITING, ConversationState.DONE]


class Me(Frozen):
    """Who works here, for the customer: the `name` and the `signature` (initials) that replies may carry."""

    name: Word = ""
    signature: Word = ""


class Sending(Frozen):
    """The outbox. A reply is held `hold_s` seconds, `bulk_hold_s` above `bulk_from` sends at once; what is more than
    `stale_after_s` late is shown to a person first.
    """

    hold_s: Seconds = 10
    bulk_hold_s: Seconds = 60
    bulk_from: Annotated[int, Field(strict=True, ge=1)] = 25
    stale_after_s: Seconds = 900


class AfterReply(Frozen):
    """The state of a conversation after our answer, public or private."""

    public: After = ConversationState.DONE
    private: After = ConversationState.WAITING


class Matrix(Frozen):
    """Chat rooms: after `silence_s` seconds without a word what a person says is a new conversation."""

    silence_s: Annotated[int, Field(strict=True, ge=60, le=7 * 86_400)] = 3600


class Team(Frozen):
    """Several colleagues: who pressed no key for `idle_s` seconds is not replying any more; who was away for longer
    than `away_s` seconds is shown what happened meanwhile (0: never).
    """

    idle_s: Annotated[int, Field(strict=True, ge=10, le=86_400)] = 600
    away_s: Seconds = 1800


class Shield(Frozen):
    """Words that are masked on the screen until a message is opened with Enter: `words`, and those of `file` (one a
    line, # begins a comment; a path from the settings' folder). `on` False: not now.
    """

    on: Annotated[bool, Field(strict=True)] = True
    words: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)], ...] = ()
    file: Word = ""


class Pipe(Frozen):
    """The command that a conversation is piped to: stopped after `timeout_s` seconds; with `shell` it is a line of the
    shell (pipes, redirections), else a program with its arguments.
    """

    shell: Annotated[bool, Field(strict=True)] = False
    timeout_s: Annotated[int, Field(strict=True, ge=1, le=3600)] = 30


class Spikes(Frozen):
    """From when on arrivals are a spike: at least `least` messages in a quarter of an hour, and `score` times the usual
    scatter above the usual. After one, nothing is announced for `cool_down_s` seconds. While nothing is known of other
    hours, `alike` people must say the same, too.
    """

    least: Annotated[int, Field(strict=True, ge=1)] = 20
    score: Annotated[float, Field(gt=0, le=100)] = 5.0
    cool_down_s: Seconds = 3600
    alike: Annotated[int, Field(strict=True, ge=1)] = 6


class Figures(Frozen):
    """Followers, and likes, comments, shares and reach of our posts of the last month: read every `every_s` seconds
    where a network tells them (0: never).
    """

    every_s: Seconds = 3600


class Hooks(Frozen):
    """Programs that are told what happens: each a list of the program and its arguments, run without a shell with one
    JSON object on its standard input. One that takes longer than `timeout_s` seconds is ended; at most `at_once` run.
    """

    on_message: Argv = ()
    on_sent: Argv = ()
    on_failed: Argv = ()
    on_assigned: Argv = ()
    on_account: Argv = ()
    on_spike: Argv = ()
    on_notify: Argv = ()
    timeout_s: Annotated[int, Field(strict=True, ge=1, le=600)] = 30
    at_once: Annotated[int, Field(strict=True, ge=1, le=16)] = 3


class Keys(Frozen):
    """A preset, and single actions bound by id: several keys parted by commas, a sequence by spaces."""

    preset: Literal["default", "mutt", "gmail", "azerty"] = "default"
    bindings: dict[str, str] = Field(default_factory=dict)

    @field_validator("bindings", mode="before")
    @classmethod
    def _flat(cls, given: Any) -> Any:
        """`conversation.done = "e"` without quotes is a table within a table for TOML; it means the same."""
        return dict(_flattened("", given)) if isinstance(given, dict) else given


class SavedView(Frozen):
    """A view of one's own: a `name`, a `filter` as it is typed on the screen, an `order` and the number that shows it.

    Without a `key` it gets the first number that no other view of one's own has.
    """

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    filter: Annotated[str, StringConstraints(max_length=1000)] = ""
    order: Literal["newest", "oldest", "least"] | None = None
    key: Annotated[int, Field(strict=True, ge=1, le=9)] | None = None


class Screen(Frozen):
    """The screen: `counters_size` lines of counters (0 hides them), panes side by side from `wide_from` columns on,
    with the person as a third one unless `person` is false.
    """

    counters_size: Annotated[int, Field(strict=True, ge=0, le=3)] = 1
    wide_from: Annotated[int, Field(strict=True, ge=80, le=1000)] = 140
    person: Annotated[bool, Field(strict=True)] = True


def local_timezone() -> str:
    """The machine's own time zone as an IANA name; "UTC" where it does not tell."""
    named = os.environ.get("TZ", "").removeprefix(":")
    linked = Path("/etc/localtime").resolve().as_posix().partition("zoneinfo/")[2]
    try:
        written = Path("/etc/timezone").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        written = ""
    for name in (named, linked, written):
        try:
            if name:
                return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            continue
    return "UTC"


class Settings(Frozen):
    """All settings. `timezone` is an IANA name; `zone` is the zone itself."""

    language: Literal["en", "fr"] | None = None
    timezone: str = Field(default_factory=local_timezone)
    theme: Annotated[str, StringConstraints(min_length=1)] = "dark"
    me: Me = Me()
    sending: Sending = Sending()
    after_reply: AfterReply = AfterReply()
    matrix: Matrix = Matrix()
    team: Team = Team()
    hooks: Hooks = Hooks()
    keys: Keys = Keys()
    screen: Screen = Screen()
    spikes: Spikes = Spikes()
    figures: Figures = Figures()
    notify: Notify = Notify()
    crisis: CrisisMode = CrisisMode()
    hours: Hours | None = None
    targets: tuple[Target, ...] = ()
    brands: dict[str, Brand] = Field(default_factory=dict)
    numbers: NumbersOf = NumbersOf()
    views: tuple[SavedView, ...] = ()
    macros: tuple[Macro, ...] = ()
    shield: Shield = Shield()
    pipe: Pipe = Pipe()

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("timezone") from None
        return name

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone that the screen shows."""
        return ZoneInfo(self.timezone)


def load(home: Home) -> Settings:
    """The settings of a home; all defaults where there is no file. Raises SettingsError."""
    source = files.read(home.settings_file)
    return parse(source, home.settings_file) if source is not None else Settings()


def parse(source: str, path: Path) -> Settings:
    """The settings that the text of a file says; `path` is named in errors. Raises SettingsError."""
    found = files.parsed(source, path)
    try:
        settings = Settings.model_validate(found)
    except ValidationError as error:
        lines = [explained(details, Settings, source, path) for details in error.errors()]
        raise SettingsError("\n".join(lines), _("Mend the file, or take the line out to get the default.")) from error
    if settings.keys != Keys():
        from cminbox.config.keymap import resolve

        resolve(settings, lambda action: place(source, ("keys", "bindings", action), path))
    if settings.views:
        _check_views(settings, source, path)
    check_macros(settings.macros, source, path)
    return _with_targets(settings, source, path)


def _with_targets(settings: Settings, source: str, path: Path) -> Settings:
    """The same, with the filter of its view in each target that names one. Raises SettingsError for what is neither."""
    filters = {fold(view.name): view.filter for view in settings.views}
    found: list[Target] = []
    for index, target in enumerate(settings.targets):
        where = place(source, ("targets", str(index), "view" if target.view else "filter"), path)
        given = filters.get(fold(target.view)) if target.view else target.filter
        if given is None:
            told = _("{where}: there is no view {name}.").format(where=where, name=target.view)
            raise SettingsError(told, _("It is the name of one of your [[views]]."))
        if target.view and target.filter:
            told = _("{where}: a target has a view or a filter, not both.").format(where=where)
            raise SettingsError(told, _("Take one of them out."))
        _check_filter(given, where)
        found.append(target.model_copy(update={"filter": given}))
    return settings.model_copy(update={"targets": tuple(found)})


def _check_filter(text: str, where: str) -> None:
    """Raise SettingsError for what is no filter."""
    from cminbox.model.filter_text import parse as parse_filter

    try:
        parse_filter(text)
    except FilterError as error:
        raise SettingsError(f"{where}: {error.message}", error.cure) from error


def _check_views(settings: Settings, source: str, path: Path) -> None:
    """Raise SettingsError for a view whose filter is none, or whose number another has."""
    from cminbox.model.filter_text import parse as parse_filter

    taken: dict[int, str] = {}
    for index, view in enumerate(settings.views):
        try:
            parse_filter(view.filter)
        except FilterError as error:
            where = place(source, ("views", str(index), "filter"), path)
            told = _("{where}: the filter of the view {name}: {what}").format(
                where=where, name=view.name, what=error.message
            )
            raise SettingsError(told, error.cure) from error
        if view.key is not None and view.key in taken:
            where = place(source, ("views", str(index), "key"), path)
            told = _("{where}: the views {one} and {other} have the same key {key}.").format(
                where=where, one=taken[view.key], other=view.name, key=view.key
            )
            raise SettingsError(told, _("Give one of them another number."))
        if view.key is not None:
            taken[view.key] = view.name
    if len(settings.views) > 9:
        raise SettingsError(
            _("{where}: there are more than nine views.").format(where=place(source, ("views", "9"), path)),
            _("There are nine keys for them, 1 to 9."),
        )


def change(home: Home, key: str, value: str | int) -> Settings:
    """Write one setting (`key` as "theme" or "screen.counters_size"), keeping comments and all else as they are.

    Returns the settings now in force. Raises SettingsError (also where the file was wrong before) and OSError.
    """
    return _change(home, lambda source: with_value(source, key, value))


def keep_macro(home: Home, macro: Macro) -> Settings:
    """Add a macro to the settings, keeping all else as it is. Returns the settings now in force.

    Raises SettingsError where its key or name is taken (or the file was wrong before) and OSError.
    """
    fields = {"key": macro.key, "name": macro.name, "do": macro.do}
    return _change(home, lambda source: with_table(source, "macros", fields))


def _change(home: Home, made: Callable[[str], str]) -> Settings:
    path = home.settings_file
    source = files.read(path) or ""
    parse(source, path)
    changed = made(source)
    settings = parse(changed, path)
    home.make()
    files.write(path, changed)
    return settings


def _flattened(above: str, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in given.items():
        name = f"{above}.{key}" if above else key
        if isinstance(value, dict):
            yield from _flattened(name, value)
        else:
            yield name, value
