"""Wikidata compared with the graph: exact rows on a made-up world, harvested and built."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from citydiplomacy import (
    catalogue,
    derivation,
    evaluation,
    files,
    queries,
    supervisor,
    validation,
    vocabulary,
)
from citydiplomacy import release as releases
from citydiplomacy.checks import literals, naming, terms, zero_rows
from citydiplomacy.engine import Engine
from citydiplomacy.files import Tree
from citydiplomacy.namespaces import BASE, CD, DERIVED, ONTOLOGY_GRAPH
from citydiplomacy.panels import Panel
from citydiplomacy.release import Release
from citydiplomacy.settings import Settings
from citydiplomacy.web import create_app
from citydiplomacy.wikidata import comparison, harvest, quickstatements
from citydiplomacy.wikidata.harvest import Harvest
from citydiplomacy.wikidata.source import Endpoint, Manners
from common import BROWSER, select
from wikidata_world import checkout, server

PAGES = queries.load("pages")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The files of the world with those of its harvest."""
    folder = tmp_path_factory.mktemp("harvested")
    root = checkout(folder / "root")
    into = root / "data/imported/wikidata"
    with server(tmp_path_factory.mktemp("wikidata")) as endpoint:
        asked = Endpoint(endpoint, Manners(pause=0))
        harvest.run(Harvest(asked, folder / "work", into, root))
    return files.read(root)


