"""Acts at a forum, and finding out whether they happened.

Users have no idempotency key. For an administrator's key Discourse answers the same request within two minutes with the
first one's post; a new private message may carry an external id, which is unique. Everything else is read back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from cminbox.clock import Clock
from cminbox.errors import Forbidden, Gone, Rejected
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb, Audience, MessageState
from cminbox.networks.discourse_forum import Forum
from cminbox.networks.discourse_messages import Reader, state_of
from cminbox.networks.discourse_people import People
from cminbox.networks.discourse_review import PREFIX, Review
from cminbox.networks.discourse_wire import POST, WirePost
from cminbox.networks.discourse_written import SKEW, Written, bare
from cminbox.networks.http_url import segment

LIKE, OFF_TOPIC, INAPPROPRIATE, SPAM = 2, 3, 4, 8
"""Kinds of post action (PostActionType.types)."""

_FLAGS = {"spam": SPAM, "off_topic": OFF_TOPIC}
_LONGEST_TITLE = 200


class Acts:
    """Does acts, one at a time."""

    def __init__(self, forum: Forum, reader: Reader, review: Review, clock: Clock) -> None:
        self._forum = forum
        self._reader = reader
        self._review = review
        self._people = People(forum)
        self._written = Written(forum, reader)
        self._clock = clock
        self._do: dict[ActVerb, Callable[[Act], Awaitable[Receipt]]] = {
            ActVerb.REPLY: self._reply,
            ActVerb.PRIVATE_REPLY: self._private_reply,
            ActVerb.EDIT: self._edit,
            ActVerb.DELETE: self._delete,
            ActVerb.RESTORE: self._restore,
            ActVerb.LIKE: self._like,
            ActVerb.UNLIKE: self._unlike,
            ActVerb.HIDE: self._hide,
            ActVerb.UNHIDE: self._unhide,
            ActVerb.REPORT: self._report,
        }

    async def perform(self, act: Act) -> Receipt:
        """Do an act. Raises `Rejected` (nothing sent) for what Discourse does not have."""
        if act.verb.is_reply:
            if act.audience is Audience.NOTE:
                raise Rejected(_("An internal note is not sent."), act.audience.value)
            if not act.text.strip():
                raise Rejected(_("There is nothing to send."), "empty")
        if act.target.remote_id.startswith(PREFIX):
            return await self._decide(act)
        if act.verb in self._people.verbs:
            return await self._people.perform(act)
        do = self._do.get(act.verb)
        if do is None:
            raise Rejected(_("Discourse cannot do this."), act.verb.value)
        return await do(act)

    async def find(self, act: Act) -> Receipt | None:
        """The receipt of an act that happened, None for one that did not."""
        if act.target.remote_id.startswith(PREFIX):
            approve = _DECISIONS.get(act.verb)
            done = approve is not None and await self._review.decided(act.target.remote_id, approve=approve)
            return Receipt(remote_id=act.target.remote_id) if done else None
        if act.verb in self._people.verbs:
            return await self._people.find(act)
        if act.verb is ActVerb.REPLY or (act.verb is ActVerb.PRIVATE_REPLY and _is_private(act)):
            found = await self._written.reply(act, SKEW)
            if found is None:
                waits = await self._written.waits(act, SKEW)
                return Receipt(text=act.text, state=MessageState.PENDING) if waits else None
            return self._written.receipt(found, private=_ends_private(act))
        if act.verb is ActVerb.PRIVATE_REPLY:
            return await self._own_message(act)
        return await self._find_done(act)

    async def _find_done(self, act: Act) -> Receipt | None:
        if act.verb not in self._do:
            return None
        try:
            now = await self._forum.post(act.target.remote_id)
        except Gone:
            gone = Receipt(remote_id=act.target.remote_id, state=MessageState.REMOVED)
            return gone if act.verb is ActVerb.DELETE else None
        state = state_of(now)
        done = {
            ActVerb.EDIT: bare(now.raw or "") == bare(act.text),
            ActVerb.DELETE: state is MessageState.REMOVED,
            ActVerb.RESTORE: state is not MessageState.REMOVED,
            ActVerb.LIKE: now.acted(LIKE),
            ActVerb.UNLIKE: not now.acted(LIKE),
            ActVerb.HIDE: now.hidden,
            ActVerb.UNHIDE: not now.hidden,
            ActVerb.REPORT: now.acted(_flag(act)),
        }[act.verb]
        return Receipt(remote_id=str(now.id), state=state) if done else None

    async def _reply(self, act: Act) -> Receipt:
        topic, number = await self._written.place(act)
        return await self._write(
            act,
            {"topic_id": topic, "raw": act.text, "reply_to_post_number": number},
            lambda: self._written.reply(act, _NOW),
        )

    async def _private_reply(self, act: Act) -> Receipt:
        if _is_private(act):
            return await self._reply(act)
        person = act.people[0] if act.people else act.target.author
        if person is None or not person.handle:
            raise Rejected(_("Nobody knows whom to write to."), "author")
        body = {
            "title": await self._title(act),
            "raw": act.text,
            "target_recipients": person.handle,
            "archetype": "private_message",
            # Kept where the key is an administrator's; others' are not asked.
            "external_id": act.key,
        }
        return await self._write(act, body, lambda: self._written.message(act, _NOW))

    async def _write(self, act: Act, body: dict[str, Any], look: Callable[[], Awaitable[WirePost | None]]) -> Receipt:
        try:
            answer = await self._forum.request("POST", "/posts.json", json=body)
        except Rejected:
            # "Too similar to what you recently posted" comes in any language and with no code: look what stands there.
            found = await look()
            if found is None:
                raise
            return self._written.receipt(found, private=_ends_private(act))
        told = answer.json()
        if isinstance(told, dict) and told.get("action") == "enqueued":
            # A moderator has to let it through first; it has no number before.
            return Receipt(at=self._clock.now(), text=act.text, state=MessageState.PENDING)
        post = answer.decode(POST)
        if str(post.id) in act.spoken_for:
            raise Rejected(
                _("{host} has these very words from us already, below the same post.").format(host=self._forum.host),
                "double",
                _("Change a word, or wait two minutes."),
            )
        return self._written.receipt(post, private=_ends_private(act))

    async def _edit(self, act: Act) -> Receipt:
        now = await self._forum.post(act.target.remote_id)
        if not self._reader.is_us(now.username):
            raise Rejected(_("Only our own messages can be changed."), "author")
        answer = await self._forum.request("PUT", f"/posts/{now.id}.json", json={"post": {"raw": act.text}})
        told = answer.json()
        raw = told["post"].get("raw") if isinstance(told, dict) and isinstance(told.get("post"), dict) else None
        return Receipt(remote_id=str(now.id), at=self._clock.now(), text=raw if isinstance(raw, str) else act.text)

    async def _delete(self, act: Act) -> Receipt:
        try:
            await self._forum.request("DELETE", f"/posts/{segment(act.target.remote_id)}.json")
        except (Gone, Forbidden):
            # Gone already: by somebody who was faster, or by an earlier attempt of ours.
            if await self.find(act) is None:
                raise
        return self._done(act, MessageState.REMOVED)

    async def _restore(self, act: Act) -> Receipt:
        await self._forum.request("PUT", f"/posts/{segment(act.target.remote_id)}/recover.json")
        return self._done(act, MessageState.SHOWN)

    async def _like(self, act: Act) -> Receipt:
        return await self._post_action(act, {"post_action_type_id": LIKE}, None)

    async def _unlike(self, act: Act) -> Receipt:
        try:
            await self._forum.request(
                "DELETE",
                f"/post_actions/{segment(act.target.remote_id)}.json",
                params={"post_action_type_id": LIKE},
            )
        except Gone:
            # No like of ours is there: what we want.
            await self._forum.post(act.target.remote_id)
        return self._done(act, None)

    async def _hide(self, act: Act) -> Receipt:
        flag = {"post_action_type_id": INAPPROPRIATE, "take_action": True}
        return await self._post_action(act, flag, MessageState.HIDDEN)

    async def _unhide(self, act: Act) -> Receipt:
        await self._forum.request("PUT", f"/posts/{segment(act.target.remote_id)}/unhide.json")
        return self._done(act, MessageState.SHOWN)

    async def _report(self, act: Act) -> Receipt:
        return await self._post_action(act, {"post_action_type_id": _flag(act)}, None)

    async def _post_action(self, act: Act, what: dict[str, Any], state: MessageState | None) -> Receipt:
        try:
            await self._forum.request("POST", "/post_actions.json", json={"id": _number(act), **what})
        except (Forbidden, Rejected):
            # Discourse refuses what was done already.
            if await self.find(act) is None:
                raise
        return self._done(act, state)

    async def _decide(self, act: Act) -> Receipt:
        approve = _DECISIONS.get(act.verb)
        if approve is None:
            raise Rejected(_("What waits in the review queue can be approved or refused first."), act.verb.value)
        state = await self._review.decide(act.target.remote_id, approve=approve)
        return self._done(act, state)

    def _done(self, act: Act, state: MessageState | None) -> Receipt:
        return Receipt(remote_id=act.target.remote_id, at=self._clock.now(), state=state)

    async def _title(self, act: Act) -> str:
        topic, _number = await self._written.place(act)
        title = (await self._forum.topic(topic))[0].title
        return f"Re: {title}"[:_LONGEST_TITLE]

    async def _own_message(self, act: Act) -> Receipt | None:
        found = await self._written.message(act, SKEW)
        return None if found is None else self._written.receipt(found, private=_ends_private(act))


_NOW = timedelta(seconds=5)
"""For a refusal that came just now: only what an attempt of this very act wrote."""

_DECISIONS = {ActVerb.UNHIDE: True, ActVerb.RESTORE: True, ActVerb.HIDE: False, ActVerb.DELETE: False}


def _is_private(act: Act) -> bool:
    return act.target.audience is Audience.DIRECT


def _ends_private(act: Act) -> bool:
    return _is_private(act) or act.verb is ActVerb.PRIVATE_REPLY


def _number(act: Act) -> int:
    return int(act.target.remote_id) if act.target.remote_id.isdecimal() else 0


def _flag(act: Act) -> int:
    return _FLAGS.get(act.reason or "", INAPPROPRIATE)
