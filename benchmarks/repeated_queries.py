"""How many small queries a second do we answer when the same texts come again and again?

Peer: the Oxigraph server in memory, which evaluates each of them. A hundred texts by GET, in turn,
over 1 and 8 kept connections: what a page, a dashboard or a class of students sends. The ratio is
that of requests a second.
"""

from collections.abc import Iterator

from benchmarks import harness, load, peers
from benchmarks.harness import Finding, Goal, Options
from benchmarks.load import Load, Texts
from benchmarks.peers import Server
from benchmarks.small_queries import finding

GOAL = Goal(5)
_CONNECTIONS = (1, 8)
_TEXTS = 100


def measure(options: Options) -> Iterator[Finding]:
    """Yield the rates of both, for each number of connections."""
    questions = harness.load("small")
    cities = options.cities()[: _TEXTS // len(questions)]
    asked = {
        f"{name} of {city}": question.text.replace("city:taipei", f"city:{city}")
        for city in cities
        for name, question in questions.items()
    }
    texts = Texts(list(asked.values()))
    with harness.servers(options.data(), peers.ours, peers.oxigraph) as found:
        harness.check_agreement(found, asked)
        for connections in _CONNECTIONS:

            def of(server: Server, connections: int = connections) -> Load:
                return load.run(server, texts, connections, options.seconds)

            measured = harness.by_turns(found, options.rounds, of)
            what = f"repeated queries, {connections} connections, oxigraph"
            yield finding(what, measured["ours"], measured["oxigraph"], GOAL)


if __name__ == "__main__":
    harness.main(__doc__, measure)
