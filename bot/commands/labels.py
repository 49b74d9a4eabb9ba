"""`main.py labels`: a sheet of QR labels. Scanning one opens the desk's chat with `PRET PERC-001` already typed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bot.channels.base import NotFetched
from bot.commands.which import DONE, REFUSED, NoDepartment, department_named, kept_database_of
from bot.commands.writing import replace_files
from bot.config import Config
from bot.core.people import Department
from bot.store import Store, Tx
from bot.store.items import ItemRow
from handlers.files import labelled
from handlers.label_sheet import Link, sheet, telegram_link, whatsapp_link

PAGE = "data/labels/labels.html"


class NoLabels(Exception):
    """No sheet can be made; the message is a sentence."""


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
        store = await Store.open(kept_database_of(config), demo=config.sandboxed)
        desk, items = await store.write(_asked, list(codes), department)
        path = _written(Path(page or PAGE), sheet(desk, items, link))
    except (NoLabels, NoDepartment) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(f"{page or PAGE}: {error.strerror or error}", file=sys.stderr)
        return REFUSED
    finally:
        if store is not None:
            await store.close()
    print(f"{path}: {len(items)} label{'s' if len(items) > 1 else ''}")
    return DONE


def _written(path: Path, content: str) -> Path:
    if path.exists() and not path.is_file():  # /dev/stdout
        path.write_text(content, encoding="utf-8")
    else:
        replace_files({path.resolve(): content.encode()}, mode=0o666)  # to be printed, perhaps by somebody else
    return path


def _asked(tx: Tx, codes: list[str], department: str | None) -> tuple[Department, list[ItemRow]]:
    desk = department_named(tx, department)
    known = {it.code: it for it in labelled(tx, desk.id, [code.strip().upper() for code in codes])}
    strangers = [code.strip() or '""' for code in codes if code.strip().upper() not in known]
    if strangers:
        raise NoLabels(f"no item {', '.join(strangers)} to be lent here")
    if not known:
        raise NoLabels("there is nothing to lend yet: /materiel in the group, or import a list")
    return desk, [known[code.strip().upper()] for code in codes] or list(known.values())


# --- the addresses -------------------------------------------------------------------------------


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
    from bot.parts import build_parts

    parts = build_parts(config)
    assert parts.telegram is not None
    try:
        _, username = await parts.telegram.me()
    except NotFetched as error:
        raise NoLabels(f"Telegram does not tell the bot's name: {error}") from error
    finally:
        for channel in parts.channels.values():
            await channel.close()
    return username
