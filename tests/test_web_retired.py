"""Entities that were retired, and entities that very many mention: a small world over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from rdflib import OWL, RDFS, Graph, Literal, URIRef

from citydiplomacy import supervisor
from citydiplomacy.formats import ENTITY_FORMATS, GRAPH_FORMATS, Format
from citydiplomacy.namespaces import BASE, CURATED, PREFIXES
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from common import address_cited

LABEL = f"{PREFIXES['rdfs']}label"
DEPRECATED = f"{PREFIXES['owl']}deprecated"
REPLACED = f"{PREFIXES['dcterms']}isReplacedBy"
TRUE = f'"true"^^<{PREFIXES["xsd"]}boolean>'
FALSE = f'"false"^^<{PREFIXES["xsd"]}boolean>'
SYNTAXES = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
WORLD = [
    ("city/alby", LABEL, '"Alby"@en'),
    ("city/alby", DEPRECATED, FALSE),
    ("city/oldtown", LABEL, '"Oldtown"@en'),
    ("city/oldtown", DEPRECATED, TRUE),
    ("city/oldtown", REPLACED, f"<{BASE}city/alby>"),
    ("city/gone", LABEL, '"Gone"@en'),
    ("city/gone", DEPRECATED, TRUE),
    ("city/gone", f"{BASE}ontology#remark", '"What it once said."@en'),
    *((f"action/a{number}", f"{BASE}ontology#by", f"<{BASE}group/busy>") for number in range(501)),
    ("claim/gone", DEPRECATED, TRUE),
    ("claim/old", DEPRECATED, TRUE),
    ("claim/old", REPLACED, f"<{BASE}claim/bare>"),
    ("claim/bare", LABEL, '"Bare"@en'),
    ("group/busy", LABEL, '"Busy"@en'),
    ("group/idle", LABEL, '"Idle"@en'),
    ("action/a1", f"{BASE}ontology#by", f"<{BASE}group/idle>"),
]


@pytest.fixture(scope="module")
def client(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder: Path = tmp_path_factory.mktemp("retired")
    lines = (f"<{BASE}{about}> <{what}> {value} <{CURATED}> .\n" for about, what, value in WORLD)
    (folder / "citydiplomacy.nq").write_text("".join(lines), "utf-8")
    with supervisor.running_engine(Settings(), folder) as engine:
        yield create_app(Settings(), engine, release).test_client()


@pytest.mark.parametrize("format_", ENTITY_FORMATS, ids=lambda format_: format_.suffix)
def test_a_document_about_a_replaced_entity_leads_to_its_successor_in_the_same_format(
    client: FlaskClient, format_: Format
) -> None:
    answer = client.get(f"/city/oldtown.{format_.suffix}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/city/alby.{format_.suffix}"


def test_a_replaced_entity_leads_to_its_successor(client: FlaskClient) -> None:
    answer = client.get("/city/oldtown")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/city/alby")


def test_a_successor_does_not_lead_to_what_leads_back_to_it(client: FlaskClient) -> None:
    assert "/city/oldtown" not in client.get("/city/alby.html").text


def test_an_entity_that_is_said_not_to_be_deprecated_is_there(client: FlaskClient) -> None:
    assert client.get("/city/alby.html").status_code == 200


@pytest.mark.parametrize("format_", GRAPH_FORMATS, ids=lambda format_: format_.suffix)
def test_of_an_entity_without_successor_a_tombstone_is_left(
    client: FlaskClient, format_: Format
) -> None:
    answer = client.get(f"/city/gone.{format_.suffix}")
    left = Graph().parse(data=answer.data, format=SYNTAXES[format_.suffix])
    gone = URIRef(f"{BASE}city/gone")
    assert (answer.status_code, answer.mimetype) == (410, format_.media_type)
    assert set(left) == {
        (gone, OWL.deprecated, Literal(True)),
        (gone, RDFS.label, Literal("Gone", "en")),
    }


@pytest.mark.parametrize("accept", ["text/html", "text/turtle"])
def test_the_page_of_an_entity_without_successor_says_that_it_was_retired(
    client: FlaskClient, accept: str
) -> None:
    answer = client.get("/city/gone.html", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (410, "text/html")
    assert "<h1>Gone</h1>" in answer.text
    assert "was retired" in answer.text
    # The address may break at its slashes.
    assert f"{BASE}city/gone" in answer.text.replace("<wbr>", "")


def test_an_entity_without_successor_is_gone(client: FlaskClient) -> None:
    problem = json.loads(client.get("/city/gone", headers={"Accept": "text/turtle"}).data)
    assert (problem["status"], problem["title"]) == (410, "Retired")


def test_of_a_retired_claim_there_is_no_nanopublication(client: FlaskClient) -> None:
    assert client.get("/claim/gone.nanopub.trig").status_code == 410
    assert client.get("/claim/old.nanopub.trig").headers["Location"] == "/claim/bare"


def test_of_a_claim_without_evidence_there_is_none_either(client: FlaskClient) -> None:
    answer = client.get("/claim/bare.nanopub.trig")
    assert answer.status_code == 404
    assert "has no provenance" in json.loads(answer.data)["detail"]


@pytest.mark.parametrize(("group", "is_said"), [("busy", True), ("idle", False)])
def test_a_list_that_is_cut_says_so(client: FlaskClient, group: str, is_said: bool) -> None:
    page = client.get(f"/group/{group}.html").text
    assert 'href="/action/a1"' in page
    assert ("No more than 500 are shown here" in page) is is_said


def test_plain_json_says_that_an_entity_is_gone(client: FlaskClient) -> None:
    gone = client.get("/city/gone.json")
    assert gone.status_code == 410
    told = gone.get_json()
    assert (told["id"], told["label"], told["retired"]) == (f"{BASE}city/gone", "Gone", True)
    assert client.get("/city/oldtown.json").headers["Location"] == "/city/alby.json"


def test_what_is_gone_can_be_cited_and_stays_gone(client: FlaskClient, release: Release) -> None:
    gone = client.get("/city/gone.ris")
    assert (gone.status_code, "TI  - Gone\r\n" in gone.text) == (410, True)
    address = address_cited(f"{BASE}city/gone", release)
    assert f'<{address}>; rel="cite-as"' in gone.headers["Link"]
    assert client.get("/city/oldtown.csl.json").headers["Location"] == "/city/alby.csl.json"
