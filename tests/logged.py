"""What a test's service writes into its log, and what may never stand there."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import threading
from collections.abc import Iterable, Iterator

import structlog

from bot.logs import QUIET, set_up


@contextlib.contextmanager
def logging_given_back() -> Iterator[None]:
    """The set-up reaches into the interpreter: every hook and level is given back."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook, sys.unraisablehook)
    level, handlers, quiet = root.level, list(root.handlers), {name: logging.getLogger(name).level for name in QUIET}
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        root.setLevel(level)
        root.handlers = handlers
        for name, was in quiet.items():
            logging.getLogger(name).setLevel(was)
        logging.captureWarnings(False)
        structlog.reset_defaults()


@contextlib.contextmanager
def logged(secrets: Iterable[str]) -> Iterator[io.StringIO]:
    """The log as an operator reads it at INFO; shown with a test that fails."""
    lines = io.StringIO()
    with logging_given_back():
        set_up("json", "info", secrets=secrets, stream=lines)
        try:
            yield lines
        finally:
            sys.stderr.write(lines.getvalue())
