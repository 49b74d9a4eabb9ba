"""What admins are shown: settings, roles, words."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.message import EX_DUE, EX_LENT, MemberLine, Message, PlanShift, RuleChange, RuleLine, RuleValue, message

EX_CLOCK = RuleValue("clock", "08:00")
EX_SHIFT = PlanShift(earlier=0, later=3, gone=0, added=0, looked=12, loans=12)


@message
class SettingsMenu(Message):
    """/settings: the choices are the groups. Without `desk` they are the desks of an admin of several."""

    desk: str = ""
    about = "staff"
    example = {"desk": "Atelier Nord"}


@message
class SettingsGroup(Message):
    """`said`: a value that was typed behind the group's name, and that no setting is given."""

    group: str
    lines: tuple[RuleLine, ...]
    said: str = ""
    about = "staff"
    example = {
        "group": "quiet",
        "lines": (RuleLine("quiet_from", RuleValue("clock", "21:00")), RuleLine("quiet_sundays", RuleValue("flag"))),
    }


@message
class SettingPage(Message):
    """One setting: what it is, what it may be, who changed it last. `proposed`: what a press would set it to, with
    what that does to planned reminders. `next_day_off`: the next public holiday, where that is the question. `same`: it
    was to be set to what it is."""

    rule: str
    value: RuleValue
    low: RuleValue | None = None
    high: RuleValue | None = None
    proposed: RuleValue | None = None
    shifts: tuple[PlanShift, ...] = ()
    was: RuleValue | None = None
    by: str = ""
    at: datetime | None = None
    next_day_off: datetime | None = None
    same: bool = False
    about = "staff"
    example = {
        "rule": "morning", "value": EX_CLOCK, "low": RuleValue("clock", "05:00"), "high": RuleValue("clock", "12:00"),
        "proposed": RuleValue("clock", "08:30"), "shifts": (EX_SHIFT,), "was": RuleValue("clock", "09:00"),
        "by": "Dominique", "at": EX_LENT - timedelta(days=3), "next_day_off": None,
    }  # fmt: skip


@message
class SettingAsked(Message):
    """What is it to be? (open question, for a setting whose value is free text)"""

    rule: str
    value: RuleValue
    about = "staff"
    example = {"rule": "lateness", "value": RuleValue("text")}


@message
class SettingChanged(Message):
    """Changed, or with `undone` changed back."""

    changes: tuple[RuleChange, ...]
    by: str
    shifts: tuple[PlanShift, ...] = ()
    undone: bool = False
    about = "staff"
    example = {
        "changes": (RuleChange("morning", EX_CLOCK, RuleValue("clock", "08:30")),), "by": "Dominique",
        "shifts": (EX_SHIFT,), "undone": False,
    }  # fmt: skip


@message
class SettingRefused(Message):
    """A value that cannot be. `why`: unreadable, too_low, too_high, too_long, empty, unknown, taken, clash (with
    `other`)."""

    rule: str
    said: str
    why: str
    low: RuleValue | None = None
    high: RuleValue | None = None
    options: RuleValue | None = None
    other: str = ""
    kind: str = ""  # of a value that has neither bounds nor options: flag, clock, pair of clocks
    about = "staff"
    example = {
        "rule": "morning", "said": "14h", "why": "too_high", "low": RuleValue("clock", "05:00"),
        "high": RuleValue("clock", "12:00"), "options": None, "other": "",
    }  # fmt: skip


@message
class SettingUnknown(Message):
    """`text`: a message's words were asked for, not a setting."""

    said: str
    near: tuple[str, ...] = ()
    text: bool = False
    about = "staff"
    example = {"said": "rapels", "near": ("max_reminders", "before_due")}


@message
class Trial(Message):
    """The message that an admin sends to see whether a channel works."""

    desk: str
    about = "notice"
    example = {"desk": "Atelier Nord"}


