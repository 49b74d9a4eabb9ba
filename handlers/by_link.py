"""RENDU, PROLONGER and PROBLEME by link, for those who cannot answer the sender that wrote to them."""

from __future__ import annotations

import contextlib
import hashlib

from bot.core.conversation import Heard, Say, To
from bot.core.delivery import Limit
from bot.core.errors import Gone
from bot.core.inbound import Inbound
from bot.core.links import AnswerLink, LinkLoan, LinkPage, Pressed
from bot.core.loans import Loan, LoanState
from bot.core.messages import Message, ProblemCard, ProblemNoted, TooMany
from bot.core.people import words_cards_of
from bot.store import Tx
from bot.store.merging import survivor
from bot.store.saying import Cause
from handlers import declaring, extend
from handlers.limits import MINUTE, QUOTED, chat_limit

CHANNEL = "link"
MOST_PRESSES = 10  # of one person in a minute: more than a page has loans, and less than a group takes cards
LONGEST_WORDS = 700


def show(tx: Tx, link: AnswerLink) -> LinkPage:
    """The page as it stands. Changes nothing: programs that preview links look at it too."""
    return _page(tx, _of_today(tx, link))


def act(tx: Tx, link: AnswerLink, pressed: Pressed) -> LinkPage:
    """Do what was pressed, as if its word had been written, and show what came of it.

    Pressed twice, or on a page from before the loan changed: nothing happens, and the page shows how the loan stands.
    """
    link = _of_today(tx, link)
    tx.people.lock(link.contact_id)
    loans = _loans(tx, link)
    meant = [x for x in loans if pressed.loan_id in (x.id, None)]
    loan = meant[0] if len(meant) == 1 else None
    if loan is None or loan.state is not LoanState.ACTIVE:
        return _page(tx, link)
    seen = tx.loans.last_event(loan.id)
    if pressed.seen not in (seen, None):
        return _page(tx, link)
    heard = _heard(tx, link, loan, seen, pressed.words)
    if tx.pace.reserve([Limit(chat_limit(CHANNEL, heard.inbound.chat), MOST_PRESSES, MINUTE)], 0) > 0:
        return _page(tx, link, (TooMany(pressed.words[:QUOTED] or loan.item),))
    says = _acted(tx, heard, loan, pressed)
    here = tuple(say.message for say in says if say.to is To.HERE)
    key = f"link:{loan.id}:{seen}:{hashlib.sha256(heard.text.encode()).hexdigest()[:12]}"
    for number, say in enumerate(says):
        if say.to is not To.HERE:
            tx.speech.say(say, Cause("person", heard), default_key=f"{key}:{number}")
    return _page(tx, link, here)


def _of_today(tx: Tx, link: AnswerLink) -> AnswerLink:
    """The link of somebody who has become one with another person since it was sent."""
    try:
        tx.people.get(link.contact_id)
    except Gone:
        return AnswerLink(survivor(tx, link.contact_id), link.loan_ids)
    return link


def _acted(tx: Tx, heard: Heard, loan: Loan, pressed: Pressed) -> list[Say]:
    if pressed.act == "return":
        return declaring.declare(tx, heard, [loan])
    if pressed.act == "extend":
        return extend.more_time(tx, heard, loan)
    return _problem(tx, heard, loan)


def _problem(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    tx.loans.note(loan.id, "problem", f"{CHANNEL}:{loan.contact_id}", heard.text)
    card = ProblemCard(heard.contact.name, loan.item, heard.text)
    told = Say(
        message=card, to=To.STAFF, card=f"{words_cards_of(loan.contact_id)}{CHANNEL}:{heard.letter_id}", loan=loan
    )
    return [Say(message=ProblemNoted(loan.item, False, heard.department.contact_line)), told]


def _heard(tx: Tx, link: AnswerLink, loan: Loan, seen: int, words: str) -> Heard:
    """The press as a message of that person; `letter_id` is the loan's history, since no letter came."""
    said = Inbound(
        channel=CHANNEL, provider_id=f"{loan.id}:{seen}", sender="", address=str(link.contact_id),
        chat=f"{CHANNEL}:{link.contact_id}", text=words.strip()[:LONGEST_WORDS],
    )  # fmt: skip
    desk = tx.departments.get(loan.department_id)
    return Heard(said, tx.now, tx.people.get(link.contact_id), desk, letter_id=seen)


# --- the page ----------------------------------------------------------------------------------------


def _page(tx: Tx, link: AnswerLink, said: tuple[Message, ...] = ()) -> LinkPage:
    loans = _loans(tx, link)
    if not loans:
        return LinkPage(tx.desk.language, tx.desk.zone, tx.now)
    desk, person = tx.departments.get(loans[0].department_id), tx.people.get(link.contact_id)
    shown = tuple(LinkLoan(x.id, x.item, x.due_at, x.state, tx.loans.last_event(x.id)) for x in loans)
    language = person.language or desk.language
    return LinkPage(language, person.zone or desk.zone, tx.now, desk.name, desk.contact_line, said, shown)


def _loans(tx: Tx, link: AnswerLink) -> list[Loan]:
    """The loans the link names, as far as they still are that person's."""
    found = []
    for loan_id in link.loan_ids:
        with contextlib.suppress(Gone):
            found.append(tx.loans.get(loan_id))
    return [loan for loan in found if loan.contact_id == link.contact_id]
