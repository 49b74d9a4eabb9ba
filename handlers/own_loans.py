"""What somebody has out, waits for or still owes a piece of."""

from __future__ import annotations

from bot.core.conversation import Heard, Say
from bot.core.loans import LoanState
from bot.core.messages import LoanList, NothingOut
from bot.store import Tx
from handlers.lacking import told
from handlers.showing import own_lines


def nothing_out(tx: Tx, heard: Heard) -> NothingOut:
    """Of who has nothing, and perhaps has asked for something."""
    return NothingOut(tuple(loan.item for loan in tx.loans.open_of(heard.contact.id, ("requested",))))


def own_loans(tx: Tx, heard: Heard) -> list[Say]:
    """Their list; also for who chose a loan that is over or was never theirs, which are answered alike."""
    loans = tx.loans.open_of(heard.contact.id)
    waiting = tuple(h.item for h in tx.holds.of(heard.contact.id))
    awaited = told(tx.pieces.owed_by(heard.contact.id))
    if not (loans or waiting or awaited):
        return [Say(message=nothing_out(tx, heard))]
    out = tuple(loan.number for loan in loans if loan.state is LoanState.ACTIVE)
    return [Say(message=LoanList(own_lines(tx, heard, loans), waiting, awaited, out))]
