"""The model as a reader learns it: its modules, what leads where, and examples from the data."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from citydiplomacy import tables, terms
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import ONTOLOGY
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import Table, TableRow, Value
from citydiplomacy.terms import Term, TermDocument

_OTHERS = Value("Everything else", f"{ONTOLOGY}#module-others")


@dataclass(frozen=True)
class Example:
    """How often a term is used, and where: an instance of a class, or a statement."""

    count: int
    subject: Value
    value: Value | None = None


@dataclass(frozen=True)
class Module:
    """A part of the ontology with its terms, and the terms of others that its classes have."""

    name: Value
    description: str
    terms: tuple[Term, ...]
    borrowed: tuple[Term, ...]

    @property
    def anchor(self) -> str:
        """The fragment of its IRI, under which the page shows it."""
        return self.name.iri.partition("#")[2]

    @property
    def sections(self) -> dict[str, list[Term]]:
        """Its terms by section."""
        found: dict[str, list[Term]] = {}
        for term in self.terms:
            found.setdefault(term.section, []).append(term)
        return found


@dataclass(frozen=True)
class Model:
    """The ontology with its modules; what is known of its terms is found by their IRIs."""

    document: TermDocument
    modules: tuple[Module, ...]
    borrowed: tuple[Term, ...]
    examples: Mapping[str, Example]
    shapes: Mapping[str, list[Value]]
    """The shapes that speak of a term."""
    kinds: Mapping[str, list[Value]]
    """The classes below a class, and the properties below a property."""
    properties: Mapping[str, list[Value]]
    """The properties that a class has."""
    leading: Mapping[str, list[Value]]
    """The properties that lead to a class."""


@dataclass(frozen=True)
class ConceptUse:
    """That a concept is the value of a property: how often, and of whom."""

    property: Value
    count: int
    users: tuple[Value, ...]


def read(engine: Engine, queries: Mapping[str, NamedQuery]) -> Model:
    """Return the whole model.

    Raises:
        UnknownEntityError: the release has no ontology.
    """
    document = terms.read(engine, queries, ONTOLOGY)
    borrowed = _borrowed(_asked(engine, queries["model/borrowed"]).rows)
    all_terms = [*document.terms, *borrowed]
    above = (terms.inverted(all_terms, role) for role in (terms.KIND_OF, terms.SPECIAL_CASE_OF))
    return Model(
        document=document,
        modules=_modules(_asked(engine, queries["model/modules"]), document, borrowed),
        borrowed=borrowed,
        examples=_examples(engine, queries),
        shapes=_shapes(_asked(engine, queries["model/targets"]).rows),
        kinds={iri: names for each in above for iri, names in each.items()},
        properties=terms.inverted(all_terms, terms.DOMAIN),
        leading=terms.inverted(all_terms, terms.RANGE),
    )


def concept_uses(
    engine: Engine, queries: Mapping[str, NamedQuery], scheme: str
) -> dict[str, list[ConceptUse]]:
    """Return for each concept of a scheme what it is used for, the most frequent use first."""
    found: defaultdict[str, list[ConceptUse]] = defaultdict(list)
    for row in tables.ask(engine, queries["model/concepts"].about(document=scheme)).rows:
        concept, property_, count, *users = row.values
        if concept and property_ and count:
            named = tuple(dict.fromkeys(user for user in users if user))
            found[concept.iri].append(ConceptUse(property_, count.count, named))
    return found


def _asked(engine: Engine, query: NamedQuery) -> Table:
    return tables.ask(engine, query.text)


def _modules(table: Table, document: TermDocument, borrowed: Iterable[Term]) -> tuple[Module, ...]:
    """Return the modules in their order; terms that are in none come last."""
    known = {term.name.iri: term for term in document.terms}
    gathered: dict[tuple[Value, str], set[str]] = {}
    for row in table.rows:
        module, description, term = row.values
        if module and description and term:
            gathered.setdefault((module, description.text), set()).add(term.iri)
    rest = known.keys() - set().union(*gathered.values())
    if rest:
        gathered[_OTHERS, ""] = set(rest)
    return tuple(
        Module(
            name,
            description,
            tuple(term for iri, term in known.items() if iri in members),
            tuple(term for term in borrowed if _is_of(term, members)),
        )
        for (name, description), members in gathered.items()
    )


def _is_of(term: Term, members: set[str]) -> bool:
    return any(value.iri in members for value in term.said(terms.DOMAIN))


def _borrowed(rows: Iterable[TableRow]) -> tuple[Term, ...]:
    """Return the terms of others, each with what has it and where it leads."""
    gathered: dict[tuple[Value, str], dict[str, dict[Value, None]]] = {}
    for row in rows:
        name, type_, domain, range_ = row.values
        if name and type_:
            said = gathered.setdefault(
                (name, terms.SECTIONS[type_.text]), {terms.DOMAIN: {}, terms.RANGE: {}}
            )
            said[terms.DOMAIN] |= {domain: None} if domain else {}
            said[terms.RANGE] |= {range_: None} if range_ else {}
    return tuple(
        Term(name, section, {role: list(values) for role, values in said.items()})
        for (name, section), said in gathered.items()
    )


def _examples(engine: Engine, queries: Mapping[str, NamedQuery]) -> dict[str, Example]:
    """Return an example for each term that is used; of several values, the first one."""
    found: dict[str, Example] = {}
    for row in _asked(engine, queries["model/instances"]).rows:
        class_, count, subject = row.values
        if class_ and count and subject:
            found[class_.iri] = Example(count.count, subject)
    counts = {
        property_.iri: count.count
        for row in _asked(engine, queries["model/properties"]).rows
        for property_, count in [row.values]
        if property_ and count
    }
    instances = [example.subject.iri for example in found.values()]
    asked = queries["model/statements"].about(entity=instances)
    for row in tables.ask(engine, asked).rows:
        property_, subject, value = row.values
        if property_ and subject:
            found.setdefault(property_.iri, Example(counts[property_.iri], subject, value))
    return found


def _shapes(rows: Iterable[TableRow]) -> dict[str, list[Value]]:
    found: defaultdict[str, list[Value]] = defaultdict(list)
    for row in rows:
        term, shape = row.values
        if term and shape:
            found[term.iri].append(shape)
    return found
