"""Rows as programs get them: what `--json` prints and what hooks are told. Keys are only ever added."""

from __future__ import annotations

from typing import Any

from cminbox.clock import iso
from cminbox.model.accounts import Account
from cminbox.model.rows import ActRow, ConversationView, MessageRow, QueueRow


def row(given: QueueRow) -> dict[str, Any]:
    """A conversation as `list` tells it."""
    return {
        "id": given.id,
        "network": given.network,
        "account": given.account,
        "brand": given.brand,
        "kind": given.kind.value,
        "state": given.state.value,
        "person": given.person or "?",
        "text": given.text,
        "at": iso(given.at),
        "unanswered": given.unanswered,
        "tags": list(given.tags),
        "assignee": given.assignee,
        "star": given.star,
        "cluster": given.cluster,
        "topic": given.topic or None,
        "unread": given.unread,
        "snippet": given.snippet.told or None if given.snippet is not None else None,
        "waits_since": iso(given.waits_since),
        "replying": list(given.replying),
        "act": given.act.value if given.act else None,
    }


def view(given: ConversationView) -> dict[str, Any]:
    """A conversation as `show` tells it. `above` holds what stands over it in its thread."""
    return {
        **row(given.row),
        "messages": [message(each) for each in given.messages],
        "acts": [act(each) for each in given.acts],
        "above": [message(each) for each in given.above],
        "earlier": given.earlier,
        "linked": given.linked,
    }


def message(given: MessageRow) -> dict[str, Any]:
    """One message of `show`."""
    return {
        "id": given.id,
        "remote_id": given.remote_id,
        "direction": given.direction.value,
        "kind": given.kind.value,
        "audience": given.audience.value,
        "author": given.author or "?",
        "by": given.by,
        "text": given.text,
        "media": [media.model_dump(mode="json") for media in given.media],
        "created_at": iso(given.created_at),
        "state": given.state.value,
        "length": given.length,
        "url": given.url,
    }


def act(given: ActRow) -> dict[str, Any]:
    """One act of `show`."""
    return {
        "id": given.id,
        "verb": given.verb.value,
        "state": given.state.value,
        "by": given.by,
        "remote_id": given.remote_id,
        "error": given.error or None,
        "reason": given.reason,
        "text": given.text,
        "audience": given.audience.value,
        "send_at": iso(given.send_at),
    }


def account(given: Account) -> dict[str, Any]:
    """One of our accounts."""
    return {
        "name": given.name,
        "network": given.network,
        "brand": given.brand or None,
        "state": given.state.value,
        "because": given.paused_because or None,
    }
