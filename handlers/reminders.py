"""RAPPELS: which reminders a person wants, and by which road."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.core.conversation import UNDO_LASTS, Choice, Heard, Rows, Say, echo
from bot.core.intents import Understood
from bot.core.messages import AskEmail, EmailRefused, ReminderChoices, RoadMissing
from bot.core.notices import KINDS, read_kinds
from bot.core.people import BY_NUMBER, Address, AddressState, Consent
from bot.core.preferences import STEPS, Preference, Wish, bare_email, granted, looks_like_email, read_wish
from bot.core.spoken import words
from bot.store import Tx
from handlers.buttons import in_rows
from handlers.rights import who

# Beside one's own address, and no other word: "écrivez aussi à marie@…" is somebody else's.
OF_AN_EMAIL = frozenset(
    "bonjour voici mon ma e mail email courriel adresse est c hello here is my address it s".split()
)


def show(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """RAPPELS, MES RAPPELS, RAPPELS SANS J-2, RAPPELS PAR SMS, RAPPELS SANS OFFRES…"""
    named = read_kinds(heard.text)
    if named is not None:
        kinds, wanted = named
        return _keep(tx, heard, tx.preferences.of(heard.contact.id).with_kinds(kinds, wanted=wanted))
    return carry_out(tx, heard, read_wish(heard.text))


def press(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A button: a reminder on or off, a road first, e-mail as well."""
    what, name, on = str(choice.args[0]), str(choice.args[1]), choice.args[2:] == (1,)
    if what == "step" and name in STEPS:
        return carry_out(tx, heard, Wish(frozenset({name}), "with" if on else "without"))
    if what == "road":
        return carry_out(tx, heard, Wish(channel=name))
    return carry_out(tx, heard, Wish(email=on))


def carry_out(tx: Tx, heard: Heard, wish: Wish) -> list[Say]:
    """Grant a wish, or say what it lacks: an address of that kind."""
    if wish.empty:
        return [state(tx, heard)]
    if wish.email:
        return _with_email(tx, heard)
    if wish.channel and not _reached_by(tx, heard, wish.channel):
        return [Say(message=RoadMissing(wish.channel, _roads(tx, heard)))]
    return _keep(tx, heard, granted(tx.preferences.of(heard.contact.id), wish))


def _keep(tx: Tx, heard: Heard, chosen: Preference, **more: Any) -> list[Say]:
    was = tx.preferences.of(heard.contact.id)
    tx.preferences.keep(heard.contact.id, chosen)
    tx.loans.remember_undo(heard.contact.id, "reminders", heard.at + UNDO_LASTS, was=_stored(was), **more)
    return [state(tx, heard, changed=True)]


