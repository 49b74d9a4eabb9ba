"""[Fuseau horaire] of a person's page: who lives by another clock than the desk is reminded by their own."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bot.core.conversation import Choice, Heard, Rows, Say, echo
from bot.core.messages import PersonAsked
from bot.core.people import Contact, zones_of
from bot.core.settable import BadValue, zone_named
from bot.store import Tx
from handlers.buttons import in_rows
from handlers.person_page import mine, page
from handlers.planning import adjust_theirs
from handlers.rights import refused, who
from handlers.rule_pages import ZONES

OFFERED = 6


def ask(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """Where do they live? The zones of their numbers and the usual ones; another is typed in answer."""
    person = mine(tx, heard, choice.args[0])
    return refused(heard) if person is None else [_question(tx, heard, person)]


def _question(tx: Tx, heard: Heard, person: Contact, said: str = "") -> Say:
    return Say(
        message=PersonAsked(person.name, "zone", said), choices=_ways(tx, heard, person), ask="person_zone",
        facts={"person": person.id}, department_id=heard.department.id,
    )  # fmt: skip


def _ways(tx: Tx, heard: Heard, person: Contact) -> Rows:
    numbers = [a.value for a in tx.people.addresses(person.id) if a.value.startswith("+")]
    likely = [*(zone for number in numbers for zone in zones_of(number)), *ZONES]
    present = {heard.department.zone.key, person.zone.key if person.zone else ""}
    others = [zone for zone in dict.fromkeys(likely) if zone not in present][:OFFERED]
    same = [Choice("person.put_zone", (person.id, ""), "as_the_desk")] if person.zone else []
    zones = [Choice("person.put_zone", (person.id, zone), text=zone) for zone in others]
    return in_rows([*same, *zones, Choice("person.show", (person.id,), "back")])


def put(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Africa/Dakar], [Comme l'équipe]."""
    person = mine(tx, heard, choice.args[0])
    if person is None:
        return refused(heard)
    return [_put(tx, heard, person, str(choice.args[1]), replace=True)]


def typed(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """`Dakar`, `Africa/Dakar`. What is no zone is asked again."""
    person = mine(tx, heard, facts["person"])
    if person is None:
        return refused(heard)
    try:
        return [_put(tx, heard, person, zone_named(heard.text))]
    except BadValue:
        return [_question(tx, heard, person, echo(heard.text))]


def _put(tx: Tx, heard: Heard, person: Contact, key: str, *, replace: bool = False) -> Say:
    """Their reminders move with their clock, at every desk; what is due right now leaves."""
    tx.people.lock(person.id)
    was = person.zone.key if person.zone else ""
    zone = ZoneInfo(key) if key else None
    tx.audit.note(who(heard), "person_zone", heard.department.id, person=person.id, was=was, now=key)
    tx.people.set_zone(person.id, zone)
    adjust_theirs(tx, person.id, "the person lives by another clock")
    for desk in tx.debts.desks_of(person.id):
        tx.debts.changed(person.id, desk)
    return page(tx, heard, tx.people.get(person.id), "zone", replace=replace)
