"""Acts at a Mastodon server, and finding out whether they happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from cminbox.clock import Clock
from cminbox.errors import Gone, Rejected
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb
from cminbox.model.content import Author
from cminbox.networks.http import Answer, Http
from cminbox.networks.http_url import segment
from cminbox.networks.mastodon_find import MENTION, Finder, account_id, receipt_of
from cminbox.networks.mastodon_messages import Reader, visibility_of
from cminbox.networks.mastodon_wire import STATUS, WireStatus


class Acts:
    """Does acts, one at a time."""

    def __init__(self, http: Http, reader: Reader, clock: Clock) -> None:
        self._http = http
        self._reader = reader
        self._clock = clock
        self._finder = Finder(http, reader)
        self._do: dict[ActVerb, Callable[[Act], Awaitable[Receipt]]] = {
            ActVerb.REPLY: self._reply,
            ActVerb.PRIVATE_REPLY: self._reply,
            ActVerb.EDIT: self._edit,
            ActVerb.DELETE: self._delete,
            ActVerb.LIKE: self._like,
            ActVerb.UNLIKE: self._like,
            ActVerb.MUTE: self._stand,
            ActVerb.UNMUTE: self._stand,
            ActVerb.BLOCK: self._stand,
            ActVerb.UNBLOCK: self._stand,
            ActVerb.REPORT: self._report,
        }

    async def perform(self, act: Act) -> Receipt:
        """Do an act. Raises `Rejected` (nothing sent) for what Mastodon does not have."""
        do = self._do.get(act.verb)
        if do is None:
            raise Rejected(_("Mastodon cannot do this."), act.verb.value)
        return await do(act)

    async def find(self, act: Act) -> Receipt | None:
        """The receipt of an act that happened, None for one that did not. `Unknowable` for reports."""
        return await self._finder.find(act)

    async def _reply(self, act: Act) -> Receipt:
        audience = act.audience.no_wider_than(act.target.audience)
        visibility = visibility_of(audience)
        if visibility is None:
            raise Rejected(_("An internal note is not sent."), audience.value)
        if act.verb is ActVerb.PRIVATE_REPLY:
            visibility = "direct"
        if not act.text.strip():
            raise Rejected(_("There is nothing to send."), "empty")
        body = {
            "status": self.addressed(act),
            "in_reply_to_id": act.target.remote_id,
            "visibility": visibility,
        }
        if act.lang:
            body["language"] = act.lang
        answer = await self._http.request("POST", "/api/v1/statuses", json=body, headers={"idempotency-key": act.key})
        status = self._status(answer)
        self._finder.given[status.id] = act.key
        return receipt_of(self._reader, status)

    def addressed(self, act: Act) -> str:
        """The text of a reply with the mentions of its people in front, as far as it lacks them."""
        people = act.people or ((act.target.author,) if act.target.author else ())
        missing = [
            name for person in people if not person.is_us if not self._names(act.text, name := self._name(person))
        ]
        return " ".join((*(f"@{name}" for name in dict.fromkeys(missing)), act.text))

    async def _edit(self, act: Act) -> Receipt:
        path = f"/api/v1/statuses/{segment(act.target.remote_id)}"
        now = (await self._http.request("GET", path)).decode(STATUS)
        self._own_only(now)
        if now.poll is not None:
            raise Rejected(_("Editing would reset the poll."), "poll")
        # What is left out of an edit is taken away: all that stands beside the text goes back as it was.
        body: dict[str, Any] = {
            "status": self.addressed(act) if now.in_reply_to_id else act.text,
            "spoiler_text": now.spoiler_text,
            "sensitive": bool(now.sensitive),
            "media_ids": [media.id for media in now.media_attachments if media.id],
        }
        if act.lang or now.language:
            body["language"] = act.lang or now.language
        return receipt_of(self._reader, self._status(await self._http.request("PUT", path, json=body)))

    async def _delete(self, act: Act) -> Receipt:
        try:
            await self._http.request("DELETE", f"/api/v1/statuses/{segment(act.target.remote_id)}")
        except Gone:
            # Somebody was faster, or an earlier attempt of ours; unless it was never ours.
            author = act.target.author
            if author is not None and not author.is_us:
                raise
        return Receipt(remote_id=act.target.remote_id, at=self._clock.now())

    async def _like(self, act: Act) -> Receipt:
        verb = "favourite" if act.verb is ActVerb.LIKE else "unfavourite"
        await self._http.request("POST", f"/api/v1/statuses/{segment(act.target.remote_id)}/{verb}")
        return Receipt(at=self._clock.now())

    async def _stand(self, act: Act) -> Receipt:
        account = await account_id(self._http, act.target)
        await self._http.request("POST", f"/api/v1/accounts/{segment(account)}/{act.verb.value}")
        return Receipt(at=self._clock.now())

    async def _report(self, act: Act) -> Receipt:
        body = {
            "account_id": await account_id(self._http, act.target),
            "status_ids": [act.target.remote_id],
            "comment": (act.text or act.reason or "")[:1000],
            "category": "spam" if act.reason == "spam" else "other",
        }
        await self._http.request("POST", "/api/v1/reports", json=body)
        return Receipt(at=self._clock.now())

    def _name(self, person: Author) -> str:
        name, _at, host = person.remote_id.partition("@")
        return name if host == self._reader.domain.lower() else person.remote_id

    def _names(self, text: str, name: str) -> bool:
        said = {found.group(0)[1:].lower() for found in MENTION.finditer(text)}
        local = f"{name}@{self._reader.domain}".lower()
        return name.lower() in said or ("@" not in name and local in said)

    def _own_only(self, status: WireStatus) -> None:
        if not self._reader.is_ours(status):
            raise Rejected(_("Only our own messages can be changed."), "author")

    def _status(self, answer: Answer) -> WireStatus:
        status = answer.decode(STATUS)
        self._own_only(status)
        return status
