"""Copies of a running desk's SQLite file, and restoring one. PostgreSQL has its own tools for both.

A copy is made through SQLite's own backup in one read transaction: the desk goes on writing meanwhile, and the copy
holds everything that was committed before it began. It gets its name only after the full check: a copy under its name
is complete.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from datetime import date, datetime
from pathlib import Path

from bot.core.records import record
from bot.core.stamps import at_stamp
from bot.store.engine import is_sqlite, sqlite_path
from bot.store.errors import StoreError, StoreRefused
from bot.store.migrate import HEAD, KNOWN
from bot.store.restored import Refusals
from bot.store.suppressions import SALT

TAKEN = "backed_up_at"  # recorded in the copy itself
DAILY = re.compile(r"desk-\d{4}-\d\d-\d\d\.db")
SIDE_FILES = ("-wal", "-shm")

PG_DUMP = "pg_dump --format=custom --file=FILE DATABASE"
PG_RESTORE = "pg_restore --clean --if-exists --no-owner --dbname=DATABASE FILE"


class NotCopied(StoreError):
    """No copy was made, or none was restored; the message is a sentence. Nothing was changed."""


@record(frozen=True, slots=True)
class Copy:
    path: Path
    size: int  # bytes


def file_of(url: str, instead: str) -> Path:
    """The SQLite file of an address. Raises NotCopied for another engine, naming what to do instead."""
    path = sqlite_path(url)
    if not is_sqlite(url):
        raise NotCopied(f"this desk is on PostgreSQL, which has its own tool: {instead}")
    if path is None:
        raise NotCopied("a database in memory cannot be copied")
    return path


# --- making a copy -------------------------------------------------------------------------------


def back_up(url: str, target: Path, now: datetime) -> Copy:
    """Copy the desk to a file that is not there yet, for this user's eyes alone. Raises NotCopied.

    now: real time, noted in the copy.
    """
    path = file_of(url, PG_DUMP)
    if not is_there(path):
        raise NotCopied(f"there is no database at {path} yet")
    if os.path.lexists(target):
        raise NotCopied(f"{target} is there already: a backup never replaces a file, choose another name")
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(path, part)
        _sign(part, now)
        _check(part)
        _named(part, target)
    except OSError as error:
        raise NotCopied(f"{target}: {_why(error)}") from error
    except sqlite3.Error as error:  # of the one or of the other: it does not say which
        raise NotCopied(f"{path} cannot be copied to {target}: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return Copy(target, target.stat().st_size)


def is_there(path: Path) -> bool:
    """Whether there is such a file. Raises NotCopied in a folder that may not be entered: nobody knows."""
    try:
        return path.exists()
    except OSError as error:
        raise NotCopied(f"{path}: {_why(error)}") from error


def back_up_daily(url: str, folder: Path, day: date, keep: int, now: datetime) -> Copy | None:
    """The day's copy in a folder, unless it is there; the oldest beyond `keep` go, only after it is. Raises NotCopied.

    Files of other names in the folder are somebody's own and stay.
    """
    target = folder / f"desk-{day.isoformat()}.db"
    made = None if target.exists() else back_up(url, target, now)
    try:
        ours = sorted(one for one in folder.iterdir() if DAILY.fullmatch(one.name))
        for old in [*ours[:-keep], *folder.glob(".desk-*.part")]:  # a process that was killed leaves the latter
            old.unlink(missing_ok=True)
    except OSError as error:
        raise NotCopied(f"{folder}: {_why(error)}") from error
    return made


def fault_in(url: str) -> str:
    """The first fault that SQLite's full check finds in the desk's own file; empty when there is none."""
    path = sqlite_path(url)
    if path is None:
        return ""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=5)) as connection:
            return _fault(connection)
    except sqlite3.Error as error:
        return str(error)


def _copy(path: Path, part: Path) -> None:
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # it holds names and numbers of people
    with (
        contextlib.closing(sqlite3.connect(path, timeout=5)) as source,
        contextlib.closing(sqlite3.connect(part)) as copy,
    ):
        source.execute("PRAGMA query_only=ON")
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # a single file, without -wal and -shm


def _sign(part: Path, now: datetime) -> None:
    with contextlib.closing(sqlite3.connect(part)) as copy, copy:
        copy.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (TAKEN, now.isoformat()))


def _check(part: Path) -> None:
    with contextlib.closing(sqlite3.connect(part)) as copy:
        fault = _fault(copy)
    if fault:
        raise sqlite3.DatabaseError(f"the desk's file is damaged ({fault}); the copy was thrown away")


def _fault(connection: sqlite3.Connection) -> str:
    found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return "" if found == "ok" else found


def _named(part: Path, target: Path) -> None:
    """Flush to disk, then rename: after a power cut the name refers to a complete copy or to none."""
    _flush(part)
    part.rename(target)
    _flush(target.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


# --- restoring one -------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Examined:
    """What a copy records of itself. taken_at: when it was made; for a file copied by hand, when that was last
    written."""

    demo: bool
    taken_at: datetime


def examine(file: Path, now: datetime) -> Examined:
    """Inspect a copy without touching it. Raises NotCopied for what is missing, damaged, no desk's, or too new."""
    try:
        file.open("rb").close()  # SQLite has one sentence for all that cannot be opened
    except OSError as error:
        raise NotCopied(f"{file}: {_why(error)}") from error
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            fault = _fault(copy)
            revision = copy.execute("SELECT version_num FROM alembic_version").fetchone()
            noted = dict(copy.execute("SELECT name, value FROM meta").fetchall())
    except sqlite3.Error as error:
        raise NotCopied(f"{file} is damaged or no backup of a desk ({error}); nothing was changed") from error
    if fault or revision is None:
        raise NotCopied(f"{file} is damaged ({fault or 'no version'}): take an older backup; nothing was changed")
    if revision[0] not in KNOWN:
        raise NotCopied(f"{file} is at {revision[0]}, this program knows up to {HEAD}: install the newer version first")
    written = datetime.fromtimestamp(file.stat().st_mtime, now.tzinfo)
    taken = datetime.fromisoformat(noted[TAKEN]) if TAKEN in noted else written
    return Examined(noted.get("demo") == "yes", min(taken, now))


