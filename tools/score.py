"""How much of what people type is understood, by the tables of phrases the tests hold. `make score` runs it.

A phrase is right when it is read as its table says, refused when it is asked about though it means something, and
wrong when it is taken for something else: the figure that must stay at nought.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # run as a file, the folder of the tool stands there instead
    sys.path.insert(0, str(ROOT))

from bot.core.due import Due, Grain, Unclear  # noqa: E402
from bot.core.duetime import read_due  # noqa: E402

PHRASES = ROOT / "tests" / "core" / "phrases"
ZONE = ZoneInfo("Europe/Paris")
LANGUAGES = ("fr", "en")


@dataclass(slots=True)
class Score:
    """Counts of phrases, and the seconds of processor time spent on them."""

    right: int = 0
    refused: int = 0
    wrong: int = 0
    seconds: float = 0.0

    @property
    def phrases(self) -> int:
        return self.right + self.refused + self.wrong

    def line(self, subject: str, language: str) -> str:
        right, refused, wrong = (100 * n / max(1, self.phrases) for n in (self.right, self.refused, self.wrong))
        each = 1000 * self.seconds / max(1, self.phrases)
        figures = f"right {right:6.2f} %   refused {refused:5.2f} %   wrong {wrong:5.2f} %   {each:.3f} ms each"
        return f"{subject:<8} {language}   {self.phrases:>5} phrases   {figures}"


def rows(table: str) -> Iterator[list[str]]:
    """The lines of a table below its heading, cut into columns."""
    for line in (PHRASES / f"{table}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        yield line.split("\t")


def due_score(language: str) -> Score:
    """Due times: a day, an hour or a minute, or why the phrase is none."""
    score = Score()
    for now, phrase, *expected in rows(f"due_{language}"):
        moment = datetime.fromisoformat(now).replace(tzinfo=ZONE)
        begun = time.process_time()
        found = read_due(phrase, now=moment, language=language)
        score.seconds += time.process_time() - begun
        _count(score, _due_columns(found), expected)
    return score


def _due_columns(found: Due | Unclear) -> list[str]:
    if isinstance(found, Unclear):
        return ["?", found.why]
    if found.grain is Grain.DAY:
        return [found.at.date().isoformat(), found.grain.value]
    wall = found.at.replace(tzinfo=None).isoformat(timespec="minutes")
    return [wall + ("+01:00" if found.at.fold else ""), found.grain.value]


def _count(score: Score, found: list[str], expected: list[str]) -> None:
    """Count one reading; a phrase that should be refused is right whatever the reason given."""
    if found == expected or found[0] == expected[0] == "?":
        score.right += 1
    elif found[0] == "?":
        score.refused += 1
    else:
        score.wrong += 1


SUBJECTS: dict[str, Callable[[str], Score]] = {"due": due_score}


def main() -> int:
    """Print one line for each subject and language; 1 when anything was taken for something else."""
    scores = [(subject, name, score(name)) for subject, score in SUBJECTS.items() for name in LANGUAGES]
    for subject, language, score in scores:
        print(score.line(subject, language))
    return 1 if any(score.wrong for _, _, score in scores) else 0


if __name__ == "__main__":
    sys.exit(main())
