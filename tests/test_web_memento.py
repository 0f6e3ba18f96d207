"""Any page and any data as a published version has it: by its number, and by Memento (RFC 7089)."""

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest

from citydiplomacy import paths, publication, release, supervisor
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app, within
from common import BROWSER, SMALL, serve, spoil
from page_types import OTHERS, RICH

COVENHAM = """PREFIX cd: <https://w3id.org/citydiplomacy/ontology#>
PREFIX city: <https://w3id.org/citydiplomacy/city/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

city:covenham a cd:City ;
    rdfs:label "Covenham"@en .
"""
NAME = quote(
    f"SELECT ?name {{ <{BASE}city/alby> <http://www.w3.org/2000/01/rdf-schema#label> ?name }}"
)
FIRST, SECOND = "Sat, 31 Jan 2026 00:00:00 GMT", "Sat, 28 Feb 2026 00:00:00 GMT"


@dataclass(frozen=True)
class Answer:
    """What a service sent."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks a service, and follows nothing by himself."""

    address: str

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for what a path leads to."""
        return self.ask("GET", path, {key.replace("_", "-"): headers[key] for key in headers})

    def ask(self, method: str, path: str, headers: dict[str, str], body: str = "") -> Answer:
        """Send a request."""
        place = urlsplit(self.address)
        with closing(HTTPConnection(place.hostname or "", place.port, timeout=60)) as connection:
            connection.request(method, path, body, headers)
            sent = connection.getresponse()
            told = {name.lower(): value for name, value in sent.getheaders()}
            return Answer(sent.status, told, sent.read().decode())

    def name(self, version: str = "") -> str:
        """Return what a version calls the first city, by SPARQL."""
        pinned = f"&version={version}" if version else ""
        answer = self.get(f"/sparql?query={NAME}{pinned}", Accept="text/csv")
        assert answer.status == 200, answer.text
        return answer.text.split()[1]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service over a world with two versions, and what came after them."""
    root = shutil.copytree(SMALL, tmp_path_factory.mktemp("times") / "root")
    settings = Settings(
        port=0, release_dir=root / ".release", versions=paths.versions(root), web_processes=1
    )
    publication.publish(settings, "0.1.0", root)
    spoil(root / "data/city/alby.ttl", '"Alby"', '"Albi"')
    spoil(root / "data/dataset.ttl", "2026-01-31", "2026-02-28")
    (root / "data/city/covenham.ttl").write_text(COVENHAM)
    publication.publish(settings, "0.2.0", root)
    spoil(root / "data/city/alby.ttl", '"Albi"', '"Albury"')
    release.build(settings, root)
    return settings


