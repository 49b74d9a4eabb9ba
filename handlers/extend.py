"""More time: granted within the rule, else staff are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.conversation import UNDO_LASTS, Choice, Heard, Rows, Say, To, echo
from bot.core.due import Due, Unclear
from bot.core.intents import Understood
from bot.core.loans import Loan, LoanState
from bot.core.messages import (
    DueUnclear,
    Extended,
    ExtendUntil,
    ExtensionAsked,
    ExtensionCard,
    ExtensionRefused,
    Message,
    Usage,
    WhichExtend,
)
from bot.core.schedule import later
from bot.store import Tx
from handlers import several
from handlers.borrow import read_time, time_alone
from handlers.choosing import ask_which, meant, names_another, none_such
from handlers.declaring import declared_before, none_active
from handlers.ends import meant_by, said
from handlers.lend import LATEST
from handlers.named_loans import loans_named, several_named, to_choose
from handlers.own_loans import own_loans
from handlers.planning import replan
from handlers.rights import name_of, who
from handlers.showing import all_cards, is_shut, loan_card, own_lines, pressed_loan, rows_out, stale, to_borrower
from handlers.staff_words import parts_of, parts_typed
from handlers.toasts import toast
from handlers.waiting import awaited

LONGEST_MORE = 10**8  # seconds, three years: as `LATEST`, for a button that is forged
OFFERED = (("day_more", timedelta(days=1)), ("two_days_more", timedelta(days=2)), ("week_more", timedelta(days=7)))


# --- the borrower --------------------------------------------------------------------------------


def ask_more(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """PROLONGER [which] [until]"""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    if not active:
        return none_active(tx, heard, declared_before(tx, heard, said))
    which = meant(tx, heard, said, active)
    if which is None:
        return none_such(heard, said.rest or ", ".join(map(str, said.numbers)), active)
    if which and names_another(said, which):
        return none_such(heard, said.thing, active)
    if len(which) > 1 and said.certainty == "act":
        return _each(tx, heard, which, timed=said.due is not None)
    if len(which) != 1:
        return [ask_which(WhichExtend(own_lines(tx, heard, active)), "mine.extend", active)]
    return more_time(tx, heard, which[0])


def _each(tx: Tx, heard: Heard, loans: Sequence[Loan], *, timed: bool) -> list[Say]:
    """ "Prolonger 1 et 2 jusqu'à lundi": each is answered for, and one ANNULER takes all of it back. Without a time it
    is asked of one after the other."""
    asked = [(heard if timed else heard.saying(f"PROLONGER {loan.number}"), loan) for loan in loans]
    return several.each(tx, heard, asked, lambda tx, one, loan, _: more_time(tx, one, loan))


def more_time(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """The loan is known; "un jour de plus" counts from its due time. Its own desk's clock and rules hold."""
    heard = replace(heard, department=tx.departments.get(loan.department_id))
    if awaited(tx, loan.item_id, loan.contact_id):
        return [_promised(heard, loan)]
    timed = read_time(heard, base=loan.due_at.astimezone(heard.department.zone))
    if timed is None:
        return [ask_until(loan)]
    if isinstance(timed[0], Unclear):
        return [ask_until(loan, DueUnclear(time_alone(heard), timed[0].why), _meant(heard, loan, timed[0]))]
    return extend_to(tx, heard, loan, loan.due_at if _said_twice(tx, heard, loan) else timed[0].at)


def _said_twice(tx: Tx, heard: Heard, loan: Loan) -> bool:
    """ "Jusqu'à dimanche", said again of what has just been prolonged until Sunday, is not the Sunday after."""
    last, now = tx.loans.last_act(heard.contact.id), read_time(heard)
    just = last is not None and last[0] == "extension" and last[1].get("loan") == loan.id
    return just and now is not None and isinstance(now[0], Due) and now[0].at == loan.due_at


