"""What becomes of each place of a table: an existing city is meant, a new one is made, or nothing.

Nobody is merged who might be somebody else, and nobody is made who might be there already: such
places are uncertain, and wait for a person who adds an identifier to the table.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from citydiplomacy.importing import slugs
from citydiplomacy.importing.places import Place
from citydiplomacy.importing.world import World
from citydiplomacy.namespaces import EntityName
from citydiplomacy.reconciliation.matching import DISTANCE, LIKENESS, TYPE, Candidate
from citydiplomacy.reconciliation.register import Record
from citydiplomacy.reconciliation.sought import Condition, Sought

_CITY = "City"
_LOOKED_AT = 5
_SAME_NAME = 100
_BESIDE_KILOMETRES = 3.0
"""So near to a city of ours lies none but a part of it, or it under another name."""


class Outcome(StrEnum):
    """What becomes of a place or of a tie."""

    MERGED = "merged"
    CREATED = "created"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"


@dataclass(frozen=True)
class Decision:
    """What becomes of a place: which city it is, how sure that is, and why."""

    outcome: Outcome
    city: EntityName | None = None
    label: str = ""
    score: float | None = None
    reason: str = ""
    identifier: str = ""
    """The item of Wikidata that is stated of a city that is made."""


def refused(reason: str) -> Decision:
    """Return the decision to leave a place out."""
    return Decision(Outcome.REFUSED, reason=reason)


def decided(
    world: World, places: Iterable[Place], progress: Callable[[int], None]
) -> dict[int, Decision]:
    """Return what becomes of each place, by the identity of its object."""
    found: dict[int, Decision] = {}
    new: list[Place] = []
    for number, place in enumerate(places):
        progress(number)
        known = _known(world, place)
        if known:
            found[id(place)] = known
        else:
            new.append(place)
    return found | {id(place): decision for place, decision in _made(world, new)}


def _known(world: World, place: Place) -> Decision | None:
    """Return which city is meant, or may be meant; None where nobody of ours can be."""
    candidates = world.matcher.candidates(_sought(place))
    best = candidates[0] if candidates else None
    # Who reconciles looks at each match; here, a place that a geocoder took from the other Perth
    # would be merged with it, were it enough to lie at the very place.
    if best and best.match and best.features.get("country") is not False:
        label, score = best.record.label, best.score
        return Decision(Outcome.MERGED, best.record.entity, label, score, _told(best))
    for each in candidates:
        if doubt := _doubt(each):
            return Decision(Outcome.UNCERTAIN, each.record.entity, "", each.score, doubt)
    return _beside(world, place)


def _sought(place: Place) -> Sought:
    conditions = [Condition("country", (f"country/{place.country.entity.slug}",))]
    if place.point:
        conditions.append(Condition("coordinates", ("{},{}".format(*place.point),)))
    if place.identifier:
        conditions.append(Condition("wikidata", (place.identifier,)))
    return Sought(place.name, types=(_CITY,), limit=_LOOKED_AT, conditions=tuple(conditions))


def _doubt(candidate: Candidate) -> str:
    """Return why a candidate that is no safe match may be meant all the same; else nothing."""
    features, who = candidate.features, candidate.record.id
    if features.get("wikidata"):
        return f"{who} has the same identifier, but {_other(candidate)}."
    if features.get("country") is False and candidate.match:
        return f"{who} lies just there, in another country."
    is_elsewhere = features.get("country") is False or features.get("wikidata") is False
    if features.get(LIKENESS) != _SAME_NAME or is_elsewhere:
        return ""
    if not features.get(TYPE, True):
        return f"{who} has this name, and is no city."
    if DISTANCE in features:
        return f"{who} has this name in this country, {features[DISTANCE]:.0f} km away."
    return f"{who} has this name, and too little is known of it."


def _other(candidate: Candidate) -> str:
    if candidate.features.get("country") is False:
        return "lies in another country"
    distance = candidate.features.get(DISTANCE)
    apart = f", and {distance:.0f} km lie between them" if distance else ""
    return f"is called {candidate.record.label}{apart}"


def _told(candidate: Candidate) -> str:
    """Return in a few words what agrees."""
    features = candidate.features
    agreeing = [what for what in ("country", "wikidata") if features.get(what)]
    name = [f"name {features[LIKENESS]:.0f} %"] if LIKENESS in features else []
    distance = [f"{features[DISTANCE]} km apart"] if DISTANCE in features else []
    return ", ".join([*name, *agreeing, *distance])


def _beside(world: World, place: Place) -> Decision | None:
    """Return the doubt that a city of ours just there may be meant by another name."""
    near = world.register.around(place.point, _BESIDE_KILOMETRES) if place.point else []
    for record in near:
        told = world.register.values("wikidata").get(record.entity.iri)
        if record.entity.kind == "city" and not (told and place.identifier):
            reason = f"{record.id} lies just there, {_unlike(record, place)}."
            return Decision(Outcome.UNCERTAIN, record.entity, reason=reason)
    return None


def _unlike(record: Record, place: Place) -> str:
    is_abroad = record.place != place.country.label
    return "in another country" if is_abroad else "under another name"


def _made(world: World, places: list[Place]) -> Iterator[tuple[Place, Decision]]:
    """Yield for each place that is new its IRI and its label: no two have one of either."""
    names = _Names(world, places)
    items = Counter(place.identifier for place in places)
    for place in places:
        identifier, reason = place.identifier, ""
        if len(place.identifiers) > 1:
            reason = "The table gives several identifiers, so none is stated."
        elif identifier and (items[identifier] > 1 or world.identified(identifier)):
            identifier, reason = "", f"Others have the identifier {identifier} too: not stated."
        city = EntityName("city", names.slug(place))
        yield (
            place,
            Decision(Outcome.CREATED, city, names.label(place), None, reason, identifier),
        )


class _Names:
    """Slugs and labels of new places: each depends on the place, not on its row in the table.

    The country stands in every slug, so that the short ones stay free for editors, and so that no
    slug means one place today and another when the next table has more of them.
    """

    def __init__(self, world: World, places: Iterable[Place]) -> None:
        self._world = world
        several = list(places)
        self._slugs = Counter(map(_slug, several))
        self._exact = Counter(map(_exact, several))
        self._labels = Counter(place.name for place in several)
        self._qualified = Counter(map(_qualified, several))
        self._given: set[str] = set()
        self._shown: set[str] = set()

    def slug(self, place: Place) -> str:
        """Return a slug that nobody else has."""
        slug = _slug(place)
        if self._slugs[slug] > 1 or self._is_taken(slug):
            slug = _exact(place)
        number = 1
        found = slug
        while self._is_taken(found) or found in self._given:
            number += 1
            found = f"{slug}-{number}"
        self._given.add(found)
        return found

    def label(self, place: Place) -> str:
        """Return a label that nobody else has: with its country where others have its name."""
        for label, count in ((place.name, self._labels), (_qualified(place), self._qualified)):
            is_free = count[label] == 1 and label not in self._shown
            if is_free and not self._world.is_called(label):
                self._shown.add(label)
                return label
        return _located(place)

    def _is_taken(self, slug: str) -> bool:
        return self._world.is_taken(EntityName("city", slug))


def _slug(place: Place) -> str:
    return f"{slugs.slug(place.name)}-{place.country.entity.slug}"


def _exact(place: Place) -> str:
    return f"{_slug(place)}-{slugs.degrees(place.point)}" if place.point else _slug(place)


def _qualified(place: Place, more: str = "") -> str:
    beside = f"{place.country.label}{more}"
    # A name in brackets or with a comma has what tells it apart behind it already.
    if "(" in place.name or "," in place.name:
        return f"{place.name}, {beside}"
    return f"{place.name} ({beside})"


def _located(place: Place) -> str:
    return _qualified(place, f", {slugs.shown(place.point)}" if place.point else ", no place given")
