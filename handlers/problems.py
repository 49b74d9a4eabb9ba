"""PROBLEME: something is broken, lost or missing."""

from __future__ import annotations

from bot.core.conversation import LONGEST_QUOTE, Heard, Say, To
from bot.core.intents import Understood
from bot.core.messages import ProblemCard, ProblemNoted
from bot.core.people import words_card_of
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers import photos, returns
from handlers.choosing import meant
from handlers.rights import who

ONLY_A_PROBLEM = frozenset(
    """probleme problemes souci soucis un une des j ai y a il avec le la les l de du d mon ma numero n
    problem problems issue an the with my i have there is number""".split()
)


def problem(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """PROBLEME: noted with the loan, and on a card for staff; of what is back, on the card of the return."""
    if said.returned:
        back = returns.with_problem(tx, heard, said)
        if back is not None:
            return back
    noted = _problem_of(tx, heard, said)
    return [*noted, *returns.which_is_back(tx, heard)] if said.returned else noted


def _problem_of(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    which = meant(tx, heard, said, tx.loans.open_of(heard.contact.id, ("active", "return_declared"))) or []
    loan = which[0] if len(which) == 1 else None
    photos.note(tx, heard)
    photo = photos.keep(tx, heard, "problem", [loan] if loan else []) > 0
    if loan is not None:
        tx.loans.note(loan.id, "problem", who(heard), heard.text[:LONGEST_QUOTE])
    item = loan.item if loan else ""
    card = ProblemCard(heard.contact.name, item, heard.text.strip()[:LONGEST_QUOTE], photo)
    subject = f"{words_card_of(heard.contact.id, heard.letter_id)}:problem"  # a reply to it goes to its writer
    told = Say(message=card, to=To.STAFF, card=subject, loan=loan)
    bare = not photo and _says_nothing(heard.text, item)
    answer = ProblemNoted(item, photo, heard.department.contact_line, bare)
    kind = "" if _names_none(heard.text, item) else card.words
    facts = {"card": subject, "loan": loan.id if loan else 0, "said": kind}
    return [Say(message=answer, ask="problem_what" if bare else "", facts=facts), told]


def _says_nothing(text: str, item: str) -> bool:
    """PROBLEME, alone or with its loan ("problème 2", "un souci avec la Makita"): what is wrong is still to be told."""
    return len(words_of(text)) < 2 or _names_none(text, item)


def _names_none(text: str, item: str) -> bool:
    """Whether no word tells what kind of problem it is, as "perdu" alone does."""
    return all(word in ONLY_A_PROBLEM or word.isdecimal() or word in words_of(item) for word in words_of(text))


def typed(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    """The answer to "what is wrong?": on the card that staff have already."""
    told_before = str(facts.get("said", ""))  # "perdu": the card is written over with the answer
    words = "\n".join(filter(None, (told_before, heard.text.strip())))[:LONGEST_QUOTE]
    loan = next((x for x in tx.loans.open_of(heard.contact.id) if x.id == facts["loan"]), None)
    if loan is not None:
        tx.loans.note(loan.id, "problem", who(heard), words)
    photos.note(tx, heard)
    photo = photos.keep(tx, heard, "problem", [loan] if loan else []) > 0
    item = loan.item if loan else ""
    told = Say(
        message=ProblemCard(heard.contact.name, item, words, photo), to=To.STAFF, card=str(facts["card"]), loan=loan
    )
    return [Say(message=ProblemNoted(item, photo, heard.department.contact_line)), told]
