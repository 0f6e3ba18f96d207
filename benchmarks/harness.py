"""What all benchmarks share: options, rounds, the check that answers agree, and the table."""

import argparse
import json
import os
import platform
import signal
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TypeVar

from benchmarks import peers, processes, synthetic
from benchmarks.peers import PeerError, Server, Starter
from citydiplomacy import queries
from citydiplomacy.queries import NamedQuery

ROUNDS = 5
Measured = TypeVar("Measured")
_BENCHMARKS = Path(__file__).parent
_INTERRUPTED = 130


class DisagreementError(PeerError):
    """Two servers give different answers: there is nothing to compare."""


@dataclass(frozen=True)
class Options:
    """How much is measured. A smoke run shows that everything works, and measures nothing."""

    smoke: bool = False
    triples: int = 1_000_000
    rounds: int = ROUNDS
    seconds: float = 8.0
    folder: Path = field(default_factory=synthetic.cache_folder)

    def data(self) -> Path:
        """Return the release folder with the synthetic data."""
        return synthetic.release(self.triples, self.folder)

    def cities(self) -> list[str]:
        """Return the names of the cities in the data, as they end their IRIs."""
        return synthetic.cities(self.triples)


@dataclass(frozen=True)
class Goal:
    """What a ratio shall be: at least, or at most, so much."""

    bound: float
    is_least: bool = True

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {self.bound:g}"

    def is_met(self, value: float) -> bool:
        """Tell whether a value is as good as it shall be."""
        return value >= self.bound if self.is_least else value <= self.bound


@dataclass(frozen=True)
class Finding:
    """One line of the result: what was measured of us and of the peer, and the ratios by round."""

    what: str
    ours: str
    peer: str
    ratios: Sequence[float]
    goal: Goal | None = None

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return median(self.ratios)

    def cells(self) -> list[str]:
        """Return the line as the cells of a table."""
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
        goal = f"{self.goal}" if self.goal else ""
        verdict = ("met" if self.goal.is_met(self.ratio) else "missed") if self.goal else ""
        return [self.what, self.ours, self.peer, f"{self.ratio:.2f}", spread, goal, verdict]


_HEAD = ["what", "ours", "peer", "ratio", "rounds", "goal", "verdict"]


def main(doc: str | None, measure: Callable[[Options], Iterable[Finding]]) -> None:
    """Run one benchmark by the options of the command line and print its table."""
    options = arguments(doc)
    with ending_in_order():
        print(circumstances(options), "", sep="\n")
        print_head()
        print_all(measure(options))


def print_head() -> None:
    """Begin the table."""
    print(_row(_HEAD), _row(["---"] * len(_HEAD)), sep="\n", flush=True)


def print_all(findings: Iterable[Finding]) -> None:
    """Print each finding as soon as it is there."""
    for finding in findings:
        print(_row(finding.cells()), flush=True)


def arguments(doc: str | None) -> Options:
    """Return the options that the command line gives."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--smoke", action="store_true", help="show quickly that it works")
    parser.add_argument("--triples", type=int, help="size of the data (1000000)")
    parser.add_argument("--rounds", type=int, help=f"rounds of which the median counts ({ROUNDS})")
    parser.add_argument("--seconds", type=float, help="length of one measurement (8)")
    parser.add_argument("--folder", type=Path, help="where the data is kept (user's cache)")
    given = {key: value for key, value in vars(parser.parse_args()).items() if value is not None}
    quick = {"triples": 20_000, "rounds": 1, "seconds": 1.0} if given["smoke"] else {}
    return Options(**{**quick, **given})


@contextmanager
def ending_in_order() -> Iterator[None]:
    """End with a message instead of a trace, and let signals stop what was started, too."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # What a shell starts in the background ignores SIGINT, unless told otherwise.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, end)
    try:
        yield
    except PeerError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def circumstances(options: Options) -> str:
    """Return when, on what and with which versions this is measured."""
    now = datetime.now(UTC).strftime("%Y-%m-%d")
    load = os.getloadavg()[0]
    size = f"{options.triples:,} triples, {options.rounds} rounds of {options.seconds:g} s"
    machine = f"{os.cpu_count()} cores ({_processor()}), load {load:.1f}"
    smoke = "; a smoke run, which measures nothing" if options.smoke else ""
    versions = f"Python {platform.python_version()}, {peers.versions()}"
    return f"{now}; {machine}; {versions}; {size}{smoke}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def load(part: str) -> dict[str, NamedQuery]:
    """Return the queries of a benchmark, by name."""
    return queries.load(part, _BENCHMARKS)


@contextmanager
def servers(data: Path, *starters: Starter) -> Iterator[list[Server]]:
    """Yield the servers, each of which holds the data; standard error says which one is there."""
    with ExitStack() as running:
        found = []
        for start in starters:
            server = running.enter_context(start(data))
            print(f"{server.name}: {server.version}", file=sys.stderr)
            found.append(server)
        yield found


def check_agreement(found: Sequence[Server], texts: Mapping[str, str]) -> None:
    """See to it that all servers give the same answers.

    Where a query ends in LIMIT and asks for no order, any rows are right, and only how many there
    are is compared.

    Raises:
        DisagreementError: they do not.
    """
    for name, text in texts.items():
        compare(name, {server.name: answer(server, text) for server in found})


Row = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """The rows of an answer, sorted; and whether the query decides which rows these are."""

    rows: Sequence[Row]
    is_decided: bool


def answer(server: Server, text: str) -> Answer:
    """Return the rows that a server gives."""
    bindings = json.loads(server.query(text))["results"]["bindings"]
    rows = sorted(
        tuple(sorted((variable, term["value"]) for variable, term in binding.items()))
        for binding in bindings
    )
    return Answer(rows, "LIMIT" not in text or "ORDER BY" in text)


def compare(name: str, answers: Mapping[str, Answer]) -> None:
    """See to it that answers to the same question are the same.

    Raises:
        DisagreementError: they are not.
    """
    (first, one), *others = answers.items()
    for other, another in others:
        if len(one.rows) != len(another.rows):
            counts = f"{first} gives {len(one.rows)} rows, {other} {len(another.rows)}"
            raise DisagreementError(f"{name}: {counts}.")
        if one.is_decided and another.is_decided and one.rows != another.rows:
            pairs = zip(one.rows, another.rows, strict=True)
            unlike = next(pair for pair in pairs if pair[0] != pair[1])
            raise DisagreementError(f"{name}: {first} and {other} differ: {unlike}.")


def by_turns(
    found: Sequence[Server], rounds: int, measure: Callable[[Server], Measured]
) -> dict[str, list[Measured]]:
    """Return what is measured of each server, round by round; whoever was first is last next."""
    measured: dict[str, list[Measured]] = {server.name: [] for server in found}
    pids = [server.pid for server in found]
    for number in range(rounds):
        for server in found if number % 2 == 0 else reversed(found):
            processes.wait_until_idle(pids)
            measured[server.name].append(measure(server))
    return measured


def ratios(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    """Return the ratio of each round."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)
