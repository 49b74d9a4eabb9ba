"""What the operator sets: the one reader of the environment and of `.env`.

`load` gathers the variables, checks them alone and together, and either gives a frozen `Config` or raises
`ConfigErrors` with every fault at once. A sentence names the variable, what is wrong and an example; it never quotes
the value that was set, for a secret pasted into the wrong line would then be printed.
(What an admin sets by chat is `Rules`.)
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv.parser import parse_stream
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from bot.config_checks import ADVISERS, COMBINATIONS, Advice, Fault
from bot.config_values import (
    one_of,
    read_address,
    read_country_code,
    read_database,
    read_language,
    read_mail_from,
    read_networks,
    read_number,
    read_sms_sender,
    read_smtp,
    read_switch,
    read_zone,
    region_of,
    shaped,
    whole_number,
)

# Asks Twilio to try a door again: 3 times, when it cannot connect, reads no answer in time, or gets a 5xx.
TWILIO_RETRY = "#rc=3&rp=ct,rt,5xx"
# RFC 7518 §3.2: a key for HS256 must be at least as long as its hash.
SHORTEST_SECRET_KEY = 32

OF_COMPOSE = ("POSTGRES_", "COMPOSE_")  # in the same file, for Compose

DATABASE = "sqlite+aiosqlite:///data/prete-rendu.db"
SANDBOX_DATABASE = "sqlite+aiosqlite:///data/sandbox.db"
TELEGRAM = "https://api.telegram.org"
TWILIO = "https://api.twilio.com"
MYOPERATOR = "https://publicapi.myoperator.co"


class ConfigErrors(Exception):
    """The service may not start: `sentences` says why, one fault each, ready to be printed."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


Address = Annotated[str, BeforeValidator(read_address)]
Number = Annotated[str, BeforeValidator(read_number)]
SmsSender = Annotated[str, BeforeValidator(read_sms_sender)]
Switch = Annotated[bool, BeforeValidator(read_switch)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(read_networks)]
Zone = Annotated[ZoneInfo, BeforeValidator(read_zone)]
CountryCode = Annotated[str, BeforeValidator(read_country_code)]
Language = Annotated[str, BeforeValidator(read_language)]
MailAddress = Annotated[str, BeforeValidator(read_mail_from)]
Database = Annotated[str, BeforeValidator(read_database)]
SmtpServer = Annotated[SecretStr, BeforeValidator(read_smtp)]
SecretKey = Annotated[SecretStr, shaped(r"(?s).{32,}", f"at least {SHORTEST_SECRET_KEY} characters long")]
SetupCode = Annotated[SecretStr, shaped(r"[A-Za-z0-9-]{6,64}", "6 to 64 letters, digits or -")]
BotToken = Annotated[
    SecretStr, shaped(r"[0-9]{1,20}:[A-Za-z0-9_-]{3,}", "digits, a colon and a key, as @BotFather wrote it")
]
# The alphabet that Telegram accepts for the secret it repeats in a header (Bot API, setWebhook).
WebhookSecret = Annotated[SecretStr, shaped(r"[A-Za-z0-9_-]{1,256}", "1 to 256 letters, digits, _ or -")]
# They travel in headers, which hold nothing else.
HEADER_WORD = r"[!-~]+", "ASCII letters, digits and signs, without spaces"
Key = Annotated[SecretStr, shaped(*HEADER_WORD)]
CompanyId = Annotated[str, shaped(*HEADER_WORD)]
PathSecret = Annotated[SecretStr, shaped(r"[A-Za-z0-9_-]{8,256}", "8 to 256 letters, digits, _ or -")]
AccountSid = Annotated[str, shaped(r"AC[0-9A-Za-z]+", "the account's SID, which begins with AC")]
ServiceSid = Annotated[str, shaped(r"MG[0-9A-Za-z]+", "the service's SID, which begins with MG")]
NumberId = Annotated[str, shaped(r"\+?[0-9]{5,20}", "the id of the number: digits")]
Host = Annotated[str, shaped(r"[^\s/]+", "a bare name or IP address, without http://")]
Port = Annotated[int, whole_number(0, 65535)]
IntervalSeconds = Annotated[int, whole_number(60, 7 * 24 * 3600)]
PeriodDays = Annotated[int, whole_number(1, 365)]
TelegramMode = Annotated[Literal["webhook", "polling"], one_of("webhook", "polling")]
WhatsAppProvider = Annotated[Literal["twilio", "myoperator"], one_of("twilio", "myoperator")]
DebtChannel = Annotated[Literal["sms", "whatsapp", "telegram", "email"], one_of("sms", "whatsapp", "telegram", "email")]
Run = Annotated[Literal["all", "web", "worker"], one_of("all", "web", "worker")]
LogFormat = Annotated[Literal["console", "json"], one_of("console", "json")]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], one_of("debug", "info", "warning", "error")]


