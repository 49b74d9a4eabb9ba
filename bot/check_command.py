"""Of `main.py check` what needs no provider: our own words, and the database. Nothing is made or changed."""

from __future__ import annotations

import sys

from bot.config import Config
from bot.store.errors import StoreError
from bot.store.migrate import HEAD, KNOWN, current
from bot.templates_command import FILE
from bot.texts import Texts
from bot.token_command import database_of

CHANNELS = ("telegram", "whatsapp", "sms", "email")


def words_are_good(config: Config) -> bool:
    """Whether every message can be said; what cannot is told, file and line. Raises WordsBroken for a broken list."""
    broken = Texts(sids=config.data_dir / FILE).broken(CHANNELS)
    for sentence in broken:
        _say(f"✗ templates: {sentence}")
    return not broken


def database_answers(config: Config) -> bool:
    """Whether the database can be opened by this version."""
    try:
        at = current(database_of(config))
    except StoreError as error:
        _say(f"✗ database: {' '.join(str(error).split())}")
        return False
    if at is None:
        _say("· database: empty; its tables are made at the start")
    elif at == HEAD:
        _say("✓ database: answers, with this version's tables")
    elif at in KNOWN:
        _say("· database: of an older version; its tables are brought to this one at the start")
    else:
        _say(f"✗ database: of a newer version ({at}) than this program: install that one again")
    return at is None or at in KNOWN


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
