"""Places and the ties between them on a map of the world."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from citydiplomacy import places
from citydiplomacy.places import Geography, Place
from citydiplomacy.tables import Table, Value
from citydiplomacy.web.pictures import outlines
from citydiplomacy.web.pictures.globe import WIDTH, Point, Projection, curve

# Of the width of the whole world: a map of one city still shows where in the world it is.
_LEAST = 0.22
# Width to height: neither a ribbon nor a pillar, which a phone has no room for.
_WIDEST, _NARROWEST = 2.3, 1.5
_MARGIN = 0.07
_EDGE = 12
# All in thousandths of the width of the map, which is about 760 pixels wide beside the text.
_LETTER, _DOT, _GAP = 0.57, 4.5, 4.0
_TEXT, _SMALL_TEXT = 15.0, 11.0
# With more places than this, the keyboard finds them in the table.
MOST_STOPS = 12
# More places than this are not all linked and named: those of the most ties are.
_MOST_LINKS = 80
# More ties than this are drawn with thinner lines.
_MANY = 150


@dataclass(frozen=True)
class Box:
    """A part of the map."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        """Tell whether the two have a part in common."""
        return (
            abs(2 * self.x + self.width - 2 * other.x - other.width) < self.width + other.width
            and abs(2 * self.y + self.height - 2 * other.y - other.height)
            < self.height + other.height
        )

    def holds(self, other: "Box") -> bool:
        """Tell whether the other lies in this one."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.width <= self.x + self.width
            and other.y + other.height <= self.y + self.height
        )


@dataclass(frozen=True)
class Dot:
    """A place on the map: what it is, where it lies, what is said of it."""

    entity: Value
    point: Point
    told: str
    is_start: bool


@dataclass(frozen=True)
class Name:
    """The name of a place beside its dot: where its text begins, ends or has its middle."""

    text: str
    point: Point
    anchor: str


@dataclass(frozen=True)
class Ways:
    """All ties that stand in the same manner, as one path."""

    manner: str
    path: str
    count: int

    @property
    def style(self) -> str:
        """The name of the class that draws them: `in force` is drawn as `in-force`."""
        return "-".join(self.manner.lower().split())


@dataclass(frozen=True)
class WorldMap:
    """A map: its land, the part of the world it shows, and what lies on it."""

    land: str
    world: Box
    frame: Box
    dots: tuple[Dot, ...]
    others: tuple[Dot, ...]
    """Places of fewer ties than those, where there are too many for a link each."""
    ways: tuple[Ways, ...]
    names: tuple[Name, ...]
    unplaced: tuple[Value, ...]
    """The entities that have no coordinates."""

    @property
    def unit(self) -> float:
        """A thousandth of the width of what is shown: what sizes on the map are measured in."""
        return self.frame.width / 1000

    @property
    def text_size(self) -> float:
        """How large the names are, in the units of the map."""
        return (_SMALL_TEXT if self.others else _TEXT) * self.unit

    @property
    def spots(self) -> str:
        """The path that draws all dots: lines without length, which stay as large on a phone."""
        return "".join(map(spot, (*self.dots, *self.others)))

    @property
    def other_spots(self) -> str:
        """The path that draws the dots that are no links."""
        return "".join(map(spot, self.others))

    @property
    def is_full(self) -> bool:
        """Whether there are so many ties that only thin lines can be told apart."""
        return sum(ways.count for ways in self.ways) > _MANY

    @property
    def has_stops(self) -> bool:
        """Whether the keyboard stops at each place."""
        return len(self.dots) <= MOST_STOPS


def spot(dot: Dot) -> str:
    """Return the path that draws a dot."""
    return f"M{dot.point.x:.1f} {dot.point.y:.1f}h0"


def world_map(table: Table) -> WorldMap | None:
    """Return the map of what the table holds, or nothing where no place of it has coordinates."""
    found = places.read(table)
    if not found.places:
        return None
    ways = _placed(found)
    projection = _projection([(start, end) for start, end, _ in ways])
    points = {entity: projection.point(place) for entity, place in found.places.items()}
    curves = [(manner, list(projection.pieces(start, end))) for start, end, manner in ways]
    bends = [point for _, pieces in curves for piece in pieces for point in piece]
    frame = _frame([*points.values(), *bends])
    drawn = tuple(_dot(found, entity, point) for entity, point in points.items())
    dots, others = _parted(found, drawn)
    return WorldMap(
        land=outlines.name(int(projection.meridian)),
        world=Box(-WIDTH / 2, outlines.TOP, WIDTH, outlines.HEIGHT),
        frame=frame,
        dots=dots,
        others=others,
        ways=tuple(_ways(curves)),
        names=tuple(_named(dots, frame, _SMALL_TEXT if others else _TEXT)),
        unplaced=tuple(found.unplaced),
    )


