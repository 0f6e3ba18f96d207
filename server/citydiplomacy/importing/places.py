"""Places: the mentions of a table that mean one town, gathered.

One name in one country is one place, however it is spelt, unless the coordinates lie farther apart
than gazetteers do that speak of one city.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from operator import itemgetter

from rapidfuzz.distance import OSA

from citydiplomacy import naming
from citydiplomacy.importing.countries import Country
from citydiplomacy.importing.mentions import Mention
from citydiplomacy.reconciliation.geography import Point, kilometres

SAME_KILOMETRES = 35.0
"""Within so many, the matcher takes coordinates for those of one city too."""

_HERE_KILOMETRES = 10.0
_ALIKE = 0.6
"""How near, and how much alike, two names of one identifier are when both mean one place."""


@dataclass
class Place:
    """A place of a table, before it is decided what becomes of it."""

    name: str
    country: Country
    line: int
    """The line of the row that names it first."""
    point: Point | None = None
    identifiers: set[str] = field(default_factory=set)
    """What the table says its items of Wikidata are: more than one is none."""
    others: list[str] = field(default_factory=list)
    """Its other names, as far as they are not only spelt otherwise."""

    @property
    def identifier(self) -> str:
        """The item of Wikidata, where the table gives one and no other."""
        return next(iter(self.identifiers)) if len(self.identifiers) == 1 else ""


Found = Mapping[Mention, Place | str]
"""The place that is meant by each mention, or why there is none."""


def gathered(mentions: Iterable[tuple[Mention, Country, int]]) -> dict[Mention, Place | str]:
    """Return the place of each mention; mentions come with their country and their line."""
    groups: dict[tuple[str, str], list[Place]] = {}
    found: dict[Mention, Place | str] = {}
    unplaced = []
    for mention, country, line in mentions:
        group = groups.setdefault(_key(mention, country), [])
        if point := mention.point:
            place = _there(group, point) or _added(group, mention, country, line)
            found[mention] = _noted(place, mention)
        else:
            unplaced.append((mention, country, line))
    for mention, country, line in unplaced:
        found[mention] = _unplaced(groups[_key(mention, country)], mention, country, line)
    joined = _joined(each for group in groups.values() for each in group)
    return {
        mention: place if isinstance(place, str) else joined.get(id(place), place)
        for mention, place in found.items()
    }


def _key(mention: Mention, country: Country) -> tuple[str, str]:
    name = naming.without_rank(naming.folded(mention.name))
    return name.replace(" ", ""), country.entity.slug


def _there(group: Iterable[Place], point: Point) -> Place | None:
    """Return the nearest place that lies there, if one does."""
    near = [(kilometres(each.point, point), each) for each in group if each.point]
    distance, place = min(near, key=itemgetter(0), default=(0.0, None))
    return place if distance <= SAME_KILOMETRES else None


def _added(group: list[Place], mention: Mention, country: Country, line: int) -> Place:
    group.append(Place(mention.name, country, line, mention.point))
    return group[-1]


def _unplaced(group: list[Place], mention: Mention, country: Country, line: int) -> Place | str:
    """Return the only place of that name; where there are several, nobody knows which."""
    if len(group) > 1:
        return f"The table has {len(group)} places of this name in {country.label}: which is it?"
    return _noted(group[0] if group else _added(group, mention, country, line), mention)


def _noted(place: Place, mention: Mention) -> Place:
    if mention.wikidata:
        place.identifiers.add(mention.wikidata)
    return place


def _joined(places: Iterable[Place]) -> dict[int, Place]:
    """Return for places that are others under another name those that they are."""
    identified: dict[tuple[str, str], list[Place]] = {}
    joined: dict[int, Place] = {}
    for place in places:
        if not place.identifier:
            continue
        known = identified.setdefault((place.identifier, place.country.entity.slug), [])
        same = next((each for each in known if _is_same(each, place)), None)
        if same is None:
            known.append(place)
        else:
            same.others.append(place.name)
            joined[id(place)] = same
    return joined


def _is_same(one: Place, other: Place) -> bool:
    if not one.point or not other.point or kilometres(one.point, other.point) > _HERE_KILOMETRES:
        return False
    forms = product(_forms(one.name), _forms(other.name))
    return any(OSA.normalized_similarity(*pair) >= _ALIKE for pair in forms)


def _forms(name: str) -> list[str]:
    """Return a name, and the name without what tells it apart: "Suzhou, Jiangsu", "Suzhou"."""
    return [naming.folded(each) for each in (name, naming.apart(name)[0]) if each]
