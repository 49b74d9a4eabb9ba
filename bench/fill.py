"""A SQLite file with years of lending in it, written by the database itself: a million loans in about two minutes.
`carry` copies it into PostgreSQL, as fast as that takes lines.

What belongs together in number: loans are spread over a thousand days, a tenth of them is out, a hundredth of those
late; each left three lines of history. The log is that of 90 days, with seven messages and two letters for each loan
lent in them. One thing was lent a thousand times, and one person borrowed a thousand times, whatever the size.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from bench.forms import SMS_FROM
from bot.store.tables import Instant, metadata
from tools.postgres import native

DAY = 86_400_000_000  # microseconds
KEPT = 90 * DAY
OFTEN = 1_000  # loans of the one thing and of the one person that were lent and lent to most
STAFF, GROUP = 777_000_001, -1_001_234  # who writes in the group, and the group

# `n(i)` counts from 0. :now, :day, :kept are microseconds; :loans, :people, :things, :desks, :often numbers.
COUNT = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {}) "
OUT = "(:loans - :loans / 10)"  # from this loan on they are out
LENT = ":now - 1000 * :day + i * (1000 * :day / :loans)"  # evenly over a thousand days
FACTS = '{"item": "Objet", "due_at": "2026-11-21T18:00:00+01:00", "number": 1, "place": "Accueil"}'
LETTER = '{"Body": "MES PRETS", "ToCountry": "FR", "SmsStatus": "received"}'
PLAN = """
    INSERT INTO planned (department_id, contact_id, kind, subject_id, step, occurrence, plan_no, at, window_end, state,
        why) SELECT department_id, contact_id, 'loan', id, """
LINE = "INSERT INTO loan_event (loan_id, what, who, note, facts, at) SELECT id, "

STEPS: dict[str, str] = {
    "desks": COUNT.format(":desks") + f"""
        INSERT OR IGNORE INTO department (id, name, zone, language, chat, place, contact_line, created_at)
        SELECT i + 1, 'Prêt ' || i, 'Europe/Paris', 'fr', CASE i WHEN 0 THEN '{GROUP}' ELSE '-2' || i END, 'Accueil',
            '', :now FROM n""",
    "people": COUNT.format(":people") + """
        INSERT INTO contact (id, name, language, strikes, created_at)
        SELECT i + 1, 'Personne ' || i, '', 0, :now - 1000 * :day FROM n""",
    "members": "INSERT INTO membership (contact_id, department_id) SELECT id, 1 + (id - 1) % :desks FROM contact",
    "names": """
        INSERT INTO name_word (contact_id, department_id, word)
        SELECT m.contact_id, m.department_id, 'personne' FROM membership m
        UNION ALL SELECT m.contact_id, m.department_id, m.contact_id - 1 FROM membership m""",
    "addresses": """
        INSERT INTO address (id, contact_id, channel, value, consent, state, verified_by, attested_by, username,
            created_at)
        SELECT id, id, 'sms', '+336' || (10000000 + id), 'given', 'live', 'holder', '', '', created_at FROM contact""",
    "consents": """
        INSERT INTO consent_event (address_id, consent, proof, at)
        SELECT id, 'given', 'OUI', created_at FROM address""",
    "things": COUNT.format(":things") + """
        INSERT INTO item (id, department_id, code, name, category, "check", state, search, created_at)
        SELECT i + 1, 1 + i % :desks, 'OBJ-' || i, 'Objet ' || i, '', '', 'available', 'objet ' || i || ' obj ' || i,
            :now - 1000 * :day FROM n""",
    "loans": COUNT.format(":loans") + f"""
        INSERT INTO loan (id, item_id, contact_id, department_id, state, lent_at, due_at, number, plan_no, extensions,
            escalated, held, silenced, returned_at, created_at)
        SELECT i + 1,
            CASE WHEN i >= {OUT} THEN i - {OUT} + 1 WHEN i % (:loans / :often) = 1 THEN 1 ELSE 1 + i % :things END,
            CASE WHEN i < {OUT} AND i % (:loans / :often) = 2 THEN 1 ELSE 1 + i % :people END,
            1 + i % :people % :desks, CASE WHEN i >= {OUT} THEN 'active' ELSE 'returned' END, {LENT},
            CASE WHEN i < {OUT} THEN 10 * :day + {LENT} WHEN i % 100 = 0 THEN :now - 3 * :day + i % 1000
                ELSE :now + :day + i * 12345678 % (30 * :day) END,
            1 + i / :people % 99, 1, 0, CASE WHEN i % 100 = 0 THEN 2 ELSE 0 END, 0, 0,
            CASE WHEN i < {OUT} THEN 8 * :day + i % 30 * :day / 10 + {LENT} END, {LENT} FROM n""",
    "lent": LINE + "'lent', 'telegram:777000001', '', '{}', lent_at FROM loan",
    "declared": LINE + "'return_declared', 'sms:+33612345678', '', '{}', returned_at FROM loan WHERE returned_at > 0",
    "returned": LINE + "'returned', 'telegram:777000001', '', '{}', returned_at FROM loan WHERE returned_at > 0",
    "reminders": PLAN + """'reminder_day_1', 0, 1, due_at - :day, due_at, 'planned', ''
        FROM loan WHERE state = 'active' AND due_at > :now + 2 * :day""",
    "notices": PLAN + """'overdue', CASE WHEN due_at < :now THEN 3 ELSE 0 END, 1, max(due_at, :now) + :day,
        due_at + 400 * :day, 'planned', '' FROM loan WHERE state = 'active'""",
    "said plans": PLAN + """'reminder_2h', 0, 1, lent_at, lent_at, 'queued', '' FROM loan WHERE state = 'active'""",
    "messages": COUNT.format(":loans * 6 / 10") + f"""
        INSERT INTO outbox (id, ref, department_id, contact_id, address_id, op, message, facts, language, loan_id,
            about, begun_by, priority, channel, chat, state, attempts, next_at, window_end, provider_id, words_hash,
            error, key, created_at, sent_at, delivered_at, closed_at, doubts, looked)
        SELECT i + 1, printf('%032x', i), 1 + i % :people % :desks, 1 + i % :people, 1 + i % :people, 'send',
            CASE i % 4 WHEN 0 THEN 'reminder_day_1' WHEN 1 THEN 'overdue' WHEN 2 THEN 'loan_list' ELSE 'receipt' END,
            CASE WHEN at > :now - 7 * :day THEN '{FACTS}' END, 'fr', {OUT} + 1 + i / 6,
            CASE i % 4 WHEN 0 THEN 'reminder' WHEN 1 THEN 'overdue' ELSE 'answer' END,
            CASE WHEN i % 4 < 2 THEN 'clock' ELSE 'person' END, 2, 'sms', '+336' || (10000001 + i % :people),
            CASE i % 200 WHEN 0 THEN 'withheld' WHEN 4 THEN 'dead' WHEN 8 THEN 'sent' ELSE 'delivered' END, 1, at, at,
            printf('SM%032x', i), printf('%064x', i), '', 'remind:' || i || ':9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
            at, at, CASE WHEN i % 200 NOT IN (0, 4, 8) THEN at + 1000000 + i % 3000000 END, at, 0, 0
        FROM (SELECT i, :now - :kept + i * 10 * (:kept / :loans) / 6 AS at FROM n)""",
    "attempts": """
        INSERT INTO attempt (outbox_id, lease, started_at, ended_at, outcome, code)
        SELECT id, ref, sent_at, sent_at + 100000, 'accepted', '' FROM outbox""",
    "said": "INSERT INTO said (key, at) SELECT key, created_at FROM outbox",
    "letters": COUNT.format(":loans / 5") + f"""
        INSERT INTO inbox (id, channel, kind, provider_id, sender, lane, payload, state, tries, next_at, received_at,
            done_at, error)
        SELECT i + 1, 'sms', 'message', printf('SM%032x', i), '{SMS_FROM}', 'sms:+336' || (10000001 + i % :people),
            CASE WHEN at > :now - 7 * :day THEN '{LETTER}' END, 'done', 0, at, at, at, ''
        FROM (SELECT i, :now - :kept + i * (:kept * 5 / :loans) AS at FROM n)""",
    "seen": "INSERT INTO seen (id, at) SELECT 'sms:message:' || provider_id, received_at FROM inbox",
    "staff": f"""
        INSERT INTO role (telegram_user, department_id, role, name, given_at)
        VALUES ('{STAFF}', 1, 'admin', 'Sam', :now)""",
}  # fmt: skip


def fill(path: Path, loans: int, now: datetime, desks: int = 1) -> None:
    """Into a file with tables that hold nothing but a desk's first steps. Indexes are built after the rows."""
    values = {
        "loans": loans, "people": max(100, loans // 20), "things": max(OFTEN, loans // 8), "desks": desks,
        "often": min(OFTEN, loans // 10), "now": int(now.timestamp() * 1e6), "day": DAY, "kept": KEPT,
    }  # fmt: skip
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for step in STEPS.values():
            connection.execute(step, values)
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("PRAGMA journal_mode=WAL")


Into = psycopg.Connection[tuple[Any, ...]]


def carry(path: Path, url: str) -> None:
    """The rows of the file into a database whose tables are made, over whatever they hold. Indexes are built after."""
    with closing(sqlite3.connect(path)) as there, psycopg.connect(native(url), autocommit=True) as here:
        here.execute("SET session_replication_role = replica")  # no look at foreign keys: the file's hold
        here.execute("SET maintenance_work_mem = '512MB'")
        indexes = _free_indexes(here)
        for name, _ in indexes:
            here.execute(f'DROP INDEX "{name}"'.encode())
        here.execute(("TRUNCATE " + ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)).encode())
        for table in metadata.sorted_tables:
            _copy(there, here, table)
        for _, statement in indexes:
            here.execute(statement.encode())
        here.execute("VACUUM ANALYZE")


def _free_indexes(here: Into) -> list[tuple[str, str]]:
    """(name, how it is made) of the indexes that no constraint stands on."""
    held = "SELECT conindid FROM pg_constraint"
    rows = here.execute(
        "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        f"WHERE c.relnamespace = 'public'::regnamespace AND c.oid NOT IN ({held})".encode()
    ).fetchall()
    return [(str(name), str(statement)) for name, statement in rows]


def _copy(there: sqlite3.Connection, here: Into, table: sa.Table) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    read = ", ".join(_as_text(column) for column in table.columns)
    with here.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN'.encode()) as lines:
        for row in there.execute(f'SELECT {read} FROM "{table.name}"'):
            lines.write_row(row)
    numbered = table.autoincrement_column
    if numbered is not None:
        here.execute(
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{numbered.name}'), "
            f'(SELECT coalesce(max("{numbered.name}"), 1) FROM "{table.name}"))'.encode()
        )


def _as_text(column: sa.Column[Any]) -> str:
    """How SQLite says a value so that PostgreSQL understands it; microseconds of an instant are kept to three."""
    if isinstance(column.type, Instant):
        return f"strftime('%Y-%m-%d %H:%M:%f', \"{column.name}\" / 1e6, 'unixepoch') || '+00'"
    return f'"{column.name}"'
