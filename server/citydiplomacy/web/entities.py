"""Entities: the lists of each kind, the redirect from an IRI, and the documents."""

from flask import Blueprint, Response

from citydiplomacy.citation import Citation
from citydiplomacy.formats import ENTITY_FORMATS, HTML, Format
from citydiplomacy.namespaces import EntityName, local_path
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
        successor = local_path(found.successor) or found.successor
        return Response(status=303, headers={"Location": successor})
    return documents.see_other(name.path, ENTITY_FORMATS)


@blueprint.get("/<name:kind>/<name:slug>.<suffix>")
def document(kind: str, slug: str, suffix: str) -> Response:
    """Show the document about an entity in one format."""
    name = EntityName(kind, slug)
    format_ = documents.format_of(suffix, ENTITY_FORMATS)
    response, types = _page(name) if format_ is HTML else _graph(name, format_)
    return documents.signpost(response, name.path, ENTITY_FORMATS, types)


def _page(name: EntityName) -> tuple[Response, list[str]]:
    found = site().entities.page(name)
    label = found.entity.label.text
    citation = Citation(label, site().version, name.iri)
    response = documents.page("entity.html", page=found, entity=found.entity, citation=citation)
    return response, [type_.iri for type_ in found.entity.classes]


def _graph(name: EntityName, format_: Format) -> tuple[Response, list[str]]:
    found = site().entities.find(name)
    query = site().pages["describe"].about(entity=name.iri)
    response = documents.graph(query, format_, name.iri)
    return response, [type_.iri for type_ in found.classes]
