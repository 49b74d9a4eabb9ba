"""What anybody is told in a conversation: answers, questions, refusals."""

from __future__ import annotations

from datetime import date, datetime

from bot.core.message import EX_DUE, Message, OpenDays, Part, message


@message
class Greeting(Message):
    name_: str = ""
    desk: str = ""
    loans: int = 0
    asked: int = 0  # requests that wait for the team
    example = {"name_": "Awa", "desk": "Atelier Nord", "loans": 1, "asked": 0}


@message
class Welcome(Message):
    """First contact of an unknown person: who writes, why, how to stop, and is it all right?"""

    desk: str = ""
    name_: str = ""
    asks: bool = True
    asks_name: bool = False
    after: bool = False  # it follows the answer to what the person began with
    share: bool = False  # with the button that shows one's own number (Telegram)
    example = {
        "desk": "Atelier Nord", "name_": "Awa", "asks": True, "asks_name": False, "after": False, "share": False,
    }  # fmt: skip


@message
class ConsentNoted(Message):
    desk: str = ""
    asks_name: bool = False
    share: bool = False  # with the button that shows one's own number (Telegram)
    example = {"desk": "Atelier Nord", "asks_name": False, "share": False}


@message
class WhichDesk(Message):
    """An unknown writer on a number that several desks share: asked once which one is meant. The choices are desks."""

    name_: str = ""
    example = {"name_": "Awa"}


@message
class AdmissionAsked(Message):
    """Staff are asked whether this person may borrow here. `again`: they have been, and read what is said meanwhile."""

    desk: str = ""
    name_: str = ""
    again: bool = False
    example = {"desk": "Atelier Nord", "name_": "Awa", "again": False}


@message
class Admitted(Message):
    """Staff said yes."""

    desk: str = ""
    about = "notice"
    example = {"desk": "Atelier Nord"}


@message
class AdmissionRefused(Message):
    """Staff said no."""

    desk: str = ""
    contact_line: str = ""
    about = "notice"
    example = {"desk": "Atelier Nord", "contact_line": "01 23 45 67 89"}


@message
class YouAreWelcome(Message):
    """Answer to MERCI; `thanked` is false after a nod ("d'accord", "je m'en occupe")."""

    thanked: bool = True
    example = {"thanked": True}


@message
class AllRight(Message):
    """Answer to NON: nothing was done, and nothing will be. `acted`: what was done shortly before stands; NON to that
    is ANNULER."""

    acted: bool = False
    example = {"acted": False}


@message
class Help(Message):
    desk: str = ""
    contact_line: str = ""
    example = {"desk": "Atelier Nord", "contact_line": "01 23 45 67 89"}


@message
class StaffHelp(Message):
    admin: bool = False
    example = {"admin": True}


@message
class NotUnderstood(Message):
    """Not understood; the choices are the three things most likely meant."""

    again: bool = False  # second time in a row: a person is offered
    contact_line: str = ""
    example = {"again": False, "contact_line": "01 23 45 67 89"}


@message
class ContactPerson(Message):
    """Whom to call, and that the message was passed on. To who asks when the desk is open: the days of its week
    (`week`), the hours (`09:00`), the day that was named, and the closed period that comes next."""

    contact_line: str = ""
    place: str = ""
    passed_on: bool = False
    week: tuple[OpenDays, ...] = ()
    opening: str = ""
    closing: str = ""
    day: date | None = None
    day_open: bool = False
    shut_first: date | None = None
    shut_last: date | None = None
    example = {
        "contact_line": "01 23 45 67 89", "place": "12 rue des Lilas", "passed_on": True,
        "week": (OpenDays("mon", "fri"),), "opening": "09:00", "closing": "18:00", "day": date(2026, 11, 29),
        "day_open": False, "shut_first": date(2026, 12, 24), "shut_last": date(2027, 1, 2),
    }  # fmt: skip


@message
class Stopped(Message):
    """The one confirmation after STOP. `scope`: channel, loan, all. `erase`: they also wish to be erased, which the
    team has on a card."""

    scope: str = "channel"
    item: str = ""
    out: int = 0  # loans still out
    erase: bool = False
    example = {"scope": "channel", "item": "", "out": 1}


@message
class Started(Message):
    desk: str = ""
    example = {"desk": "Atelier Nord"}