def _meant(heard: Heard, loan: Loan, due: Unclear) -> Rows:
    """What an unclear time may mean, as lengths by the clock on the wall."""
    zone = heard.department.zone
    was = loan.due_at.astimezone(zone).replace(tzinfo=None)
    lengths = [(at, at.replace(tzinfo=None) - was) for at in meant_by(heard, due) if at > loan.due_at]
    return tuple(
        (Choice("mine.until_more", (loan.id, int(length.total_seconds())), text=said(heard, at)),)
        for at, length in lengths
    )


def ask_until(loan: Loan, message: Message | None = None, perhaps: Rows = ()) -> Say:
    usual = tuple((Choice("mine.until_more", (loan.id, int(t.total_seconds())), label),) for label, t in OFFERED)
    choices = perhaps if len(perhaps) > 1 else (*perhaps, *usual)
    asked = message or ExtendUntil(loan.item, loan.due_at)
    facts = {"loan": loan.id}
    return Say(message=asked, choices=choices, ask="extend_until", facts=facts, department_id=loan.department_id)


def extend_to(tx: Tx, heard: Heard, loan: Loan, due_at: datetime) -> list[Say]:
    """Grant, ask staff, or say why not."""
    rules, loan = heard.department.rules, tx.loans.hold(loan)
    if loan.state is not LoanState.ACTIVE:  # taken back in this moment
        return own_loans(tx, heard)
    if due_at <= max(loan.due_at, heard.at):
        return [Say(message=ExtensionRefused(loan.item, loan.due_at, "not_later"), department_id=loan.department_id)]
    if awaited(tx, loan.item_id, loan.contact_id):
        return [_promised(heard, loan)]
    late = heard.at > loan.due_at
    if late or due_at - loan.due_at > rules.extend_up_to or loan.extensions >= rules.extend_times:
        return _ask_staff(tx, heard, loan, due_at)
    was = loan.due_at
    loan = grant(tx, loan, due_at, who(heard))
    times = {"was": was.isoformat(), "due": loan.due_at.isoformat()}
    tx.loans.remember_undo(heard.contact.id, "extension", heard.at + UNDO_LASTS, loan=loan.id, **times)
    told = Extended(loan.item, loan.due_at, was, shut=is_shut(loan, heard.department))
    return [Say(message=told, loan=loan), *all_cards(tx, loan, heard.contact.name)]


def _promised(heard: Heard, loan: Loan) -> Say:
    """Somebody waits for it from the due time on; it can be reserved anew for after them."""
    told = ExtensionRefused(loan.item, loan.due_at, "awaited", contact_line=heard.department.contact_line)
    return Say(message=told, department_id=loan.department_id)


def grant(tx: Tx, loan: Loan, due_at: datetime, by: str) -> Loan:
    """Same loan, new due time, history kept, planned anew. Raises as `Tx.overtaken` tells when it came back, or its due
    time moved, since it was read."""
    now = tx.loans.hold(loan)
    if now.state is not loan.state or now.due_at != loan.due_at:
        raise tx.overtaken(f"loan {loan.id} has moved on")
    tx.loans.note(loan.id, "extended", by, was=loan.due_at.isoformat(), due=due_at.isoformat())
    loan = tx.loans.change(loan.id, due_at=due_at, extensions=loan.extensions + 1, escalated=0)
    return replan(tx, loan, "extended")


def _ask_staff(tx: Tx, heard: Heard, loan: Loan, due_at: datetime) -> list[Say]:
    asked = ExtensionCard(loan.item, loan.borrower, loan.due_at, due_at)
    stamp = int(due_at.timestamp())
    replaced = _asked_before(tx, heard, loan, stamp)
    tx.loans.remember_undo(heard.contact.id, "extension_asked", heard.at + UNDO_LASTS, loan=loan.id, stamp=stamp)
    choices = (
        Choice("loan.more", (loan.id, stamp), "grant"),
        Choice("loan.no_more", (loan.id, stamp), "refuse"),
    )
    staff = Say(
        message=asked, to=To.STAFF, department_id=loan.department_id, loan=loan, choices=(choices,),
        card=_subject(loan, stamp),
    )  # fmt: skip
    return [Say(message=ExtensionAsked(loan.item, due_at), department_id=loan.department_id), *replaced, staff]


