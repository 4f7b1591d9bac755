"""The one table, walked: each action has a key, a command, a help line and a French text, each verb a form on the
command line, and what `u` takes back is as if it had never been.
"""

from __future__ import annotations

import gettext
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.ui.conftest import Seat
from tests.ui.test_answering import stock
from tests.ui.test_moderation import hold_back
from tests.ui.test_revising import answered

from cminbox.cli.app import build
from cminbox.config.actions import ACTIONS, Action
from cminbox.config.keymap import PRESETS, resolve
from cminbox.config.settings import Keys, Settings
from cminbox.inbox.desk import desk_open
from cminbox.inbox.verbs import BY_NAME
from cminbox.model.accounts import Profile
from cminbox.model.base import ActVerb
from cminbox.store import accounts

VERBS = [action for action in ACTIONS if action.undo]


@dataclass(frozen=True)
class Walk:
    """How a verb is done in the furnished inbox: the keys before it, and those that finish it. `ready`: what else."""

    after: str = ""
    before: str = ""
    ready: Callable[[Seat], Awaitable[object]] | None = None


WALKS: dict[str, Walk] = {
    "conversation.reply": Walk(after="Bonjour\x13"),
    "conversation.reply_private": Walk(after="Bonjour\x13"),
    "person.write": Walk(after="\rBonjour\x13"),
    "conversation.template": Walk(after="thx\x13"),
    "composer.send_at_once": Walk(before="tthx"),
    "composer.send": Walk(before="rok"),
    "message.edit": Walk(after=" PS\x13", ready=lambda seat: answered(seat, *ActVerb)),
    "conversation.done": Walk(),
    "conversation.tag": Walk(after="colis\r"),
    "conversation.assign": Walk(after="omar\r"),
    "conversation.note": Walk(after="Vu\x13"),
    "conversation.snooze": Walk(after="in 2 hours\r"),
    "conversation.wave_done": Walk(),
    "wave.answer": Walk(before="c", after="thx\x13y"),
    "wave.send": Walk(before="ctthx\x0f", after="y"),
    "wave.drop": Walk(before="c"),
    "conversation.waiting": Walk(),
    "conversation.star": Walk(),
    "conversation.unread": Walk(),
    "conversation.take": Walk(),
    "conversation.spam": Walk(after="\r"),
    "macro.run": Walk(after="z"),
    "journal.repeat": Walk(before="sj"),
    "message.like": Walk(),
    "message.hide": Walk(after="\r"),
    "message.approve": Walk(ready=hold_back),
    "person.block": Walk(after="\ry"),
    "person.link": Walk(before="w", after="omar\r"),
    "person.unlink": Walk(before="w+omar\rgg"),
    "person.name": Walk(before="w", after="Jules\r"),
    "person.note": Walk(before="w", after="likes blue\r"),
    "person.unnote": Walk(before="wplikes blue\rgg"),
    "topic.campaign": Walk(before="j", after="printemps\r"),
    "team.handover": Walk(before="A", after="omar\r"),
    "template.new": Walk(before="gt"),
    "template.edit": Walk(before="gt"),
    "template.remove": Walk(before="gt"),
}
"""Every action that `u` takes back."""


def french() -> gettext.GNUTranslations:
    with (resources.files("cminbox") / "locale/fr/LC_MESSAGES/cminbox.mo").open("rb") as read:
        return gettext.GNUTranslations(read)


def command_of(cli: str) -> Any:
    """The command that the form of an action begins with, and the words behind it. None where there is none."""
    command: Any = typer.main.get_command(build([]))
    words = cli.split()
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    return command, words


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_each_has_a_french_name_and_help(action: Action) -> None:
    catalogue = french()
    for text in (action.name, action.help):
        plain = text.partition("\x04")[2] or text
        found = catalogue.gettext(text)
        assert found != text or plain in ("note", "macro", "journal"), text


@pytest.mark.parametrize("preset", PRESETS)
def test_each_has_a_key_in_every_preset(preset: str) -> None:
    keymap = resolve(Settings(keys=Keys.model_validate({"preset": preset})))
    assert [action.id for action in ACTIONS if action.keys and not keymap[action.id]] == []


