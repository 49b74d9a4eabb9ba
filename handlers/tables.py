"""Every word, command, button and question, and the function that each calls: the whole bot on one screen.

Handlers are plain functions of a transaction and of what was heard; they return what is to be said and never know the
channel. Who calls them, and when, is in `handlers/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.core.conversation import Choice, Heard, Say
from bot.core.intents import Command, Intent, Understood
from bot.core.people import Role
from bot.store import Tx
from handlers import (
    board,
    borrow,
    clearance,
    closure,
    consent,
    debt_desk,
    debts,
    departments,
    extend,
    files,
    forget,
    hidden_numbers,
    holds,
    items,
    lend,
    linking,
    local_time,
    newcomers,
    overview,
    payments,
    people,
    person_page,
    pieces,
    problems,
    reminders,
    reports,
    returns,
    roles,
    rules,
    settings,
    taking_back,
    trial,
    unclear,
    undoing,
    wording,
)

OnIntent = Callable[[Tx, Heard, Understood], list[Say]]
OnCommand = Callable[[Tx, Heard, str], list[Say]]
OnChoice = Callable[[Tx, Heard, Choice], list[Say]]
OnAnswer = Callable[[Tx, Heard, dict[str, Any]], list[Say]]

HANDLERS: Mapping[Intent, OnIntent] = {
    Intent.RETURN: returns.give_back,
    Intent.NOT_RETURN: unclear.coming,
    Intent.EXTEND: extend.ask_more,
    Intent.LIST: overview.my_loans,
    Intent.BORROW: borrow.ask_for,
    Intent.HELP: unclear.help_me,
    Intent.GREET: people.greet,
    Intent.THANKS: people.thanks,
    Intent.STOP: consent.stop,
    Intent.START: consent.start,
    Intent.PAUSE: consent.pause,
    Intent.LANGUAGE: people.language,
    Intent.PROBLEM: problems.problem,
    Intent.CANCEL: undoing.undo,
    Intent.HUMAN: unclear.to_a_person,
    Intent.REMINDERS: reminders.show,
    Intent.QUITUS: clearance.clearance,
    Intent.RESERVE: holds.reserve,
    # Without a debt that is known, a person reads what was said of one.
    Intent.BALANCE: debts.balance,
    Intent.PAID: lambda tx, heard, said: debts.paid(tx, heard, said) or unclear.to_a_person(tx, heard, said),
    Intent.DISPUTE: lambda tx, heard, said: debts.dispute(tx, heard, said) or unclear.to_a_person(tx, heard, said),
    Intent.YES: unclear.yes,
    Intent.NO: people.nothing,
    Intent.UNKNOWN: unclear.unknown,
}

COMMANDS: Mapping[Command, tuple[Role | None, OnCommand]] = {
    Command.LEND: (Role.STAFF, lend.lend),
    Command.RETURNED: (Role.STAFF, taking_back.take_back_command),
    Command.EXTEND: (Role.STAFF, extend.extend_command),
    Command.LOANS: (Role.STAFF, overview.staff_loans),
    Command.OVERDUE: (Role.STAFF, overview.staff_overdue),
    Command.HISTORY: (Role.STAFF, reports.history),
    Command.REMIND: (Role.STAFF, reports.remind),
    Command.PREVIEW: (Role.STAFF, reports.preview),
    Command.CLOSURE: (Role.STAFF, closure.closure),
    Command.QUEUE: (Role.STAFF, reports.queue),
    Command.JOBS: (Role.STAFF, reports.jobs),
    Command.STATS: (Role.STAFF, reports.stats),
    Command.IMPORT: (Role.STAFF, files.importing),
    Command.EXPORT: (Role.STAFF, files.exporting),
    Command.LABELS: (Role.STAFF, files.labels),
    Command.DEBT: (Role.STAFF, payments.debt),
    Command.PAID: (Role.STAFF, payments.paid),
    Command.DEBTS: (Role.STAFF, debt_desk.debts),
    Command.ITEM: (Role.STAFF, pieces.item),
    Command.PERSON: (Role.STAFF, people.person),
    Command.LINK: (None, linking.link),  # a borrower sends a code by it too
    Command.TEAM: (Role.STAFF, people.team),
    Command.FORGET: (Role.ADMIN, forget.ask),
    Command.DASHBOARD: (None, board.dashboard),  # in private, of whichever desk the writer is staff
    # An admin of one desk may be staff of another: these look for themselves whose settings are meant.
    Command.SETTINGS: (None, rules.settings),
    Command.ROLES: (None, roles.roles),
    Command.TEXTS: (None, wording.show_texts),
    Command.DEPARTMENT: (None, departments.department),
    Command.BIND: (None, settings.bind),
    Command.HELP: (None, settings.help_command),
    Command.START: (None, settings.start_command),
}

# A borrower on Telegram may put a slash before a word: in private it counts as that word.
OWN_WORDS: Mapping[Command, str] = {
    Command.LEND: "PRET", Command.RETURNED: "RENDU", Command.EXTEND: "PROLONGER", Command.LOANS: "MES PRETS",
    Command.PERSON: "CONTACT", Command.PAID: "PAYE", Command.DEBT: "SOLDE", Command.DEBTS: "SOLDE",
}  # fmt: skip

# What a button or a numbered answer carries → what it does. `loan.…`, `lend.…` and `desk.…` check the role again.
CHOICES: Mapping[str, OnChoice] = {
    "loan.approve": lend.approve,
    "loan.refuse": lend.refuse,
    "loan.cancel": lend.cancel,
    "loan.back": taking_back.back_button,
    "loan.confirm": taking_back.confirm,
    "loan.problem": taking_back.problem,
    "loan.contest": taking_back.contest,
    "loan.show": overview.show,
    "loan.remind": overview.remind_now,
    "loan.until": overview.until,
    "loan.call": overview.call,
    "desk.page": overview.turn_page,
    "item.list": items.turn_page,
    "item.show": items.show,
    "item.put": items.put,
    "item.ask": items.ask,
    "item.undo": items.undo,
    "file.take": files.go,
    "file.leave": files.leave,
    "piece.ask": pieces.ask,
    "piece.undo": pieces.undo,
    "piece.tick": pieces.tick,
    "piece.leave": pieces.leave,
    "piece.found": pieces.found,
    "piece.not_found": pieces.not_found,
    "loan.lacks": pieces.tick_page,
    "mine.lacks": returns.chose_missing,
    "person.show": person_page.show,
    "person.remind": person_page.remind,
    "person.history": person_page.history,
    "person.ask": person_page.ask,
    "person.zone": local_time.ask,
    "person.put_zone": local_time.put,
    "person.link": linking.draw,
    "person.addresses": linking.which_address,
    "person.detach": linking.take_out,
    "person.same": hidden_numbers.same,
    "person.other": hidden_numbers.other,
    "person.export": person_page.export,
    "person.forget": forget.show,
    "person.erase": forget.erase,
    "person.keep": forget.leave,
    "closure.move": closure.move,
    "closure.note": closure.note,
    "closure.lift": closure.lift,
    "closure.leave": closure.leave,
    "closure.undo": closure.undo,
    "debt.due": payments.put_due,
    "debt.cancel": payments.cancel_debt,
    "debt.uphold": payments.uphold,
    "debt.restore": payments.restore,
    "debt.known": debt_desk.known,
    "debt.list": debt_desk.turn_page,
    "debt.page": debt_desk.show,
    "debt.show": debt_desk.show_debt,
    "debt.cycle": debt_desk.press,
    "debt.all": debt_desk.everyone,
    "pay.confirm": payments.confirm,
    "pay.refuse": payments.refuse,
    "pay.undo": payments.undo,
    "money.who": payments.chose_person,
    "money.all": payments.chose_all,
    "mine.paid": debts.declared,
    "desk.retry": reports.retry,
    "desk.history": reports.turn_history,
    "desk.job": reports.job,
    "loan.more": extend.granted,
    "loan.no_more": extend.denied,
    "lend.item": lend.chose_item,
    "lend.who": lend.chose,
    "lend.until": lend.chose,
    "lend.anyway": lend.lend_anyway,
    "loan.approve_anyway": lend.approve_anyway,
    "desk.go": settings.go,
    "department.page": departments.show_page,
    "department.code": departments.draw_code,
    "rules.menu": rules.show_menu,
    "rules.group": rules.show_group,
    "rules.page": rules.show_page,
    "rules.write": rules.write,
    "rules.try": rules.propose,
    "rules.set": rules.confirm,
    "rules.undo": rules.undo,
    "roles.list": roles.show_list,
    "roles.page": roles.show_page,
    "roles.give": roles.give,
    "texts.menu": wording.menu,
    "texts.group": wording.group,
    "texts.page": wording.page,
    "texts.write": wording.write,
    "texts.restore": wording.restore,
    "texts.switch": wording.switch,
    "texts.undo": wording.undo,
    "trial.menu": trial.menu,
    "trial.by": trial.by_channel,
    "trial.seen": trial.seen,
    "mine.return": returns.chose_return,
    "mine.extend": extend.chose_loan,
    "mine.until_more": extend.chose_end,
    "mine.item": borrow.chose_item,
    "mine.until": borrow.chose_end,
    "person.admit": newcomers.admit,
    "person.turn_away": newcomers.turn_away,
    "mine.consent": newcomers.agreed,
    "mine.link": linking.answered,
    "mine.address": linking.owned,
    "mine.hold": holds.chose_item,
    "mine.leave": holds.left,
    "mine.remind": reminders.press,
    "mine.nothing": lambda tx, heard, choice: people.nothing(tx, heard, Understood(Intent.NO)),
}

OF_ADMINS = frozenset("rules roles texts trial department".split())  # kinds of buttons
# What only somebody of the desk may press: others are asked who they are, as when they write.
OF_MEMBERS = frozenset({"mine.item", "mine.until", "mine.hold", "mine.say"})

ANSWERS: Mapping[str, OnAnswer] = {
    "borrow_which": borrow.typed_item,
    "borrow_until": borrow.typed_end,
    "extend_until": extend.typed_end,
    "problem_what": problems.typed,
    "own_email": reminders.typed_email,
    "own_name": newcomers.typed_name,
    "reserve_which": holds.typed_item,
    "promise_when": debts.typed_promise,
    "pay_amount": debts.typed_amount,
    "money_who": payments.typed_person,
    "money_amount": payments.typed_amount,
    "money_due": payments.typed_due,
    "lend_which": lend.typed_item,
    "lend_who": lend.typed_person,
    "lend_until": lend.typed_end,
    "more_until": extend.typed_more,
    "item_name": items.typed_name,
    "item_check": items.typed_check,
    "item_pieces": pieces.typed,
    "import_file": files.received,
    "person_name": person_page.typed_name,
    "person_zone": local_time.typed,
    "setting_value": rules.typed_value,
    "setting_text": rules.typed_value,
    "trial_to": trial.typed_number,
    "wording": wording.typed_words,
}

STAFF_QUESTIONS = frozenset(
    {
        "lend_which", "lend_who", "lend_until", "item_name", "item_check", "item_pieces", "import_file", "person_name",
        "person_zone", "money_who", "money_amount", "money_due", "more_until",
    }
)  # fmt: skip
# What an admin is asked: any number is a value, not a choice; whose desk it is, the answer finds out.
ADMIN_QUESTIONS = frozenset({"setting_value", "setting_text", "trial_to", "wording"})
# Any words may be meant for a message or a name, RENDU and merci included.
VERBATIM = frozenset({"setting_text", "wording", "item_name", "item_check", "item_pieces", "person_name"})
