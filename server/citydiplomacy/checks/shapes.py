"""The shapes themselves: misspelt, they would let everything pass."""

import difflib
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy.errors import Problem
from citydiplomacy.files import Document, Tree, display, subject_iri
from citydiplomacy.namespaces import RDF_TYPE
from citydiplomacy.vocabulary import Vocabulary

_SH = "http://www.w3.org/ns/shacl#"
_SHAPE = f"{_SH}NodeShape"


def problems(tree: Tree, vocabulary: Vocabulary, known: Set[str]) -> Iterator[Problem]:
    """Yield what keeps shapes from judging anything; `known` are the terms of SHACL."""
    if not tree.shapes:
        yield Problem(Path("shapes"), None, "there is no shape.", "Put the files of shapes back.")
    focus = _focus(tree, vocabulary)
    used = {
        triple.object.value
        for document in tree.shapes
        for triple in document.triples
        if isinstance(triple.object, ox.NamedNode)
    }
    for document in tree.shapes:
        yield from _unknown_terms(document, known)
        for shape in node_shapes(document):
            yield from _target_problems(document, shape, focus, used)


def node_shapes(document: Document) -> list[str]:
    """Return the shapes for nodes in a file."""
    return [iri for iri in document.subjects if _SHAPE in document.objects(iri, RDF_TYPE)]


def _unknown_terms(document: Document, known: Set[str]) -> Iterator[Problem]:
    names = {iri.removeprefix(_SH): iri for iri in known}
    subject: str | None = None
    for triple in document.triples:
        subject = subject_iri(triple) or subject
        for node in (triple.predicate, triple.object):
            if not isinstance(node, ox.NamedNode) or not node.value.startswith(_SH):
                continue
            if node.value not in known:
                name = node.value.removeprefix(_SH)
                near = difflib.get_close_matches(name, names, 1)
                repair = f"Do you mean sh:{near[0]}?" if near else "See the SHACL vocabulary."
                yield document.problem(f"sh:{name} is no SHACL.", repair, subject, node.value)


def _focus(tree: Tree, vocabulary: Vocabulary) -> dict[str, set[str]]:
    """Return for each way to name a target what it may name and find something."""
    documents = (*tree.data, *tree.examples, *tree.model)
    triples = [triple for document in documents for triple in document.triples]
    classes = {
        triple.object.value
        for triple in triples
        if triple.predicate.value == RDF_TYPE and isinstance(triple.object, ox.NamedNode)
    }
    predicates = {triple.predicate.value for triple in triples}
    return {
        "targetClass": {above for each in classes for above in vocabulary.ancestors(each)},
        "targetNode": {iri for document in documents for iri in document.subjects},
        "targetSubjectsOf": predicates,
        "targetObjectsOf": predicates,
    }


def _target_problems(
    document: Document, shape: str, focus: Mapping[str, set[str]], used: Set[str]
) -> Iterator[Problem]:
    targets = [(way, value) for way in focus for value in document.objects(shape, f"{_SH}{way}")]
    if not targets and shape not in used:
        message = f"nothing leads to the shape {display(shape)}."
        yield document.problem(message, "Give it a target, or use it in another shape.", shape)
    for way, value in targets:
        if value not in focus[way]:
            yield document.problem(
                f"{display(shape)} has nothing to judge: no data for sh:{way} {display(value)}.",
                "Correct the target, or add an example to ontology/examples/.",
                shape,
                value,
            )
