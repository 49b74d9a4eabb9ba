"""A message with several wishes: *rendu 1 et 3, prolonge le 2 jusqu'à vendredi*. Where it is cut, so that each part can
be understood by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time

from bot.core.due import Due
from bot.core.intent import Intent, Understood
from bot.core.intent_said import Said, cue_index, cut, spans, words_in
from bot.core.intent_verbs import ME
from bot.core.intent_words import ANY_SMALL, LANGUAGES, NUMBER_LEADS
from bot.core.intents import understand, wish_words
from bot.core.records import record
from bot.core.spoken import words

LONGEST = 60  # words: a longer message tells a story
LONGEST_NAME = 5  # words
DEEDS = frozenset(
    {Intent.RETURN, Intent.NOT_RETURN, Intent.EXTEND, Intent.BORROW, Intent.RESERVE, Intent.PAID, Intent.PROBLEM}
)
LEADS = {Intent.RETURN: "je rends", Intent.EXTEND: "prolonger", Intent.BORROW: "PRET"}
DATED = frozenset({Intent.EXTEND, Intent.BORROW})
LOOKED_UP = frozenset({Intent.BALANCE, Intent.QUITUS})
"""Asked for beside a return: *rendu la perceuse, combien je dois ?*"""
TO_THE_TEAM = frozenset({Intent.HUMAN, Intent.DISPUTE})
"""What a person reads, whatever else was said: *rendu la perceuse. Où est ma caution ?*"""
BY_THEMSELVES = TO_THE_TEAM | {Intent.STOP}
"""These say no more of the wish before them."""
BESIDE_STOP = frozenset({Intent.RETURN, Intent.PROBLEM, Intent.PAID, Intent.DISPUTE})
BESIDE_RETURN = BY_THEMSELVES | LOOKED_UP | {Intent.BORROW, Intent.RESERVE, Intent.PAID}
_LEADING_STOP = re.compile(
    r"^\s*stop\s+"
    r"(?=j['’]|(?:je|i|et|and|on|nous|we|c['’ ]?est|it['’]?s|it is|d[ée]j[àa]|already|rendue?s?|returned)\b)",
    re.IGNORECASE,
)
_TOLD_NEXT = (
    r"(?:(?:je|on) (?:vous )?(?:l['’ ]?)?a[i ]|j['’ ]?ai |jai |g |c['’ ]?est |tout est |la \w+ est |le \w+ est "
    r"|(?:i|we|i['’]ve|it['’]?s|it is|it was|the \w+ (?:is|was))\b)"
)
_STOPPED = (
    r"(?:(?:arr[eê]te[rz]?|cesse[rz]?) (?:de|vos|ces|les) (?:\w+['’ ]){0,4}?"
    r"(?:relancer|[eé]crire|envoyer|spammer|harceler|contacter|rappels?|messages?|sms|relances?)"
    r"|stop (?:les|vos|ces|aux) (?:rappels?|messages?|sms|relances?)"
    r"|stop (?:texting|messaging|writing|reminding|contacting|spamming|e?mailing|bothering|calling)(?: to)?(?: me| us)?"
    r"|stop (?:sending (?:me |us )?)?(?:(?:the|these|your|any|more|all) )*(?:messages?|texts?|reminders?|sms|e?mails?))"
    r"(?: (?:des|vos|ces|les) \w+)?(?: svp| merci| please| pls)?"
)
_BEFORE_A_STOP = r"(?:(?:alors|donc|maintenant|merci|svp|so|now|and|please|pls|just|(?:can|could|will) you) )*"
_STOPS_NEXT = (
    r"(?:(?:stop|arr[eê]te[rz]?|cesse[rz]?|d['’ ]arr[eê]ter) (?:de|les|vos|ces|tous) \w"
    r"|stop (?:\w+ing|the|these|your|all) \w"
    r"|(?:don['’]?t|do not) (?:text|message|write|contact|remind)\b"
    r"|no more (?:texts?|messages?|reminders?)\b|plus de (?:messages?|sms|rappels?|relances?)\b|unsubscribe me\b"
    r"|ne m['’ ]?(?:[eé]cri|envo)\w+ plus\b|ne me (?:contact|relanc|rappel|d[ée]rang)\w+ plus\b"
    r"|veuillez ne plus m|laisse[zr]?[- ]moi tranquille|leave me alone)"
)
_NO_SIGN_BETWEEN = re.compile(
    rf"(?P<said>\b{_STOPPED})\s+(?={_TOLD_NEXT})|(?<=\w)\s+(?={_BEFORE_A_STOP}{_STOPS_NEXT})"
    r"|(?<=\w)(?<!bus)(?<!tram)(?<!train)(?<!\bthe)(?<!\bau)(?<!panneau)(?<!but[ée]e)(?<!\bet)(?<!\band)\s+(?=stop\W*$)",
    re.IGNORECASE,
)
"""*Arrêtez de me relancer j'ai rendu la perceuse*, *I returned it stop texting me*: two sentences, written as one."""
_SIGNS = re.compile(r"\s[/+&]\s")
# "C'est bien noté ?", "vous confirmez ?": what is said to every return answers these.
_ANSWERED = frozenset(
    """confirmez confirmer confirmes confirme confirmation confirm recu recue recus note notee noter vu vue bon ok okay
    accord right received got see noted verifier verifiez check""".split()
)
_JOINT = re.compile(r"[,;:.!?…\n]|\b(?:et|and|puis|then|mais|but)\b|\d\D+\d", re.IGNORECASE)


