"""What a message names besides its wish: an item, loan numbers, all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import groupby

from bot.core.intent_said import Index, Said, indexed, spans
from bot.core.intent_verbs import AT_THE_DESK, OTHERS, VERBS
from bot.core.intent_words import ANY_SMALL, EVERYTHING, EXCEPTIONS, INSIDE_NAMES, NOT_EVERYTHING, NUMBER_LEADS
from bot.core.money import MANY

_PUT = frozenset("a au aux dans chez sur devant derriere at in on to by with".split())
_MINE = frozenset("mon ma mes notre nos ton ta votre my our your".split())
_ITS = frozenset("ses son sa leurs leur its their".split())
_IS_SO = frozenset(
    """est s etait sont etaient va vont y marche marchent fonctionne fonctionnent semble parait tourne roule bon bonne
    bien tres parfait ordre etat ok propre propres nickel complet neuf intact nettoye is was are were works work worked
    seems looks fine good clean complete intact included""".split()
)
_BACK = AT_THE_DESK | frozenset("retour revenu revenus rentre back".split()).union(
    *(VERBS[language][verb]["past"] for language in VERBS for verb in ("return", "leave"))
)
_ARTICLES = frozenset("le la l les votre notre the your".split())
_CURRENCY = (
    r"(?:f\.?\s?cfa|fcfa|cfa|xof|euros?|eur|€|francs?|inr|rupees?|rs|₹|dollars?|usd|£|pounds?|quid|gbp"
    r"|(?:us|ca|c|a|nz|r)?\$(?:us|ca|au|nz)?|ghs|cedis?|gh[₵¢c]|₵|naira|ngn|₦|f)"
)
_AMOUNT = re.compile(
    rf"(?:(?<![\w-])-)?(?:{_CURRENCY}\s?)?\d(?:(?:[\d\s.,]|(?<=\d)['’](?=\d))*\d)?"
    rf"(?:\s?(?:{'|'.join(MANY)})(?!\w)(?:\sde(?=\s))?)?(?:\s?{_CURRENCY}(?:\d\d|\s\d\d(?=\s*$)|(?!\w)))?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"['’]\d{3}(?!\d)")  # behind the 1 of 1'250.50, which reads as a minute else
LARGEST_NUMBER = 9999
"""A loan number is small; longer figures are amounts, telephone numbers or codes."""

_VERB_FORMS = frozenset(
    word for verbs in VERBS.values() for forms in verbs.values() for form in forms.values() for word in form
) - frozenset("verse verses regle lou pris prise keep kept now regles book".split())


@cache
def _everything_index() -> Index:
    return indexed({"all": EVERYTHING, "not-all": NOT_EVERYTHING})


def everything(said: Said) -> bool:
    """TOUT, *les deux*, *everything*; but not *tout de suite* nor *tout sauf*, nor *tout est en ordre*."""
    free = set(range(len(said.words))) - said.timed - set().union(*said.fillers.values())
    found = [(name, span) for name, span in spans(said.words, _everything_index()) if set(range(*span)) <= free]
    return {name for name, span in found if name == "not-all" or not _of_one_thing(said, span)} == {"all"}


def _of_one_thing(said: Said, span: tuple[int, int]) -> bool:
    """Whether TOUT describes one item: *tout fonctionne*, *avec tout*, *tous ses accessoires*. *Tout est rendu* and
    *tout est à l'accueil* are all of them."""
    first, last = span
    behind = said.words[last:]
    if said.words[first - 1 : first] in (["avec"], ["with"]) or (behind[:1] and behind[0] in _ITS):
        return True
    told = behind[:1] and (behind[0] in _IS_SO or (behind[0] in ("a", "en") and behind[1:2] and behind[1] in _IS_SO))
    clause = [said.words[i] for i in range(last, len(said.words)) if said.tokens[i].clause == said.tokens[first].clause]
    return bool(told) and _BACK.isdisjoint(clause)


def where_left(said: Said) -> frozenset[int]:
    """The places of the words that say where a thing was left: *à l'accueil*, *dans le casier 4*; not *table de
    bureau*, which is a name."""
    found: set[int] = set()
    for place, word in enumerate(said.words):
        first = place - (2 if said.words[place - 1] in _ARTICLES else 1)
        if word in AT_THE_DESK and first > 0 and said.words[first] in _PUT:
            numbered = said.words[place + 1 : place + 2]
            found.update(range(first, place + (2 if numbered and numbered[0].isdecimal() else 1)))
    return frozenset(found)


