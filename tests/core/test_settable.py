"""What an admin may set: read from words, held to bounds, moved by buttons, carried by them."""

from __future__ import annotations

import contextlib
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.conversation import Choice
from bot.core.people import Department
from bot.core.rules import GROUPS, Rules
from bot.core.settable import (
    ALIASES,
    GROUP_WORDS,
    PAIRS,
    Asked,
    BadValue,
    asked,
    check,
    near,
    nudged,
    packed,
    raised,
    read,
    read_pair,
    setting,
    settings,
    shown,
    toggled,
    touches_plans,
    unpacked,
)
from bot.texts import Texts

TEXTS = Texts()
DESK = Department(1, "Atelier", ZoneInfo("Europe/Paris"), "fr", Rules())


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("before_due", "2 h", hours(2)),
        ("before_due", "1h30", hours(1.5)),
        ("before_due", "1 h 30", hours(1.5)),
        ("before_due", "90 minutes", hours(1.5)),
        ("before_due", "1,5 h", hours(1.5)),
        ("long_over", "2 jours", hours(48)),
        ("long_over", "1 day and 2 hours", hours(26)),
        ("long_over", "1 semaine", timedelta(days=7)),
        ("longest_loan", "6 mois", timedelta(days=180)),
        ("longest_loan", "2 years", timedelta(days=730)),
        ("morning", "7h", time(7)),
        ("morning", "7h30", time(7, 30)),
        ("morning", "07:30", time(7, 30)),
        ("morning", "8 am", time(8)),
        ("evening", "8 pm", time(20)),
        ("morning", "midi", time(12)),
        ("quiet_from", "minuit", time(0)),
        ("quiet_from", "24h", time(0)),
        ("quiet_from", "21.30", time(21, 30)),
        ("max_reminders", "8", 8),
        ("max_reminders", "8 rappels", 8),
        ("monthly_most", "1000000", 1_000_000),
        ("monthly_most", "100 000", 100_000),
        ("extend_up_to", "0", timedelta(0)),
        ("extend_up_to", "aucune", timedelta(0)),
        ("quiet_sundays", "Oui", True),
        ("quiet_sundays", "désactiver", False),
        ("quiet_sundays", "on", True),
        ("channels", "SMS, e-mail", ("sms", "email")),
        ("channels", "telegram puis whatsapp", ("telegram", "whatsapp")),
        ("open_days", "mar jeu", ("tue", "thu")),
        ("open_days", "samedi au lundi", ("mon", "sat", "sun")),
        ("open_days", "lun-ven", ("mon", "tue", "wed", "thu", "fri")),
        ("open_days", "mardi – samedi", ("tue", "wed", "thu", "fri", "sat")),
        ("open_days", "from Mon through Fri", ("mon", "tue", "wed", "thu", "fri")),
        ("open_days", "lundi à mercredi, vendredi et samedi", ("mon", "tue", "wed", "fri", "sat")),
        ("open_days", "lun, mer-ven", ("mon", "wed", "thu", "fri")),
        ("open_days", "tous les jours", ("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
        ("open_days", "every day", ("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
        ("open_days", "Monday to Friday", ("mon", "tue", "wed", "thu", "fri")),
        ("return_default", "Demander", "ask"),
        ("holiday_country", "sn", "SN"),
        ("holiday_country", "Côte d’Ivoire", "CI"),
        ("holiday_country", "ca-qc", "CA-QC"),
        ("holiday_country", "Moselle", "FR-57"),
        ("holiday_country", "Québec, Canada", "CA-QC"),
        ("holiday_country", "Bolivia La Paz", "BO-L"),
        ("holiday_country", "Georgia", "GE"),
        ("holiday_country", "États-Unis Georgia", "US-GA"),
        ("zone", "Africa/Dakar", "Africa/Dakar"),
        ("zone", "new york", "America/New_York"),
        ("zone", "Bruxelles", "Europe/Brussels"),
        ("zone", "Le Caire", "Africa/Cairo"),
        ("zone", "etc/gmt+1", "Etc/GMT+1"),
        ("language", "anglais", "en"),
        ("lateness", "2  € par jour", "2 € par jour"),
        ("lateness", "rien", ""),
        ("place", "-", ""),
    ],
)
def test_a_value_is_read_from_words(name: str, typed: str, value: Any) -> None:
    assert read(setting(name), typed) == value


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("before_due", "bientôt", "unreadable"),
        ("before_due", "2", "unreadable"),
        ("before_due", "", "unreadable"),
        ("before_due", "5 min", "too_low"),
        ("before_due", "3 jours", "too_high"),
        ("morning", "14h", "too_high"),
        ("morning", "25h", "unreadable"),
        ("morning", "8h75", "unreadable"),
        ("max_reminders", "cent", "unreadable"),
        ("max_reminders", "0", "too_low"),
        ("max_reminders", "-3", "too_low"),
        ("max_reminders", "1,5", "unreadable"),
        ("monthly_most", "1000001", "too_high"),
        ("debt_period", "0", "too_low"),
        ("debt_period", "525601 min", "too_high"),
        ("debt_period", "999999999 ans", "too_high"),
        ("quiet_sundays", "peut-être", "unreadable"),
        ("channels", "pigeon", "unknown"),
        ("channels", "", "unknown"),
        ("open_days", "lundi férié", "unknown"),
        ("open_days", "lundi au", "unknown"),
        ("open_days", "au lundi", "unknown"),
        ("return_default", "jamais", "unknown"),
        ("holiday_country", "Atlantide", "unknown"),
        ("holiday_country", "FR-99", "unknown"),
        ("holiday_country", "La Paz", "unknown"),
        ("zone", "Mars", "unknown"),
        ("zone", "GMT+1", "unknown"),  # Etc/GMT+1 is an hour behind
        ("language", "klingon", "unknown"),
        ("lateness", "x" * 201, "too_long"),
        ("name", "rien", "empty"),
    ],
)
def test_what_cannot_be_says_why(name: str, typed: str, why: str) -> None:
    with pytest.raises(BadValue) as refused:
        read(setting(name), typed)
    assert refused.value.why == why


