"""Words that count for less, or for more, when two messages are compared: folded, most of them English and French."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATIONS = _words(
    """
    no not never none nothing nobody nowhere neither nor without cannot pas jamais rien aucun aucune sans non
    personne ni nul nulle nunca nada nadie ningun ninguna sin tampoco jamas nicht kein keine keinen keiner nie
    niemals nichts ohne nein mai niente nessuno nessuna senza nao nem sem ninguem nenhum nenhuma niet geen nooit
    niks niets zonder nee dont doesnt didnt wont cant isnt arent wasnt werent couldnt wouldnt shouldnt havent
    hasnt hadnt aint mustnt
    """
)
"""What refuses or denies, each time."""

WEAK_NEGATIONS = frozenset(("ne", "n"))
"""The French half of a denial: counts where its other half (plus, guere, que) is not among `NEGATIONS`."""

ASKING = _words(
    """
    who what whats when whens where wheres why whys how hows which whose quand comment pourquoi combien quel
    quelle quels quelles quoi lequel laquelle
    """
)
"""What a question begins with, as its first or second word, where its mark is forgotten."""

ASKING_FIRST = _words(
    """
    can could is are do does did will would has have should may any anyone anybody peut peux pouvez peuvent
    pourrais pourriez puis savez auriez avez est qui
    """
)
"""The same, as its first word only."""

THANKS = _words(
    """
    thank thanks thx thanx tks ty cheers merci mercis remercie gracias danke grazie obrigado bedankt
    """
)
"""In a question it is politeness; elsewhere it is what is said."""

POLITE = _words(
    """
    hi hello hey hiya yo morning afternoon evening dear there please pls plz sorry lol lmao haha hahaha bonjour
    bonsoir salut coucou bjr slt cc svp stp sil plait desole mdr ptdr hola buenas hallo ciao ola the a an le la
    les un une l d
    so just really very too also still even tres trop aussi encore vraiment juste toujours bien
    """
)
"""What opens, softens or stresses a message, and the articles: no part of its core."""

LIGHT = _words(
    """
    and but to of in at for on me my mine our us it its this that these is
    are was were be been am has have had guys folks sir madam team all everyone ne n et mais donc alors
    meme de du des en au aux pour sur moi mon ma mes notre nos ce cet cette ces ca c cela est
    sont etait a ai ont ete suis j je m y il tout tous monsieur madame equipe
    """
)
"""Small words: two texts may differ in them."""

EMPTY = POLITE | _words(
    """
    good nice day night ok okay k yes yep yeah yup no nope nah oui ouais non si daccord accord bonne journee
    soiree nuit bon jour soir what quoi who here ici me you u to of hmm hm ah oh eh hein bye goodbye welcome up
    and et first test 1 2 3
    """
)
"""What alone says nothing that one answer could serve: a text of these words only is like no other."""
