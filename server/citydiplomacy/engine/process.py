"""The engine process: takes requests from a socket, gives each to a worker, answers.

It has one thread and never another, because it forks. It evaluates nothing itself.
"""

import logging
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from functools import partial

from citydiplomacy.engine import faults, wire
from citydiplomacy.engine.budgets import Budgets
from citydiplomacy.engine.connection import Connection
from citydiplomacy.engine.lanes import Job, Lane
from citydiplomacy.engine.measures import Measures
from citydiplomacy.engine.pool import Pool
from citydiplomacy.engine.worker import Worker
from citydiplomacy.errors import EngineBusyError, EngineError, RequestError
from citydiplomacy.settings import Settings

_log = logging.getLogger(__name__)

_LIGHT_SECONDS = 0.3
"""A query that runs for longer gives way to the others."""

_TICK = 0.05
"""Seconds between two looks at the clock while there are queries."""


class EngineProcess:
    """Answers the requests that come to one listening socket."""

    def __init__(
        self, start: Callable[..., Worker], settings: Settings, listener: socket.socket
    ) -> None:
        self._fork = start
        self._settings = settings
        self._listener = listener
        self._last_look = 0.0
        self._has_ended = False
        self._selector = selectors.DefaultSelector()
        self._calls: dict[int, Callable[[], None]] = {}
        self._jobs: dict[Connection, Job] = {}
        self._at_work: dict[Worker, Job] = {}
        workers = settings.query_workers
        # Each web thread asks one query at a time: there is room for all of them to show a page.
        pages = settings.web_processes * settings.web_threads
        self._lanes = {
            "public": Lane(workers, settings.slow_queries, workers * settings.query_queue),
            # Who waits for a page waits for all of its queries: they keep their turn.
            "pages": Lane(settings.page_workers, 0, pages, gives_way=False),
        }
        self._pool = Pool(self._start, self._leave, workers + settings.page_workers)
        self._budgets = Budgets(settings)
        self._measures = Measures()

    def serve(self, lifeline: int) -> None:
        """Answer requests until whoever holds the other end of the lifeline lets go of it."""
        self._watch(self._listener.fileno(), self._accept)
        self._watch(lifeline, self._end)
        try:
            while not self._has_ended:
                self._turn()
                if time.monotonic() - self._last_look > _TICK:
                    self._watch_the_clock()
        finally:
            self._pool.close()

    def _end(self) -> None:
        self._has_ended = True

    def _turn(self) -> None:
        """Do what there is to do."""
        events = self._selector.select(self._patience())
        if not events and self._pool.is_short:
            self._pool.refill()
        for key, _ in events:
            # What came before in this turn may have let go of it, or turned it round.
            call = self._calls.get(key.fd)
            if call and call is key.data:
                call()

    def _watch(
        self, descriptor: int, call: Callable[[], None], event: int = selectors.EVENT_READ
    ) -> None:
        """Have something called when a descriptor can be read, or written."""
        if descriptor in self._calls:
            self._selector.modify(descriptor, event, call)
        else:
            self._selector.register(descriptor, event, call)
        self._calls[descriptor] = call

    def _ignore(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        del self._calls[descriptor]

    def _patience(self) -> float | None:
        """Return how long to wait for the next event: for ever when there is nothing to watch."""
        if self._pool.is_short:
            return 0
        return _TICK if self._jobs or self._at_work or self._pool.is_unsettled else None

    def _start(self, is_early: bool) -> Worker:
        worker = self._fork(is_early=is_early)
        self._measures.started()
        self._watch(worker.output, partial(self._collect, worker))
        return worker

    def _leave(self, worker: Worker) -> None:
        self._ignore(worker.output)

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError as error:
            _log.warning("No connection can be accepted now: %s.", error.strerror)
            time.sleep(_TICK)  # whoever knocks goes on knocking until a descriptor is free
            return
        connection = Connection(client)
        self._watch(client.fileno(), partial(self._listen, connection))

    def _listen(self, connection: Connection) -> None:
        try:
            request = connection.receive()
        except ConnectionError:
            self._forget(connection)
            return
        if request is None:
            return
        if connection in self._jobs:  # one at a time
            self._forget(connection)
        elif request.kind == wire.MEASURING:
            self._tell(wire.unpack_counts(request), connection)
        else:
            self._admit(Job(request, connection))

    def _tell(self, counts: Mapping[str, int], connection: Connection) -> None:
        self._measures.told(counts)
        waiting = sum(len(lane.waiting) for lane in self._lanes.values())
        connection.tell(self._measures.text(len(self._at_work), waiting))
        self._send(connection)

    def _admit(self, job: Job) -> None:
        self._jobs[job.connection] = job
        lane = self._lanes[job.request.lane]
        refusal = self._refusal(job, lane)
        if refusal:
            self._refuse(job, refusal)
        else:
            lane.waiting.append(job)
            self._fill(lane)

    def _refusal(self, job: Job, lane: Lane) -> RequestError | None:
        client = job.request.client
        if client:
            try:
                self._budgets.check(client, lane.seconds_at_work(client))
            except RequestError as error:
                return error
            if 0 < self._settings.client_queries <= len(lane.jobs_of(client)):
                return faults.too_many(self._settings)
        return _busy() if lane.is_full and not lane.has_place else None

    def _fill(self, lane: Lane) -> None:
        while lane.waiting and lane.has_place:
            job = lane.waiting.popleft()
            try:
                worker = self._pool.take(job.request.packed)
            except EngineError as error:
                self._refuse(job, error)
                continue
            lane.running[job] = worker
            self._at_work[worker] = job

    def _collect(self, worker: Worker) -> None:
        if worker.collect():
            self._pool.welcome(worker)
            return
        if worker.has_ended:
            self._pool.lose(worker)
        error = worker.finish(self._settings)
        job = self._at_work.pop(worker, None)
        if job:  # else it has ended while it had nothing to do
            self._conclude(job, worker, error)
        if not worker.has_ended:
            self._pool.give_back(worker)
        if job:
            self._fill(self._lanes[job.request.lane])

    def _conclude(self, job: Job, worker: Worker, error: RequestError | None) -> None:
        del self._lanes[job.request.lane].running[job]
        self._budgets.charge(job.request.client, worker.age)
        if self._jobs.get(job.connection) is not job:  # the client is gone, or has been told
            worker.drop()
        elif error:
            self._refuse(job, error)
        else:
            job.connection.answer(worker.length, worker.take())
            self._reply(job)

    def _refuse(self, job: Job, error: RequestError) -> None:
        if isinstance(error, EngineError) and not isinstance(error, EngineBusyError):
            _log.warning("%s", error.detail)  # no fault of the query
        job.connection.refuse(error)
        self._reply(job, error)

    def _reply(self, job: Job, error: RequestError | None = None) -> None:
        self._measures.ended(job.request.lane, error, job.age)
        del self._jobs[job.connection]
        self._send(job.connection)

    def _send(self, connection: Connection) -> None:
        try:
            complete = connection.send()
        except ConnectionError:
            self._forget(connection)
            return
        # A client that has its answer may ask again.
        if complete == connection.is_listened_to:
            return
        connection.is_listened_to = complete
        call = partial(self._listen if complete else self._send, connection)
        wanted = selectors.EVENT_READ if complete else selectors.EVENT_WRITE
        self._watch(connection.client.fileno(), call, wanted)

    def _forget(self, connection: Connection) -> None:
        """Let go of a client; what it has asked for is no longer worth any work."""
        self._ignore(connection.client.fileno())
        connection.close()
        job = self._jobs.pop(connection, None)
        if job is None:
            return
        lane = self._lanes[job.request.lane]
        if job in lane.running:
            self._kill(lane.running[job])
        else:
            lane.waiting.remove(job)

    def _time_out(self, worker: Worker, job: Job) -> None:
        """End a worker; its client need not wait until the kernel has taken back all memory."""
        verdict = faults.overdue(self._settings)
        self._kill(worker, verdict)
        if self._jobs.get(job.connection) is job:
            self._refuse(job, verdict)

    def _kill(self, worker: Worker, verdict: RequestError | None = None) -> None:
        self._measures.killed()
        worker.kill(verdict)

    def _watch_the_clock(self) -> None:
        self._last_look = time.monotonic()
        for worker, job in self._at_work.items():
            if worker.age > self._settings.query_seconds:
                if not worker.is_doomed:
                    self._time_out(worker, job)
            elif worker.age > _LIGHT_SECONDS and self._lanes[job.request.lane].gives_way:
                worker.give_way()
                self._lanes[job.request.lane].move_aside(job)
        for lane in self._lanes.values():
            self._send_away(lane)
            self._fill(lane)
        self._pool.clear_up()

    def _send_away(self, lane: Lane) -> None:
        """Refuse the jobs that have waited for too long."""
        while lane.waiting and lane.waiting[0].age > self._settings.query_seconds:
            self._refuse(lane.waiting.popleft(), _busy())


def _busy() -> EngineBusyError:
    return EngineBusyError(
        "More queries are waiting than can be answered soon.", "Try again in a few seconds."
    )