def bring(file: Path, path: Path) -> Path:
    """Copy the backup next to the desk's own file, to be prepared there. Raises NotCopied."""
    beside = path.with_name(f"{path.name}.restoring")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        drop(beside)
        _copy(file, beside)
    except (OSError, sqlite3.Error) as error:
        drop(beside)
        raise NotCopied(f"{beside}: {_why(error)}; nothing was changed") from error
    return beside


def drop(beside: Path) -> None:
    for name in ("", *SIDE_FILES):
        beside.with_name(beside.name + name).unlink(missing_ok=True)


def numbers_given(path: Path) -> dict[str, int]:
    """Table → the last number that the desk's present file gave; nothing when it cannot be read any more."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as present:
            return dict(present.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    except sqlite3.Error:
        return {}


def refusals_in(path: Path) -> Refusals:
    """Who wants no messages and who was erased by the desk's present file; nobody when it cannot be read any more."""
    erased = (
        "SELECT json_extract(audit.facts, '$.contact'), contact.created_at FROM audit "
        "JOIN contact ON contact.id = json_extract(audit.facts, '$.contact') WHERE audit.what = 'forgotten'"
    )
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as present:
            salt = present.execute("SELECT value FROM meta WHERE name = ?", (SALT,)).fetchone()
            return Refusals(
                addresses=tuple(present.execute("SELECT channel, value FROM address WHERE consent = 'refused'")),
                erased=tuple((number, at_stamp(made)) for number, made in present.execute(erased)),
                salt=salt[0] if salt else "",
                digests=tuple(row[0] for row in present.execute("SELECT digest FROM suppression")),
            )
    except sqlite3.Error:
        return Refusals()


def put_in_place(beside: Path, path: Path, now: datetime) -> Path | None:
    """Give the prepared copy the desk's name; where the file that had it lies now, None when there was none.

    The present file first gets a second name, then the new one takes the name in one step: killed at any point, a
    complete desk stands under it. The write-ahead log (`-wal`) goes with its file: read with another it would damage
    it. Raises NotCopied.
    """
    kept = path.with_name(f"{path.name}.before-{now:%Y%m%d-%H%M%S}")
    try:
        _whole(beside)
        if path.exists():
            for name in ("", *SIDE_FILES):
                _second_name(path.with_name(path.name + name), kept.with_name(kept.name + name))
        for name in SIDE_FILES:
            path.with_name(path.name + name).unlink(missing_ok=True)
        beside.replace(path)
        _flush(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise NotCopied(f"{path}: {_why(error)}; the present file is as it was") from error
    return kept if kept.exists() else None


def _whole(beside: Path) -> None:
    with contextlib.closing(sqlite3.connect(beside)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
        fault = _fault(copy)
    if fault:
        raise sqlite3.DatabaseError(f"the copy came to harm ({fault})")
    _flush(beside)


def _second_name(one: Path, other: Path) -> None:
    if not one.exists():
        return
    try:
        os.link(one, other)
    except OSError:  # a file system without hard links
        shutil.copy2(one, other)


def checked(found: Examined, *, demo: bool, file: Path) -> None:
    """Raises StoreRefused when a demo's copy would become a real desk, or the other way round."""
    if found.demo != demo:
        what = "the sandbox's demo" if found.demo else "a real desk"
        raise StoreRefused(f"{file} is a backup of {what}, and this is not; nothing was changed")
