"""What the shapes say about the data, by pySHACL."""

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, dataclass
from itertools import chain
from pathlib import Path

import pyoxigraph as ox
import pyshacl
from pyshacl.errors import ReportableRuntimeError
from rdflib import RDF, RDFS, SH, Graph
from rdflib.term import BNode, Identifier, Literal, URIRef
from rdflib.term import Node as Term

from citydiplomacy.errors import CheckFailedError, Problem
from citydiplomacy.files import Tree, display
from citydiplomacy.namespaces import CD

# A value that is not of its datatype is reported as a problem, with file and line.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

# rdflib does not list the terms that are words of Python too.
_PYTHON_WORDS = ("and", "class", "in", "not", "or")
# Every term that a shape may use.
SHACL_TERMS = frozenset(str(term) for term in [*dir(SH), *map(SH.__getitem__, _PYTHON_WORDS)])

_REPAIR = URIRef(f"{CD}repair")


@dataclass(frozen=True)
class Findings:
    """What the shapes found: problems forbid publication, notices do not."""

    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()
    report: str = ""
    """The SHACL validation report, as N-Triples."""


def validate(tree: Tree, focus: Collection[str] | None = None) -> Findings:
    """Return what the shapes of the tree find in its data, or in the nodes of focus alone.

    Raises:
        CheckFailedError: pySHACL cannot apply the shapes.
    """
    if focus is not None and not focus:
        return Findings()
    shapes = graph(triple for document in tree.shapes for triple in document.triples)
    model = [triple for document in tree.model for triple in document.triples]
    # The model is data too: some shapes judge terms, others ask for the class of a concept.
    # So are its worked examples, which show how data is meant to be.
    told = chain.from_iterable(document.triples for document in (*tree.data, *tree.examples))
    data = graph(chain(model, told if focus is None else _around(tuple(told), focus)))
    if focus is not None:
        _aim(shapes, data, [URIRef(iri) for iri in focus])
    report = _report(data, shapes, graph(model))
    found: dict[bool, list[Problem]] = {True: [], False: []}
    # Results of shapes within a shape are typed as results too; only those of the whole are meant.
    for result in report.objects(None, SH.result):
        fatal = report.value(result, SH.resultSeverity) == SH.Violation
        found[fatal].append(_problem(tree, shapes, report, result))
    return Findings(tuple(found[True]), tuple(found[False]), _told_by_shapes(report, shapes))


@dataclass(frozen=True)
class Result:
    """What a shape says of one node; what is not known is empty."""

    focus: str
    path: str
    message: str
    value: str
    severity: str
    repair: str
    shape: str


@dataclass(frozen=True)
class Verdict:
    """What shapes say of data that stands on its own: how many of its nodes they judge, and how."""

    conforms: bool
    nodes: int
    judged: int
    results: tuple[Result, ...]
    report: str
    """The SHACL validation report, as N-Triples."""


def verdict(
    told: Collection[ox.Triple],
    known: Iterable[ox.Triple],
    model: Collection[ox.Triple],
    rules: Iterable[ox.Triple],
) -> Verdict:
    """Return what rules say of the subjects of what is told.

    Args:
        told: The data.
        known: What is known of the nodes that it mentions.
        model: The ontology.
        rules: The shapes.

    Raises:
        CheckFailedError: pySHACL cannot apply the shapes.
        TypeError: the data has a triple as an object.
    """
    shapes, data = graph(rules), graph(chain(model, known, told))
    focus = {_term(triple.subject) for triple in told}
    _aim(shapes, data, focus)
    judged = focus.intersection(shapes.objects(None, SH.targetNode))
    report = _report(data, shapes, graph(model))
    # Two constraints of one shape may say the same of one value.
    results = {_result(shapes, report, each) for each in report.objects(None, SH.result)}
    return Verdict(
        conforms=not results,
        nodes=len(focus),
        judged=len(judged),
        results=tuple(sorted(results, key=astuple)),
        report=report.serialize(format="nt"),
    )


def graph(triples: Iterable[ox.Triple]) -> Graph:
    """Return an rdflib graph of the triples, literals as written."""
    filled = Graph()
    for triple in triples:
        filled.add((_term(triple.subject), _term(triple.predicate), _term(triple.object)))
    return filled


def _around(triples: Collection[ox.Triple], focus: Collection[str]) -> Iterator[ox.Triple]:
    """Yield what is said of the nodes of focus, and of those one step from them, either way.

    Shapes speak of one node and of what its paths of one step lead to.
    """
    nodes = {ox.NamedNode(iri) for iri in focus}
    near: set[object] = set(nodes)
    for triple in triples:
        if triple.subject in nodes:
            near.add(triple.object)
        elif triple.object in nodes:
            near.add(triple.subject)
    return (triple for triple in triples if triple.subject in near)


