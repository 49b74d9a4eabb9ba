"""A person's choices: which reminders, by which road; and how a sentence about them is parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from bot.core.records import record
from bot.core.spoken import words

# The reminders a person may leave out, by the name their choice is stored under. Notices of lateness are none of them:
# only STOP ends those.
STEPS: dict[str, str] = {
    "day_2": "reminder_day_2",
    "day_1": "reminder_day_1",
    "due_day": "reminder_due_day",
    "2h": "reminder_2h",
}
NAMES = {step: name for name, step in STEPS.items()}
ROADS = ("whatsapp", "telegram", "sms", "email")


@record(frozen=True, slots=True)
class Preference:
    """`reminders` wanted (names of STEPS), `channels` to be tried first, `also_email`: a copy of each by e-mail,
    `refused`: kinds of a business's notices not wanted (`core.notices.KINDS`)."""

    reminders: frozenset[str] = frozenset(STEPS)
    channels: tuple[str, ...] = ()
    also_email: bool = False
    refused: frozenset[str] = frozenset()

    def wants(self, step: str) -> bool:
        """Whether a planned step may be said; anything but a reminder always may."""
        return step not in NAMES or NAMES[step] in self.reminders

    def order(self, desk: Sequence[str]) -> tuple[str, ...]:
        """The person's own order of channels, then the desk's; what the desk has switched off stays off."""
        mine = [c for c in self.channels if c in desk]
        return (*mine, *(c for c in desk if c not in mine))

    def with_kinds(self, kinds: frozenset[str], *, wanted: bool) -> Preference:
        """A copy with kinds of notices refused, or wanted again."""
        return replace(self, refused=self.refused - kinds if wanted else self.refused | kinds)

    def first_by(self, channel: str) -> Preference:
        """A copy with one channel before all others."""
        return replace(self, channels=(channel, *(c for c in self.channels if c != channel)))


# --- reading a wish --------------------------------------------------------------------------------


Mode = Literal["only", "with", "without"]


@record(frozen=True, slots=True)
class Wish:
    """What a sentence like "RAPPELS SANS J-2" or "RAPPELS PAR SMS" asks for; all empty when it only asks to see."""

    steps: frozenset[str] = frozenset()
    mode: Mode = "only"
    channel: str = ""
    email: bool | None = None  # a copy by e-mail: wanted, not wanted, not mentioned

    @property
    def empty(self) -> bool:
        return not self.steps and not self.channel and self.email is None


_STEP_WORDS: dict[str, tuple[str, ...]] = {
    "day_2": ("j 2", "j2", "2 jours", "deux jours", "avant veille", "day 2", "2 days", "two days"),
    "day_1": ("j 1", "j1", "la veille", "veille", "1 jour", "un jour", "day 1", "1 day", "one day", "day before"),
    "due_day": ("jour meme", "jour j", "j 0", "j0", "same day", "due day", "on the day", "day itself"),
    "2h": ("2 h", "2h", "2 heures", "deux heures", "2 hours", "two hours"),
}
_CHANNEL_WORDS: dict[str, tuple[str, ...]] = {
    "whatsapp": ("whatsapp", "watsapp", "whats app", "wa"),
    "sms": ("sms", "texto", "textos", "text", "text message"),
    "telegram": ("telegram", "telegramme"),
    "email": ("e mail", "email", "mail", "courriel", "mel", "emails", "mails"),
}
_OFF = frozenset("sans pas plus aucun aucune no not without stop off arreter arretez desactiver non".split())
_ON = frozenset("avec remettre remets reprendre ajouter with add on again activer oui".split())
_ALSO = frozenset("aussi egalement copie et also too copy and".split())
_ALL = frozenset("tous toutes tout all every".split())
_NONE = frozenset("aucun aucune none zero".split())


def read_wish(text: str) -> Wish:
    """What is wanted of the reminders. A step named alone is the only one wanted; "sans", "pas de" remove it, "avec",
    "remettre" restore it. "par e-mail" asks for a copy by e-mail: no desk reminds by e-mail alone."""
    said = words(text)
    line = f" {' '.join(said)} "
    steps = frozenset(name for name, ways in _STEP_WORDS.items() if _any(line, ways))
    channel = next((name for name, ways in _CHANNEL_WORDS.items() if _any(line, ways)), "")
    off = bool(_OFF & set(said))
    if channel == "email":
        return Wish(email=not off)
    if channel and not steps:
        return Wish(channel=channel) if not off else Wish()
    return _of_steps(said, steps, channel, off=off)


def _of_steps(said: list[str], steps: frozenset[str], channel: str, *, off: bool) -> Wish:
    if not steps and _NONE & set(said):
        return Wish(frozenset(STEPS), "without", channel)
    if not steps and _ALL & set(said):
        return Wish(frozenset(STEPS), "without" if off else "with", channel)
    mode: Mode = "without" if off else "with" if (_ON | _ALSO) & set(said) and len(steps) == 1 else "only"
    return Wish(steps, mode, channel)


def _any(line: str, ways: Sequence[str]) -> bool:
    return any(f" {way} " in line for way in ways)


_APPLY: dict[Mode, Callable[[frozenset[str], frozenset[str]], frozenset[str]]] = {
    "only": lambda have, named: named,
    "with": lambda have, named: have | named,
    "without": lambda have, named: have - named,
}


def granted(preference: Preference, wish: Wish) -> Preference:
    """The preference after a wish. Whether the person has such an address is not checked here."""
    if wish.steps:
        preference = replace(preference, reminders=_APPLY[wish.mode](preference.reminders, wish.steps))
    if wish.channel:
        preference = preference.first_by(wish.channel)
    if wish.email is not None:
        preference = replace(preference, also_email=wish.email)
    return preference


# Words of ASCII with dots between them (RFC 5321, Dot-string): a mail server takes nothing else before the @ for sure;
# quoted names are read differently by each.
EMAIL_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_NOT_IN_DOMAIN = frozenset("<>,;:@\"()[]\\_/'!?")


def looks_like_email(typed: str) -> bool:
    """Whether a text can be an e-mail address: one @, a name in ASCII, a domain with a dot, at most 160 signs."""
    name, at, domain = typed.strip().partition("@")
    if not at or len(name) > 64 or len(domain) < 4 or len(typed) > 160:
        return False
    labels = domain.split(".")
    if len(labels) < 2 or any(not label.strip("-") or label != label.strip("-") for label in labels):
        return False
    return bool(EMAIL_NAME.fullmatch(name)) and not any(c.isspace() or c in _NOT_IN_DOMAIN for c in domain)


def bare_email(word: str) -> str:
    """A word without what stands around an address in a sentence: `<awa@example.org>,` or `awa@example.org.`"""
    return word.strip(" <>,;.!").removeprefix("mailto:")
