"""What links two addresses of one person: the one-time code, the words it is typed with, a number that is hidden."""

from __future__ import annotations

from datetime import timedelta

from bot.core.spoken import words

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no 0/O, 1/I: a code is read aloud
CODE_LENGTH = 8  # 32 ** 8 codes, five tries in ten minutes, valid for ten minutes: not to be guessed
CODE_LASTS = timedelta(minutes=10)

_LINK = frozenset({"lier", "relier", "link"})
# "relier mon compte Telegram" means the same as the word alone.
_ABOUT = frozenset(
    "mon ma mes le la un une autre compte comptes numero telephone adresse adresses telegram whatsapp sms mail "
    "my the a another account accounts number phone address addresses email".split()
)
_SHORTEST = 4  # characters that may be meant as a code


def read_link(text: str) -> str | None:
    """The code of `LIER K7M2 P9QX`, in capitals; empty for the word alone; None for words that ask for no link."""
    first, *rest = words(text) or [""]
    if first not in _LINK:
        return None
    if all(word in _ABOUT for word in rest):
        return ""
    typed = "".join(text.split()[1:]).strip(".!?").upper()
    return typed if _SHORTEST <= len(typed) <= 2 * CODE_LENGTH and typed.isascii() and typed.isalnum() else None


def is_code(text: str) -> bool:
    """Whether a bare word has the form of a code: `/start K7M2P9QX` from a link."""
    typed = text.strip().upper()
    return len(typed) == CODE_LENGTH and all(sign in CODE_ALPHABET for sign in typed)


def hides_number(channel: str, value: str) -> bool:
    """Whether a WhatsApp address is an id without number (`FR.1A2B3C4D`)."""
    return channel == "whatsapp" and not value.startswith("+")


def one_account(channel: str, one: str, other: str) -> bool:
    """Whether two addresses of one person on a channel are read in the same conversation: the same address, or a number
    and the id that stands for it once it is hidden."""
    return one == other or hides_number(channel, one) or hides_number(channel, other)
