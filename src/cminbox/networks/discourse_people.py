"""Shutting people out: muting is ours alone, silencing takes a moderator and holds for the whole forum."""

from __future__ import annotations

from typing import Any

from cminbox.errors import Gone, Rejected
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb
from cminbox.networks.discourse_forum import Forum
from cminbox.networks.http_url import segment

_FOR_EVER = "3000-01-01T00:00:00Z"
"""Discourse knows no end that is none; its own screen writes a thousand years."""


class People:
    """MUTE: we hear nothing of somebody any more. BLOCK: somebody is silenced, and can write nothing in the forum."""

    verbs = frozenset({ActVerb.MUTE, ActVerb.UNMUTE, ActVerb.BLOCK, ActVerb.UNBLOCK})

    def __init__(self, forum: Forum) -> None:
        self._forum = forum

    async def perform(self, act: Act) -> Receipt:
        """Do one of `verbs`; twice is no error."""
        if act.verb in (ActVerb.MUTE, ActVerb.UNMUTE):
            level = "mute" if act.verb is ActVerb.MUTE else "normal"
            path = f"/u/{segment(_handle(act))}/notification_level.json"
            await self._forum.request("PUT", path, json={"notification_level": level})
        elif act.verb is ActVerb.BLOCK:
            body = {"silenced_till": _FOR_EVER, "reason": act.reason or _("Silenced from the inbox.")}
            # 409: silenced already.
            ok = (*range(200, 300), 409)
            await self._forum.request("PUT", f"/admin/users/{_number(act)}/silence.json", json=body, ok=ok)
        else:
            await self._forum.request("PUT", f"/admin/users/{_number(act)}/unsilence.json", json={})
        return Receipt()

    async def find(self, act: Act) -> Receipt | None:
        """A receipt where it is as the act wants it."""
        if act.verb in (ActVerb.MUTE, ActVerb.UNMUTE):
            answer = await self._forum.request("GET", f"/u/{segment(_handle(act))}.json")
            user = _part(answer.json(), "user")
            return Receipt() if bool(user.get("muted")) == (act.verb is ActVerb.MUTE) else None
        answer = await self._forum.request("GET", f"/admin/users/{_number(act)}.json")
        silenced = bool(_part(answer.json(), "").get("silenced_till"))
        return Receipt() if silenced == (act.verb is ActVerb.BLOCK) else None


def _handle(act: Act) -> str:
    if act.target.author is None or not act.target.author.handle:
        raise Rejected(_("Nobody knows who wrote this."), "author")
    return act.target.author.handle


def _number(act: Act) -> int:
    user = act.target.extra.get("user", "")
    if not user.isdecimal() or user == "0":
        raise Rejected(_("Nobody knows who wrote this."), "author")
    return int(user)


def _part(body: Any, name: str) -> dict[str, Any]:
    found = body.get(name) if name and isinstance(body, dict) else body
    if not isinstance(found, dict):
        raise Gone(_("Nobody knows this person."))
    return found
