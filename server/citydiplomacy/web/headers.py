"""The headers of every response: what a browser may load, and who may read."""

from http import HTTPStatus

from flask import Flask, Response, request

from citydiplomacy.web import trace

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# The editor of queries underlines what it expects by this one inline style.
_UNDERLINE = "'sha256-EntWS0hFrz2vH7susM+dPUxvHlL6sBswmM8K80E5oUk='"
EDITOR_POLICY = f"{POLICY}; style-src-attr 'unsafe-hashes' {_UNDERLINE}"
# A preview is made to be shown within the page of whoever matches records with ours.
PREVIEW_POLICY = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
_POLICIES = {"sparql.endpoint": EDITOR_POLICY, "reconcile.preview": PREVIEW_POLICY}
_STATIC = "static"
YEAR = 365 * 24 * 3600
"""Seconds for which what never changes is kept."""

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    # The data is open: any page of any site may read it.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, ETag, Memento-Datetime, Retry-After",
}


def register(app: Flask) -> None:
    """Give every response of the application its headers."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    response.headers.extend(_EVERYWHERE)
    policy = _POLICIES.get(request.endpoint or "", POLICY)
    response.headers["Content-Security-Policy"] = policy
    if trace.here().choices:
        response.vary.add("Accept")
    if request.endpoint == _STATIC and response.status_code < HTTPStatus.BAD_REQUEST:
        _keep(response)
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = _storage(response)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
        response.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Datetime, Content-Type"
        response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _keep(response: Response) -> None:
    """A file whose address names its content or version is kept; any other is asked about again."""
    keeps = "v" in request.args or request.path.startswith("/static/vendor/")
    response.cache_control.no_cache = None if keeps else True
    response.cache_control.max_age = YEAR if keeps else None
    response.cache_control.immutable = keeps


def _storage(response: Response) -> str:
    """What a client may do with its copy.

    The next release answers under the same addresses, so that a copy is good only if its ETag
    still is. Errors pass, and what was asked in a body has no address to be found by.
    """
    is_read = request.method in {"GET", "HEAD"}
    return "no-cache" if is_read and response.status_code < HTTPStatus.BAD_REQUEST else "no-store"
