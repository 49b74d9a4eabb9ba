"""Giving back: the borrower says RENDU, staff confirm, contest, or see a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.conversation import UNDO_LASTS, Choice, Heard, Say, To, echo
from bot.core.due import Due
from bot.core.duetime import chosen_of, holds_time
from bot.core.finding import Named, find
from bot.core.intent import Remainder
from bot.core.intents import Intent, Understood, read_answer, understand
from bot.core.items import ItemState
from bot.core.loans import OUT, Loan, LoanState
from bot.core.messages import (
    AlreadyDeclared,
    ConfirmReturn,
    ConfirmWish,
    ContactPerson,
    Done,
    LoanList,
    Message,
    NothingOut,
    ReturnContested,
    ReturnDeclared,
    ReturnProblem,
    Stale,
    StillOut,
    Usage,
    WhichReturn,
)
from bot.core.people import Role
from bot.core.spoken import clean
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers import lacking, photos
from handlers.choosing import all_told, ask_which, meant, names_another, none_such, through
from handlers.in_talk import was_asked
from handlers.named_loans import loans_named, to_choose, with_its_person
from handlers.own_loans import own_loans
from handlers.planning import replan
from handlers.rights import allowed, name_of, refused, role_in, who
from handlers.several import in_one
from handlers.showing import (
    all_cards,
    card,
    left_out,
    lines,
    quiet_card,
    receipt,
    return_card,
    rows_out,
    to_borrower,
    words_card,
)
from handlers.staff_words import BETWEEN, item_named, things_apart
from handlers.waiting import free_again

LONGEST_NOTE = 300
ASKED_TOGETHER = 5  # loans of one question: their numbers must fit in its button
LOOKED_FOR = frozenset({"return_contested"})
BUT = frozenset("mais contre cependant toutefois but however though".split())


# --- the borrower --------------------------------------------------------------------------------


def give_back(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """RENDU: one loan, several, or a question which."""
    photos.note(tx, heard)
    active = tx.loans.open_of(heard.contact.id, ("active",))
    if not active:
        return _nothing_active(tx, heard, said)
    before = declared_before(tx, heard, said, active)
    if before:
        return _told_again(tx, heard, said, before)
    if said.remainder is not None:
        answered = _not_whole(tx, heard, said, active)
        if answered is not None:
            return answered
    partly = None if _names_a_loan(said, active) else lacking.only_named(tx, said, heard.text, active)
    if partly is not None and said.certainty == "act":
        return declare(tx, heard, [partly.loan], missing={partly.loan.id: partly.missing})
    which = meant(tx, heard, said, active)
    if which is None:
        return none_such(heard, said.rest or ", ".join(map(str, said.numbers)), active)
    if which and said.certainty == "ask":
        return [_ask_first(which, note=_where(tx, heard))]
    if which and names_another(said, which):
        return [_ask_first(which, said.thing)]
    by_name = said.certainty == "act" and said.rest and not said.numbers
    told = all_told(heard.text, which, active) if by_name else which
    if not told:
        return which_is_back(tx, heard)
    return declare(tx, heard, told, note=_more_said(heard.text) or _where(tx, heard))


def _names_a_loan(said: Understood, active: Sequence[Loan]) -> bool:
    among = [Named(loan, loan.item, loan.code) for loan in active]
    by_name = any(find(part, among).sure for part in BETWEEN.split(said.rest))
    return by_name or bool(said.numbers) or said.everything


def _not_whole(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan]) -> list[Say] | None:
    """ "RENDU sauf le chargeur": a kit without some of its pieces. None when the words leave out nothing of a kit."""
    left_out, named = said.remainder, lacking.partly(tx, said, active)
    if left_out is None:
        return None
    if len(named) > 1:
        rows = tuple((_without(one),) for one in named)
        return [Say(message=WhichReturn(lines([one.loan for one in named], heard.at)), choices=rows)]
    if named:
        loans = active if left_out.of_all else [named[0].loan]
        return declare(tx, heard, loans, missing={named[0].loan.id: named[0].missing})
    others = _all_but(left_out, active)
    if others:
        return declare(tx, heard, others)
    which = meant(tx, heard, said, active) if left_out.sure else None
    if which and len(which) > 1 and left_out.lacks:  # "les deux, il manque le foret": of which, staff read on the cards
        return declare(tx, heard, which, note=heard.text.strip()[:LONGEST_NOTE])
    if not which or len(which) > 1:
        return None
    pieces = tx.pieces.of_loan(which[0].id, which[0].item_id)
    if pieces:
        return [lacking.which_missing(which[0], pieces)]
    # Something is missing of a thing that has no list of pieces: staff read the words on the card.
    told = left_out.lacks or left_out.words
    return declare(tx, heard, which, note=heard.text.strip()[:LONGEST_NOTE]) if told else None


def _all_but(left_out: Remainder, active: Sequence[Loan]) -> list[Loan]:
    """ "Tout rendu sauf l'échelle": the other loans, where those words name one of them."""
    if not (left_out.of_all and left_out.sure and left_out.words):
        return []
    kept = find(left_out.words, [Named(loan, loan.item, loan.code) for loan in active]).one
    return [loan for loan in active if loan is not kept] if kept else []


def _without(one: lacking.Partly) -> Choice:
    args = (one.loan.id, lacking.packed(one.missing))
    return Choice("mine.lacks", args, text=one.loan.item, number=one.loan.number)


def with_problem(tx: Tx, heard: Heard, said: Understood) -> list[Say] | None:
    """ "Rendu, mais elle fume": declared, and what is wrong stands on the same card. None when it is not clear what is
    back: then the problem is noted alone."""
    which = meant(tx, heard, said, tx.loans.open_of(heard.contact.id, ("active",)))
    if not which or len(which) > 1:
        return None
    photos.note(tx, heard)
    words = heard.text.strip()[:LONGEST_NOTE]
    tx.loans.note(which[0].id, "problem", who(heard), words)
    return declare(tx, heard, which, note=words, problem=True)


def _more_said(text: str) -> str:
    """ "Rendu, mais les freins sont faibles": what follows a *mais* is for staff to read, whatever it says."""
    return text.strip()[:LONGEST_NOTE] if BUT & set(words_of(text)) else ""


def _where(tx: Tx, heard: Heard) -> str:
    """ "Dans le casier bleu", after the team looked and found nothing: they read where."""
    told = len(heard.text.split()) > 1 and was_asked(tx, heard, LOOKED_FOR)
    return heard.text.strip()[:LONGEST_NOTE] if told else ""


def which_is_back(tx: Tx, heard: Heard) -> list[Say]:
    """The question which of several loans is back; nothing when none is out."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    if not active:
        return []
    return [ask_which(WhichReturn(lines(active, heard.at)), "mine.return", active, all_label="return_all")]