def _aim(shapes: Graph, data: Graph, focus: Collection[Term]) -> None:
    """Let shapes judge nodes of focus in the place of all that they aim at.

    pySHACL's own `focus_nodes` leaves out the values of those nodes as well, so that a shape
    within a shape finds nothing to judge, and everything passes.
    """
    for way, aimed_at in ((SH.targetClass, _instances), (SH.targetSubjectsOf, _subjects)):
        for shape, target in list(shapes.subject_objects(way)):
            shapes.remove((shape, way, target))
            for node in aimed_at(data, target).intersection(focus):
                shapes.add((shape, SH.targetNode, node))


def _instances(data: Graph, class_: Term) -> set[Term]:
    below = data.transitive_subjects(RDFS.subClassOf, class_)
    return {node for each in below for node in data.subjects(RDF.type, each)}


def _subjects(data: Graph, predicate: Term) -> set[Term]:
    return set(data.subjects(predicate))


def _report(data: Graph, shapes: Graph, model: Graph) -> Graph:
    try:
        _, report, text = pyshacl.validate(data, shacl_graph=shapes, ont_graph=model, inplace=True)
    except ReportableRuntimeError as error:
        raise _unusable(str(error)) from error
    # pySHACL hands back a failure in place of the report where it cannot run a shape.
    if not isinstance(report, Graph):
        raise _unusable(text)
    return report


def _told_by_shapes(report: Graph, shapes: Graph) -> str:
    """Return a report as N-Triples, with the messages that shapes have.

    Those that pySHACL makes up name sets and blank nodes, in another order each time.
    """
    for result, _, message in list(report.triples((None, SH.resultMessage, None))):
        if (None, SH.message, message) not in shapes:
            report.remove((result, SH.resultMessage, message))
    return report.serialize(format="nt")


def _unusable(reason: str) -> CheckFailedError:
    repair = "Mend the shape; what it asks for is no SHACL that pySHACL can run."
    return CheckFailedError([Problem(Path("shapes"), None, reason, repair)])


def _term(node: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Identifier:
    match node:
        case ox.NamedNode():
            return URIRef(node.value)
        case ox.BlankNode():
            return BNode(node.value)
        case ox.Literal(language=str(language)):
            return Literal(node.value, lang=language)
        case ox.Literal():
            # Shapes judge what stands in the file, not what rdflib would make of it.
            return Literal(node.value, datatype=URIRef(node.datatype.value), normalize=False)
    raise TypeError(node)


def _problem(tree: Tree, shapes: Graph, report: Graph, result: Term) -> Problem:
    node = str(report.value(result, SH.focusNode))
    path = report.value(result, SH.resultPath)
    value = report.value(result, SH.value)
    message = _message(report, result)
    is_telling = isinstance(value, URIRef | Literal) and str(value) != node
    told = f" (here: {display(str(value))})" if is_telling else ""
    return tree.problem_of(
        node,
        f"{message.rstrip('.')}{told}.",
        _repair(shapes, report.value(result, SH.sourceShape)),
        str(path) if isinstance(path, URIRef) else None,
    )


def _message(report: Graph, result: Term) -> str:
    return min((str(text) for text in report.objects(result, SH.resultMessage)), default="")


def _result(shapes: Graph, report: Graph, result: Term) -> Result:
    def told(property_: URIRef) -> str:
        value = report.value(result, property_)
        return "" if value is None else value.n3() if isinstance(value, BNode) else str(value)

    path = report.value(result, SH.resultPath)
    shape = report.value(result, SH.sourceShape)
    return Result(
        severity=told(SH.resultSeverity).rpartition("#")[2],
        focus=told(SH.focusNode),
        path=str(path) if isinstance(path, URIRef) else "",
        value=told(SH.value),
        message=_message(report, result),
        repair=_repair(shapes, shape),
        shape=_named(shapes, shape),
    )


def _named(shapes: Graph, shape: Term | None) -> str:
    """Return the IRI of a shape, or of the one around it."""
    while shape is not None and not isinstance(shape, URIRef):
        shape = shapes.value(predicate=SH.property, object=shape)
    return str(shape or "")


def _repair(shapes: Graph, shape: Term | None) -> str:
    """Return the repair that the shape gives, or the shape around it, or where to read on."""
    name = ""
    while shape is not None:
        repair = shapes.value(shape, _REPAIR)
        if repair is not None:
            return str(repair)
        name = str(shape) if isinstance(shape, URIRef) else name
        shape = shapes.value(predicate=SH.property, object=shape)
    return f"Correct it so that the shape {display(name)} holds."
