"""Which format a client gets for which Accept header."""

import pytest
from flask.testing import FlaskClient
from rdflib import Graph
from rdflib.compare import isomorphic

from citydiplomacy.formats import ENTITY_FORMATS, GRAPH_FORMATS, ROW_FORMATS
from citydiplomacy.web import negotiation

CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
    "q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RDFLIB = (
    "text/turtle,application/rdf+xml;q=0.8,application/n-triples;q=0.7,"
    "application/ld+json;q=0.6,*/*;q=0.1"
)
JENA = (
    "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,"
    "application/rdf+xml;q=0.7,*/*;q=0.3"
)

# The suffix of the document that an entity leads to; None means 406.
ENTITY_MATRIX = [
    ("", "html"),
    ("*/*", "html"),
    ("text/html", "html"),
    ("TEXT/HTML", "html"),
    ("application/xhtml+xml", "html"),
    (CHROME, "html"),
    (FIREFOX, "html"),
    ("text/*", "html"),
    ("text/html;level=1", "html"),
    ("text/html;charset=utf-8", "html"),
    ("image/png,*/*;q=0.1", "html"),
    ("text/turtle", "ttl"),
    ("Text/Turtle", "ttl"),
    (" text/turtle ", "ttl"),
    ("text/turtle;charset=utf-8", "ttl"),
    ('text/turtle;charset="utf-8"', "ttl"),
    ("text/turtle; charset=utf-8; q=0.5", "ttl"),
    ("text/turtle;q=junk", "ttl"),
    ("text/turtle;q=", "ttl"),
    ("text/turtle;q=7", "ttl"),
    ("application/x-turtle", "ttl"),
    (RDFLIB, "ttl"),
    (JENA, "ttl"),
    ("text/html;q=0.5,text/turtle", "ttl"),
    ("text/html;q=0.9, text/turtle;q=0.95", "ttl"),
    ("text/html;q=0, */*", "ttl"),
    ("text/turtle, */*", "ttl"),
    ("application/pdf, text/turtle;q=0.1", "ttl"),
    (", text/turtle ,", "ttl"),
    ("text/turtle, text/html", "html"),
    ("text/html, text/turtle", "html"),
    ("application/n-triples", "nt"),
    ("text/plain", "nt"),
    ("text/turtle;q=0.2, application/n-triples;q=0.3", "nt"),
    ("application/rdf+xml", "rdf"),
    ("application/xml", "rdf"),
    ("text/xml", "rdf"),
    ("application/rdf+xml, text/turtle;q=0.9", "rdf"),
    ("application/ld+json", "jsonld"),
    ("application/json", "jsonld"),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "jsonld"),
    ("application/json, text/html;q=0.9", "jsonld"),
    ("application/*", "nt"),
    ("image/png", None),
    ("application/pdf, image/*", None),
    ("text/html;q=0", None),
    ("*/*;q=0", None),
    ("junk", None),
    ("*/turtle", None),
]

ROWS_MATRIX = [
    ("", "json"),
    ("*/*", "json"),
    ("application/sparql-results+json", "json"),
    ("application/json", "json"),
    ("application/sparql-results+xml", "xml"),
    ("application/sparql-results+xml, */*;q=0.5", "xml"),
    ("application/xml", "xml"),
    ("text/csv", "csv"),
    ("text/csv, application/sparql-results+json;q=0.9", "csv"),
    ("text/tab-separated-values", "tsv"),
    ("text/turtle", None),
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("header", "suffix"), ENTITY_MATRIX)
def test_a_city_leads_to_the_document_that_the_client_prefers(
    client: FlaskClient, method: str, header: str, suffix: str | None
) -> None:
    answer = client.open("/city/taipei", method=method, headers={"Accept": header})
    expected = f"/city/taipei.{suffix}" if suffix else None
    assert (answer.status_code, answer.headers.get("Location")) == (
        303 if suffix else 406,
        expected,
    )
    assert answer.vary.as_set() == {"accept"}


@pytest.mark.parametrize("header", [CHROME, "text/turtle", "application/ld+json", "*/*", "image/*"])
@pytest.mark.parametrize(
    "path",
    [
        "/agreement/houston--taipei",
        "/country/japan",
        "/network/c40-cities",
        "/source/maturing-city-diplomacy",
        "/evidence/f0240",
        "/figure/taipei-population",
        "/ontology",
        "/ontology/0.1.0",
        "/vocab/confidence",
        "/shapes",
        "/graph/curated",
        "/dataset",
    ],
)
def test_all_documents_are_negotiated_as_cities_are(
    client: FlaskClient, path: str, header: str
) -> None:
    city = client.get("/city/taipei", headers={"Accept": header})
    answer = client.get(path, headers={"Accept": header})
    suffix = city.headers.get("Location", "").rpartition(".")[2]
    assert answer.status_code == city.status_code
    assert answer.headers.get("Location", "").rpartition(".")[2] == suffix


@pytest.mark.parametrize(("header", "suffix"), ROWS_MATRIX)
def test_rows_come_in_the_format_that_the_client_prefers(header: str, suffix: str | None) -> None:
    found = negotiation.preferred(header, ROW_FORMATS)
    assert (found.suffix if found else None) == suffix


def test_what_is_not_acceptable_is_answered_with_what_is_offered(client: FlaskClient) -> None:
    answer = client.get("/city/taipei", headers={"Accept": "image/png"})
    assert answer.mimetype == "application/problem+json"
    offered = [format_.media_type for format_ in ENTITY_FORMATS]
    assert all(media_type in answer.json["repair"] for media_type in offered)  # type: ignore[index]


def test_a_suffix_beats_the_header(client: FlaskClient) -> None:
    answer = client.get("/city/taipei.ttl", headers={"Accept": "text/html"})
    assert answer.mimetype == "text/turtle"


@pytest.mark.parametrize("format_", GRAPH_FORMATS, ids=lambda format_: format_.suffix)
@pytest.mark.parametrize(
    "path", ["/city/yokohama", "/evidence/f0240", "/ontology", "/vocab/confidence", "/dataset"]
)
def test_a_document_says_the_same_in_every_graph_format(
    client: FlaskClient, path: str, format_: object
) -> None:
    suffix = format_.suffix  # type: ignore[attr-defined]
    names = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
    document = Graph().parse(data=client.get(f"{path}.{suffix}").data, format=names[suffix])
    plain = Graph().parse(data=client.get(f"{path}.nt").data, format="nt")
    assert len(plain) > 5
    assert isomorphic(document, plain)


@pytest.mark.parametrize("format_", ENTITY_FORMATS, ids=lambda format_: format_.suffix)
def test_a_document_comes_as_the_media_type_that_its_redirect_promised(
    client: FlaskClient, format_: object
) -> None:
    media_type = format_.media_type  # type: ignore[attr-defined]
    answer = client.get("/city/odesa", headers={"Accept": media_type}, follow_redirects=True)
    assert (answer.status_code, answer.mimetype) == (200, media_type)
