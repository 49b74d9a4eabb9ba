"""Two contacts become one: nothing of either is lost, nothing is left behind, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.errors import Gone
from bot.core.inbound import Media
from bot.core.links import AnswerLink
from bot.core.loans import LoanState
from bot.core.money import Money
from bot.core.people import Consent
from bot.core.preferences import Preference
from bot.store import Store, Tx
from bot.store import tables as t
from bot.store.merging import RULES, detach, holding, merge
from handlers.by_link import show

WHATSAPP, TELEGRAM = "+33612345678", "700100003"


def two_people(tx: Tx) -> tuple[int, int]:
    desk = tx.departments.add(name="Prêt", zone=tx.desk.zone, language="fr", chat="-1")
    other = tx.departments.add(name="Atelier", zone=tx.desk.zone, language="fr", chat="-2")
    awa, fatou = tx.people.add("Awa", desk.id), tx.people.add("fatou_93", other.id, "en")
    tx.people.join(fatou.id, desk.id)
    tx.people.add_address(awa.id, "whatsapp", WHATSAPP, verified_by="attested", consent=Consent.ATTESTED)
    tx.people.add_address(fatou.id, "telegram", TELEGRAM, verified_by="holder", consent=Consent.REFUSED)
    return awa.id, fatou.id


def lend(tx: Tx, contact_id: int, code: str, state: LoanState = LoanState.ACTIVE) -> int:
    item = tx.items.add(1, code, code.lower())
    made = tx.loans.add(
        item_id=item.id, contact_id=contact_id, department_id=1, state=state, due_at=tx.now + timedelta(days=3), who="t"
    )  # fmt: skip
    return made.id


def waiting_words(tx: Tx, contact_id: int, ref: str, address_id: int | None = None) -> None:
    tx.insert(
        t.outbox, ref=ref, contact_id=contact_id, address_id=address_id, message="done", language="fr", about="notice",
        begun_by="clock", channel="telegram", chat="1", next_at=tx.now, key=ref, created_at=tx.now,
    )  # fmt: skip


def whole_lives(tx: Tx) -> tuple[int, int]:
    """Both have something of everything."""
    awa, fatou = two_people(tx)
    for letter_id, (person, letter) in enumerate(((awa, "A"), (fatou, "B")), 5):
        tx.loans.move(tx.loans.get(lend(tx, person, f"{letter}-1")), LoanState.RETURNED, "t")
        loan_id = lend(tx, person, f"{letter}-2")
        lend(tx, person, f"{letter}-3", LoanState.REQUESTED)
        for code in ("A-2", "B-2"):
            item = tx.items.by_code(code)
            if item is not None:
                tx.holds.add(item.id, person, 1)
        tx.media.ask(person, 1, 7, "telegram", [Media("photo", "ref")])
        tx.loans.remember_undo(person, "pause", tx.now + timedelta(minutes=10))
        tx.questions.put(person, f"chat-{letter}", "choice", {}, [])
        tx.questions.put(person, "shared", "choice", {"of": letter}, [])
        chosen = ("sms", "offers") if person == awa else ("telegram", "order")
        tx.preferences.keep(person, Preference(channels=chosen[:1], refused=frozenset(chosen[1:])))
        tx.insert(t.planned, department_id=1, contact_id=person, kind="loan", subject_id=loan_id, step="overdue",
                  at=tx.now, window_end=tx.now)  # fmt: skip
        waiting_words(tx, person, letter)
        tx.debts.add(contact_id=person, department_id=1, amount=Money(1500, "EUR"), due_on=tx.now.date(), who="t",
                     reference="F-12" if person == awa else "f-12")  # fmt: skip
        tx.debts.pay(contact_id=person, department_id=1, amount=Money(500, "EUR"), who="t")
        tx.cards.expect("-1", f"person:{person}:{letter_id}", 1)
        tx.link_codes.draw(person, 1)
    tx.preferences.note(fatou, "admission", {"desk": 2})
    return awa, fatou


def counted(tx: Tx, contact_id: int) -> dict[str, int]:
    query = {x.name: sa.select(sa.func.count()).select_from(x).where(x.c.contact_id == contact_id) for x in holding()}
    return {name: int(tx.run(q).scalar_one()) for name, q in query.items()}


def test_every_table_that_names_a_person_is_known_and_what_is_unique_has_a_rule() -> None:
    pointing = {f.parent.table.name for x in t.metadata.tables.values() for f in x.foreign_keys
                if f.column.table.name == "contact"}  # fmt: skip
    assert pointing <= {x.name for x in holding()}
    unique = {x.name for x in holding() for keys in _unique(x) if "contact_id" in keys}
    assert unique == set(RULES)


def _unique(table: sa.Table) -> list[set[str]]:
    listed: list[Any] = [table.primary_key, *(c for c in table.constraints if isinstance(c, sa.UniqueConstraint))]
    return [{c.name for c in x.columns} for x in [*listed, *(i for i in table.indexes if i.unique)]]


async def test_one_history_of_everything(store: Store) -> None:
    def act(tx: Tx) -> dict[str, Any]:
        awa, fatou = whole_lives(tx)
        before = counted(tx, awa), counted(tx, fatou)
        kept = merge(tx, awa, fatou, "telegram:1")
        open_loans = tx.loans.open_of(awa)
        return {
            "before": before, "left": counted(tx, fatou), "after": counted(tx, awa), "kept": kept,
            "numbers": [(x.code, x.number) for x in open_loans],
            "lines": [(h.code, h.contact_id) for h in tx.holds.of(awa)],
            "chosen": tx.preferences.of(awa).channels, "refused": tx.preferences.of(awa).refused,
            "admission": tx.preferences.noted(awa, "admission"),
            "consents": {a.channel: a.consent for a in tx.people.addresses(awa)},
            "cards": [r.subject for r in tx.run(sa.select(t.card.c.subject).order_by(t.card.c.subject))],
            "desks": (tx.people.belongs(awa, 1), tx.people.belongs(awa, 2)),
            "noted": tx.run(sa.select(t.audit.c.facts).where(t.audit.c.what == "people_merged")).scalar_one(),
            "owed": [(d.reference, d.amount.minor) for d in tx.debts.of(awa, 1)], "ids": (awa, fatou),
        }  # fmt: skip

    seen = await store.write(act)
    awa, fatou = seen["ids"]
    mine, theirs = seen["before"]
    assert all(mine.values())
    assert all(theirs.values())
    assert not any(seen["left"].values())
    one_each = {
        "membership": 2,
        "name_word": 2,  # “Awa” in both desks
        "preference": mine["preference"] + 1,
        "question": 3,
        "undo": 1,
        "debt_cycle": 1,
    }  # one a desk, name, chat; else none is lost
    assert seen["after"] == {name: one_each.get(name, mine[name] + theirs[name]) for name in mine}
    numbers = dict(seen["numbers"])
    assert (numbers["A-2"], numbers["A-3"]) == (2, 3)  # as they were
    assert len(set(numbers.values())) == 4
    assert not {numbers["B-2"], numbers["B-3"]} & {1, 2, 3}  # 1 was given back today and rests
    assert sorted(seen["lines"]) == [("A-2", awa), ("B-2", awa)]
    assert (seen["chosen"], seen["admission"]) == (("sms",), {"desk": 2})
    assert seen["refused"] == {"offers", "order"}
    assert seen["consents"] == {"whatsapp": Consent.ATTESTED, "telegram": Consent.REFUSED}
    assert seen["cards"] == [f"person:{awa}:5", f"person:{awa}:6"]  # a reply to either reaches her
    assert sorted(seen["owed"]) == [("F-12", 1500), ("f-12 (2)", 1500)]
    assert seen["desks"] == (True, True)
    assert (seen["kept"].name, seen["kept"].language) == ("Awa", "en")
    assert seen["noted"] == {"kept": awa, "gone": fatou}


async def test_the_cycle_of_each_desk_goes_on_where_the_further_one_was(store: Store) -> None:
    def act(tx: Tx) -> list[int]:
        awa, fatou = two_people(tx)
        for person, desk, sent in ((awa, 1, 1), (fatou, 1, 2), (fatou, 2, 3)):
            due_on = tx.now.date() - timedelta(days=9)
            tx.debts.add(contact_id=person, department_id=desk, amount=Money(1500, "EUR"), due_on=due_on, who="t")
            tx.debts.set_cycle(tx.debts.cycle(person, desk), sent=sent, last_at=tx.now)
        merge(tx, awa, fatou, "telegram:1")
        return [tx.debts.cycle(awa, desk).sent for desk in (1, 2)]

    assert await store.write(act) == [2, 3]


async def test_an_old_link_of_who_has_become_somebody_else_still_answers(store: Store) -> None:
    def act(tx: Tx) -> tuple[list[int], list[int]]:
        awa, fatou = two_people(tx)
        loan = lend(tx, fatou, "B-1")
        merge(tx, awa, fatou, "t")
        theirs, strangers = AnswerLink(fatou, (loan,)), AnswerLink(fatou + 7, (loan,))
        return [x.id - loan for x in show(tx, theirs).loans], [x.id for x in show(tx, strangers).loans]

    assert await store.write(act) == ([0], [])


async def test_who_has_become_somebody_else_is_gone(store: Store) -> None:
    awa, fatou = await store.write(two_people)
    await store.write(merge, awa, fatou, "t")
    with pytest.raises(Gone):
        await store.write(merge, awa, fatou, "t")


async def test_an_address_taken_out_is_a_stranger_again_and_hears_nothing_that_waits(store: Store) -> None:
    def act(tx: Tx) -> tuple[Any, ...]:
        awa, fatou = two_people(tx)
        assert detach(tx, tx.people.addresses(awa)[0].id, "t") is None  # the only one of its person
        merge(tx, awa, fatou, "t")
        wrong = tx.people.find_address("telegram", TELEGRAM)
        assert wrong is not None
        waiting_words(tx, awa, "r", wrong.id)
        stranger = detach(tx, wrong.id, "t")
        assert stranger is not None
        states = tx.run(sa.select(t.outbox.c.state)).scalars()
        return tx.people.address(wrong.id), stranger.id, list(states), tx.people.belongs(stranger.id, 1)

    address, stranger, states, belongs = await store.write(act)
    assert (address.contact_id, states, belongs) == (stranger, ["cancelled"], False)
