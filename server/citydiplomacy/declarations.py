"""What the header of a question declares: for whom it is, what can be chosen, how it is shown.

    # reader: officials, researchers
    # topic: ties, networks
    # article: maturing-city-diplomacy
    # parameter: city | City | city
    # parameter: network | Networks | network, up to 4
    # parameter: fewest | Fewest partners | number 1 to 100
    # view: chart of partners by city
    # view: map of city to partner as status

A parameter is a variable with a line `VALUES ?city { … }`, its label, and what may be chosen: an
entry of the list `queries/pages/choices/<name>.rq`, a number or a year. What stands in the line is
what is asked about unless somebody chooses; where the line is a comment, that is everything.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from citydiplomacy.queries import NamedQuery, UnusableQueryError

READERS = {
    "researchers": "Researchers and students",
    "integrators": "Data integrators",
    "librarians": "Librarians and editors",
    "journalists": "Journalists",
    "officials": "Officials of cities and networks",
    "practitioners": "Aid workers and companies",
}
TOPICS = {
    "ties": "Ties",
    "beginnings": "How ties began",
    "conflicts": "Conflicts and suspensions",
    "networks": "Networks and awards",
    "aid": "Aid and projects",
    "strategies": "Strategies and culture",
    "comparison": "Cities compared",
    "figures": "Figures",
    "claims": "Claims and open questions",
    "disputes": "What is disputed",
    "sources": "Sources",
}

COORDINATES, DATE, IDENTIFIER, NUMBER, TEXT = "coordinates", "date", "identifier", "number", "text"
SORTS = (COORDINATES, DATE, IDENTIFIER, NUMBER, TEXT)
"""The sorts of values that are no entities, of properties by which records are matched."""

_PARAMETER = re.compile(r"(?P<variable>\w+) \| (?P<label>[^|]+) \| (?P<among>.+)")
_LISTED = re.compile(r"(?P<name>[a-z]+(?:-[a-z]+)*)(?:, up to (?P<most>[2-9]))?")
_COUNTED = re.compile(r"(?:number|year) (?P<first>\d{1,6}) to (?P<last>\d{1,6})")
_DIGITS = 6
_VIEWS = (
    re.compile(r"(?P<kind>chart|stack) of (?P<shown>\w+(?:, \w+)*) by (?P<by>\w+(?:, \w+)*)"),
    re.compile(r"(?P<kind>map) of (?P<shown>\w+(?: to \w+)?)(?: as (?P<by>\w+))?"),
    re.compile(r"(?P<kind>timeline) of (?P<shown>\w+ at \w+)(?: by (?P<by>\w+))?"),
)
_BETWEEN = re.compile(r", | to | at ")


@dataclass(frozen=True)
class Parameter:
    """What can be chosen in a question: entries of a list, or a whole number."""

    variable: str
    label: str
    choices: str = ""
    """The name of the list, empty for numbers."""
    most: int = 1
    first: int = 0
    last: int = 0
    is_optional: bool = False
    """Whether the question asks about all when nothing is chosen."""

    def admits(self, number: str) -> bool:
        """Tell whether the text is a whole number within the bounds."""
        # int would read digits of every script, and any number of them.
        if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
            return False
        return self.first <= int(number) <= self.last


@dataclass(frozen=True)
class View:
    """What is drawn of an answer: its kind, the columns shown, and those that sort them.

    `chart` has a bar for each number, and `stack` has them end to end; `map` has places, or ties
    from one place to another, in their manner; `timeline` has what happened and when, in its lane.
    """

    kind: str
    shown: tuple[str, ...]
    by: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The kind of picture in a word."""
        return "chart" if self.kind == "stack" else self.kind


def listed(query: NamedQuery, key: str) -> tuple[str, ...]:
    """Return the entries of a line of the header, which has them set apart by commas."""
    return tuple(entry.strip() for entry in query.header.get(key, "").split(",") if entry.strip())


def parameters(query: NamedQuery) -> tuple[Parameter, ...]:
    """Return what can be chosen, in the order of the header.

    Raises:
        UnusableQueryError: a line cannot be read, or names nothing that the query asks about.
    """
    return tuple(_parameter(query, line) for line in lines(query, "parameter"))


def views(query: NamedQuery) -> tuple[View, ...]:
    """Return what is drawn beside the table, in the order of the header.

    Raises:
        UnusableQueryError: a line cannot be read.
    """
    return tuple(_view(line) for line in lines(query, "view"))


def lines(query: NamedQuery, key: str) -> Iterator[str]:
    """Yield the lines of the header that have the key."""
    yield from query.header.get(key, "").splitlines()


def _view(line: str) -> View:
    found = next(filter(None, (pattern.fullmatch(line) for pattern in _VIEWS)), None)
    if found is None:
        raise UnusableQueryError(
            f"`{line}` is no view. Write `chart of number by city`, `stack of number by city`, "
            "`map of city`, `map of city to partner as status` or `timeline of tie at date`."
        )
    shown, by = found["shown"], found["by"] or ""
    return View(found["kind"], tuple(_BETWEEN.split(shown)), tuple(filter(None, by.split(", "))))


def _parameter(query: NamedQuery, line: str) -> Parameter:
    found = _PARAMETER.fullmatch(line)
    among = found and (_COUNTED.fullmatch(found["among"]) or _LISTED.fullmatch(found["among"]))
    if found is None or among is None:
        raise UnusableQueryError(
            f"`{line}` is no parameter. "
            "Write `variable | Label | list`, or `variable | Label | number 1 to 100`."
        )
    variable, told = found["variable"], among.groupdict()
    if variable not in query.parameters and variable not in query.narrowings:
        raise UnusableQueryError(
            f"the parameter {variable} has nothing to replace. "
            f"Write a line VALUES ?{variable} {{ … }} into the query."
        )
    return Parameter(
        variable,
        found["label"],
        choices=told.get("name") or "",
        most=int(told.get("most") or 1),
        first=int(told.get("first") or 0),
        last=int(told.get("last") or 0),
        is_optional=variable in query.narrowings,
    )
