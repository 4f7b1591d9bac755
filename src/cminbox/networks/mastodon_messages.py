"""Statuses become messages: who, to whom, in which conversation, with which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cminbox.model.base import Audience, Direction, Kind, MessageState
from cminbox.model.changes import Change, Edited, Wrote
from cminbox.model.content import Author, Media, TopicInfo
from cminbox.networks.mastodon_wire import WireAccount, WireMention, WireStatus
from cminbox.text import html_to_text

_AUDIENCES = {
    "public": Audience.PUBLIC,
    "unlisted": Audience.UNLISTED,
    "private": Audience.FOLLOWERS,
    "direct": Audience.DIRECT,
}
_VISIBILITIES = {audience: visibility for visibility, audience in _AUDIENCES.items()}
_MEDIA = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


def audience_of(visibility: str) -> Audience:
    """Our word for a visibility. What some servers have besides ("local", "mutuals_only") is answered to followers."""
    return _AUDIENCES.get(visibility, Audience.FOLLOWERS)


def visibility_of(audience: Audience) -> str | None:
    """Mastodon's word for an audience; None where it has none (an internal note)."""
    return _VISIBILITIES.get(audience)


@dataclass(frozen=True)
class Reader:
    """Reads statuses as our account `me_id` on the server `domain` does. What is older than `since` is context."""

    me_id: str
    domain: str
    since: datetime

    def person_id(self, acct: str) -> str:
        """`name@host`, lower case: one person has one, whichever server tells of them."""
        name = acct.lstrip("@").lower()
        return name if "@" in name else f"{name}@{self.domain.lower()}"

    def author(self, account: WireAccount) -> Author:
        """Somebody as the rest of cminbox knows them."""
        return Author(
            remote_id=self.person_id(account.acct),
            handle=account.acct,
            name=account.display_name,
            url=account.url,
            is_bot=bool(account.bot),
            is_us=account.id == self.me_id,
        )

    def is_ours(self, status: WireStatus) -> bool:
        """True for what our account wrote."""
        return status.account.id == self.me_id

    def concerns_us(self, status: WireStatus) -> bool:
        """True for what we wrote, and for what names, quotes or privately reaches us since we read.

        Known from the status alone, so that one reading never says otherwise than the next.
        """
        if status.created_at < self.since and not self.is_ours(status):
            return False
        quoted = status.quote.quoted_status if status.quote else None
        return (
            self.is_ours(status)
            or status.visibility == "direct"
            or any(self._is_me(mention) for mention in status.mentions)
            or (quoted is not None and quoted.account.id == self.me_id)
        )

    def conversation(self, status: WireStatus) -> str | None:
        """The key of a private conversation: the set of people in it besides us. None for what is not private."""
        if status.visibility != "direct":
            return None
        people = {self.person_id(mention.acct) for mention in status.mentions if not self._is_me(mention)}
        if not self.is_ours(status):
            people.add(self.person_id(status.account.acct))
        return "dm:" + ",".join(sorted(people))

    def is_topic(self, status: WireStatus) -> bool:
        """True for our posts, and for the later parts of a thread that we wrote: what people comment on."""
        if not self.is_ours(status) or status.visibility == "direct":
            return False
        if status.in_reply_to_id is None:
            return True
        return status.in_reply_to_account_id == self.me_id and all(self._is_me(m) for m in status.mentions)

    def read(
        self, status: WireStatus, *, addressed: bool | None = None, about: str | None = None
    ) -> tuple[Change, ...]:
        """A status as changes: that it was written and, where it was, that it was edited.

        `addressed` says what the caller knows better (a notification), None what the status says; what a filter of our
        account hides is context all the same. `about` marks what was found by listening.
        """
        ours = self.is_ours(status)
        if addressed is None:
            addressed = about is None and self.concerns_us(status)
        text, media = words(status), media_of(status)
        wrote = Wrote(
            remote_id=status.id,
            at=status.created_at,
            kind=self._kind(status),
            direction=Direction.OUT if ours else Direction.IN,
            author=self.author(status.account),
            text=text,
            audience=audience_of(status.visibility),
            state=MessageState.EDITED if status.edited_at else MessageState.SHOWN,
            conversation=self.conversation(status),
            addressed=addressed and not is_hidden(status),
            about=about,
            topic=self._topic(status),
            parent=status.in_reply_to_id,
            global_id=status.uri,
            media=media,
            lang=status.language,
            url=status.url or status.uri,
            extra={"account_id": status.account.id, **_notes(status)},
        )
        if status.edited_at is None:
            return (wrote,)
        # For who knows the message already: the same reading brings the news.
        return (wrote, Edited(remote_id=status.id, at=status.edited_at, text=text, media=media))

    def _kind(self, status: WireStatus) -> Kind:
        if status.visibility == "direct":
            return Kind.DM
        if self.is_topic(status):
            return Kind.POST
        answers_us = status.in_reply_to_account_id == self.me_id
        return Kind.COMMENT if answers_us or self.is_ours(status) else Kind.MENTION

    def _topic(self, status: WireStatus) -> TopicInfo | None:
        if self.is_topic(status):
            return self._describe(status)
        # Who quotes our post talks under it.
        quoted = status.quote.quoted_status if status.quote else None
        if quoted is not None and status.in_reply_to_id is None and self.is_topic(quoted):
            return self._describe(quoted)
        return None

    def _describe(self, post: WireStatus) -> TopicInfo:
        return TopicInfo(
            key=post.id,
            author=self.author(post.account),
            text=words(post),
            url=post.url or post.uri,
            media=media_of(post),
            at=post.created_at,
            is_ours=True,
        )

    def _is_me(self, mention: WireMention) -> bool:
        return mention.id == self.me_id


def is_hidden(status: WireStatus) -> bool:
    """True for what a filter of our account takes out of the notifications."""
    return any(one.filter.filter_action == "hide" and "notifications" in one.filter.context for one in status.filtered)


def _notes(status: WireStatus) -> dict[str, str]:
    # What stands beside the words, for who wants to know why a message looks as it does.
    notes = {"warning": status.spoiler_text.strip()}
    notes["filtered"] = ", ".join(dict.fromkeys(one.filter.title for one in status.filtered))
    if status.poll is not None and status.poll.expires_at is not None:
        notes["poll_ends"] = status.poll.expires_at.isoformat()
    return {name: note for name, note in notes.items() if note}


def words(status: WireStatus) -> str:
    """The plain text, under its content warning where it has one."""
    body = html_to_text(status.content)
    warning = status.spoiler_text.strip()
    return f"CW: {warning}\n\n{body}".rstrip() if warning else body


def media_of(status: WireStatus) -> tuple[Media, ...]:
    """Files and polls. A poll is told by its choices, with their votes where they are known."""
    found = [
        Media(
            type=_MEDIA.get(file.type, "file"),
            url=file.url or file.remote_url,
            alt=file.description or None,
            length_s=file.meta.original.duration if file.meta and file.meta.original else None,
        )
        for file in status.media_attachments
    ]
    if status.poll is not None:
        choices = (
            option.title if option.votes_count is None else f"{option.title} ({option.votes_count})"
            for option in status.poll.options
        )
        found.append(Media(type="poll", url=status.url, alt=" / ".join(choices)))
    return tuple(found)
