"""Words typed in reply to a loan's card act like its buttons: the same acts, the same rights, the same answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.core.conversation import Choice, Heard, Say, To
from bot.core.debt_words import read_terms
from bot.core.due import Due
from bot.core.errors import Gone
from bot.core.intents import Command, Intent, Understood, understand
from bot.core.loans import OUT, Loan, LoanState
from bot.core.messages import Done, Stale
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers import extend, lend, overview, taking_back
from handlers.debt_showing import today
from handlers.rights import is_staff, name_of, refused, who
from handlers.showing import all_cards
from handlers.staff_words import parts_of, parts_typed

LONGEST_NOTE = 300
LONGEST_WORD = 3  # words: "oui, accepté" is an answer, "oui mais attends un peu" is talk among colleagues

Act = Callable[[Tx, Heard, Choice], list[Say]]
ACTS: Mapping[str, tuple[Act, str]] = {
    "back": (taking_back.back_button, "returned"),
    "confirm": (taking_back.confirm, "confirmed"),
    "problem": (taking_back.problem, "problem"),
    "contest": (taking_back.contest, "contested"),
    "cancel": (lend.cancel, "cancelled"),
    "approve": (lend.approve, "approved"),
    "refuse": (lend.refuse, "refused"),
    "remind": (overview.remind_now, "remind"),
    "grant": (extend.granted, "granted"),
    "deny": (extend.denied, "refused"),
}
YES = frozenset({"oui", "accepter", "accepte", "approuver", "approuve", "yes", "accept", "accepted", "approve"})
NO = frozenset({"non", "refuser", "refuse", "no", "refused"})
# What a button says, by the state of the loan: these words mean nothing to a borrower's reader.
TYPED: Mapping[LoanState, Mapping[str, frozenset[str]]] = {
    LoanState.REQUESTED: {"approve": YES, "refuse": NO},
    LoanState.ACTIVE: {
        "remind": frozenset({"relancer", "relance", "relancez", "remind"}),
        "cancel": frozenset({"cancel", "withdraw"}),
    },
    LoanState.RETURN_DECLARED: {
        "confirm": frozenset({"oui", "confirmer", "confirme", "yes", "confirm", "confirmed"}),
        "contest": frozenset({"non", "no"}),
    },
}
MEANT: Mapping[LoanState, Mapping[Intent, str]] = {
    LoanState.REQUESTED: {},
    LoanState.ACTIVE: {Intent.RETURN: "back", Intent.CANCEL: "cancel"},
    LoanState.RETURN_DECLARED: {Intent.RETURN: "confirm", Intent.PROBLEM: "problem", Intent.NOT_RETURN: "contest"},
}
ABOUT_A_LOAN = frozenset({Intent.RETURN, Intent.EXTEND, Intent.CANCEL, Intent.PROBLEM})

# Without a name of its own such a command means the loan of the card replied to, or who has it.
OF_THE_LOAN = frozenset({Command.RETURNED, Command.EXTEND, Command.REMIND, Command.HISTORY, Command.ITEM})
OF_THE_BORROWER = frozenset({Command.PERSON, Command.LINK, Command.FORGET, Command.DEBT, Command.PAID})
MONEY = frozenset({Command.DEBT, Command.PAID})


def loan_shown(tx: Tx, heard: Heard) -> int | None:
    """The loan that the message replied to shows: its card, or its page with buttons."""
    replied = heard.inbound.on_message
    if not (heard.inbound.group and heard.inbound.reply_to_bot and replied):
        return None
    kind, number, *_ = [*(tx.cards.subject_of(heard.inbound.chat, replied) or "").split(":"), ""]
    if kind in ("loan", "return", "extend") and number.isdigit():
        return int(number)
    return None if kind else tx.outbox.loan_of(heard.inbound.channel, replied)


def completed(tx: Tx, heard: Heard, command: Command, words: str) -> str:
    """`/prolonger lundi` in reply to a loan's card means that loan, `/dette 20` its borrower. What names a thing or
    somebody by itself stays as it is."""
    shown = loan_shown(tx, heard) if command in OF_THE_LOAN | OF_THE_BORROWER else None
    if shown is None or _named(tx, heard, command, words):
        return words
    loan = tx.loans.get(shown)
    whose = loan.code if command in OF_THE_LOAN else tx.people.get(loan.contact_id).name
    return f"{whose} {words}".strip()


def _named(tx: Tx, heard: Heard, command: Command, words: str) -> str:
    """What remains of a command's words without its time and its amount."""
    if command in MONEY:
        terms = read_terms(words, heard.department.rules.currency, today(tx, heard.department), tx.desk.region)
        return terms.phone or terms.reference or terms.unread or parts_typed(tx, heard, terms.words).words.strip()
    if command is Command.EXTEND:
        return parts_of(words, now=heard.at, department=heard.department).words.strip()
    return words.strip()


