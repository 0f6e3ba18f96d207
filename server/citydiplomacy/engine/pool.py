"""The workers that wait for a query, and those on their way out."""

import logging
import time
from collections.abc import Callable

from citydiplomacy.engine.worker import Worker
from citydiplomacy.errors import EngineError

_log = logging.getLogger(__name__)

_PAUSE = 1.0
"""Seconds before another try, where the machine gave us no process."""


class Pool:
    """Workers started ahead of the queries, because to start one costs more than most queries."""

    def __init__(
        self, start: Callable[[], Worker], leave: Callable[[Worker], None], size: int
    ) -> None:
        self._start = start
        self._leave = leave
        self._size = size
        self._idle: list[Worker] = []
        self._out: set[Worker] = set()
        self._leaving: list[Worker] = []
        self._not_before = 0.0

    @property
    def is_short(self) -> bool:
        """Whether a worker should be started as soon as there is nothing better to do."""
        return self._is_small and time.monotonic() >= self._not_before

    @property
    def is_unsettled(self) -> bool:
        """Whether there is something to look after in a moment."""
        return bool(self._leaving) or self._is_small

    @property
    def _is_small(self) -> bool:
        # Those that will come back count; a slow one does not come back.
        return len(self._idle) + sum(worker.is_good for worker in self._out) < self._size

    def refill(self) -> None:
        """Start one worker."""
        try:
            self._idle.append(self._start())
        except EngineError as error:
            _log.warning("%s", error.detail)
            self._not_before = time.monotonic() + _PAUSE

    def take(self, request: bytes) -> Worker:
        """Return a worker that has begun with the request, as `wire` packs it.

        Raises:
            EngineError: the machine gives us no more processes.
        """
        while self._idle:
            if self._begins(worker := self._idle.pop(), request):
                return worker
        if not self._begins(worker := self._start(), request):
            raise EngineError("A process ended before it could begin.", "Ask again.")
        return worker

    def _begins(self, worker: Worker, request: bytes) -> bool:
        if not worker.begin(request):
            self.dismiss(worker)
            return False
        self._out.add(worker)
        return True

    def give_back(self, worker: Worker) -> None:
        """Let a worker that is done wait for another query, or leave."""
        self._out.discard(worker)
        # One more than wanted may be there: it was started while all were at work.
        if worker.is_good and len(self._idle) < self._size:
            self._idle.append(worker)
        else:
            self.dismiss(worker)

    def dismiss(self, worker: Worker) -> None:
        """Send a worker away, without waiting for its end."""
        self._leave(worker)
        worker.kill()
        if not worker.has_left():
            self._leaving.append(worker)

    def lose(self, worker: Worker) -> None:
        """Take note that a worker has ended of itself."""
        self._leave(worker)
        self._out.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)

    def clear_up(self) -> None:
        """Forget those that have left meanwhile."""
        self._leaving = [worker for worker in self._leaving if not worker.has_left()]

    def close(self) -> None:
        """Send all away and wait for their end."""
        for worker in (*self._idle, *self._out, *self._leaving):
            worker.kill()
            worker.bury()