@pytest.mark.parametrize("action", [action for action in ACTIONS if action.cli], ids=lambda action: action.id)
def test_each_form_on_the_command_line_is_one(action: Action) -> None:
    assert action.cli is not None
    command, words = command_of(action.cli)
    options = {name for parameter in command.params for name in parameter.opts}
    if action.cli.startswith("do "):
        assert words[0] in BY_NAME
    else:
        assert all(word in options for word in words if word.startswith("--")), action.cli


def test_every_verb_has_a_form_on_the_command_line() -> None:
    without = [action.id for action in VERBS if action.cli is None]
    assert without == [
        name for name in without if name.startswith(("composer.", "wave.", "journal.", "conversation.wave_done"))
    ]


def test_every_verb_is_walked() -> None:
    assert set(WALKS) == {action.id for action in VERBS}


async def test_every_action_has_a_handler_and_a_help_line(sit) -> None:
    async with sit(size=(160, 48)) as seat:
        assert {action.id for action in ACTIONS} <= set(seat.app.hands.handlers)
        router = seat.app.router
        for action in ACTIONS:
            for area in action.areas:
                keys = router.sequences(action.id)
                where = "queue" if area == "global" else area
                assert all(router.map_of(where)[sequence] == action.id for sequence in keys), (action.id, area)


def visible(path: Any, *, unread: bool = False) -> dict[str, Any]:
    """What people see of the whole store, times aside. That something was opened is not taken back: `unread` apart."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    asked = {
        "conversations": f"SELECT id, state, assignee, star, snooze_until_ms{', unread' * unread} FROM conversation",
        "tags": "SELECT conversation_id, tag_id FROM conversation_tag ORDER BY 1, 2",
        "notes": "SELECT conversation_id, text FROM message WHERE audience = 'note' AND state = 'shown'"
        " AND conversation_id IS NOT NULL ORDER BY id",
        "acts": "SELECT conversation_id, verb, text FROM act WHERE state IN ('held', 'queued', 'sending', 'review')"
        " ORDER BY id",
        "campaigns": "SELECT id, campaign FROM topic ORDER BY id",
        "waves": "SELECT conversation_id, cluster_id FROM cluster_member ORDER BY 1",
        "people": "SELECT id, human_id, called_id FROM person ORDER BY id",
        "person notes": "SELECT person_id, text FROM person_note WHERE shown ORDER BY id",
        "templates": "SELECT id, version_id FROM template WHERE version_id IS NOT NULL ORDER BY id",
    }
    found = {name: [tuple(row) for row in db.execute(sql)] for name, sql in asked.items()}
    db.close()
    return found


async def furnish(seat: Seat) -> None:
    """Accounts that can do everything, templates, and a colleague to give things to."""
    await stock(seat)
    service = seat.app.service
    await desk_open(service.store, service.clock, service.settings, "omar")
    for account in await service.store.read(accounts.all_accounts):
        assert account.profile is not None
        able = account.profile.abilities.model_copy(update={"can": frozenset(ActVerb), "edit_window_s": None})
        profile: Profile = account.profile.model_copy(update={"abilities": able})
        await service.store.write(accounts.set_profile, account.id, profile)


MACRO = '[[macros]]\nkey = "z"\nname = "Z"\ndo = ["tag colis", "done"]\n'
EDITOR = """#!/bin/sh
printf '[[template]]\nname = "New"\n\n[[template.variants]]\nbody = "Hello"\n' > "$1"
"""


async def press(seat: Seat, keys: str) -> None:
    """Keys one after the other, each with what it does."""
    named = {"\r": "enter", "\x13": "ctrl+s", "\x0f": "ctrl+o", " ": "space"}
    for char in keys:
        await seat.press(named.get(char, char))


@pytest.mark.parametrize("action", VERBS, ids=lambda action: action.id)
async def test_undo_takes_a_verb_back(sit, action: Action, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk, unread = WALKS[action.id], action.id == "conversation.unread"
    editor = tmp_path / "editor"
    editor.write_text(EDITOR, encoding="utf-8")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    async with sit(settings=MACRO) as seat:
        path = seat.app.service.store.path
        await furnish(seat)
        if walk.ready is not None:
            await walk.ready(seat)
        await press(seat, walk.before)
        before = visible(path, unread=unread)
        keys = seat.app.router.sequences(action.id)
        if keys:
            await seat.press(*keys[0])
        else:
            await seat.write(f":{action.command}\n")
        await press(seat, walk.after)
        assert visible(path, unread=unread) != before, seat.text
        await press(seat, "u")
        assert visible(path, unread=unread) == before, seat.text
