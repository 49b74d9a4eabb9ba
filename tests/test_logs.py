"""The log: one event is one line, and nothing in it may be misused."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.config import load
from bot.core.words import Words
from bot.logs import QUIET, set_up
from bot.masking import HIDDEN, LONGEST, Mask, mask_number, mask_text
from tests.logged import logging_given_back

NUMBER = "+33612345678"
BOT_TOKEN = "123456789:" + "sample-key-of-a-bot-" * 2
AUTH_TOKEN = "0123456789abcdef" * 2

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    with logging_given_back():
        yield


@pytest.fixture
def log_of(request: pytest.FixtureRequest) -> Callable[..., Lines]:
    """Set logging up at a level; gives a function that reads what was logged."""

    def begin(level: str = "info", secrets: tuple[str, ...] = ()) -> Lines:
        stream = io.StringIO()
        set_up("json", level, secrets=secrets, stream=stream)
        return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]

    return begin


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("+33612345678", "+33 6•• •• •• 78"),
        ("+33 6 12 34 56 78", "+33 6•• •• •• 78"),
        ("whatsapp:+221771234567", "+221 7•• •• •• 67"),
        ("0033612345678", "+33 6•• •• •• 78"),
        ("33612345678", "+33 6•• •• •• 78"),
        ("06 12 34 56 78", "06 •• •• •• 78"),
        ("0612345678", "06 •• •• •• 78"),
        ("tel:0612345678.", "tel:06 •• •• •• 78."),
        ("To=whatsapp%3A%2B33612345678&x", "To=whatsapp%3A+33 6•• •• •• 78&x"),
        ("said by awa.ndiaye@example.org", f"said by a{HIDDEN}@example.org"),
        (f"/bot{BOT_TOKEN}/sendMessage", f"/bot{HIDDEN}/sendMessage"),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {HIDDEN}"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", HIDDEN),
        (f"token {AUTH_TOKEN}", f"token {HIDDEN}"),
        ("postgresql://desk:sample@db/desk", f"postgresql://{HIDDEN}@db/desk"),
        ("GET /r/sampletoken HTTP/1.1", f"GET /r/{HIDDEN} HTTP/1.1"),
        ("POST /dashboard/enter/sampletoken", f"POST /dashboard/enter/{HIDDEN}"),
        ("GET /unsubscribe/sampletoken", f"GET /unsubscribe/{HIDDEN}"),
        ("POST /webhooks/myoperator/sample?a=1", f"POST /webhooks/myoperator/{HIDDEN}?a=1"),
        ("/sandbox?token=sample&x=1", f"/sandbox?token={HIDDEN}&x=1"),
        ("INSERT [parameters: ('Bonjour', [1])]", f"INSERT [parameters: {HIDDEN}]"),
        ("DETAIL: Key (value)=(bonjour) exists", f"DETAIL: Key (value)=({HIDDEN}) exists"),
        ("x [type=int, input_value='bonjour', input_type=str]", f"x [type=int, input_value={HIDDEN}, input_type=str]"),
    ],
)
def test_this_is_hidden(written: str, shown: str) -> None:
    assert mask_text(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T04:33:21.042231+00:00",
        "-1001234567890",
        "SM" + AUTH_TOKEN,
        "loan 12 due in 0.0612345678 s",
        "1763700000000",
        "PERC-001",
        "prêt à rendre — vendredi 18 h",
        "https://desk.example.org/healthz",
    ],
)
def test_this_stays_readable(text: str) -> None:
    assert mask_text(text) == text


def test_a_number_keeps_its_country_first_digit_and_end() -> None:
    assert mask_number("+33612345678") == "+33 6•• •• •• 78"
    assert mask_number("771234567") == "77 •• •• •• 67"


@given(st.text())
def test_no_text_can_make_a_second_line_or_an_order_to_the_terminal(text: str) -> None:
    masked = mask_text(text)
    assert len(masked.splitlines()) <= 1
    assert "\x1b" not in masked
    masked.encode()


def test_a_long_text_is_cut() -> None:
    assert mask_text("a" * 100_000) == "a" * LONGEST + "…"


class Channel(StrEnum):
    SMS = "sms"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (12, 12),
        (Channel.SMS, "sms"),
        (Decimal("1.50"), "1.50"),
        (Path("data/desk.db"), "data/desk.db"),
        (datetime(2026, 11, 21, tzinfo=UTC), "2026-11-21 00:00:00+00:00"),
        (ValueError(NUMBER), "ValueError: +33 6•• •• •• 78"),
        ([NUMBER, {"to": "771234567"}], ["+33 6•• •• •• 78", {"to": "77 •• •• •• 67"}]),
        (b"bonjour", "(7 bytes)"),
        (SecretStr("sample"), "<SecretStr>"),
        (object, "<type>"),
    ],
)
def test_a_value_is_shown_in_plain_types(value: object, shown: object) -> None:
    assert Mask().value(value) == shown


def test_the_fields_of_our_own_shapes_are_masked_by_their_names() -> None:
    shown = Mask().value(Words("Bonjour Awa", subject="Rappel"))
    assert isinstance(shown, dict)
    assert (shown["text"], shown["subject"]) == ("(11 characters)", "(6 characters)")


def test_an_event_is_one_line_with_its_time_level_and_facts(log_of: Callable[..., Lines]) -> None:
    lines = log_of()
    structlog.get_logger("jobs.deliver").info("sent", row=12, to=NUMBER)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "sent",
        "level": "info",
        "logger": "jobs.deliver",
        "row": 12,
        "to": "+33 6•• •• •• 78",
    }


def test_a_library_s_lines_go_the_same_way(log_of: Callable[..., Lines]) -> None:
    lines = log_of()
    logging.getLogger("aiohttp.server").warning("from %s\nlevel=critical forged", NUMBER)
    (line,) = lines()
    assert line["event"] == "from +33 6•• •• •• 78\\nlevel=critical forged"
    assert (line["logger"], line["level"]) == ("aiohttp.server", "warning")


@pytest.mark.parametrize("name", ["text", "body", "words", "payload"])
def test_what_people_wrote_is_shown_at_debug_only(log_of: Callable[..., Lines], name: str) -> None:
    lines = log_of("debug")
    log = structlog.get_logger()
    log.info("heard", **{name: "mon code est 1234"})
    log.debug("heard", **{name: "mon code est 1234"})
    assert [line[name] for line in lines()] == ["(17 characters)", "mon code est 1234"]


@pytest.mark.parametrize("name", ["token", "auth_token", "api_key", "Authorization", "password", "webhook_secret"])
def test_a_value_named_like_a_secret_is_never_shown(log_of: Callable[..., Lines], name: str) -> None:
    lines = log_of("debug")
    structlog.get_logger().debug("x", **{name: "sample"}, headers={name: "sample"})
    (line,) = lines()
    assert (line[name], line["headers"]) == (HIDDEN, {name: HIDDEN})


def test_the_secrets_of_the_config_are_hidden_wherever_they_stand(log_of: Callable[..., Lines]) -> None:
    environ = {
        "TELEGRAM_BOT_TOKEN": "42:sample-bot",
        "DATABASE_URL": "postgresql://desk:sample-password@db/desk",
        "SMTP_URL": "smtp://desk:sample@mail.example.org",
        "MAIL_FROM": "a@example.org",
    }
    secrets = load(environ, None).secret_values()
    assert set(secrets) == {"42:sample-bot", "sample-password", "smtp://desk:sample@mail.example.org"}
    lines = log_of(secrets=tuple(secrets))
    structlog.get_logger().info("with 42:sample-bot in it", where=["x sample-password y"])
    (line,) = lines()
    assert (line["event"], line["where"]) == (f"with {HIDDEN} in it", [f"x {HIDDEN} y"])


def give_way(number: str) -> None:
    local_words = "what Awa wrote"
    try:
        raise LookupError(f"nobody at {number}")
    except LookupError as error:
        raise RuntimeError(f"bot{BOT_TOKEN} said no") from error
    finally:
        del local_words


@pytest.mark.parametrize("name", ["structlog", "stdlib"])
def test_a_traceback_is_one_line_without_numbers_tokens_or_local_values(
    log_of: Callable[..., Lines], name: str
) -> None:
    lines = log_of()
    log: Any = structlog.get_logger() if name == "structlog" else logging.getLogger("aiohttp.server")
    try:
        give_way(NUMBER)
    except RuntimeError:
        log.exception("it broke")
    (line,) = lines()
    assert f"RuntimeError: bot{HIDDEN} said no at tests/test_logs.py:" in line["fault"]
    assert "← LookupError: nobody at +33 6•• •• •• 78 at tests/test_logs.py:" in line["fault"]
    assert "give_way" in line["fault"]
    assert "Awa" not in str(line)


def test_the_errors_of_a_group_are_all_told(log_of: Callable[..., Lines]) -> None:
    lines = log_of()
    group = ExceptionGroup("two loops fell", [ValueError("one"), OSError("other")])
    structlog.get_logger().error("fell", exc_info=group)
    assert "ValueError: one" in lines()[0]["fault"]
    assert "OSError: other" in lines()[0]["fault"]


def test_an_error_that_stands_in_its_own_past_ends(log_of: Callable[..., Lines]) -> None:
    lines = log_of()
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    structlog.get_logger().error("circle", exc_info=first)
    assert lines()[0]["fault"].count("first") == 1


def test_what_nobody_catches_is_masked_too(log_of: Callable[..., Lines]) -> None:
    lines = log_of()
    error = RuntimeError(NUMBER)
    sys.excepthook(RuntimeError, error, None)
    threading.excepthook(threading.ExceptHookArgs((RuntimeError, error, None, None)))
    assert [line["level"] for line in lines()] == ["critical", "critical"]
    assert all("+33 6•• •• •• 78" in line["fault"] for line in lines())


def test_a_line_that_cannot_be_written_shows_nothing_of_what_it_held() -> None:
    stream = io.StringIO()
    set_up("json", "info", stream=stream)
    broken = {"name": "aiohttp.server", "msg": "%d", "args": (NUMBER,), "levelname": "INFO"}
    logging.getLogger().handlers[-1].handle(logging.makeLogRecord(broken))
    assert stream.getvalue() == "a line of aiohttp.server could not be logged: TypeError\n"


def test_a_warning_becomes_a_line(log_of: Callable[..., Lines]) -> None:
    lines = log_of()
    with warnings.catch_warnings():
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.simplefilter("always")
        warnings.warn(f"odd {NUMBER}", stacklevel=1)
    assert "odd +33 6•• •• •• 78" in lines()[0]["event"]


def test_the_talkative_libraries_are_quiet_below_warning_even_at_debug(log_of: Callable[..., Lines]) -> None:
    lines = log_of("debug")
    for name in QUIET:
        logging.getLogger(name).info("request with body %s", "bonjour")
    assert lines() == []


def test_events_below_the_level_are_not_logged(log_of: Callable[..., Lines]) -> None:
    lines = log_of("warning")
    structlog.get_logger().info("x")
    logging.getLogger("x").info("x")
    structlog.get_logger().warning("y")
    assert [line["event"] for line in lines()] == ["y"]


def test_setting_up_twice_does_not_log_twice(log_of: Callable[..., Lines]) -> None:
    log_of()
    lines = log_of()
    structlog.get_logger().info("x")
    assert len(lines()) == 1


def test_the_console_shows_one_line_per_event_too() -> None:
    stream = io.StringIO()
    set_up("console", "info", stream=stream)
    try:
        give_way(NUMBER)
    except RuntimeError:
        structlog.get_logger().exception("it\nbroke", name="Awa\x1b[31m\r\nlevel=info")
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert "612345678" not in text


def test_a_stream_that_is_gone_stops_nobody() -> None:
    stream = io.StringIO()
    set_up("console", "info", stream=stream)
    stream.close()
    structlog.get_logger("door").error("letter_not_kept")
