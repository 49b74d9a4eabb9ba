"""What the operator sets: read once, checked at the start, every fault at once and nothing secret printed."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pydantic
import pytest

from bot.config import Config, ConfigErrors, load
from bot.first_rules import first_rules

TELEGRAM = {"TELEGRAM_BOT_TOKEN": "123456:sample-token"}
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "sample-auth-token",
    "TWILIO_WHATSAPP_FROM": "whatsapp:+33612345678",
}
MYOPERATOR = {
    "MYOPERATOR_API_KEY": "sample-key",
    "MYOPERATOR_API_SECRET": "sample-secret",
    "MYOPERATOR_ACCOUNT_ID": "sample-company",
    "MYOPERATOR_PHONE_NUMBER": "1234567890",
}
MAIL = {"SMTP_URL": "smtp://desk:sample@mail.example.org:587", "MAIL_FROM": "Le prêt <pret@example.org>"}
POSTGRESQL = {"DATABASE_URL": "postgresql://desk:sample@localhost/desk"}


def read(environ: Mapping[str, str], *, sandbox: bool = False) -> Config:
    return load(environ, None, sandbox=sandbox)


def faults(environ: Mapping[str, str]) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        read(environ)
    return caught.value.sentences


def test_nothing_set_is_a_sandbox_on_this_machine() -> None:
    config = read({})
    assert config.sandboxed
    assert (config.host, config.port, config.run) == ("127.0.0.1", 8080, "all")
    assert config.database_url == "sqlite+aiosqlite:///data/prete-rendu.db"
    assert config.data_dir == Path("data")
    assert config.timezone == ZoneInfo("Europe/Paris")
    assert (config.default_country_code, config.default_region, config.default_language) == ("+33", "FR", "fr")
    assert config.webhook_addresses() == []


def test_the_country_of_the_desk_gives_its_money_and_its_holidays() -> None:
    first = first_rules(read({"DEFAULT_COUNTRY_CODE": "+221"}))
    assert (first["currency"], first["holiday_country"]) == ("XOF", "SN")


@pytest.mark.parametrize(
    ("code", "zone", "country", "currency"),
    [
        ("CA", "Europe/Paris", "CA", "CAD"),
        ("+1", "America/Toronto", "CA", "CAD"),
        ("+1", "America/Montreal", "CA", "CAD"),  # a former name
        ("1", "Pacific/Pago_Pago", "AS", "USD"),
        ("+1", "Europe/Paris", "US", "USD"),
        ("us", "America/Toronto", "US", "USD"),
        ("+262", "Indian/Mayotte", "YT", "EUR"),
        ("+33", "Africa/Dakar", "FR", "EUR"),
    ],
)
def test_of_countries_that_share_a_code_the_letters_or_the_zone_tell_one(
    code: str, zone: str, country: str, currency: str
) -> None:
    config = read({"DEFAULT_COUNTRY_CODE": code, "TIMEZONE": zone})
    assert config.default_region == country
    assert first_rules(config)["currency"] == currency


def test_a_config_does_not_change() -> None:
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        setattr(read({}), "port", 1)  # noqa: B010 - the type checker refuses the plain form, as it should


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("PORT", "0", 0),
        ("PUBLIC_URL", "https://desk.example.org/", "https://desk.example.org"),
        ("PUBLIC_URL", "https://example.org/desk/", "https://example.org/desk"),
        ("PUBLIC_URL", "http://localhost:8080", "http://localhost:8080"),
        ("DATABASE_URL", "sqlite:///data/desk.db", "sqlite+aiosqlite:///data/desk.db"),
        ("DATABASE_URL", "sqlite+aiosqlite:////data/desk.db", "sqlite+aiosqlite:////data/desk.db"),
        ("DATABASE_URL", "postgres://u:p@db:5432/desk", "postgresql+asyncpg://u:p@db:5432/desk"),
        ("DATABASE_URL", "postgresql+asyncpg://u:p@db/desk", "postgresql+asyncpg://u:p@db/desk"),
        ("DEFAULT_COUNTRY_CODE", "33", "+33"),
        ("DEFAULT_COUNTRY_CODE", "0033", "+33"),
        ("DEFAULT_COUNTRY_CODE", "FR", "+33"),
        ("DEFAULT_COUNTRY_CODE", "+221", "+221"),
        ("DEFAULT_COUNTRY_CODE", "sn", "+221"),
        ("TIMEZONE", "Africa/Dakar", ZoneInfo("Africa/Dakar")),
        ("TIMEZONE", "africa/dakar", ZoneInfo("Africa/Dakar")),
        ("LOG_LEVEL", "WARNING", "warning"),
        ("DEBT_REMINDER_CHANNEL", "WhatsApp", "whatsapp"),
        ("ENABLE_DEBT_REMINDERS", "oui", True),
        ("DEBT_REMINDER_DRY_RUN", "0", False),
        ("TRUSTED_PROXIES", "10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1"))),
        ("TELEGRAM_MODE", "polling", "polling"),
    ],
)
def test_this_text_reads_as_this_value(variable: str, text: str, value: object) -> None:
    assert read({variable: text}).value(variable) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("PORT", "80a"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("HOST", "http://0.0.0.0"),
        ("PUBLIC_URL", "desk.example.org"),
        ("PUBLIC_URL", "ftp://desk.example.org"),
        ("PUBLIC_URL", "https://desk.example.org:99999"),
        ("PUBLIC_URL", "https://me:sample@desk.example.org"),
        ("PUBLIC_URL", "https://desk.example.org/?a=1"),
        ("PUBLIC_URL", "https://desk .example.org"),
        ("PUBLIC_URL", "https://prêt.example.org"),
        ("PUBLIC_URL", "https://desk..example.org"),
        ("DATABASE_URL", "mysql://u:p@db/desk"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite+aiosqlite:///:memory:"),
        ("DATABASE_URL", "postgresql://u:p@db"),
        ("DATABASE_URL", "postgresql://u:p@ss@db/desk"),
        ("SECRET_KEY", "short"),
        ("DEFAULT_LANGUAGE", "zz"),
        ("SETUP_CODE", "a b"),
        ("TELEGRAM_BOT_TOKEN", "no-colon"),
        ("TELEGRAM_WEBHOOK_SECRET", "with space"),
        ("TELEGRAM_WEBHOOK_SECRET", "a" * 257),
        ("TELEGRAM_MODE", "push"),
        ("TWILIO_ACCOUNT_SID", "SK123"),
        ("TWILIO_AUTH_TOKEN", "é"),
        ("TWILIO_WHATSAPP_FROM", "0612345678"),
        ("TWILIO_SMS_FROM", "@desk"),
        ("TWILIO_MESSAGING_SERVICE_SID", "AC123"),
        ("MYOPERATOR_API_KEY", "a key"),
        ("MYOPERATOR_ACCOUNT_ID", "société"),
        ("WHATSAPP_PROVIDER", "meta"),
        ("SMTP_URL", "mail.example.org"),
        ("SMTP_URL", "smtp://user@mail.example.org"),
        ("SMTP_URL", "smtp://mail.example.org:port"),
        ("SMTP_URL", "smtp://mail.example.org?starttls=off"),
        ("SMTP_URL", "smtps://mail.example.org?starttls=on"),
        ("SMTP_URL", "smtp://mail.example.org/path"),
        ("SMTP_URL", "smtp://mail..example.org"),
        ("SMTP_URL", "smtp://desk:12#34@mail.example.org"),
        ("MAIL_FROM", "desk"),
        ("MAIL_FROM", "prêt@example.org"),
        ("MAIL_FROM", "pret@example.org, chef@example.org"),
        ("MAIL_FROM", f"pret@{'a' * 64}.org"),
        ("DEFAULT_COUNTRY_CODE", "+999"),
        ("DEFAULT_COUNTRY_CODE", "XX"),
        ("DEFAULT_LANGUAGE", "French"),
        ("TIMEZONE", "Mars/Olympus"),
        ("TIMEZONE", "../../etc/passwd"),
        ("ENABLE_DEBT_REMINDERS", "perhaps"),
        ("DEBT_REMINDER_INTERVAL_SECONDS", "5"),
        ("DEBT_REMINDER_PERIOD_DAYS", "0"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("RUN", "both"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_refused_by_name_with_an_example(variable: str, text: str) -> None:
    sentences = faults({variable: text})
    assert [sentence.split()[0] for sentence in sentences] == [variable]
    assert f"for example {variable}=" in sentences[0]
    assert "\n" not in sentences[0]


def test_a_proxy_that_may_be_one_or_a_network_is_asked_about() -> None:
    (sentence,) = faults({"TRUSTED_PROXIES": "10.0.0.1/8"})
    assert "either the network 10.0.0.0/8 or the address 10.0.0.1" in sentence


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_AUTH_TOKEN": "sample"}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_SMS_FROM": "+33612345678"}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "sample"}, "TWILIO_WHATSAPP_FROM"),
        ({**TELEGRAM, "PUBLIC_URL": "https://desk.example.org"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({**TELEGRAM, "TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": "sample"}, "PUBLIC_URL"),
        (
            {**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "sample", "PUBLIC_URL": "https://desk.example.org:8080"},
            "PUBLIC_URL must be reached at port 443",
        ),
        ({"MYOPERATOR_API_SECRET": "sample-secret"}, "MYOPERATOR_API_KEY"),
        ({"WHATSAPP_PROVIDER": "myoperator"}, "MYOPERATOR_API_KEY"),
        ({**MYOPERATOR, "MYOPERATOR_ACCOUNT_ID": " "}, "MYOPERATOR_ACCOUNT_ID"),
        ({"SMTP_URL": MAIL["SMTP_URL"]}, "MAIL_FROM"),
        ({**TWILIO, "PUBLIC_URL": "http://desk.example.org"}, "PUBLIC_URL"),
        ({**TWILIO, "PUBLIC_URL": "https://my_desk.example.org"}, "PUBLIC_URL"),
        ({"RUN": "worker"}, "RUN"),
        ({"RUN": "web"}, "RUN"),
        ({"RUN": "web", **POSTGRESQL}, "RUN"),
    ],
)
def test_variables_that_do_not_fit_together_are_refused(environ: dict[str, str], variable: str) -> None:
    (sentence,) = faults(environ)
    assert sentence.startswith(variable)
    assert "for example" in sentence


def test_every_fault_is_told_at_once_each_variable_once() -> None:
    environ = {**TELEGRAM, "PUBLIC_URL": "https://desk.example.org", "PORT": "x", "RUN": "web", "TIMEZONE": "x"}
    named = [sentence.split()[0].partition("=")[0] for sentence in faults(environ)]
    assert named == ["PORT", "TIMEZONE", "TELEGRAM_WEBHOOK_SECRET", "RUN"]


def test_half_of_a_pair_that_is_wrong_in_itself_is_told_once() -> None:
    assert len(faults({"RUN": "web", "DATABASE_URL": "mysql://db/desk"})) == 1
    assert len(faults({"RUN": "web", "TELEGRAM_BOT_TOKEN": "no token", **POSTGRESQL})) == 1


def test_no_fault_quotes_what_was_set() -> None:
    secret = "s3cr3t value/pasted into the wrong line"  # wrong for every variable with a shape
    environ = dict.fromkeys(Config.variables(), secret)
    assert secret[:6] not in "\n".join(faults(environ))


def test_a_config_shows_no_secret() -> None:
    config = read({**TELEGRAM, **TWILIO, **MYOPERATOR, **MAIL, **POSTGRESQL, "SECRET_KEY": "sample" * 8})
    assert "sample" not in repr(config).replace("sample-company", "")


def test_blank_counts_as_unset() -> None:
    assert read({"PORT": "", "TELEGRAM_BOT_TOKEN": "  ", "PUBLIC_URL": ""}) == read({})


def test_the_former_name_of_the_sms_number_still_works() -> None:
    assert read({**TWILIO, "TWILIO_FROM": "+221 77 123 45 67"}).twilio_sms_from == "+221771234567"


@pytest.mark.parametrize("environ", [{**TWILIO, "TWILIO_FROM": "@desk"}, {"TWILIO_FROM": "+33612345678"}])
def test_a_fault_of_the_sms_number_names_the_variable_that_was_set(environ: dict[str, str]) -> None:
    (fault,) = faults(environ)
    assert "TWILIO_FROM" in fault
    assert "TWILIO_SMS_FROM" not in fault


def test_the_new_name_of_the_sms_number_wins() -> None:
    both = {**TWILIO, "TWILIO_FROM": "+33612345679", "TWILIO_SMS_FROM": "+33612345678"}
    assert read(both).twilio_sms_from == "+33612345678"


@pytest.mark.parametrize("sender", ["+33612345678", "38080", "LePret"])
def test_an_sms_sender_is_a_number_a_short_code_or_a_name(sender: str) -> None:
    assert read({**TWILIO, "TWILIO_SMS_FROM": sender}).twilio_sms_from == sender


@pytest.mark.parametrize(
    ("environ", "on"),
    [
        ({}, set()),
        (TELEGRAM, {"telegram"}),
        (TWILIO, {"whatsapp"}),
        ({**TWILIO, "TWILIO_SMS_FROM": "+33612345678"}, {"whatsapp", "sms"}),
        ({**TWILIO, "TWILIO_WHATSAPP_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": "MG1"}, {"sms"}),
        (MYOPERATOR, {"whatsapp", "myoperator"}),
        ({**TWILIO, **MYOPERATOR}, {"whatsapp", "myoperator"}),
        (MAIL, {"email"}),
    ],
)
def test_a_channel_is_on_when_its_variables_are_set(environ: dict[str, str], on: set[str]) -> None:
    config = read(environ)
    channels = ("telegram", "whatsapp", "sms", "email", "myoperator")
    assert {name for name in channels if getattr(config, f"{name}_on")} == on
    assert config.sandboxed == (not on)


def test_whatsapp_goes_by_myoperator_when_it_alone_is_configured() -> None:
    assert read(MYOPERATOR).whatsapp_provider == "myoperator"
    assert read({**TWILIO, **MYOPERATOR}).whatsapp_provider == "twilio"
    assert read({**TWILIO, **MYOPERATOR, "WHATSAPP_PROVIDER": "myoperator"}).whatsapp_provider == "myoperator"


def test_a_sandbox_may_be_asked_for_beside_a_real_provider_and_speaks_plain_http() -> None:
    config = read({**TWILIO, "PUBLIC_URL": "http://desk.test:8080"}, sandbox=True)
    assert config.sandboxed
    assert config.public_url == "http://desk.test:8080"


def test_telegram_is_polled_unless_the_world_can_reach_us() -> None:
    public = {"PUBLIC_URL": "https://desk.example.org", "TELEGRAM_WEBHOOK_SECRET": "sample"}
    assert read(TELEGRAM).telegram_mode == "polling"
    assert read({**TELEGRAM, **public}).telegram_mode == "webhook"
    assert read({**TELEGRAM, **public, "TELEGRAM_MODE": "polling"}).telegram_mode == "polling"


def test_telegram_s_own_server_calls_four_ports_and_another_server_any() -> None:
    hooked = {**TELEGRAM, "TELEGRAM_WEBHOOK_SECRET": "sample"}
    assert read({**hooked, "PUBLIC_URL": "https://desk.example.org:8443"}).telegram_mode == "webhook"
    elsewhere = {"PUBLIC_URL": "https://desk.example.org:8080", "TELEGRAM_API_BASE": "http://telegram:8081"}
    assert read({**hooked, **elsewhere}).telegram_mode == "webhook"


def test_the_addresses_to_paste_carry_twilio_s_retry_settings_and_no_secret() -> None:
    public = {"PUBLIC_URL": "https://desk.example.org", "TELEGRAM_WEBHOOK_SECRET": "sample"}
    addresses = dict(read({**TELEGRAM, **TWILIO, **MYOPERATOR, **public}).webhook_addresses())
    assert list(addresses.values()) == [
        "https://desk.example.org/webhooks/twilio#rc=3&rp=ct,rt,5xx",
        "https://desk.example.org/webhooks/twilio/status#rc=3&rp=ct,rt,5xx",
        "https://desk.example.org/webhooks/telegram",
        "https://desk.example.org/webhooks/myoperator/<MYOPERATOR_API_SECRET>",
    ]


def test_what_is_missing_is_advised_not_demanded() -> None:
    named = {advice.variable for advice in read({**TELEGRAM, **POSTGRESQL}).missing()}
    assert named == {"TWILIO_WHATSAPP_FROM", "TWILIO_SMS_FROM", "SMTP_URL", "PUBLIC_URL", "SECRET_KEY"}
    assert read({}).missing()[0].how


def test_a_misspelt_variable_is_pointed_out() -> None:
    (advice,) = [
        a for a in read({"TWILIO_WHATSAP_FROM": "+33612345678"}).missing() if a.variable.endswith("WHATSAP_FROM")
    ]
    assert "TWILIO_WHATSAPP_FROM" in advice.how


def test_a_line_of_the_file_that_nothing_reads_is_pointed_out(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PUBLIC_ULR=https://desk.example.org\nport=9000\nPOSTGRES_PASSWORD=sample\nPATH=\n")
    told = {
        a.variable: a.how for a in load({"PATH": "/usr/bin", "LANG": "C"}, file).missing() if "nothing" in a.what_for
    }
    assert told == {"PUBLIC_ULR": "did you mean PUBLIC_URL?", "port": "did you mean PORT?"}


def test_the_environment_wins_over_the_file_and_the_file_keeps_its_dollars(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=9000\nHOST=0.0.0.0\nTWILIO_FROM=+33612345679\nSMTP_URL=smtp://u:${HOME}@h\nMAIL_FROM=a@b.c\n")
    config = load({**TWILIO, "PORT": "9001", "TWILIO_SMS_FROM": "+33612345678"}, file)
    assert (config.host, config.port, config.twilio_sms_from) == ("0.0.0.0", 9001, "+33612345678")
    assert config.smtp_url is not None
    assert config.smtp_url.get_secret_value() == "smtp://u:${HOME}@h"


def test_an_unreadable_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"HOST=\xff\xfe")
    with pytest.raises(ConfigErrors, match="cannot be read: it is not in UTF-8"):
        load({}, tmp_path / ".env")
    with pytest.raises(ConfigErrors, match="cannot be read: Is a directory"):
        load({}, tmp_path)


def test_a_line_of_the_file_that_says_nothing_is_a_fault_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ours\nHOST=0.0.0.0\nPORT='8081\n=x\nTIMEZONE\n")
    with pytest.raises(ConfigErrors) as caught:
        load({}, tmp_path / ".env")
    assert [sentence.partition(": ")[0][-6:] for sentence in caught.value.sentences] == ["line 3", "line 4", "line 5"]
    assert "8081" not in str(caught.value)


def test_without_an_argument_the_process_s_own_environment_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "9002")
    assert load().port == 9002
    assert Config().port == 8080


def in_folder(folder: Path) -> Config:
    return read({"DATABASE_URL": f"sqlite:///{folder}/desk.db"})


def test_files_lie_beside_the_sqlite_database(tmp_path: Path) -> None:
    assert in_folder(tmp_path).data_dir == tmp_path
    assert read(POSTGRESQL).data_dir == Path("data")


def test_a_key_is_drawn_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    key = in_folder(folder).secret_key()
    assert len(key) >= 32
    assert in_folder(folder).secret_key() == key
    assert [path.name for path in folder.iterdir()] == ["secret"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600


def test_a_kept_key_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    key = in_folder(tmp_path).secret_key()
    (tmp_path / "secret").chmod(0o644)
    assert in_folder(tmp_path).secret_key() == key
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_two_processes_that_start_together_agree_on_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = in_folder(tmp_path).secret_key()
    # The other process looked before the first had written.
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert in_folder(tmp_path).secret_key() == first
    assert os.listdir(tmp_path) == ["secret"]


def test_a_damaged_key_is_not_replaced_in_silence(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("half")
    with pytest.raises(ConfigErrors, match="SECRET_KEY is not set"):
        in_folder(tmp_path).secret_key()


def test_a_given_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    config = read({"DATABASE_URL": f"sqlite:///{tmp_path}/desk.db", "SECRET_KEY": "k" * 32})
    assert config.secret_key() == "k" * 32
    assert list(tmp_path.iterdir()) == []
