"""Addresses in time: any page or data as a published version has it (RFC 7089, Memento).

`version` among the parameters of an address asks for a version. Such a request is answered by an
application over that version, which does not see the parameter and knows that it is pinned: what
it says leads to itself as far as it leads to this service.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape, unescape
from http import HTTPStatus
from threading import Lock
from urllib.parse import quote, unquote_plus
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date, parse_date

from citydiplomacy.errors import (
    BadParameterError,
    RequestError,
    UnknownEntityError,
)
from citydiplomacy.formats import HTML
from citydiplomacy.namespaces import EntityName
from citydiplomacy.published import Published
from citydiplomacy.versions import PARAMETER, pinned
from citydiplomacy.web import past
from citydiplomacy.web.past import Recalled
from citydiplomacy.web.site import EXTENSION, Site, site

blueprint = Blueprint("memento", __name__)

FAULT = "citydiplomacy.fault"
"""Where in the WSGI environment the application finds why a version cannot be asked."""

LINKS = "application/link-format"
_TIMEGATE, _TIMEMAP = "/timegate", "/timemap"
_QUERY_MARKS = "!$&'()*+,;=:@/?%"
"""What may stand in a query string beside letters and digits: it is quoted already."""

_KEPT = {"entities", "queries", "vocabulary", "nanopublications"}
"""The blueprints whose addresses lead to what is data."""

_PAGES = {"dataset", "exploration", "explore", "home", "search", "sparql"}
"""Those of pages about it."""

# What is the same in every version, or about all of them.
_TIMELESS = re.compile(
    r"/((static|timegate|timemap|activity|frozen)\b|unapi$|dataset/\d|[^?#]*/history(\.json)?$)"
)
_ADDRESS = re.compile(
    r"(?<!data-now )(?<!canonical\" )"
    r"\b(?P<name>href|action|src|data-[a-z]+)=\"(?P<address>/[^\"]*)\""
)
_FORM = re.compile(r"<form\b[^>]*>")
_TARGET = re.compile(r"<(/[^>]*)>")
_SHOWN = {HTML.media_type, "image/svg+xml"}


def register(app: Flask) -> None:
    """Let the application say when its answers are from, and refuse other versions than its own."""
    here: Site = app.extensions[EXTENSION]
    app.jinja_env.globals["present"] = _own_address
    if here.is_pinned:
        app.after_request(_pinned)
    else:
        app.before_request(_refuse_other_versions)
        app.after_request(_now)


def stand_before(app: Flask, make: Callable[[Recalled], Flask]) -> None:
    """Let an application over a version answer what is asked of that version.

    Args:
        app: The application that answers everything else.
        make: Makes an application that shows nothing but one version.
    """
    app.wsgi_app = Dispatcher(app, make)  # type: ignore[method-assign]  # how Flask wants it


class Dispatcher:
    """A WSGI application that hands each request to that of the version it names."""

    def __init__(self, app: Flask, make: Callable[[Recalled], Flask]) -> None:
        self._present = app.wsgi_app
        self._site: Site = app.extensions[EXTENSION]
        self._make = make
        self._lock = Lock()
        self._made: OrderedDict[str, tuple[Recalled, Flask]] = OrderedDict()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if PARAMETER not in environ.get("QUERY_STRING", ""):
            return self._present(environ, start_response)
        named, others = _parted(environ["QUERY_STRING"])
        if not named:
            return self._present(environ, start_response)
        try:
            app = self._over(named)
        except RequestError as error:  # the application has words for it
            return self._present({**environ, FAULT: error}, start_response)
        # The cache in front has the whole address, and goes on with it.
        return app.wsgi_app({**environ, "QUERY_STRING": others}, start_response)

    def _over(self, named: Sequence[str]) -> Flask:
        """Return the application over a version.

        Raises:
            RequestError: there is no such version, or it cannot be asked now.
        """
        here = self._site
        if len(named) > 1:
            raise BadParameterError("More than one version is named.", f"Give one “{PARAMETER}”.")
        version = past.found(named[0], here.versions, here.version).name
        is_shown = version == here.version
        recalled = Recalled(here.release, here.engine) if is_shown else here.past.recalled(version)
        with self._lock:
            known, app = self._made.get(version, (None, None))
            if app is None or known != recalled:
                app = self._make(recalled)
            self._made[version] = recalled, app
            self._made.move_to_end(version)
            while len(self._made) > here.settings.past_versions + 1:
                self._made.popitem(last=False)
        return app


def _parted(parameters: str) -> tuple[list[str], str]:
    """Return the versions that a query string names, and what else stands in it, as it stands."""
    named, others = [], []
    for parameter in parameters.split("&"):
        name, _, value = parameter.partition("=")
        if unquote_plus(name) == PARAMETER:
            named.append(unquote_plus(value))
        else:
            others.append(parameter)
    return named, "&".join(others)


@blueprint.get(f"{_TIMEGATE}/<path:path>")
def timegate(path: str) -> Response:
    """Send the client to an address as it was at the time it names, by default the newest."""
    original, kept = _asked(path)
    wanted = _wanted_time()
    found = kept[0]
    for version in kept if wanted else kept[-1:]:
        if wanted is None or _time(version) <= wanted:
            found = version
    response = Response(status=HTTPStatus.FOUND, headers={"Location": _of(original, found)})
    response.headers["Link"] = ", ".join(
        (f'<{original}>; rel="original"', _link_to_timemap(original))
    )
    response.vary.add("Accept-Datetime")
    return response


@blueprint.get(f"{_TIMEMAP}/<path:path>")
def timemap(path: str) -> Response:
    """List the versions in which there is what an address leads to."""
    original, kept = _asked(path)
    address = site().settings.address
    first, last = (http_date(_time(kept[index])) for index in (0, -1))
    lines = [
        f'<{address}{original}>; rel="original"',
        f'<{address}{_TIMEGATE}{original}>; rel="timegate"',
        f'<{address}{_TIMEMAP}{original}>; rel="self"; type="{LINKS}"; from="{first}"; '
        f'until="{last}"',
        *_mementos(original, kept, address),
    ]
    return Response(",\n".join(lines) + "\n", content_type=LINKS)


def _within(address: str, version: str) -> str:
    """Return the address as a version has it, where versions make a difference."""
    return address if _TIMELESS.match(address) else pinned(address, version)


def _mementos(original: str, kept: Sequence[Published], address: str) -> Iterator[str]:
    for version in kept:
        ends = [name for name, each in (("first", kept[0]), ("last", kept[-1])) if each is version]
        yield (
            f'<{address}{_of(original, version)}>; rel="{" ".join([*ends, "memento"])}"; '
            f'datetime="{http_date(_time(version))}"'
        )


def _refuse_other_versions() -> None:
    fault = request.environ.get(FAULT)
    if isinstance(fault, RequestError):
        raise fault


def _now(response: Response) -> Response:
    """Name the gate to earlier versions of what is a resource of the data."""
    is_kept = request.blueprint in _KEPT and response.status_code < HTTPStatus.BAD_REQUEST
    if is_kept and request.method in {"GET", "HEAD"} and site().versions:
        own = _own_address()
        gate = f'<{_TIMEGATE}{own}>; rel="timegate"'
        _add_links(response, gate, _link_to_timemap(own))
    return response


def _pinned(response: Response) -> Response:
    """Say when an answer is from, and keep its links within its version."""
    if response.status_code >= HTTPStatus.BAD_REQUEST and response.status_code != HTTPStatus.GONE:
        return response
    version, modified = site().version, site().release.manifest["modified"]
    response.headers["Memento-Datetime"] = http_date(_midnight(modified))
    # The address of a query says itself which version answers; most answers take a short way.
    if request.endpoint != "sparql.endpoint":
        own = _own_address()
        told = response.headers.get("Link", "")
        if told:
            response.headers["Link"] = _TARGET.sub(
                lambda found: f"<{_within(found[1], version)}>", told
            )
        original = f'<{own}>; rel="original latest-version"'
        gate = f'<{_TIMEGATE}{own}>; rel="timegate"'
        _add_links(response, original, gate, _link_to_timemap(own))
    location = response.headers.get("Location", "")
    if location.startswith("/"):
        response.headers["Location"] = _within(location, version)
    if response.mimetype in _SHOWN and not response.direct_passthrough:
        response.set_data(kept_within(response.get_data(as_text=True), version))
    return response


def kept_within(page: str, version: str) -> str:
    """Return a page whose links and forms lead to the pages of the same version."""

    def within(found: re.Match[str]) -> str:
        address = escape(_within(unescape(found["address"]), version))
        return f'{found["name"]}="{address}"'

    def with_version(found: re.Match[str]) -> str:
        if 'method="post"' in found[0]:
            return found[0]
        return f'{found[0]}<input type="hidden" name="{PARAMETER}" value="{version}">'

    return _FORM.sub(with_version, _ADDRESS.sub(within, page))


def _wanted_time() -> datetime | None:
    told = request.headers.get("Accept-Datetime", "")
    found = parse_date(told) if told else None
    if told and found is None:
        raise BadParameterError(
            f"“Accept-Datetime: {told}” cannot be read as a time.",
            "Write it as HTTP does, in GMT: Sun, 22 Nov 2026 00:00:00 GMT.",
        )
    return found


def _asked(path: str) -> tuple[str, Sequence[Published]]:
    """Return the address whose versions are asked for, and those that have it, the oldest first.

    Raises:
        UnknownEntityError: there is no such address here, or it was never published.
    """
    local = f"/{path}"
    try:
        endpoint, named = current_app.url_map.bind("").match(local)
    except HTTPException:
        endpoint, named = "", {}
    if endpoint.partition(".")[0] not in _KEPT | _PAGES:
        raise UnknownEntityError(
            f"There are no versions of {local}.", "Give the path of an entity, list or question."
        )
    here = site()
    found = list(here.versions.values())
    if "kind" in named and "slug" in named:
        found = here.history.versions_of(EntityName(named["kind"], named["slug"]).iri)
    if not found:
        raise UnknownEntityError(f"No published version has {local}.", "See /dataset.")
    asked = quote(request.query_string, safe=_QUERY_MARKS)
    return quote(local) + (f"?{asked}" if asked else ""), found


def _own_address() -> str:
    asked = quote(request.query_string, safe=_QUERY_MARKS)
    return quote(request.path) + (f"?{asked}" if asked else "")


def _of(original: str, version: Published) -> str:
    return _within(original, version.name)


def _link_to_timemap(original: str) -> str:
    return f'<{_TIMEMAP}{original}>; rel="timemap"; type="{LINKS}"'


def _add_links(response: Response, *links: str) -> None:
    told = response.headers.get("Link")
    response.headers["Link"] = ", ".join([*([told] if told else []), *links])


def _time(version: Published) -> datetime:
    return _midnight(version.modified)


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