def is_it_back(tx: Tx, heard: Heard) -> list[Say]:
    """The question whether their loan is back, or which of several; nothing when none is out."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    return [_ask_first(active)] if len(active) == 1 else which_is_back(tx, heard)


def _nothing_active(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    declared = tx.loans.open_of(heard.contact.id, ("return_declared",))
    if declared and said.numbers and not any(loan.number in said.numbers for loan in declared):
        return none_such(heard, ", ".join(map(str, said.numbers)), ())
    if declared:
        return _told_again(tx, heard, said, declared)
    return lacking.brought(tx, heard, said) or _nothing_out(heard, said)


def _nothing_out(heard: Heard, said: Understood) -> list[Say]:
    """Nothing of theirs is out. What they name all the same may be lent without a word here, or left from a kit: the
    team reads it."""
    if not said.thing or said.certainty != "act":
        return [Say(message=NothingOut())]
    return _and_to_the_team(heard, NothingOut())


def _and_to_the_team(heard: Heard, answer: Message) -> list[Say]:
    """The answer, and that the team reads the words; the answer alone where there is no group to read them."""
    if not heard.department.chat:
        return [Say(message=answer)]
    return in_one([Say(message=answer), Say(message=ContactPerson("", "", True)), words_card(heard)])


def denied_late(tx: Tx, heard: Heard) -> list[Say]:
    """ "C'était une erreur, je ne l'ai pas rendue", after the ten minutes: the team, who would confirm it, reads that.
    Nothing without a declared return."""
    declared = tx.loans.open_of(heard.contact.id, ("return_declared",))
    told = len(heard.text.split()) > 1
    return _and_to_the_team(heard, _denied(tx, heard, declared)) if declared and told else []


def _told_again(tx: Tx, heard: Heard, said: Understood, declared: Sequence[Loan]) -> list[Say]:
    """Declared already; perhaps what is missing is said now, or shown on a photo."""
    named = lacking.partly(tx, said, declared)
    if len(named) == 1:
        return _amended(tx, heard, named[0])
    kept = find(said.remainder.words, [Named(x, x.item, x.code) for x in declared]).one if said.remainder else None
    if kept is not None:  # "la perceuse, mais pas le projecteur", of both
        return [Say(message=_denied(tx, heard, [kept]))]
    photos.keep(tx, heard, "return", declared)
    return [Say(message=AlreadyDeclared(tuple(loan.item for loan in declared)))]


def declared_before(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan] = ()) -> list[Loan]:
    """The loans declared earlier that these words name: "j'ai rendu la perceuse" said twice is not the ladder's return.
    Empty when they name none of them, or any of the active ones."""
    declared = tx.loans.open_of(heard.contact.id, ("return_declared",))
    if said.numbers:
        named = [loan for loan in declared if loan.number in said.numbers]
        return named if len(named) == len(set(said.numbers)) else []
    found = find(said.rest, [Named(loan, loan.item, loan.code) for loan in (*active, *declared)])
    if not found.sure:
        return lacking.holding(tx, said.rest, declared)
    return [found.sure[0]] if found.one is not None and found.one.state is LoanState.RETURN_DECLARED else []


def _amended(tx: Tx, heard: Heard, named: lacking.Partly) -> list[Say]:
    """Declared already, and now they say what is missing."""
    tx.pieces.say(named.loan.id, named.missing)
    answer = ReturnDeclared((named.loan.item,), left_out(tx, heard.contact.id), lacking.gone(tx, named.loan))
    return [Say(message=answer), *all_cards(tx, named.loan)]


def number_alone(tx: Tx, heard: Heard) -> list[Say] | None:
    """ "2", and nothing was offered under that number: is that loan back? None for words, and without loans."""
    answer = read_answer(heard.text)
    active = tx.loans.open_of(heard.contact.id, ("active",))
    if answer is None or not answer.numbers or answer.intents or not active:
        return None
    numbers = through(tx, heard, answer.numbers, heard.text)
    which = [loan for loan in active if loan.number in numbers]
    if len(which) != len(numbers):
        return none_such(heard, heard.text, active)
    return [_ask_first(which)] if len(which) == 1 else which_is_back(tx, heard)


def _ask_first(loans: Sequence[Loan], named: str = "", note: str = "") -> Say:
    """named: what they said was brought back, which is none of their loans. note: words of theirs that staff read once
    they say OUI."""
    loans = loans[:ASKED_TOGETHER]
    yes = Choice("mine.return", tuple(loan.id for loan in loans), "yes")
    return Say(
        message=ConfirmReturn(tuple(loan.item for loan in loans), echo(named)),
        choices=((yes, Choice("mine.nothing", label="no")),),
        facts={"note": note} if note else {},
    )


def declare(
    tx: Tx,
    heard: Heard,
    loans: Sequence[Loan],
    *,
    missing: Mapping[int, lacking.Missing] | None = None,
    note: str = "",
    problem: bool = False,
) -> list[Say]:
    """The borrower says it is back: reminders pause, staff get a card; or it is returned, where trusted.

    missing: loan → what of its pieces is not among it. note: words of theirs that staff should read, so
    that they look at it even where returns are trusted. problem: the note tells that something is wrong.
    """
    photos.keep(tx, heard, "return", loans)
    for loan in loans:
        tx.pieces.say(loan.id, (missing or {}).get(loan.id, lacking.NOTHING))
    if not (heard.department.rules.approve_returns or note):
        return [say for loan in loans for say in _trusted(tx, heard, loan)]
    said = [_declare_one(tx, heard, loan, note) for loan in loans]
    tx.loans.remember_undo(heard.contact.id, "return", heard.at + UNDO_LASTS, loans=[loan.id for loan in said])
    gone = tuple(piece for loan in said for piece in lacking.gone(tx, loan)) if missing else ()
    answer = ReturnDeclared(tuple(loan.item for loan in said), left_out(tx, heard.contact.id), gone, problem)
    cards = (s for loan in said for s in (return_card(tx, loan, note=note), *quiet_card(tx, loan)))
    return [Say(message=answer), *cards]


def _declare_one(tx: Tx, heard: Heard, loan: Loan, note: str) -> Loan:
    tx.plans.drop(loan.id, "return declared")
    return tx.loans.move(loan, LoanState.RETURN_DECLARED, who(heard), note, declared_at=heard.at, nudged_at=None)


def _trusted(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    tx.plans.drop(loan.id, "returned")
    loan = tx.loans.move(loan, LoanState.RETURNED, who(heard), returned_at=heard.at)
    missing = lacking.settle(tx, loan, who(heard))
    free = free_again(tx, loan.item_id)
    return [
        Say(message=receipt(tx, loan, missing), loan=loan),
        *all_cards(tx, loan, heard.contact.name),
        *free,
    ]


def choose_return(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A loan chosen from the list, those of a question, or all of them."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    which = active if choice.args[:1] == ("all",) else [loan for loan in active if loan.id in choice.args]
    note = str(heard.question.facts.get("note", "")) if heard.question else ""
    return declare(tx, heard, which, note=note) if which else _none_of_these(tx, heard, active)


def _none_of_these(tx: Tx, heard: Heard, active: Sequence[Loan]) -> list[Say]:
    """A button of a loan that is over by now, or was never theirs; others of theirs may well be out."""
    return own_loans(tx, heard) if active else _nothing_active(tx, heard, Understood(Intent.RETURN))


def choose_missing(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A piece that stays out, chosen from the list; or the kit that was meant."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    loans = [loan for loan in active if loan.id == choice.args[0]]
    if not loans:
        return _none_of_these(tx, heard, active)
    known = {piece.id: piece.count for piece in tx.pieces.of_loan(loans[0].id, loans[0].item_id)}
    wanted = lacking.unpacked(choice.args[1])
    missing = {piece: min(count, known[piece]) for piece, count in wanted.items() if piece in known}
    return declare(tx, heard, loans, missing={loans[0].id: missing})


def not_yet(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """ "Pas encore rendu": nothing changes; the due date is said again."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    before = declared_before(tx, heard, said, active)
    if before or not active:
        return none_active(tx, heard, before)
    return [_longer(tx, heard, said, active) or Say(message=_still_out(tx, heard, said, active))]


