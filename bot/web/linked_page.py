"""Pages behind a link of a message: whoever holds the link sees them, without a session.

No script, no external resources, no referrer, no caching, no indexing.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from bot.texts import Texts
from bot.web.webhooks import TRY_AGAIN_SECONDS

PAGES = Path(__file__).parent / "pages"


class LinkedPage:
    """`pages/<name>.html` and `.css`, with what they share in `page.html` and `page.css`; its words are the table
    `<name>` of `words.toml`."""

    def __init__(self, name: str, texts: Texts) -> None:
        self._name = name
        self._texts = texts

    def answer(self, language: str, status: int = 200, **shows: Any) -> web.Response:
        """shows: the facts of the template."""
        language = self._texts.language(language)
        style = _style(self._name)
        text = _template(self._name).render(
            language=language, style=Markup(style),  # noqa: S704 - our own files
            word=lambda key: self._texts.word(self._name, key, language), **shows,
        )  # fmt: skip
        headers = {
            "Content-Security-Policy": f"{style_policy(style)}; form-action 'self'",
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex, nofollow",
        }
        if status == 503:
            headers["Retry-After"] = TRY_AGAIN_SECONDS
        return web.Response(text=text, content_type="text/html", status=status, headers=headers)


@cache
def _template(name: str) -> Template:
    """Compiled when the page is first shown, not at the start."""
    made = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
    return made.get_template(f"{name}.html")


@cache
def _style(name: str) -> str:
    return "".join((PAGES / f"{of}.css").read_text("utf-8") for of in ("page", name))


def style_policy(style: str) -> str:
    """The content security policy of a page that has this inline style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
