"""What a release holds beside the dump: sets of links to others, as SSSOM tables.

Each query in `queries/exports` becomes a file `<name>.sssom.tsv`; its columns are those of SSSOM.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from citydiplomacy import __version__, evaluation
from citydiplomacy.evaluation import QueryFile
from citydiplomacy.namespaces import BASE, LICENCE, PREFIXES

_CURIES = {
    "citydiplomacy": BASE,
    "schema": PREFIXES["schema"],
    "semapv": "https://w3id.org/semapv/vocab/",
    "wikidata": "http://www.wikidata.org/entity/",
}


class Export(NamedTuple):
    """A set of links: its name, the name of its file, what stands in the file, and how many."""

    name: str
    file: str
    content: bytes
    links: int


def of(root: Path, graphs: evaluation.Graphs) -> list[Export]:
    """Return the sets of links of the graphs.

    Raises:
        CheckFailedError: an export is no SELECT that can be read.
    """
    exports = evaluation.load("exports", root)
    data = evaluation.store(graphs if exports else {})
    return [_export(query, evaluation.rows(data, query)) for query in exports]


def _export(query: QueryFile, rows: ox.QuerySolutions) -> Export:
    name = query.query.slug
    file = f"{name}.sssom.tsv"
    columns = [variable.value for variable in rows.variables]
    table = ["\t".join(row[column].value for column in columns) for row in rows]
    lines = [*_header(file, query.query.title), "\t".join(columns), *table]
    return Export(name, file, "".join(f"{line}\n" for line in lines).encode(), len(table))


def _header(file: str, title: str) -> Iterator[str]:
    """Yield what a mapping set says of itself: YAML, behind a # on each line."""
    yield f'#mapping_set_id: "{BASE}dataset/{file}"'
    yield f'#mapping_set_title: "{title}"'
    yield f'#mapping_set_version: "{__version__}"'
    yield f'#license: "{LICENCE}"'
    yield "#curie_map:"
    yield from (f'#  {prefix}: "{namespace}"' for prefix, namespace in _CURIES.items())
