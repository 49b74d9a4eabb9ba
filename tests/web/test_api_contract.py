"""Requests made up from the API's own description, right ones and wrong ones: none breaks it, and every answer is one
that the description tells."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.web import api, api_limits
from bot.web.openapi import document
from tests.town import MONDAY, Town
from tests.web.shop import System

OF_PYDANTIC = re.compile(
    r"\b(Input|Value|String|Field|Extra|Datetime)s? (should|required|inputs|provided)|match pattern"
)


def in_our_own_words(ctx: Any, response: Any, case: Any) -> None:
    """Who calls knows nothing of the library that reads their fields."""
    assert not OF_PYDANTIC.search(response.text), response.text


CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    in_our_own_words,
)  # fmt: skip
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def operations(base: str) -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(document(api.ENDPOINTS))
    schema.config.update(base_url=base)
    found: Any
    for found in schema.get_all_operations():
        yield found.ok()


def try_out(base: str, token: str, examples: int) -> int:
    """Call every operation so many times in each mode; how many calls there were. Raises what a check finds."""
    calls = 0

    def one(operation: Any, mode: GenerationMode) -> None:
        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=examples, deadline=None, database=None, derandomize=True,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        def call(case: Any) -> None:
            nonlocal calls
            calls += 1
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
            case.call_and_validate(checks=CHECKS, timeout=20)

        # An operation that takes nothing can be sent nothing wrong.
        with contextlib.suppress(Unsatisfiable):
            call()

    for operation in operations(base):
        for mode in MODES:
            one(operation, mode)
    return calls


async def explored(url: str, examples: int) -> int:
    async with Town(url, MONDAY) as town, aiohttp.ClientSession() as session:
        shop = System(town, session)
        return await asyncio.to_thread(try_out, shop.base, shop.token(), examples)


@pytest.mark.thorough
async def test_no_made_up_request_breaks_it(sqlite_migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_limits.Limiter, "take", lambda *_: 0.0)
    assert await explored(sqlite_migrated_url, examples=2) > 60


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_no_made_up_request_of_many_breaks_it(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_limits.Limiter, "take", lambda *_: 0.0)
    assert await explored(migrated_url, examples=100) > 2_000
