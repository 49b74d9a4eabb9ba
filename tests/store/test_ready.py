"""Statements made once give what SQLAlchemy itself would give, on both engines, at every kind of value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from bot.core.loans import LoanState
from bot.store import Store, Tx, api_reads
from bot.store import tables as t
from bot.store.api_reads import Part
from bot.store.compiled import read_json, write_json
from bot.store.inbox import _FIRST as FIRST
from bot.store.loans import RUNNING
from bot.store.outbox_statements import CLOSE, SENDING
from bot.store.pieces import OF_ITEM
from bot.store.purge import AUTHORS, LETTERS
from bot.store.ready import Ready, upsert
from bot.store.reports import _STUCK as STUCK
from bot.store.store import _NEXT_OUT as NEXT_OUT
from tests.store.conftest import Furniture, lend
from tests.town import PARIS

AT = datetime(2026, 11, 21, 8, 30, 15, 123456, UTC)
CLOSED = dict.fromkeys(("state_", "attempts_", "next_", "error_", "doubt_", "closed_", "look_", "sent_"))
ROW = {
    "channel": "sms", "kind": "message", "provider_id": "SM1", "sender": "+33612345601", "lane": "+33612345678",
    "payload": {"Body": "Rendu ? 'oui' ✅", "n": [1, None, True]}, "state": "new", "tries": 0, "next_at": AT,
    "received_at": AT, "error": "",
}  # fmt: skip


def put(tx: Tx, *names: str, state: str = "new") -> list[int]:
    return [tx.insert(t.inbox, **{**ROW, "provider_id": name, "state": state}) for name in names]


async def test_a_row_comes_back_as_sqlalchemy_gives_it(store: Store) -> None:
    query = sa.select(t.inbox).where(t.inbox.c.provider_id == sa.bindparam("name"))

    def both(tx: Tx) -> tuple[Any, Any]:
        put(tx, "SM1")
        return tx.run(Ready(query), {"name": "SM1"}).one(), tx.run(query, {"name": "SM1"}).one()

    ours, theirs = await store.write(both)
    assert ours._asdict() == theirs._asdict()
    assert (ours.payload, ours.next_at, ours.done_at) == (ROW["payload"], AT, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None, exclude_categories=())),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_json_is_written_and_read_as_the_standard_library_does(value: Any) -> None:
    plain = json.dumps(value)
    assert json.dumps(json.loads(write_json(value))) == plain
    assert json.dumps(read_json(plain)) == plain
    assert json.dumps(read_json(write_json(value))) == plain


@pytest.mark.parametrize("names", [[], ["SM1"], ["SM3", "SM1"], ["SM1", "SM2", "SM3"]])
async def test_an_in_takes_any_number_of_values(store: Store, names: list[str]) -> None:
    query = Ready(
        sa.select(t.inbox.c.provider_id)
        .where(t.inbox.c.provider_id.in_(sa.bindparam("names", expanding=True)))
        .order_by(t.inbox.c.provider_id)
    )

    def ask(tx: Tx) -> list[str]:
        put(tx, "SM1", "SM2", "SM3")
        tx.run(query, {"names": ["SM1", "SM2"]})  # another length first
        return list(tx.run(query, {"names": names}).scalars())

    assert await store.write(ask) == sorted(names)


async def test_values_that_stand_in_a_statement_are_meant(store: Store) -> None:
    query = Ready(
        sa.select(t.inbox.c.provider_id)
        .where(t.inbox.c.state.in_(("new", "it's")), t.inbox.c.tries == 0, t.inbox.c.next_at <= AT)
        .limit(sa.bindparam("most"))
    )

    def ask(tx: Tx) -> list[str]:
        put(tx, "SM1", state="new")
        put(tx, "SM2", state="done")
        put(tx, "SM3", state="it's")
        return sorted(tx.run(query, {"most": 10}).scalars())

    assert await store.write(ask) == ["SM1", "SM3"]


async def test_an_insert_gives_the_number_and_tells_what_was_there(store: Store) -> None:
    def insert(tx: Tx) -> tuple[int | None, int | None, int | None]:
        first = tx.insert_new(t.inbox, **ROW)
        again = tx.insert_new(t.inbox, **ROW)
        other = tx.insert_new(t.said, key="k", at=AT)  # a table whose rows have no number
        return first, again, other

    first, again, other = await store.write(insert)
    assert first is not None
    assert (again, other) == (None, 1)


async def test_an_update_tells_how_many_rows_it_met(store: Store) -> None:
    def change(tx: Tx) -> tuple[int, int, Any]:
        (made,) = put(tx, "SM1")
        missed = tx.update(t.inbox, {"id": made, "state": "parked"}, state="done", payload=None)
        met = tx.update(t.inbox, {"id": made, "state": "new"}, state="done", done_at=AT, payload=None)
        return missed, met, tx.run(sa.select(t.inbox).where(t.inbox.c.id == made)).one()

    missed, met, row = await store.write(change)
    assert (missed, met) == (0, 1)
    assert (row.state, row.done_at, row.payload) == ("done", AT, None)


async def test_many_rows_in_one_call(store: Store) -> None:
    update = Ready(sa.update(t.inbox).where(t.inbox.c.id == sa.bindparam("row")).values(error=sa.bindparam("error_")))

    def change(tx: Tx) -> list[str]:
        made = put(tx, "SM1", "SM2", "SM3")
        tx.run(update, [{"row": number, "error_": f"e{number}"} for number in made[:2]])
        tx.run(update, [])
        return [e.strip("0123456789") for e in tx.run(sa.select(t.inbox.c.error).order_by(t.inbox.c.id)).scalars()]

    assert await store.write(change) == ["e", "e", ""]


ODD = "100 % \\ 'dit' \"elle\" {a} :b $1 ✅\n\t"


@pytest.mark.parametrize("payload", [{"Body": ODD, "n": [1.5, None]}, [], "text", None])
async def test_many_rows_are_written_as_each_would_be(store: Store, payload: Any) -> None:
    """Also signs that mean something to a database, and JSON's null beside other values."""
    shelve = Ready(sa.insert(t.inbox), tuple(ROW))
    note = Ready(
        sa.update(t.inbox)
        .where(t.inbox.c.provider_id == sa.bindparam("name"))
        .values(payload=sa.bindparam("said"), error=sa.bindparam("error_"), done_at=sa.bindparam("at"))
    )

    def change(tx: Tx) -> list[tuple[Any, ...]]:
        tx.run(shelve, [{**ROW, "payload": payload}, {**ROW, "provider_id": "SM2", "payload": {}}])
        one: dict[str, Any] = {"name": "SM1", "said": {}, "error_": "first", "at": None}
        tx.run(note, [one, {**one, "said": payload, "error_": ODD, "at": AT}, {**one, "name": "SM9"}])
        found = tx.run(sa.select(t.inbox).order_by(t.inbox.c.id))
        return [(row.provider_id, row.payload, row.next_at, row.error, row.done_at) for row in found]

    assert await store.write(change) == [("SM1", payload, AT, ODD, AT), ("SM2", {}, AT, "", None)]


