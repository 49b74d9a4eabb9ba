"""Settings of the whole process: heap, garbage collector, interpreter."""

from __future__ import annotations

import asyncio
import gc
import sys
import time

SWITCH_SECONDS = 0.0005  # after which a thread that waits gets the interpreter
ARENAS, APART = -8, -3  # M_ARENA_MAX and M_MMAP_THRESHOLD of glibc's malloc.h
LARGE = 128 * 1024  # bytes
MOMENT = 0.02  # seconds
BUSY_PAUSE = 0.5  # seconds until a busy process is looked at again


def one_heap() -> None:
    """Let all threads take memory from one heap; called before there are any.

    glibc gives each new thread one of its own, and what a thread leaves half empty serves no other: 3 MB of a desk at
    rest. Python's own lock keeps threads from asking at once, so they do not wait for each other.

    Large pieces stand apart from it and are given back at once. By itself glibc takes the largest piece it was ever
    given back for usual, and keeps pieces of that size in the heap.
    """
    _of_glibc("mallopt", ARENAS, 1)
    _of_glibc("mallopt", APART, LARGE)


def give_back() -> None:
    """Return to the system what the heap holds and nobody uses, glibc's alone; some milliseconds, in a thread.

    What a rush leaves between pieces that are still in use would stay there for good.
    """
    _of_glibc("malloc_trim", 0)


async def idle_moment() -> None:
    """Wait until this process has used less than a tenth of a core for a moment: for work that nobody waits for."""
    while True:
        began, used = time.monotonic(), time.process_time()
        await asyncio.sleep(MOMENT)
        if time.process_time() - used < (time.monotonic() - began) / 10:
            return
        await asyncio.sleep(BUSY_PAUSE)


def _of_glibc(name: str, *values: int) -> None:
    """Call a function of glibc; nothing where another C library lacks it."""
    import ctypes  # 0.3 MB, for the service alone

    try:
        getattr(ctypes.CDLL(None), name)(*values)
    except (OSError, AttributeError):
        return


def tune_interpreter() -> None:
    """Called when the service is ready: objects loaded so far are no longer searched for garbage. A full collection of
    100 MB of modules stops everything for 100 ms and more, in the middle of a burst.

    The writer lets go of the interpreter at every statement: with Python's own 5 ms it would wait that long for each
    while the loop is busy."""
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    # Letters leave no cycles behind: with Python's own 700 a twelfth of their time was spent on searching for some.
    gc.set_threshold(10_000, 10, 10)
