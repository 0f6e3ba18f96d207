"""All ties on one map of the world: for a look without script, and before it has begun."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log10

from citydiplomacy.places import Place
from citydiplomacy.ties import GROUPS, Actor, Concept, Tie, pairs
from citydiplomacy.web.pictures import outlines
from citydiplomacy.web.pictures.globe import Point, Projection, curve

_SINGLE = 1500
"""More ties than this are drawn between countries, not between cities."""

_DRAWN, _DOTS = 1000, 1000
"""The most that are drawn, of pairs of countries and of places: the others have fewer ties."""

_NAMED = 24
_ROOM = 30
"""Between the lines of two names, in steps of the map."""

_SIZES = (1, 3, 10, 30)
"""A dot is of the size of the largest of these numbers of ties that the city has."""


@dataclass(frozen=True)
class Ways:
    """Ties of one group, as one path; `width` in pixels."""

    group: str
    path: str
    count: int
    width: float = 1.3


@dataclass(frozen=True)
class Spots:
    """Places of about so many ties, as one path that is drawn with round ends."""

    path: str
    size: float


@dataclass(frozen=True)
class Name:
    """A name beside its place."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class TiesMap:
    """Ties on the world: the land, the ways, the places, names of the most tied."""

    land: str
    frame: tuple[float, float, float, float]
    ways: tuple[Ways, ...]
    spots: tuple[Spots, ...]
    names: tuple[Name, ...]
    drawn: int
    unplaced: int
    """How many ties have an end whose place is not known."""
    of_countries: bool
    """Whether there were too many to be drawn one by one."""


def ties_map(found: Sequence[Tie]) -> TiesMap | None:
    """Return the map of the ties, or nothing where no end of any is placed."""
    projection = Projection(outlines.MERIDIANS[0])
    ends = [
        (tie.group, one, other)
        for tie in found
        for one, other in pairs(tie)
        if one.is_placed and other.is_placed
    ]
    if not ends:
        return None
    many = len(ends) > _SINGLE
    degrees = Counter(actor for _, *both in ends for actor in both)
    points = {actor: projection.point(_place(actor)) for actor in degrees}
    return TiesMap(
        land=outlines.name(outlines.MERIDIANS[0]),
        frame=(-1000, outlines.TOP, 2000, outlines.HEIGHT),
        ways=tuple(_between_countries(ends, projection) if many else _ways(ends, projection)),
        spots=tuple(_spots(degrees, points)),
        names=tuple(_names(degrees, points)),
        drawn=len(ends),
        unplaced=sum(not all(actor.is_placed for actor in tie.actors) for tie in found),
        of_countries=many,
    )


def _place(actor: Actor) -> Place:
    return Place(actor.longitude or 0.0, actor.latitude or 0.0)


Ends = Iterable[tuple[str, Actor, Actor]]


def _ways(ends: Ends, projection: Projection) -> Iterator[Ways]:
    """Yield the ties of each group, the usual ones first: what is unusual lies on top."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for group, one, other in ends:
        grouped[group].append(_way(projection, _place(one), _place(other)))
    for group in GROUPS:
        if group in grouped:
            yield Ways(group, "".join(grouped[group]), len(grouped[group]))


def _between_countries(ends: Ends, projection: Projection) -> Iterator[Ways]:
    """Yield the ties of each two countries as one way, from the middle of those that have ties."""
    counts: Counter[tuple[Concept, Concept]] = Counter()
    there: dict[Concept, list[Actor]] = defaultdict(list)
    for _, one, other in ends:
        if one.country and other.country and one.country != other.country:
            first, second = sorted((one.country, other.country), key=lambda each: each.iri)
            counts[first, second] += 1
            there[one.country].append(one)
            there[other.country].append(other)
    middles = {country: _middle(actors) for country, actors in there.items()}
    widths: dict[int, list[str]] = defaultdict(list)
    for countries, count in counts.most_common(_DRAWN):
        ends_ = (middles[country] for country in countries)
        widths[int(log10(count) * 2)].append(_way(projection, *ends_))
    for width, paths in sorted(widths.items()):
        yield Ways("standing", "".join(paths), len(paths), 0.5 + width)


def _middle(actors: Sequence[Actor]) -> Place:
    """Return the place of the actor in the middle, by longitude: it lies on land."""
    ordered = sorted(actors, key=lambda actor: (actor.longitude or 0.0, actor.iri))
    return _place(ordered[len(ordered) // 2])


def _way(projection: Projection, start: Place, end: Place) -> str:
    return "".join(curve(*piece) for piece in projection.pieces(start, end))


def _spots(degrees: Counter[Actor], points: dict[Actor, Point]) -> Iterator[Spots]:
    for size, least in enumerate(_SIZES):
        next_ = _SIZES[size + 1] if size + 1 < len(_SIZES) else degrees.total() + 1
        those = [actor for actor, count in degrees.most_common(_DOTS) if least <= count < next_]
        path = "".join(f"M{points[actor].x:.0f} {points[actor].y:.0f}h0" for actor in those)
        if path:
            yield Spots(path, 3.5 + 2.5 * size)


def _names(degrees: Counter[Actor], points: dict[Actor, Point]) -> Iterator[Name]:
    """Yield the names of the most tied that have room beside their dots."""
    taken: list[tuple[float, float, float]] = []
    for actor, _ in sorted(degrees.items(), key=lambda item: (-item[1], item[0].iri))[:_NAMED]:
        point, wide = points[actor], 14 * len(actor.label)
        if all(
            abs(point.y - y) > _ROOM or point.x > right or point.x + wide < left
            for left, right, y in taken
        ):
            taken.append((point.x, point.x + wide, point.y))
            yield Name(actor.label, point.x + 12, point.y + 8)
