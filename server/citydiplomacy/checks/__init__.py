"""Everything that must be true of a tree of files before any of it is published."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy import (
    derivation,
    evaluation,
    files,
    passages,
    reasoning,
    validation,
    vocabulary,
)
from citydiplomacy.checks import literals, naming, queries, shapes, terms, zero_rows
from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.namespaces import CURATED, DERIVED, ONTOLOGY_GRAPH, SHAPES_GRAPH

Progress = Callable[[str], None]


def silent(_step: str) -> None:
    """Show nothing."""


@dataclass
class Report:
    """What a check looked at, what it found, and the graphs that a release is made of."""

    tree: files.Tree
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()
    checks: int = 0
    graphs: evaluation.Graphs = field(default_factory=dict)
    shacl: str = ""
    """What the shapes say of all of it, as N-Triples."""
    left_out: tuple[str, ...] = ()
    """What was not looked at, and why."""

    @property
    def looked_at(self) -> str:
        """How much there was to look at."""
        judges = sum(len(shapes.node_shapes(document)) for document in self.tree.shapes)
        return f"Checked {len(self.tree.documents)} files, {judges} shapes, {self.checks} checks"


def run(
    root: Path, only: Collection[Path] = (), *, reason: bool = True, progress: Progress = silent
) -> Report:
    """Return what is wrong below the root, or in some of its data files alone.

    Each stage begins when the one before it found nothing: a misspelt class would be reported
    again by every shape. HermiT judges the whole, so it is left out where only some files count.
    """
    progress("Reading the files")
    report = Report(files.read(root))
    report.problems = report.tree.problems
    stages = [_check_files, _check_content, *([_check_consistency] if reason and not only else [])]
    for stage in stages:
        if report.problems:
            report.left_out += ("What comes after these problems was not checked yet.",)
            break
        try:
            stage(report, only, progress)
        except CheckFailedError as error:
            report.problems = error.problems
    return report


def _check_files(report: Report, only: Collection[Path], progress: Progress) -> None:
    progress("Checking names and terms")
    whole = report.tree
    tree = whole.part(each for each in whole.data if _counts(each.file, only)) if only else whole
    words = vocabulary.read(tree.model)
    found = chain(
        naming.problems(tree, words),
        terms.problems(tree, words),
        literals.problems(tree),
        shapes.problems(tree, words, validation.SHACL_TERMS),
        queries.problems(tree.root, words),
    )
    report.problems = _concerning(only, found)


def _check_content(report: Report, only: Collection[Path], progress: Progress) -> None:
    tree = report.tree
    model = frozenset(triple for document in tree.model for triple in document.triples)
    stated = _by_graph(tree.data)
    if not only:
        progress("Applying the rules")
        derived = derivation.derive(tree.root, model.union(*stated.values()))
        positions = passages.positions(tree)
        report.graphs = {
            **stated,
            DERIVED: derived.union(positions),
            ONTOLOGY_GRAPH: model.union(vocabulary.parts(tree.ontology)),
            SHAPES_GRAPH: frozenset(triple for each in tree.shapes for triple in each.triples),
        }
    judged = (*tree.model, *tree.examples, *tree.data)
    chosen = (document for document in judged if _counts(document.file, only))
    focus = [iri for document in chosen for iri in document.subjects] if only else None
    progress("Applying the shapes")
    findings = validation.validate(tree, focus)
    progress("Running the checks")
    checks = evaluation.load("checks", tree.root)
    # Checks judge what people wrote, examples too, so what the rules add is kept from them.
    examples = frozenset(triple for document in tree.examples for triple in document.triples)
    written = {**stated, CURATED: stated[CURATED] | examples, ONTOLOGY_GRAPH: model}
    faults = zero_rows.problems(tree, checks, written, focus)
    report.checks = len(checks)
    report.shacl = findings.report
    report.notices = _concerning(only, findings.notices)
    report.problems = _concerning(only, chain(findings.problems, faults))


def _by_graph(documents: Iterable[files.Document]) -> dict[str, frozenset[ox.Triple]]:
    """Return what data files state, by the named graph in which it is published."""
    graphs: defaultdict[str, set[ox.Triple]] = defaultdict(set)
    for document in documents:
        graphs[document.graph].update(document.triples)
    return {CURATED: frozenset()} | {name: frozenset(each) for name, each in graphs.items()}


def _check_consistency(report: Report, _only: Collection[Path], progress: Progress) -> None:
    progress("Reasoning (HermiT)")
    try:
        report.problems = reasoning.problems(report.tree, report.graphs[DERIVED])
    except reasoning.ReasoningUnavailableError as error:
        report.left_out += (str(error),)


def _concerning(only: Collection[Path], problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems that count, once each, in the order of files and lines."""
    found = {problem for problem in problems if _counts(problem.file, only)}
    return tuple(sorted(found, key=lambda p: (p.file, p.line or 0, p.message)))


def _counts(file: Path, only: Collection[Path]) -> bool:
    return not only or any(file == part or part in file.parents for part in only)