@pytest.fixture(scope="module")
def built(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the world; not of `release.build`, which wants data of every kind."""
    folder = tmp_path_factory.mktemp("built")
    model = {triple for document in tree.model for triple in document.triples}
    graphs: dict[str, set[ox.Triple]] = {ONTOLOGY_GRAPH: model}
    for document in tree.data:
        graphs.setdefault(document.graph, set()).update(document.triples)
    derived = derivation.derive(tree.root, set().union(*graphs.values()))
    whole = {name: frozenset(each) for name, each in graphs.items()} | {DERIVED: derived}
    dump = folder / "world.nq"
    described = catalogue.with_meta(tree, whole, evaluation.store(whole), {}, {})
    dump.write_bytes(catalogue.canonical(described))
    (folder / "release").mkdir()
    return releases.of_file(dump, folder / "release")


@pytest.fixture(scope="module")
def own_engine(built: Release) -> Iterator[Engine]:
    with supervisor.running_engine(Settings(), built.folder) as running:
        yield running


@pytest.fixture(scope="module")
def own_client(built: Release, own_engine: Engine) -> FlaskClient:
    return create_app(Settings(), own_engine, built).test_client()


@pytest.fixture(scope="module")
def panels(built: Release, own_engine: Engine) -> dict[str, Panel]:
    return {panel.name: panel for panel in comparison.compared(own_engine, PAGES, built)}


def test_every_rule_of_the_data_accepts_what_a_harvest_writes(tree: Tree) -> None:
    words = vocabulary.read(tree.model)
    assert tree.problems == ()
    assert [*naming.problems(tree, words), *terms.problems(tree, words)] == []
    assert list(literals.problems(tree)) == []
    assert validation.validate(tree).problems == ()
    stated: dict[str, frozenset[ox.Triple]] = {}
    for document in tree.data:
        told = stated.get(document.graph, frozenset())
        stated[document.graph] = told.union(document.triples)
    model = frozenset(triple for document in tree.model for triple in document.triples)
    checks = evaluation.load("checks", tree.root)
    assert list(zero_rows.problems(tree, checks, {**stated, ONTOLOGY_GRAPH: model})) == []


def told(panel: Panel, *columns: str) -> list[str]:
    """Return the rows of a panel as text: some of its columns."""
    places = [panel.table.columns.index(column) for column in columns]
    rows = ([row.values[place] for place in places] for row in panel.table.rows)
    return [" | ".join(value.text if value else "" for value in row) for row in rows]


def test_how_much_is_compared(panels: dict[str, Panel]) -> None:
    *numbers, day = told(panels["extent"], "number")
    assert numbers == ["9", "9", "9", "6", "13", "2"]
    assert day.startswith("20")


@pytest.mark.parametrize(
    ("panel", "columns", "rows"),
    [
        (
            "only-here",
            ("first", "second", "here"),
            [
                "Alby | Ostry | terminated, since 1990",
                "Dunmere | Kelling | listed, since 2001-03",
                "Dunmere | Marrow | listed",
                "Dunmere | Thornby | listed",
            ],
        ),
        (
            "only-there",
            ("first", "second", "there"),
            [
                "Dunmere | Farhaven | since 199X, no web address",
                "Dunmere | Q900111 | undated, no web address",
                "Kelling | Farhaven | undated, no web address",
            ],
        ),
        (
            "both",
            ("first", "second", "here", "there"),
            [
                "Alby | Dunmere | listed, since 1965-07-01 | since 1965",
                "Alby | Kelling | listed, since 1980 | since 1973-05, no web address",
                "Kelling | Marrow | in force | undated, until 2020, no web address",
            ],
        ),
        (
            "one-sided",
            ("first", "second", "there", "here"),
            [
                "Alby | Kelling | since 1973-05, no web address | listed, since 1980",
                "Marrow | Ostry | undated, no web address | ",
            ],
        ),
        (
            "disagreements",
            ("first", "second", "matter", "here", "there"),
            [
                "Alby | Kelling | start | listed, since 1980 | since 1973-05",
                "Alby | Marrow | rank: held to be wrong there | listed | undated",
                "Kelling | Marrow | status: ended there only | in force | undated, until 2020",
                "Marrow | Kelling | status: ended there only | in force | undated, until 2020",
                "Marrow | Ostry | type: twinned there only | memorandum, unknown | undated",
            ],
        ),
        (
            "places",
            ("place", "item", "longitude", "longitudeThere"),
            ["Dunmere | Q900102 Dunmere | -9.25 | 10"],
        ),
    ],
)
def test_a_comparison_has_these_rows(
    panel: str, columns: tuple[str, ...], rows: list[str], panels: dict[str, Panel]
) -> None:
    assert told(panels[panel], *columns) == rows


# What only the graph has: nothing of copies of Wikipedia, of links that one witness gives, of what
# was not retrieved, or of what is held to be wrong there; no date where the other side has one.
COMMANDS = """\
Q900101|P190|Q900105|P580|+1990-00-00T00:00:00Z/9|P582|+2004-05-01T00:00:00Z/11|S854|"https://gazette.example/2001/ties"
Q900102|P190|Q900103|P580|+2001-03-00T00:00:00Z/10|S854|"https://alby.example/twins?lang=en"
Q900102|P190|Q900103|S854|"https://gazette.example/2001/ties"
Q900103|P190|Q900101|S854|"https://alby.example/twins?lang=en"
Q900103|P190|Q900102|P580|+2001-03-00T00:00:00Z/10|S854|"https://alby.example/twins?lang=en"
Q900103|P190|Q900102|S854|"https://gazette.example/2001/ties"
Q900105|P190|Q900101|P580|+1990-00-00T00:00:00Z/9|P582|+2004-05-01T00:00:00Z/11|S854|"https://gazette.example/2001/ties"
"""


def test_what_only_the_graph_has_is_written_as_commands(own_client: FlaskClient) -> None:
    answer = own_client.get("/wikidata/quickstatements.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text == COMMANDS.replace("|", "\t")


@pytest.mark.parametrize(
    ("date", "written"),
    [
        ("1965", "+1965-00-00T00:00:00Z/9"),
        ("1965-07", "+1965-07-00T00:00:00Z/10"),
        ("1965-07-01", "+1965-07-01T00:00:00Z/11"),
        ("199X", "+1990-00-00T00:00:00Z/8"),
        ("19XX", ""),
        ("1965?", ""),
        ("XXXX-03-02", ""),
        ("1965-XX-02", ""),
    ],
)
def test_a_date_is_as_precise_there_as_here(date: str, written: str) -> None:
    assert quickstatements.time(date) == written


def test_what_wikidata_says_is_no_fact_of_the_graph(own_engine: Engine) -> None:
    ties = select(own_engine, f"SELECT * {{ ?city <{CD}hasCityPartnership> ?other }}")
    stated = select(own_engine, f"SELECT * {{ ?tie a <{CD}Agreement> }}")
    assert (len(ties), len(stated)) == (16, 11)
    derived = select(
        own_engine,
        f"SELECT * {{ GRAPH <{DERIVED}> {{ ?s ?p ?o }} "
        '  FILTER(CONTAINS(CONCAT(STR(?s), STR(?o)), "ikidata")) }',
    )
    assert {row["p"].value.rpartition("#")[2] for row in derived} <= {"supportsValue", "isPartOf"}


def test_a_deprecated_statement_is_kept_as_deprecated(own_engine: Engine) -> None:
    rank = f"{BASE}vocab/wikidata-rank#deprecated"
    found = select(
        own_engine, f"SELECT * {{ ?statement <{CD}statementRank> <{rank}> }} ORDER BY ?statement"
    )
    assert [row["statement"].value.rpartition("/")[2] for row in found] == [
        "Q900101-C",
        "Q900101-E",
    ]


def test_the_page_shows_every_comparison_and_what_can_be_given(own_client: FlaskClient) -> None:
    page = own_client.get("/wikidata", headers=BROWSER).text
    for title in ("Only here, with a source", "Only in Wikidata", "In both", "What disagrees"):
        assert title in page
    assert 'href="/wikidata/quickstatements.txt"' in page
    assert "Nothing is ever sent from here." in page
    assert 'href="http://www.wikidata.org/entity/statement/Q900101-B"' in page
    assert "citydiplomacy harvest wikidata" not in page


def test_a_record_has_a_page_and_data(own_client: FlaskClient) -> None:
    page = own_client.get("/wikidata-record/q900101.html").text
    assert 'href="/city/alby"' in page
    assert "deprecated" in page
    assert "dunmere.example" in page
    data = own_client.get("/wikidata-record/q900101.ttl").text
    assert 'statedStart "1973-05"' in data


def test_a_record_is_not_found_by_the_name_of_its_city(own_client: FlaskClient) -> None:
    found = own_client.get("/suggest?q=Alby").json
    assert found is not None
    assert [name for name in found[1] if "record" in name.lower()] == []


def test_all_rows_are_one_table(built: Release, own_engine: Engine) -> None:
    found = comparison.compared(own_engine, comparison.whole(PAGES), built)
    table = comparison.joined(found)
    assert table.columns[:4] == ("comparison", "first", "second", "here")
    assert len(table.rows) == 4 + 5 + 2 + 3 + 3 + 1


def test_a_comparison_is_not_cut_where_all_rows_are_wanted() -> None:
    ours = [query for name, query in PAGES.items() if name.startswith("wikidata/")]
    assert sum("LIMIT 300" in query.text for query in ours) == 4
    for query in comparison.whole(PAGES).values():
        assert "LIMIT" not in query.text


def test_without_a_harvest_the_page_says_so(client: FlaskClient) -> None:
    page = client.get("/wikidata", headers=BROWSER).text
    assert "This release holds nothing of Wikidata yet." in page
    assert "citydiplomacy harvest wikidata" in page
    assert "these can be compared" in page
    assert "Only in Wikidata" not in page


def test_without_a_harvest_nothing_is_known_to_be_missing(client: FlaskClient) -> None:
    answer = client.get("/wikidata/quickstatements.txt")
    assert answer.status_code == 404
    assert "see /wikidata" in answer.text


def test_a_record_among_what_people_write_is_refused(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    written = root / "data/wikidata-record/q1.ttl"
    written.parent.mkdir()
    example = (root / "ontology/examples/wikidata-record.ttl").read_text("utf-8")
    written.write_text(example.replace(":record-of-lindow", f"<{BASE}wikidata-record/q1>"), "utf-8")
    tree = files.read(root)
    told = [str(problem) for problem in naming.problems(tree, vocabulary.read(tree.model))]
    assert told == [
        "data/wikidata-record/q1.ttl: what Wikidata says is nothing that people write. "
        "Let `citydiplomacy harvest wikidata` write it below data/imported/."
    ]
