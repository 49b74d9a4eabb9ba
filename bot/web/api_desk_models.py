"""Loans, items, people, debts and webhooks as they are sent to the REST API and answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from bot.core.hooks import EVENTS
from bot.web.api_models import (
    LAX,
    LONGEST_NAME,
    LONGEST_REMARK,
    Answer,
    Id,
    Instant,
    Language,
    Name,
    OfDepartment,
    Paged,
    Remark,
    Sent,
    Text,
    shaped,
    written,
)

Code = Annotated[
    str,
    shaped(
        r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$",
        "must be at most 40 letters, digits and . _ / - without accents or spaces, such as PERC-001",
        description="the item's code, PERC-001",
    ),
]
LoanStateName = Literal[
    "requested", "active", "return_declared", "returned", "refused", "cancelled", "expired", "lost", "damaged"
]
ItemState = Literal["available", "in_repair", "retired", "lost"]
DebtStateName = Literal["open", "settled", "disputed", "cancelled"]
Event = Literal["loan.created", "loan.returned", "loan.overdue", "debt.paid", "debt.reopened", "notification.failed"]
assert set(get_args(Event)) == set(EVENTS)


def _near(day: date) -> date:
    if not 2000 <= day.year <= 2200:
        raise ValueError("lies too far away")
    return day


Day = Annotated[date, LAX, written("date"), AfterValidator(_near)]


class DepartmentPaged(Paged):
    department_id: OfDepartment = None


# --- loans ---------------------------------------------------------------------------------------


class LoansQuery(DepartmentPaged):
    state: LoanStateName | None = None
    contact_id: Id | None = None
    item: Text | None = Field(None, max_length=40, description="an item's code")
    overdue: bool | None = Field(None, description="true: only those that are late now")


class LoanSeen(Answer):
    id: int
    department_id: int
    contact_id: int
    borrower: str
    item: str
    code: str
    state: LoanStateName
    overdue: bool
    number: int = Field(description="the 2 of RENDU 2")
    lent_at: datetime
    due_at: datetime
    returned_at: datetime | None
    extensions: int


class Loans(Answer):
    items: list[LoanSeen]
    next: str | None


class NewLoan(Sent):
    """A loan that begins now. The borrower gets a copy, staff a card."""

    item: Code
    contact_id: Id
    due_at: Instant
    department_id: OfDepartment = None


# --- items ---------------------------------------------------------------------------------------


class ItemsQuery(DepartmentPaged):
    state: ItemState | None = None
    search: Text | None = Field(None, max_length=80, description="a part of the name or code")


class ItemSeen(Answer):
    code: str
    name: str
    category: str
    check: str = Field(description="what to look at when it comes back")
    state: ItemState
    department_id: int
    on_loan: bool
    back_at: datetime | None
    loan_id: int | None


class Items(Answer):
    items: list[ItemSeen]
    next: str | None


class NewItem(Sent):
    code: Code
    name: Name = Field(min_length=1, max_length=LONGEST_NAME)
    category: Name = Field("", max_length=LONGEST_NAME)
    check: Remark = Field("", max_length=LONGEST_REMARK)
    department_id: OfDepartment = None


class ItemChange(Sent):
    """What is left out stays as it is."""

    name: Name | None = Field(None, min_length=1, max_length=LONGEST_NAME)
    category: Name | None = Field(None, max_length=LONGEST_NAME)
    check: Remark | None = Field(None, max_length=LONGEST_REMARK)
    state: ItemState | None = None

    @model_validator(mode="after")
    def _something(self) -> ItemChange:
        if not self.model_dump(exclude_none=True):
            raise ValueError("give at least one of name, category, check, state")
        return self


# --- people --------------------------------------------------------------------------------------


class ContactsQuery(DepartmentPaged):
    phone: Text | None = Field(None, max_length=40)


class AddressSeen(Answer):
    channel: str
    value: str | None = Field(description="only for a token with the role admin")
    consent: Literal["unknown", "attested", "given", "refused"]
    state: Literal["live", "blocked", "dead"]


class Made(Answer):
    """What an Idempotency-Key keeps of a person or an item that was added: its number. Who asks again is shown it as it
    is now, and no name or number of a person lies among the answers kept."""

    id: int


class ContactSeen(Answer):
    id: int
    name: str
    language: str
    paused_until: datetime | None
    addresses: list[AddressSeen]


class Contacts(Answer):
    items: list[ContactSeen]
    next: str | None


class NewContact(Sent):
    """Somebody with a mobile number. What is known of the number already stays as it is."""

    phone: Text = Field(min_length=4, max_length=40)
    name: Name = Field(min_length=1, max_length=LONGEST_NAME)
    language: Language | None = None
    attested_by: Name | None = Field(
        None, min_length=1, max_length=LONGEST_NAME, description="who noted that this person agreed to be written to"
    )
    department_id: OfDepartment = None


# --- debts ---------------------------------------------------------------------------------------


class DebtsQuery(DepartmentPaged):
    state: DebtStateName | None = None
    contact_id: Id | None = None
    reference: Text | None = Field(None, max_length=64)


class DebtSeen(Answer):
    id: int
    department_id: int
    contact_id: int
    kind: Literal["invoice", "manual"]
    reference: str
    amount: str = Field(description="a decimal number of the currency")
    currency: str
    due_on: date
    state: DebtStateName
    note: str


class DebtWhole(DebtSeen):
    left: str = Field(description="what remains, after every payment that came in")


class Debts(Answer):
    items: list[DebtSeen]
    next: str | None


Amount = Annotated[
    str,
    shaped(
        r"^[0-9]{1,15}([.][0-9]{1,4})?$",
        'must be a decimal number as text, such as "49.90"',
        description='a decimal number as text, such as "49.90"',
    ),
]
Currency = Annotated[str, shaped(r"^[A-Z]{3}$", "must be three capital letters, such as EUR", description="ISO 4217")]


class NewDebt(Sent):
    contact_id: Id
    amount: Amount
    currency: Currency | None = Field(None, description="the desk's own when left out")
    due_on: Day
    kind: Literal["invoice", "manual"] = "invoice"
    reference: Text = Field("", max_length=64)
    note: Text = Field("", max_length=300)
    department_id: OfDepartment = None


class NewPayment(Sent):
    """Money that came in."""

    amount: Amount
    reference: Text = Field("", max_length=64)


class PaymentSeen(Answer):
    id: int
    debt_id: int | None
    amount: str
    currency: str
    debt: DebtWhole = Field(description="the debt after this payment")


# --- webhooks ------------------------------------------------------------------------------------


class NewHook(Sent):
    """Where to tell of events, signed after Standard Webhooks. HTTPS only."""

    url: Text = Field(min_length=8, max_length=500)
    events: list[Event] = Field(min_length=1, max_length=len(EVENTS))
    department_id: OfDepartment = None


class HookSeen(Answer):
    id: int
    url: str
    events: list[Event]
    department_id: int | None
    created_at: datetime


class HookMade(HookSeen):
    secret: str = Field(description="whsec_…, to check signatures with; shown this once")


class Hooks(Answer):
    items: list[HookSeen]


class HookGone(Answer):
    id: int
