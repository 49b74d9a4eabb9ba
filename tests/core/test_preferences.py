"""What sentences about reminders ask for."""

from __future__ import annotations

import pytest

from bot.core.preferences import STEPS, Preference, Wish, granted, looks_like_email, read_wish

ALL = frozenset(STEPS)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("RAPPELS SANS J-2", ALL - {"day_2"}),
        ("pas de rappel la veille", ALL - {"day_1"}),
        ("plus de rappels 2 jours avant", ALL - {"day_2"}),
        ("reminders without day 2", ALL - {"day_2"}),
        ("no reminder on the day", ALL - {"due_day"}),
        ("RAPPELS J-1 ET JOUR MÊME", {"day_1", "due_day"}),
        ("rappels seulement la veille", {"day_1"}),
        ("only remind me two hours before", {"2h"}),
        ("aucun rappel", set()),
        ("RAPPELS AUCUN", set()),
        ("tous les rappels", ALL),
        ("plus tous les rappels", set()),
        ("RAPPELS", ALL),
        ("mes rappels ?", ALL),
    ],
)
def test_a_sentence_says_which_reminders_are_wanted(said: str, wanted: set[str]) -> None:
    assert granted(Preference(), read_wish(said)).reminders == wanted


@pytest.mark.parametrize(("said", "step"), [("RAPPELS AVEC J-2", "day_2"), ("remettre le rappel 2 h avant", "2h")])
def test_one_comes_back_beside_the_others(said: str, step: str) -> None:
    some = Preference(frozenset({"due_day"}))
    assert granted(some, read_wish(said)).reminders == {"due_day", step}


@pytest.mark.parametrize(
    ("said", "channel"),
    [
        ("RAPPELS PAR SMS", "sms"),
        ("rappels sur WhatsApp", "whatsapp"),
        ("reminders by text", "sms"),
        ("rappels par texto svp", "sms"),
        ("rappels sur Telegram", "telegram"),
    ],
)
def test_a_road_is_put_first(said: str, channel: str) -> None:
    chosen = granted(Preference(channels=("telegram",)), read_wish(said))
    assert chosen.channels[0] == channel
    assert chosen.reminders == ALL


@pytest.mark.parametrize(
    ("said", "copy"),
    [("RAPPELS AUSSI PAR E-MAIL", True), ("rappels par courriel", True), ("rappels sans e-mail", False)],
)
def test_a_copy_by_e_mail_is_asked_for_or_refused(said: str, copy: bool) -> None:
    assert read_wish(said) == Wish(email=copy)


def test_the_own_order_goes_before_the_desks_and_never_beyond_it() -> None:
    mine = Preference(channels=("sms", "email"))
    assert mine.order(("whatsapp", "telegram", "sms")) == ("sms", "whatsapp", "telegram")


def test_notices_of_lateness_are_no_reminders() -> None:
    nothing = Preference(frozenset())
    assert nothing.wants("overdue")
    assert not any(nothing.wants(step) for step in STEPS.values())


@pytest.mark.parametrize("typed", ["awa@exemple.org", " Awa.Diop+pret@mail.exemple.fr ", "awa@exämple.org"])
def test_an_e_mail_address_is_known_when_seen(typed: str) -> None:
    assert looks_like_email(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "awa", "awa@", "@exemple.org", "awa@exemple", "a b@exemple.org", "a@b@c.fr", "x" * 170, "awa@exemple.org.",
        "awa@-exemple.org", "awa@exem_ple.org", "awa@exemple..org", "a..b@exemple.org", "a,b@exemple.org",
        "éric@exemple.org", "a(b)@exemple.org",
    ],
)  # fmt: skip
def test_what_is_none_is_none(typed: str) -> None:
    assert not looks_like_email(typed)
