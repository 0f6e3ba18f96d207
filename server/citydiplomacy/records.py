"""Entities and lists as plain JSON, whose form is promised: see docs/api.md before changing it.

Every member is always there; what is not known is null, an empty list or an empty object.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from citydiplomacy import tables
from citydiplomacy.engine import Engine
from citydiplomacy.entities import Entity
from citydiplomacy.namespaces import CD, LICENCE, shorten
from citydiplomacy.queries import NamedQuery
from citydiplomacy.tables import Table, TableRow, Value

Record = dict[str, Any]

_DESCRIPTION = "http://purl.org/dc/terms/description"
_IDENTIFIERS = {
    "wikidata": f"{CD}wikidataId",
    "geonames": f"{CD}geonamesId",
    "iso3166": f"{CD}isoCode",
}
_TRUE = "true"
_PLAIN = {"", "en"}


def identity(entity: Entity, version: str) -> Record:
    """Return what identifies an entity: members that a retired one has too."""
    return {
        "id": entity.name.iri,
        "kind": entity.name.kind,
        "slug": entity.name.slug,
        "label": entity.label.text,
        "retired": entity.retired,
        "types": [_named(type_) for type_ in entity.classes],
        "licence": entity.licence.iri if entity.licence else LICENCE,
        "version": version,
    }


def entity(
    engine: Engine, queries: Mapping[str, NamedQuery], entity: Entity, version: str
) -> Record:
    """Return an entity: names, identifiers, statements with their evidence, and who mentions it."""
    iri = entity.name.iri
    stated = tables.ask(engine, queries["record/statements"].about(entity=iri)).rows
    mentions = tables.ask(engine, queries["record/mentions"].about(entity=iri)).rows
    statements = [_statement(row) for row in stated]
    cited = list(dict.fromkeys(piece for row in stated for piece in row.evidence))
    return {
        **identity(entity, version),
        "names": [{"text": name.text, "language": name.language or None} for name in entity.names],
        "description": _description(statements),
        "identifiers": {
            name: value["value"]
            for name, property_ in _IDENTIFIERS.items()
            for value in _values(statements, property_)
        },
        "statements": statements,
        "mentions": [_mention(row) for row in mentions],
        "evidence": _evidence(tables.ask_about(engine, queries["notes"], "piece", cited)),
    }


def listing(kind: str, table: Table, version: str) -> Record:
    """Return a list of entities: each row an object with a value, or null, for each column."""
    rows = [
        {
            column: None if value is None else plain(value)
            for column, value in zip(table.columns, row.values, strict=True)
        }
        for row in table.rows
    ]
    return {
        "kind": kind,
        "version": version,
        "total": len(rows),
        "columns": list(table.columns),
        "rows": rows,
    }


def _statement(row: TableRow) -> Record:
    property_, value, derived = row.values
    return {
        "property": _named(property_),
        "value": plain(value) if value else None,
        "derived": derived is not None and derived.text == _TRUE,
        "evidence": list(row.evidence),
    }


def _mention(row: TableRow) -> Record:
    subject, property_ = row.values
    return {"subject": _named(subject), "property": _named(property_)}


def _evidence(rows: Iterable[TableRow]) -> Record:
    """Return what is known of each piece of evidence; a row tells of one author of one work."""
    found: Record = {}
    for row in rows:
        piece, source, locator, confidence, remark, work, _author, _issued = row.values
        if piece is None:
            continue
        told = found.setdefault(
            piece.iri,
            {
                "source": _named(source),
                "locator": locator.text if locator else None,
                "confidence": _named(confidence),
                "note": remark.text if remark else None,
                "cites": [],
            },
        )
        if work and _named(work) not in told["cites"]:
            told["cites"].append(_named(work))
    return found


def _named(value: Value | None) -> Record | None:
    """Return an IRI with its label, which is null where it has none."""
    if value is None:
        return None
    has_label = value.text not in {value.iri, shorten(value.iri)}
    return {"id": value.iri, "label": value.text if has_label else None}


def plain(value: Value) -> Record:
    """Return an IRI with its label, or a literal with its language or datatype; never both."""
    if value.iri:
        return _named(value) or {}
    return {
        "value": value.text,
        "language": value.language or None,
        "datatype": value.datatype or None,
    }


def _values(statements: Iterable[Record], property_: str) -> Iterable[Record]:
    """Return the literals that are stated for a property."""
    of_property = (each["value"] for each in statements if each["property"]["id"] == property_)
    return (value for value in of_property if "value" in value)


def _description(statements: Iterable[Record]) -> str | None:
    told = (
        value["value"]
        for value in _values(statements, _DESCRIPTION)
        if (value["language"] or "") in _PLAIN
    )
    return next(told, None)
