"""What does it cost to evaluate each query in a process of its own?

The peer is pyoxigraph in this process: the same store, the same queries, no protection and no
HTTP. The public questions over the release of the repository's own data, in rounds by turns. The
ratio is that of the times.
"""

import time
from collections.abc import Callable, Iterator

import pyoxigraph as ox

from benchmarks import harness
from benchmarks.harness import Finding, Options
from citydiplomacy import queries, release, settings, supervisor
from citydiplomacy.engine import Query, store
from citydiplomacy.formats import JSON_ROWS

_REPEATS = 40
_SMOKE_QUESTIONS, _SMOKE_REPEATS = 5, 5


def measure(options: Options) -> Iterator[Finding]:
    """Yield for each public question both times."""
    chosen = settings.from_environment()
    served = release.current(chosen.release_dir) or release.build(chosen)
    bare = store.load(served.folder, chosen.union_default_graph)
    questions = list(queries.load("questions").items())

    def unprotected(text: str) -> object:
        answer = bare.query(text)
        assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - the questions are SELECTs
        return answer.serialize(format=ox.QueryResultsFormat.JSON)

    with supervisor.running_engine(chosen, served.folder) as engine:

        def contained(text: str) -> object:
            return engine.run(Query(text), JSON_ROWS.media_type).read()

        repeats = _SMOKE_REPEATS if options.smoke else _REPEATS
        for name, question in questions[:_SMOKE_QUESTIONS] if options.smoke else questions:
            pairs = [
                (
                    _mean(contained, question.text, repeats),
                    _mean(unprotected, question.text, repeats),
                )
                for _ in range(options.rounds)
            ]
            ours, theirs = zip(*pairs, strict=True)
            yield Finding(
                f"containment: {name}",
                f"{harness.median(ours):.2f} ms",
                f"{harness.median(theirs):.2f} ms",
                harness.ratios(ours, theirs),
            )


def _mean(run: Callable[[str], object], text: str, repeats: int) -> float:
    """Return the mean milliseconds of one call."""
    start = time.perf_counter()
    for _ in range(repeats):
        run(text)
    return (time.perf_counter() - start) / repeats * 1000


if __name__ == "__main__":
    harness.main(__doc__, measure)
