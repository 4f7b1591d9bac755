"""The one table of what a person can do on the screen.

Footer, help, which-key strip, palette, the `:` line and `cminbox keys` are made of it; so is the keymap (keymap.py).
A new action is one line here and one handler in ui/control. Names and help are marked here and translated when shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cminbox.i18n import N_, NC_

Area = Literal["queue", "conversation", "list", "person", "composer", "picker", "global"]
"""Where keys work: the queue, the open conversation, a list over them (help, outbox, drafts...), the person, the
composer, a picker (of templates...), and everywhere but in a text ("global")."""
Areas = tuple[Area, ...]

BOTH: Areas = ("queue", "conversation")
PANES: Areas = ("queue", "conversation", "list")
LIST: Areas = ("list",)
PERSON: Areas = ("person",)
ALL_PANES: Areas = (*PANES, *PERSON)
COMPOSER: Areas = ("composer",)
PICKER: Areas = ("picker",)
GLOBAL: Areas = ("global",)


@dataclass(frozen=True)
class Action:
    """One thing a person can do.

    `id` is "area.verb" and never changes: settings name it. `keys` are the default keys, by their character or
    Textual's name ("j", "ctrl+d", "enter"), a sequence with spaces ("g i"); the first is shown. None: only by command.
    `name` is for the footer (short), `help` one line. `command` is what `:` and the palette call it; `areas` say where
    its keys work. `cli` is the same on the command line, where it is there. `undo`: `u` takes it back.
    """

    id: str
    keys: tuple[str, ...]
    name: str
    help: str
    command: str
    areas: Areas = BOTH
    cli: str | None = None
    undo: bool = False


# A table: one line an action, however long.
# fmt: off
ACTIONS: tuple[Action, ...] = (
    # Moving
    Action("move.down", ("j", "down"), N_("down"), N_("Next line"), "down", ALL_PANES),
    Action("move.up", ("k", "up"), N_("up"), N_("Previous line"), "up", ALL_PANES),
    Action("move.top", ("g g", "home"), N_("top"), N_("To the beginning"), "top", ALL_PANES),
    Action("move.bottom", ("G", "end"), N_("bottom"), N_("To the end"), "bottom", ALL_PANES),
    Action("move.half_down", ("ctrl+d",), N_("half down"), N_("Half a page down"), "half-down", ALL_PANES),
    Action("move.half_up", ("ctrl+u",), N_("half up"), N_("Half a page up"), "half-up", ALL_PANES),
    Action("move.page_down", ("pagedown", "space"), N_("page down"), N_("A page down"), "page-down", ALL_PANES),
    Action("move.page_up", ("pageup",), N_("page up"), N_("A page up"), "page-up", ALL_PANES),
    Action("move.next_unanswered", ("n",), N_("next waiting"), N_("Next unanswered, or next hit"), "next-unanswered"),
    Action("move.previous_unanswered", ("N",), N_("previous waiting"), N_("Previous unanswered, or previous hit"), "previous-unanswered"),
    # Reading
    Action("conversation.open", ("enter",), NC_("verb", "open"), N_("Open the conversation"), "open", ("queue",), cli="show"),
    Action("conversation.close", ("q", "escape"), N_("back"), N_("Close it, back to the queue"), "back", ("conversation",)),
    Action("conversation.next", ("J",), N_("next"), N_("Next conversation while reading"), "next"),
    Action("conversation.previous", ("K",), N_("previous"), N_("Previous conversation while reading"), "previous"),
    Action("conversation.whole", ("enter",), N_("whole"), N_("Show all of what was cut short"), "whole", ("conversation",)),
    Action("pane.next", ("tab", "shift+tab"), N_("other pane"), N_("To the next pane"), "pane", (*BOTH, *PERSON)),
    Action("topic.campaign", (), N_("campaign"), N_("Let its topic belong to a campaign, or to none"), "campaign", PANES, cli="campaign", undo=True),
    Action("topic.open", ("P",), N_("topic"), N_("The topic with all its conversations"), "topic"),
    Action("person.panel", ("w",), N_("person"), N_("Who it is, and what was said before"), "person", (*BOTH, *PERSON), cli="person show"),
    Action("person.open", ("enter",), NC_("verb", "open"), N_("Open the conversation, or older ones"), "person-open", PERSON, cli="show"),
    Action("person.link", ("+",), N_("link"), N_("Link a handle: the same human"), "person-link", PERSON, cli="person link", undo=True),
    Action("person.unlink", ("-",), N_("unlink"), N_("Unlink a handle: somebody else"), "person-unlink", PERSON, cli="person unlink", undo=True),
    Action("person.name", ("n",), N_("first name"), N_("Set the first name that templates use"), "person-name", PERSON, cli="person name", undo=True),
    Action("person.note", ("p",), N_("note"), N_("Note something about them; it is never sent"), "person-note", PERSON, cli="person note", undo=True),
    Action("person.unnote", ("d",), N_("take note away"), N_("Take a note about them away"), "person-unnote", PERSON, cli="person unnote", undo=True),
    Action("person.close", ("q", "escape"), N_("back"), N_("Back from the person"), "person-close", PERSON),
    Action("message.open_link", ("O",), N_("link"), N_("Show the link and copy it; nothing is fetched"), "link"),
    Action("message.copy_link", ("y",), N_("copy link"), N_("Copy the link of the message"), "copy-link"),
    Action("conversation.pipe", ("|", "T"), N_("pipe"), N_("Give the conversation to a command as text"), "pipe", cli="show"),
    Action("conversation.pipe_json", (), N_("pipe as JSON"), N_("Give the conversation to a command as JSON"), "pipe-json", cli="show --json"),
    Action("message.copy_text", ("Y",), N_("copy text"), N_("Copy a number, an address or all of the text"), "copy"),
    # Answering
    Action("conversation.reply", ("r",), N_("reply"), N_("Reply to the message"), "reply", cli="reply", undo=True),
    Action("conversation.reply_private", ("R",), N_("reply privately"), N_("Reply so that only the person reads it"), "reply-private", cli="reply --private", undo=True),
    Action("person.write", ("C",), N_("new message"), N_("Write to somebody in private: choose whom"), "write", (*BOTH, *PERSON), cli="person write", undo=True),
    Action("conversation.template", ("t",), N_("template"), N_("Answer with a template"), "template", cli="reply --template", undo=True),
    Action("composer.send_at_once", ("ctrl+s",), N_("send at once"), N_("In the template picker: send it, go to the next"), "send-at-once", PICKER, undo=True),
    # Working the queue
    Action("conversation.done", ("e",), N_("done"), N_("Dealt with; on what is done: reopen it"), "done", cli="do done", undo=True),
    Action("conversation.tag", ("l",), N_("tag"), N_("Put a tag on it, or take it off"), "tag", cli="do tag", undo=True),
    Action("conversation.assign", ("a",), N_("assign"), N_("Give it to a colleague"), "assign", cli="do assign", undo=True),
    Action("conversation.note", ("p",), N_("note"), N_("Write a note to colleagues; it is never sent"), "note", cli="do note", undo=True),
    Action("conversation.snooze", ("b",), N_("snooze"), N_("Out of the queue until a time, or until they write"), "snooze", cli="do snooze", undo=True),
    Action("conversation.wave", ("c",), N_("wave"), N_("Show who asks the same"), "wave", cli="clusters"),
    Action("conversation.wave_done", ("E",), N_("whole wave done"), N_("All who ask the same: dealt with"), "wave-done", PANES, cli="clusters done", undo=True),
    Action("wave.answer", ("t",), N_("answer all"), N_("In a wave: answer all with a template"), "wave-answer", LIST, cli="clusters answer", undo=True),
    Action("wave.send", ("ctrl+s",), N_("send all"), N_("In a dry run: send all of it"), "wave-send", LIST, cli="clusters answer", undo=True),
    Action("wave.drop", ("d",), N_("take out"), N_("In a wave: take this one out"), "wave-drop", LIST, cli="clusters drop", undo=True),
    Action("conversation.waiting", ("W",), N_("waiting"), N_("Their turn: out of the queue until they write"), "wait", cli="do waiting", undo=True),
    Action("conversation.star", ("s",), N_("star"), N_("Put a star on it, or take it off"), "star", cli="do star", undo=True),
    Action("conversation.unread", ("i",), N_("unread"), N_("Mark as unread, or as read"), "unread", cli="do unread", undo=True),
    Action("conversation.take", ("A",), N_("take"), N_("Take it oneself, or let go of it"), "take", cli="do take", undo=True),
    Action("conversation.spam", ("!",), N_("spam"), N_("Spam; on spam: take it out again"), "spam", cli="do spam", undo=True),
    Action("macro.run", ("m",), N_("macro"), N_("Several verbs at once: then the macro's key"), "macro", cli="do macro", undo=True),
    Action("macro.record", (), N_("record"), N_("Record what you do as a macro; again: keep it"), "record-macro"),
    Action("journal.repeat", (".",), N_("repeat"), N_("Do my latest verb again, here"), "repeat", undo=True),
    Action("journal.undo", ("u",), N_("undo"), N_("Take back my latest verb"), "undo", ALL_PANES, cli="undo"),
    Action("journal.redo", ("U",), N_("redo"), N_("Do again what was taken back"), "redo", ALL_PANES, cli="redo"),
    # At the network
    Action("message.edit", ("M",), N_("edit"), N_("Edit our sent reply, or delete it and write anew"), "edit", cli="reply --edit", undo=True),
    Action("message.like", ("f",), N_("like"), N_("Like the message, or take the like back"), "like", cli="do like", undo=True),
    Action("message.hide", ("H",), N_("hide"), N_("Hide the message from others, or show it again"), "hide", cli="do hide", undo=True),
    Action("message.approve", ("V",), N_("approve"), N_("Let appear what waits for approval"), "approve", cli="do approve", undo=True),
    Action("message.delete", ("D",), N_("delete"), N_("Delete the message at its network"), "delete", cli="do delete"),
    Action("message.report", ("F",), N_("report"), N_("Report the message to the network"), "report", cli="do report"),
    Action("person.block", ("B",), N_("block"), N_("Block the person"), "block", cli="do block", undo=True),
    # Finding
    Action("queue.search", ("/",), N_("search"), N_("Search all messages"), "search", cli="list --search"),
    Action("queue.filter", ("L", "\\"), N_("filter"), N_("Filter by network, kind, state..."), "filter", cli="list"),
    Action("queue.clear", ("escape",), N_("clear"), N_("End the selection, else search and filter"), "clear", ("queue",)),
    Action("queue.select", ("x",), N_("select"), N_("Select it, or not any more; go to the next"), "select", ("queue",)),
    Action("queue.range", ("v",), N_("range"), N_("Begin a range; again: select it"), "range", ("queue",)),
    Action("queue.select_all", ("X",), N_("select all"), N_("Select all that the filter matches"), "select-all", ("queue",)),
    Action("queue.sort", ("S",), N_("sort"), N_("Least time left, oldest or newest first"), "sort"),
    Action("queue.refresh", (",",), N_("read now"), N_("Bring in what is new, read all accounts now"), "refresh", cli="sync --once"),
    Action("view.1", ("1",), N_("least time left"), N_("View 1: least time left first"), "view-1", cli="list --view 1"),
    Action("view.2", ("2",), N_("mine"), N_("View 2: mine"), "view-2", cli="list --view 2"),
    Action("view.3", ("3",), N_("unassigned"), N_("View 3: unassigned"), "view-3", cli="list --view 3"),
    Action("view.4", ("4",), N_("private"), N_("View 4: private messages"), "view-4", cli="list --view 4"),
    Action("view.5", ("5",), N_("waves"), N_("View 5: waves"), "view-5", cli="list --view 5"),
    Action("view.6", ("6",), N_("waiting"), N_("View 6: where we wait for them"), "view-6", cli="list --view 6"),
    Action("view.7", ("7",), N_("late"), N_("View 7: late"), "view-7", cli="list --view 7"),
    Action("view.8", ("8",), N_("moved by rules"), N_("View 8: what rules made done or spam"), "view-8", cli="list --view 8"),
    Action("view.9", ("9",), N_("spam"), N_("View 9: spam"), "view-9", cli="list --view 9"),
    # Going to
    Action("go.inbox", ("g i",), N_("inbox"), N_("Go to the inbox"), "inbox", ALL_PANES, cli="list"),
    Action("go.waiting", ("g w",), N_("waiting"), N_("Go to where we wait for them"), "waiting", ALL_PANES, cli="list --view waiting"),
    Action("go.waves", ("g c",), N_("waves"), N_("Go to the waves, who waits longest first"), "waves", ALL_PANES, cli="clusters"),
    Action("go.mine", ("g m",), N_("mine"), N_("Go to what is mine, notes to me among it"), "mine", ALL_PANES, cli="list is:mine"),
    Action("go.unassigned", ("g u",), N_("unassigned"), N_("Go to what is nobody's"), "unassigned", ALL_PANES, cli="list assignee:none"),
    Action("go.done", ("g e",), N_("done"), N_("Go to what is dealt with"), "go-done", ALL_PANES, cli="list --view done"),
    Action("go.pending", ("g h",), N_("to approve"), N_("Go to what waits for our approval"), "pending", ALL_PANES, cli="list is:pending"),
    Action("go.listening", ("g f",), N_("listening"), N_("Go to what we listen to"), "listening", ALL_PANES, cli="list is:listening"),
    Action("go.spam", ("g !",), N_("spam"), N_("Go to the spam"), "go-spam", ALL_PANES, cli="list --state spam"),
    Action("go.brand", ("g b",), N_("brand"), N_("Choose a brand and see what is open there"), "brand", ALL_PANES, cli="list --brand"),
    Action("go.snoozed", ("g z",), N_("snoozed"), N_("Go to what is snoozed"), "snoozed", ALL_PANES, cli="list --state snoozed"),
    Action("go.topics", ("g p",), N_("topics"), N_("Go to the topics with what is open there"), "topics", ALL_PANES, cli="topics"),
    Action("go.outbox", ("g o",), N_("outbox"), N_("Go to the outbox"), "outbox", ALL_PANES, cli="outbox"),
    Action("go.sent", ("g s",), N_("sent"), N_("Go to what was sent"), "sent", ALL_PANES),
    Action("go.drafts", ("g d",), N_("drafts"), N_("Go to the drafts"), "drafts", ALL_PANES),
    Action("go.accounts", ("g a",), N_("accounts"), N_("Go to the accounts"), "accounts", ALL_PANES, cli="accounts list"),
    Action("go.templates", ("g t",), N_("templates"), N_("Go to the templates"), "templates", ALL_PANES, cli="templates list"),
    Action("go.rules", ("g r",), N_("rules"), N_("Go to the rules, and what each did today"), "rules", ALL_PANES, cli="rules list"),
    Action("go.journal", ("g l",), N_("journal"), N_("Go to the journal"), "journal", ALL_PANES, cli="journal"),
    Action("go.numbers", ("g k",), N_("numbers"), N_("Go to the numbers, and open what lies behind them"), "numbers", ALL_PANES, cli="kpi"),
    Action("go.spike", ("g v",), N_("pinned wave"), N_("Go to the wave of the spike, or of the crisis"), "spike", ALL_PANES, cli="clusters"),
    Action("numbers.period", ("p",), N_("period"), N_("In the numbers: today, 7 days, 30 days"), "numbers-period", LIST, cli="kpi --since"),
    Action("numbers.next", ("right",), N_("next page"), N_("In the numbers: charts, then by brand, account..."), "numbers-next", LIST, cli="kpi --by"),
    Action("numbers.previous", ("left",), N_("page before"), N_("In the numbers: the page before"), "numbers-previous", LIST, cli="kpi --by"),
    Action("journal.whose", ("tab",), N_("whose"), N_("In the journal: mine, one colleague's, everybody's"), "journal-whose", LIST, cli="journal --by"),
    # Colleagues
    Action("team.handover", (), N_("hand over"), N_("Pass all that is mine to a colleague, or release"), "handover", GLOBAL, cli="handover", undo=True),
    Action("team.since", (), N_("since"), N_("What happened since I was here last"), "since", GLOBAL, cli="since"),
    # Sending
    Action("outbox.stop", ("Z",), N_("stop sending"), N_("Stop all sending for everybody, or resume it"), "stop", ALL_PANES, cli="outbox stop"),
    Action("outbox.retry", ("r",), N_("send again"), N_("In the outbox: send it again, or as it is"), "retry", LIST, cli="outbox retry"),
    Action("outbox.cancel", ("x",), N_("take back"), N_("Outbox: take it back as a draft; drafts: drop it"), "cancel", LIST, cli="outbox cancel"),
    # Lists
    Action("list.open", ("enter",), NC_("verb", "open"), N_("Open what the cursor is on"), "choose", LIST),
    Action("list.copy", ("y",), N_("copy"), N_("Copy what the list shows"), "copy-list", LIST),
    Action("list.close", ("q", "escape"), N_("close"), N_("Close the list"), "close", LIST),
    Action("account.add", (), N_("connect"), N_("Connect an account, question by question"), "account-add", GLOBAL, cli="accounts add"),
    Action("account.renew", (), N_("renew"), N_("In the accounts: give it a new token"), "account-renew", LIST, cli="accounts renew"),
    Action("rule.switch", ("s",), N_("on, off"), N_("In the rules: switch it on or off"), "rule-switch", LIST, cli="rules on"),
    Action("template.new", ("n",), N_("new"), N_("In the templates: write one; accounts: connect one"), "template-new", LIST, cli="templates add", undo=True),
    Action("template.edit", ("e",), N_("edit"), N_("In the templates: change it"), "template-edit", LIST, cli="templates edit", undo=True),
    Action("template.remove", ("D",), N_("remove"), N_("In the templates: remove it"), "template-remove", LIST, cli="templates remove", undo=True),
    Action("template.find", ("/",), N_("find"), N_("In the templates: find one as one types"), "template-find", LIST),
    # Writing
    Action("composer.send", ("ctrl+s",), N_("send"), N_("Send, after the hold"), "send", COMPOSER, undo=True),
    Action("composer.look", ("ctrl+o",), N_("look on"), N_("Leave the reply to the colleague, and look on"), "look-on", COMPOSER),
    Action("composer.take_over", ("ctrl+t",), N_("take over"), N_("Take the reply over from the colleague"), "take-over", COMPOSER),
    Action("composer.leave", ("escape",), N_("leave"), N_("Leave; the draft is kept"), "leave", COMPOSER),
    Action("composer.undo", ("ctrl+z",), N_("undo"), N_("Undo typing"), "undo-typing", COMPOSER),
    Action("composer.redo", ("ctrl+y",), N_("redo"), N_("Redo typing"), "redo-typing", COMPOSER),
    Action("composer.editor", ("ctrl+e",), N_("editor"), N_("Write in $EDITOR"), "editor", COMPOSER),
    # The program
    Action("app.command", (":",), N_("command"), N_("Type a command"), "command", GLOBAL),
    Action("app.help", ("?",), N_("help"), N_("The keys that work here"), "help", GLOBAL, cli="keys"),
    Action("counters.grow", ("+",), N_("more counters"), N_("Make the counters bar larger"), "counters-more", PANES),
    Action("counters.shrink", ("-",), N_("fewer counters"), N_("Make the counters bar smaller"), "counters-less", PANES),
    Action("app.crisis", (), N_("crisis"), N_("Crisis: rules, snoozes, bulk answers rest"), "crisis", GLOBAL, cli="crisis on"),
    Action("app.shield", (), N_("shield"), N_("Mask listed words, or do not"), "shield", GLOBAL),
    Action("app.theme", (), N_("theme"), N_("Switch the colours"), "theme", GLOBAL),
    Action("app.language", (), N_("language"), N_("Switch between English and French"), "language", GLOBAL),
    Action("app.redraw", ("ctrl+l",), N_("redraw"), N_("Paint the screen again"), "redraw", GLOBAL),
    Action("app.suspend", ("ctrl+z",), N_("suspend"), N_("To the background; fg comes back"), "suspend", GLOBAL),
    Action("app.quit", ("q",), N_("quit"), N_("Leave cminbox"), "quit", ("queue",)),
)
# fmt: on

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def by_command(name: str) -> Action | None:
    """The action of a palette or `:` command; None where there is none of that name."""
    return next((action for action in ACTIONS if action.command == name), None)
