"""What a loan looks like: to its borrower, on its card in the group, as a line in a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.conversation import LONGEST_QUOTE, Choice, Heard, Rows, Say, To
from bot.core.loans import OPEN, OUT, Loan, LoanState, card_of, is_late, loan_class, return_card_of
from bot.core.messages import LoanCard, LoanCreated, LoanLine, Message, PersonWrites, Returned
from bot.core.opening import is_open_day
from bot.core.people import BY_NUMBER, Address, Department, looks_like_phone, phone_shown, words_card_of
from bot.core.pieces import Piece
from bot.store import Tx
from bot.store.holds import Hold
from handlers.lacking import found_buttons
from handlers.rights import is_staff, refused
from handlers.toasts import too_late

NOTHING = timedelta(0)
WIDEST = 40  # characters of a button
MOST_ROWS = 8  # loans that are offered to a command which named none
LENT_OR_MOVED = ("lent", "active", "extended", "moved")  # acts of a history after which a loan is out as it is


def line(loan: Loan, now: datetime, *, borrower: bool = False) -> LoanLine:
    """One loan in a list; `borrower` names who has it (for staff)."""
    late = is_late(loan, now)
    return LoanLine(
        number=loan.number,
        item=loan.item,
        code=loan.code,
        due_at=loan.due_at,
        state="overdue" if late else loan.state.value,
        borrower=loan.borrower if borrower else "",
        late=now - loan.due_at if late else NOTHING,
    )


def lines(loans: Iterable[Loan], now: datetime, *, borrower: bool = False) -> tuple[LoanLine, ...]:
    return tuple(line(loan, now, borrower=borrower) for loan in loans)


def own_lines(tx: Tx, heard: Heard, loans: Sequence[Loan]) -> tuple[LoanLine, ...]:
    """The writer's loans, each by the clock of its own desk: on a shared number one of them speaks for all."""
    zones = [tx.departments.get(loan.department_id).zone for loan in loans]
    told = zip(lines(loans, heard.at), zones, strict=True)
    return tuple(one if zone == heard.department.zone else replace(one, zone=zone.key) for one, zone in told)


def loan_created(tx: Tx, loan: Loan, *, approved: bool = False) -> LoanCreated:
    """The borrower's copy of a loan."""
    desk = tx.departments.get(loan.department_id)
    item = tx.items.get(loan.item_id)
    addresses = tx.people.addresses(loan.contact_id)
    told = tx.outbox.told_before(loan.contact_id, "loan_created")
    return LoanCreated(
        item=loan.item,
        due_at=loan.due_at,
        number=loan.number,
        borrower=greeted(tx.people.get(loan.contact_id).name),
        desk=desk.name,
        place=desk.place,
        contact_line=desk.contact_line,
        check=item.check if item else "",
        lateness=desk.rules.lateness,
        approved=approved,
        first=not any(a.verified_by == "holder" for a in addresses) and not told,
        pieces=tuple(tx.pieces.of_loan(loan.id, loan.item_id)),
    )


def greeted(name: str) -> str:
    """The name to greet somebody by; empty for who is known by a number alone."""
    return "" if looks_like_phone(name) else name


def receipt(tx: Tx, loan: Loan, missing: tuple[Piece, ...] = ()) -> Returned:
    """The borrower's receipt. `missing`: pieces of the kit that are waited for."""
    back = loan.returned_at or loan.due_at
    late, left = max(back - loan.due_at, NOTHING), tx.loans.count_active(loan.contact_id)
    waiting = len(tx.loans.open_of(loan.contact_id, ("return_declared",)))
    return Returned(loan.item, back, max(back - loan.lent_at, NOTHING), late, left, missing, waiting)


def to_borrower(loan: Loan, message: Message, key: str, choices: Rows = ()) -> Say:
    return Say(message=message, to=To.CONTACT, contact_id=loan.contact_id, loan=loan, key=key, choices=choices)


# --- cards ---------------------------------------------------------------------------------------


