"""The pictures that the server draws: true to the globe, and to what the tables say."""

from math import cos, radians

import pytest
from flask.testing import FlaskClient

from citydiplomacy.places import Place
from citydiplomacy.tables import Table, TableRow, Value
from citydiplomacy.web.pictures import outlines
from citydiplomacy.web.pictures.chronicle import Chronicle, chronicle
from citydiplomacy.web.pictures.globe import WIDTH, Projection, flat, halfway
from citydiplomacy.web.pictures.worldmap import WorldMap, world_map

YOKOHAMA = ("Yokohama", 35.44, 139.64)
SAN_DIEGO = ("San Diego", 32.72, -117.16)
LYON = ("Lyon", 45.76, 4.84)
NEW_YORK = ("New York City", 40.71, -74.01)
NOWHERE = ("Nowhere", None, None)

Somewhere = tuple[str, float | None, float | None]


def value(given: object) -> Value | None:
    return None if given is None else Value(str(given))


def mapped(*ties: tuple[Somewhere, Somewhere, str]) -> WorldMap | None:
    names = ("start", "startLatitude", "startLongitude", "place", "latitude", "longitude", "manner")
    rows = [TableRow(tuple(map(value, (*start, *end, manner)))) for start, end, manner in ties]
    return world_map(Table(names, tuple(rows)))


def chronicled(*entries: tuple[str, str | None, str]) -> Chronicle | None:
    rows = [TableRow(tuple(map(value, entry))) for entry in entries]
    return chronicle(Table(("lane", "date", "entry"), tuple(rows)))


@pytest.mark.parametrize("meridian", outlines.MERIDIANS)
def test_the_land_is_that_of_the_atlas(meridian: int) -> None:
    there = (outlines.STATIC / outlines.name(meridian)).read_text("utf-8")
    assert there == outlines.drawn(meridian), "Run: python -m citydiplomacy.web.pictures.outlines"


def test_no_part_of_the_world_is_drawn_larger_than_it_is() -> None:
    def area(south: float) -> float:
        """Return the area on paper of a degree by a tenth of one, as a share of its true area."""
        wide = flat(Place(1, south + 0.05)).x
        high = flat(Place(0, south)).y - flat(Place(0, south + 0.1)).y
        return wide * high / cos(radians(south + 0.05))

    equator = area(0)
    assert [area(south) / equator for south in range(-80, 81, 20)] == pytest.approx(
        [1] * 9, rel=1e-3
    )


def test_the_world_is_as_wide_as_the_map() -> None:
    assert flat(Place(180, 0)).x == pytest.approx(WIDTH / 2)
    assert flat(Place(0, 45)).x == 0


def test_the_shortest_way_from_yokohama_to_new_york_goes_by_the_far_north() -> None:
    middle = halfway(Place(139.64, 35.44), Place(-74.01 + 360, 40.71))
    assert middle.latitude > 65
    assert 180 < middle.longitude < 230


def test_a_map_of_yokohama_has_the_pacific_in_its_middle() -> None:
    picture = mapped((YOKOHAMA, SAN_DIEGO, "listed"))
    assert picture
    assert picture.land == "pictures/world-150.svg"
    assert picture.ways[0].path.count("M") == 1


def test_a_map_of_lyon_and_new_york_has_the_atlantic_unbroken() -> None:
    picture = mapped((LYON, NEW_YORK, "listed"))
    assert picture
    assert picture.land == "pictures/world-11.svg"


def test_a_way_that_the_edge_cuts_is_drawn_on_both_sides() -> None:
    pieces = list(Projection(11).pieces(Place(139.64, 35.44), Place(-117.16, 32.72)))
    assert len(pieces) == 2
    assert pieces[0][2].x == pytest.approx(-pieces[1][0].x)
    assert pieces[0][2].y == pytest.approx(pieces[1][0].y)


def test_ties_are_drawn_by_how_they_stand() -> None:
    picture = mapped((LYON, NEW_YORK, "in force"), (LYON, YOKOHAMA, "suspended"))
    assert picture
    assert [(ways.style, ways.count) for ways in picture.ways] == [
        ("in-force", 1),
        ("suspended", 1),
    ]


def test_a_place_without_coordinates_is_named_and_not_drawn() -> None:
    picture = mapped((LYON, NOWHERE, "listed"), (LYON, NEW_YORK, "listed"))
    assert picture
    assert [value.text for value in picture.unplaced] == ["Nowhere"]
    assert {dot.entity.text for dot in picture.dots} == {"Lyon", "New York City"}


def test_places_without_any_coordinates_are_no_map() -> None:
    assert mapped((NOWHERE, NOWHERE, "listed")) is None


def test_names_on_the_map_do_not_cover_each_other() -> None:
    beside = [(f"City {number}", 45.0 + number / 50, 5.0) for number in range(40)]
    picture = mapped(*((LYON, city, "listed") for city in beside))
    assert picture
    assert 1 <= len(picture.names) < len(beside) / 4


def test_a_chronicle_counts_what_has_no_year() -> None:
    picture = chronicled(("Ties", "1961-05-01", "Houston"), ("Ties", None, "Perth"))
    assert picture
    assert (picture.first, picture.count, picture.undated) == (1961, 1, 1)


def test_a_decade_stands_in_its_middle_as_vague() -> None:
    picture = chronicled(("Ties", "199X", "Vilnius"), ("Ties", "1961", "Houston"))
    assert picture
    columns = picture.lanes[0].columns
    assert [(column.told, column.is_vague) for column in columns] == [
        ("1961: Houston", False),
        ("around 1995: Vilnius", True),
    ]


def test_a_day_of_no_stated_year_is_not_drawn() -> None:
    assert chronicled(("Ties", "XXXX-05-01", "Houston")) is None


def test_a_city_page_draws_its_ties_and_its_years(client: FlaskClient) -> None:
    page = client.get("/city/taipei.html").text
    assert 'class="map"' in page
    assert 'class="chronicle"' in page
    assert "no position taken" in page
