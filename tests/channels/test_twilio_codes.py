"""Twilio's error codes: one outcome each, in an answer and in a receipt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.twilio_codes import CODES, outcome_of_error, outcome_of_receipt
from bot.core.delivery import ConfigFault, Failed, Later, Outcome, Refused, Unsure, WindowClosed

CONFIG = {20003, 20005, 90010, 20404, 21703, 21704, 21705, 30002, 63001, 63007, 63008, 63020, 63051, 63059, 63062}
ADDRESS = {21201, 21211, 21604, 21614, 30005, 30006, 63003, 63024}
CONSENT = {21610, 63014, 63033}
ROAD = {21408, 21606, 21608, 21612, 30004, 30022, 30023, 30032, 30034, 63015, 63032, 63049}
CONTENT = {
    21602, 21603, 21617, 21619, 21620, 21623, 21654, 21655, 21656, 21658, 30007,
    63005, 63013, 63021, 63027, 63028, 63030, 63034, 63037, 63040, 63041, 63042,
}  # fmt: skip
PASSING = {30008, 30009, 30036, 30410, 63010, 63012, 63019}
SLOWER = {20429, 21611, 30001, 63017, 63018, 63038}
COUNTED_WAIT = {30003, 30450}
LOST = {20500, 20503}


def family(outcome: Outcome) -> str:
    if isinstance(outcome, Refused):
        return outcome.about
    if isinstance(outcome, Later):
        return "slower" if outcome.rate_limited else "counted wait"
    return type(outcome).__name__


EXPECTED = {
    **dict.fromkeys(CONFIG, "ConfigFault"),
    **dict.fromkeys(ADDRESS, "address"),
    **dict.fromkeys(CONSENT, "consent"),
    **dict.fromkeys(ROAD, "road"),
    **dict.fromkeys(CONTENT, "content"),
    **dict.fromkeys(PASSING, "Failed"),
    **dict.fromkeys(SLOWER, "slower"),
    **dict.fromkeys(COUNTED_WAIT, "counted wait"),
    **dict.fromkeys(LOST, "Unsure"),
    63016: "WindowClosed",
    14107: "loop",
    30010: "price",
}


@pytest.mark.parametrize("code", sorted(EXPECTED))
def test_a_code_means_the_same_on_create_and_in_a_receipt(code: int) -> None:
    on_create = outcome_of_error(400, code)
    assert family(on_create) == EXPECTED[code]
    in_receipt = outcome_of_receipt(str(code))
    # A receipt of failure is certain: what would be in doubt on create has failed there.
    assert family(in_receipt) == ("Failed" if code in LOST else EXPECTED[code])


def test_the_table_and_its_test_name_the_same_codes() -> None:
    assert set(CODES) == set(EXPECTED)
    assert all(meaning.says and meaning.code == code for code, meaning in CODES.items())


def test_a_refusal_keeps_its_code_and_says_why() -> None:
    refused = outcome_of_error(400, 21610)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.about) == ("21610", "consent")
    assert "STOP" in refused.why
    closed = outcome_of_error(400, 63016)
    assert closed == WindowClosed("63016")


@pytest.mark.parametrize("code", [None, 20429, 21610, 99999])
def test_429_was_never_processed_whatever_its_code(code: int | None) -> None:
    outcome = outcome_of_error(429, code, timedelta(seconds=7))
    assert isinstance(outcome, Later)
    assert (outcome.after, outcome.rate_limited, outcome.whole_sender) == (timedelta(seconds=7), True, True)


@pytest.mark.parametrize("code", [None, 20500, 21610, 99999])
def test_a_5xx_may_have_been_processed_whatever_its_code(code: int | None) -> None:
    assert isinstance(outcome_of_error(503, code), Unsure)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (402, Refused),
        (403, Refused),
        (404, Refused),
        (401, ConfigFault),
        (407, ConfigFault),
        (302, ConfigFault),
    ],
)
def test_an_unknown_code_is_judged_by_the_http_status(status: int, kind: type[Outcome]) -> None:
    outcome = outcome_of_error(status, 99999)
    assert isinstance(outcome, kind)
    # The address may be good: only this road is closed.
    assert not isinstance(outcome, Refused) or outcome.about == "road"


@pytest.mark.parametrize("code", ["", "99999", "abc", "９９", "1" * 5000, "-1"])
def test_an_unknown_receipt_of_failure_may_pass(code: str) -> None:
    assert isinstance(outcome_of_receipt(code), Failed)
