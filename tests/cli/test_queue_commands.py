from __future__ import annotations

import pytest
from tests.cli.program import Program

from cminbox.cli import queue as queue_command
from cminbox.model.base import Audience, Kind
from cminbox.model.content import Author, Media, TopicInfo

LIST_KEYS = [
    "id",
    "network",
    "account",
    "brand",
    "kind",
    "state",
    "person",
    "text",
    "at",
    "unanswered",
    "tags",
    "assignee",
    "star",
    "cluster",
    "topic",
]
SHOW_KEYS = ["id", "remote_id", "direction", "kind", "audience", "author", "by", "text", "media", "created_at", "state"]


def test_list_prints_the_promised_keys(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "Où est mon colis ?", topic=TopicInfo(key="t", title="Livraison", is_ours=True))
    (row,) = program.json("list")
    assert list(row)[: len(LIST_KEYS)] == LIST_KEYS
    assert row["id"] == one
    assert (row["network"], row["account"], row["brand"], row["kind"]) == ("mastodon", "brand", "Acme", "comment")
    assert (row["state"], row["person"], row["text"]) == ("open", "@ana", "Où est mon colis ?")
    assert (row["unanswered"], row["tags"], row["assignee"], row["star"], row["cluster"]) == (
        True,
        [],
        None,
        False,
        None,
    )
    assert row["topic"] == "Livraison"
    assert row["at"].endswith("Z")


def test_an_empty_queue_says_so_and_prints_nothing(program: Program) -> None:
    ended = program.run("list")
    assert (ended.code, ended.out) == (0, "")
    assert "Nothing here" in ended.err


def test_filters_narrow_together(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "remboursement svp")
    two = program.arrive("two", "merci", kind=Kind.DM, audience=Audience.DIRECT, person="bob")
    program.json("do", "done", str(two))
    assert [row["id"] for row in program.json("list")] == [one]
    assert [row["id"] for row in program.json("list", "--view", "done")] == [two]
    assert [row["id"] for row in program.json("list", "--state", "done", "--kind", "dm")] == [two]
    assert [row["id"] for row in program.json("list", "kind:dm", "view:any")] == [two]
    assert [row["id"] for row in program.json("list", "--search", "REMBOURSEMENT")] == [one]
    assert [row["id"] for row in program.json("list", "merci")] == [two]
    assert program.json("list", "--network", "matrix") == []
    assert program.json("list", "--tag", "sales") == []
    assert [row["id"] for row in program.json("list", "--brand", "Acme")] == [one]


def test_limit_and_after_walk_through_the_whole_list(program: Program) -> None:
    program.connect()
    ids = [program.arrive(f"c{n}", f"text {n}") for n in range(5)]
    walked: list[int] = []
    after: list[str] = []
    for _page in range(4):
        walked += [row["id"] for row in program.json("list", "--limit", "2", *after)]
        after = ["--after", str(walked[-1])]
    assert walked == ids[::-1]
    assert [row["id"] for row in program.json("list", "--limit", "0")] == ids[::-1]
    oldest_first = program.json("list", "--view", "unanswered", "--limit", "2")
    assert [row["id"] for row in oldest_first] == ids[:2]
    more = program.json("list", "--view", "unanswered", "--after", str(ids[1]))
    assert [row["id"] for row in more] == ids[2:]
    found = program.json("list", "--search", "text", "--after", str(ids[2]))
    assert [row["id"] for row in found] == ids[:2][::-1]
    ended = program.run("list", "--after", "999")
    assert ended.code == 1
    assert "not in this list" in ended.err


def test_a_script_gets_everything_and_a_person_a_page(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_command, "DEFAULT_LIMIT", 2)
    program.connect()
    ids = [program.arrive(f"c{n}", f"text {n}") for n in range(3)]
    assert [row["id"] for row in program.json("list")] == ids[::-1]
    ended = program.run("list")
    assert len(ended.out.splitlines()) == 2
    assert f"--after {ids[1]}" in ended.err


@pytest.mark.parametrize(
    "args", [("--kind", "letter"), ("kind:letter",), ("--view", "all the things"), ("--limit", "x")]
)
def test_what_there_is_not_is_wrong_usage(program: Program, args: tuple[str, ...]) -> None:
    ended = program.run("list", *args)
    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_show_prints_the_promised_keys(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "look", media=(Media(type="image", alt="a blue truck"),))
    program.json("reply", str(one), "--text", "Nice.")
    (shown,) = program.json("show", str(one))
    assert list(shown)[: len(LIST_KEYS)] == LIST_KEYS
    (message,) = shown["messages"]
    assert list(message)[: len(SHOW_KEYS)] == SHOW_KEYS
    assert message["media"] == [{"type": "image", "url": None, "alt": "a blue truck", "length_s": None}]
    assert (message["state"], message["direction"], message["author"]) == ("shown", "in", "@ana")
    (act,) = shown["acts"]
    assert [act[key] for key in ("verb", "state", "remote_id", "error")] == ["reply", "held", None, None]
    plain = program.run("show", str(one))
    assert "look" in plain.out
    assert "[image: a blue truck]" in plain.out
    assert "held" in plain.out


