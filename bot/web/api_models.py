"""Requests and answers of the REST API. The same models validate, serialise and describe."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from bot.core.delivery import STATE_FR, State
from bot.core.notices import NOTICES
from bot.core.spoken import clean
from bot.web.api_problem import OF_KIND, OF_PATTERN

LONGEST_NAME = 80
LONGEST_REMARK = 200
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def _fit(text: str) -> str:
    if UNFIT.search(text):
        raise ValueError("holds characters that cannot be kept")
    return text


def _near(at: datetime) -> datetime:
    """Years that every engine and zone can hold."""
    if not 2000 <= at.year <= 2200:
        raise ValueError("lies too far away")
    return at


def written(what: Literal["date", "datetime"]) -> BeforeValidator:
    """Digits alone would be read as seconds since 1970, which nobody means by 20261201."""

    def read(at: Any) -> Any:
        if not isinstance(at, str) or re.fullmatch(r"[+-]?[0-9.]+", at.strip()):
            raise ValueError(OF_KIND[what])
        return at

    return BeforeValidator(read)


LAX = Field(strict=False)  # strictly taken, a time is none that was a text when a validator of ours had it in hand


def _on_one_line(text: str) -> str:
    """As names are stored: runs of spaces and line ends become one space."""
    cleaned = clean(text)
    if text and not cleaned:
        raise ValueError("must not be blank")
    return cleaned


def _within(most: int) -> Callable[[str], str]:
    """Some characters become several when normalised: the limit applies after that too."""

    def kept(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"must have at most {most} characters")
        return text

    return kept


def _with_plus(at: Any) -> Any:
    """In a URL a `+` not written as `%2B` means a space; in a UTC offset it can only be a plus."""
    return re.sub(r" (?=[0-9]{2}:?[0-9]{2}$)", "+", at) if isinstance(at, str) and "T" in at else at


def shaped(pattern: str, reason: str, **more: Any) -> Any:
    """A field of a certain form; `reason` is the answer to any other."""
    OF_PATTERN[pattern] = reason
    return Field(pattern=pattern, **more)


Text = Annotated[str, AfterValidator(_fit)]
Line = Annotated[str, AfterValidator(_fit), AfterValidator(_on_one_line)]
Name = Annotated[Line, AfterValidator(_within(LONGEST_NAME))]
Remark = Annotated[Line, AfterValidator(_within(LONGEST_REMARK))]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
# Which department, for a token of all.
OF_ALL = "left out: the token's own; of a token for all, every one in a list, else its person's or item's, or the first"
OfDepartment = Annotated[Id | None, Field(description=OF_ALL)]
Instant = Annotated[AwareDatetime, LAX, written("datetime"), AfterValidator(_near)]
# Of an address.
Since = Annotated[AwareDatetime, LAX, written("datetime"), BeforeValidator(_with_plus), AfterValidator(_near)]
Channel = Literal["whatsapp", "sms", "telegram", "email"]
Language = Annotated[str, shaped("^[a-z]{2}$", "must be two small letters, such as fr")]
NoticeType = Literal[
    "delivery_reminder", "delivery_confirmed", "payment_reminder", "payment_confirmation", "subscription_confirmation",
    "order_confirmation", "pause_confirmation", "churn_risk", "new_product", "delivery_delayed",
]  # fmt: skip
StateName = Literal[
    "pending", "sending", "retrying", "sent", "delivered", "read", "dead", "unsure", "withheld", "superseded",
    "expired", "cancelled",
]  # fmt: skip
assert set(get_args(NoticeType)) == set(NOTICES)
assert set(get_args(StateName)) == set(State)


class Given(BaseModel):
    """A body or query: a field that is not known is refused, never dropped."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Sent(Given):
    """A body. Read strictly: `true` is no number of a person, 20261201 no day. (An address has texts only.)"""

    model_config = ConfigDict(strict=True)


class Answer(BaseModel):
    """What is answered."""

    model_config = ConfigDict(defer_build=True)  # built when first used, not fifty of them at the start


# --- paging --------------------------------------------------------------------------------------


