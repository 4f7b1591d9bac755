"""The `flood` scenario: a thousand people write within an hour because something went wrong.

Six waves make seven tenths of it, one language each; a tenth is spam and insults, a tenth thanks, and a tenth are
questions that nobody else asks. Everybody writes once, so a thousand conversations are open at the end. Everything is
invented and drawn from one seed. A cue's `subject` names what a fitting answer is about: the waves and the singular
questions have one, the rest wants no answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from cminbox.practice.people import everybody
from cminbox.practice.script import Cue, Deed, Scenario, Theme

MASTODON = "mastodon"
MATRIX = "matrix"
LENGTH_S = 3600.0

WAVES: dict[str, tuple[int, str, tuple[str, ...]]] = {
    "code": (
        190,
        "fr",
        (
            "Bonjour, le code PRINTEMPS20 ne marche pas au moment de payer",
            "Bonjour le code PRINTEMPS20 ne marche pas au moment de payer !",
            "bonjour, le code printemps20 ne marche pas au moment de payer 😕",
            "Bonsoir, le code PRINTEMPS20 ne marche pas au moment de payer...",
            "Bonjour, le code PRINTEMPS20 ne marche pas au momment de payer",
        ),
    ),
    "payment": (
        137,
        "en",
        (
            "My card was charged twice for the same order this morning",
            "my card was charged twice for the same order this morning!!",
            "Hello, my card was charged twice for the same order this morning",
            "My card was charged twice for the same order this morning :(",
        ),
    ),
    "site": (
        125,
        "fr",
        (
            "Votre site affiche une page blanche quand je valide mon panier",
            "votre site affiche une page blanche quand je valide mon panier...",
            "Bonjour, votre site affiche une page blanche quand je valide mon panier",
            "Votre site affiche une page blanche quand je valide mon pannier",
        ),
    ),
    "ireland": (
        104,
        "en",
        (
            "Will the spring sale also be available in the Dublin store?",
            "will the spring sale also be available in the dublin store??",
            "Hi, will the spring sale also be available in the Dublin store?",
            "Will the spring sale also be availble in the Dublin store?",
        ),
    ),
    "confirmation": (
        86,
        "fr",
        (
            "Je n'ai jamais reçu le mail de confirmation de ma commande",
            "je n'ai jamais recu le mail de confirmation de ma commande",
            "Bonjour, je n'ai jamais reçu le mail de confirmation de ma commande",
            "Je n’ai jamais reçu le mail de confirmation de ma comande",
        ),
    ),
    "recall": (
        58,
        "en",
        (
            "Is my Aube lamp affected by the recall of the charger?",
            "is my aube lamp affected by the recall of the charger",
            "Hello, is my Aube lamp affected by the recall of the charger?",
            "Is my Aube lamp afected by the recall of the charger?",
        ),
    ),
}
"""Subject -> how many ask it, in which language, in which words."""

SINGULAR: dict[str, tuple[str, ...]] = {
    "delivery": (
        "Ma lampe devait arriver lundi et le suivi n'a pas bougé, une idée ?",
        "Est-ce que vous livrez aussi à La Réunion ?",
        "Le livreur a laissé le carton chez un voisin que je ne connais pas, que faire ?",
        "Combien de temps faut-il pour un point relais à la montagne ?",
        "Peut-on choisir un créneau le soir pour la livraison ?",
        "Mon colis est annoncé à Lille alors que j'habite Nantes…",
        "Tracking says delivered, but there is nothing in my mailbox. Now what?",
        "Could the driver ring the second bell, the first one is broken?",
        "Do you ship to the Channel Islands at all?",
        "Is it possible to collect my parcel from the warehouse myself?",
        "How late in the evening do your couriers come by?",
        "The parcel went back to you before I could fetch it. Can it be sent again?",
        "Half of my order is here, where is the other box?",
    ),
    "refund": (
        "J'ai renvoyé la lampe il y a dix jours, quand serai-je remboursé ?",
        "Comment demander un remboursement pour un article abîmé ?",
        "Le virement est arrivé mais il manque les frais de port, c'est voulu ?",
        "Puis-je échanger un cadeau sans la facture ?",
        "L'étiquette de retour ne s'imprime pas, vous pouvez m'en envoyer une autre ?",
        "Jusqu'à quand peut-on retourner un plaid déjà lavé ?",
        "I sent the throw back ages ago. When do I see my money?",
        "Who pays the postage if I return only one of two items?",
        "Can the refund go to another card, mine was stolen?",
        "May I bring an online order back to the shop in Leeds?",
        "The vase came in three pieces, what do you need from me?",
        "I would rather have store credit than money back, is that an option?",
    ),
    "hours": (
        "La boutique de Lyon est-elle ouverte dimanche ?",
        "Vous fermez à quelle heure le samedi à Bordeaux ?",
        "Y a-t-il quelqu'un au téléphone pendant les vacances ?",
        "Ouvrez-vous le lundi de Pâques à Toulouse ?",
        "Faut-il prendre rendez-vous pour l'atelier abat-jour ?",
        "Votre boutique éphémère de Rennes reste jusqu'à quand ?",
        "Is the Lyon shop open on public holidays?",
        "What time does the outlet open on weekdays?",
        "Are dogs welcome in your showroom?",
        "Is there parking near the Bristol shop?",
        "Do you keep late hours before Christmas?",
        "Which door do I use, the street side is boarded up?",
    ),
    "size": (
        "Le plaid existe-t-il en plus grand que celui du catalogue ?",
        "La lampe Aube tient-elle sur une étagère étroite ?",
        "Quelle est la longueur du câble de la suspension ?",
        "Le coussin rond passe-t-il à la machine ?",
        "Quel est le poids du vase en grès ?",
        "Le tapis du salon glisse-t-il sur du parquet ?",
        "Is there a bigger throw than the one in the window?",
        "Does the Aube lamp charge over USB-C?",
        "How bright is the reading light compared to a normal bulb?",
        "Would the round table fit through a narrow stairwell?",
        "Is the oak of the shelf oiled or lacquered?",
        "Can I wash the linen cover at a high temperature?",
    ),
    "stock": (
        "Quand la couleur moutarde sera-t-elle de retour ?",
        "Reste-t-il des bougies à la figue quelque part ?",
        "Le grand miroir est épuisé partout, il revient un jour ?",
        "Peut-on précommander la collection d'automne ?",
        "Avez-vous encore le tabouret bleu de l'an dernier ?",
        "La série limitée avec l'illustratrice est-elle vraiment terminée ?",
        "When will the mustard colour be back?",
        "Any of those fig candles left anywhere?",
        "Can you put one of the green stools aside for me?",
        "Is the big mirror gone for good?",
        "Do you still make the lamp with the brass foot?",
        "Will the advent box come out again this winter?",
        "Are there spare glass shades for the old model?",
    ),
    "account": (
        "Je n'arrive plus à me connecter depuis que j'ai changé de téléphone.",
        "Comment changer l'adresse enregistrée chez vous ?",
        "Où trouver mes anciennes factures sur le site ?",
        "Mes points de fidélité ont disparu, c'est normal ?",
        "Je voudrais fermer mon compte client, comment faire ?",
        "Le lien pour choisir un autre mot de passe est expiré à chaque fois.",
        "I cannot log in since I changed my phone.",
        "How do I get my old invoices for my tax return?",
        "My loyalty points vanished overnight, is that normal?",
        "Please tell me how to close my customer account.",
        "Can two people share one login for a small office?",
        "The password mail never shows up, not even in the junk folder.",
        "Can I change the name printed on my gift card?",
    ),
    "warranty": (
        "L'interrupteur de ma lampe s'est cassé, est-il garanti ?",
        "Combien de temps dure la garantie de la suspension ?",
        "Vend-on la pièce qui tient l'abat-jour ?",
        "Ma lampe clignote depuis hier, dois-je la débrancher ?",
        "Réparez-vous les modèles de la première série ?",
        "La batterie ne tient plus qu'une heure, peut-on la remplacer ?",
        "The switch of my lamp broke, is that covered?",
        "How long do you guarantee the dimmer?",
        "Do you sell the little ring that holds the shade?",
        "My lamp buzzes at night, should I unplug it?",
        "Who mends the models of the very first series?",
        "The battery lasts an hour at most now, can it be swapped?",
    ),
    "brand": (
        "Vos bois viennent-ils de forêts françaises ?",
        "Cherchez-vous des stagiaires pour cet été ?",
        "Qui a dessiné la nouvelle affiche du métro ?",
        "Faites-vous un prix pour les écoles ?",
        "Peut-on visiter votre atelier avec une classe ?",
        "Quelle est la musique de votre dernière vidéo ?",
        "Where does your oak come from?",
        "Are you hiring for the summer?",
        "Who drew the new poster in the underground?",
        "Is there a discount for schools?",
        "May our club visit your workshop?",
        "Which song plays in your latest clip?",
        "Do you give talks about repairing things?",
    ),
}
"""Subject -> questions that one person each asks."""

_SPAM = (
    "FREE PHONE for the first {n} who click {site}",
    "Gagnez {n} euros par jour sans rien faire sur {site}",
    "I doubled my coins in {n} days, ask {site}",
    "Suivez-moi et recevez {n} abonnés via {site}",
    "Hot singles {n} km from you on {site}",
)
_SITES = ("win-now.example", "euro-facile.example", "coin-boost.example", "plus-vite.example", "meet-now.example")
_INSULTS = (
    "Bande de voleurs, rendez l'argent",
    "Vous êtes vraiment nuls",
    "Service bidon, entreprise de clowns",
    "Allez tous au diable avec vos lampes",
    "Quelle honte, vous êtes des menteurs",
    "You thieves, the lot of you",
    "Useless clowns",
    "Worst shop ever, shame on you liars",
    "Go to hell with your lamps",
    "Idiots, every single one of you",
)
_THANKS = (
    "Merci beaucoup !",
    "Merci, c'est parfait",
    "Un grand merci à toute l'équipe 🙏",
    "Merci pour tout",
    "Mille mercis !",
    "Thanks a lot!",
    "Thank you so much",
    "Thanks, perfect",
    "Many thanks to the whole team 🙏",
    "Thank you!",
)
EACH = 100
"""How many write spam or insults, thanks, and questions of their own."""


def flood() -> Scenario:
    """The scenario, always the same."""
    draw = Random(20)
    said = [*_waves(), *_noise(), *_thanks(), *_singular()]
    draw.shuffle(said)
    people = everybody()
    draw.shuffle(people)
    step = (LENGTH_S - 120.0) / len(said)
    cues = [
        Cue(
            60.0 + n * step,
            MATRIX if n % 10 in (3, 6, 9) else MASTODON,
            Deed.MENTION,
            f"talk{n}",
            who,
            text,
            theme=theme,
            lang=lang,
            subject=subject,
        )
        for n, ((theme, lang, text, subject), who) in enumerate(zip(said, people, strict=True))
    ]
    return Scenario("flood", LENGTH_S, tuple(cues))


def _waves() -> Iterator[tuple[Theme, str, str, str]]:
    for subject, (n, lang, wordings) in WAVES.items():
        for number in range(n):
            yield Theme.WAVE, lang, wordings[number % len(wordings)], subject


def _noise() -> Iterator[tuple[Theme, str, str, str]]:
    for number in range(EACH // 2):
        lang = "fr" if number % 2 else "en"
        text = _SPAM[number % len(_SPAM)].format(n=100 + number, site=_SITES[number % len(_SITES)])
        yield Theme.SPAM, lang, text, ""
        yield Theme.TROLL, lang, _INSULTS[number % len(_INSULTS)], ""


def _thanks() -> Iterator[tuple[Theme, str, str, str]]:
    for number in range(EACH):
        yield Theme.THANKS, "fr" if number % 10 < 5 else "en", _THANKS[number % len(_THANKS)], ""


def _singular() -> Iterator[tuple[Theme, str, str, str]]:
    for subject, questions in SINGULAR.items():
        half = len(questions) // 2
        for number, text in enumerate(questions):
            yield Theme.SINGULAR, "fr" if number < half else "en", text, subject