def all_words(said: Said) -> frozenset[int]:
    """The places of the words that say TOUT."""
    places = (place for name, span in spans(said.words, _everything_index()) if name == "all" for place in range(*span))
    return frozenset(places)


def excepted(said: Said) -> frozenset[int]:
    """The places of what is taken out: *tout sauf l'échelle*, *le 1 mais pas le 2*, *le 1 pas le 2*."""
    found = [span[0] for _, span in spans(said.words, _exception_index())]
    found += [place for place, word in enumerate(said.words) if word in ("pas", "not") and _sets_apart(said, place)]
    return frozenset(range(min(found, default=len(said.words)), len(said.words)))


def _sets_apart(said: Said, place: int) -> bool:
    """*Le 1, pas le 2*: right after a number or an item, and before an article; *n'ai pas la perceuse* denies."""
    before, behind = said.words[place - 1 : place], said.words[place + 1 : place + 2]
    if not before or not behind or behind[0] not in (*_ARTICLES, "celle", "celui"):
        return False
    return before[0].isdecimal() or before[0] not in ANY_SMALL | _VERB_FORMS


@cache
def _exception_index() -> Index:
    return indexed({"": EXCEPTIONS})


def numbers(said: Said, used: Iterable[int], around: int | None = None) -> tuple[int, ...]:
    """Loan numbers: figures not next to a word of a name ("RENDU 1 et 3", not "RENDU perceuse 12").

    around: of several sentences with numbers, the one around this place counts.
    """
    hidden = frozenset(used)
    naming = set(name_places(said, hidden)) | hidden
    timed = said.timed - _bare_days(said)
    found = [
        place for place, word in enumerate(said.words)
        if word.isdecimal() and place not in timed and place not in naming and int(word) <= LARGEST_NUMBER
    ]  # fmt: skip
    near = set(_with_lists(said, around)) if around is not None else set()
    chosen = [place for place in found if place in near] or found
    if any(said.words[place - 1] in ("sur", "of") and place - 2 in chosen for place in chosen if place > 1):
        return ()  # *1 sur 3*: how many, not which
    if _HOW_MANY.search(" ".join(said.words)):
        return ()
    chosen = [place for place in chosen if not _counts_else(said, place)]
    return tuple(dict.fromkeys(int(said.words[place]) for place in chosen))


_HOW_MANY = re.compile(r"\ben (?:ai|avons|a) (?:[a-z]+ ){0,3}\d+(?: |$)|\b\d+ of (?:them|those|these|the|my|your)\b")
"""*J'en ai rendu 2*, *2 of them*: how many, not which."""
_OF_MESSAGES = re.compile(
    r"(?:messages?|sms|textos?|mails?|texts|fois|times|rappels par|reminders (?:a|per)"
    r"|par (?:jour|semaine)|(?:a|per) (?:day|week))\b"
)


def _counts_else(said: Said, place: int) -> bool:
    """*Arrêtez de m'envoyer 3 messages par jour*, *extend 2 by 3*."""
    after = " ".join(said.words[place + 1 : place + 3])
    return said.words[place - 1 : place] == ["by"] or _OF_MESSAGES.match(after) is not None


def _with_lists(said: Said, place: int) -> list[int]:
    """The part around a place, and the parts that only continue its numbers: "RENDU 1, 2 et 3"."""
    parts = said.parts()
    at = next(i for i, part in enumerate(parts) if place in part)
    here = list(parts[at])
    for part in parts[at + 1 :]:
        if not all(said.words[i].isdecimal() or said.words[i] in NUMBER_LEADS for i in part):
            break
        here += part
    return here


def _bare_days(said: Said) -> frozenset[int]:
    """*Le 2* right after RENDU is a loan number, though it could be a day of the month."""
    places = sorted(said.timed)
    words = [said.words[i] for i in places]
    return frozenset(places) if len(words) == 2 and words[0] in ("le", "la") and words[1].isdecimal() else frozenset()


