"""A transaction as handlers and jobs see it: the tables by subject, the desk's time, the bells to ring after it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.errors import Gone
from bot.store.answers import Answers, Key
from bot.store.audit import Audit
from bot.store.bulk import Bulks
from bot.store.cards import Cards
from bot.store.clock import Clock
from bot.store.compiled import Found, kept
from bot.store.costs import Costs
from bot.store.debts import Debts
from bot.store.desk import Desk
from bot.store.errors import Overtaken
from bot.store.holds import Holds
from bot.store.hooks import Hooks
from bot.store.inbox import Inbox
from bot.store.items import Items
from bot.store.link_codes import LinkCodes
from bot.store.loans import Loans
from bot.store.media import MediaShelf
from bot.store.names import Names
from bot.store.outbox import Outbox
from bot.store.pace import Pace
from bot.store.papers import Papers
from bot.store.people import People
from bot.store.pieces import Pieces
from bot.store.planned import Plans
from bot.store.preferences import Preferences
from bot.store.questions import Questions
from bot.store.ready import Each, Ready, changed_by, driver_of, ignoring, insert, update, upsert
from bot.store.replanning import Replannings
from bot.store.reports import Reports
from bot.store.rules import Departments, RuleCache
from bot.store.runs import Runs
from bot.store.saying import Speech
from bot.store.sessions import Sessions
from bot.store.spending import Spending
from bot.store.suppressions import Suppressions
from bot.store.together import Ask, Asking, ask_together, write_together
from bot.store.tokens import Tokens
from bot.store.undelivered import Undelivered
from bot.store.wording import Wordings

T = TypeVar("T")


class Tx:
    """One database transaction. Everything done through it is kept whole or not at all."""

    def __init__(self, connection: sa.Connection, clock: Clock, rules: RuleCache, desk: Desk) -> None:
        self.connection = connection
        self.began = clock.steady()  # just before `real`
        self.real = clock.real()
        self.now = clock.now()
        self.steady = clock.steady
        self.on_real_time = clock.is_real
        self.rung: set[str] = set()
        self.rule_cache = rules
        self.desk = desk
        self.postgres = connection.dialect.name == "postgresql"
        self._driver = driver_of(connection)
        self._depth = 0
        self._recalled, self._foreseen = Answers(), Answers()
        self.defers = False  # what nobody waits for may be written for a whole batch at once
        self._deferred: dict[Ready, list[Mapping[str, Any]]] = {}
        self._unwritten: set[str] = set()  # the tables of these
        self._overtaken = False
        self.again = False  # each piece of this batch is done anew: it was overtaken, or one of them failed

    @property
    def roads(self) -> Mapping[str, str]:
        """The channels that are on, each with our sender."""
        return self.desk.roads

    def today(self, zone: ZoneInfo) -> date:
        """The date there."""
        return self.now.astimezone(zone).date()

    def ring(self, bell: str) -> None:
        """Ring a bell once this is committed."""
        self.rung.add(bell)

    def run(self, statement: Ready | sa.Executable, values: Any = None) -> Found:
        """Execute one statement."""
        if isinstance(statement, Ready):
            if self._unwritten and not self._unwritten.isdisjoint(statement.about):
                self._write(statement.about)
            found = statement.run(self.connection, self._driver, values)
            self._note(statement, values, found)
            return found
        self.finish()
        self._outdated(changed_by(statement), None)
        by_sqlalchemy: Found = self.connection.execute(statement, values)
        return by_sqlalchemy

    def later(self, statement: Ready, values: Mapping[str, Any]) -> None:
        """`run` for a change whose result nobody needs: made with those like it of the same batch, before the next
        statement about its table, before what may be undone and before the commit."""
        if not self.defers:
            self.run(statement, values)
            return
        self.at_end(statement, [values])

    def at_end(self, statement: Ready, rows: Sequence[Mapping[str, Any]]) -> None:
        """Make this change of many rows before the next statement about its table, and at the end at the latest."""
        if rows:
            self._outdated(statement.changes, rows[0] if len(rows) == 1 else None)
            self._unwritten.add(statement.changed)
            self._deferred.setdefault(statement, []).extend(rows)

    def recall(self, question: Ready, **values: Any) -> Found:
        """`run` for a question that is asked again and again: answered from memory until a statement of this
        transaction changes what it is about (see `Answers`), something is undone, or `forget`."""
        person, key = values.get("contact"), tuple(values.values())
        found = self._foreseen.get(question, person, key)
        if found is None:
            found = self._recalled.get(question, person, key)
        if found is None:
            found = self.run(question, values)
            self._recalled.put(question, person, key, found)
        return found

    def foresee(self, question: Ready, rows: Sequence[Any], **values: Any) -> None:
        """Keep what was read for many at once as the answer to a question that each of them will lead to."""
        self._foreseen.put(question, values.get("contact"), tuple(values.values()), kept(rows))

    def foresee_all(self, question: Ready, answers: Iterable[tuple[int | None, Key, Sequence[Any]]]) -> None:
        """`foresee` for many: (the `contact` it is about or None, all its values in order, rows)."""
        self._foreseen.put_all(question, [(person, key, kept(rows)) for person, key, rows in answers])

    def look(self, asking: Asking[T]) -> T:
        """What comes of asking, step by step."""
        found: Any = None
        while True:
            try:
                found = self.ask(asking.send(found))
            except StopIteration as end:
                return cast(T, end.value)

    def ask(self, asks: Sequence[Ask]) -> Sequence[Found]:
        """`run` for several questions: their answers in the same order, on PostgreSQL as of one moment."""
        if not (self.postgres and asks):
            return [self.run(statement, values) for statement, values in asks]
        about = {table for statement, _ in asks for table in statement.about}
        if not self._unwritten.isdisjoint(about):
            self._write(about)
        answers = ask_together(self.connection, self._driver, asks)
        for (statement, values), found in zip(asks, answers, strict=True):
            self._note(statement, values, found)
        return answers

    def of_each(self, question: Each, ids: Iterable[int | str], **values: Any) -> Asking[Sequence[Any]]:
        """Ask about each of these at once, and keep it as the answer to what each will lead to. All rows."""
        theirs: dict[int | str, list[Any]] = {one: [] for one in ids}
        rows: Sequence[Any] = ()
        if theirs:
            asked = {f"{question.name}s": list(theirs), **values}
            (found,) = yield [(question.many(postgres=self.postgres), asked)]
            rows = found.all()
        for row in rows:
            theirs[question.whose(row)].append(row)
        self._foreseen.put_each(question, theirs, *values.values())
        return rows

    def once(self, question: Ready, **values: Any) -> Found:
        """`run` for a question that may have been foreseen; its answer is used up."""
        found = self._foreseen.take(question, values.get("contact"), tuple(values.values()))
        return self.run(question, values) if found is None else found

    def _note(self, statement: Ready, values: Any, found: Found) -> None:
        if statement.changes and found.rowcount:
            self._outdated(statement.changes, values)

    def _outdated(self, table: str, values: Any) -> None:
        self._recalled.outdate(table, values)
        self._foreseen.outdate(table, values)

    def forget(self, *, foreseen: bool = True) -> None:
        """Recall nothing: other transactions may have changed what is asked about. Not `foreseen`: but for what was
        read ahead of rows that are locked."""
        self._recalled.clear()
        if foreseen:
            self._foreseen.clear()

    def insert(self, table: sa.Table, **values: Any) -> int:
        """Insert a row; its id."""
        return int(self.run(insert(table, tuple(values), postgres=self.postgres), values).scalar_one())

    def insert_new(self, table: sa.Table, **values: Any) -> int | None:
        """Insert unless a unique value is taken already. The row's number (anything in a table without), None when
        taken."""
        # Asked of the row itself: the count of an INSERT is not told by every driver.
        made = self.run(insert(table, tuple(values), postgres=self.postgres, anew=True), values).scalar()
        return None if made is None else int(made)

    def put(self, table: sa.Table, **values: Any) -> None:
        """Insert a row, or update the row with its key."""
        self.later(upsert(table, tuple(values), postgres=self.postgres), values)

    def update(self, table: sa.Table, where: Mapping[str, Any], **values: Any) -> int:
        """Set columns of the rows that have these values; how many rows. Values, not expressions."""
        return self.run(update(table, where, tuple(values)), _given(where, values)).rowcount

    def update_one(
        self, table: sa.Table, where: Mapping[str, Any], told: Sequence[str], *, seen: str | None, **values: Any
    ) -> Mapping[str, Any] | None:
        """`update` of one row; of these columns those that may be others than this transaction read, None when there is
        no such row. seen: its version where this transaction has read it and not changed it since."""
        if seen is not None and (self.defers or not self.postgres):
            # Its batch is done again, each piece by itself, where somebody else changes the row meanwhile.
            self.update_later(table, {**where, "version": seen}, **values)
        elif self.postgres:
            row = self.run(update(table, where, tuple(values), told), _given(where, values)).first()
            return None if row is None else row._asdict()
        elif not self.update(table, where, **values):  # RETURNING would double its cost
            return None
        return {name: value for name, value in values.items() if name in told}

    def update_later(self, table: sa.Table, where: Mapping[str, Any], **values: Any) -> None:
        """`update` for a change whose result nobody needs: as `later`."""
        self.later(update(table, where, tuple(values)), _given(where, values))

    def ignoring(self, table: sa.Table) -> Any:
        """An INSERT … ON CONFLICT DO NOTHING of this engine."""
        return ignoring(table, postgres=self.postgres)

    def lock(self, query: sa.Select[Any], *, skip: bool = False) -> sa.Select[Any]:
        """FOR UPDATE where there are several writers; SQLite has one, which holds the whole database."""
        return query.with_for_update(skip_locked=skip) if self.postgres else query

    def finish(self, *asks: Ask) -> None:
        """Write what is still kept in memory, and ask what has no answer. Called before the commit, and before what may
        be undone.

        Raises Overtaken, also where somebody caught it before."""
        if self._overtaken:
            raise Overtaken
        if "pace" in self.__dict__:
            self.pace.keep()
        self._write(self._unwritten, asks)

    def close(self) -> None:
        """After the end. It and its parts know each other: a batch's rows would wait for the search for garbage, which
        would cost more than the rows."""
        self.__dict__.clear()

    def _write(self, tables: Iterable[str], asks: Sequence[Ask] = ()) -> None:
        """Write what was left for later of these tables."""
        wanted = frozenset(tables)
        self._unwritten -= wanted
        left = [(one, self._deferred.pop(one)) for one in list(self._deferred) if one.changed in wanted]
        if self.postgres and len(left) + len(asks) > 1:
            made, left = write_together(self.connection, self._driver, left, asks)
            asks = ()
            for (statement, rows), count in made:
                self._outdated(statement.changes, rows)
                self._check(rows, count)
        for statement, rows in left:
            self._check(rows, self.run(statement, rows).rowcount)
        for statement, values in asks:
            self.run(statement, values)

    def overtaken(self, what: str) -> Exception:
        """What to raise where somebody else has changed a row since this transaction read it. The piece of work is done
        anew and finds it so: what it has changed before must not stay without the words about it. Where it is being
        done anew already, Gone."""
        return Overtaken(what) if self.postgres and not self.again else Gone(what)

    def _check(self, rows: Sequence[Mapping[str, Any]], changed: int) -> None:
        """Raises Overtaken where somebody else changed one of these rows since it was read."""
        if changed < len(rows) and "is_version" in rows[0]:
            self._overtaken = True
            raise Overtaken

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone whole when it raises."""
        self.finish()
        rung, departments, wordings = set(self.rung), self.departments.own, self.wordings.own
        try:
            with self.connection.begin_nested() if self.postgres else self._sqlite_savepoint():
                yield
                self.finish()
        except BaseException:
            # What was undone must not be visible to the next piece of work of this transaction.
            self._deferred.clear()
            self._unwritten.clear()
            self.rung, self.departments.own, self.wordings.own = rung, departments, wordings
            self.forget()
            for part in ("pace", "spending", "people"):
                self.__dict__.pop(part, None)
            raise

    @contextlib.contextmanager
    def _sqlite_savepoint(self) -> Iterator[None]:
        """Sent to the driver directly: SQLAlchemy's own costs 50 times as much."""
        self._depth += 1
        name = f"sp{self._depth}"
        self._driver.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            # An error that ended the transaction (a full disk) took the savepoint with it.
            with contextlib.suppress(sqlite3.Error):
                self._driver.execute(f"ROLLBACK TO {name}")
                self._driver.execute(f"RELEASE {name}")
            raise
        else:
            self._driver.execute(f"RELEASE {name}")
        finally:
            self._depth -= 1

    @cached_property
    def people(self) -> People:
        return People(self)

    @cached_property
    def names(self) -> Names:
        return Names(self)

    @cached_property
    def departments(self) -> Departments:
        return Departments(self)

    @cached_property
    def items(self) -> Items:
        return Items(self)

    @cached_property
    def pieces(self) -> Pieces:
        return Pieces(self)

    @cached_property
    def loans(self) -> Loans:
        return Loans(self)

    @cached_property
    def link_codes(self) -> LinkCodes:
        return LinkCodes(self)

    @cached_property
    def holds(self) -> Holds:
        return Holds(self)

    @cached_property
    def debts(self) -> Debts:
        return Debts(self)

    @cached_property
    def media(self) -> MediaShelf:
        return MediaShelf(self)

    @cached_property
    def papers(self) -> Papers:
        return Papers(self)

    @cached_property
    def plans(self) -> Plans:
        return Plans(self)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self)

    @cached_property
    def cards(self) -> Cards:
        return Cards(self)

    @cached_property
    def questions(self) -> Questions:
        return Questions(self)

    @cached_property
    def preferences(self) -> Preferences:
        return Preferences(self)

    @cached_property
    def pace(self) -> Pace:
        return Pace(self)

    @cached_property
    def runs(self) -> Runs:
        return Runs(self)

    @cached_property
    def speech(self) -> Speech:
        return Speech(self)

    @cached_property
    def reports(self) -> Reports:
        return Reports(self)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self)

    @cached_property
    def bulks(self) -> Bulks:
        return Bulks(self)

    @cached_property
    def replannings(self) -> Replannings:
        return Replannings(self)

    @cached_property
    def wordings(self) -> Wordings:
        return Wordings(self)

    @cached_property
    def undelivered(self) -> Undelivered:
        return Undelivered(self)

    @cached_property
    def costs(self) -> Costs:
        return Costs(self)

    @cached_property
    def spending(self) -> Spending:
        return Spending(self)

    @cached_property
    def hooks(self) -> Hooks:
        return Hooks(self)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self)

    @cached_property
    def suppressions(self) -> Suppressions:
        return Suppressions(self)


def _given(where: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an `update`."""
    given = {f"is_{name}": value for name, value in where.items() if name != "state"}
    return given | {f"new_{name}": value for name, value in values.items()}
