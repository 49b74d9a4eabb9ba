"""Rules of sentences that somebody of the team has to read: contested, broken, lost, questions for a person."""

from __future__ import annotations

import re

from bot.core.intent import Intent
from bot.core.intent_acts import Act, Sense
from bot.core.intent_omission import lacks
from bot.core.intent_rules_return import said_done
from bot.core.intent_said import Span
from bot.core.intent_verdict import Verdict, certain, has_due, surely_returned, word_count
from bot.core.spoken import fold


def contested(seen: Sense) -> Verdict | None:
    """*Ce n'est pas moi*, *I dispute this*."""
    if not seen.has("contest") or seen.asked() or surely_returned(seen):
        return None
    return Verdict(Intent.DISPUTE)


def needing_somebody(seen: Sense) -> Verdict | None:
    """*Ma mère est décédée, je ne pourrai pas venir*: no answer of a machine's."""
    return Verdict(Intent.HUMAN) if seen.has("needs-somebody") and not surely_returned(seen) else None


_LENDING = re.compile(
    r"\bissue (?:me|us)\b|\b(?:kindly|please|pls|plz|can you|could you) issue (?!with|is|report)"
    r"|\bissue\b.{1,40}\bto (?:me|us)\b"
)
"""*Kindly issue the drill to me*, as a store in India is asked."""
_TROUBLE = frozenset("probleme problemes souci soucis problem problems issue issues trouble".split())
_OF_ONESELF = frozenset("perdu perdue coince coincee bloque bloquee creve crevee casse cassee".split())
"""*Je suis coincé au travail*, *je suis crevée*: nothing is wrong with what was lent."""


def wrong(seen: Sense) -> Verdict | None:
    """Broken, lost, stolen, missing; but not "pas cassé", "est-ce un problème si…", or a return that lacks a part."""
    words = seen.said.words
    for span in seen.affirmed("wrong"):
        if words[span[0]] in _OF_ONESELF and words[span[0] - 1 : span[0]] == ["suis"]:
            continue
        near = (words[span[0] - 1 : span[0]], words[span[1] : span[1] + 1], words[span[0] - 2 : span[0] - 1])
        if words[span[0]] == "issue" and _LENDING.search(fold(seen.said.text)):
            continue
        if words[span[0]] in _TROUBLE and any(word in (["si"], ["if"], ["cas"], ["case"]) for word in near):
            continue
        if words[span[0]] in _TROUBLE and _on_the_way(seen, span):
            continue
        if words[span[0]] in _TROUBLE and _solved(seen, span):
            return None if surely_returned(seen) else Verdict(Intent.HUMAN)
        if lacks(seen.said, span) and surely_returned(seen):  # given back, though not whole
            continue
        act = _surely_back(seen)
        return Verdict(Intent.PROBLEM, place=span[0] if act is None else act.place, returned=act is not None)
    return None


_TRAVEL = frozenset("venir passer voiture transport transports metro bus train velo sante famille car".split())


def _on_the_way(seen: Sense, span: Span) -> bool:
    """*Un souci de voiture*, *un problème pour venir*: nothing is wrong with what was lent."""
    words = seen.said.words
    return bool(_TRAVEL.intersection(words[span[1] : span[1] + 3])) or words[span[0] - 1 : span[0]] == ["car"]


_SOLVED = frozenset("regle reglee regles resolu resolue resolus solved fixed sorted gone".split())


def _solved(seen: Sense, span: Span) -> bool:
    """*Problème réglé*, *plus de problème*: staff who were told of it should read that."""
    words = seen.said.words
    after = [words[i] for i in seen.said.clause(span[0]) if i >= span[1]]
    before = words[max(0, span[0] - 2) : span[0]]
    return bool(_SOLVED.intersection(after)) or before in (["plus", "de"], ["plus", "aucun"], ["no", "more"])


def _surely_back(seen: Sense) -> Act | None:
    """*Rendu la perceuse, mais elle fume*: the broken item is back."""
    act = certain(seen.done("return"))
    return act if act is not None and said_done(seen, act) == Verdict(Intent.RETURN, "act", act.place) else None


def opening(seen: Sense) -> Verdict | None:
    """Opening hours: answered with those that are known, passed on to a person."""
    spans = [span for span in seen.cues.get("opening", ()) if not seen.said.timed.issuperset(range(*span))]
    if not spans:  # *jusqu'à la fermeture*, *till you close*
        return None
    told = seen.affirmed("coming") and has_due(seen) and not seen.asked()  # *je passe avant la fermeture*
    return Verdict(Intent.HUMAN, hours=True) if not told and (seen.asked() or word_count(seen) < 6) else None


def a_person(seen: Sense) -> Verdict | None:
    where = seen.has("where") and seen.asked() and word_count(seen) < 7
    return Verdict(Intent.HUMAN) if seen.affirmed("person") or seen.has("place") or where else None


def help_wanted(seen: Sense) -> Verdict | None:
    return Verdict(Intent.HELP) if seen.has("help") else None
