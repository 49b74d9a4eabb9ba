"""/api/webhooks: where other systems are told of events."""

from __future__ import annotations

from bot.core.errors import Gone
from bot.core.hooks import BadTarget, check_target
from bot.store import Tx
from bot.store.hooks import Hook
from bot.web.api_call import Call, Endpoint, delete, get, post
from bot.web.api_desk import number_in
from bot.web.api_desk_models import HookGone, HookMade, Hooks, HookSeen, NewHook
from bot.web.api_models import DepartmentQuery
from bot.web.api_problem import Problem, wrong

MOST = 20


async def hooks(call: Call) -> Hooks:
    asked: DepartmentQuery = call.query
    department_id = call.department(asked.department_id)
    found = await call.store.write(lambda tx: tx.hooks.all(department_id))
    return Hooks(items=[HookSeen(**_seen(one)) for one in found])


async def add_hook(call: Call) -> HookMade:
    new: NewHook = call.body
    department_id = call.department(new.department_id)
    try:
        # This machine itself may be told by the operator's own token; a department's could knock at doors that only
        # open from here.
        check_target(new.url, loopback=call.caller.department_id is None)
    except BadTarget as error:
        raise wrong("url", str(error)) from None

    def work(tx: Tx) -> HookMade:
        if department_id is not None and department_id not in tx.departments.all():
            raise Gone("department")
        tx.hooks.lock()  # of two at once, the second counts the first
        # Counted for each department: one that takes all places would leave the others without.
        if sum(one.department_id == department_id for one in tx.hooks.all(department_id)) >= MOST:
            raise Problem(409, f"there are {MOST} addresses already; take one away first")
        made = tx.hooks.add(new.url, new.events, department_id, call.caller.who)
        return HookMade(**_seen(made), secret=made.secret)

    return await call.store.write(work)  # without Idempotency-Key: the secret would be kept among the answers


async def remove_hook(call: Call) -> HookGone:
    number = number_in(call)
    who, mine = call.caller.who, call.department()
    if not await call.store.write(lambda tx: tx.hooks.remove(number, mine, who)):
        raise Gone("hook")
    return HookGone(id=number)


def _seen(one: Hook) -> dict[str, object]:
    return {
        "id": one.id, "url": one.url, "events": list(one.events), "department_id": one.department_id,
        "created_at": one.created_at,
    }  # fmt: skip


ENDPOINTS: tuple[Endpoint, ...] = (
    get(
        "/api/webhooks", "List the addresses that are told of events", hooks, Hooks, query=DepartmentQuery,
        role="admin", problems=(404,),
    ),
    post("/api/webhooks", "Add an address", add_hook, HookMade, body=NewHook, status=201, problems=(404, 409)),
    delete(
        "/api/webhooks/{id}", "Take an address away", remove_hook, HookGone, problems=(404,),
        parameters={"id": "the address's number"},
    ),
)  # fmt: skip
