"""What messages say beside their example: when they leave, with other facts, with which choices."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from bot.core.conversation import Choice, Rows
from bot.core.message import OpenDays
from bot.core.messages import (
    EX_DUE,
    EX_LATE,
    EX_LENT,
    EX_LINE,
    EX_LINES,
    AddressLine,
    HistoryLine,
    ItemLine,
    LoanLine,
    PlanShift,
    RuleChange,
    RuleLine,
    RuleValue,
)
from bot.core.messages_kits import EX_AWAITED, EX_PIECES
from bot.core.money import Money
from bot.core.pieces import Piece

# The moment a message would leave with its example, where "demain" or "aujourd'hui" depends on it.
LEAVES: dict[str, datetime] = {
    "reminder_2h": EX_DUE - timedelta(hours=2),
    "reminder_day_2": EX_DUE - timedelta(days=2, hours=10),
    "reminder_day_1": EX_DUE - timedelta(days=1, hours=10),
    "reminder_due_day": EX_DUE - timedelta(hours=10),
    "reminder_due_day, the evening before": EX_DUE - timedelta(hours=22),
    "reminders": EX_DUE - timedelta(days=1, hours=10),
    "overdue": EX_DUE + timedelta(days=2, hours=3),
    "returned": EX_DUE - timedelta(hours=3),
    "escalation": EX_DUE + timedelta(days=1, hours=1),
    "digest": EX_DUE - timedelta(hours=10),
    "silence": EX_DUE + timedelta(minutes=30),
}

LATE_ONE = (LoanLine(2, "Perceuse Bosch", "PERC-001", EX_DUE, "overdue", late=timedelta(days=2, hours=3)),)
STAFF_LINES = (
    LoanLine(1, "Perceuse Bosch", "PERC-001", EX_DUE, "active", "Awa"),
    LoanLine(1, "Vélo cargo", "VELO-001", EX_DUE, "overdue", "Karim", timedelta(hours=5)),
    LoanLine(2, "Sono", "SONO-001", EX_DUE, "return_declared", "Awa"),
    LoanLine(3, "Tente 4 places", "TENTE-001", EX_DUE, "requested", "Aminata"),
)
UNDONE = ("extension", "request", "hold", "payment", "promise", "pause", "question")
EX_MISSING = (Piece("chargeur", missing=1), Piece("batteries", 2, missing=1))
PAST = tuple(HistoryLine(EX_LENT + timedelta(hours=-n), "extended", who="Sam") for n in range(20))
MANY = tuple(LoanLine(n, f"Chaise pliante {n}", f"CHAI-{n:03}", EX_DUE) for n in range(1, 24))

VALUES = (
    RuleLine("before_due", RuleValue("span", number=5400)),
    RuleLine("extend_up_to", RuleValue("span")),
    RuleLine("lateness", RuleValue("text", "2 € par jour")),
    RuleLine("contact_line", RuleValue("text")),
    RuleLine("channels", RuleValue("order", items=("whatsapp", "sms"))),
    RuleLine("open_days", RuleValue("several", items=("mon", "tue"))),
    RuleLine("return_default", RuleValue("option", "ask")),
    RuleLine("holiday_country", RuleValue("country", "SN")),
    RuleLine("max_reminders", RuleValue("count", number=6)),
    RuleLine("language", RuleValue("language", "fr")),
    RuleLine("zone", RuleValue("zone", "Africa/Dakar")),
)

VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "loan_created": {
        "answers a request": {"approved": True, "first": False, "number": 2},
        "a kit": {"pieces": EX_PIECES, "first": False},
        "bare": {"borrower": "", "desk": "", "place": "", "contact_line": "", "check": "", "first": False},
        "lateness": {"lateness": "2 € par jour", "first": False},
    },
    "all_right": {"something was just noted": {"acted": True}},
    "number_noted": {"after STOP": {"stopped": True}},
    "pay_which": {"another currency": {"total": (Money(5_000, "EUR"),), "why": "other_currency"}},
    "payment_card": {"noted": {"state": "confirmed", "words": ""}, "taken back": {"state": "undone", "words": ""}},
    "reminder_due_day": {"the evening before": {"evening_before": True, "due_at": EX_DUE - timedelta(hours=10)}},
    "reminder_day_1": {"second loan": {"number": 2, "place": ""}},
    "overdue": {
        "one item, first notice": {"lines": LATE_ONE},
        "one item, daily": {"lines": LATE_ONE, "level": 1, "times": 3},
        "one item, weekly": {"lines": LATE_ONE, "level": 2, "times": 16, "lateness": "2 € par jour"},
        "several, daily": {"level": 1, "times": 2},
        "several, weekly": {"level": 2, "times": 16},
    },
    "return_declared": {
        "several": {"items": ("Perceuse Bosch", "Tente 4 places", "Sono"), "left": 2},
        "not whole": {"missing": EX_MISSING, "left": 0},
    },
    "returned": {
        "late, others out": {"late": timedelta(hours=4), "left": 2},
        "not whole": {"missing": EX_MISSING},
    },
    "file_card": {
        "people": {"kind": "people", "path": "papers/1/people.csv"},
        "labels": {"kind": "labels", "path": "papers/1/labels.html", "count": 1},
    },
    "file_coming": {
        "labels": {"what": "labels"},
        "nothing": {"what": "nothing"},
        "no chat": {"what": "no_chat"},
        "unknown": {"what": "unknown", "said": "PERC-9"},
    },
    "import_preview": {
        "loans": {"file": "prets.csv", "kind": "loans", "unread": ("remarque",)},
        "under way": {"state": "taking"},
        "left": {"state": "left"},
        "nothing new": {"state": "nothing"},
        "nothing in it": {"state": "nothing", "rows": 0},
        "done": {"state": "done"},
    },
    "import_refused": {
        "many rows": {"total": 23},
        "gone": {"why": "gone", "faults": ()},
        "large": {"why": "large", "faults": ()},
        "no file": {"why": "no_file", "faults": ()},
    },
    "pieces_card": {"all found": {"awaited": ()}},
    "piece_found": {"others missing": {"awaited": EX_AWAITED}},
    "pieces_refused": {"too many": {"why": "too_many", "what": ""}, "too long": {"why": "too_long"}},
    "extended": {"by staff": {"by_staff": True}},
    "extension_refused": {
        "not later": {"why": "not_later", "contact_line": ""},
        "somebody waits": {"why": "awaited"},
        "past": {"why": "past", "contact_line": ""},
    },
    "still_out": {
        "late": {"lines": LATE_ONE},
        "several": {"lines": EX_LINES},
    },
    "no_such_loan": {"nothing out": {"lines": ()}},
    "loan_list": {
        "one": {"lines": (EX_LINE,)},
        "a request": {"lines": (*EX_LATE, LoanLine(4, "Sono", "SONO-001", EX_DUE, "requested"))},
        "many": {"lines": MANY},
        "waiting as well": {"waiting": ("Perceuse Bosch", "Tente 4 places")},
        "waiting only": {"lines": (), "waiting": ("Perceuse Bosch",)},
        "pieces only": {"lines": (), "awaited": EX_AWAITED},
    },
    "borrow_which": {"nothing said": {"said": ""}},
    "no_such_item": {
        "nothing near": {"near": ()},
        "all out": {"said": "", "near": (), "all_out": True},
        "all out, to staff": {"said": "", "near": (), "all_out": True, "staff": True},
        "perhaps to be added": {"said": "Tondeuse", "near": (), "staff": True, "new": True},
    },
    "item_taken": {"no date": {"back_at": None}, "late": {"back_at": EX_LENT - timedelta(hours=1)}},
    "due_unclear": {
        "nothing found": {"why": "nothing", "said": "bientôt"},
        "nothing said": {"why": "nothing", "said": ""},
        "impossible": {"why": "impossible", "said": "31 février"},
        "ambiguous": {"why": "ambiguous", "said": "03/04"},
        "too long": {"why": "too_long", "said": "dans 2 ans", "until": EX_DUE},
    },
    "greeting": {
        "nothing out": {"loans": 0},
        "asked for": {"loans": 0, "asked": 1},
        "two asked for": {"loans": 0, "asked": 2},
        "two out": {"loans": 2},
        "nobody's name": {"name_": "", "desk": ""},
    },
    "help": {"bare": {"desk": "", "contact_line": ""}},
    "staff_help": {"not an admin": {"admin": False}},
    "language_changed": {
        "another language": {"known": False},
        "another of three": {"known": False, "codes": ("FR", "EN", "ES")},
    },
    "not_understood": {"again": {"again": True}, "again, nobody to call": {"again": True, "contact_line": ""}},
    "debt_not_kept": {
        "nobody's": {"why": "no_reference", "debtor": "", "reference": "FAC-99"},
        "not theirs": {"why": "no_reference"},
        "other currency": {"why": "other_currency"},
        "dealt with": {"why": "not_owed"},
    },
    "money_how_much": {"paid, nothing owed": {"act": "payment", "left": ()}},
    "contact_person": {
        "no hours asked": {"week": (), "day": None, "shut_first": None, "shut_last": None},
        "nothing passed on": {
            "passed_on": False,
            "week": (),
            "day": None,
            "shut_first": None,
            "shut_last": None,
        },
        "every day, shut for one": {
            "week": (OpenDays("mon", "sun"),),
            "day_open": True,
            "shut_last": date(2026, 12, 24),
        },
        "odd days": {
            "week": (OpenDays("mon", "wed"), OpenDays("fri", "fri"), OpenDays("sun", "sun")),
            "opening": "10:30",
            "day": None,
            "shut_first": None,
            "shut_last": None,
        },
    },
    "stopped": {
        "one loan": {"scope": "loan", "item": "Perceuse Bosch", "out": 0},
        "everywhere": {"scope": "all", "out": 2},
        "and to be erased": {"out": 0, "erase": True},
    },
    "reminder_choices": {
        "only looked at": {"changed": False},
        "none, with a copy, paused": {
            "wanted": (),
            "roads": ("telegram",),
            "email": "awa@exemple.org",
            "paused_until": EX_DUE,
        },
        "nobody reached": {"roads": (), "changed": False},
    },
    "road_missing": {"no e-mail": {"channel": "email", "roads": ("sms", "telegram")}, "none": {"roads": ()}},
    "which_to_hold": {"unclear": {"said": "perceuse"}},
    "hold_placed": {
        "third, no date": {"place": 3, "back_at": None},
        "late": {"back_at": None, "late": True},
    },
    "hold_ready": {"bare": {"place": "", "contact_line": ""}},
    "hold_card": {
        "expired, passed on": {"state": "expired", "until": None, "next_": "Karim"},
        "left, free again": {"state": "left", "until": None},
    },
    "welcome": {
        "no name": {"name_": "", "asks_name": True},
        "nothing asked": {"asks": False},
        "nothing asked but the name": {"asks": False, "asks_name": True, "name_": ""},
        "after an answer": {"after": True, "asks": False},
    },
    "consent_noted": {"no name": {"asks_name": True}},
    "newcomer_card": {
        "admitted": {"state": "admitted", "by": "Sam"},
        "refused": {"state": "refused", "by": "Sam"},
    },
    "clearance": {"nobody's name": {"borrower": ""}},
    "undone": {what: {"what": what} for what in UNDONE},
    "problem_noted": {"without item": {"item": "", "photo": False, "contact_line": ""}},
    "media_unread": {kind: {"kind": kind} for kind in ("photo", "video", "location", "sticker")}
    | {"beside words": {"kind": "voice", "beside": True}},
    "photo_asked": {"several out": {"item": ""}},
    "photo_card": {
        "problem, no loan": {"what": "problem", "item": ""},
        **{why: {"path": "", "why": why} for why in ("gone", "large", "pixels", "no_picture")},
    },
    "loan_card": {
        "requested": {"state": "requested", "by": ""},
        "late": {"late": timedelta(days=2)},
        "return declared": {"state": "return_declared", "by": ""},
        "returned": {"state": "returned", "out_for": timedelta(days=6), "late": timedelta(hours=3)},
        "refused": {"state": "refused"},
        "cancelled": {"state": "cancelled"},
        "expired": {"state": "expired", "by": ""},
        "lost": {"state": "lost", "note": "Tombée dans le canal.\nVu avec Awa."},
        "damaged": {"state": "damaged"},
        "imported": {"state": "imported", "loan_class": "moyen"},
        "no consent": {"reach": "no_consent", "loan_class": "court", "links": ("https://wa.me/33612345678",)},
        "unknown": {"reach": "unknown", "links": ("https://t.me/exemple_bot?start=abc",)},
        "no window": {"reach": "no_window"},
        "blocked": {"reach": "blocked"},
        "stopped": {"reach": "stopped"},
        "with photos": {"state": "return_declared", "photos": 2, "photos_lost": 1},
        "kept for the next in line": {
            "state": "returned",
            "out_for": timedelta(days=6),
            "kept_for": "Karim",
            "kept_until": EX_DUE,
        },
    },
    "extension_card": {
        "granted": {"state": "granted", "by": "Sam"},
        "refused": {"state": "refused", "by": "Sam"},
    },
    "staff_nudge": {"request": {"kind": "request"}, "late": {"kind": "late", "since": EX_DUE}},
    "staff_task": {
        why: {"why": why, "message": "reminder_day_1"}
        for why in ("no_consent", "stopped", "refused", "no_window", "unsure", "expired")
    },
    "staff_answer": {"nobody named": {"by": ""}},
    "problem_card": {"photo only": {"words": "", "photo": True, "item": ""}},
    "staff_loans": {
        "nothing": {"lines": (), "total": 0},
        "pages": {"lines": STAFF_LINES, "total": 34, "page": 2, "pages": 3},
    },
    "staff_overdue": {
        "nothing": {"lines": (), "total": 0},
        "pages": {"total": 34, "page": 2, "pages": 3},
    },
    "history": {"nothing": {"lines": (), "total": 0}, "all": {"total": 3}, "many": {"lines": PAST, "total": 40}},
    "upcoming": {"nothing": {"lines": (), "total": 0}, "of_many": {"total": 185}},
    "queue": {"nothing": {"waiting": 0, "retrying": 0, "dead": 0, "lines": ()}, "parked": {"parked": 2, "unsure": 2}},
    "retried": {"nothing": {"count": 0}, "one": {"count": 1}},
    "job_page": {"suspended": {"suspended": True, "outcome": ""}, "never run": {"last": None, "outcome": ""}},
    "figures": {
        "one of each": {
            "lent": 1,
            "returned": 1,
            "on_time": 1,
            "out": 1,
            "late": 0,
            "sent": 1,
            "receipted": 1,
            "delivered": 1,
            "failed": 0,
        },
        "Telegram and letters alone": {"receipted": 0, "delivered": 0, "paid": 0},
    },
    "digest": {
        "a quiet day": {"due": (), "late": (), "failed": 0, "rates": ()},
        "all at once": {"confirm": STAFF_LINES[2:3], "failed": 2, "parked": 1},
        "letters": {"parked": 2},
    },
    "phone_number": {"unknown": {"phone": ""}},
    "reminded": {
        "no road": {"done": False},
        "held": {"done": False, "why": "held"},
        "silenced": {"done": False, "why": "silenced"},
    },
    "lend_which": {
        "unclear": {"said": "perseuze", "found": True},
        "unclear, for somebody": {"said": "perseuze", "found": True, "person": "Awa"},
        "unknown": {"said": "tronçonneuse"},
        "unknown, for somebody": {"said": "tronçonneuse", "person": "Awa"},
        "for somebody": {"person": "Awa"},
    },
    "lend_until": {why: {"why": why} for why in ("past", "impossible", "ambiguous", "too_long", "nothing")},
    "no_such_person": {"nobody near": {"near": ()}},
    "bad_number": {"landline": {"said": "01 23 45 67 89", "why": "not_mobile"}},
    "item_saved": {
        "exists": {"done": "exists"},
        "taken": {"done": "taken", "item": ""},
        "renamed": {"done": "renamed"},
    },
    "item_list": {
        "nothing": {"lines": (), "total": 0},
        "second page": {"total": 18, "page": 2, "pages": 3},
        "one that is late": {
            "lines": (ItemLine("VELO-001", "Vélo cargo", "on_loan", EX_LENT - timedelta(days=1), "Awa"),),
            "total": 1,
        },
    },
    "item_page": {
        "a kit, not whole": {"pieces": EX_PIECES, "awaited": EX_AWAITED},
        "as it stands": {"state": "available", "borrower": "", "due_at": None, "done": "", "check": ""},
        "really lost": {"asks": True, "done": "", "check": ""},
        **{
            done: {"state": done, "done": done, "borrower": "", "due_at": None}
            for done in ("available", "in_repair", "lost", "retired")
        },
        "undone": {"done": "undone"},
        "name": {"done": "name"},
    },
    "due_moved": {
        "one day, several loans": {"lines": EX_LINES, "last": EX_DUE - timedelta(days=7)},
        "open after all": {"undone": True},
    },
    "debts_all": {
        "asked": {"state": "asked", "unreached": 0},
        "begun": {"state": "begun", "unreached": 0},
        "anew, asked": {"act": "reset", "state": "asked", "unreached": 0},
        "anew, begun": {"act": "reset", "state": "begun", "unreached": 0},
        "anew": {"act": "reset", "unreached": 0},
        "not to its end": {"unreached": 0, "stopped": True},
    },
    "closing": {
        "one day": {"last": EX_DUE - timedelta(days=1)},
        "nothing due": {"lines": (), "people": 0},
        "moved": {"state": "moved", "by": "Dominique", "unreached": ("Awa", "Karim")},
        "many cannot be told": {"state": "moved", "by": "Dominique", "unreached": ("Awa", "Karim"), "others": 12},
        "moving": {"state": "moving", "by": "Dominique", "count": 1_200, "lines": (), "people": 0},
        "not to its end": {"state": "moved", "by": "Dominique", "stopped": True},
        "opening": {"state": "opening", "by": "Dominique", "lines": (), "people": 0},
        "left": {"state": "left"},
        "undone": {"state": "undone", "by": "Dominique"},
        "noted": {"state": "noted", "by": "Dominique", "lines": (), "people": 0},
        "known already": {"state": "noted", "lines": (), "people": 0},
        "undone, nothing due": {"state": "undone", "by": "Dominique", "lines": (), "people": 0},
    },
    "item_asked": {"what to check": {"what": "check"}},
    "nothing_out": {
        "asked for": {"requested": ("Perceuse Bosch",)},
        "asked for two": {"requested": ("Perceuse Bosch", "Tente 4 places")},
    },
    "loan_lost": {"nobody to call": {"contact_line": ""}},
    "person_saved": {
        "not reachable": {"reach": "unknown", "links": ("https://wa.me/33612345678",)},
        "exists": {"done": "exists"},
        "renamed": {"done": "renamed", "phone": "", "was": "Moussa"},
        "an e-mail noted": {"done": "email", "phone": "awa@exemple.org"},
        "known to another desk": {"done": "elsewhere", "phone": ""},
    },
    "person_asked": {"their zone": {"what": "zone"}, "no such zone": {"what": "zone", "said": "Chandrapur"}},
    "person_card": {
        "nothing out": {
            "lines": (),
            "last": (),
            "addresses": (AddressLine("sms", "06 12 34 56 78", "refused"), AddressLine("telegram", "", "attested")),
        },
        "no address, paused, renamed": {"addresses": (), "paused_until": EX_DUE, "done": "renamed", "by": "Sam"},
        "blocked": {"addresses": (AddressLine("telegram", "", "given", "blocked"),)},
    },
    "you_are_welcome": {"a nod": {"thanked": False}},
    "person_which": {"nothing said": {"said": ""}, "somebody else's number": {"said": "Paul", "owner": "Awa Diop"}},
    "team_saved": {done: {"done": done} for done in ("removed", "exists", "last_admin", "nobody")},
    "bind_refused": {why: {"why": why} for why in ("tries", "private", "taken", "none")},
    "not_allowed": {"admin": {"role": "admin"}, "of every desk": {"role": "everywhere"}},
    "usage": {
        command: {"command": command}
        for command in (
            "lend",
            "returned",
            "extend",
            "person",
            "team",
            "bind",
            "loans",
            "overdue",
            "help",
            "history",
            "remind",
        )
    },
    "done": {
        what: {"what": what}
        for what in ("problem", "approved", "refused", "granted", "lent", "returned", "noted", "started", "unheard_of")
    },
    "letters_parked": {"several": {"count": 3, "borrower": ""}},
    "channel_down": {
        "config": {"why": "config", "channel": "sms", "detail": "Twilio 20003", "waiting": 1},
        "undelivered": {"why": "undelivered", "detail": "Twilio 30002", "waiting": 0},
        "content": {"why": "content", "detail": "Twilio 63041", "waiting": 0, "message": "reminder_day_1"},
        "a letter": {"why": "content", "channel": "email", "detail": "", "waiting": 0, "message": "loan_created"},
    },
    "channel_back": {"nothing waited": {"waiting": 0, "channel": "telegram"}},
    "switch_on": {
        "started": {"state": "started", "by": "Sam"},
        "begun": {"state": "begun", "loans": 2400, "lines": (), "by": "Sam"},
    },
    "backup_failed": {"the file is damaged": {"what": "damage", "why": "row 7 missing from index"}},
    "restored": {"nothing was due": {"messages": 0, "held": 0}},
    "forget_card": {
        "little is known": {
            "channels": (),
            "loans": 0,
            "messages": 1,
            "pictures": 0,
            "stopped": False,
            "nights": 0,
            "credit": (),
        },
        "something to their credit": {"credit": (Money(1_000, "EUR"),), "stopped": False},
        "something is out": {"state": "open", "items": ("Perceuse Bosch", "Tente 4 places")},
        "something is owed": {"state": "owes"},
        "in the team": {"state": "team"},
        "another desk's too": {"state": "elsewhere"},
        "done": {"state": "done", "person": "", "reference": 57, "by": "Dominique"},
        "left": {"state": "left"},
    },
    "plan_repaired": {"one": {"count": 1}},
    "settings_menu": {"which desk": {"desk": ""}},
    "settings_group": {"all kinds of value": {"lines": VALUES}},
    "setting_page": {
        "as it stands": {"proposed": None, "shifts": ()},
        "nobody changed it": {"proposed": None, "by": "", "low": None, "high": None},
        "nothing moves": {"shifts": (PlanShift(looked=3, loans=3),)},
        "much moves": {"shifts": (PlanShift(1, 2, 3, 4, 200, 1200),)},
        "day off": {
            "rule": "holiday_country",
            "value": RuleValue("country", "SN"),
            "proposed": None,
            "low": None,
            "high": None,
            "next_day_off": EX_DUE,
            "by": "",
        },
    },
    "setting_changed": {
        "undone": {"undone": True, "shifts": ()},
        "two": {
            "shifts": (),
            "changes": (
                RuleChange("quiet_from", RuleValue("clock", "21:00"), RuleValue("clock", "22:30")),
                RuleChange("quiet_until", RuleValue("clock", "08:00"), RuleValue("clock", "07:00")),
            ),
        },
    },
    "bound": {"namesake": {"desk": "Prêt de matériel 2", "namesake": "Prêt de matériel"}},
    "setting_refused": {
        "unreadable": {"why": "unreadable", "said": "bientôt"},
        "unknown": {
            "rule": "return_default",
            "said": "jamais",
            "why": "unknown",
            "low": None,
            "high": None,
            "options": RuleValue("several", items=("confirm", "ask")),
        },
        "clash": {"rule": "court_under", "said": "12 h", "why": "clash", "other": "long_over"},
        "too long": {"rule": "lateness", "said": "x", "why": "too_long", "low": None, "high": None},
        "empty": {"rule": "name", "said": "-", "why": "empty", "low": None, "high": None},
        "taken": {"rule": "name", "said": "Atelier Nord", "why": "taken", "low": None, "high": None},
        "too low": {"why": "too_low", "said": "3h"},
        "no zone": {"rule": "zone", "said": "Lune", "why": "unknown", "low": None, "high": None, "kind": "zone"},
    },
    "setting_unknown": {"nothing near": {"near": ()}},
    "trial_where": {
        **{why: {"why": why} for why in ("impossible", "stopped", "tries")},
        "which channel": {"channel_": ""},
        "by e-mail": {"channel_": "email", "why": "impossible"},
    },
    "trial_sent": {"failed": {"state": "dead", "error": "63024 not on WhatsApp"}},
    "role_page": {
        done: {"done": done, "by": "Dominique", "role": "admin"} for done in ("given", "lowered", "taken", "last_admin")
    },
    "department_page": {"new": {"place": "", "contact_line": "", "others": 2}},
    "ask_privately": {"no link": {"links": ()}},
    "texts_menu": {"nothing changed": {"changed": 0, "off": 0}},
    "texts_group": {"pages": {"total": 41, "page": 2, "pages": 6}},
    "text_page": {
        "off, long, with facts": {
            "message": "reminder_2h",
            "channel_": "sms",
            "words": "Merci encore.",
            "shown": "Merci encore.",
            "facts": ("item", "due_at"),
            "off": True,
            "segments": 2,
            "approved": True,
            "changed": False,
            "done": "off",
        },
        "as it was": {"changed": False, "by": "", "at": None},
    },
    "text_asked": {"no facts": {"facts": ()}},
    "silence": {"one": {"due": 1}},
}

CHOICES: dict[str, Rows] = {
    "reminder_day_1": ((Choice("return", (1,), "return"), Choice("extend", (1,), "extend")),),
    "confirm_return": ((Choice("yes", (), "yes"), Choice("no", (), "no")),),
    "which_return": (
        *((Choice("return", (line.number,), text=line.item, number=line.number),) for line in EX_LINES),
        (Choice("return_all", (), "return_all"),),
    ),
    "borrow_which": (
        (Choice("borrow", (1,), text="Perceuse Bosch"),),
        (Choice("borrow", (2,), text="Perceuse Makita"),),
    ),
    "borrow_until": (
        (Choice("until", (1,), "tonight"), Choice("until", (2,), "tomorrow")),
        (Choice("until", (3,), "friday"), Choice("until", (4,), "next_week")),
    ),
    "extend_until": ((Choice("until", (1,), "day_more"), Choice("until", (2,), "week_more")),),
    "welcome": ((Choice("consent", (1,), "yes"), Choice("consent", (0,), "stop")),),
    "not_understood": ((Choice("return", (), "return"), Choice("extend", (), "extend"), Choice("list", (), "list")),),
    "loan_card": ((Choice("extend", (1,), "extend"), Choice("return", (1,), "return")),),
    "extension_card": ((Choice("approve", (1,), "approve"), Choice("refuse", (1,), "refuse")),),
}
