"""From a message to words: facts, language and channel, through the files of `templates/` and what admins changed.

A template is `templates/<language>/<message>.txt`, or `<message>.<channel>.txt` where one channel needs other words.
It sees the facts of its message by name, and:

    language, channel         what it is written for
    answers                   whether the reader can answer here (an alphanumeric SMS sender cannot be answered)
    most                      how many lines of a list are shown on this channel

A text fact is escaped, since a person typed it; a time or a length needs a filter. `_name.txt` is a part that several
templates share: it is the filter `name` over the lines of a list.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateSyntaxError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.core import duetime
from bot.core.conversation import Choice
from bot.core.elision import de
from bot.core.errors import WordsBroken
from bot.core.list_faults import in_french
from bot.core.markup import clean, clip, escape, marked_to_sms, to_plain, to_whatsapp
from bot.core.messages import CATALOGUE, EX_LENT, Message, RuleValue
from bot.core.money import Cost, Money, shown, shown_cost
from bot.core.notices import month_in_words
from bot.core.settable import country_name, setting
from bot.core.tutoiement import tutoyer
from bot.core.words import Button, Words
from bot.texts_mail import Frame as Frame
from bot.texts_mail import Letters, Scene

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
DEFAULT_LANGUAGE = "fr"
FAMILIAR = "fr+tu"  # a language to this module alone: French files, read with tu
VOUS_TO_ALL = frozenset({"staff", "toast"})

TYPED_LIMIT = 80  # a name longer than this is shortened: no borrower's name may push our own words out of a message
SAID_LIMIT = 700  # what a person wrote, carried to somebody else
LABEL_LIMIT = 40
LINK_LIMIT = 300
TOAST_LIMIT = 200  # Bot API answerCallbackQuery.text
YEAR_SAID_FROM = timedelta(days=300)
# Twilio's Body (WhatsApp and SMS) and Telegram's sendMessage, counted as the reader sees the words.
LONGEST: dict[str, tuple[int, Callable[[str], str]]] = {
    "whatsapp": (1600, to_whatsapp),
    "sms": (1600, marked_to_sms),
    "telegram": (4096, to_plain),
}
MOST_LINES = {"sms": 6}
MOST_LINES_ELSEWHERE = 15

OVERRIDE_BYTES = 2048
OVERRIDE_LENGTH = 4096
OVERRIDE_PLACES = 40  # printed expressions: each costs some microseconds, so this bounds the time as well

log = structlog.get_logger()

Rows = tuple[tuple[Choice, ...], ...]
Overrides = Callable[[str, str, str], str | None]


class Marked(str):
    """Words already in the small markup: printed as they are. Any other text is escaped, since a person typed it."""

    __slots__ = ()


def typed(value: str, limit: int = TYPED_LIMIT, *, lines: bool = False, links: bool = False) -> Marked:
    """What a person typed, inert and not longer than `limit`; "?" for what holds no sign that can be shown."""
    marked = escape(value, lines=lines, links=links) or ("?" if value else "")
    return Marked(marked if len(marked) <= limit else clip(marked, limit))


def _printed(value: Any) -> Any:
    """The last step of every `{{ }}`. Raises TypeError for what has no plain form, so that no chat reads "None"."""
    if isinstance(value, Marked | StrictUndefined):
        return value
    if isinstance(value, str):
        return typed(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{type(value).__name__} needs a filter to be printed")


# ---------------------------------------------------------------- the words of one language


class Lexicon:
    """Labels of choices and short names of one language, from `labels.toml` and `words.toml`.

    What a language does not say is taken from `fallback`.
    """

    def __init__(self, folder: Path, language: str, fallback: Lexicon | None = None) -> None:
        self.language = language
        labels = _read_toml(folder / "labels.toml")
        self.labels: dict[str, str] = _over(fallback.labels if fallback else {}, labels.get("labels", {}))
        self.typed: dict[str, str] = _over(fallback.typed if fallback else {}, labels.get("typed", {}))
        self.tables: dict[str, Any] = _over(fallback.tables if fallback else {}, _read_toml(folder / "words.toml"))

    def familiar(self) -> Lexicon:
        """The same words with tu."""
        made = copy(self)
        made.labels, made.tables = _with_tu(self.labels), _with_tu(self.tables)
        return made

    def word(self, table: str, key: str, default: str | None = None) -> Marked:
        """The name of a state, a class, a reason. Raises KeyError when there is neither that name nor a default."""
        words = self.tables[table]
        if key not in words and default is not None:
            key = default
        return Marked(words[key])

    def counted(self, count: int, one: str, many: str) -> Marked:
        """`2 jours`, `1 jour`, `0 jour` (but `0 days`): which numbers take the singular is a word of the language."""
        return Marked(f"{count} {one if count in self.tables['grammar']['singular'] else many}")

    def span(self, length: timedelta) -> Marked:
        """A length in its two largest units; under a minute as a minute, hours left out from a week on."""
        minutes = max(1, int(length.total_seconds()) // 60)
        days, hours = minutes // 1440, minutes % 1440 // 60
        amounts = (("day", days), ("hour", 0 if days >= 7 else hours), ("minute", 0 if days else minutes % 60))
        return self.joined((self.counted(n, *self.tables["units"][unit]) for unit, n in amounts if n), "and")

    def joined(self, words: Iterable[str], conjunction: str) -> Marked:
        """`a, b et c`"""
        *first, last = words
        return Marked(f"{', '.join(first)} {self.tables['grammar'][conjunction]} {last}" if first else last)

    def bold(self, names: Iterable[str], conjunction: str) -> Marked:
        return self.joined([f"*{typed(name)}*" for name in names], conjunction)

    # --- settings ---------------------------------------------------------------------------

    def message_name(self, name: str) -> Marked:
        """A message's short name for people; the catalogue's own where it has none."""
        return Marked(self.tables["message"].get(name, escape(name.replace("_", " "))))

    def setting_label(self, name: str) -> Marked:
        """What a setting does, in a line. A language without words of its own for it gets the English ones."""
        info = setting(name).info
        return Marked(info.fr if self.language == "fr" else self.tables.get("setting", {}).get(name, info.en))

    def setting_word(self, name: str) -> Marked:
        """The setting's name as it is typed in a command."""
        return Marked(setting(name).alias if self.language == "fr" else name)

    def value(self, value: RuleValue) -> Marked:
        """What a setting is set to: `1 heure et 30 minutes`, `oui`, `21 h`, `WhatsApp, SMS`."""
        match value.kind:
            case "flag":
                return self.word("value", "yes" if value.number else "no")
            case "span":
                return self.span(timedelta(seconds=value.number)) if value.number else self.word("value", "none")
            case "clock":
                at = datetime.combine(EX_LENT.date(), time.fromisoformat(value.text), EX_LENT.tzinfo)
                return Marked(duetime.say_clock(at, language=self.language))
            case "order" | "several":
                table = "channel" if value.kind == "order" else "option"
                return Marked(", ".join(self.word(table, item) for item in value.items))
            case "option" | "language":
                return self.word("option", value.text) if value.text in self.tables["option"] else typed(value.text)
            case "country":
                return typed(country_name(value.text, self.language))
            case "count":
                return Marked(str(value.number))
        return typed(value.text, SAID_LIMIT) if value.text else self.word("value", "empty")


