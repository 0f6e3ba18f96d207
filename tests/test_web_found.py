"""How pages are found and shared: what they say of themselves to search engines and others."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app, create_app_for
from common import address_cited

PUBLIC = "https://graph.example"
SCHEMA = "https://schema.org/"
# What schema.org's own context says of the terms that we use; it lies on another host.
_LINKS = ("url", "sameAs", "license", "item", "contentUrl")
CONTEXT = {"@vocab": SCHEMA} | {name: {"@type": "@id"} for name in _LINKS}
PAGES = [
    "/",
    "/about",
    "/city/",
    "/city/yokohama.html",
    "/agreement/houston--taipei.html",
    "/source/acuto-2013.html",
    "/person/anna-kosovac.html",
    "/evidence/f0240.html",
    "/compare?city=taipei&city=yokohama",
    "/discrepancies",
    "/gaps",
    "/query/",
    "/query/populations",
    "/ontology.html",
    "/vocab/",
    "/vocab/confidence.html",
    "/graph/curated.html",
    "/dataset.html",
    "/sparql",
    "/search?q=taipei",
]
HOSTILE = "</script><script>alert('1')</script>\u2028<!-- & \"\\"


@pytest.fixture(scope="module")
def public(settings: Settings, engine: Engine, release: Release) -> FlaskClient:
    """A visitor of a service that knows how it is called from outside."""
    return create_app(replace(settings, public_url=f"{PUBLIC}/"), engine, release).test_client()


def content(page: str, name: str) -> str:
    """Return what a meta element of a page says, which has to be there once."""
    (found,) = re.findall(rf'<meta (?:name|property)="{name}" content="([^"]*)">', page)
    return html.unescape(found)


def canonical(page: str) -> str:
    (found,) = re.findall(r'<link rel="canonical" href="([^"]*)">', page)
    return html.unescape(found)


def structured(page: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    told: dict[str, Any] = json.loads(found)
    return told


def triples(page: str) -> ox.Dataset:
    """Return what the JSON-LD of a page states, read without a network."""
    told = structured(page)
    assert told["@context"] == "https://schema.org"
    text = json.dumps({**told, "@context": CONTEXT})
    return ox.Dataset(ox.parse(text, format=ox.RdfFormat.JSON_LD))


def values(page: str, subject: str, name: str) -> set[str]:
    about = ox.NamedNode(subject)
    found = (
        quad.object
        for quad in triples(page).quads_for_subject(about)
        if quad.predicate == ox.NamedNode(SCHEMA + name)
    )
    return {value.value for value in found if not isinstance(value, ox.Triple)}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_what_it_is_to_those_who_find_it(public: FlaskClient, path: str) -> None:
    page = public.get(path, headers={"Accept": "text/html"}).text
    title = html.unescape(re.findall(r"<title>(.*?)</title>", page)[0])
    assert page.lstrip().startswith("<!doctype html>")
    assert title.startswith(content(page, "og:title"))
    assert 20 < len(content(page, "description")) <= 300
    assert content(page, "og:description") == content(page, "description")
    assert content(page, "og:url") == canonical(page)
    assert values(page, f"{canonical(page)}#page", "url") == {canonical(page)}


def test_descriptions_are_the_pages_own(public: FlaskClient) -> None:
    pages = [public.get(path, headers={"Accept": "text/html"}).text for path in PAGES]
    descriptions = [content(page, "description") for page in pages]
    assert len(set(descriptions)) == len(PAGES)


@pytest.mark.parametrize(
    ("path", "known_as"),
    [
        ("/city/taipei.html", f"{PUBLIC}/city/taipei.html"),
        ("/city/?utm_source=mail", f"{PUBLIC}/city/"),
        ("/compare?city=taipei&city=kyiv", f"{PUBLIC}/compare?city=kyiv&city=taipei"),
        ("/compare?city=kyiv&x=1&city=taipei", f"{PUBLIC}/compare?city=kyiv&city=taipei"),
        ("/search?kind=city&q=%22Ky%C3%AFv", f"{PUBLIC}/search?q=%22Ky%C3%AFv&kind=city"),
    ],
)
def test_a_page_is_known_by_one_address(public: FlaskClient, path: str, known_as: str) -> None:
    assert canonical(public.get(path).text) == known_as


def test_who_has_not_said_how_the_service_is_called_leads_no_engine_astray(
    client: FlaskClient,
) -> None:
    page = client.get("/city/taipei.html").text
    assert canonical(page) == "/city/taipei.html"
    assert "og:url" not in page


def test_results_of_a_search_and_errors_are_not_listed(client: FlaskClient) -> None:
    missing = client.get("/city/atlantis", headers={"Accept": "text/html"}).text
    for page in (client.get("/search?q=kyiv").text, missing):
        assert content(page, "robots") == "noindex"
    assert 'name="robots"' not in client.get("/city/").text


def test_a_city_is_a_city_of_schema_org(public: FlaskClient) -> None:
    page = public.get("/city/yokohama.html").text
    city = f"{BASE}city/yokohama"
    (node,) = (each for each in structured(page)["@graph"] if each["@id"] == city)
    assert node["@type"] == "City"
    assert {"@value": "横浜市", "@language": "ja"} in node["alternateName"]
    assert node["geo"]["latitude"] == pytest.approx(35.43, abs=0.01)
    assert values(page, city, "containedInPlace") == {f"{BASE}country/japan"}
    assert "http://www.wikidata.org/entity/Q38283" in values(page, city, "sameAs")
    assert values(page, f"{canonical(page)}#page", "mainEntity") == {city}


def test_a_country_is_not_called_a_country(public: FlaskClient) -> None:
    (_, node) = structured(public.get("/country/taiwan.html").text)["@graph"]
    assert node["@type"] == "AdministrativeArea"


def test_breadcrumbs_lead_from_the_front_page_to_the_page(public: FlaskClient) -> None:
    told = structured(public.get("/vocab/confidence.html").text)["@graph"][0]
    steps = [step["item"] for step in told["breadcrumb"]["itemListElement"]]
    paths = [step.removeprefix(PUBLIC) for step in steps]
    assert paths == ["/", "/ontology.html", "/vocab/", "/vocab/confidence.html"]
    assert {public.get(path).status_code for path in paths} == {200}


@pytest.mark.parametrize("path", ["/", "/dataset.html"])
def test_the_dataset_can_be_taken_from_where_it_is_said_to_be(
    public: FlaskClient, path: str
) -> None:
    page = public.get(path).text
    (dataset,) = (each for each in structured(page)["@graph"] if each["@type"] == "Dataset")
    for file in dataset["distribution"]:
        answer = public.get(file["contentUrl"].removeprefix(PUBLIC), buffered=True)
        assert f"{len(answer.data)} B" == file["contentSize"]


def test_the_dataset_says_who_made_it_of_what_and_what_it_covers(
    public: FlaskClient, release: Release
) -> None:
    page = public.get("/dataset.html").text
    (told,) = (each for each in structured(page)["@graph"] if each["@type"] == "Dataset")
    editors = {"@type": "Organization", "@id": f"{BASE}organisation/editors"}
    assert told["creator"] == {**editors, "name": "Editors of the City Diplomacy Graph"}
    assert told["publisher"]["name"] == "Editors of the City Diplomacy Graph"
    assert told["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert told["identifier"][0] == address_cited(f"{BASE}dataset", release)
    assert {work["@id"].removeprefix(f"{BASE}source/") for work in told["citation"]} == {
        "maturing-city-diplomacy",
        "can-city-diplomacy-help-ukraine",
        "shanghai-europe-city-ties",
        "twinning-of-the-east-abstract",
    }
    assert f"{BASE}source/wikipedia-lists-2026" in {work["@id"] for work in told["isBasedOn"]}
    first, last = map(int, told["temporalCoverage"].split("/"))
    assert 1900 < first < last < 2100
    south, west, north, east = map(float, told["spatialCoverage"]["geo"]["box"].split())
    assert -90 < south < 0 < north < 90
    assert -180 < west < 0 < east < 180
    assert {"sister cities", "population"} <= {each["name"] for each in told["variableMeasured"]}
    assert all(re.fullmatch("[0-9a-f]{64}", file["sha256"]) for file in told["distribution"])


def test_the_front_page_tells_how_to_search(public: FlaskClient) -> None:
    (site,) = (
        each for each in structured(public.get("/").text)["@graph"] if each["@type"] == "WebSite"
    )
    template = site["potentialAction"]["target"]["urlTemplate"].removeprefix(PUBLIC)
    assert "/city/kyiv" in public.get(template.replace("{search_term_string}", "Kyiv")).text


def test_terms_are_told_with_their_names(public: FlaskClient) -> None:
    page = public.get("/vocab/confidence.html").text
    scheme = f"{BASE}vocab/confidence"
    assert f"{scheme}#stated" in values(page, scheme, "hasDefinedTerm")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A visitor of a service whose data has a name that would break out of a script element."""
    file: Path = tmp_path_factory.mktemp("hostile") / "world.nq"
    city = ox.NamedNode(f"{BASE}city/x")
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    file.write_text(f"{ox.Triple(city, label, ox.Literal(HOSTILE, language='en'))} .\n", "utf-8")
    with create_app_for(file) as app:
        yield app.test_client()


def test_a_name_cannot_end_the_element_that_it_stands_in(hostile: FlaskClient) -> None:
    page = hostile.get("/city/x.html").text
    assert "<script>alert" not in page
    assert "\u2028" not in page.partition("ld+json")[2].partition("</script>")[0]
    assert HOSTILE in {each.get("name") for each in structured(page)["@graph"]}
    assert content(page, "og:title").startswith("</script>")
