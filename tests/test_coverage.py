"""How complete the data is, as `check` tells it."""

from pathlib import Path

import pytest

from citydiplomacy import coverage, derivation, evaluation, files, paths, terminal
from citydiplomacy.coverage import Coverage, Share
from citydiplomacy.namespaces import CURATED, DERIVED, ONTOLOGY_GRAPH

ROOT = paths.root()
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def graphs() -> evaluation.Graphs:
    """The graphs of a release of the example world."""
    model = frozenset(t for document in files.read(ROOT).model for t in document.triples)
    data = frozenset(files.parse(HERE, HERE / "example" / "world.ttl").triples)
    derived = derivation.derive(ROOT, data | model)
    return {CURATED: data, DERIVED: derived, ONTOLOGY_GRAPH: model}


def test_the_example_world_is_as_complete_as_it_is(graphs: evaluation.Graphs) -> None:
    found = coverage.of(ROOT, graphs)
    assert found
    shares = {share.what: (share.have, share.of) for share in found.shares}
    assert shares["cities linked to Wikidata"] == (0, 5)
    assert shares["cities with a name in another language"] == (1, 5)
    assert shares["agreements with a start"] == (6, 9)
    assert shares["agreements that two sources or more tell of"] == (3, 9)
    assert shares["sources with a date of issue"] == (1, 6)
    assert [source for source, _ in found.sources] == [
        "The Chronicle",
        "The Gazette",
        "The editors' record",
        "The Almanac",
    ]
    assert (found.others, found.left) == (0, 0)


def test_a_tree_without_the_queries_has_no_coverage_to_show(
    root: Path,
) -> None:
    assert coverage.of(root, {}) is None


def test_coverage_is_told_in_two_tables(capsys: pytest.CaptureFixture[str]) -> None:
    shares = (Share("cities linked to Wikidata", 2, 3), Share("ties with a start", 0, 0))
    terminal.show_coverage(Coverage(shares, (("Gazette", 7),), 2, 5))
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert told == [
        ["Coverage", "(more", "at", "/gaps)"],
        ["cities", "linked", "to", "Wikidata", "2", "of", "3", "67", "%"],
        ["ties", "with", "a", "start", "0", "of", "0", "0", "%"],
        ["Evidence,", "by", "source"],
        ["Gazette", "7"],
        ["2", "other", "sources", "5"],
    ]
