"""Query results as tables to be read: labels instead of IRIs, marks instead of evidence columns.

The convention that makes a query file a table: columns are shown in the order of the SELECT;
`?x` and `?xLabel` are one column, a link with its label; `?evidence` is no column: rows that agree
in all else are one row, and their evidence is gathered.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from citydiplomacy.engine import Engine, rows
from citydiplomacy.engine.rows import Row, Solutions, Term
from citydiplomacy.namespaces import PREFIXES, is_ours, shorten
from citydiplomacy.naming import folded
from citydiplomacy.queries import NamedQuery

_LABEL = "Label"
_EVIDENCE = "evidence"
# How many IRIs one query names: engines have a longest query.
_BATCH = 500
_XSD = PREFIXES["xsd"]
_NUMERIC = frozenset(f"{_XSD}{name}" for name in ("integer", "decimal", "double", "int", "gYear"))


@dataclass(frozen=True)
class Value:
    """One value as a reader meets it: its text, and the IRI it names if it names one."""

    text: str
    iri: str = ""
    language: str = ""
    datatype: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is a number, to be aligned with the others in its column."""
        return self.datatype in _NUMERIC

    @property
    def count(self) -> int:
        """The whole number that the text is, where a query counted something."""
        return int(self.text)


@dataclass(frozen=True)
class TableRow:
    """One row: a value or None for each column, and the evidence of the whole row."""

    values: tuple[Value | None, ...]
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A query result: the variables that are shown, and the rows."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    found: int = 0
    """How many solutions there were before those that agree became one row."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The columns in words: `cooperationField` reads "Cooperation field"."""
        return tuple(_in_words(column) for column in self.columns)

    @property
    def unlabelled(self) -> set[str]:
        """The IRIs of ours that the query gave no label for."""
        return {
            value.iri
            for row in self.rows
            for value in row.values
            if value and is_ours(value.iri) and value.text == shorten(value.iri)
        }

    def ordered(self, column: str, *, descending: bool = False) -> "Table":
        """Return the table in the order of a column; rows without a value there come last."""
        place = self.columns.index(column)
        filled = [row for row in self.rows if row.values[place]]
        missing = [row for row in self.rows if not row.values[place]]
        filled.sort(key=lambda row: _rank(row.values[place]), reverse=descending)
        return replace(self, rows=(*filled, *missing))

    def labelled(self, labels: Mapping[str, Value]) -> "Table":
        """Return the table with those labels in place of IRIs that had none."""
        return replace(self, rows=tuple(_labelled(row, labels) for row in self.rows))


def ask(engine: Engine, text: str) -> Table:
    """Return the table that a query of ours finds; ASK has one column, `answer`."""
    return _table(rows.answer(engine, text))


def ask_all(engine: Engine, texts: Sequence[str]) -> list[Table]:
    """Return the tables that several queries of ours find, asked at once."""
    return [_table(found) for found in rows.answers(engine, texts)]


def _table(found: Solutions | bool) -> Table:
    if isinstance(found, bool):
        return _answer(found)
    labels = {f"{name}{_LABEL}" for name in found.columns} & set(found.columns)
    columns = tuple(name for name in found.columns if name not in labels and name != _EVIDENCE)
    return Table(columns, _folded(columns, found.rows), len(found.rows))


def ask_about(
    engine: Engine, query: NamedQuery, variable: str, iris: Iterable[str]
) -> Iterator[TableRow]:
    """Yield what a query finds about many IRIs, which are asked about in batches."""
    asked = list(iris)
    for start in range(0, len(asked), _BATCH):
        text = query.about(**{variable: asked[start : start + _BATCH]})
        yield from ask(engine, text).rows


def plain(body: bytes) -> Table:
    """Return a result in SPARQL JSON as it is: every column and row; ASK has one, `answer`."""
    found = rows.read(body)
    if isinstance(found, bool):
        return _answer(found)
    columns = found.columns
    values = (tuple(_plain(row.get(column)) for column in columns) for row in found.rows)
    return Table(columns, tuple(TableRow(row) for row in values))


def _answer(found: bool) -> Table:
    return Table(("answer",), (TableRow((Value("yes" if found else "no"),)),))


def _folded(columns: tuple[str, ...], found: Iterable[Row]) -> tuple[TableRow, ...]:
    gathered: dict[tuple[Value | None, ...], dict[str, None]] = {}
    for row in found:
        values = tuple(_value(row, column) for column in columns)
        evidence = gathered.setdefault(values, {})
        if _EVIDENCE in row:
            evidence[row[_EVIDENCE].value] = None
    return tuple(TableRow(values, tuple(evidence)) for values, evidence in gathered.items())


def _value(row: Row, column: str) -> Value | None:
    value = _plain(row.get(column))
    label = row.get(f"{column}{_LABEL}")
    return Value(label.value, value.iri, label.language) if value and value.iri and label else value


def _plain(term: Term | None) -> Value | None:
    match term:
        case Term(value=iri, kind="iri"):
            return Value(shorten(iri), iri)
        case Term(value=name, kind="blank"):
            return Value(f"_:{name}")
        case Term() as term:
            return Value(term.value, "", term.language, term.datatype)
    return None


def _labelled(row: TableRow, labels: Mapping[str, Value]) -> TableRow:
    values = tuple(labels.get(value.iri, value) if value else None for value in row.values)
    return replace(row, values=values)


def _rank(value: Value | None) -> tuple[Decimal, str]:
    """Return what a value is ordered by: numbers as numbers, words without case and accents."""
    if value and value.is_number:
        return Decimal(value.text), ""
    return Decimal(0), folded(value.text) if value else ""


def _in_words(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()
    return words[:1].upper() + words[1:]
