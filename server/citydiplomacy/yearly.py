"""What happened when, counted by years: the columns of a timeline, or its single marks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from citydiplomacy.periods import Period
from citydiplomacy.ties import Dated, began

MARKED = 40
"""As many are shown as single marks; more are counted."""

COLUMNS = 40
_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Column:
    """Some years, and how many of each group began in them."""

    first: int
    last: int
    counts: Counter[str]

    @property
    def total(self) -> int:
        """How many began in these years."""
        return self.counts.total()

    @property
    def name(self) -> str:
        """The years in words."""
        return str(self.first) if self.first == self.last else f"{self.first}\N{EN DASH}{self.last}"


@dataclass(frozen=True)
class Timeline:
    """What is chosen: what has a year, what has only a decade or century, what has neither."""

    years: tuple[Dated, ...]
    spans: tuple[Dated, ...]
    undated: tuple[Dated, ...]
    columns: tuple[Column, ...]
    """Without gaps from the first year to the last."""

    @property
    def is_marked(self) -> bool:
        """Whether there are few enough for a mark each."""
        return 0 < len(self.years) + len(self.spans) <= MARKED

    @property
    def highest(self) -> int:
        """The most that one column has."""
        return max((column.total for column in self.columns), default=0)

    @property
    def dated(self) -> list[Dated]:
        """All that has a date, in the order of dates."""
        return sorted(
            (*self.years, *self.spans), key=lambda each: (_from(each), each.since, each.label)
        )


def timeline(found: Iterable[Dated]) -> Timeline:
    """Return what was found by date, and counted in at most 40 columns of equal years."""
    years: list[Dated] = []
    spans: list[Dated] = []
    undated: list[Dated] = []
    for each in found:
        period = began(each)
        place = undated if period is None else years if period.is_year else spans
        place.append(each)
    return Timeline(tuple(years), tuple(spans), tuple(undated), tuple(_columns(years)))


def _columns(years: Sequence[Dated]) -> list[Column]:
    if not years:
        return []
    first, last = min(map(_from, years)), max(map(_from, years))
    step = next((step for step in _STEPS if last // step - first // step < COLUMNS), _STEPS[-1])
    counts: dict[int, Counter[str]] = {
        start: Counter() for start in range(first // step * step, last + 1, step)
    }
    for each in years:
        counts[_from(each) // step * step][each.group] += 1
    return [Column(start, start + step - 1, count) for start, count in counts.items()]


def _from(each: Dated) -> int:
    return (began(each) or Period(0, 0)).first
