"""Posts become messages: who, in which thread, with which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from cminbox.model.base import Direction, Kind
from cminbox.model.changes import Wrote
from cminbox.model.content import Author, Media, TopicInfo
from cminbox.networks.bluesky_text import mentioned, spelled_out
from cminbox.networks.bluesky_wire import POST, WireAuthor, WireLabel, WirePost

WEB = "https://bsky.app"
"""Where posts are read with a browser, whichever server they live on."""

_QUOTED_SHOWN = 300


def did_of(uri: str) -> str:
    """Whose record an address (`at://did/collection/key`) names."""
    return uri.removeprefix("at://").partition("/")[0]


def key_of(uri: str) -> str:
    """The record key in an address."""
    return uri.rpartition("/")[2]


def collection_of(uri: str) -> str:
    """The collection in an address."""
    return uri.removeprefix("at://").split("/")[1] if uri.count("/") >= 4 else ""


@dataclass(frozen=True)
class Reader:
    """Reads posts as our account `me` (a DID) does. What is older than `since` is context."""

    me: str
    since: datetime

    def author(self, person: WireAuthor) -> Author:
        """Somebody as the rest of cminbox knows them. A handle that is broken at the moment is not shown."""
        handle = "" if person.handle == "handle.invalid" else person.handle
        return Author(
            remote_id=person.did,
            handle=handle,
            name=person.display_name.strip(),
            url=f"{WEB}/profile/{handle or person.did}",
            is_bot=any(label.val == "bot" and label.src == person.did and not label.neg for label in person.labels),
            is_us=person.did == self.me,
        )

    def is_ours(self, post: WirePost) -> bool:
        """True for what our account wrote."""
        return did_of(post.uri) == self.me

    def concerns_us(self, post: WirePost) -> bool:
        """True for what we wrote, and for what names, quotes or answers us or stands below a post of ours.

        Known from the post alone, so that one reading never says otherwise than the next.
        """
        if self.is_ours(post):
            return True
        if post.at < self.since:
            return False
        quoted = quoted_uri(post)
        return (
            self._answers_us(post)
            or self.me in mentioned(post.record.facets)
            or (quoted is not None and did_of(quoted) == self.me)
        )

    def is_topic(self, post: WirePost, above: WirePost | None = None) -> bool:
        """True for our posts, and for the later parts of a thread that we wrote: what people comment on.

        `above` is the post that this one answers, where it is at hand: an addition to an answer of ours is no topic.
        """
        if not self.is_ours(post):
            return False
        reply = post.record.reply
        if reply is None:
            return True
        if did_of(reply.root.uri) != self.me or did_of(reply.parent.uri) != self.me:
            return False
        if reply.parent.uri == reply.root.uri:
            return True
        higher = above.record.reply if above is not None else None
        return higher is not None and did_of(higher.parent.uri) == self.me

    def read(
        self,
        post: WirePost,
        *,
        addressed: bool | None = None,
        about: str | None = None,
        above: WirePost | None = None,
    ) -> Wrote:
        """A post as a change. `addressed` says what the caller knows better, None what the post says; `about` marks
        what was found by listening."""
        ours, reply = self.is_ours(post), post.record.reply
        extra = {"cid": post.cid}
        if reply is not None:
            extra |= {"root": reply.root.uri, "root_cid": reply.root.cid}
        is_topic = self.is_topic(post, above)
        langs = [lang for lang in post.record.langs if isinstance(lang, str)]
        return Wrote(
            remote_id=post.uri,
            at=post.at,
            kind=self._kind(post, is_topic=is_topic),
            direction=Direction.OUT if ours else Direction.IN,
            author=self.author(post.author),
            text=words(post),
            addressed=self.concerns_us(post) if addressed is None else addressed,
            about=about,
            topic=self._describe(post) if is_topic else self._quoted_topic(post),
            parent=reply.parent.uri if reply else None,
            global_id=post.uri,
            media=media_of(post),
            lang=langs[0] if langs else None,
            url=url_of(post),
            extra=extra,
        )

    def _answers_us(self, post: WirePost) -> bool:
        reply = post.record.reply
        return reply is not None and self.me in (did_of(reply.parent.uri), did_of(reply.root.uri))

    def _kind(self, post: WirePost, *, is_topic: bool) -> Kind:
        if is_topic:
            return Kind.POST
        return Kind.COMMENT if self.is_ours(post) or self._answers_us(post) else Kind.MENTION

    def _quoted_topic(self, post: WirePost) -> TopicInfo | None:
        """Who quotes our post talks under it."""
        quoted = _quoted(post.embed)
        if post.record.reply is None and quoted is not None and self.is_topic(quoted):
            return self._describe(quoted)
        return None

    def _describe(self, post: WirePost) -> TopicInfo:
        return TopicInfo(
            key=post.uri,
            author=self.author(post.author),
            text=words(post),
            url=url_of(post),
            media=media_of(post),
            at=post.at,
            is_ours=True,
        )


def words(post: WirePost) -> str:
    """The plain text with its links spelled out, under what the author warns of."""
    body = spelled_out(post.record.text, post.record.facets)
    warnings = _warnings(post)
    return f"CW: {', '.join(warnings)}\n\n{body}".rstrip() if warnings else body


def url_of(post: WirePost) -> str:
    """The post's page."""
    return url_of_uri(post.uri)


