"""/tableau: the link goes to who asked, in private."""

from __future__ import annotations

import re

from tests.town import PUBLIC_URL, Colleague, OnTelegram, Town


async def test_the_dashboard_s_link_is_given_in_private(town: Town, sam: Colleague, karim: OnTelegram) -> None:
    await sam.says("/tableau")
    assert "Écrivez-moi d'abord ici : https://t.me/" in town.group.cards[-1]
    assert PUBLIC_URL not in town.group.cards[-1]
    await sam.private.says("/start")
    await sam.says("/tableau")
    assert "vous attend dans notre conversation privée" in town.group.cards[-1]
    assert re.search(rf"{PUBLIC_URL}/dashboard/enter/[\w-]{{32}}\b", sam.private.last.text)
    await karim.says("/tableau")
    assert PUBLIC_URL not in karim.last.text
