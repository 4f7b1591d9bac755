"""Piping on the screen: the prompt, the sheet with the output, stopping."""

from __future__ import annotations

import shlex
import sys

from tests.ui.test_answering import feed

PY = shlex.quote(sys.executable)


async def test_a_conversation_is_piped_and_the_output_copied(sit) -> None:
    async with sit() as seat:
        code = "import sys; t = sys.stdin.read(); print('lines', t.count(chr(10)) > 2); sys.exit(4)"
        feed(seat, f"|{PY} -c {shlex.quote(code)}\r")
        await seat.settle()
        assert "exit code 4" in seat.text
        assert "lines True" in seat.text
        await seat.press("y")
        assert seat.app.clipboard == "lines True\n"
        await seat.press("escape")
        assert seat.app.stage.area == "queue"


async def test_the_latest_command_is_offered_again(sit) -> None:
    async with sit() as seat:
        feed(seat, f"T{PY} -c 'print(7 * 6)'\r")
        await seat.settle()
        assert "42" in seat.text
        await seat.press("escape", "|")
        assert "print(7 * 6)" in seat.text
        await seat.press("enter")
        assert "exit code 0" in seat.text


async def test_json_is_piped_by_its_command(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        feed(seat, ":pipe-json\r")
        await seat.settle()
        code = "import json, sys; print('id is', json.load(sys.stdin)['id'])"
        feed(seat, f"{PY} -c {shlex.quote(code)}\r")
        await seat.settle()
        assert f"id is {one}" in seat.text


async def test_esc_stops_what_runs(sit) -> None:
    async with sit() as seat:
        feed(seat, f"|{PY} -c 'import signal; signal.pause()'\r")
        await seat.pilot.pause()
        await seat.app.stage.jobs.settle()
        assert "Esc stops it" in seat.text
        await seat.press("escape")
        assert seat.app.stage.area == "queue"
        assert "Stopped." in seat.last_line


async def test_what_cannot_be_started_says_so(sit) -> None:
    async with sit() as seat:
        feed(seat, "|no-such-program-here\r")
        await seat.settle()
        assert "cannot be started" in seat.text
        assert seat.app.stage.area == "queue"
        feed(seat, "|grep 'open\r")
        await seat.settle()
        assert "This is no command" in seat.text


async def test_a_shell_only_where_the_settings_say_so(sit) -> None:
    async with sit(settings="[pipe]\nshell = true\n") as seat:
        feed(seat, "|cat > /dev/null; echo one | tr a-z A-Z\r")
        await seat.settle()
        assert "ONE" in seat.text


async def test_hostile_output_is_made_safe(sit) -> None:
    async with sit() as seat:
        feed(seat, f"|{PY} -c 'print(chr(27) + chr(93) + chr(48) + chr(7) + chr(91) + \"/foo]\")'\r")
        await seat.settle()
        assert "\x1b" not in seat.text
        assert "[/foo]" in seat.text
