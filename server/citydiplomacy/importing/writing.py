"""The files of an import: what is new of a table, as data that names the row it rests on."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from os import fsync
from pathlib import Path
from typing import TextIO

from citydiplomacy.importing import turtle
from citydiplomacy.importing.countries import Country
from citydiplomacy.importing.decisions import Decision, Outcome
from citydiplomacy.importing.places import Place
from citydiplomacy.importing.ties import Tie
from citydiplomacy.importing.turtle import Kind
from citydiplomacy.namespaces import BASE, IMPORTED, EntityName

MADE_BY = "# Made by `citydiplomacy import towns`"

_MOST_IN_FILE = 5_000
"""Entities of one file; each file is checked in memory."""

_OF_TIE = ("rdf:type", "cd:hasParty", "cd:status")
_CLASS = "cd:SisterCityAgreement"
_WIKIDATA = "http://www.wikidata.org/entity/"


@dataclass(frozen=True)
class Provenance:
    """Where a table comes from, and what may be done with what is made of it."""

    into: str
    """The name of the import: its folder, its graph, and the beginning of its evidence."""
    table: str
    """What the file is called."""
    digest: str
    source: EntityName
    is_new: bool
    """Whether nobody described the source before."""
    licence: str
    as_of: str = ""
    """When the table was so, in EDTF; nothing when nobody knows."""

    @property
    def graph(self) -> str:
        """The named graph of the import."""
        return f"{IMPORTED}{self.into}"

    def evidence(self, line: int) -> EntityName:
        """Return the evidence that a row is."""
        return EntityName("evidence", f"{self.into}-{line}")


@dataclass
class Writer:
    """Writes files below a folder, each entity once; close it to have them on the disk."""

    folder: Path
    provenance: Provenance
    stack: ExitStack = field(default_factory=ExitStack)
    written: dict[str, int] = field(default_factory=dict)
    """How many entities of each kind there are."""
    _files: dict[str, TextIO] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _known: set[EntityName] = field(default_factory=set)

    def __enter__(self) -> "Writer":
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def tie(self, tie: Tie, ends: tuple[Place, Place], row: str) -> None:
        """Write a tie, the cities and countries that come with it, and the row they rest on."""
        evidence = self.provenance.evidence(tie.row.line)
        supported = [*_OF_TIE, *(["cd:statusAsOf"] if self.provenance.as_of else [])]
        labels = {}
        for place, decision in zip(ends, (tie.one, tie.other), strict=True):
            if decision and decision.city:
                labels[decision.city] = decision.label
                supported += self._place(place, decision, evidence)
        first, second = tie.cities
        agreement = self._agreement(tie, [labels[first], labels[second]], evidence)
        country = next(
            place.country
            for place, decision in zip(ends, (tie.one, tie.other), strict=True)
            if decision and decision.city == first
        )
        told = self._evidence(evidence, f"Line {tie.row.line}: {row}", supported)
        self._write(Kind.AGREEMENT, country.entity.slug, f"{agreement}\n{told}")

    def finish(self) -> None:
        """Write what is said of the source and of the graph, and have all of it on the disk."""
        if self.provenance.is_new:
            self._write(Kind.SOURCE, "", self._source())
        for file in self._files.values():
            file.flush()
            fsync(file.fileno())
        with (self.folder / "dataset.ttl").open("w", encoding="utf-8") as out:
            out.write(self._dataset())
            out.flush()
            fsync(out.fileno())

    def _place(self, place: Place, decision: Decision, evidence: EntityName) -> Iterator[str]:
        """Write a city that is not written yet, and its country; yield what was said of them."""
        city = decision.city
        if city is None or decision.outcome is not Outcome.CREATED or city in self._known:
            return
        self._known.add(city)
        if place.country.code and place.country.entity not in self._known:
            self._known.add(place.country.entity)
            self._write(Kind.COUNTRY, "", _country(place.country, evidence))
            yield "cd:isoCode"
        said = _city(place, decision)
        statements = {
            "rdfs:label": turtle.text(decision.label, "en"),
            "skos:altLabel": [turtle.text(each, "en") for each in dict.fromkeys(place.others)],
            **said,
            "cd:evidence": turtle.name(evidence),
        }
        written = turtle.block(turtle.name(city), "cd:City", statements)
        self._write(Kind.CITY, place.country.entity.slug, written)
        yield from said

    def _agreement(self, tie: Tie, labels: list[str], evidence: EntityName) -> str:
        if tie.agreement is None:
            raise ValueError(tie)
        as_of = self.provenance.as_of
        return turtle.block(
            turtle.name(tie.agreement),
            _CLASS,
            {
                "rdfs:label": turtle.text(f"Sister city agreement of {' and '.join(labels)}", "en"),
                "skos:scopeNote": turtle.text(
                    "Known here only from a table, read by machine.", "en"
                ),
                "cd:hasParty": [turtle.name(city) for city in tie.cities],
                "cd:status": "agreement-status:listed",
                "cd:statusAsOf": [turtle.text(as_of)] if as_of else [],
                "cd:evidence": turtle.name(evidence),
            },
        )

    def _evidence(self, evidence: EntityName, locator: str, supported: list[str]) -> str:
        return turtle.block(
            turtle.name(evidence),
            "cd:Evidence",
            {
                "cd:inSource": turtle.name(self.provenance.source),
                "cd:locator": turtle.text(locator),
                "cd:supportsProperty": dict.fromkeys(supported),
                "cd:confidence": "confidence:single-list",
            },
        )

    def _source(self) -> str:
        provenance = self.provenance
        evidence = EntityName("evidence", f"{provenance.into}-table")
        note = (
            f"A table read by machine: {provenance.table}, SHA-256 {provenance.digest}. "
            "Who made it, and when, is not recorded here."
        )
        source = turtle.block(
            turtle.name(provenance.source),
            "cd:Source",
            {
                "rdfs:label": turtle.text(f"Table of twin towns “{provenance.into}”", "en"),
                "skos:scopeNote": turtle.text(note, "en"),
                "cd:sourceKind": "source-kind:dataset",
                "cd:evidence": turtle.name(evidence),
            },
        )
        told = turtle.block(
            turtle.name(evidence),
            "cd:Evidence",
            {
                "cd:inSource": turtle.name(provenance.source),
                "cd:locator": turtle.text("The table as a whole"),
                "cd:supportsProperty": "cd:sourceKind",
                "cd:confidence": "confidence:stated",
            },
        )
        return f"{source}\n{told}"

    def _dataset(self) -> str:
        provenance = self.provenance
        about = (
            f"Ties of cities that stand in a table and in no other source of ours, and the cities "
            f"and countries that are known from it alone, read by machine from {provenance.table}."
        )
        graph = turtle.block(
            f"<{provenance.graph}>",
            "<http://rdfs.org/ns/void#Dataset>",
            {
                "dcterms:title": turtle.text(f"Ties from the table “{provenance.into}”", "en"),
                "dcterms:description": turtle.text(about, "en"),
                "dcterms:license": f"<{provenance.licence}>",
            },
        )
        return (
            f"{self._first_line()}PREFIX dcterms: <http://purl.org/dc/terms/>\n"
            f"PREFIX prov: <http://www.w3.org/ns/prov#>\n\n{graph}\n"
            f"<{BASE}graph/derived> prov:wasDerivedFrom <{provenance.graph}> .\n"
        )

    def _first_line(self) -> str:
        return f"{MADE_BY} from {self.provenance.table}; do not edit, import again.\n"

    def _write(self, kind: Kind, part: str, written: str) -> None:
        """Write into the file of a kind and a part, or the next where that is full."""
        kind_name = kind.name.casefold()
        self.written[kind_name] = self.written.get(kind_name, 0) + 1
        stem = f"{kind_name}.{part}" if part else kind_name
        count = self._counts[stem] = self._counts.get(stem, 0) + 1
        number = (count - 1) // _MOST_IN_FILE + 1
        name = f"{stem}.{number}.ttl" if number > 1 else f"{stem}.ttl"
        if name not in self._files:
            file = self.stack.enter_context((self.folder / name).open("w", encoding="utf-8"))
            file.write(self._first_line() + kind.head)
            self._files[name] = file
        self._files[name].write(f"\n{written}")


def _country(country: Country, evidence: EntityName) -> str:
    note = (
        "Named as in the table. The class is a choice of the model; the data takes no position on "
        "status."
    )
    return turtle.block(
        turtle.name(country.entity),
        "cd:Country",
        {
            "rdfs:label": turtle.text(country.label, "en"),
            "skos:scopeNote": turtle.text(note, "en"),
            "cd:isoCode": turtle.text(country.code),
            "cd:evidence": turtle.name(evidence),
        },
    )


def _city(place: Place, decision: Decision) -> Mapping[str, str]:
    """Return what the table says of a city, beside its name."""
    said = {"cd:inCountry": turtle.name(place.country.entity)}
    if item := decision.identifier:
        said |= {"cd:wikidataId": turtle.text(item), "schema:sameAs": f"<{_WIKIDATA}{item}>"}
    if place.point:
        north, east = map(turtle.degrees, place.point)
        said |= {"geo:lat": north, "geo:long": east}
    return said
