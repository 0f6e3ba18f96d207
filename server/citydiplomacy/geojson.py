"""Places and ties as GeoJSON (RFC 7946), as maps of all kinds read it."""

import json
from collections.abc import Iterator
from typing import Any

from citydiplomacy.places import Geography, Place
from citydiplomacy.tables import Value

_Feature = dict[str, Any]


def written(found: Geography) -> str:
    """Return a collection of features: each place as a point, each tie as a line between two.

    A line is the straight one between the places in degrees, cut where it crosses the date line;
    an entity without coordinates is a feature without geometry.
    """
    features = [*_points(found), *_lines(found)]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _points(found: Geography) -> Iterator[_Feature]:
    for entity, place in found.places.items():
        geometry = {"type": "Point", "coordinates": _position(place)}
        yield _feature(entity.iri, geometry, _named(entity))
    for entity in found.unplaced:
        yield _feature(entity.iri, None, _named(entity))


def _lines(found: Geography) -> Iterator[_Feature]:
    for tie in found.ties:
        start, end = found.places.get(tie.start), found.places.get(tie.end)
        told = {
            "start": tie.start.iri,
            "end": tie.end.iri,
            "status": tie.manner,
            "since": tie.since,
        }
        properties = {name: value for name, value in told.items() if value}
        yield _feature(tie.agreement, _line(start, end) if start and end else None, properties)


def _feature(iri: str, geometry: _Feature | None, properties: _Feature) -> _Feature:
    identified = {"id": iri} if iri else {}
    return {"type": "Feature", **identified, "geometry": geometry, "properties": properties}


def _named(entity: Value) -> _Feature:
    return {"name": entity.text}


def _line(start: Place, end: Place) -> _Feature:
    if abs(start.longitude - end.longitude) <= 180:  # noqa: PLR2004 - half of the globe
        return {"type": "LineString", "coordinates": [_position(start), _position(end)]}
    # A line that crosses the date line is to be cut there (RFC 7946, 3.1.9).
    side = 180.0 if start.longitude > 0 else -180.0
    beyond = end.longitude + 2 * side
    share = (side - start.longitude) / (beyond - start.longitude)
    latitude = round(start.latitude + share * (end.latitude - start.latitude), 5)
    return {
        "type": "MultiLineString",
        "coordinates": [
            [_position(start), [side, latitude]],
            [[-side, latitude], _position(end)],
        ],
    }


def _position(place: Place) -> list[float]:
    return [place.longitude, place.latitude]
