"""The numbers once more, slowly: from nothing but the journal, the messages and the acts, in plain Python."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cminbox.clock import from_ms
from cminbox.config.clocks import Hours
from cminbox.config.settings import Settings
from cminbox.model.numbers import Place
from cminbox.model.week import week_of
from cminbox.store.counters import QUARTER_MS

Row = dict[str, Any]
SEEN = ("shown", "edited", "pending")
PRECISE = ("instant", "assumed_utc")
TARGETS = {"": 5400, "tag": 600, "brand": 1200}
"""The targets of history.settings_of, in seconds."""


class Found(NamedTuple):
    """A number: its value, of how many (a share), and the conversations behind it."""

    value: float | None
    n: int | None
    ids: frozenset[int]


class Took(NamedTuple):
    """One time: how long, in seconds, and in which conversation."""

    seconds: float
    conversation: int


@lru_cache(maxsize=100_000)
def worked(hours: Hours | None, zone: str, begin: int, end: int) -> float:
    """Seconds of working time, minute by minute on the clock on the wall."""
    if hours is None:
        return max(0, end - begin) / 1000
    return sum(until - at for at, until in open_minutes(hours, zone, begin, end)) / 1000


@lru_cache(maxsize=10_000)
def due(hours: Hours | None, zone: str, begin: int, target_s: int) -> int:
    """When so much working time has passed."""
    if hours is None:
        return begin + target_s * 1000
    left = target_s * 1000
    for at, until in open_minutes(hours, zone, begin, begin + 30 * 86_400_000):
        if until - at >= left:
            return at + left
        left -= until - at
    raise AssertionError("nobody works")


def open_minutes(hours: Hours, zone: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    week, local_zone, at = week_of(hours.week), ZoneInfo(hours.timezone or zone), begin
    while at < end:
        until = min(end, (at // 60_000 + 1) * 60_000)
        local = from_ms(at).astimezone(local_zone)
        minute = local.hour * 60 + local.minute
        if any(opens <= minute < closes for opens, closes in week[local.weekday()]):
            yield at, until
        at = until


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


class House:
    """What lies in the store: messages, acts, the journal, and what conversations are."""

    def __init__(self, db: sqlite3.Connection, settings: Settings) -> None:
        def rows(sql: str) -> list[Row]:
            return [dict(row) for row in db.execute(sql)]

        self.settings = settings
        self.names: dict[int, str] = dict(db.execute("SELECT id, name FROM colleague").fetchall())
        self.alias: dict[int, int] = dict(db.execute("SELECT id, conversation_id FROM conversation_alias").fetchall())
        people = {row["id"]: row for row in rows("SELECT * FROM person")}
        places = "SELECT a.id, a.name AS account, n.name AS network, b.name AS brand FROM account a"
        places += " JOIN network n ON n.id = a.network_id LEFT JOIN brand b ON b.id = a.brand_id"
        self.accounts = {row["id"]: row for row in rows(places)}
        self.conversations = {row["id"]: row for row in rows("SELECT * FROM conversation")}
        self.messages = rows("SELECT * FROM message ORDER BY at_ms, id")
        self.by_id = {each["id"]: each for each in self.messages}
        self.acts = rows("SELECT * FROM act")
        self.journal = rows("SELECT * FROM journal ORDER BY id")
        for entry in self.journal:
            entry["before"], entry["after"] = (json.loads(entry[name] or "{}") for name in ("before", "after"))
            entry["conversation_id"] = self.same(entry["conversation_id"])
        for act in self.acts:
            act["conversation_id"] = self.same(act["conversation_id"])
        for each in self.messages:
            person = people.get(each["person_id"], {"is_bot": 0, "is_us": 0})
            each["bot"], each["us"] = bool(person["is_bot"]), bool(person["is_us"])
        self.tag = db.execute("SELECT max(id) FROM tag WHERE folded = 'vip'").fetchone()[0]
        self.tagged = {
            row["conversation_id"] for row in rows("SELECT * FROM conversation_tag") if row["tag_id"] == self.tag
        }
        self.heard = [m for m in self.messages if m["direction"] == "in" and m["addressed"] and m["conversation_id"]]
        self.asked = [m for m in self.heard if not m["bot"] and not m["is_history"]]
        self.replies = self._replies()

    def same(self, one: int | None) -> int | None:
        """The conversation that an id stands for."""
        return self.alias.get(one, one) if one is not None else None

    def human(self, by: int | None) -> bool:
        """Whether somebody did it that is no rule (None: somebody elsewhere)."""
        return by is None or self.names[by] != "[rules]"

    def _replies(self) -> list[Row]:
        acts = {act["id"]: act for act in self.acts}
        found = []
        for m in self.messages:
            counts = m["direction"] == "out" and m["audience"] != "note" and m["conversation_id"] is not None
            if counts and not m["is_history"] and m["precision"] != "unknown" and self.human(m["by"]):
                act = acts.get(m["act_id"])
                found.append({**m, "of": act["conversation_id"] if act else m["conversation_id"]})
        return sorted(found, key=lambda m: (m["at_ms"], m["remote_id"]))

    def brand(self, one: int) -> str:
        return self.accounts[self.conversations[one]["account_id"]]["brand"] or ""

    def hours(self, one: int) -> Hours | None:
        own = self.settings.brands.get(self.brand(one))
        return own.hours if own is not None and own.hours is not None else self.settings.hours

    def took(self, one: int, begin: int, end: int) -> Took:
        return Took(worked(self.hours(one), self.settings.timezone, begin, end), one)

    def first_in(self, one: int) -> int | None:
        """When a conversation began; None where that is not known to the instant."""
        found = [m for m in self.asked if m["conversation_id"] == one]
        return found[0]["at_ms"] if found and found[0]["precision"] in PRECISE else None

    def first_reply(self, one: int) -> Row | None:
        begun = self.first_in(one)
        for reply in self.replies:
            above = self.by_id.get(reply["parent_id"], {})
            after = begun is not None and (reply["at_ms"] >= begun or above.get("direction") == "in")
            if reply["of"] == one and reply["precision"] in PRECISE and after:
                return reply
        return None

    def counting(self, state: str) -> list[Row]:
        """Verbs of people that gave conversations a state, and were not taken back."""
        return [
            entry
            for entry in self.journal
            if entry["by"] is not None
            and self.human(entry["by"])
            and entry["verb"] not in ("undo", "redo")
            and entry["undone_by"] is None
            and entry["after"].get("state") == state
        ]

    def was_tagged(self, one: int, at_ms: int) -> bool:
        """Whether a conversation had the tag at an instant: what it is now, and back over the journal."""
        held, name = one in self.tagged, f"tag:{self.tag}"
        for entry in reversed(self.journal):
            if entry["conversation_id"] == one and entry["at_ms"] > at_ms and name in entry["before"]:
                held = bool(entry["before"][name])
        return held

    def target_s(self, one: int, tagged: bool) -> int:
        held = ["", *(["tag"] if tagged else []), *(["brand"] if self.brand(one) == "nord" else [])]
        return min(TARGETS[each] for each in held)

    def wait_before(self, reply: Row, known_ms: int) -> Row | None:
        """The message that the wait began with which a reply ended, among those that were known at an instant."""
        one, at = reply["of"], reply["at_ms"]
        replies = [r["at_ms"] for r in self.replies if r["of"] == one and r["received_ms"] <= known_ms]
        since = max((each for each in replies if each < at), default=-1)
        found = (m for m in self.asked if m["conversation_id"] == one and m["received_ms"] <= known_ms)
        return next((m for m in found if since < m["at_ms"] <= at and m["precision"] in PRECISE), None)

    def promised(self, reply: Row) -> int | None:
        """By when a reply was to come, by the target in force when it was sent (or the wait before it became known)."""
        last = max(m["received_ms"] for m in self.messages)
        asked = self.wait_before(reply, last)
        if asked is None or reply["precision"] not in PRECISE:
            return None
        times = sorted({reply["received_ms"], *(m["received_ms"] for m in self.messages)})
        judged = next(
            at for at in times if at >= reply["received_ms"] and (self.wait_before(reply, at) is not None or at == last)
        )
        target_s = self.target_s(reply["of"], self.was_tagged(reply["of"], judged))
        return due(self.hours(reply["of"]), self.settings.timezone, asked["at_ms"], target_s)

    def waiting(self, one: int) -> dict[int, int]:
        """Who waits for us in a conversation, and since when (design: When it waits for us)."""
        row = self.conversations[one]
        assert not row["is_private"]
        assert row["linked_conversation_id"] is None
        if row["state"] == "spam":
            return {}
        answers: list[tuple[int, set[int] | None, int | None]] = []
        for m in self.messages:
            ours = m["conversation_id"] == one and m["direction"] == "out" and m["audience"] != "note"
            if ours and m["state"] in SEEN and self.human(m["by"]):
                people, least = self._answered(m["parent_id"])
                answers.append((max(m["at_ms"], least), people, m["id"]))
        for act in self.acts:
            live = act["state"] in ("held", "queued", "sending", "uncertain", "sent")
            reply = act["verb"] in ("reply", "private_reply") and act["result_message_id"] is None
            if act["conversation_id"] == one and live and reply and self.human(act["by"]):
                people, least = self._answered(act["message_id"])
                answers.append((max(act["created_ms"], least), people, None))
        found: dict[int, int] = {}
        for m in self.asked:
            who, visible = m["person_id"], m["state"] in SEEN and not m["us"] and not m["reviewed"]
            if m["conversation_id"] != one or not visible or m["id"] <= row["reviewed_message_id"]:
                continue
            mine = [(at, below) for at, people, below in answers if people is None or who in people]
            last = max((at for at, _below in mine), default=-1)
            beneath = m["at_ms"] == last and m["parent_id"] in [below for _at, below in mine if below is not None]
            if m["at_ms"] > last or beneath:
                found.setdefault(who, m["at_ms"])
        return found

    def _answered(self, message_id: int | None) -> tuple[set[int] | None, int]:
        """Whom a message below another answers, and the time of that other."""
        least = self.by_id[message_id]["at_ms"] if message_id in self.by_id else 0
        while message_id in self.by_id:
            above = self.by_id[message_id]
            if above["direction"] == "in":
                return {above["person_id"]}, least
            message_id = above["parent_id"]
        return None, least

    def due_ms(self, one: int, window_s: int) -> int | None:
        """By when an answer is due in a conversation: the target, or the end of nord's reply window."""
        waits = self.waiting(one)
        if not waits:
            return None
        target_s = self.target_s(one, one in self.tagged)
        ends = [due(self.hours(one), self.settings.timezone, min(waits.values()), target_s)]
        if self.brand(one) == "nord":
            for who in waits:
                said = [
                    m["at_ms"]
                    for m in self.messages
                    if m["conversation_id"] == one and m["person_id"] == who and m["state"] in SEEN
                ]
                ends.append(max(said) + window_s * 1000)
        return min(ends)