def reply(tx: Tx, heard: Heard, subject: str) -> list[Say] | None:
    """What the words do to the loan of the card; nothing for talk among colleagues. None for another kind of card."""
    kind, number, *rest = [*subject.split(":"), ""]
    if kind not in ("loan", "return", "extend") or not number.isdigit():
        return None
    try:
        loan = tx.loans.get(int(number))
    except Gone:
        return [Say(message=Stale())]
    if not is_staff(tx, heard, loan.department_id):
        return refused(heard)
    if kind == "extend":
        return _decide(tx, heard, loan, rest)
    return _on_loan(tx, heard, loan)


def _decide(tx: Tx, heard: Heard, loan: Loan, rest: list[str]) -> list[Say]:
    """The card of a request for more time."""
    typed = words_of(heard.text)
    if not 0 < len(typed) <= LONGEST_WORD or not rest[0].isdigit():
        return []
    yes, no = YES | {"accorder", "accorde", "grant", "granted"}, NO
    act = "grant" if typed[0] in yes else "deny" if typed[0] in no else ""
    return _done(tx, heard, act, loan, int(rest[0])) if act else []


def _on_loan(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    said = _understood(heard)
    if loan.state in OUT and said.intent is Intent.RETURN and taking_back.note_missing(tx, said, loan):
        return _done(tx, heard, MEANT[loan.state][Intent.RETURN], loan)
    act = _typed(heard, loan) or (MEANT.get(loan.state, {}).get(said.intent, "") if said.certainty == "act" else "")
    if act == "problem":
        return [Say(message=Done("problem")), *taking_back.came_back_wrong(tx, heard, loan, _note(heard))]
    if act:
        return _done(tx, heard, act, loan)
    time_alone = said.intent is Intent.UNKNOWN and isinstance(said.due, Due) and not said.rest
    if said.intent not in ABOUT_A_LOAN and not time_alone:
        return []
    if loan.state is LoanState.ACTIVE and said.certainty == "act" and not time_alone:
        return _extended(tx, heard, loan) if said.intent is Intent.EXTEND else _problem(tx, heard, loan)
    # A question never acts, what is over cannot be moved, and a time alone may be talk among colleagues: how the loan
    # stands, with its buttons.
    return overview.show(tx, heard, Choice("loan.show", (loan.id,)))


def _understood(heard: Heard) -> Understood:
    desk = heard.department
    now = heard.at.astimezone(desk.zone)
    return understand(heard.text, language=desk.language, now=now, closing=desk.rules.closing)


def _typed(heard: Heard, loan: Loan) -> str:
    typed = words_of(heard.text)
    if not 0 < len(typed) <= LONGEST_WORD:
        return ""
    return next((act for act, known in TYPED.get(loan.state, {}).items() if typed[0] in known), "")


def _done(tx: Tx, heard: Heard, act: str, loan: Loan, *args: int) -> list[Say]:
    """As if the button were pressed; the short word that stands over a button is written instead."""
    press, word = ACTS[act]
    says = [replace(s, to=To.HERE) if s.to is To.PRESS else s for s in press(tx, heard, Choice(act, (loan.id, *args)))]
    spoken = any(say.to is To.HERE for say in says)
    return says if spoken else [Say(message=Done(word)), *says]


def _extended(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """The time is in the words; without one it is offered by buttons."""
    says = extend.extend_by_words(tx, heard, loan, heard.text)
    if says and not any(say.to is To.HERE for say in says):
        says = [Say(message=Done("extend")), *says]
    return says or overview.until(tx, heard, Choice("loan.until", (loan.id,)))


def _problem(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """Something about a loan that still runs: kept in its history and shown on its card."""
    tx.loans.note(loan.id, "problem", who(heard), _note(heard))
    return [Say(message=Done("problem")), *all_cards(tx, loan, name_of(heard), _note(heard))]


def _note(heard: Heard) -> str:
    return " ".join(heard.text.split())[:LONGEST_NOTE]