def loan_card(tx: Tx, loan: Loan, by: str = "", note: str = "") -> LoanCard:
    """A loan's card as it stands now. `by`: who did the last act."""
    desk = tx.departments.get(loan.department_id)
    reach = tx.speech.reach(loan.contact_id, desk) if loan.state in (LoanState.ACTIVE, LoanState.REQUESTED) else "ok"
    back = loan.returned_at
    kept = tx.holds.ready_of(loan.item_id) if loan.state is LoanState.RETURNED else None
    pictures = tx.media.of_loan(loan.id) if loan.state is not LoanState.REQUESTED else []
    pieces = tx.pieces.of_loan(loan.id, loan.item_id)
    return LoanCard(
        item=loan.item,
        code=loan.code,
        borrower=loan.borrower,
        due_at=loan.due_at,
        loan_class=loan_class(loan.lent_at, loan.due_at, desk.rules).value,
        state=_stage(tx, loan),
        number=loan.number,
        by=by,
        at=loan.declared_at if loan.state is LoanState.RETURN_DECLARED else tx.now,
        phone=phone_of(tx, loan.contact_id),
        reach=reach,
        links=() if reach == "ok" else tx.desk.links(),
        note=note,
        late=tx.now - loan.due_at if loan.state in OUT and tx.now > loan.due_at else NOTHING,
        out_for=back - loan.lent_at if back else NOTHING,
        photos=sum(1 for p in pictures if p.state != "failed"),
        photos_lost=sum(1 for p in pictures if p.state == "failed"),
        kept_for=kept.name if kept else "",
        kept_until=kept.expires_at if kept else None,
        pieces=tuple(replace(p, missing=0) for p in pieces) if loan.state in OPEN else (),
        missing=tuple(p for p in pieces if p.missing),
        shut=is_shut(loan, desk),
    )


def is_shut(loan: Loan, desk: Department) -> bool:
    """Whether a loan that nobody is late with yet is due on a day on which the desk does not open."""
    coming = loan.state in (LoanState.ACTIVE, LoanState.REQUESTED)
    return coming and not is_open_day(loan.due_at.astimezone(desk.zone).date(), desk.rules)


def _stage(tx: Tx, loan: Loan) -> str:
    """The loan's state, or "withdrawn" for a request that its borrower took back: that was never a loan."""
    asked_only = loan.state is LoanState.CANCELLED and not tx.loans.was_lent(loan.id)
    return "withdrawn" if asked_only else loan.state.value


def words_card(heard: Heard) -> Say:
    """What somebody wrote, on a card: the team reads it and answers."""
    words = PersonWrites(heard.contact.name, heard.text.strip()[:LONGEST_QUOTE])
    return Say(message=words, to=To.STAFF, card=words_card_of(heard.contact.id, heard.letter_id))


def address_shown(tx: Tx, address: Address) -> str:
    """An address as people write it; empty where its value says nothing to them (Telegram)."""
    return "" if address.channel == "telegram" else phone_shown(address.value, tx.desk.region)


def phone_of(tx: Tx, contact_id: int) -> str:
    """A person's number as people write it, empty when none is known."""
    found = [a.value for a in tx.people.addresses(contact_id) if a.channel in BY_NUMBER]
    return next((phone_shown(v, tx.desk.region) for v in found if v.startswith("+")), "")


BUTTONS: dict[LoanState, Rows] = {
    LoanState.REQUESTED: ((Choice("loan.approve", label="approve"), Choice("loan.refuse", label="refuse")),),
    LoanState.ACTIVE: ((Choice("loan.back", label="return"), Choice("loan.cancel", label="cancel")),),
    LoanState.RETURN_DECLARED: (
        (Choice("loan.confirm", label="confirm"), Choice("loan.problem", label="problem")),
        (Choice("loan.contest", label="not_returned"),),
    ),
}


def card_choices(tx: Tx, loan: Loan) -> Rows:
    """The buttons a loan's card has in its present state; none when it is over."""
    kept = tx.holds.ready_of(loan.item_id) if loan.state is LoanState.RETURNED else None
    if kept is not None:
        return ((lend_button(kept),), *pieces_choices(tx, loan))
    rows = BUTTONS.get(loan.state, ())
    made = tuple(tuple(Choice(c.act, (loan.id,), c.label) for c in row) for row in rows)
    return (*made, *pieces_choices(tx, loan))


def pieces_choices(tx: Tx, loan: Loan) -> Rows:
    """[Il manque…] while a kit is out; once it is back, [Retrouvé] for each piece that is waited for."""
    if loan.state in OUT and tx.pieces.of_item(loan.item_id):
        return ((Choice("loan.lacks", (loan.id,), "lacks"),),)
    if loan.state not in (LoanState.RETURNED, LoanState.DAMAGED):
        return ()
    owed = [o for o in tx.pieces.owed_of(loan.item_id) if o.loan_id == loan.id]
    return found_buttons(owed, tx.departments.get(loan.department_id).language) if owed else ()


