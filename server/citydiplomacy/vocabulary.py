"""What the ontology declares: its terms, its classes and the kind that each class stands for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import pyoxigraph as ox

from citydiplomacy.files import Document
from citydiplomacy.namespaces import CD, PREFIXES, RDF_TYPE

_KIND = f"{CD}kind"
_SUBCLASS = f"{PREFIXES['rdfs']}subClassOf"
_DEFINED_BY = f"{PREFIXES['rdfs']}isDefinedBy"
_PART_OF = ox.NamedNode(f"{PREFIXES['dcterms']}isPartOf")
_MODULE = "http://purl.org/dc/dcmitype/Collection"


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The terms that files may use, and which class belongs to which kind."""

    types: Mapping[str, frozenset[str]]
    """For each term the classes it is declared as, such as owl:Class."""
    kinds: Mapping[str, str]
    parents: Mapping[str, frozenset[str]]

    @cached_property
    def classes_of_kind(self) -> Mapping[str, tuple[str, ...]]:
        """For each kind the classes that declare it, in the order of their names."""
        ordered = sorted(self.kinds.items())
        return {
            kind: tuple(class_ for class_, each in ordered if each == kind)
            for kind in sorted(set(self.kinds.values()))
        }

    def ancestors(self, class_: str) -> frozenset[str]:
        """Return the class with all its superclasses."""
        found: set[str] = set()
        waiting = [class_]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self.parents.get(current, ()))
        return frozenset(found)

    def kinds_of(self, classes: Iterable[str]) -> frozenset[str]:
        """Return the kinds that a node of these classes belongs to: the most specific ones."""
        lines = {class_: self.ancestors(class_) for class_ in classes}
        kinded = {c for ancestors in lines.values() for c in ancestors if c in self.kinds}
        general = {c for each in kinded for c in self.ancestors(each) - {each}}
        return frozenset(self.kinds[class_] for class_ in kinded - general)


def read(model: Iterable[Document]) -> Vocabulary:
    """Return what the files of the ontology and its vocabularies declare."""
    stated = [triple for document in model for triple in document.triples]
    kinds = {
        subject: value
        for subject, values in _values(stated, _KIND, ox.Literal).items()
        for value in values
    }
    return Vocabulary(
        types=_values(stated, RDF_TYPE, ox.NamedNode),
        kinds=kinds,
        parents=_values(stated, _SUBCLASS, ox.NamedNode),
    )


def parts(ontology: Iterable[Document]) -> Iterator[ox.Triple]:
    """Yield which term is part of which module: the one that its file describes."""
    for document in ontology:
        types = {iri: document.objects(iri, RDF_TYPE) for iri in document.subjects}
        modules = [iri for iri in document.subjects if _MODULE in types[iri]]
        terms = [iri for iri in document.subjects if document.objects(iri, _DEFINED_BY)]
        for module, term in product(modules, terms):
            yield ox.Triple(ox.NamedNode(term), _PART_OF, ox.NamedNode(module))


def _values(
    triples: Iterable[ox.Triple], predicate: str, kind: type[ox.NamedNode] | type[ox.Literal]
) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    wanted = ox.NamedNode(predicate)
    for triple in triples:
        about, value = triple.subject, triple.object
        if (
            triple.predicate == wanted
            and isinstance(about, ox.NamedNode)
            and isinstance(value, kind)
        ):
            found.setdefault(about.value, set()).add(value.value)
    return {subject: frozenset(values) for subject, values in found.items()}
