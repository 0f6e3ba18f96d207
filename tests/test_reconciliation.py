"""Matching: who is meant by a name, what else is known of them, and when that is safe."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from citydiplomacy.errors import BadParameterError, TooMuchAtOnceError
from citydiplomacy.reconciliation import geography, protocol
from citydiplomacy.reconciliation.geography import Grid, Point
from citydiplomacy.reconciliation.matching import Candidate, Matcher
from citydiplomacy.reconciliation.register import Register
from citydiplomacy.reconciliation.sought import Condition, Sought
from citydiplomacy.web import create_app_for
from citydiplomacy.web.site import EXTENSION, Site
from reconciled import nquads


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A world with two cities called Birch, in Northland and in Southland."""
    file = tmp_path_factory.mktemp("reconciled") / "world.nq"
    file.write_bytes(nquads())
    with create_app_for(file) as app:
        found: Site = app.extensions[EXTENSION]
        yield found


@pytest.fixture(scope="module")
def matcher(site: Site) -> Matcher:
    return site.matcher


@pytest.fixture(scope="module")
def register(site: Site) -> Register:
    return site.register


def ids(found: list[Candidate]) -> list[str]:
    return [each.record.id for each in found]


def matched(found: list[Candidate]) -> list[str]:
    return [each.record.id for each in found if each.match]


def sought(text: str, **conditions: str) -> Sought:
    told = tuple(Condition(name.replace("_", "-"), (value,)) for name, value in conditions.items())
    return Sought(text, types=("City",), conditions=told)


def test_the_name_of_a_place_alone_finds_all_its_bearers_and_matches_none(
    matcher: Matcher,
) -> None:
    found = matcher.candidates(sought("Birch"))
    assert ids(found) == ["city/birch-northland", "city/birch-southland"]
    assert matched(found) == []


def test_not_even_a_name_that_one_place_has_is_safe(matcher: Matcher) -> None:
    found = matcher.candidates(sought("Odell"))
    assert (ids(found), matched(found)) == (["city/odell"], [])


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"country": "Northland"}, "city/birch-northland"),
        ({"country": "Sydland"}, "city/birch-southland"),
        ({"country": "country/southland"}, "city/birch-southland"),
        ({"country": "https://w3id.org/citydiplomacy/country/southland"}, "city/birch-southland"),
        ({"country": "Q902"}, "city/birch-southland"),
        ({"country": "http://www.wikidata.org/entity/Q902"}, "city/birch-southland"),
        ({"country": "NL"}, "city/birch-northland"),
        ({"country": "East Riding, Northland"}, "city/birch-northland"),
        ({"coordinates": "60.02, 10.01"}, "city/birch-northland"),
        ({"coordinates": "POINT(20.0 -40.0)"}, "city/birch-southland"),
        ({"wikidata": "Q12"}, "city/birch-southland"),
        ({"geonames": "https://sws.geonames.org/1001/"}, "city/birch-northland"),
        ({"network": "League of Trees"}, None),
        ({"country": "Nowhere"}, None),
        ({"coordinates": "10,10"}, None),
        ({"country": "Northland", "coordinates": "-40,20"}, None),
        ({"country": "Northland", "wikidata": "Q12"}, None),
    ],
)
def test_a_place_is_matched_by_its_name_and_where_it_lies_or_by_an_identifier(
    matcher: Matcher, condition: dict[str, str], expected: str | None
) -> None:
    found = matcher.candidates(sought("Birch", **condition))
    assert matched(found) == ([expected] if expected else [])


def test_the_score_is_explained(matcher: Matcher) -> None:
    best, other = matcher.candidates(sought("Birch", country="Northland", coordinates="60.5,10"))
    assert best.record.id == "city/birch-northland"
    assert best.features == {
        "likeness": 100.0,
        "type": True,
        "country": True,
        "distance": 55.6,
        "popularity": 0,
        "namesakes": 1,
    }
    assert other.features["country"] is False
    assert other.features["distance"] == pytest.approx(11_200, rel=0.1)
    assert 100 > best.score > other.score > 0


@pytest.mark.parametrize(
    "text",
    ["Odell", "ODELL", "Ódell", "オデル", "オデル市", "Odel", "Oddell", "Odell (Northland)"],
)
def test_a_city_is_found_by_every_name_in_every_script_and_with_a_slip(
    matcher: Matcher, text: str
) -> None:
    assert ids(matcher.candidates(sought(text)))[:1] == ["city/odell"]


def test_what_stands_beside_a_name_counts_as_its_country(matcher: Matcher) -> None:
    there, elsewhere = matcher.candidates(sought("Birch, Southland"))
    assert (there.record.id, there.features["likeness"]) == ("city/birch-southland", 100.0)
    assert (elsewhere.record.id, elsewhere.features["likeness"]) == ("city/birch-northland", 90.0)


