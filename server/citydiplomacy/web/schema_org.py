"""What pages are about, in the words of schema.org: the JSON-LD that search engines read.

Every page says of itself what it is and where it stands in the site; a page about something of ours
adds nodes for it. Which class of ours is which of theirs stands in `ontology/alignments.ttl`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from citydiplomacy import tables
from citydiplomacy.citation import TITLE, Citation
from citydiplomacy.engine import Engine
from citydiplomacy.entities import Entity
from citydiplomacy.formats import type_of_file
from citydiplomacy.namespaces import BASE, LICENCE, PREFIXES
from citydiplomacy.paths import DUMP
from citydiplomacy.queries import NamedQuery
from citydiplomacy.release import Release
from citydiplomacy.tables import TableRow, Value
from citydiplomacy.terms import Header, TermDocument

Node = dict[str, Any]

CONTEXT = "https://schema.org"
DATASET = f"{BASE}dataset"
_PLAIN = {"en", ""}
_COORDINATES = ("latitude", "longitude")
# Dates that leave something open, such as 199X, are no dates to schema.org.
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
_DATES = {"datePublished", "startDate"}
_MOST_TERMS = 1000
_SIDES = 4


def document(page: Node, trail: Sequence[tuple[str, str]], about: Iterable[Node]) -> Node:
    """Return the whole of what a page says: of itself, of its place, of what it is about."""
    nodes = list(about)
    if nodes:
        page["mainEntity"] = {"@id": nodes[0]["@id"]}
    steps = [
        {"@type": "ListItem", "position": number, "name": name, "item": address}
        for number, (address, name) in enumerate(trail, start=1)
    ]
    if len(steps) > 1:
        page["breadcrumb"] = {"@type": "BreadcrumbList", "itemListElement": steps}
    return {"@context": CONTEXT, "@graph": [page, *nodes]}


def page(address: str, name: str, description: str, licence: str) -> Node:
    """Return the node of a page: whatever it shows, it is a part of this site."""
    return _filled(
        {
            "@type": "WebPage",
            "@id": f"{address}#page",
            "url": address,
            "name": name,
            "description": description,
            "inLanguage": "en",
            "license": licence,
            "isPartOf": {"@type": "WebSite", "@id": BASE, "name": TITLE},
        }
    )


def site(address: str) -> Node:
    """Return the node of the whole site, with its search."""
    target = {"@type": "EntryPoint", "urlTemplate": f"{address}/search?q={{search_term_string}}"}
    return {
        "@type": "WebSite",
        "@id": BASE,
        "url": BASE,
        "name": TITLE,
        "inLanguage": "en",
        "license": LICENCE,
        "potentialAction": {
            "@type": "SearchAction",
            "target": target,
            "query-input": "required name=search_term_string",
        },
    }


def dataset(
    release: Release,
    header: Header,
    address: str,
    citation: Citation,
    covered: Iterable[TableRow] = (),
) -> list[Node]:
    """Return the nodes of the dataset, with its files, and of the catalogue that has it alone.

    Args:
        release: The release, with its files.
        header: What the dataset says of itself.
        address: Where the service is.
        citation: The citation of the release: by whom, when, under which licence.
        covered: What `queries/pages/coverage.rq` finds.
    """
    told = _filled(
        {
            "@type": "Dataset",
            "@id": DATASET,
            "url": DATASET,
            "name": header.title,
            "description": header.description,
            "version": release.manifest["version"],
            "identifier": [citation.address, release.id],
            "license": citation.licence,
            "isAccessibleForFree": True,
            "keywords": ["city diplomacy", "sister cities", "linked data"],
            "creator": _agents(citation),
            "publisher": {"@type": "Organization", "name": citation.publisher}
            if citation.publisher
            else None,
            "datePublished": citation.date,
            "dateModified": citation.date,
            "inLanguage": "en",
            **_covered(covered),
            "distribution": _downloads(release, address),
        }
    )
    catalogue = {
        "@type": "DataCatalog",
        "@id": f"{DATASET}#catalogue",
        "url": DATASET,
        "name": TITLE,
        "license": LICENCE,
        "dataset": {"@id": DATASET},
    }
    return [told, catalogue]


def _agents(citation: Citation) -> list[Node]:
    named = zip_longest(citation.authors, citation.author_iris)
    return [_filled({"@type": "Organization", "@id": iri, "name": name}) for name, iri in named]


def _covered(rows: Iterable[TableRow]) -> Node:
    """Return what the dataset covers and rests on, in the properties of a dataset."""
    told = _by_property(rows)
    years = [told[name][0].text for name in ("start", "end") if told.get(name)]
    sides = [told[name][0].text for name in ("south", "west", "north", "east") if told.get(name)]
    box = {"@type": "GeoShape", "box": " ".join(sides)}
    return {
        "temporalCoverage": "/".join(years) if len(years) == len(("start", "end")) else "",
        "spatialCoverage": {"@type": "Place", "geo": box} if len(sides) == _SIDES else None,
        "variableMeasured": [
            {"@type": "PropertyValue", "propertyID": value.iri, "name": value.text}
            for value in told.get("variableMeasured", [])
        ],
        "citation": [_work(value) for value in told.get("citation", [])],
        "isBasedOn": [_work(value) for value in told.get("isBasedOn", [])],
    }


def _work(source: Value) -> Node:
    return {"@type": "CreativeWork", "@id": source.iri, "name": source.text}


def terms(document: TermDocument) -> list[Node]:
    """Return the node of a document of terms, with its terms by name."""
    found = [term for section in document.sections.values() for term in section]
    described = {
        "@type": "DefinedTermSet",
        "@id": document.iri,
        "url": document.iri,
        "name": document.title,
        "description": document.description,
        "version": document.version,
        "license": LICENCE,
        "hasDefinedTerm": [
            {
                "@type": "DefinedTerm",
                "@id": term.name.iri,
                "name": term.name.text,
                "termCode": term.anchor,
            }
            for term in found[:_MOST_TERMS]
        ],
    }
    return [_filled(described)]


def entity(engine: Engine, pages: Mapping[str, NamedQuery], entity: Entity) -> list[Node]:
    """Return the node of an entity: its types, names, identifiers, and what else there is."""
    rows = tables.ask(engine, pages["schema-org"].about(entity=entity.name.iri)).rows
    told = _by_property(rows)
    types = [value.iri.removeprefix(PREFIXES["schema"]) for value in told.pop("@type", [])]
    point = [told.pop(name, [])[:1] for name in _COORDINATES]
    node: Node = {
        "@type": types or "Thing",
        "@id": entity.name.iri,
        "url": entity.name.iri,
        "name": entity.label.text,
        "alternateName": [_text(name) for name in entity.names],
        "subjectOf": {"@type": "Dataset", "@id": DATASET, "name": TITLE},
    }
    if all(point):
        latitude, longitude = (float(value.text) for (value,) in point)
        node["geo"] = {"@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude}
    for name, values in told.items():
        node[name] = [_said(name, value) for value in values if _is_told(name, value)]
    return [_filled(node)]


def _by_property(rows: Iterable[TableRow]) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = {}
    for row in rows:
        name, value = row.values[:2]
        if name and value:
            values = found.setdefault(name.text, [])
            if value not in values:
                values.append(value)
    return found


def _said(name: str, value: Value) -> Any:
    if not value.iri:
        return _text(value)
    return value.iri if name == "sameAs" else {"@id": value.iri, "name": value.text}


def _is_told(name: str, value: Value) -> bool:
    return name not in _DATES or bool(_DATE.fullmatch(value.text))


def _text(value: Value) -> Any:
    if value.language in _PLAIN:
        return value.text
    return {"@value": value.text, "@language": value.language}


def _downloads(release: Release, address: str) -> list[Node]:
    """Return the files that hold everything; the page lists the others too."""
    whole = DUMP.partition(".")[0]
    return [
        _filled(
            {
                "@type": "DataDownload",
                "name": name,
                "contentUrl": f"{address}/dataset/{name}",
                "encodingFormat": type_of_file(name),
                "contentSize": f"{facts['bytes']} B",
                "sha256": facts["sha256"],
            }
        )
        for name, facts in release.manifest["files"].items()
        if name.startswith(f"{whole}.")
    ]


def _filled(node: Node) -> Node:
    """Return a node without what it says nothing of; one value stands for a list of one."""
    kept = {name: value for name, value in node.items() if value not in ("", [], None)}
    return {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value
        for name, value in kept.items()
    }
