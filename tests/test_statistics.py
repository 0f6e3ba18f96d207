"""What a release has counted is what counting finds; nobody writes a count by hand."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient

from citydiplomacy import paths
from citydiplomacy.engine import Engine
from citydiplomacy.engine.rows import Row
from citydiplomacy.namespaces import BASE, CD, DERIVED, PREFIXES, shorten
from common import select

PREFIX = "".join(
    f"PREFIX {prefix}: <{namespace}>\n"
    for prefix, namespace in {
        **PREFIXES,
        "mode": f"{BASE}vocab/participation-mode#",
        "status": f"{BASE}vocab/agreement-status#",
    }.items()
)
# What is counted, told without any shortcut: an agreement stands in two rows, one for each party.
TIES = """
SELECT ?city ?partner ?country ?partnerCountry ?year {
  ?agreement a cd:CityPartnershipAgreement ; cd:status ?status ; cd:hasParty ?city , ?partner .
  FILTER (?status IN (status:in-force, status:listed, status:dormant) && ?city != ?partner)
  OPTIONAL { ?city cd:inCountry ?country }
  OPTIONAL { ?partner cd:inCountry ?partnerCountry }
  OPTIONAL { ?agreement cd:startYear ?year }
}
"""
MEMBERS = """
SELECT DISTINCT ?city ?network {
  ?membership a cd:NetworkMembership ; cd:participationMode ?mode ;
    org:member ?city ; org:organization ?network .
  ?city a cd:City .
  ?network a cd:CityNetwork .
  FILTER (?mode IN (mode:member, mode:executive-member))
}
"""
PAIRS = "SELECT * { ?ties cd:countsTiesOf ?country ; cd:countedTies ?count }"
EXAMPLES = """
SELECT ?property ?example {
  ?property skos:example ?example .
  FILTER (?property IN (cd:tieCount, cd:networkCount, cd:memberCityCount))
}
"""
WRITTEN_BY_RULES = "SELECT DISTINCT ?property { GRAPH <%s> { ?node ?property ?value } }"


@pytest.fixture(scope="module")
def ties(engine: Engine) -> list[Row]:
    return select(engine, PREFIX + TIES)


@pytest.fixture(scope="module")
def members(engine: Engine) -> list[tuple[str, str]]:
    found = select(engine, PREFIX + MEMBERS)
    return [(row["city"].value, row["network"].value) for row in found]


def pair(row: Row) -> frozenset[str]:
    return frozenset({row["city"].value, row["partner"].value})


def told(engine: Engine, pattern: str) -> Mapping[str, int]:
    """Return the counts that a pattern finds, by what it calls ?key."""
    rows = select(engine, f"{PREFIX}SELECT ?key ?count {{ {pattern} }}")
    counts = {row["key"].value: int(row["count"].value) for row in rows}
    assert len(counts) == len(rows) > 0
    return counts


def test_each_city_with_ties_has_their_number(engine: Engine, ties: list[Row]) -> None:
    joined = {(row["city"].value, row["partner"].value) for row in ties}
    assert told(engine, "?key cd:tieCount ?count") == Counter(city for city, _ in joined)


def test_each_member_of_a_network_has_the_number_of_its_networks(
    engine: Engine, members: list[tuple[str, str]]
) -> None:
    assert told(engine, "?key cd:networkCount ?count") == Counter(city for city, _ in members)


def test_each_network_with_member_cities_has_their_number(
    engine: Engine, members: list[tuple[str, str]]
) -> None:
    networks = Counter(network for _, network in members)
    assert told(engine, "?key cd:memberCityCount ?count") == networks


def test_each_two_countries_have_the_number_of_the_ties_between_their_cities(
    engine: Engine, ties: list[Row]
) -> None:
    joined = {
        pair(row): frozenset({row["country"].value, row["partnerCountry"].value})
        for row in ties
        if {"country", "partnerCountry"} <= row.keys()
    }
    counts: dict[str, int] = {}
    countries: defaultdict[str, set[str]] = defaultdict(set)
    for row in select(engine, PREFIX + PAIRS):
        counts[row["ties"].value] = int(row["count"].value)
        countries[row["ties"].value].add(row["country"].value)
    found = [(frozenset(countries[ties]), count) for ties, count in counts.items()]
    assert len(found) == len(dict(found))
    assert dict(found) == Counter(joined.values())
    assert {len(each) for each, _ in found} == {1, 2}


def test_each_year_in_which_a_tie_began_has_the_number_of_them(
    engine: Engine, ties: list[Row]
) -> None:
    begun: dict[frozenset[str], str] = {}
    for row in ties:
        if "year" in row:
            begun[pair(row)] = min(row["year"].value, begun.get(pair(row), "9999"))
    counts = told(engine, "?ties cd:countedYear ?key ; cd:countedTies ?count")
    assert counts == Counter(begun.values())


def test_the_number_in_the_example_of_a_term_is_the_one_counted(engine: Engine) -> None:
    wanted = {}
    for row in select(engine, PREFIX + EXAMPLES):
        number, name = re.findall(r"^([0-9]+) for ([^,]+?)[.,]", row["example"].value)[0]
        wanted[shorten(row["property"].value), name] = int(number)
    assert len(wanted) == 3
    for (term, name), number in wanted.items():
        named = (
            f'?city {term} ?count ; rdfs:label|skos:altLabel ?key . FILTER (STR(?key) = "{name}")'
        )
        assert told(engine, named) == {name: number}


def test_what_the_rules_write_is_refused_where_somebody_wrote_it(engine: Engine) -> None:
    check = (paths.root() / "queries/checks/handwritten-shortcut.rq").read_text("utf-8")
    rows = select(engine, WRITTEN_BY_RULES % DERIVED)
    written = {shorten(row["property"].value) for row in rows}
    # Classes and names are written by hand too, and evidence may name its values.
    by_both = {"rdf:type", "rdfs:label", "cd:supportsValue"}
    assert by_both <= written
    assert written - by_both <= set(re.findall(r"\b[a-z]+:\w+", check))


def test_the_data_of_a_country_leads_to_its_counts_which_do_not_crowd_its_page(
    client: FlaskClient,
) -> None:
    counts = f"<{DERIVED}#ties-japan--taiwan> <{CD}countsTiesOf> <{BASE}country/japan> ."
    assert counts in client.get("/country/japan.nt").text
    assert "Ties between cities: Japan and Taiwan" not in client.get("/country/japan.html").text
