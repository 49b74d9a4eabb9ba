"""PAS RENDU: it stays out for now; perhaps until a day that is named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.conversation import Choice, Heard, Say
from bot.core.due import Due
from bot.core.duetime import chosen_of, holds_time
from bot.core.intents import Understood
from bot.core.loans import Loan
from bot.core.messages import ConfirmWish, StillOut
from bot.core.opening import is_open_day, open_from
from bot.core.spoken import clean
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers.choosing import meant
from handlers.declaring import declared_before, denied_where_trusted, none_active
from handlers.showing import lines


def not_yet(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """ "Pas encore rendu": nothing changes; the due date is said again."""
    active = tx.loans.open_of(heard.contact.id, ("active",))
    before = declared_before(tx, heard, said, active)
    if before or not active:
        denied = [] if tx.loans.open_of(heard.contact.id) else denied_where_trusted(tx, heard)
        return denied or none_active(tx, heard, before)
    return [_longer(tx, heard, said, active) or Say(message=_still_out(tx, heard, said, active))]


def _still_out(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan]) -> StillOut:
    which = _one_meant(tx, heard, said, active)
    shown = active if which is None else [which]
    at = comes_back(heard, said)
    sooner = at is not None and all(at <= loan.due_at for loan in shown)
    asked = at is not None and "?" in heard.text
    line = heard.department.contact_line if asked else ""
    shut = at.date() if at is not None and not is_open_day(at.date(), heard.department.rules) else None
    sooner = sooner and (asked or len(shown) == 1)
    return StillOut(lines(shown, heard.at), sooner, asked, line, shut if sooner else None)


def _one_meant(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan]) -> Loan | None:
    """The loan that is spoken of; of several that are not named, the one that is late."""
    which = meant(tx, heard, said, active) or []
    late = [loan for loan in active if loan.due_at < heard.at]
    return which[0] if len(which) == 1 else late[0] if not which and len(late) == 1 else None


def _longer(tx: Tx, heard: Heard, said: Understood, active: Sequence[Loan]) -> Say | None:
    """ "Je la rapporte lundi", and it is due on Friday: may it be prolonged until then? None where that is no wish for
    more time, it is not clear of what, or it is late and comes back today."""
    loan, at = _one_meant(tx, heard, said, active), comes_back(heard, said)
    if loan is None or at is None or at <= loan.due_at:
        return None
    if loan.due_at < heard.at and at.date() == heard.at.astimezone(at.tzinfo).date():
        return None
    return keep_until(tx, loan, at)


def keep_until(tx: Tx, loan: Loan, at: datetime) -> Say:
    """The question whether they want to keep it until then; where the desk is shut that day, until the next on which it
    opens. at: aware, later than it is due."""
    desk = tx.departments.get(loan.department_id)
    wanted = at.astimezone(desk.zone)
    at = open_from(wanted, desk.rules)
    by_the_clock = at.replace(tzinfo=None) - loan.due_at.astimezone(at.tzinfo).replace(tzinfo=None)
    more = int(by_the_clock.total_seconds())
    yes = Choice("mine.until_more", (loan.id, more), "yes")
    question = ConfirmWish("extend", loan.item, at, None if at == wanted else wanted.date())
    asked = {"loan": loan.id, "until": at.isoformat()}
    return Say(message=question, choices=((yes, Choice("mine.nothing", label="no")),), facts=asked)


def comes_back(heard: Heard, said: Understood) -> datetime | None:
    """When they say it comes back: "pas avant lundi" and "pas mardi, plutôt jeudi" say so, "je ne peux pas lundi" does
    not."""
    if not isinstance(said.due, Due):
        return None
    told, chosen = set(words_of(heard.text)), chosen_of(clean(heard.text))
    refused = told & {"pas", "not", "t", "cannot", "impossible"} and not told & {"avant", "before"}
    another = chosen is not None and holds_time(chosen, said.due.at.date())
    return said.due.at if another or not refused else None
