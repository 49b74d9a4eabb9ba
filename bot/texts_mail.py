"""A letter around the words of a message: subject, text, and HTML in one of the layouts of `templates/`.

`templates/mail.toml` says which message wears which layout; `<language>/mail.toml` holds the subjects and the lines
that stand around the words; `mail.html` is the sheet, which `<language>/notification_base.html` and the layouts dress.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.core.markup import clip, escape, to_mail_html, to_plain
from bot.core.records import record
from bot.core.words import Words

SUBJECT_LIMIT = 78
BASE = "notification_base"


@record(frozen=True, slots=True)
class Frame:
    """What stands around the words of a letter: whose desk it is, the page to act on, chats to answer in, and the
    page where one click ends it; each may be empty."""

    desk: str = ""
    act: str = ""
    chats: tuple[str, ...] = ()
    unsubscribe: str = ""


@record(frozen=True, slots=True)
class Scene:
    """One letter to be written: the message's name, its language, all that its templates see."""

    message: str
    language: str
    facts: Mapping[str, Any]


class Letters:
    """Letters of all languages. `files`: language → the environment that renders texts; `words`: language → the table
    of its `mail.toml`, laid over the default language's."""

    def __init__(
        self, root: Path, layouts: Mapping[str, str], files: Mapping[str, Environment], words: Mapping[str, Any]
    ) -> None:
        self._layouts = layouts
        self._files = files
        self._words = words
        self._sheets = {name: _sheets(root, name, files[name]) for name in files}
        self._subjects: dict[tuple[str, str], Any] = {}

    def letter(self, text: str, scene: Scene, frame: Frame) -> Words:
        """text: the message's words, in the small markup."""
        subject = to_plain(clip(self._subject(scene) or text.partition("\n")[0], SUBJECT_LIMIT, to_plain))
        lines = self._lines(scene.language, frame)
        html = self._sheet(scene).render(
            **scene.facts, subject=subject, frame=frame, line=lines,
            paragraphs=[Markup(to_mail_html(part)) for part in text.split("\n\n")],  # noqa: S704 - escapes all
            chats=[(_chat_name(url), url) for url in frame.chats],
        )  # fmt: skip
        foot = "\n".join(line for line in self._foot(lines, frame) if line)
        return Words(text=f"{text}\n\n-- \n{foot}", subject=subject, html=html)

    def layout(self, message: str) -> str:
        """The layout of a message."""
        return self._layouts.get(message, BASE)

    def _sheet(self, scene: Scene) -> Any:
        return self._sheets[scene.language].get_template(f"{self.layout(scene.message)}.html")

    def _subject(self, scene: Scene) -> str:
        """In the small markup; "" for a message that has none of its own: its first line serves."""
        source = self._words[scene.language]["subject"].get(scene.message)
        if source is None:
            return ""
        key = (scene.language, scene.message)
        if key not in self._subjects:
            self._subjects[key] = self._files[scene.language].from_string(source)
        return " ".join(str(self._subjects[key].render(scene.facts)).split())

    def _lines(self, language: str, frame: Frame) -> dict[str, str]:
        words = self._words[language]["frame"]
        why = words["why"].format(desk=frame.desk) if frame.desk else words["why_nobody"]
        return {**words, "why": why, "answer": words["answer"] if frame.chats else words["unread"]}

    def _foot(self, lines: Mapping[str, str], frame: Frame) -> list[str]:
        """The text's last lines, in the small markup."""
        answer = escape(lines["answer"])
        return [
            f"{escape(lines['act'])} {escape(frame.act, links=True)}" if frame.act else "",
            escape(lines["why"]),
            f"{answer} {', '.join(escape(url, links=True) for url in frame.chats)}".rstrip(),
            f"{escape(lines['stop_at'])} {escape(frame.unsubscribe, links=True)}" if frame.unsubscribe else "",
        ]


def _sheets(root: Path, language: str, texts: Environment) -> Environment:
    """HTML, so all that is printed is escaped unless it is Markup: a language's own layouts, else the default's, on
    the sheet. Dates and counts by the same filters as in texts."""
    folders = [FileSystemLoader(root / name) for name in (language, "fr")]
    made = Environment(
        loader=ChoiceLoader([*folders, FileSystemLoader(root)]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= texts.filters
    return made


def _chat_name(url: str) -> str:
    return "WhatsApp" if "//wa.me/" in url else "Telegram"
