"""What `person` prints: cards, lists and histories, for people and for scripts."""

from __future__ import annotations

from typing import Any

from cminbox.cli.printing import hint, say, table
from cminbox.cli.running import zone_of
from cminbox.clock import iso
from cminbox.i18n import _, ngettext
from cminbox.inbox.erasing import Erased
from cminbox.model.people import HistoryRow, PersonCard, PersonLine
from cminbox.model.rows import PersonRow
from cminbox.service import Service
from cminbox.text import label, safe
from cminbox.ui import times, words
from cminbox.ui.person_words import counted, stand


def print_card(service: Service, card: PersonCard) -> None:
    """What is known of somebody, for a person to read."""
    now, zone = service.clock.now(), zone_of(service)
    for each in (card.person, *card.linked):
        say(f"{each.id}  {words.network_title(each.network)}  {label(each.label)}  {safe(each.name)}".rstrip())
    if card.erased:
        say(_("Erased."))
        return
    given = _(" (given here)") if card.first_name_given else ""
    if card.first_name:
        say(_("first name: {name}").format(name=safe(card.first_name)) + given)
    if card.language:
        say(_("language: {name}").format(name=safe(card.language)))
    last = times.when(card.last_seen_at, now, zone) if card.last_seen_at else "-"
    say(
        _("first seen {first}, last {last}").format(first=times.when(card.first_seen_at, now, zone), last=last)
        + " · "
        + counted(card)
    )
    if card.conversations:
        say(stand(card))
    if card.tags:
        say("  ".join(f"#{safe(tag.name)} {tag.n}" for tag in card.tags))
    for note in card.notes:
        when = times.when(note.at, now, zone)
        say(_("note {n}, {name} {when}: {text}").format(n=note.id, name=safe(note.by), when=when, text=safe(note.text)))


def print_history(service: Service, rows: tuple[HistoryRow, ...]) -> None:
    """Conversations of somebody as a table."""
    now, zone = service.clock.now(), zone_of(service)
    table(
        (
            (
                str(each.row.id),
                times.when(each.at, now, zone),
                words.network_code(each.row.network),
                _(words.STATES[each.row.state]),
                each.text or ("" if each.row.text else "-"),
            )
            for each in rows
        ),
        ("id", _("when"), "", _("state"), _("what they said last")),
    )


def print_erased(done: Erased) -> None:
    """What was erased, and what is left to do."""
    numbers = ", ".join(map(str, done.people))
    say(_("Erased: {ids}.").format(ids=numbers))
    said = ngettext("{n} message", "{n} messages", done.messages).format(n=done.messages)
    say(_("{messages} of theirs, {n} of ours about them").format(messages=said, n=done.ours))
    if done.cancelled:
        say(ngettext("{n} act cancelled", "{n} acts cancelled", done.cancelled).format(n=done.cancelled))
    if done.open:
        ids = " ".join(map(str, done.open))
        hint(_("Nobody can answer these any more: cminbox do done {ids}").format(ids=ids))


def erased_json(done: Erased) -> dict[str, Any]:
    """The same for a script."""
    return {
        "people": list(done.people),
        "messages": done.messages,
        "ours": done.ours,
        "cancelled": done.cancelled,
        "open": list(done.open),
        "scoured": done.scoured,
    }


def _row_json(row: PersonRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "network": row.network,
        "remote_id": row.remote_id,
        "handle": row.handle,
        "name": row.name,
        "url": row.url,
        "bot": row.is_bot,
        "us": row.is_us,
    }


def line_json(line: PersonLine) -> dict[str, Any]:
    """A person in a list, for a script."""
    return _row_json(line.person) | {
        "first_name": line.person.first_name,
        "handles": line.handles,
        "first_seen_at": iso(line.first_seen_at),
    }


def card_json(card: PersonCard) -> dict[str, Any]:
    """What is known of somebody, for a script."""
    return _row_json(card.person) | {
        "linked": [_row_json(each) for each in card.linked],
        "first_name": card.first_name,
        "first_name_given": card.first_name_given,
        "language": card.language,
        "first_seen_at": iso(card.first_seen_at),
        "last_seen_at": iso(card.last_seen_at),
        "received": card.received,
        "answered": card.answered,
        "conversations": card.conversations,
        "exact": card.exact,
        "tags": [{"name": tag.name, "n": tag.n} for tag in card.tags],
        "notes": [
            {"id": each.id, "person": each.person, "by": each.by, "text": each.text, "at": iso(each.at)}
            for each in card.notes
        ],
        "erased": card.erased,
    }


def history_json(each: HistoryRow) -> dict[str, Any]:
    """A conversation of somebody, for a script."""
    return {
        "conversation": each.row.id,
        "person": each.person,
        "network": each.row.network,
        "account": each.row.account,
        "kind": each.row.kind.value,
        "state": each.row.state.value,
        "text": each.text,
        "at": iso(each.at),
    }
