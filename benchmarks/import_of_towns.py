"""What importing a table of twin towns costs, and what share of it meets what is there already.

The table is not a part of the project, and nothing is imported: it is a dry run.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from citydiplomacy import paths
from citydiplomacy.importing import towns
from citydiplomacy.importing.decisions import Outcome
from citydiplomacy.importing.towns import Imported, Request


def main() -> None:
    """Print seconds, memory, and what became of rows, places and ties."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path, help="a CSV, which may be compressed by gzip")
    table = parser.parse_args().table
    began = time.perf_counter()
    steps: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.csv"
        request = Request(table, "benchmark", is_dry=True, report=report)

        def note(step: str, _done: int, _whole: int) -> None:
            steps.setdefault(step, time.perf_counter())

        found = towns.run(paths.root(), request, note)
    _show(found, steps, began)


def _show(found: Imported, steps: dict[str, float], began: float) -> None:
    ended = time.perf_counter()
    for (step, start), end in zip(steps.items(), [*list(steps.values())[1:], ended], strict=True):
        print(f"{step:<32}{end - start:8.1f} s")
    print(f"{'all':<32}{ended - began:8.1f} s")
    print(f"{'memory at most':<32}{_memory():8.0f} MB")
    for what, counts in (("ties", found.counts.ties), ("places", found.counts.places)):
        _shares(what, counts)


def _shares(what: str, counts: Counter[Outcome]) -> None:
    for outcome, number in counts.most_common():
        share = number / counts.total()
        print(f"{f'{what} {outcome}':<32}{number:8,}   {share:6.1%}")


def _memory() -> float:
    """Return how many megabytes this process had at most."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    main()
