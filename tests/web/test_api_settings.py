"""What /settings sets, read and changed by another system: also where no Telegram group is."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.settable import packed, read, settings, written
from bot.store import Tx
from tests.town import DESK, Town
from tests.web.shop import System, other_desk


async def values(shop: System) -> dict[str, str]:
    return {one["name"]: one["value"] for one in (await shop.call("GET", "/api/settings")).body["items"]}


async def test_a_change_by_another_system_holds_at_once_and_staff_take_it_back(town: Town, shop: System) -> None:
    before = await values(shop)
    change = {"values": {"place": " 12 rue  des Lilas", "morning": "9h30"}}
    done = await shop.call("PUT", "/api/settings", change, Idempotency_Key="a")
    assert (await shop.call("PUT", "/api/settings", change, Idempotency_Key="a")).body == done.body
    now = await values(shop)
    assert {name: now[name] for name in now if now[name] != before[name]} == {
        "place": "12 rue des Lilas", "morning": "09:30",
    }  # fmt: skip
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    assert "12 rue des Lilas" in town.awa.heard[-1]
    assert "api:boutique" in town.group.card("12 rue des Lilas").text
    await town.dominique.presses("Annuler le changement")
    assert (await values(shop)) == before


async def test_every_setting_is_changed_to_what_it_is_and_nothing_is_told(town: Town, shop: System) -> None:
    """What is shown is what is typed: a whole desk can be written down and set up again."""
    cards = len(town.group.heard)
    heard = await shop.call("PUT", "/api/settings", {"values": await values(shop)})
    await town.settle()
    assert (heard.status, len(heard.body["items"]), len(town.group.heard)) == (200, len(settings()), cards)


@pytest.mark.parametrize("name", list(settings()))
def test_a_value_is_read_as_it_is_written(name: str) -> None:
    wanted = settings()[name]
    for value in (wanted.default, wanted.info.low, wanted.info.high) if not wanted.ours else ():
        if value is not None and wanted.kind != "text":
            assert packed(read(wanted, written(wanted, value))) == packed(value)


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"moon": "full"}, "values.moon", "is no setting"),
        ({"place": "Lilas", "morning": "soon"}, "values.morning", "is no time; write 21:00"),
        ({"name": ""}, "values.name", "must not be empty"),
        ({"contact_line": "x" * 121}, "values.contact_line", "must have at most 120 characters"),
        ({"max_reminders": "0"}, "values.max_reminders", "must be at least 1"),
        ({"longest_loan": "900000 d"}, "values.longest_loan", None),
        ({"debt_channel": "pigeon"}, "values.debt_channel", None),
        ({"zone": "Atlantis"}, "values.zone", "is no time zone; write Europe/Paris"),
        ({"opening": "20:00"}, "values", "would contradict closing"),
        ({"morning": 9}, "values.morning", "must be text, in quotes"),
    ],
)
async def test_what_cannot_be_set_is_named_and_changes_nothing(
    town: Town, shop: System, given: dict[str, Any], field: str, reason: str | None
) -> None:
    before = await values(shop)
    heard = await shop.call("PUT", "/api/settings", {"values": given})
    [fault] = heard.body["errors"]
    assert (heard.status, fault["field"]) == (422, field)
    assert reason in (None, fault["reason"])
    assert await values(shop) == before


async def test_settings_are_one_department_s_and_changed_by_admins_alone(town: Town, shop: System) -> None:
    other = await town.service.store.write(other_desk)
    change = {"values": {"name": "Nord"}}
    assert (await shop.call("PUT", "/api/settings", change, token=shop.token("user"))).status == 403
    for asked in ({"department_id": 77}, {"department_id": 1}):
        theirs = shop.token(department_id=other)
        assert (await shop.call("PUT", "/api/settings", change | asked, token=theirs)).status == 404
    assert (await shop.call("PUT", "/api/settings", change, token=shop.token(department_id=other))).status == 200
    refused = await shop.call("PUT", "/api/settings", {"values": {"name": "nord"}, "department_id": 1})
    assert (refused.status, refused.body["errors"][0]["reason"]) == (422, "is the name of another department")

    def names(tx: Tx) -> list[str]:
        return [desk.name for desk in tx.departments.all().values()]

    assert await town.service.store.write(names) == [DESK, "Nord"]
