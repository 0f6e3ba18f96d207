"""What goes wrong, and what a person and a program are told; what no answer gives away."""

import json
import re
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citydiplomacy.engine import Engine, Lane, Query, Result
from citydiplomacy.errors import EngineUnavailableError
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from common import BROWSER

MISSING = [
    "/city/atlantis",
    "/city/atlantis.ttl",
    "/city/taipei.pdf",
    "/no-such-kind/",
    "/no-such-kind/thing",
    "/query/no-such-question",
    "/ontology/9.9.9",
    "/ontology.pdf",
    "/vocab/no-such-scheme",
    "/graph/no-such-graph",
    "/dataset/etc-passwd",
    "/dataset/..%2f..%2fetc%2fpasswd",
    "/static/no-such-file.css",
    "/city/taipei%22%3E%3Cscript%3E",
    "/city/tai pei",
    "/%00",
    "/a/b/c",
]


class BrokenEngine:
    """An engine that fails in the way it is told to."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def run(self, query: Query, media_type: str, lane: Lane = "public", client: str = "") -> Result:
        """Fail."""
        raise self._error


def broken(settings: Settings, release: Release, error: Exception) -> FlaskClient:
    engine: Engine = BrokenEngine(error)
    return create_app(settings, engine, release).test_client()


@pytest.mark.parametrize("accept", ["*/*", "", "application/json", "text/turtle", "image/png"])
def test_a_program_is_told_in_json_what_is_missing(client: FlaskClient, accept: str) -> None:
    answer = client.get("/city/atlantis", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/city/taipei")
    told = json.loads(answer.data)
    assert (told["status"], told["title"]) == (405, "Method not allowed")
    assert set(told["repair"].removeprefix("Use one of: ").rstrip(".").split(", ")) >= {
        "GET",
        "HEAD",
    }


@pytest.mark.parametrize("path", MISSING)
def test_a_person_is_told_what_is_missing(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER, follow_redirects=True)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "<h1>Not " in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", MISSING)
def test_a_program_is_told_what_is_missing(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert json.loads(answer.data)["status"] == 404


def test_an_unknown_entity_is_named_and_its_list_recommended(client: FlaskClient) -> None:
    problem = json.loads(client.get("/city/atlantis", headers={"Accept": "text/turtle"}).data)
    assert "city/atlantis" in problem["detail"]
    assert "/city/" in problem["repair"]


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/city/yokohma", "/city/yokohama"),
        ("/city/ho-chi-minh", "/city/ho-chi-minh-city"),
        ("/citty/taipei.html", "/city/taipei"),
        ("/network/yokohama", "/city/yokohama"),
        ("/yokohama", "/city/yokohama"),
        ("/cities", "/city/"),
        ("/ontologie", "/ontology"),
        ("/query/population", "/query/populations"),
    ],
)
def test_who_is_lost_is_shown_what_is_near(client: FlaskClient, path: str, meant: str) -> None:
    problem = json.loads(client.get(path, headers={"Accept": "application/json"}).data)
    assert meant in [page["path"] for page in problem["suggestions"]]
    assert f'<a href="{meant}">' in client.get(path, headers=BROWSER).text


def test_those_of_the_kind_asked_for_are_named_first(client: FlaskClient) -> None:
    problem = json.loads(client.get("/agreement/taipei").data)
    assert problem["suggestions"][0]["path"].startswith("/agreement/")


@pytest.mark.parametrize("path", ["/" + "a" * 5000, "/city/" + "a-" * 2500 + "a", "/" + "a/" * 900])
def test_a_long_address_that_leads_nowhere_is_answered_as_fast(
    client: FlaskClient, path: str
) -> None:
    client.get("/city/yokohma")  # until the index of names is there
    begun = time.process_time()
    assert client.get(path).status_code == 404
    assert time.process_time() - begun < 0.5


def test_the_type_of_a_problem_is_explained_on_the_page_about_us(client: FlaskClient) -> None:
    problem = json.loads(client.get("/city/atlantis.ttl").data)
    assert f'id="{problem["type"].partition("#")[2]}"' in client.get("/about").text


@pytest.mark.parametrize(
    ("path", "tidied"),
    [
        ("/City/Taipei", "/city/taipei"),
        ("/city/Taipei.TTL", "/city/taipei.ttl"),
        ("/SPARQL", "/sparql"),
        ("/SPARQL?query=ASK%20%7B%7D&format=CSV", "/sparql?query=ASK%20%7B%7D&format=CSV"),
    ],
)
def test_an_address_in_the_wrong_case_leads_to_the_right_one(
    client: FlaskClient, path: str, tidied: str
) -> None:
    answer = client.get(path, base_url="http://evil.example")
    assert (answer.status_code, answer.headers["Location"]) == (301, tidied)


def test_a_query_string_cannot_end_the_header_that_it_stands_in(client: FlaskClient) -> None:
    answer = client.get("/SPARQL", environ_overrides={"QUERY_STRING": "a=1\r\nSet-Cookie: b=c"})
    assert answer.headers["Location"] == "/sparql?a=1%0D%0ASet-Cookie:%20b=c"


def test_what_is_sent_to_an_address_in_the_wrong_case_is_not_sent_on(client: FlaskClient) -> None:
    assert client.head("/SPARQL").status_code == 301
    assert client.post("/SPARQL", data={"query": "ASK {}"}).status_code == 404


@pytest.mark.parametrize("path", ["/city/taipei/", "/city", "/query", "/sparql/", "/about/"])
def test_a_slash_at_the_end_makes_no_difference(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=BROWSER).status_code in {200, 303}


@pytest.mark.parametrize(
    "path", ["//evil.example/X", "///evil.example/X", "/\\evil.example/X", "/X\r\nSet-Cookie: a=b"]
)
def test_no_redirect_leads_to_another_host(client: FlaskClient, path: str) -> None:
    answer = client.get("/", environ_overrides={"PATH_INFO": path})
    location = answer.headers["Location"]
    assert answer.status_code == 301
    assert re.match(r"/[^/\\]", location)
    assert "\n" not in location


@pytest.mark.parametrize("path", ["/", "/city/taipei", "/city/taipei.html", "/sparql", "/dataset"])
def test_the_host_header_has_no_say(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=BROWSER | {"Host": "evil.example"})
    assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "path", ["/", "/city/taipei", "/city/taipei.ttl", "/nowhere", "/static/style.css", "/sparql"]
)
def test_every_answer_carries_the_headers_that_protect_its_reader(
    client: FlaskClient, path: str
) -> None:
    with client.get(path, headers=BROWSER) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Referrer-Policy" in headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", ["/city/taipei", "/", "/query/", "/dataset"])
def test_pages_are_read_only(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"a": "b"})
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_fault_of_ours_shows_a_number_and_no_trace(
    settings: Settings, release: Release, caplog: pytest.LogCaptureFixture
) -> None:
    client = broken(settings, release, ZeroDivisionError("secret"))
    answer = client.get("/city/taipei", headers={"Accept": "application/ld+json"})
    problem = json.loads(answer.data)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert problem["request"] in problem["repair"]
    assert problem["request"] in caplog.text


def test_a_fault_of_ours_is_a_page_for_a_person(settings: Settings, release: Release) -> None:
    client = broken(settings, release, ZeroDivisionError("secret"))
    answer = client.get("/city/taipei", headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_without_an_engine_the_service_is_alive_but_not_ready(
    settings: Settings, release: Release
) -> None:
    client = broken(settings, release, EngineUnavailableError("The engine is away."))
    not_ready = client.get("/readyz")
    assert client.get("/healthz").status_code == 200
    assert not_ready.status_code == 503
    assert not_ready.headers["Retry-After"] == "5"


def test_with_an_engine_the_service_is_ready(client: FlaskClient) -> None:
    assert client.get("/readyz").status_code == 200


def test_crawlers_are_kept_from_the_query_engine(client: FlaskClient) -> None:
    assert "Disallow: /sparql" in client.get("/robots.txt").text


def test_every_get_route_answers_head(app: Flask) -> None:
    methods = [rule.methods or set() for rule in app.url_map.iter_rules()]
    reading = [each for each in methods if "GET" in each]
    assert len(reading) > 15
    assert all("HEAD" in each for each in reading)
