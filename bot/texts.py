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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from jinja2 import Environment, Template, TemplateSyntaxError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.core.conversation import Choice, Rows
from bot.core.errors import WordsBroken
from bot.core.markup import clean, clip, escape, marked_to_sms, to_plain, to_whatsapp
from bot.core.messages import CATALOGUE, EX_LENT, Message, Part
from bot.core.records import record
from bot.core.words import Button, Words
from bot.texts_filters import Familiar, environment_of, part_filters
from bot.texts_lexicon import Lexicon, Marked, laid_over, read_toml, typed, with_tu
from bot.texts_mail import Frame as Frame
from bot.texts_mail import Letters, Scene
from bot.texts_overrides import OVERRIDE_BYTES, OVERRIDE_LENGTH, Fault, fault_in
from bot.texts_overrides import placeholders as placeholders

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
DEFAULT_LANGUAGE = "fr"
FAMILIAR = "fr+tu"  # a language to this module alone: French files, read with tu
VOUS_TO_ALL = frozenset({"staff", "toast"})

LABEL_LIMIT = 40
LINK_LIMIT = 300
TOAST_LIMIT = 200  # Bot API answerCallbackQuery.text
# Twilio's Body (WhatsApp and SMS) and Telegram's sendMessage, counted as the reader sees the words.
LONGEST: dict[str, tuple[int, Callable[[str], str]]] = {
    "whatsapp": (1600, to_whatsapp),
    "sms": (1600, marked_to_sms),
    "telegram": (4096, to_plain),
}
MOST_LINES = {"sms": 6}
MOST_LINES_ELSEWHERE = 15

log = structlog.get_logger()

Overrides = Callable[[str, str, str], str | None]


@record(frozen=True, slots=True)
class Reader:
    """Who reads a message, and where.

    zone: the desk's. one_way: the reader cannot answer here, so nothing is asked; `link` is where they can act instead.
    familiar: French says tu to borrowers, in letters and what stands around them too.
    """

    language: str
    channel: str
    zone: ZoneInfo
    shows_buttons: bool = True
    one_way: bool = False
    link: str = ""
    familiar: bool = False


@record(frozen=True, slots=True)
class Content:
    """A message as an approved WhatsApp template: `body` holds {{1}}, {{2}}…, `variables` what stands there ("1": …).

    `sid` is empty until the template was submitted and its Content SID noted in `templates/whatsapp.toml`.
    """

    sid: str
    body: str
    variables: dict[str, str]


