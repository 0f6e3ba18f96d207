"""Are questions about the whole dataset as fast as on an engine that is made for such questions?

Peer: Virtuoso, which is asked the plain questions in `queries/statistics`: cities by number of
ties, ties by pairs of countries, ties by years. Ours is asked the query of the same name in
`queries/derived-statistics`, which reads what the release has counted, where there is one, and
the plain question where there is none; either way the answers have to be the same. The ratio is
that of queries a second.
"""

from collections.abc import Iterator
from functools import partial

from benchmarks import harness, peers
from benchmarks.harness import Finding, Goal, Options
from benchmarks.heavy_joins import finding, milliseconds
from benchmarks.peers import Server

GOAL = Goal(1)
_ours = partial(peers.ours, query_seconds=120)


def measure(options: Options) -> Iterator[Finding]:
    """Yield for each question the times of both."""
    plain = {name: question.text for name, question in harness.load("statistics").items()}
    derived = {name: each.text for name, each in harness.load("derived-statistics").items()}
    with harness.servers(options.data(), _ours, peers.virtuoso) as found:
        ours, virtuoso = found
        for name, text in plain.items():
            asked = {ours.name: derived.get(name, text), virtuoso.name: text}
            answers = {each.name: harness.answer(each, asked[each.name]) for each in found}
            harness.compare(name, answers)

            def of(server: Server, asked: dict[str, str] = asked) -> float:
                return milliseconds(server, asked[server.name], options.seconds / len(plain))

            measured = harness.by_turns(found, options.rounds, of)
            how = "derived" if name in derived else "plain"
            what = f"statistics: {name} ({how})"
            yield finding(what, measured["ours"], measured["virtuoso"], GOAL, "virtuoso")


if __name__ == "__main__":
    harness.main(__doc__, measure)
