"""Pictures of all ties to be explored: on a map, over the years, as a network; and their data."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from citydiplomacy import choice, ties, yearly
from citydiplomacy.choice import Choice
from citydiplomacy.formats import CSV_ROWS, Format
from citydiplomacy.spreadsheets import harmless
from citydiplomacy.ties import Actor, Dated, Membership, Tie
from citydiplomacy.web import documents
from citydiplomacy.web.pictures import between, tiesmap, years
from citydiplomacy.web.site import site

blueprint = Blueprint("explore", __name__, url_prefix="/explore")

LISTED = 60
"""Rows of a table; all of them are in the data."""

_SOURCES = 2
_PROPOSED = 120
_KEPT = 1
"""An answer to more conditions than this is made anew each time: there are too many to keep."""

_JSON = Format("json", "application/json", "JSON")
_FORMATS = (_JSON, CSV_ROWS)
_SHOWN = ("agreements", "memberships", "actions")
_YES = ("yes",)
Parameters = list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """What an address asks for: a choice, what is to be shown of it, and both as parameters."""

    choice: Choice
    shown: tuple[str, ...]
    parameters: Parameters

    def address(self, path: str, **changes: str | int) -> str:
        """Return the address of the same choice elsewhere; an empty value takes a part away."""
        kept = [(name, value) for name, value in self.parameters if name not in changes]
        added = [(name, str(value)) for name, value in changes.items() if value != ""]
        query = urlencode([*kept, *added])
        return f"{path}?{query}" if query else path


@blueprint.get("/")
def entry() -> Response:
    """Show what there is to explore, and where to begin."""
    return documents.page("explore/index.html", ties=site().ties, offer=site().offer)


@blueprint.get("/map")
def world() -> Response:
    """Show who is tied to whom on a map."""
    return _page("map", (), lambda asked, found: {"picture": tiesmap.ties_map(found)})


@blueprint.get("/timeline")
def timeline() -> Response:
    """Show what began when, and what ended."""
    return _page("timeline", _SHOWN, _over_years)


@blueprint.get("/network")
def network() -> Response:
    """Show all who are tied as one network."""
    return _page(
        "network",
        _YES,
        lambda asked, found: {
            "picture": between.network(found, site().positions),
            "with_networks": bool(asked.shown),
        },
    )


@blueprint.get("/ties.<suffix>")
def data(suffix: str) -> Response:
    """Return the ties that are chosen, as the pictures read them or as rows."""
    format_ = documents.format_of(suffix, _FORMATS)
    return _answered(_YES, "networks", lambda asked: _written(asked, format_))


def _page(
    name: str,
    switches: Sequence[str],
    drawn: Callable[[Asked, list[Tie]], dict[str, object]],
) -> Response:
    def made(asked: Asked) -> Response:
        found = asked.choice.of_ties(site().ties.ties)
        listed = _first(found)
        sources = {iri for tie in listed for iri in tie.sources[:_SOURCES]}
        values: dict[str, object] = {
            "asked": asked,
            "chosen": asked.choice,
            "offer": site().offer,
            "ties": site().ties,
            "proposed": _proposed(),
            "found": found,
            "listed": listed,
            "sources": site().entities.labels(sources),
            "groups": ties.GROUPS,
            "query": asked.choice.narrowed(site().ties.query("ties")),
        }
        return documents.page(f"explore/{name}.html", **{**values, **drawn(asked, found)})  # type: ignore[arg-type]

    return _answered(switches, "networks" if switches is _YES else "show", made)


def _answered(switches: Sequence[str], name: str, made: Callable[[Asked], Response]) -> Response:
    """Return the answer to what is asked, or the way to the one address that asks for it."""
    given = request.args.to_dict(flat=False)
    chosen = site().offer.choice(given)
    shown = choice.switches(given, name, switches) if switches else ()
    if shown == _usual(chosen, switches):
        shown = ()
    parameters = [*chosen.parameters, *((name, value) for value in shown)]
    asked = Asked(chosen, shown, parameters)
    if parameters != list(request.args.items(multi=True)):
        return Response(status=303, headers={"Location": asked.address(request.path)})
    response = made(asked)
    if len(parameters) > _KEPT:
        # With an ETag of its own the cache lets it pass, and a client may keep it all the same.
        response.add_etag()
        response.make_conditional(request)
    return response


def _usual(chosen: Choice, switches: Sequence[str]) -> tuple[str, ...]:
    """Return what a picture shows when nothing is said: kind and status are of agreements alone."""
    if switches != _SHOWN:
        return ()
    return _SHOWN[:1] if chosen.kinds or chosen.statuses else _SHOWN


def _first(found: list[Tie]) -> list[Tie]:
    """Return the ties that a table shows: those with a date first, the newest on top."""
    return sorted(found, key=lambda tie: (not tie.since, _reversed(tie.since), tie.label))[:LISTED]


def _reversed(date: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in date)


def _proposed() -> list[Actor]:
    """Return the cities that a form proposes: those with most ties."""
    degrees = site().ties.degrees
    tied = (city for city in site().ties.cities.values() if city.iri in degrees)
    return sorted(tied, key=lambda city: (-degrees[city.iri], city.label))[:_PROPOSED]


def _over_years(asked: Asked, found: list[Tie]) -> dict[str, object]:
    here, shown = site().ties, asked.shown or _usual(asked.choice, _SHOWN)
    everything: list[Dated] = list(found) if "agreements" in shown else []
    queries = {"agreements": asked.choice.narrowed(here.query("ties"))}
    for name, records in (("memberships", here.memberships), ("actions", here.actions)):
        if name in shown:
            everything += asked.choice.of(records)
            queries[name] = asked.choice.narrowed(here.query(name))
    over = yearly.timeline(everything)
    return {
        "timeline": over,
        "picture": years.columns(over) if not over.is_marked else years.marks(over),
        "shown": shown,
        "queries": {name: queries[name] for name in shown},
        "total": len(everything),
    }


def _written(asked: Asked, format_: Format) -> Response:
    found = asked.choice.of_ties(site().ties.ties)
    if format_ is CSV_ROWS:
        return Response(_rows(found), content_type=format_.content_type)
    members = asked.choice.of(site().ties.memberships) if asked.shown else []
    return jsonify(_document(found, members))


_COLUMNS = ("agreement", "kind", "status", "since", "until")
_OF_PARTY = ("", "Label", "Country", "Latitude", "Longitude")


def _rows(found: Iterable[Tie]) -> str:
    """Return ties as CSV: a row for each, and for each two parties where there are more."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(
        [*_COLUMNS, *(f"{who}{part}" for who in ("party", "other") for part in _OF_PARTY)]
    )
    for tie in found:
        about = (tie.iri, tie.kind.slug, tie.status.slug, tie.since, tie.until)
        for one, other in ties.pairs(tie):
            writer.writerow([*about, *_party(one), *_party(other)])
    return written.getvalue()


