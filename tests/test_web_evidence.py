"""The page of a piece of evidence leads from a statement to its sentence, and to who mends it."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app

EVIDENCE = f"{BASE}evidence/f0240"


@pytest.fixture
def offering(settings: Settings, engine: Engine, release: Release) -> Callable[[str], FlaskClient]:
    """What makes a client of a service whose operator has set a contact."""

    def made(contact: str) -> FlaskClient:
        return create_app(replace(settings, contact=contact), engine, release).test_client()

    return made


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


def reported(client: FlaskClient) -> str:
    """Return where the page sends a reader who reports a problem."""
    (address,) = re.findall(
        r'<a href="([^"]*)">Report a problem</a>', client.get("/evidence/f0240.html").text
    )
    return html.unescape(address)


@pytest.mark.parametrize(
    "told",
    [
        "One statement about one subject rests on a passage of Maturing City Diplomacy",
        "Yokohama and Taipei (The City Diplomacy of Taipei ¶4 s2).",
        "Its standing: reported. It cites one work.",
        "Sister city agreement of Basseterre and Taipei: has party Taipei",
        "Taipei's Sister Cities",
        "sha256:d351cccd0d50ccb5041297a0f4879281a97ae3b07674563f7ca8f0c9cd4006ca",
        EVIDENCE,
        "“Evidence f0240.” City Diplomacy Graph",
    ],
)
def test_a_page_of_evidence_says_what_rests_on_it_and_on_what_it_rests(
    client: FlaskClient, told: str
) -> None:
    assert told in text(client.get("/evidence/f0240.html").text)


def test_a_decision_of_the_editors_is_called_one(client: FlaskClient) -> None:
    page = text(client.get("/evidence/editors-300.html").text)
    assert "rest on a decision in Decisions of the editors" in page
    assert "No more than 300 are shown here" in page


@pytest.mark.parametrize("path", ["/evidence/f0240", "/claim/what-city-diplomacy-is"])
def test_its_nanopublication_is_offered(client: FlaskClient, path: str) -> None:
    assert client.get(f"{path}.html").text.count(f'href="{path}.nanopub.trig"') == 2
    assert client.get(f"{path}.nanopub.trig").status_code == 200


def test_of_a_city_no_nanopublication_is_offered(client: FlaskClient) -> None:
    assert "nanopub" not in client.get("/city/taipei.html").text


@pytest.mark.parametrize(
    ("contact", "address", "names"),
    [
        ("mailto:desk@example.org", "mailto:desk@example.org", {"subject", "body"}),
        (
            "https://example.org/new?label=data",
            "https://example.org/new",
            {"label", "title", "body"},
        ),
    ],
)
def test_a_report_names_the_page_and_the_release_already(
    offering: Callable[[str], FlaskClient],
    release: Release,
    contact: str,
    address: str,
    names: set[str],
) -> None:
    found = reported(offering(contact))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(found).query).items()}
    assert found.partition("?")[0] == address
    assert asked.keys() == names
    assert (asked.get("subject") or asked["title"]) == "City Diplomacy Graph: evidence/f0240"
    assert asked["body"].startswith(EVIDENCE)
    assert f"Version {release.manifest['version']}, release {release.id}" in asked["body"]


@pytest.mark.parametrize("contact", ["", "javascript:alert(1)"])
def test_without_an_address_a_reader_is_told_how_to_report(
    offering: Callable[[str], FlaskClient], contact: str
) -> None:
    own = offering(contact)
    path, _, place = reported(own).partition("#")
    assert f'<h2 id="{place}">' in own.get(path).text