def _asked_before(tx: Tx, heard: Heard, loan: Loan, stamp: int) -> list[Say]:
    """Asked for another time a moment ago: one card of the two is left for staff to decide on."""
    what, facts = tx.loans.last_act(heard.contact.id) or ("", {})
    again = what == "extension_asked" and facts["loan"] == loan.id and facts["stamp"] != stamp
    return withdraw(tx, loan, facts["stamp"]) if again else []


def _subject(loan: Loan, stamp: int) -> str:
    return f"extend:{loan.id}:{stamp}"


def _last_word(tx: Tx, loan: Loan, stamp: int, message: ExtensionCard) -> Say:
    """The request's card as it stays. It goes on under another subject: a button on a screen that was not drawn anew
    finds nothing left to decide."""
    chat, subject = tx.departments.get(loan.department_id).chat, _subject(loan, stamp)
    shown = tx.cards.message_of(chat, subject)
    tx.cards.forget(chat, subject)
    if shown:
        tx.cards.shown(chat, f"{subject}:over", shown)
    return Say(
        message=message, to=To.STAFF, department_id=loan.department_id, card=f"{subject}:over", replace=True, loan=loan
    )


def withdraw(tx: Tx, loan: Loan, stamp: int) -> list[Say]:
    """ANNULER after asking for more time; nothing when staff have answered meanwhile."""
    desk = tx.departments.get(loan.department_id)
    if loan.state is not LoanState.ACTIVE or not tx.cards.known(desk.chat, _subject(loan, stamp)):
        return []
    until = datetime.fromtimestamp(stamp, desk.zone)
    return [_last_word(tx, loan, stamp, ExtensionCard(loan.item, loan.borrower, loan.due_at, until, "withdrawn"))]


