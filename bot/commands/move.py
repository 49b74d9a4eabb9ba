"""`main.py move --to URL`: a desk that outgrew its machine goes from SQLite to PostgreSQL."""

from __future__ import annotations

import sys
from typing import Never

from tqdm import tqdm

from bot.config import Config
from bot.store.lock import FileLock
from bot.store.moving import NotMoved, check_places, move, rows_of

DONE, REFUSED = 0, 1


def run_move(config: Config, target: str) -> int:
    """Copy, compare, mark; the exit status: 0 moved, 1 not. Raises StoreError. Stopped, it goes on when run again."""
    try:
        check_places(config.database_url, target)
        with FileLock.take(config.database_url):
            rows = sum(rows_of(config.database_url).values())
            bar: tqdm[Never] = tqdm(total=rows, unit="rows", file=sys.stderr, disable=None)
            with bar:
                totals = move(config.database_url, target, lambda table, rows: _show(bar, table, rows))
    except NotMoved as error:
        print(error, file=sys.stderr)
        return REFUSED
    for total in totals:
        if total.rows:
            print(f"{total.table}: {total.rows}")
    print("Moved, and the same on both sides. Set DATABASE_URL to the new database and start the desk.")
    return DONE


def _show(bar: tqdm[Never], table: str, rows: int) -> None:
    bar.set_description(table)
    bar.update(rows)
