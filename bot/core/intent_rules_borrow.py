"""Rules of sentences about what could be had, and what is out already."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.core.intent import Intent
from bot.core.intent_acts import Sense
from bot.core.intent_refusals import OFF_THE_LIST
from bot.core.intent_said import Span
from bot.core.intent_verbs import NEGATION
from bot.core.intent_verdict import Verdict, surely_returned, unless_asked, word_count
from bot.core.intent_words import ANY_SMALL
from bot.core.spoken import fold


def cleared(seen: Sense) -> Verdict | None:
    wanted = seen.has("clear") or (seen.has("clear?") and seen.asked())
    told = surely_returned(seen) and _SAYING_SO.search(fold(seen.said.text)) is None
    return Verdict(Intent.QUITUS) if wanted and not told else None


_SAYING_SO = re.compile(
    r"\b(?:quitus|attestation|certificat|justificatif|preuve|papier|recu|certificate|proof|receipt|statement)\b"
    r"(?:\W+\w+){0,2}?\W+(?:que|qu'|comme quoi|prouvant|disant|confirmant|that|saying)"
)
"""*Une attestation que j'ai tout rendu*: of what it says, nothing is told."""


def reserving(seen: Sense) -> Verdict | None:
    acts = seen.of("reserve")
    if OFF_THE_LIST.search(fold(seen.said.text)):
        plain = NEGATION.isdisjoint(seen.said.words) and not seen.asked()
        return Verdict(Intent.CANCEL if plain else Intent.HUMAN)
    if any(act.state == "not" for act in acts):
        return Verdict(Intent.NO)
    if not acts and not seen.affirmed("reserving"):
        return None
    done = any(act.state == "done" and act.helped for act in acts)
    return Verdict(Intent.RESERVE, "ask" if seen.asked() or done else "act")


_SOME = [[word] for word in ("a", "an", "any", "some")]
"""*Have you got a ladder?* asks for one, *have you got it?* whether it has arrived."""
_TO_BE_HAD = frozenset("libre libres dispo disponible disponibles disponibilite available free".split())


_TO_FETCH = frozenset("chercher recuperer prendre".split())
_AT_MOST = frozenset("max maxi maximum".split())


def listing(seen: Sense) -> Verdict | None:
    if not _TO_BE_HAD.isdisjoint(seen.said.words) and seen.affirmed("want-thing"):
        return None  # *la perceuse est libre quand ?*
    asked_when = seen.has("when") and (seen.asked() or word_count(seen) < 7)
    asked_what = seen.has("took") and seen.asked()
    got = [span for span in seen.cues.get("got-it", ()) if seen.said.words[span[1] : span[1] + 1] not in _SOME]
    arrived = bool(got) and seen.asked()
    if asked_when and not seen.of("return") and not _TO_FETCH.isdisjoint(seen.said.words):
        return Verdict(Intent.HUMAN, hours=True)  # *je passe quand la chercher ?*
    if asked_when and not seen.of("extend") and not _AT_MOST.isdisjoint(seen.said.words):
        return Verdict(Intent.HUMAN)  # *combien de temps max ?*: a rule of the house
    return Verdict(Intent.LIST) if seen.has("my-loans") or asked_when or asked_what or arrived else None


_LENT_ON = frozenset("prete pretee pretes pretees lent".split())
"""*Je l'ai prêtée à mon voisin*, *ma femme l'a prise*: nothing is borrowed anew, and staff want to know."""


def borrowing(seen: Sense) -> Verdict | None:
    """A verb of borrowing."""
    acts = seen.of("borrow")
    given_up = {"finalement", "plus", "anymore", "longer"} & set(seen.said.words)
    if any(act.state == "not" for act in acts):  # *je ne prends plus la tente*: of a request or a place in the list
        return Verdict(Intent.CANCEL, "ask") if given_up and not seen.asked() else Verdict(Intent.NO)
    if acts:
        act = acts[0]
        done = act.state == "done" and act.helped
        if done and not act.asked and (act.by != "me" or seen.said.words[act.place] in _LENT_ON):
            return Verdict(Intent.HUMAN)
        if act.asked and (done or seen.has("where-how")):
            return Verdict(Intent.LIST if done else Intent.HELP)
        return Verdict(Intent.BORROW, "ask" if act.asked or done else "act", act.place)
    return None


_NO_THING = frozenset(
    """raison tort passe bien recu recue vu vue compris lu note eu pu fait trouve dit right received seen read got
    understood""".split()
)


_ONE = frozenset("un une des de du le la ma mon a an any the my".split())
_NO_MATTER = frozenset(
    """reponse reponses nouvelle nouvelles minute minutes seconde question questions decision idee avis retour answer
    reply news update minute moment question""".split()
)
"""*Vous avez une réponse ?*, *do you have any news?*"""
_TELLING = frozenset("savoir connaitre comprendre dire informer signaler prevenir remercier remercie feliciter".split())


def _of_no_thing(seen: Sense, span: Span) -> bool:
    """*Vous avez raison*, *avez-vous bien reçu mon mail ?*, *je voudrais vous dire merci*"""
    behind = seen.said.words[span[1] : span[1] + 2]
    if _TELLING.intersection(behind[:1] if behind[:1] != ["vous"] else behind):
        return True
    if behind[:1] and behind[0] in _ONE and _NO_MATTER.intersection(behind[1:]):
        return True
    return seen.said.words[span[1] - 1] in ("avez", "vous", "have", "you") and not _NO_THING.isdisjoint(
        seen.said.words[span[1] : span[1] + 1]
    )


def _bare_need(seen: Sense) -> list[Span]:
    """*Besoin perceuse 2 jours*, in the language of telegrams."""
    words = seen.said.words
    core = seen.said.core()
    first = core[0] if core else 0
    bare = words[first : first + 1] == ["besoin"] and words[first + 1 : first + 2] != [] and word_count(seen) < 6
    return [(first, first + 1)] if bare and words[first + 1] not in ANY_SMALL and not seen.has("help") else []


_THE = frozenset("la le les l cette ce ces ma mon mes".split())


def _wanted_no_more(seen: Sense, span: Span) -> bool:
    """*Je veux plus la tente*, without its *ne*; *je veux plus de rallonges* may want more."""
    words = seen.said.words
    after = words[span[1] : span[1] + 2]
    return (
        words[span[1] - 1] in ("veux", "voulons", "veut") and after[:1] == ["plus"] and not _THE.isdisjoint(after[1:])
    )


def wanting(seen: Sense) -> Verdict | None:
    """An item wished for: *il me faut une échelle*, *la perceuse est dispo ?*"""
    spans = [span for span in seen.affirmed("want-thing") if not _of_no_thing(seen, span)] or _bare_need(seen)
    if any(_wanted_no_more(seen, span) for span in spans):
        return Verdict(Intent.CANCEL, "ask")
    if not spans and seen.has("want-thing") and "finalement" in seen.said.words:
        return Verdict(Intent.CANCEL, "ask")
    if not spans:
        refused = any(seen.denied(span) for span in seen.cues.get("want-thing", ()))
        words = seen.said.words
        if refused and ("anymore" in words or ("any", "more") in set(pairwise(words))) and not seen.asked():
            return Verdict(Intent.CANCEL, "ask")
        return Verdict(Intent.NO) if refused and word_count(seen) < 8 else None
    return Verdict(Intent.BORROW, unless_asked(seen), spans[0][0])
