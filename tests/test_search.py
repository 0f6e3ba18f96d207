"""Search by name: whatever script, accents or slips somebody types."""

from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from citydiplomacy import naming
from citydiplomacy.namespaces import EntityName
from citydiplomacy.search import Name, Names

WORLD = [
    Name(EntityName("city", "kyiv"), "Kyiv", "en", "Kyiv", "Ukraine", ties=9),
    Name(EntityName("city", "kyiv"), "Київ", "uk", "Kyiv", "Ukraine", ties=9),
    Name(EntityName("city", "kyiv"), "Киев", "ru", "Kyiv", "Ukraine", ties=9),
    Name(EntityName("city", "kyiv"), "Kiev", "en", "Kyiv", "Ukraine", ties=9),
    Name(EntityName("city", "yokohama"), "Yokohama", "en", "Yokohama", "Japan", ties=8),
    Name(EntityName("city", "yokohama"), "横浜市", "ja", "Yokohama", "Japan", ties=8),
    Name(
        EntityName("city", "ho-chi-minh-city"),
        "Thành phố Hồ Chí Minh",
        "vi",
        "Ho Chi Minh City",
        "Vietnam",
    ),
    Name(
        EntityName("city", "ho-chi-minh-city"),
        "Ho Chi Minh City",
        "en",
        "Ho Chi Minh City",
        "Vietnam",
    ),
    Name(EntityName("city", "da-nang"), "Đà Nẵng", "vi", "Da Nang", "Vietnam"),
    Name(EntityName("city", "lodz"), "Łódź", "pl", "Łódź", "Poland"),
    Name(EntityName("city", "taipei"), "臺北市", "zh-Hant", "Taipei", "Taiwan", ties=5),
    Name(EntityName("city", "seoul"), "서울특별시", "ko", "Seoul", "South Korea", ties=3),
    Name(
        EntityName("city", "birmingham"), "Birmingham", "en", "Birmingham", "United Kingdom", ties=4
    ),
    Name(
        EntityName("city", "birmingham-al"),
        "Birmingham",
        "en",
        "Birmingham",
        "United States",
        ties=7,
    ),
    Name(EntityName("city", "ufa"), "Ufa", "en", "Ufa", "Russia"),
    Name(
        EntityName("city", "ufa"),
        "Neither Kyiv nor Yokohama.",
        "en",
        "Ufa",
        "Russia",
        described=True,
    ),
    Name(EntityName("source", "port-2020"), "The port of Yokohama", "en"),
]


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(WORLD)


def found(names: Names, text: str) -> list[str]:
    return [hit.entity.slug for hit in names.find(text)]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Kyiv", "kyiv"),
        ("KIEV", "kyiv"),
        ("Київ", "kyiv"),
        ("киев", "kyiv"),
        ("kyi", "kyiv"),
        ("横浜", "yokohama"),
        ("浜市", "yokohama"),
        ("浜", "yokohama"),
        ("Yokohama", "yokohama"),
        ("Yokohma", "yokohama"),
        ("yokohaam", "yokohama"),
        ("  YOKO  ", "yokohama"),
        ("Hồ Chí Minh", "ho-chi-minh-city"),
        ("Ho Chi Minh", "ho-chi-minh-city"),
        ("hochiminh", "ho-chi-minh-city"),
        ("minh ho", "ho-chi-minh-city"),
        ("da nang", "da-nang"),
        ("Đà", "da-nang"),
        ("lodz", "lodz"),
        ("서울", "seoul"),
        ("北市", "taipei"),
    ],
)
def test_a_city_is_found_however_its_name_is_written(names: Names, text: str, slug: str) -> None:
    assert found(names, text)[0] == slug


def test_an_entity_is_found_once_by_the_name_that_fits_best(names: Names) -> None:
    hits = names.find("Київ")
    assert [(hit.entity.slug, hit.name.text) for hit in hits] == [("kyiv", "Київ")]