def url_of_uri(uri: str) -> str:
    """The page of the post with this address."""
    return f"{WEB}/profile/{did_of(uri)}/post/{key_of(uri)}"


def quoted_uri(post: WirePost) -> str | None:
    """The address of the post that this one quotes."""
    embed: Any = post.record.embed
    record = embed.get("record") if isinstance(embed, dict) else None
    if isinstance(record, dict) and isinstance(record.get("record"), dict):
        # With pictures beside the quotation there is one more layer.
        record = record["record"]
    uri = record.get("uri") if isinstance(record, dict) else None
    return uri if isinstance(uri, str) else None


def media_of(post: WirePost) -> tuple[Media, ...]:
    """Pictures, films, linked pages and quoted posts: from what the service shows, else from what the author wrote."""
    return tuple(_media(post.embed if post.embed is not None else post.record.embed, url_of(post)))


def media_of_embed(embed: Any) -> tuple[Media, ...]:
    """What a private message shows beside its text: a shared post."""
    return tuple(_media(embed, WEB))


def _media(embed: Any, page: str) -> list[Media]:
    if not isinstance(embed, dict):
        return []
    kind = str(embed.get("$type", "")).partition("#")[0]
    if kind in ("app.bsky.embed.images", "app.bsky.embed.gallery"):
        found = embed.get("images", embed.get("items"))
        pictures = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        return [Media(type="image", url=_text(one, "fullsize") or page, alt=_text(one, "alt")) for one in pictures]
    if kind == "app.bsky.embed.video":
        return [Media(type="video", url=_text(embed, "playlist") or page, alt=_text(embed, "alt"))]
    if kind == "app.bsky.embed.external":
        return [Media(type="link", url=_text(embed.get("external"), "uri"), alt=_text(embed.get("external"), "title"))]
    if kind == "app.bsky.embed.record":
        return _quotation(embed)
    if kind == "app.bsky.embed.recordWithMedia":
        record = embed.get("record")
        quote = {**record, "$type": "app.bsky.embed.record"} if isinstance(record, dict) else None
        return [*_media(embed.get("media"), page), *_media(quote, page)]
    return []


def _quotation(embed: dict[str, Any]) -> list[Media]:
    quoted = _quoted(embed)
    if quoted is not None:
        said = f"@{quoted.author.handle}: {words(quoted)}"
        return [Media(type="link", url=url_of(quoted), alt=said[:_QUOTED_SHOWN])]
    uri = _text(embed.get("record"), "uri")
    if uri is None or collection_of(uri) != "app.bsky.feed.post":
        return []
    return [Media(type="link", url=url_of_uri(uri))]


def _quoted(embed: Any) -> WirePost | None:
    """The quoted post as a service shows it: a view of its own kind, with the record under another name."""
    record = embed.get("record") if isinstance(embed, dict) else None
    if isinstance(record, dict) and isinstance(record.get("record"), dict):
        record = record["record"]
    if not isinstance(record, dict) or "value" not in record:
        return None
    try:
        return POST.validate_python({**record, "record": record["value"], "embed": None})
    except ValidationError:
        return None


def _warnings(post: WirePost) -> list[str]:
    own = post.record.labels.get("values") if post.record.labels else None
    named = [one.get("val") for one in own if isinstance(one, dict)] if isinstance(own, list) else []
    shown = [*(label for label in named if isinstance(label, str)), *(_val(label) for label in post.labels)]
    # Names with "!" tell programs what to do, not readers what to expect.
    return [label for label in dict.fromkeys(shown) if label and not label.startswith("!")]


def _val(label: WireLabel) -> str:
    return "" if label.neg else label.val


def _text(thing: Any, name: str) -> str | None:
    found = thing.get(name) if isinstance(thing, dict) else None
    return found if isinstance(found, str) and found else None
