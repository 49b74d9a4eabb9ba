"""The cells of a row as codes, states, people, addresses and amounts, each validated by itself. What cannot be taken
raises BadRow."""

from __future__ import annotations

import re
from datetime import datetime

from bot.core.items import CODE, ItemState
from bot.core.lists import Row
from bot.core.loans import HIGHEST_NUMBER
from bot.core.money import BadAmount, Money, currencies, read_money
from bot.core.people import BadPhone, Department, looks_like_phone, of_two_countries, phone_from
from bot.core.pieces import LONGEST_PIECE, MOST_PIECES, BadPieces, Piece, read_pieces
from bot.core.preferences import looks_like_email
from bot.core.records import record
from bot.core.spoken import fold, words

LONGEST_NAME = 120
LONGEST_REFERENCE = 64
SHORTEST_WITH_COUNTRY = 11
LANGUAGES = {
    "fr": "fr", "francais": "fr", "french": "fr", "en": "en", "anglais": "en", "english": "en",
}  # fmt: skip
AGREED = frozenset("oui o yes y 1 x ok vrai true accord accepte agreed given attested".split())
REFUSED = frozenset("non n no 0 faux false refus refuse refuses refused stop".split())
PIECES_REFUSED = {
    "too_many": f"more than {MOST_PIECES}", "too_long": f"“{{0}}” has more than {LONGEST_PIECE} characters",
    "twice": "“{0}” stands there twice: write “2 {0}”",
}  # fmt: skip
AMOUNT_REFUSED = {
    "unreadable": "is no amount", "zero": "must be more than zero", "no_cents": "has more decimals than its currency",
    "too_large": "is too large",
}  # fmt: skip
# What an export writes, and how people say it. "Bon état" is none of these: it says nothing about lending.
STATES = {
    "available": ItemState.AVAILABLE, "disponible": ItemState.AVAILABLE,
    "in repair": ItemState.IN_REPAIR, "en reparation": ItemState.IN_REPAIR,
    "retired": ItemState.RETIRED, "retire": ItemState.RETIRED, "retire du pret": ItemState.RETIRED,
    "lost": ItemState.LOST, "perdu": ItemState.LOST,
}  # fmt: skip
OVER = frozenset(
    "settled paid cancelled canceled payee paye reglee regle soldee solde acquittee acquitte annulee annule".split()
)
CONTESTED = frozenset("disputed contested contestee conteste litige".split())
# As an export writes what no message may go to.
_STOPPED = re.compile(r"\b(whatsapp|sms|telegram|email) ([^\s,]+) \(refused\)")
# 612345678 as a spreadsheet writes it from a column that is too narrow.
SHORTENED = re.compile(r"\d[.,]\d+e\+?\d+", re.IGNORECASE)


class BadRow(ValueError):
    """Why a row is refused, as the end of a sentence."""


@record(frozen=True, slots=True)
class Reading:
    """What rows are read against. `now`: aware. `region`: ISO country of numbers without a prefix."""

    department: Department
    region: str
    now: datetime


def required(row: Row, column: str) -> str:
    """A cell that may not be empty."""
    try:
        return row.cells[column]
    except KeyError:
        raise BadRow(f"no {column}") from None


def short(text: str, column: str) -> str:
    """The text of a column, if it is no longer than a name may be."""
    if len(text) > LONGEST_NAME:
        raise BadRow(f"a {column} of more than {LONGEST_NAME} characters")
    return text


def code_of(row: Row) -> str:
    """An item's code, in capitals."""
    code = required(row, "code").upper()
    if not CODE.fullmatch(code):
        raise BadRow(f"“{code[:40]}” is no code: letters, digits, . _ / -, at most 40")
    return code


def state_of(row: Row) -> ItemState:
    """The state named; an item is available where the cell is empty or says something else."""
    said = " ".join(words(row.cells.get("state", "")))
    return STATES.get(said, ItemState.AVAILABLE)


def contested(row: Row) -> bool:
    """Whether a debt is contested. Raises BadRow where it is owed no longer: its person would be reminded of it. An
    export tells beside it what is `left`, and its payments close what is paid."""
    said = words(row.cells.get("state", ""))
    if "left" not in row.cells and len(said) == 1 and said[0] in OVER:
        raise BadRow(f"“{row.cells['state'][:40]}”: only what is still owed is taken, leave the row out")
    return not CONTESTED.isdisjoint(said) and not {"non", "not"} & set(said)


def pieces_of(row: Row) -> tuple[Piece, ...] | None:
    """A kit's list; a lone dash empties it, an empty cell leaves it."""
    if "pieces" not in row.cells:
        return None
    try:
        return read_pieces(row.cells["pieces"])
    except BadPieces as error:
        raise BadRow(f"pieces: {PIECES_REFUSED[error.why].format(error.what[:40])}") from error


