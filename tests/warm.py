"""Commands of `main.py` in processes of their own that have loaded everything before: forked from one that has.

A command that is started as an operator does takes one second to load libraries, and `check` three more to compile all
templates. What is told of starting itself (encodings, streams, signals while it loads) is started anew all the same.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import NamedTemporaryFile


@cache
def _warm() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.warmed"])
    return context


async def command(folder: Path, arguments: tuple[str, ...], environ: dict[str, str]) -> tuple[int, str]:
    """Exit status and what was printed of `python main.py …` in a folder, with this environment and no other."""
    with NamedTemporaryFile() as printed:
        process = _warm().Process(target=_act, args=(str(folder), arguments, environ, printed.name))
        await asyncio.to_thread(process.start)
        await asyncio.to_thread(process.join)
        assert process.exitcode is not None
        return process.exitcode, printed.read().decode(errors="replace")


def _act(folder: str, arguments: tuple[str, ...], environ: dict[str, str], printed: str) -> None:
    import main

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    out = os.open(printed, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(out, stream)
    sys.exit(main.main(list(arguments)))
