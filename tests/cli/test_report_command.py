"""`cminbox report`."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from tests.cli.program import Program


@pytest.fixture
def written(program: Program) -> Program:
    program.connect()
    for person, text in (("ana", "where is my parcel"), ("bob", "the shop is closed on Mondays")):
        conversation = program.arrive(person, text, person)
        assert program.run("do", "tag", str(conversation), "--value", "parcels").code == 0
    return program


def test_a_report_of_each_format_lies_in_its_file_for_its_owner_alone(written: Program, tmp_path: Path) -> None:
    for form, sign in (("html", "<!doctype html>"), ("md", "# Report"), ("csv", "\ufeff"), ("json", "{")):
        file = tmp_path / f"report.{form}"
        file.write_text("something older")
        ended = written.run("report", "--format", form, "--out", str(file), "--since", "1d", "--compare", "previous")
        assert (ended.code, ended.out) == (0, "")
        assert str(file) in ended.err
        text = file.read_text(encoding="utf-8")
        assert text.startswith(sign)
        assert "parcels" in text
        assert "@ana" not in text
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_to_standard_output_with_names_a_comment_and_the_numbers_of_kpi(written: Program) -> None:
    ended = written.run(
        *("report", "--format", "json", "--out", "-", "--since", "1d", "--names", "--comment-file", "-"),
        stdin="\ufeffA calm\nweek.".removeprefix("\ufeff"),
    )
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    assert found["comment"] == "A calm\nweek."
    assert found["numbers"]["received"]["value"] == 2
    assert {each["author"] for each in found["verbatims"]} == {"@ana", "@bob"}
    assert found["themes"][0]["messages"] == 2
    (told,) = written.json("kpi", "--since", "1d")
    assert told["received"] == 2


def test_in_french_while_the_program_speaks_english(written: Program, tmp_path: Path) -> None:
    file = tmp_path / "r.md"
    ended = written.run("report", "--format", "md", "--out", str(file), "--since", "1d", "--lang", "fr")
    assert "# Rapport" in file.read_text(encoding="utf-8")
    assert "The report is in" in ended.err


def test_for_a_brand_and_for_none_that_there_is(written: Program) -> None:
    ended = written.run("report", "--format", "json", "--out", "-", "--since", "1d", "--brand", "Acme")
    assert json.loads(ended.out)["numbers"]["received"]["value"] == 2
    ended = written.run("report", "--format", "json", "--out", "-", "--brand", "Acne")
    assert ended.code == 1
    assert "There are: Acme." in ended.err
    assert written.run("report", "--format", "json", "--out", "-", "--campaign", "x").code == 1


def test_without_a_time_it_is_about_the_last_whole_week(written: Program) -> None:
    weeks = [
        json.loads(written.run("report", "--format", "json", "--out", "-", *more, "--compare", "previous").out)
        for more in ((), ("--last", "week"))
    ]
    assert weeks[0]["since"] == weeks[1]["since"]
    assert weeks[0]["before"]["until"] == weeks[0]["since"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--compare", "next"),
        ("--lang", "de"),
        ("--last", "week", "--since", "7d"),
        ("--until", "1d"),
        ("--since", "1d", "--until", "2d"),
        ("--comment", "a", "--comment-file", "b"),
        ("--last", "year"),
    ],
)
def test_wrong_usage(program: Program, wrong: tuple[str, ...]) -> None:
    assert program.run("report", "--format", "json", "--out", "-", *wrong).code == 2


def test_a_file_that_cannot_be_written_or_read_is_said(written: Program, tmp_path: Path) -> None:
    ended = written.run("report", "--format", "json", "--out", str(tmp_path / "no" / "r.json"))
    assert ended.code == 1
    assert "cannot be written" in ended.err
    ended = written.run("report", "--format", "json", "--out", "-", "--comment-file", str(tmp_path / "none"))
    assert ended.code == 1
    assert "cannot be read" in ended.err
