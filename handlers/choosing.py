"""Which of a borrower's loans is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.core.conversation import Choice, Heard, Say, echo
from bot.core.finding import SMALL_WORDS, Named, find, spellings, wanted_words
from bot.core.intent_verbs import VERBS
from bot.core.intents import Understood
from bot.core.loans import Loan
from bot.core.messages import Message, NoSuchLoan
from bot.core.spoken import clean, fold, words
from bot.store import Tx
from handlers.showing import lines
from handlers.staff_words import BETWEEN, named_items

# What may stand beside the names of a plain return, and what says that something named is not back.
BESIDE = SMALL_WORDS | frozenset(
    """est sont etaient ai avons a ont j je nous on vous i we and et puis then aussi also too ainsi que plus bien deja
    have is are been avant ago merci bonjour bonsoir svp stp thanks hello matin soir midi hier aujourd hui today
    yesterday retour back ok tous toutes deux trois both all""".split()
)
STILL_OUT = frozenset(
    """pas ne n non jamais sauf hormis excepte encore toujours garde garder reste restent manque sans mais demain not
    still except but without keep keeping tomorrow""".split()
)
_NO = frozenset("non nan no nope".split())
_NOT_THIS = frozenset("pas not sauf hormis excepte except but".split())
RETURNED = frozenset().union(*(VERBS[language]["return"]["past"] for language in VERBS))
_CODE = re.compile(r"(?<![\w-])[^\W\d_]{2,}-\d{3,}(?![\w-])")  # PERC-001: no signature and no nod looks like that
_COUNTED_ALL = re.compile(r"\b(?:les|the|all)\s+(deux|2|two|trois|3|three|quatre|4|four)\b|\b(both)\b")
_COUNTS = {"deux": 2, "two": 2, "both": 2, "trois": 3, "three": 3, "quatre": 4, "four": 4}

_THROUGH = re.compile(r"(?<![\w-])(\d{1,4})(?: ?- ?| (?:a|au|to|through) )(\d{1,4})(?![\w-])")

THE_REST = frozenset("le les reste autres the rest others".split())


def loans_by_name(loans: Iterable[Loan]) -> list[Named[Loan]]:
    """Loans to be found by the name or the code of their item."""
    return [Named(loan, loan.item, loan.code) for loan in loans]


def meant(tx: Tx, heard: Heard, said: Understood, loans: Sequence[Loan]) -> list[Loan] | None:
    """The loans somebody means among their own: by number, TOUT, the message replied to, or name.

    An empty list when several could be meant, None when what was named is none of them.
    """
    of_them = bool(said.numbers or (said.rest and _names_some(said.rest, loans)))  # "la perceuse avec tous les forets"
    if (said.everything and not of_them) or (said.rest and THE_REST.issuperset(words(said.rest))):
        return list(loans) if as_many(heard.text, len(loans)) else []
    if said.numbers:
        by_number = [loan for loan in loans if loan.number in said.numbers]
        if len(by_number) == len(set(said.numbers)):
            return by_number
    if said.rest:
        found = find(said.rest, loans_by_name(loans))
        if found.sure:
            return list(found.sure) if len(found.sure) == 1 else []
        each = _each_named(said.rest, loans)
        if each:
            return each
        if _names_something_else(tx, heard, said.rest, loans):
            return None
        named = spoken_of(said.rest, loans)
        if len(named) == 1:
            return named
    if said.numbers:
        return None
    replied = _replied_to(tx, heard, loans)
    if replied is not None:
        return [replied]
    return list(loans) if len(loans) == 1 else []


def names_another(said: Understood, which: Sequence[Loan]) -> bool:
    """ "J'ai rendu les clés", of who has a drill: no word of it names what they have."""
    if not said.thing or said.numbers or said.everything:
        return False
    among = loans_by_name(which)
    return not any(find(word, among).sure for word in words(f"{said.thing} {said.rest}"))


def _names_some(typed: str, loans: Sequence[Loan]) -> bool:
    among = loans_by_name(loans)
    return any(find(part, among).sure for part in BETWEEN.split(typed)) or bool(spoken_of(typed, loans))


def through(tx: Tx, heard: Heard, numbers: Sequence[int], text: str) -> tuple[int, ...]:
    """ "RENDU 1-3", "1 à 3": their loans between both ends too, where both are loans of theirs; "1-3-5" is a list."""
    ends = [(int(first), int(last)) for first, last in _THROUGH.findall(fold(clean(text))) if len(numbers) > 1]
    mine = sorted(loan.number for loan in tx.loans.open_of(heard.contact.id)) if ends else []
    ends = [(first, last) for first, last in ends if {first, last} <= {*numbers} & {*mine}]
    return tuple(dict.fromkeys((*numbers, *(n for n in mine for first, last in ends if first < n < last))))


def as_many(text: str, count: int) -> bool:
    """ "Les deux" of three are not all of them."""
    found = _COUNTED_ALL.search(fold(text))
    told = next((group for group in found.groups() if group), "") if found else ""
    return not told or (_COUNTS.get(told) or int(told)) == count


def all_told(text: str, which: Sequence[Loan], loans: Sequence[Loan]) -> Sequence[Loan] | None:
    """ "Perceuse rendue, échelle rendue": all that a return names beside `which` too. None where that is not plain."""
    known = {_first_word(loan) for loan in which}
    named = [loan for loan in spoken_of(text, loans) if _first_word(loan) not in known]
    if not named:
        return which
    named = [loan for loan in named if _alone(loan, named) or set(wanted_words(loan.item)) <= set(words(text))]
    if not all(_alone(loan, named) for loan in named):  # "la perceuse", of two
        return None
    said = set(words(text))
    if said & STILL_OUT:
        return which
    names = {word for loan in (*named, *which) for word in words(f"{loan.item} {loan.code}")}
    plain = all(word in BESIDE or word in RETURNED or word in names for word in said)
    return [loan for loan in loans if loan in named or loan in which] if plain else None


def named_before(text: str, loans: Sequence[Loan]) -> str:
    """What "la perceuse, pas la tente" and "non, la tente" name, without what is left out; empty for "pas la tente"."""
    typed = words(text)
    while typed[:1] and typed[0] in _NO:
        typed = typed[1:]
    place = next((i for i, word in enumerate(typed) if word in STILL_OUT), len(typed))
    if place == len(typed):
        return " ".join(typed)
    left_out = typed[place] in _NOT_THIS and find(" ".join(typed[place + 1 :]), loans_by_name(loans)).sure
    return " ".join(typed[:place]) if left_out else ""


def _each_named(words: str, loans: Sequence[Loan]) -> list[Loan]:
    """ "la perceuse et l'échelle": each part names one; nothing when any of them does not."""
    parts = [part for part in BETWEEN.split(words) if part.strip()]
    found = [find(part, loans_by_name(loans)).one for part in parts]
    named = {loan.id: loan for loan in found if loan is not None}
    return list(named.values()) if len(parts) > 1 and len(named) == len(parts) else []


def spoken_of(typed: str, loans: Sequence[Loan]) -> list[Loan]:
    """ "mon frère … la tente": the loans whose first word stands in what is said; the words around it name nothing."""
    said = {spellings(word)[0] for word in words(typed)}
    return [loan for loan in loans if _first_word(loan) in said]


def _alone(loan: Loan, among: Sequence[Loan]) -> bool:
    return sum(_first_word(other) == _first_word(loan) for other in among) == 1


def _first_word(loan: Loan) -> str:
    """`perceuse` of *La perceuse Bosch*, in the singular; empty for a name without words."""
    return next((spellings(word)[0] for word in wanted_words(loan.item)), "")


def _names_something_else(tx: Tx, heard: Heard, words: str, loans: Sequence[Loan]) -> bool:
    """Whether the words name an item of this desk that is not theirs, or give a code, be it of no item at all; chatter
    beside RENDU names nothing."""
    codes = {code.lower() for code in _CODE.findall(words)} - {loan.code.lower() for loan in loans}
    return bool(codes) or bool(find(words, named_items(tx, heard.department.id, words)).sure)


def _replied_to(tx: Tx, heard: Heard, loans: Sequence[Loan]) -> Loan | None:
    if not heard.inbound.on_message:
        return None
    loan_id = tx.outbox.loan_of(heard.inbound.channel, heard.inbound.on_message)
    return next((loan for loan in loans if loan.id == loan_id), None)


def ask_which(question: Message, act: str, loans: Sequence[Loan], *, all_label: str = "") -> Say:
    """Put the question with one choice a loan (and one for all of them), numbered as the loans are."""
    rows = [(Choice(act, (loan.id,), text=loan.item, number=loan.number),) for loan in loans]
    if all_label:
        rows.append((Choice(act, ("all",), label=all_label),))
    return Say(message=question, choices=tuple(rows))


def none_such(heard: Heard, said: str, loans: Sequence[Loan]) -> list[Say]:
    """What is not yours and what does not exist are answered alike."""
    return [Say(message=NoSuchLoan(echo(said), lines(loans, heard.at)))]