class Paged(Given):
    """A part of a list, newest first."""

    limit: int = Field(50, ge=1, le=200, description="entries in one answer")
    cursor: Text | None = Field(None, max_length=40, description="the `next` of the answer before")

    @property
    def before(self) -> int | None:
        """The row id that a cursor stands for."""
        return None if self.cursor is None else _row_of(self.cursor)

    @field_validator("cursor")
    @classmethod
    def _reads(cls, cursor: str | None) -> str | None:
        if cursor is not None and _row_of(cursor) is None:
            raise ValueError("is none that was given out")
        return cursor


def cursor_of(row: int) -> str:
    """Where the next page begins."""
    return base64.urlsafe_b64encode(str(row).encode()).decode().rstrip("=")


def _row_of(cursor: str) -> int | None:
    try:
        found = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return int(found) if re.fullmatch(r"[1-9][0-9]{0,17}", found) else None


# --- notices -------------------------------------------------------------------------------------


class SendMessage(Sent):
    """A notice to one person, by `phone` or `contact_id`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "phone": "+33612345678", "type": "order_confirmation", "reference_id": "CMD-1042",
                    "variables": {"order_id": "CMD-1042", "delivery_date": "2026-11-27", "total_amount": "49.90"},
                    "attested_by": "Boutique en ligne",
                }
            ]
        }
    )  # fmt: skip

    type: NoticeType = Field(validation_alias=AliasChoices("type", "kind"), description="which of the ten notices")
    phone: Text | None = Field(None, min_length=4, max_length=40, description="the person's mobile number")
    contact_id: Id | None = Field(None, description="the person, in place of a number")
    variables: dict[str, Any] = Field(
        validation_alias=AliasChoices("variables", "facts"),
        description="the facts of the notice; `currency` may be left out",
    )
    channel: Channel | None = Field(None, description="the channel to try first; else the person's own order")
    language: Language | None = Field(None, description="else the person's own, else the department's")
    send_at: Instant | None = Field(
        None, description="not before this time, at most a year ahead; at once when it is past"
    )
    reference_id: Text | None = Field(None, min_length=1, max_length=80, description="your own, to find it again")
    name: Annotated[Line, AfterValidator(_within(120))] | None = Field(
        None, max_length=120, description="the name of somebody new"
    )
    attested_by: Name | None = Field(
        None, min_length=1, max_length=LONGEST_NAME,
        description="who noted that this person agreed to be written to; needed once, for a number that is new here",
    )  # fmt: skip
    department_id: OfDepartment = None

    @model_validator(mode="after")
    def _one_person(self) -> SendMessage:
        if (self.phone is None) == (self.contact_id is None):
            raise ValueError("give either phone or contact_id")
        return self


class Accepted(Answer):
    """The notice is in the outbox; one that may not leave is kept there with its reason."""

    id: str
    state: StateName
    state_label: str
    channel: str
    error: str = Field(description="why it is withheld; else empty")
    send_at: datetime


class HistoryQuery(Paged):
    state: StateName | None = None
    channel: Channel | None = None
    type: Text | None = Field(None, max_length=64, validation_alias=AliasChoices("type", "kind"))
    reference_id: Text | None = Field(None, max_length=80)
    since: Since | None = Field(None, description="created at this time or later")
    until: Since | None = Field(None, description="created before this time")
    department_id: OfDepartment = None


class NoticeSeen(Answer):
    """One message: what became of it. Its words are not kept."""

    id: str
    type: str
    state: StateName
    state_label: str = Field(description="the French name of the state")
    channel: str
    language: str
    contact_id: int | None
    department_id: int | None
    reference_id: str | None
    attempts: int
    error: str
    begun_by: str = Field(description="person, clock or api")
    parent: str | None = Field(description="the message it carries on: another road, or once more")
    created_at: datetime
    next_at: datetime | None = Field(description="when it is tried next, while it waits")
    sent_at: datetime | None
    delivered_at: datetime | None
    closed_at: datetime | None


class History(Answer):
    items: list[NoticeSeen]
    next: str | None = Field(description="the cursor of the next page; null on the last; a page before may be short")


class DepartmentQuery(Given):
    department_id: OfDepartment = None


class TemplateWords(Answer):
    """Words of one language, for one channel or (null) all that have none of their own."""

    language: str
    channel: str | None
    words: str
    changed: bool = Field(description="an admin's words stand in place of the file's")
    changed_by: str
    changed_at: datetime | None
    example: str


class TemplateVersion(Answer):
    version: int
    language: str
    channel: str | None
    words: str | None = Field(description="null: the file's own")
    who: str
    at: datetime


class TemplateSummary(Answer):
    type: str
    enabled: bool
    marketing: bool = Field(description="only to people whose own consent was given")
    variables: list[str]
    changed: bool


class Template(TemplateSummary):
    texts: list[TemplateWords]
    versions: list[TemplateVersion] = Field(description="newest first, at most 50")


class Templates(Answer):
    items: list[TemplateSummary]


class TemplateChange(Sent):
    """Exactly one of `words`, `restore`, `version`, `enabled`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"language": "fr", "words": "Merci ! Votre commande {{ order_id }} est notée."}]
        }
    )

    language: Language = "fr"
    channel: Channel | None = Field(None, description="null: every channel that has no words of its own")
    words: Text | None = Field(None, min_length=1, max_length=4096)
    restore: Literal[True] | None = Field(None, description="back to the words of the file")
    version: Id | None = Field(None, description="back to what stood there then")
    enabled: bool | None = Field(None, description="send this message, or send it no more, on this channel")
    department_id: OfDepartment = None

    @model_validator(mode="after")
    def _one_change(self) -> TemplateChange:
        if sum(x is not None for x in (self.words, self.restore, self.version, self.enabled)) != 1:
            raise ValueError("give exactly one of words, restore, version, enabled")
        return self


