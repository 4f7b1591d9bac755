"""Looking for what we wrote at a forum: by where it stands, its words and its time."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from cminbox.errors import Forbidden, Gone
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import MessageState
from cminbox.networks.discourse_forum import Forum, entries_of
from cminbox.networks.discourse_messages import Reader, state_of
from cminbox.networks.discourse_text import words
from cminbox.networks.discourse_wire import PENDING, POST, TOPIC, WirePost
from cminbox.networks.http import decode_each, not_a_list
from cminbox.networks.http_url import segment

SKEW = timedelta(minutes=5)
"""How far a forum's clock may be from ours when we look for what we sent."""

_INVISIBLE = str.maketrans("", "", "\u200b\u200c\ufeff\u180e\u2060")
_REPLIES = 20
_MOST_PAGES = 25


class Written:
    """What our login wrote. `skew`: how long before the first attempt of an act its post may be dated."""

    def __init__(self, forum: Forum, reader: Reader) -> None:
        self._forum = forum
        self._reader = reader

    async def reply(self, act: Act, skew: timedelta) -> WirePost | None:
        """Our reply to the target with these words since the first attempt, oldest first."""
        since = (act.first_tried_at or act.created_at) - skew
        _topic, number = await self.place(act)
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
                    if bare(whole.raw if whole.raw is not None else words(whole)) == bare(act.text):
                        return whole
            if len(raw) < _REPLIES or not posts:
                return None
            after = max(post.post_number for post in posts)
        return None

    async def waits(self, act: Act, skew: timedelta) -> bool:
        """True where a reply with these words, in that topic, waits for a moderator since the first attempt."""
        since = (act.first_tried_at or act.created_at) - skew
        topic, _number = await self.place(act)
        try:
            answer = await self._forum.request("GET", f"/posts/{segment(self._reader.me.username)}/pending.json")
        except (Gone, Forbidden):
            # Forums before version 2.7 do not tell.
            return False
        good, _bad = decode_each(entries_of(answer, "pending_posts"), PENDING)
        return any(
            each.topic_id == topic and each.created_at >= since and bare(each.raw_text) == bare(act.text)
            for each in good
        )

    def _may_be(self, act: Act, post: WirePost, since: datetime) -> bool:
        ours = post.username == self._reader.me.username
        return (
            ours
            and post.created_at >= since
            and state_of(post) is not MessageState.REMOVED
            and str(post.id) not in act.spoken_for
        )

    async def message(self, act: Act, skew: timedelta) -> WirePost | None:
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
        inner = listed.get("topic_list") if isinstance(listed, dict) else None
        topics = inner.get("topics") if isinstance(inner, dict) else None
        if not isinstance(topics, list):
            raise not_a_list(answer)
        for topic in decode_each(topics, TOPIC)[0]:
            if topic.created_at is None or topic.created_at < since:
                continue
            whole = await self._forum.request("GET", f"/t/{topic.id}.json", params={"include_raw": "true"})
            first = next((post for post in self._forum.stream(whole)[0] if post.post_number == 1), None)
            allowed = whole.decode(TOPIC).details.get("allowed_users")
            names = (
                {one.get("username") for one in allowed if isinstance(one, dict)} if isinstance(allowed, list) else None
            )
            reaches = names is None or (person is not None and person.handle in names)
            same = first is not None and bare(first.raw or "") == bare(act.text)
            if first is not None and same and reaches and self._may_be(act, first, since):
                return first
        return None

    def receipt(self, post: WirePost, *, private: bool) -> Receipt:
        """What an act that made a post says of it. Asks for nothing more: a failure now would look like one to send."""
        slug = segment(post.topic_slug or "-")
        return Receipt(
            remote_id=str(post.id),
            global_id=f"{self._forum.host}#post-{post.id}",
            at=post.created_at,
            url=f"{self._forum.url}/t/{slug}/{post.topic_id}/{post.post_number}",
            text=words(post) if post.raw is not None else None,
            conversation=f"pm:{post.topic_id}" if private else None,
        )

    async def place(self, act: Act) -> tuple[int, int]:
        """The topic of the message that an act is about, and its number there."""
        topic, number = act.target.extra.get("topic", ""), act.target.extra.get("number", "")
        if topic.isdecimal() and number.isdecimal():
            return int(topic), int(number)
        post = await self._forum.post(act.target.remote_id)
        return post.topic_id, post.post_number


def bare(text: str) -> str:
    """A text to compare by, without white space (Discourse evens it out)."""
    return "".join(unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("\0", "").split())
