"""A verb that fails for no reason a person could do anything about."""

from __future__ import annotations

import pytest

from cminbox.inbox import triage


async def test_a_defect_is_shown_to_be_copied_and_is_in_the_log_by_kind_and_place(
    sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_given: object, **_more: object) -> None:
        raise RuntimeError("Où est mon colis ?")

    async with sit() as seat:
        monkeypatch.setattr(triage, "star", broken)
        await seat.press("s")
        assert "Something went wrong inside cminbox" in seat.text
        await seat.press("escape", "j")
        assert seat.app.stage.area == "queue"
        log = seat.app.service.home.log_file.read_text(encoding="utf-8")
    assert "the screen stumbled\n  builtins.RuntimeError\n" in log
    assert "colis" not in log
