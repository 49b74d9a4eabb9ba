"""People found by name through the index of words, in a desk of any size: as by a look at everybody."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.core.finding import Matches, Named, find
from bot.core.listed import Listed, ListedPerson, Place
from bot.store import Store, Tx, dashboard, names
from bot.store import tables as t
from bot.store.forget import forget
from bot.store.importing import take
from bot.store.merging import merge
from tests.store.conftest import Furniture

PEOPLE = (
    "Awa Diop", "Karim Benali", "Aïssatou N'Diaye", "Jean-Pierre Dupont", "Marie Dupont", "José", "Les Diops",
    "Mohamed Lamine Traoré", "Anne-Sophie de la Tour", "李", "Œuvre d’Art", "+33 6 12", "Dupond",
)  # fmt: skip
TYPED = (
    "awa", "AWA DIOP", "diop", "Diops", "karim", "benali karim", "aissatou", "n'diaye", "ndiaye", "dupont", "dupond",
    "Jean Pierre", "jose", "mohamed", "lamine traore", "de la tour", "la", "tour de", "oeuvre", "12", "",
    "?", "李", "Benal", "Kraim", "Mareie Dupont", "Mohamde Traore", "aissat",
)  # fmt: skip
BEGINS_WRONG = ("zissatou", "ohamed")  # compared with everybody in a small desk alone


def fill(tx: Tx, desk: int) -> list[Named[int]]:
    for name in PEOPLE:
        tx.people.add(name, desk)
    tx.people.add("Awa", tx.departments.add(name="Autre", zone=tx.desk.zone, language="fr").id)
    return [Named(number, name) for number, name in tx.people.names(desk)]


def ask(tx: Tx, desk: int, typed: str) -> Matches[int]:
    return tx.names.meant(desk, typed)


async def test_words_mean_whom_they_meant_when_everybody_was_looked_at(
    store: Store, desk: Furniture, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = await store.write(fill, desk.desk)
    whole = {typed: find(typed, everyone) for typed in (*TYPED, *BEGINS_WRONG)}
    assert sum(len(found.sure) == 1 for found in whole.values()) > 10
    assert {typed: await store.write(ask, desk.desk, typed) for typed in whole} == whole
    monkeypatch.setattr(names, "FEW", len(everyone) - 1)  # too many to be looked at one by one
    large = {typed: await store.write(ask, desk.desk, typed) for typed in TYPED}
    assert {typed: sorted(found.sure) for typed, found in large.items()} == {n: sorted(whole[n].sure) for n in TYPED}
    assert [(await store.write(ask, desk.desk, typed)).sure for typed in BEGINS_WRONG] == [(), ()]


async def test_the_dashboard_finds_in_a_large_desk_who_begins_so(
    store: Store, desk: Furniture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.write(fill, desk.desk)

    async def shown(typed: str) -> list[str]:
        return [name for _, name in await dashboard.people(store, desk.desk, typed)]

    assert await shown("dup") == ["Dupond", "Jean-Pierre Dupont", "Marie Dupont"]
    assert await shown("mie") == []
    monkeypatch.setattr(names, "FEW", 3)
    monkeypatch.setattr(dashboard, "FEW", 3)
    assert await shown("dup") == ["Dupond", "Jean-Pierre Dupont", "Marie Dupont"]
    assert await shown("traor mohamed") == ["Mohamed Lamine Traoré"]
    assert await shown("%") == []


async def test_the_index_holds_the_names_as_they_are(store: Store, desk: Furniture) -> None:
    """Whatever changes a name, or whose desk somebody belongs to."""

    def live(tx: Tx) -> None:
        other = tx.departments.add(name="Autre", zone=tx.desk.zone, language="fr").id
        karim, fatou, gone = (tx.people.add(name, desk.desk).id for name in ("Karim", "Fatou Sow", "Moussa Ba"))
        tx.people.rename(karim, "Karim Benali")
        tx.people.join(karim, other)
        tx.people.join(fatou, other)
        forget(tx, gone)
        place = Place("people.csv", 2)
        listed = [ListedPerson(place, "Awa Fall", (("whatsapp", "+33612345678"),), "fr")]
        listed.append(ListedPerson(place, "Jane Miller", (("sms", "+33612345679"),), "en"))
        take(tx, other, Listed(people=listed), {"people.csv": "Sam"}, lambda _: None)
        merge(tx, desk.awa, fatou, "Sam")

    await store.write(live)
    belong = sa.select(t.membership, t.contact.c.name).join(t.contact)
    wanted = [
        tuple(entry.values())
        for row in await store.rows(belong)
        for entry in names.entries(row.contact_id, row.department_id, row.name)
    ]
    assert sorted(map(tuple, await store.rows(sa.select(t.name_word)))) == sorted(wanted)
    assert len(wanted) == 10  # Awa Fall and Karim Benali in both desks, Jane Miller in one
