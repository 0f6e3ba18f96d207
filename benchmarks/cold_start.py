"""How long after it was started does the service answer its first query?

From starting the supervisor over a release that is there (what `citydiplomacy serve` does once it
knows that its release is fresh) to the first 200 from `/sparql`. The ratio is that time to ten
seconds. Files are in the page cache, as they are when a service is started again.
"""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep

from benchmarks import harness, peers, processes
from benchmarks.harness import Finding, Goal, Options
from benchmarks.peers import PeerError, Server

GOAL = Goal(1, is_least=False)
_ALLOWED_SECONDS = 10
_OK = 200


def measure(options: Options) -> Iterator[Finding]:
    """Yield the time until the first answer."""
    data = options.data()
    _start(data)  # until everything is in the page cache
    seconds = [_start(data) for _ in range(options.rounds)]
    yield Finding(
        "cold start",
        f"{harness.median(seconds):.1f} s",
        f"{_ALLOWED_SECONDS} s allowed",
        [each / _ALLOWED_SECONDS for each in seconds],
        GOAL,
    )


def _start(data: Path) -> float:
    port = processes.free_port()
    start = perf_counter()
    with peers.starting(data, port=port) as (process, _log):
        server = Server("ours", "", f"http://127.0.0.1:{port}/sparql", process.pid)
        while not _answers(server):
            if process.poll() is not None or perf_counter() - start > peers.START_SECONDS:
                raise PeerError("Our service does not start.")
            sleep(0.02)
        return perf_counter() - start


def _answers(server: Server) -> bool:
    try:
        return server.status("ASK { ?s ?p ?o }") == _OK
    except OSError:
        return False


if __name__ == "__main__":
    harness.main(__doc__, measure)
