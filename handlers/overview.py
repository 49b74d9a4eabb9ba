"""Who has what, what is due, who is late: for the borrower and for staff. Staff lists are paged in place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.conversation import Choice, Heard, Rows, Say, To
from bot.core.intents import Understood
from bot.core.loans import Loan, LoanState
from bot.core.messages import (
    Extended,
    Message,
    NoticeLine,
    Overdue,
    PhoneNumber,
    Reminded,
    ReminderDueDay,
    StaffLoans,
    StaffOverdue,
)
from bot.core.opening import reopens
from bot.core.schedule import civil, later
from bot.core.spoken import fold
from bot.store import Tx
from handlers import borrow
from handlers.buttons import in_rows, page_among, turns
from handlers.extend import OFFERED, grant, offers
from handlers.named_loans import loans_named
from handlers.own_loans import own_loans
from handlers.rights import is_staff, name_of, refused, who
from handlers.showing import (
    all_cards,
    card,
    line,
    lines,
    loan_card,
    on_button,
    phone_of,
    pieces_choices,
    pressed_loan,
    to_borrower,
)

PER_PAGE = 8
LATE = frozenset({"retard", "en retard", "retards", "les retards", "late", "overdue"})
JUST_NOW = timedelta(minutes=2)  # since a reminder was asked for: another press is the same thumb, or a colleague


def my_loans(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """MES PRETS, and the answer to "quand dois-je rendre ?"; asked of a thing that somebody else has, its return."""
    return borrow.of_another(tx, heard, said) or own_loans(tx, heard)


# --- lists for staff -----------------------------------------------------------------------------


def staff_loans(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/prets, /prets Awa, /prets en retard"""
    if not words.strip():
        return [_loans_page(tx, heard, 1)]
    if fold(words.strip()) in LATE:
        return [_overdue_page(tx, heard, 1)]
    found = loans_named(tx, heard, words)
    if isinstance(found, Say):
        return [found]
    shown = found[:PER_PAGE]
    return [Say(message=StaffLoans(lines(shown, heard.at, borrower=True), len(found)), choices=_open_buttons(shown))]