def test_who_is_only_described_so_comes_last_and_only_if_that_is_asked(names: Names) -> None:
    hits = names.find("Yokohama", in_descriptions=True)
    assert [hit.entity.slug for hit in hits] == ["yokohama", "port-2020", "ufa"]
    assert found(names, "neither") == []


def test_what_nothing_is_called_leads_to_the_nearest_names(names: Names) -> None:
    assert [hit.entity.slug for hit in names.nearest("yokohama dunmere", "city", 5)] == [
        "yokohama",
        "port-2020",
    ]


def test_a_place_tells_namesakes_apart_and_ties_order_them(names: Names) -> None:
    assert found(names, "Birmingham") == ["birmingham-al", "birmingham"]
    assert found(names, "Birmingham United Kingdom") == ["birmingham"]


def test_who_is_called_so_comes_before_what_speaks_of_it(names: Names) -> None:
    assert found(names, "Yokohama") == ["yokohama", "port-2020"]
    assert found(names, "Yokohma") == ["yokohama", "port-2020"]


def test_only_one_kind_is_found_if_that_is_asked(names: Names) -> None:
    assert [hit.entity.slug for hit in names.find("Yokohama", "source")] == ["port-2020"]


@pytest.mark.parametrize("text", ["", " ", "🙂", "()", "\x00", "*", "a" * 5000, "Ubu", "Atlantis"])
def test_what_nothing_is_called_finds_nothing(names: Names, text: str) -> None:
    assert found(names, text) == []


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Đà Nẵng", "da nang"),
        ("Łódź", "lodz"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Saint-Étienne", "saint etienne"),
        ("がぎ", "がぎ"),
        ("서울", "서울"),
        ("ＴＯＫＹＯ", "tokyo"),  # noqa: RUF001  # wide letters, as Japanese keyboards have them
    ],
)
def test_names_are_folded_to_what_people_type(name: str, folded: str) -> None:
    assert naming.folded(name) == folded


def test_a_page_shows_what_was_found_by_kind(client: FlaskClient) -> None:
    page = client.get("/search?q=yokohama").text
    assert '<a href="/city/yokohama">' in page
    assert page.split('id="hits-')[1].startswith("city")
    assert client.get("/search").status_code == 200


def test_a_page_escapes_what_was_typed_and_says_that_nothing_is_called_so(
    client: FlaskClient,
) -> None:
    page = client.get("/search?q=" + quote("<script>alert(1)</script>")).text
    assert "<script>alert" not in page
    assert "Nothing is called" in page


def test_a_browser_is_told_names_with_their_addresses(client: FlaskClient) -> None:
    answer = client.get("/suggest?q=yokoh")
    assert answer.mimetype == "application/x-suggestions+json"
    asked, suggested, descriptions, addresses, _ = answer.get_json(force=True)
    assert (asked, suggested[0]) == ("yokoh", "Yokohama")
    assert descriptions[0].startswith("city")
    assert addresses[0].endswith("/city/yokohama")


def test_the_pages_are_told_kind_place_and_language_of_what_is_proposed(
    client: FlaskClient,
) -> None:
    *_, details = client.get("/suggest?q=" + quote("横浜")).get_json(force=True)
    assert details["citydiplomacy:found"][0] == {
        "path": "/city/yokohama",
        "kind": "city",
        "kinds": "cities",
        "label": "Yokohama",
        "language": "ja",
        "place": "Japan",
    }


def test_descriptions_are_searched_after_names(client: FlaskClient) -> None:
    page = client.get("/search?q=beleaguered").text
    assert '<a href="/city/kyiv">Kyiv</a>' in page
    _, suggested, *_ = client.get("/suggest?q=beleaguered").get_json(force=True)
    assert suggested == []


def test_a_browser_learns_how_to_search_here(client: FlaskClient) -> None:
    answer = client.get("/opensearch.xml")
    document = ElementTree.fromstring(answer.data)  # noqa: S314  # our own
    (first, *_) = document.findall("{*}Url")
    assert answer.mimetype == "application/opensearchdescription+xml"
    assert first.get("template", "").endswith("/search?q={searchTerms}")
    assert 'href="/opensearch.xml"' in client.get("/").text
