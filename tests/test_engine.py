"""The engine answers: forms, formats, datasets, errors in words, rows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pyoxigraph
import pytest

from citydiplomacy import supervisor
from citydiplomacy.engine import Engine, Query, rows
from citydiplomacy.engine.rows import Solutions, Term
from citydiplomacy.errors import (
    BadParameterError,
    EngineError,
    EngineUnavailableError,
    NotAcceptableError,
    QueryError,
    QuerySyntaxError,
    QueryTooLongError,
    RequestError,
    ResultTooLargeError,
)
from citydiplomacy.formats import GRAPH_FORMATS, JSON_ROWS, RDFXML, ROW_FORMATS, XML_ROWS, Format
from citydiplomacy.settings import Settings
from common import rows_in, select

BASE = "http://example.org/"
PREFIX = f"PREFIX ex: <{BASE}> "
# The twinning stands in both graphs: in their union it is one triple.
WORLD = """
<http://example.org/yokohama> <http://example.org/twin> <http://example.org/odesa> <http://example.org/stated> .
<http://example.org/yokohama> <http://example.org/name> "横浜"@ja <http://example.org/stated> .
<http://example.org/yokohama> <http://example.org/name> "Yokohama" <http://example.org/stated> .
<http://example.org/yokohama> <http://example.org/people> "3770000"^^<http://www.w3.org/2001/XMLSchema#integer> <http://example.org/stated> .
<http://example.org/yokohama> <http://example.org/seen> _:visit <http://example.org/stated> .
_:visit <http://example.org/year> "2023" <http://example.org/stated> .
<http://example.org/yokohama> <http://example.org/twin> <http://example.org/odesa> <http://example.org/derived> .
<http://example.org/odesa> <http://example.org/twin> <http://example.org/yokohama> <http://example.org/derived> .
"""  # noqa: E501  # one statement a line is N-Quads
TRIPLES = 7
SETTINGS = Settings(query_seconds=3, result_bytes=4_000_000)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    (folder / "citydiplomacy.nq").write_text(WORLD, "utf-8")
    return folder


@pytest.fixture(scope="module")
def engine(release: Path) -> Iterator[Engine]:
    with supervisor.running_engine(SETTINGS, release) as engine:
        yield engine


def answer(engine: Engine, text: str, format_: Format = JSON_ROWS) -> bytes:
    return engine.run(Query(PREFIX + text), format_.media_type).read()


def count(engine: Engine, text: str, **dataset: list[str]) -> int:
    """Return how many rows a query has over a dataset."""
    query = Query(PREFIX + text, **{name: tuple(iris) for name, iris in dataset.items()})
    return rows_in(JSON_ROWS, engine.run(query, JSON_ROWS.media_type).read())


def test_a_select_query_gives_rows_of_terms(engine: Engine) -> None:
    found = select(engine, f"{PREFIX} SELECT ?name {{ ex:yokohama ex:name ?name }}")
    assert {row["name"] for row in found} == {Term("横浜", language="ja"), Term("Yokohama")}


def test_a_row_has_typed_literals_blank_nodes_and_no_unbound_variables(engine: Engine) -> None:
    pattern = "{ ex:yokohama ex:people ?people ; ex:seen ?visit OPTIONAL { ?visit ex:no ?no } }"
    (row,) = select(engine, f"{PREFIX} SELECT * {pattern}")
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    assert row["people"] == Term("3770000", datatype=integer)
    assert row["visit"].kind == "blank"
    assert set(row) == {"people", "visit"}


@pytest.mark.parametrize(("city", "expected"), [("odesa", True), ("taipei", False)])
def test_an_ask_query_says_yes_or_no(engine: Engine, city: str, expected: bool) -> None:
    assert rows.answer(engine, f"{PREFIX} ASK {{ ex:yokohama ex:twin ex:{city} }}") is expected


def test_several_queries_in_one_message_find_what_each_finds_alone(engine: Engine) -> None:
    texts = [
        f"{PREFIX} SELECT ?name {{ ex:yokohama ex:name ?name }} ORDER BY LANG(?name)",
        f"{PREFIX} ASK {{ ex:taipei ?p ?o }}",
        f"{PREFIX} SELECT ?nothing {{ ex:taipei ?p ?nothing }}",
        # more than fits into one message
        "SELECT (CONCAT(?a, ?b) AS ?long) { "
        f"VALUES ?a {{ {' '.join(repr('x' * 500 + str(n)) for n in range(100))} }} "
        f"VALUES ?b {{ {' '.join(repr('y' * 500 + str(n)) for n in range(20))} }} }}",
    ]
    found = rows.answers(engine, texts)
    assert found == [rows.answer(engine, text) for text in texts]
    assert len(cast(Solutions, found[-1]).rows) == 2000
    assert rows.answers(engine, []) == []


def test_one_wrong_query_among_several_is_told(engine: Engine) -> None:
    with pytest.raises(QuerySyntaxError, match="Line 1, column"):
        rows.answers(engine, ["ASK {}", "SELEC *"])


@pytest.mark.parametrize("format_", ROW_FORMATS, ids=lambda format_: format_.suffix)
def test_rows_come_in_every_format_for_rows(engine: Engine, format_: Format) -> None:
    body = answer(engine, "SELECT * { ?s ?p ?o }", format_)
    assert rows_in(format_, body) == TRIPLES


@pytest.mark.parametrize("format_", GRAPH_FORMATS, ids=lambda format_: format_.suffix)
@pytest.mark.parametrize(
    ("text", "triples"),
    [("CONSTRUCT WHERE { ?s ex:twin ?o }", 2), ("DESCRIBE ex:odesa", 1)],
    ids=["construct", "describe"],
)
def test_a_graph_comes_in_every_format_for_graphs(
    engine: Engine, format_: Format, text: str, triples: int
) -> None:
    body = answer(engine, text, format_)
    read = pyoxigraph.RdfFormat.from_media_type(format_.media_type)
    assert len(list(pyoxigraph.parse(body, read))) == triples


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("SELECT * { ?s ?p ?o }", GRAPH_FORMATS[0]),
        ("ASK { ?s ?p ?o }", GRAPH_FORMATS[0]),
        ("DESCRIBE ex:odesa", JSON_ROWS),
    ],
)
def test_rows_are_no_graph_and_a_graph_is_no_rows(
    engine: Engine, text: str, format_: Format
) -> None:
    with pytest.raises(NotAcceptableError):
        answer(engine, text, format_)


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        (r'SELECT ("\u0001" AS ?x) {}', XML_ROWS),
        (r'SELECT ("\u4E2D\uFFFE" AS ?x) {}', XML_ROWS),
        (r'CONSTRUCT { ex:a ex:b "\u0000" } {}', RDFXML),
        ("CONSTRUCT { ex:a ex:123 1 } {}", RDFXML),
    ],
)
def test_what_xml_cannot_carry_is_refused_instead_of_broken(
    engine: Engine, text: str, format_: Format
) -> None:
    with pytest.raises(NotAcceptableError, match="XML cannot carry"):
        answer(engine, text, format_)


def test_json_carries_what_xml_cannot(engine: Engine) -> None:
    body = answer(engine, r'SELECT ("\u0001" AS ?x) {}')
    assert json.loads(body)["results"]["bindings"][0]["x"]["value"] == "\x01"


def test_the_default_graph_is_the_union_without_doubles(engine: Engine) -> None:
    assert count(engine, "SELECT * { ?s ?p ?o }") == TRIPLES


@pytest.mark.parametrize(
    ("text", "dataset", "expected"),
    [
        ("SELECT * FROM ex:derived { ?s ?p ?o }", {}, 2),
        ("SELECT * FROM ex:nowhere { ?s ?p ?o }", {}, 0),
        ("SELECT * { GRAPH ?g { ?s ex:twin ?o } }", {}, 3),
        ("SELECT * { ?s ?p ?o }", {"default_graphs": [f"{BASE}derived"]}, 2),
        ("SELECT * FROM ex:stated { ?s ?p ?o }", {"default_graphs": [f"{BASE}derived"]}, 2),
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", {"default_graphs": [f"{BASE}derived"]}, 0),
        ("SELECT * { ?s ?p ?o }", {"named_graphs": [f"{BASE}derived"]}, 0),
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", {"named_graphs": [f"{BASE}derived"]}, 2),
    ],
)
def test_a_query_sees_the_graphs_that_its_dataset_names(
    engine: Engine, text: str, dataset: dict[str, list[str]], expected: int
) -> None:
    assert count(engine, text, **dataset) == expected


def test_a_graph_that_is_no_iri_is_a_bad_parameter(engine: Engine) -> None:
    with pytest.raises(BadParameterError):
        count(engine, "SELECT * { ?s ?p ?o }", default_graphs=["not an IRI"])


def test_without_the_union_the_default_graph_is_empty(release: Path) -> None:
    settings = Settings(union_default_graph=False)
    with supervisor.running_engine(settings, release) as engine:
        assert not rows.answer(engine, "ASK { ?s ?p ?o }")
        assert rows.answer(engine, "ASK { GRAPH ?g { ?s ?p ?o } }")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("SELECT * {\n ?s ?p ", 2, 8), ("SELECT * { ?s ?p ?o }}", 1, 23)],
)
def test_a_syntax_error_names_line_and_column(
    engine: Engine, text: str, line: int, column: int
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        engine.run(Query(text), JSON_ROWS.media_type)
    assert caught.value.extras() == {"line": line, "column": column}
    assert "\\u{" not in caught.value.detail


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT ?s ?s { ?s ?p ?o }", "column 26: Duplicated variable name in SELECT."),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", "column 34: SELECT * is not authorized with"),
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", "column 40: The SELECT contains a variable"),
    ],
)
def test_a_fault_that_has_words_is_told_in_words(engine: Engine, text: str, said: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        engine.run(Query(text), JSON_ROWS.media_type)
    assert said in caught.value.detail


@pytest.mark.parametrize("name", ["ex:f", "<http://www.w3.org/2001/XMLSchema#byte>"])
def test_an_unknown_function_is_the_fault_of_the_query(engine: Engine, name: str) -> None:
    with pytest.raises(QueryError, match="not supported") as caught:
        answer(engine, f"SELECT ({name}(1) AS ?x) {{}}")
    assert caught.value.status == 400


def test_an_unknown_function_with_a_long_name_is_told_with_a_part_of_it(engine: Engine) -> None:
    with pytest.raises(QueryError, match=r"横…$") as caught:
        answer(engine, f"SELECT (<{BASE}{'横' * 15_000}>(1) AS ?x) {{}}")
    assert caught.value.status == 400
    assert len(caught.value.detail) == 500


def test_pages_may_ask_about_more_than_visitors(engine: Engine) -> None:
    cities = 10_000
    values = " ".join(f"<{BASE}city/{'x' * 180}{number}>" for number in range(cities))
    text = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?city {{ {values} }} }}"
    assert len(text) > 2_000_000
    (row,) = select(engine, text, "pages")
    assert row["n"].value == str(cities)
    with pytest.raises(QueryTooLongError):
        select(engine, text, "public")


def test_what_nobody_expected_is_told_and_logged_without_the_query(
    release: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        supervisor.running_engine(SETTINGS, release) as engine,
        pytest.raises(EngineError, match="unexpectedly with UnicodeEncodeError") as caught,
    ):
        engine.run(Query("ASK { ?secret ?p '\ud800' }"), JSON_ROWS.media_type, "pages")
    assert capfd.readouterr().err == f"WARNING {caught.value.detail}\n"


def numbers(size: int) -> str:
    """Return a query with ten to the power of `size` rows of about 13 bytes of CSV."""
    digits = " ".join(map(str, range(10)))
    values = " ".join(f"VALUES ?x{place} {{ {digits} }}" for place in range(size))
    return f"SELECT * {{ {values} }}"


@pytest.mark.parametrize("size", [1, 4, 5])
def test_a_result_is_whole_whether_it_is_small_or_large(engine: Engine, size: int) -> None:
    result = engine.run(Query(numbers(size)), "text/csv")
    body = result.read()
    assert len(body) == result.length
    assert body.count(b"\n") == 10**size + 1


def test_a_result_beyond_the_limit_is_an_error_never_a_part(engine: Engine) -> None:
    with pytest.raises(ResultTooLargeError) as caught:
        engine.run(Query(numbers(7)), "text/csv")
    assert caught.value.extras() == {"setting": "result_bytes", "limit": 4_000_000}


def test_an_engine_that_is_gone_is_told_as_such(release: Path) -> None:
    with supervisor.running_engine(SETTINGS, release) as engine:
        pass
    with pytest.raises(EngineUnavailableError) as caught:
        engine.run(Query("ASK {}"), JSON_ROWS.media_type)
    assert ("Retry-After", "5") in caught.value.headers


@pytest.mark.parametrize("content", [None, "<http://example.org/a> broken"])
def test_a_release_that_cannot_be_read_is_not_served(tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "citydiplomacy.nq").write_text(content)
    with (
        pytest.raises(RequestError, match="cannot serve"),
        supervisor.running_engine(SETTINGS, tmp_path),
    ):
        pass
