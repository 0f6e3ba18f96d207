"""The documents that define terms: the ontology and the concept schemes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from citydiplomacy import tables
from citydiplomacy.engine import Engine
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.namespaces import shorten
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import TableRow, Value

# What the query calls that which others ask for by name.
KIND_OF = "Kind of"
SPECIAL_CASE_OF = "Special case of"
NARROWER_THAN = "Narrower than"
DOMAIN = "Says something about"
RANGE = "Its value is"
_TYPE = "Type"
_FUNCTIONAL = "owl:FunctionalProperty"

CLASSES, PROPERTIES, ATTRIBUTES = "Classes", "Properties between things", "Properties with a value"
SECTIONS = {
    "owl:Class": CLASSES,
    "owl:ObjectProperty": PROPERTIES,
    "owl:DatatypeProperty": ATTRIBUTES,
    "owl:AnnotationProperty": "Annotations",
    "skos:Concept": "Concepts",
}
"""The headings under which terms of a type stand, in the order of a reader who is new to them."""


@dataclass(frozen=True)
class Term:
    """A class, property or concept: its name and what is said of it, by role."""

    name: Value
    section: str
    statements: Mapping[str, list[Value]]
    is_functional: bool = False
    """Whether it is a property of which nothing has two values."""

    @property
    def anchor(self) -> str:
        """The fragment of its IRI, under which the page shows it."""
        return self.name.iri.partition("#")[2]

    def said(self, role: str) -> list[Value]:
        """Return the values that the term has in a role; there may be none."""
        return self.statements.get(role, [])


@dataclass(frozen=True)
class Header:
    """What a document that defines terms says of itself."""

    iri: str
    title: str
    description: str
    version: str


@dataclass(frozen=True)
class TermDocument(Header):
    """A document that defines terms, with its terms by section."""

    sections: Mapping[str, list[Term]]

    @property
    def terms(self) -> list[Term]:
        """All its terms, section by section."""
        return [term for terms in self.sections.values() for term in terms]


def read(engine: Engine, queries: Mapping[str, NamedQuery], iri: str) -> TermDocument:
    """Return the document with all its terms.

    Raises:
        UnknownEntityError: there is no such document.
    """
    about = header(engine, queries, iri)
    rows = tables.ask(engine, queries["terms"].about(document=iri)).rows
    return TermDocument(iri, about.title, about.description, about.version, _sections(rows))


def header(engine: Engine, queries: Mapping[str, NamedQuery], iri: str) -> Header:
    """Return what the document says of itself.

    Raises:
        UnknownEntityError: there is no such document.
    """
    found = tables.ask(engine, queries["header"].about(document=iri))
    if not found.rows:
        raise UnknownEntityError(f"There is no document {iri}.", "See the model at /ontology.")
    title, description, version = (value.text if value else "" for value in found.rows[0].values)
    return Header(iri, title, description, version)


def inverted(terms: Iterable[Term], role: str) -> dict[str, list[Value]]:
    """Return for each IRI the terms that name it in a role."""
    found: defaultdict[str, list[Value]] = defaultdict(list)
    for term in terms:
        for value in term.said(role):
            found[value.iri].append(term.name)
    return found


def _sections(rows: tuple[TableRow, ...]) -> dict[str, list[Term]]:
    sections: dict[str, list[Term]] = {section: [] for section in SECTIONS.values()}
    for (name, class_), statements in _by_term(rows).items():
        section = SECTIONS.get(shorten(class_.iri))
        if section:
            types = {value.text for value in statements.pop(_TYPE, [])}
            sections[section].append(Term(name, section, statements, _FUNCTIONAL in types))
    return {section: terms for section, terms in sections.items() if terms}


def _by_term(rows: tuple[TableRow, ...]) -> dict[tuple[Value, Value], dict[str, list[Value]]]:
    found: dict[tuple[Value, Value], dict[str, list[Value]]] = {}
    for row in rows:
        name, class_, role, value = row.values
        if name and class_ and role and value:
            values = found.setdefault((name, class_), {}).setdefault(role.text, [])
            values.append(value)
    return found
