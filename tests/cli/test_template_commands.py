from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.program import Program

from cminbox.model.content import Author

ASKING = 'Hi {{ person.first_name or "there" }}, {{ ask("order number") }} left.'


def test_templates_are_listed_added_edited_and_removed(program: Program) -> None:
    (made,) = program.json("templates", "add", "Order", "--text", ASKING, "--shortcut", "o", "--folder", "shop")
    assert made == {
        "id": 1,
        "name": "Order",
        "shortcut": "o",
        "brand": "",
        "folder": "shop",
        "variants": [{"network": "", "language": "", "body": ASKING}],
        "uses": 0,
        "last_used_at": None,
    }
    (edited,) = program.json("templates", "edit", "o", "--name", "Parcel", "--text", "Bonjour", "--lang", "fr")
    assert (edited["name"], edited["folder"]) == ("Parcel", "shop")
    assert [each["language"] for each in edited["variants"]] == ["", "fr"]
    (edited,) = program.json("templates", "edit", "parcel", "--drop-text", "--lang", "fr")
    assert [each["language"] for each in edited["variants"]] == [""]
    assert program.json("templates", "list") == [edited]
    assert program.json("templates", "remove", "1") == [{"removed": 1}]
    assert program.json("templates", "list") == []
    assert program.run("undo").code == 0
    assert program.json("templates") == [edited]
    plain = program.run("templates")
    assert "shop" in plain.out
    assert "Parcel" in plain.out


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("edit", "Order", "--drop-text"), "its only text"),
        (("edit", "Order", "--drop-text", "--lang", "fr"), "no text of that"),
        (("add", "order", "--text", "Hi"), "already"),
        (("add", "New", "--text", "{{ x }}"), "cannot use x"),
        (("remove", "Nothing"), "no template Nothing"),
        (("import", "missing.toml"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(program: Program, args: tuple[str, ...], told: str) -> None:
    program.run("templates", "add", "Order", "--text", "Hi")
    ended = program.run("templates", *args)
    assert ended.code == 1
    assert told in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "args", [("add", "A"), ("edit", "A"), ("import",), ("edit", "A", "--drop-text", "--text", "x")]
)
def test_wrong_usage_is_code_2(program: Program, args: tuple[str, ...]) -> None:
    assert program.run("templates", *args).code == 2


def test_the_starters_are_offered_where_there_is_nothing(program: Program) -> None:
    assert "--starters" in program.run("templates", "list").err
    (done,) = program.json("templates", "import", "--starters")
    assert done["new"] == done["read"] >= 12
    assert "--starters" not in program.run("templates", "list").err
    assert "Remboursement" not in program.run("templates").out


def test_the_starters_have_french_names_for_a_french_screen(program: Program) -> None:
    program.run("templates", "import", "--starters", env={"LC_ALL": "fr_FR.UTF-8"})
    assert "Remboursement en cours" in program.run("templates").out


def test_export_and_import_are_a_round_trip(program: Program, tmp_path: Path) -> None:
    program.json("templates", "import", "--starters")
    file = tmp_path / "t.toml"
    program.json("templates", "export", "--out", str(file))
    before = program.json("templates", "list")
    assert program.json("templates", "import", str(file))[0]["same"] == len(before)
    for each in before:
        program.run("templates", "remove", str(each["id"]))
    program.run("templates", "import", "-", stdin=file.read_text(encoding="utf-8"))
    after = program.json("templates", "list")
    assert [{**each, "id": 0} for each in after] == [{**each, "id": 0} for each in before]
    assert program.run("templates", "export").out == file.read_text(encoding="utf-8")


def test_undo_tells_of_templates_without_a_conversation(program: Program) -> None:
    program.run("templates", "add", "Order", "--text", "Hi")
    (line,) = program.json("undo")
    assert (line["conversation"], line["of"], line["error"]) == (None, "template_add", None)
    program.run("redo")
    program.run("templates", "edit", "Order", "--text", "Hello", "--as", "max")
    ended = program.run("undo")
    assert (ended.code, ended.out) == (0, "template_add: 0 undone, 1 changed by max\n")


def test_reply_with_a_template(program: Program) -> None:
    program.connect(max_length=500)
    one = program.arrive("one", author=Author(remote_id="ana", handle="@ana", first_name="Ana"))
    program.run("templates", "add", "Order", "--text", ASKING, "--shortcut", "o")
    (dry,) = program.json("reply", str(one), "--template", "o", "--set", "order number=A5", "--dry-run")
    assert (dry["text"], dry["template"], dry["missing"]) == ("Hi Ana, A5 left.", "Order", [])
    assert dry["lengths"] == {"mastodon": {"length": 16, "max_length": 500}}
    assert program.json("show", str(one))[0]["acts"] == []
    plain = program.run("reply", str(one), "--template", "o", "--set", "order_number=A5", "--dry-run")
    assert "Mastodon 16/500" in plain.out
    (line,) = program.json("reply", str(one), "--template", "Order", "--set", "order number=A5")
    assert line["state"] == "held"
    assert len(program.json("show", str(one))[0]["acts"]) == 1


def test_what_is_not_filled_stops_the_reply(program: Program) -> None:
    program.connect()
    one = program.arrive("one")
    program.run("templates", "add", "Order", "--text", ASKING)
    for more in ((), ("--dry-run",)):
        ended = program.run("reply", str(one), "--template", "Order", *more)
        assert ended.code == 1
        assert "needs a value for order number. " not in ended.out
        assert "order number" in ended.err
        assert '--set "order number=..."' in ended.err
    assert program.json("show", str(one))[0]["acts"] == []


@pytest.mark.parametrize(
    "args",
    [("--template", "a", "--text", "b"), ("--text", "b", "--set", "a=b"), (), ("--template", "a", "--set", "novalue")],
)
def test_reply_takes_one_text(program: Program, args: tuple[str, ...]) -> None:
    assert program.run("reply", "1", *args).code == 2
