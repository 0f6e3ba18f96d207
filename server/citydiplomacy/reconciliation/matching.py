"""Candidates for what is sought: who they are, how well they fit, which of them is safe to take.

The score is the mean of what agrees, weighted: the name, each condition of which something is
known, the type. It is explained by features. A candidate is a match only when nobody else can be
meant: an identifier says so, or its very name together with where it lies. The name of a place
alone is never enough, because most names of cities are borne by several, few of which we know.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import Protocol

from rapidfuzz.distance import OSA

from citydiplomacy import naming
from citydiplomacy.declarations import COORDINATES, IDENTIFIER
from citydiplomacy.reconciliation import geography
from citydiplomacy.reconciliation.agreement import HALF, Agreement, agreement
from citydiplomacy.reconciliation.register import Record, Register
from citydiplomacy.reconciliation.sought import Condition, Sought
from citydiplomacy.search import Hit

LIKENESS, TYPE, POPULARITY = "likeness", "type", "popularity"
NAMESAKES, DISTANCE = "namesakes", "distance"

_NAME_WEIGHT, _TYPE_WEIGHT, _OTHER_WEIGHT = 1.0, 0.5, 0.2
_COUNTRY = "Country"
_WHERE = (COORDINATES, _COUNTRY)
_WEIGHTS = {IDENTIFIER: 2.0, COORDINATES: 0.6, _COUNTRY: 0.4}
"""What a property of such a sort counts for, where the name counts 1."""

_NEAR = 30
"""Names that resemble the one sought which are looked at."""

_ALIKE = 0.6
"""How much alike a name has to be for its bearer to be a candidate: 1 is the same."""
_ONE_SLIP = 0.85
"""How much alike a name is but for one slip, in most lengths."""
_SHORTENED = 0.9
"""What a name counts without its end, or without what tells it from others."""
_PART = 0.8
"""What it counts when all words of one name are words of the other."""

_MOST_COMPARED = 200
"""Entities compared where there is no name to choose them by."""

_REACH = 50.0
"""Kilometres around coordinates in which somebody is looked for who has no name."""


class Index(Protocol):
    """What finds entities by names that resemble one."""

    def find(
        self, text: str, kind: str = "", limit: int = 20, *, candidates: int = 300
    ) -> list[Hit]:
        """Return the entities with such a name, those that fit best first."""


@dataclass(frozen=True)
class Candidate:
    """An entity that may be meant: its score from 0 to 100, and what it is made from."""

    record: Record
    score: float
    features: dict[str, float | bool]
    match: bool = False


@dataclass(frozen=True)
class _Met:
    """A condition of which something is known, and how well it is met."""

    condition: Condition
    sort: str
    known: Agreement

    @property
    def agrees(self) -> bool:
        """Whether it has a value that is wanted, and not only none that is unwanted."""
        return self.known.share >= HALF and self.condition.quantifier != "none"

    @property
    def is_certain(self) -> bool:
        """Whether it has the very value that is wanted."""
        return self.agrees and self.known.share == 1


@dataclass(frozen=True)
class _Compared:
    """An entity beside what is sought."""

    record: Record
    likeness: float | None
    """Of its name; None where no name is sought."""
    is_of_type: bool
    agreements: tuple["_Met", ...]
    identified: bool

    @property
    def is_named_so(self) -> bool:
        return self.likeness == 1

    @property
    def is_here(self) -> bool:
        """Whether it lies just where it is said to."""
        return any(met.is_certain and met.sort == COORDINATES for met in self.agreements)

    @property
    def is_contradicted(self) -> bool:
        """Whether anything rules it out."""
        return not self.is_of_type or any(met.known.share < HALF for met in self.agreements)


class Matcher:
    """Finds candidates in a register; safe to share between threads."""

    def __init__(self, register: Register, index: Index) -> None:
        self._register = register
        self._index = index

    def candidates(self, sought: Sought) -> list[Candidate]:
        """Return who may be meant, the best first; at most the first is a match."""
        compared = [
            each
            for record in self._found(sought)
            if (each := self._compared(record, sought)) and self._may_be(each, sought)
        ]
        # Who is of another type is shown only where nobody is of the one that is sought.
        compared = [each for each in compared if each.is_of_type] or compared
        several = sorted((self._candidate(each, sought) for each in compared), key=_order)
        safe = [each.record for each in compared if _is_safe(each, compared)]
        return [
            _matched(each) if number == 0 and each.record in safe and len(safe) == 1 else each
            for number, each in enumerate(several[: sought.limit])
        ]

    def _found(self, sought: Sought) -> list[Record]:
        """Return all that are to be compared, each once."""
        register = self._register
        found = [record for each in sought.ids if (record := register.record(each))]
        found += self._identified(sought.conditions)
        if sought.text:
            found += self._called(sought)
        elif not sought.ids:
            found += islice(self._described(sought.conditions), _MOST_COMPARED)
        return list(dict.fromkeys(found))

    def _identified(self, conditions: Iterable[Condition]) -> Iterator[Record]:
        for condition in conditions:
            if self._sort(condition) == IDENTIFIER and condition.quantifier != "none":
                for text in condition.texts:
                    yield from self._register.having(text, condition.property_id)

    def _called(self, sought: Sought) -> list[Record]:
        """Return those that have the name, and those whose name resembles it."""
        exact = self._register.meant(sought.text)
        short, _ = naming.apart(sought.text)
        exact += self._register.meant(short) if short else []
        compared = (self._compared(record, sought) for record in exact)
        if any(each.is_named_so and not each.is_contradicted for each in compared):
            return exact
        kinds = {self._register.types[name].kind for name in sought.types}
        kind = next(iter(kinds)) if len(kinds) == 1 else ""
        hits = self._index.find(sought.text, kind, _NEAR, candidates=_NEAR)
        near = (self._register.record(hit.entity.iri) for hit in hits)
        return [*exact, *(record for record in near if record)]

    def _described(self, conditions: Iterable[Condition]) -> Iterator[Record]:
        """Yield those who lie there, or have an entity as a value, where no name is given."""
        for condition in conditions:
            if condition.quantifier == "none":
                continue
            for text in condition.texts:
                yield from self._with(condition.property_id, text)

    def _with(self, property_id: str, text: str) -> Iterator[Record]:
        about = self._register.properties[property_id]
        if about.sort == COORDINATES:
            point = geography.read(text)
            yield from self._register.around(point, _REACH) if point else ()
        elif about.leads_to:
            for meant in self._register.meant(text):
                several = self._register.whose(property_id, meant.entity.iri)
                yield from nlargest(_MOST_COMPARED, several, key=lambda record: record.ties)

    def _compared(self, record: Record, sought: Sought) -> _Compared:
        found = tuple(
            _Met(condition, self._sort(condition), known)
            for condition in sought.conditions
            if (known := agreement(self._register, record, condition))
        )
        by_id = record in map(self._register.record, sought.ids) or self._is_id(sought.text, record)
        return _Compared(
            record=record,
            likeness=self._likeness(sought.text, record) if sought.text else None,
            is_of_type=not sought.types or not set(sought.types).isdisjoint(record.types),
            agreements=found,
            identified=by_id or any(met.is_certain and met.sort == IDENTIFIER for met in found),
        )

    def _likeness(self, text: str, record: Record) -> float:
        if self._is_id(text, record):
            return 1.0
        short, beside = naming.apart(text)
        likeness = max(_likeness(naming.folded(text), name) for name in record.names)
        if short and likeness < 1:
            alone = max(_likeness(naming.folded(short), name) for name in record.names)
            is_there = naming.folded(beside) == naming.folded(record.place)
            likeness = max(likeness, alone if is_there else min(alone, _SHORTENED))
        return likeness

    def _is_id(self, text: str, record: Record) -> bool:
        return record is self._register.record(text) or record in self._register.having(text)

    def _may_be(self, each: _Compared, sought: Sought) -> bool:
        if sought.is_strict and not each.is_of_type:
            return False
        met = {met.condition for met in each.agreements if met.known.share >= HALF}
        if any(wanted.required and wanted not in met for wanted in sought.conditions):
            return False
        is_called_so = each.likeness is None or each.likeness >= _ALIKE
        return is_called_so or (each.identified and not sought.needs_name)

    def _candidate(self, each: _Compared, sought: Sought) -> Candidate:
        parts = [
            (_WEIGHTS.get(met.sort, _OTHER_WEIGHT), met.known.share) for met in each.agreements
        ]
        if each.likeness is not None:
            parts.append((_NAME_WEIGHT, each.likeness))
        if sought.types:
            parts.append((_TYPE_WEIGHT, float(each.is_of_type)))
        whole = sum(weight for weight, _ in parts)
        score = 100 * sum(weight * share for weight, share in parts) / whole if whole else 100.0
        return Candidate(each.record, round(score, 1), self._features(each, sought))

    def _features(self, each: _Compared, sought: Sought) -> dict[str, float | bool]:
        features: dict[str, float | bool] = {}
        if each.likeness is not None:
            features[LIKENESS] = round(100 * each.likeness, 1)
        if sought.types:
            features[TYPE] = each.is_of_type
        for met in each.agreements:
            told = DISTANCE if met.sort == COORDINATES else met.condition.property_id
            features[told] = met.known.feature
        features[POPULARITY] = each.record.ties
        features[NAMESAKES] = len(self._register.named(each.record.names[0])) - 1
        return features

    def _sort(self, condition: Condition) -> str:
        return self._register.properties[condition.property_id].sort


def _is_safe(each: _Compared, others: Sequence[_Compared]) -> bool:
    """Tell whether nobody else can be meant."""
    if each.is_contradicted:
        return False
    if each.identified:
        return each.likeness is None or each.likeness >= HALF
    if any(other.identified for other in others):
        return False
    if each.is_named_so:
        return not each.record.is_place or _lies_there(each)
    return (each.likeness or 0) >= _ONE_SLIP and each.is_here


def _lies_there(each: _Compared) -> bool:
    """Tell whether what is said of where a place lies agrees: its country, or its coordinates."""
    return any(met.agrees and met.sort in _WHERE for met in each.agreements)


def _likeness(wanted: str, name: str) -> float:
    """Return how much alike two folded names are: 1 is the same."""
    if wanted == name or wanted.replace(" ", "") == name.replace(" ", ""):
        return 1.0
    # Never quite the same, however little a slip is in a long name.
    near = min(OSA.normalized_similarity(wanted, name), 0.99)
    if _is_beginning(wanted, name) or _is_beginning(name, wanted):
        return max(near, _SHORTENED)
    if _is_part(wanted, name) or _is_part(name, wanted):
        return max(near, _PART)
    return near


def _is_beginning(one: str, other: str) -> bool:
    """Tell whether the other name goes on where one ends: "Frankfurt", "Frankfurt am Main"."""
    return other.startswith(one if naming.is_unspaced(one) else f"{one} ")


def _is_part(one: str, other: str) -> bool:
    """Tell whether the other name has all words that one has."""
    return set(one.split()) < set(other.split())


def _matched(candidate: Candidate) -> Candidate:
    return Candidate(candidate.record, candidate.score, candidate.features, match=True)


def _order(candidate: Candidate) -> tuple[float, int, str]:
    return -candidate.score, -candidate.record.ties, candidate.record.id
