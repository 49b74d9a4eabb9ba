"""`main.py labels`: a sheet of QR labels. Scanning one opens the desk's chat with `PRET PERC-001` already typed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

import segno

from bot.channels.base import NotFetched
from bot.config import Config
from bot.core.people import Department
from bot.exports import DONE, REFUSED, NoDesk, chosen, database_of
from bot.store import Store, Tx
from bot.store.items import ItemRow

PAGE = "data/labels/labels.html"
BORROW = {"fr": "PRET", "en": "BORROW"}
SCAN = {"fr": "Scannez pour emprunter", "en": "Scan to borrow"}
NOT_LABELLED = frozenset({"lost", "retired"})

STYLE = """
@page { size: A4; margin: 10mm }
body { font: 10pt/1.25 sans-serif; margin: 0; display: grid; grid-template-columns: repeat(3, 1fr); gap: 4mm }
.label { break-inside: avoid; border: 0.3mm dashed #999; padding: 3mm; text-align: center }
.label svg { width: 32mm; height: 32mm }
.name { font-weight: bold; overflow-wrap: anywhere }
.code { font-family: monospace; font-size: 11pt }
.desk { color: #444; font-size: 8pt }
"""


class NoLabels(Exception):
    """Why no sheet can be made; the message is a sentence."""


async def run_labels(
    config: Config,
    codes: Sequence[str],
    *,
    page: str | None = None,
    by: str | None = None,
    department: str | None = None,
) -> int:
    """Write the sheet, print where; the exit status. Raises StoreError.

    codes: only these items; all that can be lent when empty. by: whatsapp or telegram, else the first that is on.
    """
    store = None
    try:
        link = await link_to(config, by)
        store = await Store.open(database_of(config), demo=config.sandboxed)
        desk, items = await store.write(_asked, list(codes), department)
        path = _written(Path(page or PAGE), sheet(desk, items, link))
    except (NoLabels, NoDesk) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except OSError as error:
        sys.stderr.write(f"{page or PAGE}: {error.strerror or error}\n")
        return REFUSED
    finally:
        if store is not None:
            await store.close()
    sys.stdout.write(f"{path}: {len(items)} labels\n")
    return DONE


def _written(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def _asked(tx: Tx, codes: list[str], department: str | None) -> tuple[Department, list[ItemRow]]:
    desk = chosen(tx, department)
    known = {it.code: it for it in tx.items.all(desk.id) if it.state not in NOT_LABELLED}
    strangers = [code for code in codes if code.strip().upper() not in known]
    if strangers:
        raise NoLabels(f"no item {', '.join(strangers)} to be lent here")
    if not known:
        raise NoLabels("there is nothing to lend yet: /materiel in the group, or import a list")
    return desk, [known[code.strip().upper()] for code in codes] or list(known.values())


# --- the addresses -------------------------------------------------------------------------------

Link = Callable[[str, str], str]  # (item code, language) → what the QR code holds


async def link_to(config: Config, by: str | None) -> Link:
    """How a label opens the desk's chat. Raises NoLabels when no channel that can do so is on."""
    number = config.twilio_whatsapp_from if config.whatsapp_on else None
    if by != "telegram" and number:
        return lambda code, language: whatsapp_link(number, code, language)
    if by != "whatsapp" and config.telegram_on:
        username = await _bot_name(config)
        return lambda code, language: telegram_link(username, code)
    raise NoLabels(
        f"{by} is not configured" if by else "no chat to open: set TWILIO_WHATSAPP_FROM or TELEGRAM_BOT_TOKEN first"
    )


async def _bot_name(config: Config) -> str:
    from bot.service import build_parts

    parts = build_parts(config)
    try:
        _, username = await parts.telegram.me()
    except NotFetched as error:
        raise NoLabels(f"Telegram does not tell the bot's name: {error}") from error
    finally:
        for channel in parts.channels.values():
            await channel.close()
    return str(username)


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
        f"<title>{escape(desk.name)}</title><style>{STYLE}</style></head>\n<body>\n{labels}\n</body>\n</html>\n"
    )


def _label(desk: Department, it: ItemRow, link: Link) -> str:
    # Level M bears 15 % of the code scratched away: labels live on tools.
    code = segno.make(link(it.code, desk.language), error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, border=2)
    return (
        f'<div class="label">{drawn}<div class="name">{escape(it.shown)}</div><div class="code">{escape(it.code)}</div>'
        f'<div class="desk">{escape(desk.name)} · {escape(SCAN.get(desk.language, SCAN["fr"]))}</div></div>'
    )
