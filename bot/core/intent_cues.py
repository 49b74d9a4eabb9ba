"""Phrases that point to a wish: what the sentence rules look for, in each language.

All folded (`bot.core.spoken`), separated by commas. `où` keeps its accent, which alone distinguishes it from *ou* (or).
"""

from __future__ import annotations

from bot.core.intent_cues_en import ENGLISH_CUES
from bot.core.intent_cues_fr import FRENCH_CUES

CUES: dict[str, dict[str, str]] = {"fr": FRENCH_CUES, "en": ENGLISH_CUES}
"""Language → name of a cue, which the rules ask for → its phrases. No rule asks for `why`: its words are understood,
and so name no item."""
