"""The thing a return or a wish for more time surely names: *j'ai rendu les clés*, *les clés ont été rendues*.

A bare word beside RENDU may be a signature, a place or a nod; an article and a noun, right where the verb has its
object or its subject, name a thing. Whoever has only a drill and gives back *les clés* has not given back the drill.
"""

from __future__ import annotations

from itertools import takewhile

from bot.core.intent_naming import name_places
from bot.core.intent_said import Said
from bot.core.intent_verbs import AUX

_ARTICLES = frozenset(
    """le la les l un une des mon ma mes ton ta tes notre nos votre vos ce cet cette ces the my our your this these
    that those""".split()
)
_ADVERBS = frozenset("bien deja aussi enfin donc back off already just also tous toutes all both".split())
_PARTICLES = {"handed": "in", "hand": "in", "turned": "in", "turn": "in", "dropped": "in", "drop": "in"}
_SUBJECTS = frozenset("je j on nous i we".split())
_PRONOUNS = frozenset("la le les l it them".split())
_AGREED = ("ues", "ees", "us", "es", "ue", "ee")
ANYTHING = frozenset(
    """truc trucs bidule machin chose choses objet objets article articles outil outils outillage ustensile instrument
    appareil appareils machine machines engin engins matos materiel materiels equipement equipements bazar barda bete
    bebe joujou colis paquet carton sac lot kit ensemble totalite tout pret prets emprunt emprunts location locations
    commande bien biens affaire affaires retour restitution remise depot service services element elements unite
    dispositif merveille zinzin fourbi attirail gros petit dernier derniere autre reste necessaire
    deux trois quatre tout paire moitie date delai echeance duree temps periode deadline period time due
    laisser
    thing things stuff gear item items tool tools device devices unit equipment hardware object objects article loan
    loans rental lot set package parcel goods apparatus return bits bit rest whole
    everything beast other""".split()
)
"""What any thing may be called."""


def thing(said: Said, place: int) -> str:
    """The thing that the verb at `place` names with an article, as typed; empty where it names none, or by a word
    that fits any."""
    noun = _behind(said, place) or _in_front(said, place)
    if not noun or said.words[noun[0]] in ANYTHING:
        return ""
    return said.text[said.tokens[noun[0]].start : said.tokens[noun[-1]].end]


def _behind(said: Said, place: int) -> list[int]:
    """*rendu bien tous les livres*: the noun of the article that follows the verb."""
    clause = [i for i in said.clause(place) if i > place and i not in said.timed]
    if clause and said.words[clause[0]] == _PARTICLES.get(said.words[place]):
        clause = clause[1:]
    while clause and said.words[clause[0]] in _ADVERBS:
        clause = clause[1:]
    return _noun(said, clause)


def _in_front(said: Said, place: int) -> list[int]:
    """*les clés ont été rendues*, *les clés je les ai rendues*, *clés rendues*: the noun in front.

    *Mon voisin est passé la rendre* says who, and the pronoun what.
    """
    clause = [i for i in said.clause(place) if i < place and i not in said.timed]
    noun = _noun(said, clause)
    if not noun:
        return _bare(said, clause, place)
    between = [said.words[i] for i in clause if i > noun[-1]]
    if between and between[0] in _SUBJECTS:
        return noun if _PRONOUNS.intersection(between) else []
    passive = AUX["be"].intersection([*between, said.words[place]])
    return noun if passive and said.words[place - 1] not in _PRONOUNS else []


def _bare(said: Said, clause: list[int], place: int) -> list[int]:
    """*clés rendues*, *keys returned*: without an article, where the ending shows that it is no nod."""
    agrees = said.words[place].endswith(_AGREED) or said.words[clause[-1] if clause else place].endswith("s")
    return clause if agrees and 0 < len(clause) < 3 and set(clause) <= set(name_places(said, ())) else []


def _noun(said: Said, clause: list[int]) -> list[int]:
    """The words of the noun that a clause begins with, behind its article."""
    if clause and said.words[clause[0]] in ("tous", "toutes", "all", "both"):
        clause = clause[1:]
    if not clause or said.words[clause[0]] not in _ARTICLES:
        return []
    naming = set(name_places(said, ()))
    return list(takewhile(naming.__contains__, clause[1:]))
