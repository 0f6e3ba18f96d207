"""Plain queries pass by Flask, and nobody can tell by the answer."""

from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from citydiplomacy.formats import GRAPH_FORMATS, ROW_FORMATS, Format
from common import BROWSER

ROWS = "SELECT * { ?s a ?type } ORDER BY ?s ?type LIMIT 3"
GRAPH = "CONSTRUCT { <http://example.org/横浜> a ?type } WHERE { ?s a ?type }"
THE_LONG_WAY = "&_="
"""What makes a request one for Flask, and means nothing."""

ASKED = [(ROWS, format_) for format_ in ROW_FORMATS] + [(GRAPH, each) for each in GRAPH_FORMATS]


@pytest.fixture(autouse=True)
def passed_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the requests that come to Flask."""
    paths: list[str] = []

    def note() -> None:
        from flask import request  # noqa: PLC0415  # only there while it answers

        paths.append(request.full_path)

    monkeypatch.setitem(app.before_request_funcs, None, [note])
    return paths


def both(client: FlaskClient, query: str, **headers: str) -> tuple[TestResponse, TestResponse]:
    """Return the answers of the short way and of the long one."""
    address = f"/sparql?query={quote(query, safe='')}"
    return (
        client.get(address, headers=headers),
        client.get(address + THE_LONG_WAY, headers=headers),
    )


@pytest.mark.parametrize(("query", "format_"), ASKED, ids=lambda part: getattr(part, "suffix", ""))
def test_the_short_way_answers_as_flask_does(
    client: FlaskClient, passed_on: list[str], query: str, format_: Format
) -> None:
    short, long = both(client, query, Accept=format_.media_type)
    assert (short.status, short.data) == (long.status, long.data)
    assert sorted(short.headers) == sorted(long.headers)
    assert len(passed_on) == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {",
        "SELECT * { ?s ex:p ?o }",
        "DELETE WHERE { ?s ?p ?o }",
        "SELECT (NOW() AS ?now) {}",
        "SELECT (<http://example.org/none>(1) AS ?x) {}",
        "",
    ],
)
def test_what_is_no_plain_answer_comes_from_flask(client: FlaskClient, query: str) -> None:
    short, long = both(client, query)
    assert short.status == long.status
    assert short.headers["Content-Type"] == long.headers["Content-Type"]
    assert short.headers["Cache-Control"] == long.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "parameters",
    [
        "query=ASK%7B%7D%",
        "query=ASK%7B%7D%2",
        "query=ASK%7B%7D%zz",
        "query=ASK%7B%7D%23%FF",
        "query=ASK{}&query=ASK{}",
        "query=ASK{}&default-graph-uri=http%3A%2F%2Fexample.org%2F",
        "%71uery=ASK%7B%7D",
        "default-graph-uri=a:b&query=ASK%7B%7D",
    ],
)
def test_what_cannot_be_read_without_doubt_is_left_to_flask(
    client: FlaskClient, passed_on: list[str], parameters: str
) -> None:
    client.get(f"/sparql?{parameters}")
    assert len(passed_on) == 1


@pytest.mark.parametrize("accept", [BROWSER, "image/png", "text/turtle"])
def test_a_format_that_rows_do_not_have_is_left_to_flask(
    client: FlaskClient, passed_on: list[str], accept: str
) -> None:
    client.get(f"/sparql?query={quote(ROWS)}", headers={"Accept": accept})
    assert len(passed_on) == 1


@pytest.mark.parametrize("text", ["a + b = 100 % sure?", "横浜 é\t\r\n", "%25 %2B +", "=3D =\n"])
def test_every_character_of_a_query_arrives(
    client: FlaskClient, passed_on: list[str], text: str
) -> None:
    escaped = text.replace("\r", "\\r").replace("\n", "\\n")
    query = f"SELECT ('{escaped}' AS ?text) {{}}"
    answer = client.get(f"/sparql?query={quote(query, safe='/?')}").get_json()
    assert answer["results"]["bindings"][0]["text"]["value"] == text
    assert not passed_on


def test_a_long_result_is_sent_from_its_file_by_flask(
    client: FlaskClient, passed_on: list[str]
) -> None:
    query = "SELECT * { ?a ?b ?c . ?d a ?e } LIMIT 60000"
    short, long = both(client, query, Accept="text/csv")
    assert len(short.data) > 1 << 20
    assert short.data == long.data
    assert len(passed_on) == 2
