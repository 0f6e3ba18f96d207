"""The network of ties between countries, each in the place that it has in the network of cities."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from citydiplomacy.positions import Disc, Positions
from citydiplomacy.ties import Actor, Concept, Tie, pairs

_DRAWN = 500
"""Pairs of countries with a line: with more, and so weaker ones, nothing would be seen."""

_LETTERS = 125
"""Letters of a name that have room across the picture."""


@dataclass(frozen=True)
class Circle:
    """A country in the picture of the network: how many of its cities have ties, and how many."""

    country: Concept
    disc: Disc
    actors: int
    ties: int
    is_named: bool


@dataclass(frozen=True)
class Line:
    """The ties of two countries."""

    path: str
    width: float
    told: str


@dataclass(frozen=True)
class Network:
    """The network at the level of countries, in the place where each stands in the whole."""

    frame: tuple[float, float, float, float]
    circles: tuple[Circle, ...]
    lines: tuple[Line, ...]
    left: int
    """How many pairs of countries have fewer ties than those that are drawn."""


def network(found: Sequence[Tie], positions: Positions) -> Network | None:
    """Return the ties between countries, or nothing where there are none."""
    ends = [both for tie in found for both in pairs(tie)]
    between = Counter(
        (one.country, other.country)
        if one.country.iri < other.country.iri
        else (other.country, one.country)
        for one, other in ends
        if one.country and other.country and one.country != other.country
    )
    if not between:
        return None
    there = {actor for both in ends for actor in both if actor.country}
    ties = Counter(actor.country for both in ends for actor in both if actor.country)
    discs = {disc.about: disc for disc in positions.discs if isinstance(disc.about, Concept)}
    named = _named([discs[country] for country, _ in ties.most_common()], positions.frame[2])
    actors = Counter(actor.country for actor in there if actor.country)
    circles = tuple(
        Circle(country, discs[country], actors[country], count, country in named)
        for country, count in ties.most_common()
    )
    ordered = between.most_common(_DRAWN)[::-1]  # the strongest on top
    lines = tuple(_line(discs[one], discs[other], count) for (one, other), count in ordered)
    return Network(positions.frame, circles, lines, len(between) - len(lines))


def _named(discs: Sequence[Disc], width: float) -> set[Concept | Actor | None]:
    """Return whose names have room, when those that come first have the first choice."""
    letter, height = width / _LETTERS, width / _LETTERS * 3
    taken: list[Disc] = []
    for disc in discs:
        half = len(_called(disc)) * letter / 2
        if all(
            abs(disc.y - other.y) > height
            or abs(disc.x - other.x) > half + len(_called(other)) * letter / 2
            for other in taken
        ):
            taken.append(disc)
    return {disc.about for disc in taken}


def _line(one: Disc, other: Disc, count: int) -> Line:
    path = f"M{one.x:.0f} {one.y:.0f}L{other.x:.0f} {other.y:.0f}"
    return Line(path, 0.6 + sqrt(count), f"{_called(one)} and {_called(other)}: {count}")


def _called(disc: Disc) -> str:
    return disc.about.label if disc.about else ""
