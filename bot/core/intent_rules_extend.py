"""Rules of sentences about more time."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.core.intent import Intent
from bot.core.intent_acts import Act, Sense
from bot.core.intent_verdict import Verdict, has_due, unless_asked, word_count
from bot.core.spoken import fold


def _only_asks_when(seen: Sense) -> bool:
    """*Jusqu'à quand je peux la garder ?*, *quel est le délai ?*: asks for the due time, not for more."""
    whens = {place for span in seen.cues.get("when", ()) for place in range(*span)}
    wishes = seen.affirmed("more-time")
    wished = bool(wishes or seen.of("extend"))
    return wished and bool(whens) and all(whens.issuperset(range(*span)) for span in wishes)


_MORE = re.compile(
    r"\b(?:encore|rallonge de|another)\s(?:\d{1,2}|[a-z]{2,7})\s?(?:j|jours?|h|heures?|sem\w*|mois|days?|weeks?)\b"
    r"|\b\d{1,3}\s?(?:h|hrs?|heures?|mn|min\w*|j|jr|hours?)\s"
    r"(?:de plus|de ?\+|en plus|de rab|supplementaires?|more|longer|extra)\b"
)
_LEFT_OF_IT = frozenset("reste restent left".split())


def _some_more(seen: Sense) -> bool:
    """*Encore 2j svp*, *une rallonge de 3 jours*; *il me reste encore 2 jours* states it."""
    return _MORE.search(fold(seen.said.text)) is not None and _LEFT_OF_IT.isdisjoint(seen.said.words)


def _for_me(seen: Sense, act: Act) -> bool:
    """*Keep the drill for me*."""
    words = [seen.said.words[i] for i in seen.said.clause(act.place) if i > act.place]
    return seen.said.words[act.place] == "keep" and act.by == "nobody" and words[-2:] == ["for", "me"]


_KEEPING = frozenset("garde garder gardes gardons garderai gardez keep kept keeping conserver conserve".split())
_INSTEAD = {("au", "lieu"), ("instead", "of")}


_UNTIL_POSSIBLE = re.compile(r"^\W*(?:et )?jusqu.*\bpossible\W*$|\bpossible (?:que )?jusqu(?!e la)")
"""*Jusqu'à lundi c'est possible ?*"""


_MAKE_IT = re.compile(
    r"^\W*(?:(?:ok|actually|sorry|can we|could we|can you|could you|lets|let's|please) )*make (?:it|that) "
)
"""*Make it Friday*, *can we make it Monday instead?*; *can't make it today* is another."""


_LEFT_UNTIL = re.compile(r"\b(?:me|nous) laisser\b.{0,40}\bjus[qk]|\blaisse[rz]?[ -](?:moi|nous)\b.{0,40}\bjus[qk]")
"""*Tu peux me laisser la perceuse jusqu'à dimanche*"""


def longer(seen: Sense) -> Verdict | None:
    """PROLONGER in a sentence; negated ("pas besoin de prolonger") it is a plain no."""
    if seen.asked() and _only_asks_when(seen):
        return Verdict(Intent.LIST)
    if has_due(seen) and seen.said.text.startswith("+"):
        return Verdict(Intent.EXTEND)
    if has_due(seen) and word_count(seen) < 5 and _INSTEAD & set(pairwise(seen.said.words)):
        return Verdict(Intent.EXTEND, "ask")  # *samedi au lieu de vendredi*: later than now due, or sooner
    text = fold(seen.said.text)
    if has_due(seen) and word_count(seen) < 7 and (_UNTIL_POSSIBLE.search(text) or _MAKE_IT.search(text)):
        return Verdict(Intent.EXTEND, "ask")
    if has_due(seen) and _LEFT_UNTIL.search(text):
        return Verdict(Intent.EXTEND, unless_asked(seen))
    if has_due(seen) and _some_more(seen) and not seen.of("extend"):
        return Verdict(Intent.EXTEND, unless_asked(seen))
    acts = [act for act in seen.of("extend") if not (act.by == "other" and not act.asked) or act.state == "not"]
    put_aside = {place for span in seen.cues.get("reserving", ()) for place in range(*span)}  # *gardez-moi une tente*
    acts = [act for act in acts if act.place not in put_aside]
    acts = [act for act in acts if seen.said.words[act.place - 1 : act.place] != ["stop"]]  # *stop keeping my data*
    if any(_for_me(seen, act) for act in acts):
        return Verdict(Intent.RESERVE, unless_asked(seen))
    refused = {act.place for act in acts if act.state == "not"}  # *pas la peine de prolonger*
    wishes = [span for span in seen.affirmed("more-time") if refused.isdisjoint(range(*span))]
    spans = [s for s in wishes if seen.said.words[s[0] - 1 : s[0]] != ["any"]]  # *can't any longer*
    if any(act.state == "not" for act in acts) and not spans:
        return Verdict(Intent.NO)
    acts = [act for act in acts if act.state != "not"]
    if acts and acts[0].state == "done" and seen.said.words[acts[0].place] in _KEEPING and not spans:
        return Verdict(Intent.NOT_RETURN)
    if not acts and not spans:
        return Verdict(Intent.NO) if seen.has("more-time") and word_count(seen) < 8 else None
    place = acts[0].place if acts else spans[0][0]
    already = bool(acts) and acts[0].state == "done" and acts[0].helped
    return Verdict(Intent.EXTEND, "ask" if seen.asked() or already else "act", place)