class Texts:
    """All texts of the service. Templates are compiled once; one instance serves every thread.

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
        self._lexicons[FAMILIAR] = default.familiar()
        self._files[FAMILIAR] = self._made(Environment, FAMILIAR)
        mail = read_toml(root / DEFAULT_LANGUAGE / "mail.toml")
        around = {name: laid_over(mail, read_toml(root / name / "mail.toml")) for name in self.languages}
        around[FAMILIAR] = with_tu(around[DEFAULT_LANGUAGE])
        self._letters = Letters(root, read_toml(root / "mail.toml").get("layout", {}), self._files, around)
        self._approved = {"sid": {}, "body": {}, "variables": {}} | read_toml(root / "whatsapp.toml")
        if sids is not None:
            self._approved["sid"] = laid_over(self._approved["sid"], _sids(sids))
        self._found: dict[tuple[str, str, str], Template] = {}
        self._checked = lru_cache(maxsize=512)(self._check)

    def _made(self, kind: type[Environment], language: str) -> Environment:
        lexicon = self._lexicons[language]
        made = environment_of(kind, self._root, lexicon)
        if language == FAMILIAR:
            made.loader = Familiar(self._root / lexicon.language)
        files = made if kind is Environment else self._files[language]
        made.filters |= part_filters(files, self._root / lexicon.language)
        made.filters["each"] = self._each(language)
        return made

    def _each(self, spoken: str) -> Callable[..., Any]:
        """The filter that renders the messages of one answer, each with its own words (an admin's, if any)."""

        @pass_context
        def each(context: Context, parts: Iterable[Part]) -> Marked:
            scene = {key: context[key] for key in ("language", "channel", "most", "zone", "now")}
            # A language without `together.txt` borrows the default one's: its parts keep their own words.
            tongue = spoken if self._lexicons[spoken].language == scene["language"] else scene["language"]
            texts = []
            for part in parts:
                said = part.message()
                known = scene | _facts(said) | {"answers": context["answers"] and part.hints}
                texts.append(self._written(said.name, scene["language"], scene["channel"], known, part.words, tongue))
            return Marked("\n\n".join(texts))

        return each

    def render(
        self,
        message: Message,
        to: Reader,
        now: datetime,
        *,
        choices: Rows = (),
        override: str | None = None,
        frame: Frame | None = None,
    ) -> Words:
        """The words of a message, in the small markup, with its choices as buttons or as a numbered list.

        `now` (aware) decides whether a date is "demain". `override`: an admin's words in place of the file's.
        `frame`: what stands around an e-mail. A language without a folder is answered in the default one.
        Raises KeyError for an unknown message, jinja2's UndefinedError or TypeError when a template of ours prints
        what is not there.
        """
        by_mail = to.channel == "email"  # answers to it are not read
        to = replace(to, language=self.language(to.language), one_way=to.one_way or by_mail)
        spoken = FAMILIAR if to.familiar and to.language == "fr" and message.about not in VOUS_TO_ALL else to.language
        known = _scene(to.language, to.channel, to.zone, now, answers=not to.one_way) | _facts(message)
        text = self._written(message.name, to.language, to.channel, known, override, spoken)
        if message.about == "toast":
            return Words(text=clip(text, TOAST_LIMIT, to_plain))
        if by_mail:
            around = replace(frame or Frame(), act=to.link)
            return self._letters.letter(text, Scene(message.name, spoken, known), around)
        text = _fitting(text + self._ways_to_answer(text, message, to, choices, spoken), to.channel)
        buttons = self._buttons(choices, to.language) if to.shows_buttons and not to.one_way else ()
        return Words(text=text, buttons=buttons, ask_contact=to.channel == "telegram" and known.get("share") is True)

    def _ways_to_answer(self, text: str, message: Message, to: Reader, choices: Rows, spoken: str) -> str:
        """What follows the text where there are no buttons: the choices, or the link of who cannot answer."""
        if to.one_way:
            said = self._lexicons[spoken].word("choices", "link")
            return "\n" + said.format(typed(to.link, LINK_LIMIT, links=True)) if to.link else ""
        if choices and not to.shows_buttons:
            return self._choices_written(text, choices, spoken, numbered=message.has_lines())
        return ""

    def broken(self, channels: Iterable[str]) -> list[str]:
        """What is wrong with our own files, a sentence for each: every message is rendered once with its example."""
        found: dict[str, str] = {}
        for name, language, channel in product(CATALOGUE, self.languages, channels):
            message = CATALOGUE[name](**CATALOGUE[name].example)
            try:
                self.render(message, Reader(language, channel, ZoneInfo("UTC")), EX_LENT)
            except Exception as error:  # a file may contain anything
                file, line = getattr(error, "filename", None), getattr(error, "lineno", "")
                where = f"{file}, line {line}" if file else f"{name} ({language}, {channel})"
                found.setdefault(where, f"{where}: {type(error).__name__}: {error}")
        return list(found.values())

    def layout(self, message_name: str) -> str:
        """The layout of an e-mail with this message."""
        return self._letters.layout(message_name)

    def label(self, key: str, language: str) -> str:
        """The label of a choice, plain. Raises KeyError for a key that `labels.toml` does not know."""
        return str(self._lexicons[self.language(language)].labels[key])

    def word(self, table: str, key: str, language: str) -> str:
        """A short name of `words.toml`, for a page or a list. Raises KeyError."""
        return str(self._lexicons[self.language(language)].word(table, key))

    def reason(self, error: str, language: str) -> str:
        """Why a message did not leave or arrive, plain; what has no words stands as the log has it."""
        return to_plain(self._lexicons[self.language(language)].reason(error))

    def setting_name(self, name: str, language: str) -> str:
        """What a setting does, in a line, plain. Raises KeyError."""
        return str(self._lexicons[self.language(language)].setting_label(name))

    def job_outcome(self, outcome: str, language: str) -> str:
        """A job's outcome in words, plain."""
        return to_plain(self._lexicons[self.language(language)].job_outcome(outcome))

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
        """A template's Content SID, empty when it has none any more. The service reads them at its start."""
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
        if isinstance(template, Fault):
            log.warning("template_refused", message=name, language=language, why=template.key)
            return None
        try:
            text = _tidy(template.render(facts))
        except Exception as error:  # whatever an admin's template raises, the file's words are sent instead
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
        for spoken, file in self._files_of(name, language, channel):
            try:
                return self._files[spoken].get_template(file)
            except (TemplateSyntaxError, UnicodeDecodeError) as error:
                log.error("template_broken", file=f"{spoken}/{file}", why=str(error))
        raise KeyError(name)

    def _files_of(self, name: str, language: str, channel: str) -> Iterator[tuple[str, str]]:
        """(language, file) of a message's words that are there, the best first; none for an unknown message."""
        if name not in CATALOGUE:
            return
        for spoken in dict.fromkeys((language, DEFAULT_LANGUAGE, *self.languages)):
            for file in (f"{name}.{channel}.txt", f"{name}.txt"):
                if (self._root / self._lexicons[spoken].language / file).exists():
                    yield spoken, file

    def own_files(self) -> list[Path]:
        """The templates of all languages."""
        return [file for language in self.languages for file in sorted((self._root / language).glob("*.txt"))]

    def unreadable(self, file: Path) -> str | None:
        """Why one of them cannot even be parsed, in a sentence; `broken` tries them as well, and takes ten times as
        long."""
        try:
            self._files[file.parent.name].parse(file.read_text(encoding="utf-8"))
        except (TemplateSyntaxError, UnicodeDecodeError) as error:
            line = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
            return f"{file}{line}: {error}"
        return None

    def check_override(self, message_name: str, source: str, language: str) -> str | None:
        """What is wrong with an admin's template, in a sentence of that language; None when it can be used.

        It may be 2 KiB long, print facts of its message (`placeholders`) through our filters, hold plain conditions
        and loops over its lines, and give at most 4,096 signs. Raises KeyError for an unknown message.
        """
        known = placeholders(message_name)
        outcome = self._checked(message_name, source, self.language(language))
        if not isinstance(outcome, Fault):
            return None
        lexicon = self._lexicons[self.language(language)]
        sentence = lexicon.word("override", outcome.key)
        return sentence.format(what=outcome.what, known=", ".join(known))

    def _check(self, name: str, source: str, language: str) -> Template | Fault:
        if len(source.encode(errors="replace")) > OVERRIDE_BYTES:
            return Fault("too_long")
        sandbox = self._sandboxes[language]
        try:
            tree = sandbox.parse(source)
            fault = fault_in(tree, name, sandbox.filters)
            return fault or self._tried(name, sandbox.from_string(source), language)
        except TemplateSyntaxError as error:
            return Fault("syntax", str(error.lineno))
        except (RecursionError, MemoryError, SyntaxError, ValueError):
            return Fault("forbidden", "…")

    def _tried(self, name: str, template: Template, language: str) -> Template | Fault:
        """The template once it has carried the message's example."""
        scene = _scene(language, "telegram", ZoneInfo("UTC"), EX_LENT)
        facts = scene | _facts(CATALOGUE[name](**CATALOGUE[name].example))
        try:
            text = _tidy(template.render(facts))
        except Exception as error:  # whatever it raises, the admin gets the fault
            return Fault("broken", str(error))
        if not text:
            return Fault("empty")
        return template if len(text) <= OVERRIDE_LENGTH else Fault("too_long")

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


def _sids(path: Path) -> dict[str, dict[str, str]]:
    """Content SIDs by language and message. Raises WordsBroken."""
    found = read_toml(path).get("sid", {})
    tables = list(found.values()) if isinstance(found, dict) else [None]
    if all(isinstance(table, dict) and all(isinstance(sid, str) for sid in table.values()) for table in tables):
        return dict(found)
    raise WordsBroken(f'{path}: under [sid.fr] a line is: message = "HX…"')


def _scene(language: str, channel: str, zone: ZoneInfo, now: datetime, *, answers: bool = True) -> dict[str, Any]:
    """What every template sees besides its facts; a fact of the same name wins."""
    most = MOST_LINES.get(channel, MOST_LINES_ELSEWHERE)
    return {"language": language, "channel": channel, "answers": answers, "most": most, "zone": zone, "now": now}


def _facts(message: Message) -> dict[str, Any]:
    return {f.name: getattr(message, f.name) for f in fields(message)}


def _tidy(text: str) -> str:
    """The text without spaces at line ends and without gaps left by parts that were not printed."""
    lines: list[str] = []
    for line in map(str.rstrip, text.split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip()


def _fitting(text: str, channel: str) -> str:
    limit, shown = LONGEST.get(channel, (0, to_plain))
    # No form shows a character as more than three, so a short text need not be measured.
    return text if not limit or len(text) * 3 <= limit else clip(text, limit, shown)


def _shortened(label: str) -> str:
    return label if len(label) <= LABEL_LIMIT else to_plain(clip(escape(label), LABEL_LIMIT, to_plain))
