"""What the networks share that we only listen to: whose name an account watches, and nothing that can be done there."""

from __future__ import annotations

from collections.abc import Mapping

from cminbox.errors import Rejected
from cminbox.i18n import N_, _
from cminbox.model.accounts import Abilities
from cminbox.model.base import SITE_VERBS, ActVerb

ABOUT_HELP = N_("whose name it watches: us (usual), competitor:NAME, or theme")

_COMPETITOR = "competitor"


def about_of(settings: Mapping[str, str]) -> str:
    """Whose name an account watches: "us", "competitor:NAME" or "theme". Raises `Rejected` for anything else."""
    given = settings.get("about", "us").strip()
    kind, _colon, name = given.partition(":")
    if given in ("us", "theme") or (kind == _COMPETITOR and name.strip()):
        return f"{kind}:{name.strip()}" if name else given
    raise Rejected(
        _("about={value} says of nobody whose name it is.").format(value=given[:100]),
        "about",
        _("Write --set about=us, about=competitor:NAME or about=theme."),
    )


def abilities(title: str) -> Abilities:
    """What an account can do that only listens: nothing."""
    why = _("{network} is only listened to: nothing can be sent there.").format(network=title)
    return Abilities(why_not=dict.fromkeys(set(ActVerb) - SITE_VERBS, why))


def nothing_to_do(title: str, verb: ActVerb) -> Rejected:
    """The refusal of any act."""
    return Rejected(_("{network} is only listened to: nothing can be sent there.").format(network=title), verb.value)
