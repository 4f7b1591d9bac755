from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import textwrap

import pytest
from tests.cli.program import Program

from cminbox import __version__
from cminbox.config.actions import ACTIONS


def test_version_and_help(program: Program) -> None:
    assert program.run("--version").out == f"cminbox {__version__}\n"
    helped = program.run("--help")
    assert helped.code == 0
    for name in ("accounts", "sync", "list", "show", "reply", "do", "undo", "redo", "outbox", "kpi", "import", "sql"):
        assert f"\n  {name} " in helped.out


@pytest.mark.parametrize("args", [("--nonsense",), ("list", "--nonsense"), ("nonsense",), ("accounts", "nonsense")])
def test_unknown_options_and_commands_are_wrong_usage(program: Program, args: tuple[str, ...]) -> None:
    ended = program.run(*args)
    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_every_command_takes_as_and_json(program: Program) -> None:
    commands = ("accounts list", "accounts check", "sync --once", "list", "outbox", "outbox list", "kpi", "doctor")
    for command in (*commands, "keys", "sql"):
        ended = program.run(*command.split(), "--json", "--as", "Zoé")
        assert ended.code == 0, (command, ended.err)
        assert isinstance(ended.objects, list)


def test_without_a_terminal_the_inbox_says_what_to_do(program: Program) -> None:
    ended = program.run()
    assert ended.code == 2
    assert "terminal" in ended.err


def test_import_counts_and_reports_bad_lines(program: Program) -> None:
    folder = program.home.data.parent.parent
    good = {"id": "1", "network": "x", "kind": "mention", "author": "a", "text": "hi"}
    plain, packed = folder / "a.jsonl", folder / "b.jsonl.gz"
    plain.write_text(json.dumps(good) + "\n{broken\n")
    packed.write_bytes(gzip.compress(json.dumps({**good, "id": "2"}).encode()))
    ended = program.run("import", str(plain), str(packed), "--json")
    assert ended.code == 0
    (found,) = ended.objects
    assert [found[key] for key in ("files", "read", "new", "known", "skipped")] == [2, 3, 2, 0, 1]
    assert f"{plain}, line 2:" in ended.err
    (again,) = program.json("import", str(plain), str(packed))
    assert (again["new"], again["known"]) == (0, 2)
    (piped,) = program.json("import", "-", stdin=json.dumps({**good, "id": "3"}))
    assert piped["new"] == 1
    assert len(program.json("list", "--view", "unanswered")) == 3
    refused = program.run("reply", str(program.json("list")[0]["id"]), "--text", "hello")
    assert refused.code == 1
    assert "imported" in refused.err
    missing = program.run("import", str(folder / "none.jsonl"))
    assert missing.code == 1
    assert "none.jsonl" in missing.err


