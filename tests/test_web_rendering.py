"""How values are written for people, whatever a visitor's query makes up."""

import pyoxigraph
import pytest
from flask.testing import FlaskClient

from citydiplomacy.formats import GRAPH_FORMATS, Format
from citydiplomacy.namespaces import BASE, local_path
from citydiplomacy.web import layout, rendering
from common import BROWSER


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2023-03", "March 2023"),
        ("2023-03-09", "9 March 2023"),
        ("2023-99", "2023-99"),
        ("2023-02-30", "2023-02-30"),
        ("0000-01", "0000-01"),
        ("2023", "2023"),
    ],
)
def test_a_day_is_put_in_words_where_there_is_such_a_day(written: str, read: str) -> None:
    assert rendering.day(written) == read
    assert rendering.is_day(written) is (written != read)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("199X", "1990s"),
        ("18XX", "19th century"),
        ("20XX", "21st century"),
        ("11XX", "12th century"),
        ("XXXX-03-02", "2 March, of a year not stated"),
        ("XXXX-02-29", "29 February, of a year not stated"),
        ("XXXX-03", "March, of a year not stated"),
        ("XXXX-13-02", ""),
        ("1XXX", ""),
        ("1961", ""),
        ("2023-03", ""),
        ("Main St. XX", ""),
    ],
)
def test_a_date_that_leaves_something_open_is_put_in_words(written: str, read: str) -> None:
    assert rendering.period(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1961", "1961"),
        ("3500000", "3,500,000"),
        ("-12345.50", "-12,345.50"),
        ("9" * 30, ",".join(["999"] * 10)),
        ("9" * 6_000, ",".join(["999"] * 2_000)),
        ("INF", "INF"),
        ("1e400", "1e400"),
    ],
)
def test_the_thousands_of_a_number_are_set_apart(written: str, read: str) -> None:
    assert rendering.number(written) == read


@pytest.mark.parametrize("value", ['"2023-99"', "9" * 5_000])
def test_a_page_shows_what_it_cannot_put_in_words(client: FlaskClient, value: str) -> None:
    query = {"query": f"SELECT ?x {{ VALUES ?x {{ {value} }} }}"}
    answer = client.get("/sparql", query_string=query, headers=BROWSER)
    assert answer.status_code == 200
    assert value.strip('"') in answer.text.replace(",", "")


@pytest.mark.parametrize(
    ("iri", "path"),
    [
        (BASE, "/"),
        (f"{BASE}city/taipei", "/city/taipei"),
        (f"{BASE}ontology#City", "/ontology#City"),
        (f"{BASE}/evil.example", None),
        (f"{BASE}\\evil.example", None),
        ("https://example.org/", None),
    ],
)
def test_a_path_never_leads_to_another_host(iri: str, path: str | None) -> None:
    assert local_path(iri) == path


def test_a_link_to_an_address_that_we_do_not_serve_stays_whole() -> None:
    assert rendering.href(f"{BASE}/evil.example") == f"{BASE}/evil.example"


@pytest.mark.parametrize("format_", GRAPH_FORMATS, ids=lambda format_: format_.suffix)
@pytest.mark.parametrize("mark", ["\u2028", "\u0085"])
def test_a_literal_keeps_the_line_breaks_that_it_holds(format_: Format, mark: str) -> None:
    line = f'<a:s> <a:p> "one{mark}two" .\n'
    written = layout.laid_out(line, format_, "a:s")
    syntax = pyoxigraph.RdfFormat.from_media_type(format_.media_type)
    (quad,) = pyoxigraph.parse(written, format=syntax)
    assert quad.object == pyoxigraph.Literal(f"one{mark}two")
