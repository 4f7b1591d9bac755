"""Acts at a forum, and finding out whether they happened.

Users have no idempotency key. For an administrator's key Discourse answers the same request within two minutes with the
first one's post; a new private message may carry an external id, which is unique. Everything else is read back.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
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
from cminbox.networks.discourse_text import words
from cminbox.networks.discourse_wire import POST, TOPIC, WirePost
from cminbox.networks.http_url import segment

SKEW = timedelta(minutes=5)
"""How far a forum's clock may be from ours when we look for what we sent."""

LIKE, OFF_TOPIC, INAPPROPRIATE, SPAM = 2, 3, 4, 8
"""Kinds of post action (PostActionType.types)."""

_FLAGS = {"spam": SPAM, "off_topic": OFF_TOPIC}
_INVISIBLE = str.maketrans("", "", "\u200b\u200c\ufeff\u180e\u2060")
_REPLIES = 20
_MOST_PAGES = 25
_LONGEST_TITLE = 200


class Acts:
    """Does acts, one at a time."""

    def __init__(self, forum: Forum, reader: Reader, review: Review, clock: Clock) -> None:
        self._forum = forum
        self._reader = reader
        self._review = review
        self._people = People(forum)
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
            found = await self._own_reply(act, SKEW)
            return None if found is None else await self._receipt(found)
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
            ActVerb.EDIT: _bare(now.raw or "") == _bare(act.text),
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
        topic, number = await self._place(act)
        return await self._write(
            act,
            {"topic_id": topic, "raw": act.text, "reply_to_post_number": number},
            lambda: self._own_reply(act, _NOW),
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
        return await self._write(act, body, lambda: self._first_of_own(act, _NOW))

    async def _write(self, act: Act, body: dict[str, Any], look: Callable[[], Awaitable[WirePost | None]]) -> Receipt:
        try:
            answer = await self._forum.request("POST", "/posts.json", json=body)
        except Rejected:
            # "Too similar to what you recently posted" comes in any language and with no code: look what stands there.
            found = await look()
            if found is None:
                raise
            return await self._receipt(found)
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
        return await self._receipt(post)

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

    async def _place(self, act: Act) -> tuple[int, int]:
        topic, number = act.target.extra.get("topic", ""), act.target.extra.get("number", "")
        if topic.isdecimal() and number.isdecimal():
            return int(topic), int(number)
        post = await self._forum.post(act.target.remote_id)
        return post.topic_id, post.post_number

    async def _title(self, act: Act) -> str:
        topic, _number = await self._place(act)
        title = (await self._forum.topic(topic))[0].title
        return f"Re: {title}"[:_LONGEST_TITLE]

    async def _own_reply(self, act: Act, skew: timedelta) -> WirePost | None:
        """Our reply to the target with these words since the first attempt, oldest first."""
        since = (act.first_tried_at or act.created_at) - skew
        _topic, number = await self._place(act)
        after = 1
        for _page in range(_MOST_PAGES):
            params = {"after": after} if after > 1 else None
            answer = await self._forum.request(
                "GET", f"/posts/{segment(act.target.remote_id)}/replies.json", params=params
            )
            posts, _bad, raw = answer.decode_list(POST)
            for post in posts:
                if post.reply_to_post_number == number and self._may_be(act, post, since):
                    # The list has no Markdown.
                    whole = await self._forum.post(str(post.id))
                    if _bare(whole.raw if whole.raw is not None else words(whole)) == _bare(act.text):
                        return whole
            if len(raw) < _REPLIES or not posts:
                return None
            after = max(post.post_number for post in posts)
        return None

    def _may_be(self, act: Act, post: WirePost, since: datetime) -> bool:
        ours = post.username == self._reader.me.username
        return (
            ours
            and post.created_at >= since
            and state_of(post) is not MessageState.REMOVED
            and str(post.id) not in act.spoken_for
        )

    async def _own_message(self, act: Act) -> Receipt | None:
        found = await self._first_of_own(act, SKEW)
        return None if found is None else await self._receipt(found)

    async def _first_of_own(self, act: Act, skew: timedelta) -> WirePost | None:
        """The first post of a private message that this act began: by its external id, else by person and words."""
        try:
            answer = await self._forum.request(
                "GET", f"/t/external_id/{segment(act.key)}.json", params={"include_raw": "true"}
            )
            return next((post for post in self._forum.stream(answer)[0] if post.post_number == 1), None)
        except (Gone, Forbidden):
            pass
        since = (act.first_tried_at or act.created_at) - skew
        person = act.people[0] if act.people else act.target.author
        answer = await self._forum.request(
            "GET", f"/topics/private-messages-sent/{segment(self._reader.me.username)}.json"
        )
        listed = answer.json()
        topics = listed.get("topic_list", {}).get("topics") if isinstance(listed, dict) else None
        for raw in topics if isinstance(topics, list) else []:
            topic = TOPIC.validate_python(raw) if isinstance(raw, dict) and isinstance(raw.get("id"), int) else None
            if topic is None or topic.created_at is None or topic.created_at < since:
                continue
            whole = await self._forum.request("GET", f"/t/{topic.id}.json", params={"include_raw": "true"})
            first = next((post for post in self._forum.stream(whole)[0] if post.post_number == 1), None)
            allowed = whole.decode(TOPIC).details.get("allowed_users")
            names = (
                {one.get("username") for one in allowed if isinstance(one, dict)} if isinstance(allowed, list) else None
            )
            reaches = names is None or (person is not None and person.handle in names)
            same = first is not None and _bare(first.raw or "") == _bare(act.text)
            if first is not None and same and reaches and self._may_be(act, first, since):
                return first
        return None

    async def _receipt(self, post: WirePost) -> Receipt:
        topic, private, _first = await self._forum.topic(post.topic_id)
        return Receipt(
            remote_id=str(post.id),
            global_id=f"{self._forum.host}#post-{post.id}",
            at=post.created_at,
            url=f"{topic.url}/{post.post_number}",
            text=words(post) if post.raw is not None else None,
            conversation=f"pm:{post.topic_id}" if private else None,
        )


_NOW = timedelta(seconds=5)
"""For a refusal that came just now: only what an attempt of this very act wrote."""

_DECISIONS = {ActVerb.UNHIDE: True, ActVerb.RESTORE: True, ActVerb.HIDE: False, ActVerb.DELETE: False}


def _is_private(act: Act) -> bool:
    return act.target.audience is Audience.DIRECT


def _number(act: Act) -> int:
    return int(act.target.remote_id) if act.target.remote_id.isdecimal() else 0


def _flag(act: Act) -> int:
    return _FLAGS.get(act.reason or "", INAPPROPRIATE)


def _bare(text: str) -> str:
    """A text to compare by, without white space (Discourse evens it out)."""
    return "".join(unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("\0", "").split())
