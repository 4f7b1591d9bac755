"""Events of the stream `user` (https://docs.joinmastodon.org/methods/streaming/)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import TypeAdapter

from cminbox.model.changes import Batch, Change, Removed, SetAside
from cminbox.networks.http import ServerEvent, decode_each, read_json
from cminbox.networks.http_answer import RAW_KEPT
from cminbox.networks.mastodon_feeds import Known
from cminbox.networks.mastodon_messages import Reader
from cminbox.networks.mastodon_wire import CONVERSATION, NOTIFICATION, STATUS, WireStatus

W = TypeVar("W")


def read_event(event: ServerEvent, reader: Reader, known: Known) -> Batch | None:
    """What an event means; None for what is not for us.

    The stream carries the whole home timeline: only what concerns us is passed on, and of deletions and edits only
    those of statuses that were read while this connector runs (the polls notice the others).
    """
    if event.event == "delete":
        status_id = event.data.strip().strip('"')
        if status_id not in known:
            return None
        return Batch(feed="mentions", changes=(Removed(remote_id=status_id, at=None),))
    if event.event == "notification":
        return _decoded("mentions", event, NOTIFICATION, lambda entry: _told(entry.type, entry.status, reader, known))
    if event.event == "conversation":
        return _decoded("direct", event, CONVERSATION, lambda entry: _told("direct", entry.last_status, reader, known))
    if event.event == "update":
        return _decoded("own", event, STATUS, lambda status: _own(status, reader, known))
    if event.event == "status.update":
        return _decoded("mentions", event, STATUS, lambda status: _edited(status, reader, known))
    return None


def _told(kind: str, status: WireStatus | None, reader: Reader, known: Known) -> tuple[Change, ...]:
    if status is None or kind not in ("mention", "quote", "direct"):
        return ()
    known.add(status.id)
    return reader.read(status, addressed=None if kind == "direct" else True)


def _own(status: WireStatus, reader: Reader, known: Known) -> tuple[Change, ...]:
    if not reader.is_ours(status) or status.reblog is not None:
        return ()
    known.add(status.id)
    return reader.read(status)


def _edited(status: WireStatus, reader: Reader, known: Known) -> tuple[Change, ...]:
    if status.id not in known and not reader.concerns_us(status):
        return ()
    known.add(status.id)
    return reader.read(status)


def _decoded(
    feed: str, event: ServerEvent, adapter: TypeAdapter[W], read: Callable[[W], tuple[Change, ...]]
) -> Batch | None:
    try:
        raw: Any = read_json(event.data)
    except (ValueError, RecursionError) as error:
        aside = SetAside(reason=type(error).__name__, raw=event.data[:RAW_KEPT])
        return Batch(feed=feed, set_aside=(aside,))
    good, bad = decode_each([raw], adapter)
    changes = read(good[0]) if good else ()
    return Batch(feed=feed, changes=changes, set_aside=tuple(bad)) if changes or bad else None
