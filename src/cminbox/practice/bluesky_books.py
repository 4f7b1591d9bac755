"""The books of a practice Bluesky: repositories of records, who hears of what, and private conversations.

Records stay for ever, deleted ones too. Time is the practice clock's; everything is indexed at an instant of its own,
as it is written down in milliseconds. Ids are made from time, order and names: the same play gives the same ids.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cminbox.clock import Clock, from_ms, to_ms

Json = dict[str, Any]

POST, LIKE, REPOST = "app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.repost"
GATE, BLOCK = "app.bsky.feed.threadgate", "app.bsky.graph.block"

_NAME = re.compile(r"(?<!\w)@([\w][\w.\-]*\w|\w)")
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass(eq=False)
class Person:
    """Somebody with a repository."""

    did: str
    handle: str
    display_name: str
    since: datetime
    followers: int = 0
    muted: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Record:
    """One record. `by_api` tells what was sent from what was played; `marked` are a moderator's labels."""

    owner: Person
    collection: str
    rkey: str
    value: Json
    cid: str
    indexed_at: datetime
    by_api: bool = False
    deleted: bool = False
    marked: tuple[str, ...] = ()

    @property
    def uri(self) -> str:
        """Its address."""
        return f"at://{self.owner.did}/{self.collection}/{self.rkey}"

    @property
    def at(self) -> datetime:
        """When it was written, never later than it was seen."""
        return min(datetime.fromisoformat(self.value["createdAt"]), self.indexed_at)

    @property
    def parent(self) -> str | None:
        """The address of the post that it answers."""
        found: str | None = self.value.get("reply", {}).get("parent", {}).get("uri")
        return found


@dataclass(eq=False)
class Notice:
    """One notification. `raw` replaces parts of what the server would say (for nonsense)."""

    to: Person
    reason: str
    about: Record
    at: datetime
    subject: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Letter:
    """One private message."""

    id: str
    author: Person
    text: str
    at: datetime
    by_api: bool = False
    facets: list[Json] = field(default_factory=list)
    signs: list[tuple[str, Person]] = field(default_factory=list)
    gone_for: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Convo:
    """A private conversation of two people. Who did not begin it must accept it (`accepted`)."""

    id: str
    members: tuple[Person, Person]
    rev: str = ""
    letters: list[Letter] = field(default_factory=list)
    accepted: set[str] = field(default_factory=set)


