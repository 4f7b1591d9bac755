from __future__ import annotations

import sys

import pytest
from tests.cli.program import Program
from tools.terminal import Terminal

from cminbox.model.base import ActVerb
from cminbox.sync.lease import Lease

KEYS = ["conversation", "verb", "act", "state", "sender", "error"]


def test_reply_prints_the_promised_keys_and_how_to_send(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    (line,) = program.json("reply", str(one), "--text", "On its way.")
    assert list(line)[:6] == KEYS
    assert (line["conversation"], line["verb"], line["state"], line["error"]) == (one, "reply", "held", None)
    assert isinstance(line["act"], int)
    assert line["sender"] == "none"
    assert "cminbox sync" in line["how"]
    plain = program.run("reply", str(one), "--text", "Really.")
    assert "sender: none" in plain.out
    assert "cminbox sync" in plain.err


def test_sender_is_running_while_some_process_holds_the_lease(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    lease = Lease(program.home.lease_file)
    assert lease.try_take()
    try:
        (line,) = program.json("reply", str(one), "--text", "On its way.")
    finally:
        lease.give()
    assert line["sender"] == "running"
    assert "how" not in line


def test_dry_run_writes_nothing(program: Program) -> None:
    program.connect(max_length=500)
    one = program.arrive("one")
    (line,) = program.json("reply", str(one), "--text", "On its way.", "--dry-run")
    assert list(line)[:6] == KEYS
    assert (line["act"], line["dry_run"], line["audience"], line["to"]) == (None, True, "public", "@ana")
    assert (line["length"], line["max_length"]) == (11, 500)
    plain = program.run("reply", str(one), "--text", "On its way.", "--dry-run", "--private")
    assert "DIRECT, as brand on Mastodon, to @ana" in plain.out
    assert program.json("outbox") == []
    assert program.json("list")[0]["state"] == "open"


def test_the_text_may_come_from_standard_input(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    program.json("reply", str(one), "--text-file", "-", stdin="Première ligne\nseconde\n")
    assert program.json("outbox")[0]["text"] == "Première ligne\nseconde"


@pytest.mark.parametrize("args", [(), ("--text", "a", "--text-file", "b")])
def test_no_text_or_two_is_wrong_usage(program: Program, args: tuple[str, ...]) -> None:
    assert program.run("reply", "1", *args).code == 2


def test_a_reply_that_cannot_be_is_an_error_line_in_json_too(program: Program) -> None:
    program.connect(frozenset({ActVerb.LIKE}))
    one = program.arrive("one")
    ended = program.run("reply", str(one), "--text", "x", "--json")
    assert ended.code == 1
    (line,) = ended.objects
    assert list(line)[:6] == KEYS
    assert "cannot reply" in line["error"]
    ended = program.run("reply", "999", "--text", "x")
    assert (ended.code, ended.out) == (1, "")


def test_do_changes_many_as_one_step(program: Program) -> None:
    program.connect()
    ids = [program.arrive(f"c{n}") for n in range(3)]
    lines = program.json("do", "done", *map(str, ids))
    assert [line["conversation"] for line in lines] == ids
    assert {(line["verb"], line["act"], line["state"]) for line in lines} == {("done", None, "done")}
    undone = program.json("undo")
    assert [(line["conversation"], line["state"], line["of"]) for line in undone] == [(i, "open", "done") for i in ids]
    assert program.run("undo").code == 1
    assert [line["state"] for line in program.json("redo")] == ["done"] * 3
    assert program.run("undo").out == "done: 3 undone\n"


def test_do_says_what_it_could_not_do_and_does_the_rest(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    ended = program.run("do", "done", str(one), "999", "--json")
    assert ended.code == 1
    assert [(line["conversation"], line["state"], bool(line["error"])) for line in ended.objects] == [
        (one, "done", False),
        (999, None, True),
    ]
    assert "no conversation 999" in ended.err


def test_an_unknown_verb_names_those_there_are(program: Program) -> None:
    ended = program.run("do", "frobnicate", "1")
    assert ended.code == 2
    assert "done, reopen" in ended.err
    assert program.run("do", "assign", "1").code == 2
    assert program.run("do", "done").code == 2


def test_verbs_at_the_network_are_acts(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    (line,) = program.json("do", "like", str(one))
    assert (line["verb"], line["state"], line["sender"]) == ("like", "held", "none")
    (line,) = program.json("do", "report", str(one), "--reason", "hate")
    assert line["state"] == "held"


def test_as_works_before_and_after_the_command(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    program.json("--as", "Zoé", "do", "done", str(one))
    assert program.run("undo", "--as", "Tom").code == 1
    assert program.json("undo", "--as", "Zoé")[0]["state"] == "open"
    program.json("do", "take", str(one), "--as", "Zoé")
    assert program.json("list")[0]["assignee"] == "Zoé"
    ended = program.run("--json", "list")
    assert ended.objects[0]["id"] == one
    assert program.run("--as", "", "list").code == 1


def test_the_outbox_lists_stops_and_goes(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    act = program.json("reply", str(one), "--text", "Oops.")[0]["act"]
    (row,) = program.json("outbox")
    assert list(row)[:8] == ["act", "conversation", "verb", "state", "by", "attempts", "error", "remote_id"]
    assert program.json("outbox", "list") == [row]
    assert program.json("outbox", "stop", "--as", "Zoé") == [{"stopped": True, "by": "Zoé"}]
    assert "stopped by Zoé" in program.run("outbox").out
    assert program.json("outbox", "go") == [{"stopped": False, "by": None}]
    (cancelled,) = program.json("outbox", "cancel", str(act))
    assert (cancelled["act"], cancelled["state"]) == (act, "cancelled")
    assert program.json("list")[0]["state"] == "open"
    assert program.json("outbox") == []
    assert [row["state"] for row in program.json("outbox", "list", "--state", "cancelled")] == ["cancelled"]


def test_acts_that_are_not_there_or_not_in_that_state(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    act = program.json("reply", str(one), "--text", "Oops.")[0]["act"]
    for verb in ("retry", "approve"):
        ended = program.run("outbox", verb, str(act), "--json")
        assert ended.code == 1
        assert ended.objects[0]["error"]
        assert ended.objects[0]["state"] == "held"
    ended = program.run("outbox", "cancel", "999", "--json")
    assert ended.code == 1
    assert (ended.objects[0]["act"], ended.objects[0]["state"]) == (999, None)
    assert program.json("outbox", "retry") == []
    assert program.run("outbox", "approve").code == 2


def test_do_to_all_that_a_filter_matches(program: Program) -> None:
    program.connect()
    ids = [program.arrive(f"c{n}", person=f"p{n}") for n in range(4)]
    program.json("do", "tag", str(ids[0]), "--value", "vip")
    (told,) = program.json("do", "done", "--filter", "-tag:vip", "--dry-run")
    assert (told["conversations"], told["able"], told["networks"]) == (3, 3, {"mastodon": 3})
    assert len(program.json("list")) == 4
    lines = program.json("do", "done", "--filter", "-tag:vip")
    assert sorted(line["conversation"] for line in lines) == ids[1:]
    assert [row["id"] for row in program.json("list")] == ids[:1]
    assert program.run("undo").out == "done: 3 undone\n"


def test_a_dry_run_says_where_a_verb_cannot_be(program: Program) -> None:
    program.connect(frozenset({ActVerb.REPLY}))
    one = program.arrive("one")
    plain = program.run("do", "like", str(one), "--dry-run")
    assert "like: 0 conversations (-)" in plain.out
    assert "1 cannot be: brand (mastodon) cannot like." in plain.out
    assert program.json("outbox") == []


def test_conversations_or_a_filter_and_a_sound_one(program: Program) -> None:
    program.connect()
    for args in ((), ("1", "--filter", "tag:x"), ("--filter", "network:masto don:")):
        assert program.run("do", "done", *args).code in (1, 2)
    ended = program.run("do", "done", "--filter", "is:answred")
    assert ended.code == 2
    assert "answered" in ended.err


def test_what_sends_much_by_a_filter_must_be_meant(program: Program) -> None:
    program.connect()
    for n in range(26):
        program.arrive(f"c{n}", person=f"p{n}")
    ended = program.run("do", "like", "--filter", "network:mastodon")
    assert ended.code == 1
    assert "like: 26 conversations (Mastodon 26)?" in ended.err
    assert program.json("outbox") == []
    assert len(program.json("do", "like", "--filter", "network:mastodon", "--yes")) == 26


@pytest.mark.parametrize(("typed", "acts"), [("n\r", 0), ("y\r", 26), ("\x03", 0)])
def test_on_a_terminal_it_asks_and_ctrl_c_leaves_the_question(program: Program, typed: str, acts: int) -> None:
    program.connect()
    for n in range(26):
        program.arrive(f"c{n}", person=f"p{n}")
    line = [sys.executable, "-m", "cminbox", "do", "like", "--filter", "network:mastodon"]
    terminal = Terminal(line, (100, 24), CMINBOX_HOME=str(program.home.data.parent))
    try:
        terminal.until("[y/N]").type(typed)
        terminal.until(lambda t: t.ended)
    finally:
        terminal.close()
    assert len(program.json("outbox")) == acts
