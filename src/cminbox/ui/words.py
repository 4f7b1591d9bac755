"""The small words of the screen: how states, kinds, networks and audiences are called."""

from __future__ import annotations

from cminbox.i18n import N_, _, language
from cminbox.model.base import ActState, ActVerb, Audience, ConversationState, Kind, MessageState
from cminbox.model.content import Media

NETWORKS = {
    "mastodon": "ma",
    "matrix": "mx",
    "bluesky": "bs",
    "wordpress": "wp",
    "reddit": "rd",
    "x": "x ",
    "facebook": "fb",
    "instagram": "ig",
    "threads": "th",
    "whatsapp": "wa",
    "youtube": "yt",
    "tiktok": "tt",
    "linkedin": "li",
    "pinterest": "pi",
    "telegram": "tg",
    "slack": "sl",
    "google": "gb",
    "hackernews": "hn",
    "rss": "rs",
    "discourse": "dc",
    "discord": "di",
}
_TITLES = {
    "x": "X",
    "wordpress": "WordPress",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "linkedin": "LinkedIn",
    "whatsapp": "WhatsApp",
    "rss": "RSS",
    "hackernews": "Hacker News",
    "google": "Google",
}
KINDS = {Kind.COMMENT: "c", Kind.MENTION: "@", Kind.DM: "d", Kind.REVIEW: "*", Kind.POST: "p"}
KIND_WORDS = {
    Kind.COMMENT: N_("comment"),
    Kind.MENTION: N_("mention"),
    Kind.DM: N_("direct message"),
    Kind.REVIEW: N_("review"),
    Kind.POST: N_("post"),
}
STATES = {
    ConversationState.OPEN: N_("open"),
    ConversationState.SNOOZED: N_("snoozed"),
    ConversationState.WAITING: N_("waiting"),
    ConversationState.DONE: N_("done"),
    ConversationState.SPAM: N_("spam"),
}
ACTS = {
    ActState.HELD: N_("held"),
    ActState.QUEUED: N_("queued"),
    ActState.SENDING: N_("sending"),
    ActState.SENT: N_("sent"),
    ActState.UNCERTAIN: N_("not sure"),
    ActState.REVIEW: N_("to review"),
    ActState.FAILED: N_("failed"),
    ActState.CANCELLED: N_("cancelled"),
}
VERBS = {
    ActVerb.REPLY: N_("reply"),
    ActVerb.PRIVATE_REPLY: N_("private reply"),
    ActVerb.EDIT: N_("edit"),
    ActVerb.DELETE: N_("delete"),
    ActVerb.LIKE: N_("like"),
    ActVerb.UNLIKE: N_("unlike"),
    ActVerb.HIDE: N_("hide"),
    ActVerb.UNHIDE: N_("unhide"),
    ActVerb.MUTE: N_("mute"),
    ActVerb.UNMUTE: N_("unmute"),
    ActVerb.BLOCK: N_("block"),
    ActVerb.UNBLOCK: N_("unblock"),
    ActVerb.REPORT: N_("report"),
    ActVerb.SPAM: N_("spam"),
    ActVerb.UNSPAM: N_("no spam"),
    ActVerb.RESTORE: N_("out of the trash"),
}
MESSAGES = {
    MessageState.EDITED: N_("edited"),
    MessageState.PENDING: N_("waits for approval"),
    MessageState.HIDDEN: N_("hidden"),
    MessageState.REMOVED: N_("removed by its author"),
}
AUDIENCES = {
    Audience.PUBLIC: N_("public"),
    Audience.UNLISTED: N_("unlisted"),
    Audience.FOLLOWERS: N_("followers"),
    Audience.DIRECT: N_("direct"),
    Audience.NOTE: N_("note"),
}
VIEWS = {
    "all": N_("Inbox"),
    "unanswered": N_("Unanswered"),
    "waiting": N_("Waiting"),
    "done": N_("Done"),
    "any": N_("Everything"),
    "waves": N_("Waves"),
}
STATE_VIEWS = {
    ConversationState.OPEN: N_("Inbox"),
    ConversationState.SNOOZED: N_("Snoozed"),
    ConversationState.WAITING: N_("Waiting"),
    ConversationState.DONE: N_("Done"),
    ConversationState.SPAM: N_("Spam"),
}


def network_code(name: str) -> str:
    """A network in two cells."""
    return NETWORKS.get(name, name[:2].ljust(2))


def network_title(name: str) -> str:
    """A network as people spell it."""
    return _TITLES.get(name, name[:1].upper() + name[1:])


def media_words(media: Media) -> str:
    """A picture or a film in brackets: "[image: a blue truck]", "[video 0:32]". Not yet safe to show."""
    kinds = {
        "image": _("image"),
        "video": _("video"),
        "audio": _("audio"),
        "file": _("file"),
        "poll": _("poll"),
        "link": _("link"),
    }
    words = kinds.get(media.type, media.type)
    if media.length_s is not None:
        words += f" {int(media.length_s) // 60}:{int(media.length_s) % 60:02d}"
    return f"[{words}: {media.alt}]" if media.alt else f"[{words}]"


def initials(name: str) -> str:
    """A colleague in two letters."""
    words = [word for word in name.replace("-", " ").replace(".", " ").split() if word]
    if len(words) > 1:
        return (words[0][0] + words[1][0]).upper()
    return name[:2].upper()


def number(n: int) -> str:
    """A whole number as the language in force parts it: 12,400 or 12 400."""
    told = f"{n:,}"
    return told.replace(",", "\u202f") if language() == "fr" else told


def decimal(n: float) -> str:
    """A number with one decimal place as the language in force writes it: 2.5 or 2,5."""
    told = f"{n:.1f}"
    return told.replace(".", ",") if language() == "fr" else told


def points(n: float, digits: int = 0) -> str:
    """By how many points a share moved, with its sign: +3, or -0,25."""
    told = f"{n:+.{digits}f}"
    return told.replace(".", ",") if language() == "fr" else told


def share(part: float, digits: int = 0) -> str:
    """A share (0 to 1) in percent, with so many decimal places: 87%, or 0,87 %."""
    told = f"{part:.{digits}%}"
    return told.replace(".", ",").replace("%", "\u00a0%") if language() == "fr" else told
