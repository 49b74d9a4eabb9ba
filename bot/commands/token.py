"""`main.py token`: a first admin's code; tokens for the REST API are drawn, listed and taken back."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timedelta

from bot.commands.which import NoDepartment, database_of, department_named, kept_database_of
from bot.config import Config
from bot.service import new_setup_code
from bot.store import Store, Tx
from bot.store.tokens import TokenRow
from bot.web.tokens import LONGEST, new_token


async def run_token(config: Config, asked: argparse.Namespace) -> int:
    """Exit status 1 when there is no such token or department, 2 for a length that is none. `asked`: the arguments of
    the command, one of setup, role, revoke and list among them."""
    if asked.role and not 1 <= asked.days <= LONGEST.days:
        print(f"--days: from 1 to {LONGEST.days}", file=sys.stderr)
        return 2
    drawing = asked.setup or asked.role  # before the first start, too
    url = database_of(config) if drawing else kept_database_of(config)
    store = await Store.open(url, demo=config.sandboxed)
    try:
        if asked.revoke is not None:  # an empty ID is one that nothing has
            return await _revoke(store, asked.revoke)
        if asked.list:
            return await _list(store)
        named = None if asked.department is None else await store.write(department_named, asked.department)
        department_id = named.id if named else None
        return await (_setup(store, department_id) if asked.setup else _draw(store, config, asked, department_id))
    except NoDepartment as error:
        print(f"--department: {error}", file=sys.stderr)
        return 1
    finally:
        await store.close()


async def _setup(store: Store, department_id: int | None) -> int:
    print(f"/bind {await store.write(new_setup_code, None, department_id)}")
    return 0


async def _draw(store: Store, config: Config, asked: argparse.Namespace, department_id: int | None) -> int:
    name = _on_one_line(asked.name)
    token, token_id, ends = new_token(
        config.secret_key(), role=asked.role, name=name, department_id=department_id,
        now=store.clock.real(), lasts=timedelta(days=asked.days),
    )  # fmt: skip
    await store.write(_keep, token_id, name, asked.role, department_id, ends)
    print(token)  # alone on its stream, so that a script can take it
    print(f"id {token_id}, role {asked.role}, good until {ends:%Y-%m-%d}; shown once, not kept", file=sys.stderr)
    return 0


def _on_one_line(name: str) -> str:
    """A name as `--list` can show it: no line ends, no terminal control."""
    return "".join(c for c in " ".join(name.split()) if c.isprintable())[:80]


def _keep(tx: Tx, token_id: str, name: str, role: str, department_id: int | None, ends: datetime) -> None:
    tx.tokens.add(token_id, name, role, department_id, ends)
    tx.audit.note("operator", "token:drawn", department_id, token=token_id, role=role)


async def _revoke(store: Store, token_id: str) -> int:
    if not await store.write(_take_back, token_id):
        print(f"--revoke: no token {token_id!r} was drawn here; see --list", file=sys.stderr)
        return 1
    print(f"{token_id}: taken back")
    return 0


def _take_back(tx: Tx, token_id: str) -> bool:
    found = tx.tokens.revoke(token_id)
    if found:
        tx.audit.note("operator", "token:revoked", token=token_id)
    return found


async def _list(store: Store) -> int:
    drawn = await store.write(lambda tx: tx.tokens.all())
    for row in drawn:
        print(_line(row, store.clock.real()))
    if not drawn:
        print("no token was drawn here yet", file=sys.stderr)
    return 0


def _line(row: TokenRow, now: datetime) -> str:
    state = "taken back" if row.revoked_at else "over" if row.expires_at <= now else "good"
    where = f"department {row.department_id}" if row.department_id else "all departments"
    return f"{row.id}  {row.role:<5}  until {row.expires_at:%Y-%m-%d}  {state}  {where}  {row.name}".rstrip()
