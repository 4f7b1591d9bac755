"""What is kept beside the queue: brands, campaigns, topics, templates, drafts; and how colours and marks are shown."""

from __future__ import annotations

import stat

import pytest
from tests.ui.test_answering import feed

from cminbox.inbox import drafts, notes, queue, tags, template_keeping, topics, triage
from cminbox.model.base import Audience
from cminbox.model.templates import Variant, Written
from cminbox.model.views import Filter, Order, View


def _branded(tx) -> None:  # type: ignore[no-untyped-def]
    for number, name in enumerate(("Vélo+", "Train+"), 1):
        tx.db.execute("INSERT INTO brand (id, name) VALUES (?, ?)", (number, name))
        tx.db.execute("UPDATE account SET brand_id = ? WHERE id = ?", (number, number))


async def test_a_brand_is_chosen_by_a_few_letters(sit) -> None:
    async with sit() as seat:
        await seat.app.service.store.write(_branded)
        feed(seat, "gb")
        await seat.settle()
        assert [line.split()[0] for line in seat.app.inbox.widgets.strip.texts] == ["▌", "Train+", "Vélo+"]
        assert "42 open" in seat.app.inbox.widgets.strip.texts[2]
        feed(seat, "tr\r")
        await seat.settle()
        assert seat.app.hands.list.filter == Filter(brand="Train+")
        assert seat.lines[0].startswith(" Inbox: Train+")
        feed(seat, ":brand vel\r")
        await seat.settle()
        assert seat.app.hands.list.filter == Filter(brand="Vélo+")
        feed(seat, ":brand nothing\r")
        await seat.settle()
        assert "There is no brand nothing." in seat.text


async def test_a_topic_gets_a_campaign_that_its_pane_and_the_filter_know(sit) -> None:
    async with sit() as seat:
        await seat.press("enter")
        feed(seat, ":campaign printemps 26\r")
        await seat.settle()
        assert "campaign printemps 26" in seat.last_line
        assert "#printemps 26" in seat.text
        (line,) = await topics.topics(seat.app.service.desk, campaign="Printemps 26")
        assert line.topic.is_ours
        await seat.press("u")
        assert "#printemps 26" not in seat.text


async def test_the_list_of_topics_has_open_and_unanswered_and_takes_a_campaign(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "p")
        assert "2 open" in seat.text
        assert "2 unanswered" in seat.text
        feed(seat, ":campaign été\r")
        await seat.settle()
        assert "#été" in seat.text
        feed(seat, ":campaign\r")
        await seat.settle()
        assert "no campaign" in "".join(seat.app.inbox.widgets.strip.texts)
        feed(seat, "zz\r")
        await seat.settle()
        assert "#zz" in seat.text


async def test_p_shows_all_of_a_topic_in_order_of_time(sit) -> None:
    async with sit() as seat:
        await seat.press("P")
        assert seat.app.hands.list.filter.view is View.ANY
        assert seat.app.hands.list.filter.ordering is Order.OLDEST
        rows = seat.app.hands.list.window.rows
        assert len(rows) == 2
        assert [row.at for row in rows] == sorted(row.at for row in rows)


async def fill(seat) -> None:  # type: ignore[no-untyped-def]
    for name, folder, body in (
        ("Where is it", "parcels", "Hello {{ person.first_name or 'there' }}, it leaves today."),
        ("Refund", "money", "Your money is on its way."),
    ):
        written = Written(name=name, folder=folder, variants=(Variant(language="en", body=body),))
        await template_keeping.add(seat.app.service.desk, written)


