"""One name, three places: a data file describes the entity that its folder and name promise."""

import difflib
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from citydiplomacy import paths
from citydiplomacy.errors import Problem
from citydiplomacy.files import Document, Tree, display
from citydiplomacy.namespaces import (
    CD,
    CURATED,
    PREFIXES,
    RDF_TYPE,
    SLUG,
    EntityName,
    entity_name,
)
from citydiplomacy.vocabulary import Vocabulary

_EVIDENCE = f"{CD}Evidence"
_RECORD = "wikidata-record"
# What Wikidata names itself: a statement of one item, and a reference, which items may share.
_STATEMENT, _REFERENCE = f"{CD}WikidataStatement", f"{CD}WikidataReference"
_HAS_EVIDENCE = f"{CD}evidence"
_LICENCE = f"{PREFIXES['dcterms']}license"
_DEPRECATED = f"{PREFIXES['owl']}deprecated"
_OF_RETIRED = {_DEPRECATED, f"{PREFIXES['dcterms']}isReplacedBy"}


def problems(tree: Tree, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what is wrong with the names and the subjects of the data files."""
    if not tree.data:
        # A check that finds nothing to check must fail.
        yield Problem(Path("data"), None, "there is no data file.", "Put the data back.")
    yield from _unread(tree.root)
    for document in tree.data:
        if document.many in vocabulary.classes_of_kind:
            yield from _many_problems(document, vocabulary)
        else:
            yield from _file_problems(document, vocabulary)
    yield from _doubles(tree)
    yield from _unlicensed(tree)


def _unread(root: Path) -> Iterator[Problem]:
    """Yield files that nobody would read: no data, no layout of a text, no published version."""
    for file in sorted((root / "data").rglob("*")):
        is_layout = file.suffix == ".toml" and file.with_suffix(".ttl").exists()
        is_known = is_layout or file.parent == paths.versions(root)
        if file.is_file() and file.suffix != ".ttl" and not is_known:
            repair = "Name it <slug>.ttl, or take it out of data/."
            yield Problem(file.relative_to(root), None, "the file is no Turtle file.", repair)


def _file_problems(document: Document, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what is wrong with the name and subjects of a file about one entity."""
    name = _promised_name(document)
    if name is None:
        yield document.problem(
            f"the file is not named {document.folder}/<kind>/<slug>.ttl.",
            "Move it to the folder of its kind; a slug has ASCII lower-case letters, digits "
            "and single hyphens.",
        )
    elif name.kind not in vocabulary.classes_of_kind:
        yield _unknown_kind(document, name, vocabulary)
    elif name.kind == _RECORD and document.graph == CURATED:
        yield document.problem(
            "what Wikidata says is nothing that people write.",
            "Let `citydiplomacy harvest wikidata` write it below data/imported/.",
        )
    else:
        yield from _subject_problems(document, name, vocabulary)
        yield from _evidence_problems(document)


def _many_problems(document: Document, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what is wrong with the names and subjects of a file that has many of one kind."""
    kind = document.many
    for iri in document.subjects:
        name = entity_name(iri)
        if name and name.kind == kind:
            yield from _class_problems(document, name, vocabulary)
        elif not _is_evidence(document, iri):
            place = f"{document.folder}/{name.kind}.ttl" if name else "a file of its own kind"
            yield document.problem(f"{display(iri)} is no {kind}.", f"Move it to {place}.", iri)
    yield from _evidence_problems(document)


def _promised_name(document: Document) -> EntityName | None:
    kind = document.file.parent
    if kind.parent != document.folder or not SLUG.fullmatch(document.file.stem):
        return None
    return EntityName(kind.name, document.file.stem)


def _unknown_kind(document: Document, name: EntityName, vocabulary: Vocabulary) -> Problem:
    near = difflib.get_close_matches(name.kind, vocabulary.classes_of_kind, 1)
    hint = f"Is it {document.folder}/{near[0]}? If not, declare" if near else "Declare"
    return document.problem(
        f"{name.kind} is not a kind.", f'{hint} cd:kind "{name.kind}" on a class of the ontology.'
    )


def _is_evidence(document: Document, iri: str) -> bool:
    return _EVIDENCE in document.objects(iri, RDF_TYPE)


def _is_retired_evidence(document: Document, iri: str) -> bool:
    """Tell whether a subject is evidence of which is said that it was retired, and no more.

    It backs nothing any longer, and stays in the file of the node that it backed.
    """
    name = entity_name(iri)
    is_evidence = name is not None and name.kind == "evidence"
    said = {triple.predicate.value for triple in document.about(iri)}
    return is_evidence and "true" in document.objects(iri, _DEPRECATED) and said <= _OF_RETIRED


def _is_of_wikidata(document: Document, iri: str) -> bool:
    """Tell whether a subject belongs to a record of Wikidata, in a file that is one."""
    is_record = document.graph != CURATED and document.file.parent.name == _RECORD
    return is_record and bool({_STATEMENT, _REFERENCE} & {*document.objects(iri, RDF_TYPE)})


def _subject_problems(
    document: Document, name: EntityName, vocabulary: Vocabulary
) -> Iterator[Problem]:
    described = [
        iri
        for iri in document.subjects
        if not _is_evidence(document, iri)
        and not _is_retired_evidence(document, iri)
        and not _is_of_wikidata(document, iri)
    ]
    others = [iri for iri in described if iri != name.iri]
    if name.iri in described:
        yield from _class_problems(document, name, vocabulary)
    elif len(others) == 1:
        yield _misnamed(document, name, others.pop())
    else:
        yield document.problem(
            f"nothing is said about {display(name.iri)}.", f"Describe <{name.iri}> in it."
        )
    for iri in others:
        yield _stray(document, iri)


def _misnamed(document: Document, name: EntityName, iri: str) -> Problem:
    found = entity_name(iri)
    if found is None:
        repair = f"Name the subject <{name.iri}>."
    elif found.kind == name.kind:
        repair = f"Rename the file to {found.slug}.ttl."
    else:
        repair = f"Move the file to {document.folder}/{found.kind}/{found.slug}.ttl."
    return document.problem(f"subject is {display(iri)}.", repair, iri)


def _stray(document: Document, iri: str) -> Problem:
    found = entity_name(iri)
    repair = (
        f"Move those statements to {document.folder}/{found.kind}/{found.slug}.ttl."
        if found
        else "A data file describes its own entity and the evidence for it, nothing else."
    )
    return document.problem(f"{display(iri)} is described here too.", repair, iri)


def _class_problems(
    document: Document, name: EntityName, vocabulary: Vocabulary
) -> Iterator[Problem]:
    classes = document.objects(name.iri, RDF_TYPE)
    if name.kind in vocabulary.kinds_of(classes):
        return
    wanted = " or ".join(display(class_) for class_ in vocabulary.classes_of_kind[name.kind])
    stated = ", ".join(display(class_) for class_ in classes) or "nothing"
    folders = " or ".join(
        f"{document.folder}/{kind}" for kind in sorted(vocabulary.kinds_of(classes))
    )
    move = f", or move the file to {folders}" if folders else ""
    yield document.problem(
        f"{display(name.iri)} is stated to be {stated}, which is no {name.kind}.",
        f"Make it {wanted} or a subclass of it{move}.",
        name.iri,
    )


def _evidence_problems(document: Document) -> Iterator[Problem]:
    supported = {
        triple.object for triple in document.triples if triple.predicate.value == _HAS_EVIDENCE
    }
    for iri in document.subjects:
        if not _is_evidence(document, iri):
            continue
        name = entity_name(iri)
        if name is None or name.kind != "evidence":
            yield document.problem(
                f"{display(iri)} is no IRI for evidence.",
                "Name it evidence/<row>, or evidence/<source>-<number>.",
                iri,
            )
        if ox.NamedNode(iri) not in supported:
            yield document.problem(
                f"{display(iri)} supports nothing in this file.",
                "Add `cd:evidence` to it where it belongs, or move it to the file it supports.",
                iri,
            )


def _unlicensed(tree: Tree) -> Iterator[Problem]:
    """Yield the imported graphs of which nobody says who may use them, and how."""
    for graph in sorted(tree.graphs - {CURATED}):
        if not any(document.objects(graph, _LICENCE) for document in tree.dataset):
            message = f"nothing is said about the licence of <{graph}>."
            repair = "Describe the graph, with dcterms:title, dcterms:description, dcterms:license."
            yield Problem(Path("data/dataset.ttl"), None, message, repair)


def _doubles(tree: Tree) -> Iterator[Problem]:
    for document in tree.data:
        for iri in document.subjects:
            home = tree.homes[iri]
            # A reference is named by its content: whoever describes it says the same.
            if home is not document and _REFERENCE not in document.objects(iri, RDF_TYPE):
                yield document.problem(
                    f"{display(iri)} is described in {home.file} too.",
                    "Keep one of the two, or give this one an IRI of its own.",
                    iri,
                )
