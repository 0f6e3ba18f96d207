"""How well what is known of an entity agrees with one condition."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rapidfuzz.distance import OSA

from citydiplomacy import naming
from citydiplomacy.declarations import COORDINATES, DATE, IDENTIFIER, NUMBER, TEXT
from citydiplomacy.reconciliation import geography, properties
from citydiplomacy.reconciliation.properties import Property, PropertyValue
from citydiplomacy.reconciliation.register import Record, Register
from citydiplomacy.reconciliation.sought import Condition

HALF = 0.5
"""Less is a contradiction, more an agreement."""

HERE_KILOMETRES = 10.0
"""Coordinates of one city differ by as much: its centre, its hall, its middle."""
_FAR_KILOMETRES = 60.0
"""No two gazetteers put one city so far apart."""

_YEAR = 4
_TOLERANCE = 0.1
"""By what share two figures of the same differ that were counted in other years."""


class Agreement(NamedTuple):
    """How well a condition is met, from 0 to 1, and what is told of it as a feature."""

    share: float
    feature: float | bool


def agreement(register: Register, record: Record, condition: Condition) -> Agreement | None:
    """Return how well an entity meets a condition, or None when that is not known."""
    about = register.properties[condition.property_id]
    if about.sort == COORDINATES:
        return _of_places(register, record, condition)
    values = register.values(about.id).get(record.entity.iri, ())
    if not values:
        return None
    shares = [_share(register, about, text, values) for text in condition.texts]
    known = [share for share in shares if share is not None]
    if not known:
        return None
    share = _joined(known, condition.quantifier)
    return Agreement(share, share >= HALF)


def _joined(shares: Sequence[float], quantifier: str) -> float:
    if quantifier == "none":
        return 1 - max(shares)
    return min(shares) if quantifier == "all" else max(shares)


def _of_places(register: Register, record: Record, condition: Condition) -> Agreement | None:
    place = register.place(record)
    points = [point for point in map(geography.read, condition.texts) if point]
    if place is None or not points:
        return None
    distances = [geography.kilometres(place, point) for point in points]
    share = _joined([_nearness(distance) for distance in distances], condition.quantifier)
    return Agreement(share, round(min(distances), 1))


def _nearness(distance: float) -> float:
    """Return 1 for what is here, and 0 for what is far."""
    beyond = (distance - HERE_KILOMETRES) / (_FAR_KILOMETRES - HERE_KILOMETRES)
    return 1 - min(1.0, max(0.0, beyond))


def _share(
    register: Register, about: Property, text: str, values: Sequence[PropertyValue]
) -> float | None:
    if about.leads_to:
        return _of_entities(register, about.leads_to, text, values)
    return max((_COMPARED[about.sort](text, value.text) for value in values), default=None)


def _of_entities(
    register: Register, leads_to: str, text: str, values: Sequence[PropertyValue]
) -> float | None:
    """Tell whether the entity that a text stands for is among the values, if it is known."""
    parts = [text, *text.split(",")] if "," in text else [text]
    meant = [record for part in parts for record in register.meant(part.strip())]
    known = {record.entity.iri for record in meant if leads_to in record.types}
    if not known:
        # Nothing of ours has that name; then only the same words would tell anything.
        is_same = naming.folded(text) in {naming.folded(value.text) for value in values}
        return 1.0 if is_same else None
    return float(any(value.iri in known for value in values))


def _of_identifiers(one: str, other: str) -> float:
    return float(properties.identifier(one) == properties.identifier(other))


def _of_texts(one: str, other: str) -> float:
    return OSA.normalized_similarity(naming.folded(one), naming.folded(other))


def _of_numbers(one: str, other: str) -> float:
    try:
        given, known = float(one.replace(",", "")), float(other)
    except ValueError:
        return 0.0
    largest = max(abs(given), abs(known))
    apart = abs(given - known) / largest if largest else 0.0
    return max(0.0, 1 - HALF * apart / _TOLERANCE)


def _of_dates(one: str, other: str) -> float:
    given, known = one.strip(), other.strip()
    if given.startswith(known) or known.startswith(given):
        return 1.0
    return HALF if given[:_YEAR] == known[:_YEAR] else 0.0


_COMPARED: dict[str, Callable[[str, str], float]] = {
    DATE: _of_dates,
    IDENTIFIER: _of_identifiers,
    NUMBER: _of_numbers,
    TEXT: _of_texts,
}