def none_active(tx: Tx, heard: Heard, named: Sequence[Loan] = ()) -> list[Say]:
    """Nothing is out but perhaps what they declared returned (`named`, or all of it), and how to take that back."""
    declared = named or tx.loans.open_of(heard.contact.id, ("return_declared",))
    awaited = lacking.told(tx.pieces.owed_by(heard.contact.id)) if not declared else ()
    if awaited:
        return [Say(message=LoanList((), awaited=awaited))]
    if not declared:
        return [Say(message=NothingOut())]
    denied = _denied(tx, heard, declared)
    return [Say(message=denied)] if denied.undoable else _and_to_the_team(heard, denied)


def _still_out(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan]) -> StillOut:
    which = _one_meant(tx, heard, said, active)
    shown = active if which is None else [which]
    at = _comes_back(heard, said)
    sooner = at is not None and all(at <= loan.due_at for loan in shown)
    asked = at is not None and "?" in heard.text
    line = heard.department.contact_line if asked else ""
    return StillOut(
        lines(shown, heard.at), sooner=sooner and (asked or len(shown) == 1), asked=asked, contact_line=line
    )


def _one_meant(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan]) -> Loan | None:
    """The loan that is spoken of; of several that are not named, the one that is late."""
    which = meant(tx, heard, said, active) or []
    late = [loan for loan in active if loan.due_at < heard.at]
    return which[0] if len(which) == 1 else late[0] if not which and len(late) == 1 else None


