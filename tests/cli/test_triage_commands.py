from __future__ import annotations

import pytest
from tests.cli.program import Program


def test_the_filter_language_is_that_of_the_screen(program: Program) -> None:
    program.connect()
    one, two = program.arrive("one", "late delivery"), program.arrive("two", "delivered late")
    program.json("do", "tag", str(one), str(two), "--value", "refund")
    program.json("do", "done", str(two))
    assert [row["id"] for row in program.json("list", "network:mastodon", "tag:refund", "-is:answered")] == [one]
    assert [row["id"] for row in program.json("list", '"late delivery"')] == [one]
    assert [row["id"] for row in program.json("list", "tag:refund", "-state:open", "view:any")] == [two]
    assert [row["id"] for row in program.json("list", "état:traitée", "--tag", "refund")] == [two]
    assert [row["id"] for row in program.json("list", "tag:refund", "view:any", "-delivery")] == [two]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tag:refnd",), "Column 5: There is no tag called refnd. Did you mean refund?"),
        (("is:unread", "netwrok:x"), "Column 11"),
        (("--netwrok", "x"), "no option --netwrok"),
    ],
)
def test_what_is_no_filter_is_wrong_usage_and_pointed_at(program: Program, words: tuple[str, ...], said: str) -> None:
    program.connect()
    program.json("do", "tag", str(program.arrive("one")), "--value", "refund")
    ended = program.run("list", *words)
    assert ended.code == 2
    assert said in " ".join(ended.err.split())


def test_tags_assignees_and_notes_in_json(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    (line,) = program.json("do", "tag", str(one), "--value", "VIP, late")
    assert (line["verb"], line["state"], line["error"]) == ("tag", "open", None)
    program.json("do", "take", str(one), "--as", "Zoé")
    (row,) = program.json("list", "assignee:zoe")
    assert (row["tags"], row["assignee"]) == (["late", "VIP"], "Zoé")
    program.json("do", "untag", str(one), "--value", "late")
    program.json("do", "note", str(one), "--value", "ask @Zoé")
    (shown,) = program.json("show", str(one))
    assert shown["tags"] == ["VIP"]
    assert [(m["audience"], m["text"], m["remote_id"]) for m in shown["messages"]][-1] == ("note", "ask @Zoé", None)
    assert [row["id"] for row in program.json("list", "mentioned:me", "--as", "Zoé")] == [one]
    program.json("do", "release", str(one))
    assert program.json("list", "assignee:zoe") == []
    plain = program.run("list")
    assert "#VIP" in plain.out
    assert program.run("do", "untag", str(one), "--value", "vp").code == 1


def test_snooze_by_words(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    (line,) = program.json("do", "snooze", str(one), "--value", "demain 9h")
    assert line["state"] == "snoozed"
    assert program.json("list") == []
    assert program.json("do", "unsnooze", str(one))[0]["state"] == "open"
    ended = program.run("do", "snooze", str(one), "--value", "9h")
    assert ended.code == 1
    assert "two things" in ended.err
    assert program.run("do", "snooze", str(one)).code == 2


def test_the_list_of_tags(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    assert "no tags yet" in program.run("tags").err
    program.json("tags", "add", "refund", "--colour", "green")
    program.json("do", "tag", str(one), "--value", "refnd")
    (line,) = program.json("tags", "merge", "refnd", "refund")
    assert (line["conversation"], line["verb"]) == (one, "merge_tags")
    assert program.json("tags") == [{"id": 1, "name": "refund", "colour": "green", "open": 1, "unanswered": 1}]
    assert program.json("tags", "rename", "refund", "Refunds")[0]["name"] == "Refunds"
    assert program.json("tags", "colour", "refunds", "blue")[0]["colour"] == "blue"
    assert "Refunds" in program.run("tags", "list").out
    program.json("tags", "delete", "Refunds")
    assert program.json("tags", "list") == []
    program.json("undo")
    assert program.json("list")[0]["tags"] == ["Refunds"]
    assert program.run("tags", "rename", "nothing", "x").code == 1


def test_topics_and_campaigns(program: Program) -> None:
    from cminbox.model.content import TopicInfo

    program.connect()
    one = program.arrive("one", topic=TopicInfo(key="t", title="Livraison", is_ours=True))
    program.arrive("two")
    (topic,) = program.json("topics")
    assert (topic["title"], topic["open"], topic["unanswered"], topic["campaign"]) == ("Livraison", 1, 1, None)
    assert program.json("campaign", str(topic["id"]), "Noël")[0]["campaign"] == "Noël"
    assert [row["id"] for row in program.json("list", "campaign:noel")] == [one]
    assert program.json("topics", "--campaign", "NOEL")[0]["id"] == topic["id"]
    assert "Noël" in program.run("topics").out
    assert "no campaign" in program.run("campaign", str(topic["id"])).out
    assert program.run("campaign", "99", "x").code == 1
