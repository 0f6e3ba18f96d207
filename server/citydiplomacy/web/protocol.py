"""What a request asks of the SPARQL endpoint, by the SPARQL 1.1 Protocol."""

import time
from contextlib import suppress
from urllib.parse import unquote_to_bytes

from flask import Request
from werkzeug.datastructures import MultiDict

from citydiplomacy.engine import Query
from citydiplomacy.errors import (
    BadParameterError,
    UnsupportedMediaTypeError,
    UpdateRefusedError,
)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
_DRAIN_BYTES, _DRAIN_CHUNK, _DRAIN_SECONDS = 16 * 1024 * 1024, 64 * 1024, 5.0
_READ_ONLY = "This endpoint is read-only."


def asked(request: Request) -> Query:
    """Return the query of a GET, a form POST or a direct POST.

    Raises:
        BadParameterError: there is no query, or more than one.
        UnsupportedMediaTypeError: the body is neither a form nor a query.
        UpdateRefusedError: the request is an update.
    """
    if request.method == "POST" and request.mimetype == DIRECT:
        _check_text(request.query_string)
        return _query(_decoded(request.get_data()), request.args)
    if request.method == "POST":
        _check_form(request.mimetype)
        _check_text(request.get_data())
        return _query(_single(request.form), request.form)
    _check_text(request.query_string)
    return _query(_single(request.args), request.args)


def drain(request: Request) -> None:
    """Read what a client still sends, as far as that is reasonable."""
    give_up = time.monotonic() + _DRAIN_SECONDS
    left = _DRAIN_BYTES
    with suppress(OSError):
        while left > 0 and time.monotonic() < give_up:
            chunk = request.environ["wsgi.input"].read(min(left, _DRAIN_CHUNK))
            if not chunk:
                return
            left -= len(chunk)


def _query(text: str, parameters: MultiDict[str, str]) -> Query:
    default = tuple(parameters.getlist("default-graph-uri"))
    named = tuple(parameters.getlist("named-graph-uri"))
    if default or named:
        return Query(text, default, named)
    return Query(text)


def _single(parameters: MultiDict[str, str]) -> str:
    if "update" in parameters:
        raise UpdateRefusedError(_READ_ONLY, "Send a query as the parameter “query”.")
    texts = parameters.getlist("query")
    if len(texts) != 1:
        detail = "There is more than one query." if texts else "There is no query."
        raise BadParameterError(detail, "Send exactly one parameter “query”.")
    return texts[0]


def _check_form(media_type: str) -> None:
    if media_type == UPDATE:
        raise UpdateRefusedError(_READ_ONLY, f"Send a query as {DIRECT}.")
    if media_type != FORM:
        raise UnsupportedMediaTypeError(
            f"A body of type {media_type or 'unknown'} is not read here.",
            f"Send {FORM} with the parameter “query”, or the query itself as {DIRECT}.",
        )


def _check_text(parameters: bytes) -> None:
    """Refuse what is no UTF-8 where it is percent-encoded: Werkzeug would put U+FFFD for it."""
    _decoded(unquote_to_bytes(parameters))


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadParameterError(
            f"The query is not UTF-8: byte {error.start} cannot be read.", "Send it as UTF-8."
        ) from error
