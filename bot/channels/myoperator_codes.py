"""What MyOperator's answers and WhatsApp's own error codes come to in our vocabulary of outcomes.

MyOperator passes Meta's codes on in its webhook. An unknown code is a fault that may pass.
Source: Meta's list of Cloud API error codes, and answers seen at MyOperator's customers.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from bot.channels.meanings import ADDRESS, CONFIG, CONSENT, CONTENT, PASSING, ROAD, SLOWER, WINDOW, Make, later
from bot.core.delivery import Accepted, ConfigFault, Failed, Later, Outcome, Refused, Unsure, WindowClosed

_THIS_CHAT = later()

_ROWS: tuple[tuple[tuple[int, ...], Make, str], ...] = (
    ((0, 3, 10, 190), CONFIG, "the key is refused or lacks a right"),
    ((4, 80007, 130429, 131048), SLOWER, "too many messages of this number"),
    ((131056,), _THIS_CHAT, "too many messages to this person"),
    ((368, 131031), CONFIG, "the WhatsApp business account is blocked"),
    ((131042,), CONFIG, "a fault with the payment of the account"),
    ((131045, 133010), CONFIG, "our number is not registered"),
    ((131047,), WINDOW, "outside the 24-hour window"),
    ((131021, 131026, 131030), ADDRESS, "WhatsApp cannot reach this recipient"),
    ((131050,), CONSENT, "the recipient wants no such messages"),
    ((130472, 131049), ROAD, "Meta withheld this message from this recipient"),
    ((100, 131008, 131009, 131051, 131052, 131053), CONTENT, "wrong or missing content"),
    ((132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068), CONTENT, "the template is not usable"),
    ((1, 2, 131000, 131005, 131016, 131057, 133004), PASSING, "a fault at WhatsApp"),
)
CODES: dict[int, tuple[str, Make]] = {code: (says, make) for codes, make, says in _ROWS for code in codes}


def outcome_of_code(code: str) -> Outcome:
    """The outcome of a failure reported by the webhook or in an answer."""
    if not _known(code):
        return Failed(f"WhatsApp {code or 'without a code'}", code)
    says, make = CODES[int(code)]
    return make(f"WhatsApp {code}: {says}", code)


def _known(code: str) -> bool:
    return code.isascii() and code.isdigit() and len(code) < 10 and int(code) in CODES


def outcome_of_answer(status: int, text: str, after: timedelta | None = None) -> Outcome:
    """The outcome of the answer to a message."""
    said = _fields(text)
    if status == 429:
        return Later("MyOperator: too many requests", after, whole_sender=True)
    if status in (401, 403):
        return ConfigFault(f"MyOperator refuses the key (HTTP {status})", str(status))
    if 300 <= status < 400 or (status in (404, 405) and not said):  # a refused template is told in JSON
        return ConfigFault(f"MyOperator answered {status}: is the address of its API right?", str(status))
    if status >= 500:
        # Seen for an account that is not set up: a plain 500 whose message is null.
        if "message" in said and said["message"] is None:
            return ConfigFault("MyOperator: the account is not set up for WhatsApp", str(status))
        return Unsure(f"MyOperator answered {status}")
    if not said:
        return Unsure("MyOperator: an answer that cannot be read")
    if 200 <= status < 300 and not _says_no(said):
        return _accepted(said)
    return _refused(status, said)


def _says_no(said: dict[str, Any]) -> bool:
    """Whether an answer under a good status refuses. One that only looks unusual was taken, perhaps."""
    word = str(said.get("status", "")).lower()
    told = word in ("error", "failed", "failure") or said.get("error") or said.get("errors")
    return bool(told) or _known(str(said.get("code", "")))


def _accepted(said: dict[str, Any]) -> Outcome:
    found = said.get("data")
    told = found if isinstance(found, dict) else said
    known = told.get("message_id")
    return Accepted(str(known)) if known else Unsure("MyOperator: an answer without an id")


def _refused(status: int, said: dict[str, Any]) -> Outcome:
    listed = said.get("errors")
    passed_on = said.get("error") or (listed[0] if isinstance(listed, list) and listed else None)  # Meta's own words
    told = passed_on if isinstance(passed_on, dict) else said
    code = str(told.get("code", ""))
    if _known(code):
        return outcome_of_code(code)
    why = str(told.get("message", ""))[:200]
    if "24 hour" in why.lower() or "re-engagement" in why.lower():
        return WindowClosed(code or str(status))
    return Refused(f"MyOperator {status}: {why}", code or str(status), "content")


def _fields(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
