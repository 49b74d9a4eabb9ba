"""Initial values of rules from the operator's environment, where no admin has set anything."""

from __future__ import annotations

from bot.config import Config
from bot.core.money import currency_of


def first_rules(config: Config) -> dict[str, object]:
    """The rules' initial values, in their stored form."""
    return {
        "debts_on": config.enable_debt_reminders,
        "debt_channel": config.debt_reminder_channel,
        "debt_dry_run": config.debt_reminder_dry_run,
        "debt_interval": float(config.debt_reminder_interval_seconds),
        "debt_period": config.debt_reminder_period_days * 86_400.0,
        "currency": currency_of(config.default_region),
        "holiday_country": config.default_region,
    }
