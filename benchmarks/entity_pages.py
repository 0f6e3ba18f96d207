"""How many pages about entities do we answer, made anew and made before?

The peer is Trifid over the Oxigraph server, with the release of the repository's own data: the same
pages, drawn by a seed, for both. Pages of cities are asked for, and then pages of all kinds, as
many of each as there are. Made anew: each address carries a number that never comes again, so that
every page is made by its queries. Made before: the same addresses, which our byte cache has kept
and Trifid, which has none, makes again. Over 1 and 8 kept connections, in rounds by turns; the
ratio is that of pages a second. Before that every page has been read on both for what it is called.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from benchmarks import harness, load, pages, peers, trifid
from benchmarks.harness import Finding, Goal, Options
from benchmarks.load import Load
from benchmarks.pages import Page
from benchmarks.peers import Server
from benchmarks.small_queries import finding

GOALS = {"made anew": Goal(3), "made before": Goal(50)}
SIZE_GOAL = Goal(1, is_least=False)

_ALLOWED_BYTES = 60_000
_CONNECTIONS = (1, 8)
_PAGES, _FEW = 200, 10
_LEAST_SECONDS = 3
"""In less, a busy machine may not make a single page."""

_SUFFIXES = {"ours": ".html", "trifid": ""}
_ENDINGS = {"made anew": f"?n={load.NUMBER}", "made before": ""}


@dataclass(frozen=True)
class _Measured:
    """What is asked for in one line of the table."""

    what: str
    pages: Sequence[Page]
    manner: str
    connections: int

    def load(self, server: Server, seconds: float) -> Load:
        end = _SUFFIXES[server.name] + _ENDINGS[self.manner]
        asked = load.Pages([f"{page.path}{end}" for page in self.pages])
        return load.run(server, asked, self.connections, seconds)


def measure(options: Options) -> Iterator[Finding]:
    """Yield the size of a city's page, then the rates of both for each manner of asking."""
    few = _FEW if options.smoke else _PAGES
    with harness.servers(pages.served().folder, peers.ours, trifid.trifid) as found:
        ours, _ = found
        every = pages.drawn(ours)
        cities = [page for page in every if page.is_of_city]
        chosen = {"city pages": cities[:few], "pages of all kinds": every[:few]}
        for server in found:
            for each in chosen.values():
                pages.check(server, each, _SUFFIXES[server.name])
        yield _size(ours, cities if not options.smoke else cities[:few])
        for (what, each), manner in product(chosen.items(), GOALS):
            warm = _Measured(what, each, manner, max(_CONNECTIONS))
            for server in found:
                warm.load(server, _LEAST_SECONDS)
            for connections in _CONNECTIONS:
                yield _compared(found, replace(warm, connections=connections), options)


def _size(ours: Server, cities: Sequence[Page]) -> Finding:
    sizes = pages.check(ours, cities, _SUFFIXES["ours"])
    typical = harness.median(sizes)
    return Finding(
        f"HTML of a city page, median of {len(sizes)}",
        f"{typical / 1000:.1f} kB (largest {max(sizes) / 1000:.0f} kB)",
        f"{_ALLOWED_BYTES // 1000} kB allowed",
        [typical / _ALLOWED_BYTES],
        SIZE_GOAL,
    )


def _compared(found: Sequence[Server], asked: _Measured, options: Options) -> Finding:
    seconds = max(_LEAST_SECONDS, options.seconds)
    measured = harness.by_turns(found, options.rounds, lambda server: asked.load(server, seconds))
    what = f"{asked.what} {asked.manner}, {asked.connections} connections, trifid"
    return finding(what, measured["ours"], measured["trifid"], GOALS[asked.manner])


if __name__ == "__main__":
    harness.main(__doc__, measure)
