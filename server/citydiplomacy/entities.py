"""The entities of a release: their kinds, names, panels and notes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from citydiplomacy import listing, panels, tables
from citydiplomacy.engine import Engine
from citydiplomacy.errors import RetiredEntityError, UnknownEntityError
from citydiplomacy.listing import Sorting
from citydiplomacy.namespaces import EntityName
from citydiplomacy.panels import Note, Panel
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import Table, TableRow, Value

_ABOUT = ("identity", "relations")
"""The queries that tell what an entity is, and what may be asked of it."""

_LONG = 5_000
"""Entities whose list takes a second and more to be asked for."""


@dataclass(frozen=True)
class Kind:
    """A kind of entity, with the classes the ontology declares for it and how many there are."""

    name: str
    classes: tuple[Value, ...]
    definition: str
    count: int


@dataclass(frozen=True)
class Entity:
    """What identifies an entity: its IRI, its most special class, its names."""

    name: EntityName
    label: Value
    names: tuple[Value, ...]
    classes: tuple[Value, ...]
    successor: str = ""
    retired: bool = False
    licence: Value | None = None
    """The licence of the named graph it stands in, where that is not the licence of the whole."""
    relations: frozenset[str] | None = None
    """The properties it has, and those that lead to it, with a `^` before them; None if unknown."""


@dataclass(frozen=True)
class EntityPage:
    """All that a page about an entity shows; the notes are keyed by the IRI of the evidence."""

    entity: Entity
    panels: tuple[Panel, ...]
    notes: Mapping[str, Note]
    sorting: Mapping[str, Sorting] = field(default_factory=dict)

    def sorted(self, wanted: str) -> "EntityPage":
        """Return the page with one of its tables in another order, and where headings lead.

        Raises:
            BadParameterError: there is no such table, or no such column in it.
        """
        tables = {panel.name: panel.table for panel in self.panels if panel.view == "table"}
        sorting = listing.sorting_of(tables, wanted)
        panels = tuple(
            replace(panel, table=listing.ordered(panel.table, sorting[panel.name].order))
            if panel.name in sorting
            else panel
            for panel in self.panels
        )
        return replace(self, panels=panels, sorting=sorting)


class Entities:
    """The entities of one release, asked through its engine."""

    def __init__(self, engine: Engine, queries: Mapping[str, NamedQuery]) -> None:
        self._engine = engine
        self._queries = queries
        # A release does not change: what was listed once is filtered and ordered many times.
        self._lists: dict[str, Table] = {}
        self._panels: dict[str, list[NamedQuery]] = {}

    def find(self, name: EntityName) -> Entity:
        """Return what identifies the entity.

        Raises:
            UnknownEntityError: nothing is said about the IRI.
            RetiredEntityError: it was retired, and nothing took its place.
        """
        entity = self.recorded(name)
        if entity.retired and not entity.successor:
            raise RetiredEntityError(f"{name.iri} ({entity.label.text}) was retired.")
        return entity

    def recorded(self, name: EntityName) -> Entity:
        """Return what identifies the entity, retired or not.

        Raises:
            UnknownEntityError: nothing is said about the IRI.
        """
        asked = (self._queries[query].about(entity=name.iri) for query in _ABOUT)
        table, relations = tables.ask_all(self._engine, list(asked))
        if not table.rows:
            place = f"/{name.kind}/" if name.kind in self.kinds else "/"
            raise UnknownEntityError(
                f"Nothing is known about {name.iri}.", f"See what there is at {place}."
            )
        entity = _identity(name, [row.values for row in table.rows])
        return replace(entity, relations=frozenset(map(_relation, relations.rows)))

    def page(self, entity: Entity) -> EntityPage:
        """Return all that the page about an entity shows."""
        queries = self.panels_of(entity.name.kind)
        found = tuple(panels.answered(self._engine, queries, entity.name.iri, entity.relations))
        return EntityPage(entity, found, self.notes(panel.table for panel in found))

    def panels_of(self, kind: str) -> list[NamedQuery]:
        """Return the queries of the panels that pages of a kind have."""
        if kind not in self.kinds:  # whatever an address says is not to be kept
            return panels.of_kind(self._queries, kind)
        if kind not in self._panels:
            self._panels[kind] = panels.of_kind(self._queries, kind)
        return self._panels[kind]

    def notes(self, shown: Iterable[Table]) -> dict[str, Note]:
        """Return the notes to the tables of a page, by the IRI of the evidence."""
        return panels.notes(self._engine, self._queries["notes"], shown)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The kinds that have entities, by name, in the order of their names."""
        table = tables.ask(self._engine, self._queries["kinds"].text)
        kinds: dict[str, Kind] = {}
        for row in table.rows:
            kind = _kind(row.values)
            known = kinds.get(kind.name)
            kinds[kind.name] = _joined(known, kind) if known else kind
        return kinds

    def of_kind(self, name: str) -> tuple[Kind, Table]:
        """Return a kind and its entities, by the query of the kind in `lists/` or the generic one.

        Raises:
            UnknownEntityError: there is no such kind, or none of its entities.
        """
        kind = self.kinds.get(name)
        if kind is None:
            raise UnknownEntityError(
                f"There is no kind of entity called {name}.", "See the list at /."
            )
        if name not in self._lists:
            self._lists[name] = tables.ask(self._engine, self.query_of_kind(kind))
        return kind, self._lists[name]

    def ask_for_long_lists(self) -> None:
        """Have the lists at hand that would keep their first reader waiting."""
        for name, kind in self.kinds.items():
            if kind.count >= _LONG:
                self.of_kind(name)

    def query_of_kind(self, kind: Kind) -> str:
        """Return the query that lists a kind."""
        own = self._queries.get(f"lists/{kind.name}")
        classes = [value.iri for value in kind.classes]
        return own.text if own else self._queries["kind"].about(type=classes)

    def labels(self, iris: set[str]) -> dict[str, Value]:
        """Return the labels of those of the IRIs that have one."""
        found = tables.ask_about(self._engine, self._queries["labels"], "entity", sorted(iris))
        values = (row.values[0] for row in found)
        return {value.iri: value for value in values if value}


def _identity(name: EntityName, rows: list[tuple[Value | None, ...]]) -> Entity:
    columns = (_distinct(column) for column in zip(*rows, strict=True))
    classes, names, successors, retired, licences = columns
    english = [value for value in names if value.language in {"en", ""}]
    label = next(
        iter(english + names), Value(f"{name.kind.replace('-', ' ')} {name.slug}".capitalize())
    )
    return Entity(
        name,
        label,
        names=tuple(value for value in names if value.text != label.text),
        classes=tuple(classes),
        successor=successors[0].iri if successors else "",
        retired=bool(retired),
        licence=licences[0] if licences else None,
    )


def _relation(row: TableRow) -> str:
    """Return a property as `NamedQuery.needs` names it."""
    property_, inward = row.values
    leads_here = inward is not None and inward.text == "true"
    return f"{'^' if leads_here else ''}{property_.iri if property_ else ''}"


def _kind(values: tuple[Value | None, ...]) -> Kind:
    name, class_, definition, count = (value or Value("") for value in values)
    return Kind(name.text, (class_,), definition.text, int(count.text))


def _joined(one: Kind, other: Kind) -> Kind:
    return replace(one, classes=one.classes + other.classes)


def _distinct(values: Iterable[Value | None]) -> list[Value]:
    return list(dict.fromkeys(value for value in values if value))
