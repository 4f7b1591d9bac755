"""Asking a forum: its errors in our words, and its topics and posts, each read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any

from cminbox.clock import Clock
from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, NetworkError, RateLimited, Rejected
from cminbox.i18n import _
from cminbox.model.changes import SetAside
from cminbox.model.content import Author, TopicInfo
from cminbox.networks.discourse_text import media, words
from cminbox.networks.discourse_wire import POST, TOPIC, WirePost, WireTopic
from cminbox.networks.http import Answer, Http, Params, decode_each, not_a_list, read_json
from cminbox.networks.http_budget import soonest
from cminbox.networks.http_url import segment

ME_PATH = "/session/current.json"
_NO_POST = "/posts/0.json"
_ANY = frozenset(range(200, 600)) - {429}
_CHUNK = 20
"""Posts of a topic asked for at once."""
_KEPT = 500
"""Topics that are remembered, and thousands of their posts' numbers."""


class Forum:
    """One forum as one login sees it. `us` is set by `whoami`."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.us = ""
        self._topics: OrderedDict[int, tuple[TopicInfo, bool, int]] = OrderedDict()
        self._ids: OrderedDict[tuple[int, int], int] = OrderedDict()

    @property
    def host(self) -> str:
        """The server's name."""
        return self._http.host

    @property
    def url(self) -> str:
        """The address of the forum."""
        return self._http.base_url

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        ok: Container[int] = range(200, 300),
    ) -> Answer:
        """As `Http.request`. A refusal may mean that the key ended: Discourse says the same of both, so it is asked."""
        try:
            return await self._http.request(method, path, params=params, json=json, ok=ok)
        except Forbidden as refused:
            if path == ME_PATH:
                raise ended(self.host) from None
            try:
                await self._http.request("GET", ME_PATH)
            except (Forbidden, Gone):
                raise ended(self.host) from None
            except NetworkError:
                raise refused from None
            raise

    async def writes(self) -> bool:
        """Whether our key may do more than read. Discourse tells of no key what it may do: a change of a post that
        cannot exist is refused to one that only reads (403, before anything else is looked at: UserApiKeyScope), and
        not found else. A forum that is in maintenance says 503 to all.
        """
        answer = await self._http.request("PUT", _NO_POST, json={"post": {"raw": "-"}}, ok=_ANY)
        return answer.status != 403

    async def post(self, number: str) -> WirePost:
        """A post as it is now, deleted or not. `Gone` where we may not see it any more."""
        answer = await self.request("GET", f"/posts/{segment(number)}.json")
        return self._know(answer.decode(POST))

    async def posts(self, topic: int, ids: Sequence[int]) -> tuple[list[WirePost], list[SetAside]]:
        """Those of some posts of a topic that still stand. `Gone` where the topic does not."""
        good: list[WirePost] = []
        bad: list[SetAside] = []
        for begin in range(0, len(ids), _CHUNK):
            asked = [str(number) for number in ids[begin : begin + _CHUNK]]
            answer = await self.request(
                "GET", f"/t/{topic}/posts.json", params={"post_ids[]": asked, "include_raw": "true"}
            )
            found, aside = self.stream(answer)
            good += found
            bad += aside
        return good, bad

    async def around(self, topic: int, number: int) -> tuple[list[WirePost], list[SetAside]]:
        """The posts of a topic around one of them."""
        return self.stream(await self.request("GET", f"/t/{topic}/{number}.json", params={"include_raw": "true"}))

    async def numbers(self, topic: int, number: int) -> list[int]:
        """The ids of all posts of a topic; of a very long one, of those around one of them."""
        answer = await self.request("GET", f"/t/{topic}/{number}.json", params={"include_raw": "true"})
        body = answer.json()
        good, _bad = self.stream(answer)
        whole = body["post_stream"].get("stream")
        return [each for each in whole if isinstance(each, int)] if isinstance(whole, list) else [e.id for e in good]

    async def id_of(self, topic: int, number: int | None) -> int | None:
        """The id of the post with a number in a topic; None where there is none that we see."""
        if number is None:
            return None
        known = self._ids.get((topic, number))
        if known is not None:
            return known or None
        try:
            answer = await self.request("GET", f"/posts/by_number/{topic}/{number}.json")
            return self._know(answer.decode(POST)).id
        except (Gone, Forbidden, Malformed):
            self._ids[topic, number] = 0
            return None

    async def topic(self, number: int) -> tuple[TopicInfo, bool, int]:
        """A topic, whether it is a private message, and the id of its first post (0: not known)."""
        if number in self._topics:
            self._topics.move_to_end(number)
            return self._topics[number]
        answer = await self.request("GET", f"/t/{number}.json", params={"include_raw": "true"})
        found = self._told(answer.decode(TOPIC), *self.stream(answer))
        self._topics[number] = found
        while len(self._topics) > _KEPT:
            self._topics.popitem(last=False)
        return found

    def listed(self, answer: Answer, name: str) -> tuple[list[WirePost], list[tuple[int, str, SetAside]], list[int]]:
        """A list of posts by its name: those understood, the others by id and author, and all ids."""
        entries = entries_of(answer, name)
        good: list[WirePost] = []
        bad: list[tuple[int, str, SetAside]] = []
        for raw in entries:
            found, aside = decode_each([raw], POST)
            if found:
                good.append(self._know(found[0]))
            elif isinstance(raw, dict) and isinstance(raw.get("id"), int):
                bad.append((raw["id"], str(raw.get("username") or ""), aside[0]))
        return good, bad, [post.id for post in good] + [number for number, _who, _aside in bad]

    def stream(self, answer: Answer) -> tuple[list[WirePost], list[SetAside]]:
        """The posts that came with a topic."""
        body = answer.json()
        stream = body.get("post_stream") if isinstance(body, dict) else None
        posts = stream.get("posts") if isinstance(stream, dict) else None
        if not isinstance(posts, list):
            raise not_a_list(answer)
        good, bad = decode_each(posts, POST)
        return [self._know(post) for post in good], bad

    def _told(self, topic: WireTopic, posts: list[WirePost], _aside: list[SetAside]) -> tuple[TopicInfo, bool, int]:
        first = next((post for post in posts if post.post_number == 1), None)
        author = None
        if first is not None:
            author = Author(
                remote_id=f"user:{first.user_id}@{self.host}",
                handle=first.username,
                name=first.name or first.username,
                is_us=first.username == self.us,
            )
        told = TopicInfo(
            key=f"topic:{topic.id}",
            author=author,
            title=topic.title,
            text=words(first) if first is not None else "",
            url=f"{self.url}/t/{segment(topic.slug or '-')}/{topic.id}",
            media=media(first) if first is not None else (),
            at=topic.created_at,
            is_ours=first is not None and first.username == self.us,
        )
        return told, topic.archetype == "private_message", first.id if first is not None else 0

    def _know(self, post: WirePost) -> WirePost:
        self._ids[post.topic_id, post.post_number] = post.id
        while len(self._ids) > 20 * _KEPT:
            self._ids.popitem(last=False)
        return post


