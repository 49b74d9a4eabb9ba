"""Refusals of our messages: the one wish that must never be missed, nor heard where it was not said.

STOP alone always counts, with any politeness around it; in a sentence it counts together with what we send (messages,
rappels, m'écrire…), so that *arrêtez la perceuse* stops nothing.
"""

from __future__ import annotations

import re
from functools import cache

from bot.core.due import Due
from bot.core.intent import Intent
from bot.core.intent_refusals import OFF_THE_LIST, OPT_OUT, SCOPE_WORDS, SENT, STOP_VERBS, STOP_WORDS
from bot.core.intent_said import Index, Said, Span, indexed, spans
from bot.core.intent_verbs import NEGATION
from bot.core.intent_words import ANY_SMALL, LANGUAGES, phrases
from bot.core.spoken import fold

_REACH = 8
# Carriers take these for an opt-out when they are the whole message; in a sentence they are ordinary words.
_CARRIER_ONLY = frozenset({"cancel", "end", "quit", "revoke"})
_SIGNS = frozenset({"✅", "❌"})  # beside STOP they say nothing: *STOP ✅*, *❌ STOP*
_SAID_ALREADY = frozenset("said told asked dit demande veux voudrais souhaite want would".split())
# "Je n'ai reçu aucun message" misses messages, "aucun message" refuses them.
_GETTING = frozenset(
    """recois recoit recu recue recus recevons recevez avons avez eu get gets got getting received receive
    receiving have had see seen vois arrive arrivent there manque ai""".split()
)
_NOUN_FIRST = frozenset("plus pas aucun no".split())
_ASKED_OF_US = frozenset("do please should must to can and just will you".split())
_REFUSING = frozenset("not never no plus pas aucun ne".split())
# *Stop et j'ai rendu la perceuse*, *stop je ne suis pas Awa*: a sentence of its own follows, without a sign.
_TELLS_MORE = frozenset("et and je j i".split())
# *Stop, c'est trop*, *stop ça suffit*: nothing is added to the refusal but how much it is meant.
_ENOUGH = frozenset("c est is trop assez suffit suffira basta too much".split())
_UNTIL = frozenset("jusqu jusque pendant durant until till for during".split())
_GIVEN_BACK = frozenset("rendu rendue rendus rendues ramene ramenee rapporte rapportee returned brought back".split())
_THIS_TIME = frozenset("cette ce this".split())


def refuses(said: Said) -> Intent | None:
    """STOP, PAUSE ("plus de rappels jusqu'à lundi"), HUMAN ("pas de SMS avant 9 h") or None."""
    if _alone(said) or _whole_message_of_carrier(said):
        return Intent.STOP
    found = _in_sentence(said)
    if found is None:
        return Intent.STOP if _STOP_OF_ONE.search(fold(said.text)) else None
    if OFF_THE_LIST.search(fold(said.text)):
        return None
    if _at_some_hours(said, found):
        return Intent.HUMAN
    return Intent.PAUSE if _for_a_while(said, found) else Intent.STOP


# Said of one loan: *stop pour la perceuse*. *STOP au 36180*: as other senders have taught it.
_STOP_OF_ONE = re.compile(
    r"^\W*stop (?:pour|concernant) (?:le|la|les|l|mon|ma|mes|ce|cet|cette)\b|^\W*stop (?:au|to) \d{4,6}\W*$"
)


def _alone(said: Said) -> bool:
    """Whether the first or last sentence of the message is nothing but STOP."""
    polite = said.fillers["greet"] | said.fillers["thanks"] | said.fillers["well"]
    told = [[said.words[i] for i in part if i not in polite and said.words[i] not in _SIGNS] for part in said.parts()]
    parts = [words for words in told if words]
    if parts and not said.asked and parts[0][0] == "stop" and parts[0][1:2] and parts[0][1] in _TELLS_MORE:
        return True
    return any(_is_stop(words) for words in (parts[:1] + parts[-1:]))


def _is_stop(words: list[str]) -> bool:
    stops = [word for word in words if word in STOP_WORDS and word not in _CARRIER_ONLY]
    if not stops or len(words) > 12:
        return False
    return all(word in STOP_WORDS or word in SCOPE_WORDS or word in _ENOUGH or _small_number(word) for word in words)


def _small_number(word: str) -> bool:
    return word.isdecimal() and len(word) < 6


def _whole_message_of_carrier(said: Said) -> bool:
    words = [said.words[i] for i in said.core() if said.words[i] not in _SIGNS]
    return bool(words) and words[0] in _CARRIER_ONLY and all(w in _CARRIER_ONLY or w == "all" for w in words)


