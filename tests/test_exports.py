"""The tables and the sets of links that a release holds beside the whole."""

import csv
import io

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient

from citydiplomacy import exports, paths
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, CD, PREFIXES
from citydiplomacy.release import Release
from citydiplomacy.web.site import EXTENSION
from common import select

FILE = "wikidata.sssom.tsv"
HOSTILE = f"""
PREFIX cd: <{CD}>
PREFIX geo: <{PREFIXES["geo"]}>
PREFIX rdfs: <{PREFIXES["rdfs"]}>
PREFIX skos: <{PREFIXES["skos"]}>

cd:City cd:kind "city" .
<{BASE}city/alby> a cd:City ; rdfs:label "=HYPERLINK(1)"@en ; geo:lat -1.5 ; geo:long 2.5 ;
    skos:altLabel "+1"@en , "a \\"quoted\\"\\nname"@en .
"""


@pytest.fixture(scope="module")
def lines(release: Release) -> list[str]:
    return (release.folder / FILE).read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def mappings(lines: list[str]) -> list[dict[str, str]]:
    rows = (line for line in lines if not line.startswith("#"))
    return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_a_mapping_set_says_what_it_is(lines: list[str], release: Release) -> None:
    head = [line for line in lines if line.startswith("#")]
    assert f'#mapping_set_id: "{BASE}dataset/{FILE}"' in head
    version = release.manifest["version"]
    assert f'#mapping_set_version: "{version}"' in head
    assert '#license: "https://creativecommons.org/licenses/by/4.0/"' in head
    assert f'#  citydiplomacy: "{BASE}"' in head


def test_every_link_of_the_graph_is_a_mapping_and_no_other(
    mappings: list[dict[str, str]], engine: Engine
) -> None:
    linked = select(engine, f"SELECT ?one ?same {{ ?one <{PREFIXES['schema']}sameAs> ?same }}")
    assert {(m["subject_id"], m["object_id"]) for m in mappings} == {
        (
            row["one"].value.replace(BASE, "citydiplomacy:"),
            row["same"].value.replace("http://www.wikidata.org/entity/", "wikidata:"),
        )
        for row in linked
    }
    assert len(mappings) == len(linked) > 500


def test_a_mapping_says_how_sure_it_is(mappings: list[dict[str, str]]) -> None:
    yokohama = next(m for m in mappings if m["subject_id"] == "citydiplomacy:city/yokohama")
    assert yokohama["subject_label"] == "Yokohama"
    assert yokohama["predicate_id"] == "schema:sameAs"
    assert yokohama["object_id"] == "wikidata:Q38283"
    assert yokohama["mapping_justification"] == "semapv:CompositeMatching"
    assert yokohama["comment"].startswith("Two or more published gazetteers")


def test_the_dataset_describes_the_set_and_offers_the_file(
    client: FlaskClient, engine: Engine, mappings: list[dict[str, str]]
) -> None:
    void = PREFIXES["void"]
    found = select(
        engine,
        f"SELECT ?links ?file {{ <{BASE}dataset#wikidata> a <{void}Linkset> ; "
        f"<{void}triples> ?links ; <{void}dataDump> ?file }}",
    )
    assert [row["links"].value for row in found] == [str(len(mappings))]
    answer = client.get(found[0]["file"].value.removeprefix(BASE.rstrip("/")))
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/tab-separated-values")


@pytest.mark.parametrize("name", ["geonames", "terms"])
def test_every_mapping_has_a_justification_and_prefixes_that_are_declared(
    release: Release, name: str
) -> None:
    head, rows = read_mappings(release, name)
    declared = {line.split(":")[0].removeprefix("#").strip() for line in head}
    for row in rows:
        for column in ("subject_id", "predicate_id", "object_id", "mapping_justification"):
            assert row[column].partition(":")[0] in declared, row[column]
    assert len(rows) > 50


def test_a_term_is_mapped_as_the_alignments_have_it(release: Release) -> None:
    _, rows = read_mappings(release, "terms")
    found = [row for row in rows if row["subject_id"] == "cd:hasSisterCity"]
    assert [(row["predicate_id"], row["object_id"]) for row in found] == [
        ("skos:closeMatch", "wikidata:P190")
    ]


def test_each_kind_has_a_table_with_a_row_for_each_entity(app: Flask, release: Release) -> None:
    kinds = app.extensions[EXTENSION].entities.kinds
    for kind in kinds.values():
        rows = table(release, kind.name)
        names = [next(iter(row.values())) for row in rows]
        assert len(names) == len(set(names)) == kind.count, kind.name
        assert all(name.startswith(f"{BASE}{kind.name}/") for name in names)
    files = {file for file in release.manifest["files"] if file.endswith(".csv")}
    assert files == {f"{kind}.csv" for kind in kinds}


def test_a_table_says_what_the_graph_says(release: Release) -> None:
    taipei = next(row for row in table(release, "city") if row["cityLabel"] == "Taipei")
    assert taipei["otherNames"] == "Taipei City | 臺北市"
    assert (taipei["country"], taipei["latitude"]) == (f"{BASE}country/taiwan", "25.03583")
    assert (taipei["wikidata"], taipei["geonames"]) == ("Q1867", "1668341")
    houston = next(
        row
        for row in table(release, "agreement")
        if row["agreement"] == f"{BASE}agreement/houston--taipei"
    )
    assert houston["parties"] == f"{BASE}city/houston {BASE}city/taipei"
    assert (houston["partiesLabel"], houston["since"]) == ("Houston | Taipei", "1961-06-15")


def test_a_formula_in_a_name_is_harmless_in_a_table() -> None:
    data = ox.Store()
    data.load(HOSTILE.encode(), format=ox.RdfFormat.TURTLE)
    (city,) = (file for file in exports.of(paths.root(), data, "0.1.0") if file.file == "city.csv")
    rows = list(csv.DictReader(io.StringIO(city.content.decode())))
    assert rows == [
        {
            "city": f"{BASE}city/alby",
            "cityLabel": "'=HYPERLINK(1)",
            "otherNames": '\'+1 | a "quoted"\nname',
            "country": "",
            "countryLabel": "",
            "latitude": "-1.5",  # a number is no formula
            "longitude": "2.5",
            "wikidata": "",
            "geonames": "",
            "ties": "",
            "networks": "",
        }
    ]


def table(release: Release, kind: str) -> list[dict[str, str]]:
    text = (release.folder / f"{kind}.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_mappings(release: Release, name: str) -> tuple[list[str], list[dict[str, str]]]:
    lines = (release.folder / f"{name}.sssom.tsv").read_text("utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    rows = csv.DictReader(lines[len(head) :], delimiter="\t", quoting=csv.QUOTE_NONE)
    return head, list(rows)
