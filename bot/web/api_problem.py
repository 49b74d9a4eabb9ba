"""What went wrong, as other systems read it: problem details (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 50


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
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(fault["type"] == "json_invalid" for fault in found):
        return Problem(400, "the body is no JSON that can be read")
    faults = [
        (".".join(str(part) for part in fault["loc"]) or "body", fault["msg"].removeprefix("Value error, "))
        for fault in found
    ]
    return Problem(422, "the request is understood, and something in it is wrong", faults)
