"""The SPARQL 1.1 Protocol and the service description, asked of a real service over the wire."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urlsplit

import pytest
from rdflib import RDF, Graph, Namespace, URIRef

from citydiplomacy.formats import GRAPH_FORMATS, ROW_FORMATS
from citydiplomacy.namespaces import BASE, PREFIXES
from w3c.protocol import CASES, CURATED, FORM, Exchange

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace(PREFIXES["void"])
EXCHANGES = [
    pytest.param(exchange, id=f"{name}-{number}" if number else name)
    for name, exchanges in CASES.items()
    for number, exchange in enumerate(exchanges)
]
SELECT, CONSTRUCT = "SELECT * { ?s ?p ?o } LIMIT 3", "CONSTRUCT WHERE { ?s a ?class } LIMIT 3"
CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
    "q=0.8"
)
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
    "application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,text/n3;q=0.35"
)
JENA_ROWS = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9, "
    "text/tab-separated-values;q=0.7, text/csv;q=0.5, application/json;q=0.2, */*;q=0.1"
)

# Query, Accept, media type of the answer; None means 406.
NEGOTIATED = [
    *((SELECT, format_.media_type, format_.media_type) for format_ in ROW_FORMATS),
    *((CONSTRUCT, format_.media_type, format_.media_type) for format_ in GRAPH_FORMATS),
    ("ASK {}", "text/csv", "text/csv"),
    ("ASK {}", "text/tab-separated-values", "text/tab-separated-values"),
    (SELECT, "", "application/sparql-results+json"),
    (SELECT, "application/sparql-results+json;charset=utf-8", "application/sparql-results+json"),
    (SELECT, "text/csv; header=absent", "text/csv"),
    (SELECT, "text/csv;q=0.5, application/sparql-results+xml;q=0.6", ROW_FORMATS[1].media_type),
    (SELECT, "application/sparql-results+json;q=0, */*;q=0.1", ROW_FORMATS[1].media_type),
    (SELECT, "text/turtle, text/csv;q=0.1", "text/csv"),
    (SELECT, "text/*", "text/csv"),
    (SELECT, JENA_ROWS, "application/sparql-results+json"),
    (SELECT, CHROME, "text/html"),
    (SELECT, "text/turtle", None),
    (SELECT, "*/*;q=0", None),
    (CONSTRUCT, "", "text/turtle"),
    (CONSTRUCT, "text/turtle; charset=utf-8; q=0.3, application/rdf+xml;q=0.2", "text/turtle"),
    (CONSTRUCT, "application/rdf+xml;q=0.8, application/ld+json;q=0.9", "application/ld+json"),
    (
        CONSTRUCT,
        'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"',
        "application/ld+json",
    ),
    (CONSTRUCT, "text/plain", "application/n-triples"),
    (CONSTRUCT, "text/xml", "application/rdf+xml"),
    (CONSTRUCT, "text/n3", "text/turtle"),
    (CONSTRUCT, "application/trig", "text/turtle"),
    (CONSTRUCT, "application/n-quads", "application/n-triples"),
    (CONSTRUCT, COMUNICA, "application/n-triples"),
    (CONSTRUCT, CHROME, "text/html"),
    (CONSTRUCT, "text/csv", None),
    (CONSTRUCT, "application/sparql-results+json", None),
]


@pytest.fixture
def connection(service: str) -> Iterator[HTTPConnection]:
    opened = HTTPConnection(urlsplit(service).netloc, timeout=30)
    yield opened
    opened.close()


def send(connection: HTTPConnection, exchange: Exchange) -> HTTPResponse:
    headers = {"Content-Type": exchange.content_type} if exchange.content_type else {}
    connection.request(exchange.method, exchange.target, exchange.body or None, headers)
    return connection.getresponse()


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_case_of_the_protocol_is_answered_as_it_says(
    connection: HTTPConnection, exchange: Exchange
) -> None:
    answer = send(connection, exchange)
    body = answer.read()
    media_type = answer.headers.get_content_type()
    assert (answer.status, exchange.target) == (exchange.status, exchange.target), body
    if isinstance(exchange.answer, bool):
        assert json.loads(body)["boolean"] is exchange.answer
    elif exchange.answer:
        assert media_type in exchange.answer
    elif exchange.status != 200:
        assert media_type == "application/problem+json"


@pytest.mark.parametrize(("query", "header", "media_type"), NEGOTIATED)
def test_an_answer_comes_in_the_format_that_the_client_prefers(
    connection: HTTPConnection, query: str, header: str, media_type: str | None
) -> None:
    headers = {"Accept": header} if header else {}
    connection.request("GET", f"/sparql?{urlencode({'query': query})}", headers=headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == (200 if media_type else 406)
    assert answer.headers.get_content_type() == (media_type or "application/problem+json")
    assert "Accept" in answer.headers["Vary"]


def test_a_dataset_in_the_address_of_a_form_counts(connection: HTTPConnection) -> None:
    body = urlencode({"query": f"ASK {{ <{BASE}ontology#City> a ?class }}"})
    target = f"/sparql?{urlencode({'default-graph-uri': CURATED})}"
    connection.request("POST", target, body, {"Content-Type": FORM})
    assert json.load(connection.getresponse())["boolean"] is False


def test_a_byte_order_mark_before_a_query_is_no_part_of_it(connection: HTTPConnection) -> None:
    headers = {"Content-Type": "application/sparql-query"}
    connection.request("POST", "/sparql", "\ufeffASK {}".encode(), headers)
    assert json.load(connection.getresponse())["boolean"] is True


@pytest.mark.parametrize("query", [SELECT, CONSTRUCT, "ASK {", "CLEAR ALL"])
def test_head_says_what_get_would_say(connection: HTTPConnection, query: str) -> None:
    said = []
    for method in ("GET", "HEAD"):
        connection.request(method, f"/sparql?{urlencode({'query': query})}")
        answer = connection.getresponse()
        body = answer.read()
        assert bool(body) == (method == "GET")
        kept = ("Content-Type", "Content-Length", "Vary")
        said.append((answer.status, *(answer.headers[name] for name in kept)))
    assert said[0] == said[1]


def test_a_browser_learns_that_a_page_elsewhere_may_post_a_query(
    connection: HTTPConnection,
) -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    connection.request("OPTIONS", "/sparql", headers=asked)
    answer = connection.getresponse()
    answer.read()
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert answer.status in {200, 204}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "content-type" in allowed


# --------------------------------------------------------------------- service description


@pytest.fixture(scope="module")
def description(service: str) -> Graph:
    return Graph().parse(f"{service}/sparql")


def test_the_service_describes_itself_in_rdf(description: Graph) -> None:
    (described,) = description.subjects(RDF.type, SD.Service)
    assert set(description.objects(described, SD.supportedLanguage)) == {SD.SPARQL11Query}
    assert set(description.objects(described, SD.feature)) == {SD.UnionDefaultGraph}


def test_the_description_names_the_endpoint_where_it_was_found(
    description: Graph, service: str
) -> None:
    assert (None, SD.endpoint, URIRef(f"{service}/sparql")) in description


def test_the_description_has_each_named_graph_once_with_its_size(
    description: Graph, connection: HTTPConnection
) -> None:
    counted = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    headers = {"Accept": "application/sparql-results+json"}
    connection.request("GET", f"/sparql?{urlencode({'query': counted})}", headers=headers)
    rows = json.load(connection.getresponse())["results"]["bindings"]
    sizes = {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
    (dataset,) = description.subjects(RDF.type, SD.Dataset)
    described = {
        str(name): description.value(description.value(graph, SD.graph), VOID.triples)
        for graph in description.objects(dataset, SD.namedGraph)
        for name in description.objects(graph, SD.name)
    }
    assert {name: int(str(triples)) for name, triples in described.items()} == sizes


def test_the_dataset_says_where_it_is_queried(description: Graph, service: str) -> None:
    endpoint = URIRef(f"{service}/sparql")
    assert (URIRef(f"{BASE}dataset"), VOID.sparqlEndpoint, endpoint) in description


def test_the_description_names_the_limits(description: Graph) -> None:
    (told,) = description.objects(None, URIRef(f"{PREFIXES['rdfs']}comment"))
    assert "10 seconds" in str(told)
    assert "64000 bytes" in str(told)
