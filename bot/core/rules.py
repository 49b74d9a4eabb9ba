"""Rules: all that an admin may set by chat, with bounds, defaults and a line of help. (The operator's part is Config.)

A value is stored as JSON under the field's name; without one the default holds. Every rule may differ per
department. Closed periods are kept with the rules, which say when a desk is open, but are set by /fermeture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, replace
from datetime import time, timedelta
from typing import Any

from bot.core.records import record

GROUPS = (
    "reminders", "overdue", "debts", "quiet", "channels", "words", "approval", "consent", "retention", "zones",
    "people",
)  # fmt: skip

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@record(frozen=True, slots=True)
class RuleInfo:
    """What /settings shows of a rule. Bounds are in the field's own unit."""

    group: str
    fr: str
    en: str
    low: Any = None
    high: Any = None
    options: tuple[str, ...] = ()


def rule(
    default: Any, group: str, fr: str, en: str, low: Any = None, high: Any = None, options: tuple[str, ...] = ()
) -> Any:
    """A field of Rules with its help."""
    return field(default=default, metadata={"info": RuleInfo(group, fr, en, low, high, options)})


def _hours(n: float) -> timedelta:
    return timedelta(hours=n)


def _minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def _days(n: float) -> timedelta:
    return timedelta(days=n)


