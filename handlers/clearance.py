"""QUITUS: a dated statement that nothing is out, or what still is."""

from __future__ import annotations

from bot.core.conversation import Heard, Say
from bot.core.debts import may_learn
from bot.core.intents import Understood
from bot.core.messages import Clearance, NotClear
from bot.core.money import Money, totals
from bot.store import Tx
from handlers.lacking import told
from handlers.rights import who
from handlers.showing import own_lines
from handlers.unclear import to_a_person


def clearance(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """The statement is written into the audit; its reference is the number of that entry.

    A return that staff have not confirmed yet still counts as out: nobody has seen the item. Where somebody said that
    they are not this person, nothing is stated: staff read what was asked.
    """
    here = tx.people.find_address(heard.inbound.channel, heard.inbound.address)
    if here is not None and not may_learn(here):
        return to_a_person(tx, heard, said)
    out = tx.loans.open_of(heard.contact.id, ("active", "return_declared"))
    awaited = told(tx.pieces.owed_by(heard.contact.id))
    owed = _owed(tx, heard)
    if out or awaited or owed:
        return [Say(message=NotClear(own_lines(tx, heard, out), awaited, owed))]
    desk = heard.department
    entry = tx.audit.note(who(heard), "clearance", desk.id, contact=heard.contact.id, name=heard.contact.name)
    return [Say(message=Clearance(f"Q-{entry:06d}", desk.name, heard.at, heard.contact.name))]


def _owed(tx: Tx, heard: Heard) -> tuple[Money, ...]:
    """What the person owes all desks together, disputed debts included."""
    stands = [tx.debts.statement(heard.contact.id, desk) for desk in tx.debts.desks_of(heard.contact.id)]
    return totals(money for one in stands for money in one.total)
