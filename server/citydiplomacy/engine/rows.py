"""Answers as plain Python values: rows of terms, or yes and no."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from citydiplomacy.engine import Batching, Engine, Lane, Query
from citydiplomacy.formats import JSON_ROWS

Kind = Literal["iri", "literal", "blank", "triple"]

_KINDS: dict[str, Kind] = {
    "uri": "iri",
    "literal": "literal",
    "typed-literal": "literal",  # what engines older than SPARQL 1.1 write
    "bnode": "blank",
    "triple": "triple",
}


@dataclass(frozen=True)
class Term:
    """An IRI, a literal, a blank node, or a triple term as text."""

    value: str
    kind: Kind = "literal"
    language: str = ""
    datatype: str = ""

    def __str__(self) -> str:
        return self.value


Row = dict[str, Term]
"""The bound variables of one solution; an unbound variable has no key."""


@dataclass(frozen=True)
class Solutions:
    """What a SELECT query finds: its variables and the solutions, both in their order."""

    columns: tuple[str, ...]
    rows: list[Row]


def read(body: bytes) -> Solutions | bool:
    """Return what a result in SPARQL JSON says: solutions, or yes or no."""
    return _read(json.loads(body))


def _read(document: Mapping[str, Any]) -> Solutions | bool:
    if "boolean" in document:
        return bool(document["boolean"])
    bindings = document["results"]["bindings"]
    rows = [{name: _term(found) for name, found in row.items()} for row in bindings]
    return Solutions(tuple(document["head"]["vars"]), rows)


def answer(engine: Engine, text: str, lane: Lane = "pages") -> Solutions | bool:
    """Return what a SELECT or ASK query finds."""
    return read(engine.run(Query(text), JSON_ROWS.media_type, lane).read())


def solutions(found: Solutions | bool) -> list[Row]:
    """Return the solutions that were found; a yes or no has none."""
    return found.rows if isinstance(found, Solutions) else []


def answers(engine: Engine, texts: Sequence[str]) -> list[Solutions | bool]:
    """Return what each of several SELECT or ASK queries of a page finds."""
    if isinstance(engine, Batching):
        return [_read(document) for document in json.loads(engine.run_all(texts).read())]
    return [answer(engine, text) for text in texts]


def _term(found: Mapping[str, Any]) -> Term:
    kind = _KINDS[found["type"]]
    if kind == "triple":
        parts = (_term(found["value"][part]) for part in ("subject", "predicate", "object"))
        return Term(f"<<( {' '.join(part.value for part in parts)} )>>", kind)
    return Term(found["value"], kind, found.get("xml:lang", ""), found.get("datatype", ""))
