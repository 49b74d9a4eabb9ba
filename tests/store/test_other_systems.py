"""What the REST API keeps and reads, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.core.delivery import State
from bot.core.messages_notices import DeliveryReminder
from bot.store import Store, Tx, api_reads, figures, notices
from bot.store.api_reads import Part
from bot.store.hooks import target
from bot.store.notices import Asked, Page
from bot.store.outbox_rows import Line
from bot.store.tokens import Given, revoked
from tests.store.conftest import Furniture, lend
from tests.town import MONDAY, TownClock


def notice(tx: Tx, desk: Furniture, key: str, reference: str | None = None) -> int:
    line = Line(
        message=DeliveryReminder(MONDAY), language="fr", channel="whatsapp", chat="+33612345678", key=key,
        about="notice", begun_by="api", priority=3, address_id=desk.address, contact_id=desk.awa,
        department_id=desk.desk, reference=reference,
    )  # fmt: skip
    made = tx.outbox.put(line)
    assert made is not None
    return made


def arrived(tx: Tx, row_id: int, seconds: float) -> None:
    """Taken now, delivered so many seconds later."""
    tx.outbox.raise_rank(tx.outbox.row(row_id), State.SENT, f"SM{row_id}")
    tx.now += timedelta(seconds=seconds)
    tx.outbox.raise_rank(tx.outbox.row(row_id), State.DELIVERED, f"SM{row_id}")


async def test_the_log_is_read_by_page_and_reference_and_its_figures_add_up(
    store: Store, desk: Furniture, clock: TownClock
) -> None:
    rows = [await store.write(notice, desk, f"n{n}", "CMD-1" if n < 2 else None) for n in range(3)]
    for row, seconds in zip(rows, (2.0, 8.0, 5.0), strict=True):
        await store.write(arrived, row, seconds)
    first = await notices.history(store, Asked(limit=2))
    rest = await notices.history(store, Asked(before=first.older))
    assert [n.row for n in (*first.rows, *rest.rows)] == rows[::-1]
    assert rest.older is None
    named = await notices.history(store, Asked(reference="CMD-1"))
    assert [n.row for n in named.rows] == [rows[1], rows[0]]
    assert await notices.history(store, Asked(department_id=desk.desk + 1)) == Page([], None)
    assert await notices.holder(store, ["+33612345678"]) == desk.awa
    period = (MONDAY - timedelta(days=1), MONDAY + timedelta(days=1))
    tallies = await figures.tallies(store, *period, desk.desk)
    assert [(t.channel, t.kind, t.state, t.count) for t in tallies] == [
        ("whatsapp", "delivery_reminder", "delivered", 3)
    ]
    assert await figures.median_seconds(store, *period, None, "whatsapp") == 5.0
    assert await figures.median_seconds(store, *period, None, "sms") is None
    await store.write(notice, desk, "waits")
    queue = await figures.queue(store, clock.now(), desk.desk)
    assert (queue.waiting, queue.due, queue.sending) == (1, 1, 0)
    await store.write(lambda tx: tx.spending.add(desk.desk, "sms", messages=2, segments=3))
    assert [spent[1:] for spent in await figures.spent_in(store, *period, None)] == [("sms", 2, 3)]


@pytest.mark.parametrize("whole_log", [False, True], ids=["of a desk", "of all desks"])
async def test_a_page_of_rare_messages_ends_where_it_has_looked_far_enough_and_the_next_goes_on(
    store: Store, desk: Furniture, monkeypatch: pytest.MonkeyPatch, whole_log: bool
) -> None:
    rows = [await store.write(notice, desk, f"n{n}") for n in range(7)]
    await store.write(lambda tx: tx.outbox.raise_rank(tx.outbox.row(rows[1]), State.READ, "SM1"))
    monkeypatch.setattr(notices, "STRETCH", 3)
    asked = Asked(department_id=None if whole_log else desk.desk, state="read")
    seen, pages = await notices.history(store, asked), 1
    found = list(seen.rows)
    while seen.older is not None:
        seen, pages = await notices.history(store, replace(asked, before=seen.older)), pages + 1
        found += seen.rows
    assert [n.row for n in found] == [rows[1]]
    assert pages == 3


async def test_a_key_is_answered_once_and_a_token_can_be_taken_back(store: Store, clock: TownClock) -> None:
    assert await store.write(lambda tx: tx.tokens.given("0:k", "hash")) is None
    await store.write(lambda tx: tx.tokens.answer("0:k", 202, {"id": "x"}))
    assert await store.write(lambda tx: tx.tokens.given("0:k", "hash")) == Given(202, {"id": "x"}, True)
    assert await store.write(lambda tx: tx.tokens.given("0:k", "other")) == Given(202, {"id": "x"}, False)
    ends = clock.now() + timedelta(days=1)
    await store.write(lambda tx: tx.tokens.add("t1", "boutique", "user", None, ends))
    assert not await revoked(store, "t1")
    assert await store.write(lambda tx: tx.tokens.revoke("t1"))
    assert await revoked(store, "t1")
    assert not await store.write(lambda tx: tx.tokens.revoke("t2"))


async def test_records_are_read_beside_the_writer_and_an_event_waits_for_each_address(
    store: Store, desk: Furniture, clock: TownClock
) -> None:
    made = await store.write(lambda tx: tx.hooks.add("https://a.example.org/", ["loan.created"], None, "test"))
    await store.write(lambda tx: tx.hooks.add("https://b.example.org/", ["debt.paid"], None, "test"))
    loan = await store.write(lend, desk, desk.drill)
    await store.write(lambda tx: tx.hooks.loan("loan.created", loan))  # again: told once
    told = await store.rows(sa.text("SELECT chat FROM outbox WHERE channel = 'webhook'"))
    assert [row.chat for row in told] == [str(made.id)]
    assert await target(store, str(made.id)) == ("https://a.example.org/", made.secret)
    assert await target(store, "999") is None
    mine = Part(department_id=desk.desk)
    rows = await api_reads.loans(store, mine, code="perc-001", late_at=clock.now() + timedelta(days=5))
    assert [(row.id, row.borrower) for row in rows] == [(loan.id, "Awa")]
    out = await api_reads.items(store, mine, search="Pérceuse")
    assert [(row.code, row.loan_id) for row in out] == [("PERC-001", loan.id)]
    people = await api_reads.contacts(store, mine, address_value="+33612345678")
    assert [row.name for row in people] == ["Awa"]
    assert [a.value for a in (await api_reads.addresses(store, [desk.awa]))[desk.awa]] == ["+33612345678"]
    assert await api_reads.debts(store, mine, reference="F-1") == []
