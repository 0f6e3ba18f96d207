"""Frozen results over HTTP: an address that holds query, version and digest, and what became of it.

The world has two versions; in the second the city of Alby is called Albi.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import rdflib
import rispy
from bibtexparser.entrypoint import parse_string
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from citydiplomacy import frozen, paths
from citydiplomacy.engine import Engine, Query
from citydiplomacy.namespaces import BASE, PREFIXES
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from common import BROWSER, YES, Kept, select

OLD, NEW = "0.1.0", "0.2.0"
HEAD = f"PREFIX cd: <{PREFIXES['cd']}>\nPREFIX rdfs: <{PREFIXES['rdfs']}>\n"
NAMES = f"{HEAD}SELECT ?label ?city {{ ?city a cd:City ; rdfs:label ?label }}"
CITIES = f"{HEAD}SELECT ?city {{ ?city a cd:City }}"
IS_ALBY = f'{HEAD}ASK {{ ?city rdfs:label "Alby"@en }}'
GRAPH = f"{HEAD}CONSTRUCT {{ ?city rdfs:label ?label }} {{ ?city a cd:City ; rdfs:label ?label }}"
NESTED = GRAPH.replace(
    "{ ?city rdfs:label ?label }", "{ [] cd:of ?city ; cd:x [ cd:y ?label ] }", 1
)
ODD = r"""SELECT ?text ?none ?iri ?node ?same ?other {
  VALUES (?iri ?text) {
    (<urn:é> "tab\t and \"quoted\" \\ line\n\r\b\f\u0001") (<urn:b> 'x'@EN-gb) (<urn:c> 3.50)
  }
  BIND (BNODE() AS ?node) BIND (BNODE() AS ?other) BIND (?node AS ?same)
}"""
# Each of ten nodes leads to all others, and nothing else is said of them.
ALIKE = " . ".join(f"_:n{one} <urn:p> _:n{other}" for one in range(10) for other in range(10))


@pytest.fixture(scope="module")
def here(kept: Path, settings: Settings) -> Settings:
    return replace(settings, versions=kept)


@pytest.fixture(scope="module")
def versions(here: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    with closing(Kept(here, tmp_path_factory.mktemp("versions"))) as found:
        yield found


@pytest.fixture(scope="module")
def world(here: Settings, versions: Kept) -> FlaskClient:
    """A client of a site that serves the second version, and can ask the first."""
    return site(here, versions, NEW)


def site(here: Settings, versions: Kept, served: str) -> FlaskClient:
    """Return a client of a site that serves one of the versions, and can ask all."""
    return create_app(
        here, versions.engine(served), versions.release(served), past=versions
    ).test_client()


def froze(client: FlaskClient, query: str, version: str = "") -> str:
    """Return the address under which a result is frozen."""
    asked = {"query": query} | ({"version": version} if version else {})
    answer = client.get("/frozen", query_string=asked)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def with_suffix(address: str, suffix: str) -> str:
    path, _, query = address.partition("?")
    return f"{path}.{suffix}?{query}"


def report(client: FlaskClient, address: str) -> dict[str, Any]:
    answer = client.get(with_suffix(address, "json"))
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    told: dict[str, Any] = answer.get_json()
    return told


def shown(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=BROWSER)
    assert answer.status_code == 200
    words = re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2])
    return re.sub(r"\s+", " ", unescape(words)).replace("\u2019", "'")


def digest_of(address: str) -> str:
    return urlsplit(address).path.rpartition("/")[2]


def said(rows: list[dict[str, dict[str, str]]], name: str) -> list[str]:
    return [row[name]["value"] for row in rows]


def sent(engine: Engine, query: str, media_type: str) -> bytes:
    """Return what an engine sends, without what is to be tested."""
    return engine.run(Query(query), media_type).read()


# ------------------------------------------------------------------------- freezing


def test_the_address_holds_query_version_and_digest(world: FlaskClient) -> None:
    address = froze(world, NAMES, OLD)
    parts = urlsplit(address)
    assert re.fullmatch(r"/frozen/0\.1\.0/[0-9a-f]{64}", parts.path)
    assert parse_qsl(parts.query) == [("query", NAMES)]
    assert address.isascii()
    assert not set(address) & set(" \"'<>{}()*")


def test_the_version_served_is_the_one_that_answers_are_frozen_in(
    world: FlaskClient, here: Settings, versions: Kept
) -> None:
    assert froze(world, NAMES).startswith(f"/frozen/{NEW}/")
    assert froze(site(here, versions, OLD), NAMES).startswith(f"/frozen/{OLD}/")


def test_where_what_is_served_was_not_published_answers_are_frozen_in_the_newest_version(
    world: FlaskClient, here: Settings, versions: Kept
) -> None:
    manifest: Any = {**versions.release(OLD).manifest, "version": "0.2.1-dev"}
    changed = replace(versions.release(OLD), manifest=manifest)
    client = create_app(here, versions.engine(OLD), changed, past=versions).test_client()
    assert froze(client, NAMES) == froze(world, NAMES, NEW)
    assert "1 row went." in shown(client, froze(client, NAMES))
    page = client.get("/sparql", query_string={"query": NAMES}, headers=BROWSER).text
    assert "Freeze the result of version 0.2.0" in page
    refused = client.get("/frozen", query_string={"query": NAMES, "version": "0.2.1-dev"})
    assert refused.status_code == 404
    assert f"There are: {OLD}, {NEW}." in refused.text


def test_the_order_in_which_rows_and_columns_come_makes_no_difference(world: FlaskClient) -> None:
    orders = [f"{NAMES} ORDER BY ?label", f"{NAMES} ORDER BY DESC(?label)"]
    orders += [each.replace("?label ?city", "?city ?label", 1) for each in orders]
    assert len({digest_of(froze(world, each)) for each in orders}) == 1


def test_how_often_a_row_is_found_makes_a_difference(world: FlaskClient) -> None:
    once, twice = (f"SELECT ?x {{ VALUES ?x {{ {values} }} }}" for values in ("1 2", "1 1 2"))
    assert digest_of(froze(world, once)) != digest_of(froze(world, twice))


def test_labels_of_blank_nodes_make_no_difference(world: FlaskClient) -> None:
    for query in (ODD, NESTED):
        address = froze(world, query, OLD)
        assert froze(world, query, OLD) == address
        assert report(world, address)["holds"]


def test_which_blank_nodes_of_a_row_are_the_same_makes_a_difference(world: FlaskClient) -> None:
    pair = "SELECT ?one ?other { BIND (BNODE() AS ?one) BIND (%s AS ?other) }"
    digests = {digest_of(froze(world, pair % other)) for other in ("?one", "BNODE()")}
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({}, 400, "There is no query."),
        ({"query": " "}, 400, "There is no query."),
        ({"query": "SELECT (NOW() AS ?now) {}"}, 400, "new each time"),
        ({"query": "SELECT (RAND() AS ?x) {}"}, 400, "new each time"),
        ({"query": "SELECT nothing"}, 400, "Line 1"),
        ({"query": "CLEAR ALL"}, 403, "only answers queries"),
        ({"query": "SELECT * { SERVICE <http://a.example/> {} }"}, 400, "SERVICE"),
        ({"query": "ASK " + "{" * 200 + "}" * 200}, 400, "query_depth"),
        ({"query": "ASK {}", "version": "9.9.9"}, 404, "There are: 0.1.0, 0.2.0."),
        ({"query": "ASK {}", "version": "latest"}, 404, "There are: 0.1.0, 0.2.0."),
        ({"query": "ASK {}", "default-graph-uri": "urn:g"}, 400, "FROM"),
        ({"query": f"ASK {{}} # {'long ' * 2000}"}, 414, "8000"),
        ({"query": f"CONSTRUCT {{ {ALIKE} }} {{}}"}, 400, "blank nodes"),
        ({"query": "SELECT (TRIPLE(<a:b>, <a:c>, 1) AS ?t) {}"}, 400, "triples as terms"),
    ],
)
def test_what_cannot_be_frozen_is_refused_with_the_reason(
    world: FlaskClient, asked: dict[str, str], status: int, words: str
) -> None:
    answer = world.get("/frozen", query_string=asked)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert words in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_result_that_is_too_long_is_refused_with_the_limit(world: FlaskClient) -> None:
    digits = " ".join(map(str, range(10)))
    lists = " ".join(f"VALUES ?{name} {{ {digits} }}" for name in "abcde")
    answer = world.get("/frozen", query_string={"query": f"SELECT * {{ {lists} }}"})
    assert answer.status_code == 507
    assert str(frozen.LONGEST) in answer.text


def test_a_query_is_given_once_and_as_utf_8(world: FlaskClient) -> None:
    assert world.get("/frozen?query=ASK{}&query=ASK{}").status_code == 400
    assert world.get("/frozen?query=ASK{}%20%23%ff").status_code == 400


# --------------------------------------------------------------- what became of it


def test_an_answer_that_stayed_the_same_is_said_to_be_the_same(world: FlaskClient) -> None:
    address = froze(world, CITIES, OLD)
    assert f"Today's answer, of version {NEW}, is the same." in shown(world, address)
    told = report(world, address)
    assert (told["holds"], told["now"]["same"]) == (True, True)
    assert (told["now"]["came"], told["now"]["went"]) == ([], [])


def test_rows_that_came_and_went_are_shown(world: FlaskClient) -> None:
    address = froze(world, NAMES, OLD)
    page = shown(world, address)
    assert f"Version {OLD}, asked again, gives the result that was frozen: 2 rows." in page
    assert "Today's answer differs: 1 row came, 1 row went." in page
    assert f"It is that of version {NEW}: 2 rows." in page
    came, went = page.partition("came label city")[2].partition("went label city")[::2]
    assert came.split()[0] == "Albi"
    assert went.split()[0] == "Alby"
    told = report(world, address)["now"]
    assert said(told["came"], "label") == ["Albi"]
    assert said(told["went"], "label") == ["Alby"]
    assert said(told["came"], "city") == said(told["went"], "city") == [f"{BASE}city/alby"]


def test_what_is_frozen_in_the_version_served_is_compared_with_itself(world: FlaskClient) -> None:
    address = froze(world, NAMES)
    assert "It is the version served now: today's answer is the same." in shown(world, address)
    assert report(world, address)["now"]["version"] == NEW


def test_a_yes_that_became_a_no_is_told(world: FlaskClient) -> None:
    address = froze(world, IS_ALBY, OLD)
    assert "Today's answer differs: no instead of yes." in shown(world, address)
    told = report(world, address)["now"]
    assert (said(told["came"], "answer"), said(told["went"], "answer")) == (["false"], ["true"])


@pytest.mark.parametrize(("query", "name"), [(GRAPH, "object"), (NESTED, "object")])
def test_triples_that_came_and_went_are_shown(world: FlaskClient, query: str, name: str) -> None:
    address = froze(world, query, OLD)
    # One more label of a blank node would make every triple with one new.
    assert "1 triple came, 1 triple went." in shown(world, address)
    told = report(world, address)["now"]
    assert (said(told["came"], name), said(told["went"], name)) == (["Albi"], ["Alby"])


def test_a_page_shows_some_rows_and_the_report_has_all(world: FlaskClient, versions: Kept) -> None:
    numbers = " ".join(map(str, range(120)))
    query = f'SELECT ?n {{ VALUES ?n {{ {numbers} }} FILTER NOT EXISTS {{ ?s ?p "Alby"@en }} }}'
    address = froze(world, query, OLD)
    page = shown(world, address)
    assert "120 rows came." in page
    assert page.count("The first 50 of 120.") == 1
    assert len(report(world, address)["now"]["came"]) == 120
    assert "Nothing was found." in page


def test_what_a_version_does_not_answer_is_said_not_to_be_what_was_frozen(
    world: FlaskClient,
) -> None:
    address = froze(world, NAMES, OLD)
    digest = digest_of(address)
    forged = address.replace(digest, digest[::-1])
    page = world.get(forged, headers=BROWSER).text
    assert "This is not the result that was frozen." in page
    assert digest in page
    assert 'id="cite"' not in page
    told = report(world, forged)
    assert (told["holds"], told["now"], told["then"]["digest"]) == (False, None, digest)
    assert 'rel="cite-as"' not in world.get(forged).headers["Link"]
    for suffix in ("bib", "apa.txt", "linkset.json"):
        assert world.get(with_suffix(forged, suffix)).status_code == 404
    # The same goes for a query that was changed, and for a version.
    assert not report(world, address.replace(OLD, NEW))["holds"]
    assert not report(world, address.replace("rdfs:label", "rdfs:comment"))["holds"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"9.9.9/{'0' * 64}?query=ASK{{}}", 404, "There are: 0.1.0, 0.2.0."),
        (f"0.1.0/{'0' * 63}?query=ASK{{}}", 404, "64 hexadecimal digits"),
        (f"0.1.0/{'g' * 64}?query=ASK{{}}", 404, "64 hexadecimal digits"),
        (f"0.1.0/{'0' * 64}.exe?query=ASK{{}}", 404, ".bib"),
        (f"0.1.0/{'0' * 64}", 400, "There is no query."),
        (f"0.1.0/{'0' * 64}?query=CLEAR%20ALL", 403, "only answers queries"),
        (f"0.1.0/{'0' * 64}?query=SELECT%20(UUID()%20AS%20?x)%20{{}}", 400, "new each time"),
    ],
)
def test_an_address_that_cannot_be_one_says_why(
    world: FlaskClient, path: str, status: int, words: str
) -> None:
    answer = world.get(f"/frozen/{path}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert words in answer.text


def test_a_version_that_cannot_be_asked_is_an_error_that_nothing_keeps(
    here: Settings, versions: Kept
) -> None:
    client = create_app(here, versions.engine(NEW), versions.release(NEW)).test_client()
    for path in ("/frozen?version=0.1.0&query=ASK{}", f"/frozen/0.1.0/{YES}?query=ASK{{}}"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert client.get("/frozen?version=0.2.0&query=ASK{}").status_code == 303


def test_what_was_told_once_is_kept_and_known_by_its_etag(world: FlaskClient) -> None:
    address = froze(world, CITIES, OLD)
    etag = world.get(address).headers["ETag"]
    assert world.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_what_others_add_to_an_address_is_taken_off(world: FlaskClient) -> None:
    address = froze(world, CITIES, OLD)
    sent_on = world.get(f"{address}&utm_source=mail")
    assert (sent_on.status_code, sent_on.headers["Location"]) == (303, address)
    report_ = with_suffix(address, "json")
    assert world.get(f"{report_}&utm_source=mail").headers["Location"] == report_
    upper = address.replace(digest_of(address), digest_of(address).upper())
    assert world.get(upper, follow_redirects=True).status_code == 200
    spaced = f"{urlsplit(address).path}?query={quote(CITIES)}"
    assert world.get(spaced).status_code == 200


def test_nothing_that_a_query_says_becomes_markup(world: FlaskClient) -> None:
    query = "# title: <script>alert(1)</script>\nSELECT ('<b>\"' AS ?x) {} # </pre><script>"
    page = world.get(froze(world, query)).text
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "</pre><script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


# ---------------------------------------------------------------------- the digest


def documented() -> dict[str, Any]:
    """Return what the program in the document defines, which knows nothing of ours."""
    text = (paths.root() / "docs" / "api.md").read_text("utf-8")
    chapter = text.partition("## Frozen results")[2].partition("\n## ")[0]
    (program,) = re.findall(r"^```python\n(.*?)^```", chapter, re.MULTILINE | re.DOTALL)
    defined: dict[str, Any] = {}
    exec(program, defined)  # noqa: S102  # it stands in our own document
    return defined


@pytest.mark.parametrize(
    "query", [NAMES, ODD, IS_ALBY, "SELECT * {}", "SELECT ?x { FILTER (false) }"]
)
def test_the_digest_of_rows_is_the_one_that_the_document_has_one_compute(
    world: FlaskClient, versions: Kept, query: str
) -> None:
    answer = json.loads(sent(versions.engine(OLD), query, "application/sparql-results+json"))
    assert documented()["digest"](answer) == digest_of(froze(world, query, OLD))


def test_the_digest_of_a_graph_is_that_of_its_sorted_n_triples(
    world: FlaskClient, versions: Kept
) -> None:
    graph = rdflib.Graph().parse(
        data=sent(versions.engine(OLD), GRAPH, "text/turtle"), format="turtle"
    )
    lines = sorted(line for line in graph.serialize(format="nt").splitlines() if line)
    whole = "".join(f"{line}\n" for line in lines)
    assert hashlib.sha256(whole.encode()).hexdigest() == digest_of(froze(world, GRAPH, OLD))


def test_a_triple_that_is_constructed_twice_counts_once(world: FlaskClient) -> None:
    queries = (f"CONSTRUCT {{ <a:b> <a:c> 1 }} {{ VALUES ?x {{ {v} }} }}" for v in ("1", "1 2"))
    assert len({digest_of(froze(world, query)) for query in queries}) == 1


def test_the_digest_of_a_graph_with_blank_nodes_is_that_of_rdfc(
    world: FlaskClient,
) -> None:
    query = 'CONSTRUCT { <a:b> <a:c> [ <a:d> "x" ] } {}'
    canonical = '<a:b> <a:c> _:c14n0 .\n_:c14n0 <a:d> "x" .\n'
    assert hashlib.sha256(canonical.encode()).hexdigest() == digest_of(froze(world, query))


# -------------------------------------------------------------- citing, and finding


def negotiated(client: FlaskClient, address: str, accept: str) -> TestResponse:
    return client.get(address, headers={"Accept": accept}, follow_redirects=True)


def test_a_frozen_result_is_cited_with_its_version_and_permanent_address(
    world: FlaskClient,
) -> None:
    query = f"# title: What are the cities called?\n{NAMES}"
    address = froze(world, query, OLD)
    iri = f"{BASE}{address[1:]}"
    (entry,) = rispy.loads(world.get(with_suffix(address, "ris")).text)
    assert entry["primary_title" if "primary_title" in entry else "title"] == (
        "What are the cities called? (result of a query: 2 rows)"
    )
    assert (entry["edition"], entry["urls"]) == (OLD, [iri])
    library = parse_string(negotiated(world, address, "application/x-bibtex").text)
    (found,) = library.entries
    assert library.failed_blocks == []
    assert found.fields_dict["url"].value == iri
    assert len(found.key) < 150
    (csl,) = world.get(with_suffix(address, "csl.json")).get_json(force=True)
    assert (csl["URL"], csl["version"]) == (iri, OLD)
    datacite = world.get(with_suffix(address, "datacite.json")).get_json(force=True)
    assert datacite["types"]["resourceType"] == "frozen query result"
    assert iri in world.get(with_suffix(address, "apa.txt")).text
    assert iri in world.get(with_suffix(address, "linkset.json")).text
    assert iri in unescape(world.get(address).text).replace("<wbr>", "")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        (CITIES, "Result of a query: 2 rows"),
        (f"{CITIES} LIMIT 1", "Result of a query: 1 row"),
        (IS_ALBY, "Result of a query: yes"),
        (GRAPH, "Result of a query: 2 triples"),
    ],
)
def test_a_result_without_a_title_is_called_by_what_was_found(
    world: FlaskClient, query: str, title: str
) -> None:
    (csl,) = world.get(with_suffix(froze(world, query, OLD), "csl.json")).get_json(force=True)
    assert csl["title"] == title


def test_two_frozen_results_have_two_keys_in_a_bibliography(world: FlaskClient) -> None:
    keys = {
        world.get(with_suffix(froze(world, f"{CITIES} # {number}", OLD), "bib")).text.split(",")[0]
        for number in range(3)
    }
    assert len(keys) == 3


def test_the_report_is_sent_to_who_asks_for_json(world: FlaskClient) -> None:
    address = froze(world, CITIES, OLD)
    assert negotiated(world, address, "application/json").get_json()["version"] == OLD
    assert negotiated(world, address, "*/*").mimetype == "text/html"
    assert negotiated(world, address, "image/png").mimetype == "text/html"


def test_the_links_of_a_long_address_fit_in_a_small_header(world: FlaskClient) -> None:
    short, long_ = (froze(world, f"{CITIES} # {'x' * n}", OLD) for n in (10, 1500))
    link = world.get(short).headers["Link"]
    assert f'<{BASE}{short[1:]}>; rel="cite-as"' in link
    assert f'<{with_suffix(short, "json")}>; rel="alternate describedby"' in link
    link = world.get(long_).headers["Link"]
    assert len(link) <= 4000
    assert f'<{with_suffix(long_, "linkset.json")}>; rel="linkset"' in link
    assert 'rel="license"' in link
    assert world.get(with_suffix(long_, "linkset.json")).status_code == 200


def test_a_crawler_is_asked_to_leave_frozen_results_alone(world: FlaskClient) -> None:
    assert "Disallow: /frozen" in world.get("/robots.txt").text
    page = world.get(froze(world, CITIES, OLD)).text
    assert '<meta name="robots" content="noindex">' in page
    assert f'<link rel="canonical" href="/frozen/{OLD}/' in page


# ------------------------------------------------------------------ where one freezes


def freezing(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<a href="(/frozen\?[^"]+)"', page)]


def test_a_result_in_the_editor_can_be_frozen(world: FlaskClient) -> None:
    page = world.get("/sparql", query_string={"query": NAMES}, headers=BROWSER).text
    (address,) = freezing(page)
    assert "Freeze this result" in page
    assert world.get(address).headers["Location"] == froze(world, NAMES, NEW)


@pytest.mark.parametrize(
    "asked",
    [{}, {"query": "SELECT (NOW() AS ?x) {}"}, {"query": "ASK {}", "default-graph-uri": "urn:g"}],
)
def test_what_cannot_be_frozen_is_not_offered(world: FlaskClient, asked: dict[str, str]) -> None:
    assert freezing(world.get("/sparql", query_string=asked, headers=BROWSER).text) == []


def test_nothing_is_offered_where_nothing_was_published(
    here: Settings, versions: Kept, tmp_path: Path
) -> None:
    nowhere = replace(here, versions=tmp_path)
    client = create_app(nowhere, versions.engine(NEW), versions.release(NEW)).test_client()
    assert freezing(client.get("/sparql?query=ASK{}", headers=BROWSER).text) == []
    refused = client.get("/frozen?query=ASK{}")
    assert (refused.status_code, "None was published yet." in refused.text) == (404, True)


def test_a_question_is_frozen_with_what_was_chosen(client: FlaskClient, past: Kept) -> None:
    chosen = "/query/members-of-a-network?network=citynet"
    (address,) = freezing(client.get(chosen, headers=BROWSER).text)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert f"<{BASE}network/citynet>" in asked["query"]
    page = shown(client, client.get(address).headers["Location"])
    found = len(select(past.engine(asked["version"]), asked["query"]))
    assert f"gives the result that was frozen: {found} rows." in page
    assert found > 1


def test_of_what_a_query_says_of_itself_its_title_is_kept(world: FlaskClient) -> None:
    query = f"# title: Cities\r\n# answer: Two.\r\n# Read this.\r\n{CITIES}\r\n# answer: 2\r\n"
    asked = dict(parse_qsl(urlsplit(froze(world, query)).query))
    assert asked["query"] == f"# title: Cities\n# Read this.\n{CITIES}\n# answer: 2"


@pytest.mark.parametrize("query", [NAMES, IS_ALBY, GRAPH])
def test_every_link_of_the_page_leads_somewhere(world: FlaskClient, query: str) -> None:
    page = world.get(froze(world, query, OLD)).text.partition("<main")[2].partition("</main")[0]
    links = {unescape(link) for link in re.findall(r'href="(/[^"]*)"', page)}
    answers = {link: world.get(link, follow_redirects=True).status_code for link in links}
    assert len(links) > 15
    assert {link for link, status in answers.items() if status != 200} == set()
