"""The graph compared with what Wikidata said when it was harvested."""

from collections.abc import Mapping
from dataclasses import replace

from citydiplomacy import panels
from citydiplomacy.engine import Engine
from citydiplomacy.namespaces import IMPORTED
from citydiplomacy.panels import Panel
from citydiplomacy.queries import NamedQuery
from citydiplomacy.release import Release
from citydiplomacy.tables import Table, TableRow, Value

GRAPH = f"{IMPORTED}wikidata"
"""The named graph that a harvest fills."""

EXTENT = "extent"
"""The panel that says how much there is to compare, harvest or not."""

_FOLDER = "wikidata"


def is_harvested(release: Release) -> bool:
    """Tell whether the release holds a harvest at all."""
    return release.manifest["graphs"].get(GRAPH, 0) > 0


def compared(engine: Engine, pages: Mapping[str, NamedQuery], release: Release) -> list[Panel]:
    """Return the comparisons; without a harvest, only how much could be compared."""
    found = pages if is_harvested(release) else _only_extent(pages)
    return panels.standing(engine, found, _FOLDER)


def whole(pages: Mapping[str, NamedQuery]) -> dict[str, NamedQuery]:
    """Return the queries of the comparisons without the limits that a page needs."""
    ours = {name: query for name, query in pages.items() if name.startswith(f"{_FOLDER}/")}
    return {name: _unlimited(query) for name, query in ours.items()}


def joined(found: list[Panel]) -> Table:
    """Return all comparisons as one table, whose first column says which one a row is of."""
    several = [panel for panel in found if panel.name != EXTENT]
    columns = list(dict.fromkeys(column for panel in several for column in panel.table.columns))
    table = []
    for panel in several:
        for row in panel.table.rows:
            values = dict(zip(panel.table.columns, row.values, strict=True))
            table.append(TableRow((Value(panel.name), *map(values.get, columns)), row.evidence))
    return Table(("comparison", *columns), tuple(table), len(table))


def _unlimited(query: NamedQuery) -> NamedQuery:
    limit = query.header.get("limit")
    header = {key: value for key, value in query.header.items() if key != "limit"}
    text = query.text.replace(f"LIMIT {limit}\n", "\n") if limit else query.text
    return replace(query, header=header, text=text)


def _only_extent(pages: Mapping[str, NamedQuery]) -> dict[str, NamedQuery]:
    return {
        name: query
        for name, query in pages.items()
        if name.startswith(f"{_FOLDER}/") and name.endswith(f"-{EXTENT}")
    }
