"""Triple Pattern Fragments: every triple once, the controls clients need, terms of all sorts."""

import json
import re
import subprocess
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from benchmarks import npm
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, CD, PREFIXES
from common import BROWSER, select

COMUNICA = "@comunica/query-sparql", "5.4.1"
SERVICE = "http://127.0.0.1:8000/fragments"
HYDRA, VOID, RDFS = PREFIXES["hydra"], PREFIXES["void"], PREFIXES["rdfs"]
INTEGER = f"{PREFIXES['xsd']}integer"
IN_COUNTRY, LABEL = f"{CD}inCountry", f"{RDFS}label"
FORMATS = {
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
}
WITHOUT_GRAPHS = {"text/turtle", "application/n-triples"}
JOIN = f"""
PREFIX cd: <{CD}>
PREFIX rdfs: <{RDFS}>
SELECT ?city ?name ?partner WHERE {{
  ?city cd:inCountry <{BASE}country/taiwan> ; cd:hasSisterCity ?partner .
  ?partner rdfs:label ?name ; cd:inCountry ?country .
  ?country rdfs:label "United States"@en .
  FILTER(LANG(?name) = "en")
}}
"""

Triple = tuple[str, str, str]


class Page:
    """A page of a fragment, as a client reads it that knows nothing of the service."""

    def __init__(self, client: FlaskClient, address: str, accept: str = "application/trig") -> None:
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = client.get(path, headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == accept
        self.address = address
        quads = list(ox.parse(answer.data, format=FORMATS[accept], base_iri=address))
        self.data = {triple(quad) for quad in quads if quad.graph_name == ox.DefaultGraph()}
        aside = [quad for quad in quads if quad.graph_name != ox.DefaultGraph()]
        self.said = {triple(quad) for quad in aside}
        self.graphs = {quad.graph_name.value for quad in aside}

    def value(self, about: str, property_: str) -> str | None:
        """Return the one value of a property, or None."""
        found = [o for s, p, o in self.said | self.data if (s, p) == (about, property_)]
        assert len(found) < 2
        return found[0] if found else None

    @property
    def total(self) -> int:
        """How many triples fit, as the page says."""
        return int(self.value(self.address, f"{VOID}triples") or -1)

    @property
    def next(self) -> str | None:
        """Where the next page is."""
        return self.value(self.address, f"{HYDRA}next")


def triple(quad: ox.Quad) -> Triple:
    return tuple(  # type: ignore[return-value]
        str(term) if isinstance(term, ox.Literal) and place == 2 and term.language else term.value
        for place, term in enumerate(quad.triple)
        if not isinstance(term, ox.Triple)
    )


def address(**terms: str) -> str:
    given = "&".join(f"{place}={quote(term, safe='')}" for place, term in terms.items())
    return f"{SERVICE}?{given}" if given else SERVICE


def pages(client: FlaskClient, start: str) -> Iterator[Page]:
    following: str | None = start
    while following:
        page = Page(client, following)
        yield page
        following = page.next


def test_the_pages_of_a_pattern_hold_each_triple_once(client: FlaskClient, engine: Engine) -> None:
    found = list(pages(client, address(predicate=IN_COUNTRY)))
    expected = select(engine, f"SELECT ?s ?o {{ ?s <{IN_COUNTRY}> ?o }}")
    triples = [each for page in found for each in page.data]
    assert len(found) > 5
    assert len(triples) == len(expected) == found[0].total == found[-1].total
    assert set(triples) == {(row["s"].value, IN_COUNTRY, row["o"].value) for row in expected}


def test_pages_lead_back_too(client: FlaskClient) -> None:
    first, second = list(pages(client, address(predicate=IN_COUNTRY)))[:2]
    assert second.value(second.address, f"{HYDRA}previous") == first.address
    assert second.value(second.address, f"{HYDRA}first") == first.address
    assert first.value(first.address, f"{HYDRA}previous") is None


def test_what_is_said_of_a_page_stands_apart_from_its_data(client: FlaskClient) -> None:
    page = Page(client, address(subject=f"{BASE}city/taipei", predicate=IN_COUNTRY))
    assert page.data == {(f"{BASE}city/taipei", IN_COUNTRY, f"{BASE}country/taiwan")}
    # How clients find the graph that is about the page, and not data.
    dataset = next(s for s, p, o in page.said if (p, o) == (f"{VOID}subset", page.address))
    (about,) = page.graphs
    assert (about, f"{PREFIXES['foaf']}primaryTopic", dataset) in page.said
    assert page.total == 1


def test_the_form_leads_to_every_fragment(client: FlaskClient) -> None:
    page = Page(client, SERVICE)
    (search,) = (o for _, p, o in page.said if p == f"{HYDRA}search")
    assert page.value(search, f"{HYDRA}template") == f"{SERVICE}{{?subject,predicate,object}}"
    explicit = f"{HYDRA}ExplicitRepresentation"
    assert page.value(search, f"{HYDRA}variableRepresentation") == explicit
    mappings = {o for s, p, o in page.said if (s, p) == (search, f"{HYDRA}mapping")}
    assert {
        (page.value(each, f"{HYDRA}variable"), page.value(each, f"{HYDRA}property"))
        for each in mappings
    } == {(place, f"{PREFIXES['rdf']}{place}") for place in ("subject", "predicate", "object")}


def test_the_pattern_of_everything_counts_everything(client: FlaskClient, engine: Engine) -> None:
    (row,) = select(engine, "SELECT (COUNT(*) AS ?all) { ?s ?p ?o }")
    page = Page(client, SERVICE)
    assert page.total == int(row["all"].value)
    assert len(page.data) == 100


@pytest.mark.parametrize("accept", FORMATS)
def test_every_format_says_the_same(client: FlaskClient, accept: str) -> None:
    wanted = address(subject=f"{BASE}city/taipei")
    page, plain = Page(client, wanted, accept), Page(client, wanted)
    assert page.said | page.data == plain.said | plain.data
    assert bool(page.said) is (accept not in WITHOUT_GRAPHS)


def test_an_address_is_known_again_as_it_was_written(client: FlaskClient) -> None:
    # Another client writes a space as +, does not quote a colon, and counts from page 1.
    unusual = f"{SERVICE}?page=1&object=%22Sister+city%22&predicate={LABEL.replace('#', '%23')}"
    page = Page(client, unusual)
    assert page.total == 0
    assert page.value(address(predicate=LABEL, object='"Sister city"'), f"{VOID}subset") == unusual


@pytest.mark.parametrize(
    ("term", "subjects"),
    [
        ('"臺北市"@zh-hant', {f"{BASE}city/taipei"}),
        ('"臺北市"', set()),
        ('"Q1867"', {f"{BASE}city/taipei"}),
        (f'"Q1867"^^{PREFIXES["xsd"]}string', {f"{BASE}city/taipei"}),
        ('"Quotes "within" a name"@en', set()),
        ('"} UNION { ?subject ?predicate ?object } #"', set()),
        ('"\\"', set()),
        (f"{BASE}city/taipei?x", set()),
    ],
)
def test_a_term_means_itself_and_nothing_else(
    client: FlaskClient, term: str, subjects: set[str]
) -> None:
    # Evidence backs such values too.
    found = {s for s, _, _ in Page(client, address(object=term)).data}
    assert {subject for subject in found if "/evidence/" not in subject} == subjects


def test_a_number_has_a_type(client: FlaskClient) -> None:
    asked = {"subject": f"{BASE}agreement/houston--taipei", "predicate": f"{CD}startYear"}
    for term, total in ((f'"1961"^^{INTEGER}', 1), (f'"1961"^^<{INTEGER}>', 1), ('"1961"', 0)):
        assert Page(client, address(**asked, object=term)).total == total


def test_a_variable_may_be_anything(client: FlaskClient) -> None:
    asked = address(subject="?s", predicate=IN_COUNTRY, object="?o")
    assert Page(client, asked).total == Page(client, address(predicate=IN_COUNTRY)).total


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("object=Taipei", 400, "is not an absolute IRI"),
        ("subject=_:b1", 400, "is a blank node"),
        ("subject=%22Taipei%22", 400, "is not an absolute IRI"),
        ("object=%22Taipei", 400, "is no literal"),
        ("object=%22Taipei%22@", 400, "is no literal"),
        ("object=%22Taipei%22@en%20us", 400, "is not a language"),
        ("object=%225%22^^integer", 400, "is no literal"),
        ("object=%225%22^^http://[", 400, "is not an IRI"),
        ("subject=http://exa%20mple/", 400, "is not an IRI"),
        ("subject=http://example/%3E%20%3Fp", 400, "is not an IRI"),
        ("object=%3C%3C(%20%3Ca:a%3E%20%3Ca:b%3E%20%3Ca:c%3E%20)%3E%3E", 400, "absolute IRI"),
        ("subject=urn:a&subject=urn:b", 400, "more than one subject"),
        ("page=0", 400, "no number of a page"),
        ("page=none", 400, "no number of a page"),
        ("page=%C2%B2", 400, "no number of a page"),
        ("subject=urn:nothing&page=2", 404, "no page 2"),
        ("object=%22%00%22", 400, ""),
    ],
)
def test_a_pattern_that_cannot_be_is_refused_with_the_reason(
    client: FlaskClient, query: str, status: int, detail: str
) -> None:
    answer = client.get(f"/fragments?{query}", headers={"Accept": "application/trig"})
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert detail in answer.get_json()["detail"]


