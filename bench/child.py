"""Processes that are measured: started by `python -m bench.<name>`, pinned to a core, told what to do line by line.

A command is a line of JSON on standard input, `{"do": name, …}`; its answer a line on standard output.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Self, TextIO

ROOT = Path(__file__).parent.parent
Act = Callable[..., Awaitable[Any]]

OURS = "BENCH_CORES"
# A child is pinned before it gets here: asked itself, it would know of one core, and put its database on its own.
CORES = [int(core) for core in os.environ.get(OURS, "").split()] or sorted(os.sched_getaffinity(0))
POLL = 0.01  # seconds between two looks whether all is done
SERVER, LOADER = CORES[0], CORES[-1]  # one and the same on a machine of one core: then figures are lower, and told so


class ChildFailed(Exception):
    """What the child said last."""


class Child:
    """One process, started on entering, ended on leaving."""

    def __init__(self, name: str, core: int) -> None:
        self._name = name
        self._core = core
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"bench.{self._name}", cwd=ROOT, limit=2**24,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, OURS: " ".join(map(str, CORES))},
        )  # fmt: skip
        os.sched_setaffinity(self._process.pid, {self._core})
        return self

    async def __aexit__(self, *_: object) -> None:
        """End of input ends it; what does not end in ten seconds is killed."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def ask(self, do: str, **facts: Any) -> Any:
        """What the child answers. Raises ChildFailed."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **facts}).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise ChildFailed(f"{self._name} ended with status {await self._process.wait()}")
        answer = json.loads(line)
        if "failed" in answer:
            raise ChildFailed(f"{self._name}: {answer['failed']}")
        return answer["is"]


# --- in the child --------------------------------------------------------------------------------


def run(acts: Mapping[str, Act]) -> None:
    """Carry out commands until standard input ends. What anybody else prints goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    asyncio.run(_serve(acts, answers))


async def _serve(acts: Mapping[str, Act], answers: TextIO) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        facts = json.loads(line)
        answer = await _carry_out(acts[facts.pop("do")], facts)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


async def _carry_out(act: Act, facts: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"is": await act(**facts)}
    except Exception as error:  # whatever it was, it is told on the other side
        return {"failed": f"{type(error).__name__}: {error}"}


def now() -> float:
    """Seconds on the machine's monotonic clock, the same in all its processes."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)
