"""Data of visitors held to the shapes of the release, and the report."""

from flask import Blueprint, Response, request

from citydiplomacy import judging, terms
from citydiplomacy.errors import (
    BadParameterError,
    TooMuchAtOnceError,
    UnsupportedMediaTypeError,
)
from citydiplomacy.formats import GRAPH_FORMATS, HTML, JSONLD, NTRIPLES, TURTLE, Format
from citydiplomacy.namespaces import SHAPES
from citydiplomacy.web import bodies, documents, negotiation, protocol
from citydiplomacy.web.site import site

blueprint = Blueprint("validate", __name__)

READ = (TURTLE, NTRIPLES, JSONLD)
"""The formats that data may come in."""

_DATA, _FORMAT = "data", "format"
_ENVELOPE = 1_000
"""Bytes of a form beside its data."""


@blueprint.get("/validate")
def form() -> Response:
    """Show the form that takes data."""
    _require_shapes()
    return documents.page("validate.html", read=READ, data="", chosen=TURTLE, judged=None)


@blueprint.post("/validate")
def validate() -> Response:
    """Hold data to the shapes; the report as a page or as RDF."""
    _require_shapes()
    wanted = negotiation.choose(request.headers.get("Accept", ""), (*GRAPH_FORMATS, HTML))
    data, sent = _sent()
    report = TURTLE if wanted is HTML else wanted
    judged = site().judging.judge(data, sent, report)
    if wanted is HTML:
        return documents.page("validate.html", read=READ, data=data, chosen=sent, judged=judged)
    return Response(judged.report, content_type=wanted.content_type)


def _require_shapes() -> None:
    terms.header(site().engine, site().pages, SHAPES)  # or the release has none


def _sent() -> tuple[str, Format]:
    """Return the data of the request and its format.

    Raises:
        RequestError: there is none, or it is too long, or it is not UTF-8, or of another type.
    """
    limit = site().settings.validation_bytes
    try:
        return _from_form(limit) if request.mimetype == protocol.FORM else _from_body(limit)
    except TooMuchAtOnceError as error:
        raise judging.too_long(limit) from error


def _from_body(limit: int) -> tuple[str, Format]:
    for format_ in READ:
        if request.mimetype == format_.media_type:
            return bodies.text(format_.media_type, limit), format_
    protocol.drain(request)
    offered = ", ".join(format_.media_type for format_ in READ)
    raise UnsupportedMediaTypeError(
        f"Data of type {request.mimetype or 'unknown'} is not read here.",
        f"Send it as one of: {offered}; or as the field “{_DATA}” of a form.",
    )


def _from_form(limit: int) -> tuple[str, Format]:
    # A form carries its data percent-encoded, at worst three bytes for one.
    given = bodies.form(3 * limit + _ENVELOPE)
    if not given.get(_DATA, "").strip():
        raise BadParameterError("There is no data.", f"Send it as the field “{_DATA}”.")
    return given[_DATA], documents.format_of(given.get(_FORMAT, TURTLE.suffix), READ)
