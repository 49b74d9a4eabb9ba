"""Two acts on one thing in the same moment, each in the hands of another process: the second finds what the first has
done, and nobody is told what is no longer true."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.people import Role
from bot.service import Service
from bot.store import Store, Tx, writer
from bot.store.saying import Cause
from handlers.outside import Outside
from handlers.switching_on import switch_on_card
from jobs.chase import chase
from main import main
from tests.town import MONDAY, Borrower, Colleague, Town, about, words_of_the_house

Act = Callable[[], Awaitable[object]]


@dataclass
class Meeting:
    """What the other process does is held up at its commit, with all that it has changed locked."""

    town: Town
    other: Service
    holds: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def end(self, transaction: sa.RootTransaction) -> None:
        if self.holds.is_set():
            self.holds.clear()
            self.begun.set()
            assert self.go.wait(5)
        ENDS(transaction)

    async def of(self, first: Act, second: Act, *, reads: float = 0.2) -> None:
        """The first act is handled and not yet kept while this process handles the second one, or does a job."""
        await first()
        await self._while(lambda: self.other.runner.turn("answer"), second, reads)

    async def beside(self, first: Callable[[Tx], object], second: Act) -> None:
        """As `of`, where the first act comes from another system: this process has the second letter alone in hand."""
        await self._while(lambda: self.other.store.write(first), second, 0.2)

    async def _while(self, first: Act, second: Act, reads: float) -> None:
        self.holds.set()
        doing = asyncio.ensure_future(first())
        await asyncio.to_thread(self.begun.wait, 5)
        handling = asyncio.ensure_future(self._handled(second))
        await asyncio.sleep(reads)  # it has read what it can, and waits for what is locked
        self.go.set()
        await asyncio.gather(doing, handling)
        await self.town.settle()
        await self.town.passes(timedelta(seconds=2))  # a letter that failed is tried again after one

    async def _handled(self, act: Act) -> None:
        await act()
        await self.town.turn("answer")


ENDS = writer._end


@pytest.fixture
async def town(postgresql_migrated_url: str) -> AsyncIterator[Town]:
    async with Town(postgresql_migrated_url) as opened:
        yield opened


@pytest.fixture
async def meeting(town: Town, postgresql_migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Meeting]:
    store = await Store.open(postgresql_migrated_url, town.clock)
    made = Meeting(town, await Service.open(town.config, store=store, texts=words_of_the_house()))
    monkeypatch.setattr(writer, "_end", made.end)
    await made.other.start(ticking=False, announcing=False)
    yield made
    await made.other.stop()


def says(who: Borrower, text: str) -> Act:
    return lambda: who.writes(text)


def types(who: Colleague, text: str) -> Act:
    return lambda: who.account.says(text, chat=who.town.group.chat)


def presses(who: Colleague, label: str) -> Act:
    card = who.town.group.with_button(label)
    return lambda: who.account.press(card, label)


async def standing(town: Town) -> tuple[str, list[str]]:
    """The state of the first item, and of its loans."""

    def look(tx: Tx) -> tuple[str, list[str]]:
        item = tx.items.by_code("PERC-001")
        assert item is not None
        return item.state.value, [str(s) for s in tx.run(sa.text("SELECT state FROM loan ORDER BY id")).scalars()]

    return await town.service.store.write(look)


async def test_what_is_taken_back_in_this_moment_is_not_prolonged(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await meeting.of(presses(sam, "Rendu"), says(awa, "PROLONGER samedi 10h"))
    told = awa.heard
    assert await standing(town) == ("available", ["returned"])
    assert about(told, "C'est d'accord") == []
    assert len(about(told, "Merci")) == 1
    events = await town.service.store.rows(sa.text("SELECT what FROM loan_event ORDER BY id"))
    assert [event.what for event in events] == ["lent", "returned"]


async def test_a_closure_moves_nothing_that_comes_back_in_this_moment(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await town.dominique.says("/fermeture 27/11 29/11")
    [move] = [label for label in town.group.messages[-1].labels if label.startswith("Déplacer")]
    await meeting.of(presses(sam, "Rendu"), presses(town.dominique, move))
    told = awa.heard
    assert await standing(town) == ("available", ["returned"])
    assert len(told) == 1, told
    assert "Merci" in told[0]


async def test_what_comes_back_in_this_moment_has_no_plan_under_new_rules(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await types(town.dominique, "/settings morning 09:00")()
    await town.turn("answer")
    await meeting.of(presses(sam, "Rendu"), lambda: town.turn("remind"))
    assert await standing(town) == ("available", ["returned"])
    waits = await town.service.store.rows(sa.text("SELECT step FROM planned WHERE kind = 'loan' AND state = 'planned'"))
    assert [row.step for row in waits] == []


async def test_what_goes_to_repair_in_this_moment_is_not_lent(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await meeting.of(
        says(town.dominique.private, "/materiel PERC-001 réparation"), types(sam, "/pret PERC-001 Awa jeudi 18h")
    )
    assert await standing(town) == ("in_repair", [])
    assert awa.heard == []


async def test_what_is_lent_in_this_moment_does_not_go_to_repair(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await meeting.of(
        types(sam, "/pret PERC-001 Awa jeudi 18h"), says(town.dominique.private, "/materiel PERC-001 réparation")
    )
    assert await standing(town) == ("available", ["active"])
    assert "Awa" in town.group.cards[-1], "the page says who has it"


async def test_a_request_is_not_accepted_while_its_thing_goes_to_repair(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await awa.says("PRET perceuse jeudi 18h")
    await meeting.of(says(town.dominique.private, "/materiel PERC-001 réparation"), presses(sam, "Accepter"))
    assert await standing(town) == ("in_repair", ["requested"])


async def test_one_thing_lent_to_two_in_one_moment_is_one_person_s(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await meeting.of(
        types(sam, "/pret PERC-001 Awa jeudi 18h"), says(town.dominique.private, "/pret PERC-001 Karim vendredi 18h")
    )
    assert await standing(town) == ("available", ["active"])
    assert len(awa.heard) == 1
    assert town.karim.heard == []
    assert "n'est pas disponible" in town.dominique.private.heard[-1]


@pytest.mark.parametrize("said", ["PRET perceuse et tente vendredi 18h", "vendredi 18h"])
async def test_of_several_things_the_one_that_is_lent_in_this_moment_is_not_asked_for(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague, said: str
) -> None:
    if said == "vendredi 18h":
        await awa.says("PRET perceuse et tente")
        awa.looks()
    await meeting.of(types(sam, "/pret PERC-001 Karim jeudi 18h"), says(awa, said))
    assert await standing(town) == ("available", ["active", "requested"])
    told = "\n".join(awa.heard)
    assert "Perceuse Bosch n'est pas disponible" in told
    assert "vous demandez Tente 4 places" in told


async def test_who_reserves_in_the_moment_of_the_return_is_told_that_it_is_free(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await meeting.of(presses(sam, "Rendu"), says(town.karim, "RESERVER perceuse"))
    told = town.karim.heard
    assert len(told) == 1, told
    assert "jusqu'à quand" in told[0].lower(), "it is free: for how long?"


async def test_a_place_that_is_left_in_this_moment_does_not_run_out(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.karim.says("RESERVER perceuse")
    await sam.presses("Rendu")
    town.karim.account.new()
    town.clock.move_to(MONDAY + timedelta(days=3))
    await meeting.of(says(town.karim, "ANNULER"), lambda: chase(town.service.store, town.clock.now()))
    told = town.karim.heard
    assert len(told) == 1, told


async def test_a_return_contested_in_this_moment_is_not_decided_by_the_clock(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa 11/12 18h")
    await awa.says("RENDU")
    awa.looks()
    town.clock.move_to(MONDAY + timedelta(days=3, hours=2))
    await meeting.of(presses(sam, "Pas rendu"), lambda: chase(town.service.store, town.clock.now()))
    told = awa.heard
    assert await standing(town) == ("available", ["active"])
    assert about(told, "Vous avez rendu") == []


async def test_a_promise_in_the_moment_of_the_payment_is_none(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/dette Awa 100 facture FAC-1 échéance 20/11/2026")
    awa.looks()
    await meeting.of(says(sam.private, "/paye Awa 100 FAC-1"), says(awa, "je paie vendredi"))
    told = awa.heard
    assert about(told, "Tout est réglé") != []
    assert about(told, "Il reste") == [], "nothing does"


async def test_a_debt_that_two_colleagues_remind_of_in_one_moment_is_reminded_of_once(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await town.rule(debts_on=True, debt_dry_run=False)
    await sam.says("/dette Awa 100 facture FAC-1 échéance 20/11/2026")
    await sam.says("/dettes Awa")
    awa.looks()
    await meeting.of(presses(sam, "Relancer maintenant"), presses(town.dominique, "Relancer maintenant"))
    assert len(about(awa.heard, "FAC-1")) == 1


async def test_a_debt_noted_in_the_moment_of_a_payment_is_paid_by_what_was_too_much(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/dette Awa 100 facture FAC-1 échéance 20/11/2026")
    await meeting.of(says(sam.private, "/paye Awa 150"), types(town.dominique, "/dette Awa 50 facture FAC-2"))
    await sam.says("/dettes")
    assert "Personne ne doit rien" in town.group.cards[-1]


async def test_of_two_admins_who_step_down_in_one_moment_one_stays(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await town.service.store.write(lambda tx: tx.people.give_role(str(sam.account.id), 1, Role.ADMIN, "Sam"))
    for admin in (sam, town.dominique):
        await admin.private.says("/roles")
        await admin.private.chooses(admin.name)
    await meeting.of(
        lambda: sam.account.press(sam.private.last, "Équipe seulement"),
        lambda: town.dominique.account.press(town.dominique.private.last, "Équipe seulement"),
    )
    team = await town.service.store.write(lambda tx: [role for _, role, _ in tx.people.team(1)])
    assert team.count(Role.ADMIN) == 1


async def test_two_closures_noted_in_one_moment_are_both_remembered(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await town.service.store.write(lambda tx: tx.people.give_role(str(sam.account.id), 1, Role.ADMIN, "Sam"))
    for admin, days in ((sam, "24/12 26/12"), (town.dominique, "01/01 02/01")):
        await admin.private.says(f"/fermeture {days}")
    await meeting.of(
        lambda: sam.account.press(sam.private.last, "Noter la fermeture"),
        lambda: town.dominique.account.press(town.dominique.private.last, "Noter la fermeture"),
    )
    await sam.private.says("/fermeture")
    assert [label[-6:-1] for label in sam.private.last.labels] == ["24/12", "01/01"]


async def test_who_is_lent_to_in_this_moment_is_not_erased(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await town.dominique.says("/oublier Awa")
    await meeting.of(says(sam.private, "/pret PERC-001 Awa jeudi 18h"), presses(town.dominique, "Effacer"))
    assert await standing(town) == ("available", ["active"])
    assert "Perceuse Bosch" in awa.heard[-1]
    assert "Awa" in town.group.cards_of("Perceuse Bosch")[-1].text


async def test_who_is_erased_in_this_moment_is_not_lent_to(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await town.dominique.says("/oublier Awa")
    await meeting.of(presses(town.dominique, "Effacer"), says(sam.private, "/pret PERC-001 Awa jeudi 18h"))
    assert await standing(town) == ("available", [])
    assert awa.heard == []


async def test_a_loan_that_is_changed_in_this_moment_keeps_nobody_s_reminders_waiting(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    """Who changes it may wait for its plan, which the reminders have locked: each would wait for the other."""
    await sam.says("/pret PERC-001 Awa aujourd'hui 17h")
    await sam.says("/pret VP-001 Karim aujourd'hui 17h")
    awa.looks()
    town.karim.looks()
    begun, go = threading.Event(), threading.Event()

    def in_hand(tx: Tx) -> None:
        tx.loans.get(1)
        begun.set()
        assert go.wait(5)

    town.clock.move_to(MONDAY + timedelta(hours=6))
    holding = asyncio.ensure_future(meeting.other.store.write(in_hand))
    await asyncio.to_thread(begun.wait, 5)
    await town.turn("remind", "deliver")
    assert not holding.done()
    go.set()
    await holding
    await town.settle()
    assert len(town.karim.heard) == 1
    assert len(awa.heard) == 1, "its own comes once that is done"


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ("/materiel PERC-001 réparation", "PERC-001 cannot be lent: in_repair"),
        ("/pret PERC-001 Karim jeudi 18h", "out"),
    ],
)
async def test_a_list_of_loans_lends_nothing_that_is_gone_in_this_moment(
    town: Town, meeting: Meeting, tmp_path: Path, postgresql_migrated_url: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], first: str, why: str,
) -> None:  # fmt: skip
    given = {"DATABASE_URL": postgresql_migrated_url, "TELEGRAM_BOT_TOKEN": "1:abc", "SECRET_KEY": "k" * 40}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "loans.csv"
    file.write_text("code,person,lent_at,due_at\nPERC-001,Awa,2026-11-20 10:00,2026-11-27 18:00\n")

    async def imports() -> None:
        assert await asyncio.to_thread(main, ["import", str(file)]) == 1

    await meeting.of(says(town.dominique.private, first), imports, reads=3)
    assert why in capsys.readouterr().err
    state, loans = await standing(town)
    assert (state, loans) in (("in_repair", []), ("available", ["active"]))


async def test_all_that_is_owed_is_paid_once_though_two_colleagues_note_it_in_one_moment(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/dette Awa 100 facture FAC-1 échéance 20/11/2026")
    awa.looks()
    await meeting.of(says(sam.private, "/paye Awa tout"), types(town.dominique, "/paye Awa tout"))
    assert len(about(awa.heard, "Nous avons bien reçu")) == 1
    assert "Aucune somme n'est due" in town.group.cards[-1], "Dominique reads that nothing is left"


async def test_of_two_who_press_that_all_is_paid_the_second_notes_nothing(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/dette Awa 100 facture FAC-1 échéance 20/11/2026")
    for colleague in (sam, town.dominique):
        await colleague.private.says("/paye Awa")
    awa.looks()
    await meeting.of(
        lambda: sam.account.press(sam.private.last, "Tout est payé"),
        lambda: town.dominique.account.press(town.dominique.private.last, "Tout est payé"),
    )
    assert len(about(awa.heard, "Nous avons bien reçu")) == 1
    assert town.dominique.private.heard[-1] == "Cela a déjà été traité."


@pytest.mark.parametrize("said", ["/prolonger PERC-001 et VP-001 samedi 10h", "/retour PERC-001 et VP-001"])
async def test_of_several_things_named_none_is_changed_without_a_word_because_one_comes_back_in_this_moment(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague, said: str
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    awa.looks()
    await meeting.of(presses(sam, "Rendu"), says(town.dominique.private, said))
    assert await standing(town) == ("available", ["active", "returned"])
    assert "Vidéoprojecteur Epson n'est pas en prêt" in town.dominique.private.heard[-1]
    told = awa.heard
    assert len(told) == 1, told
    assert "Vidéoprojecteur Epson" in about(told, "Merci")[0]


async def test_all_is_back_while_another_system_takes_one_of_it_back(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    awa.looks()
    await meeting.beside(
        lambda tx: Outside().take_back(tx, who="api:shop", department_id=None, loan_id=2), says(awa, "RENDU TOUT")
    )
    assert await standing(town) == ("available", ["return_declared", "returned"])
    assert len(about(awa.heard, "vous avez rendu Perceuse Bosch")) == 1
    assert town.group.with_button("Confirmer") in town.group.cards_of("Retour à confirmer", "Perceuse Bosch")


async def test_a_second_loan_in_the_moment_of_another_system_s_has_the_next_number(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague, caplog: pytest.LogCaptureFixture
) -> None:
    def lends(tx: Tx) -> None:
        due = tx.now + timedelta(days=2)
        Outside().lend(tx, who="api:shop", department_id=None, item="PERC-001", contact_id=contact, due_at=due)

    contact = await town.service.store.write(lambda tx: tx.people.named(1, "Awa")[0].id)
    await meeting.beside(lends, types(sam, "/pret VP-001 Awa vendredi 18h"))
    numbers = await town.service.store.rows(sa.text("SELECT number FROM loan ORDER BY id"))
    assert sorted(row.number for row in numbers) == [1, 2]
    assert "letter_failed" not in caplog.text, "nobody waits a second for it"


async def test_a_loan_that_two_colleagues_remind_of_in_one_moment_is_reminded_of_once(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await meeting.of(types(sam, "/relancer PERC-001"), says(town.dominique.private, "/relancer PERC-001"))
    assert len(awa.heard) == 1
    assert town.dominique.private.heard[-1] == "Une relance vient de partir vers Awa."


async def test_somebody_whom_two_colleagues_remind_of_all_in_one_moment_is_reminded_once(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    for colleague in (sam, town.dominique):
        await colleague.private.says("/contact Awa")
    awa.looks()
    await meeting.of(
        lambda: sam.account.press(sam.private.last, "Relancer"),
        lambda: town.dominique.account.press(town.dominique.private.last, "Relancer"),
    )
    assert len(awa.heard) == 1


async def test_two_settings_that_contradict_each_other_are_not_both_changed_in_one_moment(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await town.service.store.write(lambda tx: tx.people.give_role(str(sam.account.id), 1, Role.ADMIN, "Sam"))
    await meeting.of(
        says(sam.private, "/settings opening 15:00"), says(town.dominique.private, "/settings closing 14:00")
    )
    assert "9 h → 15 h" in sam.private.heard[-1]
    assert "Rien n'est changé" in town.dominique.private.heard[-1]


async def test_of_two_lists_of_pieces_in_one_moment_the_kit_has_the_later(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await meeting.of(
        types(sam, "/materiel PERC-001 pièces : chargeur, 2 batteries"),
        says(town.dominique.private, "/materiel PERC-001 pièces : chargeur, mandrin"),
    )
    await sam.says("/materiel PERC-001")
    assert "Pièces : chargeur, mandrin" in town.group.cards[-1].splitlines()


async def test_a_closure_that_two_admins_press_in_one_moment_is_told_of_as_the_first_had_it(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    await town.service.store.write(lambda tx: tx.people.give_role(str(sam.account.id), 1, Role.ADMIN, "Sam"))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    await town.dominique.says("/fermeture 27/11 29/11")
    [move] = [label for label in town.group.messages[-1].labels if label.startswith("Déplacer")]
    await meeting.of(presses(sam, move), presses(town.dominique, move))
    assert len(awa.heard) == 1
    assert "1 retour déplacé, 1 personne prévenue, par Sam" in town.group.cards[-1]
    assert town.dominique.toast == "Ce bouton n'est plus valable."


async def test_what_two_colleagues_let_go_in_one_moment_is_let_go_by_one(
    town: Town, meeting: Meeting, awa: Borrower, sam: Colleague
) -> None:
    def held(tx: Tx) -> None:
        tx.loans.change(1, held=True)
        card = switch_on_card(tx, tx.departments.get(1))
        assert card is not None
        tx.speech.say(card, Cause("clock"), default_key="held")

    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.service.store.write(held)
    await town.settle()
    await meeting.of(presses(sam, "Lancer les messages"), presses(town.dominique, "Lancer les messages"))
    assert town.dominique.toast == "Ce bouton n'est plus valable."
    assert "Les messages partent pour 1 prêt (Sam)" in town.group.cards[-1]
