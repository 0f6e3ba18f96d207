"""The workers that wait for a query, and those on their way out."""

import logging
import time
from collections.abc import Callable

from citydiplomacy.engine.worker import Worker
from citydiplomacy.errors import EngineError

_log = logging.getLogger(__name__)

_PAUSE = 1.0
"""Seconds before another try, where the machine gave us no process, or took it away."""


class Pool:
    """Workers started ahead of the queries, because to start one costs more than most queries."""

    def __init__(
        self, start: Callable[[bool], Worker], leave: Callable[[Worker], None], size: int
    ) -> None:
        self._start = start
        self._leave = leave
        self._size = size
        self._idle: list[Worker] = []
        self._early: Worker | None = None
        self._out: set[Worker] = set()
        self._leaving: list[Worker] = []
        self._not_before = 0.0

    @property
    def is_short(self) -> bool:
        """Whether a worker should be started as soon as there is nothing better to do."""
        return self._has_gaps and not self._early and time.monotonic() >= self._not_before

    @property
    def is_unsettled(self) -> bool:
        """Whether there is something to look after in a moment."""
        return bool(self._leaving) or self._has_gaps

    @property
    def _has_gaps(self) -> bool:
        # All that have memory of their own count, for as long as they have it. Who was started in
        # haste is cold, and makes room when there is time.
        warm = sum(worker.is_warm for worker in (*self._idle, *self._out))
        return bool(self._early) + warm < self._size

    def refill(self) -> None:
        """Start one worker, which says when it is warm."""
        try:
            self._early = self._start(True)
        except EngineError as error:
            _log.warning("%s", error.detail)
            self._not_before = time.monotonic() + _PAUSE

    def welcome(self, worker: Worker) -> None:
        """Let a worker wait for queries, if it has just become warm."""
        if worker is not self._early or not worker.is_warm:
            return
        self._early = None
        self._keep(worker)

    def take(self, request: bytes) -> Worker:
        """Return a worker that has begun with the request, as `wire` packs it.

        Raises:
            EngineError: the machine gives us no more processes.
        """
        while self._idle:
            if self._begins(worker := self._idle.pop(), request):
                return worker
        if not self._begins(worker := self._start(False), request):
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
        if worker.is_good:
            self._keep(worker)
        else:
            self.dismiss(worker)

    def _keep(self, worker: Worker) -> None:
        # The cold are the last to be taken and the first to make room: one more than wanted may be
        # there, which was started while all were at work.
        self._idle.insert(len(self._idle) if worker.is_warm else 0, worker)
        if len(self._idle) > self._size:
            self.dismiss(self._idle.pop(0))

    def dismiss(self, worker: Worker) -> None:
        """Send a worker away, without waiting for its end."""
        self._part_with(worker)
        worker.kill()
        if not worker.has_left():
            self._leaving.append(worker)

    def lose(self, worker: Worker) -> None:
        """Take note that a worker has ended of itself."""
        self._part_with(worker)
        self._out.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)

    def _part_with(self, worker: Worker) -> None:
        self._leave(worker)
        if worker is self._early:  # it has not become warm
            self._early = None
            self._not_before = time.monotonic() + _PAUSE

    def clear_up(self) -> None:
        """Forget those that have left meanwhile."""
        self._leaving = [worker for worker in self._leaving if not worker.has_left()]

    def close(self) -> None:
        """Send all away and wait for their end."""
        early = [self._early] if self._early else []
        for worker in (*early, *self._idle, *self._out, *self._leaving):
            worker.kill()
            worker.bury()