@message
class Paused(Message):
    until: datetime
    example = {"until": EX_DUE}


@message
class ReminderChoices(Message):
    """RAPPELS: which reminders leave (`wanted`: day_2, day_1, due_day, 2h) and by which roads, the first one first.
    `email`: where a copy goes; `changed`: it answers a change, which ANNULER undoes; `refused`: kinds of notices that
    are not wanted (delivery, payment, order, offers); `other`: a channel that could be the first instead."""

    wanted: tuple[str, ...]
    roads: tuple[str, ...] = ()
    email: str = ""
    paused_until: datetime | None = None
    changed: bool = False
    refused: tuple[str, ...] = ()
    other: str = ""
    example = {
        "wanted": ("day_1", "due_day", "2h"), "roads": ("whatsapp", "sms"), "email": "", "paused_until": None,
        "changed": True, "other": "sms",
    }  # fmt: skip


@message
class RoadMissing(Message):
    """Reminders were asked for on a channel that does not reach this person; `roads` do."""

    channel: str
    roads: tuple[str, ...] = ()
    example = {"channel": "telegram", "roads": ("whatsapp",)}


@message
class AskEmail(Message):
    """To which e-mail address? (open question)"""

    example = {}


@message
class EmailRefused(Message):
    """An e-mail address that cannot be one, or is another person's: the same words for both."""

    said: str
    example = {"said": "awa@exemple"}


@message
class LanguageChanged(Message):
    """`known`: False when a language was asked for in which nothing is written here. `codes`: those of the languages
    that are written."""

    known: bool = True
    codes: tuple[str, ...] = ("FR", "EN")
    example = {}


@message
class Undone(Message):
    """`what`: return, extension, request, borrowed, hold, payment, promise, dispute, pause, question. `items`: those
    whose return is not noted."""

    what: str
    item: str = ""
    items: tuple[str, ...] = ()
    example = {"what": "return", "item": "", "items": ("Perceuse Bosch", "Scie sauteuse")}


@message
class NothingToUndo(Message):
    """`out`: they have loans, of which the team can take back what they cannot; so it is with a return that is `final`,
    where the desk trusts what borrowers say."""

    out: bool = False
    final: bool = False
    example = {"out": True, "final": False}


@message
class ProblemNoted(Message):
    """`bare`: the word alone, so that we ask what is wrong."""

    item: str = ""
    photo: bool = False
    contact_line: str = ""
    bare: bool = False
    example = {"item": "Perceuse Bosch", "photo": True, "contact_line": "01 23 45 67 89"}


@message
class PhotoAsked(Message):
    """A photo without words: what does it show? `item` when only one thing is out."""

    item: str = ""
    example = {"item": "Perceuse Bosch"}


@message
class EditedUnread(Message):
    """A message that was changed after it was sent: what it said first stands."""

    example = {}


@message
class MediaUnread(Message):
    """A voice note, sticker, location… we cannot use. `kind` is the medium; `beside` words that were answered."""

    kind: str
    beside: bool = False
    contact_line: str = ""
    example = {"kind": "voice", "contact_line": "01 23 45 67 89"}


@message
class TellUsWho(Message):
    """A writer whom nobody knows yet, on a desk where staff approve people."""

    desk: str = ""
    example = {"desk": "Atelier Nord"}


@message
class SomethingBroke(Message):
    """Our fault: the message was kept and staff know."""

    contact_line: str = ""
    example = {"contact_line": "01 23 45 67 89"}


@message
class TooMany(Message):
    """More was asked in a minute than is answered: what was not done. `by`: who asked, in a group."""

    said: str
    by: str = ""
    example = {"said": "/retour PERC-001", "by": "Nadia"}


@message
class PleaseWait(Message):
    """Over a button: more was pressed in a minute than is done."""

    about = "toast"
    example = {}


@message
class Together(Message):
    """The answers to several wishes of one message."""

    parts: tuple[Part, ...]
    example = {
        "parts": (
            Part("return_declared", '{"items": ["Perceuse Bosch"]}', hints=False),
            Part("extension_asked", f'{{"item": "Tente 4 places", "due_at": "{EX_DUE.isoformat()}"}}'),
        )
    }

    def has_lines(self) -> bool:
        return any(part.message().has_lines() for part in self.parts)
