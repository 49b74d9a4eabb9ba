"""One call of the REST API: who calls, what was sent, and what answers. Endpoints are a table of these parts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from aiohttp import web
from pydantic import BaseModel

from bot.core.debts import Debt, Payment
from bot.core.loans import Loan
from bot.core.money import Money
from bot.core.notices import Begun, Wish
from bot.core.people import Contact, Department
from bot.core.records import record
from bot.store import Store, Taken, Tx
from bot.store.items import ItemRow
from bot.texts import Texts
from bot.web.api_problem import Problem, wrong
from bot.web.tokens import Caller, Role

M = TypeVar("M", bound=BaseModel)
P = ParamSpec("P")
T = TypeVar("T")

LONGEST_KEY = 200
LONGEST_VALUE = 200  # characters of one value of an address or a form
UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
MOST_TRIES = 5


class Acts(Protocol):
    """What a system may have the desk do: the same acts as those of staff, in a transaction. `who` is kept in the
    history, `department_id` is all that the caller may see (None: everything)."""

    def begin_notice(self, tx: Tx, wish: Wish) -> Begun: ...
    def resend(self, tx: Tx, ref: str, department_id: int | None) -> Begun: ...
    def lend(
        self, tx: Tx, *, who: str, department_id: int | None, item: str, contact_id: int, due_at: datetime
    ) -> Loan: ...
    def take_back(self, tx: Tx, *, who: str, department_id: int | None, loan_id: int) -> Loan: ...
    def add_item(
        self, tx: Tx, *, who: str, department_id: int | None, code: str, name: str, category: str, check: str
    ) -> ItemRow: ...
    def change_item(
        self, tx: Tx, *, who: str, department_id: int | None, code: str, changes: dict[str, str]
    ) -> ItemRow: ...
    def add_contact(
        self, tx: Tx, *, who: str, department_id: int | None, phone: str, name: str, language: str, attested_by: str
    ) -> Contact: ...
    def change_settings(
        self, tx: Tx, *, who: str, department_id: int | None, values: Mapping[str, str]
    ) -> Department: ...
    def add_debt(
        self, tx: Tx, *, who: str, department_id: int | None, contact_id: int, amount: Money, due_on: date, kind: str,
        reference: str, note: str,
    ) -> Debt: ...  # fmt: skip
    def pay(
        self, tx: Tx, *, who: str, department_id: int | None, debt_id: int, amount: Money, reference: str
    ) -> Payment: ...


@dataclass(slots=True)
class Surroundings:
    """What every call needs of the service. `late`: names of the loops that lag."""

    store: Store
    texts: Texts
    acts: Acts
    key: Callable[[], str]  # SECRET_KEY, read (or drawn) when first needed
    late: Callable[[], list[str]]
    per_second: float = 50.0
    burst: int = 200


@dataclass(slots=True)
class Call:
    """`body` and `query` are validated; `path` holds the parts of the address, NUL and the like refused."""

    request: web.Request
    caller: Caller
    around: Surroundings
    path: Mapping[str, str]
    body: Any = None
    query: Any = None

    @property
    def store(self) -> Store:
        return self.around.store

    @property
    def now(self) -> datetime:
        return self.around.store.clock.now()

    def department(self, asked: int | None = None) -> int | None:
        """The department a call is about: the token's own, else the one asked for, None for all. Raises Problem for
        one the token may not see, which is answered like one that does not exist."""
        if asked is not None and not self.caller.sees(asked):
            raise Problem(404, "no such department")
        return self.caller.department_id if asked is None else asked

    async def once(self, work: Callable[[Tx], M], status: int = 200) -> Reply:
        """Do something and answer; with an Idempotency-Key that was used before, only answer. Both are one
        transaction: what is answered has happened, and once."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return Reply(status, await self._write(lambda tx: _dumped(work(tx))))
        if not (0 < len(key) <= LONGEST_KEY) or not key.isprintable() or not key.isascii():
            raise Problem(400, f"Idempotency-Key must be 1 to {LONGEST_KEY} printable ASCII characters")
        scoped = f"{self.caller.department_id or 0}:{key}"
        done, body = await self._write(_once, scoped, self._asked(), status, work)
        return Reply(done, body)

    def _asked(self) -> str:
        """What makes two requests with one key the same request: what is asked for, in whatever order it is written."""
        body = self.body.model_dump(mode="json", exclude_unset=True) if self.body is not None else None
        asked = [self.request.method, self.request.path_qs, body]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    async def _write(self, work: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A write whose unique value was taken at the same moment left nothing behind: run again it finds what stands
        there, which is no refusal for most (two first notices to one number) and tells the others why."""
        for _ in range(MOST_TRIES - 1):
            try:
                return await self.store.write(work, *args, **kwargs)
            except Taken:
                continue
        return await self.store.write(work, *args, **kwargs)


def is_fit(value: str) -> bool:
    """Whether a value of an address or a form can be a name or a number of ours."""
    return len(value) <= LONGEST_VALUE and not UNFIT.search(value)


def known_language(call: Call, language: str | None) -> None:
    """Raises Problem for a language that this desk has no words in."""
    known = call.around.texts.languages
    if language is not None and language not in known:
        raise wrong("language", f"must be one of {', '.join(known)}")


@record(frozen=True, slots=True)
class Reply:
    """A status and JSON."""

    status: int
    body: Any


def _dumped(answer: BaseModel) -> Any:
    return answer.model_dump(mode="json")


def _once(tx: Tx, key: str, body_hash: str, status: int, work: Callable[[Tx], BaseModel]) -> tuple[int, Any]:
    given = tx.tokens.given(key, body_hash)
    if given is None:
        body = _dumped(work(tx))
        tx.tokens.answer(key, status, body)
        return status, body
    if not given.same:
        raise Problem(409, "this Idempotency-Key was used for another request")
    return given.status, given.body


Act = Callable[[Call], Awaitable[Any]]


@record(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation. `role` None: public. `answers`: what a success carries. `problems`: statuses beyond those that
    every operation may answer."""

    method: str
    path: str
    summary: str
    act: Act
    answers: type[BaseModel]
    role: Role | None = "user"
    status: int = 200
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    problems: tuple[int, ...] = ()
    once: bool = False  # takes an Idempotency-Key
    parameters: Mapping[str, str] = field(default_factory=dict)  # of the path: name → what it is


def get(path: str, summary: str, act: Act, answers: type[BaseModel], **more: Any) -> Endpoint:
    return Endpoint(method="GET", path=path, summary=summary, act=act, answers=answers, **more)


def post(path: str, summary: str, act: Act, answers: type[BaseModel], **more: Any) -> Endpoint:
    return Endpoint(method="POST", path=path, summary=summary, act=act, answers=answers, **{"role": "admin", **more})


def put(path: str, summary: str, act: Act, answers: type[BaseModel], **more: Any) -> Endpoint:
    return Endpoint(method="PUT", path=path, summary=summary, act=act, answers=answers, **{"role": "admin", **more})


def delete(path: str, summary: str, act: Act, answers: type[BaseModel], **more: Any) -> Endpoint:
    return Endpoint(method="DELETE", path=path, summary=summary, act=act, answers=answers, **{"role": "admin", **more})