@pytest.mark.parametrize(
    "typed",
    ["21:00-08:00", "21h-8h", "de 21h à 8h", "21 h – 8 h", "from 9 pm to 8 am", "entre 21h et 8h", "21h/8h", "21h 8h"],
)
def test_two_hours_in_one_line(typed: str) -> None:
    assert read_pair(PAIRS["quiet_hours"], typed) == {"quiet_from": time(21), "quiet_until": time(8)}


@pytest.mark.parametrize(
    "typed",
    [
        "mar-sam 9h-18h",
        "mar, mer, jeu, ven, sam 9h-18h",
        "mardi au samedi de 9h à 18h",
        "Tuesday to Saturday: 9:00-18:00",
        "mar-sam, 9h 18h",
    ],
)
def test_days_and_hours_of_opening_in_one_line(typed: str) -> None:
    days = ("tue", "wed", "thu", "fri", "sat")
    assert read_pair(PAIRS["horaires"], typed) == {"open_days": days, "opening": time(9), "closing": time(18)}
    assert set(read_pair(PAIRS["horaires"], "de 9h à 18h")) == {"opening", "closing"}


def test_no_quiet_hours_at_all() -> None:
    values = read_pair(PAIRS["quiet_hours"], "aucune")
    assert not Rules(**values).quiet
    with pytest.raises(BadValue):
        read_pair(PAIRS["opening_hours"], "aucune")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("quiet_from 22:00", Asked(("quiet_from",), value="22:00")),
        ("Heures calmes 21h-8h", Asked(("quiet_from", "quiet_until"), value="21h-8h")),
        ("heure_matin", Asked(("morning",))),
        ("rappels", Asked(group="reminders")),
        ("rappel non", Asked(group="reminders", value="non")),
        ("amende 500 F par jour", Asked(("lateness",), value="500 F par jour")),
        ("Heures d'ouverture 9h-18h", Asked(("opening", "closing"), value="9h-18h")),
        ("quiet hours and holidays", Asked(group="quiet")),
        ("Heures calmes et jours fériés", Asked(group="quiet")),
        ("languages and zone", Asked(group="zones")),
        ("people and roles", Asked(group="people")),
        ("nom Atelier du Nord", Asked(("name",), value="Atelier du Nord")),
        ("horaires 9h-18h", Asked(("opening", "closing"), value="9h-18h")),
        ("n'importe quoi", None),
        ("", None),
    ],
)
def test_what_a_command_is_about(words: str, meant: Asked | None) -> None:
    assert asked(words) == meant