def _longer(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan]) -> Say | None:
    """ "Je la rapporte lundi", and it is due on Friday: may it be prolonged until then? None where that is no wish for
    more time, it is not clear of what, or it is late and comes back today."""
    loan, at = _one_meant(tx, heard, said, active), _comes_back(heard, said)
    if loan is None or at is None or at <= loan.due_at:
        return None
    if loan.due_at < heard.at and at.date() == heard.at.astimezone(at.tzinfo).date():
        return None
    more = int(at.timestamp() - loan.due_at.timestamp())
    yes = Choice("mine.until_more", (loan.id, more), "yes")
    question = ConfirmWish("extend", loan.item, at)
    return Say(message=question, choices=((yes, Choice("mine.nothing", label="no")),))


def _comes_back(heard: Heard, said: Understood) -> datetime | None:
    """When they say it comes back: "pas avant lundi" and "pas mardi, plutôt jeudi" say so, "je ne peux pas lundi" does
    not."""
    if not isinstance(said.due, Due):
        return None
    told, chosen = set(words_of(heard.text)), chosen_of(clean(heard.text))
    refused = told & {"pas", "not", "t", "cannot"} and not told & {"avant", "before"}
    another = chosen is not None and holds_time(chosen, said.due.at.date())
    return said.due.at if another or not refused else None


