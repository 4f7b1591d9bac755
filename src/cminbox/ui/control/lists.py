"""What sheets show: help, outbox, sent, drafts, accounts, journal."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.config.actions import ACTIONS, Action
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox import drafts, outbox, overview
from cminbox.model.base import AccountState, ActState, ActVerb, Audience
from cminbox.model.rows import ActRow, TopicRow
from cminbox.text import cut, label, pad, safe
from cminbox.ui import times, words
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content, Entry

SECTIONS = (
    (N_("Conversations"), ("conversation", "wave", "message", "person", "topic", "pane")),
    (N_("Writing"), ("composer",)),
    (N_("Undo and sending"), ("journal", "outbox")),
    (N_("Moving"), ("move",)),
    (N_("Finding"), ("queue", "view")),
    (N_("Going to"), ("go",)),
    (N_("In a list"), ("list",)),
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
    topic: TopicRow | None = None
    note: bool = False
    wave: int | None = None
    copy: str = ""


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
            ("text", pad(_(action.help), room)),
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
            why = safe(act.error or (act.reason or "" if wrong else ""))
            told = safe(act.text) if act.verb is ActVerb.REPLY else f"{_(words.VERBS[act.verb])}  {safe(act.text)}"
            line: Line = [
                ("dim", f" {times.when(act.created_at, now, zone):>{times.WHEN}} {words.initials(safe(act.by)):<2} "),
                ("error" if wrong else "act" if act.state is not ActState.SENT else "good", pad(state, 16) + " "),
                ("error" if why else "text", cut(why or told, max(4, room - 30))),
            ]
            entries.append(Entry(line, Pick(conversation=act.conversation_id, act=act)))
        return Content(name, title, entries or [Entry([("dim", f"  {nothing}")])], hint)

    async def drafts(self) -> Content:
        """My drafts."""
        now, zone, room = self.stage.desk.clock.now(), self.stage.app.zone, self.stage.app.size.width
        entries = []
        for draft in await drafts.mine(self.stage.desk):
            line: Line = [
                ("dim", f" {times.when(draft.saved_at, now, zone):>{times.WHEN}} "),
                ("text", pad(_(words.AUDIENCES[draft.audience]), 10) + " "),
                ("text", cut(safe(draft.text), max(4, room - 22))),
            ]
            note = draft.audience is Audience.NOTE
            private = draft.audience.is_private and not note
            pick = Pick(conversation=draft.conversation_id, private=private, note=note)
            entries.append(Entry(line, pick))
        nothing = [Entry([("dim", "  " + _("No draft is waiting."))])]
        return Content("drafts", _("Drafts"), entries or nothing, _("Enter goes on writing") if entries else "")

    async def accounts(self) -> Content:
        """Our accounts, with how they are reached."""
        entries = [entry for each in await overview.all_accounts(self.stage.desk) for entry in self._account(each)]
        nothing = [Entry([("dim", "  " + _("No account is connected: cminbox accounts add --help says how."))])]
        return Content("accounts", _("Accounts"), entries or nothing)

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
            cure = _("cminbox accounts renew {name}").format(name=safe(account.name))
            out.append(Entry([("warning", f"    {cure}")]))
        return out

    async def journal(self) -> Content:
        """What happened, the latest first."""
        now, zone = self.stage.desk.clock.now(), self.stage.app.zone
        entries = []
        for each in await overview.latest(self.stage.desk):
            line: Line = [
                ("dim", f" {times.when(each.at, now, zone):>{times.WHEN}} "),
                ("us" if each.by else "dim", pad(safe(each.by) or _("network"), 12) + " "),
                ("text", pad(_journal_word(each.verb), 18) + " "),
                ("dim", label(each.person) if each.conversation else ""),
                ("note", _("  taken back") if each.undone else ""),
            ]
            pick = Pick(conversation=each.conversation) if each.conversation else Pick(account="-")
            entries.append(Entry(line, pick))
        nothing = [Entry([("dim", "  " + _("Nothing happened yet."))])]
        return Content("journal", _("Journal"), entries or nothing)


def _journal_word(verb: str) -> str:
    """What an entry of the journal is called on the screen."""
    known = {
        "arrived": _("arrived"),
        "reopened": _("opened again"),
        "done": _("done"),
        "reopen": _("reopened"),
        "waiting": _("waiting"),
        "star": _("starred"),
        "unstar": _("star taken off"),
        "read": _("read"),
        "unread": _("marked unread"),
        "reply": _("reply"),
        "private_reply": _("private reply"),
        "undo": _("undo"),
        "redo": _("redo"),
        "stop": _("stopped sending"),
        "go": _("let sending go on"),
        "assign": _("assigned"),
        "tag": _("tagged"),
        "untag": _("tag taken off"),
        "note": _("note"),
        "snooze": _("snoozed"),
        "unsnooze": _("back from a snooze"),
        "release": _("released"),
        "spam": _("spam"),
        "retry": _("sent again"),
        "approve": _("sent as it is"),
        "cancel": _("taken back"),
    }
    return known.get(verb, verb)
