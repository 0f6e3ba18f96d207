"""Lanes: how many queries of one kind run at the same time, and how many wait."""

import time
from collections import deque
from dataclasses import dataclass, field

from citydiplomacy.engine.connection import Connection
from citydiplomacy.engine.wire import Message
from citydiplomacy.engine.worker import Worker


@dataclass(eq=False)
class Job:
    """A request on its way: it waits, it runs, or it runs on at low priority."""

    request: Message
    connection: Connection
    arrived: float = field(default_factory=time.monotonic)
    is_slow: bool = False

    @property
    def age(self) -> float:
        """Seconds since the request arrived."""
        return time.monotonic() - self.arrived


@dataclass
class Lane:
    """The jobs that share a number of places.

    A job that is not done at once moves to a slow place, so that a few heavy queries leave the
    others their turn; when the slow places are taken as well, it stays where it is.
    """

    places: int
    slow_places: int
    queue: int
    gives_way: bool = True
    """Whether a job that is not done at once lets all others go first."""
    running: dict[Job, Worker] = field(default_factory=dict)
    waiting: deque[Job] = field(default_factory=deque)

    @property
    def has_place(self) -> bool:
        """Whether one more job may start now."""
        return sum(not job.is_slow for job in self.running) < self.places

    @property
    def is_full(self) -> bool:
        """Whether no more jobs may wait."""
        return len(self.waiting) >= self.queue

    def jobs_of(self, client: str) -> list[Job]:
        """Return the jobs of a client, those that wait among them."""
        jobs = (*self.running, *self.waiting)
        return [job for job in jobs if job.request.client == client]

    def seconds_at_work(self, client: str) -> float:
        """Return how long the running queries of a client have run so far, together."""
        mine = (worker for job, worker in self.running.items() if job.request.client == client)
        return sum(worker.age for worker in mine)

    def move_aside(self, job: Job) -> None:
        """Move a job to a slow place, if one is free."""
        taken = sum(other.is_slow for other in self.running)
        job.is_slow = job.is_slow or taken < self.slow_places