def borrower_of(row: Row, reading: Reading) -> tuple[str, tuple[str, str] | None]:
    """Who has it or owes it: their name, perhaps empty, and the (channel, value) that names them, if there is one."""
    phone, person = row.cells.get("phone", ""), row.cells.get("person", "")
    if not phone and looks_like_phone(person):
        phone = person
    if phone:
        return person, ("whatsapp", phone_of(phone, reading.region))
    if looks_like_email(person):
        return person, ("email", mail_of(person))
    if not person:
        raise BadRow("no person")
    return person, None


def phone_of(typed: str, region: str) -> str:
    """A number that takes messages, as E.164. region: ISO country of numbers without a prefix."""
    # Spreadsheets take +221771234567 for a number and drop its sign.
    spellings = (typed, f"+{typed}") if typed.isdecimal() and len(typed) >= SHORTEST_WITH_COUNTRY else (typed,)
    why = ""
    if of_two_countries(typed, region):
        raise BadRow(f"“{typed[:40]}” may be of two countries: write it with its +")
    for spelling in spellings:
        try:
            return phone_from(spelling, region)
        except BadPhone as error:
            why = why or error.why
    if why == "not_mobile":
        raise BadRow(f"“{typed[:40]}” is a landline: no message can reach it")
    if SHORTENED.fullmatch(typed):
        raise BadRow(f"“{typed[:40]}” was shortened by the spreadsheet: make the column text, type the number again")
    raise BadRow(f"“{typed[:40]}” is no phone number")


def telegram_of(typed: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,18}", typed):
        # The Bot API takes no @name of a person as a chat; only the number can be written to.
        raise BadRow(f"telegram “{typed[:40]}”: a person's numeric id is needed; an @name cannot be written to")
    return typed


def mail_of(typed: str) -> str:
    if not looks_like_email(typed):
        raise BadRow(f"“{typed[:60]}” is no e-mail address")
    return typed.lower()


def language_of(row: Row) -> str:
    """`fr`, `en`, or empty where nothing is said."""
    typed = row.cells.get("language", "")
    language = LANGUAGES.get(fold(typed)[:20], "")
    if typed and not language:
        raise BadRow(f"language “{typed[:40]}”: fr and en are known")
    return language


def refuses(row: Row) -> bool:
    """Whether they said no to messages. Nothing, and the day on which they agreed, are no refusal."""
    typed = row.cells.get("consent", "")
    said = words(typed)
    if REFUSED.intersection(said):
        return True
    if said and AGREED.isdisjoint(said) and not any(len(word) == 4 and word.isdigit() for word in said):
        raise BadRow(f"consent “{typed[:40]}”: yes or no")
    return False


def stopped_of(row: Row, region: str) -> frozenset[tuple[str, str]]:
    """The addresses whose holder had said STOP to the desk that wrote this list: (channel, value)."""
    told = _STOPPED.findall(row.cells.get("not_to_be_written_to", ""))
    return frozenset((channel, _value_of(channel, value, region)) for channel, value in told)


def _value_of(channel: str, value: str, region: str) -> str:
    match channel:
        case "telegram":
            return telegram_of(value)
        case "email":
            return mail_of(value)
        case _:  # an id of WhatsApp's stands for somebody without a number
            return phone_of(value, region) if looks_like_phone(value) else value[:160]


def number_of(row: Row) -> int | None:
    """The loan number; None where nothing is said."""
    typed = row.cells.get("number")
    if typed is None:
        return None
    if not typed.isdecimal() or not 1 <= int(typed[:9]) <= HIGHEST_NUMBER:
        raise BadRow(f"number “{typed[:20]}”: 1 to {HIGHEST_NUMBER}, what the person answers with (RENDU 2)")
    return int(typed)


def reference_of(row: Row) -> str:
    """The reference; empty where nothing is said."""
    reference = row.cells.get("reference", "")
    if len(reference) > LONGEST_REFERENCE:
        raise BadRow(f"a reference of more than {LONGEST_REFERENCE} characters")
    return reference


def amount_of(row: Row, reading: Reading, column: str = "amount") -> Money:
    """`127 000`, `12,50 €`, in the currency of its column, else the desk's."""
    typed, currency = required(row, column), row.cells.get("currency", "").upper()
    if currency and currency not in currencies():
        raise BadRow(f"currency “{currency[:20]}”: three letters, EUR or XOF")
    try:
        return read_money(typed, currency or reading.department.rules.currency)
    except BadAmount as error:
        raise BadRow(f"amount “{typed[:40]}” {AMOUNT_REFUSED[error.why]}") from error
