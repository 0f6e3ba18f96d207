"""The SPARQL endpoint, as the SPARQL 1.1 Protocol asks and as clients use it."""

import base64
import csv
import hashlib
import io
import json
import re
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from rdflib import Graph
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, GET, JSON, JSONLD, N3, POST, POSTDIRECTLY, TURTLE, XML, SPARQLWrapper

from citydiplomacy.namespaces import BASE
from common import BROWSER

CITIES = f"SELECT ?city WHERE {{ ?city a <{BASE}ontology#City> }} ORDER BY ?city"
TAIPEI = f"{BASE}city/taipei"
TRIPLES = "SELECT * WHERE { ?s ?p ?o } LIMIT 1"


def cities_in(body: bytes) -> list[str]:
    bindings = json.loads(body)["results"]["bindings"]
    return [binding["city"]["value"] for binding in bindings]


# -------------------------------------------------------------------------------- asking


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "GET", "query_string": {"query": CITIES}},
        {"method": "POST", "data": {"query": CITIES}},
        {"method": "POST", "data": CITIES, "content_type": "application/sparql-query"},
        {
            "method": "POST",
            "data": CITIES,
            "content_type": "application/sparql-query; charset=utf-8",
        },
    ],
    ids=["get", "form", "direct", "direct-with-charset"],
)
def test_a_query_is_answered_however_the_protocol_sends_it(
    client: FlaskClient, request_: dict[str, Any]
) -> None:
    answer = client.open("/sparql", **request_)
    assert (answer.status_code, answer.mimetype) == (200, "application/sparql-results+json")
    assert TAIPEI in cities_in(answer.data)


def test_head_says_how_long_the_answer_is_and_sends_none(client: FlaskClient) -> None:
    answer = client.head("/sparql", query_string={"query": CITIES})
    full = client.get("/sparql", query_string={"query": CITIES})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(full.data))


@pytest.mark.parametrize(
    ("query", "suffix", "media_type"),
    [
        (CITIES, "json", "application/sparql-results+json"),
        (CITIES, "xml", "application/sparql-results+xml"),
        (CITIES, "csv", "text/csv"),
        (CITIES, "tsv", "text/tab-separated-values"),
        (f"ASK {{ <{TAIPEI}> ?p ?o }}", "json", "application/sparql-results+json"),
        (f"ASK {{ <{TAIPEI}> ?p ?o }}", "xml", "application/sparql-results+xml"),
        (f"DESCRIBE <{TAIPEI}>", "ttl", "text/turtle"),
        (f"DESCRIBE <{TAIPEI}>", "rdf", "application/rdf+xml"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "nt", "application/n-triples"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "jsonld", "application/ld+json"),
    ],
)
@pytest.mark.parametrize("parameter", ["format", "output", None])
def test_each_query_form_comes_in_its_formats(
    client: FlaskClient, query: str, suffix: str, media_type: str, parameter: str | None
) -> None:
    asked = {"query": query} | ({parameter: suffix} if parameter else {})
    header = "*/*" if parameter else media_type
    answer = client.get("/sparql", query_string=asked, headers={"Accept": header})
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert int(answer.headers["Content-Length"]) == len(answer.data) > 0


