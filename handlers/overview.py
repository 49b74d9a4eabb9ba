"""Who has what, what is due: for the borrower and for staff."""

from __future__ import annotations

from bot.core.intents import Understood

from bot.core.conversation import Choice, Heard, Say
from bot.core.loans import Loan
from bot.core.messages import LoanList, NothingOut, StaffLoans, StaffOverdue
from bot.store import Tx
from handlers.showing import line, lines

SHOWN = 20  # lines of one message: Telegram takes 4096 characters


def my_loans(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """MES PRETS, and the answer to "quand dois-je rendre ?"."""
    loans = tx.loans.open_of(heard.contact.id)
    return [Say(message=LoanList(lines(loans, heard.at)) if loans else NothingOut())]


def staff_loans(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/prets"""
    out = tx.loans.out(heard.department.id)
    shown = tuple(line(loan, heard.at, borrower=True) for loan in out[:SHOWN])
    return [Say(message=StaffLoans(shown, len(out)))]


def staff_overdue(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/retards: who is late, by how much, with a button for each to say it is back."""
    late = tx.loans.late(heard.department.id)
    shown = tuple(line(loan, heard.at, borrower=True) for loan in late[:SHOWN])
    return [Say(message=StaffOverdue(shown, len(late)), choices=tuple((_back(loan),) for loan in late[:8]))]


def _back(loan: Loan) -> Choice:
    return Choice("loan.back", (loan.id,), text=f"✓ {loan.item} · {loan.borrower}"[:60])