def test_a_slip_in_a_name_is_safe_just_where_the_place_lies(matcher: Matcher) -> None:
    near = matcher.candidates(sought("Odelll", coordinates="61,11"))
    far = matcher.candidates(sought("Odelll", country="Northland"))
    assert (matched(near), matched(far)) == ([], [])  # one letter of six is too much of the name
    assert matched(matcher.candidates(sought("Longchestre", coordinates="62.0,12.0"))) == [
        "city/longchester"
    ]


def test_what_is_no_place_is_matched_by_its_name(matcher: Matcher) -> None:
    found = matcher.candidates(Sought("league of trees", types=("CityNetwork",)))
    assert matched(found) == ["network/trees"]


@pytest.mark.parametrize("text", ["city/odell", "https://w3id.org/citydiplomacy/city/odell", "Q13"])
def test_an_identifier_in_the_place_of_the_name_is_taken_for_what_it_is(
    matcher: Matcher, text: str
) -> None:
    assert matched(matcher.candidates(Sought(text))) == ["city/odell"]


def test_a_type_is_a_wish_or_a_condition(matcher: Matcher) -> None:
    wished = matcher.candidates(Sought("League of Trees", types=("City",)))
    strict = matcher.candidates(Sought("League of Trees", types=("City",), is_strict=True))
    assert (ids(wished), matched(wished), strict) == (["network/trees"], [], [])


def test_without_a_name_those_are_found_who_lie_there_or_have_the_value(matcher: Matcher) -> None:
    around = Sought(conditions=(Condition("coordinates", ("60.1,10",)),))
    within = Sought(conditions=(Condition("country", ("Northland",)),))
    assert ids(matcher.candidates(around)) == ["city/birch-northland"]
    assert ids(matcher.candidates(within)) == [  # who has ties comes first
        "city/odell",
        "city/birch-northland",
        "city/longchester",
    ]
    assert matched(matcher.candidates(within)) == []


def test_a_required_condition_leaves_nobody_who_does_not_meet_it(matcher: Matcher) -> None:
    condition = Condition("country", ("Northland",), required=True)
    found = matcher.candidates(Sought("Birch", conditions=(condition,)))
    assert ids(found) == ["city/birch-northland"]


@pytest.mark.parametrize(
    ("quantifier", "expected"),
    [("any", ["city/odell"]), ("all", []), ("none", [])],
)
def test_values_are_compared_as_the_quantifier_says(
    matcher: Matcher, quantifier: str, expected: list[str]
) -> None:
    countries = Condition("country", ("Northland", "Southland"), quantifier, required=True)  # type: ignore[arg-type]
    assert ids(matcher.candidates(Sought("Odell", conditions=(countries,)))) == expected


def test_not_to_have_an_identifier_makes_nobody_certain(matcher: Matcher) -> None:
    other = Condition("wikidata", ("Q999",), "none")
    elsewhere = Condition("coordinates", ("-40,20",), "none")
    found = matcher.candidates(Sought("Birch", conditions=(other, elsewhere)))
    assert ids(found) == ["city/birch-northland", "city/birch-southland"]
    assert matched(found) == []


def test_no_more_candidates_come_than_are_wanted(matcher: Matcher) -> None:
    assert len(matcher.candidates(Sought("Birch", limit=1))) == 1


def test_whatever_is_sought_the_answer_is_a_list(matcher: Matcher) -> None:
    for text in ("", " ", "()", ",", "( ,", "\0", "a" * 300, "\u202eodell", "%", "*" * 50, "💥"):
        assert isinstance(matcher.candidates(Sought(text)), list)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("35.4,139.6", Point(35.4, 139.6)),
        ("35.4 / -139.6", Point(35.4, -139.6)),
        ("@35.4/139.6", Point(35.4, 139.6)),
        ("Point(139.6 35.4)", Point(35.4, 139.6)),
        ("SRID=4326;POINT (139.6 35.4)", Point(35.4, 139.6)),
        ("95,10", None),
        ("35", None),
        ("35,4,139,6", None),
        ("nan,nan", None),
        ("1e5,1", None),
    ],
)
def test_coordinates_are_read_as_people_write_them(text: str, expected: Point | None) -> None:
    assert geography.read(text) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((0, 0), (0, 90), 10_007.6), ((0, 179.5), (0, -179.5), 111.2), ((89.9, 0), (89.9, 180), 22.2)],
)
def test_distances_are_those_of_the_globe(
    one: tuple[float, float], other: tuple[float, float], expected: float
) -> None:
    assert geography.kilometres(Point(*one), Point(*other)) == pytest.approx(expected, rel=0.01)


