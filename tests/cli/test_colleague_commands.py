"""What colleagues do for each other from the command line."""

from __future__ import annotations

from tests.cli.program import Program

from cminbox.store import journal, presence, queue
from cminbox.store.database import Store


def test_what_a_note_asks_me_is_in_my_list(program: Program) -> None:
    program.connect()
    one, two = program.arrive("one"), program.arrive("two")
    program.json("do", "take", str(one), "--as", "Zoé")
    program.json("do", "note", str(two), "--value", "@Zoé ?", "--as", "Tom")
    assert [row["id"] for row in program.json("list", "is:mine", "--as", "Zoé")] == [two, one]
    assert [row["id"] for row in program.json("list", "est:mienne", "--as", "Zoé")] == [two, one]
    assert program.json("list", "is:mine", "--as", "Tom") == []
    assert [row["replying"] for row in program.json("list")] == [[], []]


def test_handover_tells_the_count_before_and_is_one_step(program: Program) -> None:
    program.connect()
    ids = [program.arrive(key) for key in ("one", "two")]
    program.json("do", "take", *map(str, ids), "--as", "Zoé")
    program.json("list", "--as", "Tom")
    ended = program.run("handover", "Tom", "--note", "bye", "--as", "Zoé", "--json")
    assert ended.code == 0
    assert "2 open conversations of yours go to Tom." in ended.err
    assert [(line["conversation"], line["verb"], line["state"]) for line in ended.objects] == [
        (ids[1], "handover", "open"),
        (ids[0], "handover", "open"),
    ]
    assert len(program.json("list", "assignee:Tom")) == 2
    program.json("undo", "--as", "Zoé")
    assert len(program.json("list", "assignee:Zoé")) == 2
    assert program.run("handover", "--as", "Zoé").code == 0
    assert program.json("list", "assignee:Zoé") == []
    empty = program.run("handover", "--as", "Zoé")
    assert (empty.code, "No open conversation is yours" in empty.err) == (1, True)
    assert program.run("handover", "Nobody", "--as", "Tom").code == 1


def test_since_is_one_object_with_every_line(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    never = program.run("since", "--as", "Zoé")
    assert (never.code, never.out) == (0, "")
    assert "--since says from when" in never.err
    program.json("do", "done", str(one), "--as", "Tom")
    program.json("do", "note", str(one), "--value", "@Zoé vu ?", "--as", "Tom")
    (found,) = program.json("since", "--since", "1h", "--as", "Zoé")
    assert {key: found[key] for key in ("in", "answered", "done", "failed", "uncertain", "review", "assigned")} == {
        **dict.fromkeys(("answered", "failed", "uncertain", "review", "assigned"), 0),
        "in": 1,
        "done": 1,
    }
    assert found["conversations"] == {"in": [one], "done": [one]}
    assert [(note["conversation"], note["by"], note["text"]) for note in found["notes"]] == [(one, "Tom", "@Zoé vu ?")]
    plain = program.run("since", "--since", "1h", "--as", "Zoé")
    assert "1 message came in" in plain.out
    assert "@Zoé vu ?" in plain.out
    assert program.run("since", "--since", "soon").code == 2


def test_the_journal_of_all_and_of_one_goes_on_from_an_entry(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    program.json("do", "star", str(one), "--as", "Zoé")
    program.json("do", "done", str(one), "--as", "Tom")
    program.json("undo", "--as", "Tom")
    every = program.json("journal")
    assert [line["verb"] for line in every] == ["undo", "done", "star", "arrived"]
    assert [line["undone"] for line in every] == [False, True, False, False]
    assert every[-1]["by"] is None
    assert [line["verb"] for line in program.json("journal", "--by", "Zoé")] == ["star"]
    assert [line["verb"] for line in program.json("journal", "--by", "me", "--as", "Zoé")] == ["star"]
    assert program.json("journal", "--limit", "1", "--before", str(every[0]["id"])) == every[1:2]
    plain = program.run("journal")
    assert "taken back" in plain.out
    assert "starred" in plain.out
    assert program.run("journal", "--by", "Nobody").code == 1


def test_who_was_killed_while_replying_is_not_listed(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    program.json("list", "--as", "Tom")

    async def left(store: Store) -> None:
        colleague = await store.read(journal.colleague, "Tom")
        await store.write(presence.mark, [one], colleague or 0, "no-such-process")
        (row,) = await store.read(queue.rows, [one])
        assert row.replying == ("Tom",)

    program.in_store(left)
    assert [row["replying"] for row in program.json("list")] == [[]]
