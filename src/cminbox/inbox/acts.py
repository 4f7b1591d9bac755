"""What the verbs that write acts have in common: the hold, the draft that is used up or given back."""

from __future__ import annotations

from cminbox.config.settings import Settings
from cminbox.model.base import ActVerb, Audience
from cminbox.store import drafts, standing
from cminbox.store.database import Tx
from cminbox.store.standing import Standing

_BETWEEN = "\n\n"


def send_at_ms(now_ms: int, settings: Settings, sends: int) -> int:
    """When the hold of `sends` acts that are written together ends."""
    sending = settings.sending
    hold_s = sending.bulk_hold_s if sends > sending.bulk_from else sending.hold_s
    return now_ms + int(hold_s * 1000)


def composer_audience(verb: ActVerb, audience: Audience) -> Audience:
    """The audience that the draft of a reply is kept under: the composer's public or direct."""
    private = verb is ActVerb.PRIVATE_REPLY or audience.is_private
    return Audience.DIRECT if private else Audience.PUBLIC


def use_up_draft(tx: Tx, conversation_id: int, audience: Audience, by: int, text: str) -> None:
    """The text was sent: take it out of the draft. What the draft says besides stays."""
    draft = drafts.load(tx.db, conversation_id, audience, by)
    if draft is None:
        return
    if draft.text.strip() == text.strip():
        drafts.drop(tx, conversation_id, audience, by)
    elif draft.text.startswith(text + _BETWEEN):
        rest = draft.text.removeprefix(text + _BETWEEN)
        drafts.save(tx, conversation_id, audience, by, rest, draft.seen_message_id)


def give_back_draft(tx: Tx, conversation_id: int, audience: Audience, by: int, text: str, seen: int | None) -> None:
    """A text that was not sent after all is a draft again, above what was begun since."""
    draft = drafts.load(tx.db, conversation_id, audience, by)
    if draft is not None and draft.text.strip() and draft.text.strip() != text.strip():
        text, seen = text + _BETWEEN + draft.text, draft.seen_message_id
    drafts.save(tx, conversation_id, audience, by, text, seen)


def after_answer(tx: Tx, now: Standing, settings: Settings) -> dict[str, object]:
    """What an answer changes: read by its writer, and the next state unless somebody else in it still waits.

    `now` is how the conversation stood before the act was written.
    """
    fields: dict[str, object] = {"unread": 0}
    still = standing.of(tx.db, now.id)
    if still is None or still.waits_ms is None:
        state = settings.after_reply.private if now.is_private else settings.after_reply.public
        fields |= {"state": state, "snooze_until_ms": None}
    return fields
