"""The result of a visitor's query as a page."""

from flask import Response, request

from citydiplomacy import tables
from citydiplomacy.engine import Query
from citydiplomacy.formats import GRAPH_FORMATS, JSON_ROWS, TURTLE, Format
from citydiplomacy.web import documents
from citydiplomacy.web.site import site

# Beyond this a page helps nobody; the downloads carry all of it.
SHOWN_BYTES = 2_000_000
SHOWN_ROWS = 1_000


def page(query: Query, formats: tuple[Format, ...]) -> Response:
    """Return the form with the query, its result and the downloads of it."""
    is_graph = formats is GRAPH_FORMATS
    format_ = TURTLE if is_graph else JSON_ROWS
    result = site().engine.run(query, format_.media_type)
    length = result.length
    body = result.read() if length <= SHOWN_BYTES else b""
    return documents.page(
        "sparql.html",
        text=query.text,
        questions=site().questions,
        formats=formats,
        dataset=_dataset(),
        length=length,
        turtle=body.decode() if is_graph else "",
        table=None if is_graph or not body else _table(body),
        shown=SHOWN_ROWS,
    )


def _table(body: bytes) -> tables.Table:
    table = tables.read(body)
    return table.labelled(site().entities.labels(table.unlabelled))


def _dataset() -> list[tuple[str, str]]:
    names = ("default-graph-uri", "named-graph-uri")
    return [(name, value) for name in names for value in request.values.getlist(name)]
