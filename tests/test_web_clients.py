"""Budgets over HTTP: who a client is, and what it is told when it has asked too much."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Request
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from citydiplomacy import supervisor
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from citydiplomacy.web.clients import client_of

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LIGHT = "ASK {}"


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("127.0.0.1", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("", ""),
        ("no address", ""),
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::"),
        ("10.0.0.7", "10.0.0.7"),
    ],
)
def test_a_client_is_its_address_and_this_machine_is_nobody(address: str, client: str) -> None:
    environ = EnvironBuilder(environ_base={"REMOTE_ADDR": address}).get_environ()
    assert client_of(Request(environ)) == client


@pytest.fixture(scope="module")
def strict(settings: Settings) -> Settings:
    return replace(settings, query_seconds=2, client_seconds=1, proxies=1)


@pytest.fixture(scope="module")
def client(strict: Settings, release: Release) -> Iterator[FlaskClient]:
    with supervisor.running_engine(strict, release.folder) as engine:
        yield create_app(strict, engine, release).test_client()


def ask(client: FlaskClient, query: str, forwarded: str) -> int:
    """Ask by POST: what is kept is answered to anybody."""
    headers = {"X-Forwarded-For": forwarded}
    return client.post("/sparql", data={"query": query}, headers=headers).status_code


def test_who_has_spent_the_budget_is_told_when_to_come_back_and_others_go_on(
    client: FlaskClient,
) -> None:
    assert ask(client, ENDLESS, "203.0.113.1") == 504
    # Only what our own proxy has added counts, not what the client wrote before it.
    sent = {"X-Forwarded-For": "198.51.100.7, 203.0.113.1"}
    refused = client.get("/sparql", query_string={"query": LIGHT}, headers=sent)
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert int(refused.headers["Retry-After"]) >= 1
    assert (refused.json or {})["setting"] == "client_seconds"
    assert ask(client, LIGHT, "203.0.113.2") == 200
    assert client.get("/sparql", query_string={"query": LIGHT}).status_code == 200


def test_pages_are_shown_to_whoever_has_spent_the_budget(client: FlaskClient) -> None:
    assert ask(client, ENDLESS, "203.0.113.3") == 504
    assert ask(client, LIGHT, "203.0.113.3") == 429
    page = client.get("/city/taipei.html", headers={"X-Forwarded-For": "203.0.113.3"})
    assert page.status_code == 200


def test_without_a_proxy_nobody_is_believed_to_be_somebody_else(
    strict: Settings, release: Release
) -> None:
    settings = replace(strict, proxies=0)
    with supervisor.running_engine(settings, release.folder) as engine:
        client = create_app(settings, engine, release).test_client()
        assert ask(client, ENDLESS, "203.0.113.1") == 504
        assert ask(client, LIGHT, "203.0.113.1") == 200
