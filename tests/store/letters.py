"""Letters as a door puts them into the inbox."""

from __future__ import annotations

from typing import Any, Literal

from bot.core.inbound import Letter


def letter(
    provider_id: str, lane: str = "whatsapp:+33612345678", *, kind: Literal["message", "receipt"] = "message",
    **payload: Any,
) -> Letter:  # fmt: skip
    return Letter("whatsapp", kind, provider_id, "+33612345600", lane, payload)
