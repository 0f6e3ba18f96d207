"""Pictures of all ties: what is chosen, what is drawn; the query beside it finds the same."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

import pyoxigraph
import pytest
from flask.testing import FlaskClient

from citydiplomacy.engine import Query
from citydiplomacy.namespaces import BASE, CD, PREFIXES
from citydiplomacy.positions import positions
from citydiplomacy.web import create_app_for
from citydiplomacy.web.site import Site
from common import BROWSER

PLACES = {
    "alby": (59.5, 16.5, "north"),
    "brix": (49.5, -1.5, "south"),
    "cray": (-40.0, -175.0, "far"),
}
TIES = (
    ("alby", "brix", "SisterCityAgreement", "in-force", "1961-05-02"),
    ("alby", "cray", "SisterCityAgreement", "suspended", "199X"),
    ("brix", "cray", "MemorandumOfUnderstanding", "terminated", "1966?"),
    ("alby", "dole", "MemorandumOfUnderstanding", "proposed", "XXXX-05-01"),
)
"""Who, which kind, which status, since when; nobody knows where Dole lies."""


def world() -> Iterator[str]:
    def entity(kind: str, name: str) -> str:
        return f"<{BASE}{kind}/{name}>"

    yield f"PREFIX cd: <{CD}> PREFIX rdfs: <{PREFIXES['rdfs']}> PREFIX org: <{PREFIXES['org']}>\n"
    yield "PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>\n"
    yield f"PREFIX s: <{BASE}vocab/agreement-status#>\n"
    yield "cd:SisterCityAgreement rdfs:subClassOf cd:Agreement .\n"
    yield "cd:MemorandumOfUnderstanding rdfs:subClassOf cd:Agreement .\n"
    for city, (latitude, longitude, country) in PLACES.items():
        place = (
            f"geo:lat {latitude} ; geo:long {longitude} ; cd:inCountry {entity('country', country)}"
        )
        yield f'{entity("city", city)} rdfs:label "{city.title()}"@en ; {place} .\n'
    for one, other, kind, status, since in TIES:
        parties = f"{entity('city', one)} , {entity('city', other)}"
        about = f'a cd:Agreement , cd:{kind} ; cd:status s:{status} ; cd:startDate "{since}"'
        yield f"{entity('agreement', f'{one}--{other}')} {about} ; cd:hasParty {parties} .\n"
    member = f"org:member {entity('city', 'alby')} ; org:organization {entity('network', 'net')}"
    yield f"{entity('membership', 'alby--net')} a cd:NetworkMembership ; {member} .\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A service over a world of four ties."""
    file = tmp_path_factory.mktemp("explore") / "world.nq"
    file.write_text(nquads("".join(world())), "utf-8")
    with create_app_for(file) as app:
        yield app.test_client()


def nquads(turtle: str) -> str:
    parsed = pyoxigraph.parse(turtle, format=pyoxigraph.RdfFormat.TURTLE)
    return "".join(f"{quad.triple} .\n" for quad in parsed)


@pytest.fixture
def site(client: FlaskClient) -> Site:
    found: Site = client.application.extensions["citydiplomacy"]
    return found


