"""What a release holds beside the whole: a table of each kind, and sets of links to others.

Each query in `queries/exports/tables` becomes a table `<kind>.csv`, and so does each kind without
one, by `kind.rq`. Each in `queries/exports/linksets` becomes a mapping set `<name>.sssom.tsv`, with
the columns of SSSOM.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from citydiplomacy import evaluation
from citydiplomacy.cells import harmless
from citydiplomacy.evaluation import QueryFile
from citydiplomacy.namespaces import BASE, LICENCE, PREFIXES

_KINDS, _KIND = "kinds", "kind"
_TABLES, _LINKSETS = "tables/", "linksets/"
_XSD = PREFIXES["xsd"]
_NUMERIC = {f"{_XSD}{name}" for name in ("integer", "decimal", "double")}
_CURIES = PREFIXES | {
    "citydiplomacy": BASE,
    "geonames": "https://sws.geonames.org/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "wikibase": "http://wikiba.se/ontology#",
    "wikidata": "http://www.wikidata.org/entity/",
}

_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None


class Export(NamedTuple):
    """A file of a release: its name, what it is in words, and what stands in it."""

    file: str
    title: str
    content: bytes


def titles(root: Path, data: ox.Store) -> dict[str, str]:
    """Return which tables and sets of links a store has, by file, each with what it is in words."""
    queries = _queries(root)
    tables = {f"{kind}.csv": query.query.title for kind, query in _tables(queries, data)}
    return tables | {_file(query): query.query.title for query in _linksets(queries)}


def of(root: Path, data: ox.Store, version: str) -> list[Export]:
    """Return the tables and sets of links of a store, which say of which version they are.

    Raises:
        CheckFailedError: an export is no SELECT that can be read.
    """
    queries = _queries(root)
    tables = (
        Export(f"{kind}.csv", query.query.title, _table(evaluation.rows(data, query)))
        for kind, query in _tables(queries, data)
    )
    linksets = (
        _linkset(query, evaluation.rows(data, query), version) for query in _linksets(queries)
    )
    return [*tables, *linksets]


def _queries(root: Path) -> dict[str, QueryFile]:
    return {query.query.name: query for query in evaluation.load("exports", root)}


def _linksets(queries: dict[str, QueryFile]) -> list[QueryFile]:
    return [query for name, query in queries.items() if name.startswith(_LINKSETS)]


def _file(linkset: QueryFile) -> str:
    return f"{linkset.query.slug}.sssom.tsv"


def _tables(queries: dict[str, QueryFile], data: ox.Store) -> Iterator[tuple[str, QueryFile]]:
    """Yield each kind with the query of its table."""
    if _KINDS not in queries:
        return
    classes: defaultdict[str, list[str]] = defaultdict(list)
    for row in evaluation.rows(data, queries[_KINDS]):
        kind, class_ = (_text(row[column]) for column in ("kind", "class"))
        classes[kind].append(class_)
    for kind, found in classes.items():
        yield kind, queries.get(f"{_TABLES}{kind}") or _generic(queries[_KIND], kind, found)


def _generic(query: QueryFile, kind: str, classes: Iterable[str]) -> QueryFile:
    """Return the query for any kind, asking about one."""
    told = query.query
    title = told.title.replace("of a kind", f"of the kind “{kind}”")
    about = replace(told, header={**told.header, "title": title}, text=told.about(type=classes))
    return query._replace(query=about)


def _table(rows: ox.QuerySolutions) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    columns = [variable.value for variable in rows.variables]
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode()


def _cell(term: _Term) -> str:
    is_number = isinstance(term, ox.Literal) and term.datatype.value in _NUMERIC
    return _text(term) if is_number else harmless(_text(term))


def _text(term: _Term) -> str:
    return "" if term is None else str(term) if isinstance(term, ox.Triple) else term.value


def _linkset(query: QueryFile, rows: ox.QuerySolutions, version: str) -> Export:
    file = _file(query)
    columns = [variable.value for variable in rows.variables]
    prefixes: set[str] = {"citydiplomacy"}
    table = ["\t".join(_short(row[column], prefixes) for column in columns) for row in rows]
    header = _header(file, query.query.title, version, prefixes)
    lines = [*header, "\t".join(columns), *table]
    content = "".join(f"{line}\n" for line in lines).encode()
    return Export(file, query.query.title, content)


def _short(term: _Term, prefixes: set[str]) -> str:
    """Return a cell of a mapping set; the prefix of a CURIE is noted."""
    if not isinstance(term, ox.NamedNode):
        return " ".join(_text(term).split())  # neither tab nor line break
    fitting = [prefix for prefix, iri in _CURIES.items() if term.value.startswith(iri)]
    if not fitting:
        return term.value
    prefix = max(fitting, key=lambda each: len(_CURIES[each]))
    prefixes.add(prefix)
    return f"{prefix}:{term.value.removeprefix(_CURIES[prefix])}"


def _header(file: str, title: str, version: str, prefixes: Iterable[str]) -> Iterator[str]:
    """Yield what a mapping set says of itself: YAML, behind a # on each line."""
    yield f'#mapping_set_id: "{BASE}dataset/{file}"'
    yield f'#mapping_set_title: "{title}"'
    yield f'#mapping_set_version: "{version}"'
    yield f'#license: "{LICENCE}"'
    yield "#curie_map:"
    yield from (f'#  {prefix}: "{_CURIES[prefix]}"' for prefix in sorted(prefixes))
