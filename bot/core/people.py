"""People, their addresses, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

import phonenumbers

from bot.core.records import record
from bot.core.rules import Rules

BY_NUMBER = ("whatsapp", "sms")
"""Channels whose addresses are telephone numbers. Both reach the same telephone: who holds one holds the other."""


def roads_like(channel: str) -> tuple[str, ...]:
    """The channels on which an address of this one is the same person's: a number is one by WhatsApp and SMS."""
    return BY_NUMBER if channel in BY_NUMBER else (channel,)


class Role(StrEnum):
    STAFF = "staff"
    ADMIN = "admin"


class Consent(StrEnum):
    """May we write first? Consent for loans: attested or given; refused ends everything we begin."""

    UNKNOWN = "unknown"
    ATTESTED = "attested"
    GIVEN = "given"
    REFUSED = "refused"


class AddressState(StrEnum):
    LIVE = "live"
    BLOCKED = "blocked"
    DEAD = "dead"


@record(frozen=True, slots=True)
class Department:
    id: int
    name: str
    zone: ZoneInfo
    language: str
    rules: Rules
    chat: str = ""  # Telegram group, empty until /bind
    topic: int | None = None
    place: str = ""
    contact_line: str = ""
    tells_hours: bool = False  # an admin has said when it is open: what its rules hold is no mere default


@record(frozen=True, slots=True)
class Contact:
    id: int
    name: str
    language: str = ""
    zone: ZoneInfo | None = None  # None: the department's
    paused_until: datetime | None = None
    strikes: int = 0  # messages in a row that we did not understand


@record(frozen=True, slots=True)
class Address:
    id: int
    contact_id: int
    channel: str
    value: str
    consent: Consent
    state: AddressState
    verified_by: Literal["holder", "attested", "none"]
    denied: bool = False  # its holder said that they are not this person


def may_begin(address: Address) -> bool:
    """Whether we may write first to this address: it lives, and its holder agreed or staff attested it."""
    return address.state is AddressState.LIVE and address.consent in (Consent.ATTESTED, Consent.GIVEN)


def words_card_of(contact_id: int, letter_id: int) -> str:
    """The key of the card on which staff read what a person wrote in a letter."""
    return f"{words_cards_of(contact_id)}{letter_id}"


def words_cards_of(contact_id: int) -> str:
    """What the keys of all such cards of a person begin with."""
    return f"person:{contact_id}:"


def writer_on(card: str) -> int | None:
    """The person whose words the card with this key shows; None for any other card."""
    kind, _, rest = card.partition(":")
    contact_id = rest.partition(":")[0]
    return int(contact_id) if kind == "person" and contact_id.isdigit() else None


