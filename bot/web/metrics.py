"""/metrics, in the form that Prometheus reads: what waits in the tables, and what this process did since it started.

Numbers only; no name, address or word. Served only to this machine and to private networks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

from aiohttp import web

from bot.store import Store, StoreError, figures
from bot.store.figures import Backlog, Queue
from bot.store.measures import BOUNDS, Measures, Times

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

READ_SECONDS = 5.0
PREFIX = "prete_rendu_"
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


def add_metrics(app: web.Application, store: Store, late: Callable[[], list[str]]) -> None:
    """late: names of the loops that have not turned for three of their intervals."""

    async def metrics(request: web.Request) -> web.Response:
        if not is_near(request.remote, request.headers):
            return web.Response(status=404)
        try:
            async with asyncio.timeout(READ_SECONDS):
                standing = await _standing(store)
        except (StoreError, TimeoutError):
            standing = None  # without the database its absence and this process's counts are still reported
        text = await asyncio.to_thread(_text, standing, store.measures, late(), store.clock.now())
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app.router.add_get("/metrics", metrics)


def is_near(remote: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this machine or a private network, and not through a proxy from anywhere."""
    if any(name in headers for name in FORWARDED):
        return False
    try:
        return ip_address((remote or "").partition("%")[0]).is_private
    except ValueError:
        return False


Standing = tuple[Backlog, Queue, dict[str, str]]


async def _standing(store: Store) -> Standing:
    now = store.clock.now()
    states = {name: state for name, (state, _) in (await figures.channels(store)).items()}
    return (
        await figures.backlog(store, now),
        await figures.queue(store, now),
        {name: states.get(name, "up") for name in store.desk.roads},
    )


def _text(standing: Standing | None, measures: Measures, late: list[str], now: datetime) -> bytes:
    # Loaded at the first request, never by a desk without monitoring.
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_ours(standing, measures, late, now))
    return generate_latest(registry)


def _ours(standing: Standing | None, measures: Measures, late: list[str], now: datetime) -> Collector:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
    from prometheus_client.registry import Collector

    def gauge(name: str, what: str, value: float) -> Metric:
        return GaugeMetricFamily(PREFIX + name, what, value=value)

    def gauges(name: str, what: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
        family = GaugeMetricFamily(PREFIX + name, what, labels=labels)
        for values, value in rows:
            family.add_metric(values, value)
        return family

    def counts(name: str, what: str, labels: tuple[str, ...], rows: Mapping[tuple[str, str], int]) -> Metric:
        family = CounterMetricFamily(PREFIX + name, what, labels=labels)
        for values, value in rows.items():
            family.add_metric(values, value)
        return family

    def times(name: str, what: str, label: str, rows: Mapping[str, Times]) -> Metric:
        family = HistogramMetricFamily(PREFIX + name, what, labels=(label,))
        for value, found in rows.items():
            family.add_metric((value,), buckets=_buckets(found), sum_value=found.seconds)
        return family

    class Ours(Collector):
        def collect(self) -> Iterable[Metric]:
            yield gauge("database_up", "The database answers", 0 if standing is None else 1)
            yield gauges("loop_late", "A loop has not turned for three of its intervals", ("loop",),
                         (((name,), 1) for name in late))  # fmt: skip
            if standing is not None:
                yield from of_the_tables(*standing)
            yield counts("letters", "Webhook calls since the start", ("door", "outcome"), measures.letters)
            yield times("door_seconds", "How long a webhook call waited for its answer", "door", measures.answers)
            yield counts("attempts", "Calls to providers since the start", ("channel", "outcome"), measures.attempts)

    def of_the_tables(backlog: Backlog, queue: Queue, channels: Mapping[str, str]) -> Iterable[Metric]:
        yield gauge("inbox_waiting", "Letters not handled yet", backlog.letters)
        yield gauge("inbox_oldest_seconds", "Age of the oldest of them", _age(backlog.letters_since, now))
        yield gauge("inbox_parked", "Letters put aside after three failures", backlog.parked)
        yield gauge("planned_due", "Planned reminders whose time has come", backlog.planned_due)
        yield gauge("planned_oldest_seconds", "How long the oldest of them is due", _age(backlog.planned_since, now))
        yield gauges("outbox", "Messages without an end", ("channel", "state"),
                     (((channel, state), many) for channel, state, many in backlog.unfinished))  # fmt: skip
        yield gauge("outbox_due", "Messages that may leave now", queue.due)
        yield gauge("outbox_oldest_seconds", "How long the oldest of them is due", _age(queue.oldest_due, now))
        yield gauges("channel_up", "The channel is in service", ("channel",),
                     (((name,), float(state == "up")) for name, state in channels.items()))  # fmt: skip

    return Ours()


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0


def _buckets(times: Times) -> list[tuple[str, float]]:
    """(upper bound, cumulative count), as Prometheus wants them."""
    found, total = [], 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), times.counts, strict=True):
        total += count
        found.append((bound, float(total)))
    return found
