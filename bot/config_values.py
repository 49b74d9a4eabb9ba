"""Parsers of single variables: each returns the value or says what it must be.

A ValueError's words complete "VARIABLE …" and never quote what was set.
"""

from __future__ import annotations

import re
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import BeforeValidator, SecretStr

from bot.core.zones import country_of, zone_from

TEMPLATES = Path(__file__).parent.parent / "templates"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def one_of(*allowed: str) -> BeforeValidator:
    def read(value: object) -> str:
        word = str(value).strip().lower()
        if word not in allowed:
            raise ValueError(f"must be {' or '.join(allowed)}")
        return word

    return BeforeValidator(read)


def whole_number(low: int, high: int) -> BeforeValidator:
    def read(value: object) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", str(value)) or not low <= int(str(value)) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(str(value))

    return BeforeValidator(read)


def shaped(pattern: str, what: str) -> BeforeValidator:
    """A text that must match as a whole; `what` completes "must be …"."""

    def read(value: object) -> object:
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {what}")
        return value

    return BeforeValidator(read)


def read_language(value: object) -> object:
    """Two letters that name a folder of templates/."""
    text = str(value).lower()
    if not re.fullmatch(r"[a-z]{2}", text) or not (TEMPLATES / text / "words.toml").exists():
        raise ValueError("must be two letters that name a folder of templates/")
    return text


def read_switch(value: object) -> bool:
    word = str(value).strip().lower()
    if word not in ("true", "yes", "on", "1", "oui", "vrai", "false", "no", "off", "0", "non", "faux"):
        raise ValueError("must be true or false")
    return word in ("true", "yes", "on", "1", "oui", "vrai")


def read_zone(value: object) -> ZoneInfo:
    try:
        return zone_from(str(value))
    except ValueError:
        raise ValueError("must be the name of a time zone") from None


def read_country_code(value: object) -> str:
    """`+33`, `33`, `0033` or a country's two letters (`FR`) → `+33`."""
    text = str(value).strip().upper()
    code = phonenumbers.country_code_for_region(text)
    if re.fullmatch(r"(\+|00)?[1-9][0-9]{0,2}", text):
        code = int(text.removeprefix("+"))
    if not code or phonenumbers.region_code_for_country_code(code) in ("ZZ", "001"):
        raise ValueError("must be the calling code of a country")
    return f"+{code}"


def region_of(code: str, named: str, zone: ZoneInfo) -> str:
    """The country with that calling code. Of several that share it (`+1`) the one that was named by its letters, `CA`,
    else the one that the zone lies in, else the largest."""
    sharing: tuple[str, ...] = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]
    if len(sharing) == 1 or named in sharing:
        return named if named in sharing else sharing[0]
    here = country_of(zone)
    return here if here in sharing else sharing[0]


def read_number(value: object) -> str:
    """An international number, with or without spaces and `whatsapp:` → E.164."""
    text = re.sub(r"[\s().-]", "", str(value).removeprefix("whatsapp:"))
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", text):
        raise ValueError("must be a number with its country's code")
    return text


def read_sms_sender(value: object) -> str:
    """A number in E.164, a short code, or a name of 1 to 11 letters and digits (which nobody can answer)."""
    text = str(value).strip()
    if re.fullmatch(r"[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", text):
        return text
    try:
        return read_number(text)
    except ValueError as error:
        raise ValueError(f"{error}, a short code, or a name of up to 11 letters and digits") from None


def read_address(value: object) -> str:
    """An http or https address without user, query or fragment; a closing slash is dropped."""
    parts = _split(str(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address that begins with https://")
    # Written with an accent, it would be signed by the provider in another spelling than ours.
    if not str(value).isascii():
        raise ValueError("must be written in ASCII (a name with accents in its other spelling, xn--…)")
    if not _is_host(parts.hostname):
        raise ValueError("must be a well-formed address")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("must be a bare address: no user, no ?, no #")
    return parts.geturl().rstrip("/")


def read_database(value: object) -> str:
    """A SQLite file or a PostgreSQL database, under the driver's name that the store uses."""
    text = str(value)
    scheme, _, rest = text.partition("://")
    if scheme in ("sqlite", "sqlite+aiosqlite"):
        return f"sqlite+aiosqlite://{_sqlite_file(rest)}"
    if scheme not in ("postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg"):
        raise ValueError("must be sqlite:///a-file or postgresql://user:password@host/database")
    parts = _split(text)
    if parts.netloc.count("@") > 1:  # the driver would take the end of the password for the host, and print it
        raise ValueError("must hold @ inside user or password as %40")
    if not parts.path.strip("/"):
        raise ValueError("must name a database after the host")
    return f"postgresql+asyncpg://{rest}"


def _sqlite_file(rest: str) -> str:
    path = rest.removeprefix("/").partition("?")[0]
    if not rest.startswith("/") or not path or path.endswith("/") or ":memory:" in path:
        raise ValueError("must name a file after sqlite:/// (what is kept in memory is lost at every stop)")
    return rest


def read_smtp(value: object) -> SecretStr:
    """The address of a mail server as it was given. Raises ValueError."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    parts = _split(text)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not _is_host(parts.hostname):
        raise ValueError("must be smtp://user:password@host:587 or smtps://user:password@host:465")
    if parts.path.strip("/") or parts.fragment:  # the end of a password, whose beginning was read as host and port
        raise ValueError("must end with host and port (write / and # inside a password as %2F and %23)")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("must hold a user and a password, or neither (write @ and : inside them as %40 and %3A)")
    if parts.query not in ("", "starttls=on", "starttls=off") or (parts.query and parts.scheme == "smtps"):
        raise ValueError("may end in ?starttls=on or ?starttls=off and in nothing else")
    if parts.query == "starttls=off" and parts.hostname not in LOOPBACK:
        raise ValueError("must not switch encryption off for a server on another machine")
    return SecretStr(text)


def read_mail_from(value: object) -> str:
    """`pret@example.org`, `Le prêt <pret@example.org>`: one address in ASCII, a name in any script."""
    found = getaddresses([str(value)])
    address = found[0][1] if len(found) == 1 else ""
    shape = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
    if not re.fullmatch(shape, address) or re.search(r"[\r\n]", str(value)):
        raise ValueError(
            "must be an e-mail address in ASCII, with a name or without (one with a comma stands in quotes)"
        )
    return str(value)


def _split(text: str) -> SplitResult:
    """`urlsplit` that also refuses an invalid port and spaces, which it would pass or drop."""
    try:
        parts = urlsplit(text)
        valid = parts.port != 0 and not re.search(r"\s", text)
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("must be a well-formed address")
    return parts


def _is_host(name: str) -> bool:
    """Whether a name can be looked up at all, or is an address in IPv6."""
    label = r"[A-Za-z0-9_-]{1,63}"
    return re.fullmatch(rf"{label}(\.{label})*\.?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\w+)?", name) is not None


def read_networks(value: object) -> tuple[IPv4Network | IPv6Network, ...]:
    words = value if isinstance(value, tuple) else tuple(re.split(r"[,\s]+", str(value).strip(" ,")))
    return tuple(_network(word) for word in words)


def _network(word: str) -> IPv4Network | IPv6Network:
    """An address stands for itself alone. Whether 10.0.0.1/8 means one or the whole network is not guessed."""
    try:
        whole = ip_network(word, strict=False)
    except ValueError:
        raise ValueError("must be IP addresses or networks, separated by commas") from None
    address, slash, _ = word.partition("/")
    if slash and ip_address(address) != whole.network_address:
        raise ValueError(f"must say either the network {whole} or the address {address}, not {word}")
    return whole
