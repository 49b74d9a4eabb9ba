"""The languages due times are read in."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.duelexicon import Lexicon
from bot.core.duewords_en import ENGLISH
from bot.core.duewords_fr import FRENCH

LEXICONS: Mapping[str, Lexicon] = {"fr": FRENCH, "en": ENGLISH}
MONTHS = {**FRENCH.months, **ENGLISH.months}
