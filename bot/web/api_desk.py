"""/api/loans, items, contacts, debts: the desk's own records, for its other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from bot.core.debts import Debt
from bot.core.errors import Gone
from bot.core.money import BadAmount, Money, currencies, major, of_major
from bot.core.people import phone_from
from bot.store import Tx, api_reads
from bot.store.api_reads import Part
from bot.web.api_call import Call, Endpoint, Reply, get, known_language, post, put
from bot.web.api_desk_models import (
    AddressSeen,
    Contacts,
    ContactSeen,
    ContactsQuery,
    Debts,
    DebtSeen,
    DebtsQuery,
    DebtWhole,
    DepartmentPaged,
    ItemChange,
    Items,
    ItemSeen,
    ItemsQuery,
    Loans,
    LoanSeen,
    LoansQuery,
    Made,
    NewContact,
    NewDebt,
    NewItem,
    NewLoan,
    NewPayment,
    PaymentSeen,
)
from bot.web.api_models import Answer, cursor_of
from bot.web.api_problem import wrong

A = TypeVar("A", bound=Answer)
AMOUNTS = {"zero": "must be more than zero", "too_large": "is too large", "no_cents": "has more decimals than {} has"}


def number_in(call: Call) -> int:
    """The `id` of the address. Raises Gone for what can be none: nothing has it."""
    text = call.path["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Gone("id")
    return int(text)


def _asked(call: Call) -> Part:
    query: DepartmentPaged = call.query
    # One row more than is shown tells whether there is another page.
    return Part(department_id=call.department(query.department_id), before=query.before, limit=query.limit + 1)


def _page(call: Call, rows: Sequence[Any], show: Callable[[Any], A]) -> tuple[list[A], str | None]:
    shown = rows[: call.query.limit]
    return [show(row) for row in shown], cursor_of(shown[-1].id) if len(rows) > len(shown) else None


def _one(rows: Sequence[Any]) -> Any:
    if not rows:
        raise Gone("row")
    return rows[0]


# --- loans ---------------------------------------------------------------------------------------


async def loans(call: Call) -> Loans:
    asked: LoansQuery = call.query
    rows = await api_reads.loans(
        call.store, _asked(call), state=asked.state, contact_id=asked.contact_id, code=asked.item,
        late_at=call.now if asked.overdue else None,
    )  # fmt: skip
    found, following = _page(call, rows, lambda row: _loan(call, row))
    return Loans(items=found, next=following)


async def loan(call: Call) -> LoanSeen:
    rows = await api_reads.loans(call.store, Part(department_id=call.department()), loan_id=number_in(call))
    return _loan(call, _one(rows))


def _loan(call: Call, row: Any) -> LoanSeen:
    """row: of `api_reads.loans`, or a Loan."""
    return LoanSeen(
        id=row.id, department_id=row.department_id, contact_id=row.contact_id, borrower=row.borrower,
        item=row.item or row.code, code=row.code, state=row.state, number=row.number, lent_at=row.lent_at,
        overdue=row.state == "active" and row.due_at < call.now, due_at=row.due_at, returned_at=row.returned_at,
        extensions=row.extensions,
    )  # fmt: skip


async def lend(call: Call) -> Reply:
    new: NewLoan = call.body
    department_id = call.department(new.department_id)

    def work(tx: Tx) -> LoanSeen:
        made = call.around.acts.lend(
            tx, who=call.caller.who, department_id=department_id, item=new.item, contact_id=new.contact_id,
            due_at=new.due_at,
        )  # fmt: skip
        return _loan(call, made)

    return await call.once(work, 201)


async def take_back(call: Call) -> Reply:
    loan_id = number_in(call)

    def work(tx: Tx) -> LoanSeen:
        who, mine = call.caller.who, call.department()
        return _loan(call, call.around.acts.take_back(tx, who=who, department_id=mine, loan_id=loan_id))

    return await call.once(work)


# --- items ---------------------------------------------------------------------------------------


async def items(call: Call) -> Items:
    asked: ItemsQuery = call.query
    rows = await api_reads.items(call.store, _asked(call), state=asked.state, search=asked.search)
    found, following = _page(call, rows, _item)
    return Items(items=found, next=following)


async def item(call: Call) -> ItemSeen:
    return await _item_now(call, call.path["code"])


def _item(row: Any) -> ItemSeen:
    return ItemSeen(
        code=row.code, name=row.name, category=row.category, check=row.check, state=row.state,
        department_id=row.department_id, on_loan=row.loan_id is not None, back_at=row.back_at, loan_id=row.loan_id,
    )  # fmt: skip


async def add_item(call: Call) -> Reply:
    new: NewItem = call.body
    department_id = call.department(new.department_id)

    def work(tx: Tx) -> Made:
        made = call.around.acts.add_item(
            tx, who=call.caller.who, department_id=department_id, code=new.code.upper(), name=new.name,
            category=new.category, check=new.check,
        )  # fmt: skip
        return Made(id=made.id)

    reply = await call.once(work, 201)
    return _shown(reply, await _item_now(call, new.code))


async def change_item(call: Call) -> ItemSeen:
    change: ItemChange = call.body
    changes = change.model_dump(exclude_none=True)
    code = call.path["code"]
    await call.store.write(
        lambda tx: call.around.acts.change_item(
            tx, who=call.caller.who, department_id=call.department(), code=code, changes=changes
        )
    )
    return await _item_now(call, code)


async def _item_now(call: Call, code: str) -> ItemSeen:
    return _item(_one(await api_reads.items(call.store, Part(department_id=call.department()), code=code)))


def _shown(reply: Reply, now: Answer) -> Reply:
    return Reply(reply.status, now.model_dump(mode="json"))


# --- people --------------------------------------------------------------------------------------


async def contacts(call: Call) -> Contacts:
    asked: ContactsQuery = call.query
    value = phone_from(asked.phone, call.store.desk.region) if asked.phone is not None else None
    rows = await api_reads.contacts(call.store, _asked(call), address_value=value)
    seen = await _people(call, rows[: asked.limit])
    return Contacts(items=seen, next=cursor_of(seen[-1].id) if len(rows) > len(seen) else None)


async def contact(call: Call) -> ContactSeen:
    return await _contact_now(call, number_in(call))


async def _contact_now(call: Call, contact_id: int) -> ContactSeen:
    part = Part(department_id=call.department())
    rows = await api_reads.contacts(call.store, part, contact_id=contact_id)
    return (await _people(call, [_one(rows)]))[0]


async def _people(call: Call, rows: Sequence[Any]) -> list[ContactSeen]:
    addresses = await api_reads.addresses(call.store, [row.id for row in rows])
    return [
        ContactSeen(
            id=row.id, name=row.name, language=row.language, paused_until=row.paused_until,
            addresses=_addresses(call, addresses[row.id]),
        )
        for row in rows
    ]  # fmt: skip


def _addresses(call: Call, rows: Iterable[Any]) -> list[AddressSeen]:
    shown = call.caller.role == "admin"
    return [
        AddressSeen(channel=row.channel, value=row.value if shown else None, consent=row.consent, state=row.state)
        for row in rows
    ]


async def add_contact(call: Call) -> Reply:
    new: NewContact = call.body
    department_id = call.department(new.department_id)
    known_language(call, new.language)

    def work(tx: Tx) -> Made:
        made = call.around.acts.add_contact(
            tx, who=call.caller.who, department_id=department_id, phone=new.phone, name=new.name,
            language=new.language or "", attested_by=new.attested_by or "",
        )  # fmt: skip
        return Made(id=made.id)

    reply = await call.once(work, 201)
    return _shown(reply, await _contact_now(call, reply.body["id"]))


# --- debts ---------------------------------------------------------------------------------------


async def debts(call: Call) -> Debts:
    asked: DebtsQuery = call.query
    rows = await api_reads.debts(
        call.store, _asked(call), contact_id=asked.contact_id, state=asked.state, reference=asked.reference
    )
    found, following = _page(call, rows, lambda row: DebtSeen(**_debt(row, Money(row.amount, row.currency))))
    return Debts(items=found, next=following)


async def debt(call: Call) -> DebtWhole:
    return await call.store.write(_whole, number_in(call), call.department())


def _whole(tx: Tx, debt_id: int, department_id: int | None) -> DebtWhole:
    found = tx.debts.get(debt_id)
    if department_id is not None and found.department_id != department_id:
        raise Gone("debt")
    return _with_left(tx, found)


def _with_left(tx: Tx, found: Debt) -> DebtWhole:
    left = tx.debts.statement(found.contact_id, found.department_id).left_of(found.id)
    return DebtWhole(**_debt(found, found.amount), left=str(major(left or Money(0, found.amount.currency))))


def _debt(row: Any, amount: Money) -> dict[str, Any]:
    return {
        "id": row.id, "department_id": row.department_id, "contact_id": row.contact_id, "kind": row.kind,
        "reference": row.reference, "amount": str(major(amount)), "currency": amount.currency, "due_on": row.due_on,
        "state": row.state, "note": row.note,
    }  # fmt: skip


def _money(text: str, currency: str) -> Money:
    if currency not in currencies():
        raise wrong("currency", "is no currency of ISO 4217")
    try:
        return of_major(Decimal(text), currency)
    except BadAmount as error:
        raise wrong("amount", AMOUNTS.get(error.why, "is no amount").format(currency)) from None


async def add_debt(call: Call) -> Reply:
    new: NewDebt = call.body
    department_id = call.department(new.department_id)

    def work(tx: Tx) -> DebtWhole:
        theirs = tx.people.department_of(new.contact_id) if department_id is None else None  # as the act decides
        desk = theirs or tx.departments.named(department_id)
        made = call.around.acts.add_debt(
            tx, who=call.caller.who, department_id=department_id, contact_id=new.contact_id, kind=new.kind,
            amount=_money(new.amount, new.currency or desk.rules.currency), due_on=new.due_on,
            reference=new.reference, note=new.note,
        )  # fmt: skip
        return _with_left(tx, made)

    return await call.once(work, 201)


async def pay(call: Call) -> Reply:
    new: NewPayment = call.body
    debt_id = number_in(call)

    def work(tx: Tx) -> PaymentSeen:
        owed = _whole(tx, debt_id, call.department())
        made = call.around.acts.pay(
            tx, who=call.caller.who, department_id=call.department(), debt_id=debt_id,
            amount=_money(new.amount, owed.currency), reference=new.reference,
        )  # fmt: skip
        return PaymentSeen(
            id=made.id, debt_id=made.debt_id, amount=str(major(made.amount)), currency=made.amount.currency,
            debt=_whole(tx, debt_id, call.department()),
        )  # fmt: skip

    return await call.once(work, 201)


CODE = {"code": "the item's code"}
ENDPOINTS: tuple[Endpoint, ...] = (
    get("/api/loans", "List loans", loans, Loans, query=LoansQuery, problems=(404,)),
    post("/api/loans", "Lend an item now", lend, LoanSeen, body=NewLoan, status=201, once=True, problems=(404, 409)),
    get("/api/loans/{id}", "Read a loan", loan, LoanSeen, problems=(404,), parameters={"id": "the loan's number"}),
    post(
        "/api/loans/{id}/return", "Take an item back", take_back, LoanSeen, once=True, problems=(404, 409),
        parameters={"id": "the loan's number"},
    ),
    get("/api/items", "List items", items, Items, query=ItemsQuery, problems=(404,)),
    post("/api/items", "Add an item", add_item, ItemSeen, body=NewItem, status=201, once=True, problems=(404, 409)),
    get("/api/items/{code}", "Read an item", item, ItemSeen, problems=(404,), parameters=CODE),
    put(
        "/api/items/{code}", "Change an item", change_item, ItemSeen, body=ItemChange, problems=(404, 409),
        parameters=CODE,
    ),
    get("/api/contacts", "List people", contacts, Contacts, query=ContactsQuery, problems=(404,)),
    post(
        "/api/contacts", "Add somebody", add_contact, ContactSeen, body=NewContact, status=201, once=True,
        problems=(404, 409),
    ),
    get(
        "/api/contacts/{id}", "Read what is known of somebody", contact, ContactSeen, problems=(404,),
        parameters={"id": "the person's number"},
    ),
    get("/api/debts", "List debts", debts, Debts, query=DebtsQuery, problems=(404,)),
    post("/api/debts", "Note a debt", add_debt, DebtWhole, body=NewDebt, status=201, once=True, problems=(404, 409)),
    get(
        "/api/debts/{id}", "Read a debt and what remains of it", debt, DebtWhole, problems=(404,),
        parameters={"id": "the debt's number"},
    ),
    post(
        "/api/debts/{id}/payments", "Record a payment", pay, PaymentSeen, body=NewPayment, status=201, once=True,
        problems=(404, 409), parameters={"id": "the debt's number"},
    ),
)  # fmt: skip