def _read_toml(path: Path) -> dict[str, Any]:
    """What a file says, nothing when there is none. Raises WordsBroken."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:  # no right to read it, no UTF-8, no TOML
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise WordsBroken(f"{path}: {why}") from error


def _sids(path: Path) -> dict[str, dict[str, str]]:
    """Content SIDs by language and message. Raises WordsBroken."""
    found = _read_toml(path).get("sid", {})
    tables = list(found.values()) if isinstance(found, dict) else [None]
    if all(isinstance(table, dict) and all(isinstance(sid, str) for sid in table.values()) for table in tables):
        return dict(found)
    raise WordsBroken(f'{path}: under [sid.fr] a line is: message = "HX…"')


def _with_tu(words: dict[str, Any]) -> dict[str, Any]:
    def said(value: Any) -> Any:
        return _with_tu(value) if isinstance(value, dict) else tutoyer(value) if isinstance(value, str) else value

    return {key: said(value) for key, value in words.items()}


class _Familiar(FileSystemLoader):
    """The same files with tu."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, fresh = super().get_source(environment, template)
        return tutoyer(source), path, fresh


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, table by table."""
    laid = {k: _over(below[k], v) if isinstance(v, dict) and k in below else v for k, v in above.items()}
    return below | laid


# ---------------------------------------------------------------- filters


def _moment(context: Context, at: datetime) -> tuple[datetime, datetime]:
    zone = context["zone"]
    return at.astimezone(zone), context["now"].astimezone(zone)


def _far(at: datetime, now: datetime) -> bool:
    """Whether a date may need its year. `duetime` adds it to any past one, so that what it says reads back the same;
    nobody says the year of the day before yesterday."""
    return abs(at - now) > YEAR_SAID_FROM


def _date_filters(lexicon: Lexicon) -> dict[str, Callable[..., Any]]:
    language = lexicon.language

    @pass_context
    def due(context: Context, at: datetime) -> Marked:
        local, now = _moment(context, at)
        return Marked(duetime.say_due(local, language=language, now=now if _far(local, now) else None))

    @pass_context
    def day(context: Context, at: datetime) -> Marked:
        local, now = _moment(context, at)
        return Marked(duetime.say_day(local, language=language, now=now if _far(local, now) else None))

    @pass_context
    def dated(context: Context, at: datetime) -> Marked:
        """`lundi 23 novembre 2026`: for a paper that is kept."""
        local, _ = _moment(context, at)
        return Marked(f"{duetime.say_day(local, language=language)} {local.year}")

    @pass_context
    def clock(context: Context, at: datetime) -> Marked:
        return Marked(duetime.say_clock(_moment(context, at)[0], language=language))

    @pass_context
    def near(context: Context, at: datetime) -> Marked:
        """`demain, vendredi 27 novembre à 18 h`, `lundi 30 novembre à 18 h`."""
        word = _near_word(context, at)
        return Marked(f"{word}, {due(context, at)}" if word else due(context, at))

    @pass_context
    def on(context: Context, at: datetime) -> Marked:
        """`demain, vendredi 27 novembre à 18 h`, `le lundi 30 novembre à 18 h`."""
        plain = near(context, at)
        return plain if _near_word(context, at) else Marked(lexicon.tables["grammar"]["on"].format(plain))

    def _near_word(context: Context, at: datetime) -> str:
        local, now = _moment(context, at)
        return str(lexicon.tables["near"].get(str((local.date() - now.date()).days), ""))

    @pass_context
    def due_on(context: Context, day: date) -> Marked:
        """`4 décembre`, `4 décembre 2027`: a day of the calendar, in no zone."""
        now = context["now"].astimezone(context["zone"])
        noon = datetime.combine(day, time(12), context["zone"])
        words = duetime.say_day(noon, language=language, now=now if _far(noon, now) else None)
        return Marked(words.partition(" ")[2])

    return {"due_on": due_on, "due": due, "day": day, "dated": dated, "clock": clock, "near": near, "on": on}


def _money_filters(lexicon: Lexicon) -> dict[str, Callable[..., Any]]:
    @pass_context
    def money(context: Context, amount: Money) -> Marked:
        """`127 000 F CFA`, `12,50 €`."""
        return Marked(escape(shown(amount, lexicon.language, plain=context["channel"] == "sms")))

    @pass_context
    def sums(context: Context, amounts: Iterable[Money]) -> Marked:
        """`12,50 € et 127 000 F CFA`: amounts of several currencies side by side."""
        return lexicon.joined([money(context, amount) for amount in amounts], "and")

    def costs(told: Iterable[Cost]) -> Marked:
        """`0,24 $US`: what providers ask, one sum for each currency."""
        return lexicon.joined([Marked(escape(shown_cost(cost, lexicon.language))) for cost in told], "and")

    return {"money": money, "sums": sums, "costs": costs}


def _word_filters(lexicon: Lexicon) -> dict[str, Callable[..., Any]]:
    return {
        "span": lexicon.span,
        "plural": lexicon.counted,
        "all_of": lambda names: lexicon.bold(names, "and"),
        "any_of": lambda names: lexicon.bold(names, "or"),
        "said": lambda words: typed(words, SAID_LIMIT, lines=True),
        "ours": lambda words: typed(words, SAID_LIMIT, links=True),
        "fault": lambda why: typed(in_french(why) if lexicon.language == "fr" else why, SAID_LIMIT),
        "nr": lambda word, number: Marked(f"{word} {number}" if number > 1 else word),
        "called": lexicon.message_name,
        "de": lambda word, mark="": Marked(f"{de(word)}{mark}{typed(word)}{mark}"),
        "names": lambda names: Marked(", ".join(typed(name) for name in names)),
        "label": lexicon.setting_label,
        "typed_as": lexicon.setting_word,
        "value": lexicon.value,
        "source": lambda words: typed(words, OVERRIDE_BYTES, lines=True, links=True),
        "month": lambda text: typed(month_in_words(text, lexicon.language)),
    }


def _part_filters(environment: Environment, folder: Path) -> dict[str, Callable[..., Any]]:
    return {path.stem[1:]: _part_filter(environment, path.name) for path in sorted(folder.glob("_*.txt"))}


def _part_filter(environment: Environment, name: str) -> Callable[..., Any]:
    @pass_context
    def part(context: Context, lines: Iterable[Any]) -> Marked:
        return Marked(environment.get_template(name).render(context.get_all(), lines=lines).rstrip("\n"))

    return part


def _environment(kind: type[Environment], root: Path, lexicon: Lexicon) -> Environment:
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
    made.filters = _date_filters(lexicon) | _money_filters(lexicon) | _word_filters(lexicon) | {"length": len}
    made.globals = {"word": lexicon.word}
    return made


# ---------------------------------------------------------------- words of admins


_SAFE_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter,
    nodes.If, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong with an admin's template: a key of `words.toml`, table `override`, and what it names."""

    key: str
    what: str = ""


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _fault_in(tree: nodes.Template, known: tuple[str, ...], filters: Iterable[str]) -> _Fault | None:
    """Only placeholders of the message, plain conditions and our filters: no loop, call, attribute or arithmetic.

    An allow-list of syntax needs no timer: what it lets through costs a bounded time.
    """
    places = 0
    for node in _walk(tree):
        if not isinstance(node, _SAFE_NODES):
            return _Fault("forbidden", type(node).__name__)
        if isinstance(node, nodes.Name) and node.name not in known:
            return _Fault("unknown", node.name)
        if isinstance(node, nodes.Filter) and (node.name not in filters or node.node is None):
            return _Fault("filter", node.name)
        if isinstance(node, nodes.Output):
            places += sum(not isinstance(child, nodes.TemplateData) for child in node.nodes)
    return _Fault("too_many") if places > OVERRIDE_PLACES else None


