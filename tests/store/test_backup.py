"""Backups of a desk that goes on, and a desk that comes back from one: nothing half made, nothing said twice."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import os
import shutil
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.commands.backup import run_backup, run_restore
from bot.commands.import_lists import run_import
from bot.config import load
from bot.core.schedule import Step
from bot.store import Clock, Store, StoreRefused, Tx
from bot.store import tables as t
from bot.store.backup import NotCopied, back_up, back_up_daily, examine
from bot.store.lock import FileLock
from bot.store.restored import WHY, close_gap
from jobs.tidy import tidy
from main import main
from tests.store.conftest import Furniture, furnish, lend, say
from tests.store.letters import letter
from tests.town import Town, TownClock, on

NOW = Clock().real()
BACKUPS = 20


def file_of(url: str) -> Path:
    return Path(url.partition(":///")[2])


def beside(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.glob(f"{path.name}.*"))


def letters_in(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(path)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {row[0] for row in copy.execute("SELECT provider_id FROM inbox")}


# --- making ------------------------------------------------------------------------------------------


async def test_a_backup_of_a_busy_desk_is_whole_and_holds_all_that_was_acknowledged(
    sqlite_migrated_url: str, tmp_path: Path
) -> None:
    store, acknowledged, numbers = await Store.open(sqlite_migrated_url), set[str](), itertools.count()

    async def keep_busy() -> None:
        for number in numbers:
            await store.put([letter(f"SM{number}", text="x" * 300)])
            acknowledged.add(f"SM{number}")

    busy = asyncio.ensure_future(keep_busy())
    for n in range(BACKUPS):
        await asyncio.sleep(0.01)
        before = set(acknowledged)
        made = await asyncio.to_thread(back_up, sqlite_migrated_url, tmp_path / f"{n}.db", NOW)
        assert before <= letters_in(made.path)
        assert made.path.stat().st_mode & 0o777 == 0o600
        assert examine(made.path, NOW).taken_at == NOW
    busy.cancel()
    await store.close()
    assert beside(tmp_path / f"{BACKUPS - 1}.db") == []


def test_a_backup_replaces_no_file_and_is_not_made_of_a_damaged_desk(sqlite_migrated_url: str, tmp_path: Path) -> None:
    path, target = file_of(sqlite_migrated_url), tmp_path / "backups" / "one.db"
    back_up(sqlite_migrated_url, target, NOW)
    with pytest.raises(NotCopied, match="never replaces"):
        back_up(sqlite_migrated_url, target, NOW)
    content = bytearray(path.read_bytes())
    content[60 * 4096 :] = b"\xff" * len(content[60 * 4096 :])
    path.write_bytes(content)
    with pytest.raises(NotCopied, match=f"{path} cannot be copied"):
        back_up(sqlite_migrated_url, target.with_name("two.db"), NOW)
    with pytest.raises(NotCopied, match="pg_dump"):
        back_up("postgresql+asyncpg://nobody@127.0.0.1:1/none", target, NOW)
    assert [one.name for one in target.parent.iterdir()] == ["one.db"]


def test_each_night_s_copy_is_made_once_and_the_oldest_go(sqlite_migrated_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "my-own.db").touch()
    for day in (1, 2, 2, 3, 4):
        back_up_daily(sqlite_migrated_url, folder, date(2026, 11, day), 2, NOW)
    assert sorted(one.name for one in folder.iterdir()) == ["desk-2026-11-03.db", "desk-2026-11-04.db", "my-own.db"]


async def test_tidy_makes_the_night_s_backup_and_tells_when_it_cannot(
    sqlite_migrated_url: str, tmp_path: Path, clock: TownClock
) -> None:
    store = await Store.open(sqlite_migrated_url, clock)
    store.desk.data_dir = tmp_path
    store.desk.roads["telegram"] = "telegram"
    desk = await store.write(furnish)
    await store.write(lambda tx: tx.departments.change(desk.desk, chat="-100123"))
    assert (await tidy(store, clock.now())).endswith("backup made")
    shutil.rmtree(tmp_path / "backups")
    (tmp_path / "backups").write_text("in the way")
    assert "backup failed" in await tidy(store, clock.now())
    [told] = await store.rows(sa.select(t.outbox.c.message, t.outbox.c.chat))
    assert tuple(told) == ("backup_failed", "-100123")
    await store.write(lambda tx: tx.departments.set_rule(desk.desk, "backups", 0))
    assert "backup" not in await tidy(store, clock.now())
    await store.close()


# --- one service to a file -----------------------------------------------------------------------------


async def test_a_second_service_on_a_file_is_refused_until_the_first_has_ended(sqlite_migrated_url: str) -> None:
    first = await Store.open(sqlite_migrated_url, alone=True)
    with pytest.raises(StoreRefused, match="stop that one first"):
        await Store.open(sqlite_migrated_url, alone=True)
    with pytest.raises(StoreRefused):
        FileLock.take(sqlite_migrated_url)
    adding = await Store.open(sqlite_migrated_url)  # a command that only adds
    await adding.close()
    await first.close()
    FileLock.take(sqlite_migrated_url).release()


async def test_a_start_on_a_full_disk_is_not_told_as_a_fault_of_its_output(
    sqlite_migrated_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The number of the process found no room in the lock file: "stdout: No space left on device"."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setenv("DATABASE_URL", sqlite_migrated_url)
    monkeypatch.setattr(os, "pwrite", full)
    (tmp := file_of(sqlite_migrated_url)).write_bytes(b"")  # nothing has been made yet
    assert await asyncio.to_thread(main, ["migrate"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert (len(told), "for the sandbox, " in told[0], tmp.stat().st_size > 0) == (1, True, True)


# --- coming back ---------------------------------------------------------------------------------------


def due_meanwhile(tx: Tx, desk: Furniture) -> tuple[int, int]:
    """A loan that is late by now and one that is not, each with steps; a message and a letter that waited."""
    late = lend(tx, desk, desk.drill, tx.now - timedelta(hours=2))
    ahead = lend(tx, desk, desk.tent)
    for loan in (late, ahead):
        steps = [("reminder_day_1", -1), ("reminder_due_day", 3)]
        tx.plans.lay(loan, [Step(name, tx.now + timedelta(hours=h), tx.now + timedelta(hours=9)) for name, h in steps])
    assert say(tx, "waited")
    return late.id, ahead.id


async def test_what_fell_due_meanwhile_is_closed_and_what_lies_ahead_stays(store: Store, desk: Furniture) -> None:
    await store.put([letter("SM1")])
    late, ahead = await store.write(due_meanwhile, desk)
    gap = await store.write(close_gap)
    assert (gap.steps, gap.messages, gap.letters, gap.held) == (2, 1, 1, 1)
    states = await store.rows(sa.select(t.planned.c.subject_id, t.planned.c.step, t.planned.c.state, t.planned.c.why))
    planned = [(row.subject_id, row.step) for row in states if row.state == "planned"]
    assert planned == [(ahead, "reminder_due_day")]
    assert {row.why for row in states if row.state == "superseded"} == {WHY}
    assert [tuple(row) for row in await store.rows(sa.select(t.outbox.c.state, t.outbox.c.error))] == [("expired", WHY)]
    assert [row.state for row in await store.rows(sa.select(t.inbox.c.state))] == ["parked"]
    assert [row.id for row in await store.rows(sa.select(t.loan.c.id).where(t.loan.c.held))] == [late]
    # A button of a message from after the backup must not come to mean another person.
    assert (await store.write(lambda tx: tx.people.add("Karim").id)) > 10_000


async def test_a_desk_comes_back_from_a_backup_without_saying_anything_twice(
    sqlite_migrated_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Town(sqlite_migrated_url) as town:
        await town.turn("catch_up")
        await town.sam.says("/pret PERC-001 Awa mardi 18h")
        await town.sam.says("/pret TENTE-001 Karim vendredi 18h")
        copy = back_up(sqlite_migrated_url, tmp_path / "monday.db", town.clock.real()).path
        await town.at(on("mardi", 20))
        await town.awa.says("RENDU PERC-001")
        await town.sam.presses("Confirmer")
        await town.at(on("mercredi", 9))
        told = len(town.awa.messages), len(town.karim.messages)

        await town.service.stop()
        town.clock.move_to(on("mercredi", 12))
        assert await run_restore(town.config, str(copy), stopped=False, clock=town.clock) == 0
        assert "late loans that wait for staff to say go: 1" in capsys.readouterr().out
        town.group.looks()
        await town.start()
        await town.turn("catch_up")
        await town.settle()
        assert (len(town.awa.messages), len(town.karim.messages)) == told  # nothing twice, to nobody
        back, held, aside = town.group.heard
        assert "repart d'une sauvegarde faite le lundi 23 novembre à 9 h" in back
        assert "1 prêt en retard attend votre accord" in back
        assert "Rien ne part avant votre accord" in held
        assert "1 message reçu par WhatsApp" in aside

        await town.at(on("jeudi", 8))  # what lay ahead goes on
        assert "à rendre demain" in town.karim.messages[-1].text
        assert len(town.awa.messages) == told[0]
        await town.sam.says("/file")
        await town.sam.presses("Réessayer tout")  # staff want her RENDU after all
        assert "Retour à confirmer" in town.group.card("PERC-001").text
    assert beside(file_of(sqlite_migrated_url))[0].startswith("desk.db.before-20261125")


async def test_who_said_stop_or_was_erased_after_the_backup_is_left_in_peace(
    sqlite_migrated_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Town(sqlite_migrated_url) as town:
        await town.sam.says("/contact ajouter Tom +33612345679")
        await town.sam.says("/contact ajouter Lia +33612345677")
        await town.sam.says("/pret VP-001 Lia vendredi 18h")
        await town.sam.says("/pret PERC-001 Awa vendredi 18h")
        copy = back_up(sqlite_migrated_url, tmp_path / "monday.db", town.clock.real()).path
        await town.awa.says("STOP")
        tom, noe = town.phone("+33612345679", "Tom"), town.phone("+33612345670", "Noé")
        await noe.says("STOP")
        await tom.says("STOP")
        await town.sam.presses("Rendu", town.group.card("VP-001"))
        for name in ("Tom", "Lia"):
            await town.dominique.says(f"/oublier {name}")
            await town.dominique.presses("Effacer")
        told = len(town.awa.messages), len(tom.messages), len(noe.messages)

        await town.service.stop()
        assert await run_restore(town.config, str(copy), stopped=False, clock=town.clock) == 0
        assert "still has a loan or a debt of them: Lia; /oublier again" in capsys.readouterr().out
        await town.start()
        await town.sam.says("/contact Tom")
        assert town.group.cards_of("Nous ne connaissons pas « Tom »")
        for number in ("+33612345679", "+33612345670"):
            await town.sam.says(f"/pret TENTE-001 {number} vendredi 18h")
            lent = town.group.card("TENTE-001")
            assert "a répondu STOP" in lent.text
            await town.sam.presses("Annuler", lent)
        await town.at(on("samedi", 9))
        assert (len(town.awa.messages), len(tom.messages), len(noe.messages)) == told


async def test_what_is_not_late_is_not_told_as_late(sqlite_migrated_url: str, tmp_path: Path) -> None:
    async with Town(sqlite_migrated_url) as town:
        await town.service.stop()
        lists = tmp_path / "loans.csv"
        lists.write_text(
            "code,person,lent_at,due_at\nPERC-001,Awa,2026-11-02,2026-11-20\nVP-001,Awa,2026-11-02,2030-11-20\n"
        )
        assert await run_import(town.config, [str(lists)], None) == 0  # both wait for staff to say go
        assert run_backup(town.config, str(tmp_path / "copy.db")) == 0
        assert await run_restore(town.config, str(tmp_path / "copy.db"), stopped=False, clock=town.clock) == 0
        await town.start()
        await town.settle()
        assert "1 prêt en retard attend votre accord" in town.group.card("repart d'une sauvegarde").text


async def test_a_desk_stopped_before_its_backup_goes_on(sqlite_migrated_url: str, tmp_path: Path) -> None:
    async with Town(sqlite_migrated_url) as town:
        await town.sam.says("/pret PERC-001 Awa mardi 18h")
        await town.service.stop()
        copy, told = tmp_path / "moved.db", len(town.awa.messages)
        assert run_backup(town.config, str(copy)) == 0
        town.clock.move_to(on("mardi", 8))
        assert await run_restore(town.config, str(copy), stopped=True, clock=town.clock) == 0
        await town.start()
        await town.settle()
        assert ["à rendre aujourd'hui" in message.text for message in town.awa.messages[told:]] == [True]


async def test_no_number_is_given_again_when_a_desk_comes_back_twice(sqlite_migrated_url: str, tmp_path: Path) -> None:
    """A button written between the two would otherwise mean another loan after the second."""
    config = load({"DATABASE_URL": sqlite_migrated_url, "TELEGRAM_BOT_TOKEN": "1:abc"}, None)
    copy = back_up(sqlite_migrated_url, tmp_path / "monday.db", datetime.now(UTC)).path
    given = []
    for _ in range(2):
        assert await run_restore(config, str(copy), stopped=False) == 0
        store = await Store.open(sqlite_migrated_url)
        given.append(await store.write(lambda tx: tx.people.add("Karim").id))
        await store.close()
    assert given[1] > given[0]


async def test_a_file_that_is_no_backup_of_this_desk_changes_nothing(
    sqlite_migrated_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Town(sqlite_migrated_url) as town:
        config = town.config
        await town.service.stop()
        path = file_of(sqlite_migrated_url)
        before = path.read_bytes()
        newer, cut = tmp_path / "newer.db", tmp_path / "cut.db"
        back_up(sqlite_migrated_url, newer, NOW)
        cut.write_bytes(newer.read_bytes()[:40_000])
        with contextlib.closing(sqlite3.connect(newer)) as copy, copy:
            copy.execute("UPDATE alembic_version SET version_num = '9999'")
        for name, why in ((newer, "newer version"), (cut, "damaged"), (tmp_path / "none.db", "No such file")):
            assert await run_restore(config, str(name), stopped=False, clock=town.clock) == 1
            assert why in capsys.readouterr().err
        with FileLock.take(sqlite_migrated_url), pytest.raises(StoreRefused):
            await run_restore(config, str(newer), stopped=False, clock=town.clock)
        assert path.read_bytes() == before
        assert beside(path) == ["desk.db.lock"]
        await town.start()
