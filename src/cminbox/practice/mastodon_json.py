"""How Mastodon writes things down: the wire format of what connectors read, complete as the contract asks."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cminbox.practice.mastodon_books import Books, Notice, Person, Post, Talk, order

Json = dict[str, Any]

_TOKEN = re.compile(r"https?://[^\s<>\"]+|(?<![\w/@])@\w[\w.\-]*(?:@[\w.\-]*\w)?")


class Writer:
    """Writes what exists at a server as `viewer` sees it."""

    def __init__(self, books: Books, viewer: Person) -> None:
        self._books = books
        self._viewer = viewer
        self._root = f"https://{books.domain}"

    def account(self, person: Person) -> Json:
        """Account."""
        name, _at, host = person.acct.partition("@")
        root = f"https://{host}" if host else self._root
        picture = f"{self._root}/avatars/missing.png"
        return {
            "id": person.id,
            "username": name,
            "acct": person.acct,
            "display_name": person.display_name,
            "locked": False,
            "bot": person.bot,
            "group": False,
            "discoverable": True,
            "indexable": True,
            "created_at": stamp(person.since),
            "note": "<p></p>",
            "url": f"{root}/@{name}",
            "uri": f"{root}/users/{name}",
            "avatar": picture,
            "avatar_static": picture,
            "header": picture,
            "header_static": picture,
            "followers_count": person.followers,
            "following_count": 0,
            "statuses_count": person.posts,
            "last_status_at": None,
            "emojis": [],
            "fields": [],
        }

    def credentials(self, person: Person) -> Json:
        """CredentialAccount."""
        source = {
            "note": "",
            "fields": [],
            "privacy": "public",
            "sensitive": False,
            "language": None,
            "follow_requests_count": 0,
            "indexable": True,
        }
        role = {"id": "-99", "name": "", "color": "", "permissions": "65536", "highlighted": False}
        return {**self.account(person), "source": source, "role": role}

    def status(self, post: Post) -> Json:
        """Status."""
        url = f"{self._root}/@{post.author.acct}/{post.id}"
        parent = post.parent if post.parent is not None and post.parent.exists else None
        written: Json = {
            "id": post.id,
            "uri": f"{self._root}/users/{post.author.acct}/statuses/{post.id}",
            "url": url,
            "created_at": stamp(post.at),
            "edited_at": stamp(post.edited_at) if post.edited_at else None,
            "in_reply_to_id": parent.id if parent else None,
            "in_reply_to_account_id": parent.author.id if parent else None,
            "sensitive": bool(post.spoiler),
            "spoiler_text": post.spoiler,
            "visibility": post.visibility,
            "language": post.language,
            "replies_count": sum(answer.exists for answer in post.answers),
            "reblogs_count": len(post.boosts),
            "favourites_count": len(post.likes),
            "quotes_count": sum(quote.exists for quote in post.quotes),
            "favourited": self._viewer.id in post.likes,
            "reblogged": self._viewer.id in post.boosts,
            "muted": False,
            "bookmarked": False,
            "content": self.content(post),
            "filtered": self._filtered(post),
            "reblog": None,
            "account": self.account(post.author),
            "media_attachments": [
                {
                    "id": str(n),
                    "type": media.get("type", "image"),
                    "url": media.get("url", f"{url}/media/{n}"),
                    "preview_url": None,
                    "remote_url": None,
                    "meta": {"original": {"duration": media["duration"]}} if "duration" in media else {},
                    "description": media.get("description"),
                    "blurhash": None,
                }
                for n, media in enumerate(post.media, 1)
            ],
            "mentions": [
                {key: self.account(person)[key] for key in ("id", "username", "acct", "url")}
                for person in post.mentions
            ],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": self._poll(post),
        }
        if post.quote is not None:
            written["quote"] = {"state": "accepted", "quoted_status": self.status(post.quote)}
        return written

    def notification(self, notice: Notice) -> Mapping[str, Any]:
        """Notification."""
        if notice.raw is not None:
            return notice.raw
        return {
            "id": notice.id,
            "type": notice.kind,
            "created_at": stamp(notice.at),
            "group_key": f"ungrouped-{notice.id}",
            "account": self.account(notice.by),
            "status": self.status(notice.post) if notice.post else None,
        }

    def groups(self, notices: Sequence[Notice]) -> Json:
        """GroupedNotificationsResults: each notice a group of its own, as mentions and quotes are."""
        whole = [self.notification(notice) for notice in notices]
        groups = [
            {
                "group_key": one.get("group_key") or f"ungrouped-{one['id']}",
                "notifications_count": 1,
                "type": one["type"],
                "most_recent_notification_id": int(one["id"]),
                "page_min_id": one["id"],
                "page_max_id": one["id"],
                "latest_page_notification_at": one["created_at"],
                "sample_account_ids": [one["account"]["id"]] if "account" in one else [],
                "status_id": one["status"]["id"] if one["status"] else None,
            }
            for one in whole
        ]
        accounts = {one["account"]["id"]: one["account"] for one in whole if "account" in one}
        statuses = {one["status"]["id"]: one["status"] for one in whole if one["status"]}
        return {
            "accounts": list(accounts.values()),
            "statuses": list(statuses.values()),
            "notification_groups": groups,
        }

    def conversation(self, talk: Talk) -> Json:
        """Conversation."""
        others = [self._books.people[person] for person in sorted(talk.people - {talk.owner.id}, key=order)]
        return {
            "id": talk.id,
            "unread": True,
            "accounts": [self.account(person) for person in others],
            "last_status": self.status(talk.last) if talk.last else None,
        }

    def content(self, post: Post) -> str:
        """The text as HTML, as Mastodon makes it: paragraphs, links cut for the eye, mentions without their host."""

        def link(found: re.Match[str]) -> str:
            token = html.unescape(found.group(0))
            if token.startswith("@"):
                person = self._books.person(token)
                if person is None:
                    return html.escape(token)
                name = html.escape(person.acct.partition("@")[0])
                href = html.escape(self.account(person)["url"])
                return (
                    f'<span class="h-card" translate="no"><a href="{href}" class="u-url mention">'
                    f"@<span>{name}</span></a></span>"
                )
            scheme, _slashes, rest = token.partition("://")
            ellipsis = "ellipsis" if len(rest) > 30 else ""
            return (
                f'<a href="{html.escape(token)}" target="_blank" rel="nofollow noopener" translate="no">'
                f'<span class="invisible">{scheme}://</span><span class="{ellipsis}">{html.escape(rest[:30])}</span>'
                f'<span class="invisible">{html.escape(rest[30:])}</span></a>'
            )

        parts: list[str] = []
        end = 0
        for found in _TOKEN.finditer(post.text):
            parts += (html.escape(post.text[end : found.start()]), link(found))
            end = found.end()
        parts.append(html.escape(post.text[end:]))
        paragraphs = "".join(parts).split("\n\n")
        return "".join(f"<p>{paragraph.replace(chr(10), '<br />')}</p>" for paragraph in paragraphs)

    def _filtered(self, post: Post) -> list[Json]:
        return [
            {
                "filter": {
                    "id": each.id,
                    "title": each.title,
                    "context": list(each.context),
                    "expires_at": None,
                    "filter_action": each.action,
                },
                "keyword_matches": [each.word],
                "status_matches": None,
            }
            for each in self._viewer.filters
            if each.word.lower() in post.text.lower() and post.author is not self._viewer
        ]

    def _poll(self, post: Post) -> Json | None:
        if not post.poll:
            return None
        return {
            "id": post.id,
            "expires_at": stamp(post.poll_ends_at) if post.poll_ends_at else None,
            "expired": post.poll_ends_at is not None and post.poll_ends_at <= self._books.clock.now(),
            "multiple": False,
            "votes_count": sum(post.votes.values()),
            "voters_count": sum(post.votes.values()),
            "options": [{"title": title, "votes_count": post.votes.get(n, 0)} for n, title in enumerate(post.poll)],
            "emojis": [],
            "voted": False,
            "own_votes": [],
        }


def instance(domain: str, version: str, max_characters: int, streaming: str | None, level: int | None) -> Json:
    """Instance, version 2 of the call. `level` is Mastodon's API version, which others do not tell."""
    root = f"https://{domain}"
    statuses = {
        "max_characters": max_characters,
        "max_media_attachments": 4,
        "characters_reserved_per_url": 23,
    }
    media = {
        "supported_mime_types": ["image/png", "video/mp4"],
        "image_size_limit": 16_777_216,
        "image_matrix_limit": 33_177_600,
        "video_size_limit": 103_809_024,
        "video_frame_rate_limit": 120,
        "video_matrix_limit": 8_294_400,
    }
    polls = {"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2_629_746}
    return {
        "domain": domain,
        "title": "Practice",
        "version": version,
        "source_url": "https://github.com/mastodon/mastodon",
        "description": "A practice server",
        "usage": {"users": {"active_month": 1}},
        "thumbnail": {"url": f"{root}/thumbnail.png", "blurhash": None, "description": ""},
        "icon": [],
        "languages": ["en"],
        "configuration": {
            "urls": {"streaming": streaming, "status": None, "about": f"{root}/about"},
            "vapid": {"public_key": "practice"},
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": statuses,
            "media_attachments": media,
            "polls": polls,
            "translation": {"enabled": False},
            "limited_federation": False,
        },
        "registrations": {
            "enabled": False,
            "approval_required": False,
            "reason_required": False,
            "message": None,
            "min_age": None,
            "url": None,
        },
        **({"api_versions": {"mastodon": level}} if level is not None else {}),
        "contact": {"email": "", "account": None},
        "rules": [],
    }


def stamp(instant: datetime) -> str:
    """An instant as Mastodon writes it."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
