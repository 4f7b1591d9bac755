"""What an act that happened changes here: the same changes as if a feed had brought them. Pure."""

from __future__ import annotations

from datetime import datetime

from cminbox.model.accounts import Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb, Audience, Direction, Kind, MessageState
from cminbox.model.changes import Batch, Change, Edited, Reacted, Removed, Wrote
from cminbox.model.content import Author

FEED = "outbox"
"""The name of the feed that our own deeds come by; it has no cursor."""

_STATES = {
    ActVerb.DELETE: MessageState.REMOVED,
    ActVerb.HIDE: MessageState.HIDDEN,
    ActVerb.UNHIDE: MessageState.SHOWN,
    ActVerb.SPAM: MessageState.HIDDEN,
    ActVerb.UNSPAM: MessageState.SHOWN,
    ActVerb.RESTORE: MessageState.SHOWN,
}


def batch(act: Act, receipt: Receipt, profile: Profile | None, kind: Kind, now: datetime) -> Batch:
    """The deed as a batch for ingest; empty where nothing is to be seen of it (a block, a report).

    `kind` is that of the message that the act was about, `now` stands in where the network does not say when.
    """
    change = _change(act, receipt, profile, kind, now)
    return Batch(feed=FEED, changes=() if change is None else (change,))


def _change(act: Act, receipt: Receipt, profile: Profile | None, kind: Kind, now: datetime) -> Change | None:
    at, target = receipt.at or now, act.target
    us = Author(remote_id="", is_us=True) if profile is None else profile.author.model_copy(update={"is_us": True})
    if act.verb.is_reply and receipt.remote_id is not None:
        private = act.verb is ActVerb.PRIVATE_REPLY or act.audience is Audience.DIRECT
        # A reply stands where its parent stands; a private one where the network says, else by itself.
        named = receipt.conversation if act.verb is ActVerb.PRIVATE_REPLY else None
        return Wrote(
            remote_id=receipt.remote_id,
            global_id=receipt.global_id,
            at=at,
            kind=Kind.DM if private else kind,
            direction=Direction.OUT,
            author=us,
            text=act.text if receipt.text is None else receipt.text,
            audience=act.audience,
            conversation=named,
            parent=target.remote_id if act.verb is ActVerb.REPLY or named is not None else None,
            answers=tuple(person.remote_id for person in act.people),
            lang=act.lang,
            url=receipt.url,
            act_key=act.key,
        )
    if act.verb is ActVerb.EDIT:
        return Edited(remote_id=target.remote_id, at=at, text=act.text if receipt.text is None else receipt.text)
    if act.verb in _STATES:
        return Removed(remote_id=target.remote_id, at=at, state=receipt.state or _STATES[act.verb])
    if act.verb in (ActVerb.LIKE, ActVerb.UNLIKE) and profile is not None:
        return Reacted(remote_id=target.remote_id, at=at, author=us, undone=act.verb is ActVerb.UNLIKE)
    return None
