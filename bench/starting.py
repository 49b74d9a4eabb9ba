"""Start to ready, memory at rest, and what an idle desk costs; against importing aiogram alone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bench.child import LOADER, ROOT, SERVER, Child, now
from bench.figures import Figure, Noise, at_most
from bench.forms import ACCOUNT, PUBLIC_URL, SMS_FROM, TOKEN
from tools.ports import free_port

REST = 2.0  # seconds after the start before memory is read
SETTLED = 0.6  # of the time an idle desk is watched passes before: libraries are warmed up, the jobs of the start run
PATIENCE = 60.0
GOALS = {True: (2.5, 120.0), False: (1.5, 85.0)}  # Telegram on or off: seconds, MB


async def measure(turns: int, idle_seconds: float, noise: Noise) -> AsyncIterator[Figure]:
    async with Child("provider", LOADER) as provider:
        base = await provider.ask("serve", wait=0.001)
        noise.sample()
        bare_seconds, bare_memory = await _aiogram_alone()
        for telegram in (True, False):
            noise.sample()
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                first = await _start(folder, base, telegram, 0)  # makes the database: once in a desk's life
                started = [await _start(folder, base, telegram, 0) for _ in range(turns - 1)]
                started.append(await _start(folder, base, telegram, idle_seconds))
            for figure in _figures(telegram, started, bare_seconds, bare_memory):
                yield figure
            took = f"{first.ready:.2f} s, {first.memory:.0f} MB"
            yield Figure(f"first start, {_name(telegram)}", took, "–", "–", "no goal")


def _name(telegram: bool) -> str:
    return f"Telegram {'on' if telegram else 'off'}"


def _figures(telegram: bool, started: list[Started], bare_seconds: float, bare_memory: float) -> list[Figure]:
    seconds, megabytes = GOALS[telegram]
    name = _name(telegram)
    ready = sorted(s.ready for s in started)[len(started) // 2]
    memory = max(s.memory for s in started)
    against = (f"{bare_seconds:.1f} s", f"{ready / bare_seconds:.2f}") if telegram else ("–", "–")
    beside = (f"{bare_memory:.0f} MB", f"{memory / bare_memory:.2f}") if telegram else ("–", "–")
    figures = [
        at_most(f"start to ready, {name}", ready, seconds, "s", *against),
        at_most(
            f"memory at rest, {name} (peak {max(s.peak for s in started):.0f} MB)", memory, megabytes, "MB", *beside
        ),
    ]
    idle = started[-1].idle
    return figures if idle is None else [*figures, at_most(f"idle, {name}: share of a core", idle * 100, 0.2, "%")]


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds until ready, MB at rest and at most, share of a core while idle (None: not watched)."""

    ready: float
    memory: float
    peak: float
    idle: float | None


async def _start(folder: str, base: str, telegram: bool, idle_seconds: float) -> Started:
    """Start `main.py` over the database of a folder and stop it again."""
    port = free_port()
    began = now()
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "main.py"), cwd=folder, env=_environment(base, port, telegram),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    os.sched_setaffinity(process.pid, {SERVER})
    try:
        await _until_ready(port, process)
        ready = now() - began
        await asyncio.sleep(REST)
        await asyncio.sleep(idle_seconds * SETTLED)
        idle = await _idle_share(process.pid, idle_seconds) if idle_seconds else None
        return Started(ready, *_memory(process.pid), idle)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def _environment(base: str, port: int, telegram: bool) -> dict[str, str]:
    ours = {
        "PORT": str(port), "PUBLIC_URL": PUBLIC_URL, "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_SMS_FROM": SMS_FROM, "TWILIO_API_BASE": base, "LOG_LEVEL": "error",
    }  # fmt: skip
    if telegram:
        ours |= {
            "TELEGRAM_BOT_TOKEN": "123456:bench", "TELEGRAM_WEBHOOK_SECRET": "bench", "TELEGRAM_API_BASE": base,
        }  # fmt: skip
    return {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")} | ours


async def _until_ready(port: int, process: asyncio.subprocess.Process) -> None:
    until = now() + PATIENCE
    while now() < until and process.returncode is None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n")
        status = await reader.readline()
        writer.close()
        if b" 200 " in status:
            return
    raise AssertionError("the service did not become ready")


async def _aiogram_alone() -> tuple[float, float]:
    """Seconds and MB of a process that does nothing but import aiogram."""
    began = now()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import aiogram; print(flush=True); input()",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    os.sched_setaffinity(process.pid, {SERVER})
    assert process.stdout is not None
    await process.stdout.readline()
    seconds, memory = now() - began, _memory(process.pid)[0]
    await process.communicate(b"\n")
    return seconds, memory


def _memory(pid: int) -> tuple[float, float]:
    """(MB resident, MB at most) of a process."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


async def _idle_share(pid: int, seconds: float) -> float:
    """Share of one core used over some seconds, all threads together."""
    before, began = _run_seconds(pid), now()
    await asyncio.sleep(seconds)
    return (_run_seconds(pid) - before) / (now() - began)


def _run_seconds(pid: int) -> float:
    """Time on a core so far. /proc/*/schedstat counts nanoseconds, where /proc/*/stat counts hundredths."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
