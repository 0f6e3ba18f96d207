"""Every engine answers the same questions in the same way, but for what is declared here."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pyoxigraph
import pytest

from benchmarks import peers
from benchmarks.peers import Server
from citydiplomacy import supervisor
from citydiplomacy.engine import Engine, Query
from citydiplomacy.engine.credentials import Credentials
from citydiplomacy.engine.remote import RemoteEngine
from citydiplomacy.errors import EngineUnavailableError, ResultTooLargeError
from citydiplomacy.formats import GRAPH_FORMATS, JSON_ROWS, ROW_FORMATS, TURTLE, Format
from citydiplomacy.paths import DUMP
from citydiplomacy.settings import Settings
from common import rows_in
from engine_cases import CASES, PREFIX, QUADS, Case, numbers, told

SECONDS = 30  # for machines that do something else as well

# What an engine does instead. One that disappears fails its test: take it out then.
_OXIGRAPH = {
    # Graphs are put side by side, not merged: a triple counts once for each that it stands in.
    "from-two": ["x=ex:oulu", "x=ex:yokohama", "x=ex:yokohama"],
    "two-default-graphs": ["x=ex:oulu", "x=ex:yokohama", "x=ex:yokohama"],
    # A path of no steps leads nowhere from a node that is not in the graph.
    "none-or-more-of-nowhere": [],
}
DEVIATIONS: dict[str, dict[str, list[str]]] = {
    "local": _OXIGRAPH,
    "oxigraph": _OXIGRAPH | {"unknown-function": ["EngineUnavailableError"]},  # status 500
    "virtuoso": {
        # The default graph is the union of all, side by side; so it is of those in FROM.
        "union": [
            "x=ex:odesa y=ex:oulu",
            "x=ex:odesa y=ex:yokohama",
            "x=ex:oulu y=ex:odesa",
            "x=ex:yokohama y=ex:odesa",
            "x=ex:yokohama y=ex:odesa",
        ],
        "count-of-the-union": ['n="5"^^xsd:integer'],
        "from-two": ["x=ex:oulu", "x=ex:yokohama", "x=ex:yokohama"],
        "two-default-graphs": ["x=ex:oulu", "x=ex:yokohama", "x=ex:yokohama"],
        "negated-set": ["x=ex:odesa", "x=ex:odesa"],
        "not-exists": ["x=ex:yokohama", "x=ex:yokohama"],
        # The graphs of the request are added to those of the query, and hide no named graph.
        "the-request-beats-from": ["x=ex:oulu", "x=ex:yokohama", "x=ex:yokohama"],
        "default-graph-uri-leaves-no-named": ["yes"],
        # Paths count the ways, and do not come back to where they began.
        "one-or-more": ["x=ex:odesa", "x=ex:odesa", "x=ex:oulu", "x=ex:oulu"],
        "none-or-more": ["x=ex:odesa", "x=ex:odesa", "x=ex:oulu", "x=ex:oulu", "x=ex:yokohama"],
        "minus-shares-nothing": [],
        "integer-division": ['n="3"^^xsd:integer'],
        "division-by-zero": ["EngineUnavailableError"],  # status 500
        "unknown-function": ["EngineUnavailableError"],  # status 500
        "twice-the-same-name": ["QueryError"],
        "sum-of-nothing": [""],
        "boolean": ['x="1"^^xsd:boolean'],
        "upper-case-of-unicode": ['x="ЙŒß"'],
    },
}
ENGINES = ["local", "oxigraph", pytest.param("virtuoso", marks=pytest.mark.drill)]


@contextmanager
def remote(store: AbstractContextManager[Server]) -> Iterator[Engine]:
    with store as server:
        settings = Settings(store=server.endpoint, query_seconds=SECONDS, result_bytes=8_000_000)
        yield RemoteEngine(settings, Credentials())


def started(name: str, folder: Path) -> AbstractContextManager[Engine]:
    data = world(folder)
    if name == "oxigraph":
        return remote(peers.oxigraph(data))
    if name == "virtuoso":
        return remote(virtuoso(data))
    settings = Settings(query_seconds=SECONDS, result_bytes=8_000_000)
    return supervisor.running_engine(settings, data)


def world(folder: Path) -> Path:
    """Return the folder, which holds now what the cases are about, as a release does."""
    (folder / DUMP).write_text(QUADS, "utf-8")
    return folder


def virtuoso(data: Path, **limits: int) -> AbstractContextManager[Server]:
    if not shutil.which("virtuoso-t"):
        pytest.skip("Virtuoso is not installed (Debian: virtuoso-opensource-7-bin)")
    return peers.virtuoso(data, **limits)


@pytest.fixture(scope="module", params=ENGINES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def engine(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with started(name, tmp_path_factory.mktemp(name)) as engine:
        yield engine


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_engine_answers_as_sparql_says_or_as_declared(
    name: str, engine: Engine, case: Case
) -> None:
    assert told(engine, case) == DEVIATIONS[name].get(case.name, case.answer)


@pytest.mark.parametrize("name_", DEVIATIONS)
def test_what_is_declared_is_a_deviation_from_a_case(name_: str) -> None:
    answers = {case.name: case.answer for case in CASES}
    declared = DEVIATIONS[name_]
    assert [case for case in declared if declared[case] == answers[case]] == []


def test_no_two_cases_have_one_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("format_", ROW_FORMATS, ids=lambda format_: format_.suffix)
def test_ten_thousand_rows_come_whole_in_every_format(engine: Engine, format_: Format) -> None:
    result = engine.run(Query(numbers(4)), format_.media_type)
    body = result.read()
    assert len(body) == result.length
    assert rows_in(format_, body) == 10_000


@pytest.mark.parametrize("format_", GRAPH_FORMATS, ids=lambda format_: format_.suffix)
def test_a_graph_comes_in_every_format(engine: Engine, format_: Format) -> None:
    text = f"{PREFIX} CONSTRUCT WHERE {{ ?x ex:name ?y }}"
    body = engine.run(Query(text), format_.media_type).read()
    read = pyoxigraph.RdfFormat.from_media_type(format_.media_type)
    assert len(set(pyoxigraph.parse(body, read))) == 6


def test_a_result_beyond_the_limit_is_an_error_on_every_engine(engine: Engine) -> None:
    wide = " ".join(f"(CONCAT(STR(?x0), '{'x' * 500}') AS ?y{place})" for place in range(5))
    text = numbers(4).replace("SELECT *", f"SELECT {wide}")
    with pytest.raises(ResultTooLargeError) as caught:
        engine.run(Query(text), JSON_ROWS.media_type)
    assert caught.value.extras() == {"setting": "result_bytes", "limit": 8_000_000}


@pytest.fixture(scope="module")
def cutting_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A Virtuoso that cuts results, as it does unless it is told otherwise."""
    data = world(tmp_path_factory.mktemp("cutting"))
    with remote(virtuoso(data, rows=1000)) as engine:
        yield engine


@pytest.mark.drill
def test_rows_that_virtuoso_has_cut_are_an_error(cutting_engine: Engine) -> None:
    with pytest.raises(ResultTooLargeError, match="cuts results at 1000 rows"):
        cutting_engine.run(Query(numbers(4)), JSON_ROWS.media_type)
    whole = cutting_engine.run(Query(f"{numbers(4)} LIMIT 999"), JSON_ROWS.media_type)
    assert rows_in(JSON_ROWS, whole.read()) == 999


@pytest.mark.drill
def test_a_graph_that_virtuoso_may_have_cut_is_an_error(cutting_engine: Engine) -> None:
    with pytest.raises(EngineUnavailableError, match="cuts graphs without saying so"):
        cutting_engine.run(Query("CONSTRUCT WHERE { ?x ?y ?z }"), TURTLE.media_type)
