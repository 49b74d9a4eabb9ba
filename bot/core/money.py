"""Amounts: whole minor units of a currency (cents of EUR; XOF has none), parsed as people write them, formatted by
locale.

Amounts of two currencies are never added together. Names, symbols and decimals come from CLDR (Babel).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Literal

from bot.core.records import record
from bot.core.spoken import fold

MOST_DECIMALS = 9
MOST = 10**15  # minor units: beyond any debt, within 64 bits after any sum
Why = Literal["unreadable", "zero", "no_cents", "too_large"]

# What people write beside a number, folded, and what we write there ourselves.
NAMES: Mapping[str, str] = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "fcfa": "XOF", "f cfa": "XOF", "cfa": "XOF",
    "f.cfa": "XOF", "frs": "XOF", "francs cfa": "XOF", "franc cfa": "XOF", "francs": "XOF", "franc": "XOF", "f": "XOF",
    "fcfp": "XPF", "f cfp": "XPF", "f.cfp": "XPF", "cfp": "XPF", "cfpf": "XPF", "francs cfp": "XPF",
    "francs pacifique": "XPF", "francs suisses": "CHF", "franc suisse": "CHF",
    "$": "USD", "us$": "USD", "$us": "USD", "dollar": "USD", "dollars": "USD", "ca$": "CAD", "$ca": "CAD",
    "c$": "CAD", "a$": "AUD", "$au": "AUD", "nz$": "NZD", "$nz": "NZD", "r$": "BRL", "reais": "BRL",
    "£": "GBP", "£gb": "GBP", "livres": "GBP", "pound": "GBP", "pounds": "GBP",
    "cedi": "GHS", "cedis": "GHS", "gh": "GHS", "ghc": "GHS", "gh₵": "GHS", "gh¢": "GHS", "₵": "GHS",
    "naira": "NGN", "nairas": "NGN", "₦": "NGN",
    "₹": "INR", "rs": "INR", "rs.": "INR", "roupie": "INR", "roupies": "INR", "rupee": "INR", "rupees": "INR",
    "dinars": "TND", "dinar": "TND", "dt": "TND", "dirhams": "MAD", "dirham": "MAD", "dh": "MAD", "dhs": "MAD",
    "ksh": "KES", "ksh.": "KES", "kshs": "KES", "kshs.": "KES", "shilling": "KES", "shillings": "KES",
}  # fmt: skip
# Words that several currencies share, with the last word of those currencies' names in CLDR. Where the desk has one of
# them its own is meant: in Montréal 20 $ are Canadian, in Genève 20 francs are not CFA.
SHARED: Mapping[str, str] = {
    **dict.fromkeys(("$", "dollar", "dollars"), "Dollar"), **dict.fromkeys(("f", "frs", "franc", "francs"), "Franc"),
    **dict.fromkeys(("rs", "rs.", "roupie", "roupies", "rupee", "rupees"), "Rupee"),
    **dict.fromkeys(("£", "livres", "pound", "pounds"), "Pound"), **dict.fromkeys(("dinar", "dinars"), "Dinar"),
    **dict.fromkeys(("dirham", "dirhams", "dh", "dhs"), "Dirham"),
    **dict.fromkeys(("shilling", "shillings"), "Shilling"),
}  # fmt: skip
# What is said of a currency where it is the desk's own: in Dublin a quid is a euro, in Lagos N5000 are naira.
OF_THE_PLACE: Mapping[str, tuple[str, ...]] = {
    "quid": ("GBP", "EUR"), "n": ("NGN",), "fr": ("CHF",), "fr.": ("CHF",), "sfr": ("CHF",), "sfr.": ("CHF",),
    "bob": ("KES",),
}  # fmt: skip
FRANCS = frozenset({"XOF", "XAF"})
OF_CFA = frozenset({"fcfa", "f cfa", "cfa", "f.cfa", "francs cfa", "franc cfa"})

_SPACE = " \u00a0\u202f"
_NUMBER = rf"\d+(?:[{_SPACE}.,'’]\d+)*"
_NAME = "|".join(re.escape(name) for name in sorted({**NAMES, **OF_THE_PLACE}, key=len, reverse=True))
MANY: Mapping[str, int] = {
    "k": 10**3, "mil": 10**3, "mille": 10**3, "million": 10**6, "millions": 10**6, "lakh": 10**5, "lakhs": 10**5,
    "lac": 10**5, "lacs": 10**5, "crore": 10**7, "crores": 10**7,
}  # fmt: skip
_MANY = "|".join(sorted(MANY, key=len, reverse=True))
# A number in a sentence, not part of a date, a reference or a time. Of 12€50 and, at its end, 12 euros 50 the cents
# stand behind the currency. Whole sums end in 500/- (India), 500/= (Kenya), 50.- (Switzerland).
_AMOUNT = re.compile(
    rf"(?<![\w/.,:+-])(?:(?P<before>{_NAME}|[A-Za-z]{{3}})[{_SPACE}]?)?(?P<number>{_NUMBER})(?![.,'’]?\d)"
    r"(?P<even>/[-=](?!\w)|[.,][-–—]{1,2}(?!\d))?"
    rf"(?:[{_SPACE}]?(?P<many>{_MANY})(?![\w-])(?:[{_SPACE}]de(?=[{_SPACE}]))?)?"
    rf"(?:[{_SPACE}]?(?P<after>{_NAME}|[A-Za-z]{{3}})(?:(?P<cents>\d\d|[{_SPACE}]\d\d(?=\s*$))|(?![\w-])))?(?![\w/:-])",
    re.IGNORECASE,
)
# "2 mille 500" and "5 euros et 50 centimes" are sums of two numbers.
IN_TWO = re.compile(rf"\d\s?(?:(?:{_MANY})\s?\d|(?:centimes?|cents?|cts?)\b)", re.IGNORECASE)


@record(frozen=True, slots=True)
class Money:
    """`minor` whole minor units of `currency` (ISO 4217)."""

    minor: int
    currency: str


@record(frozen=True, slots=True)
class Cost:
    """What a provider charges for one or several messages: `micro` millionths of `currency`, since one message may cost
    less than a cent."""

    micro: int
    currency: str


class BadAmount(ValueError):
    """A typed amount that is not valid."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@record(frozen=True, slots=True)
