"""Where cities stand in the picture of the network: the same place each time, whatever is chosen.

Each country is a disc, its cities in it, those with most ties in the middle. Discs begin where
their cities lie on the earth, on average, and are pushed apart until none covers another; so do
networks, each where its members lie. No chance is in it, and no simulation that goes on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import cos, hypot, pi, sin, sqrt

from citydiplomacy.ties import Actor, Concept, Ties

_TURN = pi * (3 - sqrt(5))
"""The golden angle: seeds of a sunflower fill a disc evenly when each is turned by so much."""

_ROOM = 10.0
"""Distance between neighbours in a disc; all else is measured by it."""

_SPARSE = 3.2
"""How much larger the whole picture is than its discs together."""

_ROUNDS = 120
_WIDER = 2.0
"""The picture is so many times wider than high, as the inhabited earth is."""


@dataclass
class Disc:
    """A country, or a network, with those who stand in it; the middle moves while it is placed."""

    about: Concept | Actor | None
    actors: list[Actor]
    x: float = 0.0
    y: float = 0.0
    radius: float = 0.0
    """How far it reaches, with some room around."""

    def __post_init__(self) -> None:
        self.radius = _ROOM * (sqrt(len(self.actors)) + 1)


@dataclass(frozen=True)
class Positions:
    """The places of all who have ties or memberships, by IRI, and the discs they stand in."""

    places: Mapping[str, tuple[float, float]]
    discs: Sequence[Disc]

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """The picture's left edge, upper edge, width and height."""
        left = min((disc.x - disc.radius for disc in self.discs), default=0)
        top = min((disc.y - disc.radius for disc in self.discs), default=0)
        right = max((disc.x + disc.radius for disc in self.discs), default=1)
        bottom = max((disc.y + disc.radius for disc in self.discs), default=1)
        return left, top, right - left, bottom - top


def positions(ties: Ties) -> Positions:
    """Return where everybody stands; y grows to the south."""
    discs = [*_countries(ties), *_networks(ties)]
    _begin(discs)
    _push_apart(discs)
    places = {
        actor.iri: place
        for disc in discs
        for actor, place in zip(disc.actors, _seeds(disc), strict=True)
    }
    return Positions(places, discs)


def _countries(ties: Ties) -> list[Disc]:
    """Return a disc for each country, and one for those of whom none is known."""
    tied = (actor for tie in ties.ties for actor in tie.actors)
    members = (membership.member for membership in ties.memberships)
    found: dict[Concept | None, list[Actor]] = defaultdict(list)
    for actor in dict.fromkeys((*tied, *members)):
        found[actor.country].append(actor)
    for actors in found.values():
        actors.sort(key=lambda actor: (-ties.degrees.get(actor.iri, 0), actor.iri))
    return [Disc(country, actors) for country, actors in sorted(found.items(), key=_order)]


def _order(item: tuple[Concept | None, list[Actor]]) -> tuple[int, str]:
    country, actors = item
    return -len(actors), country.slug if country else ""


def _networks(ties: Ties) -> list[Disc]:
    """Return a disc for each network, for now in the middle of its members."""
    members: dict[Actor, list[Actor]] = defaultdict(list)
    for membership in ties.memberships:
        members[membership.network].append(membership.member)
    found = []
    for network, those in sorted(members.items(), key=lambda item: item[0].iri):
        disc = Disc(network, [network])
        disc.x, disc.y = _mean(those)
        found.append(disc)
    return found


def _begin(discs: Sequence[Disc]) -> None:
    """Put the discs where they lie on the earth, in a picture that has room for all of them."""
    area = _SPARSE * sum(pi * disc.radius**2 for disc in discs)
    height = sqrt(area / _WIDER) if discs else 1.0
    for disc in discs:
        east, south = (disc.x, disc.y) if isinstance(disc.about, Actor) else _mean(disc.actors)
        disc.x, disc.y = east * _WIDER * height, south * height


def _mean(actors: Iterable[Actor]) -> tuple[float, float]:
    """Return where actors lie on average: to the east, and to the south, each about -0.5 to 0.5."""
    placed = [
        (actor.longitude, actor.latitude)
        for actor in actors
        if actor.longitude is not None and actor.latitude is not None
    ]
    if not placed:
        return 0.0, 0.6  # below all others: nobody knows where
    east = sum(longitude for longitude, _ in placed) / len(placed)
    north = sum(latitude for _, latitude in placed) / len(placed)
    return east / 360, (20 - north) / 110  # most cities lie around 20 degrees north


def _push_apart(discs: Sequence[Disc]) -> None:
    """Move discs that cover each other apart, the smaller one further, until none does."""
    for turn in range(_ROUNDS):
        moved = False
        for one, other in combinations(discs, 2):
            far = one.radius + other.radius
            # Most are far apart in one direction: that is seen before a root is drawn.
            if abs(other.x - one.x) < far and abs(other.y - one.y) < far:
                moved |= _part(one, other, far, turn)
        if not moved:
            return


def _part(one: Disc, other: Disc, far: float, turn: int) -> bool:
    x, y = other.x - one.x, other.y - one.y
    distance = hypot(x, y)
    if distance >= far:
        return False
    if distance < 1:  # one upon the other: any direction will do, but always the same
        x, y, distance = cos(turn), sin(turn), 1.0
    share = one.radius**2 / (one.radius**2 + other.radius**2)
    push = (far - distance) / distance
    one.x, one.y = one.x - x * push * (1 - share), one.y - y * push * (1 - share)
    other.x, other.y = other.x + x * push * share, other.y + y * push * share
    return True


def _seeds(disc: Disc) -> list[tuple[float, float]]:
    """Return the places in a disc, the first in its middle."""
    found = []
    for number in range(len(disc.actors)):
        away = _ROOM * sqrt(number + 0.5) if len(disc.actors) > 1 else 0.0
        angle = number * _TURN
        found.append((disc.x + away * cos(angle), disc.y + away * sin(angle)))
    return found