def entries_of(answer: Answer, name: str) -> list[Any]:
    """The list that an answer holds under a name. Raises `Malformed`."""
    body = answer.json()
    entries = body.get(name) if isinstance(body, dict) else None
    if not isinstance(entries, list):
        raise not_a_list(answer)
    return entries


def ended(host: str) -> AuthExpired:
    """The key is worth nothing (any more)."""
    return AuthExpired(_("{host} does not accept the key.").format(host=host), _("Renew the account with a new key."))


def translate(clock: Clock, answer: Answer) -> NetworkError | None:
    """What Discourse means by an error: sentences in `errors`, a word in `error_type`. None: as any other server."""
    try:
        body = read_json(answer.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    errors = body.get("errors")
    said = " ".join(" ".join(str(one) for one in errors).split())[:300] if isinstance(errors, list) else ""
    kind = body.get("error_type")
    if answer.status == 429:
        return _slower(clock, answer, body)
    if answer.status == 403 and kind == "not_logged_in":
        return ended(answer.host)
    if answer.status == 403 and said:
        return Forbidden(
            _("{host} does not allow this: {why}").format(host=answer.host, why=said),
            "",
            _("Check the rights of the login, and that its key may write."),
        )
    if answer.status in (400, 409, 422) and said:
        return Rejected(_("{host} refused: {why}").format(host=answer.host, why=said), str(kind or said))
    return None


def _slower(clock: Clock, answer: Answer, body: dict[str, Any]) -> NetworkError | None:
    extras = body.get("extras")
    wait = extras.get("wait_seconds") if isinstance(extras, dict) else None
    if "retry-after" in answer.headers or not isinstance(wait, int | float) or not 0 <= wait < 1e9:
        return None
    until: datetime = soonest(wait, clock.now())
    return RateLimited(_("{host} asks to slow down.").format(host=answer.host), until)
