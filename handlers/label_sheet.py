"""A sheet of QR labels to print. Scanning one opens the desk's chat with `PRET PERC-001` already typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from urllib.parse import quote

from bot.core.people import Department
from bot.store.items import ItemRow

BORROW = {"fr": "PRET", "en": "BORROW"}
SCAN = {"fr": "Scannez pour emprunter", "en": "Scan to borrow"}

STYLE = """
@page { size: A4; margin: 10mm }
body { font: 10pt/1.25 sans-serif; margin: 0 }
body { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 4mm }
@media screen and (max-width: 40rem) { body { grid-template-columns: minmax(0, 1fr) } }
.label { break-inside: avoid; border: 0.3mm dashed #999; padding: 3mm; text-align: center }
.label svg { width: 32mm; height: 32mm }
.name, .code { overflow-wrap: anywhere }
.name { font-weight: bold }
.code { font-family: monospace; font-size: 11pt }
.desk { color: #444; font-size: 8pt }
"""

Link = Callable[[str, str], str]
"""(item code, language) → what the QR code holds."""


def whatsapp_link(number: str, code: str, language: str) -> str:
    """`https://wa.me/33612345600?text=PRET%20PERC-001`: WhatsApp opens with the words typed, the person sends them."""
    typed = f"{BORROW.get(language, BORROW['fr'])} {code}"
    return f"https://wa.me/{number.lstrip('+')}?text={quote(typed)}"


def telegram_link(username: str, code: str) -> str:
    """`https://t.me/a_bot?start=PERC-001`. A start parameter takes letters, digits, _ and - (Bot API, "Deep linking");
    items are found whatever sign stands between the parts of their code."""
    return f"https://t.me/{username}?start={re.sub(r'[^A-Za-z0-9_-]', '-', code)}"


# --- the sheet -----------------------------------------------------------------------------------


def sheet(desk: Department, items: Sequence[ItemRow], link: Link) -> str:
    """A page to print on A4, three labels in a row; nothing in it is fetched from anywhere."""
    labels = "\n".join(_label(desk, it, link) for it in items)
    return (
        f'<!doctype html>\n<html lang="{escape(desk.language)}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(desk.name)}</title><style>{STYLE}</style></head>\n<body>\n{labels}\n</body>\n</html>\n"
    )


def _label(desk: Department, it: ItemRow, link: Link) -> str:
    import segno  # for who prints labels

    # Level M bears 15 % of the code scratched away: labels live on tools.
    code = segno.make(link(it.code, desk.language), error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, border=2)
    return (
        f'<div class="label">{drawn}<div class="name">{escape(it.shown)}</div><div class="code">{escape(it.code)}</div>'
        f'<div class="desk">{escape(desk.name)} · {escape(SCAN.get(desk.language, SCAN["fr"]))}</div></div>'
    )
