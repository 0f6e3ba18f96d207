"""What happened when, as dots over a line of years: one lane for each kind of entry.

A query that is shown as a chronicle has the columns `lane` (what kind of entry, in words), `date`
and `entry`. Dates may be days, months, years or, in EDTF, decades; an entry whose year is not
known is counted and not drawn.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from citydiplomacy import periods
from citydiplomacy.tables import Table, TableRow

# In pixels of a picture that is as wide as the text.
WIDTH = 760
_EDGE, _HEADING, _BETWEEN, _AXIS = 14, 22, 10, 24
_STEP, _LARGEST = 9.0, 8.0
# More dots in one column than this are drawn closer, so that no lane becomes a tower.
_HIGHEST = 9
_FEWEST_YEARS = 10
# Marks on the axis: the first distance that gives no more than these.
_MARKS = 9
_DISTANCES = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)


@dataclass(frozen=True)
class Column:
    """The entries of a lane that stand over the same years."""

    told: str
    path: str
    is_vague: bool
    """Whether the year is in doubt, or only the decade or century is known."""


@dataclass(frozen=True)
class Lane:
    """Entries of one kind: where the lane stands, how many there are."""

    name: str
    top: float
    bottom: float
    count: int
    size: float
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Mark:
    """A year on the axis."""

    year: int
    x: float


@dataclass(frozen=True)
class Chronicle:
    """The picture: its lanes over an axis of years."""

    first: int
    last: int
    height: float
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    undated: int

    @property
    def count(self) -> int:
        """How many entries are drawn."""
        return sum(lane.count for lane in self.lanes)


@dataclass(frozen=True)
class _Entry:
    lane: str
    year: int
    is_vague: bool
    text: str


@dataclass(frozen=True)
class _Axis:
    first: int
    last: int
    bin_: int

    def x(self, year: float) -> float:
        span = max(self.last - self.first, _FEWEST_YEARS)
        return _EDGE + (year - self.first) / span * (WIDTH - 2 * _EDGE)

    def binned(self, year: int) -> int:
        return self.first + (year - self.first) // self.bin_ * self.bin_


def chronicle(table: Table) -> Chronicle | None:
    """Return the picture of what the table holds, or nothing where no entry has a year."""
    read = [_entry(table, row) for row in table.rows]
    entries = [entry for entry in read if entry]
    if not entries:
        return None
    axis = _axis([entry.year for entry in entries])
    lanes, top = [], 0.0
    for name in dict.fromkeys(entry.lane for entry in entries):
        lane = _lane(name, [entry for entry in entries if entry.lane == name], axis, top)
        lanes.append(lane)
        top = lane.bottom + _BETWEEN
    undated = len(read) - len(entries)
    marks = tuple(_marks(axis))
    return Chronicle(axis.first, axis.last, top + _AXIS, tuple(lanes), marks, undated)


def _entry(table: Table, row: TableRow) -> _Entry | None:
    """Return what a row tells, or nothing where it has no year."""
    cells = dict(zip(table.columns, row.values, strict=True))
    lane, date, entry = cells["lane"], cells["date"], cells["entry"]
    period = periods.read(date.text) if date else None
    if period is None or lane is None or entry is None:
        return None
    # What is open is drawn in its middle: 199X at 1995.
    year = (period.first + period.last + 1) // 2
    return _Entry(lane.text, year, not period.is_year or period.is_doubted, entry.text)


def _axis(years: Sequence[int]) -> _Axis:
    first, last = min(years), max(years)
    room = (WIDTH - 2 * _EDGE) / _STEP
    return _Axis(first, last, max(1, -(-(last - first) // int(room))))


def _lane(name: str, entries: list[_Entry], axis: _Axis, top: float) -> Lane:
    ordered = sorted(entries, key=lambda entry: (axis.binned(entry.year), entry.is_vague))
    columns = [
        (key, list(group))
        for key, group in groupby(ordered, key=lambda entry: axis.binned(entry.year))
    ]
    highest = max(len(group) for _, group in columns)
    step = min(_STEP, _STEP * _HIGHEST / highest)
    bottom = top + _HEADING + highest * step
    drawn = (
        column for year, group in columns for column in _columns(year, group, axis, bottom, step)
    )
    return Lane(name, top, bottom, len(entries), _LARGEST * step / _STEP, tuple(drawn))


def _columns(
    year: int, group: list[_Entry], axis: _Axis, bottom: float, step: float
) -> Iterator[Column]:
    """Yield the dots over a year from the axis up, those whose year is not known on top."""
    height = bottom - step / 2
    for is_vague, some in groupby(group, key=lambda entry: entry.is_vague):
        entries = list(some)
        path = "".join(
            f"M{axis.x(year):.1f} {height - number * step:.1f}h0" for number in range(len(entries))
        )
        height -= len(entries) * step
        yield Column(f"{_span(year, axis, is_vague)}: {_listed(entries)}", path, is_vague)


def _span(year: int, axis: _Axis, is_vague: bool) -> str:
    last = year + axis.bin_ - 1
    span = str(year) if last == year else f"{year} to {last}"
    return f"around {span}" if is_vague else span


def _listed(entries: Iterable[_Entry]) -> str:
    return "; ".join(entry.text for entry in entries)


def _marks(axis: _Axis) -> Iterator[Mark]:
    span = max(axis.last - axis.first, _FEWEST_YEARS)
    distance = next((d for d in _DISTANCES if span / d <= _MARKS), _DISTANCES[-1])
    first = -(-axis.first // distance) * distance
    for year in range(first, axis.first + span + 1, distance):
        yield Mark(year, axis.x(year))
