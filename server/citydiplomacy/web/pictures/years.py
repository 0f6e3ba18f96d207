"""A timeline as a picture: a mark with its name for each entry, or columns that count them."""

from collections.abc import Iterator
from dataclasses import dataclass

from citydiplomacy import periods
from citydiplomacy.ties import GROUPS, Dated, began
from citydiplomacy.yearly import Column, Timeline

WIDTH, _HEIGHT, _TOP, _BOTTOM, _LEFT = 960, 260, 18, 26, 36
GROUPS_OVER_YEARS = (*GROUPS, "membership", "action")


@dataclass(frozen=True)
class Block:
    """Some of a column: those of one group."""

    group: str
    count: int
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """A column of a timeline, with its blocks from the bottom up."""

    column: Column
    x: float
    width: float
    blocks: tuple[Block, ...]
    is_named: bool


@dataclass(frozen=True)
class Columns:
    """A timeline of counts: bars on a line, and a scale."""

    height: int
    bottom: float
    bars: tuple[Bar, ...]
    scale: tuple[tuple[int, float], ...]


def columns(timeline: Timeline) -> Columns | None:
    """Return the picture of the counts of a timeline, nothing where there are none."""
    if not timeline.columns:
        return None
    bottom = float(_HEIGHT - _BOTTOM)
    unit = (bottom - _TOP) / timeline.highest
    width = (WIDTH - _LEFT) / len(timeline.columns)
    every = max(1, -(-80 // int(width)))
    bars = tuple(
        Bar(
            column,
            _LEFT + number * width,
            min(width, 90.0),
            tuple(_blocks(column, unit, bottom)),
            number % every == 0,
        )
        for number, column in enumerate(timeline.columns)
    )
    marks = sorted({timeline.highest, timeline.highest // 2} - {0})
    return Columns(_HEIGHT, bottom, bars, tuple((mark, bottom - mark * unit) for mark in marks))


def _blocks(column: Column, unit: float, bottom: float) -> Iterator[Block]:
    for group in GROUPS_OVER_YEARS:
        if count := column.counts[group]:
            bottom -= count * unit
            yield Block(group, count, bottom, count * unit)


@dataclass(frozen=True)
class Entry:
    """One mark with its label: from `x` to `end` where that is known or a span of years."""

    what: Dated
    x: float
    end: float
    y: float
    is_vague: bool
    has_end: bool
    is_left: bool
    """Whether the label stands to the left of the mark: there is no room to the right."""


@dataclass(frozen=True)
class Marks:
    """A timeline of single marks, one in each row, over an axis of years."""

    height: int
    entries: tuple[Entry, ...]
    years: tuple[tuple[int, float], ...]


_ROW = 26
_AXIS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)
_MOST_YEARS, _FEWEST_YEARS = 10, 5


def marks(timeline: Timeline) -> Marks:
    """Return the picture of a timeline that has few enough for a mark each."""
    dated = timeline.dated
    spans = [(_years(each.since), _years(each.until)) for each in dated]
    first = min(begin[0] for begin, _ in spans if begin)
    last = max(max(end[1] for end in both if end) for both in spans)
    unit = (WIDTH - 40) / max(last + 1 - first, _FEWEST_YEARS)

    def x(year: float) -> float:
        return 20 + (year - first) * unit

    entries = []
    for row, (each, (begin, end)) in enumerate(zip(dated, spans, strict=True)):
        start = begin or (first, first)
        is_vague = start[0] != start[1] or bool((period := began(each)) and period.is_doubted)
        stop = x(end[1] + 0.5) if end else x(start[1] + 1) if start[0] != start[1] else x(start[0])
        entries.append(
            Entry(
                each,
                x(start[0]),
                stop,
                _ROW * row + _ROW / 2,
                is_vague,
                bool(end),
                stop > WIDTH * 0.6,
            )
        )
    step = next((step for step in _AXIS if (last - first) / step <= _MOST_YEARS), _AXIS[-1])
    years = tuple((year, x(year)) for year in range(-(-first // step) * step, last + 1, step))
    return Marks(_ROW * len(entries) + _BOTTOM, tuple(entries), years)


def _years(date: str) -> tuple[int, int] | None:
    period = periods.read(date)
    return (period.first, period.last) if period else None
