"""What a mail server's answers mean: reply code and enhanced status (RFC 3463) → outcome."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from bot.core.delivery import About, ConfigFault, Failed, Later, Outcome, Refused

Stage = Literal["greeting", "login", "sender", "recipient", "message"]

BUSY = timedelta(minutes=1)  # 421: the server closes for everybody, so other letters wait too
_ENHANCED = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
# Bare codes that are about the mailbox when no enhanced status says more (RFC 5321 §4.2.3).
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})
_MUST_LOG_IN = frozenset({530, 534, 535, 538})
# 5.1.x: the address (RFC 3463 §3.2), but for 5.1.7 and 5.1.8, which blame ours. 5.2.1: the mailbox is closed.
_SENDER_STATUS = frozenset({"5.1.7", "5.1.8"})


def outcome_of_answer(stage: Stage, code: int, message: str) -> Outcome:
    """What a refusing answer means at that stage of the conversation.

    message: as the server wrote it, without the code. The sentence kept never holds an address.
    """
    found = _ENHANCED.match(message)
    status = ".".join(found.groups()) if found else ""
    known = f"{code} {status}".strip()
    if code == 421:
        return Later(f"{known} at {stage}", BUSY, whole_sender=True)
    if code < 500:
        return _not_now(stage, known)
    return _never(stage, code, status, message, known)


def _not_now(stage: Stage, known: str) -> Outcome:
    """Greylisting, a full mailbox, a server out of breath. Of one message it is a fault that may pass: a greylist
    lets it through after five minutes, which is when it is tried again."""
    if stage in ("greeting", "login", "sender"):
        return Later(f"{known} at {stage}", BUSY, whole_sender=True)
    return Failed(f"not now ({stage})", known)


def _never(stage: Stage, code: int, status: str, message: str, known: str) -> Outcome:
    if stage in ("greeting", "login", "sender") or code in _MUST_LOG_IN or status in _SENDER_STATUS:
        if stage == "sender" and code == 552:
            return Refused("too large", known, "content")
        return ConfigFault(f"refused at {stage}", known)
    if stage == "recipient" and "relay" in message.lower():  # our log-in may not send to other domains
        return ConfigFault("the server does not relay for us", known)
    # Postfix keeps what it has against the sender for the first recipient.
    if stage == "recipient" and "sender address rejected" in message.lower():
        return ConfigFault("refused at sender", known)
    return Refused(f"refused at {stage}", known, _about(stage, code, status))


def _about(stage: Stage, code: int, status: str) -> About:
    if status.startswith("5.1.") or status == "5.2.1":
        return "address"
    if not status:
        return "address" if stage == "recipient" and code in _NO_SUCH_MAILBOX else _usual(stage)
    # Their mailbox may well be alive: full for good, or no way there, which some tell only once they have the letter.
    if status == "5.2.2" or status.startswith("5.4."):
        return "road"
    return "content" if status.startswith("5.6.") or status in ("5.2.3", "5.3.4") else _usual(stage)


def _usual(stage: Stage) -> About:
    return "content" if stage == "message" else "road"