def test_a_slip_finds_the_setting_that_was_meant() -> None:
    assert "max_reminders" in near("rapels par pret").near
    assert near("xyzzy").near == ()


@pytest.mark.parametrize(
    ("values", "other"),
    [
        ({"court_under": hours(24), "long_over": hours(5)}, "long_over"),
        ({"long_over": hours(3.5)}, "court_under"),
        ({"opening": time(19)}, "closing"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(values: dict[str, Any], other: str) -> None:
    with pytest.raises(BadValue) as refused:
        check(values, DESK)
    assert (refused.value.why, refused.value.other) == ("clash", other)


def test_every_default_keeps_its_own_bounds_and_contradicts_nothing() -> None:
    for s in settings().values():
        if not s.ours:
            assert unpacked(s, packed(s.default)) == s.default, s.name
            check({s.name: s.default}, DESK)


def test_every_button_of_a_setting_fits_and_comes_back_as_it_was() -> None:
    for s in settings().values():
        for value in (s.default, nudged(s, s.default, up=True), nudged(s, s.default, up=False)):
            if value is not None and not s.ours and s.kind != "text":
                carried = Choice("rules.try", (10**9, s.name, packed(value)))
                assert unpacked(s, str(carried.payload().split("|")[3])) == value


@given(st.sampled_from(sorted(settings())), st.text(max_size=40))
def test_no_button_of_anybodys_making_sets_what_may_not_be(name: str, carried: str) -> None:
    try:
        value = unpacked(setting(name), carried)
    except BadValue:
        return
    low, high = setting(name).info.low, setting(name).info.high
    if setting(name).kind in ("span", "clock", "count"):
        assert low is None or value >= low
        assert high is None or value <= high


@given(st.sampled_from(sorted(settings())), st.text(max_size=60))
def test_any_words_are_read_or_refused(name: str, typed: str) -> None:
    with contextlib.suppress(BadValue):
        value = read(setting(name), typed)
        assert shown(setting(name), value).kind == setting(name).kind


def test_a_step_up_and_a_step_down_meet_again() -> None:
    for s in settings().values():
        up = nudged(s, s.default, up=True) if s.kind in ("span", "clock") and not s.ours else None
        if up is not None:
            assert nudged(s, up, up=False) == s.default, s.name


def test_steps_end_at_the_bounds() -> None:
    assert nudged(setting("max_reminders"), 20, up=True) is None
    assert nudged(setting("max_reminders"), 1, up=False) is None
    assert nudged(setting("quiet_from"), time(23, 30), up=True) == time(0)
    assert nudged(setting("monthly_most"), 100_000, up=False) == 90_000
    assert nudged(setting("monthly_most"), 1_000_000, up=True) is None
    assert nudged(setting("backups"), 30, up=True) == 40


def test_channels_rise_leave_and_come_back() -> None:
    order = setting("channels")
    assert raised(("whatsapp", "sms"), "sms") == ("sms", "whatsapp")
    assert raised(("whatsapp", "sms"), "whatsapp") == ("whatsapp", "sms")
    assert toggled(order, ("whatsapp", "sms"), "whatsapp") == ("sms",)
    assert toggled(order, ("sms",), "whatsapp") == ("sms", "whatsapp")
    assert toggled(order, ("sms",), "sms") == ("sms",)  # nobody could be written to at all
    assert toggled(setting("open_days"), ("tue",), "mon") == ("mon", "tue")


def test_what_moves_plans() -> None:
    assert touches_plans(["morning"])
    assert touches_plans(["quiet_sundays"])
    assert touches_plans(["zone"])
    assert not touches_plans(["lateness"])
    assert not touches_plans(["place"])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_setting_has_its_words(language: str) -> None:
    for s in settings().values():
        assert TEXTS.setting_name(s.name, language)
        table = "channel" if s.kind == "order" else "option"
        assert all(TEXTS.word(table, option, language) for option in s.info.options), s.name
        assert shown(s, s.default if not s.ours else "x").kind == s.kind
        assert TEXTS.word("rule_group", s.group, language)
    assert all(TEXTS.word("rule_group", group, language) for group in GROUPS)


def test_names_are_said_once() -> None:
    names = [word for s in settings().values() for word in {s.name, s.alias}]
    assert len(names) == len(set(names))
    assert set(ALIASES) <= set(settings())
    assert set(GROUPS) <= set(GROUP_WORDS)
    assert not set(PAIRS) & set(names)
