"""Amounts: read as people write them, shown as they read them, never added across currencies."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.money import (
    OFTEN,
    BadAmount,
    Money,
    currency_in_cldr,
    currency_of,
    find_money,
    major,
    of_major,
    read_money,
    shown,
    totals,
)


@pytest.mark.parametrize(
    ("typed", "default", "meant"),
    [
        ("127 000", "XOF", Money(127_000, "XOF")),
        ("127\u202f000", "XOF", Money(127_000, "XOF")),
        ("127.000", "XOF", Money(127_000, "XOF")),
        ("127,000", "XOF", Money(127_000, "XOF")),
        ("127 mille", "XOF", Money(127_000, "XOF")),
        ("127 MıLLE", "XOF", Money(127_000, "XOF")),
        ("3 million\u017f", "XOF", Money(3_000_000, "XOF")),
        ("15k", "XOF", Money(15_000, "XOF")),
        ("20 cedis", "EUR", Money(2_000, "GHS")),
        ("GH¢45.50", "GHS", Money(4_550, "GHS")),
        ("50gh", "GHS", Money(5_000, "GHS")),
        ("GHC 50", "EUR", Money(5_000, "GHS")),
        ("₵30", "EUR", Money(3_000, "GHS")),
        ("₦5,000", "EUR", Money(500_000, "NGN")),
        ("5k naira", "EUR", Money(500_000, "NGN")),
        ("N5,000", "NGN", Money(500_000, "NGN")),
        ("20 quid", "EUR", Money(2_000, "EUR")),
        ("20 quid", "GBP", Money(2_000, "GBP")),
        ("20 pounds", "EUR", Money(2_000, "GBP")),
        ("20 mil F CFA", "EUR", Money(20_000, "XOF")),
        ("1,5 mille euros", "XOF", Money(150_000, "EUR")),
        ("127000 F CFA", "EUR", Money(127_000, "XOF")),
        ("127 000 FCFA", "EUR", Money(127_000, "XOF")),
        ("5000f", "XOF", Money(5_000, "XOF")),
        ("5 000 F", "XAF", Money(5_000, "XAF")),
        ("127 000,00", "XOF", Money(127_000, "XOF")),
        ("12,50 €", "XOF", Money(1_250, "EUR")),
        ("€12.50", "XOF", Money(1_250, "EUR")),
        ("12,5", "EUR", Money(1_250, "EUR")),
        ("1.234,56", "EUR", Money(123_456, "EUR")),
        ("1,234.56", "EUR", Money(123_456, "EUR")),
        ("1'234.50 CHF", "EUR", Money(123_450, "CHF")),
        ("1 200 XOF", "EUR", Money(1_200, "XOF")),
        ("INR 1 500", "EUR", Money(150_000, "INR")),
        ("Rs 1500", "EUR", Money(150_000, "INR")),
        ("₹ 1,20,000", "EUR", Money(12_000_000, "INR")),
        ("12,34,567.50", "INR", Money(123_456_750, "INR")),
        ("0.005 KWD", "EUR", Money(5, "KWD")),
        ("12 euros", "XOF", Money(1_200, "EUR")),
        ("12€50", "XOF", Money(1_250, "EUR")),
        ("12 euros 50", "EUR", Money(1_250, "EUR")),
        ("1 200€50", "EUR", Money(120_050, "EUR")),
        ("2 millions", "XOF", Money(2_000_000, "XOF")),
        ("1,5 million de francs CFA", "EUR", Money(1_500_000, "XOF")),
        ("1,5k", "XOF", Money(1_500, "XOF")),
        ("2 lakhs", "INR", Money(20_000_000, "INR")),
        ("5000 frs", "EUR", Money(5_000, "XOF")),
        ("12,500 dinars", "EUR", Money(12_500, "TND")),
        ("127,50 $", "CAD", Money(12_750, "CAD")),
        ("50 dollars", "NZD", Money(5_000, "NZD")),
        ("US$ 50", "CAD", Money(5_000, "USD")),
        ("20 francs", "CHF", Money(2_000, "CHF")),
        ("Fr. 1'250.50", "CHF", Money(125_050, "CHF")),
        ("20.-", "CHF", Money(2_000, "CHF")),
        ("50 000 F", "GNF", Money(50_000, "GNF")),
        ("5 000 F", "XPF", Money(5_000, "XPF")),
        ("5 000 F CFP", "XPF", Money(5_000, "XPF")),
        ("5 000 F CFA", "CHF", Money(5_000, "XOF")),
        ("Rs. 1,27,000", "NPR", Money(12_700_000, "NPR")),
        ("1,27,000/-", "INR", Money(12_700_000, "INR")),
        ("KSh 500/=", "KES", Money(50_000, "KES")),
        ("500 dinars", "DZD", Money(50_000, "DZD")),
        ("R$ 1.250,50", "EUR", Money(125_050, "BRL")),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, default: str, meant: Money) -> None:
    assert read_money(typed, default) == meant


@pytest.mark.parametrize(
    ("typed", "default", "why"),
    [
        ("12,50", "XOF", "no_cents"), ("12,505", "EUR", ""), ("1,2345", "EUR", "no_cents"), ("0", "EUR", "zero"),
        ("-5", "EUR", "zero"), ("", "EUR", "unreadable"), ("beaucoup", "EUR", "unreadable"),
        ("12 zlotys", "EUR", "unreadable"), ("12 34", "EUR", "unreadable"), ("0.500", "EUR", "unreadable"),
        ("9" * 20, "EUR", "too_large"), ("N5,000", "EUR", "unreadable"),
        ("1,2,000", "INR", "unreadable"), ("120,00,000", "INR", "unreadable"), ("12 € FCFA", "EUR", "unreadable"),
        ("50 centimes", "EUR", "unreadable"), ("2 mille 500", "EUR", "unreadable"), ("500F50", "XOF", "no_cents"),
        ("5 euros et 50 centimes", "EUR", "unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_its_reason(typed: str, default: str, why: str) -> None:
    if not why:  # a group of three is a thousand
        assert read_money(typed, default) == Money(1_250_500, "EUR")
        return
    with pytest.raises(BadAmount) as refused:
        read_money(typed, default)
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("j'ai payé 50 000 hier", Money(50_000, "XOF")),
        ("Awa 25 mille caution", Money(25_000, "XOF")),
        ("un sac de 25 kg, 300", Money(300, "XOF")),
        ("Awa 127000 facture FAC-12 le 4/12", Money(127_000, "XOF")),
        ("3 chaises 12,50 €", Money(1_250, "EUR")),
        ("payé le 4 décembre 500", Money(500, "XOF")),
        ("rien du tout", None),
        ("une vis à 2€50 et 1 marteau", Money(250, "EUR")),
        ("50 € 2 chaises", Money(5_000, "EUR")),
        ("Awa 1,27,000/-", Money(127_000, "XOF")),
        ("1,27,000/mois", None),  # no part of a number is an amount
    ],
)
def test_the_amount_of_a_sentence_is_the_one_with_a_currency_else_the_largest(text: str, meant: Money | None) -> None:
    found = find_money(text, "XOF")
    assert (found.money if found else None) == meant


@pytest.mark.parametrize("text", ["Awa 2 mille 500", "Awa 50 centimes", "Awa 5 euros et 50 centimes", "2 millions 500"])
def test_a_sum_of_two_numbers_is_asked_for_never_half_taken(text: str) -> None:
    with pytest.raises(BadAmount):
        find_money(text, "EUR")


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(127_000, "XOF"), "fr", "127 000 F CFA"), (Money(127_000, "XOF"), "en", "F CFA 127,000"),
        (Money(1_250, "EUR"), "fr", "12,50 €"), (Money(1_250, "EUR"), "en", "€12.50"),
        (Money(123_456_789, "INR"), "fr", "1 234 567,89 ₹"),
        (Money(123_456_789, "INR"), "en", "₹12,34,567.89"),
    ],
)  # fmt: skip
def test_an_amount_is_shown_by_locale_with_ordinary_spaces(money: Money, language: str, text: str) -> None:
    assert shown(money, language) == text


def test_a_symbol_that_doubles_the_price_of_an_sms_becomes_its_code() -> None:
    assert shown(Money(150_000, "INR"), "fr", plain=True) == "1 500,00 INR"
    assert shown(Money(12_700_000, "INR"), "en", plain=True) == "1,27,000.00 INR"
    assert shown(Money(127_000, "XOF"), "fr", plain=True) == "127 000 F CFA"


@given(
    st.integers(1, 10**12),
    st.sampled_from(["EUR", "XOF", "INR", "USD", "KWD", "CAD", "CHF", "XPF", "GBP", "GNF", "BRL", "NPR"]),
    st.sampled_from(["fr", "en"]),
)
def test_what_is_shown_reads_back_the_same(minor: int, currency: str, language: str) -> None:
    money = Money(minor, currency)
    assert of_major(major(money), currency) == money
    assert read_money(shown(money, language), currency) == money


def test_two_currencies_are_never_added_together() -> None:
    given_ = [Money(5, "XOF"), Money(7, "EUR"), Money(6, "XOF"), Money(-7, "EUR")]
    assert totals(given_) == (Money(11, "XOF"),)


def test_a_desk_of_dakar_counts_in_francs_and_one_nowhere_in_euros() -> None:
    assert [currency_of(region) for region in ("SN", "FR", "JP", "ZZ", "001")] == ["XOF", "EUR", "JPY", "EUR", "EUR"]
    assert {region: currency_in_cldr(region) for region in OFTEN} == OFTEN
    with pytest.raises(BadAmount):
        of_major(Decimal("12.5"), "XOF")
