"""The open question: which words answer it, and which leave it aside."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.conversation import Choice, Heard, Question
from bot.core.intent_answers import says_nothing
from bot.core.intents import Intent, Understood, read_answer
from bot.core.people import Role
from bot.core.spoken import words
from handlers import borrow, photos
from handlers.choosing import as_many
from handlers.rights import allowed
from handlers.tables import STAFF_QUESTIONS, VERBATIM

# STOP and AIDE win over any open question, and so do words that plainly start something else.
OVER_QUESTIONS = frozenset({Intent.STOP, Intent.HELP, Intent.CANCEL, Intent.START, Intent.HUMAN})
ANEW = frozenset(
    {Intent.RETURN, Intent.LIST, Intent.BORROW, Intent.RESERVE, Intent.EXTEND, Intent.PROBLEM, Intent.LANGUAGE}
)
# These alone never answer a question: "rappels", said when we asked what is wrong.
LOOKED_UP = frozenset({Intent.REMINDERS, Intent.QUITUS, Intent.BALANCE, Intent.PAUSE})
# What is wanted of the loans that are offered to choose from; several may be named at once.
WHICH_LOAN = {"mine.return": Intent.RETURN, "mine.extend": Intent.EXTEND}
# Which thing, until when, how much: NON, and words about something else, are no answer to these.
GIVE_WAY = frozenset({"borrow_until", "extend_until", "borrow_which", "reserve_which", "promise_when", "pay_amount"})
UNTIL_WHEN = frozenset({"borrow_until", "extend_until", "promise_when"})
SHORT = 6  # words
# These questions are dropped when the person goes on to change something else.
LEFT_BEHIND = GIVE_WAY | {"choice"}
# Choices offered by their words alone stand on no screen with a number: "2" after them is a loan's own.
BY_WORD = frozenset({"yes", "no", "list", "return", "borrow", "contact"})


def may_be_left(question: Question | None) -> bool:
    return question is not None and question.kind in LEFT_BEHIND


def left_aside(question: Question, said: Understood, text: str) -> bool:
    """Whether the words leave an open question aside: STOP, AIDE, ANNULER; but not as words of a longer text that an
    admin writes for a message."""
    return said.intent in OVER_QUESTIONS and not (question.kind in VERBATIM and len(text.split()) > 2)


def says_only(heard: Heard, said: Understood) -> bool:
    """Whether the word for what was understood is all that was said: "annuler" alone is nobody's name."""
    return said.certainty == "act" and not said.rest and len(heard.text.split()) <= 2


def answered_by_file(question: Question, heard: Heard) -> bool:
    """Whether what came without words is the answer: the file or the photo that was asked for."""
    return question.kind == "import_file" or (question.kind == "problem_what" and photos.pictures(heard) != ())


def is_which_loan(question: Question) -> bool:
    """Whether it was asked which of several loans is meant."""
    acts = {choice.act for choice in question.choices}
    return question.kind == "choice" and len(question.choices) > 1 and len(acts) == 1 and acts <= {*WHICH_LOAN}


def turned_down(question: Question, said: Understood, text: str) -> bool:
    """ "Non", asked which or until when; "aucun", asked which loan; "bof non merci", asked until when."""
    if said.due is None and is_which_loan(question):
        answer = read_answer(text)
        return says_nothing(text) or (answer is not None and answer.no)
    if question.kind not in GIVE_WAY or said.due is not None:
        return False
    plain = said.intent is Intent.UNKNOWN and question.kind in UNTIL_WHEN and not any(map(str.isdecimal, said.rest))
    said_no = plain and len(said.rest.split()) <= SHORT and bool({"non", "no", "nan"} & {*words(said.rest)[:2]})
    return said_no or (said.intent is Intent.NO and not said.rest)


def no_answer(heard: Heard, question: Question, said: Understood) -> bool:
    """Whether the words are no answer: they begin something else, are a mere politeness, or their writer may not
    answer."""
    if _anew(question, said) or said.intent in (Intent.THANKS, Intent.GREET):
        return True
    if question.kind in STAFF_QUESTIONS and not allowed(heard.role, Role.STAFF):
        return True
    if question.kind == "own_name" and said.intent in ANEW:
        return True
    return question.kind in GIVE_WAY and _elsewhere(heard, said)


def _anew(question: Question, said: Understood) -> bool:
    """Words that plainly start something else; a problem told when we asked what is wrong is the answer."""
    answer = question.kind == "problem_what" and said.intent is Intent.PROBLEM
    if said.intent in LOOKED_UP and said.certainty == "act" and not said.rest.split():
        return True
    if question.kind == "borrow_which" and said.intent is Intent.BORROW:  # "what can I borrow?" names nothing
        return True
    return said.intent in ANEW and said.certainty == "act" and not answer


def _elsewhere(heard: Heard, said: Understood) -> bool:
    """Asked what or until when, they plainly say something else: "la perceuse fume", "combien je dois ?"."""
    other = said.intent not in (Intent.UNKNOWN, Intent.YES, Intent.NO)
    return other and said.certainty == "act" and borrow.read_time(heard) is None


def picked(choices: Sequence[Choice], text: str) -> Choice | None:
    """The choice a typed answer means: its number, OUI or NON, TOUT, or its own words."""
    answer = read_answer(text)
    if answer is None or not choices:
        return None
    if answer.numbers:
        one = len(answer.numbers) == 1 and not answer.intents
        return _numbered(choices, answer.numbers[0]) if one else None
    if answer.yes and len(choices) == 1:
        return choices[0]  # "Vouliez-vous dire Tente 4 places ?"
    if answer.everything and not as_many(text, len(choices) - 1):
        return None  # "both", of three
    wanted = {"yes"} if answer.yes else {"no", "stop"} if answer.no else {"return_all"} if answer.everything else set()
    return next((choice for choice in choices if choice.label in wanted), None)


def _numbered(choices: Sequence[Choice], number: int) -> Choice | None:
    """By the number the choice bears, else by its place on the screen."""
    on_screen = not all(choice.label in BY_WORD and not choice.text for choice in choices)
    places = enumerate(choices, 1)
    return next((c for place, c in places if (c.number or (place if on_screen else 0)) == number), None)
