"""The panels of a page: one query file each, found by listing a folder.

`queries/pages/<kind>/<NN>-<panel>.rq` are the panels of a kind, and those of `several` whose header
names it among its `kinds`; a kind without any gets those of `any`, and all kinds get those of
`every`, in the order of their names. The header says the title, the `view` it is shown in, what to
say when it is `empty` (a panel without that line is left out), the `limit` of its rows where the
query has one, with the address where there are `more` (`{slug}` in it is that of the entity), and
what it `needs`: properties without which of any it finds nothing, those that
lead to the entity with a `^`, so that it is not asked about entities that have none of them. A view
`summary-<kind>` opens the page; the view `rest` shows only what no other panel of the page leads
to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from citydiplomacy import tables
from citydiplomacy.engine import Engine
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import Table, TableRow, Value

MAP = "map"
"""The view that shows where things are."""

_NOTHING = Table((), ())
_GENERIC = "any"
_SHARED = "every"
_SEVERAL = "several"


@dataclass(frozen=True)
class Panel:
    """One answered question of a page, with the query that answered it."""

    name: str
    title: str
    view: str
    empty: str
    text: str
    table: Table
    limit: int = 0
    more: str = ""
    """Where all rows can be seen."""

    @property
    def is_summary(self) -> bool:
        """Whether it says in a few sentences what the whole page is about."""
        return self.view.startswith("summary-")

    @property
    def is_cut(self) -> bool:
        """Whether the query asks for no more rows than it found: there may be others."""
        return 0 < self.limit <= self.table.found


@dataclass(frozen=True)
class Passage:
    """A place in a source, and what is known of how it says what it says."""

    source: Value | None
    locator: Value | None
    confidence: Value | None
    remark: Value | None
    cited: tuple["CitedWork", ...]


@dataclass(frozen=True)
class CitedWork:
    """A work that a passage cites, with what tells it from a city or from another work."""

    name: Value
    origin: str
    """Who wrote it, and in which year; may be empty."""

    @property
    def told(self) -> str:
        """Its title and its origin: "Taipei" alone would not tell an entry from the city."""
        return f"{self.name.text} ({self.origin})" if self.origin else self.name.text


@dataclass(frozen=True)
class Note:
    """A numbered note at the foot of a page: one passage, and all evidence that lies in it."""

    number: int
    passage: Passage
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class _Origin:
    """Who wrote a work, and in which year."""

    authors: tuple[str, ...]
    year: str

    def of(self, work: Value) -> CitedWork:
        """Return the work with its origin."""
        return CitedWork(work, ", ".join(filter(None, ("; ".join(self.authors), self.year))))


def of_kind(queries: Mapping[str, NamedQuery], kind: str) -> list[NamedQuery]:
    """Return the panel queries of a kind, or the generic ones where it has none, and the shared."""
    several = [q for q in _below(queries, _SEVERAL) if kind in q.header["kinds"].split()]
    own = [*_below(queries, kind), *several] or _below(queries, _GENERIC)
    return sorted([*own, *_below(queries, _SHARED)], key=lambda query: query.slug)


def query_of(queries: Iterable[NamedQuery], panel: str) -> NamedQuery:
    """Return the query of one panel among those of a kind.

    Raises:
        UnknownEntityError: the pages of that kind have no such panel.
    """
    for query in queries:
        if _panel_name(query) == panel:
            return query
    raise UnknownEntityError(
        f"Pages of that kind have no panel {panel}.", "Follow the links of such a page."
    )


def map_query(queries: Iterable[NamedQuery]) -> NamedQuery | None:
    """Return the query that draws the entities of a kind on a map, where there is one."""
    return next((query for query in queries if query.header.get("view") == MAP), None)


def answered(
    engine: Engine,
    queries: Iterable[NamedQuery],
    iri: str,
    relations: frozenset[str] | None = None,
) -> list[Panel]:
    """Return the panels about the entity, without those that have nothing to say.

    Where the relations of the entity are known, nothing is asked that needs others.
    """
    asked = [(query, query.about(entity=iri)) for query in queries]
    told = [(query, text) for query, text in asked if _may_find(query, relations)]
    found = dict(zip((query.name for query, _ in told), _tables(engine, told), strict=True))
    slug = iri.rpartition("/")[2]
    panels = [_panel(query, text, found.get(query.name, _NOTHING), slug) for query, text in asked]
    rest = [_rest(panel, panels) if panel.view == "rest" else panel for panel in panels]
    return [panel for panel in rest if panel.table.rows or panel.empty]


def standing(engine: Engine, queries: Mapping[str, NamedQuery], folder: str) -> list[Panel]:
    """Return the panels of a page that is about no entity, such as the home page."""
    asked = [(query, query.text) for query in _below(queries, folder)]
    pairs = zip(asked, _tables(engine, asked), strict=True)
    return [_panel(query, text, table) for (query, text), table in pairs]


def notes(engine: Engine, query: NamedQuery, shown: Iterable[Table]) -> dict[str, Note]:
    """Return the notes of the tables of a page in their order, by the IRI of each evidence."""
    rows = (row for table in shown for row in table.rows)
    order = list(dict.fromkeys(evidence for row in rows for evidence in row.evidence))
    passages = _passages(tables.ask_about(engine, query, "piece", order))
    gathered: dict[Passage, list[str]] = {}
    for evidence in order:
        if evidence in passages:
            gathered.setdefault(passages[evidence], []).append(evidence)
    return {
        evidence: Note(number, passage, tuple(sorted(pieces)))
        for number, (passage, pieces) in enumerate(gathered.items(), start=1)
        for evidence in pieces
    }


def _rest(panel: Panel, panels: Iterable[Panel]) -> Panel:
    """Return the panel without the entities that another one leads to already."""
    shown = {
        value.iri
        for other in panels
        if other.view != "rest"
        for row in other.table.rows
        for value in row.values
        if value
    }
    rows = tuple(
        row for row in panel.table.rows if row.values[0] and row.values[0].iri not in shown
    )
    return replace(panel, table=replace(panel.table, rows=rows))


def _below(queries: Mapping[str, NamedQuery], folder: str) -> list[NamedQuery]:
    return [query for name, query in queries.items() if name.startswith(f"{folder}/")]


def _panel_name(query: NamedQuery) -> str:
    return query.slug.partition("-")[2]


def _may_find(query: NamedQuery, relations: frozenset[str] | None) -> bool:
    return relations is None or not query.needs or not query.needs.isdisjoint(relations)


def _tables(engine: Engine, asked: Sequence[tuple[NamedQuery, str]]) -> list[Table]:
    return tables.ask_all(engine, [text for _, text in asked])


def _panel(query: NamedQuery, text: str, table: Table, slug: str = "") -> Panel:
    header = query.header
    return Panel(
        name=_panel_name(query),
        title=query.title,
        view=header.get("view", "table"),
        empty=header.get("empty", ""),
        text=text,
        table=table,
        limit=int(header.get("limit", "0")),
        more=header.get("more", "").replace("{slug}", slug),
    )


def _passages(rows: Iterable[TableRow]) -> dict[str, Passage]:
    """Return the passage of each piece of evidence; a row tells of one author of one work."""
    found: dict[str, Passage] = {}
    works: dict[str, dict[Value, _Origin]] = {}
    for row in rows:
        piece, source, locator, confidence, remark, work, author, issued = row.values
        if piece:
            found[piece.iri] = Passage(source, locator, confidence, remark, ())
        if piece and work:
            cited = works.setdefault(piece.iri, {})
            known = cited.get(work, _Origin((), issued.text[:4] if issued else ""))
            names = (*known.authors, author.text) if author else known.authors
            cited[work] = replace(known, authors=names)
    for iri, cited in works.items():
        named = tuple(origin.of(work) for work, origin in cited.items())
        found[iri] = replace(found[iri], cited=named)
    return found
