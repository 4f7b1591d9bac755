"""How Discourse writes things down: the wire format of what connectors read."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from cminbox.practice.discourse_books import LIKE, QUOTED, Books, Notice, Post, Topic, User, Waiting, cooked

Json = dict[str, Any]

_FACE = "/letter_avatar_proxy/v4/letter/a/{size}.png"


def stamp(at: datetime) -> str:
    """A time as Discourse writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


class Writer:
    """Writes what exists at a forum, as `viewer` sees it."""

    def __init__(self, books: Books, viewer: User) -> None:
        self._books = books
        self._viewer = viewer

    def post(self, post: Post, *, raw: bool = True) -> Json:
        """A post."""
        user, mine = post.user, post.user is self._viewer
        text = "(post deleted by author)" if post.user_deleted else post.raw
        written: Json = {
            "id": post.id,
            "name": user.name,
            "username": user.username,
            "avatar_template": _FACE,
            "created_at": stamp(post.at),
            "cooked": cooked(text),
            "post_number": post.number,
            "post_type": 1,
            "posts_count": post.topic.numbers,
            "updated_at": stamp(post.at),
            "reply_count": 0,
            "reply_to_post_number": post.reply_to,
            "quote_count": 0,
            "incoming_link_count": 0,
            "reads": 1,
            "readers_count": 0,
            "score": 0.2,
            "yours": mine,
            "topic_id": post.topic.id,
            "topic_slug": slug(post.topic.title),
            "display_username": user.name,
            "primary_group_name": None,
            "flair_name": None,
            "flair_url": None,
            "flair_bg_color": None,
            "flair_color": None,
            "flair_group_id": None,
            "badges_granted": [],
            "version": post.version,
            "can_edit": mine or self._viewer.staff,
            "can_delete": mine or self._viewer.staff,
            "can_recover": False,
            "can_see_hidden_post": True,
            "can_wiki": False,
            "user_title": None,
            "bookmarked": False,
            "actions_summary": self._actions(post),
            "moderator": user.moderator,
            "admin": user.admin,
            "staff": user.staff,
            "user_id": user.id,
            "hidden": post.hidden,
            "trust_level": 1,
            "deleted_at": stamp(post.deleted_at) if post.deleted_at else None,
            "user_deleted": post.user_deleted,
            "edit_reason": None,
            "can_view_edit_history": True,
            "wiki": False,
            "reviewable_id": None,
            "reviewable_score_count": 0,
            "reviewable_score_pending_count": 0,
            "post_url": f"/t/{slug(post.topic.title)}/{post.topic.id}/{post.number}",
        }
        above = self._books.numbered(post.topic, post.reply_to) if post.reply_to else None
        if above is not None:
            written["reply_to_user"] = self.person(above.user)
        if raw:
            written["raw"] = text
        return {**written, **post.nonsense}

    def listed(self, post: Post) -> Json:
        """A post in a list of the newest."""
        more = {
            "topic_title": post.topic.title,
            "topic_html_title": post.topic.title,
            "category_id": post.topic.category,
            "excerpt": post.raw[:200],
            "truncated": False,
        }
        return {**self.post(post), **more, **post.nonsense}

    def created(self, post: Post) -> Json:
        """A post that was just written."""
        return {**self.post(post), "draft_sequence": 1, "mentioned_users": [], "post_localizations": []}

    def stream(self, posts: list[Post], *, raw: bool) -> Json:
        """Posts in a topic."""
        more = {"link_counts": [], "read": True}
        return {"posts": [{**self.post(each, raw=raw), **more, **each.nonsense} for each in posts]}

    def topic(self, topic: Topic, posts: list[Post], *, raw: bool) -> Json:
        """A topic with some of its posts."""
        every = [each.id for each in self._books.of(topic) if each.stands]
        people = topic.allowed if topic.allowed is not None else []
        return {
            "post_stream": {**self.stream(posts, raw=raw), "stream": every},
            "id": topic.id,
            "title": topic.title,
            "fancy_title": topic.title,
            "slug": slug(topic.title),
            "posts_count": len(every),
            "created_at": stamp(topic.at),
            "archetype": "regular" if topic.allowed is None else "private_message",
            "category_id": topic.category,
            "user_id": self._books.of(topic)[0].user.id,
            "details": {"allowed_users": [self.person(each) for each in people]},
        }

    def in_list(self, topic: Topic) -> Json:
        """A topic in a list."""
        standing = [each for each in self._books.of(topic) if each.stands]
        return {
            "id": topic.id,
            "title": topic.title,
            "fancy_title": topic.title,
            "slug": slug(topic.title),
            "created_at": stamp(topic.at),
            "archetype": "regular" if topic.allowed is None else "private_message",
            "category_id": topic.category,
            "posts_count": len(standing),
            "highest_post_number": topic.numbers,
            "views": topic.views,
            "like_count": sum(len(each.acts.get(LIKE, ())) for each in standing),
        }

    def notice(self, notice: Notice) -> Json:
        """A notification."""
        post = notice.post
        data = {
            "topic_title": post.topic.title,
            "original_post_id": post.id,
            "original_post_type": 1,
            "original_username": post.user.username,
            "revision_number": None,
            "display_username": post.user.username,
        }
        if notice.kind == QUOTED:
            # Some kinds come without it, as those of old versions do.
            del data["original_post_id"]
        return {
            "id": notice.id,
            "user_id": notice.user.id,
            "notification_type": notice.kind,
            "read": False,
            "created_at": stamp(notice.at),
            "post_number": post.number,
            "topic_id": post.topic.id,
            "slug": slug(post.topic.title),
            "data": data,
        }

    def waiting(self, entry: Waiting) -> Json:
        """An entry of the review queue."""
        written: Json = {
            "id": entry.id,
            "type": "ReviewableQueuedPost" if entry.post is None else "ReviewableFlaggedPost",
            "topic_id": entry.topic.id if entry.topic else None,
            "target_created_by_id": entry.user.id,
            "created_at": stamp(entry.at),
            "status": entry.status,
            "version": entry.version,
        }
        if entry.post is None:
            written["payload"] = {"raw": entry.raw, "title": entry.title or None}
        else:
            written |= {"raw": entry.post.raw, "cooked": cooked(entry.post.raw), "target_id": entry.post.id}
        return written

    def pending(self, entry: Waiting) -> Json:
        """What somebody wrote and a moderator must let through, as its author sees it."""
        topic = entry.topic.id if entry.topic else None
        return {"id": entry.id, "created_at": stamp(entry.at), "raw_text": entry.raw, "topic_id": topic}

    def person(self, user: User) -> Json:
        """Somebody, in short."""
        return {"id": user.id, "username": user.username, "name": user.name, "avatar_template": _FACE}

    def _actions(self, post: Post) -> list[Json]:
        return [
            {"id": kind, "count": len(who), "acted": self._viewer.id in who, "can_act": True}
            for kind, who in post.acts.items()
            if who
        ]


def slug(title: str) -> str:
    """A title in an address."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "topic"
