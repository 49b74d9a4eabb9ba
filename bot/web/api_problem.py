"""What went wrong, as other systems read it: problem details (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, cast

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 50

# pydantic's errors in words for callers who have never heard of pydantic. `{…}`: values of the limit.
SENTENCES = {
    "missing": "is missing", "extra_forbidden": "is not known here", "none_required": "must be null",
    "string_type": "must be text, in quotes", "dict_type": "must be an object", "model_type": "must be an object",
    "model_attributes_type": "must be an object", "list_type": "must be a list", "literal_error": "must be {expected}",
    "int_type": "must be a whole number", "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number", "int_parsing_size": "is too large",
    "bool_type": "must be true or false", "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}", "less_than_equal": "must be at most {le}",
    "timezone_aware": "needs its offset, such as 2026-11-27T18:00:00+01:00",
}  # fmt: skip
OF_KIND = {"datetime": "is no time; write 2026-11-27T18:00:00+01:00", "date": "is no day; write 2026-11-27"}
OF_PATTERN: dict[str, str] = {}  # pattern of a field → what it must be


class FieldFault(BaseModel):
    """One field of a request and what is wrong with it."""

    field: str = Field(description="where it stands, such as `variables.amount`; empty: the request as a whole")
    reason: str


class ProblemDetails(BaseModel):
    """What went wrong, after RFC 9457."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Not Found", "status": 404}]})

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: list[FieldFault] = Field(default_factory=list, description="each field that is wrong, and why")
    request_id: str = Field("", description="the X-Request-Id of this answer, to be named when asking for help")


class Problem(Exception):
    """Ends a request with this status."""

    def __init__(
        self, status: int, detail: str = "", faults: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = list(faults)[:MOST_FAULTS]
        self.headers = dict(headers or {})

    def response(self, request_id: str) -> web.Response:
        body: dict[str, Any] = ProblemDetails(
            title=HTTPStatus(self.status).phrase, status=self.status, detail=self.detail,
            errors=[FieldFault(field=field, reason=reason) for field, reason in self.faults], request_id=request_id,
        ).model_dump()  # fmt: skip
        return web.Response(
            body=json.dumps(body, ensure_ascii=True).encode(), status=self.status, content_type=MEDIA_TYPE,
            headers=self.headers,
        )  # fmt: skip


def wrong(field: str, reason: str) -> Problem:
    """One field is wrong."""
    return Problem(422, "the request is understood, and something in it is wrong", [(field, reason)])


def not_valid(error: ValidationError) -> Problem:
    """What pydantic found, field by field; 400 when the body is no JSON at all."""
    found = cast(list[dict[str, Any]], error.errors(include_url=False, include_input=False))
    if any(fault["type"] == "json_invalid" for fault in found):
        return Problem(400, "the body is no JSON that can be read")
    faults = [(".".join(str(part) for part in fault["loc"]) or "body", _sentence(fault)) for fault in found]
    return Problem(422, "the request is understood, and something in it is wrong", faults)


def _sentence(fault: Mapping[str, Any]) -> str:
    """What is wrong with a field, in our own words where there are some."""
    kind, told = fault["type"], fault.get("ctx", {})
    if kind == "string_pattern_mismatch" and told["pattern"] in OF_PATTERN:
        return OF_PATTERN[told["pattern"]]
    if kind.endswith(("too_short", "too_long")):
        return _length(told)
    if kind == "literal_error" and told["expected"] == "True":  # as Python writes it
        return "must be true"
    if kind in SENTENCES:
        return SENTENCES[kind].format(**told)
    return OF_KIND.get(kind.partition("_")[0]) or fault["msg"].removeprefix("Value error, ")


def _length(told: Mapping[str, Any]) -> str:
    what = "entries" if told.get("field_type") == "List" else "characters"
    if "max_length" in told:
        return f"must have at most {told['max_length']} {what}"
    return "must not be empty" if told["min_length"] == 1 else f"must have at least {told['min_length']} {what}"
