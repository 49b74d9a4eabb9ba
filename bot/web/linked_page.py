"""Pages behind a link of a message: whoever holds the link sees them, without a session.

No script, nothing fetched from elsewhere, nothing told to a page that is followed from here, nothing kept or indexed.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.texts import Texts

PAGES = Path(__file__).parent / "pages"


class LinkedPage:
    """`pages/<name>.html` and `.css`, with what they share in `page.html` and `page.css`; its words are the table
    `<name>` of `words.toml`."""

    def __init__(self, name: str, texts: Texts) -> None:
        self._name = name
        self._texts = texts
        self._style = "".join((PAGES / f"{of}.css").read_text("utf-8") for of in ("page", name))
        made = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
        self._template = made.get_template(f"{name}.html")
        self._headers = {
            "Content-Security-Policy": f"{style_policy(self._style)}; form-action 'self'",
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex, nofollow",
        }

    def answer(self, language: str, status: int = 200, **shows: Any) -> web.Response:
        """shows: the facts of the template."""
        language = self._texts.language(language)
        text = self._template.render(
            language=language, style=Markup(self._style),  # noqa: S704 - our own files
            word=lambda key: self._texts.word(self._name, key, language), **shows,
        )  # fmt: skip
        return web.Response(text=text, content_type="text/html", status=status, headers=self._headers)


def style_policy(style: str) -> str:
    """The content security policy of a page that shows this style of its own and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
