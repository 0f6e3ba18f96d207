"""The question library: questions in words, with the queries that answer them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from citydiplomacy import declarations, drawing, tables
from citydiplomacy.declarations import View
from citydiplomacy.drawing import Drawing
from citydiplomacy.engine import Engine
from citydiplomacy.entities import Entities
from citydiplomacy.errors import BadParameterError, UnknownEntityError
from citydiplomacy.namespaces import BASE
from citydiplomacy.panels import Note
from citydiplomacy.parameters import Choices, Chosen, Find
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import Table

SHOWN_ROWS = 1_000
"""Beyond this a page helps nobody; the downloads carry all of it."""


@dataclass(frozen=True)
class AskedQuestion:
    """A question with what it is asked about: what the file says, or what somebody chose."""

    query: NamedQuery
    chosen: tuple[Chosen, ...]
    defaults: tuple[Chosen, ...]
    is_chosen: bool
    """Whether the address says what it is asked about."""

    @property
    def is_default(self) -> bool:
        """Whether it is asked as its file asks, so that the answer in the header is its answer."""
        return self.chosen == self.defaults

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """The parameters of the address; none where it is the plain one."""
        return [
            (each.parameter.variable, choice.slug)
            for each in self.chosen
            for choice in each.choices
            if self.is_chosen
        ]

    @property
    def parameters(self) -> str:
        """The parameters as they stand in the address, with their question mark."""
        return f"?{urlencode(self.arguments, safe='/')}" if self.arguments else ""

    @property
    def path(self) -> str:
        """The path of the question, without its parameters."""
        return f"/query/{self.query.name}"

    @property
    def iri(self) -> str:
        """The permanent address, with what was chosen."""
        return f"{BASE}{self.path.lstrip('/')}{self.parameters}"

    @property
    def about(self) -> str:
        """What it is asked about, in words; empty where there is nothing to choose."""
        return "; ".join(each.in_words for each in self.chosen if each.choices)

    @property
    def title(self) -> str:
        """The question with what it is asked about."""
        return f"{self.query.title} ({self.about})" if self.about else self.query.title

    @cached_property
    def text(self) -> str:
        """The query, asking about what was chosen."""
        if self.is_default:
            return self.query.text
        pairs = zip(self.chosen, self.defaults, strict=True)
        terms = {one.parameter.variable: one.terms for one, other in pairs if one != other}
        # The answer in the header is that of another question now.
        lines = self.query.about(**terms).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("# answer:"))


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question with its answer: a table with labels, the notes to it, and what is drawn of it."""

    asked: AskedQuestion
    table: Table
    """As much of the answer as a page can hold."""
    rows: int
    """How many rows the whole answer has."""
    notes: Mapping[str, Note]
    drawings: tuple[Drawing, ...]


class Questions:
    """The questions of the library, answered from one release."""

    def __init__(
        self,
        engine: Engine,
        queries: Mapping[str, NamedQuery],
        entities: Entities,
        pages: Mapping[str, NamedQuery],
    ) -> None:
        self._engine = engine
        self._queries = queries
        self._entities = entities
        self._pages = pages
        self.choices = Choices(engine, pages)

    def __iter__(self) -> Iterator[NamedQuery]:
        """Go through the questions in the order of their names."""
        return iter(self._queries.values())

    def asked(self, name: str, given: Mapping[str, Sequence[str]], find: Find) -> AskedQuestion:
        """Return the question, asked about what is given by variable.

        Raises:
            UnknownEntityError: there is no question of that name, or nothing that is called so.
            BadParameterError: it has no such parameter, or cannot be asked about such a value.
        """
        query = self._queries.get(name)
        if query is None:
            raise UnknownEntityError(
                f"There is no question called {name}.", "See the list at /query/."
            )
        declared = declarations.parameters(query)
        _check_names([parameter.variable for parameter in declared], given)
        defaults = tuple(self.choices.default(query, parameter) for parameter in declared)
        written = {name: [text for text in texts if text.strip()] for name, texts in given.items()}
        chosen = tuple(
            self.choices.chosen(each.parameter, texts, find)
            if (texts := written.get(each.parameter.variable))
            else each
            for each in defaults
        )
        return AskedQuestion(query, chosen, defaults, is_chosen=any(written.values()))

    def answered(self, asked: AskedQuestion) -> AnsweredQuestion:
        """Return the question with its answer."""
        found = tables.ask(self._engine, asked.text)
        cut = replace(found, rows=found.rows[:SHOWN_ROWS])
        table = cut.labelled(self._entities.labels(cut.unlabelled))
        notes = self._entities.notes([table])
        views = declarations.views(asked.query)
        drawings = tuple(self._drawing(table, view) for view in views if table.rows)
        return AnsweredQuestion(asked, table, len(found.rows), notes, drawings)

    def _drawing(self, table: Table, view: View) -> Drawing:
        places = drawing.places(table, view)
        found = tables.ask_about(self._engine, self._pages["coordinates"], "entity", places)
        cells = (row.values for row in found)
        return drawing.of(table, view, {place.iri: where for place, *where in cells if place})


def _check_names(known: Sequence[str], given: Mapping[str, Sequence[str]]) -> None:
    for name in given:
        if name not in known:
            offered = f"It has: {', '.join(known)}." if known else "It has none."
            raise BadParameterError(f"This question has no parameter “{name}”.", offered)