@record(frozen=True, slots=True)
class Part:
    """A stretch of a message and its intent; `deed` when it wants something by itself."""

    text: str
    said: Understood
    deed: bool


def apart(text: str, *, language: str, now: datetime, closing: time) -> tuple[str, ...]:
    """The parts of a message that each want something else of something else; the whole of any other message.

    A bare name, number or time belongs to the wish before it; two wishes of one kind are one.
    """
    plain = _LEADING_STOP.sub("stop ; ", _SIGNS.sub(" ; ", text))
    if plain.lower().count("stop") < 2:  # *perceuse rendue stop merci stop*: as a telegram has its full stops
        plain = _NO_SIGN_BETWEEN.sub(lambda found: f"{found['said'] or ''} ; ", plain)
    if not _JOINT.search(plain):
        return (text,)
    said = cut(plain, language=language, now=now, closing=closing)
    if not 0 < len(said.tokens) <= LONGEST:
        return (text,)

    def read(part: str) -> Understood:
        return for_the_team(understand(part, language=language, now=now, closing=closing), part)

    found = _beside([_part(each, read(each)) for each in _cut_at(said, _starts(said))])
    parts = _sure_first(_joined(_announced(found, read, now.date())))
    sound = len(parts) > 1 and all(read(part.text).intent is part.said.intent for part in parts)
    return tuple(part.text for part in parts) if sound and _differ(parts) else (text,)


# --- cutting ---------------------------------------------------------------------------------------


def _starts(said: Said) -> list[int]:
    """The places where something new may begin: after punctuation or a conjunction, and at RENDU and PROLONGER between
    numbers."""
    wishes = [i for i, word in enumerate(said.words) if word in wish_words()]
    numbers = {i: _numbers_before(said, i) for i in wishes}
    if len(wishes) > 1 and said.words[0].isdecimal() and all(numbers[i] < i for i in wishes):
        return sorted({0, *numbers.values()})
    clauses = {i for i in range(1, len(said.tokens)) if said.tokens[i].clause != said.tokens[i - 1].clause}
    behind_numbers = {i for i in wishes if numbers[i] and said.words[i - 1].isdecimal()}
    return sorted({0, *clauses, *behind_numbers}) if said.tokens else []