class Found:
    """An amount in a sentence. `named`: its currency was written beside it."""

    money: Money
    start: int
    end: int
    named: bool


@cache
def currencies() -> frozenset[str]:
    """The codes of ISO 4217 that CLDR knows."""
    from babel import Locale  # 15 ms to load: only for a desk with debts

    return frozenset(str(code) for code in Locale("en").currencies)


# Asked at every start: CLDR's table of all countries and times takes 3 MB.
OFTEN = {
    **dict.fromkeys(("BE", "FR", "GF", "GP", "LU", "MC", "MQ", "RE", "YT"), "EUR"),
    **dict.fromkeys(("BF", "BJ", "CI", "GW", "ML", "NE", "SN", "TG"), "XOF"),
    **dict.fromkeys(("CF", "CG", "CM", "GA", "GQ", "TD"), "XAF"),
    "CA": "CAD", "CH": "CHF", "DZ": "DZD", "GB": "GBP", "MA": "MAD", "TN": "TND", "US": "USD",
}  # fmt: skip


def currency_of(region: str) -> str:
    """The currency of a country by its ISO code: XOF for SN; EUR where none is known."""
    return OFTEN.get(region) or currency_in_cldr(region)


def currency_in_cldr(region: str) -> str:
    """The same, of any country."""
    from babel.numbers import get_territory_currencies

    found = get_territory_currencies(region) if region.isalpha() and len(region) == 2 else []
    return str(found[0]) if found else "EUR"


@cache
def decimals(currency: str) -> int:
    """The number of decimals of a currency: 2 for EUR, 0 for XOF."""
    from babel.numbers import get_currency_precision

    return int(get_currency_precision(currency))


def of_major(amount: Decimal, currency: str) -> Money:
    """`Decimal("12.50")` of EUR is 1250 cents. Raises BadAmount when it has more decimals than the currency."""
    minor = amount.scaleb(decimals(currency))
    if minor != minor.to_integral_value():
        raise BadAmount("no_cents")
    if minor <= 0:
        raise BadAmount("zero")
    if minor > MOST:
        raise BadAmount("too_large")
    return Money(int(minor), currency)


def major(money: Money) -> Decimal:
    """The amount as a decimal number of its currency."""
    return Decimal(money.minor).scaleb(-decimals(money.currency))


def shown(money: Money, language: str, *, plain: bool = False) -> str:
    """`127 000 F CFA`, `12,50 €`; `F CFA 127,000`, `€12.50`, `₹1,27,000.00` in English. `plain`: the code instead of a
    symbol that would turn an SMS into UCS-2.

    Spaces are ordinary ones: the narrow and non-breaking ones of CLDR double the price of an SMS.
    """
    from babel.numbers import format_currency

    in_lakhs = (language, money.currency) == ("en", "INR")
    text = format_currency(major(money), money.currency, locale="en_IN" if in_lakhs else language)
    if plain and any(sign > "\u007f" and sign not in "€£\u00a0\u202f" for sign in text):
        digits = "#,##,##0.00" if in_lakhs else "#,##0.00"
        text = f"{format_currency(major(money), money.currency, digits, locale=language)} {money.currency}"
    text = re.sub(r"[\u00a0\u202f]", " ", text)
    return re.sub(r"(?<=[A-Za-z])(?=\d)", " ", text)


def shown_cost(cost: Cost, language: str) -> str:
    """`0,0075 $US`, `1,20 €`: to the hundredth of a cent."""
    from babel.numbers import format_currency

    amount = round(cost_amount(cost), 4)
    text = format_currency(amount, cost.currency, locale=language, decimal_quantization=False)
    return re.sub(r"[\u00a0\u202f]", " ", text)


def cost_amount(cost: Cost) -> Decimal:
    """The cost as a decimal number of its currency."""
    return Decimal(cost.micro).scaleb(-6)


