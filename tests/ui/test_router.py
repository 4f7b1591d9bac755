"""Keys, one after the other: each finds what the one before opened; sequences; keys that wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from cminbox.config.actions import ACTIONS
from cminbox.ui.router import Press, Router, canonical, presses


@dataclass
class Desk:
    """A host that writes down what happens to it; `opens` says which area an action leads to."""

    area: str = "queue"
    did: list[str] = field(default_factory=list)
    text: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)
    opens: dict[str, str] = field(default_factory=dict)
    router: Router | None = None
    holds: str = ""

    def do(self, action: str) -> None:
        self.did.append(action)
        self.area = self.opens.get(action, self.area)
        if action == self.holds:
            assert self.router is not None
            self.router.hold()

    def write(self, key: str, text: str) -> None:
        self.text += text or f"<{key}>"

    def paste(self, text: str) -> bool:
        self.did.append(f"paste {text}")
        return False

    def answer(self, key: str) -> None:
        self.did.append(f"answer {key}")
        self.area = "queue"

    def pending(self, keys: tuple[str, ...], choices: Mapping[str, str]) -> None:
        self.shown = choices

    def unknown(self, keys: tuple[str, ...]) -> None:
        self.did.append(f"unknown {' '.join(keys)}")


@pytest.fixture
def desk() -> Desk:
    host = Desk(opens={"conversation.reply": "composer", "composer.leave": "conversation", "queue.search": "prompt"})
    host.router = Router(host, ACTIONS, {action.id: action.keys for action in ACTIONS})
    return host


def typed(desk: Desk, *keys: str) -> None:
    assert desk.router is not None
    for key in keys:
        desk.router.feed(Press(key, key if len(key) == 1 else " " if key == "space" else ""))


def test_letters_after_r_are_text_and_fire_nothing(desk: Desk) -> None:
    typed(desk, "r", "e", "Z", "space", "g", "g", "escape", "e")
    assert desk.did == ["conversation.reply", "composer.leave", "conversation.done"]
    assert desk.text == "eZ gg"


def test_keys_wait_while_held_and_go_on_in_order(desk: Desk) -> None:
    desk.holds = "move.bottom"
    typed(desk, "G", "e", "r", "x")
    assert desk.did == ["move.bottom"]
    assert desk.text == ""
    desk.router.release()
    assert desk.did == ["move.bottom", "conversation.done", "conversation.reply"]
    assert desk.text == "x"


def test_two_holds_want_two_releases(desk: Desk) -> None:
    desk.router.hold()
    desk.router.hold()
    typed(desk, "e")
    desk.router.release()
    assert desk.did == []
    desk.router.release()
    desk.router.release()
    assert desk.did == ["conversation.done"]


def test_a_sequence_shows_where_it_goes_and_ends(desk: Desk) -> None:
    typed(desk, "g")
    assert desk.shown["o"] == "go.outbox"
    assert desk.shown["g"] == "move.top"
    typed(desk, "o")
    assert desk.did == ["go.outbox"]
    assert desk.shown == {}


@pytest.mark.parametrize(
    ("keys", "did"),
    [(("g", "escape", "e"), ["conversation.done"]), (("g", "5", "e"), ["unknown g 5", "conversation.done"])],
)
def test_a_sequence_is_left_by_escape_or_by_what_means_nothing(
    desk: Desk, keys: tuple[str, ...], did: list[str]
) -> None:
    typed(desk, *keys)
    assert desk.did == did


def test_a_question_gets_the_next_key_whatever_it_is(desk: Desk) -> None:
    desk.area = "ask"
    typed(desk, "e", "e")
    assert desk.did == ["answer e", "conversation.done"]


def test_the_same_key_means_what_its_area_says(desk: Desk) -> None:
    typed(desk, "q")
    desk.area = "conversation"
    typed(desk, "q")
    desk.area = "list"
    typed(desk, "q", "r")
    assert desk.did == ["app.quit", "conversation.close", "list.close", "outbox.retry"]


def test_a_paste_never_types_keys(desk: Desk) -> None:
    desk.router.feed(Press("paste", "eee", pasted=True))
    assert desk.did == ["paste eee"]


def test_in_a_text_nothing_global_fires(desk: Desk) -> None:
    desk.area = "prompt"
    typed(desk, "?", ":", "q")
    assert (desk.did, desk.text) == ([], "?:q")


@pytest.mark.parametrize(
    ("textual", "ours"),
    [
        ("slash", "/"),
        ("question_mark", "?"),
        ("backslash", "\\"),
        ("exclamation_mark", "!"),
        ("at", "@"),
        ("minus", "-"),
        ("plus", "+"),
        ("underscore", "_"),
        ("space", "space"),
        ("j", "j"),
        ("ctrl+d", "ctrl+d"),
        ("ctrl+j", "enter"),
        ("escape", "escape"),
        ("shift+tab", "shift+tab"),
        ("pagedown", "pagedown"),
        ("+", "+"),
    ],
)
def test_one_name_for_a_key(textual: str, ours: str) -> None:
    assert canonical(textual) == ours


@pytest.mark.parametrize(
    ("key", "character", "meant"),
    [
        ("alt+j", None, [Press("escape"), Press("j", "j")]),
        ("alt+space", None, [Press("escape"), Press("space", " ")]),
        ("eacute", "é", [Press("é", "é")]),
        ("space", " ", [Press("space", " ")]),
        ("enter", "\r", [Press("enter")]),
        ("ctrl+s", "\x13", [Press("ctrl+s")]),
    ],
)
def test_what_a_key_event_stands_for(key: str, character: str | None, meant: list[Press]) -> None:
    assert presses(key, character) == meant
