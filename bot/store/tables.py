"""The tables: what is true. Each constraint guards an accident, each index serves a named road.

Times are instants in UTC: microseconds since 1970 on SQLite (an integer compares and sorts ten times faster than
ISO text), `timestamptz` on PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.core.people import words_cards_of
from bot.core.stamps import EPOCH, at_stamp, stamp_of

Moment = tuple[datetime, int]
FIRST: Moment = (EPOCH, 0)  # before every row that is walked by time and number


NAIVE = "a naive time cannot be stored"


def microseconds(at: datetime | None) -> int | None:
    """An instant as SQLite stores it. Raises ValueError for a naive one."""
    if at is None:
        return None
    try:
        return stamp_of(at)
    except TypeError:
        raise ValueError(NAIVE) from None


def instant(stored: int | None) -> datetime | None:
    """An instant as SQLite stored it, in UTC."""
    return None if stored is None else at_stamp(stored)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware datetime. Comes back in UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if dialect.name != "postgresql":
            return microseconds(value)
        if value is not None and value.tzinfo is None:
            raise ValueError(NAIVE)
        return value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None or dialect.name != "postgresql":
            return instant(value)
        found: datetime = value.astimezone(UTC)
        return found


Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
Small = sa.String(32)
Json = sa.JSON()

# Their numbers stand in buttons that people may press years later, tell cards and files apart and make keys against
# repeats, longer than some of the rows last: SQLite must give none a second time.
NUMBERED_FOR_EVER = frozenset(
    {"address", "contact", "debt_cycle", "hold", "hook", "inbox", "item", "loan", "media", "paper", "setup_code"}
)

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    if name in NUMBERED_FOR_EVER:
        return sa.Table(name, metadata, *parts, sqlite_autoincrement=True)
    return sa.Table(name, metadata, *parts)


def _id() -> sa.Column[int]:
    return sa.Column("id", Key, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, null: bool = False, index: bool = False) -> sa.Column[int]:
    return sa.Column(name, Key, sa.ForeignKey(f"{target}.id"), nullable=null, index=index)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _when(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, Instant(), nullable=null)


def _number(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=str(default))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _partial(name: str, where: str, *columns: str | sa.TextClause, unique: bool = False) -> sa.Index:
    return sa.Index(name, *columns, unique=unique, sqlite_where=sa.text(where))


def _one_of(*states: str) -> str:
    """The condition of an index over the rows in some of three or more states, as `among` words it."""
    return " OR ".join(f"state = '{state}'" for state in states)


def among(column: sa.ColumnElement[str], *values: str) -> sa.ColumnElement[bool]:
    """Whether a column is one of these, worded as the conditions of the partial indexes are.

    SQLite compares a list of parameters with the condition of no partial index, and reads the whole table instead:
    40 ms and not 0.05 for what waits among 200,000 closed messages, at every turn. One alone is compared: a list of one
    fits no index either. So are three and more: for a longer list than two SQLite makes a table of its own, at each
    row that is written, and twice where it is changed.
    """
    words: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{value}'") for value in values]
    return column.in_(words) if len(words) == 2 else sa.or_(*(column == word for word in words))


# --- who -----------------------------------------------------------------------------------------

department = _table(
    "department",
    _id(),
    _text("name"),
    _text("zone"),
    sa.Column("language", Small, nullable=False),
    # One group is one department's: the chat decides whose items and people a command may see.
    sa.Column("chat", sa.String(64), nullable=True, unique=True),
    sa.Column("topic", sa.BigInteger(), nullable=True),
    _text("place"),
    _text("contact_line"),
    _when("created_at"),
)

contact = _table(
    "contact",
    _id(),
    _text("name"),
    sa.Column("language", Small, nullable=False, server_default=""),
    sa.Column("zone", sa.String(64), nullable=True),
    _when("paused_until", null=True),
    _number("strikes"),  # times in a row we did not understand
    _when("created_at"),
)

membership = _table(
    "membership",
    sa.Column("contact_id", Key, sa.ForeignKey("contact.id"), primary_key=True),
    sa.Column("department_id", Key, sa.ForeignKey("department.id"), primary_key=True),
    sa.Index("ix_membership_department_id_contact_id", "department_id", "contact_id"),  # people of a department
)

# Ranges of words are compared byte by byte as in SQLite, whatever the database's collation.
_Word = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")

name_word = _table(
    "name_word",
    sa.Column("contact_id", Key, sa.ForeignKey("contact.id"), primary_key=True),
    sa.Column("department_id", Key, sa.ForeignKey("department.id"), primary_key=True),
    sa.Column("word", _Word, primary_key=True),
    sa.Index("ix_name_word_department_id_word_contact_id", "department_id", "word", "contact_id"),  # people by name
)

address = _table(
    "address",
    _id(),
    _ref("contact_id", "contact", index=True),  # roads of a person
    sa.Column("channel", Small, nullable=False),
    sa.Column("value", sa.String(160), nullable=False),  # a WhatsApp id without number takes up to 140
    sa.Column("consent", Small, nullable=False, server_default="unknown"),
    sa.Column("state", Small, nullable=False, server_default="live"),
    sa.Column("verified_by", Small, nullable=False, server_default="none"),
    _text("attested_by"),
    _text("username"),
    # Its holder said that they are not this person: no debt is ever spoken of there.
    _when("denied_at", null=True),
    _when("created_at"),
    # One address is one person's: two people must not share a history. Other systems name it without its channel.
    sa.UniqueConstraint("value", "channel"),
)

consent_event = _table(
    "consent_event",
    _id(),
    _ref("address_id", "address", index=True),
    sa.Column("consent", Small, nullable=False),
    _text("proof"),  # how: words of the person, the staff member who attests, a carrier's code
    _when("at"),
)

suppression = _table(
    "suppression",
    # A STOP outlives the person's erasure: of the address only a digest stays, nobody can be found by it.
    sa.Column("digest", sa.String(64), primary_key=True),
    _when("at"),
)

window = _table(
    "window",
    sa.Column("sender", sa.String(64), primary_key=True),
    sa.Column("address_id", Key, sa.ForeignKey("address.id"), primary_key=True),
    _when("last_inbound_at"),
    _when("closed_at", null=True),  # the provider said so (63016) after the last inbound message
)

preference = _table(
    "preference",
    sa.Column("contact_id", Key, sa.ForeignKey("contact.id"), primary_key=True),
    sa.Column("name", Small, primary_key=True),
    sa.Column("value", Json, nullable=False),
)

role = _table(
    "role",
    sa.Column("telegram_user", sa.String(32), primary_key=True),
    sa.Column("department_id", Key, sa.ForeignKey("department.id"), primary_key=True),
    sa.Column("role", Small, nullable=False),
    _text("name"),
    _when("given_at"),
)

setup_code = _table(
    "setup_code",
    _id(),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),  # the code itself is never stored
    _ref("department_id", "department", null=True),  # None: the first admin's code, may make a department
    _ref("contact_id", "contact", null=True),  # whose further address a code of kind "link" proves
    sa.Column("kind", Small, nullable=False, server_default="setup"),
    _number("tries"),
    _when("expires_at", null=True),
    _when("used_at", null=True),
)

# --- what is lent --------------------------------------------------------------------------------

item = _table(
    "item",
    _id(),
    _ref("department_id", "department"),
    sa.Column(
        "code", sa.String(40), nullable=False, unique=True
    ),  # over all departments: a QR label says only the code
    _text("name"),
    _text("category"),
    _text("check"),
    sa.Column("state", Small, nullable=False, server_default="available"),
    sa.Column("search", sa.Text(), nullable=False, server_default=""),  # name and code, folded, for finding
    _when("created_at"),
    sa.Index("ix_item_department_id_code", "department_id", "code"),  # /materiel
    sa.Index("ix_item_department_id_name", "department_id", "name"),  # buttons of /pret
    _partial("ix_item_away", "state <> 'available'", "state", "id"),  # what cannot be lent: rare
)

# A loan that did not end with its return.
ALL = "id > 0"
ENDED_OTHERWISE = _one_of("refused", "expired", "cancelled", "lost", "damaged")

loan = _table(
    "loan",
    _id(),
    _ref("item_id", "item"),
    _ref("contact_id", "contact"),
    _ref("department_id", "department"),
    sa.Column("state", Small, nullable=False),
    _when("lent_at"),
    _when("due_at"),
    sa.Column("number", sa.Integer(), nullable=False),
    _number("plan_no", 1),
    _number("extensions"),
    _number("escalated"),  # 0 none, 1 staff, 2 admins
    _flag("held"),
    _flag("silenced"),
    _when("declared_at", null=True),
    _when("returned_at", null=True),
    _when("created_at"),
    sa.Column("import_key", sa.String(64), nullable=True, unique=True),  # the same file twice changes nothing
    # Two people at two desks lend the same drill in the same second: one of them must fail.
    _partial("uq_loan_open_item", "state IN ('active','return_declared')", "item_id", unique=True),
    # "RENDU 2" must mean one loan.
    _partial(
        "uq_loan_open_number", _one_of("requested", "active", "return_declared"), "contact_id", "number", unique=True
    ),
    sa.Index("ix_loan_contact_id_state", "contact_id", "state"),  # MES PRETS, RENDU
    _partial("ix_loan_due", "state = 'active'", "department_id", "due_at"),  # /retards, chase
    _partial("ix_loan_waiting", "state IN ('requested','return_declared')", "state", "created_at"),  # nudges, expiry
    _partial("ix_loan_ended", ENDED_OTHERWISE, "state", "id"),  # rare endings, listed for other systems
    sa.Index("ix_loan_item_id", "item_id"),  # an item's history
    # All of a desk, newest first, for other systems; the query names `ALL`, or SQLite would use it for other lists.
    _partial("ix_loan_desk", ALL, "department_id", "id"),
    # Figures are counted in these two alone, no row is read: a month of a large desk is 30,000 loans. The second begins
    # with the instant, or lists of a desk would be read along it: SQLite takes a department for something rare.
    _partial(
        "ix_loan_returned", "returned_at IS NOT NULL", "department_id", "returned_at", "due_at", "state"
    ),  # by week
    sa.Index("ix_loan_lent", "lent_at", "department_id", "state", "item_id"),  # what is borrowed most, and who did last
)

piece = _table(
    "piece",
    # A line of a kit's list: "2 batteries". One taken off the list stays for the loans it went out with.
    _id(),
    _ref("item_id", "item", index=True),
    _number("position"),
    _text("name"),
    _number("quantity", 1),
    _flag("retired"),
)

lacking = _table(
    "lacking",
    # What did not come back with a loan, and whether it has been found since.
    sa.Column("loan_id", Key, sa.ForeignKey("loan.id"), primary_key=True),
    sa.Column("piece_id", Key, sa.ForeignKey("piece.id"), primary_key=True),
    _number("quantity", 1),
    sa.Column("state", Small, nullable=False),  # said, missing, found, written_off
    _when("at"),
    _partial("ix_lacking_missing", "state = 'missing'", "piece_id"),  # what a kit lacks when it is lent again
)

AUTHOR = "who LIKE '%:%'"  # telegram:700100001; afterwards, telegram

loan_event = _table(
    "loan_event",
    _id(),
    _ref("loan_id", "loan", index=True),  # a loan's history
    sa.Column("what", Small, nullable=False),
    _text("who"),
    _text("note"),
    sa.Column("facts", Json, nullable=False),
    _when("at"),
    _partial("ix_loan_event_author", AUTHOR, "at"),  # addresses that go after 90 days
)
# Worded as in the index, or no engine would recognise it.
HAS_AUTHOR = sa.text(f"loan_event.{AUTHOR}")

hold = _table(
    "hold",
    _id(),
    _ref("item_id", "item"),
    _ref("contact_id", "contact"),
    _ref("department_id", "department"),
    sa.Column("state", Small, nullable=False, server_default="waiting"),  # waiting, ready, taken, left, expired, ended
    _when("asked_at"),
    _when("ready_at", null=True),
    _when("expires_at", null=True),
    # Saying RESERVER twice must not stand in the line twice; and an item is kept for one person.
    _partial("uq_hold_place", "state IN ('waiting','ready')", "item_id", "contact_id", unique=True),
    _partial("uq_hold_ready", "state = 'ready'", "item_id", unique=True),
    _partial("ix_hold_contact", "state IN ('waiting','ready')", "contact_id"),  # ANNULER, MES PRETS
    _partial("ix_hold_expires", "state = 'ready'", "department_id", "expires_at"),  # passing on
)

media = _table(
    "media",
    _id(),
    _ref("contact_id", "contact"),
    _ref("department_id", "department"),
    _ref("loan_id", "loan", null=True),
    sa.Column("letter_id", Key, nullable=False),  # its row is purged sooner
    sa.Column("channel", Small, nullable=False),
    sa.Column("kind", Small, nullable=False),
    _text("ref"),
    sa.Column("mime", sa.String(100), nullable=False, server_default=""),
    sa.Column("size", sa.BigInteger(), nullable=True),
    sa.Column("album", sa.String(64), nullable=True),
    sa.Column("about", Small, nullable=False, server_default=""),  # return, problem
    sa.Column("state", Small, nullable=False),  # asked, new, kept, failed, forgotten
    _text("path"),
    _text("why"),
    _number("tries"),
    _when("next_at"),
    _when("at"),
    _partial("ix_media_new", "state = 'new'", "next_at"),  # what is to be fetched
    _partial("ix_media_forgotten", "state = 'forgotten'", "id"),  # files of people who were erased
    _partial("ix_media_asked", "state = 'asked'", "contact_id"),  # what nobody has explained yet
    sa.Index("ix_media_loan_id", "loan_id"),  # a loan's pictures
    sa.Index("ix_media_contact_id_album", "contact_id", "album"),  # one more of an album
    sa.Index("ix_media_at", "at"),  # tidy
)

paper = _table(
    "paper",
    # A file that passes through the chat: a list to take in, a list or labels to hand out.
    _id(),
    _ref("department_id", "department"),
    sa.Column("kind", Small, nullable=False),  # import, export, labels
    sa.Column("state", Small, nullable=False),  # new, shown, taking, done, left, failed
    _text("who"),
    _text("what"),
    sa.Column("channel", Small, nullable=False, server_default=""),
    _text("ref"),
    _text("name"),
    sa.Column("size", sa.BigInteger(), nullable=True),
    _text("path"),
    _number("tries"),
    _when("next_at"),
    _when("at"),
    _partial("ix_paper_waiting", "state IN ('new','taking')", "next_at"),  # what is to be fetched, taken or made
    sa.Index("ix_paper_at", "at"),  # tidy
)

undo = _table(
    "undo",
    # ANNULER undoes the last act: one row per person, replaced by the next act.
    sa.Column("contact_id", Key, sa.ForeignKey("contact.id"), primary_key=True),
    sa.Column("what", Small, nullable=False),
    sa.Column("facts", Json, nullable=False),
    _when("until"),
)

# --- what is owed --------------------------------------------------------------------------------

debt = _table(
    "debt",
    _id(),
    _ref("contact_id", "contact"),
    _ref("department_id", "department"),
    sa.Column("kind", Small, nullable=False),  # invoice, manual
    sa.Column("reference", sa.String(64), nullable=False, server_default=""),
    # Minor units of the currency: cents of EUR; XOF has none. Balances are never stored.
    sa.Column("amount", sa.BigInteger(), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),  # a day at the desk; overdue when it is over
    sa.Column("state", Small, nullable=False, server_default="open"),  # open, settled, disputed, cancelled
    _text("note"),
    _text("who"),
    _when("created_at"),
    _when("closed_at", null=True),
    sa.Column("import_key", sa.String(64), nullable=True, unique=True),  # the same file twice changes nothing
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    sa.Index("ix_debt_contact_id_department_id", "contact_id", "department_id"),  # SOLDE, a balance
    _partial("ix_debt_desk", ALL, "department_id", "id"),  # as ix_loan_desk
    _partial("ix_debt_owed", "state IN ('open','disputed')", "department_id", "due_on"),  # /dettes, dun
    # One invoice noted twice would be asked for twice.
    _partial(
        "uq_debt_reference", "reference <> '' AND state <> 'cancelled'", "department_id", "contact_id", "reference",
        unique=True,
    ),
    # What an invoice is found by, as people write it.
    _partial("ix_debt_reference", "reference <> ''", sa.text("lower(reference)"), "id"),
)  # fmt: skip


def referred_to(reference: str) -> sa.ColumnElement[bool]:
    """Whether a debt has this reference, ignoring case, worded as `ix_debt_reference` is."""
    same = sa.func.lower(debt.c.reference) == sa.func.lower(reference)
    return same & (debt.c.reference != sa.literal_column("''")) if reference else debt.c.reference == ""


payment = _table(
    "payment",
    _id(),
    _ref("contact_id", "contact"),
    _ref("department_id", "department"),
    _ref("debt_id", "debt", null=True, index=True),  # what it was paid for; none: the oldest first
    sa.Column("amount", sa.BigInteger(), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    # Only a confirmed payment counts; a declared one is what the person says.
    sa.Column("state", Small, nullable=False, server_default="confirmed"),  # declared, confirmed, refused
    sa.Column("reference", sa.String(64), nullable=False, server_default=""),
    _text("who"),
    _when("created_at"),
    _when("closed_at", null=True),
    sa.Column("import_key", sa.String(64), nullable=True, unique=True),
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    sa.Index("ix_payment_contact_id_department_id", "contact_id", "department_id"),
    _partial("ix_payment_declared", "state = 'declared'", "department_id", "created_at"),  # payments waiting for staff
)

debt_cycle = _table(
    "debt_cycle",
    # The reminding of one person about all they owe a desk.
    _id(),
    _ref("contact_id", "contact"),
    _ref("department_id", "department", index=True),
    _number("plan_no", 1),
    _number("sent"),  # reminders since the cycle began
    _when("last_at", null=True),
    sa.Column("promised_on", sa.Date(), nullable=True),  # the day by which they said they pay: it rests until then
    _flag("suspended"),
    sa.UniqueConstraint("contact_id", "department_id"),
)

# --- what is to be said --------------------------------------------------------------------------

planned = _table(
    "planned",
    _id(),
    _ref("department_id", "department"),
    _ref("contact_id", "contact"),
    sa.Column("kind", Small, nullable=False),  # loan, debt
    sa.Column("subject_id", Key, nullable=False),
    sa.Column("step", Small, nullable=False),
    _number("occurrence"),
    _number("plan_no", 1),
    _when("at"),
    _when("window_end"),
    sa.Column(
        "state", Small, nullable=False, server_default="planned"
    ),  # planned, queued, superseded, cancelled, skipped
    _text("why"),
    # Two replicas waking in the same second must not remind twice.
    sa.UniqueConstraint("kind", "subject_id", "step", "occurrence", "plan_no"),
    _partial("ix_planned_at", "state = 'planned'", "at"),  # the due scan: finds 100 due among a million loans
    # Gathering one person's messages. Whole: when two people become one, all rows move, and who is gone is looked for.
    sa.Index("ix_planned_contact", "contact_id", "state", "at"),
)

planned_outbox = _table(
    "planned_outbox",
    sa.Column("planned_id", Key, sa.ForeignKey("planned.id"), primary_key=True),
    sa.Column("outbox_id", Key, primary_key=True),
    sa.Index("ix_planned_outbox_outbox_id", "outbox_id"),
)

inbox = _table(
    "inbox",
    _id(),
    sa.Column("channel", Small, nullable=False),
    sa.Column("kind", Small, nullable=False),
    sa.Column("provider_id", sa.String(200), nullable=False),
    sa.Column("sender", sa.String(64), nullable=False),
    sa.Column("lane", sa.String(200), nullable=False),
    sa.Column("payload", Json, nullable=True),
    sa.Column("state", Small, nullable=False, server_default="new"),  # new, done, parked
    _number("tries"),
    _when("next_at"),
    _when("received_at"),
    _when("done_at", null=True),
    _text("error"),
    # A provider repeats itself: the second copy must change nothing.
    sa.UniqueConstraint("channel", "kind", "provider_id"),
    # The oldest waiting letter of each lane, in order of arrival.
    _partial("ix_inbox_waiting", "state = 'new'", "lane", "id"),
    # Which lanes to handle, and when to wake: of what people wrote, and of receipts.
    _partial("ix_inbox_people", "state = 'new' AND kind <> 'receipt'", "next_at"),
    _partial("ix_inbox_receipts", "state = 'new' AND kind = 'receipt'", "next_at"),
    _partial("ix_inbox_parked", "state = 'parked'", "id"),  # /file
    _partial("ix_inbox_done", "state = 'done'", "done_at"),  # dropping payloads after a week
)

outbox = _table(
    "outbox",
    _id(),
    sa.Column("ref", sa.String(32), nullable=False, unique=True),  # travels to the provider; never a row number
    _ref("department_id", "department", null=True),
    _ref("contact_id", "contact", null=True),
    sa.Column("address_id", Key, nullable=True),
    sa.Column("op", Small, nullable=False, server_default="send"),
    sa.Column("message", sa.String(64), nullable=False),
    sa.Column("facts", Json, nullable=True),
    sa.Column("choices", Json, nullable=True),
    sa.Column("language", Small, nullable=False),
    sa.Column("loan_class", Small, nullable=True),
    sa.Column("loan_id", Key, nullable=True),
    sa.Column("loan_ids", Json, nullable=True),  # of a gathered message, in the order of its lines
    sa.Column("about", Small, nullable=False),  # answer, reminder, overdue, notice, staff, toast
    sa.Column("begun_by", Small, nullable=False),  # person, clock, api
    _number("priority"),  # 0 answers, 1 cards and notices of an act, 2 reminders, 3 digests
    sa.Column("channel", Small, nullable=False),
    sa.Column("chat", sa.String(160), nullable=False),
    sa.Column("topic", sa.BigInteger(), nullable=True),
    sa.Column("card", sa.String(64), nullable=True),
    sa.Column("target", sa.String(160), nullable=True),
    sa.Column("state", Small, nullable=False, server_default="pending"),
    _number("attempts"),
    _when("next_at"),
    _when("put_off_at", null=True),  # held back by a limit: what is for this chat and came later waits behind it
    _when("window_end", null=True),
    _when("caused_at", null=True),  # the person's act that led to it: exempt from quiet hours for five minutes
    sa.Column("lease", sa.String(32), nullable=True),
    _when("lease_until", null=True),
    _number("doubts"),  # attempts whose answer was lost
    _number("looked"),  # times we asked the provider what became of it
    _when("look_at", null=True),  # accepted and not delivered yet: when to ask the provider, or take the next road
    sa.Column("provider_id", sa.String(120), nullable=True),
    sa.Column("words_hash", sa.String(64), nullable=True),
    sa.Column("cost", sa.BigInteger(), nullable=True),  # millionths of its currency; null: not reported by the provider
    sa.Column("cost_currency", sa.String(3), nullable=True),
    _text("error"),
    sa.Column("key", sa.String(160), nullable=False, unique=True),
    sa.Column("parent_id", Key, nullable=True),
    sa.Column("reference", sa.String(80), nullable=True),  # a business's own: one order has several notices
    _when("created_at"),
    _when("sent_at", null=True),
    _when("delivered_at", null=True),
    _when("closed_at", null=True),
    # A half-set lease would never be swept.
    sa.CheckConstraint("(lease IS NULL) = (lease_until IS NULL)", name="lease_whole"),
    # What may leave now on this channel, replies first.
    _partial("ix_outbox_waiting", "state IN ('pending','retrying')", "channel", "priority", "next_at", "id"),
    _partial("ix_outbox_next", "state IN ('pending','retrying')", "next_at"),  # when to wake
    # Of these two most rows have none yet when they are written: that spares each of them two entries.
    _partial("uq_outbox_lease", "lease IS NOT NULL", "lease", unique=True),
    _partial("ix_outbox_provider", "provider_id IS NOT NULL", "channel", "provider_id"),  # receipts
    _partial("ix_outbox_leased", "state = 'sending'", "lease_until"),  # leases that ran out
    _partial("ix_outbox_chat", "state = 'sending'", "channel", "chat"),  # one at a time to a chat
    _partial("ix_outbox_put_off", "put_off_at IS NOT NULL", "channel", "chat", "id"),
    _partial("ix_outbox_unsure", "state = 'unsure'", "closed_at"),
    _partial("ix_outbox_loan", "loan_id IS NOT NULL", "loan_id"),  # a loan's messages; withdrawing those still waiting
    _partial("ix_outbox_look", "look_at IS NOT NULL", "look_at"),  # accepted, without a receipt
    _partial("ix_outbox_parent", "parent_id IS NOT NULL", "parent_id"),  # did it go on by another road?
    _partial(
        "ix_outbox_stranded", "state IN ('dead','withheld') AND about = 'notice'", "contact_id"
    ),  # leaves once they write
    _partial("ix_outbox_reference", "reference IS NOT NULL", "reference", "id"),  # all notices of one order
    _partial("ix_outbox_begun", "begun_by <> 'person'", "contact_id", "sent_at"),  # thirty a day are enough
    sa.Index("ix_outbox_contact_id_department_id_id", "contact_id", "department_id", "id"),  # a person's history
    _partial("ix_outbox_log", "contact_id IS NOT NULL", "department_id", "id"),  # a desk's log, newest first
    # What may need attention: rare rows, found without reading the others.
    _partial("ix_outbox_trouble", _one_of("dead", "unsure", "withheld"), "department_id", "state", "id"),
    # The log, newest first; tidy; figures of a period, which are counted here without reading a row.
    sa.Index(
        "ix_outbox_figures",
        "created_at",
        "department_id",
        "state",
        "channel",
        "message",
        "about",
        "op",
        "contact_id",
        "cost",
        "cost_currency",
    ),
)
# What is still to leave, worded as the conditions of its indexes are.
OUTBOX_WAITS = among(outbox.c.state, "pending", "retrying")

attempt = _table(
    "attempt",
    _id(),
    sa.Column("outbox_id", Key, sa.ForeignKey("outbox.id"), nullable=False, index=True),
    sa.Column("lease", sa.String(32), nullable=False, unique=True),
    _when("started_at"),
    _when("ended_at", null=True),
    sa.Column("outcome", Small, nullable=True),
    sa.Column("code", Small, nullable=False, server_default=""),
)

PERSON_CARD = "subject LIKE 'person:%'"  # the keys of `words_card_of`

card = _table(
    "card",
    sa.Column("chat", sa.String(64), primary_key=True),
    sa.Column("subject", sa.String(64), primary_key=True),
    sa.Column("provider_id", sa.String(120), nullable=True),
    sa.Column("outbox_id", Key, nullable=True),
    _when("updated_at"),
    sa.Index("ix_card_provider_id", "provider_id"),  # a reply to a card
    _partial("ix_card_person", PERSON_CARD, "subject"),  # few: most cards show a loan
)


def cards_of(contact_id: int) -> sa.ColumnElement[bool]:
    """The cards that show what a person wrote."""
    return sa.and_(sa.text(f"card.{PERSON_CARD}"), card.c.subject.startswith(words_cards_of(contact_id)))


question = _table(
    "question",
    # One open question per person and chat: a second one replaces the first.
    sa.Column("contact_id", Key, sa.ForeignKey("contact.id"), primary_key=True),
    sa.Column("chat", sa.String(160), primary_key=True),
    sa.Column("kind", Small, nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Column("choices", Json, nullable=False),
    _when("asked_at"),
    _when("expires_at"),
)

# --- the desk itself -----------------------------------------------------------------------------

rule = _table(
    "rule",
    sa.Column("department_id", Key, sa.ForeignKey("department.id"), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", Json, nullable=False),
    _when("changed_at"),
)

audit = _table(
    "audit",
    _id(),
    sa.Column("department_id", Key, nullable=True),
    _text("who"),
    sa.Column("what", sa.String(64), nullable=False),
    sa.Column("facts", Json, nullable=False),
    _when("at"),
    sa.Index("ix_audit_department_id_what_id", "department_id", "what", "id"),  # who changed this setting last
)

replanning = _table(
    "replanning",
    # A change of rules moves the plans of running loans, in slices: how far it has come.
    sa.Column("department_id", Key, sa.ForeignKey("department.id"), primary_key=True),
    # The last loan done, by its due time and number.
    _when("due_at"),
    sa.Column("after", Key, nullable=False),
    _when("asked_at"),
)

bulk = _table(
    "bulk",
    # What somebody asked of many loans or people at once, worked off in slices: how far it has come.
    _id(),
    _ref("department_id", "department"),
    sa.Column("kind", Small, nullable=False),  # closure, closure_undo, debts_remind, debts_reset, switch_on
    _text("who"),
    _text("by_name"),
    sa.Column("facts", Json, nullable=False),
    _when("next_at"),
)

template_override = _table(
    "template_override",
    # An admin's words in place of a file's. An empty language holds whether the message is sent at all, an empty
    # channel stands for all channels that have no words of their own.
    sa.Column("department_id", Key, sa.ForeignKey("department.id"), primary_key=True),
    sa.Column("message", sa.String(64), primary_key=True),
    sa.Column("language", Small, primary_key=True),
    sa.Column("channel", Small, primary_key=True),
    _text("words"),
    sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()),
    _text("who"),
    _when("changed_at"),
)

job_run = _table(
    "job_run",
    _id(),
    sa.Column("job", Small, nullable=False),
    _when("planned_at"),
    sa.Column("lease", sa.String(32), nullable=True),
    _when("lease_until", null=True),
    _when("started_at", null=True),
    _when("finished_at", null=True),
    _text("outcome"),
    sa.UniqueConstraint("job", "planned_at"),  # two replicas: one run
)

seen = _table(
    "seen",
    # Outlives the log: a genuine request replayed after months must not act again.
    sa.Column("id", sa.String(240), primary_key=True),
    _when("at"),
)

said = _table(
    "said",
    # Outlives the log: a key once used is never said again.
    sa.Column("key", sa.String(160), primary_key=True),
    _when("at"),
)

# --- the dashboard -------------------------------------------------------------------------------

sign_in = _table(
    "sign_in",
    # A link that opens the dashboard once. Taking it removes the row: of two who open it, one is let in.
    sa.Column("digest", sa.String(64), primary_key=True),  # the link itself is never stored
    sa.Column("telegram_user", sa.String(32), nullable=False),
    sa.Column("language", Small, nullable=False),
    _when("expires_at"),
)

session = _table(
    "session",
    # Somebody signed in, on every replica. Rights of a person are read from `role` at each request, not from here.
    sa.Column("digest", sa.String(64), primary_key=True),  # the cookie itself is never stored
    sa.Column("telegram_user", sa.String(32), nullable=False, server_default="", index=True),  # empty: a token's
    sa.Column("token_id", sa.String(32), nullable=False, server_default=""),
    sa.Column("role", Small, nullable=False, server_default=""),  # of a token: admin, user
    sa.Column("department_id", Key, nullable=True),  # the only one that a token may see
    _text("name"),
    sa.Column("language", Small, nullable=False),
    _when("expires_at"),
    sa.Index("ix_session_expires_at", "expires_at"),  # tidy
)

# --- other systems -------------------------------------------------------------------------------

api_token = _table(
    "api_token",
    # A token is signed, not stored: this row says that it was drawn, and when it was taken back.
    sa.Column("id", sa.String(32), primary_key=True),
    _text("name"),
    sa.Column("role", Small, nullable=False),
    _ref("department_id", "department", null=True),  # None: all departments
    _when("created_at"),
    _when("expires_at"),
    _when("revoked_at", null=True),
)

api_answer = _table(
    "api_answer",
    # A system that lost our answer asks again with the same key: it must get that answer, and nothing happens twice.
    sa.Column("key", sa.String(240), primary_key=True),  # scope and Idempotency-Key
    sa.Column("body_hash", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer(), nullable=False),
    sa.Column("body", Json, nullable=False),
    _when("at"),
    sa.Index("ix_api_answer_at", "at"),  # tidy
)

hook = _table(
    "hook",
    # Where a system wants to be told of what happened. The secret signs; it is needed in the clear.
    _id(),
    _ref("department_id", "department", null=True),  # None: all departments
    _text("url"),
    _text("secret"),
    sa.Column("events", Json, nullable=False),
    _when("created_at"),
    _text("who"),
)

pace = _table(
    "pace",
    # What every replica reserves its sends from.
    sa.Column("key", sa.String(200), primary_key=True),
    # Instants in seconds since 1970: when something last came there; [instant, how many] of the last places;
    # {those taken together: [[held until, which of them as hexadecimal bits]]}.
    sa.Column("stamps", Json, nullable=False),
    sa.Column("begun", Json, nullable=False),
    sa.Column("held", Json, nullable=False),
    _when("blocked_until", null=True),
)

spent = _table(
    "spent",
    # The hard cap of a desk's month is held against this; the outbox itself is purged.
    sa.Column("department_id", Key, sa.ForeignKey("department.id"), primary_key=True),
    sa.Column("month", sa.String(7), primary_key=True),  # 2026-11
    sa.Column("channel", Small, primary_key=True),
    _number("messages"),
    _number("segments"),  # of SMS, as the carrier counts them
)

tally = _table(
    "tally",
    # Messages that the log has dropped, counted: by the civil day in their desk's zone.
    sa.Column("day", sa.String(10), primary_key=True),  # 2026-11-21
    sa.Column("department_id", Key, primary_key=True, autoincrement=False),  # 0: of no desk
    sa.Column("channel", Small, primary_key=True),
    sa.Column("kind", sa.String(64), primary_key=True),
    sa.Column("state", Small, primary_key=True),
    sa.Column("currency", sa.String(3), primary_key=True),  # of the cost; empty: not reported by the provider
    _number("messages"),
    sa.Column("cost", sa.BigInteger(), nullable=False, server_default="0"),  # of all together, millionths
)

channel_state = _table(
    "channel_state",
    sa.Column("channel", Small, primary_key=True),
    sa.Column("state", Small, nullable=False, server_default="up"),  # up, down, config
    _number("faults"),
    _when("probe_at", null=True),
    _when("since", null=True),
    _text("detail"),
)

meta = _table(
    "meta",
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text(), nullable=False),
)


def partial_on_postgres_too() -> None:
    """The conditions of partial indexes in PostgreSQL's words as well, before tables are made or compared.

    To name them loads PostgreSQL's dialect, 2 MB that a desk on SQLite does not need.
    """
    for index in (index for table in metadata.tables.values() for index in table.indexes):
        where = index.dialect_options["sqlite"]["where"]
        if where is not None:
            index.dialect_options["postgresql"]["where"] = where