def _denied(tx: Tx, heard: Heard, declared: Sequence[Loan]) -> AlreadyDeclared:
    last = tx.loans.last_act(heard.contact.id)
    undoable = last is not None and last[0] == "return"
    line = heard.department.contact_line
    return AlreadyDeclared(tuple(loan.item for loan in declared), True, undoable, line)


def undo_return(tx: Tx, heard: Heard, loan_ids: Sequence[int]) -> list[Loan]:
    """ANNULER after RENDU: active again unless staff have answered meanwhile."""
    undone = []
    for loan_id in loan_ids:
        loan = tx.loans.get(loan_id)
        if loan.state is LoanState.RETURN_DECLARED:
            loan = tx.loans.move(loan, LoanState.ACTIVE, who(heard), "undone")
            tx.pieces.unsay(loan.id)
            undone.append(replan(tx, loan, "return undone"))
    return undone


# --- staff ---------------------------------------------------------------------------------------


def confirm(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Confirmer]: returned, and the borrower gets a receipt."""
    loan = tx.loans.get(int(choice.args[0]))
    if not allowed(role_in(tx, heard, loan.department_id), Role.STAFF):
        return refused(heard)
    if loan.state is not LoanState.RETURN_DECLARED:
        return stale(tx, heard, loan)
    return take_back(tx, heard, loan)


def take_back(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """Staff have the item in hand."""
    return [*_toast(heard, "confirmed"), *close(tx, loan, who(heard), name_of(heard), heard.at)]


def close(tx: Tx, loan: Loan, by: str, name: str, at: datetime) -> list[Say]:
    """The loan is over: cards, the borrower's receipt, and a word to who waits for the item. `by`, `name`: who took it
    back, as the history and the cards have them."""
    tx.plans.drop(loan.id, "returned")
    loan = tx.loans.move(loan, LoanState.RETURNED, by, returned_at=loan.declared_at_if_declared or at)
    missing = lacking.settle(tx, loan, by)
    free = free_again(tx, loan.item_id)
    thanks = to_borrower(loan, receipt(tx, loan, missing), f"loan:{loan.id}:returned")
    return [*all_cards(tx, loan, name), thanks, *free]


def contest(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Pas rendu]: active again, reminders planned anew, the borrower told."""
    loan = tx.loans.get(int(choice.args[0]))
    if not allowed(role_in(tx, heard, loan.department_id), Role.STAFF):
        return refused(heard)
    if loan.state is not LoanState.RETURN_DECLARED:
        return stale(tx, heard, loan)
    loan = replan(tx, tx.loans.move(loan, LoanState.ACTIVE, who(heard), "not found"), "return contested")
    tx.pieces.unsay(loan.id)
    contact_line = tx.departments.get(loan.department_id).contact_line
    told = ReturnContested(loan.item, loan.due_at, loan.number, contact_line)
    key = f"in:{heard.letter_id}:contested:{loan.id}"
    return [*_toast(heard, "contested"), *all_cards(tx, loan, name_of(heard)), to_borrower(loan, told, key)]


