"""A business's own system, as it calls the REST API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from bot.store import Tx
from bot.web.tokens import new_token
from tests.town import Town

KEY = "k" * 40


@dataclass
class Heard:
    status: int
    body: Any
    headers: Mapping[str, str]


class System:
    """A business's own system, with its token."""

    def __init__(self, town: Town, session: aiohttp.ClientSession) -> None:
        self.town = town
        self.session = session
        self.base = f"http://127.0.0.1:{town.service.listener.port}"

    def token(self, role: Any = "admin", department_id: int | None = None, days: float = 1) -> str:
        now, lasts = self.town.clock.real(), timedelta(days=days)
        return new_token(KEY, role=role, name="boutique", department_id=department_id, now=now, lasts=lasts)[0]

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Heard:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Authorization"] = f"Bearer {self.token() if token is None else token}"
        named["Content-Type"] = "application/json"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        async with self.session.request(method, self.base + path, data=data, headers=named) as answer:
            return Heard(answer.status, await answer.json(content_type=None), answer.headers)


def other_desk(tx: Tx) -> int:
    first = tx.departments.first()
    assert first is not None
    return tx.departments.add(name="Autre", zone=first.zone, language="fr").id
