"""A conversation as lines: its topic, what stands above, the messages, and the acts under way. No widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from cminbox.i18n import _, ngettext
from cminbox.model.base import ActState, Audience, MessageState, TimePrecision
from cminbox.model.reasons import in_words
from cminbox.model.rows import ActRow, ConversationView, MessageRow, QueueRow, TopicRow
from cminbox.model.search_terms import Term, hits
from cminbox.model.theme import FOUND, tag_role
from cminbox.text import cut, fold, label, pad, safe, width, wrap
from cminbox.ui import times, words
from cminbox.ui.rows import NOTED
from cminbox.ui.widgets.lines import Line, spread

LONG_LINES = 40
"""Lines of one message shown before it is cut."""
_TIME = 8
_SHOWN_ACTS = (ActState.HELD, ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN, ActState.REVIEW, ActState.FAILED)


@dataclass(frozen=True)
class Page:
    """The lines of a conversation. `starts` maps a message's id to its first line, `cut_ids` are shown cut, `hits` are
    the lines with words that are searched for.
    """

    lines: list[Line] = field(default_factory=list)
    starts: dict[int, int] = field(default_factory=dict)
    cut_ids: tuple[int, ...] = ()
    hits: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Paper:
    """What lines are laid out on: the cells there are, the time and its zone, the key that shows a long message, the
    colours of tags by their folded names, the words that are searched for, and who looks at it.
    """

    room: int
    now: datetime
    zone: tzinfo | None
    more_key: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    sought: tuple[Term, ...] = ()
    me: str = ""


def page(view: ConversationView, paper: Paper, whole: frozenset[int] = frozenset()) -> Page:
    """The conversation on `paper`. Messages whose id is in `whole` are not cut."""
    out = Page()
    out.lines.extend(_head(view, paper))
    names = max((width(_author(message)) for message in (*view.above, *view.messages)), default=0)
    names = min(max(names, width(_("us"))), 12 + max(0, paper.room - 60) // 6)
    long: list[int] = []
    for message in view.above:
        long += _message(message, paper, names, out, whole, dim=True)
    if view.above:
        out.lines.append([])
    if view.earlier:
        text = ngettext("{n} earlier message; {key} shows more", "{n} earlier messages; {key} shows more", view.earlier)
        out.lines.append([("note", " " * _TIME + text.format(n=view.earlier, key=paper.more_key))])
    shown_day: date | None = None
    for message in view.messages:
        at = message.created_at
        if at is not None and message.precision is not TimePrecision.UNKNOWN:
            local = at.astimezone(paper.zone).date()
            if local != shown_day and (shown_day is not None or local != paper.now.astimezone(paper.zone).date()):
                out.lines.append([("note", " " * _TIME + times.day(at, paper.zone))])
            shown_day = local
        long += _message(message, paper, names, out, whole)
    for act in view.acts:
        if act.state in _SHOWN_ACTS:
            out.lines.extend(_act(act, paper, names))
    for name in view.row.replying:
        if name != paper.me:
            out.lines.extend(_at_work(name, view, paper, names))
    return Page(out.lines, out.starts, tuple(long), out.hits)


def _head(view: ConversationView, paper: Paper) -> list[Line]:
    """Where this is: network, account, state; then the topic in two lines at most."""
    row = view.row
    where = f"{words.network_title(row.network)} · {safe(row.account)}"
    state = _(words.STATES[row.state])
    if row.unanswered and row.waits_since is not None:
        state = _("waits since {time}").format(time=times.when(row.waits_since, paper.now, paper.zone))
    left: Line = [("strong", f" {label(row.person)}"), ("dim", f"  {_(words.KIND_WORDS[row.kind])} · {where}")]
    lines = [spread(left, [("dim", f"{state} ")], paper.room)]
    if marks := _marks(row, paper):
        lines.append([("text", " "), *marks])
    if view.topic is not None:
        lines += _topic(view.topic, paper)
    lines.append([])
    return lines


def _marks(row: QueueRow, paper: Paper) -> Line:
    """What colleagues put on it: the star, the tags, whose it is."""
    parts: list[tuple[str, str]] = [("star", "★")] if row.star else []
    parts += [(tag_role(paper.colours.get(fold(name), "")), f"#{safe(name)}") for name in row.tags]
    if row.assignee:
        parts.append(("dim", _("assigned to {name}").format(name=safe(row.assignee))))
    return [each for part in parts for each in (("text", " "), part)][1:]


def _topic(topic: TopicRow, paper: Paper) -> list[Line]:
    whose = _("our post") if topic.is_ours else label(topic.author) if topic.author else ""
    title = _("“{title}”").format(title=safe(topic.title)) if topic.title else ""
    pictures = " ".join(safe(words.media_words(media)) for media in topic.media)
    text = safe(topic.text) if topic.text != topic.title else ""
    campaign = f"#{safe(topic.campaign)}" if topic.campaign else ""
    told = "  ".join(part for part in (whose, campaign, title, text, pictures) if part)
    room = paper.room - 3
    wrapped = wrap(told, room) if told else []
    if len(wrapped) > 2:
        wrapped = [wrapped[0], cut(wrapped[1] + " " + wrapped[2], room)]
    return [[("topic", f" ▏{line}")] for line in wrapped]


def _author(message: MessageRow) -> str:
    if message.audience is Audience.NOTE:
        return f"{NOTED} {safe(message.by or '')}"
    return _("us") if message.is_us or message.direction.value == "out" else label(message.author)


def _message(
    message: MessageRow, paper: Paper, names: int, out: Page, whole: frozenset[int], *, dim: bool = False
) -> list[int]:
    """Append a message; returns its id where it was cut."""
    ours = message.is_us or message.direction.value == "out"
    out.starts[message.id] = len(out.lines)
    notes = _notes(message)
    body_role = "dim" if dim or not message.addressed or message.state is MessageState.REMOVED else "text"
    room = max(12, paper.room - _TIME - names - 3)
    text = safe(message.text, newlines=True).rstrip("\n")
    lines = [part for paragraph in text.split("\n") for part in (wrap(paragraph, room) or [""])]
    lines += [part for media in message.media for part in wrap(safe(words.media_words(media)), room)]
    if not text and message.media:
        lines = lines[1:]
    is_long = len(lines) > LONG_LINES or message.length > len(message.text)
    shown = lines[:LONG_LINES] if is_long and message.id not in whole else lines
    at = times.at_time(message.created_at, paper.zone) if message.created_at else ""
    if message.precision in (TimePrecision.DAY, TimePrecision.UNKNOWN):
        at = ""
    name_role = "note" if message.audience is Audience.NOTE else "us" if ours else "them"
    gutter = f"  {at:<5} "
    for number, part in enumerate(shown or [""]):
        head: Line = [("dim", gutter), (name_role, pad(_author(message), names)), ("text", "  ")]
        left = head if number == 0 else [("text", " " * (_TIME + names + 2))]
        if found := hits(part, paper.sought):
            out.hits.append(len(out.lines))
        out.lines.append([*left, *_with_hits(part, found, body_role)])
    for note in notes:
        out.lines.append([("text", " " * (_TIME + names + 2)), ("note", note)])
    if is_long and message.id not in whole:
        told = _("cut: {n} characters in all; {key} shows the rest").format(
            n=f"{message.length:,}".replace(",", "\u202f"), key=paper.more_key
        )
        out.lines.append([("text", " " * (_TIME + names + 2)), ("act", told)])
        return [message.id]
    return []


def _with_hits(text: str, found: list[tuple[int, int]], role: str) -> Line:
    """A line of text with what was searched for marked."""
    line, at = list[tuple[str, str]](), 0
    for start, end in found:
        line += [(role, text[at:start]), (FOUND, text[start:end])]
        at = end
    return [part for part in (*line, (role, text[at:])) if part[1] or not found]


def _notes(message: MessageRow) -> list[str]:
    """What cminbox says about a message: what became of it, who wrote it here, who likes it."""
    said = [_("erased")] if message.erased else []
    if message.state is not MessageState.SHOWN:
        said.append(_(words.MESSAGES[message.state]))
    if message.audience is Audience.NOTE:
        said.append(_("a note for colleagues"))
    elif message.by:
        said.append(_("by {name}").format(name=safe(message.by)))
    if message.likes:
        said.append(ngettext("{n} like", "{n} likes", message.likes).format(n=message.likes))
    return [", ".join(said)] if said else []


def _at_work(name: str, view: ConversationView, paper: Paper, names: int) -> list[Line]:
    """A colleague who is replying, with what she wrote so far where that is looked at."""
    indent = " " * (_TIME + names + 2)
    room = max(12, paper.room - _TIME - names - 3)
    lines: list[Line] = []
    for draft in view.drafts:
        if draft.by == name and draft.audience is not Audience.NOTE:
            text = safe(draft.text, newlines=True)
            body = [part for paragraph in text.split("\n") for part in (wrap(paragraph, room) or [""])]
            lines += [[("text", indent), ("dim", part)] for part in body[-LONG_LINES:]]
    return [*lines, [("text", indent), ("act", cut(_("{name} is replying…").format(name=safe(name)), room))]]


def _act(act: ActRow, paper: Paper, names: int) -> list[Line]:
    """An act that is not done with: what it is, where it stands and, in words, why."""
    room = max(12, paper.room - _TIME - names - 3)
    indent = " " * (_TIME + names + 2)
    failed = act.state in (ActState.FAILED, ActState.REVIEW)
    told = _(words.ACTS[act.state])
    if act.state is ActState.HELD:
        told = _("leaves {time}").format(time=times.at_second(act.send_at, paper.zone))
    if not act.verb.is_reply or act.audience.is_private:
        told = f"{_(words.VERBS[act.verb])}: {told}"
    why = safe(act.error or (in_words(act.reason) if failed else ""))
    told = _("{what} ({name})").format(what=told, name=safe(act.by))
    lines: list[Line] = []
    body = [part for paragraph in safe(act.text, newlines=True).split("\n") for part in (wrap(paragraph, room) or [""])]
    for number, part in enumerate(body[:LONG_LINES] if act.text else []):
        at = times.at_time(act.created_at, paper.zone)
        head: Line = [("dim", f"  {at:<5} "), ("us", pad(_("us"), names)), ("text", "  ")]
        lines.append([*(head if number == 0 else [("text", indent)]), ("dim", part)])
    role = "error" if failed else "act"
    lines.append([("text", indent), (role, cut(told, room))])
    lines += [[("text", indent), (role, part)] for part in (wrap(why, room) if why else [])]
    return lines
