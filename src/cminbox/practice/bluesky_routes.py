"""What a practice Bluesky answers to which request (XRPC: `/xrpc/NSID`, queries by GET, procedures by POST)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cminbox.practice.bluesky_books import POST, Json, Person, Record, cid_of, ref, stamp
from cminbox.practice.bluesky_json import Writer
from cminbox.text import measure

if TYPE_CHECKING:
    from cminbox.practice.bluesky import BlueskyServer

T = TypeVar("T")


class Problem(Exception):  # noqa: N818 - what the protocol calls an error is an answer here
    """An answer that is an error."""

    def __init__(self, status: int, code: str, said: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.body: Json = {"error": code, "message": said or code}
        self.headers: Mapping[str, str] = headers or {}


@dataclass(frozen=True)
class Request:
    """One request, parsed. `proxy` is the service that it is meant for; empty for the account's own server."""

    verb: str
    method: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Json
    person: Person | None
    scope: str
    proxy: str

    @property
    def me(self) -> Person:
        """Who asks; 401 for nobody."""
        if self.person is None:
            raise Problem(401, "AuthMissing", "Authentication Required")
        return self.person

    def one(self, name: str) -> str:
        """A query parameter that must be there."""
        values = self.query.get(name)
        if not values:
            raise Problem(400, "InvalidRequest", f'Error: Params must have the property "{name}"')
        return values[-1]

    def number(self, name: str, usual: int, most: int) -> int:
        """A number among the query parameters."""
        number = int(self.query.get(name, [str(usual)])[-1])
        if number > most:
            raise Problem(400, "InvalidRequest", f"Error: {name} can not be greater than {most}")
        return number


Handler = Callable[["BlueskyServer", Request], Json | None]


def route(server: BlueskyServer, request: Request) -> Json | None:
    """The answer to a request; None is an empty one. Raises `Problem`."""
    from cminbox.practice.bluesky_convos import CONVOS

    handler = {**ROUTES, **CONVOS}.get((request.verb, request.method))
    if handler is None:
        raise Problem(404, "XRPCNotSupported", "XRPCNotSupported")
    return handler(server, request)


def _session(server: BlueskyServer, request: Request) -> Json:
    return {"did": request.me.did, "handle": request.me.handle, "active": True, "didDoc": server.document(request.me)}


def _notifications(server: BlueskyServer, request: Request) -> Json:
    reasons = request.query.get("reasons")
    mine = [n for n in server.notices if n.to is request.me and (not reasons or n.reason in reasons)]
    # As the real service does: paged by time alone, so that what shares the time of a page's end is skipped.
    page, cursor = _page(server, request, [(stamp(notice.at), "", notice) for notice in mine])
    writer = Writer(server, request.me)
    return {"notifications": [writer.notice(notice) for notice in page], **cursor}


def _author_feed(server: BlueskyServer, request: Request) -> Json:
    person = _person(server, request.one("actor"))
    entries = [(stamp(post.at), post.cid, post) for post in server.all_of(POST, person)]
    page, cursor = _page(server, request, entries)
    writer = Writer(server, request.me)
    return {"feed": [writer.feed_item(post) for post in page], **cursor}


def _search(server: BlueskyServer, request: Request) -> Json:
    words, since = request.one("q").lower(), request.query.get("since", [""])[-1]
    found = [p for p in server.all_of(POST) if words in p.value["text"].lower() and stamp(p.at) >= since]
    page, cursor = _page(server, request, [(stamp(post.at), post.cid, post) for post in found])
    writer = Writer(server, request.me)
    return {"posts": [writer.post(post) for post in page], **cursor}


def _posts(server: BlueskyServer, request: Request) -> Json:
    uris = request.query.get("uris") or []
    if not 0 < len(uris) <= 25:
        raise Problem(400, "InvalidRequest", "Error: uris must not have more than 25 elements")
    writer = Writer(server, request.me)
    return {"posts": [writer.post(post) for uri in uris if (post := server.find(uri))]}


def _thread(server: BlueskyServer, request: Request) -> Json:
    post = server.find(request.one("uri"))
    if post is None:
        raise Problem(400, "NotFound", f"Post not found: {request.one('uri')}")
    writer = Writer(server, request.me)
    thread = writer.thread(post, request.number("depth", 6, 1000), request.number("parentHeight", 80, 1000))
    gate = writer.gate(post)
    return {"thread": thread, **({"threadgate": gate} if gate else {})}


def _profile(server: BlueskyServer, request: Request) -> Json:
    return Writer(server, request.me).profile(_person(server, request.one("actor")))


def _resolve(server: BlueskyServer, request: Request) -> Json:
    person = server.person(request.one("handle"))
    if person is None or person.handle != request.one("handle"):
        raise Problem(400, "InvalidRequest", "Unable to resolve handle")
    return {"did": person.did}


def _create(server: BlueskyServer, request: Request) -> Json:
    owner, collection, value = _write(server, request)
    rkey = str(request.body.get("rkey") or server.next_key())
    uri = f"at://{owner.did}/{collection}/{rkey}"
    if server.find(uri) is not None:
        # What a real PDS answers to a key that is taken.
        raise Problem(500, "InternalServerError", "Internal Server Error")
    return _written(server.put(owner, collection, rkey, value, by_api=True))