def chosen(client: FlaskClient, query: str) -> set[str]:
    """Return the agreements of the data for a choice, by the last part of their IRIs."""
    with client.get(f"/explore/ties.csv{query}", follow_redirects=True) as answer:
        assert answer.status_code == 200
        rows = csv.DictReader(io.StringIO(answer.get_data(as_text=True)))
        return {row["agreement"].rpartition("/")[2] for row in rows}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"alby--brix", "alby--cray", "brix--cray", "alby--dole"}),
        ("?kind=sister-city-agreement", {"alby--brix", "alby--cray"}),
        ("?status=suspended", {"alby--cray"}),
        ("?status=suspended&status=proposed", {"alby--cray", "alby--dole"}),
        ("?country=far", {"alby--cray", "brix--cray"}),
        ("?country=far&with=south", {"brix--cray"}),
        ("?city=brix", {"alby--brix", "brix--cray"}),
        # A decade may be any of its years, and a year that is doubted is that year.
        ("?from=1995&to=1995", {"alby--cray"}),
        ("?from=1962&to=1990", {"brix--cray", "alby--cray"}),
        ("?to=1961", {"alby--brix"}),
        ("?to=1961&undated=yes", {"alby--brix", "alby--dole"}),
        ("?country=north&city=cray", {"alby--cray"}),
    ],
)
def test_a_choice_leaves_the_ties_that_are_like_that(
    small: FlaskClient, query: str, found: set[str]
) -> None:
    assert chosen(small, query) == found


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("country=atlantis", "Use one of: far, north, south."),
        ("kind=marriage", "Use one of: memorandum-of-understanding, sister-city-agreement."),
        ("status=broken", "Use one of: in-force, proposed, suspended, terminated."),
        ("from=soon", "Write it with digits: 1961."),
        ("from=2000&to=1990", "Exchange the two years."),
        ("city=atlantis", "is no city of which a tie"),
        ("city=alby&city=brix", "Give one."),
        ("undated=perhaps", "Use undated=yes"),
    ],
)
@pytest.mark.parametrize("path", ["/explore/map", "/explore/ties.json"])
def test_what_is_not_offered_is_refused_by_name(
    small: FlaskClient, path: str, given: str, told: str
) -> None:
    with small.get(f"{path}?{given}") as answer:
        assert answer.status_code == 400
        assert told in f"{answer.json['detail']} {answer.json['repair']}"  # type: ignore[index]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("kind=&status=&country=&from=&city=", "/explore/map"),
        ("city=ALBY&utm=1", "/explore/map?city=alby"),
        ("to=1990&from=1960", "/explore/map?from=1960&to=1990"),
        ("with=far", "/explore/map?country=far"),
        ("undated=yes", "/explore/map"),
        ("kind=sister-city-agreement&kind=memorandum-of-understanding", "/explore/map"),
    ],
)
def test_one_choice_has_one_address(small: FlaskClient, given: str, address: str) -> None:
    with small.get(f"/explore/map?{given}") as answer:
        assert (answer.status_code, answer.headers["Location"]) == (303, address)
    with small.get(address) as answer:
        assert answer.status_code == 200


def test_a_city_is_chosen_by_what_people_call_it(client: FlaskClient) -> None:
    with client.get("/explore/map?city=Krak%C3%B3w") as answer:
        assert answer.headers["Location"] == "/explore/map?city=krakow"


def test_the_data_name_each_city_once(small: FlaskClient) -> None:
    told = json.loads(small.get("/explore/ties.json?networks=yes").text)
    assert len(told["actors"]) == 5  # four cities and a network
    names = [actor[0] for actor in told["actors"]]
    assert {(tie[0], names[tie[1]], names[tie[2]]) for tie in told["ties"]} >= {
        ("alby--brix", "/city/alby", "/city/brix")
    }
    assert [(names[a], names[b]) for a, b, _ in told["memberships"]] == [
        ("/city/alby", "/network/net")
    ]


def test_the_map_says_what_it_cannot_show(small: FlaskClient) -> None:
    page = small.get("/explore/map").text
    assert "1 tie has an end whose place is not known here" in page
    assert "Natural Earth boundaries, no position taken." in page
    assert re.findall(r'class="tie (\w+)" stroke-width', page) == ["standing", "suspended", "ended"]


def test_a_timeline_of_few_has_a_mark_for_each(small: FlaskClient) -> None:
    page = small.get("/explore/timeline").text
    links = re.findall(r'<a href="/agreement/([a-z-]+)" class="(\w+(?: vague)?)">', page)
    assert links == [
        ("alby--brix", "standing"),
        ("brix--cray", "ended vague"),
        ("alby--cray", "suspended vague"),
    ]
    assert "1 of them dated to a decade or century only, 2 without a year" in page


def test_a_timeline_of_many_leads_from_its_columns_to_their_years(client: FlaskClient) -> None:
    page = unescape(client.get("/explore/timeline", headers=BROWSER).text)
    first, last = re.findall(r'<a href="/explore/timeline\?from=(\d+)&to=(\d+)"><title>', page)[0]
    with client.get(f"/explore/timeline?from={first}&to={last}", headers=BROWSER) as answer:
        assert answer.status_code == 200
        assert 'class="years"' in answer.get_data(as_text=True)


