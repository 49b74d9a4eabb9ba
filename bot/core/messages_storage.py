"""What staff and admins hear about the desk's own memory: backups, a desk that came back from one, people forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.message import EX_DUE, EX_LENT, Message, message
from bot.core.money import Money


@message
class BackupFailed(Message):
    """The night's backup was not made, or the full check found the file damaged. `why`: the machine's own words.

    `what`: backup, damage.
    """

    what: str
    why: str
    about = "staff"
    example = {"what": "backup", "why": "No space left on device"}


@message
class DiskWasFull(Message):
    """There was no room to write for a while: what came in then was refused and is brought again by the providers."""

    since: datetime
    until: datetime
    about = "staff"
    example = {"since": EX_LENT, "until": EX_LENT + timedelta(minutes=12)}


@message
class Restored(Message):
    """The desk came back from a backup: since when nothing is known, and what was not sent for that reason."""

    taken_at: datetime
    restored_at: datetime
    messages: int
    held: int
    about = "staff"
    example = {"taken_at": EX_LENT, "restored_at": EX_DUE, "messages": 4, "held": 2}


@message
class ForgetCard(Message):
    """/oublier: what of a person goes and what stays, before; after, that it is done, without the name.

    `state`: asked, open (loans run), owes (debts are open), team (has a role here), elsewhere (another desk knows them
    too), done, left.
    `items`: what is still out. `credit`: what the desk owes them. `stopped`: a digest of the address stays, so that
    their STOP is kept.
    """

    state: str
    person: str = ""
    reference: int = 0
    items: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    loans: int = 0
    messages: int = 0
    pictures: int = 0
    stopped: bool = False
    nights: int = 0
    by: str = ""
    credit: tuple[Money, ...] = ()
    about = "staff"
    example = {
        "state": "asked", "person": "Awa", "channels": ("whatsapp", "sms"), "loans": 3, "messages": 14, "pictures": 1,
        "stopped": True, "nights": 7
    }  # fmt: skip
