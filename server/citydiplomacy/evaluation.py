"""Query files run over triples in memory, at check time."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from citydiplomacy import queries
from citydiplomacy.errors import CheckFailedError, Problem

_PLACE = re.compile(r"error at (?P<line>\d+):(?P<column>\d+): ")

Graphs = Mapping[str, frozenset[ox.Triple]]


class QueryFile(NamedTuple):
    """A query with the file it stands in, relative to the root."""

    file: Path
    query: queries.NamedQuery


def load(part: str, root: Path) -> list[QueryFile]:
    """Return the queries below `queries/<part>`."""
    found = queries.load(part, root)
    folder = Path("queries") / part
    return [QueryFile(folder / f"{name}.rq", query) for name, query in found.items()]


def quads(triples: Iterable[ox.Triple], graph: str | None = None) -> Iterator[ox.Quad]:
    """Yield the triples as quads of a named graph, or of the default graph."""
    name = ox.DefaultGraph() if graph is None else ox.NamedNode(graph)
    for triple in triples:
        yield ox.Quad(triple.subject, triple.predicate, triple.object, name)


def store(graphs: Graphs) -> ox.Store:
    """Return a store with the named graphs."""
    filled = ox.Store()
    for name, each in graphs.items():
        filled.extend(quads(each, name))
    return filled


def rows(data: ox.Store, query: QueryFile) -> ox.QuerySolutions:
    """Return what a SELECT finds in the union of all graphs."""
    found = evaluate(data, query)
    if not isinstance(found, ox.QuerySolutions):
        raise _unusable(query, "this is no SELECT.", "Write it as SELECT.")
    return found


def triples(data: ox.Store, query: QueryFile) -> Iterable[ox.Triple]:
    """Return what a CONSTRUCT makes."""
    found = evaluate(data, query)
    if not isinstance(found, ox.QueryTriples):
        raise _unusable(query, "this is no CONSTRUCT.", "Write it as CONSTRUCT.")
    return found


def evaluate(
    data: ox.Store, query: QueryFile
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    """Return what a query finds.

    Raises:
        CheckFailedError: it is no SPARQL query; the problem says where.
    """
    try:
        # A triple stands in one graph, so that the union counts none twice.
        return data.query(query.query.text, use_default_graph_as_union=True)
    except SyntaxError as error:
        place = _PLACE.match(str(error))
        if place is None:
            raise _unusable(query, f"{error}.", "Mend the SPARQL.") from error
        line, column = int(place["line"]), int(place["column"])
        # What the parser would rather have read is a list of every token there is.
        rest = query.query.text.split("\n")[line - 1][column - 1 :]
        message = f"`{rest}` is not understood." if rest else "the query ends too early."
        raise _unusable(query, message, f"Mend the SPARQL at column {column}.", line) from error


def _unusable(
    query: QueryFile, message: str, repair: str, line: int | None = None
) -> CheckFailedError:
    return CheckFailedError([Problem(query.file, line, message, repair)])
