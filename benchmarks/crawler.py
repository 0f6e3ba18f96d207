"""A crawler that keeps its pace: it asks on schedule, however long the answers take.

A client that waits for an answer before it asks again hides what a slow server does to all who come
meanwhile. Here each request has a time at which it is due, and its latency counts from then; while
all connections are in use, it waits in a queue, and that counts, too.
"""

import asyncio
import os
import re
from asyncio import IncompleteReadError, Queue, StreamReader, StreamWriter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter

CONNECTIONS = 64
_FOREMOST = -10
_PATIENCE = 60.0
_OK = 200
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class Crawl:
    """What came of one crawl."""

    latencies: list[float] = field(default_factory=list)
    """Milliseconds from when each request was due to the last byte of its answer."""

    errors: list[str] = field(default_factory=list)
    """What was no 200, and connections that broke."""

    late: list[float] = field(default_factory=list)
    """Milliseconds by which the crawler itself came too late with each request."""


_Due = tuple[float, str]


def crawl(netloc: str, paths: Sequence[str], rate: float) -> Crawl:
    """Return what came of asking for each path once, so many in a second, over kept connections.

    The crawler comes first on the processors, where it may: it stands for one that has its own.
    """
    with _foremost():
        return asyncio.run(_crawl(netloc, paths, rate))


@contextmanager
def _foremost() -> Iterator[None]:
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(PermissionError):  # only root may
        os.setpriority(os.PRIO_PROCESS, 0, _FOREMOST)
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, usual)


async def _crawl(netloc: str, paths: Sequence[str], rate: float) -> Crawl:
    found, due = Crawl(), Queue[_Due | None]()
    connections = [
        asyncio.create_task(_Connection(netloc, found).answer_all(due)) for _ in range(CONNECTIONS)
    ]
    start = perf_counter()
    for number, path in enumerate(paths):
        time = start + number / rate
        await asyncio.sleep(max(0.0, time - perf_counter()))
        found.late.append((perf_counter() - time) * 1000)
        due.put_nowait((time, path))
    for _ in connections:
        due.put_nowait(None)
    await asyncio.gather(*connections)
    return found


class _Connection:
    """One connection, opened when it is first needed, and again when it broke."""

    def __init__(self, netloc: str, found: Crawl) -> None:
        self._netloc = netloc
        self._found = found
        self._streams: tuple[StreamReader, StreamWriter] | None = None

    async def answer_all(self, due: "Queue[_Due | None]") -> None:
        """Ask for what is due, one after the other, until there is no more."""
        while asked := await due.get():
            time, path = asked
            try:
                status = await asyncio.wait_for(self._get(path), _PATIENCE)
            except (OSError, IncompleteReadError, TimeoutError, ValueError) as error:
                self._found.errors.append(f"{path}: {error!r}")
                self._close()
            else:
                self._found.latencies.append((perf_counter() - time) * 1000)
                if status != _OK:
                    self._found.errors.append(f"{path}: {status}")
        self._close()

    async def _get(self, path: str) -> int:
        """Return the status of an answer, once all of it is there."""
        if self._streams is None:
            host, _, port = self._netloc.rpartition(":")
            self._streams = await asyncio.open_connection(host, int(port))
        reader, writer = self._streams
        request = f"GET {path} HTTP/1.1\r\nHost: {self._netloc}\r\nAccept: text/html\r\n\r\n"
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        status, length = _STATUS.match(head), _LENGTH.search(head)
        if not status or not length:
            raise ValueError(f"an answer of unknown length: {head[:200]!r}")
        await reader.readexactly(int(length[1]))
        return int(status[1])

    def _close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None