def test_places_are_found_around_a_point_across_the_date_line_and_the_poles() -> None:
    grid = Grid(
        {
            "fiji": Point(-17.0, 179.9),
            "east": Point(-17.0, -179.9),
            "far": Point(-17.0, 178.0),
            "pole": Point(89.9, -170.0),
        }
    )
    assert grid.around(Point(-17.0, 179.95), 30) == ["fiji", "east"]
    assert grid.around(Point(89.9, 10.0), 30) == ["pole"]
    assert grid.around(Point(0.0, 0.0), 30) == []


REFUSED = [
    ("{", "no JSON"),
    ("[1]", "an array"),
    ("[" * 100_000, "nested"),
    ('{"q0": {"query": "x", "limit": NaN}}', "NaN"),
    ('{"q0": {"query": "x", "limit": ' + "9" * 5000 + "}}", "number"),
    ('{"q0": {"query": "x", "limit": 0}}', "limit.* is 0"),
    ('{"q0": {"query": "x", "limit": -3}}', "limit.* is -3"),
    ('{"q0": {"query": "x", "limit": 1e9}}', "limit.* is 1000000000"),
    ('{"q0": {"query": "x", "limit": true}}', "limit.* is true"),
    ('{"q0": {"query": 7}}', "query.* is a number"),
    ('{"q0": "Odell"}', "Q0 is a text"),
    ('{"q0": {}}', "neither a query nor properties"),
    ('{"q0": {"query": "\\ud800"}}', "lone surrogate"),
    ('{"q0": {"query": "x", "type": "Town"}}', "no type “Town”"),
    ('{"q0": {"query": "x", "type_strict": "maybe"}}', "type_strict"),
    ('{"q0": {"query": "x", "properties": {}}}', "properties.* is an object"),
    ('{"q0": {"query": "x", "properties": [{"pid": "contry", "v": "x"}]}}', "property “contry”"),
    ('{"q0": {"query": "x", "properties": [{"v": "x"}]}}', "pid.* is missing"),
    ('{"q0": {"query": "x", "properties": [{"pid": "country", "v": []}]}}', "no value"),
    (
        '{"q0": {"query": "x", "properties": [{"pid": "country", "v": {"name": "x"}}]}}',
        "id.* missing",
    ),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_query_that_cannot_be_understood_is_refused_with_its_place(
    register: Register, text: str, reason: str
) -> None:
    with pytest.raises(BadParameterError, match=reason):
        protocol.batch(text, register)


def test_a_misspelt_property_is_told_from_the_one_that_is_meant(register: Register) -> None:
    with pytest.raises(BadParameterError) as told:
        protocol.batch('{"q": {"query": "x", "properties": [{"pid": "contry", "v": 1}]}}', register)
    assert "country" in told.value.repair


def test_too_many_queries_at_once_are_refused(register: Register) -> None:
    many = ",".join(f'"q{number}": {{"query": "x"}}' for number in range(101))
    with pytest.raises(TooMuchAtOnceError, match="101 queries"):
        protocol.batch(f"{{{many}}}", register)
    properties = ",".join(['{"pid": "country", "v": "x"}'] * 51)
    with pytest.raises(TooMuchAtOnceError, match="51 properties of one query"):
        protocol.batch(f'{{"q": {{"properties": [{properties}]}}}}', register)
    values = ",".join(['"x"'] * 21)
    query = f'{{"q": {{"properties": [{{"pid": "country", "v": [{values}]}}]}}}}'
    with pytest.raises(TooMuchAtOnceError, match="21 values of one property"):
        protocol.batch(query, register)


def test_a_value_that_another_service_matched_is_known_by_its_id_or_by_its_name(
    register: Register,
) -> None:
    def country(value: str) -> tuple[str, ...]:
        text = f'{{"q": {{"query": "x", "properties": [{{"pid": "country", "v": {value}}}]}}}}'
        return protocol.batch(text, register)["q"].conditions[0].texts

    assert country('{"id": "Q902", "name": "The south"}') == ("Q902",)
    assert country('{"id": "0815", "name": "Southland"}') == ("Southland",)


def test_every_city_of_the_graph_is_its_own_best_match(client: FlaskClient) -> None:
    site: Site = client.application.extensions[EXTENSION]
    register = site.register
    cities = [iri for iri in register.values("wikidata") if "/city/" in iri]
    wrong = []
    for iri in cities:
        record = register.record(iri)
        assert record
        identifier = register.values("wikidata")[iri][0].text
        condition = Condition("wikidata", (identifier,))
        if matched(site.matcher.candidates(Sought(record.label, conditions=(condition,)))) != [
            record.id
        ]:
            wrong.append(record.id)
    assert len(cities) > 500
    assert wrong == []
