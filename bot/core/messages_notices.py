"""A business's own notices: order, delivery, payment, subscription. Sent by its systems through the REST API."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import EX_DUE, Message, message
from bot.core.money import Money


@message
class DeliveryReminder(Message):
    """A delivery comes soon. `desk`: who writes."""

    delivery_date: datetime
    desk: str = ""
    about = "notice"
    optional = True
    example = {"delivery_date": EX_DUE, "desk": "Atelier Nord"}


@message
class DeliveryConfirmed(Message):
    """The day of a delivery is fixed, or the delivery is done."""

    delivery_date: datetime
    desk: str = ""
    about = "notice"
    optional = True
    example = {"delivery_date": EX_DUE, "desk": "Atelier Nord"}


@message
class DeliveryDelayed(Message):
    """A delivery comes later than said."""

    eta_time: datetime
    desk: str = ""
    about = "notice"
    optional = True
    example = {"eta_time": EX_DUE, "desk": "Atelier Nord"}


@message
class PaymentReminder(Message):
    """Something is to be paid for a `period` (`2026-11`, or words)."""

    amount: Money
    period: str
    desk: str = ""
    about = "notice"
    optional = True
    example = {"amount": Money(4990, "EUR"), "period": "2026-11", "desk": "Atelier Nord"}


@message
class PaymentConfirmation(Message):
    """A payment has arrived."""

    amount: Money
    month: str
    payment_method: str
    desk: str = ""
    about = "notice"
    optional = True
    example = {
        "amount": Money(127_000, "XOF"), "month": "2026-11", "payment_method": "Orange Money", "desk": "Atelier Nord",
    }  # fmt: skip


@message
class SubscriptionConfirmation(Message):
    product: str
    start_date: datetime
    subscription_id: str
    desk: str = ""
    about = "notice"
    optional = True
    example = {
        "product": "Panier de légumes", "start_date": EX_DUE, "subscription_id": "ABO-204", "desk": "Atelier Nord",
    }  # fmt: skip


@message
class OrderConfirmation(Message):
    order_id: str
    delivery_date: datetime
    total_amount: Money
    desk: str = ""
    about = "notice"
    optional = True
    example = {
        "order_id": "CMD-1042", "delivery_date": EX_DUE, "total_amount": Money(125_000, "INR"),
        "desk": "Atelier Nord",
    }  # fmt: skip


@message
class PauseConfirmation(Message):
    """A subscription rests until a day."""

    resume_date: datetime
    desk: str = ""
    about = "notice"
    optional = True
    example = {"resume_date": EX_DUE, "desk": "Atelier Nord"}


@message
class ChurnRisk(Message):
    """To somebody who has not been seen for a while. Advertising: needs consent that was given."""

    offer: str
    desk: str = ""
    about = "notice"
    optional = True
    example = {"offer": "dix pour cent sur votre prochain panier", "desk": "Atelier Nord"}


@message
class NewProduct(Message):
    """Something new is to be had. Advertising: needs consent that was given."""

    product: str
    availability_date: datetime
    desk: str = ""
    about = "notice"
    optional = True
    example = {"product": "Jus de bissap", "availability_date": EX_DUE, "desk": "Atelier Nord"}


@message
class HookEvent(Message):
    """An event told to another system: `body` is the JSON that is sent; these words are only for reading a log."""

    event: str
    body: str
    about = "hook"
    example = {"event": "loan.returned", "body": '{"type": "loan.returned"}'}
