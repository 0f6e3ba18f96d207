"""All benchmarks, one after the other, in one table to be kept in the README.

python -m benchmarks [--smoke]
"""

import sys

from benchmarks import (
    cold_start,
    containment,
    cost_curve,
    crawl_storm,
    derived_statistics,
    entity_pages,
    harness,
    heavy_joins,
    large_pages,
    large_result,
    reconciliation_rate,
    repeated_queries,
    runaway,
    small_queries,
    typeahead,
)
from benchmarks.peers import PeerError

ALL = (
    small_queries,
    repeated_queries,
    heavy_joins,
    derived_statistics,
    large_result,
    runaway,
    cold_start,
    cost_curve,
    containment,
    typeahead,
    reconciliation_rate,
    entity_pages,
    crawl_storm,
    large_pages,
)


def main() -> None:
    """Print what every benchmark finds, and go on when one of them cannot be run."""
    options = harness.arguments(__doc__)
    failures = []
    with harness.ending_in_order():
        print(harness.circumstances(options), "", sep="\n")
        harness.print_head()
        for benchmark in ALL:
            try:
                harness.print_all(benchmark.measure(options))
            except PeerError as error:
                failures.append(f"{benchmark.__name__}: {error}")
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
