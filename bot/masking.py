"""What may not be read in a log: secrets, numbers, e-mail addresses and what people wrote to each other.

Works on finished values, at the one place every line passes, so that no call site can forget it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Final

import phonenumbers

HIDDEN: Final = "•••"

LONGEST: Final = 4_000  # characters of one value that are shown

# Values under a name of this kind are never shown, whatever they are.
SECRET_NAME = re.compile(
    r"(?i)secret|passw|token|authorization|cookie|signature|api_?key|setup_?code|credential|^auth$"
)
# What a person or the desk wrote: shown at DEBUG only, else its length.
BODY_NAMES = frozenset(
    {"text", "body", "words", "payload", "html", "caption", "facts", "raw", "data", "content", "subject"}
)
# Names under which a bare row of digits is a phone number.
NUMBER_NAME = re.compile(r"(?i)phone|number|msisdn|wa_?id|^(to|from|sender|address|recipient|chat)$")

_GAP = r"[ .()\-\u00a0\u202f]"
_INTERNATIONAL = re.compile(rf"(?i)(?:whatsapp:)?(?:\+|%2B|(?<!\d)00)([1-9](?:{_GAP}{{0,2}}\d){{6,14}})(?!\d)")
_FRENCH = re.compile(rf"(?<![\w.])0[1-9](?:{_GAP}?\d\d){{4}}(?!\d)")
# A minus before it makes it a Telegram group, a dot the rest of a fraction.
_BARE = re.compile(r"(?<![\w.-])[1-9]\d{9,14}(?![\w.])")
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]*@([\w-]+\.[\w.-]+)")

_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    # A Telegram bot's token, also inside an address.
    (re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,}"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {HIDDEN}"),
    # A JSON web token.
    (re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),
    # Twilio's auth token; a SID, which is worth reading, has two letters before the digits.
    (re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32}(?![0-9A-Za-z])"), HIDDEN),
    (re.compile(r"://[^/\s@]+@"), f"://{HIDDEN}@"),
    (re.compile(r"(?i)([?&][\w-]*(?:token|secret|signature|key|code)=)[^&\s#]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/webhooks/myoperator/|/unsubscribe/|/dashboard/enter/|/r/)[^/?#\s\"']+"), rf"\1{HIDDEN}"),
)
# Errors that quote what they were given: a database's parameters and rows, a validator's input.
_QUOTED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\[parameters: .*\]", re.DOTALL), f"[parameters: {HIDDEN}]"),
    (re.compile(r"(Failing row contains |Key \([^)]*\)=)\(.*\)", re.DOTALL), rf"\1({HIDDEN})"),
    (re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL), f"input_value={HIDDEN}"),
)
# All that a terminal or a line reader would interpret: line ends, ESC, other controls, bidirectional marks.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def mask_number(number: str) -> str:
    """`+33612345678` → `+33 6•• •• •• 78`: enough to recognise, too little to call. Any digits will do."""
    digits = re.sub(r"\D", "", number)
    code = _country_code(digits)
    if not number.startswith("+") or not code:
        return f"{digits[:2]} •• •• •• {digits[-2:]}"
    return f"+{code} {digits[len(code)]}•• •• •• {digits[-2:]}"


def _country_code(digits: str) -> str:
    found = (digits[:length] for length in (1, 2, 3))
    return next((code for code in found if int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), "")


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """One line of text in which no secret, number or e-mail address can be read.

    secrets: values known to be secret, hidden wherever they stand.
    """
    text = text[: 2 * LONGEST]  # some of the patterns are slow on long near-matches
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    for pattern, instead in (*_QUOTED, *_SECRETS):
        text = pattern.sub(instead, text)
    text = _INTERNATIONAL.sub(lambda found: mask_number("+" + found[1]), text)
    text = _FRENCH.sub(lambda found: mask_number(found[0]), text)
    text = _BARE.sub(lambda found: _mask_if_number(found[0]), text)
    text = _EMAIL.sub(rf"\1{HIDDEN}@\2", text)
    text = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _mask_if_number(digits: str) -> str:
    """Hide a row of digits that is a valid telephone number of some country; other ids stay readable."""
    try:
        read = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return digits
    return mask_number("+" + digits) if phonenumbers.is_valid_number(read) else digits


class Mask:
    """Masks whole values, whatever they are made of.

    secrets: values known to be secret. bodies: show what people wrote (DEBUG).
    """

    def __init__(self, secrets: Iterable[str] = (), *, bodies: bool = False) -> None:
        # The longest first: one may be part of another. Very short ones would match inside ordinary words.
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)
        self._bodies = bodies

    def named(self, name: str, value: object) -> object:
        """The value as it may be shown under this name."""
        if value is None or isinstance(value, bool):
            return value
        if SECRET_NAME.search(name):
            return HIDDEN
        if name.lower() in BODY_NAMES and not self._bodies:
            return f"({len(value)} characters)" if isinstance(value, str | bytes) else HIDDEN
        if NUMBER_NAME.search(name) and re.fullmatch(r"\+?\d{7,15}", str(value)):
            return mask_number(str(value))
        return self.value(value)

    def value(self, value: object) -> object:
        """The value in plain types, masked in depth. Of an object of an unknown type only the type is shown."""
        if value is None or isinstance(value, bool | int | float):
            return value
        for made_of, shown in self._shapes():
            if isinstance(value, made_of):
                return shown(value)
        if is_dataclass(value) and not isinstance(value, type):
            return self._mapping({field.name: getattr(value, field.name) for field in fields(value)})
        return f"<{type(value).__name__}>"

    def text(self, text: object) -> str:
        return mask_text(str(text), self._secrets)

    def _shapes(self) -> tuple[tuple[type | tuple[type, ...], Callable[..., object]], ...]:
        return (
            (Enum, lambda value: self.value(value.value)),
            ((str, PurePath, date, time, timedelta, Decimal, tzinfo), self.text),
            (BaseException, lambda error: self.text(f"{type(error).__name__}: {error}")),
            (Mapping, self._mapping),
            ((list, tuple, set, frozenset), lambda values: [self.value(value) for value in values]),
            (bytes, lambda value: f"({len(value)} bytes)"),
        )

    def _mapping(self, values: Mapping[object, object]) -> dict[str, object]:
        return {self.text(name): self.named(str(name), value) for name, value in values.items()}
