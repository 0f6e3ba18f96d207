"""Nanopublications, judged by the package of those who publish them; nothing is asked outside."""

import socket
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from nanopub.nanopub import Nanopub
from rdflib import DCTERMS, PROV, RDF, Dataset, Graph, Literal, URIRef

from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, CD, PREFIXES
from citydiplomacy.release import Release
from common import select

CLAIM = "claim/what-city-diplomacy-is"
EVIDENCE = "evidence/f0240"
ALASKA = "claim/alaska-has-ties-for-nearness"
NP = "http://www.nanopub.org/nschema#"
ALL = "SELECT ?entity {{ ?entity a <{CD}{class_}> }} ORDER BY ?entity"


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing here open a connection to a host: the engine is asked by a socket of a file."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        assert self.family == socket.AF_UNIX, f"{address} is asked"
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def version(release: Release) -> str:
    return release.manifest["version"]


def address(name: str, version: str) -> str:
    # What was not published, such as 0.2.1-dev, can be asked for by no version.
    return f"{BASE}{name}.nanopub.trig" + (f"?version={version}" if "-" not in version else "")


def read(client: FlaskClient, name: str) -> Dataset:
    answer = client.get(f"/{name}.nanopub.trig")
    assert (answer.status_code, answer.mimetype) == (200, "application/trig")
    return Dataset().parse(data=answer.data, format="trig")


def part(client: FlaskClient, name: str, of: str, version: str) -> Graph:
    return read(client, of).graph(URIRef(f"{address(of, version)}#{name}"))


@pytest.mark.parametrize("name", [CLAIM, EVIDENCE, ALASKA])
def test_the_package_of_nanopublications_accepts_it(
    client: FlaskClient, tmp_path: Path, version: str, name: str
) -> None:
    file = tmp_path / "nanopub.trig"
    file.write_bytes(client.get(f"/{name}.nanopub.trig").data)
    found = Nanopub(rdf=file)
    assert found.is_valid
    assert str(found.metadata.np_uri) == address(name, version)


@pytest.mark.drill
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("class_", "step"), [("ScholarlyClaim", 1), ("Evidence", 20)])
def test_the_package_accepts_every_claim_and_much_evidence(
    client: FlaskClient, engine: Engine, tmp_path: Path, class_: str, step: int
) -> None:
    found = select(engine, ALL.format(CD=CD, class_=class_))
    names = [row["entity"].value for row in found][::step]
    assert len(names) > 100
    file = tmp_path / "nanopub.trig"
    for iri in names:
        file.write_bytes(client.get(f"/{iri.removeprefix(BASE)}.nanopub.trig").data)
        assert Nanopub(rdf=file).is_valid, iri


def test_a_nanopublication_of_evidence_asserts_what_rests_on_it(
    client: FlaskClient, version: str
) -> None:
    agreement, taipei = (
        URIRef(BASE + name) for name in ("agreement/basseterre--taipei", "city/taipei")
    )
    assert set(part(client, "assertion", EVIDENCE, version)) == {
        (agreement, URIRef(f"{CD}hasParty"), taipei)
    }


def test_its_provenance_leads_to_the_sentence_and_to_what_that_cites(
    client: FlaskClient, version: str
) -> None:
    told = part(client, "provenance", EVIDENCE, version)
    evidence, assertion = URIRef(BASE + EVIDENCE), URIRef(f"{address(EVIDENCE, version)}#assertion")
    article = URIRef(f"{BASE}source/maturing-city-diplomacy")
    assert (assertion, PROV.wasDerivedFrom, evidence) in told
    assert (assertion, PROV.hadPrimarySource, article) in told
    assert (evidence, URIRef(f"{CD}inSource"), article) in told
    assert (evidence, URIRef(f"{CD}citesWork"), URIRef(f"{BASE}source/tcg-2025b")) in told
    properties = {str(property_).removeprefix(CD) for property_ in told.predicates(evidence)}
    assert {"locator", "sentenceDigest", "confidence"} <= properties


def test_a_claim_is_asserted_as_a_claim(client: FlaskClient, version: str) -> None:
    told = part(client, "assertion", ALASKA, version)
    assert set(told.subjects()) == {URIRef(BASE + ALASKA)}
    assert (URIRef(BASE + ALASKA), RDF.type, URIRef(f"{CD}ScholarlyClaim")) in told
    properties = {str(property_).removeprefix(CD) for property_ in told.predicates()}
    assert {"claimText", "claimant", "topic", "stance"} <= properties
    assert "evidence" not in properties


def test_it_says_who_publishes_it_under_which_licence_in_which_version(
    client: FlaskClient, version: str
) -> None:
    about, told = URIRef(address(CLAIM, version)), part(client, "pubinfo", CLAIM, version)
    editors = URIRef(f"{BASE}organisation/editors")
    assert (about, DCTERMS.license, URIRef("https://creativecommons.org/licenses/by/4.0/")) in told
    assert (about, DCTERMS.creator, editors) in told
    assert (about, URIRef(f"{PREFIXES['dcat']}version"), Literal(version)) in told


def test_the_same_release_always_gives_the_same_bytes(client: FlaskClient) -> None:
    first, second = (client.get(f"/{CLAIM}.nanopub.trig?copy={copy}").data for copy in "ab")
    assert first == second


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{address}", 200),
        (f"{CLAIM}.nanopub.trig?version=99.0.0", 404),
        ("claim/nobody-says-so.nanopub.trig", 404),
        ("city/taipei.nanopub.trig", 404),
    ],
)
def test_there_is_one_of_each_claim_in_the_version_served(
    client: FlaskClient, version: str, path: str, status: int
) -> None:
    of_version = address(CLAIM, version).removeprefix(BASE)
    assert client.get(f"/{path}".replace("{address}", of_version)).status_code == status
