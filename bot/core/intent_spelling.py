"""Slips of the finger in the words that matter: `rneud`, `prolonguer`, `Merciiii`."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from bot.core.intent_cues import CUES
from bot.core.intent_refusals import OPT_OUT, SCOPE_WORDS, SENT, STOP_VERBS, STOP_WORDS
from bot.core.intent_verbs import PHRASAL, VERBS
from bot.core.intent_words import EVERYTHING, GREETINGS, POLITE, SMALL, THANKS, WELL, phrases, words_of
from bot.core.spoken import distance

SHORTEST = 6
"""In shorter words one slip makes too many others."""
SHORT_ONES = frozenset("rendu rendue rendus merci solde pause salut".split())
"""Short words looked for all the same."""
TWO_SLIPS = 10

_RUNS = re.compile(r"(.)\1+")
# Words of their own, one slip away from one of ours.
GUARDED = frozenset(
    """vendu vendue vendus vendues tendu tendue pendu pendue fendu fendue mordu tordu tordue perdu vendre tendre cendre
    pendre fendre moudre prendre rende rendement rendez vends tends pends autour detour detours tours caisse caisses
    canne canner vanne vannes manne cause causes soude souder soudee solder soldes garage garages carder carte cartes
    longue langes large largue contrat contacts contact comptoir aides raide raides bride stock stocks shop stomp
    step stew store storm stoppe depot depots depose pose poser pause poste postes porte portes prete prise prises
    presse presses prestation reserve reserves reservoir reservoirs remise remises remise regle regles reglet rampe
    rampes range ranger rapporteur ramenez bonjour prix pris livre livres cable cables tourne tournee tourner
    retouche retoucher detourne retourner payes pays pagne payer verser versez verse verses vernir board bored boxed
    bring being king kept wept keen given driven dropped cropped bracket basket packed backed black lack pack
    handle handled hander sender tender render returner learned turned turner burner loaner loans lawn lawns help
    kelp extent extends expend expand exceed ladder latter letter better later water matter hammer drill drills grill
    saw saws broken token spoken stolen swollen missing hissing kissing massing mission problems sander sanding
    landing standing plane planer printer pointer painter painters cancel cancels hotel hours house horse nurse
    course source morse lampe rampes casque casques masque masques marque marques barque panier panneau pannes
    ponceuse scie scies perceuse visseuse meuleuse tondeuse echelle marteau projecteur camera trepied micro
    ordinateur malle malles balle balles table tables tablette sangle sangles single angle angles jingle cintre
    centre montre montres contre compte comptes conte contes coude coudre foudre poudre soudre prendra tendra
    pendant pendante pendule rendant deja demande demandes commande commandes commence content contents attente
    entente latente tente tentes pente pentes vente ventes dette dettes cette certes serte sortie sorties partie
    parties probable problematique retard retards regard regards renard depuis devis device advice service services
    perdre nous vous tous toux messe masse meuble meubles ouvert couvert ferme fermes forme formes terme termes
    trouve trouver trouble trousse double doubles souple couple mailing mauling meeting seeking texte textes
    garde gardes gants grande grandes vibrer virage rallonge rallonges blonde monde monte montee avance aide sonde fraise fraises""".split()
)


def _ours() -> frozenset[str]:
    found = {
        *STOP_WORDS,
        *STOP_VERBS,
        *SENT,
        *SCOPE_WORDS,
        *PHRASAL,
        *words_of((*GREETINGS, *THANKS, *WELL, *POLITE, *EVERYTHING)),
    }
    for language, cues in CUES.items():
        found |= words_of(OPT_OUT[language])
        found |= {word for text in cues.values() for word in words_of(phrases(text))}
        found |= SMALL[language]
        found |= {word for verb in VERBS[language].values() for form in verb.values() for word in form}
    return frozenset(found)


@cache
def vocabulary() -> frozenset[str]:
    """Every word some rule knows."""
    return _ours()


@cache
def _by_length() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for word in sorted(vocabulary() - GUARDED):
        if (len(word) >= SHORTEST or word in SHORT_ONES) and word.isascii():
            found.setdefault(len(word), []).append(word)
    return found


@cache
def _squeezed() -> dict[str, str]:
    return {_RUNS.sub(r"\1", word): word for word in sorted(vocabulary(), key=len, reverse=True) if len(word) > 3}


@lru_cache(maxsize=4096)
def corrected(word: str) -> tuple[str, bool]:
    """The known word that was meant and whether a letter was wrong; a word near none is given back as it is.

    Repeated letters (`renduuu`) are emphasis, not a slip.
    """
    if word in vocabulary() or word in GUARDED or not word.isalpha():
        return word, False
    if len(word) > 3 and (stressed := _squeezed().get(_RUNS.sub(r"\1", word))):
        return stressed, False
    near = _nearest(word) if len(word) >= SHORTEST - 1 else None
    return (near, True) if near else (word, False)


def _nearest(word: str) -> str | None:
    """The one known word within reach: a slip, or two in a long word; the first letter is seldom the wrong one."""
    limit = 2 if len(word) >= TWO_SLIPS else 1
    best, best_at = None, limit + 1
    for length in range(len(word) - limit, len(word) + limit + 1):
        for known in _by_length().get(length, ()):
            if known[0] != word[0] and (limit > 1 or known[1] != word[1]):
                continue
            apart = distance(word, known, limit)
            if apart < best_at:
                best, best_at = known, apart
    return best
