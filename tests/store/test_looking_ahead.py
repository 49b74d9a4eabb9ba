"""What is read at once for a batch of letters is what each would have been told by itself, until something changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.config import Config
from bot.core.conversation import Choice
from bot.core.delivery import State
from bot.core.inbound import Media
from bot.core.loans import LoanState
from bot.core.messages import Done
from bot.core.people import AddressState
from bot.core.pieces import Piece
from bot.store import Store, Tx
from bot.store.ahead import what_people_have
from bot.store.forget import forget
from bot.store.media import ASKED_OF, since
from bot.store.outbox_rows import Line
from bot.store.together import side_by_side
from tests.store.conftest import Furniture, furnish, lend, opened
from tests.store.letters import letter

PICTURE = Media("photo", "https://api.twilio.com/ME1", "image/jpeg")
AWA, BINTA, STRANGER = "+33612345678", "+33612345679", "+33612345670"
LANES = [f"whatsapp:{AWA}", f"whatsapp:{BINTA}", f"whatsapp:{STRANGER}", "whatsapp:+33612345671"]
WRITERS = [("whatsapp", AWA), ("sms", AWA), ("whatsapp", BINTA), ("whatsapp", STRANGER)]


@pytest.fixture
async def store(config: Config) -> AsyncIterator[Store]:
    async with opened(config) as made:
        yield made


@pytest.fixture
async def desk(store: Store) -> Furniture:
    """Awa with two addresses, an open question, a kit on loan and a place in a line, Binta with none; letters of both
    and of a stranger wait."""
    desk = await store.write(furnish)

    def more(tx: Tx) -> None:
        tx.people.add_address(desk.awa, "sms", AWA, verified_by="holder")
        tx.questions.put(desk.awa, AWA, "choice", {"n": 1}, [Choice("mine.nothing", label="no")])
        binta = tx.people.add("Binta", desk.desk)
        tx.people.add_address(binta.id, "whatsapp", BINTA, verified_by="holder")
        tx.pieces.put(desk.drill, [Piece("chargeur"), Piece("mèche", 10)])
        lent = lend(tx, desk, desk.drill)
        tx.media.ask(desk.awa, desk.desk, 1, "whatsapp", [PICTURE])
        tx.media.mean(desk.awa, "return", lent.id)
        tx.media.ask(desk.awa, desk.desk, 2, "whatsapp", [PICTURE])
        tx.holds.add(desk.tent, desk.awa, desk.desk)

    await store.write(more)
    await store.put([letter(f"SM{n}", lane, Body=f"n{n}") for n, lane in enumerate(LANES[:3])])
    await store.put([letter("SM9", LANES[0], Body="later")])
    return desk


def told(tx: Tx) -> list[Any]:
    """What each letter leads to asking."""
    letters = [tx.inbox.take(lane) for lane in LANES]
    who = [tx.people.find_address(*writer) for writer in WRITERS]
    people = sorted({one.contact_id for one in who if one})
    return [
        letters, who, [tx.people.get(n) for n in people], [tx.people.addresses(n) for n in people],
        [tx.people.address(one.id) for one in who if one], [tx.questions.open(n, AWA) for n in people],
        *([had(tx, n) for n in people]),
    ]  # fmt: skip


def had(tx: Tx, person: int) -> list[Any]:
    loans = tx.loans.open_of(person)
    return [
        loans, tx.loans.desk_of(person), [tx.pieces.of_item(one.item_id) for one in loans],
        [tx.media.of_loan(one.id) for one in loans], tx.recall(ASKED_OF.one, contact=person, **since(tx)).all(),
        tx.holds.of(person), tx.pieces.owed_by(person), tx.undelivered.stranded(person),
    ]  # fmt: skip


def look_ahead(tx: Tx) -> None:
    assert set(tx.inbox.look_ahead(LANES)) == {("message", "whatsapp", lane) for lane in LANES[:3]}
    who = tx.people.look_ahead(WRITERS)
    known = [(who[one], one[1]) for one in WRITERS if one in who]
    assert [value for _, value in known] == [AWA, AWA, BINTA]
    people = {person for person, _ in known}
    asked = tx.look(
        side_by_side(tx.people.reached(WRITERS, who), tx.questions.look_ahead(known), what_people_have(tx, people))
    )
    assert asked[0], "they are still the ones who write"


async def test_what_is_foreseen_is_what_each_would_be_told(store: Store, desk: Furniture) -> None:
    def compare(tx: Tx) -> None:
        asked = told(tx)
        look_ahead(tx)
        tx.run = tx.ask = None  # type: ignore[assignment,method-assign]
        assert told(tx) == asked
        assert asked[0][0].more
        assert asked[0][3] is None
        assert asked[5][0].choices[0].label == "no"
        (loan,), _, (pieces,), (shown,), waiting, (line,), _, _ = asked[6]
        assert (loan.item, pieces[1].count, len(shown), len(waiting), line.code) == (
            "Perceuse Bosch", 10, 1, 1, "TENTE-001",
        )  # fmt: skip
        assert asked[7][0] == []

    await store.write(compare)


async def test_what_was_foreseen_is_used_once_and_outdated_by_what_others_do(store: Store, desk: Furniture) -> None:
    """Somebody erased by one letter of a batch is not written to because of the next."""

    def act(tx: Tx) -> None:
        look_ahead(tx)
        first = tx.inbox.take(LANES[1])
        assert first is not None
        tx.inbox.done(first.id)
        assert tx.inbox.take(LANES[1]) is None
        tx.loans.move(tx.loans.open_of(desk.awa)[0], LoanState.RETURNED, "test")
        forget(tx, desk.awa)
        assert tx.inbox.take(LANES[0]) is None
        assert tx.people.find_address("whatsapp", AWA) is None
        assert tx.people.find_address("whatsapp", BINTA) is not None
        assert tx.questions.open(desk.awa, AWA) is None

    await store.write(act)


async def test_what_one_person_does_outdates_what_was_foreseen_of_them_alone(store: Store, desk: Furniture) -> None:
    def act(tx: Tx) -> None:
        look_ahead(tx)
        (loan,) = tx.loans.open_of(desk.awa)
        tx.loans.move(loan, LoanState.RETURN_DECLARED, "test")
        assert [one.state for one in tx.loans.open_of(desk.awa)] == [LoanState.RETURN_DECLARED]
        binta = tx.people.find_address("whatsapp", BINTA)
        assert binta is not None
        tx.run = tx.ask = None  # type: ignore[assignment,method-assign]
        assert had(tx, binta.contact_id)[:2] == [[], None]

    await store.write(act)


async def test_receipts_are_told_what_was_read_at_once_until_a_message_changes(store: Store, desk: Furniture) -> None:
    def act(tx: Tx) -> None:
        rows = [tx.outbox.row(put(tx, desk, n)) for n in range(3)]
        for row in rows:
            tx.outbox.raise_rank(row, State.SENT, f"SM{row.id}")
        ids = [f"SM{row.id}" for row in rows]
        asked = [tx.outbox.find("whatsapp", one, row.ref) for one, row in zip(ids, rows, strict=True)]
        assert [row.state for row in asked] == ["sent"] * 3
        assert {row.address_state for row in asked} == {AddressState.LIVE}

        tx.outbox.look_ahead([("whatsapp", one) for one in (*ids, "SMother")])
        assert tx.outbox.find("whatsapp", ids[0], rows[1].ref).id == rows[1].id, "our own id is the surer one"
        tx.outbox.look_ahead([("whatsapp", ids[0])])
        with asking_nothing(tx):
            first = tx.outbox.find("whatsapp", ids[0], rows[0].ref)
        assert first == asked[0]
        assert tx.outbox.raise_rank(first, State.DELIVERED, ids[0])
        with asking_nothing(tx):
            assert tx.outbox.find("whatsapp", ids[1], None) == asked[1], "the others' answers hold"
        assert tx.outbox.find("whatsapp", ids[0], None).state == "delivered", "used once"

        other = tx.outbox.find("whatsapp", "SMother", rows[2].ref)
        assert tx.outbox.raise_rank(other, State.DELIVERED, "SMother")
        assert tx.outbox.find("whatsapp", ids[2], None).state == "delivered", "told under another id"

    await store.write(act)


@contextmanager
def asking_nothing(tx: Tx) -> Iterator[None]:
    run, ask = tx.run, tx.ask
    tx.run = tx.ask = None  # type: ignore[assignment,method-assign]
    yield
    tx.run, tx.ask = run, ask  # type: ignore[method-assign]


def put(tx: Tx, desk: Furniture, number: int) -> int:
    made = tx.outbox.put(
        Line(
            message=Done("noted"), language="fr", channel="whatsapp", chat=AWA, key=f"k{number}", about="notice",
            begun_by="clock", priority=2, department_id=desk.desk, contact_id=desk.awa, address_id=desk.address,
        )
    )  # fmt: skip
    assert made is not None
    return made
