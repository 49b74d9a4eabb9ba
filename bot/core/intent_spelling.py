"""Typing errors in the words that matter: `rednu`, `prolonguer`, `Merciiii`."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from bot.core.intent_cues import CUES
from bot.core.intent_refusals import OPT_OUT, SCOPE_WORDS, SENT, STOP_VERBS, STOP_WORDS
from bot.core.intent_table import TABLE
from bot.core.intent_verbs import PHRASAL, VERBS
from bot.core.intent_words import (
    EVERYTHING,
    GREETINGS,
    NODS,
    POLITE,
    SMALL,
    SORRY,
    THANKS,
    UNSURE,
    WELL,
    phrases,
    words_of,
)
from bot.core.spoken import distance

SHORTEST = 6
"""In shorter words one slip makes too many others."""
SHORT_ONES = frozenset("rendu rendue rendus merci solde pause salut".split())
"""Short words looked for all the same."""
TWO_SLIPS = 10
KEYWORD = "rendu"
KEYWORD_CUT = "redu"
"""The keyword, short as it is, is also known with its letters in another order (`rneud`) and in this form."""

_RUNS = re.compile(r"(.)\1+")
# Real words one typing error away from one of ours.
GUARDED = frozenset(
    """advice aide aides angle angles attente autour avance backed balle balles barque basket being better black
    blonde board bonjour bored boxed bracket bride bring broken burner cable cables caisse caisses camera
    cancel cancels canne canner carder carte cartes casque casques cause causes cendre centre certes cette
    cintre commande commandes commence compte comptes comptoir contact contacts conte content contents
    contes contrat contre coude coudre couple course couvert cropped deja demande demandes depose depot
    depots depuis detour detourne detours dette dettes device devis double doubles drill drills driven
    dropped echelle entente exceed expand expend extends extent fendre fendu fendue ferme fermes forme
    formes foudre fraise fraises gants garage garages garde gardes given grande grandes grill hammer hander
    handle handled help hissing horse hotel hours house jingle keen kelp kept king kissing lack ladder lampe
    landing langes large largue latente later latter lawn lawns learned letter livre livres loaner loans locker
    longue mailing malle malles manne marque marques marteau masque masques masse massing matter mauling
    meeting messe meuble meubles meuleuse micro missing mission monde monte montee montre montres mordu
    morse moudre nous nurse ordinateur ouvert pack packed pagne painter painters panier panneau pannes
    partie parties pause payer payes pays pendant pendante pendre pends pendu pendue pendule pente pentes
    perceuse perdre perdu plane planer pointer ponceuse porte portes pose poser poste postes poudre prendra
    prendre presse presses prestation prete printer pris prise prises prix probable problematique problems
    projecteur raide raides rallonge rallonges ramenez rampe rampes range ranger rapporteur regard regards
    regle regles reglet remise remises renard rendant rende rendement render rendez reserve reserves
    reservoir reservoirs retard retards retouche retoucher retourner returner sander sanding sangle sangles
    saw saws scie scies seeking sender serte service services shop single solder soldes sonde sortie sorties
    soude soudee souder soudre souple source spoken standing step stew stock stocks stolen stomp stoppe
    store storm swollen table tables tablette tender tendra tendre tends tendu tendue tente tentes terme
    termes texte textes token tondeuse tordu tordue tourne tournee tourner tours tous toux trepied trouble
    trousse trouve trouver turned turner vanne vannes vendre vends vendu vendue vendues vendus vente ventes
    vernir verse verser verses versez vibrer virage visseuse vous water wept
    diable diables drille drilles douille douilles dune jeu jeux lit lits lune malle mat metre metres pliant pliante
    pliantes sable selle selles
    none mother sends show shows sun sand man men mend met net mask task tasks test tests ten tall tone land lone laid
    maid salle mamie dan dany sit sits""".split()
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
    for row in TABLE:
        found |= words_of(phrases(f"{row.fr}, {row.en}"))
    for language, cues in CUES.items():
        found |= words_of(OPT_OUT[language])
        found |= {word for text in cues.values() for word in words_of(phrases(text))}
        found |= SMALL[language]
        found |= {word for verb in VERBS[language].values() for form in verb.values() for word in form}
    return frozenset(found)


@cache
def vocabulary() -> frozenset[str]:
    """Every word that some rule knows."""
    return _ours()


@cache
def _left_alone() -> frozenset[str]:
    return vocabulary() | GUARDED | words_of((*NODS, *SORRY, *UNSURE))


def left_alone(word: str) -> bool:
    """Whether a word is no slip: one that some rule knows, or another real one."""
    return word in _left_alone()


@cache
def _by_length() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for word in sorted(vocabulary() - GUARDED):
        if (len(word) >= SHORTEST or word in SHORT_ONES) and word.isascii():
            found.setdefault(len(word), []).append(word)
    return found


@cache
def _squeezed() -> dict[str, str]:
    return {_RUNS.sub(r"\1", word): word for word in sorted(vocabulary(), key=len, reverse=True) if len(word) > 2}


@lru_cache(maxsize=4096)
def corrected(word: str) -> tuple[str, bool]:
    """The known word that was meant and whether a letter was wrong; a word near none is returned as it is.

    Repeated letters (`renduuu`) are emphasis, not an error.
    """
    if left_alone(word) or not word.isalpha():
        return word, False
    if len(word) > 3 and (stressed := _squeezed().get(_RUNS.sub(r"\1", word))):
        return stressed, False
    if word == KEYWORD_CUT or (word[0] == KEYWORD[0] and sorted(word) == sorted(KEYWORD)):
        return KEYWORD, True
    near = _nearest(word) if len(word) >= SHORTEST - 1 else None
    return (near, True) if near else (word, False)


def _nearest(word: str) -> str | None:
    """The one known word within reach: one error, or two in a long word; the first letter is seldom the wrong one."""
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
