"""What Wikidata states, read from the rows of the queries in `queries/wikidata`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from citydiplomacy.engine.rows import Row, Term
from citydiplomacy.wikidata import ENTITY

START, END = f"{ENTITY}P580", f"{ENTITY}P582"

_ITEM = re.compile(rf"{re.escape(ENTITY)}Q[1-9][0-9]*")
_GENERATED = "/.well-known/genid/"
"""In the IRI of a value of which only is known that there is one."""
_RANKS = {"PreferredRank": "preferred", "NormalRank": "normal", "DeprecatedRank": "deprecated"}
_TIME = re.compile(r"\+?(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)T")
_POINT = re.compile(r"Point\((?P<longitude>\S+) (?P<latitude>\S+)\)", re.IGNORECASE)
_DECADE, _YEAR, _MONTH, _DAY, _SECOND = 8, 9, 10, 11, 14
_DOMAINS = {"P854": "addresses", "P248": "works", "P143": "origins", "P4656": "origins"}


@dataclass
class Reference:
    """What a statement is said to come from; each is an IRI, and the day an EDTF date."""

    iri: str
    addresses: set[str] = field(default_factory=set)
    works: set[str] = field(default_factory=set)
    origins: set[str] = field(default_factory=set)
    retrieved: set[str] = field(default_factory=set)


@dataclass
class Statement:
    """One statement of an item, whatever its rank; properties and values are IRIs."""

    iri: str
    item: str
    property: str
    rank: str = ""
    """`preferred`, `normal` or `deprecated`."""
    value: str = ""
    """The item that is the value; empty where it is unknown, or said to be none."""
    unknown: set[str] = field(default_factory=set)
    none: set[str] = field(default_factory=set)
    dates: dict[str, set[str]] = field(default_factory=lambda: {START: set(), END: set()})
    """By qualifier, the dates in EDTF."""
    references: dict[str, Reference] = field(default_factory=dict)
    vague: bool = False
    """Whether a date was too coarse, or too early, to be written down."""


@dataclass
class Item:
    """What Wikidata calls an item, and where it lies."""

    iri: str
    labels: dict[str, str] = field(default_factory=dict)
    """By language; `mul` is that of every language which has none of its own."""
    points: set[tuple[str, str]] = field(default_factory=set)
    """Latitudes and longitudes, in degrees."""
    merged: str = ""
    """The item that it was merged into."""

    @property
    def name(self) -> tuple[str, str] | None:
        """Its English label, or that of every language, with the language."""
        return next(
            ((self.labels[each], each) for each in ("en", "mul") if each in self.labels), None
        )


def read(rows: Iterable[Row], property_: str) -> dict[str, Statement]:
    """Return the statements of one property that rows tell of, by their IRIs.

    Rows that tell the same again change nothing.
    """
    found: dict[str, Statement] = {}
    for row in rows:
        iri, item = row["statement"].value, row["item"].value
        statement = found.setdefault(iri, Statement(iri, item, property_))
        _READERS[next(name for name in _READERS if name in row)](statement, row)
    return found


def items(rows: Iterable[Row]) -> dict[str, Item]:
    """Return the items that rows tell of, by their IRIs."""
    found: dict[str, Item] = {}
    for row in rows:
        item = found.setdefault(row["item"].value, Item(row["item"].value))
        if "label" in row:
            item.labels[row["label"].language] = row["label"].value
        elif "point" in row and (point := place(row["point"].value)):
            item.points.add(point)
        elif "merged" in row:
            item.merged = row["merged"].value
    return found


def place(point: str) -> tuple[str, str] | None:
    """Return latitude and longitude of a point in well-known text; None for other globes."""
    # There the name of the globe stands before the point.
    found = _POINT.fullmatch(point)
    return (found["latitude"], found["longitude"]) if found else None


def edtf(time: str, precision: str) -> str:
    """Return a time of Wikidata as a date in EDTF, as precise as its precision says.

    Empty, where it is coarser than a decade, or outside the years 0000 to 9999.
    """
    found = _TIME.match(time)
    # The precision may be typed as any number.
    digits = int(float(precision))
    if found is None or not _DECADE <= digits <= _SECOND:
        return ""
    year, month, day = found.group("year", "month", "day")
    if digits == _DECADE:
        return f"{year[:3]}X"
    return {_YEAR: year, _MONTH: f"{year}-{month}"}.get(digits, f"{year}-{month}-{day}")


def _read_main(statement: Statement, row: Row) -> None:
    rank = row["rank"].value.rpartition("#")[2]
    statement.rank = _RANKS.get(rank, "")
    value = row.get("value")
    if value is None:
        return
    if _is_unknown(value):
        statement.unknown.add(statement.property)
    elif _ITEM.fullmatch(value.value):
        statement.value = value.value


def _read_absence(statement: Statement, row: Row) -> None:
    statement.none.add(row["none"].value)


def _read_date(statement: Statement, row: Row) -> None:
    qualifier = row["dated"].value
    if "time" in row:
        date = edtf(row["time"].value, row["precision"].value)
        statement.vague |= not date
        statement.dates[qualifier] |= {date} - {""}
    elif _is_unknown(row["date"]):
        statement.unknown.add(qualifier)


def _read_reference(statement: Statement, row: Row) -> None:
    iri = row["reference"].value
    reference = statement.references.setdefault(iri, Reference(iri))
    if "content" in row and row["content"].kind == "iri" and not _is_unknown(row["content"]):
        kind = _DOMAINS[row["part"].value.rpartition("/")[2]]
        getattr(reference, kind).add(row["content"].value)
    if "time" in row:
        reference.retrieved |= {edtf(row["time"].value, row["precision"].value)} - {""}


def _is_unknown(value: Term) -> bool:
    return value.kind == "blank" or (value.kind == "iri" and _GENERATED in value.value)


# What tells what a row is about; the first that it has counts.
_READERS = {
    "rank": _read_main,
    "none": _read_absence,
    "dated": _read_date,
    "reference": _read_reference,
}
