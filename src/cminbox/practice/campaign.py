"""The `campaign` scenario: a shop's spring offer starts, and a lively hour follows.

A wave of near-identical questions (the code of the offer is refused), ordinary questions in French and English,
thanks, trolls and spam, edited and deleted messages, a customer who moves from public to private, a rate limit, an
expired token, and answers of the network that get lost on the way. Everything is invented and drawn from one seed: the
same seed gives the same hour.
"""

from __future__ import annotations

from random import Random

from cminbox.practice.script import Cue, Deed, Scenario, Theme

MASTODON = "mastodon"
MATRIX = "matrix"
LENGTH_S = 3600.0

_PEOPLE = (
    "ana.lopez", "jules_martin", "mira.codes", "theo.b", "camille_r", "oskar", "lea.dumont", "priya", "tom_w", "ines.f",
    "noe.petit", "sarah_k", "hugo.l", "wanda", "malik75", "elise.v", "brett_h", "zoe.arnaud", "karim_o", "lucie.m",
    "daniel.s", "margaux", "pavel", "nour.a", "gabriel_t", "emma.j", "rashid", "clara.p", "yann.lb", "olga",
    "victor_n", "salome", "ben.carter", "maelle", "igor.v", "fatou.d", "louis_g", "hannah", "quentin.r", "aya",
)  # fmt: skip

_WAVE = {
    "fr": (
        "Bonjour, le code PRINTEMPS20 ne marche pas au moment de payer",
        "Bonjour le code PRINTEMPS20 ne marche pas au moment de payer !",
        "bonjour, le code printemps20 ne marche pas au moment de payer 😕",
        "Bonsoir, le code PRINTEMPS20 ne marche pas au moment de payer...",
        "Bonjour, le code PRINTEMPS20 ne marche pas au moment du paiement",
    ),
    "en": (
        "Hi, the code PRINTEMPS20 does not work at checkout",
        "hi the code printemps20 does not work at checkout!!",
        "Hello, the code PRINTEMPS20 does not work at checkout",
        "Hi, the code PRINTEMPS20 does not work at the checkout :(",
    ),
}

QUESTIONS: dict[Theme, dict[str, tuple[str, ...]]] = {
    Theme.DELIVERY: {
        "fr": (
            "Ma commande devait arriver lundi et le suivi n'a pas bougé depuis. Vous avez une idée ?",
            "Bonjour, est-ce que vous livrez en Belgique ? Je ne vois pas l'option.",
            "Le colis est marqué livré mais je n'ai rien reçu…",
            "Combien de temps pour une livraison en point relais, s'il vous plaît ?",
        ),
        "en": (
            "My parcel was due on Monday and the tracking has not moved since. Any idea?",
            "Do you ship to Ireland? I cannot find the option.",
            "Tracking says delivered, but there is nothing in my mailbox.",
            "How long does pick-up point delivery take these days?",
        ),
    },
    Theme.REFUND: {
        "fr": (
            "J'ai renvoyé la lampe il y a dix jours, quand serai-je remboursé ?",
            "Bonjour, comment demander un remboursement pour un article abîmé ?",
            "Remboursement reçu mais il manque les frais de port, c'est voulu ?",
        ),
        "en": (
            "I sent the lamp back ten days ago. When do I get my refund?",
            "How do I ask for a refund for a damaged item?",
            "The refund came, but without the shipping costs. Is that right?",
        ),
    },
    Theme.HOURS: {
        "fr": ("La boutique de Lyon est-elle ouverte dimanche ?", "Vous fermez à quelle heure samedi ?"),
        "en": ("Is the Lyon shop open on Sunday?", "What time do you close on Saturday?"),
    },
    Theme.SIZE: {
        "fr": ("Le plaid existe en plus grand que 130 x 170 ?", "La lampe Aube se branche en USB-C ?"),
        "en": ("Is there a bigger throw than 130 x 170?", "Does the Aube lamp charge over USB-C?"),
    },
    Theme.THANKS: {
        "fr": (
            "Merci, colis arrivé ce matin, c'est superbe !",
            "Super service, merci à toute l'équipe 🙏",
            "Merci beaucoup !",
        ),
        "en": (
            "Thank you, it arrived this morning and it is lovely!",
            "Great service, thanks to the team 🙏",
            "Thanks a lot!",
        ),
    },
    Theme.TROLL: {
        "fr": (
            "Encore une marque qui se moque du monde. Honteux, tous des voleurs.",
            "mdr vos promos bidon [/b] personne n'y croit",
            "Vous êtes nuls, nuls, NULS",
        ),
        "en": (
            "Another brand taking people for fools. Shame on you, thieves.",
            "lol your fake offers [red]nobody[/red] believes them",
            "You are useless, useless, USELESS",
        ),
    },
    Theme.SPAM: {
        "fr": (
            "Gagnez 500 € par jour depuis chez vous !!! écrivez-moi",
            "Abonnez-vous à ma chaîne pour un téléphone gratuit",
        ),
        "en": ("Earn 500 a day from home!!! write to me", "Follow my channel and get a free phone"),
    },
}  # fmt: skip
"""What people ask besides, by what it is about and in which language."""