def lend_button(kept: Hold) -> Choice:
    """[Prêter] to who an item is kept for: as in /pret with item and person known."""
    return Choice("lend.who", (kept.item_id, kept.contact_id, 0), "lend")


def card(tx: Tx, loan: Loan, by: str = "", *, replace: bool = False, note: str = "") -> Say:
    """The loan's card in the group, written or written over."""
    return Say(
        message=loan_card(tx, loan, by, note),
        to=To.STAFF,
        department_id=loan.department_id,
        loan=loan,
        choices=card_choices(tx, loan),
        card=card_of(loan.id),
        replace=replace,
    )


def on_button(loan: Loan) -> str:
    """The thing and who has it; by its code where a button has no room for both."""
    whole = f"{loan.item} · {loan.borrower}"
    return whole if len(whole) <= WIDEST else f"{loan.code} · {loan.borrower}"[:WIDEST]


def rows_out(tx: Tx, department_id: int, act: str) -> Rows:
    """One button for each of the first loans that are out, for a command that named none."""
    out = tx.loans.out(department_id, MOST_ROWS)
    return tuple((Choice(act, (loan.id,), text=on_button(loan)),) for loan in out)


def return_card(tx: Tx, loan: Loan, by: str = "", *, note: str) -> Say:
    """A new card for a declared return: an edited message would notify nobody."""
    return Say(
        message=loan_card(tx, loan, by, note),
        to=To.STAFF,
        department_id=loan.department_id,
        loan=loan,
        choices=card_choices(tx, loan),
        card=return_card_of(loan.id, loan.declared_at),
    )


def _contested(returned: Say) -> Say:
    """The card of a return that was none, beside the loan's own: one of them has the buttons."""
    assert isinstance(returned.message, LoanCard)
    return replace(returned, message=replace(returned.message, state="contested"), choices=())


def quiet_card(tx: Tx, loan: Loan) -> list[Say]:
    """The loan's first card brought up to date, if the group has one."""
    known = tx.cards.known(tx.departments.get(loan.department_id).chat, card_of(loan.id))
    return [card(tx, loan)] if known else []


def all_cards(tx: Tx, loan: Loan, by: str = "", note: str = "") -> list[Say]:
    """Every card the group has of this loan, brought up to date."""
    chat = tx.departments.get(loan.department_id).chat
    says = [card(tx, loan, by, note=note)] if tx.cards.known(chat, card_of(loan.id)) else []
    if tx.cards.known(chat, return_card_of(loan.id, loan.declared_at)):
        returned = return_card(tx, loan, by, note=note)
        says.append(_contested(returned) if says and loan.state is LoanState.ACTIVE else returned)
    return says or [card(tx, loan, by, note=note)]


def pressed_loan(tx: Tx, heard: Heard, choice: Choice, *states: LoanState) -> Loan | list[Say]:
    """The loan a staff's button is about (its first argument), in one of these states if any are given; else what to
    say to who may not press it, or came too late."""
    loan = tx.loans.get(int(choice.args[0]))
    if not is_staff(tx, heard, loan.department_id):
        return refused(heard)
    return loan if not states or loan.state in states else stale(tx, heard, loan)


def stale(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """A button whose time is over: a kind word, the card brought up to date, nothing changed."""
    return [too_late(), *([_as_it_stands(tx, loan)] if not heard.private else [])]


def _as_it_stands(tx: Tx, loan: Loan) -> Say:
    """The card drawn anew by a press that changed nothing: it still names who brought the loan where it is."""
    shown = card(tx, loan)
    acts = {LoanState.ACTIVE: LENT_OR_MOVED, LoanState.RETURN_DECLARED: ()}.get(loan.state, (loan.state.value,))
    last = tx.loans.who_last(loan.id, acts)
    channel, _, value = last[0].partition(":") if last else ("", "", "")
    known = tx.people.find_address(channel, value) if value else None
    if last is None or known is None:
        return shown
    assert isinstance(shown.message, LoanCard)
    return replace(shown, message=replace(shown.message, by=tx.people.get(known.contact_id).name, at=last[1]))