@message
class TrialWhere(Message):
    """To which number or e-mail address? (open question). `why`: impossible, not_mobile, stopped, tries."""

    channel_: str
    why: str = ""
    about = "staff"
    example = {"channel_": "whatsapp", "why": ""}


@message
class TrialSent(Message):
    """What became of a trial so far. `state`: a state of delivery."""

    channel_: str
    to: str
    state: str = "pending"
    error: str = ""
    about = "staff"
    example = {"channel_": "whatsapp", "to": "06 12 34 56 78", "state": "delivered", "error": ""}


@message
class RoleList(Message):
    """Who may do what: the choices are the members."""

    desk: str
    members: tuple[MemberLine, ...]
    about = "staff"
    example = {"desk": "Atelier Nord", "members": (MemberLine("Dominique", "admin"), MemberLine("Sam", "staff"))}


@message
class RolePage(Message):
    """One member. `done`: nothing yet, given (admin), lowered (staff only), taken, last_admin (refused)."""

    member: str
    role: str
    done: str = ""
    by: str = ""
    about = "staff"
    example = {"member": "Sam", "role": "staff", "done": "", "by": ""}


@message
class DepartmentPage(Message):
    """What borrowers are told of the desk, and when it is open."""

    desk: str
    opens: RuleValue
    closes: RuleValue
    days: RuleValue
    place: str = ""
    contact_line: str = ""
    zone: str = ""
    others: int = 0
    about = "staff"
    example = {
        "desk": "Atelier Nord", "opens": RuleValue("clock", "09:00"), "closes": RuleValue("clock", "18:00"),
        "days": RuleValue("several", items=("mon", "tue", "wed", "thu", "fri")), "place": "12 rue des Lilas",
        "contact_line": "01 23 45 67 89", "zone": "Europe/Paris", "others": 0,
    }  # fmt: skip


@message
class DepartmentCode(Message):
    """The one-time code for another group."""

    code: str
    until: datetime
    about = "staff"
    example = {"code": "K7QM4XPA", "until": EX_DUE}


@message
class AskPrivately(Message):
    """What is not for a group: the code for another group is drawn in a private chat."""

    links: tuple[str, ...] = ()
    about = "staff"
    example = {"links": ("https://t.me/exemple_bot",)}


@message
class TextsMenu(Message):
    """/modeles: the choices are the kinds of message."""

    desk: str
    changed: int = 0
    off: int = 0
    about = "staff"
    example = {"desk": "Atelier Nord", "changed": 2, "off": 1}


@message
class TextsGroup(Message):
    """The messages of a kind, a page of them as choices."""

    kind: str
    total: int
    page: int = 1
    pages: int = 1
    about = "staff"
    example = {"kind": "reminder", "total": 5, "page": 1, "pages": 1}


@message
class TextPage(Message):
    """One message in one language, for one channel ("": for all). `words`: its template; `shown`: filled with the
    example; `segments`: what that costs as an SMS. `done`: what was just done (changed, undone, restored, off, on)."""

    message: str
    language_: str
    channel_: str
    words: str
    shown: str
    facts: tuple[str, ...] = ()
    changed: bool = False
    off: bool = False
    approved: bool = False
    segments: int = 0
    by: str = ""
    at: datetime | None = None
    done: str = ""
    about = "staff"
    example = {
        "message": "you_are_welcome", "language_": "fr", "channel_": "", "words": "Merci.",
        "shown": "Merci.", "facts": (), "changed": True, "off": False, "approved": False,
        "segments": 1, "by": "Dominique", "at": EX_LENT, "done": "",
    }  # fmt: skip


@message
class TextAsked(Message):
    """The new words, please (open question)."""

    message: str
    facts: tuple[str, ...] = ()
    about = "staff"
    example = {"message": "reminder_day_1", "facts": ("item", "due_at", "number", "place")}


@message
class TextRefused(Message):
    """What is wrong with the words, in a sentence; the question stays open."""

    message: str
    why: str
    about = "staff"
    example = {"message": "reminder_day_1", "why": "Ce texte est vide."}