def _party(actor: Actor) -> tuple[str | float | None, ...]:
    country = actor.country.label if actor.country else ""
    return actor.iri, harmless(actor.label), harmless(country), actor.latitude, actor.longitude


def _document(found: Sequence[Tie], members: Sequence[Membership]) -> dict[str, object]:
    """Return what pictures read: each name once, and numbers that lead to it."""
    actors: dict[Actor, int] = {}
    concepts: dict[tuple[str, str], int] = {}

    def number(actor: Actor) -> int:
        return actors.setdefault(actor, len(actors))

    def called(slug: str, label: str) -> int:
        return concepts.setdefault((slug, label), len(concepts))

    rows = [
        [
            tie.iri.rpartition("/")[2],
            number(one),
            number(other),
            called(tie.kind.slug, tie.kind.label),
            called(tie.status.slug, tie.status.label),
            list(ties.GROUPS).index(tie.group),
            tie.since,
            tie.until,
        ]
        for tie in found
        for one, other in ties.pairs(tie)
    ]
    joined = [[number(each.member), number(each.network), each.since] for each in members]
    places = site().positions.places
    return {
        "release": site().release.id,
        "groups": list(ties.GROUPS.items()),
        "terms": list(concepts),
        "actors": [_told(actor, places) for actor in actors],
        "ties": rows,
        "memberships": joined,
    }


def _told(actor: Actor, places: Mapping[str, tuple[float, float]]) -> list[object]:
    x, y = places.get(actor.iri, (0.0, 0.0))
    country = actor.country.label if actor.country else ""
    return [actor.path, actor.label, country, actor.latitude, actor.longitude, round(x), round(y)]
