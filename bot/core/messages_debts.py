"""The catalogue's part on debts. What tells a person's debts is `discreet`: it goes only where that person surely
reads it. Staff's own cards name amounts; they stand in the staff's group alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.core.message import EX_DUE, Message, message
from bot.core.money import Cost, Money
from bot.core.records import record


@record(frozen=True, slots=True)
class DebtLine:
    """One debt in a list: what remains of it. `state` open or disputed."""

    reference: str
    due_on: date
    left: Money
    overdue: bool = False
    state: str = "open"


@record(frozen=True, slots=True)
class CycleLine:
    """The reminding of one person, as staff see it. `state`: running, promised, declared, disputed, suspended, ended
    (the most reminders were sent), resting (nothing overdue), unreachable (by no road that may tell it)."""

    debtor: str
    owed: tuple[Money, ...]
    state: str = "running"
    sent: int = 0
    last_at: datetime | None = None
    next_at: datetime | None = None
    promised_on: date | None = None
    cost: tuple[Cost, ...] = ()  # of the reminders sent; empty where the provider does not tell


XOF, EUR = "XOF", "EUR"
EX_INVOICE = DebtLine("FAC-12", date(2026, 12, 4), Money(77_000, XOF), overdue=True)
EX_COST = (Cost(159_600, "USD"),)
EX_MANUAL = DebtLine("caution", date(2026, 12, 6), Money(1_250, EUR), overdue=True)


# --- to the person -----------------------------------------------------------------------------------------------


@message
class DebtReminder(Message):
    """All that one person owes a desk and that is overdue, invoices and the rest apart. `times`: which reminder."""

    invoices: tuple[DebtLine, ...]
    manual: tuple[DebtLine, ...]
    total: tuple[Money, ...]
    debtor: str = ""
    desk: str = ""
    times: int = 1
    contact_line: str = ""
    about = "overdue"
    discreet = True
    example = {
        "invoices": (EX_INVOICE,), "manual": (EX_MANUAL,), "total": (Money(1_250, EUR), Money(77_000, XOF)),
        "debtor": "Awa", "desk": "Atelier Nord", "times": 1, "contact_line": "01 23 45 67 89",
    }  # fmt: skip


@message
class Balance(Message):
    """Answer to SOLDE. `declared`: what the person said they paid and staff have not found yet."""

    invoices: tuple[DebtLine, ...] = ()
    manual: tuple[DebtLine, ...] = ()
    total: tuple[Money, ...] = ()
    credit: tuple[Money, ...] = ()
    declared: tuple[Money, ...] = ()
    promised_on: date | None = None
    discreet = True
    example = {
        "invoices": (EX_INVOICE,), "manual": (), "total": (Money(77_000, XOF),), "credit": (), "declared": (),
        "promised_on": None,
    }  # fmt: skip


@message
class PaymentDeclared(Message):
    """Answer to PAYE: staff look for it. `whole`: no amount was named, all that is owed is meant."""

    amount: Money
    whole: bool = False
    discreet = True
    example = {"amount": Money(50_000, XOF), "whole": False}


@message
class PaymentReceived(Message):
    """A payment came in. `left`: what is still owed; `credit`: paid beyond."""

    amount: Money
    left: tuple[Money, ...] = ()
    credit: tuple[Money, ...] = ()
    about = "notice"
    discreet = True
    example = {"amount": Money(50_000, XOF), "left": (Money(77_000, XOF),), "credit": ()}


@message
class PaymentNotFound(Message):
    """Staff did not find what the person said they paid."""

    amount: Money
    contact_line: str = ""
    about = "notice"
    discreet = True
    example = {"amount": Money(50_000, XOF), "contact_line": "01 23 45 67 89"}


@message
class PaymentUndone(Message):
    """Staff take back a payment they noted by mistake. `left`: owed without it."""

    amount: Money
    left: tuple[Money, ...] = ()
    contact_line: str = ""
    about = "notice"
    discreet = True
    example = {
        "amount": Money(50_000, XOF), "left": (Money(127_000, XOF),), "contact_line": "01 23 45 67 89",
    }  # fmt: skip


@message
class PayWhich(Message):
    """PAYE without an amount by somebody who owes in several currencies, or with one that cannot be taken (`why`:
    unreadable, zero, no_cents, too_large, no_currency, other_currency than the bill's; empty: none was named)."""

    total: tuple[Money, ...]
    why: str = ""
    discreet = True
    example = {"total": (Money(1_250, EUR), Money(77_000, XOF)), "why": ""}


@message
class PromiseNoted(Message):
    """ "Je paie vendredi": nobody is reminded before that day is over."""

    promised_on: date
    total: tuple[Money, ...]
    discreet = True
    example = {"promised_on": date(2026, 11, 27), "total": (Money(77_000, XOF),)}


@message
class NothingOwed(Message):
    """SOLDE, PAYE or "je conteste" by somebody who owes nothing that we could speak of here."""

    contact_line: str = ""
    example = {"contact_line": "01 23 45 67 89"}


@message
class DisputeNoted(Message):
    """Answer to "je conteste": staff look into it, the reminders rest. `references` of the debts contested."""

    references: tuple[str, ...] = ()
    contact_line: str = ""
    discreet = True
    example = {"references": ("FAC-12",), "contact_line": "01 23 45 67 89"}


@message
class PayAsked(Message):
    """Words that may mean a payment: asked before staff are told of it."""

    amount: Money
    discreet = True
    example = {"amount": Money(50_000, XOF)}


@message
class DebtSettled(Message):
    """What became of a contested debt. `state`: cancelled, or open when staff uphold it."""

    reference: str
    amount: Money
    state: str = "cancelled"
    contact_line: str = ""
    about = "notice"
    discreet = True
    example = {
        "reference": "FAC-12", "amount": Money(77_000, XOF), "state": "cancelled", "contact_line": "01 23 45 67 89"
    }  # fmt: skip


@message
class WrongPerson(Message):
    """Answer to "ce n'est pas moi": says nothing of whom or what it was about."""

    contact_line: str = ""
    example = {"contact_line": "01 23 45 67 89"}


# --- to staff ------------------------------------------------------------------------------------------------------


@message
class DebtCard(Message):
    """One debt as staff see it. `reach` and `links` as on a loan's card; `words`: what the person said of it."""

    debtor: str
    kind: str
    reference: str
    amount: Money
    left: Money
    due_on: date
    state: str = "open"
    by: str = ""
    words: str = ""
    reach: str = "ok"
    links: tuple[str, ...] = ()
    overdue: bool = False
    about = "staff"
    example = {
        "debtor": "Awa", "kind": "invoice", "reference": "FAC-12", "amount": Money(127_000, XOF),
        "left": Money(77_000, XOF), "due_on": date(2026, 12, 4), "state": "open", "by": "Sam", "words": "",
        "reach": "ok", "links": (), "overdue": False,
    }  # fmt: skip


@message
class PaymentCard(Message):
    """A payment. `state`: declared (staff answer), confirmed, refused, withdrawn, undone (noted by mistake).
    `left`: owed after it; `credit`: paid beyond."""

    debtor: str
    amount: Money
    state: str = "declared"
    reference: str = ""
    words: str = ""
    left: tuple[Money, ...] = ()
    credit: tuple[Money, ...] = ()
    by: str = ""
    about = "staff"
    example = {
        "debtor": "Awa", "amount": Money(50_000, XOF), "state": "declared", "reference": "", "words": "PAYE 50 000",
        "left": (Money(77_000, XOF),), "credit": (), "by": "",
    }  # fmt: skip


@message
class PromiseCard(Message):
    """Somebody said by when they pay. `words`: theirs, which may tell of a part that is paid already."""

    debtor: str
    promised_on: date
    left: tuple[Money, ...]
    withdrawn: bool = False
    words: str = ""
    about = "staff"
    example = {
        "debtor": "Awa", "promised_on": date(2026, 11, 27), "left": (Money(77_000, XOF),), "withdrawn": False,
        "words": "je paie le reste vendredi",
    }  # fmt: skip


@message
class WrongPersonCard(Message):
    """Who reads at an address says they are somebody else. `state`: open, or known (staff made sure it is theirs)."""

    debtor: str
    channel: str
    value: str = ""
    words: str = ""
    state: str = "open"
    by: str = ""
    about = "staff"
    example = {
        "debtor": "Awa", "channel": "sms", "value": "06 12 34 56 78", "words": "ce n'est pas moi", "state": "open",
        "by": "",
    }  # fmt: skip


@message
class MoneyWho(Message):
    """/dette or /paye without a person that is clear. `act`: debt or payment."""

    act: str
    said: str = ""
    about = "staff"
    example = {"act": "debt", "said": "Awo"}


@message
class MoneyHowMuch(Message):
    """/dette or /paye without an amount that can be read. `why` as in PayWhich."""

    act: str
    debtor: str
    why: str = ""
    left: tuple[Money, ...] = ()
    about = "staff"
    example = {"act": "payment", "debtor": "Awa", "why": "", "left": (Money(77_000, XOF),)}


@message
class DebtNotKept(Message):
    """What /dette or /paye asked for cannot be. `why`: same_reference, other_currency, not_owed, no_reference (without
    a debtor: nobody's)."""

    why: str
    debtor: str
    reference: str = ""
    about = "staff"
    example = {"why": "same_reference", "debtor": "Awa", "reference": "FAC-12"}


@message
class DebtList(Message):
    """/dettes: the state of every cycle. `mode`: on, dry (nothing leaves), off."""

    cycles: tuple[CycleLine, ...]
    count: int = 0
    total: tuple[Money, ...] = ()
    mode: str = "on"
    page: int = 1
    pages: int = 1
    about = "staff"
    example = {
        "cycles": (
            CycleLine("Awa", (Money(77_000, XOF),), "running", 2, EX_DUE, EX_DUE + timedelta(days=3), None, EX_COST),
            CycleLine("Karim", (Money(1_250, EUR),), "promised", promised_on=date(2026, 11, 30)),
        ),
        "count": 2, "total": (Money(1_250, EUR), Money(77_000, XOF)), "mode": "on", "page": 1, "pages": 1,
    }  # fmt: skip


@message
class DebtPage(Message):
    """One person's debts and the state of their cycle. `done`: reset, suspended, resumed, reminded, no_road."""

    debtor: str
    invoices: tuple[DebtLine, ...] = ()
    manual: tuple[DebtLine, ...] = ()
    total: tuple[Money, ...] = ()
    credit: tuple[Money, ...] = ()
    cycle: CycleLine | None = None
    mode: str = "on"
    done: str = ""
    about = "staff"
    example = {
        "debtor": "Awa", "invoices": (EX_INVOICE,), "manual": (EX_MANUAL,),
        "total": (Money(1_250, EUR), Money(77_000, XOF)), "credit": (),
        "cycle": CycleLine("Awa", (), "running", 2, EX_DUE, EX_DUE + timedelta(days=3)),
        "mode": "on", "done": "",
    }  # fmt: skip


@message
class DebtsAll(Message):
    """All cycles at once. `act`: remind or reset; `state`: asked, begun, done; `count`: how many people it is about, or
    how many it was done for; `stopped`: not all could be done."""

    act: str
    count: int
    state: str = "done"
    unreached: int = 0
    stopped: bool = False
    by: str = ""
    about = "staff"
    example = {"act": "remind", "count": 3, "state": "done", "unreached": 1, "stopped": False, "by": "Dominique"}


@message
class DebtDryRun(Message):
    """What would leave if this were no dry run. Nothing does."""

    cycles: tuple[CycleLine, ...]
    count: int
    about = "staff"
    example = {"cycles": (CycleLine("Awa", (Money(77_000, XOF),)),), "count": 1}
