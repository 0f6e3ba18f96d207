"""The SPARQL 1.1 Protocol endpoint; in a browser, a form and its result."""

from flask import Blueprint, Response, jsonify, render_template, request

from citydiplomacy.engine import Query, guard
from citydiplomacy.errors import BadParameterError, NotAcceptableError
from citydiplomacy.formats import (
    GRAPH_FORMATS,
    HTML,
    ROW_FORMATS,
    Format,
)
from citydiplomacy.namespaces import META
from citydiplomacy.web import (
    bodies,
    completion,
    documents,
    layout,
    negotiation,
    results,
    shortcut,
    trace,
)
from citydiplomacy.web.clients import client_of
from citydiplomacy.web.protocol import asked
from citydiplomacy.web.shortcut import GRAPH_FORMS
from citydiplomacy.web.site import site

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response:
    """Answer a query; without one, describe the service or show the form."""
    if request.method != "POST" and not request.args:
        return _introduction()
    query = _sent() if request.method == "POST" else asked(request)
    trace.here().query = trace.digest(query.text)
    kind = guard.kind(query.text, site().settings)
    formats = GRAPH_FORMATS if kind.form in GRAPH_FORMS else ROW_FORMATS
    format_ = _format(formats)
    if format_ is HTML:
        response = results.page(query, formats, is_new_each_time=kind.is_new_each_time)
    else:
        result = shortcut.found(request.environ) or site().public.run(
            query, format_.media_type, client=client_of(request)
        )
        response = documents.finished(result, format_.content_type)
    # Our own engine answers the same as long as the release is the same; most of the time.
    if site().public is not site().engine or kind.is_new_each_time:
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/sparql/terms.json")
def terms() -> Response:
    """Return what an editor of queries proposes: our prefixes, classes and properties."""
    response = jsonify(completion.proposals())
    response.cache_control.max_age = 3600
    return response


def _sent() -> Query:
    """Return the query in a body."""
    with bodies.reading():
        return asked(request)


def _introduction() -> Response:
    """A browser gets the form, a machine the service description."""
    header = request.headers.get("Accept", "")
    format_ = negotiation.preferred(header, (*GRAPH_FORMATS, HTML))
    if format_ is None:
        raise BadParameterError("There is no query.", "Send it as the parameter “query”.")
    if format_ is HTML:
        return documents.page("sparql.html", text="", questions=site().questions)
    endpoint = f"{site().settings.address}/sparql"
    graphs = site().release.manifest["graphs"]
    # Any file may be served; only a release of ours says what it is.
    described = META in graphs
    turtle = render_template("service.ttl", endpoint=endpoint, graphs=graphs, described=described)
    body = layout.laid_out(layout.ntriples(turtle), format_, endpoint)
    return Response(body, content_type=format_.content_type)


def _format(formats: tuple[Format, ...]) -> Format:
    """The parameter `format`, or `output`, beats the header."""
    name = request.values.get("format") or request.values.get("output")
    if not name:
        return negotiation.choose(request.headers.get("Accept", ""), (*formats, HTML))
    for format_ in (*formats, HTML):
        if name.lower() in _names(format_):
            return format_
    offered = ", ".join(format_.suffix for format_ in (*formats, HTML))
    raise NotAcceptableError(
        f"format={name} is not offered for this query.", f"Use one of: {offered}."
    )


def _names(format_: Format) -> set[str]:
    """What clients call a format: SPARQLWrapper says `turtle`, others the whole media type."""
    media_types = {format_.media_type, *format_.aliases}
    subtypes = {media_type.partition("/")[2] for media_type in media_types}
    return {format_.suffix, format_.label.lower()} | media_types | subtypes
