"""What the service says to clients: candidates, suggestions, values and itself, as JSON has them.

Version 0.2 and the draft of 1.0 say most of it alike; where they differ, `is_draft` tells.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from citydiplomacy.declarations import NUMBER
from citydiplomacy.namespaces import BASE, CD
from citydiplomacy.reconciliation import matching
from citydiplomacy.reconciliation.extension import Row
from citydiplomacy.reconciliation.matching import Candidate
from citydiplomacy.reconciliation.properties import Property, PropertyValue
from citydiplomacy.reconciliation.protocol import MOST_QUERIES, Wanted
from citydiplomacy.reconciliation.register import Record, Register, Type

Said = dict[str, Any]

NAME = "City Diplomacy Graph"
PREVIEW_WIDTH, PREVIEW_HEIGHT = 400, 220
FEATURES = {
    matching.LIKENESS: "How much alike the name is, from 0 to 100",
    matching.TYPE: "Whether it is of a type that is sought",
    matching.DISTANCE: "How many kilometres it lies from the coordinates given",
    matching.POPULARITY: "How many ties it has",
    matching.NAMESAKES: "How many others here have its name",
}
_DEFAULT_TYPES = ("City", "CityNetwork", "Country", "Organisation", "Agreement")
_SETTINGS: list[Said] = [
    {
        "name": "limit",
        "label": "Most values",
        "type": "number",
        "default": 0,
        "help_text": "How many values an entity gets at most; 0 is no limit.",
    },
    {
        "name": "content",
        "label": "Values that are entities",
        "type": "select",
        "default": "entity",
        "help_text": "What comes of a value that is an entity of the graph.",
        "choices": [
            {"value": "entity", "name": "The entity, matched"},
            {"value": "label", "name": "Its name"},
            {"value": "iri", "name": "Its permanent IRI"},
        ],
    },
    {
        "name": "count",
        "label": "Only count the values",
        "type": "checkbox",
        "default": False,
        "help_text": "How many values there are comes in their place.",
    },
]


def manifest(address: str, register: Register, version: str) -> Said:
    """Return what the service says of itself in version 0.2."""
    place = f"{address}/reconcile"

    def suggested(what: str) -> Said:
        return {
            "service_url": place,
            "service_path": f"/suggest/{what}",
            "flyout_service_url": place,
            "flyout_service_path": f"/flyout/{what}?id=${{id}}",
        }

    return {
        "versions": ["0.1", "0.2"],
        "name": NAME,
        "identifierSpace": BASE,
        "schemaSpace": CD,
        "documentation": place,
        "serviceVersion": version,
        "defaultTypes": _default_types(register),
        "view": {"url": f"{address}/{{{{id}}}}"},
        "feature_view": {"url": f"{place}#feature-{{{{id}}}}"},
        "preview": {
            "url": f"{place}/preview?id={{{{id}}}}",
            "width": PREVIEW_WIDTH,
            "height": PREVIEW_HEIGHT,
        },
        "suggest": {what: suggested(what) for what in ("entity", "type", "property")},
        "extend": {
            "propose_properties": {"service_url": place, "service_path": "/properties"},
            "property_settings": _SETTINGS,
        },
        "batchSize": MOST_QUERIES,
    }


def manifest_of_draft(address: str, register: Register, version: str) -> Said:
    """Return what the service says of itself in the draft of version 1.0."""
    return {
        "versions": ["1.0-draft"],
        "name": NAME,
        "documentation": f"{address}/reconcile",
        "serviceVersion": version,
        "defaultTypes": _default_types(register),
        "view": {"url": f"{address}/{{+id}}"},
        "featureView": {"url": f"{address}/reconcile#feature-{{id}}"},
        "preview": {"width": PREVIEW_WIDTH, "height": PREVIEW_HEIGHT},
        "suggest": {"entity": True, "type": True, "property": True},
        "extend": {
            "proposeProperties": True,
            "propertySettings": [_setting_of_draft(each) for each in _SETTINGS],
        },
        "batchSize": MOST_QUERIES,
        "lang": "en",
        "standardizedScore": True,
    }


def candidate(found: Candidate, register: Register, *, is_draft: bool) -> Said:
    """Return a candidate; in the draft, features have names."""
    names = feature_names(register) if is_draft else {}
    return {
        "id": found.record.id,
        "name": found.record.label,
        "description": described(found.record, register),
        "type": typed(found.record, register),
        "score": found.score,
        "match": found.match,
        "features": [
            {"id": name, **({"name": names[name]} if is_draft else {}), "value": value}
            for name, value in found.features.items()
        ],
    }


def feature_names(register: Register) -> dict[str, str]:
    """Return what each feature tells, by its id."""
    agreeing = {each.id: f"Whether “{each.title}” agrees" for each in register.properties.values()}
    return FEATURES | agreeing


def suggestion(record: Record, register: Register) -> Said:
    """Return an entity as it is suggested."""
    return {
        "id": record.id,
        "name": record.label,
        "description": described(record, register),
        "notable": typed(record, register)[:1],
    }


def suggested_type(type_: Type) -> Said:
    """Return a type as it is suggested."""
    return _named(type_.id, type_.label, type_.definition)


def suggested_property(property_: Property) -> Said:
    """Return a property as it is suggested."""
    return _named(property_.id, property_.title, property_.about)


def proposals(type_id: str, found: Iterable[Property], limit: int | None) -> Said:
    """Return the properties that are proposed for a type."""
    several = [suggested_property(each) for each in found]
    told: Said = {"type": type_id, "properties": several[:limit]}
    return told if limit is None else told | {"limit": limit}


def extended(
    register: Register, wanted: Iterable[Wanted], rows: Mapping[str, Row], *, is_draft: bool
) -> Said:
    """Return the values of entities: a table, whose columns are described."""
    columns = list(wanted)
    meta = [_column(register, each) for each in columns]
    told = {
        name: {
            each.property_id: _values(register, each, row[each.property_id], is_draft=is_draft)
            for each in columns
        }
        for name, row in rows.items()
    }
    if not is_draft:
        return {"meta": meta, "rows": told}
    return {
        "meta": meta,
        "rows": [
            {
                "id": name,
                "properties": [{"id": each, "values": values} for each, values in row.items()],
            }
            for name, row in told.items()
        ],
    }


def described(record: Record, register: Register) -> str:
    """Return in a few words what tells an entity from others of its name."""
    types = typed(record, register)
    kind = types[0]["name"].capitalize() if types else ""
    # Of a place, where it lies tells more than what somebody says of it.
    beside = record.place if record.is_place or record.place else record.description
    beside = beside if beside != record.label else ""
    return ", ".join(filter(None, (kind, beside)))


def typed(record: Record, register: Register) -> list[Said]:
    """Return the types of an entity, the narrowest first."""
    return [{"id": each, "name": register.types[each].label} for each in record.types]


def _default_types(register: Register) -> list[Said]:
    return [
        {"id": each, "name": register.types[each].label}
        for each in _DEFAULT_TYPES
        if each in register.types
    ]


def _setting_of_draft(setting: Said) -> Said:
    names = {"name": "id", "label": "name", "help_text": "helpText"}
    return {names.get(name, name): value for name, value in setting.items()}


def _named(name: str, label: str, description: str) -> Said:
    told = {"id": name, "name": label}
    return told | {"description": description} if description else told


def _column(register: Register, wanted: Wanted) -> Said:
    about = register.properties[wanted.property_id]
    told: Said = {"id": about.id, "name": about.title}
    type_ = register.types.get(about.leads_to)
    if type_ and wanted.content == "entity" and not wanted.counts:
        told["type"] = {"id": type_.id, "name": type_.label}
    return told


def _values(
    register: Register, wanted: Wanted, values: Iterable[PropertyValue], *, is_draft: bool
) -> list[Said]:
    several = list(values)
    if wanted.counts:
        return [{"int": len(several)}]
    sort = register.properties[wanted.property_id].sort
    return [
        _value(each, sort, wanted.content, is_draft=is_draft)
        for each in several[: wanted.limit or None]
    ]


def _value(value: PropertyValue, sort: str, content: str, *, is_draft: bool) -> Said:
    if value.iri and content == "entity":
        return {"id": value.iri.removeprefix(BASE), "name": value.text}
    if value.iri and content == "iri":
        return {"str": value.iri}
    if sort == NUMBER:
        return _number(value.text)
    if is_draft and value.language:
        return {"str": value.text, "lang": value.language}
    return {"str": value.text}


def _number(text: str) -> Said:
    try:
        return {"int": int(text)}
    except ValueError:
        return {"float": float(text)}
