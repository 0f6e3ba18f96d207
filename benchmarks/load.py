"""Many requests over kept connections, sent by `wrk` in a process of its own.

    python -m benchmarks.load

tells how fast the driver itself is: against a server that answers without thinking, and by the
processor time that a request costs it. A measurement fails when the driver was what held it up,
or when a single answer was an error.
"""

import asyncio
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, urlsplit

from benchmarks import processes
from benchmarks.peers import PeerError, Server

CITY, NUMBER = "@CITY@", "@NUMBER@"
_SCRIPT = Path(__file__).with_suffix(".lua")
_FULL = 0.9
"""Share of its time from which on the driver counts as what holds everything up."""

_FIRST_NUMBERS = count(1, 100_000_000)
_RESPONSE = b'{"head":{"vars":[]},"results":{"bindings":[]}}'


@dataclass(frozen=True)
class Load:
    """What came of one run: requests a second, latencies in ms, how busy the driver was."""

    rate: float
    p50: float
    p99: float
    driver_busy: float


@dataclass(frozen=True)
class Texts:
    """Queries to be sent in turn: `@CITY@` becomes one of the cities, `@NUMBER@` a new number."""

    queries: Sequence[str]
    cities: Sequence[str] = ("none",)
    accept: ClassVar[str] = "application/sparql-results+json"

    def addresses(self, server: Server) -> Iterator[str]:
        """Yield the paths with the queries in them, each on one line."""
        path = urlsplit(server.endpoint).path
        return (f"{path}?query={quote(query, safe='@')}" for query in self.queries)


@dataclass(frozen=True)
class Pages:
    """Pages to be asked for in turn, by their paths; `@NUMBER@` becomes a new number."""

    paths: Sequence[str]
    cities: ClassVar[Sequence[str]] = ("none",)
    accept: ClassVar[str] = "text/html"

    def addresses(self, _server: Server) -> Iterator[str]:
        """Yield the paths, each on one line."""
        return (quote(path, safe="/?=@") for path in self.paths)


def always_new(texts: Iterable[str], cities: Sequence[str]) -> Texts:
    """Return texts of which no two requests send the same; they ask about `city:taipei`."""
    asked = [text.replace("city:taipei", f"city:{CITY}") for text in texts]
    return Texts([f"{text}\n# request {NUMBER}" for text in asked], cities)


def run(server: Server, asked: Texts | Pages, connections: int, seconds: float) -> Load:
    """Return what came of asking for all this over so many connections for so long.

    Raises:
        PeerError: an answer was an error, or the driver was too slow.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise PeerError("wrk is not installed: apt-get install wrk.")
    with tempfile.TemporaryDirectory(prefix="benchmark-load-") as folder:
        addresses, cities = Path(folder) / "addresses", Path(folder) / "cities"
        addresses.write_text("\n".join(asked.addresses(server)))
        cities.write_text("\n".join(asked.cities))
        options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s"]
        command: list[str | Path] = [wrk, *options, "-s", _SCRIPT, server.endpoint, "--"]
        before = _driver_seconds()
        done = subprocess.run(
            [*command, addresses, cities, str(next(_FIRST_NUMBERS)), asked.accept],
            check=False,
            capture_output=True,
            text=True,
            timeout=seconds + 120,
        )
        used = _driver_seconds() - before
    return _load(server, done, used)


def _load(server: Server, done: subprocess.CompletedProcess[str], used: float) -> Load:
    last = done.stdout.splitlines()[-1:] or [""]
    if done.returncode or not last[0].startswith("{"):
        raise PeerError(f"wrk failed: {done.stdout} {done.stderr}")
    told = json.loads(last[0])
    if told["failed"] or not told["requests"]:
        raise PeerError(f"{server.name}: {told['failed']} of {told['requests']} answers failed.")
    busy = used / told["seconds"]
    if busy > _FULL:
        raise PeerError(f"The driver was busy for {busy:.0%} of the time: this measures wrk.")
    return Load(told["requests"] / told["seconds"], told["p50"], told["p99"], busy)


def _driver_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Thoughtless(asyncio.Protocol):
    """Answers every request with the same few bytes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # it is TCP
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(_RESPONSE)
        self._transport.write((head + _RESPONSE) * data.count(b"\r\n\r\n"))


async def _answer_thoughtlessly(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Thoughtless, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


@contextmanager
def thoughtless() -> Iterator[Server]:
    """Yield a server that answers without thinking."""
    port = processes.free_port()
    command = [sys.executable, "-m", "benchmarks.load", str(port)]
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-thoughtless-") as folder,
        processes.running(command, Path(folder) / "log") as process,
    ):
        if not (process.stdout and process.stdout.readline()):
            raise PeerError("The server that answers without thinking does not start.")
        yield Server("thoughtless", "asyncio", f"http://127.0.0.1:{port}/", process.pid)


def main() -> None:
    """Tell how fast the driver is."""
    texts = always_new(["ASK { city:taipei ?p ?o }"], ["alby", "dunmere"])
    with thoughtless() as server:
        for connections in (1, 8):
            found = run(server, texts, connections, 3)
            print(
                f"{connections} connections: {found.rate:,.0f} requests/s, driver busy for "
                f"{found.driver_busy:.0%}: at most {found.rate / found.driver_busy:,.0f}/s"
            )


if __name__ == "__main__":
    if sys.argv[1:]:
        asyncio.run(_answer_thoughtlessly(int(sys.argv[1])))
    else:
        main()
