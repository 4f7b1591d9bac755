"""The words of a dry run, the same on the screen and on the command line."""

from __future__ import annotations

from cminbox.i18n import _, ngettext
from cminbox.inbox.planning import Planned, Share
from cminbox.text import safe
from cminbox.ui import guard, words


def share_words(share: Share, last: str) -> str:
    """What the public answers at one network come to, and its rule about equal ones, in a sentence or two."""
    several = _("{network}: {n} public answers, {apart} s apart, the last leaves {last}.")
    told = (several if share.n > 1 else _("{network}: one public answer, it leaves {last}.")).format(
        network=words.network_title(share.network), n=words.number(share.n), apart=f"{share.spacing_s:g}", last=last
    )
    if share.most is not None:
        more = ngettext("It takes only {n} of the same words.", "It takes only {n} of the same words.", share.most)
        return f"{told} {more.format(n=share.most)}"
    same = ngettext("{n} has the same words as another;", "{n} have the same words as another;", share.same)
    none = _("no rule of this network against that is known.")
    return f"{told} {same.format(n=words.number(share.same))} {none}" if share.same else told


def length_words(one: Planned) -> str:
    """How long a planned text is, of how much."""
    if one.length is None:
        return ""
    return f"{one.length.used}/{one.length.limit}" if one.length.limit is not None else str(one.length.used)


def warnings(one: Planned) -> list[str]:
    """What to mind about a planned text, safe to show."""
    found = [safe(each) for each in one.warnings]
    if one.audience is not None and not one.audience.is_private and (private := guard.private_details(one.text)):
        what = ", ".join(_(guard.FOUND[kind]) for kind in private)
        found.append(_("Everybody will read this, and it holds {what}.").format(what=what))
    return found