async def test_many_rows_of_a_change_whose_values_have_no_type_are_each_changed(store: Store) -> None:
    error: Any = sa.func.coalesce(sa.bindparam("told"), t.inbox.c.error)
    change = Ready(sa.update(t.inbox).where(t.inbox.c.provider_id == sa.bindparam("name")).values(error=error))

    def act(tx: Tx) -> list[str]:
        put(tx, "SM1", "SM2")
        tx.run(change, [{"name": "SM1", "told": "a"}, {"name": "SM2", "told": "b"}])
        return list(tx.run(sa.select(t.inbox.c.error).order_by(t.inbox.c.provider_id)).scalars())

    assert await store.write(act) == ["a", "b"]


async def test_of_many_rows_with_one_key_the_last_stays(store: Store, desk: Furniture) -> None:
    put = upsert(t.undo, ("contact_id", "what", "facts", "until"), postgres="postgresql" in store.url)

    def twice(tx: Tx) -> list[tuple[Any, ...]]:
        rows = [{"contact_id": desk.awa, "what": w, "facts": {"loans": [1]}, "until": AT} for w in ("pause", "return")]
        tx.run(put, rows)
        return [tuple(row) for row in tx.run(sa.select(t.undo))]

    assert await store.write(twice) == [(desk.awa, "return", {"loans": [1]}, AT)]


async def test_a_naive_time_is_stored_by_no_road(store: Store) -> None:
    note = Ready(sa.insert(t.said), ("key", "at"))
    row = {"key": "k", "at": AT.replace(tzinfo=None)}

    def write(tx: Tx, values: Any) -> None:
        tx.run(note, values)

    for values in (row, [row, {**row, "key": "l"}]):
        with pytest.raises(ValueError, match="naive"):
            await store.write(write, values)


