"""A breaker: who does not answer is left alone for a while, instead of being waited for."""

import threading
import time

_FAILURES = 3
"""So many in a row, and nobody waits any longer."""

PAUSE_SECONDS = 5.0
"""How long everybody is refused at once, before somebody tries again."""


class Breaker:
    """Counts failures in a row; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    def is_open(self) -> bool:
        """Tell whether to refuse at once."""
        with self._lock:
            return time.monotonic() < self._until

    def is_on_trial(self) -> bool:
        """Tell whether the caller is the one that tries again; the others are refused meanwhile."""
        with self._lock:
            if self._failures < _FAILURES:
                return False
            self._until = time.monotonic() + PAUSE_SECONDS
            return True

    def failed(self) -> None:
        """Count a failure."""
        with self._lock:
            self._failures += 1
            if self._failures >= _FAILURES:
                self._until = time.monotonic() + PAUSE_SECONDS

    def answered(self) -> None:
        """Forget the failures: there was an answer."""
        with self._lock:
            self._failures, self._until = 0, 0.0