def test_show_of_nothing(program: Program) -> None:
    ended = program.run("show", "7")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "cminbox: There is no conversation 7.\n"


HOSTILE = "a\x1b[31mred\x07 \u202eevil\u202c [bold]x[/bold] \u0000nul \U000e0041tag"


def test_what_people_write_reaches_the_terminal_safe_and_json_whole(program: Program) -> None:
    program.connect()
    one = program.arrive("one", HOSTILE, author=Author(remote_id="evil", handle="\x1b]0;pwned\x07"))
    for args in (("list",), ("show", str(one)), ("sql", "SELECT text, author FROM v_messages")):
        ended = program.run(*args)
        assert ended.code == 0, ended.err
        assert not {"\x1b", "\x07", "\u202e", "\x00", "\U000e0041"} & set(ended.out)
        assert "[bold]x[/bold]" in ended.out
    (row,) = program.json("list")
    assert row["text"] == HOSTILE


def test_lines_are_cut_on_a_terminal_and_whole_in_a_pipe(program: Program) -> None:
    program.connect()
    program.arrive("one", "word " * 60)
    narrow = program.run("list", env={"COLUMNS": "80"})
    assert all(len(line) <= 80 for line in narrow.out.splitlines())
    assert "…" in narrow.out
    assert len(program.run("list").out) > 250


def test_columns_are_aligned_whatever_the_script(program: Program) -> None:
    from cminbox.text import width

    program.connect()
    for n, name in enumerate(("日本語テキスト", "ana", "naïve", "🙂🙂")):
        program.arrive(f"c{n}", "END", author=Author(remote_id=name, handle=name))
    lines = program.run("list").out.splitlines()
    assert len({width(line[: line.rindex("END")]) for line in lines}) == 1


def test_a_long_message_is_shown_cut_with_how_to_see_the_rest(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "x" * 1_000_000)
    ended = program.run("show", str(one))
    assert "20000 of 1000000" in ended.out
    (message,) = program.json("show", str(one))[0]["messages"]
    assert message["length"] == 1_000_000
    (row,) = program.json("sql", f"SELECT text FROM v_messages WHERE id = {message['id']}")
    assert len(row["text"]) == 1_000_000


def test_french(program: Program) -> None:
    ended = program.run("list", env={"LC_ALL": "fr_FR.UTF-8"})
    assert ended.code == 0
    program.home.settings_file.write_text('language = "fr"\n')
    from cminbox.i18n import language, set_language

    for command in ("list", "--help", "nonsense"):
        program.run(command)
        assert language() == "fr"
        set_language("en")


def test_a_very_long_name_does_not_push_the_text_away(program: Program) -> None:
    program.connect()
    program.arrive("c1", "the text", person="x" * 5000)
    program.arrive("c2", "the other", person="ana")
    lines = program.run("list").out.splitlines()
    assert all(len(line) < 120 for line in lines)
    assert lines[0].endswith("the other")


def test_a_search_shows_what_was_said_around_the_words(program: Program) -> None:
    program.connect()
    program.arrive("one", "Bonjour à toute l'équipe, " + "je reviens vers vous " * 5 + "pour le REMBOURSEMENT promis")
    (row,) = program.json("list", "--search", "remboursement")
    assert row["snippet"].startswith("…")
    assert "vous pour le REMBOURSEMENT promis" in row["snippet"]
    assert row["text"].startswith("Bonjour")
    assert "…" in program.run("list", "remboursement").out
    (row,) = program.json("list")
    assert row["snippet"] is None


def test_a_view_is_named_by_number_by_name_or_by_its_fixed_word(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "remboursement svp")
    two = program.arrive("two", "merci", kind=Kind.DM, audience=Audience.DIRECT, person="bob")
    assert [row["id"] for row in program.json("list", "--view", "4")] == [two]
    assert [row["id"] for row in program.json("list", "--view", "private")] == [two]
    assert [row["id"] for row in program.json("list", "--view", "Least time left")] == [one, two]
    assert [row["id"] for row in program.json("list", "--view", "unanswered", "kind:dm")] == [two]
    assert program.json("list", "--view", "late") == []
    ended = program.run("list", "--view", "nothing")
    assert ended.code == 2
    assert "There is no view nothing." in " ".join(ended.err.split())


def test_a_mistake_in_a_filter_is_pointed_at(program: Program) -> None:
    program.connect()
    ended = program.run("list", "kind:dm", "network:mastodn")
    assert ended.code == 2
    assert "kind:dm network:mastodn\n" + " " * 16 + "^^^^^^^\n" in ended.err
    assert "Did you mean mastodon?" in ended.err


def test_drafts_are_thrown_away_and_come_back(program: Program) -> None:
    program.connect()
    one = program.arrive("one", "merci")
    (line,) = program.json("do", "discard", str(one))
    assert (line["verb"], line["conversation"]) == ("discard", one)
    assert program.run("do", "discard", str(one), "--value", "letter").code == 1
