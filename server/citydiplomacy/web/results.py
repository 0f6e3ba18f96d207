"""The result of a visitor's query as a page."""

from dataclasses import replace

from flask import Response, request

from citydiplomacy import tables
from citydiplomacy.engine import Query, Result
from citydiplomacy.formats import GRAPH_FORMATS, JSON_ROWS, TURTLE, Format
from citydiplomacy.web import documents
from citydiplomacy.web.clients import client_of
from citydiplomacy.web.site import site

# Beyond this a page helps nobody; the downloads carry all of it.
SHOWN_BYTES = 2_000_000
SHOWN_ROWS = 1_000


def page(query: Query, formats: tuple[Format, ...], *, is_new_each_time: bool) -> Response:
    """Return the form with the query, its result and the downloads of it."""
    is_graph = formats is GRAPH_FORMATS
    format_ = TURTLE if is_graph else JSON_ROWS
    result = site().public.run(query, format_.media_type, client=client_of(request))
    body = _read(result)
    table = None if is_graph or body is None else tables.plain(body)
    return documents.page(
        "sparql.html",
        text=query.text,
        questions=site().questions,
        formats=formats,
        dataset=(dataset := _dataset()),
        can_be_frozen=not dataset and not is_new_each_time,
        length=result.length,
        turtle=body.decode() if is_graph and body is not None else None,
        table=table and labelled(table),
        found=len(table.rows) if table else 0,
    )


def labelled(table: tables.Table) -> tables.Table:
    """Return the rows to be shown, with the names of what is ours."""
    shown = replace(table, rows=table.rows[:SHOWN_ROWS])
    return shown.labelled(site().entities.labels(shown.unlabelled))


def _read(result: Result) -> bytes | None:
    """Return the result, or None when it is too long for a page."""
    with result.body as body:
        return body.read() if result.length <= SHOWN_BYTES else None


def _dataset() -> list[tuple[str, str]]:
    names = ("default-graph-uri", "named-graph-uri")
    return [(name, value) for name in names for value in request.values.getlist(name)]
