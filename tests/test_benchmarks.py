"""Benchmarks: their data is what our rules make of it, they all run, and leave nothing running."""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pyoxigraph as ox
import pytest

from benchmarks import __main__ as all_of_them
from benchmarks import crawler, harness, peers
from citydiplomacy import derivation, paths
from citydiplomacy.namespaces import CD, DERIVED
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings, to_environment

ROOT = paths.root()
SIZE = 30_000
BENCHMARKS = [benchmark.__name__ for benchmark in all_of_them.ALL]
README = (ROOT / "benchmarks" / "README.md").read_text("utf-8")

needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("wrk", "virtuoso-t", "isql-vt", "npm"))),
    reason="apt-get install wrk virtuoso-opensource-7-bin npm",
)


def made(folder: Path, hash_seed: str) -> Path:
    """Return the synthetic data that a process of its own makes in a folder."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.synthetic", str(SIZE), "--folder", str(folder)],
        check=True,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        text=True,
    )
    return Path(told.stdout.strip())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("synthetic"), "1")


@pytest.fixture(scope="module")
def graphs(data: Path) -> dict[str, list[ox.Triple]]:
    """The triples of the synthetic data, by the graph in which they stand."""
    found = defaultdict(list)
    for quad in ox.parse(path=str(data / paths.DUMP), format=ox.RdfFormat.N_QUADS):
        assert isinstance(quad, ox.Quad)
        assert isinstance(quad.graph_name, ox.NamedNode)
        found[quad.graph_name.value].append(quad.triple)
    return found


def test_the_derived_graph_of_synthetic_data_is_what_the_rules_derive(
    graphs: dict[str, list[ox.Triple]],
) -> None:
    stated = [triple for name, each in graphs.items() if name != DERIVED for triple in each]
    assert set(graphs[DERIVED]) == derivation.derive(ROOT, stated)


def test_synthetic_data_says_nothing_twice_and_has_about_the_size_asked_for(
    graphs: dict[str, list[ox.Triple]],
) -> None:
    every = [triple for each in graphs.values() for triple in each]
    assert len(set(every)) == len(every)
    assert len(every) == pytest.approx(SIZE, rel=0.1)


def test_few_synthetic_cities_have_many_ties(graphs: dict[str, list[ox.Triple]]) -> None:
    tie = ox.NamedNode(f"{CD}hasCityPartnership")
    ties = Counter(triple.subject for triple in graphs[DERIVED] if triple.predicate == tie)
    assert max(ties.values()) > 4 * statistics.median(ties.values())


def test_synthetic_data_is_the_same_whoever_makes_it(data: Path, tmp_path: Path) -> None:
    again = made(tmp_path, "2")
    assert (again / paths.DUMP).read_bytes() == (data / paths.DUMP).read_bytes()


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_the_readme_names_every_benchmark(benchmark: str) -> None:
    assert f"`{benchmark.partition('.')[2]}.py`" in README


@pytest.fixture
def mark() -> Iterator[str]:
    """A word in the environment by which everything that a benchmark starts is known."""
    word = f"BENCHMARK_TEST={uuid.uuid4().hex}"
    yield word
    assert not marked(word)


def marked(word: str) -> list[int]:
    """Return the processes that have the word in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if word.encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
    return found


def environment(word: str, settings: Settings) -> dict[str, str]:
    return os.environ | to_environment(settings) | dict([word.split("=")])


@needs_tools
@pytest.mark.drill
@pytest.mark.timeout(400)
@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_a_benchmark_runs_and_prints_its_ratios(
    benchmark: str, mark: str, settings: Settings, release: Release, data: Path
) -> None:
    assert release.folder.is_dir()  # `containment` asks the questions of the real data
    told = subprocess.run(
        [sys.executable, "-m", benchmark, "--smoke", "--folder", str(data.parent)],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env=environment(mark, settings),
        text=True,
        timeout=360,
    )
    assert told.returncode == 0, told.stderr
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in told.stdout.splitlines()
        if line.startswith("|")
    ]
    assert rows
    assert all(float(row[head.index("ratio")]) >= 0 for row in rows)


@needs_tools
@pytest.mark.drill
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_benchmark_that_is_interrupted_stops_what_it_started(
    ending: signal.Signals, mark: str, settings: Settings, data: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.small_queries", "--smoke", "--folder", data.parent],
        cwd=ROOT,
        env=environment(mark, settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        while not process.stderr.readline().startswith("virtuoso:"):
            assert process.poll() is None
        assert len(marked(mark)) > 3
        process.send_signal(ending)
        assert process.wait(60) == 130


class OneAtATime(BaseHTTPRequestHandler):
    """Answers one request after the other, each in so many seconds."""

    protocol_version = "HTTP/1.1"
    SECONDS = 0.02
    busy = Lock()

    def do_GET(self) -> None:
        """Answer when it is its turn."""
        with self.busy:
            time.sleep(self.SECONDS)
        status = 404 if self.path == "/missing" else 200
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.mark.drill
def test_a_crawl_counts_what_piles_up_and_what_fails() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), OneAtATime) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found = crawler.crawl(f"127.0.0.1:{server.server_port}", [*["/"] * 49, "/missing"], 1000)
        server.shutdown()
    assert len(found.latencies) == len(found.late) == 50
    # Asked within 50 ms, answered within a second: the last have waited for all the others.
    assert max(found.latencies) > 40 * OneAtATime.SECONDS * 1000
    assert found.errors == ["/missing: 404"]


@pytest.mark.drill
def test_servers_that_disagree_are_not_compared(data: Path, tmp_path: Path) -> None:
    other = shutil.copytree(data, tmp_path / "other")
    lines = (data / paths.DUMP).read_text("utf-8").splitlines(keepends=True)
    (other / paths.DUMP).write_text("".join(lines[:-1]), "utf-8")
    question = {"everything": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}
    with peers.oxigraph(data) as one, peers.oxigraph(other) as another:
        harness.check_agreement([one, one], question)
        with pytest.raises(harness.DisagreementError, match=r"everything: .* differ"):
            harness.compare(
                "everything",
                {
                    "one": harness.answer(one, question["everything"]),
                    "another": harness.answer(another, question["everything"]),
                },
            )