class Books:
    """Everything that exists."""

    def __init__(self, clock: Clock, domain: str) -> None:
        self.clock = clock
        self.domain = domain
        self.people: dict[str, Person] = {}
        self.records: dict[str, Record] = {}
        self.notices: list[Notice] = []
        self.convos: dict[str, Convo] = {}
        self.reports: list[Json] = []
        self._about: dict[str, list[Record]] = defaultdict(list)
        self._last_ms = 0
        self._serial = 0

    def add_person(self, name: str, display_name: str = "") -> Person:
        """A new account: `name` below the server's own domain, or a handle of its own with dots."""
        handle = name if "." in name else f"{name}.{self.domain}"
        letters = base64.b32encode(hashlib.sha256(handle.encode()).digest()).decode().lower()
        person = Person(f"did:plc:{letters[:24]}", handle, display_name or name, self.clock.now())
        self.people[person.did] = person
        return person

    def person(self, name: str) -> Person | None:
        """Who has this handle, name below the domain, or DID."""
        wanted = name.removeprefix("@").lower()
        found = (
            p for p in self.people.values() if wanted in (p.did, p.handle, p.handle.removesuffix(f".{self.domain}"))
        )
        return next(found, None)

    def write(
        self, author: Person, text: str, *, answers: Record | None = None, at: datetime | None = None, **more: Any
    ) -> Record:
        """A post that somebody's program writes, with the names in it as mentions. `more` are fields of the record."""
        now = self._instant(at)
        value: Json = {"$type": POST, "text": text, "createdAt": stamp(now), **more}
        if facets := [*self.mentions_in(text), *more.get("facets", ())]:
            value["facets"] = facets
        if answers is not None:
            root = answers.value.get("reply", {}).get("root") or ref(answers)
            value["reply"] = {"root": root, "parent": ref(answers)}
        return self.put(author, POST, tid(to_ms(now) * 1000, len(self.records)), value, indexed_at=now)

    def put(
        self, owner: Person, collection: str, rkey: str, value: Json, *, indexed_at: datetime | None = None, **more: Any
    ) -> Record:
        """A record comes into a repository (or another version of it), and everybody concerned hears of it."""
        at = indexed_at or self._instant(None)
        record = Record(owner, collection, rkey, value, cid_of(value), at, **more)
        self.records[record.uri] = record
        for uri in dict.fromkeys(filter(None, (_points(record), _quoted(record)))):
            self._about[uri].append(record)
        if collection == POST:
            self._tell(record)
        elif collection == LIKE and (liked := self.records.get(value["subject"]["uri"])):
            self.notices.append(Notice(liked.owner, "like", record, at, liked.uri))
        return record

    def delete(self, record: Record) -> None:
        """A record is gone; what tells of it too."""
        record.deleted = True
        self.notices = [notice for notice in self.notices if notice.about is not record]

    def find(self, uri: str) -> Record | None:
        """The record with this address, unless it is deleted."""
        record = self.records.get(uri)
        return None if record is None or record.deleted else record

    def all_of(self, collection: str, owner: Person | None = None) -> list[Record]:
        """What exists of a collection (of one person, or of everybody), oldest first."""
        found = (r for r in self.records.values() if r.collection == collection and not r.deleted)
        return sorted((r for r in found if owner is None or r.owner is owner), key=lambda r: r.indexed_at)

    def blocking(self, who: Person, whom: Person) -> Record | None:
        """The record by which somebody blocks somebody."""
        return next((r for r in self.all_of(BLOCK, who) if r.value["subject"] == whom.did), None)

    def liking(self, who: Person, what: Record) -> Record | None:
        """The record by which somebody likes something."""
        return next((r for r in self.all_of(LIKE, who) if r.value["subject"]["uri"] == what.uri), None)

    def like(self, who: Person, post: Record) -> Record:
        """Somebody likes a post."""
        return self._sign(LIKE, who, post)

    def repost(self, who: Person, post: Record) -> Record:
        """Somebody shows a post to those who follow them."""
        return self._sign(REPOST, who, post)

    def count(self, post: Record, collection: str = POST, *, quotes: bool = False) -> int:
        """How many likes, reposts, or posts there are about a post: direct answers, or `quotes`."""
        about = [each for each in self._about.get(post.uri, ()) if self.find(each.uri) is each]
        of_kind = [each for each in about if each.collection == collection]
        return (
            sum(_quoted(each) == post.uri for each in of_kind)
            if quotes
            else sum(_points(each) == post.uri for each in of_kind)
        )

    def convo(self, one: Person, other: Person) -> Convo:
        """The conversation of two people, begun where there is none; who asked for it has accepted it."""
        key = hashlib.sha256("".join(sorted((one.did, other.did))).encode()).hexdigest()[:13]
        found = self.convos.setdefault(key, Convo(key, (one, other)))
        if not found.letters:
            found.accepted.add(one.did)
        return found

    def send(self, author: Person, convo: Convo, text: str, **more: Any) -> Letter:
        """A private message."""
        now = self._instant(None)
        letter = Letter(tid(to_ms(now) * 1000, len(convo.letters)), author, text, now, **more)
        convo.letters.append(letter)
        convo.rev = letter.id
        convo.accepted.add(author.did)
        return letter

    def mentions_in(self, text: str) -> list[Json]:
        """The facets of the names in a text; a short name counts, too."""
        found = []
        for match in _NAME.finditer(text):
            person = self.person(match[1])
            if person is not None:
                begin, end = (len(text[:place].encode("utf-8", "replace")) for place in match.span())
                feature = {"$type": "app.bsky.richtext.facet#mention", "did": person.did}
                found.append({"index": {"byteStart": begin, "byteEnd": end}, "features": [feature]})
        return found

    def serial(self) -> int:
        """The next number of the server's own counter."""
        self._serial += 1
        return self._serial

    def _sign(self, collection: str, who: Person, post: Record) -> Record:
        now = self._instant(None)
        value: Json = {"$type": collection, "subject": ref(post), "createdAt": stamp(now)}
        return self.put(who, collection, tid(to_ms(now) * 1000, len(self.records)), value, indexed_at=now)

    def _tell(self, post: Record) -> None:
        told: dict[str, tuple[str, str | None]] = {}
        for did in _named(post.value.get("facets", ())):
            told[did] = ("mention", None)
        quoted = _quoted(post)
        if quoted is not None:
            told[_owner(quoted)] = ("quote", quoted)
        reply = post.value.get("reply")
        if reply:
            for uri in (reply["root"]["uri"], reply["parent"]["uri"]):
                told[_owner(uri)] = ("reply", uri)
        for did, (reason, subject) in told.items():
            person = self.people.get(did)
            if person is not None and person is not post.owner and post.owner.did not in person.muted:
                self.notices.append(Notice(person, reason, post, post.at, subject))

    def _instant(self, at: datetime | None) -> datetime:
        """Now, or a little later: no two things are indexed at the same instant."""
        if at is not None:
            return at
        self._last_ms = max(self._last_ms + 1, to_ms(self.clock.now()))
        return from_ms(self._last_ms)


def ref(record: Record) -> Json:
    """One version of a record, as others refer to it."""
    return {"uri": record.uri, "cid": record.cid}


def stamp(at: datetime) -> str:
    """A time as the lexicons want it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cid_of(value: Json) -> str:
    """An address of a content, in the form of a CID."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()
    return "bafyrei" + base64.b32encode(digest).decode().lower().rstrip("=")


def tid(microseconds: int, clock: int) -> str:
    """A timestamp identifier."""
    number = (microseconds << 10) | (clock % 1024)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def _points(record: Record) -> str | None:
    subject = record.value.get("subject")
    return subject.get("uri") if isinstance(subject, dict) else record.parent


def _quoted(post: Record) -> str | None:
    found: str | None = post.value.get("embed", {}).get("record", {}).get("uri")
    return found


def _owner(uri: str) -> str:
    return uri.removeprefix("at://").partition("/")[0]


def _named(facets: Iterable[Json]) -> list[str]:
    return [feature["did"] for facet in facets for feature in facet["features"] if "did" in feature]
