"""The page about us says what is so, of this copy as well."""

import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from citydiplomacy.engine import Engine
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ({"access_log": ""}, "keeps no log of requests"),
        ({"access_log": "/dev/null"}, "; no network addresses"),
        ({"access_log": "/dev/null", "access_log_clients": True}, "and the network address"),
        ({"client_seconds": 30}, "counted in memory"),
    ],
)
def test_it_says_what_the_log_of_this_copy_keeps(
    settings: Settings, engine: Engine, release: Release, kept: dict[str, Any], told: str
) -> None:
    own = replace(settings, **kept)
    page = create_app(own, engine, release).test_client().get("/about").text
    (privacy,) = re.findall(r'<section[^>]*"privacy">(.*?)</section>', page, re.DOTALL)
    assert told in privacy


def test_what_it_leads_to_is_there(client: FlaskClient) -> None:
    page = client.get("/about").text
    (main,) = re.findall(r"<main.*?</main>", page, re.DOTALL)
    paths = set(re.findall(r'href="(/[^"#]*)', main))
    assert len(paths) > 5
    answers = {path: client.get(path, follow_redirects=True).status_code for path in paths}
    assert {path for path, status in answers.items() if status != 200} == set()


def test_no_page_sets_a_cookie(client: FlaskClient) -> None:
    for path in ("/", "/about", "/city/taipei.html", "/search?q=kyiv", "/sparql"):
        assert "Set-Cookie" not in client.get(path).headers