def undo(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """ANNULER: as it was before the last choice."""
    was = facts["was"]
    before = Preference(
        frozenset(was["reminders"]), tuple(was["channels"]), bool(was["also_email"]), frozenset(was.get("refused", ()))
    )
    tx.preferences.keep(heard.contact.id, before)
    for former in facts.get("former", ()):
        tx.people.set_state(former, AddressState.LIVE)
        tx.people.set_state(facts["taken"], AddressState.DEAD)
    return [state(tx, heard, changed=True)]


def _stored(chosen: Preference) -> dict[str, Any]:
    reminders = sorted(chosen.reminders)
    return {"reminders": reminders, "channels": list(chosen.channels), "also_email": chosen.also_email,
            "refused": sorted(chosen.refused)}  # fmt: skip


# --- roads ---------------------------------------------------------------------------------------


def _reached_by(tx: Tx, heard: Heard, channel: str) -> bool:
    """Whether the person has (or, by the same number, is given) an address there that we may write to."""
    if channel not in tx.roads or channel not in heard.department.rules.channels:
        return False
    mine = tx.people.addresses(heard.contact.id)
    here = [a for a in mine if a.channel == channel and a.state is AddressState.LIVE]
    number = _same_number(tx, channel, mine)
    if not here and number:
        here = [tx.people.add_address(heard.contact.id, channel, number, verified_by="holder")]
    for address in here:
        if address.consent is not Consent.GIVEN:
            tx.people.set_consent(address.id, Consent.GIVEN, f"asked by {heard.inbound.channel}: {heard.text[:100]!r}")
    return bool(here)


def _same_number(tx: Tx, channel: str, mine: Sequence[Address]) -> str:
    """A number of theirs that reaches them by that channel too, though nobody noted it there; "" without one."""
    if channel not in BY_NUMBER:
        return ""
    proved = [a.value for a in mine if a.channel in BY_NUMBER and a.verified_by == "holder" and a.value.startswith("+")]
    return next((value for value in proved if tx.people.find_address(channel, value) is None), "")


def _other(tx: Tx, heard: Heard, roads: Sequence[str]) -> str:
    """A channel that could be the first instead, to name as an example; "" without one."""
    mine, known = tx.people.addresses(heard.contact.id), [name for name in roads[1:] if name != "email"]
    free = [name for name in BY_NUMBER if name in tx.roads and name in heard.department.rules.channels]
    return next(iter([*known, *(name for name in free if name not in roads and _same_number(tx, name, mine))]), "")


def _roads(tx: Tx, heard: Heard) -> tuple[str, ...]:
    """The channels the person is reached by, the first one first."""
    found = tx.speech.roads(heard.contact.id, heard.department)
    return tuple(dict.fromkeys(a.channel for a in found))


# --- e-mail --------------------------------------------------------------------------------------


def _with_email(tx: Tx, heard: Heard) -> list[Say]:
    if "email" not in tx.roads:
        return [Say(message=RoadMissing("email", _roads(tx, heard)))]
    mine = _email_of(tx, heard)
    if mine is None:
        return [Say(message=AskEmail(), ask="own_email")]
    if mine.consent is not Consent.GIVEN:  # also after a click that ended e-mails: it is asked for again
        tx.people.set_consent(mine.id, Consent.GIVEN, _asked(heard))
    return _keep(tx, heard, granted(tx.preferences.of(heard.contact.id), Wish(email=True)))


def _email_of(tx: Tx, heard: Heard) -> Address | None:
    mine = tx.people.addresses(heard.contact.id)
    return next((a for a in mine if a.channel == "email" and a.state is AddressState.LIVE), None)


def typed_email(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The answer to "which e-mail address?": the address alone, or in a sentence."""
    meant = [one for token in heard.text.split() if looks_like_email(bare_email(one := token.rpartition(":")[2]))]
    return _take_email(tx, heard, meant[0] if len(meant) == 1 else heard.text.strip())


def email_said(tx: Tx, heard: Heard) -> list[Say] | None:
    """ "Mon e-mail est awa@example.org", unasked: by e-mail too from now on. None for other words beside an address:
    it may be somebody else's."""
    *beside, last = heard.text.strip(" .!").split() or [""]
    if "@" not in last or "email" not in tx.roads or not OF_AN_EMAIL.issuperset(words(" ".join(beside))):
        return None
    return _take_email(tx, heard, last)


def _take_email(tx: Tx, heard: Heard, said: str) -> list[Say]:
    """One that is somebody else's is refused like one that cannot be. It takes the place of the one they had."""
    value = bare_email(said).lower()
    known = tx.people.find_address("email", value)
    if not looks_like_email(value) or (known is not None and known.contact_id != heard.contact.id):
        return [Say(message=EmailRefused(echo(said)), ask="own_email")]
    if known is not None:  # their own, which had bounced: the mailbox may be there again
        tx.people.set_state(known.id, AddressState.LIVE)
        tx.people.set_consent(known.id, Consent.GIVEN, _asked(heard))
    else:
        known = tx.people.add_address(
            heard.contact.id, "email", value, verified_by="none", consent=Consent.GIVEN, proof=_asked(heard)
        )
    mine = [a for a in tx.people.addresses(heard.contact.id) if a.channel == "email" and a.state is AddressState.LIVE]
    former = [a.id for a in mine if a.id != known.id]
    for number in former:
        tx.people.set_state(number, AddressState.DEAD)
    chosen = granted(tx.preferences.of(heard.contact.id), Wish(email=True))
    return _keep(tx, heard, chosen, former=former, taken=known.id)


def _asked(heard: Heard) -> str:
    return f"asked by {who(heard)}"


# --- what it looks like ----------------------------------------------------------------------------


def state(tx: Tx, heard: Heard, *, changed: bool = False) -> Say:
    """Which reminders leave, by which road, with what can be changed."""
    chosen = tx.preferences.of(heard.contact.id)
    email = _email_of(tx, heard)
    roads = _roads(tx, heard)
    message = ReminderChoices(
        wanted=tuple(name for name in STEPS if name in chosen.reminders),
        roads=roads,
        email=email.value if email and chosen.also_email else "",
        paused_until=heard.contact.paused_until if _paused(heard) else None,
        changed=changed,
        refused=tuple(kind for kind in KINDS if kind in chosen.refused),
        other=_other(tx, heard, roads),
    )
    return Say(
        message=message, choices=_choices(tx, chosen, roads), replace=heard.inbound.press_id is not None,
        facts={"after_change": changed},
    )  # fmt: skip


def _paused(heard: Heard) -> bool:
    return heard.contact.paused_until is not None and heard.contact.paused_until > heard.at


def _choices(tx: Tx, chosen: Preference, roads: Sequence[str]) -> Rows:
    steps = [
        Choice("mine.remind", ("step", name, 0 if name in chosen.reminders else 1),
               f"without_{name}" if name in chosen.reminders else f"with_{name}")
        for name in STEPS
    ]  # fmt: skip
    others = [Choice("mine.remind", ("road", name, 1), f"by_{name}") for name in roads[1:] if name != "email"]
    if "email" in tx.roads:
        label = "without_email" if chosen.also_email else "with_email"
        others.append(Choice("mine.remind", ("email", "-", 0 if chosen.also_email else 1), label))
    return in_rows([*steps, *others])
