"""Pages and documents: what they show, where they lead, what they may load."""

import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from functools import cache
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pyoxigraph
import pytest
from flask import Flask
from flask.testing import FlaskClient

from citydiplomacy import queries
from citydiplomacy.engine import Engine, rows
from citydiplomacy.formats import GRAPH_FORMATS
from citydiplomacy.listing import PAGE
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from common import BROWSER, address_cited, select

PAGES = [
    "/",
    "/about",
    "/city/",
    "/evidence/",
    "/city/taipei.html",
    "/city/yokohama.html",
    "/city/odesa.html",
    "/country/taiwan.html",
    "/agreement/houston--taipei.html",
    "/agreement/odesa--yokohama-mou-2023.html",
    "/network/c40-cities.html",
    "/membership/taipei--c40-cities.html",
    "/action/odesa-mayor-visit-2023.html",
    "/figure/taipei-sister-cities-53.html",
    "/discrepancy/taipei-sister-cities.html",
    "/source/maturing-city-diplomacy.html",
    "/source/tcg-2025b.html",
    "/evidence/f0240.html",
    "/evidence/editors-1.html",
    "/organisation/taipei-city-government.html",
    "/award/c40-citizens-choice-award-2014.html",
    "/claim/what-city-diplomacy-is.html",
    "/event/scse.html",
    "/facility/songshan-park.html",
    "/group/world-population.html",
    "/person/michele-acuto.html",
    "/programme/y-port-program.html",
    "/project/yscp.html",
    "/region/metro-cebu.html",
    "/strategy/yokohama-international-strategy.html",
    "/tie-set/taipei.html",
    "/compare",
    "/compare?city=yokohama&city=taipei",
    "/discrepancies",
    "/gaps",
    "/query/",
    "/query/source-of-a-tie",
    "/sparql",
    "/sparql?query=SELECT%20*%20%7B%20%3Fs%20a%20%3Fc%20%7D%20LIMIT%205",
    "/sparql?query=ASK%20%7B%20%3Fs%20a%20%3Fc%20%7D",
    "/sparql?query=DESCRIBE%20%3Chttps%3A%2F%2Fw3id.org%2Fcitydiplomacy%2Fcity%2Ftaipei%3E",
    "/ontology.html",
    "/vocab/",
    "/vocab/agreement-status.html",
    "/shapes.html",
    "/graph/curated.html",
    "/dataset.html",
]
KINDS = [
    "action",
    "agreement",
    "award",
    "characterisation",
    "city",
    "claim",
    "context-event",
    "country",
    "discrepancy",
    "event",
    "evidence",
    "facility",
    "figure",
    "government-measure",
    "group",
    "membership",
    "network",
    "office-holding",
    "organisation",
    "person",
    "programme",
    "project",
    "question",
    "region",
    "source",
    "strategy",
    "tie-set",
]


PANEL = re.compile(r"/[^/]+/[^/]+/query/[^/]+$")


class Links(HTMLParser):
    """The addresses that a page loads, links to, and the ids it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: set[str] = set()
        self.linked: set[str] = set()
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element loads, links to or is called."""
        values = {name: value or "" for name, value in attrs}
        self.ids += [values["id"]] if "id" in values else []
        if tag == "a":
            self.linked.add(values["href"])
        elif tag in {"link", "script", "img", "form"}:
            self.loaded.add(values.get("href") or values.get("src") or values.get("action", ""))


def read(client: FlaskClient, path: str) -> str:
    return page_of(client.application, path)


