"""A message to try a channel with: an admin names a number, sends it, and sees what became of it."""

from __future__ import annotations

from typing import Any

from bot.core.conversation import Choice, Heard, Say
from bot.core.delivery import Limit, priority_of
from bot.core.messages import Trial, TrialSent, TrialWhere
from bot.core.people import BadPhone, Consent, Department, Role, may_begin, phone_from, phone_shown
from bot.core.preferences import looks_like_email
from bot.store import Tx
from bot.store.outbox_rows import Line
from handlers.buttons import in_rows, tongue, word
from handlers.rights import admin_desks, pressed_desk, refused, who

TRIALS = Limit("trial", 10, 3600.0)  # so that trials cannot be used to send unwanted messages


def menu(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Message d'essai]: by which of the channels that are on?"""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    found = [Choice("trial.by", (desk.id, c), text=word(heard, "channel", c)) for c in tx.roads]
    back = (Choice("rules.group", (desk.id, "channels"), "back"),)
    return [Say(message=TrialWhere(""), choices=(*in_rows(found), back), replace=True)]


def by_channel(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """On Telegram to the admin's own chat; elsewhere a number is asked for."""
    desk, channel = pressed_desk(tx, heard, choice), str(choice.args[1])
    if desk is None or channel not in tx.roads:
        return refused(heard, Role.ADMIN)
    if channel == heard.inbound.channel:
        return [_send(tx, heard, desk, channel, heard.inbound.chat)]
    facts = {"channel": channel, "desk": desk.id}
    return [Say(message=TrialWhere(channel), ask="trial_to", facts=facts)]


def typed_number(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The number (or e-mail address) that was asked for."""
    desk = next((d for d in admin_desks(tx, heard) if d.id == facts["desk"]), None)
    if desk is None:
        return refused(heard, Role.ADMIN)
    channel = str(facts["channel"])
    try:
        number = _where(tx, channel, heard.text.strip())
    except BadPhone as error:
        return [Say(message=TrialWhere(channel, error.why), ask="trial_to", facts=facts)]
    known = tx.people.find_address(channel, number)
    if known is not None and known.consent is Consent.REFUSED:
        return [Say(message=TrialWhere(channel, "stopped"))]
    return [_send(tx, heard, desk, channel, number)]


def _where(tx: Tx, channel: str, typed: str) -> str:
    """Raises BadPhone for what no trial can go to."""
    if channel != "email":
        return phone_from(typed, tx.desk.region)
    if not looks_like_email(typed):
        raise BadPhone("impossible")
    return typed.lower()


def _send(tx: Tx, heard: Heard, desk: Department, channel: str, to: str) -> Say:
    if tx.pace.reserve([Limit(f"trial:{who(heard)}", TRIALS.count, TRIALS.seconds)], 0) > 0:
        return Say(message=TrialWhere(channel, "tries"))
    known = tx.people.find_address(channel, to)
    made = tx.outbox.put(
        Line(
            message=Trial(desk.name), language=tongue(heard), channel=channel, chat=to,
            key=f"in:{heard.letter_id}:trial", about="notice", begun_by="person", caused_at=heard.at,
            priority=priority_of("notice", "person"), department_id=desk.id,
            topic=heard.inbound.topic if to == heard.inbound.chat else None,
            address_id=known.id if known is not None and may_begin(known) else None,
        )
    )  # fmt: skip
    tx.audit.note(who(heard), "trial", desk.id, channel=channel)
    seen = ((Choice("trial.seen", (desk.id, made or 0), "seen"),),)
    return Say(message=TrialSent(channel, _shown(tx, to, desk)), choices=seen)


def _shown(tx: Tx, to: str, desk: Department) -> str:
    """Where a trial went, as people write it; to the desk's own chat by the desk's name."""
    return to if "@" in to else phone_shown(to, tx.desk.region) if to.startswith("+") else desk.name


def seen(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Qu'en est-il ?]: the state of the trial as the provider tells it."""
    desk = pressed_desk(tx, heard, choice)
    row = tx.outbox.stands(int(choice.args[1]), desk.id) if desk is not None else None
    if desk is None or row is None:
        return refused(heard, Role.ADMIN)
    again = Choice(choice.act, choice.args, "seen")
    return [
        Say(
            message=TrialSent(row.channel, _shown(tx, row.chat, desk), row.state, row.error),
            choices=((again,),),
            replace=True,
        )
    ]