async def test_a_constraint_is_broken_as_sqlalchemy_says_it(store: Store) -> None:
    def twice(tx: Tx) -> None:
        put(tx, "SM1")
        with pytest.raises(sa.exc.IntegrityError), tx.savepoint():
            put(tx, "SM1")
        put(tx, "SM2")  # the transaction goes on

    await store.write(twice)
    assert len(await store.rows(sa.select(t.inbox.c.id))) == 2


async def test_savepoints_lie_in_each_other(store: Store) -> None:
    def fail(tx: Tx) -> None:
        with tx.savepoint():
            put(tx, "undone")
            with tx.savepoint():
                put(tx, "undone too")
            raise KeyError

    def nested(tx: Tx) -> None:
        with tx.savepoint():
            put(tx, "kept")
            with pytest.raises(KeyError):
                fail(tx)
            put(tx, "kept as well")

    await store.write(nested)
    rows = await store.rows(sa.select(t.inbox.c.provider_id).order_by(t.inbox.c.id))
    assert [row.provider_id for row in rows] == ["kept", "kept as well"]


async def test_one_wants_exactly_one(store: Store) -> None:
    query = Ready(sa.select(t.inbox.c.id).where(t.inbox.c.state == sa.bindparam("state")))

    def ask(tx: Tx) -> None:
        put(tx, "SM1", "SM2")
        with pytest.raises(sa.exc.MultipleResultsFound):
            tx.run(query, {"state": "new"}).one()
        with pytest.raises(sa.exc.NoResultFound):
            tx.run(query, {"state": "done"}).one()
        assert tx.run(query, {"state": "done"}).first() is None

    await store.write(ask)


async def test_what_is_asked_again_is_recalled_until_it_may_have_changed(store: Store) -> None:
    who = ("sms", "+33612345678")

    def ask(tx: Tx) -> None:
        awa = tx.people.add("Awa")
        assert tx.people.find_address(*who) is None
        made = tx.people.add_address(awa.id, *who, verified_by="holder")
        assert tx.people.find_address(*who) == made
        with pytest.raises(KeyError):
            deny(tx, made.id)
        found = tx.people.find_address(*who)
        assert found is not None
        assert not found.denied
        tx.run = None  # type: ignore[assignment,method-assign]
        assert tx.people.find_address(*who) == found

    def deny(tx: Tx, address_id: int) -> None:
        with tx.savepoint():
            tx.people.deny(address_id)
            found = tx.people.find_address(*who)
            assert found is not None
            assert found.denied
            raise KeyError

    await store.write(ask)


async def test_a_change_of_any_table_that_an_answer_is_about_is_seen(store: Store, desk: Furniture) -> None:
    """Open loans are told with the names of things and people: three tables, each changed in another way."""

    def ask(tx: Tx) -> list[tuple[list[str], int | None]]:
        seen = []

        def look() -> None:
            mine = tx.loans.open_of(desk.awa)
            seen.append(([f"{x.borrower}/{x.item}/{x.state.value}" for x in mine], tx.loans.desk_of(desk.awa)))

        look()
        lent = lend(tx, desk, desk.drill)
        look()
        tx.people.rename(desk.awa, "Awa N.")
        look()
        tx.run(sa.update(t.item).values(name="Foreuse"))
        look()
        tx.loans.move(lent, LoanState.RETURN_DECLARED, "test")
        look()
        tx.loans.move(tx.loans.get(lent.id), LoanState.RETURNED, "test")
        look()
        return seen

    seen = await store.write(ask)
    assert [told for told, _ in seen] == [
        [], ["Awa/Perceuse Bosch/active"], ["Awa N./Perceuse Bosch/active"], ["Awa N./Foreuse/active"],
        ["Awa N./Foreuse/return_declared"], [],
    ]  # fmt: skip
    assert [where for _, where in seen] == [None, *[desk.desk] * 4, None]