def problem(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Problème]: it came back, but not as it should; the item rests and somebody calls."""
    loan = tx.loans.get(int(choice.args[0]))
    if not allowed(role_in(tx, heard, loan.department_id), Role.STAFF):
        return refused(heard)
    if loan.state is not LoanState.RETURN_DECLARED:
        return stale(tx, heard, loan)
    tx.plans.drop(loan.id, "problem at return")
    back = loan.declared_at_if_declared or heard.at
    loan = tx.loans.move(loan, LoanState.DAMAGED, who(heard), returned_at=back)
    lacking.settle(tx, loan, who(heard))
    tx.items.change(loan.item_id, state=ItemState.IN_REPAIR)
    told = ReturnProblem(loan.item, tx.departments.get(loan.department_id).contact_line)
    key = f"loan:{loan.id}:problem"
    return [*_toast(heard, "problem"), *all_cards(tx, loan, name_of(heard)), to_borrower(loan, told, key)]


def back_button(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Rendu] on a loan's card: staff take it back without the borrower's word."""
    loan = tx.loans.get(int(choice.args[0]))
    if not allowed(role_in(tx, heard, loan.department_id), Role.STAFF):
        return refused(heard)
    return take_back(tx, heard, loan) if loan.state in OUT else stale(tx, heard, loan)


def take_back_command(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/retour PERC-001, alone, with others, or with what is missing: /retour PERC-001 sauf le chargeur."""
    if not words.strip():
        return [Say(message=Usage("returned"), choices=rows_out(tx, heard.department.id, "loan.back"))]
    said = understand(f"RENDU {words}", language=heard.department.language, now=heard.at)
    item = item_named(tx, heard, words) or (item_named(tx, heard, said.rest) if said.remainder else None)
    loan = tx.loans.open_of_item(item.id) if item else with_its_person(tx, heard, words)
    several = [] if item else _several_named(tx, heard, words)
    if several:
        return [say for each in several for say in take_back(tx, heard, each)]
    if loan is None or loan.state not in OUT:
        found = loans_named(tx, heard, item.shown if item else words)
        if isinstance(found, Say):
            return [found]
        # Named by a person only, a press says which: a return is not taken back.
        return [Say(message=Usage("returned"), choices=to_choose(found, "loan.back"))]
    note_missing(tx, said, loan)
    return take_back(tx, heard, loan)


def _several_named(tx: Tx, heard: Heard, words: str) -> list[Loan]:
    """ "PERC-001 et VP-001", or the codes alone: the loans of these things; nothing when any of them is not out."""
    items, rest = things_apart(tx, heard.department.id, words)
    loans = [tx.loans.open_of_item(item.id) for item in items] if not rest else []
    out = [loan for loan in loans if loan is not None and loan.state in OUT]
    return out if len(out) == len(items) else []


def note_missing(tx: Tx, said: Understood, loan: Loan) -> bool:
    """Staff's words leave out pieces of this kit: noted; False when they do not."""
    named = lacking.partly(tx, said, [loan])
    if named:
        tx.pieces.say(loan.id, named[0].missing)
    return bool(named)


def stale(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """A button whose time is over: a kind word, the card brought up to date, nothing changed."""
    return [Say(message=Stale(), to=To.PRESS), *([card(tx, loan)] if not heard.private else [])]


def _toast(heard: Heard, what: str) -> list[Say]:
    return [Say(message=Done(what), to=To.PRESS)] if heard.inbound.press_id else []