def placeholders(message_name: str) -> tuple[str, ...]:
    """The facts a template of this message may print. Raises KeyError for an unknown message."""
    return tuple(f.name for f in fields(CATALOGUE[message_name]))


_CONDITIONS = ("answers", "language", "channel")


# ---------------------------------------------------------------- approved WhatsApp templates


@dataclass(frozen=True, slots=True)
class Content:
    """A message as an approved WhatsApp template: `body` holds {{1}}, {{2}}…, `variables` what stands there ("1": …).

    `sid` is empty until the template was submitted and its Content SID noted in `templates/whatsapp.toml`.
    """

    sid: str
    body: str
    variables: dict[str, str]


# ---------------------------------------------------------------- texts


class Texts:
    """All words of the house. Templates are compiled once; one instance serves every thread.

    `overrides` gives the words an admin put in place of a file, or None: (message, language, channel) → source.
    `sids`: a file with the Content SIDs of this account, over those of `whatsapp.toml`.
    """

    def __init__(self, root: Path = TEMPLATES, *, overrides: Overrides | None = None, sids: Path | None = None) -> None:
        self._root = root
        self._overrides = overrides
        found = sorted(path.name for path in root.iterdir() if (path / "words.toml").exists())
        self.languages: tuple[str, ...] = (DEFAULT_LANGUAGE, *(name for name in found if name != DEFAULT_LANGUAGE))
        default = Lexicon(root / DEFAULT_LANGUAGE, DEFAULT_LANGUAGE)
        others = {name: Lexicon(root / name, name, default) for name in self.languages[1:]}
        self._lexicons = {DEFAULT_LANGUAGE: default} | others
        self._files = {name: self._made(Environment, name) for name in self.languages}
        self._sandboxes = {name: self._made(ImmutableSandboxedEnvironment, name) for name in self.languages}
        mail = _read_toml(root / DEFAULT_LANGUAGE / "mail.toml")
        around = {name: _over(mail, _read_toml(root / name / "mail.toml")) for name in self.languages}
        self._letters = Letters(root, _read_toml(root / "mail.toml").get("layout", {}), self._files, around)
        self._approved = {"sid": {}, "body": {}, "variables": {}} | _read_toml(root / "whatsapp.toml")
        if sids is not None:
            self._approved["sid"] = _over(self._approved["sid"], _sids(sids))
        self._lexicons[FAMILIAR] = default.familiar()
        self._files[FAMILIAR] = self._made(Environment, FAMILIAR)
        self._found: dict[tuple[str, str, str], Template] = {}
        self._checked = lru_cache(maxsize=512)(self._check)

    def _made(self, kind: type[Environment], language: str) -> Environment:
        lexicon = self._lexicons[language]
        made = _environment(kind, self._root, lexicon)
        if language == FAMILIAR:
            made.loader = _Familiar(self._root / lexicon.language)
        files = made if kind is Environment else self._files[language]
        made.filters |= _part_filters(files, self._root / lexicon.language)
        return made

    def render(
        self,
        message: Message,
        *,
        language: str,
        channel: str,
        zone: ZoneInfo,
        now: datetime,
        choices: Rows = (),
        shows_buttons: bool = True,
        one_way: bool = False,
        link: str = "",
        override: str | None = None,
        familiar: bool = False,
        frame: Frame | None = None,
    ) -> Words:
        """The words of a message, in the small markup, with its choices as buttons or as a numbered list.

        `zone` is the desk's; `now` (aware) decides whether a date is "demain". `one_way`: the reader cannot answer
        here, so nothing is asked; `link` is where they can act instead. `override`: an admin's words in place of the
        file's. `familiar`: French says tu to borrowers (letters say vous all the same, like their frame).
        `frame`: what stands around an e-mail. A language without a folder is answered in the default one.
        Raises KeyError for an unknown message, jinja2's UndefinedError or TypeError when a template of ours prints
        what is not there.
        """
        language = self.language(language)
        one_way = one_way or channel == "email"  # nobody reads what is answered there
        said = _facts(message)
        scene = _scene(language, channel, zone, now, answers=not one_way)
        with_tu = familiar and language == "fr" and channel != "email" and message.about not in VOUS_TO_ALL
        spoken = FAMILIAR if with_tu else language
        text = self._written(message.name, language, channel, scene | said, override, spoken)
        if message.about == "toast":
            return Words(text=clip(text, TOAST_LIMIT, to_plain))
        if choices and not shows_buttons and not one_way:
            text += self._choices_written(text, choices, spoken, numbered="lines" in said)
        if one_way and link and channel != "email":
            text += "\n" + self._lexicons[spoken].word("choices", "link").format(typed(link, LINK_LIMIT, links=True))
        text = _fitting(text, channel)
        if channel == "email":
            around = replace(frame or Frame(), act=link)
            return self._letters.letter(text, Scene(message.name, language, scene | said), around)
        buttons = self._buttons(choices, language) if shows_buttons and not one_way else ()
        return Words(text=text, buttons=buttons, ask_contact=channel == "telegram" and said.get("share") is True)

    def broken(self, channels: Iterable[str]) -> list[str]:
        """What is wrong with our own files, a sentence for each: every message is said once with its example."""
        found: dict[str, str] = {}
        for name, language, channel in product(CATALOGUE, self.languages, channels):
            message = CATALOGUE[name](**CATALOGUE[name].example)
            try:
                self.render(message, language=language, channel=channel, zone=ZoneInfo("UTC"), now=EX_LENT)
            except Exception as error:  # whatever somebody wrote into a file
                file, line = getattr(error, "filename", None), getattr(error, "lineno", "")
                where = f"{file}, line {line}" if file else f"{name} ({language}, {channel})"
                found.setdefault(where, f"{where}: {type(error).__name__}: {error}")
        return list(found.values())

    def layout(self, message_name: str) -> str:
        """The layout that an e-mail with this message wears."""
        return self._letters.layout(message_name)

    def label(self, key: str, language: str) -> str:
        """The label of a choice, plain. Raises KeyError for a key that `labels.toml` does not know."""
        return str(self._lexicons[self.language(language)].labels[key])

    def word(self, table: str, key: str, language: str) -> str:
        """A short name of `words.toml`, for a page or a list. Raises KeyError."""
        return str(self._lexicons[self.language(language)].word(table, key))

    def setting_name(self, name: str, language: str) -> str:
        """What a setting does, in a line, plain. Raises KeyError."""
        return str(self._lexicons[self.language(language)].setting_label(name))

    def message_name(self, name: str, language: str) -> str:
        """A message's short name for people, plain."""
        return to_plain(self._lexicons[self.language(language)].message_name(name))

    def span(self, length: timedelta, language: str) -> str:
        """A length of time in words: `2 jours et 3 heures`."""
        return str(self._lexicons[self.language(language)].span(length))

    def language(self, wanted: str) -> str:
        """The language that answers `wanted` ("fr", "en-GB", ""): its own folder, else the default."""
        short = wanted.replace("_", "-").split("-")[0].lower()
        return short if short in self._lexicons else DEFAULT_LANGUAGE

    def source(self, message_name: str, language: str, channel: str) -> str:
        """The words of the file, as an admin sees them before a change. Raises KeyError for an unknown message."""
        template = self._template(message_name, self.language(language), channel)
        return Path(template.filename or "").read_text(encoding="utf-8")

    def content(self, message: Message, *, language: str, zone: ZoneInfo, now: datetime) -> Content | None:
        """The message for WhatsApp outside the 24-hour window; None when it has no template in that language."""
        language = self.language(language)
        body = self._approved["body"].get(language, {}).get(message.name)
        if body is None:
            return None
        facts = _scene(language, "whatsapp", zone, now) | _facts(message)
        made = (self._expression(e, language).render(facts) for e in self._approved["variables"][message.name])
        # Twilio 63013: no empty value, no line break, no run of spaces in a variable.
        variables = {str(n): " ".join(to_whatsapp(value).split()) or "-" for n, value in enumerate(made, 1)}
        return Content(self._approved["sid"].get(language, {}).get(message.name, ""), body, variables)

    def note_sid(self, message_name: str, language: str, sid: str) -> None:
        """A template was approved while we run."""
        self._approved["sid"].setdefault(language, {})[message_name] = sid

    @property
    def templated(self) -> tuple[tuple[str, str], ...]:
        """(message, language) of every message that has words for a WhatsApp template."""
        return tuple((name, lang) for lang, bodies in self._approved["body"].items() for name in bodies)

    @property
    def approved(self) -> frozenset[tuple[str, str]]:
        """(message, language) of the WhatsApp templates that have a Content SID."""
        return frozenset((name, lang) for lang, sids in self._approved["sid"].items() for name in sids if sids[name])

    def _expression(self, expression: str, language: str) -> Template:
        key = (expression, language, "expression")
        if key not in self._found:
            self._found[key] = self._files[language].from_string("{{ " + expression + " }}")
        return self._found[key]

    # ------------------------------------------------------------ files and overrides

    def _written(
        self, name: str, language: str, channel: str, facts: dict[str, Any], override: str | None, spoken: str
    ) -> str:
        """An admin's words, else those of the file in the language as it is spoken here."""
        source = override or (self._overrides(name, language, channel) if self._overrides else None)
        text = self._overridden(name, source, language, facts) if source else None
        return text or _tidy(self._template(name, spoken, channel).render(facts))

    def _overridden(self, name: str, source: str, language: str, facts: dict[str, Any]) -> str | None:
        """An admin's words, or None when they are unfit: a slip in a template must not silence the desk."""
        template = self._checked(name, source, language)
        if isinstance(template, _Fault):
            log.warning("template_refused", message=name, language=language, why=template.key)
            return None
        try:
            text = _tidy(template.render(facts))
        except Exception as error:  # whatever an admin's template raises, the file's words leave instead
            log.warning("template_failed", message=name, language=language, why=type(error).__name__)
            return None
        return text if len(text) <= OVERRIDE_LENGTH else None

    def _template(self, name: str, language: str, channel: str) -> Template:
        key = (name, language, channel)
        if key not in self._found:
            self._found[key] = self._load(name, language, channel)
        return self._found[key]

    def _load(self, name: str, language: str, channel: str) -> Template:
        """The file of a message. One that cannot be read gives way to the next best, words of another language last:
        a slip in a file must not silence the desk. Raises KeyError when there is none."""
        if name in CATALOGUE:
            for spoken in dict.fromkeys((language, DEFAULT_LANGUAGE, *self.languages)):
                for file in (f"{name}.{channel}.txt", f"{name}.txt"):
                    if (self._root / self._lexicons[spoken].language / file).exists():
                        try:
                            return self._files[spoken].get_template(file)
                        except (TemplateSyntaxError, UnicodeDecodeError) as error:
                            log.error("template_broken", file=f"{spoken}/{file}", why=str(error))
        raise KeyError(name)

    def unreadable(self) -> list[str]:
        """What cannot even be read in our own files, a sentence for each; `broken` tries them as well, and takes ten
        times as long."""
        found = []
        for language in self.languages:
            for file in sorted((self._root / language).glob("*.txt")):
                try:
                    self._files[language].parse(file.read_text(encoding="utf-8"))
                except (TemplateSyntaxError, UnicodeDecodeError) as error:
                    line = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
                    found.append(f"{file}{line}: {error}")
        return found

    def check_override(self, message_name: str, source: str, language: str) -> str | None:
        """What is wrong with an admin's template, in a sentence of that language; None when it can be used.

        It may be 2 KiB long, print facts of its message (`placeholders`) through our filters, hold plain conditions,
        and give at most 4,096 signs. Raises KeyError for an unknown message.
        """
        known = placeholders(message_name)
        outcome = self._checked(message_name, source, self.language(language))
        if not isinstance(outcome, _Fault):
            return None
        lexicon = self._lexicons[self.language(language)]
        sentence = lexicon.word("override", outcome.key)
        return sentence.format(what=outcome.what, known=", ".join(known))

    def _check(self, name: str, source: str, language: str) -> Template | _Fault:
        if len(source.encode(errors="replace")) > OVERRIDE_BYTES:
            return _Fault("too_long")
        sandbox = self._sandboxes[language]
        try:
            tree = sandbox.parse(source)
            fault = _fault_in(tree, (*placeholders(name), *_CONDITIONS), sandbox.filters)
            return fault or self._tried(name, sandbox.from_string(source), language)
        except TemplateSyntaxError as error:
            return _Fault("syntax", str(error.lineno))
        except (RecursionError, MemoryError, SyntaxError, ValueError):
            return _Fault("forbidden", "…")

    def _tried(self, name: str, template: Template, language: str) -> Template | _Fault:
        """The template once it has carried the message's example."""
        scene = _scene(language, "telegram", ZoneInfo("UTC"), EX_LENT)
        facts = scene | _facts(CATALOGUE[name](**CATALOGUE[name].example))
        try:
            text = _tidy(template.render(facts))
        except Exception as error:  # the admin is told, whatever it is
            return _Fault("broken", str(error))
        if not text:
            return _Fault("empty")
        return template if len(text) <= OVERRIDE_LENGTH else _Fault("too_long")

    # ------------------------------------------------------------ choices

    def _choice_label(self, choice: Choice, language: str) -> str:
        return clean(choice.text) if choice.text else self.label(choice.label, language)

    def _buttons(self, rows: Rows, language: str) -> tuple[tuple[Button, ...], ...]:
        return tuple(
            tuple(Button(_shortened(self._choice_label(c, language)), c.payload()) for c in row) for row in rows
        )

    def _choices_written(self, text: str, rows: Rows, language: str, *, numbered: bool) -> str:
        """The choices as lines to answer with a number, or with the word they have (`OUI`, `RENDU`).

        A text that lists loans (`numbered`) already shows each with the number to answer: a second numbering beside it
        would make "2" mean two things. Words that the text already names are not repeated.
        """
        lexicon = self._lexicons[language]
        places = enumerate((c for row in rows for c in row), 1)
        choices = [(c.number or place, c) for place, c in places if not (numbered and c.number)]
        words = [lexicon.typed.get(c.label, "") if not c.text else "" for _, c in choices]
        if all(words) and len(set(words)) == len(words):
            missing = [word for word in words if not re.search(rf"\b{word}\b", text)]
            return f"\n{lexicon.word('choices', 'word').format(lexicon.joined(missing, 'or'))}" if missing else ""
        lines = [f"{number} {escape(self._choice_label(c, language))}" for number, c in choices]
        return "\n" + "\n".join([*lines, lexicon.word("choices", "number")])


def _scene(language: str, channel: str, zone: ZoneInfo, now: datetime, *, answers: bool = True) -> dict[str, Any]:
    """What every template sees besides its facts; a fact of the same name wins."""
    most = MOST_LINES.get(channel, MOST_LINES_ELSEWHERE)
    return {"language": language, "channel": channel, "answers": answers, "most": most, "zone": zone, "now": now}


def _facts(message: Message) -> dict[str, Any]:
    return {f.name: getattr(message, f.name) for f in fields(message)}


def _tidy(text: str) -> str:
    """Without spaces at line ends and without gaps left by parts that were not printed."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip()


def _fitting(text: str, channel: str) -> str:
    limit, shown = LONGEST.get(channel, (0, to_plain))
    # No form shows a sign as more than three, so a short text need not be measured.
    return text if not limit or len(text) * 3 <= limit else clip(text, limit, shown)


def _shortened(label: str) -> str:
    return label if len(label) <= LABEL_LIMIT else to_plain(clip(escape(label), LABEL_LIMIT, to_plain))
