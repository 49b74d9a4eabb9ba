"""One line per event, from our own code and from every library alike, with nothing in it that may not be read.

structlog's events and the standard library's end in one handler. There the exception is shortened to one line
(no local values), everything is masked (`bot/masking.py`) and control characters are escaped, so that no text of a
person can forge a line.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, TextIO

from bot.masking import Mask


@contextlib.contextmanager
def _not_found(*modules: str) -> Iterator[None]:
    """Inside, these modules cannot be imported, as if they were not installed; loaded ones stay."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None stands for "no such module"
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# structlog loads them where it finds them, for tracebacks in colours and a kind of context that is not used here: 5 MB
# and 0.1 s. SQLAlchemy loads greenlet when the first page of the API needs it.
with _not_found("rich", "greenlet"):
    import structlog
    from structlog.typing import EventDict, Processor, WrappedLogger

# Below WARNING these log every request, tick or statement, some with what people wrote.
QUIET = (
    "aiogram",
    "aiohttp.access",
    "alembic",
    "apscheduler",
    "asyncio",
    "mail.log",
    "sqlalchemy",
    "twilio",
    "tzlocal",
)
HERE = Path(__file__).parent.parent
DEEPEST = 12  # frames shown of one exception; the innermost are kept


def set_up(
    format: Literal["console", "json"] = "console",
    level: str = "info",
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Route all logging of this process through one handler; may be called again, the last call counts.

    format: console (for people) or json (for machines). level: debug, info, warning or error.
    secrets: values hidden wherever they appear. stream: standard error when None.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_formatter(format, Mask(secrets), Mask(secrets, bodies=True), handler.stream))
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _Handler)] + [handler]
    root.setLevel(number)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    logging.captureWarnings(True)
    _catch_the_uncaught()
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


class _Handler(logging.StreamHandler[TextIO]):
    """A stream that never prints its own failures: the standard way shows the unmasked arguments.

    Nor does it raise when the stream is gone: a letter must not be lost because nobody reads the log any more.
    """

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exception()
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"a line of {record.name} could not be logged: {type(error).__name__}\n")


def _shared() -> list[Processor]:
    """The processors of both sources."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
    ]


def _formatter(
    format: Literal["console", "json"], usual: Mask, at_debug: Mask, stream: TextIO
) -> structlog.stdlib.ProcessorFormatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _shorten_exception,
            _Masking(usual, at_debug),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
    )


class _Masking:
    """The processor that every line passes."""

    def __init__(self, usual: Mask, at_debug: Mask) -> None:
        self._usual = usual
        self._at_debug = at_debug

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        mask = self._at_debug if event.get("level") == "debug" else self._usual
        masked: EventDict = {mask.text(name): mask.named(name, value) for name, value in event.items()}
        return masked


def _shorten_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """`exc_info` → `fault`, one line; what else could print a stack in many lines is dropped."""
    event.pop("stack_info", None)
    given = event.pop("exc_info", None)
    error = sys.exception() if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["fault"] = " ← ".join(_told(error))
    return event


def _told(error: BaseException) -> Iterator[str]:
    """The error and its causes, each as `Type: words at file:line function < caller`."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        found = waiting.pop(0)
        if id(found) in seen:  # a chain of causes may be circular
            continue
        seen.add(id(found))
        yield f"{type(found).__name__}: {found} at {_road(found.__traceback__)}"
        waiting += _causes(found)


def _causes(error: BaseException) -> list[BaseException]:
    inside = list(error.exceptions) if isinstance(error, BaseExceptionGroup) else []
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return [*inside, before] if before is not None else inside


def _road(trace: TracebackType | None) -> str:
    """The frames from the innermost outwards: places only, for source lines and local values may hold anything."""
    frames = [(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in traceback.walk_tb(trace)]
    return " < ".join(f"{_short(path)}:{line} {name}" for path, line, name in reversed(frames[-DEEPEST:])) or "nowhere"


def _short(path: str) -> str:
    """A path relative to the project's root, or to a library's package."""
    found = Path(path)
    if "site-packages" in found.parts:
        return "/".join(found.parts[found.parts.index("site-packages") + 1 :])
    return str(found.relative_to(HERE)) if found.is_relative_to(HERE) else found.name


def _catch_the_uncaught() -> None:
    """What nobody catches is logged too: the interpreter's own print would show it unmasked."""
    log = structlog.get_logger("uncaught")

    def from_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            return
        log.critical("stopped by an error nobody caught", exc_info=error)

    def from_thread(args: threading.ExceptHookArgs) -> None:
        log.critical("a thread was stopped by an error nobody caught", exc_info=args.exc_value)

    def from_nowhere(args: sys.UnraisableHookArgs) -> None:
        log.error("an error where none can be raised", exc_info=args.exc_value)

    sys.excepthook = from_main
    threading.excepthook = from_thread
    sys.unraisablehook = from_nowhere
