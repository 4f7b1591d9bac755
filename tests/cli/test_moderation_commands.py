"""Reasons, macros and edits on the command line."""

from __future__ import annotations

from tests.cli.program import US, Program

from cminbox.model.base import ActState, ActVerb, Direction, Kind
from cminbox.model.changes import Batch, Removed, Wrote
from cminbox.store import accounts, outbox
from cminbox.store.database import Store, Tx
from cminbox.sync import ingest


def sent(program: Program, act: int, key: str, text: str) -> None:
    """The network took a reply and tells of it."""

    async def job(store: Store) -> None:
        account = await store.read(accounts.by_name, "brand")

        def move(tx: Tx) -> None:
            outbox.move(tx, act, ActState.HELD, ActState.QUEUED)
            outbox.move(tx, act, ActState.QUEUED, ActState.SENDING)
            outbox.move(tx, act, ActState.SENDING, ActState.SENT, remote_id="r1")

        await store.write(move)
        wrote = Wrote(
            remote_id="r1",
            at=store.clock.now(),
            kind=Kind.COMMENT,
            direction=Direction.OUT,
            author=US,
            text=text,
            conversation=key,
        )
        await store.write(ingest.apply, account, Batch(feed="events", changes=(wrote,)), move_cursor=False)

    program.in_store(job)


def test_a_reason_is_given_and_shown(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    program.json("do", "hide", str(one), "--reason", "hate")
    (shown,) = program.json("show", str(one))
    assert [(act["verb"], act["reason"]) for act in shown["acts"]] == [("hide", "hate")]
    program.json("do", "spam", str(one), "--reason", "off topic")
    rows = program.json("sql", "SELECT verb, reason FROM v_journal WHERE reason IS NOT NULL ORDER BY id")
    assert rows == [{"verb": "hide", "reason": "hate"}, {"verb": "spam", "reason": "off-topic"}]
    assert program.json("sql", "SELECT reason FROM v_acts WHERE verb = 'hide'") == [{"reason": "hate"}]


def test_free_text_is_no_reason(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    ended = program.run("do", "hide", str(one), "--reason", "he was rude")
    assert ended.code == 2
    assert "hate, threat, personal, spam, off-topic" in ended.err
    ended = program.run("do", "done", str(one), "--reason", "spam")
    assert ended.code == 2
    assert "done takes no reason" in ended.err


def test_what_was_removed_is_still_there_to_print_and_export(program: Program) -> None:
    program.connect(deletes_theirs=True)
    one = program.arrive("one", "you are worthless", remote_id="bad")
    program.json("do", "delete", str(one), "--reason", "hate")

    async def gone(store: Store) -> None:
        account = await store.read(accounts.by_name, "brand")
        removed = Removed(remote_id="bad", at=store.clock.now())
        await store.write(ingest.apply, account, Batch(feed="events", changes=(removed,)), move_cursor=False)

    program.in_store(gone)
    (shown,) = program.json("show", str(one))
    assert [(each["state"], each["text"]) for each in shown["messages"]] == [("removed", "you are worthless")]
    assert "you are worthless" in program.run("show", str(one)).out
    query = (
        "SELECT m.text, x.reason, x.by FROM v_messages m JOIN v_acts x ON x.message = m.id"
        " WHERE m.state IN ('removed', 'hidden')"
    )
    (row,) = program.json("sql", query, "--as", "léa")
    assert (row["text"], row["reason"]) == ("you are worthless", "hate")


def test_a_macro_by_key_or_name_as_one_step(program: Program) -> None:
    program.connect()
    ids = [str(program.arrive(f"c{n}")) for n in range(2)]
    program.home.settings_file.write_text(
        '[[macros]]\nkey = "r"\nname = "Refund"\ndo = ["tag refund", "star", "done"]\n', encoding="utf-8"
    )
    lines = program.json("do", "macro", *ids, "--value", "r")
    assert [(line["verb"], line["state"]) for line in lines] == [("macro", "done")] * 2
    assert {tuple(row["tags"]) for row in program.json("list", "--view", "any")} == {("refund",)}
    assert "2 undone" in program.run("undo").out
    assert {tuple(row["tags"]) for row in program.json("list", "--view", "any")} == {()}
    program.json("do", "macro", ids[0], "--value", "refund")
    ended = program.run("do", "macro", ids[0], "--value", "nonsense")
    assert ended.code == 1
    assert "no macro nonsense" in ended.err


def test_a_macro_that_is_wrong_is_explained_with_its_line(program: Program) -> None:
    program.connect()
    program.home.settings_file.write_text('[[macros]]\nkey = "r"\nname = "Refund"\ndo = ["tag"]\n', encoding="utf-8")
    ended = program.run("list")
    assert ended.code == 1
    assert "line 4: the macro Refund: tag needs a value" in ended.err


def test_a_sent_reply_is_edited_by_its_act(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    (reply,) = program.json("reply", str(one), "--text", "It leaves today.")
    ended = program.run("reply", str(one), "--edit", str(reply["act"]), "--text", "Tomorrow.", "--json")
    assert ended.code == 1
    assert ended.objects[0]["verb"] == "edit"
    sent(program, reply["act"], "one", "It leaves today.")
    (line,) = program.json("reply", str(one), "--edit", str(reply["act"]), "--text", "It leaves tomorrow.")
    assert (line["verb"], line["state"], line["error"]) == ("edit", "held", None)
    assert program.run("reply", str(one), "--edit", "1", "--text", "x", "--private").code == 2
    program.run("undo")
    (line,) = program.json("do", "rewrite", str(one))
    assert (line["verb"], line["state"]) == ("rewrite", "held")
    (shown,) = program.json("show", str(one))
    assert shown["acts"][-1]["verb"] == ActVerb.DELETE.value
