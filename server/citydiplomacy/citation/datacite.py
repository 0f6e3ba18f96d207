"""Citations as metadata of DataCite, kernel 4: what registers a DOI, in JSON and in XML.

There is no DOI in them, because none was registered: whoever registers one adds it.
"""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree  # it writes here, and reads nothing

from citydiplomacy.citation import Citation
from citydiplomacy.namespaces import BASE

KERNEL = "http://datacite.org/schema/kernel-4"
_SCHEMA = f"{KERNEL} https://schema.datacite.org/meta/kernel-4/metadata.xsd"
_DATASET = f"{BASE}dataset"
_SPDX = "https://spdx.org/licenses/"
_UNKNOWN = ":unav"
"""What DataCite has one write for what has to be said and is not known."""

Metadata = dict[str, Any]


def as_json(citation: Citation) -> str:
    """Return the citation as DataCite's JSON."""
    return f"{json.dumps(metadata(citation), ensure_ascii=False, indent=2)}\n"


def metadata(citation: Citation) -> Metadata:
    """Return the members of DataCite's JSON; those of which nothing is known are left out."""
    told: Metadata = {
        "schemaVersion": KERNEL,
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": citation.kind},
        "creators": [
            {"name": author, "nameType": "Organizational"}
            for author in citation.authors or (_UNKNOWN,)
        ],
        "titles": [{"title": citation.title, "lang": citation.language}],
        "publisher": {"name": citation.publisher or _UNKNOWN},
        "publicationYear": citation.date[:4],
        "dates": [{"date": citation.date, "dateType": "Updated"}] if citation.date else [],
        "language": "en",
        "version": citation.version,
        "url": citation.address,
        "alternateIdentifiers": [
            {"alternateIdentifier": citation.address, "alternateIdentifierType": "URL"}
        ],
        "relatedIdentifiers": _whole(citation) if citation.iri != _DATASET else [],
        "rightsList": [_rights(citation)],
    }
    return {name: value for name, value in told.items() if value}


def as_xml(citation: Citation) -> str:
    """Return the citation as DataCite's XML."""
    root = ElementTree.Element(
        "resource",
        {
            "xmlns": KERNEL,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": _SCHEMA,
        },
    )
    for path, text, attributes in _elements(metadata(citation)):
        if text:
            _add(root, path, text, attributes)
    ElementTree.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ElementTree.tostring(root, 'unicode')}\n"


Element = tuple[str, str, dict[str, str]]
"""The path of an element below the root, its text, its attributes."""


def _elements(told: Metadata) -> Iterator[Element]:
    # It asks for an identifier, and takes any kind; that of a DOI is for whoever registers it.
    yield "identifier", told["url"], {"identifierType": "URL"}
    for creator in told["creators"]:
        type_ = {"nameType": creator["nameType"]}
        yield "creators/creator/creatorName", creator["name"], type_
    for title in told["titles"]:
        yield "titles/title", title["title"], {"xml:lang": title["lang"]}
    yield "publisher", told["publisher"]["name"], {}
    yield "publicationYear", told.get("publicationYear", ""), {}
    types = told["types"]
    general = {"resourceTypeGeneral": types["resourceTypeGeneral"]}
    yield "resourceType", types["resourceType"], general
    for date in told.get("dates", []):
        yield "dates/date", date["date"], {"dateType": date["dateType"]}
    yield "language", told["language"], {}
    yield from _attributed(told, "alternateIdentifier")
    yield from _attributed(told, "relatedIdentifier")
    yield "version", told["version"], {}
    for rights in told["rightsList"]:
        named = {_in_xml(name): value for name, value in rights.items() if name != "rights"}
        yield "rightsList/rights", rights["rights"], named


def _attributed(told: Metadata, name: str) -> Iterator[Element]:
    """Yield what has its text in a member of its own name, and all else in attributes."""
    for each in told.get(f"{name}s", []):
        others = {other: value for other, value in each.items() if other != name}
        yield f"{name}s/{name}", each[name], others


def _add(root: ElementTree.Element, path: str, text: str, attributes: dict[str, str]) -> None:
    """Add an element, in the list that it belongs to where the path names one."""
    *above, name = path.split("/")
    parent = root
    for depth, step in enumerate(above):
        # All of a kind stand in one list; what is below that is anew for each.
        known = parent.find(step) if depth == 0 else None
        parent = ElementTree.SubElement(parent, step) if known is None else known
    ElementTree.SubElement(parent, name, attributes).text = text


def _in_xml(name: str) -> str:
    """Return what the XML calls a member of the JSON."""
    return name.removesuffix("Uri") + "URI" if name.endswith("Uri") else name


def _whole(citation: Citation) -> list[dict[str, str]]:
    """Return what leads to the dataset: from a part of it, or from one of its versions."""
    relation = "IsVersionOf" if citation.is_of_all else "IsPartOf"
    told = {"relatedIdentifierType": "URL", "relationType": relation}
    return [{"relatedIdentifier": _DATASET, **told}]


def _rights(citation: Citation) -> dict[str, str]:
    told = {"rights": citation.licence_name or citation.licence, "rightsUri": citation.licence}
    if citation.spdx:
        told |= {
            "rightsIdentifier": citation.spdx,
            "rightsIdentifierScheme": "SPDX",
            "schemeUri": _SPDX,
        }
    return told
