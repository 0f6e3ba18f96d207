"""Dates in EDTF, as the years they may lie in: 199X is 1990 to 1999, 1966? perhaps 1966."""

import re
from typing import NamedTuple

_YEAR = re.compile(r"(?P<year>\d{4}|\d{3}X|\d{2}XX)(?P<rest>(?:-[\dX]{2}){0,2})(?P<doubt>[?~%]?)")


class Period(NamedTuple):
    """The first and the last year in which something dated may have been, both included."""

    first: int
    last: int
    is_doubted: bool = False
    """Whether the source, or who read it, is not sure."""

    @property
    def is_year(self) -> bool:
        """Whether it is one year, and not some year of a decade or century."""
        return self.first == self.last

    def meets(self, first: int | None, last: int | None) -> bool:
        """Tell whether it may lie in the years from first to last; None is no bound."""
        return (first is None or self.last >= first) and (last is None or self.first <= last)


def read(date: str) -> Period | None:
    """Return the years of a date in EDTF; None for one without any, such as XXXX-05-01."""
    found = _YEAR.fullmatch(date)
    if found is None:
        return None
    year = found["year"]
    return Period(int(year.replace("X", "0")), int(year.replace("X", "9")), bool(found["doubt"]))
