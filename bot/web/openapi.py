"""The description of the REST API (OpenAPI 3.1), made from the models that validate, and a page to read it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

from jinja2 import Environment
from markupsafe import Markup, escape
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.web.api_call import Endpoint
from bot.web.api_problem import MEDIA_TYPE, ProblemDetails
from bot.web.linked_page import style_policy

VERSION = "1"
REFS = "#/components/schemas/{model}"
ALWAYS = (400, 422, 429, 503)  # possible answers to any call
KNOWN_CALLERS = (401, 403)
WITH_BODY = (408, 413, 415)


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The whole description."""
    schemas, parts = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Prêté-Rendu",
            "version": VERSION,
            "description": "Notices to people, and the desk's loans, items, people and debts, for other systems.",
        },
        "paths": paths,
        "components": {
            "schemas": parts,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[dict[type[BaseModel], dict[str, Any]], dict[str, Any]]:
    """Each model's schema by reference, and all parts they refer to."""
    models: dict[tuple[type[BaseModel], Any], None] = {(ProblemDetails, "serialization"): None}
    for endpoint in endpoints:
        models[endpoint.answers, "serialization"] = None
        for given in (endpoint.body, endpoint.query):
            if given is not None:
                models[given, "validation"] = None
    made, whole = models_json_schema(list(models), ref_template=REFS)
    return {cast(type[BaseModel], model): schema for (model, _), schema in made.items()}, whole.get("$defs", {})


def _operation(endpoint: Endpoint, schemas: dict[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": _operation_id(endpoint),
        "tags": [endpoint.path.split("/")[2]],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.role is not None:
        operation["security"] = [{"token": []}]
        operation["description"] = f"Needs a token with the role {endpoint.role}" + (
            "." if endpoint.role == "admin" else " or admin."
        )
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True, "content": {"application/json": {"schema": schemas[endpoint.body]}},
        }  # fmt: skip
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    words = re.sub(r"[^a-z]+", "_", endpoint.path.removeprefix("/api/").lower()).strip("_")
    return f"{endpoint.method.lower()}_{words}"


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name, "in": "path", "required": True, "description": endpoint.parameters[name],
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        }
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]  # fmt: skip
    if endpoint.query is not None:
        schema = endpoint.query.model_json_schema()
        found += [
            {"name": name, "in": "query", "required": False, "schema": _inlined(part, schema.get("$defs", {}))}
            for name, part in schema["properties"].items()
        ]
    if endpoint.once:
        found.append(
            {
                "name": "Idempotency-Key", "in": "header", "required": False,
                "description": "the same key and request again: the same answer, and nothing happens twice",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
            }
        )  # fmt: skip
    return found


def _inlined(part: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without references, and without null, which an address cannot carry."""
    if "anyOf" in part:
        kept = [p for p in part["anyOf"] if p.get("type") != "null"]
        rest = {k: v for k, v in part.items() if k not in ("anyOf", "default")}
        part = {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}
    if "$ref" in part:
        return dict(parts[part["$ref"].rpartition("/")[2]])
    return {k: v for k, v in part.items() if k != "title"}


def _responses(endpoint: Endpoint, schemas: dict[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    good = {"description": "Done", "content": {"application/json": {"schema": schemas[endpoint.answers]}}}
    statuses = {*ALWAYS, *endpoint.problems, *(KNOWN_CALLERS if endpoint.role else ())}
    if endpoint.body is not None or endpoint.method != "GET":
        statuses |= set(WITH_BODY)
    if endpoint.once:
        statuses.add(409)
    problem = {MEDIA_TYPE: {"schema": schemas[ProblemDetails]}}
    told = {str(s): {"description": HTTPStatus(s).phrase, "content": problem} for s in sorted(statuses)}
    return {str(endpoint.status): good, **told}


# --- the page ------------------------------------------------------------------------------------

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; } h3 { font-size: 1rem; margin: 2rem 0 .25rem; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid; border-radius: .4rem; }
.method { display: inline-block; min-width: 4rem; font-weight: 700; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .2rem .8rem .2rem 0; }
"""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prêté-Rendu: REST API</title><style>{{ style }}</style></head><body><main>
<h1>REST API</h1>
<p>For the systems of those who run this desk. A token is drawn by <code>python main.py token --role admin --days
90</code> and sent as <code>Authorization: Bearer …</code>. The same in a form for programs:
<a href="/api/openapi.json">openapi.json</a>. A field with * is needed.</p>
{% for group, endpoints in groups.items() %}<section><h2>{{ group }}</h2>
{% for e in endpoints %}<article><h3><span class="method">{{ e.method }}</span> <code>{{ e.path }}</code></h3>
<p>{{ e.summary }}. {% if e.role %}Role: {{ e.role }}.{% else %}Public.{% endif %} Answers {{ e.status }}
<code>{{ e.answers }}</code>.{% if e.once %} Takes an <code>Idempotency-Key</code>.{% endif %}</p>
{% if e.fields %}<table><thead><tr><th scope="col">field</th><th scope="col">what</th></tr></thead><tbody>
{% for name, what in e.fields %}<tr><td><code>{{ name }}</code></td><td>{{ what|codes }}</td></tr>{% endfor %}
</tbody></table>{% endif %}
{% if e.example %}<pre>{{ e.example }}</pre>{% endif %}</article>
{% endfor %}</section>{% endfor %}
</main></body></html>
"""


def page(endpoints: Sequence[Endpoint]) -> tuple[str, str]:
    """(the page, the content security policy that allows its own inline style and nothing else)."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for endpoint in endpoints:
        groups.setdefault(endpoint.path.split("/")[2], []).append(_shown(endpoint))
    pages = Environment(autoescape=True)
    pages.filters["codes"] = _codes
    text = pages.from_string(PAGE).render(groups=groups, style=STYLE)
    return text, style_policy(STYLE)


def _codes(text: str) -> Markup:
    """A description with text in backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    given = endpoint.body or endpoint.query
    schema = given.model_json_schema() if given else {}
    required = set(schema.get("required", ()))
    fields = [
        (name + (" *" if name in required else ""), part.get("description", ""))
        for name, part in schema.get("properties", {}).items()
    ]
    examples = schema.get("examples", [])
    return {
        "method": endpoint.method, "path": endpoint.path, "summary": endpoint.summary, "role": endpoint.role,
        "status": endpoint.status, "answers": endpoint.answers.__name__, "once": endpoint.once, "fields": fields,
        "example": json.dumps(examples[0], ensure_ascii=False, indent=2) if examples else "",
    }  # fmt: skip
