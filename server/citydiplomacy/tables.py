"""Query results as tables to be read: labels instead of IRIs, marks instead of evidence columns.

The convention that makes a query file a table: columns are shown in the order of the SELECT;
`?x` and `?xLabel` are one column, a link with its label; `?evidence` is no column: rows that agree
in all else are one row, and their evidence is gathered.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from citydiplomacy.engine import Engine, Lane, Query
from citydiplomacy.formats import JSON_ROWS
from citydiplomacy.namespaces import PREFIXES, is_ours, shorten

_LABEL = "Label"
_EVIDENCE = "evidence"
_XSD = PREFIXES["xsd"]
_Binding = Mapping[str, Any]
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

    def labelled(self, labels: Mapping[str, Value]) -> "Table":
        """Return the table with those labels in place of IRIs that had none."""
        return replace(self, rows=tuple(_labelled(row, labels) for row in self.rows))


def ask(engine: Engine, text: str, lane: Lane = "pages") -> Table:
    """Return what a SELECT query finds."""
    return read(engine.run(Query(text), JSON_ROWS.media_type, lane).read())


def read(body: bytes) -> Table:
    """Return the table in a result in SPARQL JSON; ASK has one column, `answer`."""
    document = json.loads(body)
    if "boolean" in document:
        return Table(("answer",), (TableRow((Value("yes" if document["boolean"] else "no"),)),))
    variables = document["head"]["vars"]
    labels = {f"{name}{_LABEL}" for name in variables} & set(variables)
    columns = tuple(name for name in variables if name not in labels and name != _EVIDENCE)
    return Table(columns, _folded(columns, document["results"]["bindings"]))


def _folded(columns: tuple[str, ...], bindings: Iterable[_Binding]) -> tuple[TableRow, ...]:
    gathered: dict[tuple[Value | None, ...], dict[str, None]] = {}
    for binding in bindings:
        values = tuple(_value(binding, column) for column in columns)
        evidence = gathered.setdefault(values, {})
        if _EVIDENCE in binding:
            evidence[binding[_EVIDENCE]["value"]] = None
    return tuple(TableRow(values, tuple(evidence)) for values, evidence in gathered.items())


def _value(binding: _Binding, column: str) -> Value | None:
    term = binding.get(column)
    if term is None:
        return None
    if term["type"] == "bnode":
        return Value(f"_:{term['value']}")
    if term["type"] == "triple":
        return Value(_triple(term["value"]))
    if term["type"] == "uri":
        label = binding.get(f"{column}{_LABEL}", {"value": shorten(term["value"])})
        return Value(label["value"], term["value"], label.get("xml:lang", ""))
    return Value(term["value"], "", term.get("xml:lang", ""), term.get("datatype", ""))


def _triple(parts: _Binding) -> str:
    """A triple term, which only a visitor's own query can make."""
    values = (_value(parts, part) for part in ("subject", "predicate", "object"))
    return f"<<( {' '.join(value.text for value in values if value)} )>>"


def _labelled(row: TableRow, labels: Mapping[str, Value]) -> TableRow:
    values = tuple(labels.get(value.iri, value) if value else None for value in row.values)
    return replace(row, values=values)


def _in_words(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()
    return words[:1].upper() + words[1:]
