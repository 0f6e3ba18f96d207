"""How do the pages hold up that show much of the data, when there is twenty times as much?

There is no peer: the same pages are asked for over the small and over the large data, from a
service that keeps no answer: first by who comes first, then again and again. The ratio is the time
of the latter over the large data to a second. A page that is not answered is no measurement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

from benchmarks import harness, peers
from benchmarks.harness import Finding, Goal, Options
from benchmarks.peers import Server
from citydiplomacy.namespaces import CD, entity_name

GOAL = Goal(1, is_least=False)
SMALL = 46_000
_SMOKE_SIZES = (10_000, 20_000)
_EVERYWHERE = (
    *("/", "/city/", "/agreement/", "/country/", "/evidence/", "/gaps", "/discrepancies"),
    *("/compare", "/explore/map", "/explore/timeline", "/explore/network", "/sitemap.xml"),
)
_LONGEST = {"city": "hasParty", "country": "inCountry", "source": "inSource"}
"""The kinds of which the longest page is asked for, and the property that makes it long."""


@dataclass(frozen=True)
class _Asked:
    """What asking for a page took: milliseconds at first and from then on, and its bytes."""

    first: float
    again: Sequence[float]
    size: int

    def __str__(self) -> str:
        return (
            f"{harness.median(self.again):,.0f} ms, {self.size / 1000:,.0f} kB "
            f"(first {self.first:,.0f} ms)"
        )


def measure(options: Options) -> Iterator[Finding]:
    """Yield what each page takes over the large data, beside what it takes over the small."""
    sizes = _SMOKE_SIZES if options.smoke else (SMALL, options.triples)
    few, much = (_asked(replace(options, triples=size)) for size in sizes)
    for name, asked in much.items():
        yield Finding(
            f"page made anew: {name}",
            f"{asked}",
            f"{few[name]} over {sizes[0]:,} triples",
            [each / 1000 for each in asked.again],
            GOAL,
        )


def _asked(options: Options) -> Mapping[str, _Asked]:
    alone = partial(peers.ours, cache_bytes=0, web_processes=1)
    with harness.servers(options.data(), alone) as (ours,):
        pages = {path: path for path in _EVERYWHERE}
        pages |= {f"the longest of a {kind}": _longest(ours, kind) for kind in _LONGEST}
        return {name: _times(ours, path, options.rounds) for name, path in pages.items()}


def _longest(ours: Server, kind: str) -> str:
    text = harness.load("pages")["largest"].about(property=f"{CD}{_LONGEST[kind]}")
    ((_, iri),) = harness.answer(ours, text).rows[0]
    name = entity_name(iri)
    if name is None:
        raise peers.PeerError(f"{iri} has no page.")
    return f"{name.path}.html"


def _times(ours: Server, path: str, rounds: int) -> _Asked:
    times = []
    for _ in range(rounds + 1):
        start = perf_counter()
        body = ours.page(path)
        times.append(1000 * (perf_counter() - start))
    first, *again = times
    return _Asked(first, again, len(body.encode()))


if __name__ == "__main__":
    harness.main(__doc__, measure)
