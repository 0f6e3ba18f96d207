"""Data of visitors held to the shapes: reports, limits, and a process that reaches nothing."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from rdflib import RDF, SH, Graph, URIRef
from werkzeug.test import TestResponse

from citydiplomacy import paths
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, CD
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from common import BROWSER

YOKOHAMA = paths.root() / "data" / "city" / "yokohama.ttl"
REJECTED = Path(__file__).parent / "rejected"
ONE_PARTY = (REJECTED / "agreement-with-one-party.ttl").read_text("utf-8")
TURTLE, JSONLD = "text/turtle", "application/ld+json"
A_CITY = f"<{BASE}city/alby> a <{CD}City> ."
UNREADABLE = {
    "no Turtle": (TURTLE, "<urn:a> <urn:b>", 1, "Unexpected end"),
    "a relative IRI": (TURTLE, "\n<a> <urn:b> <urn:c> .", 2, "No scheme"),
    "nothing": (TURTLE, "# a remark", None, "states nothing"),
    "a triple in a triple": (TURTLE, "<urn:a> <urn:b> <<( <urn:a> <urn:b> 1 )>> .", None, "triple"),
    "deep Turtle": (TURTLE, f"<urn:a> <urn:b> {'(' * 900}{')' * 900} .", None, "nests"),
    "very deep Turtle": (TURTLE, f"<urn:a> <urn:b> {'<<( ' * 30_000}", None, "nests"),
    "deep JSON-LD": (JSONLD, '{"urn:a":' * 5_000 + "1" + "}" * 5_000, None, "nests"),
    "no JSON": (JSONLD, '{"urn:a": NaN}', 1, "Unexpected"),
    "relative JSON-LD": (JSONLD, '{"@id": "a", "urn:b": "c"}', None, "states nothing"),
    "a context elsewhere": (JSONLD, '{"@context": "https://schema.org/"}', None, "not fetched"),
    "an imported context": (
        JSONLD,
        '{"@context": {"@import": "https://schema.org/"}}',
        None,
        "not fetched",
    ),
}


@pytest.fixture
def strict(settings: Settings, engine: Engine, release: Release) -> Iterator[FlaskClient]:
    """A client of an application with little patience."""
    tight = Settings(release_dir=settings.release_dir, validation_seconds=1)
    yield create_app(tight, engine, release).test_client()


def post(
    client: FlaskClient, data: str | bytes, media_type: str = TURTLE, accept: str = TURTLE
) -> TestResponse:
    return client.post("/validate", data=data, content_type=media_type, headers={"Accept": accept})


def many_cities(number: int) -> str:
    prefixes = f"PREFIX cd: <{CD}> PREFIX city: <{BASE}city/>\n"
    return prefixes + "\n".join(f"city:a{each} a cd:City ." for each in range(number))


def test_data_that_is_right_conforms(client: FlaskClient) -> None:
    answer = post(client, YOKOHAMA.read_bytes(), accept="application/n-triples")
    assert answer.status_code == 200
    assert answer.mimetype == "application/n-triples"
    assert answer.headers["Cache-Control"] == "no-store"
    report = Graph().parse(data=answer.data, format="nt")
    (verdict,) = report.subjects(RDF.type, SH.ValidationReport)
    assert bool(report.value(verdict, SH.conforms)) is True
    assert set(report.objects(verdict, SH.result)) == set()


def test_a_reader_is_told_what_is_wrong_and_how_to_mend_it(client: FlaskClient) -> None:
    form = {"data": f"{ONE_PARTY}# <this & that>", "format": "ttl"}
    page = client.post("/validate", data=form, headers=BROWSER).text
    assert "<title>Not valid" in page
    assert "at least two" in page
    assert 'href="/shapes#' in page
    assert "sh:ValidationReport" in page
    assert "# &lt;this &amp; that&gt;</textarea>" in page  # what was sent stands in the form again


@pytest.mark.parametrize(
    ("data", "media_type", "status", "detail"),
    [
        (b"\xff\xfe<\x00", TURTLE, 400, "not UTF-8: the byte 0xFF"),
        (b"<urn:a> <urn:b> '\xe9' .", TURTLE, 400, "not UTF-8: the byte 0xE9"),
        (b"x" * 250_001, TURTLE, 413, "longer than 250000 bytes"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "application/rdf+xml", 415, "rdf+xml is not read"),
        (b"<urn:a> <urn:b> <urn:c> <urn:d> .", "application/n-quads", 415, "n-quads is not read"),
        (b"--x\r\n", "multipart/form-data; boundary=x", 415, "form-data is not read"),
        (b"", "", 415, "unknown is not read"),
        (b"", "application/x-www-form-urlencoded", 400, "There is no data"),
        (b"data=a&data=b", "application/x-www-form-urlencoded", 400, "more than once"),
        (b"data=a&format=rdf", "application/x-www-form-urlencoded", 404, "no format .rdf"),
        (b"data=%FF", "application/x-www-form-urlencoded", 400, "not UTF-8"),
        (b"data=" + b"%41" * 250_001, "application/x-www-form-urlencoded", 413, "250000 bytes"),
        (b"data=" + b"x" * 760_000, "application/x-www-form-urlencoded", 413, "250000 bytes"),
    ],
)
def test_what_cannot_be_judged_is_refused_before_anything_is_started(
    client: FlaskClient, data: bytes, media_type: str, status: int, detail: str
) -> None:
    answer = post(client, data, media_type, accept="*/*")
    assert answer.status_code == status
    assert detail in answer.get_json()["detail"]
    assert answer.get_json()["repair"]


def test_reports_come_in_formats_of_graphs_only(client: FlaskClient) -> None:
    assert post(client, A_CITY, accept="image/png").status_code == 406
    refused = client.put("/validate")
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.drill
@pytest.mark.parametrize("name", UNREADABLE)
def test_data_that_cannot_be_read_is_refused_with_the_reason(
    client: FlaskClient, name: str
) -> None:
    media_type, data, line, detail = UNREADABLE[name]
    answer = post(client, data, media_type)
    assert answer.status_code == 400, answer.text
    assert detail in answer.get_json()["detail"]
    assert answer.get_json().get("line") == line


@pytest.mark.drill
def test_no_context_of_others_is_fetched(client: FlaskClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/context"
        for context in (f'"{address}"', f'["{address}"]', f'{{"@import": "{address}"}}'):
            assert post(client, f'{{"@context": {context}}}', JSONLD).status_code == 400
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.drill
def test_the_process_can_open_neither_file_nor_connection() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from citydiplomacy import judge\n"
            "import socket\n"
            "judge._confine(5, 100_000_000)\n"
            "for attempt in (lambda: open('/etc/hostname'), socket.socket):\n"
            "    try:\n"
            "        attempt()\n"
            "    except OSError as error:\n"
            "        print(error.errno)\n",
        ],
        capture_output=True,
        check=True,
        text=True,
    )
    assert told.stdout == "24\n24\n"  # too many open files


@pytest.mark.drill
def test_what_takes_too_long_is_ended_and_named(strict: FlaskClient) -> None:
    lines = many_cities(5_000)
    answer = post(strict, lines)
    assert (answer.status_code, answer.get_json()["setting"]) == (504, "validation_seconds")


@pytest.mark.drill
def test_what_needs_too_much_memory_is_ended_and_named(
    settings: Settings, engine: Engine, release: Release
) -> None:
    tight = Settings(release_dir=settings.release_dir, validation_memory=20_000_000)
    lines = many_cities(5_000)
    answer = post(create_app(tight, engine, release).test_client(), lines)
    assert (answer.status_code, answer.get_json()["setting"]) == (507, "validation_memory")


@pytest.mark.drill
def test_who_comes_while_others_are_judged_is_asked_to_come_back(client: FlaskClient) -> None:
    slow = many_cities(500)
    statuses: list[int] = []
    asking = [
        threading.Thread(target=lambda: statuses.append(post(client, slow).status_code))
        for _ in range(4)
    ]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert set(statuses) == {200, 503}
    assert post(client, A_CITY).status_code == 200  # the place is free again


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_what_the_shapes_reject_here_they_reject_there(client: FlaskClient) -> None:
    """Of the examples, those whose fault no shape sees are for checks of the whole."""
    judged = {}
    for file in sorted(REJECTED.glob("a*.ttl")):
        answer = post(client, file.read_bytes())
        assert answer.status_code == 200, file.name
        report = Graph().parse(data=answer.data, format="turtle")
        judged[file.stem] = len(set(report.objects(None, SH.result)))
    assert judged["agreement-with-one-party"] > 0
    assert sum(map(bool, judged.values())) > len(judged) / 3


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_the_data_of_the_release_conforms_file_by_file(client: FlaskClient) -> None:
    files = sorted((paths.root() / "data").glob("*/*.ttl"))[::150]
    assert len(files) > 5
    for file in files:
        report = Graph().parse(data=post(client, file.read_bytes()).data, format="turtle")
        (verdict,) = report.subjects(RDF.type, SH.ValidationReport)
        worst = set(report.objects(None, SH.resultSeverity))
        assert URIRef(str(SH.Violation)) not in worst, file
        assert verdict
