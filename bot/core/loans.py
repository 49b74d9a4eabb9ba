"""The life of a loan: its states, the allowed transitions, its class by length."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from bot.core.errors import Refusal
from bot.core.records import record
from bot.core.rules import Rules


class LoanState(StrEnum):
    REQUESTED = "requested"
    ACTIVE = "active"
    RETURN_DECLARED = "return_declared"
    RETURNED = "returned"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    LOST = "lost"
    DAMAGED = "damaged"


HIGHEST_NUMBER = 99
"""Of a person's loans: what they answer with (RENDU 2)."""

OPEN = frozenset({LoanState.REQUESTED, LoanState.ACTIVE, LoanState.RETURN_DECLARED})
OUT = frozenset({LoanState.ACTIVE, LoanState.RETURN_DECLARED})

MOVES: dict[LoanState, frozenset[LoanState]] = {
    LoanState.REQUESTED: frozenset({LoanState.ACTIVE, LoanState.REFUSED, LoanState.CANCELLED, LoanState.EXPIRED}),
    LoanState.ACTIVE: frozenset(
        {LoanState.RETURN_DECLARED, LoanState.RETURNED, LoanState.CANCELLED, LoanState.LOST, LoanState.DAMAGED}
    ),
    LoanState.RETURN_DECLARED: frozenset({LoanState.ACTIVE, LoanState.RETURNED, LoanState.LOST, LoanState.DAMAGED}),
}


class LoanClass(StrEnum):
    COURT = "court"
    MOYEN = "moyen"
    LONG = "long"


@record(frozen=True, slots=True)
class Loan:
    """One item with one person until a time. `number` is the "2" of RENDU 2, fixed for the loan's life.

    `plan_no` counts the plans made for it; `held` means nobody is written to about it until staff say go (loans that
    ran before the desk was switched on).
    """

    id: int
    item_id: int
    contact_id: int
    department_id: int
    state: LoanState
    lent_at: datetime
    due_at: datetime
    number: int
    plan_no: int = 1
    extensions: int = 0
    held: bool = False
    silenced: bool = False  # STOP 2: no reminders for this loan
    returned_at: datetime | None = None
    declared_at: datetime | None = None
    item: str = ""
    code: str = ""
    borrower: str = ""
    created_at: datetime | None = None

    @property
    def declared_at_if_declared(self) -> datetime | None:
        """When the borrower said it was back, while that still stands."""
        return self.declared_at if self.state is LoanState.RETURN_DECLARED else None


def card_of(loan_id: int) -> str:
    """The key of a loan's card in the group."""
    return f"loan:{loan_id}"


def return_card_of(loan_id: int, declared_at: datetime | None) -> str:
    """The key of the card of a declared return. One card for each declaration: a second RENDU after "not found"
    notifies again."""
    return f"return:{loan_id}:{int(declared_at.timestamp()) if declared_at else 0}"


def loan_class(lent_at: datetime, due_at: datetime, rules: Rules) -> LoanClass:
    """Court below `court_under`, long above `long_over`, moyen between; by elapsed time, not by the calendar."""
    length = due_at - lent_at
    if length < rules.court_under:
        return LoanClass.COURT
    return LoanClass.LONG if length > rules.long_over else LoanClass.MOYEN


def next_number(taken: Collection[int], last: int) -> int | None:
    """The small number that follows `last`, from 1 to 99 and round again, and is not taken; None when all are."""
    ahead = ((last + k) % HIGHEST_NUMBER + 1 for k in range(HIGHEST_NUMBER))
    return next((number for number in ahead if number not in taken), None)


def check_move(loan: Loan, to: LoanState) -> None:
    """Raises Refusal when a loan in this state cannot become `to`."""
    if to not in MOVES.get(loan.state, frozenset()):
        raise Refusal(f"loan {loan.id} is {loan.state}, cannot become {to}")


def is_late(loan: Loan, now: datetime) -> bool:
    """Active and past due: overdue is derived, never stored."""
    return loan.state is LoanState.ACTIVE and now > loan.due_at
