"""What staff type after /dette, and what people say of paying."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from bot.core.debt_words import Terms, amount_alone, bill_named, is_promise, read_terms, somebody_else
from bot.core.money import Money

TODAY = date(2026, 11, 23)
WHOLE = Terms(Money(127_000, "XOF"), "", "FAC-12", True, date(2026, 12, 4), "", "Awa Diop")


@pytest.mark.parametrize(
    "line",
    [
        "Awa Diop 127000 facture FAC-12 échéance 4/12",
        "facture FAC-12 échéance 4/12 Awa Diop 127 000",
        "127 000 F CFA Awa Diop FAC-12 le 4 décembre",
        "Awa Diop doit 127.000 XOF facture FAC-12 pour le 04/12/2026",
        "invoice FAC-12 127,000 due 4 December Awa Diop",
        "échéance 2026-12-04, Awa Diop, FAC-12, 127000",
    ],
)
def test_the_parts_of_a_line_may_stand_in_any_order(line: str) -> None:
    assert read_terms(line, "XOF", TODAY) == WHOLE


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("Awa 12,50 € caution", Terms(Money(1_250, "EUR"), "", "", False, None, "", "Awa caution")),
        ("Awa 12,50 caution le 5/1", Terms(Money(1_250, "EUR"), "", "", False, date(2027, 1, 5), "", "Awa caution")),
        ("Awa facture 500", Terms(Money(50_000, "EUR"), "", "", True, None, "", "Awa")),
        ("Awa facture 2026 500", Terms(Money(50_000, "EUR"), "", "2026", True, None, "", "Awa")),
        ("+33612345678 127000", Terms(Money(12_700_000, "EUR"), "", "", False, None, "+33612345678", "")),
        ("06 12 34 56 78 50 vendredi", Terms(Money(5_000, "EUR"), "", "", False, None, "06 12 34 56 78", "vendredi")),
        # A debt is noted after its due day, too: the nearest day of that name is meant.
        ("Awa 50 le 3/10", Terms(Money(5_000, "EUR"), "", "", False, date(2026, 10, 3), "", "Awa")),
        ("Awa 50 le 5/1", Terms(Money(5_000, "EUR"), "", "", False, date(2027, 1, 5), "", "Awa")),
        ("Awa 50 échéance hıer", Terms(Money(5_000, "EUR"), "", "", False, date(2026, 11, 22), "", "Awa")),
        ("Awa 50 échéance hier", Terms(Money(5_000, "EUR"), "", "", False, date(2026, 11, 22), "", "Awa")),
        ("Awa 50 due last Friday", Terms(Money(5_000, "EUR"), "", "", False, date(2026, 11, 20), "", "Awa")),
        ("Awa 50 échéance LUNDİ dernier", Terms(Money(5_000, "EUR"), "", "", False, date(2026, 11, 16), "", "Awa")),
        ("Awa 50 échéance lundi dernier", Terms(Money(5_000, "EUR"), "", "", False, date(2026, 11, 16), "", "Awa")),
        ("Awa 50 échu il y a 2 semaines", Terms(Money(5_000, "EUR"), "", "", False, date(2026, 11, 9), "", "Awa")),
        ("Awa 50 échéance 31/02", Terms(Money(5_000, "EUR"), "", "", False, None, "", "Awa 31/02", "31/02")),
        ("Awa 50 le 31/2", Terms(Money(5_000, "EUR"), "", "", False, None, "", "Awa 31/2")),
        (
            "Awa 50 03/14/2027",
            Terms(Money(5_000, "EUR"), "", "", False, None, "", "Awa 03/14/2027", "03/14/2027", "impossible"),
        ),
        ("Awa 50 03-14-2027", Terms(Money(5_000, "EUR"), "", "", False, None, "", "Awa 03-14-2027", "03-14-2027")),
        ("Awa facture 12-34-2027 50", Terms(Money(5_000, "EUR"), "", "12-34-2027", True, None, "", "Awa")),
        ("Awa 0", Terms(None, "zero", "", False, None, "", "Awa 0")),
        ("", Terms(None, "", "", False, None, "", "")),
        # The word of a currency is no bill's name.
        ("Ama 20 cedis", Terms(Money(2_000, "GHS"), "", "", False, None, "", "Ama")),
        ("Ama GH¢45.50", Terms(Money(4_550, "GHS"), "", "", False, None, "", "Ama")),
        ("Ama GH50", Terms(Money(5_000, "GHS"), "", "", False, None, "", "Ama")),
        ("Sean 20 quid", Terms(Money(2_000, "EUR"), "", "", False, None, "", "Sean")),
    ],
)
def test_what_is_missing_or_odd_in_a_line(line: str, meant: Terms) -> None:
    assert read_terms(line, "EUR", TODAY) == meant


@pytest.mark.parametrize(
    ("line", "due_on", "unread"),
    [
        ("Awa 50 3/4/2027", None, "3/4/2027"),
        ("Awa 50 due 03/04", None, "03/04"),
        ("Awa 50 4/4/2027", date(2027, 4, 4), ""),
        ("Awa 50 14/3/2027", date(2027, 3, 14), ""),
        ("Awa 50 3 April 2027", date(2027, 4, 3), ""),
        ("Awa 50 2027-03-04", date(2027, 3, 4), ""),
    ],
)
def test_where_the_month_stands_first_a_day_of_two_readings_is_left_open(
    line: str, due_on: date | None, unread: str
) -> None:
    terms = read_terms(line, "USD", TODAY, "US", month_first=True)
    assert (terms.due_on, terms.unread) == (due_on, unread)
    assert terms.why == ("ambiguous" if unread else "nothing")


def test_n5000_is_an_amount_where_naira_are_and_elsewhere_the_name_of_a_bill() -> None:
    assert read_terms("Ada N5000", "NGN", TODAY).amount == Money(500_000, "NGN")
    assert read_terms("Ada N5000 20", "EUR", TODAY).reference == "N5000"


@pytest.mark.parametrize(
    "text", ["je paie vendredi", "PAYE vendredi", "I'll pay on Friday", "le virement sera fait lundi"]
)
def test_a_day_ahead_is_promised(text: str) -> None:
    assert is_promise(text)


@pytest.mark.parametrize(
    "text",
    [
        "j'ai payé vendredi",
        "payé le 4 décembre",
        "I paid on Friday",
        "déjà fait vendredi",
        "virement effectué ce matin",
    ],
)
def test_a_payment_that_was_made_is_no_promise(text: str) -> None:
    assert not is_promise(text)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Ce n'est pas moi !", True), ("vous vous trompez de personne", True), ("Wrong number", True),
        ("mauvais numéro", True), ("je conteste la facture", False), ("I dispute this", False),
    ],
)  # fmt: skip
def test_somebody_else_is_told_from_somebody_who_disagrees(text: str, other: bool) -> None:
    assert somebody_else(text) is other


@pytest.mark.parametrize(
    ("text", "amount"),
    [("PAYE 12.50", "12.50"), ("paid €12.50", "€12.50"), ("PAYE vendredi", ""), ("PAYE", ""), ("PAYE FAC-12", "")],
)
def test_an_amount_with_a_point_is_no_time_of_day(text: str, amount: str) -> None:
    assert amount_alone(text, "EUR") == amount


@pytest.mark.parametrize(
    ("text", "reference", "left"),
    [
        ("paye FAC-12 50", "FAC-12", "paye   50"),
        ("j'ai payé la facture 12 hier", "FAC-12", "j'ai payé la   hier"),
        ("payé la facture n° 0012", "FAC-12", "payé la  "),
        ("PAYE 12", "", "PAYE 12"),
        ("PAYE 77", "", "PAYE 77"),
        ("payé facture 12,50", "", "payé facture 12,50"),
        ("paye FAC-125", "", "paye FAC-125"),
        ("payé la facture 77", "77", "payé la  "),
    ],
)
def test_the_number_of_a_bill_is_no_amount(text: str, reference: str, left: str) -> None:
    assert bill_named(text, ("FAC-12", "77", "")) == (reference, left)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises TimeoutError after so much of the processor's time: what hangs would hang the tests as well."""

    def over(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("word", ["du", "due", "au", "échéance", "n°:", "facture"])
def test_a_word_said_forty_times_keeps_nobody_waiting(word: str) -> None:
    with within(2.0):
        terms = read_terms(f"Awa 50 {f'{word} ' * 40}", "EUR", date(2026, 11, 23))
    assert terms.amount == Money(5000, "EUR")
