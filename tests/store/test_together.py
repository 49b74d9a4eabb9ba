"""What is asked or written together is what each statement alone would have given, on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import Store, Tx
from bot.store import tables as t
from bot.store.compiled import Found
from bot.store.ready import Ready, insert, update
from bot.store.together import Ask, Asking, side_by_side
from tests.store.conftest import Furniture

AT = datetime(2026, 11, 21, 8, 30, 15, 123456, UTC)
PAYLOADS: list[Any] = [{"Body": "Rendu ? 'oui' ✅ %s %(x)s", "n": [1, None, True, 1.5]}, {"half": "\ud83d"}, [], None]


def put(tx: Tx, payload: Any, name: str = "SM1") -> int:
    return tx.insert(
        t.inbox, channel="sms", kind="message", provider_id=name, sender="+33612345601", lane="+33612345678",
        payload=payload, state="new", tries=0, next_at=AT, received_at=AT, error="",
    )  # fmt: skip


NAMED = Ready(sa.select(t.inbox).where(t.inbox.c.provider_id == sa.bindparam("name")))
COUNTED = Ready(sa.select(sa.func.count().label("many")).select_from(t.inbox))


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_rows_are_those_that_each_question_alone_gives(store: Store, payload: Any) -> None:
    def both(tx: Tx) -> None:
        put(tx, payload)
        put(tx, [], "SM2")
        asks = [(NAMED, {"name": "SM1"}), (COUNTED, {}), (NAMED, {"name": "SM2"}), (NAMED, {"name": "nobody"})]
        together, apart = tx.ask(asks), [tx.run(*ask) for ask in asks]
        assert [found.all() for found in together] == [found.all() for found in apart]
        assert together[0].one().received_at == AT
        assert together[0].one().received_at.tzinfo is UTC
        assert together[3].first() is None

    await store.write(both)


async def test_days_numbers_and_what_is_not_there_keep_their_kind(store: Store) -> None:
    kinds = Ready(
        sa.select(
            sa.func.max(t.inbox.c.id).label("number"), sa.func.sum(t.inbox.c.tries).label("total"),
            sa.func.max(t.inbox.c.done_at).label("never"), (sa.func.count() > 0).label("any"),
        )
    )  # fmt: skip

    def ask(tx: Tx) -> Any:
        put(tx, {})
        return tx.ask([(kinds, {})])[0].one()

    number, total, never, some = await store.write(ask)
    assert ([type(number), type(total)], never, bool(some)) == ([int, int], None, True)


async def test_steps_are_taken_side_by_side(store: Store) -> None:
    """Each asks as often as it likes; who has asked enough does not keep the others."""
    steps: list[int] = []

    def asks(names: Sequence[str]) -> Asking[list[Any]]:
        found = []
        for name in names:
            (one,) = yield [(NAMED, {"name": name})]
            found.append([row.provider_id for row in one])
        return found

    def look(tx: Tx) -> list[list[Any]]:
        put(tx, {}, "SM1")
        put(tx, {}, "SM2")
        ask = tx.ask

        def counted(step: Sequence[Ask]) -> Sequence[Found]:
            steps.append(len(step))
            return ask(step)

        tx.ask = counted  # type: ignore[assignment,method-assign]
        return tx.look(side_by_side(asks(["SM1", "SM2", "SM3"]), asks([]), asks(["SM2"])))

    assert await store.write(look) == [[["SM1"], ["SM2"], []], [], [["SM2"]]]
    assert steps == [2, 1, 1]


async def test_nothing_is_asked_where_nobody_asks(store: Store) -> None:
    assert await store.write(lambda tx: tx.look(side_by_side())) == []


async def test_a_change_may_be_asked_for_among_questions(store: Store) -> None:
    rename = update(t.inbox, {"provider_id": ""}, ("error",))

    def act(tx: Tx) -> list[int]:
        put(tx, {}, "SM1")
        put(tx, {}, "SM2")
        changed, counted, nothing = tx.ask([
            (rename, {"is_provider_id": "SM1", "new_error": "late"}),
            (COUNTED, {}),
            (rename, {"is_provider_id": "nobody", "new_error": "late"}),
        ])  # fmt: skip
        assert tx.run(NAMED, {"name": "SM1"}).one().error == "late"
        return [changed.rowcount, counted.scalar(), nothing.rowcount]

    assert await store.write(act) == [1, 2, 0]


async def test_what_is_left_for_the_end_is_written_in_its_order(store: Store, desk: Furniture) -> None:
    """Two changes of one row, a change of another table, and one that names a row which another makes."""

    def act(tx: Tx) -> None:
        tx.defers = True
        number = put(tx, {}, "SM1")
        for error in ("first", "second"):
            tx.update_later(t.inbox, {"id": number}, error=error)
        tx.update_later(t.inbox, {"id": number, "state": "new"}, tries=1)
        tx.at_end(insert(t.seen, ("id", "at"), postgres=tx.postgres, numbered=False), [{"id": "a", "at": AT}])
        tx.spending.add(desk.desk, "sms", messages=1)
        tx.spending.add(desk.desk, "sms", messages=2, segments=5)
        tx.finish((COUNTED, {}))
        row = tx.run(NAMED, {"name": "SM1"}).one()
        assert (row.error, row.tries) == ("second", 1)
        assert tx.run(sa.select(t.seen.c.id)).scalars().all() == ["a"]  # type: ignore[attr-defined]
        assert (tx.spending.this_month(desk.desk), tx.spending.segments(desk.desk)) == (3, 5)

    await store.write(act)


async def test_what_fails_together_is_told_as_each_alone_would_be(store: Store, desk: Furniture) -> None:
    """A batch of which one piece breaks a constraint is done again, each piece by itself."""

    def names(tx: Tx, name: str) -> str:
        tx.at_end(insert(t.seen, ("id", "at"), postgres=tx.postgres, numbered=False), [{"id": name, "at": AT}])
        tx.spending.add(desk.desk, "sms", messages=1)
        return name

    def several(tx: Tx, every: Sequence[str]) -> list[str]:
        return [names(tx, name) for name in every]

    await store.write(names, "taken")
    found = await store.write_each(several, ["a", "taken", "b"])
    assert [found[0], found[2]] == ["a", "b"]
    assert isinstance(found[1], sa.exc.IntegrityError)
    assert await store.write(lambda tx: tx.spending.this_month(desk.desk)) == 3