class BadPhone(ValueError):
    """`why`: impossible or not_mobile."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
FEWEST_DIGITS, MOST_DIGITS = 6, 15  # of a number: `75.12.34` in Nouméa; ITU E.164
SHORTEST_FIXED = 8
MOST_RUNS = 20  # of digits in a line: a pasted page of figures would be looked through for a second


def phone_from(typed: str, region: str) -> str:
    """What a person typed as a number, in E.164. `region`: ISO country of numbers without a prefix ("FR").

    Raises BadPhone. A possible number outside the allocated ranges is accepted (numbering plans change between
    releases of phonenumbers); a certain fixed line is refused, since no message can reach it. So is `06 12 34 56 7`:
    for want of a digit its 0 is taken for a part of the number, which then has as many as it should.
    """
    try:
        number = _read(typed, region)
    except phonenumbers.NumberParseException as error:
        raise BadPhone("impossible") from error
    # A number without area code (+1 555 0100) is possible too, but cannot be dialled from here.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise BadPhone("impossible")
    if number.italian_leading_zero and not phonenumbers.is_valid_number(number):
        raise BadPhone("impossible")
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE:
        raise BadPhone("not_mobile")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_in_use(typed: str, region: str) -> bool:
    """Whether what was typed is a number within the ranges that are allocated."""
    try:
        return bool(phonenumbers.is_valid_number(_read(typed, region)))
    except phonenumbers.NumberParseException:
        return False


def _read(typed: str, region: str) -> phonenumbers.PhoneNumber:
    plain = " ".join(typed.replace("(0)", "").split())  # French writing sets narrow spaces, which end a number there
    return _abroad(plain) or _dialled(phonenumbers.parse(plain, region))


def _abroad(plain: str) -> phonenumbers.PhoneNumber | None:
    """The number behind 00, which people write for + also where 011, 000 or 00 21 is dialled: by those `0055 11…` of
    Brazil would be a number of North America."""
    if not plain.startswith("00"):
        return None
    try:
        number = phonenumbers.parse(f"+{plain[2:]}")
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


# One numbering plan under five codes: `0690 12 34 56` is dialled alike in all of them and is +590, never +33.
_FRENCH_PLAN = ("FR", "GP", "MQ", "GF", "RE", "YT")
_FRENCH_CODES = frozenset(phonenumbers.country_code_for_region(country) for country in _FRENCH_PLAN)


def _dialled(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """The number under the code of the French country or department that its digits belong to."""
    if number.country_code not in _FRENCH_CODES or phonenumbers.is_valid_number(number):
        return number
    for country in _FRENCH_PLAN:
        there = phonenumbers.parse(f"0{number.national_number}", country)
        if phonenumbers.is_valid_number(there):
            return there
    return number


def mobile_at_home(digits: str, region: str) -> bool:
    """Whether digits without + or 0 are surely somebody's mobile: `77 123 45 67` in SN, `612345678` in FR. One that is
    a Senegalese mobile too is nobody's for sure anywhere else: read as French it would reach a stranger."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(number) in MOBILE and not of_two_countries(digits, region)


# Groups of digits, in a country whose numbers need no 0 or + before them, or with a country's code.
_GROUPED = re.compile(r"(?<![\w.,:/+-])\+?\(?\d{1,8}\)?(?:[ .-]{1,2}\d{1,8}){1,6}(?![\w:/])")
_SLASHED = re.compile(r"(?<![\w/.-])(\+\d{2,3} ?\d{3}|0\d{2,4})/(?=\d{2,3}[ .]?\d\d)")


def without_slash(text: str) -> str:
    """A text in which the slash of a number, `0471/12.34.56` as Belgium writes it, is a space."""
    return _SLASHED.sub(r"\1 ", text)


def number_in(text: str, region: str) -> str:
    """The first number in a text that is set apart as that country's are (`98765 43210` in IN, `33 823 45 67` in SN,
    `(514) 555-2345` in CA), or as any country's behind its +; as it is typed, and empty without one. A date or a sum of
    as many digits is set apart otherwise."""
    for run in islice(_GROUPED.finditer(text), MOST_RUNS):
        groups = list(re.finditer(r"\d+", run.group()))
        for first in range(len(groups) - 1):
            abroad = first == 0 and run.group().startswith(("+", "00"))
            for last in range(len(groups) - 1, first, -1):
                told = [group.group() for group in groups[first : last + 1]]
                if _set_apart([told[0].removeprefix("00"), *told[1:]] if abroad else told, region, abroad=abroad):
                    found = run.group()[groups[first].start() if first else 0 : groups[last].end()]
                    return found if ")" in found else found.lstrip("(")
    return ""


def _set_apart(groups: Sequence[str], region: str, *, abroad: bool) -> bool:
    digits = "".join(groups)
    if not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        return False
    own = str(phonenumbers.country_code_for_region(region))
    coded = abroad or groups[0] == own  # 1 514 555 2345
    try:
        number = phonenumbers.parse(f"+{digits}" if coded else digits, None if coded else region)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_valid_number(number) or (not coded and of_two_countries(digits, region)):
        return False
    if len(digits) < SHORTEST_FIXED and phonenumbers.number_type(number) not in MOBILE:
        return False  # 26.11.26 is a day in Nouméa, too
    shape = phonenumbers.PhoneNumberFormat
    shown = re.findall(r"\d+", phonenumbers.format_number(number, shape.INTERNATIONAL if coded else shape.NATIONAL))
    trunk = len("".join(shown)) - len(digits)  # the 0 before it, which people leave out
    if trunk >= 0 and [shown[0][trunk:], *shown[1:]] == list(groups):
        return True
    in_pairs = len(groups) >= 4 and all(len(group) == 2 for group in groups)  # Tunis writes 20 123 456 so too
    return in_pairs and mobile_at_home(digits, region)


