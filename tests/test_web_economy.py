"""What pages ask of the engine: no more than they show, and never too much at once."""

import io

import pytest
from flask.testing import FlaskClient

from citydiplomacy import queries, tables
from citydiplomacy.engine import Engine, Lane, Query, Result
from citydiplomacy.entities import Entities
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.tables import TableRow
from citydiplomacy.web import create_app
from citydiplomacy.web.results import SHOWN_BYTES, SHOWN_ROWS
from common import BROWSER

MANY = 5_000


class ListeningEngine:
    """An engine that remembers what it was asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.asked: list[str] = []

    def run(self, query: Query, media_type: str, lane: Lane = "public", client: str = "") -> Result:
        """Return what the engine behind finds."""
        self.asked.append(query.text)
        return self._engine.run(query, media_type, lane, client)


class LongWindedEngine:
    """An engine whose every result is too long for a page."""

    def __init__(self) -> None:
        self.body = io.BytesIO(b" " * (SHOWN_BYTES + 1))

    def run(self, query: Query, media_type: str, lane: Lane = "public", client: str = "") -> Result:
        """Return the long result."""
        return Result(self.body, SHOWN_BYTES + 1)


@pytest.fixture
def listening(engine: Engine) -> ListeningEngine:
    return ListeningEngine(engine)


@pytest.fixture
def client(settings: Settings, listening: ListeningEngine, release: Release) -> FlaskClient:
    return create_app(settings, listening, release).test_client()


def test_many_labels_are_asked_for_in_queries_of_an_ordinary_length(
    settings: Settings, listening: ListeningEngine
) -> None:
    iris = {f"{BASE}city/nowhere-{number}" for number in range(MANY)} | {f"{BASE}city/taipei"}
    labels = Entities(listening, queries.load("pages")).labels(iris)
    assert [value.text for value in labels.values()] == ["Taipei"]
    assert max(len(text) for text in listening.asked) < settings.query_length


def test_many_notes_are_asked_for_in_queries_of_an_ordinary_length(
    settings: Settings, listening: ListeningEngine
) -> None:
    unknown = [f"{BASE}evidence/nothing-{number}" for number in range(MANY)]
    row = TableRow((None,), (*unknown, f"{BASE}evidence/f0240"))
    notes = Entities(listening, queries.load("pages")).notes([tables.Table(("x",), (row,))])
    assert list(notes) == [f"{BASE}evidence/f0240"]
    assert max(len(text) for text in listening.asked) < settings.query_length


def test_only_the_rows_that_are_shown_are_labelled(
    client: FlaskClient, listening: ListeningEngine
) -> None:
    digits = " ".join(str(digit) for digit in range(10))
    values = " ".join(f"VALUES ?{name} {{ {digits} }}" for name in "abcd")
    iri = f'IRI(CONCAT("{BASE}city/n", STR(?a), STR(?b), STR(?c), STR(?d)))'
    query = {"query": f"SELECT ({iri} AS ?x) {{ {values} }}"}
    page = client.get("/sparql", query_string=query, headers=BROWSER).text
    _visitor, *ours = listening.asked
    assert "10000 rows, the first 1000 shown" in page
    assert sum(text.count(f"<{BASE}city/n") for text in ours) == SHOWN_ROWS


def test_a_result_that_is_too_long_for_a_page_is_let_go(
    settings: Settings, release: Release
) -> None:
    engine = LongWindedEngine()
    client = create_app(settings, engine, release).test_client()
    page = client.get("/sparql", query_string={"query": "ASK {}"}, headers=BROWSER).text
    assert "2,000,001 bytes, too many for a page" in page
    assert engine.body.closed


def test_the_kinds_of_a_release_are_counted_once(
    client: FlaskClient, listening: ListeningEngine
) -> None:
    answers = [client.get(f"/city/atlantis-{number}") for number in range(3)]
    counting = [text for text in listening.asked if "COUNT" in text]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len(counting) == 1


@pytest.mark.parametrize("path", ["/dataset.html", "/graph/curated.html", "/sparql"])
def test_the_sizes_of_the_graphs_are_not_counted_again(
    client: FlaskClient, listening: ListeningEngine, release: Release, path: str
) -> None:
    accept = "text/turtle" if path == "/sparql" else "text/html"
    answer = client.get(path, headers={"Accept": accept})
    size = release.manifest["graphs"][f"{BASE}graph/curated"]
    assert str(size) in answer.text.replace(",", "")
    assert [text for text in listening.asked if "COUNT" in text] == []
