"""Rules of sentences about the conversation itself: its language, what is taken back, our messages."""

from __future__ import annotations

import re

from bot.core.intent import Intent
from bot.core.intent_acts import Sense
from bot.core.intent_said import Span
from bot.core.intent_verdict import Verdict, unless_asked, word_count
from bot.core.spoken import fold


def tongue(seen: Sense) -> Verdict | None:
    return Verdict(Intent.LANGUAGE) if seen.has("tongue") else None


def taken_back(seen: Sense) -> Verdict | None:
    """ANNULER in a sentence. "No longer needed" is asked about: it may be a request or a loan."""
    spans = seen.affirmed("undo") or _after_no(seen)
    if not spans:
        return None
    if _YOU_ARE_WRONG.search(fold(seen.said.text)) is not None:
        return Verdict(Intent.HUMAN)
    words = {word for first, last in spans for word in seen.said.words[first:last]}
    if words & {"erreur", "mistake"}:
        if any(act.helped for act in seen.done("pay")) and _ALL_PAID.intersection(seen.said.words):
            return None  # *j'ai déjà tout payé, c'est une erreur*: our bill is
        if seen.has("owe", "money") and not seen.of("pay"):
            return Verdict(Intent.DISPUTE)  # *il y a une erreur sur la facture*
        if _mistaken_thing(seen):
            return Verdict(Intent.HUMAN)
    if _something_fell_through(seen, spans[0]):
        return None
    unsure = words & {"veux", "besoin", "need", "needed", "want"} or seen.asked()
    return Verdict(Intent.CANCEL, "ask" if unsure else "act", spans[0][0])


_ALL_PAID = frozenset("deja tout already".split())
_YOU_ARE_WRONG = re.compile(r"\bvous (?:vous )?(?:etes|avez) (?:encore |toujours |bien )?(?:trompee?s?|fait erreur)\b")


def _after_no(seen: Sense) -> list[Span]:
    """*Non laissez tomber*, *non oubliez*: the NON answers what was asked."""
    words = seen.said.words
    if words[:1] not in (["non"], ["no"]):
        return []
    if words[1:] in (["oubliez"], ["oublie"]):
        return [(1, 2)]
    return [span for span in seen.cues.get("undo", ()) if span[0] == 1]


_CALLED_OFF = frozenset("demande pret reservation emprunt commande rappel ca cela ce c".split())


def _something_fell_through(seen: Sense, span: Span) -> bool:
    """*Mon voyage est annulé*: nothing that was said here."""
    words = seen.said.words
    before = [words[i] for i in seen.said.clause(span[0]) if i < span[0]]
    told = before[-1:] in (["est"], ["ete"], ["sont"], ["is"], ["was"], ["been"])
    return told and len(before) > 2 and _CALLED_OFF.isdisjoint(before)


_TAKEN = frozenset(
    """garde gardee gardes pris prise prises emporte emportee emportes oublie oubliee laisse laissee melange inverse
    echange kept took taken grabbed packed left swapped mixed""".split()
)
_YOUR_MISTAKE = re.compile(
    r"\b(?:vous (?:avez|faites) .{0,12}erreur|erreur (?:sur|dans|de (?:nom|date|prenom|adresse|numero|quantite))"
    r"|you (?:have )?made|mistake (?:in|on|with))\b"
)


def _mistaken_thing(seen: Sense) -> bool:
    """*J'ai gardé un foret par erreur*, *une erreur sur mon nom*: nothing that was said here is taken back."""
    return not _TAKEN.isdisjoint(seen.said.words) or _YOUR_MISTAKE.search(fold(seen.said.text)) is not None


def again(seen: Sense) -> Verdict | None:
    """Messages wanted again: that is consent, so it is confirmed first."""
    spans = seen.affirmed("again")
    if not spans or seen.of("return") or seen.has("more-time") or word_count(seen) > 14:
        return None
    return Verdict(Intent.START, unless_asked(seen))


def paused(seen: Sense) -> Verdict | None:
    return Verdict(Intent.PAUSE, unless_asked(seen)) if seen.affirmed("pause") else None


def reminded(seen: Sense) -> Verdict | None:
    return Verdict(Intent.REMINDERS) if seen.has("remind") else None
