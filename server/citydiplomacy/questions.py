"""The question library: questions in words, with the queries that answer them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from citydiplomacy import tables
from citydiplomacy.engine import Engine
from citydiplomacy.entities import Entities
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.namespaces import BASE
from citydiplomacy.panels import Note
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import Table


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question with its answer: a table with labels, and the notes to it."""

    query: NamedQuery
    iri: str
    table: Table
    notes: Mapping[str, Note]


class Questions:
    """The questions of the library, answered from one release."""

    def __init__(
        self, engine: Engine, queries: Mapping[str, NamedQuery], entities: Entities
    ) -> None:
        self._engine = engine
        self._queries = queries
        self._entities = entities

    def __iter__(self) -> Iterator[NamedQuery]:
        """Go through the questions in the order of their names."""
        return iter(self._queries.values())

    def answered(self, name: str) -> AnsweredQuestion:
        """Return the question with its answer.

        Raises:
            UnknownEntityError: there is no question of that name.
        """
        query = self._queries.get(name)
        if query is None:
            raise UnknownEntityError(
                f"There is no question called {name}.", "See the list at /query/."
            )
        found = tables.ask(self._engine, query.text)
        table = found.labelled(self._entities.labels(found.unlabelled))
        return AnsweredQuestion(query, f"{BASE}query/{name}", table, self._entities.notes([table]))
