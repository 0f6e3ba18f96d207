"""Tables of twin towns: what is read of them, and what becomes of each row."""

import csv
import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

import imported
from citydiplomacy import files, paths
from citydiplomacy.errors import CheckFailedError, TableError
from citydiplomacy.importing import columns, slugs, table, towns, turtle
from citydiplomacy.importing.mentions import Mention, cleaned, fault
from citydiplomacy.importing.towns import Imported, Request
from citydiplomacy.namespaces import BASE, CD, IMPORTED, PREFIXES
from citydiplomacy.reconciliation.geography import Point

LICENCE = "https://creativecommons.org/licenses/by-sa/4.0/"
COMMAND = [sys.executable, "-c", "from citydiplomacy.cli import main; main()"]

BIRCH = ("Birch", "Northland", "NL", "10.51", "10.49", "Q11")
OAK = ("Oak", "Southland", "SL", "-20.5", "20.5", "")
ELM = ("Elm", "Northland", "NL", "12", "10.10", "Q12")
LIME = ("Lime", "Southland", "SL", "-21", "21", "")
ROWS = (
    (*BIRCH, *OAK),
    (*ELM, *BIRCH),
    (*BIRCH, "ELM", "Far North, Northland", "", "12.05", "10.1", ""),
    # The code SL is learnt from rows that give it beside Southland.
    (
        "Elm, West Riding",
        "Northland",
        "NL",
        "12.01",
        "10.1",
        "Q12",
        "Lime",
        "South",
        "SL",
        "-21",
        "21",
        "",
    ),
    ("Port", "Northland", "NL", "40", "5", "", *LIME),
    ("Port", "Northland", "NL", "45", "-5.04", "", *LIME),
    ("Port", "Northland", "NL", "", "", "", *LIME),
    ("Birch", "Northland", "NL", "17", "27", "", *LIME),
    ("Birch", "Northland", "NL", "17", "17", "Q13", *LIME),
    ("Heath", "Northland", "NL", "11", "11", "", *LIME),
    ("Lime", "Southland", "SL", "-21", "21.1", "", *LIME),
    ("Ash", "Atlantis", "", "1", "1", "", *LIME),
    ("Ash", "Eastland", "EL", "1", "1", "Q14", *LIME),
    ("=SUM(A1)", "Eastland", "EL", "2", "2", "", *LIME),
    ("Fir", "Eastland", "EL", "91", "2", "", *LIME),
    ("Fir", "Eastland"),
    ("Wood (district)", "Northland", "NL", "9", "9", "", *LIME),
    ("Mu\u0308hle  am See", "Northland", "NL", "8", "8", "Q15", *LIME),
    ("Mill", "Eastland", "EL", "3", "3", "Q15", *LIME),
    ("Sprig", "Northland", "NL", "10.51", "10.5", "", *LIME),
    ("Sprig", "Southland", "SL", "10.51", "10.5", "", *LIME),
    ("Yew", "Northland", "EL", "7", "7", "", "Sprig", "Northland", "NL", "10.51", "10.5", ""),
    ("Birch", "Southland", "SL", "10.51", "10.5", "", *LIME),
    # A town of the examples beside the ontology is called so too.
    ("Lindow", "Northland", "NL", "6", "6", "", *LIME),
)
REPORT = """\
2,merged,city/birch,merged,city/oak,merged,agreement/birch--oak
3,created,city/elm-northland,merged,city/birch,created,agreement/birch--elm-northland
4,merged,city/birch,created,city/elm-northland,merged,agreement/birch--elm-northland
5,created,city/elm-northland,created,city/lime-southland,created,agreement/elm-northland--lime-southland
6,created,city/port-northland-40-0n-5-0e,created,city/lime-southland,created,agreement/lime-southland--port-northland-40-0n-5-0e
7,created,city/port-northland-45-0n-5-0w,created,city/lime-southland,created,agreement/lime-southland--port-northland-45-0n-5-0w
8,refused,,created,city/lime-southland,refused,
9,uncertain,,created,city/lime-southland,uncertain,
10,created,city/birch-northland,created,city/lime-southland,created,agreement/birch-northland--lime-southland
11,uncertain,,created,city/lime-southland,uncertain,
12,created,city/lime-southland,created,city/lime-southland,refused,
13,refused,,created,city/lime-southland,refused,
14,created,city/ash-eastland,created,city/lime-southland,created,agreement/ash-eastland--lime-southland
15,created,city/sum-a1-eastland,created,city/lime-southland,created,agreement/lime-southland--sum-a1-eastland
16,refused,,created,city/lime-southland,refused,
17,,,,,refused,
18,refused,,created,city/lime-southland,refused,
19,created,city/muhle-am-see-northland,created,city/lime-southland,created,agreement/lime-southland--muhle-am-see-northland
20,created,city/mill-eastland,created,city/lime-southland,created,agreement/lime-southland--mill-eastland
21,uncertain,,created,city/lime-southland,uncertain,
22,uncertain,,created,city/lime-southland,uncertain,
23,refused,,uncertain,,refused,
24,uncertain,,created,city/lime-southland,uncertain,
25,created,city/lindow-northland,created,city/lime-southland,created,agreement/lime-southland--lindow-northland
"""
ASKED = ("line", "a_outcome", "a_city", "b_outcome", "b_city", "tie_outcome", "tie")


