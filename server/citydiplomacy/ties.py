"""The ties of a release: who made an agreement with whom, since when, and what became of it.

They are asked for once and then held in memory, so that narrowing them costs the engine nothing,
however many ways there are to do it. What belongs beside them in a picture is here as well:
memberships in networks, and actions.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Protocol

from citydiplomacy import conditions, naming, periods
from citydiplomacy.engine import Engine, Query
from citydiplomacy.formats import CSV_ROWS
from citydiplomacy.namespaces import local_path, shorten
from citydiplomacy.periods import Period
from citydiplomacy.queries import NamedQuery

_FOLDER = "explore"
_POLE, _DATE_LINE = 90, 180
_GROUPS = {
    "in-force": "standing",
    "listed": "standing",
    "dormant": "standing",
    "suspended": "suspended",
    "terminated": "ended",
    "proposed": "proposed",
}
GROUPS = {
    "standing": "standing, as far as is known",
    "suspended": "suspended",
    "ended": "ended",
    "proposed": "proposed, not concluded",
    "open": "unknown or under review",
}
"""What pictures tell apart of the status of a tie, in words; the first is the usual."""


@dataclass(frozen=True, slots=True, eq=False)
class Concept:
    """A kind, a status, a country: its IRI, its name in addresses, and what it is called.

    There is one object for each, so that being the same is quickly told; so it is with actors.
    """

    iri: str
    slug: str
    label: str


_TAKES_PART = Concept("", "member", "takes part")


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """A city, region, network or body, with its country and place where they are known."""

    iri: str
    label: str
    country: Concept | None = None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def path(self) -> str:
        """The path of its page, or nothing where it is not ours."""
        return local_path(self.iri) or ""

    @property
    def slug(self) -> str:
        """The last part of its IRI."""
        return _last(self.iri)

    @property
    def is_city(self) -> bool:
        """Whether it is a city."""
        return self.path.startswith("/city/")

    @property
    def is_placed(self) -> bool:
        """Whether it is known where it lies."""
        return self.latitude is not None and self.longitude is not None


class Dated(Protocol):
    """What a timeline shows: a tie, a membership, an action."""

    @property
    def iri(self) -> str:
        """The IRI of its page."""

    @property
    def since(self) -> str:
        """The date at which it began or was, in EDTF, or nothing."""

    @property
    def until(self) -> str:
        """The date at which it ended, in EDTF, or nothing."""

    @property
    def kind(self) -> Concept:
        """What it is."""

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Who is in it."""

    @property
    def label(self) -> str:
        """What it is called in a picture."""

    @property
    def group(self) -> str:
        """What a picture tells it apart by: one of the groups, or what it is."""


