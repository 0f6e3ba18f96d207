"""The repository for harvesters: OAI-PMH 2.0 at one address, by GET or as a form."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl

from flask import Blueprint, Response, render_template, request

from citydiplomacy.citation import datacite
from citydiplomacy.entities import Entity
from citydiplomacy.oai import protocol
from citydiplomacy.oai.protocol import DATACITE, DUBLIN_CORE, Asked, HarvestError
from citydiplomacy.oai.repository import Header, Record, Repository, check_format
from citydiplomacy.oai.tokens import bad
from citydiplomacy.web import bodies, report
from citydiplomacy.web.entities import citation_of
from citydiplomacy.web.protocol import FORM
from citydiplomacy.web.site import site

blueprint = Blueprint("oai", __name__)

_PATH = "/oai"
_LONGEST = 10_000
"""Bytes of a form; the longest request that makes sense has a few hundred."""
_MOST = 20
"""Arguments that are read at all; no verb takes as many."""

_NOBODY = "no-address-given@citydiplomacy.invalid"
"""The protocol wants an address: this one says that there is none, and can never be anybody's."""

# What XML 1.0 cannot carry at all, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_Values = dict[str, object]


class MetadataFormat(NamedTuple):
    """A format of records: its prefix, its schema and its namespace."""

    prefix: str
    schema: str
    namespace: str


_FORMATS = (
    MetadataFormat(
        DUBLIN_CORE,
        "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
        "http://www.openarchives.org/OAI/2.0/oai_dc/",
    ),
    MetadataFormat(
        DATACITE,
        "http://schema.datacite.org/oai/oai-1.1/oai.xsd",
        "http://schema.datacite.org/oai/oai-1.1/",
    ),
)
_DECLARATION = re.compile(r"<\?xml[^>]*\?>\s*")


@blueprint.route(_PATH, methods=["GET", "POST"])
def oai() -> Response:
    """Answer a harvester; what the protocol calls errors are answers too."""
    pairs = _pairs()
    asked: Asked | None = None
    try:
        asked = protocol.read(_readable(pairs))
        body = _answer(asked, site().repository)
    except HarvestError as error:
        shown = None if error.is_about_arguments else asked
        body = _written("error", shown, error=error)
    # It holds the moment of the answer, so that no copy is as good.
    headers = {"Cache-Control": "no-store"}
    return Response(body, headers=headers, content_type="text/xml; charset=utf-8")


def _pairs() -> bytes:
    if request.method == "POST":
        return bodies.text(FORM, _LONGEST).encode()
    return request.query_string


def _readable(written: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            written.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST
        )
    except ValueError as error:  # not UTF-8, or too many of them
        raise HarvestError("badArgument", "The arguments cannot be read as UTF-8.") from error


def _answer(asked: Asked, repository: Repository) -> str:
    match asked.verb:
        case "Identify":
            return _written("identify", asked, repository=repository, mail=report.mail() or _NOBODY)
        case "ListMetadataFormats":
            return _formats(asked, repository)
        case "ListSets":
            return _sets(asked, repository)
        case "GetRecord":
            return _record(asked, repository)
        case _:
            return _list(asked, repository)


def _formats(asked: Asked, repository: Repository) -> str:
    if "identifier" in asked.arguments:
        repository.header(asked.arguments["identifier"])
    return _written("formats", asked, formats=_FORMATS)


def _sets(asked: Asked, repository: Repository) -> str:
    if asked.token is not None:
        raise bad("The list of sets comes whole.")
    if not repository.sets:  # any other data may have no kinds
        raise HarvestError("noSetHierarchy", "There is nothing here to be divided into sets.")
    kinds = site().entities.kinds
    definitions = {name: kinds[name].definition for name in repository.sets if name in kinds}
    return _written("sets", asked, sets=repository.sets, definitions=definitions)


def _record(asked: Asked, repository: Repository) -> str:
    header = repository.header(asked.arguments["identifier"])
    prefix = asked.arguments["metadataPrefix"]
    check_format(prefix)
    return _written("records", asked, **_records([header], prefix, repository))


def _list(asked: Asked, repository: Repository) -> str:
    page = repository.page(asked)
    # Also the last part of a list has a token, which is empty; a list of one part has none.
    told = {"page": page, "has_token": bool(page.token or asked.token)}
    if asked.verb == "ListIdentifiers":
        return _written("headers", asked, headers=page.headers, **told)
    return _written("records", asked, **_records(page.headers, page.prefix, repository), **told)


def _records(headers: Sequence[Header], prefix: str, repository: Repository) -> _Values:
    records = repository.records(headers)
    if prefix == DUBLIN_CORE:
        return {"records": records, "whole": repository.dataset}
    return {"records": records, "payloads": [_payload(record) for record in records]}


def _payload(record: Record) -> str:
    """Return the citation of an entity as metadata of DataCite, as its own document has it."""
    elements = record.elements
    label, *_ = record.titles
    classes, licences = (tuple(elements.get(name, ())) for name in ("class", "rights"))
    licence = next(iter(licences), None)
    entity = Entity(record.header.entity, label, (), classes, licence=licence)
    return _DECLARATION.sub("", datacite.as_xml(citation_of(entity)), count=1)


def _written(template: str, asked: Asked | None, **values: object) -> str:
    """Return an answer as XML, without what XML cannot carry."""
    text = render_template(
        f"oai/{template}.xml",
        asked=asked,
        now=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        address=f"{site().settings.address}{_PATH}",
        **values,
    )
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
