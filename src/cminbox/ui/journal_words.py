"""What the entries of the journal are called, for the screen and the command line."""

from __future__ import annotations

from cminbox.i18n import N_, _
from cminbox.model.base import ActVerb
from cminbox.ui import words

_WORDS = {
    "arrived": N_("arrived"),
    "edited": N_("edited"),
    "removed": N_("removed"),
    "hidden": N_("hidden"),
    "shown": N_("shown again"),
    "reopened": N_("opened again"),
    "woke": N_("back from a snooze"),
    "done": N_("done"),
    "reopen": N_("reopened"),
    "waiting": N_("waiting"),
    "star": N_("starred"),
    "unstar": N_("star taken off"),
    "read": N_("read"),
    "unread": N_("marked unread"),
    "reply": N_("reply"),
    "private_reply": N_("private reply"),
    "no_reply": N_("no automatic reply"),
    "undo": N_("undo"),
    "redo": N_("redo"),
    "stop": N_("stopped sending"),
    "go": N_("let sending go on"),
    "assign": N_("assigned"),
    "release": N_("released"),
    "handover": N_("handed over"),
    "tag": N_("tagged"),
    "untag": N_("tag taken off"),
    "merge_tags": N_("tags merged"),
    "note": N_("note"),
    "snooze": N_("snoozed"),
    "unsnooze": N_("back from a snooze"),
    "spam": N_("spam"),
    "drop": N_("taken out of its wave"),
    "discard": N_("draft thrown away"),
    "retry": N_("sent again"),
    "approve": N_("sent as it is"),
    "cancel": N_("taken back"),
    "template_add": N_("template made"),
    "template_edit": N_("template changed"),
    "template_remove": N_("template removed"),
    "link_person": N_("handles linked"),
    "unlink_person": N_("handle unlinked"),
    "name_person": N_("first name set"),
    "note_person": N_("person noted"),
    "unnote_person": N_("note taken away"),
    "erase_person": N_("person erased"),
    "spike": N_("more came in than usual"),
    "calm": N_("as usual again"),
    "crisis_on": N_("crisis begun"),
    "crisis_off": N_("crisis ended"),
}
_ACTS = {verb.value: verb for verb in ActVerb}


def journal_words() -> dict[str, str]:
    """The words of every verb that has any."""
    return {verb: journal_word(verb) for verb in (*_WORDS, *_ACTS)}


def journal_word(verb: str) -> str:
    """An entry's verb in words; the verb itself where nobody gave it any."""
    if verb in _WORDS:
        return _(_WORDS[verb])
    act = _ACTS.get(verb)
    return _(words.VERBS[act]) if act in words.VERBS else verb
