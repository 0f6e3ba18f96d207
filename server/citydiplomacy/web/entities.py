"""Entities: the lists of each kind, the redirect from an IRI, and the documents."""

from http import HTTPStatus

from flask import Blueprint, Response

from citydiplomacy.citation import Citation
from citydiplomacy.entities import Entity
from citydiplomacy.formats import ENTITY_FORMATS, HTML, Format
from citydiplomacy.namespaces import LICENCE, EntityName, entity_name
from citydiplomacy.web import documents
from citydiplomacy.web.site import site

blueprint = Blueprint("entities", __name__)


@blueprint.get("/<name:kind>/")
def listing(kind: str) -> Response:
    """Show the entities of a kind."""
    found, table = site().entities.of_kind(kind)
    return documents.page("kind.html", kind=found, entities=table)


@blueprint.get("/<name:kind>/<name:slug>")
def entity(kind: str, slug: str) -> Response:
    """Send the client from an entity to the document about it."""
    name = EntityName(kind, slug)
    found = site().entities.find(name)
    if found.successor:
        return _succeeded(found.successor)
    return documents.see_other(name.path, ENTITY_FORMATS)


@blueprint.get("/<name:kind>/<name:slug>.<suffix>")
def document(kind: str, slug: str, suffix: str) -> Response:
    """Show the document about an entity in one format."""
    name = EntityName(kind, slug)
    format_ = documents.format_of(suffix, ENTITY_FORMATS)
    found = site().entities.recorded(name)
    if found.successor:
        return _succeeded(found.successor, f".{format_.suffix}")
    if found.retired:
        response = _tombstone(found, format_)
    elif format_ is HTML:
        response = _page(found)
    else:
        response = documents.graph(_query("describe", name), format_, name.iri)
    types = [type_.iri for type_ in found.classes]
    licence = found.licence.iri if found.licence else LICENCE
    return documents.signpost(response, name.path, ENTITY_FORMATS, types, licence)


def _succeeded(successor: str, ending: str = "") -> Response:
    """Send the client to what took the place of a retired entity."""
    name = entity_name(successor)
    location = f"{name.path}{ending}" if name else successor
    return Response(status=303, headers={"Location": location})


def _tombstone(entity: Entity, format_: Format) -> Response:
    """Say of an entity without successor what it was, and that it is gone."""
    if format_ is HTML:
        return documents.page("retired.html", HTTPStatus.GONE, entity=entity)
    query = _query("tombstone", entity.name)
    return documents.graph(query, format_, entity.name.iri, HTTPStatus.GONE)


def _page(entity: Entity) -> Response:
    citation = Citation(entity.label.text, site().version, entity.name.iri)
    page = site().entities.page(entity)
    return documents.page("entity.html", page=page, entity=entity, citation=citation)


def _query(page: str, name: EntityName) -> str:
    return site().pages[page].about(entity=name.iri)
