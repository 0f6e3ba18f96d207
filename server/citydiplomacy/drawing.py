"""What a picture of an answer is drawn from: its columns, as each kind of picture wants them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citydiplomacy.declarations import View
from citydiplomacy.tables import Table, TableRow, Value

Cells = tuple[Value | None, ...]
Coordinates = Mapping[str, Sequence[Value | None]]
"""Latitude and longitude by the IRI of a place."""

_PLACE = ("place", "latitude", "longitude", "manner")
_TIE = ("start", "startLatitude", "startLongitude", *_PLACE)
_ENTRY = ("entry", "date", "lane")
_UNKNOWN: Cells = (None, None)


@dataclass(frozen=True)
class Drawing:
    """A view, and the table it is drawn from."""

    view: View
    table: Table


def places(table: Table, view: View) -> list[str]:
    """Return the IRIs whose coordinates the view needs; none where it is no map."""
    if view.kind != "map":
        return []
    shown = [_cells(table, row, view.shown) for row in table.rows]
    return sorted({value.iri for cells in shown for value in cells if value and value.iri})


def of(table: Table, view: View, coordinates: Coordinates) -> Drawing:
    """Return what the view is drawn from: bars from the answer itself, others from parts of it."""
    if view.kind not in {"map", "timeline"}:
        return Drawing(view, table)
    make = _entry if view.kind == "timeline" else _placed
    rows = dict.fromkeys(make(table, row, view, coordinates) for row in table.rows)
    columns = _ENTRY if view.kind == "timeline" else _TIE if len(view.shown) > 1 else _PLACE
    shown = tuple(TableRow(cells) for cells in rows if cells[0])
    return Drawing(view, Table(columns, shown))


def _entry(table: Table, row: TableRow, view: View, _coordinates: Coordinates) -> Cells:
    """Return what happened, when, and its lane: where none is named, there is one for all."""
    headings = dict(zip(table.columns, table.headings, strict=True))
    lane = _cells(table, row, view.by) or (Value(headings[view.shown[0]]),)
    return (*_cells(table, row, view.shown), *lane)


def _placed(table: Table, row: TableRow, view: View, coordinates: Coordinates) -> Cells:
    """Return the places of a row, each with latitude and longitude, and the manner of its tie."""
    shown = _cells(table, row, view.shown)
    parts = (
        part
        for place in shown
        for part in (place, *coordinates.get(place.iri if place else "", _UNKNOWN))
    )
    return (*parts, *(_cells(table, row, view.by) or (None,)))


def _cells(table: Table, row: TableRow, columns: tuple[str, ...]) -> Cells:
    cells = dict(zip(table.columns, row.values, strict=True))
    return tuple(cells[name] for name in columns)