def _numbers_before(said: Said, place: int) -> int:
    """Where the numbers begin that stand before a wish: *2 et 3 prolonger*."""
    while place and (said.words[place - 1].isdecimal() or said.words[place - 1] in NUMBER_LEADS):
        place -= 1
    return place


def _cut_at(said: Said, starts: list[int]) -> list[str]:
    """The stretches of the text; a question mark extends over *et*."""
    found = []
    for first, behind in zip(starts, [*starts[1:], len(said.tokens)], strict=True):
        begin = said.tokens[first].start
        end = said.tokens[behind].start if behind < len(said.tokens) else len(said.text)
        text = said.text[begin:end].strip(" ,;:")
        asked = said.tokens[first].part in said.asked and not text.endswith("?")
        found.append(f"{text} ?" if asked else text)
    return found


def for_the_team(said: Understood, part: str) -> Understood:
    """A question that no rule knows, beside a wish, is one to the desk: *Rendu ! Il vous reste des forets ?*; *c'est
    possible ?* asks for nothing else."""
    asked = part.rstrip().endswith("?") and said.intent is Intent.UNKNOWN and _asks_of_something(part)
    return replace(said, intent=Intent.HUMAN, certainty="act") if asked else said


def _asks_of_something(part: str) -> bool:
    typed = words(part)
    return _ANSWERED.isdisjoint(typed) and any(word not in ANY_SMALL for word in typed)


def _beside(parts: list[Part]) -> list[Part]:
    """*STOP. C'est rendu depuis lundi*: both are meant, and staff hear of the return though the person is not written
    to any more. *C'est rendu. Je voudrais la tente*: a bare return is not the tent's."""
    sure = {part.said.intent for part in parts if part.said.certainty == "act"}
    also = BESIDE_STOP | {Intent.STOP} if Intent.STOP in sure else frozenset()
    if Intent.RETURN in sure and any(part.deed and part.said.intent in BESIDE_RETURN for part in parts):
        also |= {Intent.RETURN}
    return [replace(p, deed=p.deed or (p.said.intent in also and p.said.certainty == "act")) for p in parts]


def _announced(parts: Sequence[Part], read: Callable[[str], Understood], today: date) -> list[Part]:
    """*Perceuse rendue, échelle demain*: a name and a day after a return say when that item comes back; after a wish
    with a day of its own they are one more wish: *prolonger perceuse lundi, échelle mardi*. *J'ai rendu la perceuse,
    l'échelle est encore chez moi*: what is said to be still out is not part of the return."""
    found: list[Part] = []
    lead = ""
    for part in parts:
        if lead and _named_for_a_day(part, today):
            told = f"{lead} {part.text.strip(' .')}"
            found.append(_part(told, read(told)))
        elif lead == LEADS[Intent.RETURN] and part.said.intent is Intent.NOT_RETURN and part.said.rest:
            found.append(replace(part, deed=True))
        else:
            found.append(part)
        lead = _lead(found[-1], lead)
    return found


def _named_for_a_day(part: Part, today: date) -> bool:
    said = part.said
    bare = said.intent is Intent.UNKNOWN and not ME & set(words(part.text))
    ahead = isinstance(said.due, Due) and said.due.at.date() > today
    return bare and ahead and 0 < len(said.rest.split()) <= LONGEST_NAME


def _lead(part: Part, before: str) -> str:
    """The words of the wish that a bare name after this part would share."""
    said = part.said
    if said.intent not in LEADS or said.certainty != "act" or not (said.rest or said.numbers):
        return before
    return LEADS[said.intent] if said.intent is Intent.RETURN or isinstance(said.due, Due) else ""


# --- joining ---------------------------------------------------------------------------------------


def _part(text: str, said: Understood) -> Part:
    named = said.intent in DEEDS and (_names(said) or _leaves_it_open(said))
    sure = said.certainty == "act" and said.intent in LOOKED_UP | TO_THE_TEAM
    return Part(text, said, named or (sure and not _tells_where(text, said)))


