"""Documents about an IRI: the redirect to them, their formats, their headers."""

from collections.abc import Callable, Sequence

from flask import Response, render_template, request
from werkzeug.wsgi import FileWrapper

from citydiplomacy.citation import Citation
from citydiplomacy.citation.written import written
from citydiplomacy.engine import Query, Result
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import (
    CITATION_FORMATS,
    HTML,
    LINKSET_FORMATS,
    NTRIPLES,
    Format,
    by_suffix,
)
from citydiplomacy.web import layout, negotiation
from citydiplomacy.web.signposting import Signposts
from citydiplomacy.web.site import site

_CHUNK = 256 * 1024
SHORT = 1024 * 1024
"""Bytes of a result that is read at once, and may be cached; the engine spools longer ones."""


def see_other(path: str, formats: Sequence[Format]) -> Response:
    """Return the 303 from the path of an IRI to its document in the format asked for."""
    chosen = negotiation.choose(request.headers.get("Accept", ""), formats)
    # Relative, so that no Host header has a say in where people go.
    response = Response(status=303, headers={"Location": f"{path}.{chosen.suffix}"})
    response.vary.add("Accept")
    return response


def format_of(suffix: str, formats: Sequence[Format]) -> Format:
    """Return the format with that suffix.

    Raises:
        UnknownEntityError: the document is not offered in such a format.
    """
    found = by_suffix(suffix, tuple(formats))
    if found is None:
        offered = ", ".join(f".{format_.suffix}" for format_ in formats)
        raise UnknownEntityError(f"There is no format .{suffix} here.", f"Use one of: {offered}.")
    return found


def cited(citation: Citation, format_: Format, status: int = 200) -> Response:
    """Return a citation in one of its formats."""
    return Response(written(citation, format_), status, content_type=format_.content_type)


def document(
    format_: Format, signposts: Signposts, make: Callable[[], Response], status: int = 200
) -> Response:
    """Return a document with its signposts, or what there is beside it: a citation, its links.

    Args:
        format_: Which of them is wanted.
        signposts: What it is, with its citation.
        make: Makes the document, in its formats.
        status: That of a citation: what is gone can be cited, and stays gone.
    """
    if format_ in CITATION_FORMATS:
        return signposts.on(cited(signposts.citation, format_, status), format_)
    if format_ in LINKSET_FORMATS:
        return signposts.document(format_, site().at)
    return signposts.on(make(), format_)


def page(template: str, status: int = 200, **values: object) -> Response:
    """Return a page made from a template."""
    body = render_template(template, **values)
    return Response(body, status, content_type=HTML.content_type)


def graph(text: str, format_: Format, about: str, status: int = 200) -> Response:
    """Return what a CONSTRUCT query of ours builds, laid out to be read."""
    result = site().engine.run(Query(text), NTRIPLES.media_type, "pages")
    body = layout.laid_out(result.read().decode(), format_, about)
    return Response(body, status, content_type=format_.content_type)


def finished(result: Result, content_type: str) -> Response:
    """Return a finished result of the engine as it is, a long one without reading it."""
    if result.length <= SHORT:
        return Response(result.read(), content_type=content_type)
    response = Response(
        FileWrapper(result.body, _CHUNK), content_type=content_type, direct_passthrough=True
    )
    response.content_length = result.length
    response.call_on_close(result.body.close)
    return response