@cache
def page_of(app: Flask, path: str) -> str:
    answer = app.test_client().get(path, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return answer.text


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def dereferenceable(engine: Engine, app: Flask) -> list[str]:
    site = app.extensions["citydiplomacy"]
    found = select(engine, site.pages["iris"].text)
    documents = {row["iri"].value.partition("#")[0] for row in found}
    files = (f"{BASE}static/", f"{BASE}dataset/")
    return sorted(iri for iri in documents if not iri.startswith(files))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_another_host(client: FlaskClient, path: str) -> None:
    loaded = Links(read(client, path)).loaded
    assert loaded
    assert {urlsplit(address).netloc for address in loaded} == {""}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_inline_script_or_style(client: FlaskClient, path: str) -> None:
    # What is told to search engines is data: no browser runs it.
    page = read(client, path).replace('<script type="application/ld+json">', "")
    assert not re.search(
        r"<style|<script(?!( type=\"module\")? src=)|\sstyle=|\son\w+=|javascript:", page
    )


@pytest.mark.parametrize("path", PAGES)
def test_the_ids_of_a_page_are_unique_and_its_marks_lead_to_notes(
    client: FlaskClient, path: str
) -> None:
    links = Links(read(client, path))
    assert len(links.ids) == len(set(links.ids))
    assert {link[1:] for link in links.linked if link.startswith("#")} <= set(links.ids)


def links_of_the_pages(client: FlaskClient, app: Flask, engine: Engine) -> list[str]:
    linked = {urljoin(path, link) for path in PAGES for link in Links(read(client, path)).linked}
    local = {link.partition("#")[0] for link in linked if link.startswith("/")}
    # What the graph describes has a page: that is tried for every kind.
    described = {f"/{iri.removeprefix(BASE)}" for iri in dereferenceable(engine, app)}
    return sorted(local - described)


def dead(client: FlaskClient, links: list[str]) -> list[str]:
    return [link for link in links if status(client, link) not in {200, 303}]


@pytest.mark.drill
def test_every_local_link_of_the_pages_leads_somewhere(
    client: FlaskClient, app: Flask, engine: Engine
) -> None:
    links = links_of_the_pages(client, app, engine)
    elsewhere = [link for link in links if "?" not in link and not PANEL.search(link)]
    assert len(elsewhere) > 60
    assert dead(client, elsewhere) == []


@pytest.mark.drill
def test_every_panel_leads_to_a_query_that_is_answered(
    client: FlaskClient, app: Flask, engine: Engine
) -> None:
    links = links_of_the_pages(client, app, engine)
    panels = [link for link in links if PANEL.search(link)]
    assert len(panels) > 150
    asking = {client.get(panel).headers["Location"] for panel in panels}
    assert dead(client, sorted(asking)) == []


@pytest.mark.drill
def test_every_order_and_choice_that_a_page_offers_is_answered(
    client: FlaskClient, app: Flask, engine: Engine
) -> None:
    links = [link for link in links_of_the_pages(client, app, engine) if "?" in link]
    assert len(links) > 200
    assert dead(client, links) == []


def status(client: FlaskClient, path: str) -> int:
    with client.head(path, headers=BROWSER) as answer:
        return answer.status_code


def test_a_city_page_shows_the_names_of_the_city_in_its_languages(client: FlaskClient) -> None:
    page = read(client, "/city/taipei.html")
    assert "<h1>Taipei</h1>" in page
    assert '<span lang="zh-hant">臺北市</span>' in page


def test_a_city_page_shows_each_tie_with_partner_type_start_and_status(
    client: FlaskClient,
) -> None:
    text = text_of(read(client, "/city/taipei.html"))
    assert "Houston United States sister city agreement 15 June 1961 in force" in text


def test_a_city_page_says_that_the_city_is_stated_not_to_be_a_member(client: FlaskClient) -> None:
    text = text_of(read(client, "/city/taipei.html"))
    assert "C40 Cities stated not to be a member" in text


def test_a_city_page_shows_both_sides_of_what_is_disputed(client: FlaskClient) -> None:
    text = text_of(read(client, "/city/taipei.html"))
    disputed = text[text.index("The running text of the article says 53") :]
    assert "Sister cities of Taipei: 53" in disputed
    assert "Sister cities of Taipei: 52" in disputed


def test_a_city_page_leads_to_the_city_in_wikidata(client: FlaskClient) -> None:
    page = read(client, "/city/yokohama.html")
    assert '<a href="http://www.wikidata.org/entity/Q38283">Q38283</a>' in page


def test_a_figure_is_shown_with_its_precision(client: FlaskClient) -> None:
    assert "more than 3,500,000" in text_of(read(client, "/city/yokohama.html"))


@pytest.mark.parametrize("path", ["/city/taipei.html", "/query/source-of-a-tie"])
def test_the_notes_of_a_page_are_numbered_and_stand_under_sources(
    client: FlaskClient, path: str
) -> None:
    notes = read(client, path).partition('<h2 id="notes">Sources</h2>')[2]
    found = sorted(int(number) for number in re.findall(r'<li id="note-(\d+)" value="\1">', notes))
    assert found == list(range(1, len(found) + 1)) != []
    sources = re.findall(r'<h3><a href="(/source/[^"]+)"', notes)
    assert len(sources) == len(set(sources)) > 0


def test_a_note_names_source_place_confidence_and_cited_work(client: FlaskClient) -> None:
    text = text_of(read(client, "/agreement/houston--taipei.html"))
    _, _, notes = text.partition(" Maturing City Diplomacy: Comparing Yokohama and Taipei ")
    assert (
        "The City Diplomacy of Taipei ¶4 s2 , f0236 , f0238 , f0247 . reported It cites "
        "Taipei&#39;s Sister Cities (Taipei City Government, 2025) ."
    ) in notes


def test_a_work_is_named_in_full_once_and_by_author_and_year_from_then_on(
    client: FlaskClient,
) -> None:
    notes = text_of(read(client, "/city/taipei.html").partition('<h2 id="notes">')[2])
    assert notes.count("Taipei&#39;s Sister Cities (Taipei City Government, 2025)") == 1
    assert notes.count("It cites Taipei City Government, 2025 .") > 1


def test_an_agreement_page_says_what_led_to_it(client: FlaskClient) -> None:
    text = text_of(read(client, "/agreement/odesa--yokohama-mou-2023.html"))
    assert "March 2023 Visit of the mayor of Odesa to Yokohama, 2023 led to it" in text


def test_a_network_page_keeps_members_and_stated_non_members_apart(client: FlaskClient) -> None:
    page = read(client, "/network/c40-cities.html").partition('id="panel-members"')[2]
    members, _, others = text_of(page).partition("Stated not to be members")
    assert "Yokohama Japan member 2010" in members
    assert "Taipei Taiwan" not in members
    assert "Taipei" in others


def test_a_source_page_lists_its_passages_with_what_rests_on_them(client: FlaskClient) -> None:
    text = text_of(read(client, "/source/maturing-city-diplomacy.html"))
    assert "Yokohama : lies near Tokyo , Tokyo Bay f0050 f0051" in text


def test_the_passages_of_a_source_stand_in_the_order_of_its_text(client: FlaskClient) -> None:
    text = text_of(read(client, "/source/maturing-city-diplomacy.html"))
    _, _, passages = text.partition("Its passages, and what rests on each")
    places = ["Title", "Byline", "Introduction ¶1 s1", "The City Diplomacy of Yokohama ¶1 s1"]
    places += ["The City Diplomacy of Taipei ¶1 s1", "Table 1 row 2", "Works Cited item 1"]
    places += ["Works Cited item 10", "Page trailer line 1"]
    found = [passages.index(f" {place} ") for place in places]
    assert found == sorted(found)


def test_an_evidence_page_says_how_to_verify_its_digest(client: FlaskClient) -> None:
    text = text_of(read(client, "/evidence/f0240.html"))
    assert "Sister city agreement of Basseterre and Taipei : has party Taipei" in text
    assert "has party Basseterre" not in text
    assert "sha256:d351cccd0d50ccb5041297a0f4879281a97ae3b07674563f7ca8f0c9cd4006ca" in text


def test_a_kind_without_panels_of_its_own_shows_what_is_claimed_of_it(
    client: FlaskClient,
) -> None:
    text = text_of(read(client, "/group/angelenos.html"))
    assert "Statements" not in text
    assert "People of Los Angeles can help" in text


def test_an_office_is_shown_with_its_title_and_what_its_holder_did(client: FlaskClient) -> None:
    text = text_of(read(client, "/office-holding/mayor-of-odesa.html"))
    assert "held for Odesa" in text
    assert "Visit of the mayor of Odesa to Yokohama, 2023 represented by" in text


def test_a_panel_links_to_the_query_that_filled_it(client: FlaskClient) -> None:
    links = Links(read(client, "/city/taipei.html")).linked
    queries = [link for link in links if PANEL.search(link)]
    assert len(queries) >= 5
    for query in queries:
        assert "city%2Ftaipei" in client.get(query).headers["Location"]


def test_a_page_says_how_to_cite_it_with_version_and_permanent_address(
    client: FlaskClient, release: Release
) -> None:
    text = text_of(read(client, "/city/taipei.html"))
    version = release.manifest["version"]
    address = address_cited(f"{BASE}city/taipei", release)
    assert f"City Diplomacy Graph, version {version}. {address}" in text


def test_the_list_of_cities_names_each_city_once(client: FlaskClient) -> None:
    page = read(client, "/city/?q=ai") + read(client, "/city/?q=yokohama")
    assert page.count('href="/city/taipei"') == 1
    assert page.count('href="/city/yokohama"') == 1


def test_the_list_of_memberships_holds_non_memberships_too(client: FlaskClient) -> None:
    links = Links(read(client, "/membership/?q=C40+Cities")).linked
    assert {"/membership/taipei--c40-cities", "/membership/yokohama--c40-cities"} <= links


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_lists_as_many_as_it_counts(client: FlaskClient, app: Flask, kind: str) -> None:
    page = read(client, f"/{kind}/")
    count = app.extensions["citydiplomacy"].entities.kinds[kind].count
    assert f'<p class="kicker">{count} in this release</p>' in page
    assert page.partition("<tbody>")[2].count("<tr>") == min(count, PAGE) > 0
    rows = list(csv.reader(io.StringIO(client.get(f"/{kind}.csv").text)))
    assert len(rows) == count + 1


def test_every_kind_is_tried(app: Flask) -> None:
    assert list(app.extensions["citydiplomacy"].entities.kinds) == KINDS


def test_the_ontology_page_has_an_anchor_and_an_example_for_a_term(client: FlaskClient) -> None:
    page = read(client, "/ontology.html")
    assert "SisterCityAgreement" in Links(page).ids
    assert "that its source calls a sister city relationship" in page


def test_a_question_page_answers_with_labels(client: FlaskClient) -> None:
    text = text_of(read(client, "/query/source-of-a-tie"))
    assert "Sister city agreement of Houston and Taipei start date" in text


def test_iris_of_every_kind_lead_to_turtle_about_them(
    client: FlaskClient, app: Flask, engine: Engine
) -> None:
    kinds: dict[str, list[str]] = {}
    for iri in dereferenceable(engine, app):
        kinds.setdefault(iri.removeprefix(BASE).partition("/")[0], []).append(iri)
    # Not all of them: a request for each would take longer than all other tests of pages.
    tried = [iri for found in kinds.values() for iri in found[:: len(found) // 5 + 1]]
    assert len(tried) > 60
    silent = [iri for iri in tried if iri not in subjects_and_objects(client, iri)]
    assert silent == []


def test_every_entity_that_the_graph_mentions_is_described(engine: Engine) -> None:
    mentioned = "?any ?property ?entity . FILTER(isIRI(?entity))"
    ours = f'FILTER(REGEX(STR(?entity), "^{BASE}[a-z-]+/[a-z0-9-]+$"))'
    silent = "FILTER NOT EXISTS { ?entity ?says ?value }"
    found = select(engine, f"SELECT DISTINCT ?entity {{ {mentioned} {ours} {silent} }}")
    assert [row["entity"].value for row in found] == []


def subjects_and_objects(client: FlaskClient, iri: str) -> set[str]:
    """What the Turtle at an IRI, moved to this host, is about."""
    path = "/" + iri.removeprefix(BASE)
    answer = client.get(path, headers={"Accept": "text/turtle"}, follow_redirects=True)
    assert (iri, answer.status_code, answer.mimetype) == (iri, 200, "text/turtle")
    quads = pyoxigraph.parse(answer.data, format=pyoxigraph.RdfFormat.TURTLE)
    return {term.value for quad in quads for term in (quad.subject, quad.object)}


def test_every_hash_iri_is_in_its_document(client: FlaskClient, app: Flask, engine: Engine) -> None:
    site = app.extensions["citydiplomacy"]
    terms = {row["iri"].value for row in select(engine, site.pages["iris"].text)}
    hashed = sorted(term for term in terms if "#" in term)
    documents = {term.partition("#")[0] for term in hashed}
    told = {iri: subjects_and_objects(client, iri) for iri in documents}
    assert [term for term in hashed if term not in told[term.partition("#")[0]]] == []


def test_a_page_offers_every_graph_format(client: FlaskClient) -> None:
    links = Links(read(client, "/city/taipei.html")).linked
    assert {f"/city/taipei.{format_.suffix}" for format_ in GRAPH_FORMATS} <= links


def test_a_document_is_signposted(client: FlaskClient, release: Release) -> None:
    address = address_cited(f"{BASE}city/taipei", release)
    link = client.get("/city/taipei.ttl").headers["Link"]
    assert f'<{address}>; rel="cite-as"' in link
    assert '</city/taipei.jsonld>; rel="alternate describedby"; type="application/ld+json"' in link
    assert f'<{BASE}ontology#City>; rel="type"' in link
    assert 'rel="license"' in link


def test_the_same_document_has_the_same_bytes_each_time(client: FlaskClient) -> None:
    # Another query string each time, so that no cache answers.
    assert len({client.get(f"/city/taipei.ttl?{time}").data for time in range(5)}) == 1


def test_the_dump_is_asked_for_anew_and_sent_only_when_it_changed(client: FlaskClient) -> None:
    with client.get("/dataset/citydiplomacy.nq") as dump:
        kept = dump.headers["ETag"]
        assert dump.cache_control.no_cache
        assert dump.cache_control.max_age in {None, 0}
    with client.get("/dataset/citydiplomacy.nq", headers={"If-None-Match": kept}) as again:
        assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/city/", "Cities"),
        ("/query/", "Questions"),
        ("/sparql", "SPARQL"),
        ("/ontology.html", "Model"),
        ("/dataset.html", "Data"),
        ("/about", "About"),
    ],
)
def test_the_navigation_says_which_of_its_pages_is_open(
    client: FlaskClient, path: str, name: str
) -> None:
    page = read(client, path)
    assert re.findall(r'aria-current="page">([^<]+)</a>', page)[:1] == [name]


def test_no_page_of_the_navigation_is_open_on_a_page_below_it(client: FlaskClient) -> None:
    assert "aria-current" not in read(client, "/city/taipei.html")


@pytest.mark.parametrize("path", ["/city/taipei.html", "/evidence/f0240.html"])
def test_each_copy_button_says_what_it_copies(client: FlaskClient, path: str) -> None:
    buttons = re.findall(r"<button[^>]*data-copy[^>]*>(.*?)</button>", read(client, path))
    names = [text_of(button) for button in buttons]
    assert {"Copy permanent address", "Copy citation"} <= set(names)
    assert len(set(names)) == len(names)


def test_the_first_column_of_a_table_names_its_rows(client: FlaskClient) -> None:
    page = read(client, "/city/")
    assert page.count('<th scope="row"') == page.partition("<tbody>")[2].count("<tr>") > 0
    assert "<th>" not in page


def test_the_dump_is_the_file_that_the_manifest_describes(client: FlaskClient) -> None:
    with client.get("/dataset/manifest.json") as manifest:
        facts = json.loads(manifest.data)["files"]["citydiplomacy.nq"]
    with client.get("/dataset/citydiplomacy.nq") as dump:
        assert dump.mimetype == "application/n-quads"
        assert hashlib.sha256(dump.data).hexdigest() == facts["sha256"]
    assert facts["sha256"] in read(client, "/dataset.html")


@pytest.mark.parametrize(
    ("narrowed", "row"),
    [
        ("city/?q=taipei", "Taipei Taiwan 59"),
        (
            "agreement/?q=houston",
            "Sister city agreement of Houston and Taipei sister city agreement 15 June 1961",
        ),
        ("source/?q=sister", "Taipei's Sister Cities web page 14 November 2025 0"),
        (
            "evidence/?q=f0235",
            "f0235 Maturing City Diplomacy: Comparing Yokohama and Taipei The",
        ),
    ],
)
def test_a_list_tells_its_entries_apart(client: FlaskClient, narrowed: str, row: str) -> None:
    assert row in unescape(text_of(read(client, f"/{narrowed}")))


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("https://example.org/desk", '<a href="https://example.org/desk">'),
        ("desk@example.org", "Write to desk@example.org."),
        ('javascript:alert("x")', "Write to javascript:alert(&#34;x&#34;)."),
        ("", "has given no address to write to"),
    ],
)
def test_readers_are_told_whom_to_write_to(
    settings: Settings, engine: Engine, release: Release, contact: str, shown: str
) -> None:
    own = create_app(replace(settings, contact=contact), engine, release)
    assert shown in own.test_client().get("/about").text


@pytest.mark.parametrize("name", sorted(n for n in queries.load("pages") if "/" in n))
def test_the_entity_that_a_panel_names_as_its_example_is_there(engine: Engine, name: str) -> None:
    examples = queries.load("pages")[name].parameters.get("entity", ())
    known = [rows.answer(engine, f"ASK {{ <{example}> ?says ?value }}") for example in examples]
    # Of records of Wikidata there are none before a harvest.
    assert all(known) or name.startswith("wikidata-record/")