def staff_overdue(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/retards: who is late, by how much, what was sent and when; a button for each opens its card."""
    return [_overdue_page(tx, heard, 1)]


def turn_page(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[‹] [›]: the list is written over, not repeated."""
    if not is_staff(tx, heard, heard.department.id):
        return refused(heard)
    page = _overdue_page if choice.args[0] == "overdue" else _loans_page
    return [page(tx, heard, max(1, int(choice.args[1])), replace=True)]


def _loans_page(tx: Tx, heard: Heard, page: int, *, replace: bool = False) -> Say:
    total = tx.loans.count_out(heard.department.id)
    page, pages = page_among(total, page, PER_PAGE)
    shown = tx.loans.out(heard.department.id, PER_PAGE, (page - 1) * PER_PAGE)
    message = StaffLoans(tuple(line(x, heard.at, borrower=True) for x in shown), total, page, pages)
    return Say(
        message=message, choices=(*_open_buttons(shown), *turns("desk.page", page, pages, "loans")), replace=replace
    )


def _overdue_page(tx: Tx, heard: Heard, page: int, *, replace: bool = False) -> Say:
    total = tx.loans.count_late(heard.department.id)
    page, pages = page_among(total, page, PER_PAGE)
    shown = tx.loans.late(heard.department.id, PER_PAGE, (page - 1) * PER_PAGE)
    message = StaffOverdue(tuple(_notice(tx, x) for x in shown), total, page, pages)
    return Say(
        message=message, choices=(*_open_buttons(shown), *turns("desk.page", page, pages, "overdue")), replace=replace
    )


def _open_buttons(loans: list[Loan]) -> Rows:
    buttons = [Choice("loan.show", (loan.id,), text=on_button(loan)) for loan in loans]
    return in_rows(buttons)


def _notice(tx: Tx, loan: Loan) -> NoticeLine:
    sent = tx.reports.notices(loan.id, loan.contact_id, loan.due_at)
    return NoticeLine(loan.item, loan.code, loan.borrower, loan.due_at, tx.now - loan.due_at, sent.count, sent.last_at)


# --- one loan, from a list -----------------------------------------------------------------------


def show(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """The loan's page, with everything staff can do about it."""
    loan = pressed_loan(tx, heard, choice)
    if isinstance(loan, list):
        return loan
    return [
        Say(message=loan_card(tx, loan), loan=loan, choices=(*_acts(loan), *pieces_choices(tx, loan)), replace=True)
    ]


def _acts(loan: Loan) -> Rows:
    if loan.state is LoanState.RETURN_DECLARED:
        return (
            (Choice("loan.confirm", (loan.id,), "confirm"), Choice("loan.problem", (loan.id,), "problem")),
            (Choice("loan.contest", (loan.id,), "not_returned"),),
        )
    if loan.state is not LoanState.ACTIVE:
        return ()
    return (
        (Choice("loan.remind", (loan.id,), "remind"), Choice("loan.until", (loan.id,), "extend")),
        (Choice("loan.back", (loan.id,), "return"), Choice("loan.call", (loan.id,), "call")),
    )


def remind_now(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Relancer]: said to the borrower now, by an act of staff; STOP and consent hold as always."""
    loan = pressed_loan(tx, heard, choice, LoanState.ACTIVE)
    return loan if isinstance(loan, list) else remind_loan(tx, heard, loan)


def unspoken(loans: Sequence[Loan]) -> str:
    """Why nothing may be said about any of these loans: held or silenced; empty when it may about one."""
    if not all(loan.held or loan.silenced for loan in loans):
        return ""
    return "held" if any(loan.held for loan in loans) else "silenced"


def remind_loan(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    if why := unspoken([loan]):
        return [Say(message=Reminded(loan.borrower, done=False, why=why), to=To.PRESS)]
    reachable = tx.speech.reach(loan.contact_id, tx.departments.get(loan.department_id)) == "ok"
    answer = Say(message=Reminded(loan.borrower, reachable), to=To.PRESS)
    if not reachable:
        return [answer]
    if just_reminded(tx, loan):
        return [Say(message=Reminded(loan.borrower, done=False, why="just_now"), to=To.PRESS)]
    tx.loans.note(loan.id, "reminded", who(heard))
    return [answer, to_borrower(loan, _reminder(tx, loan), f"in:{heard.letter_id}:remind:{loan.id}")]


def just_reminded(tx: Tx, loan: Loan) -> bool:
    """Whether staff had it reminded of a moment ago: a thumb slips, and two colleagues press at once. Raises as
    `Tx.overtaken` tells where it is not out any more."""
    if tx.loans.hold(loan).state is not loan.state:
        raise tx.overtaken(f"loan {loan.id} has moved on")
    last = tx.loans.who_last(loan.id, ("reminded",))
    return last is not None and tx.now - last[1] < JUST_NOW


def _reminder(tx: Tx, loan: Loan) -> Message:
    desk = tx.departments.get(loan.department_id)
    if loan.due_at < tx.now:
        times = tx.reports.notices(loan.id, loan.contact_id, loan.due_at).count + 1
        opens_at = reopens(tx.now, desk.rules, desk.zone)
        return Overdue((line(loan, tx.now),), 1, times, desk.place, desk.contact_line, desk.rules.lateness, opens_at)
    return ReminderDueDay(loan.item, loan.due_at, loan.number, desk.place)


def call(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Appeler]: the number, shown to who pressed."""
    loan = pressed_loan(tx, heard, choice)
    if isinstance(loan, list):
        return loan
    return [Say(message=PhoneNumber(loan.borrower, phone_of(tx, loan.contact_id)), to=To.PRESS)]


def _longer(tx: Tx, loan: Loan, length: timedelta) -> datetime:
    """This much later; for a late loan, the desk's closing time so many days from now."""
    desk = tx.departments.get(loan.department_id)
    if tx.now <= loan.due_at:
        return later(loan.due_at, length, desk.zone)
    return civil(later(tx.now, length, desk.zone).date(), desk.rules.closing, desk.zone)


def until(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Prolonger] by staff: offers, then the new date."""
    loan = pressed_loan(tx, heard, choice, LoanState.ACTIVE)
    if isinstance(loan, list):
        return loan
    if len(choice.args) == 1:
        return [Say(message=loan_card(tx, loan), loan=loan, choices=(offers(loan),), replace=True)]
    length = next((t for _, t in OFFERED if int(t.total_seconds()) == choice.args[1]), OFFERED[0][1])
    was, loan = loan.due_at, grant(tx, loan, _longer(tx, loan, length), who(heard))
    told = to_borrower(loan, Extended(loan.item, loan.due_at, was, by_staff=True), f"in:{heard.letter_id}:extended")
    return [card(tx, loan, name_of(heard), replace=True), *all_cards(tx, loan, name_of(heard))[1:], told]
