"""`main.py understand` and `main.py read-due`: phrases in, one line each out."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core.understand import TOLD_AS, read_due_line, run, understand_line

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Europe/Paris"))
AT = ("--now", "2026-11-21T10:00:00+01:00")


def answered(command: str, text: bytes | str, *arguments: str) -> list[str]:
    target = io.StringIO()
    source = io.TextIOWrapper(io.BytesIO(text)) if isinstance(text, bytes) else io.StringIO(text)
    assert run(command, arguments, source, target, now=NOW) == 0
    return target.getvalue().splitlines()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("RENDU", "return\tact\t-\t-"),
        ("PRET perceuse vendredi 18h", "borrow\tact\t2026-11-27T18:00:00+01:00\thour"),
        ("PRET perceuse vendredi", "borrow\tact\t2026-11-27\tday"),
        ("PRET perceuse hier", "borrow\tact\t-\t-"),
        ("vendredi 18h30", "unknown\task\t2026-11-27T18:30:00+01:00\tminute"),
        ("tralala lalère", "unknown\task\t-\t-"),
        ("oui", "unknown\task\t-\t-"),
        ("je conteste", "human\tact\t-\t-"),
        ("mes rappels", "list\tact\t-\t-"),
        ("", "unknown\task\t-\t-"),
    ],
)
def test_a_phrase_is_told_in_four_columns(line: str, told: str) -> None:
    assert understand_line(line, "fr", NOW) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("vendredi 18h", "2026-11-27T18:00:00+01:00\thour"),
        ("demain", "2026-11-22\tday"),
        ("hier", "?"),
        ("perceuse", "?"),
        ("", "?"),
    ],
)
def test_a_time_is_told_or_refused(line: str, told: str) -> None:
    assert read_due_line(line, "fr", NOW) == told


def test_only_intents_of_the_desk_are_told_under_another_word() -> None:
    assert not set(TOLD_AS) & set(TOLD_AS.values())


def test_each_line_is_answered_in_order_whatever_its_bytes() -> None:
    text = "RENDU\r\n\xff\xfe\r\n\r\nMES PRETS".encode("latin-1")
    assert [line.split("\t")[0] for line in answered("understand", text, *AT)] == [
        "return", "unknown", "unknown", "list",
    ]  # fmt: skip


def test_phrases_may_be_given_as_arguments() -> None:
    assert answered("understand", "", "I returned it", "--language", "en", *AT) == ["return\tact\t-\t-"]
    assert answered("read-due", "", "tomorrow", "--language", "en", *AT) == ["2026-11-22\tday"]


def test_a_moment_without_offset_is_in_the_zone_asked_for() -> None:
    asked = ("--now", "2026-11-21T10:00", "--zone", "America/New_York")
    assert answered("read-due", "demain 18h\n", *asked) == ["2026-11-22T18:00:00-05:00\thour"]


def test_the_closing_time_is_that_of_a_bare_day_in_words() -> None:
    assert answered("read-due", "demain\n", *AT, "--closing", "12:30") == ["2026-11-22\tday"]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(SystemExit):
        run("understand", ["--language", "de"], io.StringIO(""), io.StringIO(), now=NOW)


def test_a_closing_time_that_is_none_is_refused_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """It said "invalid fromisoformat value"."""
    with pytest.raises(SystemExit):
        run("read-due", ["demain", "--closing", "25h"], io.StringIO(""), io.StringIO(), now=NOW)
    assert "--closing: must be a time of day such as 18:00" in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["9999-12-31T23:00", "tomorrow", ""])
def test_a_moment_that_cannot_be_read_or_reckoned_with_is_refused_with_a_sentence(
    capsys: pytest.CaptureFixture[str], moment: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("read-due", ["demain", "--now", moment], io.StringIO(""), io.StringIO(), now=NOW)
    assert ended.value.code == 2
    assert "--now: must be" in capsys.readouterr().err


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../x", "Europe", ""])
def test_a_zone_that_is_none_is_refused_with_a_sentence(capsys: pytest.CaptureFixture[str], zone: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run("read-due", ["demain", "--zone", zone], io.StringIO(""), io.StringIO(), now=NOW)
    assert ended.value.code == 2
    assert "--zone: must be a time zone such as Europe/Paris" in capsys.readouterr().err


def test_the_command_answers_line_by_line_in_a_process_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "understand", "--language", "fr", *AT],
        cwd=ROOT, input=b"j'ai rendu\nstop merci\n", capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.decode().splitlines() == ["return\tact\t-\t-", "stop\tact\t-\t-"]


def test_the_present_is_that_of_the_zone() -> None:
    """Without --now the machine's clock is asked, in UTC: "vendredi 18h" is six in the evening at the desk."""
    target = io.StringIO()
    assert run("read-due", ["vendredi 18h"], io.StringIO(), target, now=NOW.astimezone(UTC)) == 0
    assert target.getvalue() == "2026-11-27T18:00:00+01:00\thour\n"
