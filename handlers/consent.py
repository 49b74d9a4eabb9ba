"""STOP, START, PAUSE: who may be written to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.conversation import UNDO_LASTS, Heard, Say
from bot.core.due import Due
from bot.core.finding import wanted_words
from bot.core.intents import Understood
from bot.core.linking import one_account
from bot.core.loans import Loan, LoanState
from bot.core.messages import NoSuchLoan, Paused, Started, Stopped, Undone
from bot.core.people import Address, AddressState, Consent
from bot.core.spoken import words
from bot.store import Tx
from handlers.planning import adjust_theirs, replan
from handlers.showing import all_cards, loan_created, own_lines, to_borrower, words_card

PAUSE_DEFAULT = timedelta(days=3)
LONGEST_PAUSE = timedelta(days=60)
ABOUT = frozenset("pour de du des sur concernant about for regarding of".split())
# "Supprimez mon numéro": the team has to see to it as well.
ERASING = frozenset(
    """supprime supprimez supprimer supprimiez efface effacez effacer effaciez oublie oubliez oublier delete erase
    forget""".split()
)


def stop(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """STOP (this channel), STOP 2 (that loan), STOP TOUT. One confirmation."""
    numbers = said.numbers or (() if said.everything else _about(tx, heard))
    if numbers:
        return _stop_loan(tx, heard, numbers)
    scope = "all" if said.everything else "channel"
    for address in _stopped_by(tx, heard, everything=said.everything):
        tx.people.set_consent(address.id, Consent.REFUSED, _proof(heard))
    if heard.inbound.opt_out == "stop":  # the carrier has confirmed already
        return []
    erase = bool(heard.department.chat) and not ERASING.isdisjoint(words(heard.text))
    stopped = Say(message=Stopped(scope, out=tx.loans.count_active(heard.contact.id), erase=erase))
    return [stopped, words_card(heard)] if erase else [stopped]


def _about(tx: Tx, heard: Heard) -> tuple[int, ...]:
    """ "Arrêtez les rappels pour la tente": the loans of theirs that are named behind such a word."""
    said = words(heard.text)
    behind = set(said[min((n for n, word in enumerate(said) if word in ABOUT), default=len(said)) :])
    loans = tx.loans.open_of(heard.contact.id) if behind else []
    return tuple(loan.number for loan in loans if behind.intersection(wanted_words(loan.item)[:1]))


def _stopped_by(tx: Tx, heard: Heard, *, everything: bool) -> list[Address]:
    """This address, by its number and by the id that hides it; all of the person's with TOUT; and always roads they
    never used themselves: somebody who stops us on WhatsApp must not be found again by SMS at a number staff typed."""
    mine = tx.people.addresses(heard.contact.id)
    said = heard.inbound
    return [
        a
        for a in mine
        if everything
        or (a.channel == said.channel and one_account(a.channel, a.value, said.address))
        or a.verified_by != "holder"
    ]


def _stop_loan(tx: Tx, heard: Heard, numbers: tuple[int, ...]) -> list[Say]:
    loans = tx.loans.open_of(heard.contact.id)
    named = [loan for loan in loans if loan.number in numbers]
    if not named:
        return [Say(message=NoSuchLoan(" ".join(map(str, numbers)), own_lines(tx, heard, loans)))]
    return [_silence(tx, loan) for loan in named]


def _silence(tx: Tx, loan: Loan) -> Say:
    tx.loans.change(loan.id, silenced=True)
    tx.plans.drop(loan.id, "stopped for this loan")
    return Say(message=Stopped("loan", loan.item))


def start(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """START: this address may be written to again, by each name that the letter gives it, and silenced loans speak."""
    here = heard.inbound
    for address in tx.people.addresses(heard.contact.id):
        if address.channel == here.channel and address.value in (here.address, here.alias):
            tx.people.set_consent(address.id, Consent.GIVEN, _proof(heard))
    end_pause(tx, heard.contact.id)
    for loan in tx.loans.open_of(heard.contact.id):
        if loan.silenced:
            speaks = tx.loans.change(loan.id, silenced=False)
            if loan.state is LoanState.ACTIVE:  # others get their plan when they are
                replan(tx, speaks, "started again")
    if heard.inbound.opt_out == "start":
        return []
    return [Say(message=Started(heard.department.name))]


def end_pause(tx: Tx, contact_id: int) -> None:
    """What the pause had put off to its end leaves now."""
    paused_until = tx.people.get(contact_id).paused_until
    tx.people.pause(contact_id, None)
    if paused_until is None or paused_until <= tx.now:
        return
    tx.outbox.end_pause(contact_id)
    tx.plans.end_pause(contact_id, paused_until)
    adjust_theirs(tx, contact_id, "the pause is over")


def pause(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """PAUSE [until]: nothing we begin leaves before then."""
    until = said.due.at if isinstance(said.due, Due) else heard.at + PAUSE_DEFAULT
    until = min(max(until, heard.at), heard.at + LONGEST_PAUSE)
    was = tx.people.get(heard.contact.id).paused_until
    end_pause(tx, heard.contact.id)  # what an earlier one had put off to its end waits for this one's
    tx.people.pause(heard.contact.id, until)
    times = {"now": until.isoformat(), "was": was.isoformat() if was is not None else ""}
    tx.loans.remember_undo(heard.contact.id, "pause", heard.at + UNDO_LASTS, **times)
    return [Say(message=Paused(until))]


def undo_pause(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """ANNULER after PAUSE: back to the pause of before, if there was one; nothing once START has ended it."""
    if tx.people.get(heard.contact.id).paused_until != datetime.fromisoformat(facts["now"]):
        return []
    end_pause(tx, heard.contact.id)
    was = datetime.fromisoformat(facts["was"]) if facts["was"] else heard.at
    if was <= heard.at:
        return [Say(message=Undone("pause"))]
    tx.people.pause(heard.contact.id, was)
    return [Say(message=Paused(was))]


def note_writing(tx: Tx, address: Address, sender: str, at: datetime) -> None:
    """Somebody wrote: the window opens, the address is theirs and lives, and writing to us first is consent unless
    they said STOP."""
    tx.people.heard_from(sender, address.id)
    if address.state is not AddressState.LIVE:
        tx.people.set_state(address.id, AddressState.LIVE)
    if address.verified_by != "holder":
        tx.people.verified(address.id)
    if address.consent in (Consent.UNKNOWN, Consent.ATTESTED):
        tx.people.set_consent(address.id, Consent.GIVEN, f"wrote to {sender} on {at:%Y-%m-%d}")


def share_refusals(tx: Tx, one: Address, other: Address) -> None:
    """Two names of one account, known to be so from now on: a STOP that was said under one holds for the other, and so
    does "ce n'est pas moi"."""
    for address, twin in ((one, other), (other, one)):
        if twin.consent is Consent.REFUSED and address.consent is not Consent.REFUSED:
            tx.people.set_consent(address.id, Consent.REFUSED, f"STOP as {twin.value}")
        if twin.denied and not address.denied:
            tx.people.deny(address.id)


def what_waited(tx: Tx, heard: Heard) -> list[Say]:
    """Somebody has written who could not be written to: their copies of running loans leave, and the cards of those
    lose the note that said so. A copy that had left by another road has used its key and stays one."""
    loans = [loan for loan in tx.loans.open_of(heard.contact.id, ("active",)) if not loan.held]
    says = []
    for loan in loans:
        says.append(to_borrower(loan, loan_created(tx, loan), f"loan:{loan.id}:loan_created"))
        cards = all_cards(tx, loan, heard.contact.name)
        says += [replace(say, key=f"in:{heard.letter_id}:freed:{loan.id}:{n}") for n, say in enumerate(cards)]
    return says


def _proof(heard: Heard) -> str:
    return f"{heard.inbound.channel}: {heard.text[:100]!r}"
