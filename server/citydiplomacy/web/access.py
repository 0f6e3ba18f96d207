"""The access log: one line of JSON for each request, and nothing in it that is the visitor's own.

It has no query strings, no texts of queries and, unless the operator wants them, no addresses of
clients. A log that cannot be written costs its lines, never an answer.
"""

import json
import logging
import os
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from flask import Flask

from citydiplomacy.settings import Settings
from citydiplomacy.web import trace

_log = logging.getLogger(__name__)

STANDARD_ERROR = "-"
_STDERR = 2


def register(app: Flask, settings: Settings) -> None:
    """Have the requests of the application logged, if the settings say where, and it can be."""
    if not settings.access_log:
        return
    try:
        lines = opened(settings.access_log)
    except OSError as error:
        # It could be opened when the service was started; a new release is served all the same.
        _log.warning("There is no access log: %s: %s.", settings.access_log, error.strerror)
        return
    log = AccessLog(app.wsgi_app, lines, settings.access_log_clients)
    app.wsgi_app = log  # type: ignore[method-assign]  # how Flask wants it


class Lines:
    """A file to which several processes append whole lines: each is one write, at the end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = Lock()
        self._is_torn = False
        self._has_warned = False
        # The last request of an earlier release closes it.
        weakref.finalize(self, os.close, descriptor)

    def append(self, line: bytes) -> None:
        """Write a line; one that does not fit is lost, which is said once."""
        with self._lock:
            # What a full disk took only half of must not spoil the line after it.
            whole = b"\n" + line if self._is_torn else line
            try:
                self._is_torn = os.write(self._descriptor, whole) < len(whole)
            except OSError as error:
                self._warn(str(error.strerror))

    def _warn(self, reason: str) -> None:
        if not self._has_warned:
            _log.warning("Lines of the access log are lost: %s.", reason)
        self._has_warned = True


def opened(place: str) -> Lines:
    """Return the log at a place named as in the settings.

    Raises:
        OSError: it cannot be written to.
    """
    if place == STANDARD_ERROR:
        return Lines(os.dup(_STDERR))
    return Lines(os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644))


class AccessLog:
    """A WSGI application that tells what the one behind it answered."""

    def __init__(self, app: Any, lines: Lines, with_clients: bool) -> None:
        self._app = app
        self._lines = lines
        self._with_clients = with_clients

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request; its line is written when its last byte has been taken."""
        begun = time.time(), time.perf_counter()
        entry: dict[str, Any] = {"status": 500}

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            entry["status"] = int(status[:3])
            return start_response(status, headers, *exc_info)

        def done(length: int) -> None:
            self._lines.append(self._line(environ, entry["status"], length, begun))

        try:
            body = self._app(environ, start)
        except BaseException:
            done(0)
            raise
        if isinstance(body, list):  # servers send a list at once
            done(sum(map(len, body)))
            return body
        return Counted(body, done)

    def _line(
        self, environ: dict[str, Any], status: int, length: int, begun: tuple[float, float]
    ) -> bytes:
        told = trace.of(environ)
        started = datetime.fromtimestamp(begun[0], UTC).isoformat(timespec="milliseconds")
        members = {
            "time": started.replace("+00:00", "Z"),
            "method": _shortened(environ["REQUEST_METHOD"], 20),
            "path": _shortened(environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"], 200),
            "status": status,
            "bytes": length,
            "milliseconds": round((time.perf_counter() - begun[1]) * 1000, 3),
            "cache": told.cache,
            "query": told.query,
            "problem": told.problem,
            "agent": _shortened(environ.get("HTTP_USER_AGENT", ""), 100),
        }
        if self._with_clients:
            members["client"] = _shortened(environ.get("REMOTE_ADDR", ""), 50)
        shown = {name: value for name, value in members.items() if value != ""}
        return json.dumps(shown).encode() + b"\n"


class Counted:
    """A body whose bytes are counted as they are taken, until it is let go."""

    def __init__(self, body: Iterable[bytes], done: Callable[[int], None]) -> None:
        self._body = body
        self._chunks = iter(body)
        self._done: Callable[[int], None] | None = done
        self._length = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self._length += len(chunk)
        return chunk

    def close(self) -> None:
        """Let go of the body and tell how much of it was taken, once."""
        done, self._done = self._done, None
        try:
            getattr(self._body, "close", lambda: None)()
        finally:
            if done:
                done(self._length)


def _shortened(text: str, length: int) -> str:
    """Return the text that WSGI hands on as Latin-1, cut to a length in characters.

    A line must fit into PIPE_BUF (4096 on Linux), or lines of two processes could mix on a pipe;
    in JSON a character can take twelve bytes.
    """
    read = text.encode("latin-1", "replace").decode("utf-8", "replace")
    return read if len(read) <= length else f"{read[: length - 1]}…"
