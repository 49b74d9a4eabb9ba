"""Every sentence about a refused row has its French form."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.core.list_faults import in_french
from bot.core.listed_cells import AMOUNT_REFUSED

ROOT = Path(__file__).parents[2]
FILES = (
    "bot/core/lists.py",
    "bot/core/listed_cells.py",
    "bot/core/listed_reading.py",
    "bot/core/listed_times.py",
    "bot/store/importing.py",
    "bot/store/importing_money.py",
    "handlers/workbook.py",
)
RAISERS = frozenset({"BadList", "BadRow", "refuse"})


def sentences() -> list[str]:
    """What these files hand to their refusals, a number in each gap."""
    found = []
    for file in FILES:
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in RAISERS and isinstance(node.args[-1], ast.Constant | ast.JoinedStr):
                found.append(_filled(node.args[-1]))
    return [sentence for sentence in found if not re.match(r"pieces: |7 7 people", sentence)]


def _filled(node: ast.Constant | ast.JoinedStr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


def test_every_refusal_is_said_in_french() -> None:
    amounts = [f"amount “7” {why}" for why in AMOUNT_REFUSED.values()]
    found = [s for s in sentences() if not s.startswith("amount")] + amounts
    assert len(found) > 30
    assert [s for s in found if in_french(f"a.csv, line 2: {s}") == f"a.csv, ligne 2 : {s}"] == []


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("a.csv, line 3: no name", "a.csv, ligne 3 : il manque le nom"),
        (
            "a.csv, line 3: a cell of more than 9 characters, over several lines: is its quotation mark closed?",
            "a.csv, ligne 3 : une case de plus de 9 caractères, sur plusieurs lignes : le guillemet est-il refermé ?",
        ),
        ("a.csv, line 3: “{x}\\1” is no phone number", "a.csv, ligne 3 : « {x}\\1 » n'est pas un numéro de téléphone"),
        (
            "a.csv, line 9: code A-1 stands already in a.csv, line 2",
            "a.csv, ligne 9 : le code A-1 est déjà dans a.csv, ligne 2",
        ),
        (
            "a.csv: reads like a list of loans, but a column is missing: due_at",
            "a.csv : une liste de prêts, mais il manque une colonne : l'échéance",
        ),
        (
            "a.csv, line 2: PERC-001 cannot be lent: in_repair",
            "a.csv, ligne 2 : PERC-001 ne se prête pas : en réparation",
        ),
        (
            "a.csv, line 2: pieces: “vis” stands there twice: write “2 vis”",
            "a.csv, ligne 2 : la pièce « vis » y est deux fois : écrivez « 2 vis »",
        ),
        ("whatever else", "whatever else"),
    ],
)
def test_a_refusal_reads_like_this(english: str, french: str) -> None:
    assert in_french(english) == french
