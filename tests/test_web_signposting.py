"""Signposts: what a program that knows nothing else finds in headers, links and metadata."""

import html
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

import pytest
from _pytest.mark import ParameterSet
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from signposting import find_signposting_http, find_signposting_linkset

from citydiplomacy.namespaces import BASE, LICENCE
from citydiplomacy.release import Release
from common import address_cited

CITY = f"{BASE}city/taipei"
EDITORS = f"{BASE}organisation/editors"
SCHEMA = "https://schema.org/"
ASKED = "/query/members-of-a-network?network=citynet"
SIGNPOSTED = [
    "/city/taipei.html",
    "/city/taipei.ttl",
    "/city/taipei.ris",
    "/city/taipei.linkset",
    "/city/",
    "/dataset.html",
    "/ontology.html",
    "/vocab/confidence.html",
    "/shapes.html",
    "/graph/imported/wikipedia-lists.html",
    ASKED,
    "/query/members-of-a-network.csv?network=citynet",
]
LINKED = [
    "/city/taipei",
    "/dataset",
    "/ontology",
    "/shapes",
    "/vocab/confidence",
    "/graph/curated",
    "/query/populations",
]
HEADER = 4096


def sampled(paths: list[str], *quick: str) -> list[ParameterSet]:
    """Return the paths as parameters, those that are not quickly looked at for the drills."""
    return [
        pytest.param(path, marks=[] if path in quick else [pytest.mark.drill]) for path in paths
    ]


def targets(found: Iterable[Any]) -> set[str]:
    return {str(each.target) for each in found}


# ----------------------------------------------------------------------------------- level 1


def test_a_page_leads_to_its_iri_its_metadata_its_licence_and_its_list(
    service: str, release: Release
) -> None:
    found = find_signposting_http(f"{service}/city/taipei.html")
    assert str(found.citeAs.target) == address_cited(CITY, release)
    assert str(found.license.target) == LICENCE
    assert targets(found.authors) == {EDITORS}
    assert targets(found.types) == {f"{SCHEMA}AboutPage", f"{BASE}ontology#City"}
    assert str(found.collection.target) == f"{service}/city/"
    described = {str(each.target): str(each.type) for each in found.describedBy}
    assert described[f"{service}/city/taipei.ttl"] == "text/turtle"
    assert described[f"{service}/city/taipei.bib"] == "application/x-bibtex"
    assert targets(found.linksets) == {
        f"{service}/city/taipei.linkset",
        f"{service}/city/taipei.linkset.json",
    }


def test_the_dataset_consists_of_its_files(service: str, release: Release) -> None:
    found = find_signposting_http(f"{service}/dataset.html")
    assert str(found.citeAs.target) == address_cited(f"{BASE}dataset", release)
    assert f"{service}/dataset/citydiplomacy.nq.gz" in targets(found.items)
    assert f"{SCHEMA}Dataset" in targets(found.types)
    assert found.collection is None


def test_an_answer_consists_of_its_rows(service: str, release: Release) -> None:
    asked = "query/members-of-a-network"
    found = find_signposting_http(f"{service}/{asked}?network=citynet")
    assert str(found.citeAs.target) == address_cited(f"{BASE}{asked}?network=citynet", release)
    items = {str(each.target): str(each.type) for each in found.items}
    assert items[f"{service}/{asked}.csv?network=citynet"] == "text/csv"


