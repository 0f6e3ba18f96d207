"""What a request asks of the SPARQL endpoint, by the SPARQL 1.1 Protocol."""

import time
from contextlib import suppress
from typing import IO, cast
from urllib.parse import unquote_to_bytes

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from citydiplomacy.engine import Query
from citydiplomacy.errors import (
    BadParameterError,
    UnsupportedMediaTypeError,
    UpdateRefusedError,
)
from citydiplomacy.versions import PARAMETER

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
_DRAIN_BYTES, _DRAIN_CHUNK, _DRAIN_SECONDS = 16 * 1024 * 1024, 64 * 1024, 5.0
_READ_ONLY = "This endpoint is read-only."


def asked(request: Request) -> Query:
    """Return the query of a GET, a form POST or a direct POST.

    Raises:
        BadParameterError: there is no query, or more than one, or it is not UTF-8.
        UnsupportedMediaTypeError: the body is neither a form nor a query.
        UpdateRefusedError: the request is an update.
    """
    # Werkzeug would put something else in the place of what it cannot decode.
    _decoded(unquote_to_bytes(request.query_string))
    if request.method == "POST" and request.mimetype == DIRECT:
        return _query(_single(request.args, _decoded(request.get_data())), request.args)
    if request.method == "POST":
        _check_form(request.mimetype)
        _decoded(unquote_to_bytes(request.get_data()))
        if PARAMETER in request.form:
            raise BadParameterError(
                "The version stands in the body.", "Name it in the address: /sparql?version=…"
            )
    # A dataset in the address of a form counts too: nobody is answered from another one.
    return _query(_single(request.values), request.values)


def drain(request: Request) -> None:
    """Read what a client still sends, as far as that is reasonable."""
    give_up = time.monotonic() + _DRAIN_SECONDS
    left = _DRAIN_BYTES
    with suppress(OSError, HTTPException):
        body = _unread(request)
        while left > 0 and time.monotonic() < give_up:
            chunk = body.read(min(left, _DRAIN_CHUNK))
            if not chunk:
                return
            left -= len(chunk)


def _unread(request: Request) -> IO[bytes]:
    """Return what has not been read of a body; it ends where the body ends."""
    # Some servers wait for more of it instead, and Werkzeug has to count for them.
    if request.environ.get("wsgi.input_terminated"):
        return cast(IO[bytes], request.environ["wsgi.input"])
    try:
        return request.stream
    except RequestEntityTooLarge:  # of such a body nothing has been read
        return get_input_stream(request.environ)


def _query(text: str, parameters: MultiDict[str, str]) -> Query:
    default = tuple(parameters.getlist("default-graph-uri"))
    named = tuple(parameters.getlist("named-graph-uri"))
    if default or named:
        return Query(text, default, named)
    return Query(text)


def _single(parameters: MultiDict[str, str], *body: str) -> str:
    if "update" in parameters:
        raise UpdateRefusedError(_READ_ONLY, "Send a query as the parameter “query”.")
    texts = [*parameters.getlist("query"), *body]
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


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadParameterError(
            f"The query is not UTF-8: the byte 0x{body[error.start]:02X} cannot be read.",
            "Send it as UTF-8.",
        ) from error
