"""How does the time of a query grow with the data?

There is no peer: each question of `queries/small` and `queries/heavy` is asked of our service over
data of three sizes, by one client, one after the other. The ratio is the time to that over the
smallest data; what looks at one city should not grow, what looks at everything grows as the data.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from benchmarks import harness, peers
from benchmarks.harness import Finding, Options
from benchmarks.heavy_joins import milliseconds

SIZES = (46_000, 1_000_000, 10_000_000)
_SMOKE_SIZES = (10_000, 20_000)
_CITY = 100
"""The city that small queries ask about: neither among those with most ties, nor with fewest."""


def measure(options: Options) -> Iterator[Finding]:
    """Yield the time of each question at each size."""
    smallest: dict[str, float] = {}
    for triples in _SMOKE_SIZES if options.smoke else SIZES:
        times = _times(replace(options, triples=triples))
        if not smallest:
            smallest = {name: harness.median(each) for name, each in times.items()}
        for name, each in times.items():
            yield Finding(
                f"{name}, {triples:,} triples",
                f"{harness.median(each):,.1f} ms",
                f"{smallest[name]:,.1f} ms over the smallest data",
                [one / smallest[name] for one in each],
            )


def _times(options: Options) -> dict[str, list[float]]:
    """Return the milliseconds of each question, round by round."""
    cities = options.cities()
    city = cities[min(_CITY, len(cities) - 1)]
    asked = {
        f"{part}: {name}": question.text.replace("city:taipei", f"city:{city}")
        for part in ("small", "heavy")
        for name, question in harness.load(part).items()
    }
    share = options.seconds / len(asked)
    ours = partial(peers.ours, query_seconds=120, result_bytes=2**30)
    with harness.servers(options.data(), ours) as (server,):
        for text in asked.values():
            server.query(text)  # until everything is warm
        return {
            name: [milliseconds(server, text, share) for _ in range(options.rounds)]
            for name, text in asked.items()
        }


if __name__ == "__main__":
    harness.main(__doc__, measure)
