"""How facts are printed: the filters of templates, and the environment that templates of one language live in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from bot.core import duetime
from bot.core.elision import de
from bot.core.list_faults import in_french
from bot.core.markup import escape
from bot.core.money import Cost, Money, shown, shown_cost
from bot.core.notices import month_in_words
from bot.core.tutoiement import tutoyer
from bot.texts_lexicon import SAID_LIMIT, Lexicon, Marked, typed
from bot.texts_overrides import OVERRIDE_BYTES

NIGHT_ENDS = 5  # o'clock


def _moment(context: Context, at: datetime, elsewhere: str = "") -> tuple[datetime, datetime]:
    zone = ZoneInfo(elsewhere) if elsewhere else context["zone"]
    return at.astimezone(zone), context["now"].astimezone(zone)


class _Dates:
    """The filters of dates and times in one language."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._language = lexicon.language

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "due_on": self.due_on, "due": self.due, "day": self.day, "dated": self.dated, "clock": self.clock,
            "near": self.near, "on": self.on, "weekday": self.weekday, "hour": self.hour,
        }  # fmt: skip

    @pass_context
    def due(self, context: Context, at: datetime, elsewhere: str = "") -> Marked:
        """elsewhere: a zone, where it is not that of the desk that speaks."""
        local, now = _moment(context, at, elsewhere)
        return Marked(duetime.say_due(local, language=self._language, now=now if duetime.is_far(local, now) else None))

    @pass_context
    def day(self, context: Context, at: datetime) -> Marked:
        local, now = _moment(context, at)
        return Marked(duetime.say_day(local, language=self._language, now=now if duetime.is_far(local, now) else None))

    @pass_context
    def dated(self, context: Context, at: datetime) -> Marked:
        """`lundi 23 novembre 2026`: for a document that is kept."""
        local, _ = _moment(context, at)
        return Marked(f"{duetime.say_day(local, language=self._language)} {local.year}")

    @pass_context
    def clock(self, context: Context, at: datetime) -> Marked:
        return Marked(duetime.say_clock(_moment(context, at)[0], language=self._language))

    @pass_context
    def near(self, context: Context, at: datetime, elsewhere: str = "") -> Marked:
        """`demain, vendredi 27 novembre à 18 h`, `lundi 30 novembre à 18 h`."""
        word, due = self._near_word(context, at, elsewhere), self.due(context, at, elsewhere)
        return Marked(f"{word}, {due}") if word else due

    @pass_context
    def on(self, context: Context, at: datetime, elsewhere: str = "") -> Marked:
        """`demain, vendredi 27 novembre à 18 h`, `le lundi 30 novembre à 18 h`."""
        plain = self.near(context, at, elsewhere)
        if self._near_word(context, at, elsewhere):
            return plain
        return Marked(self._lexicon.tables["grammar"]["on"].format(plain))

    @pass_context
    def weekday(self, context: Context, day: date) -> Marked:
        """`vendredi 4 décembre`: a day of the calendar, in no zone."""
        now = context["now"].astimezone(context["zone"])
        noon = datetime.combine(day, time(12), context["zone"])
        return Marked(duetime.say_day(noon, language=self._language, now=now if duetime.is_far(noon, now) else None))

    @pass_context
    def due_on(self, context: Context, day: date) -> Marked:
        """`4 décembre`, `4 décembre 2027`: a day of the calendar, in no zone."""
        return Marked(self.weekday(context, day).partition(" ")[2])

    def hour(self, clock: str) -> Marked:
        """`9 h`, `9 am`, of `09:00`: an hour on the wall of the desk, in no zone."""
        at = datetime.combine(date.min, time.fromisoformat(clock))
        return Marked(duetime.say_clock(at, language=self._language))

    def _near_word(self, context: Context, at: datetime, elsewhere: str) -> str:
        local, now = _moment(context, at, elsewhere)
        words, days = self._lexicon.tables["near"], (local.date() - now.date()).days
        tonight = days == 1 and local.hour < NIGHT_ENDS <= now.hour  # who reads *demain* comes a day late
        return str(words["tonight"] if tonight and "tonight" in words else words.get(str(days), ""))


