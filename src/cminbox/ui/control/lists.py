"""What sheets show: help, outbox, sent, drafts, accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from cminbox.config.actions import ACTIONS, Action
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox import drafts, outbox, overview, queue, selection
from cminbox.inbox.selection import SelectionDraft
from cminbox.model.base import AccountState, ActState, ActVerb, Audience
from cminbox.model.reasons import in_words
from cminbox.model.rows import ActRow, DraftRow, QueueRow, TopicRow
from cminbox.text import cut, label, pad, safe, width
from cminbox.ui import joining, times, words
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content, Entry

SECTIONS = (
    (N_("Conversations"), ("conversation", "wave", "message", "person", "topic", "macro", "pane")),
    (N_("Writing"), ("composer",)),
    (N_("Undo and sending"), ("journal", "outbox")),
    (N_("Moving"), ("move",)),
    (N_("Finding"), ("queue", "view")),
    (N_("Going to"), ("go",)),
    (N_("In a list"), ("list", "template", "numbers")),
    (N_("Colleagues"), ("team",)),
    (N_("The program"), ("app", "counters")),
)
"""How help is parted: a title and the areas of the actions below it."""


@dataclass(frozen=True)
class Pick:
    """What an entry of a sheet is about: a conversation to open, an act, a draft to go on with, an action."""

    conversation: int | None = None
    act: ActRow | None = None
    private: bool | None = None
    action: str = ""
    account: str = ""
    command: str = ""
    template: int | None = None
    rule: str = ""
    rule_met: str = ""
    topic: TopicRow | None = None
    note: bool = False
    draft: str = ""
    wave: int | None = None
    selected: tuple[int, ...] = ()
    copy: str = ""
    number: str = ""
    place: tuple[str, str] | None = None
    voice: str = ""


class Lists:
    """Makes the content of each sheet from the store as it is now."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def help(self, area: str) -> Content:
        """The keys that work in an area, from the one table."""
        entries: list[Entry] = []
        for title, prefixes in SECTIONS:
            writing = prefixes == ("composer",)
            actions = [
                action
                for action in ACTIONS
                if action.id.split(".")[0] in prefixes and (writing or area in action.areas or "global" in action.areas)
            ]
            if actions:
                entries += [Entry([("strong", f" {_(title)}")]), *(self._help_line(action) for action in actions)]
                entries.append(Entry([]))
        return Content("help", _("Help"), entries, _("Enter does it, Esc closes"))

    def _help_line(self, action: Action) -> Entry:
        keys = self.stage.app.keys_in_words(action.id, most=3)
        room = max(20, self.stage.app.size.width - 32)
        line: Line = [
            ("key", f" {pad(keys, 13)} "),
            ("text", pad(self.stage.app.hands.words_of(action)[1], room)),
            ("dim", f" {':' + action.command if action.command else ''}"),
        ]
        runnable = not {"composer", "picker"} & set(action.areas)
        return Entry(line, Pick(action=action.id) if runnable else None)

    async def outbox(self) -> Content:
        """What is on its way or waits for a person."""
        rows = await outbox.rows(self.stage.desk)
        hint = _("{retry} sends again, {cancel} takes back").format(
            retry=self.stage.app.keys_in_words("outbox.retry"), cancel=self.stage.app.keys_in_words("outbox.cancel")
        )
        return self._acts("outbox", _("Outbox"), rows, _("Nothing is on its way."), hint if rows else "")

    async def sent(self) -> Content:
        """What was sent from here."""
        rows = await outbox.rows(self.stage.desk, [ActState.SENT])
        return self._acts("sent", _("Sent"), rows[::-1], _("Nothing was sent from here yet."))

    def _acts(self, name: str, title: str, rows: list[ActRow], nothing: str, hint: str = "") -> Content:
        now, zone, room = self.stage.desk.clock.now(), self.stage.app.zone, self.stage.app.size.width
        entries = []
        for act in rows:
            state = _(words.ACTS[act.state])
            if act.state is ActState.HELD:
                state = _("leaves {time}").format(time=times.at_second(act.send_at, zone))
            wrong = act.state in (ActState.FAILED, ActState.REVIEW)
            why = safe(act.error or (in_words(act.reason) if wrong else ""))
            told = safe(act.text) if act.verb is ActVerb.REPLY else f"{_(words.VERBS[act.verb])}  {safe(act.text)}"
            line: Line = [
                ("dim", f" {times.when(act.created_at, now, zone):>{times.WHEN}} {words.initials(safe(act.by)):<2} "),
                ("error" if wrong else "act" if act.state is not ActState.SENT else "good", pad(state, 16) + " "),
                ("error" if why else "text", cut(why or told, max(4, room - 30))),
            ]
            entries.append(Entry(line, Pick(conversation=act.conversation_id, act=act)))
        return Content(name, title, entries or [Entry([("dim", f"  {nothing}")])], hint)

    async def drafts(self) -> Content:
        """The drafts, mine before those of colleagues: to whom, how old, whose. A colleague's can be looked at only."""
        me, now = self.stage.desk.by, self.stage.desk.clock.now()
        found = sorted(await drafts.listed(self.stage.desk), key=lambda each: each.by != me)
        rows = {row.id: row for row in await queue.rows(self.stage.desk, [each.conversation_id for each in found])}
        entries = [
            Entry(self._to_many(draft, now), Pick(selected=draft.conversations, private=draft.private))
            for draft in await selection.drafts(self.stage.desk)
        ]
        for draft in found:
            mine, note = draft.by == me, draft.audience is Audience.NOTE
            private = draft.audience.is_private and not note
            pick = Pick(conversation=draft.conversation_id)
            if mine:
                pick = replace(pick, private=private, note=note, draft=draft.audience.value)
            row = rows.get(draft.conversation_id)
            entries.append(Entry(self._draft(draft, row, "" if mine else safe(draft.by), now), pick))
        nothing = [Entry([("dim", "  " + _("No draft is waiting."))])]
        hint = _("Enter goes on writing, {key} throws it away").format(
            key=self.stage.app.keys_in_words("outbox.cancel")
        )
        return Content("drafts", _("Drafts"), entries or nothing, hint if entries else "")

    def _to_many(self, draft: SelectionDraft, now: datetime) -> Line:
        n = len(draft.conversations)
        to = ngettext("to {n} conversation", "to {n} conversations", n).format(n=words.number(n))
        return [
            ("dim", f" {times.span((now - draft.saved_at).total_seconds()):>6} "),
            ("us", pad(_("me"), 8) + " "),
            ("private" if draft.private else "public", to + "  "),
            ("text", cut(safe(draft.text), max(4, self.stage.app.size.width - width(to) - 20))),
        ]

    def _draft(self, draft: DraftRow, row: QueueRow | None, by: str, now: datetime) -> Line:
        room = self.stage.app.size.width
        person = max(12, room // 6)
        network = words.network_code(row.network) if row is not None else "  "
        return [
            ("dim", f" {times.span((now - draft.saved_at).total_seconds()):>6} "),
            ("us" if not by else "dim", pad(by or _("me"), 8) + " "),
            ("network", f"{network} "),
            ("strong", pad(label(row.person) if row is not None else "", person) + " "),
            ("note", pad(_(words.AUDIENCES[draft.audience]), 9) + " "),
            ("text", cut(safe(draft.text), max(4, room - person - 34))),
        ]

    async def accounts(self) -> Content:
        """Our accounts, with how they are reached."""
        entries = [entry for each in await overview.all_accounts(self.stage.desk) for entry in self._account(each)]
        nothing = [Entry([("dim", "  " + _("No account is connected."))])]
        hint = _("Enter shows it, or renews it; {key} connects one").format(
            key=self.stage.app.keys_in_words("template.new")
        )
        return Content("accounts", _("Accounts"), entries or nothing, hint)

    def _account(self, each: overview.AccountLine) -> list[Entry]:
        account, now, zone = each.account, self.stage.desk.clock.now(), self.stage.app.zone
        states = {
            AccountState.ACTIVE: ("good", _("connected")),
            AccountState.PAUSED: ("error", _("paused")),
            AccountState.IMPORT: ("dim", _("imported")),
        }
        role, state = states[account.state]
        problem = self.stage.app.connection_of(account.name)
        if account.state is AccountState.ACTIVE and problem:
            role, state = "warning", _("offline")
        read = max((feed.read_at for feed in each.feeds if feed.read_at is not None), default=None)
        told = _("read {time}").format(time=times.when(read, now, zone)) if read else ""
        aside = sum(feed.set_aside for feed in each.feeds)
        notes = [
            told,
            ngettext("{n} set aside", "{n} set aside", aside).format(n=aside) if aside else "",
            joining.ending(account, now, zone),
            safe(account.paused_because or problem),
        ]
        line: Line = [
            ("text", f"  {pad(safe(account.name), 24)} "),
            ("dim", pad(words.network_title(account.network), 12) + " "),
            (role, pad(state, 12) + " "),
            ("dim", "  ".join(note for note in notes if note)),
        ]
        out = [Entry(line, Pick(account=account.name))]
        if account.state is AccountState.PAUSED:
            cure = _("Enter gives it a new token (or: cminbox accounts renew {name})").format(name=safe(account.name))
            out.append(Entry([("warning", f"    {cure}")]))
        return out