def _placed(found: Geography) -> list[tuple[Place, Place, str]]:
    """Return the ties whose ends both have a place; agreements alike in manner are one way."""
    return list(
        dict.fromkeys(
            (found.places[tie.start], found.places[tie.end], tie.manner)
            for tie in found.ties
            if tie.start in found.places and tie.end in found.places
        )
    )


def _dot(found: Geography, entity: Value, point: Point) -> Dot:
    return Dot(entity, point, _told(found, entity), entity in found.starts)


def _parted(found: Geography, dots: tuple[Dot, ...]) -> tuple[tuple[Dot, ...], tuple[Dot, ...]]:
    """Return the dots that are links, and those that are not; a place of more ties goes first."""
    if len(dots) <= _MOST_LINKS:
        return dots, ()
    ends = (end for tie in found.ties for end in (tie.start, tie.end))
    ties = Counter(ends)
    ordered = sorted(dots, key=lambda dot: -ties[dot.entity])
    # Where all places are starts and ends alike, none stands out as the start.
    alike = [replace(dot, is_start=False, told=_counted(ties[dot.entity])) for dot in ordered]
    return tuple(alike[:_MOST_LINKS]), tuple(alike[_MOST_LINKS:])


def _counted(ties: int) -> str:
    return f"{ties} ties" if ties != 1 else "1 tie" if ties else ""


def _told(found: Geography, entity: Value) -> str:
    return ", ".join(
        dict.fromkeys(tie.told for tie in found.ties if tie.end == entity and tie.told)
    )


def _projection(ties: Sequence[tuple[Place, Place]]) -> Projection:
    """Return the projection that cuts the fewest ties in two."""

    def cuts(projection: Projection) -> int:
        return sum(len(list(projection.pieces(start, end))) > 1 for start, end in ties)

    return min((Projection(meridian) for meridian in outlines.MERIDIANS), key=cuts)


def _frame(points: Sequence[Point]) -> Box:
    """Return the part of the map around the points, with a margin, no wider than the world."""
    west, east = min(p.x for p in points), max(p.x for p in points)
    north, south = min(p.y for p in points), max(p.y for p in points)
    width = max((east - west) * (1 + 2 * _MARGIN), WIDTH * _LEAST)
    height = max((south - north) * (1 + 2 * _MARGIN), width / _WIDEST)
    width = min(max(width, height * _NARROWEST), WIDTH)
    x = max(-WIDTH / 2, min((west + east - width) / 2, WIDTH / 2 - width))
    # Nothing is to be seen beyond the land and the ways.
    top = min(outlines.TOP, north - _EDGE)
    bottom = max(outlines.TOP + outlines.HEIGHT, south + _EDGE)
    y = max(top, min((north + south - height) / 2, bottom - height))
    return Box(round(x), round(y), round(width), round(height))


def _ways(curves: Sequence[tuple[str, list[tuple[Point, Point, Point]]]]) -> Iterator[Ways]:
    ordered = sorted(curves, key=lambda curve: curve[0])
    for manner, group in groupby(ordered, key=lambda curve: curve[0]):
        ties = list(group)
        path = "".join(curve(*piece) for _, pieces in ties for piece in pieces)
        yield Ways(manner, path, len(ties))


def _named(dots: Sequence[Dot], frame: Box, size: float) -> Iterator[Name]:
    """Yield names for as many places as have room, those that stand alone first."""
    unit = frame.width / 1000
    taken = [_around(dot.point, _DOT * unit) for dot in dots]
    lonely = sorted(dots, key=lambda dot: (not dot.is_start, -_loneliness(dot, dots)))
    for dot in lonely:
        for name, box in _choices(dot, unit, size):
            if frame.holds(box) and not any(box.meets(other) for other in taken):
                taken.append(box)
                yield name
                break


def _choices(dot: Dot, unit: float, size: float) -> Iterator[tuple[Name, Box]]:
    """Yield where the name of a dot could stand, the best place first, and what it would cover."""
    text, height, away = dot.entity.text, size * unit, (_DOT + _GAP) * unit
    width = len(text) * _LETTER * height
    x, y = dot.point.x, dot.point.y
    base = 0.35 * height
    for anchor, at, left in (
        ("start", Point(x + away, y + base), x + away),
        ("end", Point(x - away, y + base), x - away - width),
        ("middle", Point(x, y - away), x - width / 2),
        ("middle", Point(x, y + away + 0.75 * height), x - width / 2),
    ):
        yield Name(text, at, anchor), Box(left, at.y - 0.8 * height, width, height)


def _around(point: Point, radius: float) -> Box:
    return Box(point.x - radius, point.y - radius, 2 * radius, 2 * radius)


def _loneliness(dot: Dot, dots: Iterable[Dot]) -> float:
    """Return how far the nearest other dot lies away."""
    x, y = dot.point.x, dot.point.y
    others = ((x - o.point.x) ** 2 + (y - o.point.y) ** 2 for o in dots if o is not dot)
    return min(others, default=0)