def test_who_asks_for_a_status_sees_agreements_alone(client: FlaskClient) -> None:
    page = client.get("/explore/timeline?status=suspended", headers=BROWSER).get_data(as_text=True)
    assert "6 entries" in page
    with client.get("/explore/timeline?status=suspended&show=agreements") as answer:
        assert answer.headers["Location"] == "/explore/timeline?status=suspended"


def test_nothing_found_is_said(small: FlaskClient) -> None:
    for name in ("map", "timeline", "network"):
        page = small.get(f"/explore/{name}?country=far&with=south&to=1950").text
        assert "No tie is like that." in page
        assert "<svg class=" not in page.partition("<figure")[2].partition("</figure>")[0]


CHOICES = [
    {},
    {"kind": ["sister-city-agreement"]},
    {"status": ["suspended", "terminated"]},
    {"country": ["japan"]},
    {"country": ["united-states"], "with": ["russia"]},
    {"city": ["shanghai"], "from": ["1960"], "to": ["1999"]},
    {"from": ["2015"], "undated": ["yes"], "country": ["ukraine"]},
]


@pytest.mark.parametrize("given", CHOICES, ids=str)
def test_the_query_beside_a_picture_finds_what_it_shows(
    site: Site, given: dict[str, list[str]]
) -> None:
    choice = site.offer.choice(given)
    shown = {tie.iri for tie in choice.of_ties(site.ties.ties)}
    assert asked(site, choice.narrowed(site.ties.query("ties")), "agreement") == shown
    assert shown
    for name, records in (("memberships", site.ties.memberships), ("actions", site.ties.actions)):
        found = {record.iri for record in choice.of(records)}
        if "with" not in given and not ("city" in given and "from" in given):
            assert asked(site, choice.narrowed(site.ties.query(name)), name[:-1]) == found


def asked(site: Site, text: str, column: str) -> set[str]:
    body = site.engine.run(Query(text), "text/csv", "pages").read().decode()
    return {row[column] for row in csv.DictReader(io.StringIO(body))}


def test_the_query_stands_beside_the_picture(client: FlaskClient) -> None:
    page = unescape(client.get("/explore/map?country=japan", headers=BROWSER).text)
    (text,) = re.findall(r'/sparql\?query=([^"]+)" aria-label="Query of the ties"', page)
    assert f"VALUES ?country {{ <{BASE}country/japan> }}" in unquote(text)
    assert "# if" not in unquote(text)


def test_no_disc_covers_another_and_all_stand_where_they_stood(site: Site) -> None:
    found = site.positions
    discs = found.discs
    apart = [
        (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= 0.9 * (one.radius + other.radius) ** 2
        for number, one in enumerate(discs)
        for other in discs[number + 1 :]
    ]
    assert len(apart) > 1000
    assert all(apart)
    assert positions(site.ties).places == found.places


def test_an_answer_to_many_conditions_is_not_kept(client: FlaskClient) -> None:
    cache = client.application.extensions["citydiplomacy.cache"]
    client.get("/explore/ties.json?country=japan").close()
    before = cache.counts.addresses
    path = "/explore/ties.json?country=japan&from=1960&to=1970"
    with client.get(path) as first:
        tag = first.headers["ETag"]
    assert cache.counts.addresses == before
    with client.get(path, headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304


def test_exploring_asks_the_engine_only_once(client: FlaskClient, site: Site) -> None:
    assert client.get("/explore/network?country=peru").status_code == 200
    known = site.ties
    assert client.get("/explore/network?country=chile").status_code == 200
    assert site.ties is known


@pytest.mark.parametrize(
    "path", ["/explore/", "/explore/map", "/explore/timeline", "/explore/network"]
)
def test_a_picture_is_light(client: FlaskClient, path: str) -> None:
    with client.get(path, headers=BROWSER) as answer:
        assert answer.status_code == 200
        assert len(answer.data) < 150_000