def _money_filters(lexicon: Lexicon) -> dict[str, Callable[..., Any]]:
    @pass_context
    def money(context: Context, amount: Money) -> Marked:
        """`127 000 F CFA`, `12,50 €`."""
        return Marked(escape(shown(amount, lexicon.language, plain=context["channel"] == "sms")))

    @pass_context
    def sums(context: Context, amounts: Iterable[Money]) -> Marked:
        """`12,50 € et 127 000 F CFA`: amounts of several currencies."""
        return lexicon.joined([money(context, amount) for amount in amounts], "and")

    def costs(told: Iterable[Cost]) -> Marked:
        """`0,24 $US`: providers' charges, one sum for each currency."""
        return lexicon.joined([Marked(escape(shown_cost(cost, lexicon.language))) for cost in told], "and")

    return {"money": money, "sums": sums, "costs": costs}


def _word_filters(lexicon: Lexicon) -> dict[str, Callable[..., Any]]:
    return {
        "span": lexicon.span,
        "plural": lexicon.counted,
        "grouped": lexicon.grouped,
        "all_of": lambda names: lexicon.bold(_counted(names), "and"),
        "with": lambda name, others: lexicon.bold(_counted([name, *others]), "and"),
        "any_of": lambda names: lexicon.bold(names, "or"),
        "said": lambda words: typed(words, SAID_LIMIT, lines=True),
        "ours": lambda words: typed(words, SAID_LIMIT, links=True),
        "fault": lambda why: typed(in_french(why) if lexicon.language == "fr" else why, SAID_LIMIT),
        "why": lexicon.reason,
        "nr": lambda word, number: Marked(f"{word} {number}" if number > 1 else word),
        "called": lexicon.message_name,
        "de": lambda word, mark="": Marked(f"{de(word)}{mark}{typed(word)}{mark}"),
        "names": lambda names: Marked(", ".join(typed(name) for name in names)),
        "label": lexicon.setting_label,
        "ran": lexicon.job_outcome,
        "typed_as": lexicon.setting_word,
        "value": lexicon.value,
        "source": lambda words: typed(words, OVERRIDE_BYTES, lines=True, links=True),
        "month": lambda text: typed(month_in_words(text, lexicon.language)),
    }


def _counted(names: Sequence[str]) -> list[str]:
    """`Chaise (2)`: two items of one name."""
    return [name if count == 1 else f"{name} ({count})" for name, count in Counter(names).items()]


def part_filters(environment: Environment, folder: Path) -> dict[str, Callable[..., Any]]:
    """A filter for each part that templates of a folder share: `_name.txt` is the filter `name`, over lines."""
    return {path.stem[1:]: _part_filter(environment, path.name) for path in sorted(folder.glob("_*.txt"))}


def _part_filter(environment: Environment, name: str) -> Callable[..., Any]:
    @pass_context
    def part(context: Context, lines: Iterable[Any]) -> Marked:
        return Marked(environment.get_template(name).render(context.get_all(), lines=lines).rstrip("\n"))

    return part


def environment_of(kind: type[Environment], root: Path, lexicon: Lexicon) -> Environment:
    """Templates of one language, compiled at first use and kept. Not HTML: `_printed` escapes for our own markup."""
    made = kind(
        loader=FileSystemLoader(root / lexicon.language),
        undefined=StrictUndefined,
        finalize=_printed,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters = _Dates(lexicon).filters() | _money_filters(lexicon) | _word_filters(lexicon) | {"length": len}
    made.globals = {"word": lexicon.word}
    return made


class Familiar(FileSystemLoader):
    """The same files with tu."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, fresh = super().get_source(environment, template)
        return tutoyer(source), path, fresh


def _printed(value: Any) -> Any:
    """The last step of every `{{ }}`. Raises TypeError for what has no plain form, so that no chat reads "None"."""
    if isinstance(value, Marked | StrictUndefined):
        return value
    if isinstance(value, str):
        return typed(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{type(value).__name__} needs a filter to be printed")
