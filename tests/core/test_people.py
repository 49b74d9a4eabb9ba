"""People and their numbers."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.people import (
    BadPhone,
    example_numbers,
    mobile_at_home,
    number_in,
    phone_from,
    phone_shown,
    with_country,
)


@given(st.from_regex(r"\+33[1-9]\d{8}", fullmatch=True) | st.from_regex(r"\+(221|44|1)\d{6,10}", fullmatch=True))
def test_a_number_is_shown_as_phonenumbers_shows_it(value: str) -> None:
    """Digits of every alphabet are drawn: the quick road is for the ten of ours."""
    shape = phonenumbers.PhoneNumberFormat
    national, whole = (
        phonenumbers.format_number(phonenumbers.parse(value), s) for s in (shape.NATIONAL, shape.INTERNATIONAL)
    )
    assert phone_shown(value, "FR") == (national if value.startswith("+33") else whole)


def test_a_number_of_another_country_is_shown_with_its_code() -> None:
    assert phone_shown("+221771234567", "SN") == "77 123 45 67"
    assert phone_shown("+33612345678", "SN") == "+33 6 12 34 56 78"
    assert phone_shown("+590690123456", "FR") == "0690 12 34 56"  # dialled like this in all of the French plan


@pytest.mark.parametrize(
    "typed",
    [
        "0612345678", "06 12 34 56 78", "06.12.34.56.78", "+33 6 12 34 56 78", "0033612345678", "(+33) 6-12-34-56-78",
        "+33(0)612345678", "tel:+33612345678", "33612345678", "\uff10\uff16\uff11\uff12345678",
        "06\u202f12\u202f34\u202f56\u202f78", "+33\u00a0(0)6\u00a012\u00a034\u00a056\u00a078",
    ],
)  # fmt: skip
def test_one_number_in_many_spellings(typed: str) -> None:
    assert phone_from(typed, "FR") == "+33612345678"


@pytest.mark.parametrize(
    ("typed", "region", "value"),
    [
        ("0690 00 12 34", "FR", "+590690001234"),
        ("+33 6 90 00 12 34", "FR", "+590690001234"),
        ("0692 12 34 56", "FR", "+262692123456"),
        ("0690 00 12 34", "RE", "+590690001234"),
        ("06 12 34 56 78", "GP", "+33612345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
    ],
)
def test_a_number_of_the_french_plan_has_the_code_of_where_it_belongs(typed: str, region: str, value: str) -> None:
    """As +33 690… it would reach nobody: Guadeloupe and Réunion have codes of their own."""
    assert phone_from(typed, region) == value


def test_a_landline_overseas_is_one_from_everywhere() -> None:
    with pytest.raises(BadPhone, match="not_mobile"):
        phone_from("0590 12 34 56", "FR")


@pytest.mark.parametrize(
    ("code", "number"),
    [("33", "612345678"), ("33", "33612345678"), ("33", "0612345678"), ("221", "33612345678")],
)
def test_a_number_beside_its_country_may_hold_it_already(code: str, number: str) -> None:
    assert with_country(code, number) == "+33612345678"


@pytest.mark.parametrize(
    "typed", ["", "12", "112", "abc", "+1 555 0100", "01 12 34 56 78", "+336123456789999", "06 12 34 56 7"]
)
def test_what_no_message_can_reach_is_no_number(typed: str) -> None:
    with pytest.raises(BadPhone):
        phone_from(typed, "FR")


@pytest.mark.parametrize(
    ("digits", "region", "sure"),
    [
        ("771234567", "SN", True),
        ("77 123 45 67", "SN", True),
        ("221771234567", "SN", True),
        ("612345678", "FR", True),
        ("771234567", "FR", False),  # a mobile of either country
        ("3401234567890", "FR", False),  # a bar code
        ("338201234", "SN", False),  # a fixed line
    ],
)
def test_digits_alone_are_a_number_where_there_is_no_doubt(digits: str, region: str, sure: bool) -> None:
    assert mobile_at_home(digits, region) is sure


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("98765 43210", "IN", "98765 43210"),
        ("33 823 45 67", "SN", "33 823 45 67"),  # a fixed line: refused with that reason
        ("70 12 34 56", "ML", "70 12 34 56"),
        ("65 01 23 45 05/12", "ML", "65 01 23 45"),
        ("20 12 34 56", "TN", "20 12 34 56"),  # in pairs, as they are read out
        ("415 555 0132", "US", "415 555 0132"),
        ("(514) 555-2345 27/11", "US", "(514) 555-2345"),
        ("514-555-2345", "CA", "514-555-2345"),
        ("1 514 555 2345", "CA", "1 514 555 2345"),
        ("984-1234567", "NP", "984-1234567"),
        ("75.12.34", "NC", "75.12.34"),
        ("26.11.26", "NC", ""),  # a day
        ("+234 802 123 4567 5000", "SN", "+234 802 123 4567"),
        ("24 12 2026", "ML", ""),
        ("20 500 000", "FR", ""),
        ("77 123 45 67", "FR", ""),
    ],
)
def test_digits_set_apart_as_at_home_are_a_number(typed: str, region: str, number: str) -> None:
    assert number_in(f"Awa {typed}", region) == number


@pytest.mark.parametrize(
    ("typed", "region", "value"),
    [
        ("0055 11 96123-4567", "BR", "+5511961234567"),  # 0055 is also a carrier there, before a number abroad
        ("00234 802 123 4567", "NG", "+2348021234567"),
        ("00221771234567", "US", "+221771234567"),
        ("011 221 77 123 45 67", "CA", "+221771234567"),
    ],
)
def test_00_stands_for_plus_everywhere(typed: str, region: str, value: str) -> None:
    assert phone_from(typed, region) == value


def test_every_country_has_numbers_to_show() -> None:
    assert example_numbers("FR") == ("06 12 34 56 78", "+33612345678")
    assert example_numbers("001") == example_numbers("FR")
    home, abroad = example_numbers("IN")
    assert phone_from(home, "IN") == abroad


@pytest.mark.parametrize("region", ["CA", "CI", "IN", "KI", "ML", "NC", "NG", "NP", "PM", "RE", "US", "WF"])
def test_the_number_we_show_as_an_example_is_read(region: str) -> None:
    home, abroad = example_numbers(region)
    assert (number_in(f"Awa {home}", region) or home) == home
    assert phone_from(home, region) == abroad
