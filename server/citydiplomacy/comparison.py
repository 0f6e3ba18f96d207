"""Cities side by side: what sources say of each along the same dimensions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from citydiplomacy import tables
from citydiplomacy.declarations import Parameter
from citydiplomacy.engine import Engine
from citydiplomacy.entities import Entities
from citydiplomacy.panels import Note
from citydiplomacy.parameters import Choice, Choices, Find
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import TableRow, Value

FEWEST = 2
CITIES = Parameter("city", "City", "city", most=4)
"""What is chosen: the cities that are to stand side by side."""


@dataclass(frozen=True)
class Idea:
    """One thing said of a city, and whether it is said of another of the compared cities too."""

    name: Value
    detail: str
    is_shared: bool
    is_tabled: bool
    """Whether a source says it in a comparison of its own."""
    row: TableRow


@dataclass(frozen=True)
class Dimension:
    """One aspect of the comparison: the ideas of each city, in the order of the cities."""

    name: Value
    ideas: tuple[tuple[Idea, ...], ...]


@dataclass(frozen=True)
class Comparison:
    """The cities, the dimensions under which they are compared, and the query that did it."""

    cities: tuple[Value, ...]
    dimensions: tuple[Dimension, ...]
    notes: Mapping[str, Note]
    text: str


def chosen(choices: Choices, given: Sequence[str], find: Find) -> tuple[Choice, ...]:
    """Return the cities with these slugs or names, each once.

    Raises:
        BadParameterError: more cities than can stand side by side, or the name of several.
        UnknownEntityError: one of them is not known.
    """
    return choices.chosen(CITIES, given, find).choices


def compare(
    engine: Engine, query: NamedQuery, entities: Entities, cities: Sequence[Choice]
) -> Comparison:
    """Return the cities side by side, along every dimension in which something is said of one."""
    iris = [city.label.iri for city in cities]
    text = query.about(city=iris)
    table = tables.ask(engine, text)
    dimensions = tuple(
        Dimension(name, _cells(iris, list(rows)))
        for name, rows in groupby(table.rows, key=lambda row: row.values[0])
        if name
    )
    return Comparison(
        tuple(city.label for city in cities), dimensions, entities.notes([table]), text
    )


def _cells(iris: Iterable[str], rows: list[TableRow]) -> tuple[tuple[Idea, ...], ...]:
    said: dict[str, dict[Value, list[TableRow]]] = {iri: {} for iri in iris}
    for row in rows:
        _, city, idea, *_ = row.values
        if city and idea:
            said[city.iri].setdefault(idea, []).append(row)
    shared = {
        idea.iri
        for ideas in said.values()
        for idea in ideas
        if sum(idea in others for others in said.values()) > 1
    }
    return tuple(
        tuple(_idea(name, told, shared) for name, told in ideas.items()) for ideas in said.values()
    )


def _idea(name: Value, rows: list[TableRow], shared: set[str]) -> Idea:
    """Return what several passages may say in several ways as one idea."""
    details = dict.fromkeys(row.values[3].text for row in rows if row.values[3])
    tabled = any(row.values[4] is not None and row.values[4].text == "true" for row in rows)
    evidence = tuple(dict.fromkeys(piece for row in rows for piece in row.evidence))
    row = TableRow(rows[0].values, evidence)
    return Idea(name, ", ".join(details), name.iri in shared, tabled, row)