def example_numbers(region: str) -> tuple[str, str]:
    """A mobile number as people of that country write it, and the same with its code."""
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if number is None:  # no country of its own
        return example_numbers("FR")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return phone_shown(e164, region), e164


def of_two_countries(digits: str, region: str) -> bool:
    """Whether digits without + or 0, a number here, are a Senegalese mobile too."""
    if region == "SN" or digits.lstrip("( ").startswith(("+", "0")):
        return False
    try:
        here, there = (phonenumbers.parse(digits, country) for country in (region, "SN"))
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(here) and phonenumbers.is_valid_number(there)


def dialling(phone: str) -> tuple[str, str] | None:
    """(country calling code, the rest) of a number in E.164; None for anything else."""
    try:
        found = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return None
    return str(found.country_code), phone.removeprefix(f"+{found.country_code}")


def with_country(code: str, number: str) -> str:
    """E.164 of a number told beside its country's calling code, which it may hold already. The mobile, if in doubt."""
    readings = []
    for spelling in (f"+{code}{number}", f"+{number}"):
        try:
            readings.append(phonenumbers.parse(spelling))
        except phonenumbers.NumberParseException:
            continue
    mobile = [found for found in readings if phonenumbers.number_type(found) in MOBILE]
    possible = [found for found in readings if phonenumbers.is_possible_number(found)]
    chosen = next(iter(mobile + possible), None)
    return phonenumbers.format_number(chosen, phonenumbers.PhoneNumberFormat.E164) if chosen else f"+{code}{number}"


_FRENCH_MOBILE = re.compile(r"\+33([67])(\d\d)(\d\d)(\d\d)(\d\d)", re.ASCII)


@lru_cache(maxsize=2_000)
def phone_shown(value: str, region: str) -> str:
    """A stored number as people write it at home: `06 12 34 56 78`; one of another country than `region` with its code:
    `+221 77 123 45 67`, since without it nobody here can dial it. Anything else is returned unchanged."""
    french = _FRENCH_MOBILE.fullmatch(value) if region in _FRENCH_PLAN else None
    if french:  # most numbers of most desks; phonenumbers takes a tenth of the time of handling a message
        return f"0{french[1]} {french[2]} {french[3]} {french[4]} {french[5]}"
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return value
    shape = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, shape.NATIONAL if _at_home(number, region) else shape.INTERNATIONAL)


def _at_home(number: phonenumbers.PhoneNumber, region: str) -> bool:
    """Whether people of that region dial the number without a country code."""
    if region in _FRENCH_PLAN and number.country_code in _FRENCH_CODES:
        return True
    return number.country_code == phonenumbers.country_code_for_region(region)


def zones_of(number: str) -> tuple[str, ...]:
    """The time zones of an E.164 number's country or area, as keys of the zone database; empty where none is known."""
    from phonenumbers import timezone  # its table is loaded only for a page that asks

    found: tuple[str, ...] = timezone.time_zones_for_number(phonenumbers.parse(number))
    return tuple(zone for zone in found if "/" in zone and not zone.startswith("Etc/"))


def looks_like_phone(word: str) -> bool:
    """Whether a word is meant as a phone number: `+33612345678`, `0612345678`, `06.12.34.56.78`."""
    digits = [c for c in word if c.isdigit()]
    return len(digits) >= FEWEST_DIGITS and all(c.isdigit() or c in "+.-() \u00a0" for c in word)