def costs(told: Iterable[Cost]) -> tuple[Cost, ...]:
    """Sums, one for each currency, by its code; currencies with no cost are left out."""
    sums: dict[str, int] = {}
    for cost in told:
        sums[cost.currency] = sums.get(cost.currency, 0) + cost.micro
    return tuple(Cost(micro, currency) for currency, micro in sorted(sums.items()) if micro)


def totals(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Sums, one for each currency, by its code."""
    sums: dict[str, int] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, 0) + money.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()) if minor)


# --- reading ---------------------------------------------------------------------------------------------------


def read_money(typed: str, default: str) -> Money:
    """`127 000`, `127.000`, `127 mille`, `12,50 €`, `1 200 XOF`. `default`: the currency of a bare number. Raises
    BadAmount."""
    text = typed.strip()
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise BadAmount("zero" if text[:1] == "-" and _AMOUNT.fullmatch(text[1:]) else "unreadable")
    if any(word and not _code(word, default) for word in (match["before"], match["after"])):
        raise BadAmount("unreadable")
    found = _read(match, default)
    if found is None:
        raise BadAmount("unreadable")
    return found


def find_money(text: str, default: str) -> Found | None:
    """The amount a sentence names: the one with a currency beside it, else the largest number. None without an amount.

    Raises BadAmount when the only amounts are invalid (`0`, `12,50` of a currency without decimals), or one is written
    in two numbers.
    """
    if IN_TWO.search(text):
        raise BadAmount("unreadable")
    found: list[Found] = []
    fault: BadAmount | None = None
    for match in _AMOUNT.finditer(text):
        try:
            money = _read(match, default)
        except BadAmount as error:
            fault = error
            continue
        if money is not None:
            found.append(_place(match, money, default))
    if not found and fault is not None:
        raise fault
    return max(found, key=lambda f: (f.named, f.money.minor), default=None)


def _place(match: re.Match[str], money: Money, default: str) -> Found:
    before, after = _code(match["before"], default), _code(match["after"], default)
    start = match.start() if before else match.start("number")
    end = match.end() if after else max(match.end("number"), match.end("even"), match.end("many"))
    return Found(money, start, end, bool(before or after))


def _read(match: re.Match[str], default: str) -> Money | None:
    """None with two currencies. A word beside the number that is none is no part of it."""
    if match["cents"] and not _code(match["after"], default):
        return None
    codes = {c for c in (_code(match["before"], default), _code(match["after"], default)) if c}
    if len(codes) > 1:
        return None
    currency = codes.pop() if codes else default
    if match["many"]:  # 1,5 million of a currency without cents
        return of_major(_decimal(match["number"], MOST_DECIMALS) * MANY[fold(match["many"])], currency)
    cents = f",{match['cents'].strip()}" if match["cents"] else ""
    return of_major(_decimal(match["number"] + cents, decimals(currency)), currency)


def _code(name: str | None, default: str) -> str:
    if not name:
        return ""
    folded = re.sub(rf"[{_SPACE}]+", " ", fold(name))
    if folded in OF_CFA:
        return default if default in FRANCS else "XOF"
    if folded in OF_THE_PLACE:
        return default if default in OF_THE_PLACE[folded] else ""
    if folded in SHARED and _kind(default) == SHARED[folded]:
        return default
    return NAMES.get(folded) or (name if name in currencies() else "")


@cache
def _kind(currency: str) -> str:
    """What its English name ends with: Dollar, Franc, Rupee."""
    from babel import Locale

    return str(Locale("en").currencies.get(currency, "")).rpartition(" ")[2]


def _grouped(parts: Sequence[str]) -> bool:
    return len(parts) == 1 or (len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:]))


def _lakhs(parts: Sequence[str]) -> bool:
    """Thousands, then groups of two: 12,34,567."""
    return len(parts[0]) <= 2 and all(len(part) == 2 for part in parts[1:-1]) and len(parts[-1]) == 3


def _decimal(number: str, places: int) -> Decimal:
    """Groups of three are thousands, whatever separates them, and 1,20,000 is India's 120,000; a shorter group after
    the last point or comma is the decimals. Raises BadAmount."""
    parts = re.split(rf"[{_SPACE}.,'’]", number)
    signs = re.findall(rf"[{_SPACE}.,'’]", number)
    behind = ""
    if signs and signs[-1] in ".," and (len(parts[-1]) != 3 or (places == 3 and signs.count(signs[-1]) == 1)):
        behind = parts.pop()
        signs.pop()
    if not _grouped(parts) and not (set(signs) == {","} and _lakhs(parts)):
        raise BadAmount("unreadable")
    if len(parts) > 1 and parts[0].strip("0") == "":  # 0.500 is not a group of thousands
        raise BadAmount("unreadable")
    whole = "".join(parts)
    if len(whole) > 18:
        raise BadAmount("too_large")
    if len(behind.rstrip("0")) > places:
        raise BadAmount("no_cents")
    return Decimal(f"{whole}.{behind or '0'}")
