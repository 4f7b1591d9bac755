"""Answering with templates: the text that fits, what stops a send, what counts as used, and taking it all back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.inbox.office import Office

from cminbox.clock import to_ms
from cminbox.config.settings import Me
from cminbox.errors import Refused, UsageError
from cminbox.inbox import replies, template_keeping, templates, undo
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import summary
from cminbox.model.accounts import Abilities, Counting, Profile
from cminbox.model.base import ActState, Audience
from cminbox.model.content import Author
from cminbox.model.templates import Template, Variant, Written
from cminbox.store import accounts, journal, outbox
from cminbox.store.database import Tx

ORDER = Variant(
    body='Hi {{ person.first_name or "there" }}, {{ ask("order number") }} is on its way. {{ account.name }}'
)
ANA = Author(remote_id="ana", handle="@ana", name="Ana López", first_name="Ana")


def said(name: str, *variants: Variant | str, **more: str) -> Written:
    bodies = tuple(each if isinstance(each, Variant) else Variant(body=each) for each in variants)
    return Written(name=name, variants=bodies, **more)


async def keep(desk: Desk, name: str, *variants: Variant | str, **more: str) -> Template:
    return await template_keeping.add(desk, said(name, *variants, **more))


async def uses(desk: Desk, template: Template) -> int:
    return (await template_keeping.get(desk, template.id)).uses


async def everything(desk: Desk) -> list[Written]:
    return [each.written for each in await template_keeping.rows(desk)]


async def test_a_preview_is_the_conversations_own(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", author=ANA)
    order = await keep(desk, "Order", ORDER)
    found = await templates.preview(desk, order.id, one, {"order number": "A5"})
    assert found.text == "Hi Ana, A5 is on its way. brand"
    assert (found.missing, found.questions) == ((), ("order number",))


async def test_a_preview_measures_by_network(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, max_length=500, counting=Counting.CHARACTERS)
    profile = Profile(author=Author(remote_id="us2"), abilities=Abilities(max_length=80, counting=Counting.BYTES))
    now_ms = to_ms(office.clock.now())
    await office.store.write(accounts.add, "ours", "bluesky", "", "", {}, profile, now_ms)
    desk = await office.desk()
    one = await office.arrive("one", author=ANA)
    order = await keep(desk, "Order", "Été", Variant(network="bluesky", body="Noël !"))
    found = await templates.preview(desk, order.id, one)
    assert {network: (each.used, each.limit) for network, each in found.lengths.items()} == {
        "mastodon": (3, 500),
        "bluesky": (7, 80),
    }
    assert next(iter(found.lengths)) == "mastodon"
    await office.close()


async def test_an_answer_carries_the_persons_name_and_is_held(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", author=ANA)
    order = await keep(desk, "Order", ORDER)
    outcome = await templates.answer(desk, one, order.id, {"order_number": "A5"})
    act = await office.store.read(outbox.get, outcome.act or 0)
    assert act is not None
    assert (act.text, act.state) == ("Hi Ana, A5 is on its way. brand", ActState.HELD)


async def test_what_is_not_filled_stops_the_send(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    order = await keep(desk, "Order", "{{ person.first_name }}, {{ ask('order number') }} {{ me.signature }}")
    with pytest.raises(UsageError, match=r"Order needs values for person\.first_name, order number, me\.signature"):
        await templates.answer(desk, one, order.id)
    assert await office.store.read(outbox.of_conversation, one) == []
    found = await templates.preview(desk, order.id, one, {"person.first_name": "Ana"})
    assert found.text == "Ana, ‹order number› ‹me.signature›"


async def test_my_signature_comes_from_the_settings(office: Office) -> None:
    desk = await office.desk()
    desk = replace(desk, settings=desk.settings.model_copy(update={"me": Me(name="Léa M.", signature="LM")}))
    one = await office.arrive("one")
    order = await keep(desk, "Order", "{{ me.name }} ({{ me.signature }})")
    assert (await templates.preview(desk, order.id, one)).text == "Léa M. (LM)"


async def test_an_answer_to_nothing_is_refused(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    order = await keep(desk, "Order", ORDER)
    with pytest.raises(UsageError, match="does not ask for oder"):
        await templates.preview(desk, order.id, one, {"oder": "A5"})


@pytest.mark.parametrize(
    ("lang", "text", "wanted"),
    [
        ("fr", "Hello, where is my parcel please?", "fr mastodon"),
        (None, "Bonjour, où est mon colis ?", "fr mastodon"),
        (None, "Hello, where is my parcel please?", "en"),
        ("es", "¿Dónde está mi pedido?", "any"),
        (None, "ok", "any"),
    ],
)
async def test_the_variant_follows_the_language_of_the_message(
    office: Office, lang: str | None, text: str, wanted: str
) -> None:
    desk = await office.desk()
    one = await office.arrive("one", text=text, lang=lang)
    order = await keep(
        desk,
        "Order",
        Variant(language="en", network="matrix", body="en matrix"),
        Variant(language="fr", body="fr"),
        Variant(language="fr", network="mastodon", body="fr mastodon"),
        Variant(language="en", body="en"),
        Variant(body="any"),
    )
    # "ok" tells nothing: the settings' language is the guess, and none is set but the screen's (English).
    expected = "en" if text == "ok" else wanted
    assert (await templates.preview(desk, order.id, one)).text == expected


async def test_the_language_of_the_account_is_the_guess_where_the_message_does_not_tell(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", text="ok")
    order = await keep(desk, "Order", Variant(language="en", body="en"), Variant(language="fr", body="fr"))
    assert (await templates.preview(desk, order.id, one)).text == "en"

    def speak_french(tx: Tx) -> None:
        tx.db.execute("UPDATE account SET settings = ?", ('{"language": "fr"}',))

    await office.store.write(speak_french)
    found = await templates.preview(desk, order.id, one)
    assert (found.text, found.language, found.wanted) == ("fr", "fr", "")


async def test_the_accounts_language_goes_before_the_settings_where_nothing_tells(office: Office) -> None:
    order = Template(
        id=1, version=1, name="x", variants=(Variant(language="en", body="en"), Variant(language="fr", body="fr"))
    )
    assert templates.chosen(order, "mastodon", "", ("fr", "en")).body == "fr"
    assert templates.chosen(order, "mastodon", "de", ("en", "fr")).body == "en"
    assert templates.chosen(order, "mastodon", "de", ()).body == "en"


async def test_many_are_answered_each_by_name_in_one_step_and_variants_take_turns(office: Office) -> None:
    desk = await office.desk()
    names = ("Ana", "Bo", "", "Cy")
    ids = [
        await office.arrive(f"c{at}", author=Author(remote_id=f"p{at}", handle=f"@p{at}", first_name=name))
        for at, name in enumerate(names)
    ]
    thanks = await keep(desk, "Thanks", "Thanks {{ person.first_name }}", "Merci {{ person.first_name }}")
    outcome = await templates.answer(desk, ids, thanks.id)
    texts = [(await office.store.read(outbox.of_conversation, each)) for each in ids]
    assert [acts[0].text if acts else None for acts in texts] == ["Thanks Ana", "Merci Bo", None, "Thanks Cy"]
    assert [line.conversation for line in outcome.skipped] == [ids[2]]
    assert "person.first_name" in outcome.skipped[0].error
    assert summary(await undo.undo(desk)) == "3 undone"


async def test_a_template_of_another_brand_is_refused(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    order = await keep(desk, "Order", "Hi", brand="Acme")
    with pytest.raises(UsageError, match="is for Acme"):
        await templates.answer(desk, one, order.id)


async def test_a_use_counts_when_it_is_sent_and_not_before(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", author=ANA)
    order = await keep(desk, "Order", "Hi")
    outcome = await templates.answer(desk, one, order.id)
    for state in (ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN):
        await office.move(outcome.act or 0, state)
        assert await uses(desk, order) == 0
    await office.move(outcome.act or 0, ActState.SENT)
    now = await template_keeping.get(desk, order.id)
    assert now.uses == 1
    assert now.last_used_at is not None


async def test_undo_of_what_was_sent_takes_the_use_back_and_redo_counts_it_again(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", author=ANA)
    order = await keep(desk, "Order", "Hi")
    outcome = await templates.answer(desk, one, order.id)
    await office.sent(outcome.act or 0, "r1")
    await undo.undo(desk)
    now = await template_keeping.get(desk, order.id)
    assert (now.uses, now.last_used_at) == (0, None)
    await undo.redo(desk)
    assert await uses(desk, order) == 1


async def test_what_was_taken_back_before_it_left_never_counts_and_redo_keeps_the_template(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", author=ANA)
    order = await keep(desk, "Order", "Hi")
    await templates.answer(desk, one, order.id)
    await undo.undo(desk)
    assert await uses(desk, order) == 0
    again = (await undo.redo(desk)).act or 0
    await office.sent(again, "r1")
    assert await uses(desk, order) == 1


async def test_a_reply_as_the_person_changed_it_counts_too(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", author=ANA)
    order = await keep(desk, "Order", "Hi")
    outcome = await replies.reply(desk, one, "Hi, and more.", template=order.id)
    await office.sent(outcome.act or 0, "r1")
    assert await uses(desk, order) == 1


async def test_private_answers_go_to_the_person(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", author=ANA)
    order = await keep(desk, "Order", "Hi {{ person.first_name }}")
    outcome = await templates.answer(desk, one, order.id, private=True)
    act = await office.store.read(outbox.get, outcome.act or 0)
    assert act is not None
    assert act.audience is Audience.DIRECT


async def test_every_change_is_undone_and_redone(office: Office) -> None:
    desk = await office.desk()
    states = [await everything(desk)]
    order = await keep(desk, "Order", "One", shortcut="o")
    states.append(await everything(desk))
    await template_keeping.edit(desk, order.id, said("Order", "Two", "Three", folder="shop"))
    states.append(await everything(desk))
    await template_keeping.remove(desk, [order.id])
    states.append(await everything(desk))
    for before in reversed(states[:-1]):
        await undo.undo(desk)
        assert await everything(desk) == before
    with pytest.raises(Refused):
        await undo.undo(desk)
    for after in states[1:]:
        await undo.redo(desk)
        assert await everything(desk) == after


async def test_many_brought_in_are_one_step(office: Office) -> None:
    desk = await office.desk()
    await keep(desk, "A", "old")
    before = await everything(desk)
    done = await template_keeping.bring_in(desk, [said("A", "new"), said("B", "b"), said("C", "c")])
    assert (done.added, done.edited, done.same) == (2, 1, 0)
    again = await template_keeping.bring_in(desk, [said("A", "new"), said("B", "b")])
    assert (again.added, again.edited, again.same) == (0, 0, 2)
    assert summary(await undo.undo(desk)) == "3 undone"
    assert await everything(desk) == before


async def test_one_bad_template_brings_in_none(office: Office) -> None:
    desk = await office.desk()
    with pytest.raises(UsageError):
        await template_keeping.bring_in(desk, [said("A", "a"), said("B", "{{ x }}")])
    with pytest.raises(UsageError, match="already"):
        await template_keeping.bring_in(desk, [said("A", "a", shortcut="s"), said("B", "b", shortcut="s")])
    assert await everything(desk) == []


async def test_what_a_colleague_changed_since_stands(office: Office) -> None:
    desk, max_ = await office.desk("léa"), await office.desk("max")
    order = await keep(desk, "Order", "One")
    await template_keeping.edit(desk, order.id, said("Order", "Two"))
    await template_keeping.edit(max_, order.id, said("Order", "Three"))
    outcome = await undo.undo(desk)
    assert summary(outcome) == "0 undone, 1 changed by max"
    assert await everything(desk) == [said("Order", "Three")]
    await undo.undo(max_)
    assert await everything(desk) == [said("Order", "One")], "as if neither had changed it"


async def test_a_name_that_was_taken_meanwhile_is_not_given_twice(office: Office) -> None:
    desk, max_ = await office.desk("léa"), await office.desk("max")
    order = await keep(desk, "Order", "One")
    await template_keeping.remove(desk, [order.id])
    await keep(max_, "ordér", "Other")
    outcome = await undo.undo(desk)
    assert "already" in outcome.skipped[0].error
    assert await everything(desk) == [said("ordér", "Other")]


async def test_names_are_unique_within_a_brand(office: Office) -> None:
    desk = await office.desk()
    await keep(desk, "Été", "Hi", shortcut="ete")
    await keep(desk, "Été", "Hi", shortcut="ete", brand="Acme")
    for taken in (said("ete", "Hi"), said("Other", "Hi", shortcut="ÉTÉ")):
        with pytest.raises(UsageError, match="already"):
            await template_keeping.add(desk, taken)


async def test_a_template_is_found_by_name_shortcut_or_number(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    order = await keep(desk, "Où en est la commande", "Hi", shortcut="cmd")
    acme = await keep(desk, "Où en est la commande", "Hi", brand="Acme")
    assert (await template_keeping.find(desk, "ou en est la COMMANDE", conversation=one)).id == order.id
    assert (await template_keeping.find(desk, "CMD")).id == order.id
    assert (await template_keeping.find(desk, str(acme.id))).id == acme.id
    assert (await template_keeping.find(desk, "Où en est la commande", brand="Acme")).id == acme.id
    with pytest.raises(UsageError, match="Several brands"):
        await template_keeping.find(desk, "Où en est la commande")
    for missing in ("nothing", "", "999", "9" * 40):
        with pytest.raises(UsageError, match="There is no template"):
            await template_keeping.find(desk, missing)


@pytest.mark.parametrize(
    "wrong",
    [
        said("", "Hi"),
        said("A", ""),
        said("A", "Hi", shortcut="two words"),
        said("A" * 101, "Hi"),
        said("A", Variant(network="no network!", body="Hi")),
        said("A", Variant(language="français", body="Hi")),
    ],
)
async def test_what_is_no_template_is_refused(office: Office, wrong: Written) -> None:
    with pytest.raises(UsageError):
        await template_keeping.add(await office.desk(), wrong)


async def test_the_journal_holds_no_text(office: Office) -> None:
    desk = await office.desk()
    await keep(desk, "Secret name", "Secret text", shortcut="secret")
    entry = (await office.store.read(journal.latest, 1))[0]
    assert entry.verb == "template_add"
    assert [(name.rstrip("0123456789"), type(value)) for name, value in entry.after.items()] == [("template:", int)]
