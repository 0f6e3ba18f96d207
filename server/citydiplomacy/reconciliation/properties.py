"""The properties by which entities are matched and extended: one query file each.

`queries/reconciliation/properties/<id>.rq` selects `?entity` and `?value`, with `?valueLabel` where
the value is an entity. Its header says what the property is called and what it is about, the kinds
that have it (or `every`), and of what sort the `value` is: the name of a class, or one of `SORTS`.
The line `# VALUES ?entity { … }` narrows it to those that are asked about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from citydiplomacy.declarations import SORTS
from citydiplomacy.engine import Engine, rows
from citydiplomacy.engine.rows import Row
from citydiplomacy.namespaces import entity_name
from citydiplomacy.queries import NamedQuery

_FOLDER = "properties/"
_EVERY = "every"
# How many entities one query names: engines have a longest query.
_BATCH = 500


@dataclass(frozen=True)
class PropertyValue:
    """A value: its text, and the entity that it is, if it is one."""

    text: str
    iri: str = ""
    language: str = ""


@dataclass(frozen=True)
class Property:
    """A property: its id, what it is called, who has it and what sort of values it has."""

    id: str
    title: str
    about: str
    kinds: tuple[str, ...]
    sort: str
    """One of `SORTS`, or the name of the class of the entities that are its values."""
    query: NamedQuery

    @property
    def leads_to(self) -> str:
        """The class of the entities that are its values; empty when they are none."""
        return "" if self.sort in SORTS else self.sort

    def is_of(self, kinds: Iterable[str]) -> bool:
        """Tell whether entities of one of the kinds may have it."""
        return _EVERY in self.kinds or not set(self.kinds).isdisjoint(kinds)

    def values(
        self, engine: Engine, iris: Iterable[str] | None = None
    ) -> dict[str, tuple[PropertyValue, ...]]:
        """Return the values of some entities, or of all that have any, by the entity's IRI."""
        found: dict[str, list[PropertyValue]] = {}
        for row in self._rows(engine, iris):
            found.setdefault(row["entity"].value, []).append(_value(row))
        return {iri: tuple(values) for iri, values in found.items()}

    def _rows(self, engine: Engine, iris: Iterable[str] | None) -> Iterable[Row]:
        if iris is None:
            return rows.solutions(rows.answer(engine, self.query.text))
        asked = list(dict.fromkeys(iris))
        starts = range(0, len(asked), _BATCH)
        texts = [self.query.about(entity=asked[start : start + _BATCH]) for start in starts]
        return (row for found in rows.answers(engine, texts) for row in rows.solutions(found))


def identifier(text: str) -> str:
    """Return what counts of an identifier: the last part of an address, without case."""
    return text.strip().rstrip("/").rpartition("/")[2].casefold()


def declared(queries: Mapping[str, NamedQuery]) -> dict[str, Property]:
    """Return the properties that the query files declare, by their ids."""
    found = (query for name, query in queries.items() if name.startswith(_FOLDER))
    return {query.slug: _property(query) for query in found}


def _property(query: NamedQuery) -> Property:
    header = query.header
    return Property(
        id=query.slug,
        title=query.title,
        about=header["about"],
        kinds=tuple(header["kinds"].split()),
        sort=header["value"],
        query=query,
    )


def _value(row: Row) -> PropertyValue:
    value = row["value"]
    if value.kind == "iri" and entity_name(value.value):
        label = row.get("valueLabel", value)
        return PropertyValue(label.value, value.value, label.language)
    return PropertyValue(value.value, "", value.language)
