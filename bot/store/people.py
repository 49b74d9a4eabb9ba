"""People, their addresses, consents, roles, and the codes that make a first admin."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.errors import Gone
from bot.core.people import Address, AddressState, Consent, Contact, Department, Role, roads_like
from bot.core.spoken import fold
from bot.store.hints import off_index
from bot.store.ready import Ready, given, listed, one_of
from bot.store.suppressions import PROOF
from bot.store.tables import address, consent_event, contact, loan, membership, role, setup_code, window
from bot.store.together import Asking

if TYPE_CHECKING:
    from bot.store.transaction import Tx

LOOKED_BACK = 100  # the latest loans of a desk, for who borrowed last
WINDOW = timedelta(hours=24) - timedelta(minutes=15)


def digest(code: str) -> str:
    """The stored form of a one-time code."""
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


class People:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._locked: set[int] = set()

    # --- contacts ----------------------------------------------------------------------------

    def get(self, contact_id: int) -> Contact:
        """Raises Gone: an old button may name somebody who has been merged since."""
        row = self._tx.recall(_CONTACT, contact=contact_id).first()
        if row is None:
            raise Gone(f"contact {contact_id}")
        return _contact(row)

    def find(self, contact_id: int) -> Contact | None:
        """A person by number; None when there is none, or no more: of who was erased a number is left, without name or
        address."""
        row = self._tx.run(_CONTACT, {"contact": contact_id}).first()
        return _contact(row) if row and (row.name or self.addresses(contact_id)) else None

    def look_ahead(self, writers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Read (and lock) at once who writes from these addresses (channel, value): the person of each that is
        known."""
        if self._tx.postgres:
            return self._locked_by(writers)
        rows = self._tx.run(_ADDRESSES_OF_EACH, {"writers": [":".join(one) for one in writers]}).all()
        self._foresee(self._tx.run(_EACH_CONTACT, {"people": sorted({row.contact_id for row in rows})}))
        return self._reached(writers, rows)

    def reached(self, writers: Sequence[tuple[str, str]], who: Mapping[tuple[str, str], int]) -> Asking[bool]:
        """Read where else those found by `look_ahead` can be reached; whether they are still the ones who write: before
        we had the lock, somebody may have made one of two people, or taken an address out."""
        if not self._tx.postgres:
            return True
        (found,) = yield [(_ADDRESSES_OF_ALL, {"people": sorted(set(who.values()))})]
        return self._reached(writers, found.all()) == who

    def _locked_by(self, writers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Who writes from where."""
        places = {"channels": [channel for channel, _ in writers], "places": [value for _, value in writers]}
        (found,) = self._tx.ask([(_WHO_WRITE, places)])
        who = {(row.channel, row.value): row.contact_id for row in found}
        (rows,) = self._tx.ask([(_CONTACTS_LOCKED, {"people": sorted(set(who.values()))})])
        self._locked.update(row.id for row in rows)
        self._foresee(rows)
        return who

    def _reached(self, writers: Sequence[tuple[str, str]], rows: Sequence[Any]) -> dict[tuple[str, str], int]:
        """Keep all addresses of who writes as the answers to what their letters lead to; who writes from where."""
        known = {(row.channel, row.value): row for row in rows}
        self._tx.foresee_all(_ADDRESS, [(None, one, [known[one]] if one in known else []) for one in writers])
        self._tx.foresee_all(_ADDRESS_BY_ID, [(None, (row.id,), [row]) for row in rows])
        theirs: dict[int, list[Any]] = {}
        for row in rows:
            theirs.setdefault(row.contact_id, []).append(row)
        self._tx.foresee_all(_ADDRESSES, [(person, (person,), found) for person, found in theirs.items()])
        return {one: known[one].contact_id for one in writers if one in known}

    def _foresee(self, contacts: Iterable[Any]) -> None:
        self._tx.foresee_all(_CONTACT, [(row.id, (row.id,), [row]) for row in contacts])

    def lock(self, contact_id: int) -> None:
        """Lock a person, so that their messages act one after the other on any replica and channel."""
        if not self._tx.postgres:
            return
        if contact_id in self._locked:
            self._tx.forget(foreseen=False)
            return
        self._tx.forget()
        self._tx.run(_CONTACTS_LOCKED, {"people": [contact_id]})
        self._locked.add(contact_id)

    def add(self, name: str, department_id: int | None = None, language: str = "") -> Contact:
        made = self._tx.insert(contact, name=name[:120], language=language, created_at=self._tx.now)
        self._locked.add(made)  # nobody else knows of them yet
        if department_id is not None:
            self.join(made, department_id)
        return Contact(made, name[:120], language)

    def lock_alone(self, contact_id: int) -> None:
        """As `lock`, once nobody else is adding anything to this person: whoever does so from now on waits."""
        self.lock(contact_id)
        if self._tx.postgres:
            self._tx.run(sa.select(contact.c.id).where(contact.c.id == contact_id).with_for_update())
            self._tx.forget()

    def _hold(self, contact_id: int) -> None:
        """Let nobody be erased before this is committed, where there are several writers. Raises Gone for who was."""
        if not self._tx.postgres or contact_id in self._locked:
            return
        row = self._tx.run(_KEPT, {"contact": contact_id}).first()
        theirs = sa.select(address.c.id).where(address.c.contact_id == contact_id).limit(1)
        if row is None or not (row.name or self._tx.run(theirs).first()):
            raise Gone(f"contact {contact_id}")

    def join(self, contact_id: int, department_id: int) -> None:
        """Make a person one of a department's. Raises Gone for who was erased in this moment."""
        self._hold(contact_id)
        if self._tx.insert_new(membership, contact_id=contact_id, department_id=department_id) is not None:
            self._tx.names.put(contact_id, department_id, self.get(contact_id).name)

    def belongs(self, contact_id: int, department_id: int) -> bool:
        key = (membership.c.contact_id == contact_id) & (membership.c.department_id == department_id)
        return self._tx.run(sa.select(membership.c.contact_id).where(key)).first() is not None

    def desks_of(self, contact_id: int) -> set[int]:
        """The departments a person belongs to."""
        query = sa.select(membership.c.department_id).where(membership.c.contact_id == contact_id)
        return set(self._tx.run(query).scalars())

    def department_of(self, contact_id: int) -> Department | None:
        """The desk a person deals with: the one of the latest open loan, else the first they belong to."""
        first = self._tx.loans.desk_of(contact_id) or self._tx.run(_FIRST_DESK, {"contact": contact_id}).scalar()
        return self._tx.departments.get(first) if first else None

    def rename(self, contact_id: int, name: str) -> None:
        self._set(contact_id, name=name[:120])
        self._tx.names.renew(contact_id)

    def set_language(self, contact_id: int, language: str) -> None:
        self._set(contact_id, language=language)

    def set_zone(self, contact_id: int, zone: ZoneInfo | None) -> None:
        """The zone a person lives in; None: the desk's."""
        self._set(contact_id, zone=zone.key if zone else None)

    def pause(self, contact_id: int, until: datetime | None) -> None:
        self._set(contact_id, paused_until=until)

    def strike(self, contact_id: int) -> int:
        """Count a message that was not understood; how many in a row."""
        self._tx.run(sa.update(contact).where(contact.c.id == contact_id).values(strikes=contact.c.strikes + 1))
        return int(self._tx.run(sa.select(contact.c.strikes).where(contact.c.id == contact_id)).scalar_one())

    def forget_strikes(self, contact_id: int) -> None:
        self._tx.run(_FORGIVE, {"contact": contact_id})

    def _set(self, contact_id: int, **values: Any) -> None:
        self._tx.run(sa.update(contact).where(contact.c.id == contact_id).values(**values))

    def named(self, department_id: int, words: str) -> list[Contact]:
        """People of a department whose name is, or contains, these words, ignoring accents and case."""
        wanted = fold(words)
        everyone = [(one.it, fold(one.name)) for one in self._tx.names.named(department_id, words)]
        exact = [number for number, name in everyone if name == wanted]
        return [self.get(n) for n in exact or [n for n, name in everyone if wanted and wanted in name]]

    def names(self, department_id: int) -> list[tuple[int, str]]:
        """(number, name) of the people of a department, by name."""
        return [(row.id, row.name) for row in self._tx.run(_NAMES, {"desk": department_id})]

    def recent(self, department_id: int, limit: int = 6) -> list[Contact]:
        """Those who borrowed last, for the buttons of /pret; filled up with the newest of the department."""
        here = sa.select(contact).join(membership, membership.c.contact_id == contact.c.id)
        here = here.where(membership.c.department_id == department_id, contact.c.name != "")
        # Keeps SQLite to the newest loans: it would sort all that the desk ever lent instead.
        lately = sa.select(loan.c.contact_id).where(off_index(loan.c.department_id) == department_id)
        ids = self._tx.run(lately.order_by(loan.c.lent_at.desc(), loan.c.id.desc()).limit(LOOKED_BACK)).scalars()
        wanted = {person: place for place, person in enumerate(dict.fromkeys(ids))}
        found = [_contact(row) for row in self._tx.run(here.where(contact.c.id.in_(wanted)))] if wanted else []
        found.sort(key=lambda one: wanted[one.id])
        if len(found) < limit:
            newest = here.order_by(membership.c.contact_id.desc()).limit(limit + len(found))
            found += [one for one in map(_contact, self._tx.run(newest)) if one.id not in wanted]
        return found[:limit]

    # --- addresses ---------------------------------------------------------------------------

    def find_address(self, channel: str, value: str) -> Address | None:
        row = self._tx.recall(_ADDRESS, channel=channel, value=value).first()
        return _address(row) if row else None

    def address(self, address_id: int) -> Address | None:
        row = self._tx.recall(_ADDRESS_BY_ID, address=address_id).first()
        return _address(row) if row else None

    def addresses(self, contact_id: int) -> list[Address]:
        return [_address(row) for row in self._tx.recall(_ADDRESSES, contact=contact_id)]

    def add_address(
        self, contact_id: int, channel: str, value: str, *, verified_by: str, consent: Consent = Consent.UNKNOWN,
        attested_by: str = "", proof: str = "",
    ) -> Address:  # fmt: skip
        """An address that said STOP before it was erased is refused, whoever attests, until its holder agrees; so is a
        number that did so by its other road, unless its holder writes by this one."""
        roads = (channel,) if verified_by == "holder" else roads_like(channel)
        if consent is not Consent.GIVEN and self._tx.suppressions.hold(roads, value):
            consent, proof = Consent.REFUSED, PROOF
        made = self._tx.insert(
            address, contact_id=contact_id, channel=channel, value=value, consent=consent.value, state="live",
            verified_by=verified_by, attested_by=attested_by, created_at=self._tx.now,
        )  # fmt: skip
        if consent is not Consent.UNKNOWN:
            self._note_consent(made, consent, proof or attested_by)
        found = self.address(made)
        assert found is not None
        return found

    def set_consent(self, address_id: int, consent: Consent, proof: str) -> None:
        """Consent changes are events with their proof."""
        self._tx.update(address, {"id": address_id}, consent=consent.value)
        self._note_consent(address_id, consent, proof)
        known = self.address(address_id) if consent is Consent.GIVEN else None
        if known is not None:
            self._tx.suppressions.drop(known.channel, known.value)

    def set_state(self, address_id: int, state: AddressState) -> None:
        self._tx.update(address, {"id": address_id}, state=state.value)

    def verified(self, address_id: int) -> None:
        """Record that its holder wrote from it."""
        self._tx.update(address, {"id": address_id}, verified_by="holder")

    def deny(self, address_id: int, *, denied: bool = True) -> None:
        """Record that its holder says they are somebody else, or (False) that staff have verified the person."""
        at = self._tx.now if denied else None
        self._tx.update(address, {"id": address_id}, denied_at=at)

    def note_username(self, address_id: int, username: str) -> None:
        self._tx.run(_NOTE_USERNAME, {"address": address_id, "seen": username})

    def by_username(self, username: str) -> Address | None:
        row = self._tx.run(
            sa.select(address).where(sa.func.lower(address.c.username) == username.lstrip("@").lower())
        ).first()
        return _address(row) if row and username.lstrip("@") else None

    def _note_consent(self, address_id: int, consent: Consent, proof: str) -> None:
        self._tx.insert(consent_event, address_id=address_id, consent=consent.value, proof=proof[:300], at=self._tx.now)

    # --- the 24-hour window ------------------------------------------------------------------

    def heard_from(self, sender: str, address_id: int) -> None:
        """An inbound message opens the window."""
        self._tx.put(window, sender=sender, address_id=address_id, last_inbound_at=self._tx.now, closed_at=None)

    def last_heard(self, sender: str, address_id: int) -> datetime | None:
        """When the window was last opened; None when never, or when the provider has said since that it is closed."""
        row = self._tx.run(_WINDOW, {"sender": sender, "address": address_id}).first()
        return row.last_inbound_at if row and row.closed_at is None else None

    def wrote_since(self, address_id: int, at: datetime) -> bool:
        """Whether an address was written from after an instant, to whichever number of ours."""
        newest = sa.select(sa.func.max(window.c.last_inbound_at)).where(window.c.address_id == address_id)
        last: datetime | None = self._tx.run(newest).scalar()
        return last is not None and last > at

    def window_open(self, sender: str, address_id: int) -> bool:
        """Whether free text may leave: heard from within 24 hours, less a quarter of an hour for what is on its way."""
        last = self.last_heard(sender, address_id)
        return last is not None and self._tx.now - last < WINDOW

    def window_was_open(self, sender: str, address_id: int, at: datetime) -> bool:
        """Whether it surely was open at an instant; of what was before the last word nothing is known."""
        last = self.last_heard(sender, address_id)
        return last is not None and last <= at < last + WINDOW

    def close_window(self, sender: str, address_id: int) -> None:
        key = (window.c.sender == sender) & (window.c.address_id == address_id)
        self._tx.run(sa.update(window).where(key).values(closed_at=self._tx.now))

    # --- roles -------------------------------------------------------------------------------

    def role_of(self, telegram_user: str, department_id: int) -> Role | None:
        return self.roles_of(telegram_user).get(department_id)

    def roles_of(self, telegram_user: str) -> dict[int, Role]:
        """Department → role."""
        return {row.department_id: Role(row.role) for row in self._tx.recall(_ROLES, user=telegram_user)}

    def give_role(self, telegram_user: str, department_id: int, what: Role, name: str) -> bool:
        """Whether anything changed. An admin stays an admin when added to the team."""
        now_has = self.role_of(telegram_user, department_id)
        if now_has is what or (now_has is Role.ADMIN and what is Role.STAFF):
            return False
        self._tx.put(
            role, telegram_user=telegram_user, department_id=department_id, role=what.value, name=name,
            given_at=self._tx.now,
        )  # fmt: skip
        return True

    def take_role(self, telegram_user: str, department_id: int) -> bool:
        key = (role.c.telegram_user == telegram_user) & (role.c.department_id == department_id)
        return self._tx.run(sa.delete(role).where(key)).rowcount == 1

    def team(self, department_id: int, *, hold: bool = False) -> list[tuple[str, Role, str]]:
        """(name, role, Telegram user) of a department. hold: nobody takes one of these roles before this is committed,
        where there are several writers."""
        mine = role.c.department_id == department_id
        if hold and self._tx.postgres:
            held = self._tx.lock(sa.select(role.c.telegram_user).where(mine).order_by(role.c.telegram_user))
            self._tx.run(held).all()
        rows = self._tx.run(sa.select(role).where(mine).order_by(role.c.role, role.c.name))
        return [(row.name, Role(row.role), row.telegram_user) for row in rows]

    # --- one-time codes ----------------------------------------------------------------------

    def has_admin(self) -> bool:
        return self._tx.run(sa.select(role.c.telegram_user).where(role.c.role == "admin").limit(1)).first() is not None

    def put_code(
        self, code: str, *, department_id: int | None = None, lasts: timedelta | None = None, kind: str = "setup"
    ) -> None:
        """Make a one-time code valid. The same code again is no error (SETUP_CODE at every start).

        kind: "setup" makes a first admin, "department" opens another group. (Those of kind "link", which prove a
        further address, are `LinkCodes`' and good for nothing here.)
        """
        expires = self._tx.now + lasts if lasts else None
        values = {"digest": digest(code), "department_id": department_id, "expires_at": expires, "kind": kind}
        self._tx.insert_new(setup_code, **values)

    def kind_of_code(self, code: str) -> str | None:
        """The kind of a code that is still valid."""
        kind: str | None = self._tx.run(sa.select(setup_code.c.kind).where(_opens_a_desk(code))).scalar()
        return kind

    def department_of_code(self, code: str) -> int | None:
        """The department that a valid code was drawn for; None when it is for none in particular."""
        found: int | None = self._tx.run(sa.select(setup_code.c.department_id).where(_opens_a_desk(code))).scalar()
        return found

    def code_stands(self) -> bool:
        """Whether a code for a first admin was given out and not used yet."""
        return self._tx.run(sa.select(setup_code.c.id).where(_FOR_FIRST_ADMIN).limit(1)).first() is not None

    def drop_codes(self) -> None:
        """Codes for a first admin that were never used."""
        self._tx.run(sa.delete(setup_code).where(_FOR_FIRST_ADMIN))

    def use_code(self, code: str) -> tuple[bool, int | None]:
        """Whether a code was right and is now used, and the department it belongs to (None: it may make one)."""
        row = self._tx.run(self._tx.lock(sa.select(setup_code).where(_opens_a_desk(code)))).first()
        if row is None or (row.expires_at and row.expires_at < self._tx.now):
            return False, None
        self._tx.run(sa.update(setup_code).where(setup_code.c.id == row.id).values(used_at=self._tx.now))
        return True, row.department_id


def _opens_a_desk(code: str) -> sa.ColumnElement[bool]:
    """A borrower's code must never make an admin."""
    for_a_desk = setup_code.c.kind.in_(("setup", "department"))
    return (setup_code.c.digest == digest(code)) & setup_code.c.used_at.is_(None) & for_a_desk


_FOR_FIRST_ADMIN = sa.and_(setup_code.c.used_at.is_(None), setup_code.c.kind == "setup")
_WHO = sa.select(*(contact.c[name] for name in ("id", "name", "language", "zone", "paused_until", "strikes")))
_CONTACT = Ready(_WHO.where(contact.c.id == sa.bindparam("contact")))
_NAMES = Ready(
    sa.select(contact.c.id, contact.c.name)
    .join(membership, membership.c.contact_id == contact.c.id)
    .where(membership.c.department_id == sa.bindparam("desk"))
    .order_by(contact.c.name)
)
_FORGIVE = Ready(
    sa.update(contact).where(contact.c.id == sa.bindparam("contact"), contact.c.strikes > 0).values(strikes=0)
)
_FIRST_DESK = Ready(
    sa.select(sa.func.min(membership.c.department_id).label("first")).where(
        membership.c.contact_id == sa.bindparam("contact")
    )
)
_WHERE = sa.select(
    *(
        address.c[name]
        for name in ("id", "contact_id", "channel", "value", "consent", "state", "verified_by", "denied_at")
    )
)
_ADDRESS = Ready(_WHERE.where(address.c.channel == sa.bindparam("channel"), address.c.value == sa.bindparam("value")))
_ADDRESS_BY_ID = Ready(_WHERE.where(address.c.id == sa.bindparam("address")))
_ADDRESSES = Ready(_WHERE.where(address.c.contact_id == sa.bindparam("contact")).order_by(address.c.id))
_WRITERS, _OTHER = given("writers"), sa.alias(address)
_ADDRESSES_OF_EACH = Ready(
    _WHERE.where(
        address.c.contact_id.in_(
            sa.select(_OTHER.c.contact_id).where(
                _OTHER.c.channel == sa.func.substr(_WRITERS.c.value, 1, sa.func.instr(_WRITERS.c.value, ":") - 1),
                _OTHER.c.value == sa.func.substr(_WRITERS.c.value, sa.func.instr(_WRITERS.c.value, ":") + 1),
            )
        )
    ).order_by(address.c.id)
)
_ROLES = Ready(sa.select(role.c.department_id, role.c.role).where(role.c.telegram_user == sa.bindparam("user")))
_NOTE_USERNAME = Ready(
    sa.update(address)
    .where(address.c.id == sa.bindparam("address"), address.c.username != sa.bindparam("seen"))
    .values(username=sa.bindparam("seen"))
)
_EACH_CONTACT = Ready(_WHO.where(one_of(contact.c.id, "people", postgres=False)))
# On PostgreSQL. Locked in one order, and not the whole row: every new row that names this person must still be able to
# look that they exist.
_THEIRS = one_of(contact.c.id, "people", postgres=True)
_KEPT = Ready(_CONTACT.statement.with_for_update(read=True, key_share=True))
_CONTACTS_LOCKED = Ready(_WHO.where(_THEIRS).order_by(contact.c.id).with_for_update(key_share=True))
_ADDRESSES_OF_ALL = Ready(_WHERE.where(one_of(address.c.contact_id, "people", postgres=True)).order_by(address.c.id))
_PLACES = (
    sa.func.unnest(listed("channels", sa.Text()), listed("places", sa.Text()))
    .table_valued("channel", "value", name="places")
    .render_derived()
)
_WHO_WRITE = Ready(
    sa.select(address.c.contact_id, address.c.channel, address.c.value).join(
        _PLACES, (address.c.channel == _PLACES.c.channel) & (address.c.value == _PLACES.c.value)
    )
)
_WINDOW = Ready(
    sa.select(window.c.last_inbound_at, window.c.closed_at).where(
        window.c.sender == sa.bindparam("sender"), window.c.address_id == sa.bindparam("address")
    )
)


def _contact(row: Any) -> Contact:
    zone = ZoneInfo(row.zone) if row.zone else None
    return Contact(row.id, row.name, row.language, zone, row.paused_until, row.strikes)


# An enumeration's own search is two calls of Python each.
_CONSENTS = {str(one): one for one in Consent}
_STATES = {str(one): one for one in AddressState}


def _address(row: Any) -> Address:
    return Address(
        row.id, row.contact_id, row.channel, row.value, _CONSENTS[row.consent], _STATES[row.state], row.verified_by,
        row.denied_at is not None,
    )  # fmt: skip