async def test_a_row_is_put_or_put_in_place_of_the_one_with_its_key(store: Store, desk: Furniture) -> None:
    def put_twice(tx: Tx) -> list[tuple[Any, ...]]:
        until = AT.replace(microsecond=0)
        for what in ("pause", "return"):
            tx.put(t.undo, contact_id=desk.awa, what=what, facts={"loans": [1]}, until=until)
        return [tuple(row) for row in tx.run(sa.select(t.undo))]

    assert await store.write(put_twice) == [(desk.awa, "return", {"loans": [1]}, AT.replace(microsecond=0))]


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (FIRST, {"lane": "+33612345678"}, "ix_inbox_waiting"),
        (SENDING[False], {"leases": ["a", "b"]}, "uq_outbox_lease"),
        (CLOSE[False], {"rows": [["a", None, None]], **CLOSED}, "uq_outbox_lease"),
        (OF_ITEM.one, {"item": 1}, "ix_lacking_missing"),
        (RUNNING, {"desk": 1, "due": AT, "after": 1, "most": 9}, "ix_loan_due (department_id=? AND due_at>?)"),
        (AUTHORS, {"at": AT, "id": 1, "before": AT, "most": 9}, "ix_loan_event_author"),
        (LETTERS["done"], {"before": AT, "most": 9}, "ix_inbox_done"),
    ],
)
async def test_the_hot_roads_find_their_rows_by_an_index(
    sqlite_migrated_url: str, statement: Ready, values: dict[str, Any], index: str
) -> None:
    """SQLite uses an index over some of the rows only for a statement that plainly means no others."""

    def plan(tx: Tx) -> str:
        sql = statement.sql(tx.connection, values)
        found = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("1",) * sql.count("?"))
        return " ".join(str(row[-1]) for row in found)

    store = await Store.open(sqlite_migrated_url)
    found = await store.write(plan)
    assert index in found
    await store.close()


@pytest.mark.parametrize(
    ("read", "asked", "index"),
    [
        (api_reads.loans, {}, "ix_loan_desk"),
        (api_reads.loans, {"state": "returned"}, "ix_loan_desk"),
        (api_reads.loans, {"state": "active"}, "ix_loan_due"),
        (api_reads.loans, {"late_at": AT}, "ix_loan_due"),
        (api_reads.loans, {"contact_id": 1}, "ix_loan_contact_id_state"),
        (api_reads.debts, {}, "ix_debt_desk"),
        (api_reads.debts, {"state": "open"}, "ix_debt_owed"),
        (api_reads.debts, {"reference": "FAC-1"}, "ix_debt_reference"),
        (api_reads.debts, {"reference": ""}, "ix_debt_desk"),
    ],
)
async def test_lists_of_an_idle_desk_among_a_thousand_walk_no_other_desk(
    sqlite_migrated_url: str, monkeypatch: pytest.MonkeyPatch, read: Any, asked: dict[str, Any], index: str
) -> None:
    store = await Store.open(sqlite_migrated_url)
    found: list[str] = []

    def plan(tx: Tx, sql: str) -> list[str]:
        rows = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("1",) * sql.count("?"))
        return [str(row[-1]) for row in rows]

    async def explained(query: sa.Select[Any]) -> list[Any]:
        found.extend(await store.write(plan, str(query.compile(dialect=sqlite.dialect()))))
        return []

    monkeypatch.setattr(store, "rows", explained)
    await read(store, Part(department_id=1), **asked)
    assert index in " ".join(found)
    await store.close()


@pytest.mark.parametrize(("statement", "values"), [(NEXT_OUT, {"after": AT}), (STUCK, {"before": AT})])
async def test_what_waits_is_found_without_reading_all_that_ever_left(
    sqlite_migrated_url: str, statement: Ready, values: dict[str, Any]
) -> None:
    def plan(tx: Tx) -> list[str]:
        sql = statement.sql(tx.connection, values)
        found = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?"))
        return [str(row[-1]) for row in found]

    store = await Store.open(sqlite_migrated_url)
    found = await store.write(plan)
    assert [line for line in found if line.startswith(("SCAN outbox", "SCAN attempt", "SCAN planned"))] == []
    await store.close()


async def test_departments_that_have_not_changed_are_made_once(store: Store, desk: Furniture) -> None:
    """Read again each second, in a house of a thousand; to make one of what was read is most of the work."""

    def twice(tx: Tx) -> tuple[bool, bool]:
        other = tx.departments.add(name="Médiathèque", zone=PARIS, language="fr")
        before = tx.departments.get(desk.desk)
        tx.departments.set_rule(other.id, "log_days", 30)
        assert tx.departments.get(other.id).rules.log_days == 30
        return tx.departments.get(desk.desk) is before, tx.departments.get(other.id) is other

    assert await store.write(twice) == (True, False)
