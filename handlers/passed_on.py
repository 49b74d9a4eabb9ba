"""A telephone number whose carrier gave it to a new holder, who must not read as the former one."""

from __future__ import annotations

from datetime import timedelta

from bot.core.conversation import Say, To
from bot.core.inbound import Inbound
from bot.core.linking import hides_number
from bot.core.messages_linking import NumberPassedOn
from bot.core.people import BY_NUMBER, Address, Consent, phone_shown
from bot.store import Tx
from bot.store.merging import detach, merge
from bot.store.saying import Cause

# Carriers keep a number that was given up for at least this long before somebody else gets it. One whose WhatsApp id
# changes sooner (a new account, a desk whose business moved to another portfolio) is the same person's.
NUMBER_RESTS = timedelta(days=45)


def passed_on(tx: Tx, known: Address, said: Inbound) -> bool:
    """Whether a number writes under another WhatsApp id than the one its holder had, after a long silence: WhatsApp's
    id is stable while a person keeps the number. Of somebody with several numbers nobody can tell whose the id was, nor
    when the last writing was to another number of ours: each business has ids of its own."""
    if said.alias is None or hides_number(known.channel, known.value):
        return False
    theirs = [a.value for a in tx.people.addresses(known.contact_id) if a.channel == known.channel]
    ids = [value for value in theirs if hides_number(known.channel, value)]
    wrote = tx.people.wrote_last(said.sender, known.id)
    others = len(theirs) - len(ids) > 1 or not ids or said.alias in ids
    return not others and wrote is not None and tx.now - wrote >= NUMBER_RESTS


def give_up(tx: Tx, known: Address) -> Address:
    """The number becomes somebody new, for SMS too; what was lent to its former holder stays with them, and staff are
    told that they cannot be reached by it any more."""
    was, desk = tx.people.get(known.contact_id), tx.people.department_of(known.contact_id)
    made: int | None = None
    for address in [a for a in tx.people.addresses(was.id) if a.value == known.value and a.channel in BY_NUMBER]:
        alone = detach(tx, address.id, "number passed on")
        if alone is None:
            continue
        if address.consent in (Consent.GIVEN, Consent.ATTESTED):
            tx.people.set_consent(address.id, Consent.UNKNOWN, "the number has another holder")
        made = alone.id if made is None else merge(tx, made, alone.id, "number passed on").id
    if desk is not None:
        told = NumberPassedOn(was.name, phone_shown(known.value, tx.desk.region))
        say = Say(message=told, to=To.STAFF, department_id=desk.id, key=f"passed:{known.id}:{made}")
        tx.speech.say(say, Cause("clock"))
    return tx.people.address(known.id) or known
