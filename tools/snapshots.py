"""Write down every text of the house, so that a person can read through them and a test can hold them.

`python tools/snapshots.py` writes `tests/snapshots/<language>/<channel>.txt`, each message with its example and with
its variants (`tools/variants.py`), and `docs/messages.md`. Run it after a change of words, and read the difference
before committing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # run as a file, the folder of the tool stands there instead
    sys.path.insert(0, str(ROOT))

from bot.core.markup import to_html, to_plain, to_sms, to_whatsapp  # noqa: E402
from bot.core.messages import CATALOGUE, EX_LENT, Message  # noqa: E402
from bot.core.words import Words  # noqa: E402
from bot.texts import Frame, Reader, Texts, placeholders  # noqa: E402
from tools.variants import CHOICES, LEAVES, VARIANTS  # noqa: E402

FOLDER = ROOT / "tests" / "snapshots"
PAGE = ROOT / "docs" / "messages.md"
PARIS = ZoneInfo("Europe/Paris")

SHOWN: dict[str, Callable[[str], str]] = {
    "whatsapp": to_whatsapp,
    "sms": lambda marked: to_sms(to_plain(marked)),
    "telegram": to_html,
}
WITH_BUTTONS = ("telegram",)


@dataclass(frozen=True, slots=True)
class Case:
    """One message to be written down; `title` is empty for the example of the catalogue."""

    message: Message
    title: str = ""

    def __str__(self) -> str:
        return f"{self.message.name}, {self.title}" if self.title else self.message.name


def cases() -> Iterator[Case]:
    """Every message with its example, then with each variant."""
    for name, cls in CATALOGUE.items():
        example = cls(**cls.example)
        yield Case(example)
        for title, changes in VARIANTS.get(name, {}).items():
            yield Case(replace(example, **changes), title)


def words(
    texts: Texts,
    case: Case,
    language: str,
    channel: str,
    *,
    one_way: bool = False,
    frame: Frame | None = None,
    familiar: bool = False,
) -> Words:
    name = case.message.name
    return texts.render(
        case.message,
        Reader(language, channel, PARIS, shows_buttons=channel in WITH_BUTTONS, one_way=one_way, familiar=familiar),
        LEAVES.get(str(case)) or LEAVES.get(name, EX_LENT),
        choices=CHOICES.get(name, ()),
        frame=frame,
    )


def shown(texts: Texts, case: Case, language: str, channel: str) -> str:
    """The words as the channel sends them, buttons in brackets below."""
    said = words(texts, case, language, channel)
    rows = [" ".join(f"[{button.label}]" for button in row) for row in said.buttons]
    return "\n".join([SHOWN[channel](said.text), *rows])


def snapshot(texts: Texts, language: str, channel: str) -> str:
    """One file: all texts of a language on a channel."""
    return "\n\n".join(f"=== {case}\n{shown(texts, case, language, channel)}" for case in cases()) + "\n"


BY_MAIL = ("reminder", "overdue", "notice")
FRAME = Frame("Atelier Nord", "", ("https://wa.me/33612345678",), "https://desk.example.org/unsubscribe/1-ab.cd")


def mail_snapshot(texts: Texts, language: str) -> str:
    """What goes out by e-mail, each message once: its layout, its subject and its text; the lines around the words
    are those of the first."""
    parts: list[str] = []
    for case in (one for one in cases() if not one.title and one.message.about in BY_MAIL):
        said = words(texts, case, language, "email", frame=FRAME)
        text = to_plain(said.text if not parts else said.text.partition("\n\n-- \n")[0])
        parts.append(f"=== {case} ({texts.layout(case.message.name)})\n{said.subject}\n\n{text}")
    return "\n\n".join(parts) + "\n"


def tu_snapshot(texts: Texts) -> str:
    """What borrowers read where the desk says *tu*: those of the French texts that it changes."""
    parts = []
    for case in cases():
        vous, tu = (to_plain(words(texts, case, "fr", "whatsapp", familiar=way).text) for way in (False, True))
        parts += [f"=== {case}\n{tu}"] if tu != vous else []
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """# Every text, to be read through

Written by `python tools/snapshots.py` from the templates and the examples of `bot/core/messages_….py`; do not edit it.
Shown as on WhatsApp without buttons, where choices are answered with a number or a word; the SMS follows where it
differs by more than its alphabet. Variants and the other channels are in `tests/snapshots/`.
"""


def page(texts: Texts) -> str:
    """`docs/messages.md`"""
    parts = [INTRODUCTION]
    parts += [_entry(texts, case) for case in cases() if not case.title]
    return "\n".join(parts)


def _entry(texts: Texts, case: Case) -> str:
    cls = type(case.message)
    lines = [f"## `{cls.name}`", ""]
    if cls.__doc__ and not cls.__doc__.startswith(f"{cls.__name__}("):  # a dataclass without one is given its signature
        lines += [" ".join(cls.__doc__.split()), ""]
    facts = ", ".join(f"`{name}`" for name in placeholders(cls.name))
    lines += [f"Facts: {facts or 'none'}.", ""]
    for language in texts.languages:
        lines += [f"{language}:", "", _quoted(to_plain(words(texts, case, language, "whatsapp").text)), ""]
        if (ROOT / "templates" / language / f"{cls.name}.sms.txt").exists():
            lines += [f"{language}, SMS:", "", _quoted(shown(texts, case, language, "sms")), ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return "```text\n" + text + "\n```"


def write_all() -> list[Path]:
    """All snapshots and the page. Returns what was written."""
    texts = Texts()
    written = [PAGE]
    PAGE.write_text(page(texts), encoding="utf-8")
    for language in texts.languages:
        (FOLDER / language).mkdir(parents=True, exist_ok=True)
        for channel in SHOWN:
            written.append(FOLDER / language / f"{channel}.txt")
            written[-1].write_text(snapshot(texts, language, channel), encoding="utf-8")
        written.append(FOLDER / language / "email.txt")
        written[-1].write_text(mail_snapshot(texts, language), encoding="utf-8")
    written.append(FOLDER / "fr" / "tu.txt")
    written[-1].write_text(tu_snapshot(texts), encoding="utf-8")
    return written


if __name__ == "__main__":
    for path in write_all():
        print(path.relative_to(ROOT))
