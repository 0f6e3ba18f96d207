"""Answers as plain Python values: rows of terms, or yes and no."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from citydiplomacy.engine import Engine, Lane, Query
from citydiplomacy.formats import JSON_ROWS

Kind = Literal["iri", "literal", "blank"]

_KINDS: dict[str, Kind] = {
    "uri": "iri",
    "literal": "literal",
    "typed-literal": "literal",  # what engines older than SPARQL 1.1 write
    "bnode": "blank",
}


@dataclass(frozen=True)
class Term:
    """An IRI, a literal or a blank node; `datatype` is None for plain strings."""

    value: str
    kind: Kind = "literal"
    language: str | None = None
    datatype: str | None = None

    def __str__(self) -> str:
        return self.value


Row = dict[str, Term]
"""The bound variables of one solution; an unbound variable has no key."""


def select(engine: Engine, text: str, lane: Lane = "pages") -> list[Row]:
    """Return the solutions of a SELECT query, in their order."""
    bindings = _answer(engine, text, lane)["results"]["bindings"]
    return [{name: _term(found) for name, found in row.items()} for row in bindings]


def ask(engine: Engine, text: str, lane: Lane = "pages") -> bool:
    """Return the answer of an ASK query."""
    return bool(_answer(engine, text, lane)["boolean"])


def _answer(engine: Engine, text: str, lane: Lane) -> Any:
    return json.loads(engine.run(Query(text), JSON_ROWS.media_type, lane).read())


def _term(found: dict[str, str]) -> Term:
    return Term(
        value=found["value"],
        kind=_KINDS[found["type"]],
        language=found.get("xml:lang"),
        datatype=found.get("datatype"),
    )
