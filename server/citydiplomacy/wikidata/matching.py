"""How likely it is that two descriptions are of one place or body, and why.

The whole judgement is here, so that it can be exchanged: descriptions go in, a score comes out.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from citydiplomacy.naming import folded
from citydiplomacy.reconciliation import geography
from citydiplomacy.reconciliation.geography import Point

_NEAR, _FAR = 30, 100
"""Kilometres: within the one, two places may be one; beyond the other, they are not."""

_UNSURE, _DOUBTFUL = 0.9, 0.4
"""What remains of a score when something cannot be compared, and when it disagrees."""

_TRIED = 50
"""Names that are looked at more closely, those that are written most alike."""

_ALIKE = 70
"""Percent of a name that have to be alike for it to be looked at."""


@dataclass(frozen=True)
class Description:
    """What is known of a place or body: names in any script, and what tells apart those of one."""

    names: tuple[str, ...]
    country: str = ""
    """Two letters of ISO 3166; empty where it is not known."""
    place: Point | None = None


@dataclass(frozen=True)
class Score:
    """How likely two descriptions are of one, in percent, and the reasons in words."""

    percent: int
    reasons: tuple[str, ...]


def compare(one: Description, other: Description) -> Score:
    """Return how likely the two are one."""
    judged = (_by_name(one, other), _by_country(one, other), _by_distance(one, other))
    percent = 100 * math.prod(share for share, _ in judged)
    return Score(round(percent), tuple(reason for _, reason in judged))


class Names:
    """The names of many descriptions, to find those that are worth comparing with another."""

    def __init__(self, descriptions: Iterable[Description]) -> None:
        pairs = [(folded(name), at) for at, d in enumerate(descriptions) for name in d.names]
        self._names = [name for name, _ in pairs]
        self._places = [place for _, place in pairs]

    def like(self, description: Description) -> Iterator[int]:
        """Yield the numbers of the descriptions with a name like one of these, each once."""
        seen: set[int] = set()
        for name in dict.fromkeys(map(folded, description.names)):
            near = process.extract(
                name, self._names, scorer=fuzz.ratio, limit=_TRIED, score_cutoff=_ALIKE
            )
            for place in dict.fromkeys(self._places[index] for _, _, index in near):
                if place not in seen:
                    seen.add(place)
                    yield place


def _by_name(one: Description, other: Description) -> tuple[float, str]:
    pairs = ((fuzz.ratio(folded(a), folded(b)), a, b) for a in one.names for b in other.names)
    likeness, ours, theirs = max(pairs, key=lambda pair: pair[0], default=(0.0, "", ""))
    if likeness == 100:  # noqa: PLR2004  # percent
        return 1.0, f"the name {ours} is the same"
    return likeness / 100, f"the names {ours} and {theirs} are {likeness:.0f} % alike"


def _by_country(one: Description, other: Description) -> tuple[float, str]:
    if not one.country or not other.country:
        return _UNSURE, "a country is not known"
    if one.country == other.country:
        return 1.0, f"both are in {one.country}"
    return _DOUBTFUL, f"one is in {one.country}, the other in {other.country}"


def _by_distance(one: Description, other: Description) -> tuple[float, str]:
    if one.place is None or other.place is None:
        return _UNSURE, "where one lies is not known"
    apart = geography.kilometres(one.place, other.place)
    share = 1.0 if apart <= _NEAR else _UNSURE if apart <= _FAR else _DOUBTFUL
    return share, f"{apart:.0f} km apart"
