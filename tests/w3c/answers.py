"""Answers made comparable: what an answer says, whatever its blank nodes are called.

Numbers are compared as the store writes them: `01` and `1` are one integer. Types stay as they are.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from w3c.suites import Document, Term, stored

Row = Mapping[str, Term]

_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_ROWS = {
    ".csv": ox.QueryResultsFormat.CSV,
    ".srj": ox.QueryResultsFormat.JSON,
    ".srx": ox.QueryResultsFormat.XML,
    ".tsv": ox.QueryResultsFormat.TSV,
}
_NODE = ox.NamedNode("row:any")


@dataclass(frozen=True)
class Rows:
    """Solutions; their order means something only where a suite says so."""

    variables: frozenset[str]
    rows: tuple[Row, ...]
    ordered: bool = False

    def canonical(self, ordered: bool, lax: bool) -> frozenset[str]:
        """Return what is compared; lax is: however often a row occurs."""
        rows = [{name: _stored(value) for name, value in row.items()} for row in self.rows]
        if ordered:
            quads = [quad for place, row in enumerate(rows) for quad in _quads(row, place)]
        else:
            times = Counter(frozenset(row.items()) for row in rows)
            quads = [
                quad for row, count in times.items() for quad in _quads(dict(row), lax or count)
            ]
        return _canonical(quads) | self.variables


Answer = bool | Rows | frozenset[str]
"""Yes or no, rows, or a graph in canonical form."""


def agree(expected: Answer, found: Answer, lax: bool) -> bool:
    """Tell whether two answers say the same."""
    if isinstance(expected, Rows) and isinstance(found, Rows):
        ordered = expected.ordered
        return expected.canonical(ordered, lax) == found.canonical(ordered, lax)
    return expected == found


def wanted(result: Document | None) -> str:
    """Return what to accept: the format of the expected result, where it is one of results."""
    format_ = _ROWS.get(result.file.suffix) if result else None
    return format_.media_type if format_ else "*/*"


def expected(result: Document) -> Answer:
    """Return the answer that a file of a suite describes."""
    format_ = _ROWS.get(result.file.suffix)
    if format_:
        return received(result.file.read_bytes(), format_.media_type)
    store = stored(result.quads(ox.DefaultGraph()))
    return _result_set(store) or _canonical(store)


def received(body: bytes, media_type: str) -> Answer:
    """Return the answer that a body carries."""
    rows = ox.QueryResultsFormat.from_media_type(media_type)
    if rows is None:
        return _canonical(ox.parse(body, ox.RdfFormat.from_media_type(media_type)))
    if rows == ox.QueryResultsFormat.CSV:
        return _table(body.decode())
    found = ox.parse_query_results(body, rows)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    names = [variable.value for variable in found.variables]
    bound = ({name: row[name] for name in names if row[name] is not None} for row in found)
    return Rows(frozenset(names), tuple(bound))


def _table(text: str) -> Rows:
    """Return rows as CSV tells them: without types, and nothing for what is not bound."""
    names, *lines = csv.reader(io.StringIO(text, newline=""))
    rows = (dict(zip(names, map(_cell, line), strict=True)) for line in lines)
    return Rows(frozenset(names), tuple(rows))


def _cell(text: str) -> ox.BlankNode | ox.Literal:
    if text.startswith("_:"):
        return ox.BlankNode(text.removeprefix("_:"))
    try:
        return ox.Literal(float(text))
    except ValueError:
        return ox.Literal(text)


def _result_set(store: ox.Store) -> bool | Rows | None:
    """Return the answer that is described in the vocabulary of result sets, or None."""

    def objects(subject: Term | None, name: str) -> list[Term]:
        found = store.quads_for_pattern(subject, ox.NamedNode(_RS + name), None)  # type: ignore[arg-type]
        return [quad.object for quad in found]

    for answer in objects(None, "boolean"):
        return str(answer.value) == "true"  # type: ignore[union-attr]
    if not objects(None, "resultVariable"):
        return None
    rows: dict[int, list[Row]] = defaultdict(list)
    for solution in objects(None, "solution"):
        bindings = objects(solution, "binding")
        row = {
            objects(binding, "variable")[0].value: objects(binding, "value")[0]  # type: ignore[union-attr]
            for binding in bindings
        }
        place = next((int(index.value) for index in objects(solution, "index")), 0)  # type: ignore[union-attr]
        rows[place].append(row)
    variables = frozenset(node.value for node in objects(None, "resultVariable"))  # type: ignore[union-attr]
    ordered = [row for place in sorted(rows) for row in rows[place]]
    return Rows(variables, tuple(ordered), ordered=any(rows.keys() - {0}))


@lru_cache(maxsize=10_000)
def _stored(value: Term) -> Term:
    """Return a value as the store writes it."""
    (quad,) = stored([ox.Quad(_NODE, _NODE, value)])
    kept: Term = quad.object
    return kept


def _quads(row: Row, number: int) -> Iterator[ox.Quad]:
    """Yield a row as a graph: what it binds, and its place or how often it occurs."""
    node = ox.BlankNode()
    yield ox.Quad(node, _NODE, ox.Literal(number))
    for name, value in row.items():
        yield ox.Quad(node, ox.NamedNode(f"row:variable:{name}"), value)


def _canonical(quads: Iterable[ox.Quad]) -> frozenset[str]:
    dataset = ox.Dataset(stored(quads))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(map(str, dataset))