_HOURS = re.compile(
    r"(?:(?:avant|apres|before|after|passe)\s(?:les\s)?\d{1,2}(?![\d/.-]|\s?(?:j|d|s|w|m)[a-z]*\b)"
    r"|(?:la|the) nuit|(?:le|les|tous les) (?:soirs?|matins?|dimanches?|samedis?|week ?-?ends?)"
    r"|(?:si|aussi|trop) (?:tot|tard)|at night|on sundays?|on saturdays?|(?:so|this|too) (?:early|late)"
    r"|in the (?:morning|evening))"
)


def _at_some_hours(said: Said, span: Span) -> bool:
    """*Pas de SMS avant 9 h*, *stop les rappels la nuit*: the hour is refused, not the messages. Staff read it; the
    messages go on. Only small words may stand between: *plus de messages, je dors le matin* is a STOP."""
    behind = fold(said.text[said.tokens[span[0]].start :])
    found = _HOURS.search(behind)
    if found is None:
        return False
    between = [t.word for t in said.tokens[span[1] :] if t.end <= said.tokens[span[0]].start + found.start()]
    return all(word in SCOPE_WORDS or word in STOP_VERBS or word in _REFUSING for word in between)


# --- in a sentence -----------------------------------------------------------------------------------


@cache
def _index() -> Index:
    return indexed({"opt-out": [phrase for language in LANGUAGES for phrase in OPT_OUT[language]]})


@cache
def _short_times() -> Index:
    return indexed(
        {"": phrases("cette semaine, ce week end, ce weekend, ce mois, ce mois ci, this week, this weekend")}
    )


def _in_sentence(said: Said) -> Span | None:
    for _, span in spans(said.words, _index()):
        if _meant(said, span):
            return span
    for place, word in enumerate(said.words):
        if word in STOP_VERBS and not _held_back(said, place) and _stops_sending(said, place):
            return None if _if_said(said, place) else (place, place + 1)
    return None


_TELLS = frozenset("say text type send reply write dis ecris envoie reponds tape".split())


def _if_said(said: Said, place: int) -> bool:
    """*If I say stop, will I still get reminders?* asks what it does."""
    before = said.words[max(0, place - 4) : place]
    return before[-1:] != [] and before[-1] in _TELLS and not {"if", "si"}.isdisjoint(before)


def _meant(said: Said, span: Span) -> bool:
    first = said.words[span[0]]
    before = [said.words[i] for i in said.clause(span[0]) if i < span[0]] if _in_clause(said, span) else []
    if first in _NOUN_FIRST and _is_getting(before):
        return False
    if first == "not":
        return not before or before[-1] in _ASKED_OF_US
    if first in ("m", "me", "envoyez", "contactez", "sollicitez") and set(before[-3:]) & {"vous", "tu"} - {"que"}:
        return "que" in before
    return bool(_REFUSING.intersection(said.words[span[0] : span[1]])) or not _held_back(said, span[0])


def _in_clause(said: Said, span: Span) -> bool:
    return span[0] in said.clause(span[0])


def _is_getting(before: list[str]) -> bool:
    return bool(_GETTING.intersection(before)) and not _SAID_ALREADY.intersection(before)


def _held_back(said: Said, place: int) -> bool:
    """*N'arrêtez pas*, *don't stop*; but *pourquoi n'arrêtez-vous pas* asks for the end."""
    number = said.tokens[place].clause
    near = [i for i in range(max(0, place - 4), place) if said.tokens[i].clause == number]
    done = [i for i in near if said.words[i] in _GIVEN_BACK]  # *I haven't returned it stop sending me messages*
    words = [said.words[i] for i in near if not done or i > done[-1]]
    whole = [said.words[i] for i, token in enumerate(said.tokens) if token.clause == number]
    return any(word in NEGATION for word in words) and not {"pourquoi", "why"} & set(whole)


def _stops_sending(said: Said, place: int) -> bool:
    """Whether the first object after the verb is something we send."""
    part = said.tokens[place].part
    for i in range(place + 1, min(place + 1 + _REACH, len(said.words))):
        word = said.words[i]
        if said.tokens[i].part != part:
            return False
        if word in SENT:
            return True
        if word not in SCOPE_WORDS and word not in ANY_SMALL:
            return False
    return False


def _for_a_while(said: Said, span: Span) -> bool:
    """A refusal with an end is a pause: "pas de rappel avant lundi", "arrêtez pendant 3 jours"."""
    if any(True for _ in spans(said.words, _short_times())):
        return True
    if not isinstance(said.due, Due) or not said.timed:
        return False
    first = min(said.timed)
    near = {said.words[i] for i in said.timed} | {said.words[i] for i in range(max(0, first - 2), first)}
    if near & (_UNTIL | _THIS_TIME):
        return True
    return said.words[span[0]] not in STOP_VERBS and bool(near & {"avant", "before"})
