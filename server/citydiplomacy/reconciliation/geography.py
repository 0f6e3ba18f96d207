"""Places on the globe: coordinates as people write them, and how far they are from each other."""

import re
from collections.abc import Iterable, Iterator, Mapping
from math import asin, cos, degrees, floor, radians, sin, sqrt
from typing import NamedTuple

_KILOMETRES = 6371.0088
"""The mean radius of the Earth."""

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,15})?"
_PAIR = re.compile(rf"@?({_NUMBER})\s*[,/;]\s*({_NUMBER})", re.ASCII)
_POINT = re.compile(rf"(?:SRID=4326;)?POINT\s*\(\s*({_NUMBER})\s+({_NUMBER})\s*\)", re.IGNORECASE)
_POLES, _TURN = 90, 180
_STEP = 1.0
"""Degrees of a cell of the grid."""


class Point(NamedTuple):
    """A place: degrees north and east."""

    latitude: float
    longitude: float


def read(text: str) -> Point | None:
    """Return the place that a text names, or None: "35.4, 139.6", "@35.4/139.6", a WKT point."""
    stripped = text.strip()
    if found := _PAIR.fullmatch(stripped):
        latitude, longitude = map(float, found.groups())
    elif found := _POINT.fullmatch(stripped):
        longitude, latitude = map(float, found.groups())
    else:
        return None
    is_on_earth = abs(latitude) <= _POLES and abs(longitude) <= _TURN
    return Point(latitude, longitude) if is_on_earth else None


def kilometres(one: Point, other: Point) -> float:
    """Return the distance of two places along the surface."""
    north, south = radians(one.latitude), radians(other.latitude)
    across = radians(one.longitude - other.longitude)
    chord = sin((north - south) / 2) ** 2 + cos(north) * cos(south) * sin(across / 2) ** 2
    return 2 * _KILOMETRES * asin(min(1.0, sqrt(chord)))


class Grid:
    """Places by where they are, so that those around a point are found without looking at all."""

    def __init__(self, places: Mapping[str, Point]) -> None:
        self._places = places
        self._cells: dict[tuple[int, int], list[str]] = {}
        for name, point in places.items():
            self._cells.setdefault(_cell(point), []).append(name)

    def around(self, point: Point, reach: float) -> list[str]:
        """Return the names of the places within so many kilometres, the nearest first."""
        near = ((kilometres(point, self._places[name]), name) for name in self._close(point, reach))
        return [name for distance, name in sorted(near) if distance <= reach]

    def _close(self, point: Point, reach: float) -> Iterator[str]:
        for cell in _cells(point, reach):
            yield from self._cells.get(cell, ())


def _cell(point: Point) -> tuple[int, int]:
    return floor(point.latitude / _STEP), floor((point.longitude + _TURN) % (2 * _TURN) / _STEP)


def _cells(point: Point, reach: float) -> Iterable[tuple[int, int]]:
    """Return the cells in which there may be something within reach."""
    tall = degrees(reach / _KILOMETRES)
    # Towards a pole a degree of longitude becomes short; at it, every longitude is near.
    shortest = cos(radians(min(_POLES, abs(point.latitude) + tall)))
    wide = _TURN if shortest * _TURN <= tall else tall / shortest
    row, column = _cell(point)
    rows = range(row - floor(tall / _STEP) - 1, row + floor(tall / _STEP) + 2)
    width = min(floor(wide / _STEP) + 1, round(_TURN / _STEP))
    turn = round(2 * _TURN / _STEP)
    columns = {(column + step) % turn for step in range(-width, width + 1)}
    return [(each, other) for each in rows for other in columns]