@contextmanager
def visited(settings: Settings, folder: Path) -> Iterator[tuple[Visitor, int]]:
    """Serve a release, and yield a visitor and the process that watches over it."""
    with (folder / "log.txt").open("w") as log, serve(settings, log) as process:
        assert process.stdout
        try:
            yield Visitor(process.stdout.readline().split()[-1]), process.pid
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def visitor(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with visited(published, tmp_path_factory.mktemp("log")) as (visitor, _):
        yield visitor


def links(header: str) -> dict[str, str]:
    """Return where the links of a header lead, by relation."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"', header)
    return {relation: target for target, relations in found for relation in relations.split()}


def test_each_version_says_what_it_said(visitor: Visitor) -> None:
    assert visitor.name() == "Albury"
    assert visitor.name("0.1.0") == "Alby"
    assert visitor.name("0.2.0") == "Albi"


def test_a_query_in_a_body_names_the_version_in_the_address(visitor: Visitor) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/csv"}
    sent = visitor.ask("POST", "/sparql?version=0.1.0", form, f"query={NAME}")
    assert (sent.status, sent.text.split()) == (200, ["name", "Alby"])
    direct = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    sent = visitor.ask("POST", "/sparql?version=0.2.0", direct, unquote(NAME))
    assert (sent.status, sent.text.split()) == (200, ["name", "Albi"])
    refused = visitor.ask("POST", "/sparql", form, f"query={NAME}&version=0.1.0")
    assert refused.status == 400
    assert "/sparql?version=" in refused.text


def test_a_page_of_the_past_says_so_and_leads_to_pages_of_its_time(visitor: Visitor) -> None:
    page = visitor.get("/city/alby.html?version=0.1.0")
    assert page.status == 200
    assert "<h1>Alby</h1>" in page.text
    assert page.headers["memento-datetime"] == FIRST
    told = links(page.headers["link"])
    assert told["original"] == "/city/alby.html"
    assert told["timegate"] == "/timegate/city/alby.html"
    assert told["collection"] == "/city/?version=0.1.0"
    assert '<a data-now href="/city/alby.html">What is known now</a>' in page.text
    assert '<link rel="canonical" href="/city/alby.html">' in page.text
    elsewhere = re.findall(r'(?:href|action|src)="([/?](?!static|unapi)[^"]*)"', page.text)
    lost = [address for address in elsewhere if "version=0.1.0" not in address]
    assert lost == ["/city/alby.html", "/city/alby.html", "/city/alby/history"]
    forms = page.text.count("<form")
    assert forms == page.text.count('<input type="hidden" name="version" value="0.1.0">') > 0


def test_who_follows_an_iri_stays_in_its_version(visitor: Visitor) -> None:
    sent = visitor.get("/city/alby?version=0.1.0", **BROWSER)
    assert (sent.status, sent.headers["location"]) == (303, "/city/alby.html?version=0.1.0")
    assert sent.headers["memento-datetime"] == FIRST
    sent = visitor.get("/city/alby?version=0.2.0", Accept="text/turtle")
    assert sent.headers["location"] == "/city/alby.ttl?version=0.2.0"
    assert '"Albi"@en' in visitor.get(sent.headers["location"]).text


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/query/", "/search?q=Al", "/fragments", "/explore/map"),
        *("/dataset.html", "/city/alby.json"),
    ],
)
def test_everything_that_is_served_is_served_of_the_past(visitor: Visitor, path: str) -> None:
    joined = "&" if "?" in path else "?"
    sent = visitor.get(f"{path}{joined}version=0.1.0", Accept="*/*")
    assert sent.status == 200, sent.text
    assert sent.headers["memento-datetime"] == FIRST
    assert "Albury" not in sent.text
    assert "Covenham" not in sent.text


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/activity", "/city/alby/history"])
def test_what_is_of_no_version_is_of_the_present(visitor: Visitor, path: str) -> None:
    sent = visitor.get(f"{path}?version=0.1.0", **BROWSER)
    assert sent.status == 200, sent.text
    assert "memento-datetime" not in sent.headers


def test_documents_for_programs_lead_to_their_own_version(visitor: Visitor) -> None:
    address = visitor.address.rstrip("/")
    told = visitor.get("/city/alby.linkset.json?version=0.1.0").text
    assert f"{address}/city/alby.ttl?version=0.1.0" in told
    assert f'"{address}/city/alby.ttl"' not in told
    page = visitor.get("/fragments?version=0.1.0&predicate=", Accept="text/turtle").text
    assert f"<{address}/fragments?version=0.1.0&predicate=>" in page
    assert f'"{address}/fragments?version=0.1.0{{&subject,predicate,object}}"' in page


def test_headings_sort_within_the_version(visitor: Visitor) -> None:
    page = visitor.get("/search?q=Al&version=0.1.0")
    assert page.status == 200
    assert within.page('<a href="?sort=-name&amp;q=a#found">', "0.1.0") == (
        '<a href="?sort=-name&amp;q=a&amp;version=0.1.0#found">'
    )


def test_reference_managers_are_led_to_the_version_that_is_read(visitor: Visitor) -> None:
    page = visitor.get("/city/alby.html?version=0.1.0").text
    (identifier,) = re.findall(r'class="unapi-id" title="([^"]*)"', page)
    sent = visitor.get(f"/unapi?id={identifier}&format=ris")
    assert sent.headers["location"] == "/city/alby.ris?version=0.1.0"
    assert "TI  - Alby\r\n" in visitor.get(sent.headers["location"]).text


def test_an_error_of_the_past_leads_on_in_the_past(visitor: Visitor) -> None:
    page = visitor.get("/city/nowhere?version=0.1.0", **BROWSER)
    assert (page.status, "memento-datetime" in page.headers) == (404, False)
    assert 'href="/city/?version=0.1.0"' in page.text


def test_what_was_not_there_yet_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/city/covenham.html?version=0.2.0").status == 200
    absent = visitor.get("/city/covenham.html?version=0.1.0")
    assert absent.status == 404
    assert "memento-datetime" not in absent.headers


@pytest.mark.parametrize(
    ("time", "version"),
    [
        ("Thu, 01 Jan 1970 00:00:00 GMT", "0.1.0"),
        (FIRST, "0.1.0"),
        ("Fri, 27 Feb 2026 23:59:59 GMT", "0.1.0"),
        (SECOND, "0.2.0"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "0.2.0"),
        ("", "0.2.0"),
    ],
)
def test_the_gate_leads_to_the_version_of_a_time(visitor: Visitor, time: str, version: str) -> None:
    wanted = {"Accept_Datetime": time} if time else {}
    sent = visitor.get("/timegate/city/alby", **wanted)
    assert sent.status == 302, sent.text
    assert (sent.status, sent.headers["location"]) == (302, f"/city/alby?version={version}")
    assert sent.headers["vary"] == "Accept-Datetime"
    told = links(sent.headers["link"])
    assert (told["original"], told["timemap"]) == ("/city/alby", "/timemap/city/alby")
    assert "memento-datetime" not in sent.headers


def test_the_present_names_the_gate(visitor: Visitor) -> None:
    sent = visitor.get("/city/alby", Accept="text/turtle")
    assert links(sent.headers["link"])["timegate"] == "/timegate/city/alby"
    page = visitor.get("/city/alby.html")
    assert (page.status, "memento-datetime" in page.headers) == (200, False)
    assert 'class="pinned"' not in page.text


def test_the_map_lists_the_versions_with_their_times(visitor: Visitor) -> None:
    sent = visitor.get("/timemap/city/alby.ttl")
    assert sent.headers["content-type"] == "application/link-format"
    address = visitor.address.rstrip("/")
    assert sent.text.split(",\n") == [
        f'<{address}/city/alby.ttl>; rel="original"',
        f'<{address}/timegate/city/alby.ttl>; rel="timegate"',
        f'<{address}/timemap/city/alby.ttl>; rel="self"; type="application/link-format"; '
        f'from="{FIRST}"; until="{SECOND}"',
        f'<{address}/city/alby.ttl?version=0.1.0>; rel="first memento"; datetime="{FIRST}"',
        f'<{address}/city/alby.ttl?version=0.2.0>; rel="last memento"; datetime="{SECOND}"\n',
    ]


def test_only_versions_that_have_an_entity_are_listed(visitor: Visitor) -> None:
    listed = visitor.get("/timemap/city/covenham").text
    assert (listed.count("memento"), "0.1.0" in listed) == (1, False)
    sent = visitor.get("/timegate/city/covenham", Accept_Datetime=FIRST)
    assert sent.headers["location"] == "/city/covenham?version=0.2.0"
    assert visitor.get("/timemap/city/elsewhere").status == 404


def test_an_address_with_parameters_has_versions_too(visitor: Visitor) -> None:
    sent = visitor.get("/timegate/city/?name=al&sort=name")
    assert sent.headers["location"] == "/city/?name=al&sort=name&version=0.2.0"


@pytest.mark.parametrize("path", ["/nothing/here/at/all", "//evil.example/", "/static/style.css"])
def test_what_is_no_address_of_the_data_has_no_versions(visitor: Visitor, path: str) -> None:
    for way in ("timegate", "timemap"):
        sent = visitor.get(f"/{way}{path}")
        assert sent.status == 404, sent.headers


@pytest.mark.parametrize(
    "time", ["yesterday", "Sun, 22 Nov 99999999999999999999 00:00:00 GMT", "Sun, 22 Nov 2026"]
)
def test_a_time_that_is_none_is_refused_in_words(visitor: Visitor, time: str) -> None:
    sent = visitor.get("/timegate/city/alby", Accept_Datetime=time)
    assert sent.status == 400
    assert time in sent.text


@pytest.mark.parametrize("version", ["0.3.0", "0.2.1-dev", "zero", "", "%00", "../0.1.0"])
def test_of_a_version_that_was_not_published_nothing_is_shown(
    visitor: Visitor, version: str
) -> None:
    sent = visitor.get(f"/city/alby.ttl?version={version}")
    assert sent.status == 404
    assert "There are: 0.1.0, 0.2.0." in sent.text


def test_two_versions_at_once_are_refused(visitor: Visitor) -> None:
    assert visitor.get("/city/alby.ttl?version=0.1.0&version=0.2.0").status == 400


def test_a_citation_leads_to_the_content_that_was_cited(
    visitor: Visitor, published: Settings, tmp_path: Path
) -> None:
    """What stood in 0.1.0 while that was served is what its citation brings after 0.2.0."""
    then = release.unpacked(tmp_path, published.versions, "0.1.0")
    with supervisor.running_engine(published, then.folder) as engine:
        before = create_app(published, engine, then).test_client()
        for path in ("/city/dunmere", "/city/alby"):
            cited = before.get(f"{path}.csl.json").get_json(force=True)[0]["URL"]
            assert cited == f"{BASE}{path[1:]}?version=0.1.0"
            now = visitor.get(f"/{cited.removeprefix(BASE)}", Accept="application/n-triples")
            found = visitor.get(now.headers["location"]).text
            assert found == before.get(f"{path}.nt").text
        assert found != visitor.get("/city/alby.nt").text


def test_many_who_come_at_once_all_get_in(published: Settings, tmp_path: Path) -> None:
    with visited(published, tmp_path) as (visitor, _), ThreadPoolExecutor(12) as crowd:
        assert set(crowd.map(visitor.name, ["0.1.0", "0.2.0"] * 6)) == {"Alby", "Albi"}


def test_a_version_that_was_tampered_with_is_not_served(
    published: Settings, tmp_path: Path
) -> None:
    versions = shutil.copytree(published.versions, tmp_path / "versions")
    kept = versions / "0.1.0.nq.gz"
    kept.write_bytes(kept.read_bytes()[:-9] + b"tampered!")
    with visited(replace(published, versions=versions), tmp_path) as (visitor, _):
        sent = visitor.get("/city/alby.ttl?version=0.1.0")
        assert sent.status == 503
        assert "Version 0.1.0 cannot be served" in sent.text
        assert str(versions) not in sent.text
        assert visitor.name("0.2.0") == "Albi"
        assert visitor.name() == "Albury"


@pytest.mark.drill
def test_no_more_engines_run_than_are_allowed(published: Settings, tmp_path: Path) -> None:
    narrow = replace(published, past_versions=1, query_seconds=1)
    with visited(narrow, tmp_path) as (visitor, supervising):
        for version, name in (("0.1.0", "Alby"), ("0.2.0", "Albi"), ("0.1.0", "Alby")):
            assert visitor.name(version) == name  # the one before has to be quiet for a while
            assert len(engines(supervising)) == 2


def test_an_engine_of_the_past_that_dies_is_started_again_when_it_is_asked(
    published: Settings, tmp_path: Path
) -> None:
    with visited(published, tmp_path) as (visitor, supervising):
        (first,) = engines(supervising)
        assert visitor.name("0.1.0") == "Alby"
        (second,) = engines(supervising) - {first}
        os.kill(second, signal.SIGKILL)
        give_up = time.monotonic() + 20
        while visitor.get(f"/sparql?query={NAME}&version=0.1.0").status != 200:
            assert time.monotonic() < give_up
        assert visitor.name() == "Albury"


def test_without_engines_for_it_the_past_is_refused_in_words(
    published: Settings, engine: Engine, release: Release
) -> None:
    client = create_app(published, engine, release).test_client()
    (past, *_) = {"0.1.0", "0.2.0"} - {release.manifest["version"]}
    sent = client.get(f"/city/taipei.html?version={past}")
    assert sent.status_code == 503
    assert f"/dataset/{past}" in sent.text
    assert client.get("/city/taipei.html?version=7.0.0").status_code == 404


def engines(pid: int) -> set[int]:
    """Return the engines that a supervisor has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {int(each): Path(f"/proc/{each}/cmdline").read_text() for each in children}
    return {each for each, command in commands.items() if "citydiplomacy.engine" in command}


@pytest.mark.drill
@pytest.mark.parametrize("path", OTHERS)
def test_every_page_has_a_past(service: str, path: str) -> None:
    joined = "&" if "?" in path else "?"
    sent = Visitor(service).get(f"{path}{joined}version=0.1.0", **BROWSER)
    assert sent.status in {200, 303}, sent.text
    told = links(sent.headers.get("link", ""))
    assert ("memento-datetime" in sent.headers) == ("original" in told)
    if "timegate" in told:
        assert Visitor(service).get(told["timegate"]).status == 302


@pytest.mark.drill
@pytest.mark.timeout(300)
def test_what_was_cited_in_the_first_version_is_found_unchanged(
    service: str, settings: Settings, tmp_path: Path
) -> None:
    """Of the real data: what 0.1.0 said of an entity of each kind, asked of what is served now."""
    then = release.unpacked(tmp_path, settings.versions, "0.1.0")
    visitor = Visitor(service)
    with supervisor.running_engine(settings, then.folder) as engine:
        before = create_app(settings, engine, then).test_client()
        for path in (*RICH, "/agreement/chisinau--kyiv"):
            cited = before.get(f"{path}.csl.json").get_json(force=True)[0]["URL"]
            sent = visitor.get(f"/{cited.removeprefix(BASE)}", Accept="application/n-triples")
            assert visitor.get(sent.headers["location"]).text == before.get(f"{path}.nt").text
        changed = "/agreement/chisinau--kyiv.nt"
        assert visitor.get(changed).text != before.get(changed).text
