"""Entities and lists as plain JSON: what is promised, and that it says what the graph says."""

import pytest
from flask.testing import FlaskClient

from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, CD, RDF_TYPE
from common import select

# Members that are promised: one may be added, none may go.
ENTITY = {
    "id",
    "kind",
    "slug",
    "label",
    "retired",
    "types",
    "licence",
    "version",
    "names",
    "description",
    "identifiers",
    "statements",
    "mentions",
    "evidence",
}
IDENTITY = {"id", "kind", "slug", "label", "retired", "types", "licence", "version"}
LIST = {"kind", "version", "total", "columns", "rows"}
NAMED, LITERAL = {"id", "label"}, {"value", "language", "datatype"}
STATEMENT = {"property", "value", "derived", "evidence"}
EVIDENCE = {"source", "locator", "confidence", "note", "cites"}


@pytest.mark.parametrize("path", ["/city/taipei", "/evidence/f0231", "/network/citynet"])
def test_an_entity_has_the_members_that_are_promised(client: FlaskClient, path: str) -> None:
    told = client.get(f"{path}.json").get_json()
    assert set(told) >= ENTITY
    for statement in told["statements"]:
        assert set(statement) >= STATEMENT
        assert set(statement["property"]) >= NAMED
        assert set(statement["value"]) >= NAMED or set(statement["value"]) >= LITERAL
        assert set(statement["evidence"]) <= set(told["evidence"])
    for mention in told["mentions"]:
        assert set(mention) >= {"subject", "property"}
    for evidence in told["evidence"].values():
        assert set(evidence) >= EVIDENCE


def test_an_entity_says_who_it_is(client: FlaskClient) -> None:
    told = client.get("/city/taipei.json").get_json()
    assert (told["id"], told["kind"], told["slug"]) == (f"{BASE}city/taipei", "city", "taipei")
    assert (told["label"], told["retired"]) == ("Taipei", False)
    assert told["types"] == [{"id": f"{CD}City", "label": "city"}]
    assert {"text": "臺北市", "language": "zh-hant"} in told["names"]
    assert told["identifiers"] == {"wikidata": "Q1867", "geonames": "1668341"}
    assert told["description"].startswith("The political centre")
    assert told["licence"] == "https://creativecommons.org/licenses/by/4.0/"


def test_every_statement_of_the_graph_is_there_with_its_evidence(
    client: FlaskClient, engine: Engine
) -> None:
    iri = f"{BASE}city/taipei"
    told = client.get("/city/taipei.json").get_json()
    found = [
        (each["property"]["id"], each["value"].get("id") or each["value"]["value"])
        for each in told["statements"]
    ]
    left_out = f"<{CD}evidence>, <{RDF_TYPE}>"
    rows = select(engine, f"SELECT ?p ?o {{ <{iri}> ?p ?o FILTER(?p NOT IN ({left_out})) }}")
    assert sorted(found) == sorted((row["p"].value, row["o"].value) for row in rows)
    country = next(e for e in told["statements"] if e["property"]["id"] == f"{CD}inCountry")
    assert country["value"] == {"id": f"{BASE}country/taiwan", "label": "Taiwan"}
    assert f"{BASE}evidence/f0179" in country["evidence"]
    assert told["evidence"][f"{BASE}evidence/f0179"]["locator"].endswith("¶1 s2")
    derived = {e["property"]["id"] for e in told["statements"] if e["derived"]}
    assert f"{CD}hasSisterCity" in derived
    assert f"{CD}inCountry" not in derived


def test_who_mentions_an_entity_is_told(client: FlaskClient) -> None:
    told = client.get("/city/taipei.json").get_json()
    mention = {
        "subject": {
            "id": f"{BASE}agreement/houston--taipei",
            "label": "Sister city agreement of Houston and Taipei",
        },
        "property": {"id": f"{CD}hasParty", "label": "has party"},
    }
    assert mention in told["mentions"]


def test_a_list_is_the_csv_as_objects(client: FlaskClient) -> None:
    told = client.get("/city.json?country=japan&sort=-agreements").get_json()
    lines = client.get("/city.csv?country=japan&sort=-agreements").text.splitlines()
    assert set(told) >= LIST
    assert told["columns"] == ["city", "country", "agreements"]
    assert told["total"] == len(told["rows"]) == len(lines) - 1
    first = told["rows"][0]
    assert lines[1].startswith(f"{first['city']['id']},{first['city']['label']},")
    assert first["country"]["id"] == f"{BASE}country/japan"
    assert first["agreements"]["value"].isdecimal()


def test_who_accepts_json_still_gets_the_whole_graph(client: FlaskClient) -> None:
    answer = client.get("/city/taipei", headers={"Accept": "application/json"})
    assert answer.headers["Location"] == "/city/taipei.jsonld"


def test_a_list_that_cannot_be_is_refused_with_the_reason(client: FlaskClient) -> None:
    assert client.get("/city.json?country=atlantis").status_code == 400
    assert client.get("/nothing.json").status_code == 404
    assert client.get("/city/atlantis.json").status_code == 404