_OUR_POSTS = (
    (0.0, "offer", "Le printemps est là : -20 % sur tout le site avec le code PRINTEMPS20, jusqu'à dimanche soir."),
    (5.0, "lamp", "New: the Aube lamp wakes you with a sunrise. In the shops and online today."),
)


def campaign(seed: int = 7) -> Scenario:
    """The scenario, drawn from `seed`: about 230 messages of which some 70 are one wave."""
    draw = Random(seed)
    cues = [Cue(at, MASTODON, Deed.OUR_POST, name=name, text=text) for at, name, text in _OUR_POSTS]
    cues += _wave(draw)
    cues += _questions(draw)
    cues += _moved_to_private()
    cues += _second_thoughts(cues, draw)
    cues += _troubles()
    return Scenario("campaign", LENGTH_S, tuple(sorted(cues, key=lambda cue: cue.at_s)))


def _language(draw: Random) -> str:
    return "fr" if draw.random() < 0.6 else "en"


def _wave(draw: Random) -> list[Cue]:
    """Seventy people find out within a quarter of an hour that the code of the offer is refused."""
    cues = []
    for n in range(70):
        lang = _language(draw)
        at = 720.0 + min(draw.expovariate(1 / 330.0), 1500.0)
        who = f"{draw.choice(_PEOPLE)}{n}"
        text = draw.choice(_WAVE[lang])
        network = MATRIX if n % 9 == 0 else MASTODON
        deed, under = (Deed.MENTION, "") if network == MATRIX else (Deed.COMMENT, "offer")
        cues.append(Cue(at, network, deed, f"wave{n}", who, text, under, Theme.WAVE, lang))
    return cues


def _questions(draw: Random) -> list[Cue]:
    """Everything else that an hour brings: questions, thanks, trolls, spam, some of it in private."""
    weights = {
        Theme.DELIVERY: 40,
        Theme.REFUND: 30,
        Theme.HOURS: 15,
        Theme.SIZE: 18,
        Theme.THANKS: 26,
        Theme.TROLL: 14,
        Theme.SPAM: 12,
    }
    cues = []
    themes = [theme for theme, n in weights.items() for _ in range(n)]
    draw.shuffle(themes)
    for n, theme in enumerate(themes):
        lang = _language(draw)
        at = 15.0 + n * (LENGTH_S - 240.0) / len(themes) + draw.uniform(0, 15)
        network = MATRIX if draw.random() < 0.3 else MASTODON
        deed, under = Deed.MENTION, ""
        if theme is Theme.REFUND and draw.random() < 0.5:
            deed = Deed.DIRECT
        elif network == MASTODON and draw.random() < 0.5:
            deed, under = Deed.COMMENT, draw.choice(("offer", "lamp"))
        text = draw.choice(QUESTIONS[theme][lang])
        cues.append(Cue(at, network, deed, f"talk{n}", draw.choice(_PEOPLE), text, under, theme, lang))
    return cues


def _moved_to_private() -> list[Cue]:
    """A customer asks in public, then goes on in private with what nobody else should read."""
    who = "jules_martin"
    first = "Bonjour, le lien de suivi de ma commande ne marche pas depuis ce matin."
    then = "Je vous écris ici pour le suivi : commande LM-20413, au nom de Martin."
    return [
        Cue(600.0, MASTODON, Deed.COMMENT, "jules", who, first, "offer", Theme.DELIVERY, "fr"),
        Cue(780.0, MASTODON, Deed.DIRECT, "jules2", who, then, "", Theme.PRIVATE, "fr"),
    ]


def _second_thoughts(cues: list[Cue], draw: Random) -> list[Cue]:
    """Some people correct what they wrote, some take it back."""
    written = sorted(
        (cue for cue in cues if cue.theme is not None and cue.deed is not Deed.DIRECT), key=lambda cue: cue.at_s
    )
    chosen = draw.sample(written, 14)
    later = []
    for n, cue in enumerate(chosen):
        at = min(cue.at_s + draw.uniform(40, 200), LENGTH_S - 60)
        if n < 8:
            later.append(Cue(at, cue.network, Deed.EDIT, who=cue.who, text=f"{cue.text} (edit)", under=cue.name))
        else:
            later.append(Cue(at, cue.network, Deed.DELETE, who=cue.who, under=cue.name))
    return later


def _troubles() -> list[Cue]:
    """What goes wrong at the networks in this hour."""
    return [
        Cue(500.0, MASTODON, Deed.ANSWER_LOST),
        Cue(1300.0, MASTODON, Deed.RATE_LIMIT, length_s=90.0),
        Cue(1500.0, MATRIX, Deed.ANSWER_LOST),
        Cue(1980.0, MASTODON, Deed.TOKEN_EXPIRES),
        Cue(2280.0, MASTODON, Deed.TOKEN_RENEWED),
        Cue(2700.0, MASTODON, Deed.ANSWER_LOST),
    ]
