"""The figures of /metrics in Prometheus' own form. Loads its library: imported at the first request for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.store.figures import Backlog, Queue
from bot.store.measures import BOUNDS, Measures, Times

PREFIX = "prete_rendu_"

Standing = tuple[Backlog, Queue, Mapping[str, str], int]  # channel → up, down or config; desks without their group


def exposed(standing: Standing | None, measures: Measures, late: Iterable[str], now: datetime) -> bytes:
    """The text of an answer. standing: None when the database does not answer. late: names of loops that lag."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Ours([*_of_the_process(standing, measures, late), *_of_the_tables(standing, now)]))
    return generate_latest(registry)


class _Ours(Collector):
    def __init__(self, figures: Iterable[Metric]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        return self._figures


def _of_the_process(standing: Standing | None, measures: Measures, late: Iterable[str]) -> Iterable[Metric]:
    yield _gauge("database_up", "The database answers", 0 if standing is None else 1)
    turning = (((name,), 1.0) for name in late)
    yield _gauges("loop_late", "A loop has not turned for three of its intervals", ("loop",), turning)
    yield _counts("letters", "Webhook calls since the start", ("door", "outcome"), measures.letters)
    yield _times("door_seconds", "How long a webhook call waited for its answer", "door", measures.answers)
    yield _counts("attempts", "Calls to providers since the start", ("channel", "outcome"), measures.attempts)


def _of_the_tables(standing: Standing | None, now: datetime) -> Iterable[Metric]:
    if standing is None:
        return
    backlog, queue, channels, lost = standing
    yield _gauge("inbox_waiting", "Letters not handled yet", backlog.letters)
    yield _gauge("inbox_oldest_seconds", "Age of the oldest of them", _age(backlog.letters_since, now))
    yield _gauge("inbox_parked", "Letters put aside after three failures", backlog.parked)
    yield _gauge("planned_due", "Planned reminders whose time has come", backlog.planned_due)
    yield _gauge("planned_oldest_seconds", "How long the oldest of them is due", _age(backlog.planned_since, now))
    unfinished = (((channel, state), float(many)) for channel, state, many in backlog.unfinished)
    yield _gauges("outbox", "Messages without an end", ("channel", "state"), unfinished)
    yield _gauge("outbox_due", "Messages that may leave now", queue.due)
    yield _gauge("outbox_oldest_seconds", "How long the oldest of them is due", _age(queue.oldest_due, now))
    up = (((name,), float(state == "up")) for name, state in channels.items())
    yield _gauges("channel_up", "The channel is in service", ("channel",), up)
    yield _gauge("groups_lost", "Desks whose staff group takes no messages", lost)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, what, value=value)


def _gauges(name: str, what: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, what, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _counts(name: str, what: str, labels: tuple[str, ...], rows: Mapping[tuple[str, str], int]) -> Metric:
    family = CounterMetricFamily(PREFIX + name, what, labels=labels)
    for values, value in rows.items():
        family.add_metric(values, value)
    return family


def _times(name: str, what: str, label: str, rows: Mapping[str, Times]) -> Metric:
    family = HistogramMetricFamily(PREFIX + name, what, labels=(label,))
    for value, found in rows.items():
        family.add_metric((value,), buckets=_buckets(found), sum_value=found.seconds)
    return family


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0


def _buckets(times: Times) -> list[tuple[str, float]]:
    """(upper bound, cumulative count), as Prometheus wants them."""
    found, total = [], 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), times.counts, strict=True):
        total += count
        found.append((bound, float(total)))
    return found
