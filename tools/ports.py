"""Ports for servers of tests and benchmarks."""

from __future__ import annotations

import random
import socket

# Below those that systems give to outgoing connections: one of these may be taken by a client between asking and
# listening, which broke a test of several processes once in some hundred runs.
LOWEST, HIGHEST = 20_000, 32_000


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens now."""
    draws = random.SystemRandom()  # tests that run side by side may have seeded the other one alike
    while True:
        port = draws.randint(LOWEST, HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
