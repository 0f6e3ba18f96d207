"""What it costs to evaluate each query in a process of its own.

The peer is pyoxigraph in this process: the same store, the same queries, no protection. Rounds are
interleaved; the medians are over five rounds.
"""

import statistics
import time
from collections.abc import Callable

import pyoxigraph as ox

from citydiplomacy import queries, release, supervisor
from citydiplomacy.engine import Query, store
from citydiplomacy.formats import JSON_ROWS
from citydiplomacy.settings import Settings

ROUNDS = 5
REPEATS = 40


def milliseconds(run: Callable[[str], object], text: str) -> float:
    """Return the mean time of one call."""
    start = time.perf_counter()
    for _ in range(REPEATS):
        run(text)
    return (time.perf_counter() - start) / REPEATS * 1000


def main() -> None:
    """Print for each public question both times and their ratio."""
    settings = Settings()
    served = release.current(settings.release_dir) or release.build(settings)
    bare = store.load(served.folder, settings.union_default_graph)

    def unprotected(text: str) -> object:
        answer = bare.query(text)
        assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - the questions are SELECTs
        return answer.serialize(format=ox.QueryResultsFormat.JSON)

    with supervisor.running_engine(settings, served.folder) as engine:

        def contained(text: str) -> object:
            return engine.run(Query(text), JSON_ROWS.media_type).read()

        print(f"{len(bare)} quads; milliseconds a query")
        print(f"{'question':32} {'contained':>10} {'bare':>8} {'ratio':>7}")
        for name, question in queries.load("questions").items():
            pairs = [
                (milliseconds(contained, question.text), milliseconds(unprotected, question.text))
                for _ in range(ROUNDS)
            ]
            ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
            print(f"{name:32} {ours:10.2f} {theirs:8.2f} {ours / theirs:7.1f}")


if __name__ == "__main__":
    main()
