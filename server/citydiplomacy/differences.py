"""What becomes of entities and terms from one version of the data to the next.

Canonical N-Quads are read line by line, which takes a fraction of what a parser takes.
"""

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from citydiplomacy.namespaces import (
    BASE,
    CD,
    CURATED,
    IMPORTED,
    ONTOLOGY_GRAPH,
    PREFIXES,
    VOCAB,
    entity_name,
)
from citydiplomacy.published import ADDED, CHANGED, RETIRED, Changes, Counts

_DEPRECATED = f'<{PREFIXES["owl"]}deprecated> "true"^^<{PREFIXES["xsd"]}boolean>'
_BLANK = "_:"
_ORIGIN = f"<{BASE}dataset/"

Statements = frozenset[str]


@dataclass
class State:
    """What one version says: statements by the IRI of an entity or term, and who is retired."""

    entities: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    terms: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    graphs: dict[str, str] = field(default_factory=dict)
    """In which named graph an entity or term is described."""

    @property
    def iris(self) -> set[str]:
        """Every entity and term."""
        return {*self.entities, *self.terms}

    def is_retired(self, iri: str) -> bool:
        """Tell whether an entity or term is retired."""
        return _DEPRECATED in (self.entities.get(iri) or self.terms.get(iri) or ())

    def counts(self) -> tuple[Counts, Counts]:
        """Return how many entities and how many terms there are, by kind.

        A term that is retired stays usable and counts; an entity that is retired does not.
        """
        in_use = [iri for iri in self.entities if not self.is_retired(iri)]
        return _counted(in_use), _counted(self.terms)


def state(nquads: bytes) -> State:
    """Return what canonical N-Quads say of entities and of terms."""
    found = State()
    blank: defaultdict[str, list[str]] = defaultdict(list)
    for subject, said, graph in _statements(nquads):
        if subject.startswith(_BLANK):
            blank[subject].append(said)
        elif (about := _described(found, subject, graph)) is not None:
            about.add(said)
            found.graphs[subject[1:-1]] = graph
    # Which label a blank node has may change with any other one: what counts is what it says.
    for descriptions in (found.entities, found.terms):
        for iri, said_of_it in descriptions.items():
            descriptions[iri] = {_without_labels(each, blank) for each in said_of_it}
    return found


def between(before: State, after: State) -> Changes:
    """Return which entities and terms were added, changed or retired, by kind."""
    changes: dict[str, defaultdict[str, list[str]]] = {
        each: defaultdict(list) for each in (ADDED, CHANGED, RETIRED)
    }
    for old, new in ((before.entities, after.entities), (before.terms, after.terms)):
        for iri in sorted(new):
            if new[iri] == old.get(iri):
                continue
            is_newly_retired = after.is_retired(iri) and not before.is_retired(iri)
            became = RETIRED if is_newly_retired else CHANGED if iri in old else ADDED
            changes[became][kind(iri)].append(iri)
    return {each: dict(sorted(by_kind.items())) for each, by_kind in changes.items()}


def vanished(before: State, after: State) -> list[str]:
    """Return the entities and terms that are gone without being retired."""
    return sorted(before.iris - after.iris)


def patch(before: bytes, after: bytes, versions: tuple[str, str]) -> bytes:
    """Return what makes canonical N-Quads of others, as an RDF Patch.

    Blank nodes have the labels of the two canonical files: applied to the lines of the one, it
    gives the lines of the other.
    """
    old, new = (set(each.decode().split("\n")[:-1]) for each in (before, after))
    previous, this = (f"{_ORIGIN}{version}>" for version in versions)
    lines = [
        f"H id {this} .",
        f"H prev {previous} .",
        "TX .",
        *(f"D {line}" for line in sorted(old - new)),
        *(f"A {line}" for line in sorted(new - old)),
        "TC .",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def kind(iri: str) -> str:
    """Return the kind of an entity, or the document that defines a term: `vocab/confidence`.

    The documents themselves, each a concept scheme, are of the kind `vocab`.
    """
    name = entity_name(iri)
    return name.kind if name else iri.removeprefix(BASE).partition("#")[0]


def _statements(nquads: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield of each line the subject, predicate with object, and the IRI of the graph."""
    for line in io.BytesIO(nquads):
        subject, _, rest = line.decode().partition(" ")
        said, graph, _ = rest.rsplit(" ", 2)
        yield subject, said, graph[1:-1]


def _described(found: State, subject: str, graph: str) -> set[str] | None:
    """Return where statements about a subject are gathered, if it is an entity or a term."""
    iri = subject[1:-1]
    if graph == ONTOLOGY_GRAPH:
        return found.terms[iri] if iri.startswith((CD, VOCAB)) else None
    if graph == CURATED or graph.startswith(IMPORTED):
        return found.entities[iri] if entity_name(iri) else None
    return None


def _without_labels(
    said: str, blank: Mapping[str, Iterable[str]], around: tuple[str, ...] = ()
) -> str:
    predicate, _, value = said.partition(" ")
    if value in around:  # it leads back to where it came from
        return predicate
    if not value.startswith(_BLANK):
        return said
    within = (_without_labels(each, blank, (*around, value)) for each in blank.get(value, ()))
    return f"{predicate} [{' ; '.join(sorted(within))}]"


def _counted(iris: Iterable[str]) -> Counts:
    return dict(sorted(Counter(map(kind, iris)).items()))
