"""The part of `main.py check` that needs no provider: our templates and the database. Nothing is changed."""

from __future__ import annotations

from bot.commands.templates import FILE
from bot.commands.which import database_of
from bot.config import Config
from bot.store.engine import refuse_read_only
from bot.store.errors import StoreError
from bot.store.migrate import HEAD, KNOWN, current, refuse_standby
from bot.store.moving import marks_of
from bot.store.store import refuse_another, refuse_damaged
from bot.texts import Texts

CHANNELS = ("telegram", "whatsapp", "sms", "email")


def words_are_good(config: Config) -> bool:
    """Whether every message can be said; what cannot is told, file and line. Raises WordsBroken for a broken list."""
    broken = Texts(sids=config.data_dir / FILE).broken(CHANNELS)
    for sentence in broken:
        print(f"✗ templates: {sentence}")
    return not broken


def database_answers(config: Config) -> bool:
    """Whether the database can be opened by this version."""
    url = database_of(config)
    try:
        refuse_read_only(url)
        at = current(url)
        refuse_damaged(url)
        refuse_standby(url)
        if at == HEAD:
            refuse_another(marks_of(url).get, demo=config.sandboxed)
    except StoreError as error:
        print(f"✗ database: {' '.join(str(error).split())}")
        return False
    if at is None:
        print("· database: empty; its tables are made at the start")
    elif at == HEAD:
        print("✓ database: answers, with this version's tables")
    elif at in KNOWN:
        print("· database: of an older version; its tables are brought to this one at the start")
    else:
        print(f"✗ database: of a newer version ({at}) than this program: install that one again")
    return at is None or at in KNOWN
