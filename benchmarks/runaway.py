"""Is a query that would run for hours ended on time, and do others notice it meanwhile?

The peer is our own service at rest: no server measured ends such a query. A count over a cross
product runs under a limit of some seconds while another client sends small queries over four
connections. The ratios are how late the answer (504) is to the 0.2 s allowed, and the p99 of the
small queries to that at rest. First one client misbehaves, then as many as there are cores.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import perf_counter, sleep

from benchmarks import harness, load, peers, processes
from benchmarks.harness import Finding, Goal, Options
from benchmarks.load import Texts
from benchmarks.peers import PeerError, Server

LATENESS, LATENCY = Goal(1, is_least=False), Goal(3, is_least=False)
_LATE_SECONDS = 0.2
_CONNECTIONS = 4
_START_SECONDS = 0.5
_TIMED_OUT = 504
_RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_NUMBERS = count()


@dataclass(frozen=True)
class _Round:
    seconds: float
    idle: float
    meanwhile: float


def measure(options: Options) -> Iterator[Finding]:
    """Yield how late the answer comes and how slow others are, for one runaway and for several."""
    limit = 3 if options.smoke else 5
    texts = load.always_new(
        [question.text for question in harness.load("small").values()], options.cities()
    )
    # At a million triples it would come near its memory in this time, too.
    ours = partial(peers.ours, query_seconds=limit, query_memory=2**32)
    with harness.servers(options.data(), ours) as (server,):
        load.run(server, texts, _CONNECTIONS, 1)  # until everything is warm
        for runaways in sorted({1, max(2, os.cpu_count() or 1)}):
            rounds = [_round(server, texts, runaways, limit) for _ in range(options.rounds)]
            late = [max(0, each.seconds - limit) for each in rounds]
            yield Finding(
                f"{runaways} runaway: answer after the limit of {limit} s",
                f"{harness.median(late):.2f} s late",
                f"{_LATE_SECONDS} s allowed",
                [each / _LATE_SECONDS for each in late],
                LATENESS,
            )
            yield Finding(
                f"{runaways} runaway: p99 of others, at rest",
                f"{harness.median(each.meanwhile for each in rounds):.1f} ms",
                f"{harness.median(each.idle for each in rounds):.1f} ms",
                [each.meanwhile / each.idle for each in rounds],
                LATENCY,
            )


def _round(server: Server, texts: Texts, runaways: int, limit: int) -> _Round:
    seconds = limit - 2 * _START_SECONDS
    processes.wait_until_idle([server.pid])
    idle = load.run(server, texts, _CONNECTIONS, seconds).p99
    with ThreadPoolExecutor(runaways) as clients:
        answers = [clients.submit(_run_away, server) for _ in range(runaways)]
        sleep(_START_SECONDS)
        meanwhile = load.run(server, texts, _CONNECTIONS, seconds).p99
        slowest = max(answer.result() for answer in answers)
    return _Round(slowest, idle, meanwhile)


def _run_away(server: Server) -> float:
    """Return after how many seconds the runaway is answered."""
    start = perf_counter()
    status = server.status(f"{_RUNAWAY}\n# request {next(_NUMBERS)}")
    if status != _TIMED_OUT:
        raise PeerError(f"A runaway was answered with {status}, not with {_TIMED_OUT}.")
    return perf_counter() - start


if __name__ == "__main__":
    harness.main(__doc__, measure)