def test_rows_as_csv_are_csv(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": CITIES, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {"city": TAIPEI} in rows


def test_a_graph_is_not_offered_as_rows(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": f"DESCRIBE <{TAIPEI}>", "format": "csv"})
    assert answer.status_code == 406
    assert "ttl" in answer.json["repair"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([], True),
        ([("default-graph-uri", f"{BASE}graph/curated")], True),
        ([("default-graph-uri", f"{BASE}graph/ontology")], False),
        ([("named-graph-uri", f"{BASE}graph/curated")], False),
        (
            [
                ("default-graph-uri", f"{BASE}graph/ontology"),
                ("default-graph-uri", f"{BASE}graph/curated"),
            ],
            True,
        ),
    ],
    ids=["none", "curated", "ontology", "named-only", "two"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_dataset_of_the_protocol_decides_what_is_seen(
    client: FlaskClient, method: str, parameters: list[tuple[str, str]], expected: bool
) -> None:
    sent = urlencode([("query", f"ASK {{ <{TAIPEI}> ?p ?o }}"), *parameters])
    form = "application/x-www-form-urlencoded"
    place: dict[str, Any] = {
        "GET": {"query_string": sent},
        "POST": {"data": sent, "content_type": form},
    }[method]
    answer = client.open("/sparql", method=method, **place)
    assert answer.get_json(force=True)["boolean"] is expected


@pytest.mark.parametrize("function", ["RAND()", "struuid ( )"])
def test_what_is_new_each_time_is_not_answered_from_a_copy(
    client: FlaskClient, function: str
) -> None:
    asked = {"query": f"SELECT ({function} AS ?x) {{}}"}
    one, other = (client.get("/sparql", query_string=asked) for _ in range(2))
    assert one.headers["Cache-Control"] == "no-store"
    assert one.data != other.data


# ------------------------------------------------------------------------------- refusing


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"method": "POST", "data": {"format": "csv"}}, 400),
        ({"method": "GET", "query_string": {"default-graph-uri": "http://example.org/"}}, 400),
        ({"method": "GET", "query_string": "query=ASK%7B%7D&query=ASK%7B%7D"}, 400),
        ({"method": "GET", "query_string": {"query": "SELECT * WHERE {"}}, 400),
        ({"method": "POST", "data": b"\xff", "content_type": "application/sparql-query"}, 400),
        ({"method": "GET", "query_string": "query=ASK%7B%7D%23%FF"}, 400),
        ({"method": "GET", "query_string": "query=ASK%7B%7D%23%ED%A0%80"}, 400),
        (
            {
                "method": "POST",
                "data": b"query=ASK%7B%7D%23%FF",
                "content_type": "application/x-www-form-urlencoded",
            },
            400,
        ),
        ({"method": "GET", "query_string": "query=ASK%7B%7D%00"}, 400),
        ({"method": "POST", "data": {"update": "CLEAR ALL"}}, 403),
        ({"method": "GET", "query_string": {"update": "CLEAR ALL"}}, 403),
        ({"method": "GET", "query_string": {"query": "INSERT DATA { <a:a> <a:a> 1 }"}}, 403),
        (
            {"method": "POST", "data": "CLEAR ALL", "content_type": "application/sparql-update"},
            403,
        ),
        ({"method": "PUT", "data": CITIES}, 405),
        ({"method": "DELETE"}, 405),
        ({"method": "GET", "query_string": {"query": CITIES, "format": "pdf"}}, 406),
        ({"method": "POST", "data": {"query": "#" + "x" * 70_000}}, 413),
        ({"method": "POST", "data": {"query": "#" + "x" * 400_000}}, 413),
        ({"method": "GET", "query_string": {"query": "#" + "x" * 70_000}}, 414),
        ({"method": "POST", "data": CITIES, "content_type": "text/plain"}, 415),
        ({"method": "POST", "data": CITIES, "content_type": ""}, 415),
        ({"method": "GET", "query_string": {"query": "SELECT" + "{" * 20_000}}, 400),
    ],
)
def test_what_cannot_be_answered_is_a_problem_document(
    client: FlaskClient, request_: dict[str, Any], status: int
) -> None:
    answer = client.open("/sparql", **request_)
    problem = json.loads(answer.data)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= set(problem)


@pytest.mark.parametrize(
    ("media_type", "status"), [("application/sparql-query", 413), ("text/plain", 415)]
)
def test_who_sends_too_much_gets_to_read_why(service: str, media_type: str, status: int) -> None:
    for _ in range(5):
        with closing(HTTPConnection(urlsplit(service).netloc)) as connection:
            headers = {"Content-Type": media_type}
            connection.request("POST", "/sparql", b"#" * 3_000_000, headers)
            answer = connection.getresponse()
            assert (answer.status, json.load(answer)["status"]) == (status, status)


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    allowed = client.put("/sparql").headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_syntax_error_says_where_it_is(client: FlaskClient) -> None:
    problem = json.loads(
        client.get("/sparql", query_string={"query": "SELECT *\nWHERE { ?s ?p }"}).data
    )
    assert problem["line"] == 2
    assert problem["column"] >= 15


@pytest.mark.parametrize("length", [70_000, 400_000])
def test_a_limit_names_itself_and_its_setting(client: FlaskClient, length: int) -> None:
    problem = json.loads(client.post("/sparql", data={"query": "#" + "x" * length}).data)
    assert (problem["setting"], problem["limit"]) == ("query_length", 64_000)


# ----------------------------------------------------------------------- in other programs


