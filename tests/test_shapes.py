"""What shapes, checks and reasoner refuse: each has an example that it rejects."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import SH, Graph

from citydiplomacy import (
    checks,
    derivation,
    evaluation,
    files,
    paths,
    reasoning,
    validation,
    vocabulary,
)
from citydiplomacy.checks import zero_rows
from citydiplomacy.errors import Problem
from citydiplomacy.namespaces import BASE, CD, CURATED, ONTOLOGY_GRAPH

ROOT = paths.root()
HERE = Path(__file__).parent
REJECTED = sorted((HERE / "rejected").glob("*.ttl"))
INCONSISTENT = sorted((HERE / "inconsistent").glob("*.ttl"))
SHAPES = sorted((ROOT / "shapes").glob("*.ttl"))
CHECKS = evaluation.load("checks", ROOT)


def quoted(file: Path) -> list[str]:
    """Return what an example says that its rejection says."""
    return re.findall(r"^# says: (.+)$", file.read_text("utf-8"), re.MULTILINE)


def begins(said: list[str], text: str) -> bool:
    return any(each.startswith(text.rstrip(".")) for each in said)


QUOTED = {message for file in REJECTED for message in quoted(file)}


@pytest.fixture(scope="module")
def world() -> files.Tree:
    """The example world, and the worked examples, under the real ontology and shapes."""
    tree = files.read(ROOT)
    return replace(tree, data=(files.parse(HERE, HERE / "example" / "world.ttl"),))


@pytest.fixture(scope="module")
def crowd(world: files.Tree) -> files.Tree:
    """The world and all rejected examples at once: pySHACL is slow to start."""
    return replace(world, data=(*world.data, *(files.parse(HERE, file) for file in REJECTED)))


def judge(tree: files.Tree, focus: list[str] | None = None) -> tuple[Problem, ...]:
    """Return all that the shapes say against a tree, warnings too."""
    findings = validation.validate(tree, focus)
    return findings.problems + findings.notices


@pytest.fixture(scope="module")
def verdict(crowd: files.Tree) -> tuple[Problem, ...]:
    """What the shapes say against all rejected examples."""
    return judge(crowd)


def faults(tree: files.Tree, focus: list[str] | None = None) -> list[str]:
    """Return what the checks say against the data of a tree, or some nodes of it."""
    return [problem.message for problem in found(tree, focus)]


def found(tree: files.Tree, focus: list[str] | None = None) -> Iterator[Problem]:
    model = frozenset(triple for document in tree.model for triple in document.triples)
    told = (*tree.data, *tree.examples)
    data = frozenset(triple for document in told for triple in document.triples)
    graphs = {CURATED: data, ONTOLOGY_GRAPH: model}
    return zero_rows.problems(tree, CHECKS, graphs, focus)


def test_the_example_world_and_the_worked_examples_are_accepted(world: files.Tree) -> None:
    assert validation.validate(world).problems == ()
    assert faults(world) == []


@pytest.mark.parametrize("file", REJECTED, ids=lambda file: file.stem)
def test_an_example_is_rejected_with_the_message_it_quotes(
    file: Path, world: files.Tree, verdict: tuple[Problem, ...]
) -> None:
    wrong = files.parse(HERE, file)
    said = [problem.message for problem in verdict if problem.file == wrong.file]
    said += faults(replace(world, data=(*world.data, wrong)))
    assert quoted(file)
    assert [text for text in quoted(file) if not begins(said, text)] == [], said


def test_nodes_judged_alone_are_told_the_same(
    crowd: files.Tree, verdict: tuple[Problem, ...]
) -> None:
    focus = [iri for document in crowd.data for iri in document.subjects]
    assert set(judge(crowd, focus)) == set(verdict)


@pytest.mark.parametrize("file", REJECTED[::6], ids=lambda file: file.stem)
def test_one_file_alone_is_told_what_it_is_told_among_all(
    file: Path, crowd: files.Tree, verdict: tuple[Problem, ...]
) -> None:
    place = file.relative_to(HERE)
    focus = [iri for document in crowd.data if document.file == place for iri in document.subjects]
    among_all = {problem for problem in (*verdict, *found(crowd)) if problem.file == place}
    alone = (*judge(crowd, focus), *found(crowd, focus))
    assert {problem for problem in alone if problem.file == place} == among_all


@pytest.mark.parametrize("file", SHAPES, ids=lambda file: file.stem)
def test_every_message_of_a_shape_has_an_example_that_earns_it(file: Path) -> None:
    messages = {str(message) for message in Graph().parse(file).objects(None, SH.message)}
    assert messages
    assert messages <= QUOTED


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.query.slug)
def test_every_check_has_an_example_that_it_rejects(check: evaluation.QueryFile) -> None:
    assert check.query.title in QUOTED


def test_only_a_tie_in_force_or_listed_is_a_partnership(world: files.Tree) -> None:
    stated = [t for document in (*world.model, *world.examples) for t in document.triples]
    derived = {" ".join(str(node) for node in t) for t in derivation.derive(ROOT, stated)}
    example = re.compile(
        r"<https://example\.org/lindow> <\S+#(has\w+)> <https://example\.org/(\w+)>"
    )
    # The tie with Penwick was ended.
    assert {found.groups() for found in map(example.fullmatch, derived) if found} == {
        ("hasCityPartnership", "marbury"),
        ("hasSisterCity", "marbury"),
        ("hasSuspendedPartnership", "oakford"),
        ("hasProposedPartnership", "quayside"),
    }


@pytest.mark.parametrize("file", INCONSISTENT, ids=lambda file: file.stem)
def test_a_contradiction_is_found_by_hermit(file: Path, world: files.Tree) -> None:
    pytest.importorskip("owlready2", reason="the extra `reasoning` is not installed")
    documents = (*world.model, *world.data, files.parse(HERE, file))
    assert not reasoning.is_consistent(t for document in documents for t in document.triples)


def test_the_example_world_does_not_contradict_itself(world: files.Tree) -> None:
    pytest.importorskip("owlready2", reason="the extra `reasoning` is not installed")
    stated = [t for document in (*world.model, *world.data) for t in document.triples]
    assert reasoning.is_consistent([*stated, *derivation.derive(ROOT, stated)])


def test_the_published_data_is_clean_and_consistent() -> None:
    pytest.importorskip("owlready2", reason="the extra `reasoning` is not installed")
    report = checks.run(ROOT)
    assert report.problems == ()
    assert report.left_out == ()


def test_every_kind_but_evidence_and_what_wikidata_says_has_to_have_a_name(
    world: files.Tree,
) -> None:
    words = vocabulary.read(world.model)
    shape, target = f"{BASE}shapes#Named", str(SH.targetClass)
    named = {class_ for document in world.shapes for class_ in document.objects(shape, target)}
    nameless = {class_ for class_ in words.kinds if not named & words.ancestors(class_)}
    assert nameless == {f"{CD}Evidence", f"{CD}WikidataRecord"}
