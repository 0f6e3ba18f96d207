"""The byte cache in front of the application: what was answered once costs microseconds.

It belongs to one application, hence to one release, which never changes: nothing in it grows old.
An answer is found by its address and by the formats that the Accept header chose for it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import Any

from flask import Flask

from citydiplomacy.settings import Settings
from citydiplomacy.web import answers, trace
from citydiplomacy.web.answers import Answer, Headers
from citydiplomacy.web.kept import Address, Kept

EXTENSION = "citydiplomacy.cache"

_PATIENCE = 5.0
"""Seconds to wait for an equal request; one that takes longer may well fail."""

_WAITING_SHARE = 4
"""One thread in so many may wait for another: a slow query asked often must not hold them all."""

_REMEMBERED = 1000
"""Addresses remembered as never kept, so that nobody waits for them."""


class Flight:
    """A request under way, and in the end its answer; None when there is none to be shared."""

    def __init__(self) -> None:
        self._answer: Answer | None = None
        self._under_way = Lock()
        self._under_way.acquire()

    def land(self, answer: Answer | None) -> None:
        """Let those that wait have the answer."""
        self._answer = answer
        self._under_way.release()

    def answer(self, patience: float) -> Answer | None:
        """Return the answer once it is there, or None when that takes too long."""
        if not self._under_way.acquire(timeout=patience):
            return None
        self._under_way.release()  # for the next one
        return self._answer


Key = tuple[Address, str]
"""An address with an Accept header: equal requests."""


@dataclass(frozen=True)
class Counts:
    """What one cache has done since its process was started, and what it holds now."""

    hits: int
    shared: int
    """Requests answered with what an equal request brought meanwhile."""
    misses: int
    """Requests whose answer was made by the application, and kept."""
    passed: int
    """Requests whose answer was made by the application, and not kept."""
    not_modified: int
    """Those of all these that were answered with 304."""
    evicted: int
    """Addresses that made room for others."""
    addresses: int
    bytes: int


def register(app: Flask, settings: Settings) -> None:
    """Put a cache in front of the application; it can be asked for its counts."""
    waiting = max(1, settings.web_threads // _WAITING_SHARE)
    cache = Cache(app.wsgi_app, settings.cache_bytes, waiting)
    app.extensions[EXTENSION] = cache
    app.wsgi_app = cache  # type: ignore[method-assign]  # how Flask wants it


class Cache:
    """A WSGI application that asks the one behind it once for the same bytes.

    With a size of 0 it keeps and shares nothing; ETags and 304 remain. At most `waiting` requests
    wait for others at the same time, each for at most `patience` seconds.
    """

    def __init__(self, app: Any, size: int, waiting: int, patience: float = _PATIENCE) -> None:
        self._app = app
        self._kept = Kept(size)
        self._flights: dict[Key, Flight] = {}
        # Hashes only: an address can be long, and mistaking two costs nobody more than a share.
        self._never_kept: set[int] = set()
        self._counter: Counter[str] = Counter()
        self._lock = Lock()
        self._places = BoundedSemaphore(waiting)
        self._patience = patience

    @property
    def counts(self) -> Counts:
        """What has been counted up to now."""
        with self._lock:
            return Counts(
                hits=self._counter["hit"],
                shared=self._counter["shared"],
                misses=self._counter["miss"],
                passed=self._counter["pass"],
                not_modified=self._counter["not modified"],
                evicted=self._kept.evicted,
                addresses=len(self._kept),
                bytes=self._kept.filled,
            )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request, with the application behind only where that is needed."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            self._count(environ, "pass")
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        address = Address(
            environ.get("SCRIPT_NAME", ""), environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        )
        key = (address, environ.get("HTTP_ACCEPT", ""))
        answer, flight, leads = self._look(key)
        if answer:
            return self._send(answer, "hit", environ, start_response)
        if flight and not leads and (answer := self._landed(flight)):
            return self._send(answer, "shared", environ, start_response)
        return self._ask(key, flight if leads else None, environ, start_response)

    def _look(self, key: Key) -> tuple[Answer | None, Flight | None, bool]:
        """Return the answer kept, or else the flight that brings it, and whether it is ours."""
        address, accept = key
        with self._lock:
            answer = self._kept.find(address, accept)
            if answer or not self._kept.size or hash(address) in self._never_kept:
                return answer, None, False
            if key in self._flights:
                return None, self._flights[key], False
            flight = self._flights[key] = Flight()
            return None, flight, True

    def _landed(self, flight: Flight) -> Answer | None:
        """Return what another request brings, unless it fails or takes too long."""
        if not self._places.acquire(blocking=False):
            return None
        try:
            return flight.answer(self._patience)
        finally:
            self._places.release()

    def _ask(
        self, key: Key, flight: Flight | None, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        """Answer with what the application makes, and keep it for others."""
        answer: Answer | None = None
        is_kept = False
        try:
            status, headers, body = self._made(environ)
            answer = answers.complete(status, headers, body, trace.of(environ))
            is_kept = answer is not None and self._keep(key[0], answer)
        finally:
            if flight:
                with self._lock:
                    del self._flights[key]
                flight.land(answer if answer and answer.is_shareable else None)
        if answer:
            return self._send(answer, "miss" if is_kept else "pass", environ, start_response)
        self._count(environ, "pass")
        if status.startswith("200"):
            self._remember(key[0])
        start_response(status, headers)
        return _without_body(body) if environ["REQUEST_METHOD"] == "HEAD" else body

    def _made(self, environ: dict[str, Any]) -> tuple[str, Headers, Iterable[bytes]]:
        """Return what the application answers to a GET: HEAD is the same without the body."""
        started: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, _exc_info: object = None) -> None:
            started.append((status, headers))

        trace.of(environ)  # now, so that a copy shares it
        if environ["REQUEST_METHOD"] == "HEAD":
            environ = {**environ, "REQUEST_METHOD": "GET"}
        body = self._app(environ, start)
        return (*started[-1], body)

    def _keep(self, address: Address, answer: Answer) -> bool:
        with self._lock:
            return self._kept.keep(address, answer)

    def _remember(self, address: Address) -> None:
        with self._lock:
            if len(self._never_kept) >= _REMEMBERED:
                self._never_kept.clear()
            self._never_kept.add(hash(address))

    def _send(
        self, answer: Answer, outcome: str, environ: dict[str, Any], start_response: Any
    ) -> list[bytes]:
        self._count(environ, outcome)
        trace.of(environ).query = answer.told.query
        if answer.is_known(environ.get("HTTP_IF_NONE_MATCH", "")):
            with self._lock:
                self._counter["not modified"] += 1
            start_response("304 Not Modified", answer.not_modified())
            return []
        start_response("200 OK", answer.headers.copy())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _count(self, environ: dict[str, Any], outcome: str) -> None:
        trace.of(environ).cache = outcome
        with self._lock:
            self._counter[outcome] += 1


def _without_body(body: Iterable[bytes]) -> list[bytes]:
    getattr(body, "close", lambda: None)()
    return []
