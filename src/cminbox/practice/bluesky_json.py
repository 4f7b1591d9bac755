"""How Bluesky's services write things down: the views that connectors read, complete as the lexicons ask."""

from __future__ import annotations

from typing import Any

from cminbox.practice.bluesky_books import (
    GATE,
    LIKE,
    POST,
    REPOST,
    Books,
    Convo,
    Json,
    Letter,
    Notice,
    Person,
    Record,
    stamp,
)

PICTURES = "https://cdn.practice.example"


class Writer:
    """Writes what exists as `viewer` sees it."""

    def __init__(self, books: Books, viewer: Person) -> None:
        self._books = books
        self._viewer = viewer

    def person(self, person: Person) -> Json:
        """app.bsky.actor.defs#profileView (and its shorter and longer forms)."""
        stand: Json = {"muted": person.did in self._viewer.muted, "blockedBy": False}
        blocking = self._books.blocking(self._viewer, person)
        if blocking is not None:
            stand["blocking"] = blocking.uri
        return {
            "did": person.did,
            "handle": person.handle,
            "displayName": person.display_name,
            "viewer": stand,
            "labels": [],
            "createdAt": stamp(person.since),
        }

    def profile(self, person: Person) -> Json:
        """app.bsky.actor.defs#profileViewDetailed."""
        posts = len(self._books.all_of(POST, person))
        return {**self.person(person), "followersCount": person.followers, "followsCount": 0, "postsCount": posts}

    def post(self, post: Record) -> Json:
        """app.bsky.feed.defs#postView."""
        stand: Json = {"threadMuted": False, "embeddingDisabled": False}
        like = self._books.liking(self._viewer, post)
        if like is not None:
            stand["like"] = like.uri
        view: Json = {
            "uri": post.uri,
            "cid": post.cid,
            "author": self.person(post.owner),
            "record": post.value,
            "replyCount": self._books.count(post),
            "repostCount": self._books.count(post, REPOST),
            "likeCount": self._books.count(post, LIKE),
            "quoteCount": self._books.count(post, quotes=True),
            "indexedAt": stamp(post.indexed_at),
            "viewer": stand,
            "labels": self._labels(post),
        }
        embed = self._embed(post)
        return {**view, "embed": embed} if embed else view

    def seen(self, uri: str) -> Json:
        """A post where it is there, else that it is not."""
        post = self._books.find(uri)
        if post is None:
            return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}
        return {"$type": "app.bsky.feed.defs#postView", **self.post(post)}

    def feed_item(self, post: Record) -> Json:
        """app.bsky.feed.defs#feedViewPost."""
        reply = post.value.get("reply")
        if not reply:
            return {"post": self.post(post)}
        return {
            "post": self.post(post),
            "reply": {"root": self.seen(reply["root"]["uri"]), "parent": self.seen(reply["parent"]["uri"])},
        }

    def thread(self, post: Record, depth: int, height: int) -> Json:
        """app.bsky.feed.defs#threadViewPost with what stands above and below."""
        view = self._below(post, depth)
        above = self._above(post, height)
        return {**view, "parent": above} if above else view

    def gate(self, post: Record) -> Json | None:
        """app.bsky.feed.defs#threadgateView of the thread that a post stands in."""
        root = post.value.get("reply", {}).get("root", {}).get("uri", post.uri)
        gate = self._books.find(root.replace(f"/{POST}/", f"/{GATE}/"))
        return {"uri": gate.uri, "cid": gate.cid, "record": gate.value, "lists": []} if gate else None

    def notice(self, notice: Notice) -> Json:
        """app.bsky.notification.listNotifications#notification."""
        about = notice.about
        view: Json = {
            "uri": about.uri,
            "cid": about.cid,
            "author": self.person(about.owner),
            "reason": notice.reason,
            "record": about.value,
            "isRead": False,
            "indexedAt": stamp(notice.at),
            "labels": self._labels(about),
        }
        if notice.subject is not None:
            view["reasonSubject"] = notice.subject
        return {**view, **notice.raw}

    def convo(self, convo: Convo) -> Json:
        """chat.bsky.convo.defs#convoView."""
        view: Json = {
            "id": convo.id,
            "rev": convo.rev or "2222222222222",
            "members": [self._member(person) for person in convo.members],
            "muted": False,
            "status": "accepted" if self._viewer.did in convo.accepted else "request",
            "unreadCount": 0,
        }
        return {**view, "lastMessage": self.letter(convo.letters[-1])} if convo.letters else view

    def letter(self, letter: Letter) -> Json:
        """chat.bsky.convo.defs#messageView, or #deletedMessageView."""
        view: Json = {
            "$type": "chat.bsky.convo.defs#deletedMessageView",
            "id": letter.id,
            "rev": letter.id,
            "sender": {"did": letter.author.did},
            "sentAt": stamp(letter.at),
        }
        if self._viewer.did in letter.gone_for:
            return view
        signs = [
            {"value": sign, "sender": {"did": person.did}, "createdAt": stamp(letter.at)}
            for sign, person in letter.signs
        ]
        whole = {**view, "$type": "chat.bsky.convo.defs#messageView", "text": letter.text, "reactions": signs}
        return {**whole, "facets": letter.facets} if letter.facets else whole

    def _member(self, person: Person) -> Json:
        return {"did": person.did, "handle": person.handle, "displayName": person.display_name, "labels": []}

    def _below(self, post: Record, depth: int) -> Json:
        view: Json = {"$type": "app.bsky.feed.defs#threadViewPost", "post": self.post(post)}
        if depth > 0:
            answers = (record for record in self._books.all_of(POST) if record.parent == post.uri)
            view["replies"] = [self._below(answer, depth - 1) for answer in answers]
        return view

    def _above(self, post: Record, height: int) -> Json | None:
        if post.parent is None or height <= 0:
            return None
        parent = self._books.find(post.parent)
        if parent is None:
            return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": post.parent, "notFound": True}
        view: Json = {"$type": "app.bsky.feed.defs#threadViewPost", "post": self.post(parent)}
        above = self._above(parent, height - 1)
        return {**view, "parent": above} if above else view

    def _labels(self, post: Record) -> list[Json]:
        return [
            {"src": "did:web:mod.practice.example", "uri": post.uri, "val": val, "cts": stamp(post.indexed_at)}
            for val in post.marked
        ]

    def _embed(self, post: Record) -> Json | None:
        embed: Any = post.value.get("embed")
        if embed is None:
            return None
        if embed["$type"] == "app.bsky.embed.images":
            url = f"{PICTURES}/{post.rkey}"
            shown = [
                {"thumb": f"{url}/{n}/thumb", "fullsize": f"{url}/{n}", "alt": one["alt"]}
                for n, one in enumerate(embed["images"])
            ]
            return {"$type": "app.bsky.embed.images#view", "images": shown}
        quoted = self._books.find(embed["record"]["uri"])
        if quoted is None:
            missing = {"$type": "app.bsky.embed.record#viewNotFound", "uri": embed["record"]["uri"], "notFound": True}
            return {"$type": "app.bsky.embed.record#view", "record": missing}
        record = {
            "$type": "app.bsky.embed.record#viewRecord",
            "uri": quoted.uri,
            "cid": quoted.cid,
            "author": self.person(quoted.owner),
            "value": quoted.value,
            "indexedAt": stamp(quoted.indexed_at),
        }
        return {"$type": "app.bsky.embed.record#view", "record": record}