@dataclass(frozen=True, slots=True)
class Tie:
    """An agreement, with its parties in the order of their IRIs."""

    iri: str
    kind: Concept
    status: Concept
    since: str
    until: str
    actors: tuple[Actor, ...]
    sources: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """What pictures tell of its status: one of the groups."""
        return _GROUPS.get(self.status.slug, "open")

    @property
    def label(self) -> str:
        """Its parties, by name."""
        return " \N{EN DASH} ".join(sorted(actor.label for actor in self.actors))


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership of somebody in a network; its kind is the way of taking part."""

    iri: str
    kind: Concept
    since: str
    until: str
    member: Actor
    network: Actor

    @property
    def actors(self) -> tuple[Actor, ...]:
        """The member alone: networks are in no country."""
        return (self.member,)

    @property
    def label(self) -> str:
        """The member and the network, by name."""
        return f"{self.member.label} in {self.network.label}"

    @property
    def group(self) -> str:
        """What pictures tell it apart by."""
        return "membership"


@dataclass(frozen=True, slots=True)
class Action:
    """A diplomatic action, with all who take part in it."""

    iri: str
    kind: Concept
    since: str
    label: str
    actors: tuple[Actor, ...]
    until: str = ""

    @property
    def group(self) -> str:
        """What pictures tell it apart by."""
        return "action"


class Ties:
    """The ties, memberships and actions of one release; safe to share between threads."""

    def __init__(self, engine: Engine, queries: Mapping[str, NamedQuery]) -> None:
        self._engine = engine
        self._queries = queries
        self._labels = {row[0]: row[1] for row in self._asked("concepts")}
        self._concepts: dict[str, Concept] = {}
        self._actors = {actor.iri: actor for actor in map(self._actor, self._asked("actors"))}
        self.ties = tuple(self._agreements())
        self.memberships = tuple(self._memberships())
        self.actions = tuple(self._actions())

    def query(self, name: str) -> NamedQuery:
        """Return the query that visitors may ask for themselves: ties, memberships, actions."""
        return self._queries[f"{_FOLDER}/{name}"]

    @cached_property
    def cities(self) -> dict[str, Actor]:
        """The cities with ties, memberships or actions, by their names in addresses."""
        return {actor.slug: actor for actor in self._actors.values() if actor.is_city}

    @cached_property
    def degrees(self) -> dict[str, int]:
        """The number of ties of everybody who has any, by IRI."""
        return dict(Counter(actor.iri for tie in self.ties for actor in tie.actors))

    def cities_named(self, name: str) -> list[Actor]:
        """Return the cities that people call so, whatever case and accents they write."""
        return self._named_cities.get(naming.folded(name), [])

    @cached_property
    def _named_cities(self) -> dict[str, list[Actor]]:
        found: dict[str, list[Actor]] = defaultdict(list)
        for city in self.cities.values():
            found[naming.folded(city.label)].append(city)
        return found

    @cached_property
    def span(self) -> tuple[int, int]:
        """The first and the last year in which anything began; both 0 where nothing is dated."""
        everything: tuple[Dated, ...] = (*self.ties, *self.memberships, *self.actions)
        found = [period for period in map(began, everything) if period]
        return (
            min((period.first for period in found), default=0),
            max((period.last for period in found), default=0),
        )

    def _asked(self, name: str) -> Iterator[list[str]]:
        """Yield the rows that one of our queries finds, nothing chosen; what is unbound is empty.

        As CSV: of ten thousands of rows it is a third of what JSON is.
        """
        text = conditions.without_any(self.query(name).text)
        body = self._engine.run(Query(text), CSV_ROWS.media_type, "pages").read()
        rows = csv.reader(io.StringIO(body.decode(), newline=""))
        next(rows)
        # Sorted here: an engine takes longer for it than for finding them.
        yield from sorted(rows)

    def _concept(self, iri: str, label: str = "") -> Concept:
        if iri not in self._concepts:
            slug = _slug(_last(iri))
            told = label or self._labels.get(iri) or slug.replace("-", " ")
            self._concepts[iri] = Concept(iri, slug, told)
        return self._concepts[iri]

    def _actor(self, row: list[str]) -> Actor:
        iri, label, country, name, latitude, longitude = row
        return Actor(
            iri,
            label or shorten(iri),
            self._concept(country, name) if country else None,
            *_place(latitude, longitude),
        )

    def _agreements(self) -> Iterator[Tie]:
        parties, sources = self._gathered("parties"), self._gathered("sources")
        for row in _by_iri(self._asked("agreements")):
            iri, kind, status, since, until = row
            actors = tuple(map(self._named, parties.get(iri, ())))
            told = self._concept(kind), self._concept(status), since, until
            yield Tie(iri, *told, actors, tuple(sources.get(iri, ())))

    def _memberships(self) -> Iterator[Membership]:
        for row in _by_iri(self._asked("memberships")):
            iri, member, network, mode, label, since, until = row
            kind = self._concept(mode, label) if mode else _TAKES_PART
            yield Membership(iri, kind, since, until, self._named(member), self._named(network))

    def _actions(self) -> Iterator[Action]:
        actors: dict[str, list[Actor]] = defaultdict(list)
        rows: dict[str, list[str]] = {}
        for row in self._asked("actions"):
            rows[row[0]] = row
            if row[-1]:
                actors[row[0]].append(self._named(row[-1]))
        for iri, label, kind, since, _ in rows.values():
            told = label or shorten(iri)
            yield Action(iri, self._concept(kind), since, told, tuple(actors[iri]))

    def _gathered(self, name: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for agreement, other in self._asked(name):
            found[agreement].append(other)
        return found

    def _named(self, iri: str) -> Actor:
        if iri not in self._actors:
            self._actors[iri] = Actor(iri, shorten(iri))
        return self._actors[iri]


def pairs(tie: Tie) -> Iterator[tuple[Actor, Actor]]:
    """Yield each two parties of a tie."""
    return combinations(tie.actors, 2)


def began(what: Dated) -> Period | None:
    """Return the years in which it may have begun, None where it has none."""
    return periods.read(what.since)


def _by_iri(rows: Iterable[list[str]]) -> Iterable[list[str]]:
    """Return one row for each IRI: two dates of one thing are what checks forbid in our data."""
    return {row[0]: row for row in rows}.values()


def _place(latitude: str, longitude: str) -> tuple[float | None, float | None]:
    """Return where something lies, in degrees; nothing where that is no place on the earth."""
    try:
        place = float(latitude), float(longitude)
    except ValueError:
        return None, None
    on_earth = abs(place[0]) <= _POLE and abs(place[1]) <= _DATE_LINE
    return place if on_earth else (None, None)


def _last(iri: str) -> str:
    return re.split(r"[/#]", iri)[-1]


def _slug(name: str) -> str:
    """Return a name as it stands in addresses: SisterCityAgreement is sister-city-agreement."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