def test_kpi_prints_the_promised_keys(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    (numbers,) = program.json("kpi")
    keys = "open unanswered oldest_waiting_s received answered response_rate first_response_median_s"
    assert set(keys.split()) | {"first_response_p90_s", "first_response_n"} <= set(numbers)
    assert (numbers["open"], numbers["unanswered"], numbers["first_response_median_s"]) == (1, 1, None)
    program.json("do", "done", str(one))
    (numbers,) = program.json("kpi", "--since", "7d", "--until", "2030-01-01", "--brand", "Acme")
    assert (numbers["open"], numbers["unanswered"], numbers["received"]) == (0, 0, 1)
    assert "Unanswered" in program.run("kpi").out
    assert program.json("kpi", "--explain", "open")[0]["formula"]
    assert "SELECT" in program.run("kpi", "--explain", "next_reply_p90_s").out
    for wrong in (("--since", "yesterdy"), ("--since", "2030-01-01"), ("--explain", "nothing")):
        assert program.run("kpi", *wrong).code == 2


def test_sql_reads_views_and_changes_nothing(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "hi")
    (row,) = program.json("sql", "SELECT id, text FROM v_conversations")
    assert row == {"id": one, "text": "hi"}
    names = {view["view"] for view in program.json("sql")}
    assert names == {"v_conversations", "v_messages", "v_people", "v_acts", "v_journal", "v_kpi_hourly"}
    for evil in (
        "DELETE FROM message",
        "UPDATE conversation SET state = 'done'",
        "DROP TABLE message",
        "PRAGMA query_only = OFF",
        "ATTACH '/tmp/x.db' AS x",
        "SELECT load_extension('x')",
        "SELECT 1; DELETE FROM message",
        "CREATE TEMP TABLE t (x)",
        "PRAGMA query_only",
        "nonsense",
        "",
    ):
        ended = program.run("sql", evil)
        assert (ended.code, ended.out) == (1, ""), evil
        assert "Traceback" not in ended.err
    assert program.json("list")[0]["state"] == "open"
    assert program.json("sql", "SELECT x'00ff' AS b, 1e999 AS x") == [{"b": "00ff", "x": None}]
    assert program.json("sql", "-", stdin="SELECT 1 AS one") == [{"one": 1}]


def test_doctor_tells_how_everything_stands(program: Program) -> None:
    program.connect()
    ended = program.run("doctor", "--json")
    (found,) = ended.objects
    assert found["database"]["ok"] is True
    assert found["sender"] == "none"
    (account,) = found["accounts"]
    assert (account["name"], account["token"], account["scopes"], account["feeds"]) == ("brand", False, [], [])
    assert ended.code == 1
    assert "no token" in found["problems"][0]
    plain = program.run("doctor")
    assert "PROBLEM: brand has no token on this machine" in plain.out


def test_a_damaged_database_is_one_clear_error(program: Program) -> None:
    program.home.make()
    program.home.database.write_bytes(b"this is no database" * 1000)
    ended = program.run("list")
    assert ended.code == 1
    assert "cminbox.db" in ended.err
    assert "Traceback" not in ended.err


def test_a_wrong_settings_file_is_one_clear_error(program: Program) -> None:
    program.home.make()
    program.home.settings_file.write_text('thme = "dark"\n')
    for command in ("list", "keys", "doctor"):
        ended = program.run(command)
        assert ended.code == 1
        assert "thme" in ended.err
        assert "theme" in ended.err


def test_keys_prints_the_table(program: Program) -> None:
    found = program.json("keys")
    assert [each["id"] for each in found] == [action.id for action in ACTIONS]
    assert {"id", "keys", "name", "help", "command", "cli"} <= set(found[0])


def test_accounts_are_listed_and_never_with_a_secret(program: Program) -> None:
    program.connect()
    (account,) = program.json("accounts", "list")
    assert (account["name"], account["network"], account["login"], account["state"]) == (
        *("brand", "mastodon", "@brand"),
        "active",
    )
    assert program.json("accounts") == [account]


def test_a_removed_account_leaves_what_was_read_and_frees_its_name(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    act = program.json("reply", str(one), "--text", "Oops.")[0]["act"]
    ended = program.run("accounts", "remove", "brand")
    assert ended.code == 1, ended
    assert "1 act of brand is still in the outbox" in ended.err
    program.json("outbox", "cancel", str(act))
    assert program.json("accounts", "remove", "brand") == [{"name": "brand", "removed": True}]
    assert program.run("accounts", "remove", "brand").code == 1
    assert [row["id"] for row in program.json("list")] == [one]
    refused = program.run("reply", str(one), "--text", "hello")
    assert "their account was removed" in refused.err
    program.connect()
    assert {account["name"] for account in program.json("accounts")} == {"brand", "brand:removed"}
    assert "no login" in program.run("accounts", "remove", "brand:removed").err


def test_a_token_comes_from_a_file_or_standard_input_and_is_never_printed(program: Program) -> None:
    for args, code, says in (
        (("mastodon", "--url", "http://127.0.0.1:9", "--token-file", "-"), 1, "127.0.0.1:9"),
        (("mastodon", "--token-file", "/nonexistent"), 1, "cannot be read"),
        (("mastodn", "--token-file", "-"), 1, "mastodn"),
        (("mastodon",), 2, "--token-file"),
        (("mastodon", "--set", "nonsense", "--token-file", "-"), 2, "KEY=VALUE"),
        (("mastodon", "--since", "never", "--token-file", "-"), 2, "--since"),
    ):
        ended = program.run("accounts", "add", *args, stdin="s3cr3t\n")
        assert ended.code == code, ended.err
        assert says in ended.err
        assert "s3cr3t" not in ended.out + ended.err
    ended = program.run("accounts", "add", "mastodon", "--token-file", "-", stdin="\n")
    assert "empty" in ended.err
    assert program.run("accounts", "renew", "nobody", "--token-file", "-", stdin="x").code == 1
    assert program.run("accounts", "check", "nobody").code == 1


def test_sync_once_prints_the_promised_keys(program: Program) -> None:
    (found,) = program.json("sync", "--once")
    keys = ["accounts", "messages_in", "acts_sent", "acts_failed", "acts_uncertain", "acts_review", "errors"]
    assert set(keys) <= set(found)
    assert found["errors"] == []


IMPORTS = """
import sys
from cminbox.cli import main
code = main({args!r})
heavy = sorted({{m.split(".")[0] for m in sys.modules}} & {{"textual", "httpx", "httpcore", "keyring", "rich"}})
heavy += sorted(m for m in sys.modules if m.startswith(("cminbox.networks", "cminbox.practice", "cminbox.ui.app")))
print("HEAVY", heavy, file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    "args", [["--version"], ["list"], ["list", "--json"], ["undo"], ["outbox"], ["do", "done", "1"], ["kpi"], ["sql"]]
)
def test_starting_is_light(program: Program, args: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(IMPORTS).format(args=args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "CMINBOX_HOME": str(program.home.data.parent)},
    )
    assert "HEAVY []" in done.stderr


def test_version_imports_nothing_to_speak_of(program: Program) -> None:
    code = (
        "import sys; from cminbox.cli import main; main(['--version']);"
        " print(len([m for m in sys.modules if 'typer' in m or 'pydantic' in m]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[1] == "0"


def test_a_reader_that_goes_away_is_no_error(program: Program) -> None:
    program.connect()
    for n in range(3):
        program.arrive(f"c{n}", "long " * 100)
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "cminbox", "list", "--json"],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "CMINBOX_HOME": str(program.home.data.parent)},
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)])
def test_sync_ends_quietly_when_told(program: Program, number: signal.Signals, code: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "cminbox", "sync", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CMINBOX_HOME": str(program.home.data.parent), "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.send_signal(number)
        err = process.stderr.read()
        assert process.wait(60) == code
    assert json.loads(first) == {"event": "lease", "held": True}
    assert "Traceback" not in err


def test_output_that_cannot_be_encoded_is_replaced(program: Program) -> None:
    program.connect()
    program.arrive("one", "Où ça ? 日本")
    done = program.process("list")
    assert "Où ça" in done.stdout
    done = subprocess.run(
        [sys.executable, "-m", "cminbox", "list"],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "CMINBOX_HOME": str(program.home.data.parent), "PYTHONIOENCODING": "ascii:strict"},
    )
    assert done.returncode == 0
    assert b"O? ?a" in done.stdout


def test_kpi_says_how_much_is_said_about_whom(program: Program) -> None:
    program.connect()
    program.arrive("one")
    (quiet,) = program.json("kpi")
    assert (quiet["share_of_voice"], quiet["voices"], quiet["backlog_end"]) == (None, [], 1)
    assert "competitor" not in program.run("kpi").out
    for n, about in enumerate(("us", "competitor:Acme\x1b[31m", "competitor:Acme\x1b[31m", "theme")):
        program.arrive(f"heard {n}", addressed=False, about=about)
    (told,) = program.json("kpi")
    assert told["share_of_voice"] == 1 / 3
    assert [(each["about"][:15], each["n"], each["share"]) for each in told["voices"]] == [
        ("us", 1, 1 / 3),
        ("competitor:Acme", 2, 2 / 3),
    ]
    out = program.run("kpi").out
    assert re.search(r"^found by listening, about +messages +share +share before$", out, re.MULTILINE)
    assert re.search(r"^us +1 +33% +-$", out, re.MULTILINE)
    assert "\x1b" not in out
    assert re.search(r"^Acme +1 +33% +-$", program.run("kpi", "--brand", "Acme").out, re.MULTILINE)
    for name in ("share_of_voice", "backlog_end"):
        assert "SELECT" in program.run("kpi", "--explain", name).out
