"""Records of Wikidata as Turtle files: one for each item, always in the same order."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import pyoxigraph as ox

from citydiplomacy.namespaces import BASE, CD, VOCAB
from citydiplomacy.wikidata import ENTITY, identifier
from citydiplomacy.wikidata.statements import END, START, Item, Reference, Statement

KIND = "wikidata-record"

_PREFIXES = {
    "cd": CD,
    "rank": f"{VOCAB}wikidata-rank#",
    "wd": ENTITY,
    "wdref": "http://www.wikidata.org/reference/",
    "wds": f"{ENTITY}statement/",
    KIND: f"{BASE}{KIND}/",
}
_LOCAL = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", re.ASCII)
_HEAD = "# Written by `citydiplomacy harvest wikidata`; the next harvest replaces it.\n"

Facts = list[tuple[str, Iterable[str]]]
"""Predicates, each with its objects as Turtle writes them."""


class Record(NamedTuple):
    """What is written into one file."""

    item: Item
    statements: Iterable[Statement]
    names: Mapping[str, Item]
    """What the values of the statements are called, by their IRIs."""
    retrieved: str
    """The day, as 2026-11-22."""
    endpoint: str


def file_name(iri: str) -> str:
    """Return the name of the file in which an item is recorded."""
    return f"{identifier(iri).lower()}.ttl"


def written(record: Record) -> str:
    """Return the text of the file of a record."""
    statements = sorted(record.statements, key=lambda each: each.iri)
    references = {iri: told for each in statements for iri, told in each.references.items()}
    name = f"{KIND}:{identifier(record.item.iri).lower()}"
    blocks = [
        _block(name, "cd:WikidataRecord", _of_record(record, statements)),
        *(_of_statement(each, record.names) for each in statements),
        *(_of_reference(references[iri]) for iri in sorted(references)),
    ]
    prefixes = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in _PREFIXES.items())
    return "\n".join([_HEAD + prefixes, *blocks])


def _of_record(record: Record, statements: Iterable[Statement]) -> Facts:
    item = record.item
    places = [tuple(map(_degrees, point)) for point in item.points]
    latitude, longitude = places[0] if len(places) == 1 else ("", "")
    is_whole = bool(latitude and longitude)
    return [
        ("cd:recordedItem", [_iri(item.iri)]),
        ("cd:retrievedOn", [_text(record.retrieved)]),
        ("cd:retrievedFrom", [_iri(record.endpoint)]),
        ("cd:itemLabel", [_text(item.labels[each], each) for each in sorted(item.labels)]),
        ("cd:itemLatitude", [latitude] if is_whole else []),
        ("cd:itemLongitude", [longitude] if is_whole else []),
        ("cd:hasStatement", [_iri(each.iri) for each in statements]),
    ]


def _of_statement(statement: Statement, names: Mapping[str, Item]) -> str:
    known = names.get(statement.value)
    name = known.name if known else None
    facts: Facts = [
        ("cd:statementProperty", [_iri(statement.property)]),
        ("cd:statementValue", [_iri(statement.value)] if statement.value else []),
        ("cd:valueLabel", [_text(*name)] if name else []),
        ("cd:statementRank", [f"rank:{statement.rank}"] if statement.rank else []),
        ("cd:statedStart", map(_text, sorted(statement.dates[START]))),
        ("cd:statedEnd", map(_text, sorted(statement.dates[END]))),
        ("cd:hasUnknown", map(_iri, sorted(statement.unknown))),
        ("cd:hasNone", map(_iri, sorted(statement.none))),
        ("cd:hasReference", map(_iri, sorted(statement.references))),
    ]
    return _block(_iri(statement.iri), "cd:WikidataStatement", facts)


def _of_reference(reference: Reference) -> str:
    # Of two days nobody could tell which address was looked at on which.
    day = sorted(reference.retrieved) if len(reference.retrieved) == 1 else []
    facts: Facts = [
        ("cd:referenceAddress", _iris(reference.addresses)),
        ("cd:referenceWork", _iris(reference.works)),
        ("cd:importedFrom", _iris(reference.origins)),
        ("cd:retrievedOn", map(_text, day)),
    ]
    return _block(_iri(reference.iri), "cd:WikidataReference", facts)


def _block(subject: str, class_: str, facts: Facts) -> str:
    told = ((predicate, list(objects)) for predicate, objects in facts)
    lines = [f"{predicate} {' , '.join(objects)}" for predicate, objects in told if objects]
    return " ;\n    ".join([f"{subject} a {class_}", *lines]) + " .\n"


def _iris(iris: Iterable[str]) -> Iterator[str]:
    """Yield the IRIs that are some: people type addresses into Wikidata that are none."""
    for iri in sorted(iris):
        try:
            yield _iri(iri)
        except ValueError:
            continue


def _iri(iri: str) -> str:
    """Return an IRI as Turtle writes it, with a prefix where one fits.

    Raises:
        ValueError: it is none.
    """
    for prefix, namespace in _PREFIXES.items():
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return str(ox.NamedNode(iri))


def _text(text: str, language: str | None = None) -> str:
    return str(ox.Literal(unicodedata.normalize("NFC", text), language=language))


def _degrees(number: str) -> str:
    """Return a number as a store would write it, or nothing where it is none."""
    try:
        degrees = Decimal(number)
    except InvalidOperation:
        return ""
    # Added to nothing, a negative nothing becomes nothing.
    return f"{(degrees + 0).normalize():f}" if degrees.is_finite() else ""
