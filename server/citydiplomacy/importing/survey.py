"""What a table says: its places, each once, and which two each row joins."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from citydiplomacy.errors import TableError
from citydiplomacy.importing import mentions
from citydiplomacy.importing.mentions import Mention
from citydiplomacy.importing.table import Table

MOST_MENTIONS = 1_000_000
"""Places, in as many ways as they are written: each is held in memory. A row costs twelve bytes."""

_NOBODY = -1


class Joined(NamedTuple):
    """A row: its line, and which mentions it joins; why it joins none."""

    line: int
    one: int
    other: int
    fault: str = ""


@dataclass
class Survey:
    """The mentions of a table in the order of their first rows, and its rows."""

    mentions: list[Mention] = field(default_factory=list)
    lines: "array[int]" = field(default_factory=lambda: array("l"))
    """The line that has each mention first."""
    _rows: "array[int]" = field(default_factory=lambda: array("i"))
    _faults: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._rows) // 3

    def rows(self) -> Iterator[Joined]:
        """Yield the rows, in their order."""
        for start in range(0, len(self._rows), 3):
            line, one, other = self._rows[start : start + 3]
            fault = self._faults.get(line, "") if one == _NOBODY else ""
            yield Joined(line, one, other, fault)

    def add(self, line: int, one: int = _NOBODY, other: int = _NOBODY, fault: str = "") -> None:
        """Keep a row, or why it joins nobody."""
        self._rows.extend((line, one, other))
        if fault:
            self._faults[line] = fault


def of(table: Table, progress: Callable[[int, int], None]) -> Survey:
    """Return what a table says; `progress` is told the rows and the bytes that were read.

    Raises:
        TableError: the table cannot be read to its end, or has too many places.
    """
    survey = Survey()
    numbers: dict[Mention, int] = {}
    for row, read in table.rows():
        if row.fault:
            survey.add(row.line, fault=row.fault)
        else:
            one, other = (
                _number(survey, numbers, mentions.cleaned(each), row.line)
                for each in table.columns.mentions(row.cells)
            )
            survey.add(row.line, one, other)
        progress(len(survey), read)
        if len(numbers) > MOST_MENTIONS:
            raise TableError(
                f"{table.file}:{row.line}: there are more than {MOST_MENTIONS:,} places by here. "
                "Divide the table, and import its parts one by one."
            )
    if not len(survey):
        raise TableError(f"{table.file}: there is no row below the header.")
    return survey


def _number(survey: Survey, numbers: dict[Mention, int], mention: Mention, line: int) -> int:
    number = numbers.setdefault(mention, len(numbers))
    if number == len(survey.mentions):
        survey.mentions.append(mention)
        survey.lines.append(line)
    return number
