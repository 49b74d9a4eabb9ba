"""The catalogue's part on debts. What tells a person's debts is `discreet`: it goes only where that person surely
reads it. Staff's own cards name amounts; they stand in the staff's group alone."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.messages import Message
from bot.core.money import Money

XOF, EUR = "XOF", "EUR"


@dataclass(frozen=True, slots=True)
class PaymentReceived(Message):
    """A payment came in. `left`: what is still owed; `credit`: paid beyond."""

    amount: Money
    left: tuple[Money, ...] = ()
    credit: tuple[Money, ...] = ()
    about = "notice"
    discreet = True
    example = {"amount": Money(50_000, XOF), "left": (Money(77_000, XOF),), "credit": ()}