def _tells_where(text: str, said: Understood) -> bool:
    """*Il n'y avait personne*, told with a return: why it stands where it stands."""
    closed = ("closed" in {name for name, _ in spans(words_in(text), cue_index(each))} for each in LANGUAGES)
    return said.intent is Intent.HUMAN and "?" not in text and any(closed)


def _names(said: Understood) -> bool:
    """Whether it names its object. A return to come needs a day, or it says nothing."""
    of_all = said.omission is not None and said.omission.of_all
    named = bool(said.rest or said.numbers or said.everything or of_all)
    return named and (said.intent is not Intent.NOT_RETURN or isinstance(said.due, Due))


def _leaves_it_open(said: Understood) -> bool:
    """*Et prolonger jusqu'à samedi*, *et je paie le reste vendredi*: of what is left."""
    return said.intent in (Intent.EXTEND, Intent.PAID) and isinstance(said.due, Due)


def _joined(parts: list[Part]) -> list[Part]:
    """Each deed with the parts around it that want nothing by themselves."""
    found: list[Part] = []
    waiting = ""
    for place, part in enumerate(parts):
        following = parts[place + 1] if place + 1 < len(parts) else None
        if _goes_with(found, part):
            found[-1] = Part(_with(found[-1].text, part.text), found[-1].said, True)
        elif part.deed:
            found.append(Part(_with(waiting, part.text), part.said, True))
            waiting = ""
        elif found and not (following is not None and following.deed and not _names(following.said)):
            found[-1] = Part(_with(found[-1].text, part.text), found[-1].said, True)
        else:  # "l'échelle, je la garde jusqu'à lundi"
            waiting = _with(waiting, part.text)
    return found


def _goes_with(found: list[Part], part: Part) -> bool:
    """Whether it continues the deed before it: the same wish, or one that names nothing else."""
    if not found or not part.deed:
        return False
    before = found[-1].said
    if BY_THEMSELVES & {before.intent, part.said.intent} or part.said.intent in LOOKED_UP:
        return before.intent is part.said.intent
    if part.said.intent is before.intent is Intent.PAID and isinstance(part.said.due, Due) != isinstance(
        before.due, Due
    ):
        return False  # *j'ai payé 30 € et je paie le reste vendredi*
    if part.said.intent is before.intent and part.said.intent in DATED and _each_has_its_day(before, part.said):
        return False
    return part.said.intent is before.intent or not (_names(part.said) or before.intent is Intent.RETURN)


def _each_has_its_day(one: Understood, other: Understood) -> bool:
    days = [said.due for said in (one, other) if isinstance(said.due, Due) and _names(said)]
    again = set(one.numbers) & set(other.numbers)  # *prolonger 1 samedi, non, 1 dimanche*
    return len(days) == 2 and days[0].at != days[1].at and not again


def _with(left: str, right: str) -> str:
    return f"{left}, {right}" if left else right


def _sure_first(parts: list[Part]) -> list[Part]:
    """*Je peux garder la tente jusqu'à dimanche ? J'ai rendu la perceuse*: what is sure is done, then comes the
    question."""
    deeds = all(part.said.intent in DEEDS and _names(part.said) for part in parts)
    asked = deeds and parts[:1] and parts[0].text.endswith("?")
    return sorted(parts, key=lambda part: part.said.certainty != "act") if asked else parts


# --- is it several? --------------------------------------------------------------------------------


def _differ(parts: list[Part]) -> bool:
    """Whether these are several wishes, and not one in two sentences: the first is certain, each is about something
    else."""
    first = parts[0].said
    if first.certainty != "act" and not (first.omission and first.omission.of_all):
        return False
    named = (part.said for part in parts if part.said.intent not in BY_THEMSELVES)
    told = [(set(said.numbers), " ".join(words(said.rest))) for said in named]
    for place, (numbers, name) in enumerate(told):
        for others, other in told[:place]:
            if numbers & others or (name and name == other):
                return False
    return True
