"""Lists as a reader goes through them: narrowed, ordered, page by page."""

import csv
import io
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient

from citydiplomacy import spreadsheets
from citydiplomacy.errors import BadParameterError
from citydiplomacy.listing import PAGE, Listing, facet_columns, listed
from citydiplomacy.tables import Table, TableRow, Value

NUMBER = "http://www.w3.org/2001/XMLSchema#integer"


def city(name: str, country: str | None, since: str | None, ties: int) -> TableRow:
    slug = name.lower()
    return TableRow(
        (
            Value(name, f"https://w3id.org/citydiplomacy/city/{slug}"),
            Value(country.capitalize(), f"https://example.org/country/{country}")
            if country
            else None,
            Value(since) if since else None,
            Value(str(ties), datatype=NUMBER),
        )
    )


CITIES = Table(
    ("city", "country", "since", "ties"),
    (
        city("Évora", "portugal", "1961-05-01", 9),
        city("Porto", "portugal", "1968", 10),
        city("Yokohama", "japan", "1957?", 12),
        city("Osaka", "japan", None, 2),
        city("Atlantis", None, "199X", 0),
        city("Kobe", "japan", "1969", 2),
        city("Nara", "japan", "1950", 1),
        city("Braga", "portugal", "1955", 1),
    ),
)


def wanted(**arguments: str) -> Listing:
    return listed(CITIES, arguments)


def names(listing: Listing) -> list[str]:
    return [row.values[0].text for row in listing.shown.rows if row.values[0]]


def test_a_list_is_narrowed_by_country() -> None:
    assert names(wanted(country="japan")) == ["Yokohama", "Osaka", "Kobe", "Nara"]


def test_a_list_is_narrowed_by_decade() -> None:
    assert names(wanted(since="1960s")) == ["Évora", "Porto", "Kobe"]


def test_what_is_not_stated_can_be_chosen() -> None:
    assert names(wanted(country="none")) == ["Atlantis"]


def test_a_list_is_narrowed_by_part_of_a_name_without_accents() -> None:
    assert names(wanted(q="EVO")) == ["Évora"]


def test_choices_count_what_the_other_choices_leave() -> None:
    facets = {facet.column: facet for facet in wanted(since="1960s").facets}
    assert [(choice.key, choice.count) for choice in facets["country"].choices] == [
        ("portugal", 2),
        ("japan", 1),
    ]
    assert {choice.key: choice.count for choice in facets["since"].choices}["1950s"] == 3


def test_numbers_are_no_facet() -> None:
    assert facet_columns(CITIES) == ["country", "since"]


def test_numbers_are_ordered_as_numbers_and_names_without_accents() -> None:
    assert names(wanted(sort="-ties"))[:3] == ["Yokohama", "Porto", "Évora"]
    assert names(wanted(sort="city"))[:2] == ["Atlantis", "Braga"]


@pytest.mark.parametrize("order", ["since", "-since"])
def test_rows_without_a_value_come_last_in_either_order(order: str) -> None:
    assert names(wanted(sort=order))[-1] == "Osaka"


@pytest.mark.parametrize(
    "arguments",
    [
        {"country": "atlantis"},
        {"sort": "colour"},
        {"page": "0"},
        {"page": "2"},
        {"page": "\u0661"},
        {"q": "x" * 101},
    ],
)
def test_what_a_list_does_not_know_is_refused_with_what_it_knows(
    arguments: Mapping[str, str],
) -> None:
    with pytest.raises(BadParameterError) as refused:
        listed(CITIES, arguments)
    assert refused.value.repair


def test_what_the_list_does_not_know_changes_nothing() -> None:
    listing = wanted(utm_source="mail", country="japan")
    assert listing.wanted.address() == "?country=japan"


def test_a_long_list_has_pages() -> None:
    rows = tuple(city(f"City {number}", "japan", None, 1) for number in range(PAGE + 1))
    listing = listed(Table(CITIES.columns, rows), {"page": "2"})
    assert (listing.pages, names(listing)) == (2, [f"City {PAGE}"])