def _setting(what: str, example: str, default: Any = None, **more: Any) -> Any:
    """One variable: what it is for, and an example that ends the sentence about a fault."""
    return Field(default, description=what, examples=[example], **more)


def _usual_mode(earlier: dict[str, Any]) -> Literal["webhook", "polling"]:
    return "webhook" if earlier.get("public_url") else "polling"


def _usual_provider(earlier: dict[str, Any]) -> Literal["twilio", "myoperator"]:
    return "myoperator" if earlier.get("myoperator_api_key") and not earlier.get("twilio_whatsapp_from") else "twilio"


class Config(BaseModel):
    """What the operator sets, read once by `load`, frozen after. Building one by hand reads no environment.

    A variable's name is its field's in capitals; `variables()` lists them.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    # Not shown by repr: it may hold a password.
    database_url: Database = _setting("where everything is kept", DATABASE, DATABASE, repr=False)
    host: Host = _setting("address to listen on", "127.0.0.1", "127.0.0.1")
    port: Port = _setting("port to listen on; 0 takes a free one", "8080", 8080)
    public_url: Address | None = _setting("address under which the world reaches us", "https://desk.example.org")
    given_secret_key: SecretKey | None = _setting(
        "signs API tokens and links", "<64 random characters>", validation_alias=AliasChoices("SECRET_KEY")
    )
    setup_code: SetupCode | None = _setting("one-time code of the first admin", "<8 letters and digits>")

    telegram_bot_token: BotToken | None = _setting("switches Telegram on", "<digits>:<key>")
    telegram_webhook_secret: WebhookSecret | None = _setting(
        "proves that a Telegram delivery is genuine", "<40 random letters and digits>"
    )
    telegram_api_base: Address = _setting("server of the Bot API", TELEGRAM, TELEGRAM)
    telegram_mode: TelegramMode = Field(
        default_factory=_usual_mode, description="how Telegram messages come in", examples=["polling"]
    )

    twilio_account_sid: AccountSid | None = _setting("switches Twilio on, with its token", "AC<32 digits and letters>")
    twilio_auth_token: Key | None = _setting("signs and proves Twilio's requests", "<the account's token>")
    twilio_whatsapp_from: Number | None = _setting("our WhatsApp number at Twilio", "+33612345678")
    twilio_sms_from: SmsSender | None = _setting(
        "our SMS number at Twilio", "+33612345678", validation_alias=AliasChoices("TWILIO_SMS_FROM", "TWILIO_FROM")
    )
    twilio_messaging_service_sid: ServiceSid | None = _setting(
        "sends SMS from a pool of numbers", "MG<32 digits and letters>"
    )
    twilio_api_base: Address = _setting("server of Twilio", TWILIO, TWILIO)

    myoperator_api_key: Key | None = _setting("switches MyOperator on", "<the key>")
    myoperator_api_secret: PathSecret | None = _setting(
        "last part of the address of MyOperator's door", "<40 random letters and digits>"
    )
    myoperator_account_id: CompanyId | None = _setting("company id at MyOperator", "<the company's id>")
    myoperator_phone_number: NumberId | None = _setting("id of our number at MyOperator", "<the number's id>")
    myoperator_api_base: Address = _setting("server of MyOperator", MYOPERATOR, MYOPERATOR)
    whatsapp_provider: WhatsAppProvider = Field(
        default_factory=_usual_provider, description="who carries WhatsApp", examples=["twilio"]
    )

    smtp_url: SmtpServer | None = _setting("switches e-mail on", "smtp://<user>:<password>@mail.example.org:587")
    mail_from: MailAddress | None = _setting("sender of our e-mails", "Le prêt <pret@example.org>")

    default_country_code: CountryCode = _setting("country of numbers written without code", "+33", "+33")
    default_language: Language = _setting("language of who has not chosen one", "fr", "fr")
    timezone: Zone = _setting("zone of a new department", "Europe/Paris", ZoneInfo("Europe/Paris"))

    enable_debt_reminders: Switch = _setting("first value of a rule: remind of overdue debts", "false", False)
    debt_reminder_channel: DebtChannel = _setting("first value of a rule: by which channel", "sms", "sms")
    debt_reminder_dry_run: Switch = _setting("first value of a rule: write down, send nothing", "true", True)
    debt_reminder_interval_seconds: IntervalSeconds = _setting(
        "first value of a rule: seconds between two looks for overdue debts", "21600", 21_600
    )
    debt_reminder_period_days: PeriodDays = _setting(
        "first value of a rule: days between two reminders of a debt", "3", 3
    )

    trusted_proxies: Networks = _setting("proxies whose X-Forwarded-For is believed", "10.0.0.0/8", ())
    run: Run = _setting("what this process does", "all", "all")
    log_format: LogFormat = _setting("shape of the log's lines", "console", "console")
    log_level: LogLevel = _setting("from which weight on events are logged", "info", "info")

    sandbox_asked: bool = False  # --sandbox, not a variable
    country: str = ""  # the two letters of DEFAULT_COUNTRY_CODE=CA, where it was told so
    unrecognised: tuple[str, ...] = ()  # variables set that look like ours and are unknown

    @classmethod
    @cache
    def variables(cls) -> Mapping[str, str]:
        """Variable → field, in the order in which the documents list them; a former name comes last of its kind."""
        return {name: field for field in cls.model_fields for name in _names(field)}

    @classmethod
    def example(cls, variable: str) -> str:
        """What a right value looks like."""
        examples = cls.model_fields[cls.variables()[variable]].examples or []
        return str(examples[0])

    def value(self, variable: str) -> object:
        """A variable's value; None when it is unset and has no default."""
        return getattr(self, self.variables()[variable])

    @property
    def telegram_on(self) -> bool:
        return self.telegram_bot_token is not None

    @property
    def twilio_on(self) -> bool:
        return self.twilio_account_sid is not None and self.twilio_auth_token is not None

    @property
    def myoperator_on(self) -> bool:
        return self.myoperator_api_key is not None

    @property
    def whatsapp_on(self) -> bool:
        if self.whatsapp_provider == "myoperator":
            return self.myoperator_on
        return self.twilio_on and self.twilio_whatsapp_from is not None

    @property
    def sms_on(self) -> bool:
        return self.twilio_on and bool(self.twilio_sms_from or self.twilio_messaging_service_sid)

    @property
    def email_on(self) -> bool:
        return self.smtp_url is not None

    @property
    def sandboxed(self) -> bool:
        """Whether sandbox mode is on: requested, or no real provider is configured."""
        real = self.telegram_on or self.whatsapp_on or self.sms_on or self.email_on
        return self.sandbox_asked or not real

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def data_dir(self) -> Path:
        """Where files lie beside the database: the SQLite file's folder, `data` with PostgreSQL."""
        if not self.on_sqlite:
            return Path("data")
        return Path(urlsplit(self.database_url).path.removeprefix("/")).parent

    @property
    def default_region(self) -> str:
        """Two letters (`FR`) for the library of phone numbers."""
        return region_of(self.default_country_code, self.country, self.timezone)

    def secret_values(self) -> list[str]:
        """Every secret that is set, in the clear: what the log must never show."""
        set_ = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        password = urlsplit(self.database_url).password
        return [*set_, password] if password else set_

    def secret_key(self) -> str:
        """The key that signs tokens and links: SECRET_KEY, else one drawn once and kept in `data/secret`.

        Raises ConfigErrors when the file cannot be read, made or trusted.
        """
        if self.given_secret_key is not None:
            return self.given_secret_key.get_secret_value()
        try:
            return _kept_key(self.data_dir / "secret")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigErrors(
                [f"SECRET_KEY is not set and {self.data_dir / 'secret'} is of no use: {error}"]
            ) from None

    def missing(self) -> list[Advice]:
        """What could still be set to advantage, for `main.py check`."""
        return [advice for look in ADVISERS for advice in look(self)]

    def webhook_addresses(self) -> list[tuple[str, str]]:
        """(where to paste it, address) for each provider that is on; none without PUBLIC_URL.

        The secret part of MyOperator's address is left as the name of its variable.
        """
        if self.public_url is None:
            return []
        doors = self.public_url + "/webhooks"
        found = []
        if self.twilio_on:
            found.append(("Twilio, when a message comes in", f"{doors}/twilio{TWILIO_RETRY}"))
            found.append(("Twilio, status callback", f"{doors}/twilio/status{TWILIO_RETRY}"))
        if self.telegram_on and self.telegram_mode == "webhook":
            found.append(("Telegram, set by the service itself at start", f"{doors}/telegram"))
        if self.myoperator_on:
            found.append(("MyOperator, webhook", f"{doors}/myoperator/<MYOPERATOR_API_SECRET>"))
        return found


