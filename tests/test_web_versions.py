"""The published versions over HTTP: their list, pages, data, files and feed."""

import gzip
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from rdflib import RDF, Graph, Literal, Namespace, URIRef

from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, PREFIXES
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from common import BROWSER

DCAT, SPDX = Namespace(PREFIXES["dcat"]), Namespace(PREFIXES["spdx"])
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def world(kept: Path, settings: Settings, engine: Engine, release: Release) -> FlaskClient:
    """A client of a site that knows those versions."""
    return create_app(replace(settings, versions=kept), engine, release).test_client()


def test_a_version_answers_in_the_format_asked_for(world: FlaskClient) -> None:
    sent = world.get("/dataset/0.2.0", headers=BROWSER)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/dataset/0.2.0.html")
    sent = world.get("/dataset/0.2.0", headers={"Accept": "application/ld+json"})
    assert sent.headers["Location"] == "/dataset/0.2.0.jsonld"
    page = world.get("/dataset/0.2.0.html")
    assert page.status_code == 200
    assert f'<{BASE}dataset/0.2.0>; rel="cite-as"' in page.headers["Link"]
    assert "28 February 2026" in page.text
    assert "City Diplomacy Graph, version 0.2.0." in page.text
    assert '<li><a href="/city/alby/history">alby</a></li>' in page.text
    assert "This is the first version." in world.get("/dataset/0.1.0.html").text


def test_a_version_is_cited_by_its_own_name_and_day(world: FlaskClient) -> None:
    assert world.get("/dataset/0.2.0.ris").text.split("\r\n")[1:] == [
        "ID  - citydiplomacy:dataset-0.2.0",
        "TI  - City Diplomacy Graph",
        "AU  - Editors of the City Diplomacy Graph",
        "PB  - Editors of the City Diplomacy Graph",
        "PY  - 2026",
        "DA  - 2026/02/28",
        "ET  - 0.2.0",
        "LA  - en",
        f"UR  - {BASE}dataset/0.2.0",
        "ER  - ",
        "",
    ]
    told = world.get("/dataset/0.2.0.datacite.json").get_json(force=True)
    (relation,) = told["relatedIdentifiers"]
    assert (relation["relatedIdentifier"], relation["relationType"]) == (
        f"{BASE}dataset",
        "IsVersionOf",
    )
    sent = world.get("/dataset/0.1.0", headers={"Accept": "application/x-bibtex"})
    assert sent.headers["Location"] == "/dataset/0.1.0.bib"


def test_a_version_is_signposted_with_its_files(world: FlaskClient) -> None:
    link = world.get("/dataset/0.2.0.html").headers["Link"]
    assert '</dataset/0.2.0/citydiplomacy.nq.gz>; rel="item"; type="application/n-quads"' in link
    assert '</dataset>; rel="collection"' in link
    (page, *_) = world.get("/dataset/0.2.0.linkset.json").get_json(force=True)["linkset"]
    assert page["cite-as"] == [{"href": f"{BASE}dataset/0.2.0"}]


def test_a_version_is_described_with_the_one_before_and_its_files(
    world: FlaskClient, kept: Path
) -> None:
    told = Graph().parse(data=world.get("/dataset/0.2.0.ttl").data, format="turtle")
    version = URIRef(f"{BASE}dataset/0.2.0")
    assert (version, RDF.type, DCAT.Dataset) in told
    assert told.value(version, DCAT.version) == Literal("0.2.0")
    assert told.value(version, DCAT.previousVersion) == URIRef(f"{BASE}dataset/0.1.0")
    assert told.value(version, DCAT.isVersionOf) == URIRef(f"{BASE}dataset")
    files = {
        str(told.value(file, DCAT.downloadURL)).removeprefix(BASE): told.value(file, SPDX.checksum)
        for file in told.objects(version, DCAT.distribution)
    }
    assert len(files) == 3
    for address, checksum in files.items():
        with world.get(f"/{address}") as answer:
            assert answer.status_code == 200
            assert "max-age=31536000" in answer.headers["Cache-Control"]
            digest = hashlib.sha256(answer.data).hexdigest()
        if checksum:
            assert str(told.value(checksum, SPDX.checksumValue)) == digest
    with world.get("/dataset/0.2.0/citydiplomacy.nq.gz") as answer:
        assert b"Albi" in gzip.decompress(answer.data)
    whole = Graph().parse(data=world.get("/dataset.ttl").data, format="turtle")
    assert set(whole.objects(URIRef(f"{BASE}dataset"), DCAT.hasVersion)) == {
        URIRef(f"{BASE}dataset/{each}") for each in ("0.1.0", "0.2.0")
    }
    assert sorted(file.name for file in kept.glob("*.gz")) == [
        "0.1.0.nq.gz",
        "0.2.0.nq.gz",
        "0.2.0.rdfp.gz",
    ]


def test_every_version_is_listed_the_newest_first(world: FlaskClient, client: FlaskClient) -> None:
    page = world.get("/dataset.html").text
    assert page.index('href="/dataset/0.2.0"') < page.index('href="/dataset/0.1.0"')
    feed = ElementTree.fromstring(world.get("/feed.atom").data)  # noqa: S314  # our own
    entries = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert entries == [f"{BASE}dataset/0.2.0", f"{BASE}dataset/0.1.0"]
    assert feed.findtext(f"{ATOM}updated") == "2026-02-28T00:00:00Z"
    assert client.get("/feed.atom").mimetype == "application/atom+xml"


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/9.9.9",
        "/dataset/1",
        "/dataset/0.1.0.exe",
        "/dataset/0.1.0-dev",
        "/dataset/0.1.00.html",
        "/dataset/9.9.9.ttl",
        "/dataset/9.9.9/manifest.json",
    ],
)
def test_a_version_that_there_is_not_gets_those_that_there_are(
    world: FlaskClient, path: str
) -> None:
    answer = world.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert "There are: 0.1.0, 0.2.0." in answer.text


@pytest.mark.parametrize("file", ["patch.rdfp.gz", "0.1.0.nq.gz", "..", "city.csv"])
def test_a_version_sends_only_its_own_files(world: FlaskClient, file: str) -> None:
    assert world.get(f"/dataset/0.1.0/{file}").status_code == 404


def test_a_damaged_file_is_not_sent(
    kept: Path, tmp_path: Path, settings: Settings, engine: Engine, release: Release
) -> None:
    folder = shutil.copytree(kept, tmp_path / "kept")
    (folder / "0.1.0.nq.gz").write_bytes(b"other")
    (folder / "0.2.0.json").write_text("{}")
    client = create_app(replace(settings, versions=folder), engine, release).test_client()
    answer = client.get("/dataset/0.1.0/citydiplomacy.nq.gz")
    assert (answer.status_code, answer.get_json(force=True)["title"]) == (503, "Version damaged")
    # Where the file lies is nobody's business but the operator's, who reads the log.
    assert str(folder) not in answer.text
    assert client.get("/dataset/0.2.0").status_code == 404
    assert client.get("/dataset.html").status_code == 200
