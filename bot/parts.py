"""The parts for the channels that the operator configured: doors, readers and carriers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.channels.base import Door, Provider, Reader
from bot.channels.twilio import TwilioChannel
from bot.channels.twilio_codes import outcome_of_receipt
from bot.channels.twilio_door import TwilioDoor
from bot.channels.twilio_reader import TwilioReader
from bot.config import Config
from bot.core.delivery import Outcome, Refused

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel


@dataclass(slots=True)
class Parts:
    """The channels that are on: how letters come in, are understood, and words go out."""

    doors: dict[str, Door] = field(default_factory=dict)
    readers: dict[str, Reader] = field(default_factory=dict)
    judges: dict[str, Callable[[str], Outcome]] = field(default_factory=dict)
    channels: dict[str, Provider] = field(default_factory=dict)
    held: dict[str, TwilioChannel] = field(default_factory=dict)
    telegram: TelegramChannel | None = None  # also among `channels`; here with its own type


def build_parts(config: Config) -> Parts:
    """Adapters for what the operator configured. Nothing is sent or asked yet."""
    parts = Parts()
    if config.twilio_on:
        _add_twilio(config, parts)
    if config.myoperator_on and config.whatsapp_provider == "myoperator":
        _add_myoperator(config, parts)
    if config.telegram_on:
        _add_telegram(config, parts)
    if config.email_on:
        _add_email(config, parts)
    return parts


def _add_twilio(config: Config, parts: Parts) -> None:
    sid, token = str(config.twilio_account_sid), secret_of(config.twilio_auth_token)
    # WhatsApp has one provider at a time: a letter of the other would be read in the wrong form.
    whatsapp_from = config.twilio_whatsapp_from if config.whatsapp_provider == "twilio" else None
    parts.doors["twilio"] = TwilioDoor(
        token, sid, config.public_url, whatsapp_from=whatsapp_from, sms_from=config.twilio_sms_from,
        messaging_service_sid=config.twilio_messaging_service_sid,
    )  # fmt: skip
    callback = f"{config.public_url}/webhooks/twilio/status" if config.public_url else None
    reader = TwilioReader()
    for name in ("whatsapp", "sms"):
        parts.readers[name] = reader
        parts.judges[name] = outcome_of_receipt
    common: dict[str, Any] = {
        "account_sid": sid, "auth_token": token, "api_base": config.twilio_api_base, "status_callback_url": callback,
    }  # fmt: skip
    if whatsapp_from:
        parts.held["whatsapp"] = TwilioChannel("whatsapp", sender=whatsapp_from, **common)
    if config.sms_on:
        service = config.twilio_messaging_service_sid
        parts.held["sms"] = TwilioChannel("sms", sender=config.twilio_sms_from, messaging_service_sid=service, **common)
    parts.channels.update(parts.held)


def _add_myoperator(config: Config, parts: Parts) -> None:
    from bot.channels.myoperator import MyOperatorChannel, MyOperatorDoor, MyOperatorReader
    from bot.channels.myoperator_codes import outcome_of_code

    number = str(config.myoperator_phone_number)
    parts.doors["myoperator"] = MyOperatorDoor(secret_of(config.myoperator_api_secret), number)
    parts.readers["whatsapp"] = MyOperatorReader()
    parts.judges["whatsapp"] = outcome_of_code
    parts.channels["whatsapp"] = MyOperatorChannel(
        api_key=secret_of(config.myoperator_api_key), company_id=str(config.myoperator_account_id), number_id=number,
        api_base=config.myoperator_api_base,
    )  # fmt: skip


def _add_telegram(config: Config, parts: Parts) -> None:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.telegram_door import TelegramDoor
    from bot.channels.telegram_reader import TelegramReader

    token = secret_of(config.telegram_bot_token)
    bot_id = int(token.partition(":")[0])
    if config.telegram_mode == "webhook":
        parts.doors["telegram"] = TelegramDoor(secret_of(config.telegram_webhook_secret), bot_id)
    parts.readers["telegram"] = TelegramReader(bot_id, "")
    parts.judges["telegram"] = _telegram_judge
    parts.telegram = TelegramChannel(token, api_base=config.telegram_api_base)
    parts.channels["telegram"] = parts.telegram


def _add_email(config: Config, parts: Parts) -> None:
    from bot.channels.email import EmailChannel

    parts.channels["email"] = EmailChannel(secret_of(config.smtp_url), str(config.mail_from))


def _telegram_judge(code: str) -> Outcome:
    return Refused("telegram", code)  # Telegram sends no receipts; the table wants an entry


def secret_of(value: SecretStr | None) -> str:
    """The secret itself; "" where none is set."""
    return value.get_secret_value() if value is not None else ""