@pytest.mark.parametrize("path", SIGNPOSTED)
def test_the_links_of_a_document_fit_in_a_small_header(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    link = answer.headers["Link"]
    assert len(link) < HEADER
    assert 'rel="license"' in link
    assert 'rel="linkset"; type="application/linkset+json"' in link


@pytest.mark.parametrize("path", sampled(SIGNPOSTED, "/city/taipei.html", "/dataset.html", ASKED))
def test_a_signpost_leads_to_something(client: FlaskClient, path: str) -> None:
    link = client.get(path).headers["Link"]
    own = {target for target in re.findall(r"<(/[^>]*)>", link) if "/dataset/" not in target}
    gone = {target for target in own if client.head(target).status_code not in {200, 302, 303}}
    assert (gone, len(own) > 2) == (set(), True)


# ----------------------------------------------------------------------------------- level 2


@pytest.mark.parametrize("path", sampled(LINKED, "/city/taipei", "/dataset", "/query/populations"))
@pytest.mark.parametrize("suffix", ["linkset", "linkset.json"])
def test_a_document_of_links_says_what_the_header_says(
    service: str, release: Release, path: str, suffix: str
) -> None:
    page = f"{service}{path}" if path.startswith("/query/") else f"{service}{path}.html"
    told = find_signposting_linkset(f"{service}{path}.{suffix}").for_context(page)
    header = find_signposting_http(page)
    assert str(told.citeAs.target) == address_cited(f"{BASE}{path[1:]}", release)
    assert str(told.license.target) == str(header.license.target)
    for one, other in [
        (told.describedBy, header.describedBy),
        (told.types, header.types),
        (told.authors, header.authors),
    ]:
        assert targets(one) == targets(other)
    assert targets(told.items) >= targets(header.items)


def test_the_links_of_the_dataset_name_its_lists_and_no_entity(client: FlaskClient) -> None:
    page, *others = client.get("/dataset.linkset.json").get_json(force=True)["linkset"]
    items = {each["href"].removeprefix("http://127.0.0.1:8000") for each in page["item"]}
    assert {"/city/", "/dataset/city.csv", "/dataset/citydiplomacy.nq"} <= items
    assert "/city/taipei" not in items
    assert len(items) < 200
    back = {(other["anchor"], other["describes"][0]["href"]) for other in others}
    assert ("http://127.0.0.1:8000/dataset.ttl", page["anchor"]) in back


def test_the_links_of_a_list_name_all_its_entities(client: FlaskClient, app: Flask) -> None:
    (list_,) = client.get("/network.linkset.json").get_json(force=True)["linkset"]
    count = app.extensions["citydiplomacy"].entities.kinds["network"].count
    assert len(list_["item"]) == count
    assert {"href": f"{BASE}network/citynet"} in list_["item"]
    assert client.get("/nothing.linkset.json").status_code == 404


# ------------------------------------------------------------- metadata for reference managers


def metas(page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<meta name="((?:DC\.|citation_)[^"]*)" content="([^"]*)">', page)
    return [(name, html.unescape(content)) for name, content in found]


def test_a_page_says_in_its_head_that_it_is_a_dataset(
    client: FlaskClient, release: Release
) -> None:
    page = client.get("/city/taipei.html").text
    told = dict(metas(page))
    assert told.pop("DC.date", "") == told.pop("citation_publication_date", "").replace("/", "-")
    name = "Editors of the City Diplomacy Graph"
    assert told == {
        "DC.type": "Dataset",
        "DC.title": "Taipei",
        "DC.creator": name,
        "DC.publisher": name,
        "DC.identifier": address_cited(CITY, release),
        "DC.language": "en",
        "DC.rights": LICENCE,
        "citation_title": "Taipei",
        "citation_author": name,
    }
    head = page.partition("</head>")[0]
    block = head[head.index('<link rel="unapi-server"') : head.rindex('<meta name="citation_')]
    assert len(block) < 1500


def test_a_page_carries_a_context_object(client: FlaskClient, release: Release) -> None:
    page = client.get("/city/taipei.html").text
    (title,) = re.findall(r'<span class="Z3988" title="([^"]*)"></span>', page)
    told = parse_qs(html.unescape(title), strict_parsing=True)
    assert told["rft.type"] == ["dataset"]
    assert told["rft.title"] == ["Taipei"]
    assert told["rft.identifier"] == [address_cited(CITY, release)]


def test_unapi_leads_from_the_identifier_of_a_page_to_its_citation(client: FlaskClient) -> None:
    page = client.get("/city/taipei.html").text
    (server,) = re.findall(r'<link rel="unapi-server"[^>]* href="([^"]*)">', page)
    (identifier,) = re.findall(r'<abbr class="unapi-id" title="([^"]*)"></abbr>', page)
    formats = etree.fromstring(client.get(server).data)
    names = [each.get("name") for each in formats]
    assert names == ["ris", "bibtex", "csl", "datacite"]
    choices = client.get(f"{server}?id={identifier}")
    assert choices.status_code == 300
    assert etree.fromstring(choices.data).get("id") == identifier
    # As Zotero asks: the identifier as it stands.
    answer = client.get(f"{server}?id={identifier}&format=ris", follow_redirects=True)
    assert answer.text.startswith("TY  - DATA\r\nID  - citydiplomacy:city-taipei\r\n")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("id=https://example.org/city/taipei", 404),
        (f"id={BASE}city/nowhere&format=ris", 404),
        (f"id={CITY}&format=endnote", 406),
        (f"id={BASE}/evil.example/x&format=ris", 404),
    ],
)
def test_unapi_tells_what_it_does_not_have(client: FlaskClient, asked: str, status: int) -> None:
    assert client.get(f"/unapi?{asked}").status_code == status


def test_unapi_sends_nobody_to_an_address_that_is_none(client: FlaskClient) -> None:
    answer = client.get(f"/unapi?id={BASE}query/%0d%0aX-Bad:%201臺北&format=ris")
    assert answer.headers["Location"].startswith("/query/%0D%0AX-Bad")
    assert "X-Bad" not in answer.headers


def test_an_address_that_clients_would_spoil_is_not_offered_to_them(client: FlaskClient) -> None:
    page = client.get("/query/diplomatic-style?city=taipei&city=yokohama").text
    assert "unapi-id" not in page
    assert "Z3988" in page


def test_a_page_that_is_cited_as_nothing_says_nothing(client: FlaskClient) -> None:
    for path in ("/", "/city/", "/about", "/search?q=taipei"):
        page = client.get(path).text
        assert (metas(page), "unapi" in page) == ([], False)