def load(
    environ: Mapping[str, str] | None = None, env_file: str | Path | None = ".env", *, sandbox: bool = False
) -> Config:
    """Read and check everything the operator set; the environment wins over `env_file`, blank counts as unset.

    environ: the process's own when None. env_file: may be missing.
    Raises ConfigErrors with one sentence per fault, all faults at once.
    """
    kept = _filled(_lines_of(Path(env_file)).items() if env_file else ())
    found = _gather(os.environ if environ is None else environ, kept)
    config, faults = _validate(found, _strangers(found, kept), sandbox=sandbox)
    spoilt = {variable for fault in faults for variable in fault.variables}
    # A combination with a variable that is already wrong is not reported twice.
    faults += [f for check in COMBINATIONS for f in check(config) if spoilt.isdisjoint(f.variables)]
    if faults:
        raise ConfigErrors([_as_written(fault.sentence, found) for fault in faults])
    return config


def _gather(environ: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    found = {**kept, **_filled(environ.items())}
    # The former name gives way to the new one, wherever each was set.
    if "TWILIO_SMS_FROM" in found:
        found.pop("TWILIO_FROM", None)
    return found


def _lines_of(env_file: Path) -> dict[str, str | None]:
    """What `.env` sets, without interpolation: a `$` in a password is a `$`. An unreadable line stops the start: the
    service would otherwise run on a default."""
    try:
        with env_file.open(encoding="utf-8") as stream:
            lines = list(parse_stream(stream))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not in UTF-8; save it in that encoding"
        raise ConfigErrors([f"{env_file} cannot be read: {why}"]) from None
    if wrong := [line.original.line for line in lines if line.error or (line.key is not None and line.value is None)]:
        raise ConfigErrors([f"{env_file}, line {at}: must be NAME=value, for example PORT=8080" for at in wrong])
    return {line.key: line.value for line in lines if line.key is not None}


def _filled(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    return {name: value.strip() for name, value in pairs if value and value.strip()}


def _validate(found: Mapping[str, str], strangers: tuple[str, ...], *, sandbox: bool) -> tuple[Config, list[Fault]]:
    """The config of the variables that are valid in themselves, and the faults of the rest."""
    known = Config.variables()
    values: dict[str, Any] = {known[name]: value for name, value in found.items() if name in known}
    values |= {"sandbox_asked": sandbox, "unrecognised": strangers}
    values["country"] = found.get("DEFAULT_COUNTRY_CODE", "").upper()
    faults: list[Fault] = []
    try:
        return Config.model_validate(values), faults
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    for detail in details:
        values.pop(_field(detail), None)
        if detail["type"] != "default_factory_not_called":  # a default that waits for another, faulty variable
            faults.append(_fault(detail))
    return Config.model_validate(values), faults


def _field(detail: ErrorDetails) -> str:
    place = str(detail["loc"][0])
    return Config.variables().get(place, place)


def _fault(detail: ErrorDetails) -> Fault:
    field = _field(detail)
    name = _names(field)[0]
    why = str(detail.get("ctx", {}).get("error", "")) or detail["msg"]
    return Fault((name,), f"{name} {why}, for example {name}={Config.example(name)}")


def _as_written(sentence: str, found: Mapping[str, str]) -> str:
    """The fault under the former name of its variable, when that is the one that was set."""
    for names in map(_names, Config.model_fields):
        for former in found.keys() & names[1:]:
            sentence = re.sub(rf"\b{names[0]}\b", former, sentence)
    return sentence


def _names(field: str) -> list[str]:
    """The variables of a field, the present name first; none for what is not a variable."""
    info = Config.model_fields[field]
    if info.examples is None:
        return []
    if isinstance(info.validation_alias, AliasChoices):
        return [str(name) for name in info.validation_alias.choices]
    return [field.upper()]


def _strangers(found: Iterable[str], kept: Iterable[str]) -> tuple[str, ...]:
    """Names that nothing reads: all others of the file, those that begin as ours do of the environment."""
    ours = ("TELEGRAM_", "TWILIO_", "MYOPERATOR_", "DEBT_REMINDER_", "WHATSAPP_", "SMTP_")
    here = {name for name in found if name.startswith(ours)}
    there = {name for name in kept if not name.startswith(OF_COMPOSE)}
    return tuple(sorted((here | there) - Config.variables().keys()))


def _kept_key(path: Path) -> str:
    """The key in `path`, drawn and written there (readable by its owner alone) when there is none yet."""
    if not path.exists():
        _draw_key(path)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)  # a restored backup or a copy often comes back readable by all
    key = path.read_text("ascii").strip()
    if len(key) < SHORTEST_SECRET_KEY:
        raise OSError("it holds less than a key; remove it and a new one is drawn (tokens and links become void)")
    return key


def _draw_key(path: Path) -> None:
    """Write a new key. Linked into place when complete: a crash leaves no half key, and of two processes one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