def editor(tmp_path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:  # type: ignore[no-untyped-def]
    program = tmp_path / "editor"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", str(program))


async def names(seat) -> list[str]:  # type: ignore[no-untyped-def]
    return [row.name for row in await template_keeping.rows(seat.app.service.desk)]


async def test_the_templates_stand_in_folders_with_a_closer_look_below(sit) -> None:
    async with sit() as seat:
        await fill(seat)
        await seat.press("g", "t")
        assert " money" in seat.text
        assert " parcels" in seat.text
        assert "en" in seat.lines[-7]
        assert "Your money is on its way." in "\n".join(seat.lines[-8:])
        await seat.press("j")
        assert "{{ person.first_name or 'there' }}, it leaves today." in "\n".join(seat.lines[-8:])


async def test_a_template_is_found_removed_and_brought_back(sit) -> None:
    async with sit() as seat:
        await fill(seat)
        await seat.press("g", "t")
        feed(seat, "/whre\r")
        await seat.settle()
        assert seat.app.stage.sheet_area
        await seat.press("D")
        assert await names(seat) == ["Refund"]
        assert "Where is it is removed; u brings it back." in seat.last_line
        await seat.press("u")
        await seat.notice_changes()
        assert await names(seat) == ["Refund", "Where is it"]
        assert "Where is it" in seat.text


async def test_a_template_is_changed_in_ones_editor_and_undone(sit, tmp_path, monkeypatch) -> None:
    editor(tmp_path, monkeypatch, "sed -i 's/Your money/The money/' \"$1\"")
    async with sit() as seat:
        await fill(seat)
        await seat.press("g", "t", "e")
        assert "Refund is kept; u takes it back." in seat.last_line
        assert "The money is on its way." in seat.text
        await seat.press("u")
        await seat.notice_changes()
        assert "Your money is on its way." in seat.text


async def test_a_new_template_is_begun_in_the_folder_at_hand(sit, tmp_path, monkeypatch) -> None:
    editor(
        tmp_path,
        monkeypatch,
        """sed -i 's/^name = ""/name = "Thanks"/; s/^body = .*/body = "Thank you!/' "$1"
sed -i 's/^body = "Thank you!/body = \\"\\"\\"Thank you!/' "$1\"""",
    )
    async with sit() as seat:
        await fill(seat)
        await seat.press("g", "t", "n")
        assert await names(seat) == ["Refund", "Thanks", "Where is it"]
        found = [row for row in await template_keeping.rows(seat.app.service.desk) if row.name == "Thanks"]
        assert [row.folder for row in found] == ["money"]


async def test_what_is_wrong_in_a_template_may_be_mended(sit, tmp_path, monkeypatch) -> None:
    editor(
        tmp_path,
        monkeypatch,
        """if grep -q '{{ nothing' "$1"; then sed -i 's/{{ nothing/{{ me.name/' "$1"
else sed -i 's/Your money/{{ nothing }} money/' "$1"; fi""",
    )
    async with sit() as seat:
        await fill(seat)
        await seat.press("g", "t", "e")
        assert "Mend it?" in seat.text
        await seat.press("y")
        assert "Refund is kept" in seat.last_line
        row = next(each for each in await template_keeping.rows(seat.app.service.desk) if each.name == "Refund")
        assert row.variants[0].body == "{{ me.name }} money is on its way."


async def test_nothing_written_makes_no_template(sit, tmp_path, monkeypatch) -> None:
    editor(tmp_path, monkeypatch, "true")
    async with sit() as seat:
        await seat.press("g", "t")
        assert "There is no template yet. n writes one." in seat.text
        await seat.press("n")
        assert "Nothing was changed." in seat.last_line
        assert await names(seat) == []


async def test_the_drafts_say_to_whom_how_old_and_whose_and_one_is_thrown_away(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        feed(seat, "rBonjour Jules\x1b")
        await seat.settle()
        await seat.press("escape")
        await seat.clock.advance(600)
        await seat.press("g", "d")
        line = next(line for line in seat.lines if "Bonjour Jules" in line)
        assert line.split()[:5] == ["▌", "10m", "me", "ma", "@jules.martin"]
        await seat.press("x")
        assert "The draft is thrown away; u brings it back." in seat.last_line
        assert await drafts.load(seat.app.service.desk, one) is None
        await seat.press("u")
        await seat.notice_changes()
        assert any("Bonjour Jules" in line for line in seat.lines)
        await seat.press("g", "g", "enter")
        assert seat.app.hands.writing.letter.buffer.text == "Bonjour Jules"


async def test_a_colleagues_draft_is_shown_and_left_alone(sit) -> None:
    async with sit() as seat:
        from cminbox.inbox.desk import desk_open

        desk = seat.app.service.desk
        omar = await desk_open(desk.store, desk.clock, desk.settings, "omar")
        one = seat.app.hands.list.current.id
        await drafts.save(omar, one, "Je regarde", audience=Audience.PUBLIC)
        await seat.press("g", "d")
        assert "omar" in next(line for line in seat.lines if "Je regarde" in line)
        await seat.press("x")
        assert await drafts.load(omar, one) is not None
        await seat.press("enter")
        assert seat.app.hands.reading.opened == one
        assert not seat.app.stage.composing


async def test_a_tag_has_its_colour_and_its_sign_in_the_row_and_in_the_pane(sit) -> None:
    async with sit() as seat:
        desk, one = seat.app.service.desk, seat.app.hands.list.current.id
        await tags.create(desk, "refund", "teal")
        await tags.tag(desk, [one], ["refund"])
        await seat.notice_changes()
        assert ("tag_teal", "#refund") in seat.app.inbox.widgets.queue._shown[0][1]
        await seat.press("enter")
        assert any(("tag_teal", "#refund") in line for line in seat.app.inbox.widgets.reading.page.lines)
        feed(seat, "lref")
        await seat.settle()
        assert "#refund" in seat.app.inbox.widgets.strip.texts[0]
        assert "teal" in seat.app.inbox.widgets.strip.texts[0]


async def test_star_and_notes_are_marked_in_row_and_pane(sit) -> None:
    async with sit() as seat:
        desk, one = seat.app.service.desk, seat.app.hands.list.current.id
        await triage.star(desk, [one])
        await notes.note(desk, [one], "Voir avec la logistique")
        await seat.notice_changes()
        assert "★ ¶" in seat.queue[0]
        await seat.press("enter")
        assert "★" in seat.text.split("Jules")[-1] or "★" in "".join(seat.app.inbox.widgets.reading.texts)
        assert (await queue.rows(desk, [one]))[0].noted


async def test_many_tags_leave_room_for_the_text(sit) -> None:
    async with sit() as seat:
        desk, one = seat.app.service.desk, seat.app.hands.list.current.id
        await tags.tag(desk, [one], ["refund", "urgent", "logistics", "vip"])
        await seat.notice_changes()
        row = seat.queue[0]
        assert "#logistics +3" in row
        assert "Bonjour" in row
