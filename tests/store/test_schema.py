"""The tables: what the migrations make is what the code expects, and each constraint prevents its accident."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from bot.core.errors import Gone, Refusal
from bot.core.inbound import Letter
from bot.core.loans import LoanState
from bot.core.people import Consent
from bot.core.schedule import Step
from bot.store import Store, Tx, migrate
from bot.store import tables as t
from bot.store.engine import sync_engine
from bot.store.purge import drop_letters, drop_messages
from tests.store.conftest import SENDER, Furniture, lend, say
from tests.store.letters import letter
from tests.town import TownClock

OVER_EXPRESSIONS = {"ix_debt_reference"}


def migrated(url: str, how: Callable[[sa.Connection], None]) -> sa.Engine:
    engine = sync_engine(url)
    with engine.begin() as connection:
        how(connection)
    return engine


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    engine = migrated(database_url, migrate.step_by_step)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, t.metadata)
        made = sa.inspect(connection)
        # What the comparison above does not look at: defaults, conditions of indexes, checks.
        defaults = {
            (table, c["name"])
            for table in t.metadata.tables
            for c in made.get_columns(table)
            if c["default"] is not None
        }
        indexes = {str(i["name"]) for table in t.metadata.tables for i in made.get_indexes(table)}
        partial = {str(i["name"]) for table in t.metadata.tables for i in made.get_indexes(table) if _conditional(i)}
        checks = {c["name"] for c in made.get_check_constraints("outbox")}
    engine.dispose()
    if engine.dialect.name == "sqlite":  # whence SQLAlchemy reads none back; held together by the next test
        indexes, partial = indexes | OVER_EXPRESSIONS, partial | OVER_EXPRESSIONS
    assert differences == []
    wanted = {
        (c.table.name, c.name)
        for table in t.metadata.tables.values()
        for c in table.columns
        if c.server_default is not None or (c.primary_key and (c.table.name, c.name) in defaults)
    }
    assert defaults == wanted
    assert indexes >= {str(i.name) for table in t.metadata.tables.values() for i in table.indexes}
    assert partial == {
        str(i.name)
        for table in t.metadata.tables.values()
        for i in table.indexes
        if i.dialect_options["sqlite"]["where"] is not None
    }
    assert checks == {"ck_outbox_lease_whole"}


def _conditional(index: Any) -> bool:
    options = index.get("dialect_options", {})
    return any(options.get(f"{engine}_where") is not None for engine in ("sqlite", "postgresql"))


def test_a_new_file_has_the_tables_that_the_migrations_make(tmp_path: Path) -> None:
    def made(how: Callable[[sa.Connection], None]) -> dict[str, list[str]]:
        engine = migrated(f"sqlite:///{tmp_path / how.__name__}.db", how)
        with engine.connect() as connection:
            query = "SELECT name, sql, tbl_name, type FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
            rows = connection.execute(sa.text(query)).all()
            version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        engine.dispose()
        parts = {row.name: sorted(line.strip(" \t,") for line in row.sql.splitlines()) for row in rows}
        for row in rows:  # in their order: of two that serve a query equally well SQLite takes the later one
            if row.type == "index":
                parts.setdefault(f"indexes of {row.tbl_name}", []).append(row.name)
        return {**parts, "alembic_version": [str(version)]}

    found = made(migrate.make_anew)
    assert found == made(migrate.step_by_step)
    assert set(t.metadata.tables) < set(found)


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    migrate.upgrade(database_url)
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == migrate.HEAD


async def refused(store: Store, work: Callable[[Tx], object]) -> None:
    with pytest.raises(IntegrityError):
        await store.write(work)


def test_postgresql_soon_takes_note_of_what_waits(postgresql_database_url: str) -> None:
    migrate.upgrade(postgresql_database_url)
    engine = sync_engine(postgresql_database_url)
    told = sa.text("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND reloptions IS NOT NULL")
    with engine.connect() as connection:
        rows = connection.execute(told).all()
    engine.dispose()
    found = {row.relname for row in rows if "autovacuum_analyze_scale_factor=0.01" in row.reloptions}
    assert found == {"inbox", "outbox", "planned"}


async def test_one_thing_is_lent_once_at_a_time(store: Store, desk: Furniture) -> None:
    first = await store.write(lend, desk, desk.drill)
    await refused(store, lambda tx: lend(tx, desk, desk.drill))
    await store.write(lambda tx: tx.loans.move(first, LoanState.RETURN_DECLARED, "awa"))
    await refused(store, lambda tx: lend(tx, desk, desk.drill))
    await store.write(lambda tx: tx.loans.move(tx.loans.get(first.id), LoanState.RETURNED, "sam"))
    await store.write(lend, desk, desk.drill)


async def test_two_requests_for_one_thing_may_wait_side_by_side(store: Store, desk: Furniture) -> None:
    def ask(tx: Tx) -> int:
        return tx.loans.add(
            item_id=desk.drill, contact_id=desk.awa, department_id=desk.desk, state=LoanState.REQUESTED,
            due_at=tx.now + timedelta(days=1), who="awa",
        ).id  # fmt: skip

    assert await store.write(ask) != await store.write(ask)


async def test_the_two_of_rendu_2_means_one_loan(store: Store, desk: Furniture) -> None:
    first = await store.write(lend, desk, desk.drill)
    second = await store.write(lend, desk, desk.tent)
    assert (first.number, second.number) == (1, 2)
    await refused(store, lambda tx: tx.loans.change(second.id, number=1))


async def test_a_number_rests_for_a_month_before_it_means_another_loan(
    store: Store, desk: Furniture, clock: TownClock
) -> None:
    numbers = []
    for _ in range(3):
        loan = await store.write(lend, desk, desk.drill)
        numbers.append(loan.number)
        await store.write(lambda tx, loan: tx.loans.move(loan, LoanState.RETURNED, "sam"), loan)
    assert numbers == [1, 2, 3]
    clock.move_to(clock.now() + timedelta(days=31))
    assert (await store.write(lend, desk, desk.drill)).number == 1


async def test_a_number_in_use_is_never_given_again_however_old_its_loan(
    store: Store, desk: Furniture, clock: TownClock
) -> None:
    await store.write(lend, desk, desk.drill)
    clock.move_to(clock.now() + timedelta(days=400))
    assert (await store.write(lend, desk, desk.tent)).number == 2


async def test_a_loan_moves_from_the_state_it_was_read_in_or_not_at_all(store: Store, desk: Furniture) -> None:
    loan = await store.write(lend, desk, desk.drill)
    await store.write(lambda tx: tx.loans.move(loan, LoanState.RETURNED, "sam"))
    with pytest.raises(Gone):
        await store.write(lambda tx: tx.loans.move(loan, LoanState.CANCELLED, "dominique"))
    with pytest.raises(Refusal):
        await store.write(lambda tx: tx.loans.move(tx.loans.get(loan.id), LoanState.ACTIVE, "dominique"))


async def test_a_code_is_one_thing_s_over_all_departments(store: Store, desk: Furniture) -> None:
    await refused(store, lambda tx: tx.items.add(desk.desk, "perc-001", "Another drill"))


async def test_an_address_is_one_person_s(store: Store, desk: Furniture) -> None:
    def claim(tx: Tx) -> None:
        other = tx.people.add("Binta", desk.desk)
        tx.people.add_address(other.id, "whatsapp", "+33612345678", verified_by="none", consent=Consent.UNKNOWN)

    await refused(store, claim)


async def test_a_lease_is_whole(store: Store) -> None:
    await store.write(say, "one")
    lease = sa.update(t.outbox).values(lease="half")
    await refused(store, lambda tx: tx.run(lease))
    await refused(store, lambda tx: tx.run(sa.update(t.outbox).values(lease_until=tx.now)))


async def test_the_same_step_of_a_plan_is_laid_once(store: Store, desk: Furniture, clock: TownClock) -> None:
    step = Step("reminder_day_1", clock.now(), clock.now() + timedelta(hours=1))

    def lay(tx: Tx) -> int:
        loan = tx.loans.open_of(desk.awa)[0] if tx.loans.open_of(desk.awa) else lend(tx, desk, desk.drill)
        tx.plans.lay(loan, [step])
        return len(tx.plans.of_loan(loan.id))

    assert [await store.write(lay), await store.write(lay)] == [1, 1]


async def test_a_thing_that_is_not_there_cannot_be_lent(store: Store, desk: Furniture) -> None:
    await refused(store, lambda tx: lend(tx, desk, 999_999))


# --- what outlives the log ----------------------------------------------------------------------------------


async def test_a_key_said_once_is_never_said_again_also_after_the_purge(
    store: Store, desk: Furniture, clock: TownClock
) -> None:
    assert await store.write(say, "loan:1:reminder_day_1")
    assert await store.write(say, "loan:1:reminder_day_1") is None
    await store.write(lambda tx: tx.run(sa.update(t.outbox).values(state="read")))
    clock.move_to(clock.now() + timedelta(days=91))
    assert await store.write(lambda tx: drop_messages(tx, tx.now - timedelta(days=90))) == 1
    assert await store.rows(sa.select(t.outbox.c.id)) == []
    assert await store.write(say, "loan:1:reminder_day_1") is None


async def test_a_letter_replayed_after_months_does_not_act_again(store: Store, clock: TownClock) -> None:
    assert await store.put([letter("SM1")]) == 1
    assert await store.put([letter("SM1")]) == 0
    await store.write(lambda tx: tx.inbox.done(1))
    clock.move_to(clock.now() + timedelta(days=91))
    assert await store.write(lambda tx: drop_letters(tx, tx.now - timedelta(days=90))) == 1
    assert await store.rows(sa.select(t.inbox.c.id)) == []
    assert await store.put([letter("SM1")]) == 0
    assert await store.rows(sa.select(t.inbox.c.id)) == []


async def test_a_receipt_leaves_nothing_behind_once_it_is_purged(store: Store, clock: TownClock) -> None:
    """There are two or three for each message, and what they tell of is gone by then."""
    told = Letter("whatsapp", "receipt", "SM2:read", "us", "SM2", {})
    assert await store.put([letter("SM1"), told]) == 2
    assert await store.put([told]) == 0
    await store.write(lambda tx: tx.inbox.done(1))
    await store.write(lambda tx: tx.inbox.done(2))
    clock.move_to(clock.now() + timedelta(days=91))
    assert await store.write(lambda tx: drop_letters(tx, tx.now - timedelta(days=90))) == 2
    assert [row.id for row in await store.rows(sa.select(t.seen.c.id))] == ["whatsapp:message:SM1"]


async def test_what_still_waits_is_never_purged(store: Store, clock: TownClock) -> None:
    await store.write(say, "waits")
    await store.write(say, "in hand", "+33612345679")
    await store.write(lambda tx: tx.outbox.claim("whatsapp", SENDER, 1, 1.0))
    await store.put([letter("SM1")])
    await store.put([letter("SM2", lane="other")])
    clock.move_to(clock.now() + timedelta(days=400))
    assert await store.write(lambda tx: drop_messages(tx, tx.now) + drop_letters(tx, tx.now)) == 0
    assert len(await store.rows(sa.select(t.outbox.c.id))) == 2
    assert len(await store.rows(sa.select(t.inbox.c.id))) == 2
