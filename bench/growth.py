"""What grows with a desk: the same questions over files of 10,000 to 1,000,000 loans."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.child import SERVER, Child
from bench.figures import Figure, Noise

MOST = 50.0  # ms: what somebody waits for
GROWTH = 2.0  # times, from the smallest file to the largest
TOO_SHORT = 1.0  # ms: below this a ratio says more of the machine than of us


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked of every file: `act` of `bench.grown` with its facts."""

    name: str
    act: str
    facts: dict[str, Any]


def said(words: str, person: int = 0) -> Question:
    """What staff say in the group, or a borrower by SMS."""
    return Question(words if person == 0 else f"a borrower's {words}", "say", {"words": words, "person": person})


def shown(path: str) -> Question:
    return Question(f"GET {path}", "get", {"path": path})


QUESTIONS = (
    *(Question(name, "work", {"name": name}) for name in ("due", "claim", "chase", "next chase", "digest")),
    *(Question(n, "look", {"name": n}) for n in ("next planned", "next to leave", "waiting letters", "metrics")),
    said("MES PRETS", 50), said("RENDU", 50), said("PROLONGER", 51), said("AIDE", 52), said("RESERVER objet 7", 53),
    said("/retards"), said("/prets"), said("/pret"), said("/pret OBJ-3 Personne 5 demain"), said("/materiel"),
    said("/historique OBJ-0"), said("/historique Personne 0"), said("/contact Personne 7"), said("/apercu"),
    said("/file"), said("/stats"), said("/jobs"),
    shown("/dashboard"), shown("/dashboard/log"), shown("/dashboard/log?state=dead"),
    shown("/dashboard/log?channel=email"), shown("/dashboard/figures"), shown("/dashboard/jobs"),
    shown("/dashboard/person/1"), shown("/dashboard/loan/4900"),
    shown("/api/notifications/history"), shown("/api/notifications/history?department_id=1&state=dead"),
    shown("/api/notifications/history?channel=email"), shown("/api/notifications/history/+33610000050"),
    shown("/api/notifications/statistics"), shown("/api/notifications/statistics?department_id=1"),
    shown("/api/notifications/health"), shown("/api/loans"), shown("/api/loans?overdue=true"),
    shown("/api/loans?state=return_declared"), shown("/api/items?state=in_repair"), shown("/api/contacts"),
    shown("/metrics"),
)  # fmt: skip


async def measure(sizes: Sequence[int], times: int, noise: Noise, engine: str = "sqlite") -> AsyncIterator[Figure]:
    """times: how often each question is asked; the median counts."""
    took: dict[str, list[float]] = {question.name: [] for question in QUESTIONS}
    for loans in sizes:
        noise.sample()
        async with Child("grown", SERVER) as desk:
            opened = await desk.ask("start", loans=loans, engine=engine)
            for question in QUESTIONS:
                took[question.name].append(await desk.ask(question.act, times=times, **question.facts))
            for figure in await _long_work(desk, loans):
                yield figure
            yield Figure(
                f"growth: opening a file of {loans:,} loans", f"{opened['opening']:.2f} s", "–", "–",
                f"{opened['megabytes']:,.0f} MB",
            )  # fmt: skip
            await desk.ask("stop")
    for question in QUESTIONS:
        yield _grown(question.name, took[question.name], sizes)


async def _long_work(desk: Child, loans: int) -> list[Figure]:
    moved = await desk.ask("replan")
    tidied = await desk.ask("tidy", days=5)
    name = f"growth: {loans:,} loans, "
    return [
        _beside(f"{name}{moved['loans']:,} plans moved by a rule", moved),
        _beside(f"{name}a night's tidying", tidied),
    ]


def _beside(what: str, found: dict[str, float]) -> Figure:
    stall, wait = found["stall"] * 1000, found["p99"] * 1000
    told = f"loop at most {stall:.0f} ms, a write beside it {wait:.0f} ms (p99)"
    return Figure(what, f"{found['took']:.1f} s", "–", "–", f"{told}, ≤ {MOST:g} ms", max(stall, wait) <= MOST)


def _grown(what: str, took: Sequence[float], sizes: Sequence[int]) -> Figure:
    """The largest file against the smallest; what is very short has no ratio that counts."""
    ratio = took[-1] / max(took[0], TOO_SHORT)
    return Figure(
        f"growth: {what}", f"{took[-1]:.2f} ms", f"{took[0]:.2f} ms", f"{ratio:.1f}",
        f"{sizes[0]:,} to {sizes[-1]:,} loans: ≤ {MOST:g} ms, ≤ {GROWTH:g} ×", took[-1] <= MOST and ratio <= GROWTH,
    )  # fmt: skip
