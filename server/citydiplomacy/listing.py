"""A long table as a reader goes through it: filtered by its columns, in an order, page by page.

Columns become facets by themselves: one whose values many rows share, and one of dates, by
decade. What is wanted is told by names and values as they stand in an address:
`country=japan&since=1960s&q=yoko&sort=-agreements&page=2`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from citydiplomacy.errors import BadParameterError
from citydiplomacy.naming import folded
from citydiplomacy.tables import Table, TableRow, Value

PAGE = 200
"""How many rows stand on one page."""
NONE = "none"
"""What stands for a row without a value in a column."""

_NAME, _ORDER, _NUMBER = "q", "sort", "page"
_LONGEST = 100
# A column with more different values than this share of its rows has none to choose from.
_SHARED = 0.5
_YEAR = re.compile(r"(?P<decade>\d{3})[\dX]\b.*", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """One value of a facet: how it is written in an address, and how many rows it would leave."""

    key: str
    text: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """A column to choose by, with its values, those of the most rows first."""

    column: str
    heading: str
    choices: tuple[Choice, ...]

    @property
    def chosen(self) -> Choice | None:
        """The value that is chosen, if one is."""
        return next((choice for choice in self.choices if choice.is_chosen), None)


@dataclass(frozen=True)
class Sorting:
    """Where the headings of a table lead: to the same page in another order."""

    before: str
    after: str
    order: str

    def address(self, column: str) -> str:
        """Return the address of the page ordered by a column, the other way round if it is."""
        turned = f"-{column}" if self.order == column else column
        return f"{self.before}{turned}{self.after}"

    def direction(self, column: str) -> str:
        """Return how the table is ordered by a column, in the words of ARIA."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.order, "")


@dataclass(frozen=True)
class Wanted:
    """What a reader asked for: values by column, part of a name, an order, a page."""

    values: Mapping[str, str]
    name: str = ""
    order: str = ""
    page: int = 1

    def address(self, **changes: str | int) -> str:
        """Return the query of the address of this state with changes; the first page by default."""
        state = {**self.values, _NAME: self.name, _ORDER: self.order, _NUMBER: 1} | changes
        told = {name: value for name, value in state.items() if value and value != 1}
        return f"?{urlencode(sorted(told.items()))}"

    @property
    def sorting(self) -> Sorting:
        """Where the headings of the list lead."""
        others = self.address(**{_ORDER: ""})
        return Sorting(f"{others}{'&' if others != '?' else ''}{_ORDER}=", "", self.order)