def chose_loan(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    loan = mine(tx, heard, choice.args[0])
    if loan is not None and awaited(tx, loan.item_id, loan.contact_id):
        return [_promised(heard, loan)]
    return [ask_until(loan)] if loan else own_loans(tx, heard)


def chose_end(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    loan = mine(tx, heard, choice.args[0])
    if loan is None:
        return own_loans(tx, heard)
    length = timedelta(seconds=min(int(choice.args[1]), LONGEST_MORE))
    heard = replace(heard, department=tx.departments.get(loan.department_id))
    return extend_to(tx, heard, loan, later(loan.due_at, length, heard.department.zone))


def typed_end(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    loan = mine(tx, heard, facts["loan"])
    if loan is None:
        return own_loans(tx, heard)
    if read_time(heard) is None and not awaited(tx, loan.item_id, loan.contact_id):
        return [ask_until(loan, DueUnclear(echo(heard.text), "nothing"))]
    return more_time(tx, heard, loan)


def mine(tx: Tx, heard: Heard, loan_id: object) -> Loan | None:
    """That loan if it is this person's and out; what is somebody else's does not exist for them."""
    return next((x for x in tx.loans.open_of(heard.contact.id, ("active",)) if x.id == loan_id), None)


# --- staff ---------------------------------------------------------------------------------------


def granted(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Accorder]: staff give the time that was asked for."""
    return _decide(tx, heard, choice, yes=True)


def denied(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Refuser]: the due time stays, and the borrower is told."""
    return _decide(tx, heard, choice, yes=False)


def _decide(tx: Tx, heard: Heard, choice: Choice, *, yes: bool) -> list[Say]:
    loan = pressed_loan(tx, heard, choice)
    if isinstance(loan, list):
        return loan
    stamp = min(int(choice.args[1]), LATEST)
    due_at = datetime.fromtimestamp(stamp, heard.department.zone)
    desk = tx.departments.get(loan.department_id)
    open_still = tx.cards.known(desk.chat, _subject(loan, stamp))
    if not open_still:
        return stale(tx, heard, loan)
    if loan.state is not LoanState.ACTIVE or due_at <= max(loan.due_at, heard.at):
        over = ExtensionCard(loan.item, loan.borrower, loan.due_at, due_at, "withdrawn")
        return [*stale(tx, heard, loan), _last_word(tx, loan, stamp, over)]
    was = loan.due_at
    if yes:
        loan = grant(tx, loan, due_at, who(heard))
    done = ExtensionCard(loan.item, loan.borrower, was, due_at, "granted" if yes else "refused", name_of(heard))
    told = (
        Extended(loan.item, due_at, was, by_staff=True)
        if yes
        else ExtensionRefused(loan.item, was, "staff", contact_line=desk.contact_line)
    )
    key = f"in:{heard.letter_id}:extension:{loan.id}"
    cards = all_cards(tx, loan, name_of(heard)) if yes else []
    return [
        toast("granted" if yes else "refused"),
        _last_word(tx, loan, stamp, done),
        to_borrower(loan, told, key),
        *cards,
    ]


def extend_command(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/prolonger PERC-001 lundi 18h, or by buttons what of it is missing."""
    if not words.strip():
        return [Say(message=Usage("extend"), choices=rows_out(tx, heard.department.id, "loan.until"))]
    parts = parts_typed(tx, heard, words)
    time = words.replace(parts.words, " ") if parts.words else words  # a name may be a word of time: Noël, Tom
    together = several_named(tx, heard, parts.words) if parts.due is not None else []
    if together and all(loan.state is LoanState.ACTIVE for loan in together):
        return [say for loan in together for say in extend_by_words(tx, heard, loan, time)]
    found = loans_named(tx, heard, parts.words) if parts.words else []
    if isinstance(found, Say):
        return [found]
    active = [loan for loan in found if loan.state is LoanState.ACTIVE]
    if len(active) != 1:
        return [Say(message=Usage("extend"), choices=to_choose(active, "loan.show"))]
    loan = active[0]
    card = Say(message=loan_card(tx, loan), loan=loan, choices=(offers(loan),))
    asked = _ask_end(loan, time, parts.due.why) if isinstance(parts.due, Unclear) else card
    return extend_by_words(tx, heard, loan, time) or [asked]


def offers(loan: Loan) -> tuple[Choice, ...]:
    """How much longer staff may give a loan, as buttons."""
    return tuple(Choice("loan.until", (loan.id, int(t.total_seconds())), label) for label, t in OFFERED)


def _ask_end(loan: Loan, words: str, why: str) -> Say:
    unclear = DueUnclear(echo(words.strip()), why)
    return Say(message=unclear, choices=(offers(loan),), ask="more_until", facts={"loan": loan.id})


def typed_more(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    """The time that staff were asked for."""
    loan = tx.loans.get(int(str(facts["loan"])))
    if loan.state is not LoanState.ACTIVE:  # it came back meanwhile
        return [Say(message=loan_card(tx, loan), loan=loan)]
    due = parts_of(heard.text, now=heard.at, department=heard.department).due
    why = due.why if isinstance(due, Unclear) else "nothing"
    return extend_by_words(tx, heard, loan, heard.text) or [_ask_end(loan, heard.text, why)]


def extend_by_words(tx: Tx, heard: Heard, loan: Loan, words: str) -> list[Say]:
    """Staff give an active loan the time that the words say; nothing when they say none. "Un jour de plus" counts
    from its due time."""
    base = loan.due_at.astimezone(heard.department.zone)
    due = parts_of(words, now=heard.at, department=heard.department, base=base).due
    past = isinstance(due, Unclear) and due.why == "past"
    if not isinstance(due, Due) and not past:
        return []
    if not isinstance(due, Due) or due.at <= heard.at:
        return [Say(message=ExtensionRefused(loan.item, loan.due_at, "past"))]
    was = loan.due_at
    loan = grant(tx, loan, due.at, who(heard))
    told = to_borrower(
        loan, Extended(loan.item, loan.due_at, was, by_staff=True), f"in:{heard.letter_id}:extended:{loan.id}"
    )
    return [*all_cards(tx, loan, name_of(heard)), told]
