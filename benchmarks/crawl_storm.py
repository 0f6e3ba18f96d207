"""How long do pages take while a crawler asks for 200 of them a second?

It compares with nobody. All pages about entities, in an order drawn by a seed, one after the other:
first from a service that was just started and has kept nothing, then from the same service again
and again, in other orders: each of its processes then has kept more of what it was asked for. The
crawler asks on schedule, not when it has been answered; whatever piles up is in the latencies
(`crawler.py`). The ratio is the 95th percentile to a hundred milliseconds. So is what the crawler
itself came too late by, which shares the processors; it is told beside them. A crawl in which a
page was not answered is no measurement.
"""

import random
import statistics
from collections.abc import Iterator, Sequence

from benchmarks import harness, pages, peers
from benchmarks.crawler import Crawl, crawl
from benchmarks.harness import Finding, Goal, Options
from benchmarks.peers import PeerError

GOAL = Goal(1, is_least=False)
_ALLOWED_MS = 100
_RATE = 200
_FEW = 100
_CRAWLS = ("first crawl", "second crawl", "third crawl", "fourth crawl")


def measure(options: Options) -> Iterator[Finding]:
    """Yield the latencies of each crawl."""
    data = pages.served().folder
    crawled: dict[str, list[Crawl]] = {name: [] for name in _CRAWLS}
    for number in range(options.rounds):
        with harness.servers(data, peers.ours) as (ours,):
            every = [f"{page.path}.html" for page in pages.drawn(ours)]
            paths = every[:_FEW] if options.smoke else every
            for order, name in enumerate(_CRAWLS):
                # The same orders in every run; nothing here is to be secret.
                random.Random(len(_CRAWLS) * number + order).shuffle(paths)  # noqa: S311
                crawled[name].append(_checked(crawl(ours.netloc, paths, _RATE)))
    for name, each in crawled.items():
        yield _finding(name, each)


def _checked(found: Crawl) -> Crawl:
    if found.errors:
        raise PeerError(f"{len(found.errors)} pages were not answered, such as {found.errors[0]}.")
    return found


def _finding(name: str, crawls: Sequence[Crawl]) -> Finding:
    p50, p95, p99 = (
        harness.median(_percentile(each.latencies, percent) for each in crawls)
        for percent in (50, 95, 99)
    )
    late = harness.median(_percentile(each.late, 99) for each in crawls)
    asked = len(crawls[0].late)
    return Finding(
        f"crawl of {asked:,} pages at {_RATE}/s, {name}: p95",
        f"{p95:.1f} ms (p50 {p50:.1f} ms, p99 {p99:.1f} ms; crawler late by p99 {late:.1f} ms)",
        f"{_ALLOWED_MS} ms allowed",
        [_percentile(each.latencies, 95) / _ALLOWED_MS for each in crawls],
        GOAL,
    )


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    harness.main(__doc__, measure)
