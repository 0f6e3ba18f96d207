"""How many small queries a second do we answer when every request is a different text?

Peers: the Oxigraph server in memory, and Virtuoso. Each request asks one of the questions in
`queries/small` about a city drawn at random and carries a number that never comes again, so that
neither our byte cache nor a peer's cache of plans has seen it. Over 1 and 8 kept connections, in
rounds by turns; the ratio is that of requests a second.
"""

from collections.abc import Iterator

from benchmarks import harness, load, peers
from benchmarks.harness import Finding, Goal, Options
from benchmarks.load import Load
from benchmarks.peers import Server

GOALS = {"oxigraph": Goal(0.5), "virtuoso": Goal(4)}
"""Against oxigraph 0.7 would be better still."""

_CONNECTIONS = (1, 8)
_CITIES_COMPARED = 5


def measure(options: Options) -> Iterator[Finding]:
    """Yield the rates of both, for each peer and number of connections."""
    questions = harness.load("small")
    cities = options.cities()
    texts = load.always_new([question.text for question in questions.values()], cities)
    starters = peers.ours, peers.oxigraph, peers.virtuoso
    with harness.servers(options.data(), *starters) as found:
        some = cities[:: max(1, len(cities) // _CITIES_COMPARED)]
        for city in some:
            asked = {
                f"{name} of {city}": question.text.replace("city:taipei", f"city:{city}")
                for name, question in questions.items()
            }
            harness.check_agreement(found, asked)
        for server in found:
            load.run(server, texts, max(_CONNECTIONS), 1)  # until everything is warm
        for connections in _CONNECTIONS:

            def of(server: Server, connections: int = connections) -> Load:
                return load.run(server, texts, connections, options.seconds)

            measured = harness.by_turns(found, options.rounds, of)
            for peer, goal in GOALS.items():
                what = f"small queries, {connections} connections, {peer}"
                yield finding(what, measured["ours"], measured[peer], goal)


def finding(what: str, ours: list[Load], theirs: list[Load], goal: Goal) -> Finding:
    """Return what two servers did, and the ratios of their rates."""
    rates = harness.ratios((each.rate for each in ours), (each.rate for each in theirs))
    return Finding(what, _shown(ours), _shown(theirs), rates, goal)


def _shown(loads: list[Load]) -> str:
    rate, p50, p99 = (
        harness.median(getattr(each, name) for each in loads) for name in ("rate", "p50", "p99")
    )
    return f"{rate:,.0f}/s (p50 {p50:.1f} ms, p99 {p99:.1f} ms)"


if __name__ == "__main__":
    harness.main(__doc__, measure)
