"""Desks as processes of their own: `main.py serve` on a real clock, and Twilio's deliveries to their doors."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench import forms
from tools.ports import free_port

ROOT = Path(__file__).parents[2]
AGAIN_AFTER = 0.2  # seconds until a delivery that was turned away comes again


class Desk:
    """One process. `start` returns once it is ready."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.port = free_port()
        self._folder = folder
        self._environ = {"PATH": "/usr/bin:/bin", "PORT": str(self.port), "LOG_LEVEL": "error", **environ}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    async def start(self) -> float:
        """Seconds until it was ready."""
        began = time.monotonic()
        with (self._folder / f"log-{self.port}").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, str(ROOT / "main.py"), cwd=self._folder, stdout=log, stderr=log, env=self._environ
            )
        async with aiohttp.ClientSession() as session:
            while not await self._ready(session):
                if self.process.returncode is not None or time.monotonic() - began > 60:
                    raise AssertionError((self._folder / f"log-{self.port}").read_text())
                await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def _ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.base}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def ends(self, how: signal.Signals) -> tuple[int, float]:
        """(exit status, seconds until it was gone)."""
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):  # one that did not start: why is told elsewhere
            self.process.send_signal(how)
        return await self.process.wait(), time.monotonic() - began

    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Load:
    """Signed deliveries at a steady rate, each of another person, to one of several doors. What is turned away comes
    again, at the next door first, as a load balancer and Twilio's retries would bring it."""

    doors: Sequence[Desk]
    acknowledged: set[str] = field(default_factory=set)
    took: list[float] = field(default_factory=list)
    turned_away: int = 0
    given_up: int = 0
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def run(self, rate: float, seconds: float, words: str = "AIDE") -> None:
        tries: set[asyncio.Task[None]] = set()
        began = time.monotonic()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
            for sent in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, began + sent / rate - time.monotonic()))
                tries.add(asyncio.ensure_future(self._deliver(session, next(self._numbers), words)))
            await asyncio.gather(*tries)

    async def _deliver(self, session: aiohttp.ClientSession, number: int, words: str) -> None:
        sid = f"SM{number:032d}"
        head, _, body = forms.signed(forms.message(sid, f"whatsapp:{forms.phone(number)}", words)).partition(
            b"\r\n\r\n"
        )
        lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        headers = {name: value for name, value in lines if name not in ("Host", "Content-Length")}
        for attempt in range(100):
            desk = self.doors[(number + attempt) % len(self.doors)]
            began = time.monotonic()
            try:
                async with session.post(f"{desk.base}{forms.PATH}", data=body, headers=headers) as answer:
                    self.took.append(time.monotonic() - began)
                    if answer.status == 204:
                        self.acknowledged.add(sid)
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            self.turned_away += 1
            await asyncio.sleep(AGAIN_AFTER)
        self.given_up += 1


def p99(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
