"""People and their numbers."""

from __future__ import annotations

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from bot.core.people import phone_shown


@given(st.from_regex(r"\+33[1-9]\d{8}", fullmatch=True) | st.from_regex(r"\+(221|44|1)\d{6,10}", fullmatch=True))
def test_a_number_is_shown_as_phonenumbers_shows_it(value: str) -> None:
    """Digits of every alphabet are drawn: the quick road is for the ten of ours."""
    national = phonenumbers.PhoneNumberFormat.NATIONAL
    assert phone_shown(value) == phonenumbers.format_number(phonenumbers.parse(value), national)
