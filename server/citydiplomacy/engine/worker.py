"""A worker: one child process, seen from the engine process."""

import os
import signal
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from pyoxigraph import Store

from citydiplomacy.engine import child, faults, wire
from citydiplomacy.errors import EngineError, RequestError
from citydiplomacy.settings import Settings

IN_MEMORY = 1024 * 1024
"""Bytes of a result that are kept in memory; a longer one goes to an unlinked file."""

_LOW_PRIORITY = 15
_CHUNK = 1024 * 1024
_FAULT_LENGTH = 64 * 1024


@dataclass
class Worker:
    """A running child and what it has written so far."""

    pid: int
    output: int
    fault: int
    started: float = field(default_factory=time.monotonic)
    length: int = 0
    # Closed by `close`: it outlives every block it could be opened in.
    body: IO[bytes] = field(
        default_factory=lambda: tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    )
    _verdict: RequestError | None = None

    @property
    def age(self) -> float:
        """Seconds since the child was started."""
        return time.monotonic() - self.started

    def collect(self) -> bool:
        """Take what the child has written; return whether more can come."""
        chunk = os.read(self.output, _CHUNK)
        self.length += len(chunk)
        try:
            self.body.write(chunk)
        except OSError as error:
            self.kill(EngineError(f"The result cannot be kept: {error.strerror}."))
        return bool(chunk)

    def give_way(self) -> None:
        """Let others go first from now on."""
        with suppress(ProcessLookupError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, self.pid, _LOW_PRIORITY)

    def kill(self, verdict: RequestError | None = None) -> None:
        """End the child at once, for the reason given; its output then ends as well."""
        self._verdict = verdict
        os.kill(self.pid, signal.SIGKILL)

    def finish(self, settings: Settings) -> RequestError | None:
        """Return why there is no result, or None if there is one; the child is gone after it."""
        said = wire.unpack(os.read(self.fault, _FAULT_LENGTH))
        os.close(self.output)
        os.close(self.fault)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if self._verdict or code == 0:
            return self._verdict
        return wire.unpack_error(said[0]) if said else faults.died(code, settings)


def fork(store: Store, request: wire.Request, settings: Settings) -> Worker:
    """Return a worker whose child evaluates the request.

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
    output_end, output, fault_end, fault = pipes
    if pid == 0:
        child.answer(store, request, settings, output, fault)
    os.close(output)
    os.close(fault)
    return Worker(pid, output_end, fault_end)
