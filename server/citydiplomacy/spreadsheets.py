"""Tables as files that spreadsheets open."""

import csv
import io
from collections.abc import Iterator

from citydiplomacy import cells
from citydiplomacy.tables import Table, Value

harmless = cells.harmless


def written(table: Table) -> str:
    """Return the table as CSV: a column that names entities becomes two, IRI and label."""
    named = {
        column
        for place, column in enumerate(table.columns)
        if any((value := row.values[place]) and value.iri for row in table.rows)
    }
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_headings(table, named))
    for row in table.rows:
        cells = zip(table.columns, row.values, strict=True)
        writer.writerow(cell for column, value in cells for cell in _cells(value, column in named))
    return text.getvalue()


def _headings(table: Table, named: set[str]) -> Iterator[str]:
    for column in table.columns:
        yield column
        if column in named:
            yield f"{column}Label"


def _cells(value: Value | None, is_named: bool) -> Iterator[str]:
    if is_named:
        yield value.iri if value else ""
    yield "" if value is None else value.text if value.is_number else harmless(value.text)
