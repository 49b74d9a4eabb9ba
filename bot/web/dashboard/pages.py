"""The pages: each reads what it shows and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from bot.core import charts
from bot.core.delivery import ARRIVED, TAKEN, TELL_OF_DELIVERY, UNFINISHED, State, reached
from bot.core.messages import CATALOGUE
from bot.core.money import Cost, costs
from bot.core.people import BadPhone, looks_like_phone, phone_from
from bot.core.records import record
from bot.core.stamps import at_stamp, stamp_of
from bot.store import dashboard, figures, notices
from bot.store.dashboard import TimelineEntry
from bot.store.figures import Tally
from bot.store.notices import IN_A_CONVERSATION, Asked
from bot.store.reports import day_end
from bot.store.runs import JOBS
from bot.web.dashboard.visit import NoPage, Page, Visit

PER_PAGE = 50
OF_A_LIST = ("state", "channel", "kind", "since", "until", "who", "person", "before")  # the log's query parameters
MESSAGE_DAYS = 7
BUSIEST_DAYS = 90
CHANNELS = ("whatsapp", "sms", "telegram", "email")
KINDS = tuple(name for name, cls in CATALOGUE.items() if cls.about not in IN_A_CONVERSATION)
# States of messages in four groups that a chart can show.
BECAME: dict[str, frozenset[State]] = {
    "arrived": ARRIVED,
    "left": frozenset({State.SENT}),
    "waits": UNFINISHED,
    "failed": frozenset({State.DEAD, State.UNSURE}),
    "kept": frozenset({State.WITHHELD, State.SUPERSEDED, State.EXPIRED, State.CANCELLED}),
}


async def today(visit: Visit) -> Page:
    """Due today, late, to confirm."""
    evening = day_end(visit.now, visit.zone, 0)
    late, lates = await dashboard.due(visit.store, visit.desk.id, None, visit.now)
    due, dues = await dashboard.due(visit.store, visit.desk.id, visit.now, evening)
    waits, waiting = await dashboard.waiting(visit.store, visit.desk.id)
    lists = (("due", due, dues), ("late", late, lates), ("confirm", waits, waiting))
    return Page("today.html", {"lists": lists})


# --- the log -------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Filters:
    """What the log is asked for. `wrong`: names of fields that could not be read, and are left out."""

    state: str = ""
    channel: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    who: str = ""
    person: int | None = None
    wrong: tuple[str, ...] = ()

    @property
    def sent(self) -> dict[str, object]:
        """As the address of another page of the same list carries them."""
        return {
            "state": self.state, "channel": self.channel, "kind": self.kind, "since": self.since, "until": self.until,
            "who": self.who, "person": self.person,
        }  # fmt: skip


def read_filters(visit: Visit) -> Filters:
    """Filters of the address; one that makes no sense is named and does not count."""
    known = {"state": tuple(State), "channel": CHANNELS, "kind": KINDS}
    given = {name: visit.query.get(name, "") for name in (*known, "since", "until", "person")}
    wrong = [name for name, values in known.items() if given[name] and given[name] not in values]
    days = {name: _day(given[name]) for name in ("since", "until")}
    wrong += [name for name, day in days.items() if given[name] and day is None]
    if given["person"] and visit.number("person") is None:
        wrong.append("person")
    state, channel, kind = ("" if name in wrong else given[name] for name in known)
    who = visit.query.get("who", "").strip()[:60]
    return Filters(state, channel, kind, days["since"], days["until"], who, visit.number("person"), tuple(wrong))


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


async def log(visit: Visit) -> Page:
    """The notification log: what was sent to people and what became of it. Words are not stored, so none are shown."""
    asked = read_filters(visit)
    people = await _meant(visit, asked)
    shows = {"asked": asked, "people": people, "states": tuple(State), "channels": CHANNELS, "kinds": KINDS}
    if asked.person is None and asked.who and len(people) != 1:
        return Page("log.html", {**shows, "rows": [], "names": {}, "older": None})
    person = asked.person if asked.person is not None else people[0][0] if people else None
    found = await _rows(visit, asked, person)
    names = await dashboard.names(visit.store, [row.contact_id for row in found.rows if row.contact_id])
    onward = visit.link("/log", **asked.sent, before=found.older) if found.older else None
    return Page("log.html", {**shows, "rows": found.rows, "names": names, "older": onward})


async def _meant(visit: Visit, asked: Filters) -> list[tuple[int, str]]:
    """The people whom the words of the filter may mean."""
    if asked.person is not None:
        found = await dashboard.person(visit.store, asked.person, visit.desk.id)
        return [(found.id, found.name)] if found else []
    if not asked.who:
        return []
    if not looks_like_phone(asked.who):
        return await dashboard.people(visit.store, visit.desk.id, asked.who)
    try:
        value = phone_from(asked.who, visit.store.desk.region)
    except BadPhone:
        return []
    holder = await dashboard.holder(visit.store, visit.desk.id, value)
    return list((await dashboard.names(visit.store, [holder])).items()) if holder is not None else []


async def _rows(visit: Visit, asked: Filters, person: int | None) -> notices.Page:
    return await notices.history(
        visit.store,
        Asked(
            department_id=visit.desk.id, contact_id=person, state=asked.state or None, channel=asked.channel or None,
            kind=asked.kind or None, since=_midnight(asked.since, visit), until=_midnight(asked.until, visit, days=1),
            before=visit.number("before"), limit=PER_PAGE,
        ),
    )  # fmt: skip


def _midnight(day: date | None, visit: Visit, days: int = 0) -> datetime | None:
    """The desk's midnight before a day, or `days` later. Days at the ends of the calendar count as none."""
    if day is None or not 1970 <= day.year < 9999:
        return None
    return datetime.combine(day + timedelta(days=days), time(), visit.zone).astimezone(UTC)


