"""What becomes of each row: a new tie, one that is there already, or none."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from citydiplomacy.importing.decisions import Decision, Outcome
from citydiplomacy.importing.survey import Joined, Survey
from citydiplomacy.importing.world import World
from citydiplomacy.namespaces import EntityName, entity_name

ALONE = "No tie of it is imported, so it is not made."
"""Why a place is left out with which nothing is wrong."""


@dataclass(frozen=True)
class Tie:
    """What becomes of a row: the agreement, and why; its two places as they were decided on."""

    row: Joined
    outcome: Outcome
    one: Decision | None
    other: Decision | None
    agreement: EntityName | None = None
    reason: str = ""

    @property
    def cities(self) -> tuple[EntityName, EntityName]:
        """The two cities of a tie that is made, in the order of their slugs."""
        found = [each.city for each in (self.one, self.other) if each and each.city]
        first, second = sorted(found)
        return first, second


class Ties:
    """The ties of a table, given what becomes of each of its mentions."""

    def __init__(
        self, world: World, survey: Survey, decisions: Sequence[Decision], into: str
    ) -> None:
        self._world = world
        self._survey = survey
        self._into = into
        self._decisions = decisions
        # A city that only stands in rows from which no tie follows would stand alone.
        self._untied: Collection[EntityName] = ()
        tied = {city for tie in self if tie.outcome is Outcome.CREATED for city in tie.cities}
        created = (each.city for each in decisions if each.outcome is Outcome.CREATED)
        self._untied = {city for city in created if city and city not in tied}

    def __iter__(self) -> Iterator[Tie]:
        """Yield what becomes of each row, in their order."""
        made: dict[frozenset[EntityName], int] = {}
        for row in self._survey.rows():
            if row.fault:
                yield Tie(row, Outcome.REFUSED, None, None, None, row.fault)
                continue
            one, other = self._decisions[row.one], self._decisions[row.other]
            tie = self._tie(row, one, other, made)
            yield replace(tie, one=self._told(one), other=self._told(other))

    def _tie(
        self, row: Joined, one: Decision, other: Decision, made: dict[frozenset[EntityName], int]
    ) -> Tie:
        for outcome in (Outcome.REFUSED, Outcome.UNCERTAIN):
            if outcome in (one.outcome, other.outcome):
                return Tie(row, outcome, one, other, None, f"A place of it is {outcome}.")
        if one.city is None or other.city is None or one.city == other.city:
            return Tie(row, Outcome.REFUSED, one, other, None, "Both places are the same city.")
        known = self._world.ties.get(frozenset({one.city.iri, other.city.iri}))
        if known:
            reason = "There is this tie already."
            return Tie(row, Outcome.MERGED, one, other, entity_name(known), reason)
        pair = frozenset({one.city, other.city})
        agreement = self._agreement(*sorted(pair))
        line = made.setdefault(pair, row.line)
        if line != row.line:
            return Tie(row, Outcome.MERGED, one, other, agreement, f"The same as line {line}.")
        return Tie(row, Outcome.CREATED, one, other, agreement)

    def _told(self, decision: Decision) -> Decision:
        if decision.city is None or decision.city not in self._untied:
            return decision
        return replace(decision, outcome=Outcome.REFUSED, city=None, reason=ALONE)

    def _agreement(self, one: EntityName, other: EntityName) -> EntityName:
        found = EntityName("agreement", f"{one.slug}--{other.slug}")
        # The two may have an agreement of another kind, which has their names.
        is_taken = self._world.is_taken(found)
        return found._replace(slug=f"{found.slug}-{self._into}") if is_taken else found
