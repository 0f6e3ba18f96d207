"""What can be harvested of a release: a record for each entity, retired ones as deleted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from citydiplomacy import tables
from citydiplomacy.engine import Engine, rows
from citydiplomacy.namespaces import EntityName, entity_name
from citydiplomacy.oai import tokens
from citydiplomacy.oai.protocol import (
    DATACITE,
    DUBLIN_CORE,
    Asked,
    HarvestError,
    Selection,
    is_day,
    selection,
)
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import Value

FORMATS = (DUBLIN_CORE, DATACITE)

_MOST = 100
"""Records of one answer; the harvester asks for the next ones."""

_DAY = len("2026-01-01")


@dataclass(frozen=True)
class Header:
    """What identifies a record: the entity, since when it is as it is, whether it was retired."""

    entity: EntityName
    datestamp: str
    is_deleted: bool

    @property
    def set(self) -> str:
        """The name of the set it belongs to: its kind."""
        return self.entity.kind


@dataclass(frozen=True)
class Record:
    """A header with what is said of the entity: values by element of Dublin Core.

    Beside these elements it has its `label` in English, and its most special `class`.
    """

    header: Header
    elements: dict[str, list[Value]] = field(default_factory=dict)

    @property
    def titles(self) -> list[Value]:
        """The names of the entity, first the one that its page has."""
        told = [*self.elements.get("label", ()), *self.elements.get("title", ())]
        english = [name for name in told if name.language in {"en", ""}]
        return list(dict.fromkeys([*english[:1], *told])) or [Value(self._called)]

    @property
    def _called(self) -> str:
        entity = self.header.entity
        return f"{entity.kind.replace('-', ' ')} {entity.slug}".capitalize()


@dataclass(frozen=True)
class Page:
    """A part of a list, its format, where it begins, how long all is, the token that goes on."""

    prefix: str
    headers: Sequence[Header]
    cursor: int
    size: int
    token: str


class Repository:
    """The records of one release: their headers in memory, what they say asked as it is wanted.

    Every record says the date of the release and so is as old as that: the day is that of
    `dcterms:modified` of the dataset, or else the day given.
    """

    def __init__(
        self, engine: Engine, queries: Mapping[str, NamedQuery], release: str, made: str
    ) -> None:
        self._engine = engine
        self._queries = queries
        self._release = release
        about = tables.ask(engine, queries["oai/dataset"].text).rows
        self.dataset = _elements(row.values for row in about)
        modified = next((value.text[:_DAY] for value in self.dataset.get("date", ())), "")
        self.datestamp = modified if is_day(modified) else made[:_DAY]
        self._headers = {
            header.entity: header for header in self._found(rows.answer(engine, self._query))
        }

    @property
    def _query(self) -> str:
        return self._queries["oai/headers"].text

    @property
    def sets(self) -> list[str]:
        """The names of the sets, sorted."""
        return sorted({header.set for header in self._headers.values()})

    def header(self, identifier: str) -> Header:
        """Return the header of the record with an identifier.

        Raises:
            HarvestError: there is none.
        """
        name = entity_name(identifier)
        if name is None or name not in self._headers:
            raise HarvestError("idDoesNotExist", "There is nothing with that identifier here.")
        return self._headers[name]

    def page(self, asked: Asked) -> Page:
        """Return the part of a list that a request asks for.

        Raises:
            HarvestError: the token is not good, or nothing is as the request wants it.
        """
        if asked.token is None:
            wanted, start = selection(asked), 0
            check_format(wanted.prefix)
        else:
            wanted, start = tokens.read(asked.token, self._release)
        found = [header for header in self._headers.values() if _suits(header, wanted)]
        if asked.token is not None and not (wanted.prefix in FORMATS and 0 < start < len(found)):
            raise tokens.bad("That is no token of this service.")
        if not found:
            raise HarvestError("noRecordsMatch", "No record is in that set and span.")
        end = start + _MOST
        token = tokens.written(wanted, end, self._release) if end < len(found) else ""
        return Page(wanted.prefix, found[start:end], start, len(found), token)

    def records(self, headers: Sequence[Header]) -> list[Record]:
        """Return the records that headers are of; those of retired entities say nothing."""
        wanted = [header.entity.iri for header in headers if not header.is_deleted]
        query = self._queries["oai/records"]
        told: dict[str, list[tuple[Value | None, ...]]] = {}
        for row in tables.ask_about(self._engine, query, "entity", wanted):
            about, *values = row.values
            told.setdefault(about.iri if about else "", []).append(tuple(values))
        return [Record(each, _elements(told.get(each.entity.iri, ()))) for each in headers]

    def _found(self, found: rows.Solutions | bool) -> Iterator[Header]:
        for row in rows.solutions(found):
            name = entity_name(row["entity"].value)
            if name:  # terms may be deprecated too, and are no records
                yield Header(name, self.datestamp, "retired" in row)


def check_format(prefix: str) -> None:
    """Let pass what is a format that records are given in.

    Raises:
        HarvestError: it is none.
    """
    if prefix not in FORMATS:
        raise HarvestError("cannotDisseminateFormat", f"Formats here are: {', '.join(FORMATS)}.")


def _suits(header: Header, wanted: Selection) -> bool:
    return wanted.set in {"", header.set} and wanted.has(header.datestamp)


def _elements(found: Iterable[tuple[Value | None, ...]]) -> dict[str, list[Value]]:
    """Return values by the element that stands before each."""
    elements: dict[str, list[Value]] = {}
    for element, value in found:
        if element and value:
            elements.setdefault(element.text, []).append(value)
    return elements