# --- one person, one loan ------------------------------------------------------------------------


async def person(visit: Visit) -> Page:
    """Everything this desk knows of somebody. Raises NoPage for whom it does not know."""
    number = visit.number("person")
    found = await dashboard.person(visit.store, number, visit.desk.id) if number is not None else None
    if found is None or number is None:
        raise NoPage
    steps = await dashboard.steps_of_person(visit.store, number, visit.desk.id, _before(visit), PER_PAGE + 1)
    return Page(
        "person.html",
        {
            "person": found, "addresses": await dashboard.addresses(visit.store, number),
            "loans": await dashboard.loans_of(visit.store, number, visit.desk.id),
            "stands": await dashboard.stands(visit.store, number, visit.desk.id),
            **await _timeline(visit, steps, visit.link(f"/person/{number}")),
        },
    )  # fmt: skip


async def loan(visit: Visit) -> Page:
    """One loan from its first hour to its last. Raises NoPage for one of another desk."""
    number = visit.number("loan")
    found = await dashboard.one_loan(visit.store, number, visit.desk.id) if number is not None else None
    if found is None:
        raise NoPage
    steps = await dashboard.steps_of_loan(visit.store, found.id, _before(visit), PER_PAGE + 1)
    return Page("loan.html", {"loan": found, **await _timeline(visit, steps, visit.link(f"/loan/{found.id}"))})


async def _timeline(visit: Visit, steps: Sequence[TimelineEntry], page: str) -> dict[str, object]:
    shown = steps[:PER_PAGE]
    mark = "&" if "?" in page else "?"
    before = f"{page}{mark}before={stamp_of(shown[-1].at)}" if len(steps) > PER_PAGE else None
    return {"steps": shown, "older": before, "team": await dashboard.team(visit.store, visit.desk.id)}


def _before(visit: Visit) -> datetime:
    given = visit.number("before")
    latest = visit.now + timedelta(days=1)
    if given is None or given >= stamp_of(latest):
        return latest
    return at_stamp(given)


# --- figures -------------------------------------------------------------------------------------


async def show_figures(visit: Visit) -> Page:
    """Returns on time, messages, what is borrowed most, what is owed; every chart with its numbers beside it."""
    weeks = charts.weeks(visit.now, visit.zone)
    returns = await dashboard.returns(visit.store, visit.desk.id, weeks)
    tallies = await figures.tallies(visit.store, visit.now - timedelta(days=MESSAGE_DAYS), _now(visit), visit.desk.id)
    busiest = await dashboard.busiest(visit.store, visit.desk.id, visit.now - timedelta(days=BUSIEST_DAYS))
    return Page(
        "figures.html",
        {
            "weeks": returns, "messages": by_channel(tallies), "rates": rates(tallies), "busiest": busiest,
            "costs": costs_by_channel(tallies),
            "balances": await dashboard.balances(visit.store, visit.desk.id, weeks[0][0]), "became": tuple(BECAME),
            "days": MESSAGE_DAYS, "busiest_days": BUSIEST_DAYS, "columns": charts.columns, "bars": charts.rows,
        },
    )  # fmt: skip


def _now(visit: Visit) -> datetime:
    return visit.now + timedelta(microseconds=1)


def by_channel(tallies: Sequence[Tally]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Channel → what became of its messages, in the order of `BECAME`."""
    channels = sorted({t.channel for t in tallies})
    return [(c, [(what, _count(tallies, c, states)) for what, states in BECAME.items()]) for c in channels]


def rates(tallies: Sequence[Tally]) -> list[tuple[str, int, int]]:
    """(channel, messages that left, those that arrived in percent) of channels that tell of delivery."""
    left = {c: _count(tallies, c, TAKEN | {State.DEAD}) for c in TELL_OF_DELIVERY}
    arrived = {c: _count(tallies, c, reached(c)) for c in TELL_OF_DELIVERY}
    return [(c, left[c], round(100 * arrived[c] / left[c])) for c in TELL_OF_DELIVERY if left[c]]


def costs_by_channel(tallies: Sequence[Tally]) -> list[tuple[str, Cost, int]]:
    """(channel, what its provider asked in one currency, for how many messages); nothing where it does not tell."""
    told = [(t.channel, t.cost, t.count) for t in tallies if t.cost is not None]
    by = sorted({(channel, cost.currency) for channel, cost, _ in told})
    return [
        (channel, total, sum(n for c, cost, n in told if (c, cost.currency) == (channel, currency)))
        for channel, currency in by
        for total in costs(cost for c, cost, _ in told if (c, cost.currency) == (channel, currency))
    ]


def _count(tallies: Sequence[Tally], channel: str, states: frozenset[State]) -> int:
    return sum(t.count for t in tallies if t.channel == channel and t.state in states)


# --- the machine ---------------------------------------------------------------------------------


async def jobs(visit: Visit) -> Page:
    """The queue of this desk, the channels, the background jobs."""
    known = await figures.channels(visit.store)
    states = {name: state for name, (state, _) in known.items()}
    return Page(
        "jobs.html",
        {
            "queue": await figures.queue(visit.store, visit.now, visit.desk.id),
            "parked": await dashboard.parked(visit.store),
            "channels": [(name, states.get(name, "up")) for name in CHANNELS if name in visit.store.desk.roads],
            "jobs": await dashboard.jobs(visit.store, JOBS),
        },
    )
