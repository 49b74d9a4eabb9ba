"""What a message wants: how it is matched with the words people type (`intent_table`).

`understand` tries, in this order: a refusal of messages; exact words with what may stand beside them; the rules of
sentences (`intent_rules`), in the language the words look like and then in the other; a known word in front of a name;
politeness alone. What none of them knows is UNKNOWN.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache
from unicodedata import category

from bot.core.due import Due
from bot.core.duetime import REMEMBERED, holds_time
from bot.core.intent import Answer, Certainty, Intent, Understood
from bot.core.intent_acts import sense
from bot.core.intent_answers import read_answer as _read_answer
from bot.core.intent_commands import COMMANDS, Command, CommandRow, read_command
from bot.core.intent_language import language_of
from bot.core.intent_naming import (
    all_words,
    amount,
    everything,
    excepted,
    listed,
    name,
    name_places,
    numbers,
    where_left,
)
from bot.core.intent_omission import omission, omission_places
from bot.core.intent_rules import judge
from bot.core.intent_said import Said, cut, indexed, one_line, spans
from bot.core.intent_stop import refuses
from bot.core.intent_table import TABLE
from bot.core.intent_thing import thing
from bot.core.intent_verdict import Verdict
from bot.core.intent_words import INSIDE_NAMES, LANGUAGES, NUMBER_LEADS, SMALL, Phrase, phrases
from bot.core.small_talk import talk_places

__all__ = [
    "COMMANDS", "TABLE", "Answer", "Certainty", "Command", "CommandRow", "Intent", "Understood", "read_answer",
    "read_command", "understand", "wish_words",
]  # fmt: skip


ALONE = frozenset({Intent.YES, Intent.NO, Intent.STOP, Intent.LANGUAGE, Intent.HELP})
"""Words that count as such only when they are the whole message."""
HOURS = frozenset("horaires horaire hours".split())
"""*Vos horaires svp* asks when the desk is open, whichever words say that a person is wanted."""
TIMED = frozenset(
    {Intent.BORROW, Intent.EXTEND, Intent.PAUSE, Intent.PAID, Intent.RESERVE, Intent.NOT_RETURN, Intent.YES, Intent.NO}
)
"""What takes the time said with it."""
NUMBERED = frozenset({Intent.RETURN, Intent.EXTEND, Intent.STOP, Intent.NOT_RETURN, Intent.PROBLEM, Intent.CANCEL})
OF_A_THING = frozenset({Intent.RETURN, Intent.EXTEND})
"""What must not be done to one thing where another is named."""
VAGUE = frozenset({"✅", "fait", "done", "sorted"})
"""Something is done, most likely given back: asked."""
CHANGING = NUMBERED | TIMED | {Intent.START}
"""What changes something: never done on a question."""
ASKED_WHEN_NEAR = frozenset({Intent.RETURN, Intent.PAID, Intent.START})
"""With a slip in the word that decides these are asked; the others are harmless or undone by ANNULER or START."""


def understand(text: str, *, language: str, now: datetime, closing: time = time(18, 0)) -> Understood:
    """What a message wants. Never raises: what is not understood is UNKNOWN.

    language: the person's; the words of both are tried. now: aware. closing: the desk's, for a bare day.
    """
    if len(text) <= REMEMBERED and not holds_time(one_line(text), now.date()):
        return _timeless(text, language, now.date(), closing)
    return _understood(text, language, now, closing)


@lru_cache(maxsize=1_000)
def _timeless(text: str, language: str, today: date, closing: time) -> Understood:
    """What a short text without a time wants: the same at any instant of the day."""
    return _understood(text, language, datetime.combine(today, time(12), UTC), closing)


def _understood(text: str, language: str, now: datetime, closing: time) -> Understood:
    paired = read_answer(text)
    if paired is not None and len(set(dict(paired.intents).values())) > 1:
        return _several(paired)
    said = cut(text, language=language, now=now, closing=closing)
    spoken = language_of(said.words)
    first = spoken or (language if language in LANGUAGES else LANGUAGES[0])
    verdict, used = _verdict(said, (first, *(other for other in LANGUAGES if other != first)))
    return _complete(said, _cautious(said, verdict), used, spoken)


def read_answer(text: str) -> Answer | None:
    """A short answer to an open question (OUI, NON, TOUT, "1 et 3", "1 RENDU, 2 PROLONGER"), in either
    language; None for anything else."""
    return _read_answer(text, wish_words())


def _several(answer: Answer) -> Understood:
    """ "1 RENDU, 2 PROLONGER": the first wish with its numbers, the others beside it."""
    first = answer.intents[0][1]
    mine = tuple(number for number, wish in answer.intents if wish is first)
    others = tuple((number, wish) for number, wish in answer.intents if wish is not first)
    return Understood(first, numbers=mine, others=others)


@cache
def wish_words() -> dict[str, Intent]:
    """The single words that say what to do with a number: rendu, prolonger, probleme."""
    wanted = (Intent.RETURN, Intent.EXTEND, Intent.PROBLEM, Intent.NOT_RETURN)
    rows = (row for row in TABLE if row.intent in wanted)
    return {
        " ".join(phrase): row.intent for row in rows for phrase in phrases(f"{row.fr}, {row.en}") if len(phrase) == 1
    }


# --- deciding --------------------------------------------------------------------------------------


def _verdict(said: Said, languages: tuple[str, ...]) -> tuple[Verdict, frozenset[int]]:
    """What is wanted, and the places of the words that said so."""
    refused = refuses(said)
    if refused is not None:
        return Verdict(refused), frozenset(i for i in said.core() if not said.words[i].isdecimal())
    plain = _exact(said) or _plain_request(said)
    if plain is not None:
        return plain
    for language in languages:
        seen = sense(said, language)
        verdict = judge(seen)
        if verdict is not None:
            return verdict, seen.knowing()
    return _in_front(said) or (_politeness(said), frozenset())


@cache
def _table_index() -> dict[str, tuple[tuple[Phrase, str], ...]]:
    return indexed({row.intent.value: phrases(f"{row.fr}, {row.en}") for row in TABLE})


def _words_in_front(said: Said) -> tuple[Intent, list[int], list[int]] | None:
    """A row of the table that the message begins with: its intent, its places, the places that follow."""
    core = said.core()
    while core and said.words[core[0]] in ("le", "la", "l", "un", "une", "the", "a"):
        core = core[1:]
    for named, (first, last) in spans([said.words[i] for i in core], _table_index()):
        if first == 0:
            return Intent(named), core[first:last], core[last:]
    return None


def _exact(said: Said) -> tuple[Verdict, frozenset[int]] | None:
    """A known word with nothing else but numbers, TOUT, a time and politeness."""
    front = _words_in_front(said)
    if front is None:
        return None
    intent, places, others = front
    if intent is Intent.RETURN and _soon_back(said, places):
        return None
    if intent is Intent.STOP:  # `refuses` has seen it and did not take it for a STOP: "stop by tomorrow"
        return None
    everywhere = all_words(said)
    plain = all(_is_number(said.words[i]) or i in everywhere for i in others)
    if not plain or (others and intent in ALONE):
        return None
    if intent is Intent.RETURN and said.timed and _is_day_of_month(said):
        return Verdict(intent, "act"), frozenset(places)
    if intent in (Intent.RETURN, Intent.PAID) and said.timed:
        return None
    vague = said.words[places[0]] in VAGUE and len(places) == 1
    vague = vague or (bool(others) and said.words[others[-1]] == "no")  # *RETURNED NO*: of no number
    certainty: Certainty = "ask" if vague or (said.asked and intent in CHANGING) else "act"
    return Verdict(intent, certainty, places[0]), frozenset(places)


def _soon_back(said: Said, places: list[int]) -> bool:
    """*Back in 5*: in five minutes, and no number of a loan."""
    return said.words[places[-1] : places[-1] + 2] == ["back", "in"] and len(said.words) > places[-1] + 2


def _is_number(word: str) -> bool:
    return word.isdecimal() or word in NUMBER_LEADS


def _is_day_of_month(said: Said) -> bool:
    words = [said.words[i] for i in sorted(said.timed)]
    return len(words) == 2 and words[0] in ("le", "la") and words[1].isdecimal()


def _plain_request(said: Said) -> tuple[Verdict, frozenset[int]] | None:
    """PRET or RESERVER and a name without any verb: asking for a *rallonge* is not asking for more time."""
    front = _words_in_front(said)
    if front is None or front[0] not in (Intent.BORROW, Intent.RESERVE) or said.asked:
        return None
    intent, places, others = front
    if not all(said.words[i] in INSIDE_NAMES or i in name_places(said, places) for i in others):
        return None
    return Verdict(intent, "act", places[0]), frozenset(places)


def _in_front(said: Said) -> tuple[Verdict, frozenset[int]] | None:
    """A known word in front of a name: "PRET perceuse Bosch". In a longer sentence it only suggests."""
    front = _words_in_front(said)
    if front is None or front[0] in ALONE or said.words[front[1][0]] in VAGUE:
        return None
    intent, places, others = front
    if intent is Intent.RETURN and (
        said.core()[0] != places[0]
        or said.words[places[-1] + 1 : places[-1] + 2] == ["from"]
        or _soon_back(said, places)
    ):
        return None  # *le rendu est superbe*, *returned from holiday*
    if said.words[places[-1]] == "keep" and any(said.words[i].endswith("ing") for i in others[:1]):
        return None  # *keep texting me*
    row = next(row for row in TABLE if row.intent is intent)
    small = [i for i in others if any(said.words[i] in small for small in SMALL.values())]
    sure = row.named and len(small) <= len(others) / 2 + 1 and not said.asked
    harmless = intent in (Intent.HELP, Intent.LIST, Intent.HUMAN, Intent.BALANCE, Intent.QUITUS, Intent.REMINDERS)
    if not sure and not harmless and len(others) > 8:
        return None
    if intent is Intent.RETURN and isinstance(said.due, Due):
        return Verdict(Intent.NOT_RETURN), frozenset(places)
    return Verdict(intent, "act" if sure or harmless else "ask", places[0]), frozenset(places)


def _politeness(said: Said) -> Verdict:
    """What is left when nothing is wanted: a greeting, thanks, or nobody knows."""
    core = [i for i in said.core() if said.words[i] not in _JOINING and said.words[i : i + 2] != ["l", "equipe"]]
    fillers = {kind for kind, places in said.fillers.items() if places}
    puzzled = not said.tokens or (not said.core() and fillers <= {"polite"} and _PUZZLED & set(said.words))
    if "?" in said.text and puzzled:
        return Verdict(Intent.HELP)
    if (
        "greet" in fillers
        and fillers <= {"greet", "polite"}
        and core
        and _CALLED.issuperset(said.words[i] for i in core)
    ):
        return Verdict(Intent.GREET)
    talk = talk_places(said)
    greeted = bool(fillers - {"polite"}) and not core  # *bonsoir à toute l'équipe*
    if talk and talk.issuperset(core) and not greeted and not said.timed and "?" not in said.text:
        return Verdict(Intent.THANKS)
    if not said.tokens and any(category(sign) == "So" and sign != "\ufffd" for sign in said.text):
        return Verdict(Intent.THANKS)  # a rose, a party popper
    if not fillers & {"greet", "thanks", "well"} or (core and not _only_a_name(said, core)) or said.timed:
        return Verdict(Intent.UNKNOWN, "ask")
    if fillers & {"thanks", "well"} and not (fillers == {"greet", "well"} and core):
        return Verdict(Intent.THANKS)
    return Verdict(Intent.GREET)


_PUZZLED = frozenset({"hein", "pardon"})
_CALLED = frozenset(
    "chef cheffe boss patron grand grande les gars amis ami amie la famille frere frero mate buddy guys folks".split()
)
_JOINING = frozenset(
    "et and a aux to tous toutes toute equipe all a vous you too aussi everyone everybody team".split()
)


def _only_a_name(said: Said, core: list[int]) -> bool:
    """*Bonjour Awa*, *Merci Paul Diop*: one or two words right after the greeting, and nothing after them."""
    polite = said.fillers["greet"] | said.fillers["thanks"]
    follows = core[0] - 1 in polite and core == list(range(core[0], len(said.words)))
    plain = not any(said.words[i] in small for i in core if said.words[i] != "l" for small in SMALL.values())
    if follows and said.words[core[0]] in ("pour", "d", "de", "du", "for") and core[0] - 1 in said.fillers["thanks"]:
        return len(core) < 6  # merci pour votre patience
    return follows and len(core) < 3 and plain


def _cautious(said: Said, verdict: Verdict) -> Verdict:
    """A typing error in the deciding word: ask, where acting wrongly would matter."""
    place = verdict.place
    slipped = place is not None and said.tokens[place].slipped
    return replace(verdict, certainty="ask") if slipped and verdict.intent in ASKED_WHEN_NEAR else verdict


# --- what goes with it --------------------------------------------------------------------------------


def _complete(said: Said, verdict: Verdict, used: frozenset[int], spoken: str | None) -> Understood:
    intent = verdict.intent
    if intent is Intent.UNKNOWN:
        return Understood(intent, "ask", said.due, _left(said), language=spoken)
    omitted = omission(said, verdict.place) if intent is Intent.RETURN else None
    if omitted is not None and all_words(said):
        omitted = replace(omitted, of_all=True)
    lacks = omitted is not None and omitted.lacks
    everyone = intent in NUMBERED and everything(said)
    if omitted is not None:
        used |= omission_places(said, verdict.place)
    hidden = used | excepted(said) | (all_words(said) if everyone else frozenset())
    if intent in (Intent.RETURN, Intent.NOT_RETURN):
        hidden |= where_left(said)
    hours = verdict.hours or (intent is Intent.HUMAN and not HOURS.isdisjoint(said.words))
    return Understood(
        intent,
        "ask" if lacks else verdict.certainty,
        said.due if intent in TIMED or hours else None,
        amount(said) if intent is Intent.PAID else name(said, hidden, _near(said, verdict)),
        numbers(said, hidden, verdict.place) if intent in NUMBERED else (),
        everyone,
        spoken,
        omission=omitted,
        returned=verdict.returned,
        hours=hours,
        things=listed(said, hidden, verdict.place) if intent is Intent.BORROW and verdict.place is not None else (),
        thing=thing(said, verdict.place) if intent in OF_A_THING and verdict.place is not None else "",
    )


def _left(said: Said) -> str:
    """All that was typed, without the time."""
    kept = [i for i in range(len(said.tokens)) if i not in said.timed]
    return said.text[said.tokens[kept[0]].start : said.tokens[kept[-1]].end] if kept else ""


def _near(said: Said, verdict: Verdict) -> list[int] | None:
    """Where the thing is named: in the sentence of the deciding word when it names one, else anywhere."""
    if verdict.place is None:
        return None
    part = said.tokens[verdict.place].part
    here = [i for i, token in enumerate(said.tokens) if token.part == part]
    while _goes_on(said, here[-1] + 1):
        part = said.tokens[here[-1] + 1].part
        here += [i for i, token in enumerate(said.tokens) if token.part == part]
    return here if set(here) & set(name_places(said, ())) else None


def _goes_on(said: Said, place: int) -> bool:
    """*la perceuse, le marteau et la scie*: a list goes on with an article; a signature does not."""
    if place >= len(said.tokens) or said.text[said.tokens[place - 1].end : said.tokens[place].start].strip() != ",":
        return False
    return said.words[place] in ("le", "la", "les", "l", "un", "une", "the", "a", "et", "and", "mon", "ma", "my")
