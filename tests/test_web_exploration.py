"""Ways through the graph that are no entity's own: comparison, and where the sources disagree."""

import re
from html import unescape

import pyoxigraph
import pytest
from flask.testing import FlaskClient

from citydiplomacy import queries
from citydiplomacy.comparison import Idea, chosen, compare
from citydiplomacy.errors import BadParameterError, UnknownEntityError
from citydiplomacy.namespaces import BASE, CD, PREFIXES
from citydiplomacy.web.site import Site
from common import BROWSER

LARGEST = {"country": "united-states", "source": "maturing-city-diplomacy"}
STANDING = {"home"}


@pytest.fixture
def site(client: FlaskClient) -> Site:
    found: Site = client.application.extensions["citydiplomacy"]
    return found


@pytest.fixture
def table(site: Site) -> dict[str, tuple[tuple[Idea, ...], ...]]:
    """Yokohama and Taipei compared: by dimension, the ideas of each."""
    cities = chosen(site.questions.choices, ["yokohama", "taipei"], site.called)
    compared = compare(site.engine, site.pages["compare"], site.entities, cities)
    return {dimension.name.text: dimension.ideas for dimension in compared.dimensions}


def told(ideas: tuple[Idea, ...]) -> list[str]:
    return [
        f"{idea.name.text} ({idea.detail})" if idea.detail else idea.name.text for idea in ideas
    ]


def tabled(ideas: tuple[Idea, ...]) -> list[str]:
    return told(tuple(idea for idea in ideas if idea.is_tabled))


def test_the_comparison_has_the_six_dimensions_of_the_article_in_their_order(
    table: dict[str, tuple[tuple[Idea, ...], ...]],
) -> None:
    assert list(table) == [
        "core focus",
        "shared attributes",
        "key mechanisms",
        "network participation",
        "sister cities",
        "diplomatic style",
    ]


@pytest.mark.parametrize(
    ("dimension", "yokohama", "taipei"),
    [
        (
            "core focus",
            [
                "carrying out of the Sustainable Development Goals",
                "sustainable urban development",
                "technical cooperation",
            ],
            ["cultural exchange", "international recognition", "political visibility"],
        ),
        (
            "key mechanisms",
            [
                "knowledge transfer",
                "public-private partnership (for example Y-PORT Center)",
                "urban solutions",
            ],
            ["cultural programmes", "global summits", "sister city ties"],
        ),
        (
            "network participation",
            [
                "C40 Cities (member since 2010)",
                "CITYNET (participant)",
                "Carbon Neutral Cities Alliance (member since 2014-06)",
                "ICLEI Local Governments for Sustainability (participant)",
                "Mayors for Peace (participant)",
            ],
            [
                "CITYNET (member)",
                "Mayors' Summit in Paris (attends)",
                "Sister Cities International (member)",
                "United Cities and Local Governments (member since 2004)",
            ],
        ),
        (
            "sister cities",
            ["8 sister cities", "many major ports among the sister cities"],
            ["52 sister cities (disputed)", "broad geographical reach", "broad political reach"],
        ),
        (
            "diplomatic style",
            ["driven by expertise", "self-presentation as supplier of urban solutions abroad"],
            [
                "driven by soft power",
                "stress on dialogue",
                "stress on presence",
                "stress on symbolic cooperation",
            ],
        ),
    ],
)
def test_what_the_table_of_the_article_says_comes_first(
    table: dict[str, tuple[tuple[Idea, ...], ...]],
    dimension: str,
    yokohama: list[str],
    taipei: list[str],
) -> None:
    ideas = table[dimension]
    assert [tabled(city) for city in ideas] == [yokohama, taipei]
    assert [told(city)[: len(tabled(city))] for city in ideas] == [yokohama, taipei]


def test_the_six_shared_attributes_are_marked_in_both_cities(
    table: dict[str, tuple[tuple[Idea, ...], ...]],
) -> None:
    yokohama, taipei = table["shared attributes"]
    assert told(yokohama) == told(taipei)
    assert len(yokohama) == 6
    assert all(idea.is_shared for idea in (*yokohama, *taipei))


def test_citynet_is_the_one_network_that_both_share(
    table: dict[str, tuple[tuple[Idea, ...], ...]],
) -> None:
    shared = {
        idea.name.text for city in table["network participation"] for idea in city if idea.is_shared
    }
    assert shared == {"CITYNET"}


def test_what_the_running_text_adds_follows(
    table: dict[str, tuple[tuple[Idea, ...], ...]],
) -> None:
    _, taipei = table["network participation"]
    assert "C40 Cities (stated not to be a member)" in told(taipei)
    assert "C40 Cities (stated not to be a member)" not in tabled(taipei)


def test_a_passage_on_one_city_says_nothing_of_the_other_that_attends_too(site: Site) -> None:
    iris = [f"{BASE}city/{slug}" for slug in ("taipei", "odesa")]
    triples = f"""
        PREFIX cd: <{CD}> PREFIX rdfs: <{PREFIXES["rdfs"]}> PREFIX skos: <{PREFIXES["skos"]}>
        INSERT DATA {{
          <{BASE}vocab/dimension#network-participation> skos:prefLabel "networks"@en .
          <a:summit> rdfs:label "Summit"@en ; cd:evidence <a:cell> .
          <a:summit> cd:attendee <{iris[0]}> , <{iris[1]}> .
          <a:cell> cd:supportsProperty cd:attendee ; cd:supportsValue <{iris[0]}> .
          <a:cell> cd:locator "Table 1 row 4" .
        }}"""
    world = pyoxigraph.Store()
    world.update(triples)
    found = world.query(site.pages["compare"].about(city=iris))
    assert isinstance(found, pyoxigraph.QuerySolutions)
    told = {(row["city"].value, row["tabled"].value, row["evidence"] is None) for row in found}
    assert told == {(iris[0], "true", False), (iris[1], "false", True)}