def test_a_page_of_another_site_may_ask(client: FlaskClient) -> None:
    answer = client.options("/sparql", headers={"Origin": "https://example.org"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("header", ["", "*/*", "text/turtle", "application/ld+json"])
def test_a_bare_get_describes_the_service(client: FlaskClient, header: str) -> None:
    answer = client.get("/sparql", headers={"Accept": header})
    syntax = "json-ld" if answer.mimetype == "application/ld+json" else "turtle"
    description = Graph().parse(data=answer.data, format=syntax)
    sd = "http://www.w3.org/ns/sparql-service-description#"
    asked = f"ASK {{ ?service a <{sd}Service> ; <{sd}defaultDataset>/<{sd}namedGraph> ?graph }}"
    assert description.query(asked).askAnswer


def test_the_service_description_names_every_result_format(client: FlaskClient) -> None:
    described = client.get("/sparql", headers={"Accept": "application/n-triples"}).text
    formats = re.findall(r"sparql-service-description#resultFormat> <([^>]+)>", described)
    names = [iri.removeprefix("http://www.w3.org/ns/formats/") for iri in formats]
    assert sorted(names) == [
        "JSON-LD",
        "N-Triples",
        "RDF_XML",
        "SPARQL_Results_CSV",
        "SPARQL_Results_JSON",
        "SPARQL_Results_TSV",
        "SPARQL_Results_XML",
        "Turtle",
    ]


def test_a_bare_get_that_wants_rows_is_told_that_there_is_no_query(client: FlaskClient) -> None:
    answer = client.get("/sparql", headers={"Accept": "application/sparql-results+json"})
    assert answer.status_code == 400


def test_a_browser_gets_a_form_with_questions(client: FlaskClient) -> None:
    page = client.get("/sparql", headers=BROWSER).text
    assert '<textarea id="query" name="query"' in page
    assert "/sparql?query=" in page


def test_a_browser_gets_labels_and_downloads_with_the_result(client: FlaskClient) -> None:
    page = client.get("/sparql", query_string={"query": CITIES}, headers=BROWSER).text
    assert '<a href="/city/taipei">Taipei</a>' in page
    assert "/sparql?format=csv&amp;query=" in page


def test_a_browser_gets_its_query_back_with_the_error(client: FlaskClient) -> None:
    query = "SELECT * WHERE { <b>bold</b>"
    answer = client.get("/sparql", query_string={"query": query}, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "SELECT * WHERE { &lt;b&gt;bold&lt;/b&gt;" in answer.text


def test_what_a_query_makes_up_is_escaped(client: FlaskClient) -> None:
    query = """SELECT ("<script>alert(1)</script>" AS ?x) (<javascript:alert(1)> AS ?y) {}"""
    page = client.get("/sparql", query_string={"query": query}, headers=BROWSER).text
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page


def test_an_editor_is_told_our_prefixes_and_terms(client: FlaskClient) -> None:
    proposed = client.get("/sparql/terms.json").get_json()
    assert proposed["prefixes"]["city"] == f"{BASE}city/"
    assert proposed["prefixes"]["cd"] == f"{BASE}ontology#"
    terms = {term["iri"]: term for term in proposed["terms"]}
    agreement = terms[f"{BASE}ontology#SisterCityAgreement"]
    assert (agreement["kind"], agreement["label"]) == ("class", "sister city agreement")
    assert agreement["definition"]
    assert terms[f"{BASE}ontology#hasParty"]["kind"] == "property"


def test_only_the_editor_may_set_a_style_and_only_one(client: FlaskClient) -> None:
    editor = client.get("/sparql", headers=BROWSER).headers["Content-Security-Policy"]
    elsewhere = client.get("/", headers=BROWSER).headers["Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(b"text-decoration:underline").digest()).decode()
    assert editor == f"{elsewhere}; style-src-attr 'unsafe-hashes' 'sha256-{digest}'"


@pytest.mark.parametrize("method", [GET, POST])
@pytest.mark.parametrize("encoding", ["urlencoded", POSTDIRECTLY])
@pytest.mark.parametrize("format_", [JSON, XML, CSV])
def test_sparqlwrapper_asks_unmodified(
    service: str, method: str, encoding: str, format_: str
) -> None:
    wrapper = SPARQLWrapper(f"{service}/sparql")
    wrapper.setMethod(method)
    wrapper.setRequestMethod(encoding)
    wrapper.setReturnFormat(format_)
    wrapper.setQuery(CITIES)
    with wrapper.query().response as answer:
        assert TAIPEI in answer.read().decode()


@pytest.mark.parametrize(
    ("format_", "syntax"), [(TURTLE, "turtle"), (N3, "turtle"), (JSONLD, "json-ld")]
)
def test_sparqlwrapper_gets_a_graph(service: str, format_: str, syntax: str) -> None:
    wrapper = SPARQLWrapper(f"{service}/sparql")
    wrapper.setReturnFormat(format_)
    wrapper.setQuery(f"DESCRIBE <{TAIPEI}>")
    with wrapper.query().response as answer:
        assert len(Graph().parse(data=answer.read(), format=syntax)) > 5


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_the_sparql_store_of_rdflib_asks_unmodified(service: str, method: str) -> None:
    graph = Graph(SPARQLStore(f"{service}/sparql", method=method))
    assert TAIPEI in {str(row[0]) for row in graph.query(CITIES)}  # type: ignore[index]


def test_the_sparql_store_of_rdflib_reads_triples(service: str) -> None:
    graph = Graph(SPARQLStore(f"{service}/sparql"))
    assert len(list(graph.triples((None, None, None)))) > 1000


def test_a_large_result_comes_whole_over_the_wire(service: str) -> None:
    query = {"query": "SELECT * WHERE { ?a ?b ?c . ?d a ?e } LIMIT 60000"}
    connection = HTTPConnection(urlsplit(service).netloc)
    connection.request("GET", f"/sparql?{urlencode(query)}", headers={"Accept": "text/csv"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert int(answer.headers["Content-Length"]) == len(body) > 2_000_000
    assert body.count(b"\n") == 60_001