@record(frozen=True, slots=True)
class Rules:
    """Defaults are the desk's habits of the design; every figure may be changed within its bounds."""

    court_under: timedelta = rule(
        _hours(4), "reminders", "Un prêt est court en dessous de", "A loan is short under", _minutes(30), _hours(24)
    )
    long_over: timedelta = rule(
        _hours(24), "reminders", "Un prêt est long au-dessus de", "A loan is long over", _hours(4), _days(7)
    )
    before_due: timedelta = rule(
        _hours(2), "reminders", "Rappel avant l'échéance (courts, moyens)", "Reminder before due (short, medium)",
        _minutes(15), _hours(12),
    )  # fmt: skip
    no_reminder_under: timedelta = rule(
        _minutes(30), "reminders", "Aucun rappel pour un prêt de moins de", "No reminder for a loan under",
        _minutes(5), _hours(4),
    )  # fmt: skip
    morning: time = rule(
        time(8, 0), "reminders", "Heure des rappels du matin", "Time of morning reminders", time(5), time(12)
    )
    evening: time = rule(
        time(20, 0), "reminders", "Heure du rappel la veille au soir", "Time of the evening-before reminder",
        time(17), time(21),
    )  # fmt: skip
    early_due: time = rule(
        time(9, 0), "reminders", "Rappel la veille si l'échéance tombe avant", "Remind the evening before when due by",
        time(6), time(12),
    )  # fmt: skip
    max_reminders: int = rule(6, "reminders", "Rappels par prêt au plus", "Reminders per loan at most", 1, 20)

    overdue_after: timedelta = rule(
        _minutes(15), "overdue", "Premier message de retard après", "First overdue notice after", _minutes(1), _days(2)
    )
    weekly_after: timedelta = rule(
        _days(14), "overdue", "Messages hebdomadaires après", "Weekly notices after", _days(2), _days(60)
    )
    staff_after: timedelta = rule(
        _hours(24),
        "overdue",
        "Signaler un retard à l'équipe après",
        "Tell staff of a late loan after",
        _hours(1),
        _days(14),
    )
    admins_after: timedelta = rule(
        _days(7),
        "overdue",
        "Signaler un retard aux admins après",
        "Tell admins of a late loan after",
        _days(1),
        _days(60),
    )
    block_late: bool = rule(
        False, "overdue", "Pas de nouveau prêt en cas de retard", "No new loan while something is late"
    )
    lateness: str = rule(
        "", "overdue", "Ce qu'un retard entraîne ici (texte)", "What lateness means here (text)", 0, 200
    )

    debts_on: bool = rule(False, "debts", "Relancer les créances", "Send debt reminders")
    debt_dry_run: bool = rule(
        True,
        "debts",
        "Relances à blanc (montrées à l'équipe, rien n'est envoyé)",
        "Dry run (staff are shown, nothing is sent)",
    )
    debt_channel: str = rule(
        "sms", "debts", "Relances de créances d'abord par", "Debt reminders first by",
        options=("sms", "whatsapp", "telegram", "email"),
    )  # fmt: skip
    debt_period: timedelta = rule(
        _days(3), "debts", "Entre deux relances d'une créance", "Between two reminders of a debt", _days(1), _days(365)
    )
    debt_interval: timedelta = rule(
        _hours(6), "debts", "Chercher les créances échues toutes les", "Look for overdue debts every",
        _minutes(1), _days(7),
    )  # fmt: skip
    debt_most: int = rule(10, "debts", "Relances d'une créance au plus", "Reminders of a debt at most", 1, 100)
    debt_least: int = rule(
        1, "debts", "Pas de relance en dessous de (unités entières)", "No reminder under (whole units)", 0, 1_000_000
    )
    currency: str = rule(
        "EUR", "debts", "Monnaie du service", "Currency of the desk",
        options=("EUR", "XOF", "XAF", "INR", "USD", "GBP", "CHF", "CAD", "MAD", "TND", "GNF", "GHS", "NGN"),
    )  # fmt: skip

    quiet_from: time = rule(time(21, 0), "quiet", "Heures calmes à partir de", "Quiet hours from")
    quiet_until: time = rule(time(8, 0), "quiet", "Heures calmes jusqu'à", "Quiet hours until")
    quiet_sundays: bool = rule(False, "quiet", "Rien le dimanche", "Nothing on Sundays")
    quiet_holidays: bool = rule(False, "quiet", "Rien les jours fériés", "Nothing on public holidays")
    holiday_country: str = rule("FR", "quiet", "Pays des jours fériés", "Country for public holidays")

    approve_loans: bool = rule(
        True, "approval", "L'équipe approuve les demandes de prêt", "Staff approve loan requests"
    )
    approve_returns: bool = rule(True, "approval", "L'équipe confirme les retours", "Staff confirm returns")
    approve_people: bool = rule(
        False, "approval", "L'équipe accepte les nouvelles personnes", "Staff approve new people"
    )
    request_nudge: timedelta = rule(
        _hours(2),
        "approval",
        "Relancer l'équipe sur une demande après (heures d'ouverture)",
        "Nudge staff on a request after (opening hours)",
        _minutes(10),
        _days(2),
    )
    request_expires: timedelta = rule(
        _days(1), "approval", "Une demande expire après", "A request expires after", _hours(1), _days(14)
    )
    return_nudge: timedelta = rule(
        _hours(24),
        "approval",
        "Relancer l'équipe sur un retour après",
        "Nudge staff on a return after",
        _hours(1),
        _days(7),
    )
    return_decides: timedelta = rule(
        _days(3), "approval", "Sans réponse de l'équipe, trancher après", "If staff do not answer, decide after",
        _hours(2), _days(30),
    )  # fmt: skip
    return_default: str = rule(
        "confirm", "approval", "Sans réponse de l'équipe", "If staff do not answer", options=("confirm", "ask")
    )
    extend_up_to: timedelta = rule(
        _days(7),
        "approval",
        "Prolongation accordée d'office jusqu'à",
        "Extension granted at once up to",
        _hours(0),
        _days(90),
    )
    extend_times: int = rule(
        2, "approval", "Prolongations accordées d'office, par prêt", "Extensions granted at once, per loan", 0, 20
    )
    hold_lasts: timedelta = rule(
        _hours(24), "approval", "Un matériel réservé est gardé", "An item reserved is kept for", _hours(1), _days(14)
    )
    longest_loan: timedelta = rule(
        _days(1100), "approval", "Durée maximale d'un prêt", "Longest loan", _hours(1), _days(3700)
    )

    channels: tuple[str, ...] = rule(
        ("whatsapp", "telegram", "sms", "email"), "channels", "Ordre des canaux", "Channel order",
        options=("whatsapp", "telegram", "sms", "email"),
    )  # fmt: skip
    attempts: int = rule(3, "channels", "Essais par message", "Attempts per message", 1, 4)
    try_outside: bool = rule(
        False,
        "channels",
        "Hors des 24 h de WhatsApp, essayer sans modèle",
        "Outside WhatsApp's 24 h, try without template",
    )
    sms_answers: bool = rule(True, "channels", "On peut répondre à nos SMS", "Our SMS can be answered")
    undelivered_short: timedelta = rule(
        _minutes(20), "channels", "Autre canal si un rappel de dernière heure n'est pas remis après",
        "Next channel when a last-hours reminder is not delivered within", _minutes(5), _hours(4),
    )  # fmt: skip
    undelivered_long: timedelta = rule(
        _hours(4), "channels", "Autre canal si un autre message n'est pas remis après",
        "Next channel when another message is not delivered within", _hours(1), _days(2),
    )  # fmt: skip
    monthly_most: int = rule(
        100_000, "channels", "WhatsApp et SMS par mois au plus", "WhatsApp and SMS a month at most", 0, 1_000_000
    )

    first_contact_asks: bool = rule(
        True, "consent", "Demander l'accord au premier contact", "Ask for consent at first contact"
    )

    log_days: int = rule(90, "retention", "Journal des messages gardé (jours)", "Message log kept (days)", 30, 730)
    payload_days: int = rule(7, "retention", "Messages reçus gardés (jours)", "Received messages kept (days)", 1, 90)

    backups: int = rule(
        7, "retention", "Sauvegardes de la nuit gardées (0 : aucune)", "Nightly backups kept (0: none)", 0, 60
    )

    tutoiement: bool = rule(False, "zones", "Tutoyer les emprunteurs", "Say *tu* to borrowers, in French")
    closing: time = rule(time(18, 0), "zones", "Heure de fermeture", "Closing time")
    opening: time = rule(time(9, 0), "zones", "Heure d'ouverture", "Opening time")
    open_days: tuple[str, ...] = rule(
        DAYS[:6], "zones", "Jours d'ouverture", "Opening days", options=DAYS,
    )  # fmt: skip
    closures: tuple[str, ...] = field(default=(), metadata={"info": None})  # ISO 8601: 2026-12-24/2027-01-02, inclusive

    @property
    def quiet(self) -> bool:
        """Whether there are quiet hours at all: equal bounds switch them off."""
        return self.quiet_from != self.quiet_until


def rules_from(stored: Mapping[str, Any]) -> Rules:
    """The defaults overridden by what is stored. A stored value that is no longer valid is ignored."""
    known = {f.name: f for f in fields(Rules)}
    changes: dict[str, Any] = {}
    for name, value in stored.items():
        if name in known:
            try:
                changes[name] = thaw(known[name].default, value)
            except (TypeError, ValueError):
                continue
    return replace(Rules(), **changes)


def freeze(value: Any) -> Any:
    """A rule's value as JSON: lengths in seconds, times as HH:MM."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, tuple):
        return list(value)
    return value


def thaw(default: Any, value: Any) -> Any:
    """A stored value in the type of its default. Raises TypeError or ValueError when it does not fit."""
    if isinstance(default, timedelta):
        return timedelta(seconds=value)
    if isinstance(default, time):
        return time.fromisoformat(value)
    if isinstance(default, tuple):
        return tuple(str(v) for v in value)
    if isinstance(default, bool):
        return bool(value)
    if isinstance(default, int):
        return int(value)
    return str(value)
