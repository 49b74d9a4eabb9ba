"""/api/notifications: a business's notices, their log, words and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.delivery import ARRIVED, TAKEN, TELL_OF_DELIVERY, UNFINISHED, State, reached
from bot.core.markup import to_plain
from bot.core.messages import CATALOGUE, EX_LENT, may_be_off
from bot.core.money import cost_amount, costs
from bot.core.notices import MARKETING, NOTICES, Begun, Wish, variables
from bot.core.people import Department, phone_from
from bot.store import FETCH, INBOX, OUTBOX, PLANNED, Tx, figures, notices
from bot.store.figures import Tally
from bot.store.notices import Asked, Notice
from bot.texts import Reader, placeholders
from bot.web.api_call import Call, Endpoint, Reply, get, known_language, post, put
from bot.web.api_models import (
    Accepted,
    ChannelCounts,
    CostTold,
    Counts,
    DayCounts,
    DepartmentQuery,
    Health,
    HealthChannel,
    History,
    HistoryQuery,
    NoticeSeen,
    QueueRung,
    SendMessage,
    Spent,
    Statistics,
    StatisticsQuery,
    Template,
    TemplateChange,
    Templates,
    TemplateSummary,
    TemplateVersion,
    TemplateWords,
    TypeCounts,
    cursor_of,
    label,
)
from bot.web.api_problem import Problem, wrong

LATE_AFTER = timedelta(minutes=2)
LONGEST_PERIOD = timedelta(days=92)
LATEST = timedelta(days=366)  # a notice beyond that is a typing error in the year
USUAL_PERIOD = timedelta(days=7)
MOST_VERSIONS = 50
NOBODY = 0  # no person has that number


# --- sending -------------------------------------------------------------------------------------


async def send_message(call: Call) -> Reply:
    sent: SendMessage = call.body
    known_language(call, sent.language)
    if sent.send_at is not None and sent.send_at > call.now + LATEST:
        raise wrong("send_at", f"lies more than {LATEST.days} days ahead")
    wish = Wish(
        kind=sent.type, variables=sent.variables, who=call.caller.who, phone=sent.phone, contact_id=sent.contact_id,
        name=sent.name or "", attested_by=sent.attested_by or "", department_id=call.department(sent.department_id),
        channel=sent.channel, language=sent.language or "", send_at=sent.send_at, reference=sent.reference_id,
    )  # fmt: skip

    def work(tx: Tx) -> Accepted:
        return _accepted(call.around.acts.begin_notice(tx, wish))

    return await call.once(work, 202)


async def resend(call: Call) -> Reply:
    def work(tx: Tx) -> Accepted:
        return _accepted(call.around.acts.resend(tx, call.path["id"], call.department()))

    return await call.once(work, 202)


def _accepted(begun: Begun) -> Accepted:
    state = begun.state.value
    return Accepted(
        id=begun.ref, state=state, state_label=label(state), channel=begun.channel, error=begun.error,
        send_at=begun.next_at,
    )  # fmt: skip


async def process_queue(call: Call) -> QueueRung:
    await call.store.write(_ring)
    found = await figures.queue(call.store, call.now, call.department())
    return QueueRung(due=found.due, waiting=found.waiting, sending=found.sending, oldest_due_at=found.oldest_due)


def _ring(tx: Tx) -> None:
    for bell in (INBOX, OUTBOX, PLANNED, FETCH):
        tx.ring(bell)


# --- the log -------------------------------------------------------------------------------------


async def history(call: Call) -> History:
    return await _history(call, None)


async def history_of(call: Call) -> History:
    """One person's. A number nobody has, and one whose messages are another department's, answer alike, and ask the
    database the same: a question left out could be told by the time of the answer."""
    value = phone_from(call.path["phone"], call.store.desk.region)
    contact_id = await notices.holder(call.store, [value])
    return await _history(call, NOBODY if contact_id is None else contact_id)


async def _history(call: Call, contact_id: int | None) -> History:
    asked: HistoryQuery = call.query
    if asked.type is not None and asked.type not in _logged():
        raise wrong("type", f"must be one of {', '.join(_logged())}")
    page = await notices.history(
        call.store,
        Asked(
            department_id=call.department(asked.department_id), contact_id=contact_id, state=asked.state,
            channel=asked.channel, kind=asked.type, reference=asked.reference_id, since=asked.since,
            until=asked.until, before=asked.before, limit=asked.limit,
        ),
    )  # fmt: skip
    return History(items=[_seen(n) for n in page.rows], next=None if page.older is None else cursor_of(page.older))


def _logged() -> list[str]:
    """The messages that the log tells of. The ten notices first."""
    others = (name for name, kind in CATALOGUE.items() if kind.about not in notices.IN_A_CONVERSATION)
    return [*NOTICES, *(name for name in others if name not in NOTICES)]


def _seen(found: Notice) -> NoticeSeen:
    return NoticeSeen(
        id=found.ref, type=found.kind, state=found.state, state_label=label(found.state), channel=found.channel,
        language=found.language, contact_id=found.contact_id, department_id=found.department_id,
        reference_id=found.reference, attempts=found.attempts, error=found.error, begun_by=found.begun_by,
        parent=found.parent, created_at=found.created_at, next_at=found.next_at if found.state in UNFINISHED else None,
        sent_at=found.sent_at, delivered_at=found.delivered_at, closed_at=found.closed_at,
    )  # fmt: skip


# --- words ---------------------------------------------------------------------------------------


def _changeable() -> list[str]:
    """The messages that systems may see and change: what we begin. The ten notices first."""
    return [*NOTICES, *(n for n, cls in CATALOGUE.items() if n not in NOTICES and may_be_off(n))]


async def templates(call: Call) -> Templates:
    asked: DepartmentQuery = call.query
    department_id = call.department(asked.department_id)
    return await call.store.write(_templates, department_id)


def _templates(tx: Tx, department_id: int | None) -> Templates:
    desk = _desk(tx, department_id)
    return Templates(items=[_summary(tx, desk, name) for name in _changeable()])


def _summary(tx: Tx, desk: Department, name: str) -> TemplateSummary:
    places = [p for p in tx.wordings.all() if p[0] == desk.id and p[1] == name and p[2]]
    return TemplateSummary(
        type=name, enabled=not tx.wordings.is_off(desk.id, name, ""), marketing=name in MARKETING,
        variables=list(variables(name) if name in NOTICES else placeholders(name)), changed=bool(places),
    )  # fmt: skip


async def template(call: Call) -> Template:
    asked: DepartmentQuery = call.query
    return await call.store.write(_template, call, call.department(asked.department_id))


def _template(tx: Tx, call: Call, department_id: int | None) -> Template:
    name, desk = _named(call), _desk(tx, department_id)
    places = {(language, "") for language in call.around.texts.languages}
    places |= {(p[2], p[3]) for p in tx.wordings.all() if p[0] == desk.id and p[1] == name and p[2]}
    texts = [_words(tx, call, desk, name, language, channel) for language, channel in sorted(places)]
    versions = [
        TemplateVersion(
            version=act.id, language=act.facts["language"], channel=act.facts["channel"] or None,
            words=act.facts.get("now"), who=act.who, at=act.at,
        )
        for act in tx.audit.newest(desk.id, f"text:{name}:", MOST_VERSIONS)
        if act.facts.get("message") == name
    ]  # fmt: skip
    return Template(**_summary(tx, desk, name).model_dump(), texts=texts, versions=versions)


def _words(tx: Tx, call: Call, desk: Department, name: str, language: str, channel: str) -> TemplateWords:
    entry = tx.wordings.entry(desk.id, name, language, channel)
    texts = call.around.texts
    example = CATALOGUE[name](**CATALOGUE[name].example)
    shown = texts.render(
        example, Reader(language, channel or "sms", desk.zone), EX_LENT, override=entry.words if entry else None
    )
    return TemplateWords(
        language=language, channel=channel or None,
        words=entry.words if entry else texts.source(name, language, channel).strip(), changed=entry is not None,
        changed_by=entry.who if entry else "", changed_at=entry.changed_at if entry else None,
        example=to_plain(shown.text),
    )  # fmt: skip


def _named(call: Call) -> str:
    name = call.path["type"]
    if name not in _changeable():
        raise Problem(404, "no such template")
    return name


def _desk(tx: Tx, department_id: int | None) -> Department:
    found = tx.departments.first() if department_id is None else tx.departments.all().get(department_id)
    if found is None:
        raise Problem(404, "no such department")
    return found


async def change_template(call: Call) -> Reply:
    change: TemplateChange = call.body
    name, texts = _named(call), call.around.texts
    known_language(call, change.language)
    if change.enabled is None and change.channel == "whatsapp" and (name, change.language) in texts.approved:
        raise Problem(
            409,
            "WhatsApp has approved this text; a new one must be approved as well: change templates/whatsapp.toml and "
            "run `python main.py whatsapp-templates`",
        )
    department_id = call.department(change.department_id)

    def work(tx: Tx) -> Template:
        desk = _desk(tx, department_id)
        if change.enabled is not None:
            _switch(tx, call, desk, name, change)
        else:
            _reword(tx, call, desk, name, change)
        return _template(tx, call, desk.id)

    return await call.once(work)


def _switch(tx: Tx, call: Call, desk: Department, name: str, change: TemplateChange) -> None:
    on = bool(change.enabled)
    tx.wordings.switch(desk.id, name, change.channel or "", call.caller.who, on=on)
    tx.audit.note(call.caller.who, f"switch:{name}"[:64], desk.id, message=name, channel=change.channel or "", on=on)


def _reword(tx: Tx, call: Call, desk: Department, name: str, change: TemplateChange) -> None:
    language, channel = change.language, change.channel or ""
    words = change.words.strip() if change.words is not None else None
    if change.version is not None:
        act = tx.audit.get(change.version)
        if act is None or act.department_id != desk.id or act.facts.get("message") != name or "now" not in act.facts:
            raise wrong("version", "there is no such version of this template")
        language, channel, words = act.facts["language"], act.facts["channel"], act.facts["now"]
    if words is not None:
        fault = call.around.texts.check_override(name, words, "en")
        if fault is not None:
            raise wrong("words", fault)
    who = call.caller.who
    tx.wordings.change((desk.id, name, language, channel), words, who=who, name=who)


# --- figures -------------------------------------------------------------------------------------


async def statistics(call: Call) -> Statistics:
    asked: StatisticsQuery = call.query
    department_id = call.department(asked.department_id)
    zone = await call.store.write(_zone, department_id)
    until = (asked.until or call.now + timedelta(microseconds=1)).astimezone(zone)
    since = (asked.since or until - USUAL_PERIOD).astimezone(zone)
    if not since < until or until - since > LONGEST_PERIOD:
        raise wrong("since", f"must lie before until, by {LONGEST_PERIOD.days} days at most")
    days = figures.days(since, until)
    by_day = [(start, await figures.tallies(call.store, start, end, department_id)) for start, end in days]
    all_ = [tally for _, tallies in by_day for tally in tallies]
    channels = sorted({t.channel for t in all_})
    medians = {c: await figures.median_seconds(call.store, since, until, department_id, c) for c in channels}
    spent = await figures.spent_in(call.store, since, until, department_id)
    return Statistics(
        since=since, until=until, all=Counts(**_counts(all_)),
        channels=[
            ChannelCounts(channel=c, median_seconds_to_delivered=medians[c], **_counts(tallies))
            for (c,), tallies in _grouped(all_, "channel")
        ],
        types=[
            TypeCounts(channel=c, type=k, **_counts(tallies))
            for (c, k), tallies in _grouped(all_, "channel", "kind")
        ],
        spent=[Spent(month=m, channel=c, messages=n, segments=parts) for m, c, n, parts in spent],
        days=[DayCounts(day=start.date().isoformat(), **_counts(tallies)) for start, tallies in by_day],
    )  # fmt: skip


def _grouped(tallies: Sequence[Tally], *fields: str) -> Iterator[tuple[tuple[str, ...], list[Tally]]]:
    """(values of the fields, the tallies that have them), in order."""

    def key(tally: Tally) -> tuple[str, ...]:
        return tuple(getattr(tally, name) for name in fields)

    return ((values, list(group)) for values, group in groupby(sorted(tallies, key=key), key))


def _zone(tx: Tx, department_id: int | None) -> ZoneInfo:
    return _desk(tx, department_id).zone


def _counts(tallies: Sequence[Tally]) -> dict[str, Any]:
    def of(states: Collection[State], among: Sequence[Tally] = tallies) -> int:
        return sum(t.count for t in among if t.state in states)

    telling = [t for t in tallies if t.channel in TELL_OF_DELIVERY]
    left = of(TAKEN | {State.DEAD}, telling)
    arrived = sum(t.count for t in telling if t.state in reached(t.channel))
    return {
        "total": sum(t.count for t in tallies), "waiting": of(UNFINISHED), "sent": of(TAKEN), "delivered": of(ARRIVED),
        "read": of({State.READ}), "failed": of({State.DEAD}), "withheld": of({State.WITHHELD}),
        "delivery_rate": round(arrived / left, 4) if left else None, "costs": _costs(tallies),
    }  # fmt: skip


def _costs(tallies: Sequence[Tally]) -> list[CostTold]:
    told = [(t.cost, t.count) for t in tallies if t.cost is not None]
    many = Counter[str]()
    for cost, count in told:
        many[cost.currency] += count
    return [
        CostTold(currency=sum_.currency, amount=str(cost_amount(sum_)), messages=many[sum_.currency])
        for sum_ in costs(cost for cost, _ in told)
    ]


async def health(call: Call) -> Health:
    """Public: no name, number or message can be read from it."""
    found = await figures.queue(call.store, call.now)
    states = await figures.channels(call.store)
    age = max(0.0, (call.now - found.oldest_due).total_seconds()) if found.oldest_due else 0.0
    channels = [_channel(name, *states.get(name, ("up", None))) for name in sorted(call.store.desk.roads)]
    late_jobs = call.around.late()
    late = age > LATE_AFTER.total_seconds() or late_jobs or any(c.state != "up" for c in channels)
    return Health(
        status="late" if late else "ok", due=found.due, oldest_due_at=found.oldest_due, oldest_due_seconds=age,
        channels=channels, late_jobs=late_jobs,
    )  # fmt: skip


def _channel(name: str, state: str, since: datetime | None) -> HealthChannel:
    return HealthChannel.model_validate({"channel": name, "state": state, "since": since if state != "up" else None})


ENDPOINTS: tuple[Endpoint, ...] = (
    post(
        "/api/notifications/send-message", "Send a notice to one person", send_message, Accepted, body=SendMessage,
        status=202, once=True, problems=(404, 409),
    ),
    get(
        "/api/notifications/history", "Read what became of messages", history, History, query=HistoryQuery,
        problems=(404,),
    ),
    get(
        "/api/notifications/history/{phone}", "Read what became of one person's messages", history_of, History,
        query=HistoryQuery, problems=(404,), parameters={"phone": "a mobile number, +33612345678"},
    ),
    get(
        "/api/notifications/templates", "List the messages whose words can be changed", templates, Templates,
        query=DepartmentQuery, problems=(404,),
    ),
    get(
        "/api/notifications/templates/{type}", "Read the words of a message, and its versions", template, Template,
        query=DepartmentQuery, problems=(404,), parameters={"type": "the name of the message"},
    ),
    put(
        "/api/notifications/templates/{type}", "Change, restore, switch off or on a message", change_template, Template,
        body=TemplateChange, once=True, problems=(404, 409), parameters={"type": "the name of the message"},
    ),
    post(
        "/api/notifications/resend/{id}", "Send a message once more", resend, Accepted, status=202, once=True,
        problems=(404, 409), parameters={"id": "the `id` of the message"},
    ),
    get(
        "/api/notifications/statistics", "Read figures of a period", statistics, Statistics, query=StatisticsQuery,
        problems=(404,),
    ),
    post("/api/notifications/process-queue", "Look at the queue now", process_queue, QueueRung),
    get("/api/notifications/health", "Read how the queue stands", health, Health, role=None),
)  # fmt: skip