def test_a_state_has_one_address() -> None:
    listing = wanted(country="japan", sort="ties", q="o")
    assert listing.wanted.address() == "?country=japan&q=o&sort=ties"
    assert listing.wanted.address(country="") == "?q=o&sort=ties"
    assert listing.wanted.sorting.address("ties") == "?country=japan&q=o&sort=-ties"


def test_a_spreadsheet_has_iris_beside_labels() -> None:
    rows = list(csv.reader(io.StringIO(spreadsheets.written(CITIES))))
    assert rows[0] == ["city", "cityLabel", "country", "countryLabel", "since", "ties"]
    assert rows[3][:2] == ["https://w3id.org/citydiplomacy/city/yokohama", "Yokohama"]
    assert rows[5][2:5] == ["", "", "199X"]


def test_a_spreadsheet_runs_no_formula() -> None:
    table = Table(
        ("name",), (TableRow((Value("=1+1"),)), TableRow((Value("-5", datatype=NUMBER),)))
    )
    assert spreadsheets.written(table).split() == ["name", "'=1+1", "-5"]


def test_the_page_of_a_kind_leads_to_the_narrower_list_and_its_data(client: FlaskClient) -> None:
    page = client.get("/agreement/?status=suspended&sort=-since").text
    assert 'href="/agreement.csv?sort=-since&amp;status=suspended"' in page
    assert 'aria-sort="descending"' in page
    assert "Anchorage" in page
    assert "Houston" not in page


def test_a_list_as_data_holds_every_page(client: FlaskClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/city.csv?country=japan&page=1").text)))
    assert {row["country"].rpartition("/")[2] for row in rows} == {"japan"}
    assert "Yokohama" in {row["cityLabel"] for row in rows}
    assert len(client.get("/city.csv").text.splitlines()) > PAGE + 1


def test_a_table_of_a_page_is_ordered_by_its_address(client: FlaskClient) -> None:
    page = client.get("/city/yokohama.html?sort=ties.-since").text
    ties = page.partition('id="panel-ties"')[2]
    assert ties.index("/city/odesa") < ties.index("/city/san-diego")
    assert client.get("/city/yokohama.html?sort=ties.colour").status_code == 400
    assert client.get("/city/yokohama.html?sort=nothing.since").status_code == 400


def test_the_query_of_a_panel_opens_in_the_editor(client: FlaskClient) -> None:
    answer = client.get("/city/yokohama/query/ties")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sparql?query=")
    assert "city%2Fyokohama" in answer.headers["Location"]
    assert client.get("/city/yokohama/query/nothing").status_code == 404
    assert client.get("/city/atlantis/query/ties").status_code == 404


@pytest.mark.parametrize(
    ("path", "names", "lines"),
    [
        ("/agreement/houston--taipei", {"Houston", "Taipei"}, 1),
        ("/city/abidjan", {"Abidjan"}, 0),
    ],
)
def test_places_and_ties_are_sent_as_geojson(
    client: FlaskClient, path: str, names: set[str], lines: int
) -> None:
    answer = client.get(path, headers={"Accept": "application/geo+json"}, follow_redirects=True)
    assert answer.content_type == "application/geo+json"
    features = answer.get_json(force=True)["features"]
    points = [f for f in features if f["geometry"] and f["geometry"]["type"] == "Point"]
    assert names <= {feature["properties"]["name"] for feature in points}
    assert len([f for f in features if "start" in f["properties"]]) == lines


def test_a_line_over_the_date_line_is_cut_there(client: FlaskClient) -> None:
    features = client.get("/agreement/san-diego--yokohama.geojson").get_json(force=True)["features"]
    (line,) = (feature for feature in features if "start" in feature["properties"])
    parts = line["geometry"]["coordinates"]
    assert line["geometry"]["type"] == "MultiLineString"
    assert {abs(parts[0][1][0]), abs(parts[1][0][0])} == {180.0}


def test_what_has_no_place_is_no_geojson(client: FlaskClient) -> None:
    answer = client.get("/claim/what-city-diplomacy-is.geojson")
    assert answer.status_code == 404
