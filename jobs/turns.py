"""What each turn of a loop keeps to."""

LONGEST_TURN = 2.0  # seconds, so that /healthz sees a busy loop turn
