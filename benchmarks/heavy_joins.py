"""Are our heavy queries as fast as those of a native engine without our protection?

Peer: the Oxigraph server in memory: the same engine, so that a difference is what our processes,
limits and Python cost. The questions in `queries/heavy` (two hops, pairs of countries, CONTAINS,
ten thousand rows), each sent by one client, one after the other, every time as a new text. The
ratio is that of queries a second.
"""

from collections.abc import Iterator
from functools import partial
from itertools import count
from time import perf_counter

from benchmarks import harness, peers
from benchmarks.harness import Finding, Goal, Options
from benchmarks.peers import Server

GOAL = Goal(0.9)
_LEAST_TIMES = 3
_NUMBERS = count()
_ours = partial(peers.ours, query_seconds=120)


def measure(options: Options) -> Iterator[Finding]:
    """Yield for each question the times of both."""
    questions = harness.load("heavy")
    with harness.servers(options.data(), _ours, peers.oxigraph) as found:
        harness.check_agreement(found, {name: each.text for name, each in questions.items()})
        for name, question in questions.items():

            def of(server: Server, text: str = question.text) -> float:
                return milliseconds(server, text, options.seconds / len(questions))

            measured = harness.by_turns(found, options.rounds, of)
            yield finding(f"heavy: {name}", measured["ours"], measured["oxigraph"], GOAL)


def finding(
    what: str, ours: list[float], theirs: list[float], goal: Goal, peer: str = "oxigraph"
) -> Finding:
    """Return the milliseconds of two servers, and how many times the peer's we answer a second."""
    return Finding(
        f"{what}, {peer}",
        f"{harness.median(ours):,.1f} ms",
        f"{harness.median(theirs):,.1f} ms",
        harness.ratios(theirs, ours),
        goal,
    )


def milliseconds(server: Server, text: str, seconds: float) -> float:
    """Return the median time of a query that is sent as a new text for so long."""
    times: list[float] = []
    give_up = perf_counter() + seconds
    while len(times) < _LEAST_TIMES or perf_counter() < give_up:
        start = perf_counter()
        server.query(f"{text}\n# request {next(_NUMBERS)}")
        times.append((perf_counter() - start) * 1000)
    return harness.median(times)


if __name__ == "__main__":
    harness.main(__doc__, measure)
