"""The reconciliation service over HTTP: what OpenRefine sends, what it gets, what is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from citydiplomacy.web import create_app_for
from common import BROWSER
from reconciled import nquads

SCHEMAS = Path(__file__).parent / "reconciliation"
DRAFT = "/reconcile/1.0-draft"
FORM = "application/x-www-form-urlencoded"
TOO_MANY = json.dumps({"ids": ["x"] * 501, "properties": []})
BIRCH = {
    "query": "Birch",
    "type": "City",
    "type_strict": "should",
    "properties": [{"pid": "country", "v": "Northland"}],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A service over a world with two cities called Birch."""
    file = tmp_path_factory.mktemp("reconcile") / "world.nq"
    file.write_bytes(nquads())
    with create_app_for(file, public_url="https://cities.example") as app:
        yield app.test_client()


def conforms(answer: TestResponse, schema: str) -> Any:
    """Return what an answer says, once it is what the protocol says it should be."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    said = json.loads(answer.text)
    Draft202012Validator(json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8"))).validate(said)
    return said


def post(world: FlaskClient, **form: Any) -> TestResponse:
    return world.post("/reconcile", data={name: json.dumps(said) for name, said in form.items()})


@pytest.mark.parametrize(("path", "version"), [("/reconcile", "0.2"), (DRAFT, "1.0-draft")])
def test_the_service_says_what_it_is(world: FlaskClient, path: str, version: str) -> None:
    said = conforms(world.get(path), f"{version}/manifest")
    assert said["name"] == "City Diplomacy Graph"
    assert version in said["versions"]
    assert {"id": "City", "name": "city"} in said["defaultTypes"]


def test_every_address_of_the_manifest_answers(world: FlaskClient) -> None:
    said = world.get("/reconcile").json
    assert said
    site = "https://cities.example"
    addresses = [
        said["documentation"],
        said["view"]["url"].replace("{{id}}", quote("city/odell", safe="")),
        said["preview"]["url"].replace("{{id}}", quote("city/odell", safe="")),
    ]
    for what, name in (("entity", "city/odell"), ("type", "City"), ("property", "country")):
        told = said["suggest"][what]
        addresses.append(f"{told['service_url']}{told['service_path']}?prefix=o")
        flyout = f"{told['flyout_service_url']}{told['flyout_service_path']}"
        addresses.append(flyout.replace("${id}", quote(name, safe="")))
    proposed = said["extend"]["propose_properties"]
    addresses.append(f"{proposed['service_url']}{proposed['service_path']}?type=City")
    for address in addresses:
        assert address.startswith(site)
        answer = world.get(address.removeprefix(site), follow_redirects=True)
        assert answer.status_code == 200, address


def test_a_browser_gets_a_page_that_says_how_to_use_it(client: FlaskClient) -> None:
    page = client.get("/reconcile", headers=BROWSER)
    assert page.mimetype == "text/html"
    assert "Add standard service" in page.text
    for name in ("property-country", "type-City", "feature-distance"):
        assert f'id="{name}"' in page.text


def test_a_batch_is_answered_by_key_with_features_and_at_most_one_match(
    world: FlaskClient,
) -> None:
    said = conforms(post(world, queries={"q0": BIRCH, "q1": {"query": "Nobody"}}), "0.2/results")
    assert [(each["id"], each["match"]) for each in said["q0"]["result"]] == [
        ("city/birch-northland", True),
        ("city/birch-southland", False),
    ]
    assert said["q0"]["result"][0]["description"] == "City, Northland"
    assert {"id": "country", "value": True} in said["q0"]["result"][0]["features"]
    assert said["q1"] == {"result": []}


def test_a_batch_may_come_in_the_address(world: FlaskClient) -> None:
    address = f"/reconcile?queries={quote(json.dumps({'q0': BIRCH}))}"
    assert conforms(world.get(address), "0.2/results") == post(world, queries={"q0": BIRCH}).json


def test_the_draft_answers_the_same_in_its_own_words(world: FlaskClient) -> None:
    name = {"matchType": "name", "propertyValue": "Birch"}
    country = {"matchType": "property", "propertyId": "country", "propertyValue": "Northland"}
    batch = {"queries": [{"type": "City", "conditions": [name, country]}]}
    said = conforms(world.post(f"{DRAFT}/match", json=batch), "1.0-draft/results")
    old = post(world, queries={"q0": BIRCH}).json
    assert old
    (result,) = said["results"]
    both = zip(result["candidates"], old["q0"]["result"], strict=True)
    for new, known in both:
        assert {**new, "features": ...} == {**known, "features": ...}
        assert [(each["id"], each["value"]) for each in new["features"]] == [
            (each["id"], each["value"]) for each in known["features"]
        ]


def test_in_the_draft_an_id_is_a_condition_of_its_own(world: FlaskClient) -> None:
    condition = {"matchType": "id", "propertyValue": "city/odell", "required": True}
    batch = {"queries": [{"conditions": [condition]}]}
    said = conforms(world.post(f"{DRAFT}/match", json=batch), "1.0-draft/results")
    assert [each["id"] for each in said["results"][0]["candidates"]] == ["city/odell"]


EXTENSION = {
    "ids": ["city/odell", "city/nowhere"],
    "properties": [
        {"id": "country"},
        {"id": "partner", "settings": {"content": "label"}},
        {"id": "agreement", "settings": {"content": "iri", "limit": "1"}},
        {"id": "ties"},
        {"id": "name", "settings": {"count": True}},
        {"id": "wikidata"},
        {"id": "network"},
    ],
}
ODELL: dict[str, list[dict[str, Any]]] = {
    "country": [{"id": "country/northland", "name": "Northland"}],
    "partner": [{"str": "Birch"}],
    "agreement": [{"str": "https://w3id.org/citydiplomacy/agreement/birch-southland--odell"}],
    "ties": [{"int": 3}],
    "name": [{"int": 2}],
    "wikidata": [{"str": "Q13"}],
    "network": [{"id": "network/trees", "name": "League of Trees"}],
}


def test_matched_entities_are_extended_with_values(world: FlaskClient) -> None:
    said = conforms(post(world, extend=EXTENSION), "0.2/extension")
    country = {"id": "country", "name": "Country", "type": {"id": "Country", "name": "country"}}
    assert said["meta"][0] == country
    assert "type" not in said["meta"][1]
    assert said["rows"]["city/odell"] == ODELL
    nothing: list[dict[str, Any]] = []
    assert said["rows"]["city/nowhere"] == {
        name: [{"int": 0}] if name == "name" else nothing for name in ODELL
    }


def test_the_draft_extends_with_the_same_values(world: FlaskClient) -> None:
    said = conforms(world.post(f"{DRAFT}/extend", json=EXTENSION), "1.0-draft/extension")
    odell = {each["id"]: each["values"] for each in said["rows"][0]["properties"]}
    assert said["rows"][0]["id"] == "city/odell"
    assert odell == ODELL | {"partner": [{"str": "Birch", "lang": "en"}]}


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/reconcile/suggest/entity", "0.2/suggested-entities"),
        (f"{DRAFT}/suggest/entity", "1.0-draft/suggested-entities"),
    ],
)
@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("Bir", ["city/birch-northland", "city/birch-southland"]),
        ("オデ", ["city/odell"]),
        ("city/odell", ["city/odell"]),
        ("Q13", ["city/odell"]),
    ],
)
def test_entities_are_suggested_while_somebody_types(
    world: FlaskClient, path: str, schema: str, prefix: str, expected: list[str]
) -> None:
    said = conforms(world.get(path, query_string={"prefix": prefix, "type": "City"}), schema)
    assert [each["id"] for each in said["result"]] == expected


def test_suggestions_go_on_where_they_ended(world: FlaskClient) -> None:
    def names(**asked: Any) -> list[str]:
        answer = world.get("/reconcile/suggest/entity", query_string=asked).json
        assert answer
        return [each["id"] for each in answer["result"]]

    every = names(prefix="Birch")
    assert names(prefix="Birch", limit=1) == every[:1]
    assert names(prefix="Birch", cursor=1) == every[1:]
    assert names(prefix="", limit=1) == ["city/odell"]  # who has most ties


@pytest.mark.parametrize(
    ("what", "prefix", "expected"),
    [
        ("type", "ci", ["City"]),
        ("type", "agr", ["Agreement"]),
        ("type", "netwrok of cities", ["CityNetwork"]),
        ("property", "Coun", ["country"]),
        ("property", "3166", ["iso-code"]),
    ],
)
def test_types_and_properties_are_suggested(
    world: FlaskClient, what: str, prefix: str, expected: list[str]
) -> None:
    for place, version in (("/reconcile", "0.2"), (DRAFT, "1.0-draft")):
        answer = world.get(f"{place}/suggest/{what}", query_string={"prefix": prefix})
        said = conforms(answer, f"{version}/suggested-others")
        assert [each["id"] for each in said["result"]][:1] == expected


def test_without_a_prefix_all_types_and_properties_are_suggested(world: FlaskClient) -> None:
    types = world.get("/reconcile/suggest/type").json
    properties = world.get(f"{DRAFT}/suggest/property?prefix=&limit=100").json
    assert types and properties
    assert "City" in {each["id"] for each in types["result"]}
    assert {"country", "wikidata"} <= {each["id"] for each in properties["result"]}


def test_properties_are_proposed_by_type(world: FlaskClient) -> None:
    for path, version in (
        ("/reconcile/properties", "0.2"),
        (f"{DRAFT}/extend/propose", "1.0-draft"),
    ):
        said = conforms(world.get(f"{path}?type=City&limit=3"), f"{version}/proposals")
        assert (said["type"], said["limit"], len(said["properties"])) == ("City", 3, 3)
        every = conforms(world.get(f"{path}?type=Agreement"), f"{version}/proposals")
        assert {"party", "status"} <= {each["id"] for each in every["properties"]}
        assert "country" not in {each["id"] for each in every["properties"]}


def test_a_preview_may_stand_in_a_frame_and_a_page_may_not(world: FlaskClient) -> None:
    preview = world.get("/reconcile/preview?id=city/odell")
    assert "オデル市" in preview.text
    assert "frame-ancestors *" in preview.headers["Content-Security-Policy"]
    page = world.get("/reconcile", headers=BROWSER)
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_a_flyout_is_a_piece_of_html(world: FlaskClient) -> None:
    said = conforms(world.get("/reconcile/flyout/entity?id=city%2Fodell"), "0.2/flyout")
    assert (said["id"], "Wikidata: Q13" in said["html"]) == ("city/odell", True)


def test_a_script_of_another_site_may_read_the_manifest(world: FlaskClient) -> None:
    answer = world.get("/reconcile?callback=jQuery_1.done&_=1762")
    assert answer.mimetype == "application/javascript"
    assert answer.headers["Cache-Control"] == "no-store"
    called, _, said = answer.text.partition("(")
    assert called == "/**/jQuery_1.done"
    assert json.loads(said.removesuffix(");")) == world.get("/reconcile").json


@pytest.mark.parametrize("callback", ["alert(1)", "a b", "<script>", "a..b", "é", "x" * 300, "1a"])
def test_a_callback_is_a_name_and_nothing_else(world: FlaskClient, callback: str) -> None:
    answer = world.get("/reconcile", query_string={"callback": callback})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("parameter", "path"),
    [
        ("wikidata=Q13", "/city/odell"),
        ("wikidata=http://www.wikidata.org/entity/q13", "/city/odell"),
        ("geonames=1001", "/city/birch-northland"),
        ("iso-code=nl", "/country/northland"),
    ],
)
def test_an_entity_is_looked_up_by_an_identifier(
    world: FlaskClient, parameter: str, path: str
) -> None:
    answer = world.get(f"/lookup?{parameter}")
    assert (answer.status_code, answer.headers["Location"]) == (303, path)


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ("", 400),
        ("wikidata=Q13&geonames=1", 400),
        ("viaf=1", 400),
        ("wikidata=Q1", 404),
        ("wikidata=", 404),
        ("wikidata=Q13&wikidata=Q12", 400),
        ("wikidata=%ff", 400),
    ],
)
def test_what_cannot_be_looked_up_is_said(world: FlaskClient, parameters: str, status: int) -> None:
    answer = world.get(f"/lookup?{parameters}")
    assert answer.status_code == status
    assert answer.json and answer.json["repair"]


@pytest.mark.parametrize(
    ("path", "request_", "status"),
    [
        ("/reconcile", {"data": {"queries": "{"}}, 400),
        ("/reconcile", {"data": {"queries": "[" * 100_000}}, 400),
        ("/reconcile", {"data": {"queries": "{}", "extend": "{}"}}, 400),
        ("/reconcile", {"data": {"queries": ["{}", "{}"]}}, 400),
        (
            "/reconcile",
            {"data": b"queries=%ff", "content_type": "application/x-www-form-urlencoded"},
            400,
        ),
        ("/reconcile", {"data": b"{}", "content_type": "text/plain"}, 415),
        ("/reconcile", {"data": {"queries": "{" + " " * 2_000_000 + "}"}}, 413),
        ("/reconcile", {"data": {"extend": '{"ids": 1, "properties": []}'}}, 400),
        ("/reconcile", {"data": {"extend": '{"ids": [], "properties": [{"id": "x"}]}'}}, 400),
        (
            "/reconcile",
            {"data": {"extend": TOO_MANY}},
            413,
        ),
        (f"{DRAFT}/match", {"data": b"{}", "content_type": "application/json"}, 400),
        (f"{DRAFT}/match", {"data": b"\xff", "content_type": "application/json"}, 400),
        (f"{DRAFT}/match", {"data": {"queries": "{}"}}, 415),
        (f"{DRAFT}/match", {"json": {"queries": [{"conditions": []}]}}, 400),
        (f"{DRAFT}/match", {"json": {"queries": [{"conditions": [{"matchType": "odd"}]}]}}, 400),
        (f"{DRAFT}/extend", {"json": []}, 400),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_in_words(
    world: FlaskClient, path: str, request_: dict[str, Any], status: int
) -> None:
    answer = world.post(path, **request_)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json and answer.json["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reconcile/suggest/entity?prefix=a&cursor=-1", 400),
        ("/reconcile/suggest/entity?prefix=a&cursor=99999999999999999999", 400),
        ("/reconcile/suggest/entity?prefix=a&limit=1e3", 400),
        ("/reconcile/suggest/entity?prefix=a&type=Town", 400),
        ("/reconcile/suggest/town?prefix=a", 404),
        ("/reconcile/suggest/entity?prefix=%ff", 400),
        ("/reconcile/preview", 404),
        ("/reconcile/preview?id=../../etc/passwd", 404),
        ("/reconcile/flyout/type?id=Town", 400),
        ("/reconcile/properties?type=Town", 400),
        (f"{DRAFT}/match", 405),
    ],
)
def test_an_address_that_makes_no_sense_is_refused(
    world: FlaskClient, path: str, status: int
) -> None:
    assert world.get(path).status_code == status


def test_a_page_of_another_site_may_send_json(world: FlaskClient) -> None:
    asked = {
        "Origin": "https://refine.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = world.options(f"{DRAFT}/match", headers=asked)
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '" onload="x', "{{7*7}}", "\u202e"])
def test_what_is_sent_comes_back_as_text_only(world: FlaskClient, text: str) -> None:
    answer = world.get("/reconcile/preview", query_string={"id": text}, headers=BROWSER)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert 'onload="x' not in answer.text
