"""Pages in the desk's own words: `templates/<language>/dashboard.toml`, times of the desk's zone, sums by locale."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.core.duetime import is_far, say_due
from bot.core.money import Money, shown, shown_cost
from bot.core.people import phone_shown
from bot.texts import DEFAULT_LANGUAGE, TEMPLATES, Texts
from bot.web.dashboard.visit import Page, Visit, home

PAGES = Path(__file__).parent / "templates"
PAGE_NAMES = ("", "/log", "/figures", "/jobs")


@lru_cache
def words_of(language: str) -> Mapping[str, str]:
    """The dashboard's words; those a language lacks come from the default one."""
    path = TEMPLATES / language / "dashboard.toml"
    own = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return own if language == DEFAULT_LANGUAGE else {**words_of(DEFAULT_LANGUAGE), **own}


class Printer:
    """Prints pages; every fact is escaped on the way."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._made = Environment(
            loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip

    def page(self, visit: Visit, page: Page) -> str:
        """A page for somebody who is signed in."""
        from babel.dates import format_date  # 3 MB: loaded at the first page

        language = visit.language
        tools = {
            "visit": visit, "home": home(visit.store), "link": visit.link, "pages": PAGE_NAMES,
            "this_page": secrets.token_hex(8),
            "when": lambda at: when(at, visit),
            "long": lambda at: long(at, visit),
            "day": lambda at: format_date(at.astimezone(visit.zone), "d MMM", locale=language),
            "day_of": lambda on: format_date(on, "d MMMM y", locale=language),
            "money": lambda money: amount(money, language),
            "cost": lambda cost: unbroken(shown_cost(cost, language)),
            "phone": lambda value: phone_shown(value, visit.store.desk.region),
            "name": lambda table, key: self._name(table, key, language),
            "why": lambda error: self._texts.reason(error, language),
            "ran": lambda outcome: self._texts.job_outcome(outcome, language),
            "kind": lambda name: self._texts.message_name(name, language),
        }  # fmt: skip
        return self._print(page.template, language, {**tools, **page.shows})

    def outside(self, template: str, language: str, **shows: Any) -> str:
        """A page for somebody who is not signed in; it shows `home`, as every page does."""
        return self._print(template, self._texts.language(language), shows)

    def _print(self, template: str, language: str, shows: Mapping[str, Any]) -> str:
        words = words_of(language)
        return self._made.get_template(template).render(
            language=language, word=lambda key, *facts: words[key].format(*facts), **shows
        )

    def _name(self, table: str, key: str, language: str) -> str:
        """A short name of `words.toml`; the key itself where it has none there."""
        try:
            return self._texts.word(table, key, language)
        except KeyError:
            return key


def when(at: datetime, visit: Visit) -> Markup:
    """`<time>23 nov. 09:00</time>`, with the instant for machines; `23 nov. 2025 09:00` when that is long ago."""
    from babel.dates import format_datetime

    local = at.astimezone(visit.zone)
    form = "d MMM y HH:mm" if is_far(at, visit.now) else "d MMM HH:mm"
    said = format_datetime(local, form, locale=visit.language)
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), said)


def long(at: datetime, visit: Visit) -> str:
    """`lundi 23 novembre à 9 h`, with its year where it needs one."""
    return say_due(at.astimezone(visit.zone), language=visit.language, now=visit.now if is_far(at, visit.now) else None)


def amount(money: Money, language: str) -> Markup:
    """A sum with non-breaking spaces."""
    return unbroken(shown(money, language))


def unbroken(sum_: str) -> Markup:
    return escape(sum_.replace(" ", "\u00a0"))
