"""The sets of links that a release holds beside the dump."""

import csv

import pytest
from flask.testing import FlaskClient

from citydiplomacy import __version__
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import BASE, PREFIXES
from citydiplomacy.release import Release
from common import select

FILE = "wikidata.sssom.tsv"


@pytest.fixture(scope="module")
def lines(release: Release) -> list[str]:
    return (release.folder / FILE).read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def mappings(lines: list[str]) -> list[dict[str, str]]:
    rows = (line for line in lines if not line.startswith("#"))
    return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_a_mapping_set_says_what_it_is(lines: list[str]) -> None:
    head = [line for line in lines if line.startswith("#")]
    assert f'#mapping_set_id: "{BASE}dataset/{FILE}"' in head
    assert f'#mapping_set_version: "{__version__}"' in head
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