class Recount:
    """The numbers of a period at a place."""

    def __init__(self, house: House, since: int, until: int, place: Place) -> None:
        self.house, self.since, self.until, self.place = house, since, until, place

    def within(self, at_ms: int | None) -> bool:
        return at_ms is not None and self.since <= at_ms < self.until

    def here(self, one: int | None) -> bool:
        """Whether a conversation belongs to the place."""
        if one is None or one not in self.house.conversations:
            return False
        account, wanted = self.house.accounts[self.house.conversations[one]["account_id"]], self.place
        named = ((wanted.brand, "brand"), (wanted.account, "account"), (wanted.network, "network"))
        tagged = wanted.tag is None or one in self.house.tagged
        return tagged and all(name is None or account[column] == name for name, column in named)

    def mine(self, by: int | None) -> bool:
        """Whether it was done by the colleague that is asked for."""
        return self.place.colleague is None or (by is not None and self.house.names[by] == self.place.colleague)

    def ours(self) -> list[Row]:
        """The replies of the period."""
        found = (r for r in self.house.replies if self.within(r["at_ms"]))
        return [r for r in found if self.here(r["of"]) and self.mine(r["by"])]

    def closings(self, state: str = "done") -> list[Row]:
        found = (e for e in self.house.counting(state) if self.within(e["at_ms"]) and self.mine(e["by"]))
        history = {one for one, row in self.house.conversations.items() if row["is_history"] and state == "done"}
        return [e for e in found if self.here(e["conversation_id"]) and e["conversation_id"] not in history]

    def deeds(self, *verbs: str) -> list[Row]:
        found = (a for a in self.house.acts if a["verb"] in verbs and a["state"] == "sent" and self.mine(a["by"]))
        return [a for a in found if self.within(a["finished_ms"]) and self.here(a["conversation_id"])]

    def heard(self, edge: int = 1) -> list[Row]:
        """Messages to us with a date; in whole pieces of time of so many milliseconds."""
        low, high = self.since // edge * edge, -(-self.until // edge) * edge
        found = (m for m in self.house.heard if m["precision"] != "unknown" and low <= m["at_ms"] < high)
        return [m for m in found if self.here(m["conversation_id"])]

    def begun(self) -> list[int]:
        found = (one for one, row in self.house.conversations.items() if row["state"] != "spam" and self.here(one))
        return [one for one in found if self.within(self.house.first_in(one))]

    def counts(self) -> dict[str, Found]:
        house, begun, ours, closed = self.house, self.begun(), self.ours(), self.closings()
        people = [m for m in self.heard() if not m["bot"]]
        earlier = {m["person_id"] for m in house.messages if m["direction"] == "in" and m["at_ms"] < self.since}
        answered = [one for one in begun if house.first_reply(one)]
        needed = [one for one in begun if house.first_reply(one) or house.waiting(one)]
        first: dict[int, int] = {}
        for entry in closed:
            first.setdefault(entry["conversation_id"], entry["id"])
        reopened = [one for one, entry in first.items() if self._reopened(one, entry)]
        touches = {one: sum(r["of"] == one for r in house.replies) for one in first if self._state(one) == "done"}
        touches = {one: n for one, n in touches.items() if n}
        promised = {r["id"]: end for r in ours if (end := house.promised(r)) is not None}
        hits = sum(r["at_ms"] <= promised[r["id"]] for r in ours if r["id"] in promised)
        moderated = self.deeds("hide", "delete", "block", "report")
        private = self.deeds("private_reply")
        reviewed = [e for e in closed if "reviewed_message_id" in e["after"]]
        received = self.heard(QUARTER_MS)
        unique = {m["person_id"] for m in people}
        returning = unique & earlier

        def count(rows: Sequence[Row], key: str = "conversation_id") -> Found:
            return Found(len(rows), None, frozenset(row[key] for row in rows))

        def each(rows: Sequence[Row], key: str = "conversation_id") -> Found:
            ids = frozenset(row[key] for row in rows)
            return Found(len(ids), None, ids)

        def part(some: int, of: Sequence[int] | dict[int, int]) -> Found:
            return Found(share(some, len(of)), len(of), frozenset(of))

        return {
            "received": count(received),
            "people": Found(len(unique), None, frozenset(m["conversation_id"] for m in people)),
            "returning_people": Found(
                share(len(returning), len(unique)),
                len(unique),
                frozenset(m["conversation_id"] for m in people if m["person_id"] in returning),
            ),
            "conversations": Found(len(begun), None, frozenset(begun)),
            "answered": each(ours, "of"),
            "replies": count(ours, "of"),
            "targets_hit": Found(
                share(hits, len(promised)), len(promised), frozenset(r["of"] for r in ours if r["id"] in promised)
            ),
            "response_rate": part(len(answered), needed),
            "response_rate_meta": part(len(answered), begun),
            "reviewed": each(reviewed),
            "answered_privately": each([a for a in private if house.human(a["by"])]),
            "closed": each(closed),
            "reopen_rate": part(len(reopened), first),
            "one_touch_rate": part(sum(n == 1 for n in touches.values()), touches),
            "moderated": count(moderated),
            "spam": each(self.closings("spam")),
        }

    def _state(self, one: int) -> str:
        return str(self.house.conversations[one]["state"])

    def _reopened(self, one: int, since: int) -> bool:
        return any(
            e["verb"] == "reopened" or e["after"].get("state") == "open"
            for e in self.house.journal
            if e["conversation_id"] == one and e["id"] > since and e["undone_by"] is None
            if e["verb"] not in ("undo", "redo")
        )

    def times(self) -> dict[str, list[Took]]:
        house = self.house
        counted: dict[str, Callable[[], Iterator[Took]]] = {
            "first_response": self._first_responses,
            "message_response": self._message_responses,
            "next_reply": self._next_replies,
            "first_resolution": lambda: self._resolutions(-1),
            "full_resolution": lambda: self._resolutions(1),
        }
        found = {key: sorted(times()) for key, times in counted.items()}
        hidden = ((act, house.by_id.get(act["message_id"])) for act in self.deeds("hide", "delete"))
        found["time_to_hide"] = sorted(
            Took(max(0, act["finished_ms"] - m["at_ms"]) / 1000, act["conversation_id"])
            for act, m in hidden
            if m is not None and m["direction"] == "in" and m["precision"] in PRECISE
        )
        return found

    def _first_responses(self) -> Iterator[Took]:
        for one in filter(self.here, self.house.conversations):
            begun, reply = self.house.first_in(one), self.house.first_reply(one)
            if begun is not None and reply is not None and self.within(reply["at_ms"]) and self.mine(reply["by"]):
                yield self.house.took(one, begun, reply["at_ms"])

    def _message_responses(self) -> Iterator[Took]:
        direct: dict[int, Row] = {}
        for reply in self.house.replies:
            above = self.house.by_id.get(reply["parent_id"])
            if above is not None and above["direction"] == "in" and above["addressed"]:
                direct.setdefault(above["id"], reply)
        for asked, reply in direct.items():
            above = self.house.by_id[asked]
            exact = above["precision"] in PRECISE and reply["precision"] in PRECISE
            if exact and self.within(reply["at_ms"]) and self.here(reply["of"]) and self.mine(reply["by"]):
                yield self.house.took(reply["of"], above["at_ms"], reply["at_ms"])

    def _next_replies(self) -> Iterator[Took]:
        for reply in self.ours():
            before = [r["at_ms"] for r in self.house.replies if r["of"] == reply["of"] and r["at_ms"] < reply["at_ms"]]
            asked = self.house.wait_before(reply, max(m["received_ms"] for m in self.house.messages))
            if before and asked is not None and reply["precision"] in PRECISE:
                yield self.house.took(reply["of"], asked["at_ms"], reply["at_ms"])

    def _resolutions(self, place: int) -> Iterator[Took]:
        """The first (-1) or the last (1) closing of each conversation."""
        for one in filter(self.here, self.house.conversations):
            closed = [e for e in self.house.counting("done") if e["conversation_id"] == one]
            begun = self.house.first_in(one)
            if begun is None or not closed or self.house.conversations[one]["is_history"]:
                continue
            entry = closed[0] if place < 0 else closed[-1]
            done = place < 0 or self._state(one) == "done"
            if done and self.within(entry["at_ms"]) and self.mine(entry["by"]):
                yield self.house.took(one, begun, entry["at_ms"])
