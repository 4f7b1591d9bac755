from __future__ import annotations

import re
from collections import Counter

import pytest

from cminbox.config.actions import ACTIONS, BY_ID, Action, by_command

BY_NAME_ONLY = (
    *("app.theme", "app.language", "app.shield", "app.crisis", "topic.campaign", "team.handover", "team.since"),
    *("macro.record", "conversation.pipe_json", "account.add", "account.renew"),
)
"""Typed as commands: a value stands behind them, or they are rare."""


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_complete(action: Action) -> None:
    assert re.fullmatch(r"[a-z]+\.([a-z_]+|[1-9])", action.id)
    assert 0 < len(action.name) <= 20
    assert 0 < len(action.help) <= 50
    assert re.fullmatch(r"[a-z-]+|view-[1-9]", action.command)
    assert action.areas
    assert action.keys or action.id in BY_NAME_ONLY


def test_ids_and_commands_name_one_action() -> None:
    assert len(BY_ID) == len(ACTIONS)
    assert [name for name, n in Counter(action.command for action in ACTIONS).items() if n > 1] == []
    assert by_command("done") is BY_ID["conversation.done"]
    assert by_command("no-such-thing") is None


def test_a_text_keeps_its_letters() -> None:
    assert all(action.areas[0] == "composer" for action in ACTIONS if "composer" in action.areas)