def name_places(said: Said, used: Iterable[int]) -> list[int]:
    """The places of the words that name an item, with the figures that belong to the name."""
    taken = frozenset(used) | said.timed.union(*said.fillers.values()) | _relatives(said)
    content = [
        i for i, word in enumerate(said.words)
        if i not in taken and not word.isdecimal() and word not in ANY_SMALL and word not in _VERB_FORMS
        and word not in NUMBER_LEADS and word[0].isalnum()
    ]  # fmt: skip
    return sorted({*content, *_figures_beside(said, content, taken)})


def _relatives(said: Said) -> set[int]:
    """*Mon fils veut le projecteur*: who wants it is no part of its name."""
    words = said.words
    return {i for i in range(1, len(words)) if words[i] in OTHERS and words[i - 1] in _MINE}


def _figures_beside(said: Said, content: list[int], taken: frozenset[int]) -> set[int]:
    """*perceuse 12*, *2 perceuses*, *clé de 12*: figures next to a word of the name, small words between."""
    named = set(content)
    found = set()
    for place, word in enumerate(said.words):
        if word.isdecimal() and place not in taken and _touches(said, place, named):
            found.add(place)
    return found


def _touches(said: Said, place: int, named: set[int]) -> bool:
    clause = said.tokens[place].clause
    before = place - 1
    while before >= 0 and said.words[before] in ("de", "of"):
        before -= 1
    return any(i in named and said.tokens[i].clause == clause for i in (before, place + 1))


def amount(said: Said) -> str:
    """The sum a message names, with its currency as typed; empty when it names none."""
    shown = list(said.text)
    for place in said.timed:
        token = said.tokens[place]
        if not _THOUSANDS.match(said.text, token.end):
            shown[token.start : token.end] = " " * (token.end - token.start)
    found = _AMOUNT.search("".join(shown))
    return found[0].strip() if found else ""


NEAR = 80  # characters: a sum stands close to its verb, and searching thousands of figures takes a second
_PRICED = re.compile(rf"(?<![\w-])(?:{_CURRENCY}\s?\d|\d(?:[\d\s.,]*\d)?\s?{_CURRENCY}(?!\w))", re.IGNORECASE)


def priced(said: Said, place: int) -> bool:
    """Whether a sum with its currency stands behind a word, in the same sentence."""
    token = said.tokens[place]
    behind = said.text[token.end : token.end + NEAR]
    return _PRICED.search(re.split(r"[!?;]|\.\s", behind)[0]) is not None


def name(said: Said, used: Iterable[int], places: Iterable[int] | None = None) -> str:
    """The words that name the item, as typed. places: only words among these."""
    among = None if places is None else set(places)
    chosen = [i for i in name_places(said, used) if among is None or i in among]
    return " ".join(said.text[first:last] for first, last in _runs(said, chosen)).strip()


def listed(said: Said, used: Iterable[int], start: int) -> tuple[str, ...]:
    """The things of a list from a place on, one by one: *la perceuse, 2 rallonges et l'échelle*. It ends with the
    sentence; a signature after a comma is included."""
    places = [i for i in name_places(said, used) if i > start]
    ends = next((n for n in range(1, len(places)) if not _unbroken(said, places[n - 1], places[n])), len(places))
    groups = groupby(places[:ends], key=lambda i: said.tokens[i].clause)
    return tuple(name(said, used, group) for _, group in groups)


def _runs(said: Said, chosen: list[int]) -> list[tuple[int, int]]:
    """Stretches of the text that hold the chosen words, small words inside a name kept: *boîte à outils*."""
    runs: list[tuple[int, int]] = []
    last = -2
    for place in chosen:
        token = said.tokens[place]
        between = said.words[last + 1 : place]
        joined = runs and last >= 0 and all(word in INSIDE_NAMES for word in between)
        if joined and _unbroken(said, last, place):
            runs[-1] = (runs[-1][0], token.end)
        elif not runs or runs[-1][1] < token.end:
            runs.append((token.start, token.end))
        last = place
    return runs


def _unbroken(said: Said, left: int, right: int) -> bool:
    """Whether no sentence ends between two words; commas may stand in a list of items."""
    between = said.text[said.tokens[left].end : said.tokens[right].start]
    return not set(between) & set(".!?;")
