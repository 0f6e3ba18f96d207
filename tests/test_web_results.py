"""The result of a visitor's query in a browser: what the query found, and nothing else."""

import csv
import io

import pytest
from flask.testing import FlaskClient

from citydiplomacy.namespaces import BASE
from common import BROWSER

EVIDENCE = f"SELECT ?evidence ?cityLabel {{ ?city <{BASE}ontology#evidence> ?evidence }} LIMIT 20"


def shown(client: FlaskClient, query: str) -> str:
    return client.get("/sparql", query_string={"query": query}, headers=BROWSER).text


@pytest.mark.parametrize(
    "query",
    [
        'SELECT ("a" AS ?x) { ?s ?p ?o } LIMIT 20',
        'SELECT ("a" AS ?x) ?evidence { ?s ?p ?evidence } LIMIT 20',
        "SELECT ?x { VALUES ?x { 1 1 1 UNDEF UNDEF } }",
        EVIDENCE,
    ],
)
def test_a_page_has_as_many_rows_as_the_file(client: FlaskClient, query: str) -> None:
    file = client.get("/sparql", query_string={"query": query, "format": "csv"}).text
    rows = list(csv.reader(io.StringIO(file)))[1:]
    page = shown(client, query)
    assert f">{len(rows)} rows.</p>" in page
    assert page.partition("<tbody>")[2].count("<tr>") == len(rows) > 1


def test_a_page_has_the_columns_of_the_query_under_their_own_names(client: FlaskClient) -> None:
    page = shown(
        client, "SELECT ?x ?xLabel ?evidence { VALUES (?x ?xLabel ?evidence) { (1 2 3) } }"
    )
    headings = [f'<th scope="col">{name}</th>' for name in ("x", "xLabel", "evidence")]
    assert "".join(headings) in page


def test_what_is_ours_is_shown_by_its_name_and_leads_to_its_page(client: FlaskClient) -> None:
    page = shown(client, f"SELECT ?evidence {{ VALUES ?evidence {{ <{BASE}city/taipei> <a:b> }} }}")
    assert '<a href="/city/taipei">Taipei</a>' in page
    assert '<td data-label="evidence">a:b</td>' in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(false) }", "No triples."),
        ("SELECT * { ?s ?p ?o FILTER(false) }", "0 rows."),
    ],
)
def test_a_result_without_content_is_said_to_have_none(
    client: FlaskClient, query: str, words: str
) -> None:
    page = shown(client, query)
    assert f">{words}</p>" in page
    assert "too many for a page" not in page