@dataclass(frozen=True)
class Listing:
    """A table as it was wanted, with what else could be."""

    whole: Table
    wanted: Wanted

    @cached_property
    def found(self) -> Table:
        """All rows that are wanted, in the order that is wanted."""
        rows = tuple(row for row in self.whole.rows if self._fits(row))
        return ordered(replace(self.whole, rows=rows), self.wanted.order)

    @property
    def shown(self) -> Table:
        """The rows of the page that is wanted."""
        start = (self.wanted.page - 1) * PAGE
        return replace(self.found, rows=self.found.rows[start : start + PAGE])

    @property
    def pages(self) -> int:
        """How many pages there are; one when nothing is found."""
        return max(1, -(-len(self.found.rows) // PAGE))

    @cached_property
    def facets(self) -> tuple[Facet, ...]:
        """The columns to choose by; counts are of what the other choices leave."""
        return tuple(self._facet(column) for column in facet_columns(self.whole))

    def _facet(self, column: str) -> Facet:
        place = self.whole.columns.index(column)
        rows = [row for row in self.whole.rows if self._fits(row, without=column)]
        counts = Counter(key(row.values[place]) for row in rows)
        texts = {key(row.values[place]): _text(row.values[place]) for row in self.whole.rows}
        chosen = self.wanted.values.get(column)
        counts.update({chosen: 0} if chosen else {})
        choices = [
            Choice(value, texts[value], count, value == chosen) for value, count in counts.items()
        ]
        choices.sort(key=lambda choice: (-choice.count, folded(choice.text)))
        return Facet(column, self.whole.headings[place], tuple(choices))

    def _fits(self, row: TableRow, without: str = "") -> bool:
        for column, wanted in self.wanted.values.items():
            value = row.values[self.whole.columns.index(column)]
            if column != without and key(value) != wanted:
                return False
        name = row.values[0]
        return not self.wanted.name or (
            name is not None and folded(self.wanted.name) in folded(name.text)
        )


def listed(table: Table, arguments: Mapping[str, str]) -> Listing:
    """Return the table as the arguments of an address want it.

    Raises:
        BadParameterError: a value that no row has, an order or a page that there is not.
    """
    known = {column: _keys(table, column) for column in facet_columns(table)}
    chosen = {}
    for name, value in arguments.items():
        # What others add to addresses, to know where visitors come from, changes nothing.
        if name not in known or not value:
            continue
        if value not in known[name]:
            raise BadParameterError(
                f"No row of this list has “{value[:_LONGEST]}” as its {name}.",
                "Choose one of the values that the page offers.",
            )
        chosen[name] = value
    listing = Listing(
        table,
        Wanted(
            chosen,
            _named(arguments.get(_NAME, "")),
            order(table, arguments.get(_ORDER, "")),
            _numbered(arguments.get(_NUMBER, "1")),
        ),
    )
    if listing.wanted.page > listing.pages:
        raise BadParameterError(
            f"There is no page {listing.wanted.page}.", f"The last one is {listing.pages}."
        )
    return listing


def order(table: Table, wanted: str) -> str:
    """Return the order that is wanted: a column, with `-` before it for the greatest first.

    Raises:
        BadParameterError: the table has no such column.
    """
    if wanted and wanted.removeprefix("-") not in table.columns:
        raise BadParameterError(
            f"There is no column “{wanted[:_LONGEST]}” to sort by.",
            f"Use one of: {', '.join(table.columns)}; “-” before it turns the order round.",
        )
    return wanted


def ordered(table: Table, wanted: str) -> Table:
    """Return the table in an order that it knows; as it is without one."""
    if not wanted:
        return table
    return table.ordered(wanted.removeprefix("-"), descending=wanted.startswith("-"))


def facet_columns(table: Table) -> list[str]:
    """Return the columns whose values many rows share: the names of rows are none."""
    most = len(table.rows) * _SHARED
    return [
        column
        for place, column in enumerate(table.columns)
        if place
        and not any(row.values[place] and _is_count(row.values[place]) for row in table.rows)
        and 1 < len({key(row.values[place]) for row in table.rows}) <= most
    ]


def key(value: Value | None) -> str:
    """Return how a value is written in an address: the end of its IRI, its decade or its text."""
    if value is None:
        return NONE
    if value.iri:
        return re.split(r"[/#]", value.iri)[-1]
    found = _YEAR.fullmatch(value.text)
    return f"{found['decade']}0s" if found else value.text


def _is_count(value: Value | None) -> bool:
    return value is not None and value.is_number and not _YEAR.fullmatch(value.text)


def _text(value: Value | None) -> str:
    if value is None:
        return "not stated"
    return value.text if value.iri else key(value)


def _keys(table: Table, column: str) -> set[str]:
    place = table.columns.index(column)
    return {key(row.values[place]) for row in table.rows}


def _named(text: str) -> str:
    if len(text) > _LONGEST:
        raise BadParameterError(
            "The part of a name is too long.", f"Use no more than {_LONGEST} letters."
        )
    return text.strip()


def _numbered(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", text, re.ASCII):
        raise BadParameterError(f"“{text[:_LONGEST]}” is no number of a page.", "Pages begin at 1.")
    return int(text)


def sorting_of(panels: Mapping[str, Table], wanted: str) -> dict[str, Sorting]:
    """Return where the headings of each of the tables of a page lead; `wanted` orders one of them.

    Raises:
        BadParameterError: no table has that name, or the table no such column.
    """
    name, _, column = wanted.rpartition(".")
    if wanted and name not in panels:
        raise BadParameterError(
            f"There is no table “{name[:_LONGEST]}” to sort.",
            f"Write it as sort=table.column, with one of these tables: {', '.join(panels)}.",
        )
    orders = {name: order(panels[name], column)} if wanted else {}
    return {
        known: Sorting(f"?{_ORDER}={known}.", f"#panel-{known}", orders.get(known, ""))
        for known in panels
    }