def test_a_stray_percent_sign_breaks_nothing(client: FlaskClient) -> None:
    answer = client.get("/fragments?subject=urn:a%25zz&x=%zz", headers={"Accept": "text/turtle"})
    assert answer.status_code in {200, 400}


def test_a_term_that_is_too_long_names_the_limit(client: FlaskClient) -> None:
    answer = client.get(f"/fragments?object=%22{'x' * 64_000}%22")
    assert (answer.status_code, answer.get_json()["setting"]) == (414, "query_length")


def test_a_reader_follows_terms_from_page_to_page(client: FlaskClient) -> None:
    page = client.get(f"/fragments?subject={BASE}city/taipei", headers=BROWSER).text
    assert "triples fit" in page
    ways = re.findall(r'<td data-label="Object"><a href="([^"]+)" lang="zh-hant">臺北市</a>', page)
    (way,) = ways
    assert "1 triple fits" in client.get(way, headers=BROWSER).text
    assert 'content="noindex' in page


def test_what_was_typed_is_shown_as_text(client: FlaskClient) -> None:
    hostile = quote('"<script>alert(1)</script>"')
    page = client.get(f"/fragments?object={hostile}", headers=BROWSER).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.drill
@pytest.mark.timeout(1800)
def test_comunica_joins_fragments_as_the_endpoint_does(service: str, engine: Engine) -> None:
    modules = npm.installed(*COMUNICA)
    script = modules / COMUNICA[0] / "bin" / "query.js"
    media_type = "application/sparql-results+json"
    told = subprocess.run(
        [npm.node(modules), script, f"{service}/fragments", "-q", JOIN, "-t", media_type],
        capture_output=True,
        check=True,
        text=True,
        timeout=300,
    )
    bindings = json.loads(told.stdout)["results"]["bindings"]
    found = [tuple(row[name]["value"] for name in ("city", "name", "partner")) for row in bindings]
    expected = [
        tuple(row[name].value for name in ("city", "name", "partner"))
        for row in select(engine, JOIN)
    ]
    assert sorted(found) == sorted(expected)
    assert len(expected) > 3
