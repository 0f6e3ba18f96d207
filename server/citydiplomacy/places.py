"""Tables about places: which entity lies where, and which ties join them.

A query that is shown as a map, and sent as GeoJSON, has the columns `place`, `latitude` and
`longitude`, and where they apply `start`, `startLatitude` and `startLongitude` (where a tie comes
from), `manner` (how a tie stands, in words), `since`, and `agreement`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from citydiplomacy.tables import Table, Value

_Cells = Mapping[str, Value | None]


@dataclass(frozen=True)
class Place:
    """A place on the globe, in degrees."""

    longitude: float
    latitude: float


@dataclass(frozen=True)
class Tie:
    """A tie between two entities: how it stands and since when, as far as that is said."""

    start: Value
    end: Value
    manner: str
    since: str
    agreement: str
    """The IRI of the agreement, where the query names it."""

    @property
    def told(self) -> str:
        """The tie in a few words."""
        since = f"since {self.since[:4]}" if self.since else ""
        return " ".join(filter(None, (self.manner, since)))


@dataclass
class Geography:
    """What a table says of places: where entities lie, which have none, which ties there are."""

    places: dict[Value, Place] = field(default_factory=dict)
    unplaced: dict[Value, None] = field(default_factory=dict)
    ties: dict[Tie, None] = field(default_factory=dict)

    @property
    def starts(self) -> set[Value]:
        """The entities where ties come from."""
        return {tie.start for tie in self.ties}


def read(table: Table) -> Geography:
    """Return what the rows of a table say of places."""
    found = Geography()
    for row in table.rows:
        cells = dict(zip(table.columns, row.values, strict=True))
        start, end = cells.get("start"), cells.get("place")
        _note(found, start, _place(cells, "startLatitude", "startLongitude"))
        _note(found, end, _place(cells, "latitude", "longitude"))
        if start and end:
            agreement = cells.get("agreement")
            told = Tie(
                start,
                end,
                _text(cells, "manner"),
                _text(cells, "since"),
                agreement.iri if agreement else "",
            )
            found.ties[told] = None
    return found


def _note(found: Geography, entity: Value | None, place: Place | None) -> None:
    if entity and place:
        found.places.setdefault(entity, place)
    elif entity:
        found.unplaced[entity] = None


def _place(cells: _Cells, latitude: str, longitude: str) -> Place | None:
    north, east = cells.get(latitude), cells.get(longitude)
    return Place(float(east.text), float(north.text)) if north and east else None


def _text(cells: _Cells, column: str) -> str:
    value = cells.get(column)
    return value.text if value else ""
