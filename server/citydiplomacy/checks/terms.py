"""Every IRI of ours that a file uses exists: terms in the ontology, entities in the data."""

import difflib
from collections.abc import Iterator

import pyoxigraph as ox

from citydiplomacy.errors import Problem
from citydiplomacy.files import Document, Tree, display, subject_iri
from citydiplomacy.namespaces import CD, VOCAB, entity_name, is_ours
from citydiplomacy.vocabulary import Vocabulary


def problems(tree: Tree, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield each IRI of ours that leads nowhere, at the place that uses it."""
    terms = vocabulary.types.keys() | {iri for shape in tree.shapes for iri in shape.subjects}
    entities = (*tree.data, *tree.examples)
    for document in tree.documents:
        for subject, iri in _uses(document):
            if iri.startswith((CD, VOCAB)):
                if iri not in terms:
                    yield _unknown(document, subject, iri, vocabulary)
            elif document in entities and iri not in tree.homes and iri not in tree.graphs:
                yield _dangling(document, subject, iri)
    yield from _stated_by_the_ontology(tree)


def _uses(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each IRI of ours once, with the named subject above its first use."""
    seen: set[str] = set()
    above = ""
    for triple in document.triples:
        if isinstance(triple.subject, ox.NamedNode):
            above = triple.subject.value
        for node in (triple.subject, triple.predicate, triple.object):
            if isinstance(node, ox.NamedNode) and is_ours(node.value) and node.value not in seen:
                seen.add(node.value)
                yield above, node.value


def nearest(iri: str, vocabulary: Vocabulary) -> str:
    """Return what to do about an unknown term: mostly, which one is meant."""
    namespace, _, name = iri.rpartition("#")
    siblings = [term for term in vocabulary.types if term.startswith(f"{namespace}#")]
    near = difflib.get_close_matches(name, [term.rpartition("#")[2] for term in siblings], 1)
    if near:
        return f"Do you mean {display(f'{namespace}#{near[0]}')}?"
    return "Define it in ontology/, or use a known term."


def _unknown(document: Document, subject: str, iri: str, vocabulary: Vocabulary) -> Problem:
    message = f"{display(iri)} is not defined."
    return document.problem(message, nearest(iri, vocabulary), subject, iri)


def _dangling(document: Document, subject: str, iri: str) -> Problem:
    name = entity_name(iri)
    if name is None:
        return document.problem(
            f"<{iri}> is no IRI of an entity.",
            "Entities are <kind>/<slug>; a slug has ASCII lower-case letters, digits and single "
            "hyphens.",
            subject,
            iri,
        )
    return document.problem(
        f"no file describes {display(iri)}.",
        f"Write data/{name.kind}/{name.slug}.ttl, or correct the IRI.",
        subject,
        iri,
    )


def _stated_by_the_ontology(tree: Tree) -> Iterator[Problem]:
    stated = {triple for document in tree.model for triple in document.triples}
    for document in (*tree.data, *tree.dataset):
        for triple in document.triples:
            if triple in stated:
                yield document.problem(
                    "the ontology states this triple too.",
                    "Delete it here: a triple stands in one named graph.",
                    subject_iri(triple),
                    triple.predicate.value,
                )
