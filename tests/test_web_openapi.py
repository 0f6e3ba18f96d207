"""The description of the JSON routes: complete, valid, and kept by a real service."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from citydiplomacy.release import Release
from citydiplomacy.web import openapi
from common import YES

# An argument of a route, and what it can be so that there is an answer.
SAMPLES = {
    "path": ["city/yokohama"],
    "digest": [
        f"{YES}.{suffix}" for suffix in ("json", "csl.json", "datacite.json", "linkset.json")
    ],
    "file": ["manifest.json", "citydiplomacy.nq"],
    "filename": ["vendor/vendored.json"],
    "graph": ["meta", "meta.jsonld"],
    "kind": ["city"],
    "name": ["populations"],
    "number": ["1"],
    "panel": ["ties"],
    "scheme": ["confidence"],
    "slug": ["taipei"],
    "suffix": ["json", "jsonld", "geojson", "csl.json", "datacite.json", "linkset.json"],
    "version": ["0.1.0"],
    "what": ["entity"],
}
# Files of the pages, and what answers with pages for people alone.
NOT_DESCRIBED = ("static", "exploration.", "home.", "sitemap.", "explore.pictures")
JSON = re.compile(r"application/(?:[\w.-]+\+)?json")
QUERY = {
    **{f"/frozen/0.1.0/{digest}": "?query=ASK{}" for digest in SAMPLES["digest"]},
    "/sparql": "?query=ASK{}",
    "/reconcile/suggest/entity": "?prefix=yoko",
    "/reconcile/1.0-draft/suggest/entity": "?prefix=yoko",
    "/reconcile/flyout/entity": "?id=city/yokohama",
    "/reconcile/properties": "?type=City",
    "/reconcile/1.0-draft/extend/propose": "?type=City",
}


def addresses(rule: Rule) -> list[str]:
    """Return addresses that the rule answers, one for each combination of samples."""
    found = [rule.rule]
    for argument in sorted(rule.arguments):
        place = re.compile(rf"<(?:\w+(?:\([^)]*\))?:)?{argument}>")
        found = [place.sub(sample, path) for path in found for sample in SAMPLES[argument]]
    return [path + QUERY.get(path, "") for path in found]


def described(path: str) -> dict[str, dict[str, object]]:
    """Return what is described of the address, by method: the most literal of the templates."""
    paths = openapi.merged()["paths"]
    fitting = [
        template
        for template in paths
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path)
    ]
    literal = sorted(fitting, key=lambda each: (each.count("{"), -len(each)))
    return paths[literal[0]] if fitting else {}


def media_types(operation: dict[str, object]) -> set[str]:
    """Return the media types that an operation answers with when all is well."""
    responses = json.loads(json.dumps(operation["responses"]))
    answer = responses["200"]
    if "$ref" in answer:
        answer = openapi.merged()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return set(answer["content"])


def test_every_address_that_answers_json_is_described(app: Flask) -> None:
    client = app.test_client()
    missing, seen = set(), 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(NOT_DESCRIBED) or "GET" not in (rule.methods or ()):
            continue
        for address in addresses(rule):
            with client.get(address, headers={"Accept": "application/json"}) as answer:
                if answer.status_code != 200 or not JSON.fullmatch(answer.mimetype or ""):
                    continue
                seen += 1
                operation = described(address.partition("?")[0]).get("get")
                if operation is None or answer.mimetype not in media_types(operation):
                    missing.add((address, answer.mimetype))
    assert missing == set()
    assert seen > 15


def test_nothing_is_described_that_there_is_not(app: Flask) -> None:
    routes = app.url_map.bind("localhost")
    for template, item in openapi.merged()["paths"].items():
        path = re.sub(r"\{(\w+)\}", lambda found: SAMPLES[found[1]][0], template)
        for method in {"get", "post"} & set(item):
            assert routes.match(path, method.upper())


def test_the_description_names_the_version_and_the_service(
    client: FlaskClient, release: Release
) -> None:
    told = client.get("/openapi.json").get_json()
    assert told["openapi"] == "3.1.0"
    assert told["info"]["version"] == release.manifest["version"]
    assert told["servers"] == [{"url": "http://127.0.0.1:8000"}]
    assert "city" in told["components"]["parameters"]["kind"]["schema"]["enum"]


def test_two_parts_cannot_describe_the_same() -> None:
    document = {"paths": {"/a": {"get": {}}}, "tags": [1]}
    openapi._add(document, {"paths": {"/b": {}}, "tags": [2]}, "other.json")
    assert document["tags"] == [1, 2]
    with pytest.raises(ValueError, match=r"other\.json paths: /a is described twice"):
        openapi._add(document, {"paths": {"/a": {"post": {}}}}, "other.json")


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/city/taipei.json", "Entity"),
        ("/evidence/f0231.json", "Entity"),
        ("/city.json?country=japan", "List"),
        ("/network.json", "List"),
        ("/city/taipei.geojson", "FeatureCollection"),
        (f"/frozen/0.1.0/{YES}.json?query=ASK{{}}", "Frozen"),
        (f"/frozen/0.1.0/{YES}.json?query=ASK{{FILTER(false)}}", "Frozen"),
        ("/query/populations.json", "Results"),
        ("/query/populations.csl.json", "Csl"),
        ("/dataset.datacite.json", "DataCite"),
        ("/city/taipei.linkset.json", "Linkset"),
        ("/city.linkset.json", "Linkset"),
        ("/city/atlantis.json", "Problem"),
        ("/city.json?sort=nothing", "Problem"),
    ],
)
def test_an_answer_is_as_it_is_described(client: FlaskClient, path: str, schema: str) -> None:
    whole = {**openapi.merged(), "$ref": f"#/components/schemas/{schema}"}
    jsonschema.Draft202012Validator(whole).validate(client.get(path).get_json(force=True))


@pytest.mark.drill
@pytest.mark.timeout(1800)
def test_a_real_service_keeps_what_the_description_says(service: str, tmp_path: Path) -> None:
    checks = (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "unsupported_method",
    )
    told = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            f"{service}/openapi.json",
            "--url",
            service,
            "--checks",
            ",".join(checks),
            "--max-examples",
            "15",
            "--seed",
            "1",
            "--suppress-health-check",
            "all",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert told.returncode == 0, told.stdout[-8000:] + told.stderr[-2000:]
