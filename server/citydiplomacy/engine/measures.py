"""What the engine counts, in the words of Prometheus.

The engine alone counts, so that the numbers are true for all web processes together; those tell it
what only they see.
"""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from citydiplomacy.errors import RequestError

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Measures:
    """The counters of one engine process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._queries = Counter(
            "citydiplomacy_queries",
            "Queries by lane and by how they ended: answered, or the error's title.",
            ("lane", "outcome"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "citydiplomacy_query_seconds",
            "Seconds from a query's arrival at the engine to its end.",
            ("lane",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._started = self._counter("citydiplomacy_workers_started", "Child processes started.")
        self._killed = self._counter(
            "citydiplomacy_workers_killed", "Child processes killed: overdue, or nobody waited."
        )
        self._running = self._gauge("citydiplomacy_queries_running", "Queries that run now.")
        self._waiting = self._gauge("citydiplomacy_queries_waiting", "Queries that wait now.")
        self._web = Counter(
            "citydiplomacy_web_responses",
            "Responses by what the cache in front of the application had of them.",
            ("cache",),
            registry=self._registry,
        )

    def ended(self, lane: str, error: RequestError | None, seconds: float) -> None:
        """Count a query that has ended."""
        outcome = error.title.lower() if error else "answered"
        self._queries.labels(lane, outcome).inc()
        self._seconds.labels(lane).observe(seconds)

    def started(self) -> None:
        """Count a child process."""
        self._started.inc()

    def killed(self) -> None:
        """Count a child process that was killed."""
        self._killed.inc()

    def told(self, counts: Mapping[str, int]) -> None:
        """Count what a web process tells: responses, by what the cache had of them."""
        for kind, number in counts.items():
            self._web.labels(kind).inc(number)

    def text(self, running: int, waiting: int) -> bytes:
        """Return everything that was counted, as Prometheus reads it."""
        self._running.set(running)
        self._waiting.set(waiting)
        return generate_latest(self._registry)

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(name, meaning, registry=self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, registry=self._registry)
