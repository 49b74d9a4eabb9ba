"""Things found by what was typed, in a desk with more of them than are compared one by one."""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.finding import Named, find
from bot.core.spoken import fold
from bot.store import Store, Tx
from bot.store.items import FEW
from bot.store.tables import item
from tests.town import PARIS


def stock(tx: Tx) -> None:
    """Chairs that fill a list by code alone, and behind them what is looked for."""
    tx.departments.add(name="Prêt", zone=PARIS, language="fr")
    chairs = [(f"A-{n:05}", f"Chaise {n}") for n in range(FEW + 100)]
    others = [("Z-001", "Visseuse Makita"), ("Z-002", "Boîte à outils"), ("Z-003", "Échelle 3 m")]
    values = {"department_id": 1, "category": "", "check": "", "state": "available", "created_at": tx.now}
    rows = [{**values, "code": code, "name": name, "search": fold(f"{name} {code}")} for code, name in chairs + others]
    tx.run(sa.insert(item), rows)


async def test_the_last_of_thousands_is_found_as_the_first(store: Store) -> None:
    await store.write(stock)

    def found(tx: Tx, typed: str) -> str:
        one = find(typed, [Named(i, i.name, i.code) for i in tx.items.likely(1, typed)]).one
        return one.name if one else ""

    typed = (
        "la visseuse",
        "visseuses makita",
        "z001",
        "Z-002",
        "boite a outils",
        "échelle",
        "vissseuse",
        "chaise 2050",
    )
    told = [await store.write(found, words) for words in typed]
    assert told == ["Visseuse Makita"] * 3 + ["Boîte à outils"] * 2 + ["Échelle 3 m", "Visseuse Makita", "Chaise 2050"]
    assert await store.write(found, "trombone") == ""
