"""The short way for the plainest queries: past Flask, whose part costs more than most answers.

Which requests these are is decided narrowly, and what there is to say beside a short result is left
to Flask: errors, long results, pages, whatever else the protocol knows. Its answers are the same.
"""

import binascii
import re
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response

from citydiplomacy.engine import Query, Result, guard
from citydiplomacy.errors import QueryError
from citydiplomacy.formats import GRAPH_FORMATS, HTML, ROW_FORMATS, Format
from citydiplomacy.web import clients, documents, negotiation, trace
from citydiplomacy.web.site import EXTENSION, Site

FOUND = "citydiplomacy.found"
"""Where in the WSGI environment Flask finds the result or error that the query has brought."""

GRAPH_FORMS = frozenset({"construct", "describe"})
_GRAPHS, _ROWS = (*GRAPH_FORMATS, HTML), (*ROW_FORMATS, HTML)

_PATH, _ONLY_PARAMETER = "/sparql", "query="
_MALFORMED = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def register(app: Flask) -> None:
    """Let plain queries pass by the application, where its own engine answers them."""
    site: Site = app.extensions[EXTENSION]
    if site.public is site.engine:
        app.wsgi_app = Shortcut(app, site)  # type: ignore[method-assign]  # how Flask wants it


class Shortcut:
    """A WSGI application that answers `GET /sparql?query=…` itself; Flask has the rest."""

    def __init__(self, app: Flask, site: Site) -> None:
        self._app = app.wsgi_app
        self._site = site
        formats = (*GRAPH_FORMATS, *ROW_FORMATS)
        self._headers = {format_.media_type: _headers(app, format_) for format_ in formats}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        text = _plain_query(environ)
        body = None if text is None else self._answer(text, environ, start_response)
        return self._app(environ, start_response) if body is None else [body]

    def _answer(self, text: str, environ: dict[str, Any], start_response: Any) -> bytes | None:
        try:
            kind = guard.kind(text, self._site.settings)
        except QueryError:
            return None
        accept = environ.get("HTTP_ACCEPT", "")
        offered = _GRAPHS if kind.form in GRAPH_FORMS else _ROWS
        format_ = negotiation.best(accept, offered)
        if kind.is_new_each_time or format_ is None or format_ is HTML:
            return None
        client = clients.client_at(environ.get("REMOTE_ADDR", ""))
        try:
            result = self._site.engine.run(Query(text), format_.media_type, client=client)
        except Exception as error:  # Flask has words for all of them
            environ[FOUND] = error
            return None
        if result.length > documents.SHORT:
            environ[FOUND] = result
            return None
        told = trace.of(environ)
        told.query = trace.digest(text)
        told.choices.append((offered, format_))
        length = ("Content-Length", str(result.length))
        start_response("200 OK", [*self._headers[format_.media_type], length])
        return result.read()


def found(environ: dict[str, Any]) -> Result | None:
    """Return the result that a query has brought on the short way; None if it did not go there.

    Raises:
        Exception: it has brought this error.
    """
    outcome = environ.get(FOUND)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _plain_query(environ: dict[str, Any]) -> str | None:
    """Return the query of a GET that has no other parameter, if it can be read without doubt."""
    parameters = environ.get("QUERY_STRING", "")
    if (
        environ["REQUEST_METHOD"] != "GET"
        or environ["PATH_INFO"] != _PATH
        or not parameters.startswith(_ONLY_PARAMETER)
        or "&" in parameters
    ):
        return None
    try:
        return _unquoted(parameters[len(_ONLY_PARAMETER) :].encode("ascii"))
    except UnicodeError:
        return None


def _unquoted(value: bytes) -> str | None:
    """Return the value of a parameter, or None where an escape is malformed.

    Quoted-printable is percent-encoding with another sign, and Python decodes it in C: in a
    thirtieth of the time of `urllib.parse.unquote_to_bytes`.
    """
    if _MALFORMED.search(value):
        return None
    signed = value.replace(b"+", b" ").replace(b"=", b"%3D").replace(b"%", b"=")
    return binascii.a2b_qp(signed).decode()


def _headers(app: Flask, format_: Format) -> list[tuple[str, str]]:
    """Return the headers that Flask would give to a result in that format."""
    with app.test_request_context(f"{_PATH}?{_ONLY_PARAMETER}ASK"):
        negotiation.preferred(format_.media_type, (format_,))
        response = app.process_response(Response(content_type=format_.content_type))
    return list(response.headers)
