"""What somebody asked of a whole desk at once, a slice at a time; the result goes to the staff group."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

import structlog

from bot.core.conversation import Rows, Say, To
from bot.core.message import Message
from bot.store import Store, StoreError, Tx
from bot.store.bulk import Bulk, Slice
from bot.store.saying import Cause
from handlers import closure_moves, debt_desk, switching_on

log = structlog.get_logger("remind")

CLOCK = Cause("clock")
ASIDE = timedelta(minutes=5)  # pause after a failure
MOST_FAULTS = 3  # failures in a row, after which what is left is given up, and said so


class Result(Protocol):
    def __call__(self, tx: Tx, asked: Bulk, facts: dict[str, Any], *, stopped: bool = False) -> tuple[Message, Rows]:
        """What staff are told, with its buttons."""
        ...


def _of_debts(tx: Tx, asked: Bulk, facts: dict[str, Any], *, stopped: bool = False) -> tuple[Message, Rows]:
    return debt_desk.result(asked, facts, stopped=stopped), ()


KINDS: dict[str, tuple[Callable[[Tx, Bulk], Slice], Result]] = {
    "closure": (closure_moves.move_slice, closure_moves.result),
    "closure_undo": (closure_moves.undo_slice, closure_moves.result),
    "debts_remind": (debt_desk.everyone_slice, _of_debts),
    "debts_reset": (debt_desk.everyone_slice, _of_debts),
    switching_on.KIND: (switching_on.go_slice, switching_on.result),
}


async def work_off(store: Store) -> None:
    """The next slice. After a failure it pauses: reminders must not wait for it."""
    try:
        await store.write(work_slice)
    except StoreError:
        raise
    except Exception as error:
        log.error("bulk_broke", exc_info=error)
        await store.write(_put_aside)


def work_slice(tx: Tx) -> None:
    asked = tx.bulks.take()
    if asked is None:
        return
    work, _ = KINDS[asked.kind]
    done = work(tx, asked)
    for number, say in enumerate(done.says):
        tx.speech.say(say, CLOCK, default_key=f"{asked.facts['key']}:card:{done.facts['after']}:{number}")
    if done.over:
        _end(tx, asked, done.facts)
    else:
        tx.bulks.came_to(asked, {**done.facts, "faults": 0})


def _put_aside(tx: Tx) -> None:
    asked = tx.bulks.take()
    if asked is None:
        return
    faults = asked.facts.get("faults", 0) + 1
    if faults < MOST_FAULTS:
        tx.bulks.came_to(asked, {**asked.facts, "faults": faults})
        tx.bulks.put_aside(asked, ASIDE)
    else:
        _end(tx, asked, asked.facts, stopped=True)


def _end(tx: Tx, asked: Bulk, facts: dict[str, Any], *, stopped: bool = False) -> None:
    _, result = KINDS[asked.kind]
    message, choices = result(tx, asked, facts, stopped=stopped)
    told = Say(message=message, to=To.STAFF, department_id=asked.department_id, choices=choices)
    tx.speech.say(told, CLOCK, default_key=f"{facts['key']}:result")
    tx.bulks.done(asked)
