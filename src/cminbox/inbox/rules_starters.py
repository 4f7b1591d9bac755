"""Rules to begin with, off until somebody switches them on: spam, insults, thanks, a word outside business hours.

Their words are English and French both, whatever the language of their names: people write in either to any brand.
"""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.config import files
from cminbox.config import rules as rules_file
from cminbox.i18n import N_, _
from cminbox.inbox.desk import Desk
from cminbox.inbox.rules import terms
from cminbox.model.rules import Rule
from cminbox.paths import Home
from cminbox.text import fold

_ROOM = 100

_SPAM = """
    check out my|check out this video|check out this playlist|check my channel|checkout my|subscribe to my|sub to my
    sub 4 sub|sub for sub|subscribe me|follow for follow|visit my channel|visit my page|comment on my|like my page
    my new channel|make money online|making money online|earn money*|work from home today|working from home today
    extraordinary website|click the link below|link in my bio|passive income|trading signal*|forex*
    crypto invest*|bitcoin invest*|double your bitcoin*|online casino*|viagra|cialis|onlyfans|hot girls|sexy girls
    whatsapp me|free gift card*|free iphone*|loan offer*|spell caster*|recovery expert*|buy followers|promote it on
    abonne toi a ma chaine|abonnez vous a ma chaine|va voir ma chaine|venez voir ma chaine|lien dans ma bio
    gagner de l'argent|gagnez de l'argent|revenu passif|revenus passifs|investissement bitcoin|casino en ligne
    contactez moi sur whatsapp|iphone gratuit*|offre de pret*|pret entre particulier*|grand marabout|voyant medium
    retour d'affection|retour affectif|acheter des abonnes|travail a domicile
"""
_INSULTS = """
    fuck you|fuck off|fuck yourself|go fuck|stfu|shut the fuck up|kill yourself|kys|go to hell|go die|hope you die
    i will kill you|i'll kill you|i will find you|i know where you live|piece of shit|pieces of shit|asshole*|scumbag*
    bitch|bitches|cunt*|dickhead*|bastard*|moron*|wanker*|twat*|son of a bitch|faggot*|nigger*|you idiot*
    connard*|connasse*|encule|encules|fils de pute*|bande de fdp|nique ta mere|va te faire|allez vous faire|ta gueule
    vos gueules|bunch of idiots|salope*|salaud*|batard*|abruti|abrutis|sale pute|espece de con|gros con
    bande de cons|grosse merde|tarlouze*|bougnoule*|sale arabe*|sale juif*|sale noir*|suicide toi|va crever|allez crever
    je vais te tuer|on va te retrouver|je sais ou tu habites
"""


def source(leave_out: Sequence[str] = ()) -> str:
    """The starters as the text of a rules file, in the language in force, but for those of these names."""
    out = {fold(name) for name in leave_out}
    parts = []
    for name, comment, lines in _starters():
        if fold(_(name)) not in out:
            told = [f"# {line}" for line in _(comment).split("\n")]
            parts.append("\n".join([*told, "[[rule]]", f'name = "{_(name)}"', "on = false", *lines]) + "\n")
    return "\n".join(parts)


def bring_in(desk: Desk, home: Home) -> list[Rule]:
    """Write the starters that are not there yet behind the rules of the file; returns those.

    Raises SettingsError where the file is wrong, OSError where it cannot be written.
    """
    known = terms(desk)
    before = files.read(home.rules_file)
    rules = rules_file.parse_rules(before or "", home.rules_file, known)
    new = source([rule.name for rule in rules])
    if not new:
        return []
    head = before if before is not None else _("# Rules: what is done by itself to what comes in. docs/rules.md") + "\n"
    gap = "\n" if head.endswith("\n") else "\n\n"
    whole = f"{head}{gap}{new}"
    found = rules_file.parse_rules(whole, home.rules_file, known)
    rules_file.write(home, whole)
    return list(found[len(rules) :])


def _starters() -> tuple[tuple[str, str, list[str]], ...]:
    """(name, comment, lines of the table); names and comments are marked for translation."""
    tag = _("harassment")
    return (
        (
            N_("Spam"),
            N_("Advertising by strangers becomes spam. Look through the view of what rules moved now and then."),
            ['when = "-replied:30d"', *_words(_SPAM), 'do = ["spam"]'],
        ),
        (
            N_("Insults and threats"),
            N_(
                "Insults and threats are marked, for a person to decide.\n"
                'To hide them at the network too, put { verb = "hide", reason = "hate" } into "do".'
            ),
            [*_words(_INSULTS), f'do = ["tag {tag}", "star"]'],
        ),
        (
            N_("Only thanks"),
            N_("Who only says thanks within two days of our answer does not open the conversation again."),
            ['when = "is:thanks replied:48h"', 'do = ["done"]'],
        ),
        (
            N_("Outside business hours"),
            N_(
                "Who writes to us in private outside business hours hears that somebody will answer.\n"
                "The conversation waits as before. The hours stand in the settings.\n"
                'The template "closed" is one of those to begin with.'
            ),
            ['hours = "closed"', 'when = "kind:dm"', 'do = ["reply closed"]', 'pause = "24h"'],
        ),
    )


def _words(listed: str) -> list[str]:
    """Words of a list as lines of TOML."""
    quoted = [f'"{word.strip()}"' for line in listed.strip().splitlines() for word in line.split("|")]
    lines, line = ["words = ["], " "
    for word in quoted:
        if len(line) + len(word) + 2 > _ROOM:
            lines.append(line.rstrip())
            line = " "
        line += f" {word},"
    return [*lines, line, "]"]
