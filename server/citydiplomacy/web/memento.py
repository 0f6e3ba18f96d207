"""Addresses in time, after Memento (RFC 7089): when an answer is from, and where others are.

Every address that leads to data is an original resource, with a TimeGate and a TimeMap of its own.
Its mementos are the same address with a version.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date, parse_date

from citydiplomacy.errors import (
    BadParameterError,
    UnknownEntityError,
)
from citydiplomacy.formats import HTML
from citydiplomacy.namespaces import EntityName
from citydiplomacy.published import Published
from citydiplomacy.web import addresses, within
from citydiplomacy.web.dispatching import parted
from citydiplomacy.web.site import EXTENSION, Site, site

blueprint = Blueprint("memento", __name__)

LINKS = "application/link-format"
_TIMEGATE, _TIMEMAP = "/timegate", "/timemap"

_KEPT = {"entities", "queries", "vocabulary", "nanopublications"}
"""The blueprints whose addresses lead to what is data."""

_PAGES = {"dataset", "exploration", "explore", "fragments", "home", "search", "wikidata"}
"""Those of pages about it."""

_ONLY_PRESENT = {"dataset.download"}
"""Of a version of the past no more is kept than its own files."""

_SHOWN = {HTML.media_type, "image/svg+xml"}


def register(app: Flask) -> None:
    """Let the application say when its answers are from, or where those of other times are."""
    here: Site = app.extensions[EXTENSION]
    app.jinja_env.globals["present"] = _own_address
    app.after_request(_pinned if here.is_pinned else _now)


@blueprint.get(f"{_TIMEGATE}/", defaults={"path": ""})
@blueprint.get(f"{_TIMEGATE}/<path:path>")
def timegate(path: str) -> Response:
    """Send the client to an address as it was at the time it names, by default the newest."""
    original, kept = _asked(path)
    wanted = _wanted_time()
    until = [version for version in kept if wanted is None or _time(version) <= wanted]
    found = until[-1] if until else kept[0]
    response = Response(status=HTTPStatus.FOUND, headers={"Location": _of(original, found)})
    response.headers["Link"] = ", ".join(
        (f'<{original}>; rel="original"', _link_to_timemap(original))
    )
    response.vary.add("Accept-Datetime")
    return response


@blueprint.get(f"{_TIMEMAP}/", defaults={"path": ""})
@blueprint.get(f"{_TIMEMAP}/<path:path>")
def timemap(path: str) -> Response:
    """List the versions of what an address leads to; of an entity, those that have it."""
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


def _mementos(original: str, kept: Sequence[Published], address: str) -> Iterator[str]:
    for version in kept:
        ends = [name for name, each in (("first", kept[0]), ("last", kept[-1])) if each is version]
        yield (
            f'<{address}{_of(original, version)}>; rel="{" ".join([*ends, "memento"])}"; '
            f'datetime="{http_date(_time(version))}"'
        )


def _now(response: Response) -> Response:
    """Name the gate to earlier versions of what is a resource of the data."""
    is_kept = request.blueprint in _KEPT and response.status_code < HTTPStatus.BAD_REQUEST
    if is_kept and request.method in {"GET", "HEAD"} and site().versions:
        own = _own_address()
        gate = f'<{_TIMEGATE}{own}>; rel="timegate"'
        _add_links(response, gate, _link_to_timemap(own))
    return response


def _pinned(response: Response) -> Response:
    """Keep the links of an answer within its version, and say when that is from."""
    version = site().version
    if told := response.headers.get("Link"):
        response.headers["Link"] = within.links(told, version)
    location = response.headers.get("Location", "")
    if location.startswith("/"):
        response.headers["Location"] = within.address(location, version)
    if response.mimetype in _SHOWN and not response.direct_passthrough:
        response.set_data(within.page(response.get_data(as_text=True), version))
    is_there = response.status_code < HTTPStatus.BAD_REQUEST
    if _has_versions(request.endpoint or "") and (
        is_there or response.status_code == HTTPStatus.GONE
    ):
        modified = site().release.manifest["modified"]
        response.headers["Memento-Datetime"] = http_date(_midnight(modified))
        own = _own_address()
        original = f'<{own}>; rel="original latest-version"'
        gate = f'<{_TIMEGATE}{own}>; rel="timegate"'
        _add_links(response, original, gate, _link_to_timemap(own))
    return response


def _wanted_time() -> datetime | None:
    told = request.headers.get("Accept-Datetime", "")
    try:
        found = parse_date(told)
    except OverflowError:  # a year or an offset that no date has
        found = None
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
    if within.is_timeless(local) or not _has_versions(endpoint):
        raise UnknownEntityError(
            f"There are no versions of {local}.", "Give the path of an entity, list or question."
        )
    here = site()
    found = list(here.versions.values())
    if "kind" in named and "slug" in named:
        found = here.history.versions_of(EntityName(named["kind"], named["slug"]).iri)
    if not found:
        raise UnknownEntityError(f"No published version has {local}.", "See /dataset.")
    _, others = parted(request.query_string.decode("latin-1"))
    return addresses.local(local, others), found


def _has_versions(endpoint: str) -> bool:
    return endpoint.partition(".")[0] in _KEPT | _PAGES and endpoint not in _ONLY_PRESENT


def _own_address() -> str:
    return addresses.local(request.path, request.query_string)


def _of(original: str, version: Published) -> str:
    return within.address(original, version.name)


def _link_to_timemap(original: str) -> str:
    return f'<{_TIMEMAP}{original}>; rel="timemap"; type="{LINKS}"'


def _add_links(response: Response, *links: str) -> None:
    told = response.headers.get("Link")
    response.headers["Link"] = ", ".join([*([told] if told else []), *links])


def _time(version: Published) -> datetime:
    return _midnight(version.modified)


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
