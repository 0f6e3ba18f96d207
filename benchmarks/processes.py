"""Processes that a benchmark starts: ended with it, whatever happens, and measured from outside."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

_GRACE_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1
_IDLE_SECONDS = 0.3
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a session of its own, and end all of it when the block ends.

    Its standard output can be read; its standard error goes to the log.
    """
    with log.open("a") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
            start_new_session=True,  # Ctrl+C is for the benchmark, which ends it in order
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
        with suppress(ProcessLookupError):  # nobody is left
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def family(pid: int) -> list[int]:
    """Return a process and all that it has started, and those that these have started."""
    try:
        tasks = [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
        children = [int(child) for task in tasks for child in task.read_text().split()]
    except OSError:  # it has just ended
        return []
    return [pid, *(member for child in children for member in family(child))]


def memory(pid: int) -> int:
    """Return the bytes of memory of a process and its family, what they share counted once."""
    found = 0
    for member in family(pid):
        with suppress(OSError):  # it has just ended
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
            found += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found * 1024


def busy_seconds(pid: int) -> float:
    """Return the processor time that a process and its family have used so far."""
    ticks = 0
    for member in family(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS


def wait_until_idle(pids: Sequence[int], seconds: float = 10) -> None:
    """Wait until processes have stopped working on what was asked of them, or for so long."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        before = [busy_seconds(pid) for pid in pids]
        time.sleep(_IDLE_SECONDS)
        used = (busy_seconds(pid) - was for pid, was in zip(pids, before, strict=True))
        if all(seconds <= _IDLE_SECONDS / 10 for seconds in used):
            return


@contextmanager
def highest_memory(pid: int, pause: float = 0.05) -> Iterator[list[int]]:
    """Yield a list that holds, when the block has ended, the highest memory that was seen."""
    ended, highest = Event(), [memory(pid)]

    def look() -> None:
        while not ended.wait(pause):
            highest[0] = max(highest[0], memory(pid))

    watcher = Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield highest
    finally:
        ended.set()
        watcher.join()
