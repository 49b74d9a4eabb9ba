"""Loading large libraries faster than by their plain import, which is the fallback."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

log = logging.getLogger(__name__)


def lightly(module: str, load: Callable[[], None]) -> None:
    """Call `load` unless `module` is loaded already. When it fails, the partly loaded modules are removed, so that the
    plain import starts afresh."""
    if module in sys.modules:
        return
    library = module.partition(".")[0]
    try:
        load()
    except Exception as error:
        log.warning("%s is loaded the plain way: %s", library, type(error).__name__)
        for name in [name for name in sys.modules if name == library or name.startswith(f"{library}.")]:
            del sys.modules[name]