def _put(server: BlueskyServer, request: Request) -> Json:
    owner, collection, value = _write(server, request)
    old = server.find(f"at://{owner.did}/{collection}/{request.body['rkey']}")
    if "swapRecord" in request.body and request.body["swapRecord"] != (old.cid if old else None):
        raise Problem(400, "InvalidSwap", f"Record was at {old.cid if old else 'null'}")
    return _written(server.put(owner, collection, str(request.body["rkey"]), value, by_api=True))


def _get(server: BlueskyServer, request: Request) -> Json:
    owner = _person(server, request.one("repo"))
    uri = f"at://{owner.did}/{request.one('collection')}/{request.one('rkey')}"
    record = server.find(uri)
    if record is None:
        raise Problem(400, "RecordNotFound", f"Could not locate record: {uri}")
    return {**ref(record), "value": record.value}


def _delete(server: BlueskyServer, request: Request) -> Json:
    owner = _own_repository(server, request)
    record = server.find(f"at://{owner.did}/{request.body['collection']}/{request.body['rkey']}")
    if record is None:
        return {}
    server.delete(record)
    return _commit(server)


def _mute(server: BlueskyServer, request: Request) -> None:
    request.me.muted.add(_person(server, str(request.body["actor"])).did)


def _unmute(server: BlueskyServer, request: Request) -> None:
    request.me.muted.discard(_person(server, str(request.body["actor"])).did)


def _report(server: BlueskyServer, request: Request) -> Json:
    report: Json = {
        "id": server.serial(),
        "reasonType": request.body["reasonType"],
        "reason": request.body.get("reason", ""),
        "subject": request.body["subject"],
        "reportedBy": request.me.did,
        "createdAt": stamp(server.clock.now()),
    }
    server.reports.append(report)
    return report


def _write(server: BlueskyServer, request: Request) -> tuple[Person, str, Json]:
    owner = _own_repository(server, request)
    collection, value = str(request.body["collection"]), request.body["record"]
    if value.get("$type") != collection:
        raise Problem(400, "InvalidRequest", f"Invalid $type: expected {collection}")
    if collection == POST:
        text = value["text"]
        if measure(text, "graphemes") > server.longest or measure(text, "bytes") > 3000:
            said = f"Invalid {POST} record: Record/text must not be longer than {server.longest} graphemes"
            raise Problem(400, "InvalidRequest", said)
        size = measure(text, "bytes")
        if any(facet["index"]["byteEnd"] > size for facet in value.get("facets", ())):
            raise Problem(400, "InvalidRequest", f"Invalid {POST} record: a facet ends behind the text")
    return owner, collection, value


def _own_repository(server: BlueskyServer, request: Request) -> Person:
    owner = _person(server, str(request.body["repo"]))
    if owner is not request.me:
        raise Problem(401, "AuthenticationRequired", "Invalid repo")
    return owner


def _written(record: Record) -> Json:
    return {**ref(record), "commit": {"cid": cid_of(record.value), "rev": "2222222222222"}, "validationStatus": "valid"}


def _commit(server: BlueskyServer) -> Json:
    return {"commit": {"cid": cid_of({"n": server.serial()}), "rev": "2222222222222"}}


def _person(server: BlueskyServer, name: str) -> Person:
    person = server.person(name)
    if person is None:
        raise Problem(400, "InvalidRequest", "Profile not found")
    return person


def _page(
    server: BlueskyServer, request: Request, entries: Sequence[tuple[str, str, T]]
) -> tuple[list[T], dict[str, str]]:
    """A page newest first, and the mark of the page before it: time (and content) of its oldest entry."""
    limit = request.number("limit", 50, 100)
    mark = request.query.get("cursor", [""])[-1]
    if mark and (not mark.startswith("2") or not server.honours_marks):
        raise Problem(400, "InvalidRequest", "Malformed cursor")
    at, _line, cid = mark.partition("__")
    placed = sorted(entries, key=lambda entry: entry[:2], reverse=True)
    below = [entry for entry in placed if not mark or entry[:2] < (at, cid)]
    page = below[:limit]
    more = {"cursor": "__".join(filter(None, page[-1][:2]))} if len(below) > limit else {}
    return [entry[2] for entry in page], more


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "com.atproto.server.getSession"): _session,
    ("GET", "com.atproto.identity.resolveHandle"): _resolve,
    ("POST", "com.atproto.repo.createRecord"): _create,
    ("POST", "com.atproto.repo.putRecord"): _put,
    ("GET", "com.atproto.repo.getRecord"): _get,
    ("POST", "com.atproto.repo.deleteRecord"): _delete,
    ("POST", "com.atproto.moderation.createReport"): _report,
    ("GET", "app.bsky.actor.getProfile"): _profile,
    ("GET", "app.bsky.notification.listNotifications"): _notifications,
    ("GET", "app.bsky.feed.getAuthorFeed"): _author_feed,
    ("GET", "app.bsky.feed.searchPosts"): _search,
    ("GET", "app.bsky.feed.getPosts"): _posts,
    ("GET", "app.bsky.feed.getPostThread"): _thread,
    ("POST", "app.bsky.graph.muteActor"): _mute,
    ("POST", "app.bsky.graph.unmuteActor"): _unmute,
}