class World:
    """A small world with a table imported into it."""

    def __init__(self, folder: Path) -> None:
        (folder / "root").mkdir()
        self.root = imported.world(folder / "root")
        self.table = imported.table(folder / "towns.csv", ROWS)
        self.report = folder / "report.csv"
        self.imported = run(self.root, self.table, report=self.report)
        self.folder = self.root / "data" / "imported" / "towns"
        documents = files.read(self.root).data
        self.documents = [each for each in documents if each.graph == f"{IMPORTED}towns"]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The report, a row at a time."""
        with self.report.open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))

    def said(self, entity: str, term: str) -> list[str]:
        """Return the values of a property that the import states of an entity."""
        iri = f"{BASE}{entity}"
        return [value for each in self.documents for value in each.objects(iri, term)]


def run(root: Path, file: Path, **told: object) -> Imported:
    request = Request(file, **({"into": "towns", "licence": LICENCE} | told))  # type: ignore[arg-type]
    return towns.run(root, request, lambda *_: None)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("imported"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return imported.world(tmp_path / "root")


def test_the_report_says_of_each_row_what_became_of_its_places_and_of_the_tie(world: World) -> None:
    told = "".join(f"{','.join(row[name] for name in ASKED)}\n" for row in world.rows)
    assert told == REPORT


def test_cities_and_what_is_left_out_are_counted_once(world: World) -> None:
    counts = world.imported.counts
    assert {str(each): number for each, number in counts.ties.items()} == {
        "merged": 2,
        "created": 10,
        "refused": 7,
        "uncertain": 5,
    }
    assert {str(each): number for each, number in counts.places.items()} == {
        "merged": 2,
        "created": 10,
        "refused": 5,
        "uncertain": 5,
    }


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("2", "a_reason", "name 100 %, country, wikidata, 1.6 km apart"),
        ("2", "tie_reason", "There is this tie already."),
        ("4", "tie_reason", "The same as line 3."),
        ("8", "a_reason", "The table has 2 places of this name in Northland: which is it?"),
        ("9", "a_reason", "city/birch has this name in this country, 1922 km away."),
        ("11", "a_reason", "region/heath has this name, and is no city."),
        ("12", "tie_reason", "Both places are the same city."),
        (
            "13",
            "a_reason",
            "“Atlantis” is no country that is known, and nothing else in the row says which it is.",
        ),
        ("16", "a_reason", "“91” and “2” are no latitude and longitude in degrees."),
        ("17", "tie_reason", "The row has 2 cells, the header has 12."),
        ("18", "a_reason", "“Wood (district)” is a part of a country, not a town."),
        ("20", "a_reason", "Others have the identifier Q15 too: not stated."),
        ("21", "a_reason", "city/birch lies just there, under another name."),
        ("22", "a_reason", "city/birch lies just there, in another country."),
        ("24", "a_reason", "city/birch lies just there, in another country."),
        ("23", "a_reason", "Northland and the code EL are not the same country."),
    ],
)
def test_the_report_says_why(world: World, line: str, column: str, reason: str) -> None:
    found = next(row for row in world.rows if row["line"] == line)
    assert found[column] == reason


def test_what_a_spreadsheet_would_run_is_text_in_the_data_and_harmless_in_the_report(
    world: World,
) -> None:
    assert world.said("city/sum-a1-eastland", f"{PREFIXES['rdfs']}label") == ["=SUM(A1)"]
    assert next(row for row in world.rows if row["line"] == "15")["a_name"] == "'=SUM(A1)"


def test_a_tie_rests_on_its_row(world: World) -> None:
    tie = "agreement/birch--elm-northland"
    assert world.said(tie, f"{CD}evidence") == [f"{BASE}evidence/towns-3"]
    assert world.said(tie, f"{CD}status") == [f"{BASE}vocab/agreement-status#listed"]
    assert world.said("evidence/towns-3", f"{CD}locator") == ["Line 3: Elm \N{EN DASH} Birch"]
    assert world.said("evidence/towns-3", f"{CD}inSource") == [f"{BASE}source/towns"]
    assert world.said("evidence/towns-3", f"{CD}confidence") == [
        f"{BASE}vocab/confidence#single-list"
    ]


def test_names_that_others_have_are_told_apart(world: World) -> None:
    label = f"{PREFIXES['rdfs']}label"
    assert world.said("city/elm-northland", label) == ["Elm"]
    assert world.said("city/birch-northland", label) == ["Birch (Northland)"]
    assert world.said("city/lindow-northland", label) == ["Lindow (Northland)"]
    assert world.said("city/port-northland-45-0n-5-0w", label) == [
        "Port (Northland, 45.0° N 5.0° W)"
    ]


def test_another_name_of_one_identifier_just_there_is_another_name(world: World) -> None:
    assert world.said("city/elm-northland", f"{PREFIXES['skos']}altLabel") == ["Elm, West Riding"]


def test_an_identifier_of_two_places_is_stated_of_neither(world: World) -> None:
    assert world.said("city/ash-eastland", f"{CD}wikidataId") == ["Q14"]
    assert world.said("city/mill-eastland", f"{CD}wikidataId") == []
    assert world.said("city/muhle-am-see-northland", f"{CD}wikidataId") == []


def test_a_country_that_only_the_table_has_comes_with_its_cities(world: World) -> None:
    assert world.said("country/eastland", f"{CD}isoCode") == ["EL"]
    assert world.said("city/ash-eastland", f"{CD}inCountry") == [f"{BASE}country/eastland"]


def test_an_import_has_few_files_each_of_which_says_what_made_it(world: World) -> None:
    assert sorted(file.name for file in world.folder.iterdir()) == [
        "agreement.eastland.ttl",
        "agreement.northland.ttl",
        "agreement.southland.ttl",
        "city.eastland.ttl",
        "city.northland.ttl",
        "city.southland.ttl",
        "country.ttl",
        "dataset.ttl",
        "source.ttl",
    ]
    first = {file.read_text("utf-8").partition("\n")[0] for file in world.folder.iterdir()}
    assert first == {
        "# Made by `citydiplomacy import towns` from towns.csv; do not edit, import again."
    }


def test_the_same_table_makes_the_same_import_again(world: World) -> None:
    before = {file.name: file.read_bytes() for file in world.folder.iterdir()}
    run(world.root, world.table)
    assert {file.name: file.read_bytes() for file in world.folder.iterdir()} == before


def test_nothing_is_left_beside_an_import(world: World) -> None:
    assert [file.name for file in (world.root / ".importing").iterdir()] == [".lock"]
    assert not list(world.report.parent.glob(".*.part"))


def test_a_dry_run_reports_and_imports_nothing(root: Path, tmp_path: Path) -> None:
    file = imported.table(tmp_path / "towns.csv", ROWS[:2])
    run(root, file, licence="", is_dry=True, report=tmp_path / "report.csv")
    assert len((tmp_path / "report.csv").read_text("utf-8").splitlines()) == 3
    assert not (root / "data" / "imported" / "towns").exists()


def test_what_editors_keep_under_a_name_is_not_replaced(root: Path, tmp_path: Path) -> None:
    kept = root / "data" / "imported" / "towns" / "city" / "elm.ttl"
    kept.parent.mkdir(parents=True)
    kept.write_text("# By hand.\n", "utf-8")
    with pytest.raises(TableError, match=r"data/imported/towns/city/elm\.ttl was not made by this"):
        run(root, imported.table(tmp_path / "towns.csv", ROWS))


def test_a_tree_that_is_not_in_order_is_not_imported_into(root: Path, tmp_path: Path) -> None:
    (root / "data" / "city" / "broken.ttl").write_text("city:broken a", "utf-8")
    with pytest.raises(CheckFailedError, match="broken"):
        run(root, imported.table(tmp_path / "towns.csv", ROWS))


def test_without_licence_nothing_is_imported(root: Path, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="Under which licence"):
        run(root, imported.table(tmp_path / "towns.csv", ROWS), licence="")


def test_a_source_that_nobody_described_is_none(root: Path, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="There is no source almanac"):
        run(root, imported.table(tmp_path / "towns.csv", ROWS), source="almanac")


@pytest.mark.parametrize(
    ("content", "mapping", "message"),
    [
        (b"", {}, "there is no header: the file is empty"),
        (b"city,land\nElm,N\n", {}, r":1: no column is known to hold a_name and a_country"),
        (
            b"a,b,a_country,b_country,a_lat\nE,B,N,N,1\n",
            {},
            "a_latitude as well as a_longitude",
        ),
        (b"a,b,a_country,b_country\n", {"c_name": "a"}, "there is no field c_name"),
        (b"a,b,a_country,b_country\n", {"a_name": "A"}, r"there is no column A\. Do you mean a\?"),
        (b"a,a_name,b,a_country,b_country\n", {}, "a and a_name may both hold a_name"),
        (b"a,b,a_country,b_country\n", {}, "there is no row below the header"),
        (b"a,b,a_country,b_country\nE,B,N\xe9,N\n", {}, r":2: this is not UTF-8\. Name the enc"),
        (b'a,b,a_country,b_country\nE,B,N,N\nE,"B,N,N\n', {}, r":3: the row that begins here"),
        (b"a,b,a_country,b_country\n" + b"E" * 1_000_001, {}, ":2: the line has more than"),
        (
            gzip.compress(b"a,b,a_country,b_country\nE,B,N,N\n", mtime=0)[:-6],
            {},
            "broken or cut short",
        ),
        (b"\xff\xfea,b", {}, r"this is not UTF-16|no column is known"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_place_and_the_reason(
    root: Path, tmp_path: Path, content: bytes, mapping: dict[str, str], message: str
) -> None:
    file = tmp_path / "towns.csv"
    file.write_bytes(content)
    with pytest.raises(TableError, match=message):
        run(root, file, mapping=mapping)
    assert not (root / "data" / "imported").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,b,a_country,b_country\nElm,Birch,N,N\n", {}),
        (b"\xef\xbb\xbfa,b,a_country,b_country\r\nElm,Birch,N,N\r\n", {}),
        (b"city1;country1;city2;country2\nElm;N;Birch;N\n", {}),
        ("a_town\ta_country\tb_town\tb_country\nElm\tN\tBirch\tN\n".encode("utf-16"), {}),
        (b"from,country_a,to,country_b\n\nElm,N,Birch,N\n", {}),
        (b"x,y,a_country,b_country\nElm,Birch,N,N\n", {"mapping": {"a_name": "x", "b_name": "y"}}),
        (gzip.compress(b"a|a_country|b|b_country\nElm|N|Birch|N\n", mtime=0), {}),
        ("a,b,a_country,b_country\nÉlm,Birch,N,N\n".encode("cp1252"), {"encoding": "cp1252"}),
    ],
    ids=["plain", "BOM", "semicolons", "UTF-16", "other names", "mapped", "compressed", "cp1252"],
)
def test_tables_are_read_as_people_keep_them(
    tmp_path: Path, content: bytes, told: dict[str, object]
) -> None:
    file = tmp_path / "towns.csv"
    file.write_bytes(content)
    opened = table.opened(file, **({"mapping": {}} | told))  # type: ignore[arg-type]
    rows = [opened.columns.mentions(row.cells) for row, _ in opened.rows()]
    assert [[each.name.replace("É", "E") for each in pair] for pair in rows] == [["Elm", "Birch"]]
    assert [each.country for each in rows[0]] == ["N", "N"]


def test_each_field_has_a_name_by_which_it_is_found() -> None:
    found = columns.fitting(columns.FIELDS, {})
    assert not isinstance(found, str)
    assert [field for field, _ in found.told()] == list(columns.FIELDS)


@pytest.mark.parametrize(
    ("mention", "reason"),
    [
        (Mention("", "N"), "The place has no name."),
        (Mention("...", "N"), "“...” has no letters."),
        (Mention("Elm\x00", "N"), "A cell has control characters."),
        (Mention("E" * 201, "N"), "A cell has more than 200 characters."),
        (Mention("Elm"), "The place has no country."),
        (Mention("Elm", "N", "NLD"), "“NLD” is no code of a country: two letters of ISO 3166."),
        (Mention("Elm", "N", "", "1,5", "2"), "“1,5” and “2” are no latitude"),
        (Mention("Elm", "N", "", "1.5", ""), "“1.5” and “” are no latitude"),
        (Mention("Elm", "N", wikidata="12"), "“12” is no identifier of Wikidata."),
        (Mention("Elm (Big Oak District)", "N"), ""),
        (Mention("Elm (rural district)", "N"), "“Elm (rural district)” is a part of a country"),
        (Mention("Elm", "N", "nl", "1.5", "-179.9", "https://www.wikidata.org/wiki/Q1"), ""),
    ],
)
def test_a_mention_that_makes_no_sense_says_why(mention: Mention, reason: str) -> None:
    assert fault(cleaned(mention)).startswith(reason)
    assert bool(fault(cleaned(mention))) == bool(reason)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("São Tomé", "sao-tome"),
        ("Nərimanov (Baku)", "nerimanov-baku"),
        ("Nuku\u02bbalofa", "nukualofa"),
        ("臺北", "taibei"),
        ("L'Aquila", "l-aquila"),
    ],
)
def test_slugs_are_readable_in_every_script(name: str, slug: str) -> None:
    assert slugs.slug(name) == slug


@pytest.mark.parametrize(
    ("value", "written"),
    [(12.50, "12.5"), (-7.0, '"-7"^^xsd:decimal'), (-0.0, '"0"^^xsd:decimal'), (1e-05, "0.00001")],
)
def test_degrees_are_written_as_a_store_keeps_them(value: float, written: str) -> None:
    assert turtle.degrees(value) == written


def test_places_in_slugs_and_labels_have_their_quarter() -> None:
    assert slugs.degrees(Point(-33.94, -151.26)) == "33-9s-151-3w"
    assert slugs.shown(Point(-33.94, 151.26)) == "33.9° S 151.3° E"


def test_the_command_says_what_it_read_made_and_left_out(root: Path, tmp_path: Path) -> None:
    (root / "server").symlink_to(paths.root() / "server")
    file = imported.table(tmp_path / "towns.csv", ROWS[:6], [*imported.HEADER[:-1], "item"])
    mapped = ["--map", "b_wikidata=item", "--map", "a_wikidata="]
    told = subprocess.run(
        [*COMMAND, "import", "towns", str(file), "--into=towns", "--licence", LICENCE, *mapped],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "server"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.stderr, told.returncode) == ("", 0)
    lines = told.stdout.splitlines()
    assert [line.split() for line in lines[:5]] == [
        ["ties", "places"],
        ["merged", "2", "2"],
        ["created", "4", "5"],
        ["uncertain", "0", "0"],
        ["refused", "0", "0"],
    ]
    assert "b_wikidata from item." in lines[5]
    assert "a_wikidata" not in lines[5]
    assert lines[-2:] == [
        "Imported into data/imported/towns: 5 city, 4 agreement, 1 source.",
        "--report FILE tells what became of each row.",
    ]
