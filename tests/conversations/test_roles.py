"""Who may do what, and other groups: given, taken, and never by a button of somebody else's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.core.people import Role
from bot.store.tables import audit
from tests.conversations.test_settings import desk_of
from tests.town import PARIS, Borrower, Colleague, OnTelegram, StaffGroup, Town, on


async def roles_of(town: Town, user: str) -> dict[int, Role]:
    return await town.service.store.write(lambda tx: tx.people.roles_of(user))


SAM, DOMINIQUE, PASSANT = "700100001", "700100002", "700100009"


async def test_an_admin_makes_another_and_takes_it_back(town: Town, sam: Colleague, dominique: Colleague) -> None:
    await dominique.says("/roles")
    assert "Dominique : administration\nSam : équipe" in town.group.heard[-1]
    await dominique.presses("Sam")
    await dominique.presses("Donner l'administration")
    assert set((await roles_of(town, SAM)).values()) == {Role.ADMIN}
    await sam.says("/reglages")
    assert "Réglages" in town.group.heard[-1]
    await dominique.presses("Équipe seulement")
    assert set((await roles_of(town, SAM)).values()) == {Role.STAFF}
    rows = await town.service.store.rows(sa.select(audit.c.facts).where(audit.c.what == "role").order_by(audit.c.id))
    assert [(r.facts["was"], r.facts["now"]) for r in rows] == [("staff", "admin"), ("admin", "staff")]


async def test_the_last_admin_stays(town: Town, dominique: Colleague) -> None:
    await dominique.says("/roles")
    await dominique.presses("Dominique")
    await dominique.presses("Retirer")
    assert "Il faut au moins une personne à l'administration" in town.group.messages[-1].text
    assert set((await roles_of(town, DOMINIQUE)).values()) == {Role.ADMIN}


async def test_the_last_admin_does_not_take_themselves_out_by_words_either(town: Town, dominique: Colleague) -> None:
    mine = await dominique.says("c'est moi")
    await dominique.says("/equipe retirer", reply_to=mine)
    assert "Il faut au moins une personne à l'administration" in town.group.heard[-1]
    await dominique.says("/roles")
    assert "Dominique : administration" in town.group.heard[-1]


async def test_no_role_is_given_to_a_group_that_writes_as_itself(town: Town, dominique: Colleague) -> None:
    hidden = await town.sam.account.says("bonjour à tous", chat=town.group.chat, anonymous=True)
    for line in ("/equipe ajouter", "/roles admin", "/roles retirer"):
        await dominique.says(line, reply_to=hidden)
        assert "nous ne pouvons pas savoir qui l'a écrit" in town.group.heard[-1], line
    await dominique.says("/equipe")
    assert town.group.heard[-1].startswith("L'équipe\nDominique (admin)\nSam\nPour ajouter quelqu'un")


async def test_somebody_taken_out_may_do_nothing_from_then_on(town: Town, sam: Colleague, dominique: Colleague) -> None:
    await dominique.says("/roles")
    await dominique.presses("Sam")
    await dominique.presses("Retirer")
    assert await roles_of(town, SAM) == {}
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert not town.group.cards_of("Perceuse Bosch")
    await dominique.presses("Équipe seulement")  # taken back by the opposite button
    assert set((await roles_of(town, SAM)).values()) == {Role.STAFF}


async def test_a_role_is_given_in_reply_to_a_message(town: Town, passant: Colleague, dominique: Colleague) -> None:
    hello = await passant.says("bonjour à tous")
    await dominique.says("/roles admin", reply_to=hello)
    assert set((await roles_of(town, PASSANT)).values()) == {Role.ADMIN}


async def test_an_admin_who_is_added_to_the_team_stays_an_admin(
    town: Town, passant: Colleague, dominique: Colleague
) -> None:
    hers = await dominique.says("bonjour")
    desk = (await desk_of(town)).id
    await town.service.store.write(lambda tx: tx.people.give_role(PASSANT, desk, Role.ADMIN, "Passant"))
    await passant.says("/equipe ajouter", reply_to=hers)
    assert await roles_of(town, DOMINIQUE) == {desk: Role.ADMIN}


async def test_only_admins_see_and_change_roles(town: Town, sam: Colleague, dominique: Colleague) -> None:
    await sam.says("/roles")
    assert "Dominique : administration" not in town.group.heard[-1]
    await dominique.says("/roles")
    page = town.group.messages[-1]
    await sam.presses("Sam", page)
    assert "administration" in sam.toast
    assert set((await roles_of(town, SAM)).values()) == {Role.STAFF}


async def test_another_group_is_opened_by_a_code_drawn_in_private(
    town: Town, sam: Colleague, dominique: Colleague, passant: Colleague
) -> None:
    await dominique.says("/departement")
    await dominique.presses("Ouvrir un autre groupe")
    assert "Demandez-le en privé" in town.group.heard[-1]
    admin = dominique.private
    await admin.says("/departement")
    await admin.chooses("Ouvrir un autre groupe")
    found = re.search(r"/bind ([A-Z2-9]{8})", admin.heard[-1])
    assert found
    await sam.says(f"/bind {found[1]}")  # in the group that is open already it makes nobody an admin
    assert set((await roles_of(town, SAM)).values()) == {Role.STAFF}
    other = town.network.telegram.group(-1001234500777, "Atelier Sud")
    other.bot_status = "member"
    other.members[passant.account.id] = "member"
    await passant.account.says(f"/bind {found[1]}", chat=other)
    await town.settle()
    desks = await town.service.store.write(lambda tx: tx.departments.all())
    assert [d.name for d in desks.values()] == [(await desk_of(town)).name, "Atelier Sud"]
    assert await roles_of(town, PASSANT) == {max(desks): Role.ADMIN}
    await sam.account.says(f"/bind {found[1]}", chat=other)
    await town.settle()
    assert await roles_of(town, SAM) == {min(desks): Role.STAFF}  # once


async def test_two_groups_of_one_title_are_two_desks_of_two_names(
    town: Town, dominique: Colleague, passant: Colleague
) -> None:
    """Links, files, commands and the buttons of an admin of both tell desks apart by their names."""
    admin, first = dominique.private, (await desk_of(town)).name
    await admin.says("/departement")
    await admin.chooses("Ouvrir un autre groupe")
    found = re.search(r"/bind ([A-Z2-9]{8})", admin.heard[-1])
    assert found
    other = StaffGroup(town.network.telegram.group(-1001234500777, first.upper()))
    other.chat.bot_status = "member"
    other.chat.members[passant.account.id] = "member"
    await passant.account.says(f"/bind {found[1]}", chat=other.chat)
    await town.settle()
    (bound,) = other.heard
    assert f"est maintenant relié à {first.upper()} 2, " in bound
    assert f"Un autre service s'appelle déjà {first}." in bound

    async def second() -> str:
        return (await town.service.store.write(lambda tx: tx.departments.all()))[2].name

    await passant.account.says(f"/departement nom {first.lower()}", chat=other.chat)
    await town.settle()
    assert "Rien n'est changé : un autre service a déjà ce nom." in other.heard[-1]
    assert await second() == f"{first.upper()} 2"
    await passant.account.says("/departement nom Atelier Sud", chat=other.chat)
    await town.settle()
    assert await second() == "Atelier Sud"
    await passant.account.says("/departement nom ATELIER SUD", chat=other.chat)  # its own, written otherwise
    await town.settle()
    assert await second() == "ATELIER SUD"


async def test_a_name_that_another_desk_has_taken_meanwhile_does_not_come_back(
    town: Town, dominique: Colleague
) -> None:
    first = (await desk_of(town)).name
    await town.service.store.write(lambda tx: tx.departments.add(name="Atelier Sud", zone=PARIS, language="fr"))
    await dominique.says("/departement nom Atelier Nord")
    await town.service.store.write(lambda tx: tx.departments.change(2, name=first))
    await dominique.presses("Annuler le changement")
    assert "Rien n'est changé : un autre service a déjà ce nom." in town.group.heard[-1]
    assert (await desk_of(town)).name == "Atelier Nord"


async def test_a_code_for_another_group_is_good_for_a_day(town: Town, dominique: Colleague, passant: Colleague) -> None:
    admin = dominique.private
    await admin.says("/departement")
    await admin.chooses("Ouvrir un autre groupe")
    found = re.search(r"/bind ([A-Z2-9]{8})", admin.heard[-1])
    assert found
    other = town.network.telegram.group(-1001234500777, "Atelier Sud")
    other.bot_status = "member"
    other.members[passant.account.id] = "member"
    await town.passes(timedelta(days=1, minutes=1))
    await passant.account.says(f"/bind {found[1]}", chat=other)
    await town.settle()
    assert await roles_of(town, PASSANT) == {}


async def test_an_admin_of_two_desks_says_which_one(town: Town, dominique: Colleague) -> None:
    await town.service.store.write(
        lambda tx: tx.people.give_role(
            DOMINIQUE,
            tx.departments.add(name="Atelier Sud", zone=tx.desk.zone, language="fr", chat="-100777").id,
            Role.ADMIN,
            "Dominique",
        )
    )
    admin = dominique.private
    await admin.says("/reglages")
    assert "De quel service" in admin.heard[-1]
    await admin.chooses("Atelier Sud")
    assert "Atelier Sud" in admin.last.text
    await admin.chooses("Heures calmes")
    await admin.chooses("Rien le dimanche")
    await admin.chooses("Activer")
    await admin.chooses("Confirmer")
    desks = await town.service.store.write(lambda tx: tx.departments.all())
    assert [d.rules.quiet_sundays for d in desks.values()] == [False, True]


async def test_what_is_asked_in_private_by_a_colleague_of_two_desks_says_of_which_it_is(
    town: Town, sam: Colleague
) -> None:
    await sam.private.says("/retards")
    assert sam.private.heard == ["✅ Aucun prêt en retard."]
    await town.service.store.write(
        lambda tx: tx.people.give_role(
            "700100001", tx.departments.add(name="Atelier Sud", zone=tx.desk.zone, language="fr").id, Role.STAFF, "Sam"
        )
    )
    await sam.private.says("/retards")
    await town.passes(timedelta(seconds=2))  # Telegram takes one a second in a chat
    assert sam.private.heard == [
        "Prêt de matériel répond ici. Vos autres services répondent dans leur groupe.",
        "✅ Aucun prêt en retard.",
    ]
    await sam.says("/retards")
    assert town.group.heard == ["✅ Aucun prêt en retard."]


async def test_staff_are_nudged_after_two_hours_of_opening(town: Town, awa: Borrower) -> None:
    await town.at(on("vendredi", 17))
    await awa.says("PRET PERC-001 mercredi 18h")
    town.group.looks()
    await town.at(on("samedi", 9, 59))
    assert town.group.heard == []
    await town.at(on("samedi", 10))  # an hour on Friday, an hour on Saturday
    nudge = town.group.card("Une demande attend", "Perceuse Bosch")
    assert nudge.labels == ["Accepter", "Refuser"]
    await town.sam.presses("Accepter", nudge)
    assert "C'est d'accord : vous pouvez emprunter Perceuse Bosch" in awa.heard[-1]


@pytest.mark.parametrize("act", ["loan.back", "loan.confirm", "debt.show", "debt.cancel", "person.show", "item.show"])
async def test_a_stranger_learns_from_no_button_what_there_is(town: Town, sam: Colleague, act: str) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/dette Awa 50 € facture FAC-1 échéance 01/12")
    eve = OnTelegram(town, "Eve", town.network.telegram.person(700_100_062, "Eve"))
    await eve.says("bonjour")
    for number in (1, 987654):
        await eve.account.presses(eve.last, f"{act}|{number}")
        await town.settle()
        assert eve.account.toasts[-1].text == "Seule l'équipe peut faire cela.", number