def test_every_idea_bears_the_mark_of_its_source(client: FlaskClient) -> None:
    page = read(client, "/compare?city=yokohama&city=taipei")
    ideas = re.findall(
        r"<li[^>]*>(?:(?!</li>).)*</li>",
        page.partition("<tbody>")[2].partition("</tbody>")[0],
        re.S,
    )
    assert len(ideas) > 40
    assert all('class="mark"' in idea for idea in ideas)


def test_the_comparison_links_to_the_query_that_built_it(client: FlaskClient) -> None:
    page = read(client, "/compare?city=yokohama&city=taipei")
    assert "/sparql?query=%23%20title%3A%20Cities%20side%20by%20side" in page
    assert "city%2Fyokohama%3E%20%3Chttps" in page


@pytest.mark.parametrize("path", ["/compare", "/compare?city=", "/compare?city=taipei&city="])
def test_fewer_than_two_cities_lead_to_a_choice(client: FlaskClient, path: str) -> None:
    page = read(client, path)
    assert "<h1>Compare cities</h1>" in page
    assert page.count('<input name="city"') == 4
    assert page.count(" required>") == 2


def test_each_city_is_proposed_once_and_not_for_each_field(client: FlaskClient) -> None:
    assert read(client, "/compare").count("<option>Yokohama\n") == 1


def test_the_city_one_comes_from_is_chosen_already(client: FlaskClient) -> None:
    assert ' value="Taipei" required>' in read(client, "/compare?city=taipei")


def test_names_that_are_written_lead_to_the_one_address_of_the_comparison(
    client: FlaskClient,
) -> None:
    with client.get("/compare?city=%E8%87%BA%E5%8C%97%E5%B8%82&city=Kiev&city=") as answer:
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/compare?city=taipei&city=kyiv"


def test_four_cities_stand_side_by_side(client: FlaskClient) -> None:
    page = read(client, "/compare?city=yokohama&city=taipei&city=odesa&city=houston")
    assert re.findall(r'<th scope="col"><a href="/city/([a-z]+)">', page) == [
        "yokohama",
        "taipei",
        "odesa",
        "houston",
    ]


def test_cities_without_anything_comparable_say_so(client: FlaskClient) -> None:
    assert "Nothing comparable is recorded" in read(client, "/compare?city=kalamazoo&city=pushkin")


@pytest.mark.parametrize(
    ("given", "error", "detail"),
    [
        (["a", "b", "c", "d", "e"], BadParameterError, "5 are given"),
        (["taipei", "Taipei<script>"], UnknownEntityError, "is not among what can be chosen"),
        (["taipei", "atlantis"], UnknownEntityError, "atlantis"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    site: Site, given: list[str], error: type[Exception], detail: str
) -> None:
    with pytest.raises(error, match=detail):
        chosen(site.questions.choices, given, site.called)


@pytest.mark.parametrize(
    ("query", "status"),
    [("city=taipei&city=atlantis", 404), ("city=a&city=b&city=c&city=d&city=e", 400)],
)
def test_a_refusal_is_a_page_with_its_status(client: FlaskClient, query: str, status: int) -> None:
    with client.get(f"/compare?{query}", headers=BROWSER) as answer:
        assert answer.status_code == status


def test_a_city_named_twice_counts_once(client: FlaskClient) -> None:
    assert "<h1>Compare cities</h1>" in read(client, "/compare?city=taipei&city=taipei")


def test_every_recorded_conflict_stands_in_the_list(client: FlaskClient, site: Site) -> None:
    page = read(client, "/discrepancies")
    _, conflicts = site.entities.of_kind("discrepancy")
    missing = [row for row in conflicts.rows if row.values[0] and row.values[0].text not in page]
    assert missing == []
    assert page.count('class="callout"') == len(conflicts.rows) > 20


def test_a_conflict_shows_both_sides_with_their_sentences(client: FlaskClient) -> None:
    page = read(client, "/discrepancies")
    start = page.index("53 or 52 sister cities of Taipei")
    callout = page[start : page.index("</div>", start)]
    assert callout.count("<li>") == 2
    assert callout.count('class="mark"') >= 2


def read(client: FlaskClient, path: str) -> str:
    with client.get(path, headers=BROWSER) as answer:
        assert answer.status_code == 200
        return unescape(answer.get_data(as_text=True))


LONG = [
    (name.partition("/")[0], query.header["more"])
    for name, query in queries.load("pages").items()
    if "more" in query.header
]


@pytest.mark.parametrize(
    ("slug", "kind", "address"),
    [(LARGEST.get(kind, ""), kind, address) for kind, address in LONG],
)
def test_where_all_rows_of_a_long_panel_stand_they_are_found(
    client: FlaskClient, slug: str, kind: str, address: str
) -> None:
    assert slug or kind in STANDING
    assert "<table" in read(client, address.replace("{slug}", slug))
