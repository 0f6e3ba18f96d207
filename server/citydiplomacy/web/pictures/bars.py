"""Bars: the numbers of a table as lengths, each beside its name and its number.

Lengths are in per cent of the room there is, so that a picture fits any width; the words beside
are those of the page and wrap as they do.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from citydiplomacy.declarations import View
from citydiplomacy.tables import Table, TableRow, Value

MOST = 40
"""Bars that one looks at; the table has the rest."""


@dataclass(frozen=True)
class Segment:
    """A length: where it begins and how long it is, in per cent; which of the series it is."""

    start: float
    width: float
    series: int
    words: str


@dataclass(frozen=True)
class Line:
    """Segments end to end, and the number behind them."""

    segments: tuple[Segment, ...]
    text: str


@dataclass(frozen=True)
class Bar:
    """What is measured, by name, with one line or several."""

    names: tuple[Value, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Bars:
    """A chart: its bars, what its series are, and how many more the table has."""

    bars: tuple[Bar, ...]
    series: tuple[str, ...]
    by: tuple[str, ...]
    left_out: int


@dataclass(frozen=True)
class _Part:
    number: float
    text: str
    series: int
    words: str


_Group = tuple[tuple[Value, ...], list[list[_Part]]]
"""Names, and for each line its parts."""


def bars(table: Table, view: View) -> Bars | None:
    """Return the chart of a table; None where there is nothing to compare."""
    headings = dict(zip(table.columns, table.headings, strict=True))
    groups = _groups(table, view)
    totals = [sum(part.number for part in line) for _, lines in groups for line in lines]
    longest = max(totals, default=0.0)
    if len(groups) < 2 or longest <= 0:  # noqa: PLR2004  # one bar alone says nothing
        return None
    return Bars(
        tuple(_bar(group, longest) for group in groups[:MOST]),
        tuple(headings[name] for name in view.shown),
        tuple(headings[name] for name in view.by),
        max(0, len(groups) - MOST),
    )


def _groups(table: Table, view: View) -> list[_Group]:
    """Return the rows by name: in a stack, rows of one name are parts of one bar."""
    at = {name: index for index, name in enumerate(table.columns)}
    is_stack = view.kind == "stack"
    found: dict[tuple[Value, ...] | int, _Group] = {}
    for number, row in enumerate(table.rows):
        names = tuple(value for name in view.by if (value := row.values[at[name]]))
        lines = _lines(row, [at[name] for name in view.shown], is_stack=is_stack)
        known = found.setdefault(names if is_stack else number, (names, []))
        if is_stack and known[1]:
            known[1][0].extend(lines[0])
        else:
            known[1].extend(lines)
    return _distinct(group for group in found.values() if any(group[1]))


def _distinct(groups: Iterable[_Group]) -> list[_Group]:
    """Return the groups without those that only another source tells apart."""
    kept: list[_Group] = []
    seen = set()
    for names, lines in groups:
        key = (names, tuple(tuple(part.text for part in line) for line in lines))
        if key not in seen:
            seen.add(key)
            kept.append((names, lines))
    return kept


def _lines(row: TableRow, columns: Sequence[int], *, is_stack: bool) -> list[list[_Part]]:
    read = ((series, row.values[column]) for series, column in enumerate(columns))
    others = ", ".join(
        value.text for value in row.values if value and not value.is_number and value.text
    )
    parts = [
        _Part(number, value.text, series, others)
        for series, value in read
        if value and (number := _number(value)) is not None
    ]
    return [parts] if is_stack else [[part] for part in parts]


def _number(value: Value) -> float | None:
    """Return a number that has a length."""
    try:
        number = float(value.text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _bar(group: _Group, longest: float) -> Bar:
    names, lines = group
    return Bar(names, tuple(_line(parts, longest) for parts in lines))


def _line(parts: Sequence[_Part], longest: float) -> Line:
    ends = list(accumulate(part.number for part in parts))
    segments = tuple(
        Segment(
            round(100 * (end - part.number) / longest, 2),
            round(100 * part.number / longest, 2),
            part.series,
            part.words,
        )
        for part, end in zip(parts, ends, strict=True)
        if part.number
    )
    has_series = len({part.series for part in parts}) > 1
    text = " + ".join(part.text for part in parts) if has_series else _sum(parts)
    return Line(segments, text)


def _sum(parts: Sequence[_Part]) -> str:
    return parts[0].text if len(parts) == 1 else f"{sum(part.number for part in parts):g}"