class StatisticsQuery(Given):
    since: Since | None = Field(None, description="seven days before `until` when left out")
    until: Since | None = Field(None, description="now when left out; at most 92 days after `since`")
    department_id: OfDepartment = None


class CostTold(Answer):
    """What a provider asked for `messages` messages; `amount` a decimal number of `currency`."""

    currency: str
    amount: str = Field(examples=["0.2394"])
    messages: int


class Counts(Answer):
    """`sent` counts what a provider took, `delivered` what a receipt says arrived (read or not): none by Telegram or
    e-mail, which send no receipts. `delivery_rate`: what arrived of sent and failed, an e-mail where it did not bounce;
    null where the channel tells of no delivery, or nothing left."""

    total: int
    waiting: int
    sent: int
    delivered: int
    read: int
    failed: int
    withheld: int
    delivery_rate: float | None
    costs: list[CostTold] = Field(description="where the provider tells: hours after a message left, or never")


class ChannelCounts(Counts):
    channel: str
    median_seconds_to_delivered: float | None


class TypeCounts(Counts):
    type: str
    channel: str


class DayCounts(Counts):
    day: str = Field(description="the civil day, in the department's zone")


class Spent(Answer):
    """What roads that are paid for carried in a month; `segments` of SMS, where the carrier told them."""

    month: str
    channel: str
    messages: int
    segments: int


class Statistics(Answer):
    since: datetime
    until: datetime
    all: Counts
    channels: list[ChannelCounts]
    types: list[TypeCounts]
    days: list[DayCounts]
    spent: list[Spent] = Field(description="the months that the period touches, whole")


class QueueRung(Answer):
    """The bell was rung; the state of the outbox then."""

    due: int
    waiting: int
    sending: int
    oldest_due_at: datetime | None


class HealthChannel(Answer):
    channel: str
    state: Literal["up", "down", "config"]
    since: datetime | None


class Health(Answer):
    """`late`: the oldest due message waits for more than two minutes, a channel is out of service, or a job lags."""

    status: Literal["ok", "late"]
    due: int
    oldest_due_at: datetime | None
    oldest_due_seconds: float
    channels: list[HealthChannel]
    late_jobs: list[str]


def label(state: str) -> str:
    """The French name of a state."""
    return STATE_FR[State(state)]
