"""What follows by the rules."""

import functools
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest

from citydiplomacy import derivation, evaluation, files, paths
from citydiplomacy.errors import CheckFailedError
from citydiplomacy.namespaces import BASE, shorten

ROOT = paths.root()
WORLD = Path(__file__).parent / "example" / "world.ttl"


def derived(root: Path) -> set[str]:
    tree = files.read(root)
    stated = [triple for document in (*tree.model, *tree.data) for triple in document.triples]
    return written(derivation.derive(root, stated))


def written(triples: Iterable[ox.Triple]) -> set[str]:
    return {
        " ".join(shorten(node.value).removeprefix(BASE) for node in triple) for triple in triples
    }


def test_sister_cities_follow_from_an_agreement_and_ties_from_sister_cities(root: Path) -> None:
    assert derived(root) == {
        "city/alby cd:hasSisterCity city/dunmere",
        "city/dunmere cd:hasSisterCity city/alby",
        "city/alby cd:hasTie city/dunmere",
        "city/dunmere cd:hasTie city/alby",
    }


def test_what_is_stated_is_not_derived_again(root: Path) -> None:
    with (root / "data/city/alby.ttl").open("a") as city:
        city.write("city:alby cd:hasSisterCity city:dunmere .")
    assert "city/alby cd:hasSisterCity city/dunmere" not in derived(root)
    assert "city/alby cd:hasTie city/dunmere" in derived(root)


def test_nothing_follows_without_rules(root: Path) -> None:
    shutil.rmtree(root / "queries/rules")
    assert derived(root) == set()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "# title: x\nCONSTRUCT {\n  ?a ?b }",
            r"endless\.rq:3: `}` is not understood\. Mend the SPARQL at column 9\.",
        ),
        ("# title: x\nASK {\n", r"endless\.rq:3: the query ends too early\."),
        ("# title: x\nASK {}", r"endless\.rq: this is no CONSTRUCT\. Write it as CONSTRUCT\."),
    ],
)
def test_a_rule_that_cannot_be_read_is_named(root: Path, text: str, problem: str) -> None:
    (root / "queries/rules/endless.rq").write_text(text)
    with pytest.raises(CheckFailedError, match=problem):
        derived(root)


def test_rules_that_never_come_to_rest_are_stopped(root: Path) -> None:
    (root / "queries/rules/endless.rq").write_text(
        "# title: x\nCONSTRUCT { [] a ?class } WHERE { ?any a ?class }"
    )
    with pytest.raises(CheckFailedError, match=r"queries/rules: .* new after 10 rounds"):
        derived(root)


# ----------------------------------------------------------------------------- rules that count

COUNT_TIES = """
PREFIX cd: <https://w3id.org/citydiplomacy/ontology#>
CONSTRUCT { <a:all> <a:ties> ?count }
WHERE { SELECT (COUNT(*) AS ?count) WHERE { ?city cd:hasTie ?other } }
"""


@pytest.mark.parametrize(
    ("header", "counts"),
    [("# last: it counts\n", {"a:all a:ties 2"}), ("", {"a:all a:ties 0", "a:all a:ties 2"})],
)
def test_only_a_rule_that_runs_last_counts_when_everything_is_there(
    root: Path, header: str, counts: set[str]
) -> None:
    (root / "queries/rules/count.rq").write_text(f"# title: x\n{header}{COUNT_TIES}")
    assert {each for each in derived(root) if each.startswith("a:all")} == counts


@functools.cache
def counted(more: str = "") -> frozenset[str]:
    """Return what is counted in the example world, with more said of it."""
    model = [triple for document in files.read(ROOT).model for triple in document.triples]
    world = ox.parse(WORLD.read_text("utf-8") + more, format=ox.RdfFormat.TURTLE)
    told = written(derivation.derive(ROOT, [*model, *(quad.triple for quad in world)]))
    return frozenset(each for each in told if re.search("Count |#ties-", each))


def test_the_ties_and_memberships_of_the_example_world_are_counted() -> None:
    years = {
        each
        for year in (1950, 1988, 2001)
        for each in (
            f"graph/derived#ties-{year} rdf:type cd:TieCount",
            f"graph/derived#ties-{year} rdfs:label Ties that began in {year}",
            f"graph/derived#ties-{year} cd:countedYear {year}",
            f"graph/derived#ties-{year} cd:countedTies 1",
        )
    }
    assert counted() == years | {
        "city/alby cd:tieCount 3",
        "city/bruckheim cd:tieCount 1",
        "city/cedarport cd:tieCount 2",
        "city/dunmere cd:tieCount 2",
        "city/alby cd:networkCount 2",
        "city/cedarport cd:networkCount 1",
        "city/eastholm cd:networkCount 1",
        # A region is a member of Bridges, too.
        "network/bridges cd:memberCityCount 2",
        "network/rivers cd:memberCityCount 2",
        "graph/derived#ties-norland--norland rdf:type cd:TieCount",
        "graph/derived#ties-norland--norland rdfs:label Ties between cities: Norland",
        "graph/derived#ties-norland--norland cd:countsTiesOf country/norland",
        "graph/derived#ties-norland--norland cd:countedTies 1",
        "graph/derived#ties-norland--suedmark rdf:type cd:TieCount",
        "graph/derived#ties-norland--suedmark rdfs:label Ties between cities: Norland and Suedmark",
        "graph/derived#ties-norland--suedmark cd:countsTiesOf country/norland",
        "graph/derived#ties-norland--suedmark cd:countsTiesOf country/suedmark",
        "graph/derived#ties-norland--suedmark cd:countedTies 3",
    }


def test_two_agreements_of_two_cities_are_one_tie_that_began_with_the_first() -> None:
    older = (
        "agreement:alby--bruckheim-friendship a cd:FriendshipCityAgreement ;"
        ' cd:hasParty city:alby , city:bruckheim ; cd:startDate "1940" ; cd:status status:dormant .'
    )
    renumbered = {each.replace("1950", "1940") for each in counted()}
    assert counted(older) == renumbered


def test_nothing_follows_from_what_was_counted() -> None:
    documents = (*files.read(ROOT).model, files.parse(ROOT, WORLD))
    full = ox.Store()
    full.extend(evaluation.quads(triple for each in documents for triple in each.triples))
    assert derivation.complete(ROOT, full)
    assert derivation.complete(ROOT, full) == frozenset()
