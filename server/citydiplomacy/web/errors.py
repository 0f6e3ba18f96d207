"""Errors as a person or a program can read them: a page, or application/problem+json."""

import json
import secrets
from http import HTTPStatus
from typing import cast

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge

from citydiplomacy.errors import (
    DamagedReleaseError,
    DamagedVersionError,
    QueryTooLongError,
    RequestError,
)
from citydiplomacy.formats import HTML, Format
from citydiplomacy.namespaces import BASE
from citydiplomacy.web import addresses, nearby, negotiation, queries, trace
from citydiplomacy.web.site import site

Members = dict[str, str | int | list[nearby.Suggestion]]
PROBLEM = Format("json", "application/problem+json", "Problem", ("application/json",))


def register(app: Flask) -> None:
    """Answer every error of the application as a page or as a problem document."""
    app.register_error_handler(RequestError, _refused)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(DamagedReleaseError, _damaged)
    app.register_error_handler(HTTPException, _failed)
    app.register_error_handler(Exception, _broken)


def problem_type(error: type[RequestError]) -> str:
    """Return the IRI that says what kind of problem it is; its page explains them all."""
    return f"{BASE}about#{anchor(error.title)}"


def anchor(title: str) -> str:
    """Return the fragment under which the page about us explains a problem."""
    return "problem-" + title.lower().replace(" ", "-")


def _refused(error: RequestError) -> Response:
    members: Members = {
        "type": problem_type(type(error)),
        "title": error.title,
        "status": _status(error),
        "detail": error.detail,
        "repair": error.repair,
        **error.extras(),
    }
    return _answer(members, dict(error.headers))


def _too_large(error: RequestEntityTooLarge) -> Response:
    """What else comes in bodies says by itself that it is too long; the others are queries."""
    limit = site().settings.query_length
    detail = f"The query is longer than {limit} bytes."
    return _refused(QueryTooLongError(detail, "Shorten it.", "query_length", limit))


def _damaged(error: DamagedReleaseError) -> Response:
    """Say what visitors can do; which file it is, and where it lies, is for the log."""
    current_app.logger.error("%s", error)
    detail = "A file of a published version is damaged here, and nothing is answered from it."
    repair = "Report it. The repository has all files of every version."
    return _refused(DamagedVersionError(detail, repair))


def _status(error: RequestError) -> int:
    """A query that came in the address is too long as an address."""
    if isinstance(error, QueryTooLongError) and request.method != "POST":
        return HTTPStatus.REQUEST_URI_TOO_LONG
    return error.status


def _failed(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    members: Members = {
        "type": "about:blank",
        "title": status.phrase.capitalize(),
        "status": int(status),
        "detail": error.description or status.description,
    }
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    if "Allow" in kept:
        members["repair"] = f"Use one of: {kept['Allow']}."
    return _answer(members, kept)


def _broken(error: Exception) -> Response:
    request_id = secrets.token_hex(6)
    current_app.logger.error("Request %s failed: %r", request_id, request.path, exc_info=error)
    return _answer(
        {
            "type": "about:blank",
            "title": InternalServerError().name,
            "status": 500,
            "detail": "Something went wrong on our side; it has been written to the log.",
            "repair": f"If it happens again, report it with the number {request_id}.",
            "request": request_id,
        },
        {},
    )


def _answer(members: Members, headers: dict[str, str]) -> Response:
    if members["status"] == HTTPStatus.NOT_FOUND and (elsewhere := _tidied()):
        return Response(status=301, headers={"Location": elsewhere})
    if members["status"] == HTTPStatus.NOT_FOUND and (near := nearby.pages(request.path)):
        members["suggestions"] = near
    trace.here().problem = str(members["title"])
    status = cast(int, members["status"])
    if _wants_page():
        again = queries.form_again()
        body = render_template("error.html", problem=members, query=_query(), **again)
        content_type = HTML.content_type
    else:
        shown = {name: value for name, value in members.items() if value != ""}
        body = f"{json.dumps(shown, indent=2)}\n"
        content_type = PROBLEM.media_type
    response = Response(body, status, headers, content_type=content_type)
    response.vary.add("Accept")
    return response


def _wants_page() -> bool:
    """Tell whether a person reads the answer: browsers ask for HTML, programs often do not say."""
    return negotiation.preferred(request.headers.get("Accept", ""), (PROBLEM, HTML)) is HTML


def _query() -> str:
    """The query that failed, to be mended in place; unread when the body itself is at fault."""
    return request.args.get("query", "")


def _tidied() -> str | None:
    """Return the address in lower case and without stray slashes, if that is another one.

    Only reading is sent on: what a body asks would be lost on the way.
    """
    path = "/" + request.path.strip("/").lower()
    if request.method not in {"GET", "HEAD"} or path in {request.path, request.path.rstrip("/")}:
        return None
    # One slash at the start, and quoted: the address can never name another host.
    return addresses.local(path, request.query_string)
