"""Checks over several variables, and advice on what could still be set."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from bot.config_values import LOOPBACK

if TYPE_CHECKING:  # config.py imports this module to run its checks
    from bot.config import Config


@dataclass(frozen=True, slots=True)
class Advice:
    """An optional setting that would improve the service: shown by `main.py check`."""

    variable: str
    what_for: str
    how: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Variables that are wrong, alone or together, and the sentence about it."""

    variables: tuple[str, ...]
    sentence: str


def _needs(config: Config, having: str, *needed: str) -> Iterator[Fault]:
    """A fault when `having` is set without `needed`; variables by name."""
    if config.value(having) is None:
        return
    for name in needed:
        if config.value(name) is None:
            why = f"{name} is missing: {having} needs it, for example {name}={config.example(name)}"
            yield Fault((having, name), why)


def _twilio_is_whole(config: Config) -> Iterator[Fault]:
    yield from _needs(config, "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
    yield from _needs(config, "TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID")
    senders = ("TWILIO_WHATSAPP_FROM", "TWILIO_SMS_FROM", "TWILIO_MESSAGING_SERVICE_SID")
    if config.twilio_account_sid is None and config.twilio_auth_token is None:
        for sender in senders:
            yield from _needs(config, sender, "TWILIO_ACCOUNT_SID")
    if config.twilio_on and not any(config.value(sender) for sender in senders):
        why = "TWILIO_WHATSAPP_FROM is missing: Twilio has no number to write from, "
        yield Fault(senders, why + "for example TWILIO_WHATSAPP_FROM=+33612345678 (or TWILIO_SMS_FROM)")


# Telegram's own server calls no other (Bot API, setWebhook); one of TELEGRAM_API_BASE may call any.
TELEGRAM_PORTS = (443, 80, 88, 8443)


def _telegram_is_whole(config: Config) -> Iterator[Fault]:
    if not config.telegram_on or config.telegram_mode != "webhook":
        return
    # Without it anybody could post updates and speak for the staff.
    if config.telegram_webhook_secret is None:
        yield Fault(
            ("TELEGRAM_WEBHOOK_SECRET",),
            "TELEGRAM_WEBHOOK_SECRET is missing: deliveries by webhook could not be told from forged ones, for example "
            f"TELEGRAM_WEBHOOK_SECRET={config.example('TELEGRAM_WEBHOOK_SECRET')} (or TELEGRAM_MODE=polling)",
        )
    if config.public_url is None:
        yield Fault(
            ("TELEGRAM_MODE", "PUBLIC_URL"),
            "PUBLIC_URL is missing: TELEGRAM_MODE=webhook needs it, for example PUBLIC_URL=https://desk.example.org "
            "(or TELEGRAM_MODE=polling)",
        )
    elif not _telegram_calls(config, urlsplit(config.public_url)):
        yield Fault(
            ("TELEGRAM_MODE", "PUBLIC_URL"),
            "PUBLIC_URL must be reached at port 443, 80, 88 or 8443: Telegram calls no other, "
            "for example PUBLIC_URL=https://desk.example.org (or TELEGRAM_MODE=polling)",
        )


def _telegram_calls(config: Config, public: SplitResult) -> bool:
    elsewhere = config.telegram_api_base != type(config).model_fields["telegram_api_base"].default
    usual = public.port is None or public.port in TELEGRAM_PORTS
    return usual or elsewhere or public.hostname in LOOPBACK


def _myoperator_is_whole(config: Config) -> Iterator[Fault]:
    rest = ("MYOPERATOR_API_SECRET", "MYOPERATOR_ACCOUNT_ID", "MYOPERATOR_PHONE_NUMBER")
    yield from _needs(config, "MYOPERATOR_API_KEY", *rest)
    if config.myoperator_on:
        return
    if config.whatsapp_provider == "myoperator":
        yield Fault(
            ("MYOPERATOR_API_KEY", "WHATSAPP_PROVIDER"),
            "MYOPERATOR_API_KEY is missing: WHATSAPP_PROVIDER=myoperator needs it, "
            "for example MYOPERATOR_API_KEY=<the key> (or WHATSAPP_PROVIDER=twilio)",
        )
        return
    for name in rest:
        yield from _needs(config, name, "MYOPERATOR_API_KEY")


def _mail_is_whole(config: Config) -> Iterator[Fault]:
    yield from _needs(config, "SMTP_URL", "MAIL_FROM")


def _public_url_is_usable(config: Config) -> Iterator[Fault]:
    if config.public_url is None:
        return
    parts = urlsplit(config.public_url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK and not config.sandboxed:
        yield Fault(
            ("PUBLIC_URL",),
            "PUBLIC_URL must begin with https:// (plain http is for localhost only), "
            "for example PUBLIC_URL=https://desk.example.org",
        )
    # Twilio refuses a callback address whose host holds an underscore (error 11100 and kin).
    if config.twilio_on and "_" in (parts.hostname or ""):
        yield Fault(
            ("PUBLIC_URL",),
            "PUBLIC_URL must not have _ in its host: Twilio calls no such address, "
            "for example PUBLIC_URL=https://desk.example.org",
        )


def _database_fits(config: Config) -> Iterator[Fault]:
    if config.on_sqlite and config.run != "all":
        yield Fault(
            ("RUN", "DATABASE_URL"),
            f"RUN={config.run} splits the service into several processes, which SQLite does not allow: use PostgreSQL, "
            "for example DATABASE_URL=postgresql://<user>:<password>@localhost/prete_rendu (or RUN=all)",
        )


PROVIDERS = ("TELEGRAM_BOT_TOKEN", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "MYOPERATOR_API_KEY", "SMTP_URL")


def _sandbox_is_one_process(config: Config) -> Iterator[Fault]:
    # Each process would have a telephone network of its own, and nobody would hear of what another's sends.
    if config.sandboxed and config.run != "all" and not config.on_sqlite:
        yield Fault(
            ("RUN", *PROVIDERS),
            f"RUN={config.run} splits the service into several processes, and the sandbox is one: set a provider, "
            "for example TELEGRAM_BOT_TOKEN=<digits>:<key> (or RUN=all)",
        )


COMBINATIONS: tuple[Callable[[Config], Iterator[Fault]], ...] = (
    _twilio_is_whole,
    _telegram_is_whole,
    _myoperator_is_whole,
    _mail_is_whole,
    _public_url_is_usable,
    _database_fits,
    _sandbox_is_one_process,
)


def _advise_channels(config: Config) -> Iterator[Advice]:
    if not config.telegram_on:
        what_for = "the team's group (without it nobody answers requests or changes settings), borrowers on Telegram"
        yield Advice("TELEGRAM_BOT_TOKEN", what_for, "ask @BotFather for a bot")
    if not config.whatsapp_on:
        yield Advice("TWILIO_WHATSAPP_FROM", "WhatsApp", "set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and the number")
    if not config.sms_on:
        yield Advice("TWILIO_SMS_FROM", "SMS, also as the next road when WhatsApp fails", "a number bought at Twilio")
    if not config.email_on:
        yield Advice("SMTP_URL", "copies by e-mail", "set SMTP_URL and MAIL_FROM")
    elif config.public_url is None:
        yield Advice("PUBLIC_URL", "the one click that ends e-mails, which large mail services ask for", "set it")


def _advise_reach(config: Config) -> Iterator[Advice]:
    if config.public_url is None:
        yield Advice(
            "PUBLIC_URL",
            "receipts of delivery, and messages that arrive at once",
            "without it Telegram is polled and Twilio's list read every 10 s",
        )


def _advise_replicas(config: Config) -> Iterator[Advice]:
    if config.given_secret_key is None and not config.on_sqlite:
        yield Advice(
            "SECRET_KEY",
            "links and tokens that every replica recognises",
            "give all replicas the same one; without it each machine draws its own into data/secret",
        )


def _advise_spelling(config: Config) -> Iterator[Advice]:
    for name in config.unrecognised:
        near = difflib.get_close_matches(name.upper(), config.variables(), n=1, cutoff=0.6)
        yield Advice(
            name,
            "nothing: no such variable is read",
            f"did you mean {near[0]}?" if near else "remove the line, unless another program reads it",
        )


ADVISERS: tuple[Callable[[Config], Iterator[Advice]], ...] = (
    _advise_channels,
    _advise_reach,
    _advise_replicas,
    _advise_spelling,
)
