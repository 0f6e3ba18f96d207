"""The register of what can be matched: entities with their names, types, places and identifiers.

It is read once for a release and lives in memory. The values of a property are read when somebody
first compares by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest
from threading import Lock

from citydiplomacy import naming
from citydiplomacy.declarations import COORDINATES, IDENTIFIER
from citydiplomacy.engine import Engine, rows
from citydiplomacy.namespaces import BASE, CD, EntityName, entity_name, local_path
from citydiplomacy.queries import NamedQuery
from citydiplomacy.reconciliation import geography, properties
from citydiplomacy.reconciliation.geography import Grid, Point
from citydiplomacy.reconciliation.properties import Property, PropertyValue
from citydiplomacy.search import Name

Values = Mapping[str, tuple[PropertyValue, ...]]
"""The values of a property, by the IRI of the entity."""

PLACES = frozenset({"city", "region", "country"})
"""The kinds whose names say little alone: others of the same name lie elsewhere."""


@dataclass(frozen=True)
class Type:
    """A type of entities: a class of the ontology, by its name there."""

    id: str
    label: str
    definition: str
    kind: str
    broader: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """An entity as it is matched."""

    entity: EntityName
    label: str
    names: tuple[str, ...]
    """All names, folded as `naming` folds them, that of the label first."""
    description: str
    types: tuple[str, ...]
    """The names of its classes, the narrowest first."""
    place: str
    """Where it lies, in words, as far as that tells it from others of its name."""
    ties: int

    @property
    def id(self) -> str:
        """What stands after our base in its IRI."""
        return f"{self.entity.kind}/{self.entity.slug}"

    @property
    def is_place(self) -> bool:
        """Whether others may have its name because they lie elsewhere."""
        return self.entity.kind in PLACES


class Register:
    """All that can be matched; safe to share between threads."""

    def __init__(
        self, engine: Engine, queries: Mapping[str, NamedQuery], names: Iterable[Name]
    ) -> None:
        self._engine = engine
        self._lock = Lock()
        self._values: dict[str, Values] = {}
        self._turned: dict[str, dict[str, list[str]]] = {}
        self.properties = properties.declared(queries)
        self.types = _types(_rows(engine, queries["types"]))
        classes = _classes(_rows(engine, queries["classes"]), self.types)
        self._records = {record.entity.iri: record for record in _records(names, classes)}
        self._named: dict[str, list[Record]] = {}
        for record in self._records.values():
            for name in dict.fromkeys(_written(record.names)):
                self._named.setdefault(name, []).append(record)
        # Now, and not while somebody waits for the first match.
        self._points = self._found_points()
        self._identified = self._found_identifiers()

    def record(self, text: str) -> Record | None:
        """Return the entity with such an id, path or IRI, if there is one."""
        path = (local_path(text) or text).lstrip("/")
        return self._records.get(f"{BASE}{path}")

    def named(self, folded: str) -> list[Record]:
        """Return the entities that have exactly that name, folded."""
        return self._named.get(folded, [])

    def having(self, text: str, property_id: str = "") -> list[Record]:
        """Return the entities of which a text is an identifier: that one, or any."""
        told = properties.identifier(text)
        found = self._identified.get(told, {})
        several = found.values() if not property_id else [found.get(property_id, [])]
        return list(dict.fromkeys(record for records in several for record in records))

    def meant(self, text: str) -> list[Record]:
        """Return the entities that a text may stand for: by id, identifier, or name."""
        if known := self.record(text):
            return [known]
        return [*self.having(text), *self.named(naming.folded(text))]

    def values(self, property_id: str) -> Values:
        """Return the values of a property, by the IRI of the entity."""
        with self._lock:
            if property_id not in self._values:
                self._values[property_id] = self.properties[property_id].values(self._engine)
            return self._values[property_id]

    def place(self, record: Record) -> Point | None:
        """Return where an entity lies, if that is known."""
        return self._points.get(record.entity.iri)

    def whose(self, property_id: str, iri: str) -> list[Record]:
        """Return the entities that have an entity as a value of a property."""
        found = self._reversed(property_id).get(iri, ())
        return [self._records[each] for each in found if each in self._records]

    def most_tied(self, type_id: str, most: int) -> list[Record]:
        """Return the entities of a type, or of any, that have the most ties."""
        found = (each for each in self._records.values() if not type_id or type_id in each.types)
        return nlargest(most, found, key=lambda record: record.ties)

    def around(self, point: Point, reach: float) -> list[Record]:
        """Return the entities within so many kilometres of a point, the nearest first."""
        return [self._records[iri] for iri in self._grid.around(point, reach)]

    def properties_of(self, type_id: str) -> list[Property]:
        """Return the properties that entities of a type may have; without one, all there are."""
        found = self.properties.values()
        known = self.types.get(type_id)
        return [each for each in found if known is None or each.is_of((known.kind,))]

    def extended(self, property_id: str, iris: Iterable[str]) -> Values:
        """Return the values that some entities have of a property."""
        return self.properties[property_id].values(self._engine, iris)

    def _found_points(self) -> dict[str, Point]:
        found: dict[str, Point] = {}
        for iri, values in self._all_of(COORDINATES).items():
            point = geography.read(values[0].text)
            if point and iri in self._records:
                found[iri] = point
        return found

    @cached_property
    def _grid(self) -> Grid:
        return Grid(self._points)

    def _found_identifiers(self) -> dict[str, dict[str, list[Record]]]:
        """Return the entities by each of their identifiers, and the property that it is one of."""
        found: dict[str, dict[str, list[Record]]] = {}
        for each in self.properties.values():
            if each.sort != IDENTIFIER:
                continue
            for iri, values in self.values(each.id).items():
                for value in values:
                    if iri in self._records:
                        by = found.setdefault(properties.identifier(value.text), {})
                        by.setdefault(each.id, []).append(self._records[iri])
        return found

    def _reversed(self, property_id: str) -> dict[str, list[str]]:
        values = self.values(property_id)
        with self._lock:
            if property_id not in self._turned:
                turned = self._turned[property_id] = {}
                for iri, several in values.items():
                    for value in several:
                        turned.setdefault(value.iri, []).append(iri)
            return self._turned[property_id]

    def _all_of(self, sort: str) -> Values:
        """Return the values of the property of a sort of which there is one."""
        first = next((each.id for each in self.properties.values() if each.sort == sort), "")
        return self.values(first) if first else {}


def _rows(engine: Engine, query: NamedQuery) -> list[rows.Row]:
    return rows.solutions(rows.answer(engine, query.text))


def _types(found: Iterable[rows.Row]) -> dict[str, Type]:
    types: dict[str, Type] = {}
    for row in found:
        name = row["type"].value.removeprefix(CD)
        broader = row["broader"].value.removeprefix(CD) if "broader" in row else ""
        before = types[name].broader if name in types else ()
        definition = row["definition"].value if "definition" in row else ""
        every = (*before, *filter(None, [broader]))
        types[name] = Type(
            name, row["typeLabel"].value, definition, row["kind"].value, tuple(dict.fromkeys(every))
        )
    return types


def _classes(
    found: Iterable[rows.Row], types: Mapping[str, Type]
) -> dict[EntityName, tuple[str, ...]]:
    """Return the types of each entity, the narrowest first."""
    gathered: dict[EntityName, list[str]] = {}
    for row in found:
        entity = entity_name(row["entity"].value)
        name = row["type"].value.removeprefix(CD)
        if entity and name in types:
            gathered.setdefault(entity, []).append(name)
    return {
        entity: tuple(sorted(names, key=lambda name: (-len(_above(name, types)), name)))
        for entity, names in gathered.items()
    }


def _above(name: str, types: Mapping[str, Type]) -> set[str]:
    """Return the types that are broader than one, at any distance."""
    known = types.get(name)
    direct = set(known.broader) & set(types) if known else set()
    return direct.union(*(_above(each, types) for each in direct))


def _records(
    names: Iterable[Name], classes: Mapping[EntityName, tuple[str, ...]]
) -> Iterable[Record]:
    """Return a record of each entity that has a name; the names of one come one after the other."""
    gathered: dict[EntityName, list[Name]] = {}
    for name in names:
        gathered.setdefault(name.entity, []).append(name)
    for entity, told in gathered.items():
        label = told[0].label
        written = [name.text for name in told if not name.described]
        called = [label, *written]
        if entity.kind in PLACES:
            # "Birmingham (United States)" is called Birmingham: where it lies is compared apart.
            called += [short for short, _ in map(naming.apart, called) if short]
            # "Donostia / San Sebastián" is called either.
            called += [each for name in called if "/" in name for each in name.split("/")]
        folded = list(filter(None, map(naming.folded, called)))
        if not folded:  # a name without any letter is none to be matched
            continue
        shortened = map(naming.without_rank, folded)
        yield Record(
            entity=entity,
            label=label,
            names=tuple(dict.fromkeys([*folded, *shortened])),
            description=next((name.text for name in told if name.described), ""),
            types=classes.get(entity, ()),
            place=told[0].place,
            ties=told[0].ties,
        )


def _written(names: Iterable[str]) -> Iterable[str]:
    """Yield names as they are, and written as one word: 'Saint-Denis', 'Saint Denis'."""
    for name in names:
        yield name
        yield name.replace(" ", "")
