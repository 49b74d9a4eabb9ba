"""Twilio's error codes as data: the meaning of each, and its outcome.

A code may come with the answer to a create call or later in a status callback; every code is understood in both
places. Twilio adds codes without notice: an unknown one is judged by the HTTP status, in a callback as passing.
Source: Twilio's error dictionary.
"""

from __future__ import annotations

from datetime import timedelta

from bot.channels.meanings import (
    ADDRESS,
    CONFIG,
    CONSENT,
    CONTENT,
    LOOP,
    LOST,
    PASSING,
    PRICE,
    ROAD,
    SLOWER,
    WINDOW,
    Make,
    later,
)
from bot.core.delivery import ConfigFault, Failed, Later, Outcome, Refused, Unsure
from bot.core.records import record


@record(frozen=True, slots=True)
class Meaning:
    """One code: what it says, and the outcome it makes of an attempt."""

    code: int
    says: str
    make: Make

    def outcome(self) -> Outcome:
        return self.make(f"Twilio {self.code}: {self.says}", str(self.code))


_HANDSET_OFF = later(rate_limited=False)

_ROWS: tuple[tuple[tuple[int, ...], Make, str], ...] = (
    ((20003,), CONFIG, "credentials refused, or the account is suspended or closed"),
    ((20005, 90010), CONFIG, "the account is not active"),
    ((20404,), CONFIG, "no such account or resource: a SID in the settings is wrong"),
    ((20429,), SLOWER, "too many requests at once"),
    ((20500, 20503), LOST, "a fault at Twilio; the message may have been taken"),
    # The loop guard of the carrier: another try, on any road, would feed the loop.
    ((14107,), LOOP, "too many replies between two numbers in a short time"),
    ((21201, 21211, 21604), ADDRESS, "the recipient's number is missing or not valid"),
    # These four hold for some recipients only; stopping the channel would silence all the others.
    ((21408,), ROAD, "the recipient's country is not enabled for this account (geo-permissions)"),
    ((21606, 21612), ROAD, "this sender cannot reach this recipient"),
    ((21608,), ROAD, "a trial account writes to verified numbers only"),
    ((63015,), ROAD, "the recipient has not joined the WhatsApp sandbox (send: join <code>)"),
    ((21602, 21603, 21619, 21620, 21623, 21654, 21655, 21656, 21658), CONTENT, "wrong body, media or variables"),
    ((21610,), CONSENT, "the recipient has sent STOP to this sender"),
    ((21611,), later(timedelta(minutes=30), whole_sender=True), "this sender's queue is full (4 h)"),
    ((21614,), ADDRESS, "not a mobile number"),
    ((21617,), CONTENT, "longer than 1600 characters"),
    ((21703, 21704, 21705), CONFIG, "the Messaging Service has no usable sender, or its SID is wrong"),
    ((30001,), SLOWER, "queue overflow"),
    ((30002,), CONFIG, "the account is suspended, often for lack of funds"),
    ((30003,), _HANDSET_OFF, "the telephone is off or out of reach"),
    ((30004,), ROAD, "blocked on the way to the recipient"),
    ((30005,), ADDRESS, "unknown or inactive number"),
    ((30006,), ADDRESS, "a landline, or a carrier that cannot be reached"),
    ((30007,), CONTENT, "filtered as spam by the carrier"),
    ((30008,), PASSING, "unknown fault at the carrier"),
    ((30009,), PASSING, "a segment of a message is missing"),
    ((30010,), PRICE, "the price is above the highest one allowed"),
    ((30022, 30023, 30032, 30034), ROAD, "this sender is not registered for the United States, or is over its cap"),
    ((30036,), PASSING, "not delivered within its validity period"),
    # Twilio gave up without a retry of its own, so nobody gets it twice.
    ((30410,), PASSING, "time-out at the carrier"),
    ((30450,), later(timedelta(minutes=30), rate_limited=False), "held by the protection against pumping"),
    ((63001,), CONFIG, "the WhatsApp sender's authentication failed"),
    ((63003, 63024), ADDRESS, "WhatsApp does not know this recipient"),
    ((63005, 63021), CONTENT, "WhatsApp refused the content"),
    ((63007,), CONFIG, "the sender is not a WhatsApp sender of this account"),
    ((63008,), CONFIG, "the WhatsApp sender is not set up well"),
    ((63010, 63012), PASSING, "an internal fault at WhatsApp"),
    ((63013,), CONTENT, "against WhatsApp's policy"),
    # Blocking is a refusal by the person on this channel, like STOP. (63033 is its older, deprecated name.)
    ((63014, 63033), CONSENT, "the recipient has blocked this sender"),
    ((63016,), WINDOW, "outside the 24-hour window"),
    ((63017, 63018), SLOWER, "over the rate or the tier of this WhatsApp sender"),
    ((63019,), PASSING, "the media could not be fetched"),
    ((63020,), CONFIG, "the invitation of Meta's business account was not accepted"),
    ((63027, 63028, 63030), CONTENT, "template missing in this language, or wrong variables"),
    ((63032,), ROAD, "the recipient is part of an experiment of Meta's"),
    ((63034, 63037), CONTENT, "the media is too large"),
    # The limit covers 24 hours and is released gradually; a try every hour resumes at most an hour late.
    ((63038,), later(timedelta(hours=1), whole_sender=True), "the daily number of messages is reached"),
    ((63040, 63041, 63042), CONTENT, "the template is rejected, paused or disabled"),
    ((63049,), ROAD, "Meta withheld this message from this recipient"),
    ((63051, 63059, 63062), CONFIG, "the WhatsApp business account is locked, moved, or has terms to accept"),
)

CODES: dict[int, Meaning] = {code: Meaning(code, says, make) for codes, make, says in _ROWS for code in codes}


def outcome_of_error(status: int, code: int | None, after: timedelta | None = None) -> Outcome:
    """What the answer to a create call comes to, when it is not a success.

    status: HTTP status. code: Twilio's, if any. after: the wait of a Retry-After header.
    A 429 was never processed. A 5xx may have been, whatever its code. Otherwise the code decides; an unknown one
    is permanent on this road, but leaves the address alone: another road may still reach the person.
    """
    if status == 429:
        return Later(f"Twilio {code or 429}: too many requests", after, rate_limited=True, whole_sender=True)
    if status >= 500:
        return Unsure(f"Twilio answered {status} ({code or 'no code'})")
    if code in CODES:
        return CODES[code].outcome()
    if status in (401, 407):
        return ConfigFault(f"Twilio answered {status}: credentials refused", str(code or status))
    if status < 400:
        return ConfigFault(f"Twilio answered {status}: is the address of its API right?", str(code or status))
    return Refused(f"Twilio {code or status}: refused, for a reason not in our table", str(code or status), "road")


def outcome_of_receipt(code: str) -> Outcome:
    """What a receipt of failure comes to. `code` is its ErrorCode, empty when it has none.

    The message has failed for certain, so nothing is unsure here; an unknown reason may pass.
    """
    known = CODES.get(int(code)) if code.isascii() and code.isdigit() and len(code) < 10 else None
    if known is None:
        return Failed(f"Twilio: not delivered ({code or 'no reason given'})", code)
    outcome = known.outcome()
    return Failed(outcome.why, code) if isinstance(outcome, Unsure) else outcome
