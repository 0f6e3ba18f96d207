"""A child process, seen from the engine process."""

import fcntl
import os
import resource
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from pyoxigraph import Store

from citydiplomacy.engine import child, faults, wire
from citydiplomacy.errors import EngineError, QueryLimitError, RequestError
from citydiplomacy.settings import Settings

IN_MEMORY = 1024 * 1024
"""Bytes of a result that are kept in memory; a longer one goes to an unlinked file."""

_LOW_PRIORITY = 15
_CHUNK = 256 * 1024

_SMALL_SECONDS = 0.05
_KEPT_SHARE = 4
"""One part in so many of a query's memory may stay with the child."""

_QUERIES = 10_000
"""Queries a child answers before it is replaced: each makes it share less memory with us."""


class Worker:
    """A child process: it waits, or works on one query and has written so much of the answer."""

    def __init__(self, pid: int, requests: int, output: int) -> None:
        self.pid = pid
        self.output = output
        self.length = 0
        self.started = 0.0
        self.has_ended = False
        """Whether its output has ended, so that it can be waited for without delay."""
        self.is_warm = False
        """Whether it has said that it need not copy any memory for its first query."""

        self._requests = requests
        self._body = b""
        self._file: IO[bytes] | None = None
        self._received = bytearray()
        self._answered = 0
        self._fault: RequestError | None = None
        self._verdict: RequestError | None = None
        self._is_gone = False
        self._is_spent = False

    @property
    def age(self) -> float:
        """Seconds since it began with its query."""
        return time.monotonic() - self.started

    @property
    def is_doomed(self) -> bool:
        """Whether it was killed, and the end of its output is still to come."""
        return self._verdict is not None

    @property
    def is_good(self) -> bool:
        """Whether it may be given another query."""
        return not (self.has_ended or self._is_spent) and self._answered < _QUERIES

    def begin(self, request: bytes) -> bool:
        """Give it a query, as `wire` packs it; return whether it still lived to take it."""
        self.started = time.monotonic()
        self.length = 0
        self._fault = None
        message = memoryview(request)
        try:
            while message:
                message = message[os.write(self._requests, message) :]
        except BrokenPipeError:
            return False
        return True

    def collect(self) -> bool:
        """Take what it has written; return whether more can come."""
        chunk = os.read(self.output, _CHUNK)
        if not chunk:
            self.has_ended = True
            return False
        self._received += chunk
        for kind, content in wire.take_frames(self._received):
            if kind == wire.FAULT:
                said = wire.unpack(content)
                self._fault = wire.unpack_error(said) if said else None
                return False
            if kind == wire.WARM:
                self.is_warm = True
                continue
            self._keep(content)
            if kind == wire.LAST:
                return False
        return True

    def _keep(self, content: bytes) -> None:
        self.length += len(content)
        if self.length <= IN_MEMORY:
            self._body += content
            return
        try:
            if self._file is None:
                # Handed on by `take`: it outlives every block it could be opened in.
                self._file = tempfile.TemporaryFile()  # noqa: SIM115
                self._file.write(self._body)
            self._file.write(content)
        except OSError as error:
            self.kill(EngineError(f"The result cannot be kept: {error.strerror}."))

    def take(self) -> bytes | IO[bytes]:
        """Return the result: a long one as a file at its start, which is the caller's to close."""
        body, file = self._body, self._file
        self._body, self._file = b"", None
        if file is None:
            return body
        file.seek(0)
        return file

    def give_way(self) -> None:
        """Let others go first from now on; there is no way back, so it ends with this query."""
        if self._is_spent:
            return
        self._is_spent = True
        with suppress(OSError):  # it may have ended already, or the machine forbids it
            _make_last(self.pid)

    def kill(self, verdict: RequestError | None = None) -> None:
        """End the child at once, for the reason given; its output then ends as well."""
        self._verdict = self._verdict or verdict
        self._is_spent = True
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def finish(self, settings: Settings) -> RequestError | None:
        """Return why there is no result, or None if there is one that can be taken."""
        self._answered += 1
        error = self._verdict or self._fault
        # What broke, or has kept much memory, leaves no child that others should work with.
        if isinstance(error, QueryLimitError | EngineError) or self._has_grown(settings):
            self._is_spent = True
        if self.has_ended:
            code = self.bury()
            error = error or faults.died(code, settings)
        if error:
            self.drop()
        return error

    def _has_grown(self, settings: Settings) -> bool:
        """Whether a query that was no small one has left the child too little for the next."""
        if self.length <= IN_MEMORY and self.age <= _SMALL_SECONDS:
            return False
        return _size(self.pid) - _size(os.getpid()) > settings.query_memory // _KEPT_SHARE

    def drop(self) -> None:
        """Forget the result."""
        if self._file:
            self._file.close()
        self._body, self._file = b"", None

    def bury(self) -> int:
        """Return the exit code of the process, after waiting for its end."""
        self._let_go()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def has_left(self) -> bool:
        """Return whether the process, sent away by `kill`, has ended; do not wait for it."""
        if not self._is_gone and os.waitpid(self.pid, os.WNOHANG)[0]:
            self._let_go()
        return self._is_gone

    def _let_go(self) -> None:
        self._is_gone = True
        for descriptor in (self._requests, self.output):
            os.close(descriptor)
        self.drop()


def fork(store: Store, settings: Settings, *, is_early: bool) -> Worker:
    """Return a worker whose child waits for a query, or, when it is early, warms up first.

    Raises:
        EngineError: the machine gives us no more processes, or descriptors for them.
    """
    pipes: list[int] = []
    try:
        pipes += os.pipe()
        pipes += os.pipe()
        pid = os.fork()
    except OSError as error:
        for descriptor in pipes:
            os.close(descriptor)
        raise EngineError(f"No process can be started: {error.strerror}.") from error
    requests, requests_end, output_end, output = pipes
    if pid == 0:
        child.work(store, settings, requests, output, is_early=is_early)
    os.close(requests)
    os.close(output)
    _widen(output_end)
    return Worker(pid, requests_end, output_end)


def _make_last(pid: int) -> None:
    """Let a process run when no other wants to, or seldom, where the system knows no such thing."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.setpriority(os.PRIO_PROCESS, pid, _LOW_PRIORITY)


def _widen(pipe: int) -> None:
    """Let a pipe hold as much as we read at once, where the system allows it."""
    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK)


def _size(pid: int) -> int:
    """Return the bytes of memory that a process may use; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[0]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()
