"""The globe on paper: the Equal Earth projection, and the shortest ways between two places.

Equal Earth keeps areas true, so that no part of the world looks more important than it is. Its
polynomial is that of Šavrič, Patterson and Jenny (2019), https://doi.org/10.1080/13658816.2018.1504949.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt

from citydiplomacy.places import Place

WIDTH = 2000
"""How many units the whole world is wide on paper."""

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_ROOT = sqrt(3) / 2
_SCALE = WIDTH / (2 * 2.7066299836960748)
# Two places on opposite sides of the globe have no one shortest way between them.
_NO_WAY = 1e-9
_HALF = 180


@dataclass(frozen=True)
class Point:
    """A point on paper: x grows to the east and y to the south; the middle of the map is 0, 0."""

    x: float
    y: float


@dataclass(frozen=True)
class Projection:
    """The world on paper with a meridian in its middle; it is cut open on the opposite one."""

    meridian: float

    def point(self, place: Place) -> Point:
        """Return where the place lies on paper."""
        return flat(self.turned(place))

    def turned(self, place: Place) -> Place:
        """Return the place with its longitude counted from the middle, from -180 up to 180."""
        return Place((place.longitude - self.meridian + 180) % 360 - 180, place.latitude)

    def pieces(self, start: Place, end: Place) -> Iterator[tuple[Point, Point, Point]]:
        """Yield the shortest way as curves of start, middle and end: two where the map is cut."""
        one, other = self.turned(start), self.turned(end)
        if abs(one.longitude - other.longitude) <= _HALF:
            yield self._curve(one, other)
            return
        side = 180.0 if one.longitude > 0 else -180.0
        latitude = _latitude_at(one, other, side)
        yield self._curve(one, Place(side, latitude))
        yield self._curve(Place(-side, latitude), other)

    def _curve(self, start: Place, end: Place) -> tuple[Point, Point, Point]:
        return flat(start), flat(halfway(start, end)), flat(end)


def flat(place: Place) -> Point:
    """Return where a place lies on paper whose middle is longitude 0."""
    angle = asin(_ROOT * sin(radians(place.latitude)))
    square = angle * angle
    sixth = square**3
    slope = 9 * _A4 * sixth * square + 7 * _A3 * sixth + 3 * _A2 * square + _A1
    across = radians(place.longitude) * cos(angle) / (_ROOT * slope)
    up = angle * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))
    return Point(across * _SCALE, -up * _SCALE)


def curve(start: Point, middle: Point, end: Point) -> str:
    """Return a path through the three points: a parabola, whose handle lies twice as far out."""
    handle_x = 2 * middle.x - (start.x + end.x) / 2
    handle_y = 2 * middle.y - (start.y + end.y) / 2
    return f"M{start.x:.0f} {start.y:.0f}Q{handle_x:.0f} {handle_y:.0f} {end.x:.0f} {end.y:.0f}"


def halfway(start: Place, end: Place) -> Place:
    """Return the place in the middle of the shortest way; of opposite places, one of many."""
    one, other = _vector(start), _vector(end)
    x, y, z = (a + b for a, b in zip(one, other, strict=True))
    if hypot(x, y, z) < _NO_WAY:
        return Place((start.longitude + end.longitude) / 2, (start.latitude + end.latitude) / 2)
    # The longitude is that of the globe: brought back beside the ends, which may touch the cut.
    longitude = degrees(atan2(y, x))
    middle = (start.longitude + end.longitude) / 2
    return Place(
        longitude + 360 * round((middle - longitude) / 360), degrees(atan2(z, hypot(x, y)))
    )


def _latitude_at(start: Place, end: Place, meridian: float) -> float:
    """Return the latitude at which the shortest way crosses a meridian."""
    (ax, ay, az), (bx, by, bz) = _vector(start), _vector(end)
    # The plane of the way meets the half plane of the meridian.
    nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    east = nx * cos(radians(meridian)) + ny * sin(radians(meridian))
    return degrees(atan2(-east * (1 if nz > 0 else -1), abs(nz)))


def _vector(place: Place) -> tuple[float, float, float]:
    longitude, latitude = radians(place.longitude), radians(place.latitude)
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)
