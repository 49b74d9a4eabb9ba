"""`main.py import`: a desk's lists, all kept or none, on both engines; nobody is written to until staff say go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.commands.import_lists import run_import
from bot.config import Config, load
from bot.core.conversation import Heard
from bot.core.inbound import Inbound
from bot.core.money import Money
from bot.core.people import Consent
from bot.store import Store, Tx
from bot.store import tables as t
from handlers.settings import bind
from tests.store.conftest import opened

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
ITEMS, PEOPLE, LOANS = (str(SAMPLES / f"{name}.csv") for name in ("items", "people", "loans"))
LOAN_ROWS = Path(LOANS).read_text("utf-8")
PARIS = ZoneInfo("Europe/Paris")

Writing = Callable[[str, str], str]


@pytest.fixture
def file(tmp_path: Path) -> Writing:
    """Write a list; its path."""

    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, "utf-8")
        return str(tmp_path / name)

    return write


async def rows(config: Config, query: sa.Executable) -> list[Any]:
    async with opened(config) as store:
        return list(await store.rows(query))


async def counted(config: Config) -> dict[str, int]:
    tables = (t.item, t.contact, t.membership, t.address, t.consent_event, t.loan, t.loan_event, t.planned, t.outbox)
    async with opened(config) as store:
        return {x.name: (await store.rows(sa.select(sa.func.count()).select_from(x)))[0][0] for x in tables}


async def test_the_samples_are_taken_whole(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run_import(config, [LOANS, ITEMS, PEOPLE], None) == 0
    assert await counted(config) == {
        "item": 6, "contact": 5, "membership": 5, "address": 10, "consent_event": 10, "loan": 4, "loan_event": 4,
        "planned": 0, "outbox": 0,
    }  # fmt: skip
    assert "loans.csv: 4 loans: 4 new, 0 changed, 0 unchanged, held until staff say go" in capsys.readouterr().out


async def test_a_loan_is_what_its_row_says(config: Config) -> None:
    await run_import(config, [ITEMS, PEOPLE, LOANS], None)
    query = (
        sa.select(t.item.c.code, t.contact.c.name, t.loan)
        .join_from(t.loan, t.item).join(t.contact, t.contact.c.id == t.loan.c.contact_id).order_by(t.item.c.code)
    )  # fmt: skip
    found = [
        (r.code, r.name, r.number, _at_home(r.lent_at), _at_home(r.due_at)) for r in await rows(config, query)
    ]  # fmt: skip
    assert found == [
        ("PERC-010", "Awa Ndiaye", 1, "02/11/2026 10:00", "16/11/2026 18:00"),
        ("TENTE-010", "Karim Benali", 1, "18/11/2026 14:30", "29/11/2030 12:00"),
        ("VELO-010", "Jane Miller", 2, "20/11/2026 09:00", "04/12/2030 09:00"),
        ("VP-010", "Aminata Diop", 1, "18/11/2026 00:00", "25/11/2030 18:00"),
    ]


def _at_home(at: datetime) -> str:
    return f"{at.astimezone(PARIS):%d/%m/%Y %H:%M}"


async def test_running_loans_are_held(config: Config) -> None:
    await run_import(config, [ITEMS, PEOPLE, LOANS], None)
    assert {(r.held, r.state) for r in await rows(config, sa.select(t.loan))} == {(True, "active")}


async def test_consent_is_attested_by_the_import(config: Config) -> None:
    await run_import(config, [PEOPLE], None)
    addresses = await rows(config, sa.select(t.address))
    assert {(row.consent, row.verified_by, row.state) for row in addresses} == {("attested", "attested", "live")}
    proofs = [row.proof for row in await rows(config, sa.select(t.consent_event))]
    assert len(proofs) == len(addresses)
    for noted in (*proofs, *(row.attested_by for row in addresses)):
        assert noted.startswith("import people.csv, 20")


async def test_who_said_no_on_the_list_is_not_written_to(config: Config, file: Writing) -> None:
    await run_import(config, [PEOPLE], None)
    async with opened(config) as store:
        await store.write(_agreed, "+33612345679")
    said = file(
        "accords.csv",
        "nom;téléphone;Accord messages\nAwa Ndiaye;06 12 34 56 78;Non\nJane Miller;+33612345679;non\n"
        "Aminata Diop;+221771234567;oui, le 12/03/2025\nZoé;06 12 34 56 70;refusé\nLou;06 12 34 56 71;\n",
    )
    assert await run_import(config, [said], None) == 0
    whose = sa.select(t.address, t.contact.c.name).join(t.contact).where(t.address.c.channel == "sms")
    assert {row.name: row.consent for row in await rows(config, whose) if row.name != "Noé Petit"} == {
        "Awa Ndiaye": "refused", "Jane Miller": "given", "Aminata Diop": "attested", "Zoé": "refused",
        "Lou": "attested",
    }  # fmt: skip
    refused = [row for row in await rows(config, sa.select(t.consent_event)) if row.consent == "refused"]
    assert len(refused) == 4
    assert all(row.proof.startswith("import accords.csv, 20") for row in refused)


def _agreed(tx: Tx, number: str) -> None:
    for channel in ("whatsapp", "sms"):
        known = tx.people.find_address(channel, number)
        assert known is not None
        tx.people.set_consent(known.id, Consent.GIVEN, "START")


async def test_the_same_files_twice_change_nothing(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    await run_import(config, [ITEMS, PEOPLE, LOANS], None)
    before = await counted(config)
    capsys.readouterr()
    assert await run_import(config, [ITEMS, PEOPLE, LOANS], None) == 0
    assert await counted(config) == before
    assert capsys.readouterr().out.splitlines() == [
        "items.csv: unchanged, 6 items", "people.csv: unchanged, 5 people", "loans.csv: unchanged, 4 loans",
    ]  # fmt: skip


async def test_a_loan_that_came_back_is_not_lent_again_by_the_same_file(config: Config) -> None:
    await run_import(config, [ITEMS, PEOPLE, LOANS], None)
    async with opened(config) as store:
        await store.write(lambda tx: tx.run(sa.update(t.loan).values(state="returned")).rowcount)
    assert await run_import(config, [LOANS], None) == 0
    assert {r.state for r in await rows(config, sa.select(t.loan.c.state))} == {"returned"}


async def test_one_bad_row_and_nothing_is_kept(
    config: Config, file: Writing, capsys: pytest.CaptureFixture[str]
) -> None:
    loans = file("loans.csv", LOAN_ROWS + "PERC-999,Awa Ndiaye,,2030-01-01,\n")
    assert await run_import(config, [ITEMS, PEOPLE, loans], None) == 1
    assert not any((await counted(config)).values())
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == ["loans.csv, line 6: no item PERC-999", "Nothing was imported."]


async def test_every_refused_row_has_its_line(
    sqlite: Config, file: Writing, capsys: pytest.CaptureFixture[str]
) -> None:
    items = file("i.csv", "code,name\nA-1,Un\n,Deux\nA 3,Trois\n")
    assert await run_import(sqlite, [items, PEOPLE], None) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == [
        "i.csv, line 3", "i.csv, line 4", "Nothing was imported.",
    ]  # fmt: skip


async def test_a_flood_of_refusals_is_counted(
    sqlite: Config, file: Writing, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_import(sqlite, [file("i.csv", "code,name\n" + ",x\n" * 250)], None)
    assert "… and 150 more" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("loan", "why"),
    [
        ("PERC-011,Awa Ndiaye,2030-01-01,", "no item PERC-011"),
        ("VELO-010,Awa N.,2030-01-01,", "no person called Awa N."),
        ("VELO-010,+33612345699,2030-01-01,", "no person with +33612345699"),
        ("VELO-010,Homonyme,2030-01-01,", "2 people are called Homonyme: write the number instead"),
        ("SONO-010,Awa Ndiaye,2030-01-01,", "SONO-010 is out already, lent to Noé Petit"),
        ("CHARIOT-010,Awa Ndiaye,2030-01-01,", "CHARIOT-010 cannot be lent: retired"),
        ("VELO-010,Noé Petit,2030-01-01,1", "number 1 is, or was lately, another loan's of that person"),
        ("AUTRE-001,Awa Ndiaye,2030-01-01,", "no item AUTRE-001"),
    ],
)
async def test_a_loan_that_contradicts_the_desk_is_refused(
    sqlite: Config, file: Writing, capsys: pytest.CaptureFixture[str], loan: str, why: str
) -> None:
    namesakes = file("two.csv", "nom,tel\nHomonyme,0612345690\nHomonyme,0612345691\n")
    running = file("running.csv", "code,person,due_at\nSONO-010,Noé Petit,2030-01-01\n")
    assert await run_import(sqlite, [ITEMS, PEOPLE, namesakes, running], None) == 0
    async with opened(sqlite) as store:
        await store.write(_retire, "CHARIOT-010")
        await store.write(_other_department)
    capsys.readouterr()
    assert (
        await run_import(sqlite, [file("loans.csv", f"code,person,due_at,number\n{loan}\n")], "Prêt de matériel") == 1
    )
    assert capsys.readouterr().err.splitlines()[0] == f"loans.csv, line 2: {why}" + (
        ": put them into a list of people first" if "no person" in why else ""
    )


def _retire(tx: Tx, code: str) -> None:
    found = tx.items.by_code(code)
    assert found is not None
    tx.items.change(found.id, state="retired")


def _other_department(tx: Tx) -> None:
    other = tx.departments.add(name="Sono", zone=PARIS, language="fr")
    tx.items.add(other.id, "AUTRE-001", "Ailleurs")


async def test_what_differs_is_changed_and_blank_cells_change_nothing(
    config: Config, file: Writing, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_import(config, [ITEMS, PEOPLE], None)
    capsys.readouterr()
    items = file("items.csv", "code;nom;catégorie\nVP-010;Vidéoprojecteur BenQ;\nSONO-010;Micro Shure SM58;\n")
    people = file("people.csv", "name,phone,language\nAwa N'Diaye,+33612345678,\nAminata Diop,+221771234567,en\n")
    assert await run_import(config, [items, people], None) == 0
    assert "items.csv: 2 items: 0 new, 1 changed, 1 unchanged" in (told := capsys.readouterr().out)
    assert "people.csv: 2 people: 0 new, 2 changed, 0 unchanged" in told
    named = {r.code: (r.name, r.category, r.search) for r in await rows(config, sa.select(t.item))}
    assert named["SONO-010"] == ("Micro Shure SM58", "Image et son", "micro shure sm58 sono-010")
    who = {r.name: r.language for r in await rows(config, sa.select(t.contact))}
    assert (who["Awa N'Diaye"], who["Aminata Diop"]) == ("fr", "en")


async def test_a_list_does_not_undo_a_stop(config: Config) -> None:
    await run_import(config, [PEOPLE], None)
    async with opened(config) as store:
        await store.write(_stop, "+33612345678")
    await run_import(config, [PEOPLE], None)
    async with opened(config) as store:
        known = await store.write(lambda tx: tx.people.find_address("whatsapp", "+33612345678"))
    assert known is not None
    assert known.consent is Consent.REFUSED


def _stop(tx: Tx, number: str) -> None:
    known = tx.people.find_address("whatsapp", number)
    assert known is not None
    tx.people.set_consent(known.id, Consent.REFUSED, "STOP")


async def test_a_stop_on_whatsapp_is_one_for_the_number_of_a_list(config: Config) -> None:
    """Who never gave us the number for SMS is not found there by a list."""
    async with opened(config) as store:
        await store.write(_stranger, "+33612345678")
        await store.write(_stop, "+33612345678")
    await run_import(config, [PEOPLE], None)
    found = await rows(config, sa.select(t.address.c.consent).where(t.address.c.value == "+33612345678"))
    assert [row.consent for row in found] == ["refused", "refused"]


async def test_somebody_who_wrote_before_is_known_and_now_attested(config: Config) -> None:
    async with opened(config) as store:
        await store.write(_stranger, "+33612345678")
    await run_import(config, [PEOPLE], None)
    whose = sa.select(t.address, t.contact.c.name).join(t.contact)
    key = (t.address.c.channel == "whatsapp") & (t.address.c.value == "+33612345678")
    (found,) = await rows(config, whose.where(key))
    assert (found.name, found.consent, found.verified_by) == ("Awa Ndiaye", "attested", "holder")


def _stranger(tx: Tx, number: str) -> None:
    made = tx.people.add("~awa~")
    tx.people.add_address(made.id, "whatsapp", number, verified_by="holder")


async def test_addresses_of_two_people_are_not_thrown_together(
    config: Config, file: Writing, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_import(config, [PEOPLE], None)
    mixed = file("p.csv", "name,phone,email\nAwa,+33612345678,jane@example.org\n")
    assert await run_import(config, [mixed], None) == 1
    assert "p.csv, line 2: its addresses belong to 2 people" in capsys.readouterr().err


async def test_small_numbers_are_given_in_turn(config: Config, file: Writing) -> None:
    items = file("i.csv", "code,name\n" + "".join(f"N-{n:03},Objet {n}\n" for n in range(1, 6)))
    await run_import(
        config, [PEOPLE, items, file("a.csv", "code,person,due_at,number\nN-001,Noé Petit,2030-01-01,2\n")], None
    )
    rest = "".join(f"N-{n:03},Noé Petit,2030-01-01,{'4' if n == 5 else ''}\n" for n in range(2, 6))
    assert await run_import(config, [file("b.csv", "code,person,due_at,number\n" + rest)], None) == 0
    numbers = {r.code: r.number for r in await rows(config, sa.select(t.item.c.code, t.loan.c.number).join(t.loan))}
    assert len(set(numbers.values())) == 5
    assert (numbers["N-001"], numbers["N-005"]) == (2, 4)


async def test_more_loans_than_small_numbers_are_refused(
    sqlite: Config, file: Writing, capsys: pytest.CaptureFixture[str]
) -> None:
    items = file("i.csv", "code,name\n" + "".join(f"N-{n},x\n" for n in range(100)))
    loans = file("l.csv", "code,person,due_at\n" + "".join(f"N-{n},Noé Petit,2030-01-01\n" for n in range(100)))
    assert await run_import(sqlite, [PEOPLE, items, loans], None) == 1
    assert "l.csv, line 101: more than 99 loans of one person" in capsys.readouterr().err


# --- the staff's card ----------------------------------------------------------------------------


async def test_a_bound_group_sees_who_would_get_what(config: Config) -> None:
    def quiet_now(tx: Tx) -> datetime:
        desk, hour = tx.departments.add(name="D", zone=PARIS, language="fr", chat="-100123"), timedelta(hours=1)
        tx.departments.set_rule(desk.id, "quiet_from", (tx.now - hour).astimezone(PARIS).time().replace(second=0))
        tx.departments.set_rule(desk.id, "quiet_until", (tx.now + hour).astimezone(PARIS).time().replace(second=0))
        return tx.now

    async with opened(config) as store:
        now = await store.write(quiet_now)
    await run_import(config, [ITEMS, PEOPLE, LOANS], None)
    (card,) = await rows(config, sa.select(t.outbox))
    assert (card.message, card.channel, card.chat, card.op) == ("switch_on", "telegram", "-100123", "send")
    assert card.facts["loans"] == 4
    assert min(datetime.fromisoformat(line["at"]) for line in card.facts["lines"]) > now + timedelta(minutes=55)
    assert await run_import(config, [ITEMS, PEOPLE, LOANS], None) == 0
    assert len(await rows(config, sa.select(t.outbox))) == 1  # nothing new, nothing said


async def test_loans_of_a_second_import_make_a_second_card(sqlite: Config, file: Writing) -> None:
    async with opened(sqlite) as store:
        await store.write(lambda tx: tx.departments.add(name="D", zone=PARIS, language="fr", chat="-100123").id)
    await run_import(sqlite, [ITEMS, PEOPLE, LOANS], None)
    await run_import(sqlite, [file("l.csv", "code,person,due_at\nSONO-010,Noé Petit,2030-01-01\n")], None)
    cards = await rows(sqlite, sa.select(t.outbox).order_by(t.outbox.c.id))
    assert [(c.op, c.facts["loans"]) for c in cards] == [("send", 4), ("send", 5)]


async def test_a_group_bound_later_sees_it_then(sqlite: Config) -> None:
    await run_import(sqlite, [ITEMS, PEOPLE, LOANS], None)
    async with opened(sqlite) as store:
        said = await store.write(_bind)
    assert said == ["bound", "switch_on"]


def _bind(tx: Tx) -> list[str]:
    tx.people.put_code("ABCDEFGH")
    desk = tx.departments.first()
    assert desk is not None
    said = Inbound("telegram", "1", "123456", "700100002", "-100123", group=True, name="Dominique")
    heard = Heard(said, tx.now, tx.people.add("Dominique"), desk)
    return [say.message.name for say in bind(tx, heard, "ABCDEFGH")]


# --- which desk ----------------------------------------------------------------------------------


async def test_with_several_departments_one_must_be_named(sqlite: Config, capsys: pytest.CaptureFixture[str]) -> None:
    async with opened(sqlite) as store:
        for name in ("Outils", "Sono"):
            await store.write(_add_department, name)
    assert await run_import(sqlite, [ITEMS], None) == 1
    assert "say which with --department (“Outils”, “Sono”)" in capsys.readouterr().err
    assert await run_import(sqlite, [ITEMS], "Vélo") == 1
    assert "no department is called “Vélo”" in capsys.readouterr().err
    assert await run_import(sqlite, [ITEMS], "sono") == 0
    assert {r.department_id for r in await rows(sqlite, sa.select(t.item.c.department_id))} == {2}
    assert await run_import(sqlite, [ITEMS], "Outils") == 1
    assert "items.csv, line 2: PERC-010 is another department's" in capsys.readouterr().err


def _add_department(tx: Tx, name: str) -> int:
    return tx.departments.add(name=name, zone=PARIS, language="fr").id


async def test_a_missing_file_is_said(sqlite: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run_import(sqlite, [str(tmp_path / "nope.csv")], None) == 1
    assert capsys.readouterr().err.splitlines()[0] == "nope.csv: No such file or directory"
    assert await run_import(sqlite, [str(tmp_path)], None) == 1


async def test_two_files_of_one_name_are_refused(sqlite: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run_import(sqlite, [ITEMS, ITEMS], None) == 1
    assert "items.csv: two files of that name" in capsys.readouterr().err


async def test_without_providers_the_lists_go_where_the_sandbox_will_look(sqlite_database_url: str) -> None:
    boxed = load({"DATABASE_URL": sqlite_database_url}, env_file=None)
    assert await run_import(boxed, [ITEMS, PEOPLE, LOANS], None) == 0
    store = await Store.open(sqlite_database_url, demo=True)
    assert await store.write(lambda tx: tx.runs.noted("furnished")) == "import"
    await store.close()


# --- debts and payments --------------------------------------------------------------------------


async def test_debts_and_payments_are_taken_once_and_reminded_of_like_any_other(
    sqlite: Config, file: Writing, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = [PEOPLE, str(SAMPLES / "debts.csv"), str(SAMPLES / "payments.csv")]
    assert await run_import(sqlite, samples, None) == 0
    assert "debts.csv: 3 debts: 3 new" in capsys.readouterr().out
    assert await run_import(sqlite, samples[1:], None) == 0
    assert "payments.csv: unchanged, 2 payments" in capsys.readouterr().out
    async with opened(sqlite) as store:
        rows = await store.rows(sa.select(t.debt.c.reference, t.debt.c.kind, t.debt.c.state).order_by(t.debt.c.id))
        assert [tuple(row) for row in rows] == [
            ("FAC-2026-012", "invoice", "open"), ("caution", "manual", "open"), ("FAC-2026-013", "invoice", "settled"),
        ]  # fmt: skip
        said = await store.rows(sa.select(t.outbox.c.message).where(t.outbox.c.message.like("%payment%")))
        assert said == [], "nobody is told of an old payment"
    wrong = (
        "person,amount,due_on,currency\nNobody,5,2026-12-04,\nAwa Ndiaye,-3,2026-12-04,\nAwa Ndiaye,5,4/12/2026,euros\n"
    )
    assert await run_import(sqlite, [file("more debts.csv", wrong)], None) == 1
    told = capsys.readouterr().err
    assert "line 3: amount “-3” must be more than zero" in told
    assert "line 4: currency “EUROS”" in told


async def test_a_list_says_what_is_contested_and_holds_nothing_that_is_paid(
    sqlite: Config, file: Writing, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "Nom;Montant;Échéance;Facture;Statut\nAwa Ndiaye;12 €;20/11/2026;F-1;{}\nAwa Ndiaye;30 €;20/11/2026;F-2;{}\n"
    paid = file("factures.csv", rows.format("Impayée", "Payée"))
    assert await run_import(sqlite, [PEOPLE, paid], None) == 1
    assert "line 3: “Payée”: only what is still owed is taken" in capsys.readouterr().err
    assert (
        await run_import(sqlite, [PEOPLE, file("factures.csv", rows.format("non contestée", "En litige"))], None) == 0
    )
    async with opened(sqlite) as store:
        known = await store.rows(sa.select(t.debt.c.reference, t.debt.c.state).order_by(t.debt.c.id))
        assert [tuple(row) for row in known] == [("F-1", "open"), ("F-2", "disputed")]
        await store.write(_contested_again)


def _contested_again(tx: Tx) -> None:
    """Its payment is noted and taken back: it is contested as it came."""
    [awa] = tx.people.named(1, "Awa Ndiaye")
    paid = tx.debts.pay(contact_id=awa.id, department_id=1, amount=Money(4_200, "EUR"), who="telegram:700100001")
    tx.debts.undo_payment(paid.id, "telegram:700100001")
    assert [(d.reference, d.state) for d in tx.debts.of(awa.id, 1)] == [("F-1", "open"), ("F-2", "disputed")]
