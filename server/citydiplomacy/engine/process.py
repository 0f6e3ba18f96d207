"""The engine process: takes requests from a socket, starts a worker for each, answers.

It has one thread and never another, because it forks. It evaluates nothing itself.
"""

import logging
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial

from citydiplomacy.engine import faults
from citydiplomacy.engine.connection import Connection
from citydiplomacy.engine.lanes import Job, Lane
from citydiplomacy.engine.wire import Request
from citydiplomacy.engine.worker import Worker
from citydiplomacy.errors import EngineBusyError, EngineError, RequestError
from citydiplomacy.settings import Settings

_log = logging.getLogger(__name__)

StartWorker = Callable[[Request], Worker]

_LIGHT_SECONDS = 0.3
"""A query that runs for longer gives way to the others."""

_TICK = 0.05
"""Seconds between two looks at the clock while there are queries."""


class EngineProcess:
    """Answers the requests that come to one listening socket."""

    def __init__(self, start: StartWorker, settings: Settings, listener: socket.socket) -> None:
        self._start = start
        self._settings = settings
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._jobs: dict[Connection, Job] = {}
        workers = settings.query_workers
        # Each web thread asks one query at a time: there is room for all of them to show a page.
        pages = settings.web_processes * settings.web_threads
        self._lanes = {
            "public": Lane(workers, settings.slow_queries, workers * settings.query_queue),
            "pages": Lane(settings.page_workers, 0, pages),
        }

    def serve(self, lifeline: int) -> None:
        """Answer requests until whoever holds the other end of the lifeline lets go of it."""
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(lifeline, selectors.EVENT_READ)
        try:
            while all(self._turn()):
                self._watch_the_clock()
        finally:
            for _, worker in self._running():
                worker.kill()
                worker.finish(self._settings)

    def _turn(self) -> Iterator[bool]:
        """Do what there is to do; the lifeline alone has nothing to call and gives False."""
        for key, _ in self._selector.select(_TICK if self._jobs else None):
            yield bool(key.data)
            key.data()

    def _running(self) -> list[tuple[Job, Worker]]:
        return [pair for lane in self._lanes.values() for pair in lane.running.items()]

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError as error:
            _log.warning("No connection can be accepted now: %s.", error.strerror)
            time.sleep(_TICK)  # whoever knocks goes on knocking until a descriptor is free
            return
        connection = Connection(client)
        self._selector.register(client, selectors.EVENT_READ, partial(self._listen, connection))

    def _listen(self, connection: Connection) -> None:
        try:
            request = connection.receive()
        except ConnectionError:
            self._forget(connection)
        else:
            if request is not None:
                self._admit(Job(request, connection))

    def _admit(self, job: Job) -> None:
        self._jobs[job.connection] = job
        lane = self._lanes[job.request.lane]
        if lane.is_full and not lane.has_place:
            self._refuse(job, _busy())
        else:
            lane.waiting.append(job)
            self._fill(lane)

    def _fill(self, lane: Lane) -> None:
        while lane.waiting and lane.has_place:
            job = lane.waiting.popleft()
            try:
                worker = self._start(job.request)
            except EngineError as error:
                self._refuse(job, error)
                continue
            lane.running[job] = worker
            collect = partial(self._collect, lane, job, worker)
            self._selector.register(worker.output, selectors.EVENT_READ, collect)

    def _collect(self, lane: Lane, job: Job, worker: Worker) -> None:
        if worker.collect():
            return
        self._selector.unregister(worker.output)
        del lane.running[job]
        error = worker.finish(self._settings)
        if job.connection not in self._jobs:  # the client is gone
            worker.body.close()
        elif error:
            worker.body.close()
            if isinstance(error, EngineError):  # no fault of the query
                _log.warning("%s", error.detail)
            self._refuse(job, error)
        else:
            job.connection.answer(worker.length, worker.body)
            self._reply(job)
        self._fill(lane)

    def _refuse(self, job: Job, error: RequestError) -> None:
        job.connection.refuse(error)
        self._reply(job)

    def _reply(self, job: Job) -> None:
        del self._jobs[job.connection]
        send = partial(self._send, job.connection)
        self._selector.modify(job.connection.client, selectors.EVENT_WRITE, send)

    def _send(self, connection: Connection) -> None:
        try:
            complete = connection.send()
        except ConnectionError:
            complete = True
        if complete:
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        """Let go of a client; what it has asked for is no longer worth any work."""
        self._selector.unregister(connection.client)
        connection.close()
        job = self._jobs.pop(connection, None)
        if job is None:
            return
        lane = self._lanes[job.request.lane]
        if job in lane.running:
            lane.running[job].kill()
        else:
            lane.waiting.remove(job)

    def _watch_the_clock(self) -> None:
        for job, worker in self._running():
            if worker.age > self._settings.query_seconds:
                worker.kill(faults.overdue(self._settings))
            elif worker.age > _LIGHT_SECONDS:
                worker.give_way()
                self._lanes[job.request.lane].move_aside(job)
        for lane in self._lanes.values():
            self._send_away(lane)
            self._fill(lane)

    def _send_away(self, lane: Lane) -> None:
        """Refuse the jobs that have waited for too long."""
        while lane.waiting and lane.waiting[0].age > self._settings.query_seconds:
            self._refuse(lane.waiting.popleft(), _busy())


def _busy() -> EngineBusyError:
    return EngineBusyError(
        "More queries are waiting than can be answered soon.", "Try again in a few seconds."
    )
