"""The question library on the web: a gallery, forms with labels, pictures, answers as data."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from citydiplomacy import declarations, queries
from citydiplomacy.formats import ROW_FORMATS, Format
from citydiplomacy.namespaces import BASE
from citydiplomacy.parameters import Choice, Choices, Listed
from citydiplomacy.release import Release
from citydiplomacy.tables import Table, TableRow, Value
from citydiplomacy.web.pictures.bars import MOST, bars
from citydiplomacy.web.site import Site
from common import BROWSER, address_cited, rows_in

QUESTIONS = queries.load("questions")
ASKED = [name for name, query in QUESTIONS.items() if "parameter" in query.header]
NETWORK = "/query/members-of-a-network"


def shown(client: FlaskClient, address: str, status: int = 200) -> str:
    response = client.get(address, headers=BROWSER)
    assert response.status_code == status
    return re.sub(r"\s+", " ", unescape(response.text))


def sent_to(client: FlaskClient, address: str) -> str:
    response = client.get(address, headers=BROWSER)
    assert response.status_code == 303
    return response.headers["Location"]


def cards(page: str) -> list[str]:
    return re.findall(r'<h3><a href="/query/([^"]+)"', page)


# ------------------------------------------------------------------ gallery


def test_the_gallery_shows_every_question(client: FlaskClient) -> None:
    assert cards(shown(client, "/query/")) == list(QUESTIONS)


def test_what_is_counted_beside_a_choice_is_what_the_choice_shows(client: FlaskClient) -> None:
    page = shown(client, "/query/?reader=journalists")
    found = re.findall(
        r'<a href="(/query/\?reader=journalists&[^"]+)">[^<]+</a> <span class="tally">(\d+)<', page
    )
    for address, count in found:
        assert len(cards(shown(client, address))) == int(count) > 0
    assert len(found) > 5


def test_readers_articles_and_topics_are_chosen_together(client: FlaskClient) -> None:
    address = "/query/?reader=officials&article=shanghai-europe-city-ties&topic=ties"
    assert cards(shown(client, address)) == ["festivals-and-joint-events", "fields-of-partnerships"]


def test_an_article_is_called_by_its_name(client: FlaskClient) -> None:
    assert "Maturing City Diplomacy: Comparing Yokohama and Taipei</a>" in shown(client, "/query/")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ("reader=kings", "reader=kings is not offered."),
        ("reader=kings", "Use one of: researchers, integrators, librarians,"),
        ("topic=ties&topic=aid", "topic=ties, aid is not offered."),
        ("article=atlantis", "maturing-city-diplomacy"),
        ("colour=red", "Use one of: reader, article, topic."),
    ],
)
def test_a_wrong_choice_is_told_what_is_offered(
    client: FlaskClient, parameters: str, words: str
) -> None:
    assert words in shown(client, f"/query/?{parameters}", 400)


def test_an_empty_choice_is_none(client: FlaskClient) -> None:
    assert len(cards(shown(client, "/query/?reader=&topic="))) == len(QUESTIONS)


# --------------------------------------------------------------- parameters


def test_a_question_is_asked_about_another_network(client: FlaskClient) -> None:
    page = shown(client, f"{NETWORK}?network=citynet")
    assert "Network: CITYNET" in page
    assert '<option value="citynet" selected>CITYNET</option>' in page
    assert "VALUES ?network { <https://w3id.org/citydiplomacy/network/citynet> }" in page
    assert '<a href="/city/seoul">Seoul</a>' in page


def test_the_answer_of_the_sources_stands_only_beside_what_it_answers(client: FlaskClient) -> None:
    words = "Taipei is stated not to be one. Some 95 other cities"
    assert words in shown(client, NETWORK)
    assert words in shown(client, f"{NETWORK}?network=c40-cities")
    assert words not in shown(client, f"{NETWORK}?network=citynet")


def test_an_answer_has_a_permanent_address_and_a_citation_that_say_what_was_asked(
    client: FlaskClient, release: Release
) -> None:
    page = shown(client, f"{NETWORK}?network=citynet")
    plain = re.sub(r"<[^>]+>", "", page)
    graph = f"City Diplomacy Graph, version {release.manifest['version']}."
    address = f"{BASE}query/members-of-a-network?network=citynet"
    cited = address_cited(address, release)
    assert f"said not to? (Network: CITYNET).” {graph} {cited}" in plain
    assert f"Permanent address {address}" in plain


def test_the_query_that_can_be_changed_is_the_one_that_was_asked(client: FlaskClient) -> None:
    page = shown(client, f"{NETWORK}?network=citynet")
    (link,) = re.findall(r'<a class="button" href="([^"]+)">Change and run it', page)
    text = parse_qs(urlsplit(link).query)["query"][0]
    assert "VALUES ?network { <https://w3id.org/citydiplomacy/network/citynet> }" in text
    assert "# answer:" not in text
    assert text.splitlines()[0] == f"# title: {QUESTIONS['members-of-a-network'].title}"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("network=CITYNET", "network=citynet"),
        ("network=Citynet ", "network=citynet"),
        # Another name of it, and the same without accents.
        ("network=C40", "network=c40-cities"),
    ],
)
def test_what_is_called_by_its_name_is_found_at_its_address(
    client: FlaskClient, written: str, address: str
) -> None:
    assert sent_to(client, f"{NETWORK}?{written}") == f"{NETWORK}?{address}"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("city=São Paulo&partner=Chicago", "city=sao-paulo&partner=chicago"),
        ("partner=kyiv&city=chicago", "city=chicago&partner=kyiv"),
        # What is not said is as the file has it.
        ("city=odesa", "city=odesa&partner=kyiv"),
    ],
)
def test_one_choice_has_one_address(client: FlaskClient, written: str, address: str) -> None:
    question = "/query/first-year-of-a-tie"
    assert sent_to(client, f"{question}?{written}") == f"{question}?{address}"
    assert client.get(f"{question}?{address}").status_code == 200


def test_what_is_left_open_in_a_form_leaves_the_address(client: FlaskClient) -> None:
    question = "/query/cities-by-number-of-ties"
    assert sent_to(client, f"{question}?country=&fewest=20") == f"{question}?fewest=20"
    assert sent_to(client, f"{question}?country=&fewest=") == question


def test_several_can_be_asked_about_up_to_what_the_question_holds(client: FlaskClient) -> None:
    question = "/query/ties-suspended-or-ended"
    assert "Country: Ukraine, China" in shown(client, f"{question}?country=ukraine&country=china")
    words = shown(client, f"{question}?{'&'.join(['country=china'] * 5)}", 400)
    assert "Country: 5 are given." in words


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        (
            f"{NETWORK}?network=atlantis",
            404,
            "Network: “atlantis” is not among what can be chosen.",
        ),
        ("/query/founded-and-hosted?city=Yokohmaa", 404, "Do you mean yokohama (Yokohama, Japan)"),
        ("/query/founded-and-hosted?city=citynet", 404, "its form lists what can be chosen"),
        (f"{NETWORK}?network=citynet&network=cnca", 400, "Network: 2 are given. Choose one."),
        (f"{NETWORK}?city=taipei", 400, "no parameter “city”. It has: network."),
        ("/query/aid?city=taipei", 400, "no parameter “city”. It has none."),
        ("/query/cities-by-number-of-ties?fewest=0", 400, "a whole number from 1 to 100"),
        ("/query/cities-by-number-of-ties?fewest=٣", 400, "a whole number from 1 to 100"),
        ("/query/cities-by-number-of-ties?fewest=9999999", 400, "a whole number from 1 to 100"),
        ("/query/oldest-tie-of-each-country?from=1492", 400, "from 1800 to 2100"),
        ("/query/founded-and-hosted?city=<a:b> } #", 404, "is not among what can be chosen"),
        ("/query/no-such-question", 404, "There is no question called no-such-question."),
    ],
)
def test_what_cannot_be_asked_is_told_why(
    client: FlaskClient, address: str, status: int, words: str
) -> None:
    response = client.get(address)
    told = response.get_json(force=True)
    assert response.status_code == status
    assert words in f"{told['detail']} {told['repair']}"


def test_who_chose_what_is_not_there_gets_the_form_once_more(client: FlaskClient) -> None:
    page = client.get("/query/founded-and-hosted?city=Yokohmaa", headers=BROWSER)
    assert page.status_code == 404
    assert 'action="/query/founded-and-hosted"' in page.text
    assert "Do you mean yokohama" in page.text


@pytest.mark.parametrize("name", ASKED)
def test_what_a_question_asks_about_is_among_what_can_be_chosen(
    client: FlaskClient, name: str
) -> None:
    site: Site = client.application.extensions["citydiplomacy"]
    choices: Choices = site.questions.choices
    for parameter in declarations.parameters(QUESTIONS[name]):
        default = choices.default(QUESTIONS[name], parameter)
        known = set(choices.among(parameter))
        assert not parameter.choices or known >= set(default.choices)
        assert default.choices or parameter.is_optional
        assert not parameter.choices or known


def test_what_shares_a_name_is_told_apart_by_its_country() -> None:
    one = Choice("springfield", Value("Springfield"), f"{BASE}city/springfield", "Norland")
    other = Choice("springfield-two", Value("Springfield"), f"{BASE}city/two", "Südmark")
    listed = Listed([one, other])
    assert listed.called("SPRINGFIELD-TWO") == [other]
    assert listed.called("springfield, sudmark") == [other]
    # What is a slug is meant as one.
    assert listed.called("springfield") == [one]
    assert listed.called("Spríngfield") == [one, other]
    assert listed.words(other) == "Springfield, Südmark"


# ------------------------------------------------------------------ as data


@pytest.mark.parametrize("format_", ROW_FORMATS, ids=lambda format_: format_.suffix)
def test_an_answer_has_an_address_for_each_format(client: FlaskClient, format_: Format) -> None:
    address = f"{NETWORK}.{format_.suffix}?network=cnca"
    response = client.get(address)
    assert f'<a href="{address}"' in shown(client, f"{NETWORK}?network=cnca")
    assert response.content_type == format_.content_type
    text = QUESTIONS["members-of-a-network"].about(network=f"{BASE}network/cnca")
    direct = client.get("/sparql", query_string={"query": text, "format": format_.suffix})
    assert rows_in(format_, response.data) == rows_in(format_, direct.data) > 10


def test_data_says_what_it_answers(client: FlaskClient, release: Release) -> None:
    iri = f"{BASE}query/members-of-a-network?network=cnca"
    link = client.get(f"{NETWORK}.csv?network=cnca").headers["Link"]
    assert f'<{address_cited(iri, release)}>; rel="cite-as"' in link


def test_data_can_be_asked_for_by_name(client: FlaskClient) -> None:
    by_name = client.get("/query/founded-and-hosted.csv?city=Taipei")
    assert by_name.data == client.get("/query/founded-and-hosted.csv?city=taipei").data


def test_a_format_that_is_not_offered_is_told_what_is(client: FlaskClient) -> None:
    response = client.get(f"{NETWORK}.pdf")
    assert response.status_code == 404
    repair = response.get_json(force=True)["repair"]
    assert repair.startswith("Use one of: .json, .xml, .csv, .tsv, .bib, ")


# ----------------------------------------------------------------- pictures


def table(*rows: tuple[str, ...]) -> Table:
    """A table of cities with numbers."""
    number = "http://www.w3.org/2001/XMLSchema#integer"
    cells = ((Value(row[0]), *(Value(text, datatype=number) for text in row[1:])) for row in rows)
    columns = ("city", "ties", "doubtful")[: len(rows[0])]
    return Table(columns, tuple(map(TableRow, cells)))


def view(line: str) -> declarations.View:
    (found,) = declarations.views(queries.NamedQuery("q", {"view": line}, ""))
    return found


def test_a_bar_is_as_long_as_its_number() -> None:
    drawn = bars(table(("Alby", "8"), ("Bruckheim", "2")), view("chart of ties by city"))
    assert drawn
    assert [bar.lines[0].segments[0].width for bar in drawn.bars] == [100, 25]
    assert [bar.lines[0].text for bar in drawn.bars] == ["8", "2"]


def test_a_stack_has_its_numbers_end_to_end() -> None:
    drawn = bars(
        table(("Alby", "6", "2"), ("Cedarport", "1", "0")), view("stack of ties, doubtful by city")
    )
    assert drawn
    first, second = (bar.lines[0] for bar in drawn.bars)
    assert [(part.start, part.width) for part in first.segments] == [(0, 75), (75, 25)]
    assert [(part.start, part.width) for part in second.segments] == [(0, 12.5)]
    assert (first.text, second.text) == ("6 + 2", "1 + 0")


def test_rows_of_one_name_are_one_bar_of_a_stack() -> None:
    drawn = bars(
        table(("Alby", "6"), ("Alby", "2"), ("Cedarport", "4")), view("stack of ties by city")
    )
    assert drawn
    assert [bar.lines[0].text for bar in drawn.bars] == ["8", "4"]


def test_a_long_chart_says_how_much_it_leaves_out() -> None:
    rows = [(f"City {number}", str(number + 1)) for number in range(MOST + 7)]
    drawn = bars(table(*rows), view("chart of ties by city"))
    assert drawn
    assert (len(drawn.bars), drawn.left_out) == (MOST, 7)


@pytest.mark.parametrize("number", ["NaN", "INF", "-3", "many", "0"])
def test_what_has_no_length_is_no_bar(number: str) -> None:
    assert (
        bars(table(("Alby", number), ("Bruckheim", number)), view("chart of ties by city")) is None
    )


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        (
            "cities-by-number-of-ties",
            r'<ul class="bars">.*Taipei</a>.*<span class="value">55</span>',
        ),
        ("members-of-a-network", r'<svg class="map".*<a href="/city/abidjan".*no position taken'),
        ("pairs-with-reasons", r'<path class="way in-force" d="M'),
        ("ties-suspended-or-ended", r'<svg class="chronicle".*2022: .*<svg class="map"'),
    ],
)
def test_a_picture_stands_above_its_table(client: FlaskClient, name: str, drawn: str) -> None:
    picture, found, _ = shown(client, f"/query/{name}").partition("<table>")
    assert re.search(drawn, picture)
    assert found


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.drill
def test_every_question_has_a_page_and_every_view_its_picture(
    client: FlaskClient, name: str
) -> None:
    page = shown(client, f"/query/{name}")
    assert page.count('<figure class="picture') == len(declarations.views(QUESTIONS[name]))
