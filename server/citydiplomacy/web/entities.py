"""Entities: the lists of each kind, the redirect from an IRI, and the documents."""

import json
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from flask import Blueprint, Response, request

from citydiplomacy import geojson, panels, places, records, spreadsheets, tables
from citydiplomacy.citation import Citation
from citydiplomacy.entities import Entity
from citydiplomacy.formats import (
    BESIDE_FORMATS,
    CSV_ROWS,
    ENTITY_FORMATS,
    GEOJSON,
    HTML,
    JSON,
    LINKSET_FORMATS,
    PLACE_FORMATS,
    Format,
)
from citydiplomacy.listing import listed
from citydiplomacy.namespaces import BASE, PREFIXES, EntityName, entity_name
from citydiplomacy.places import Geography
from citydiplomacy.tables import Table
from citydiplomacy.web import documents, schema_org
from citydiplomacy.web.signposting import Link, Signposts
from citydiplomacy.web.site import site

blueprint = Blueprint("entities", __name__)


@blueprint.get("/<name:kind>/")
def listing(kind: str) -> Response:
    """Show the entities of a kind."""
    found, table = site().entities.of_kind(kind)
    listing = listed(table, request.args)
    query = site().entities.query_of_kind(found)
    page = documents.page("kind.html", kind=found, listing=listing, query=query)
    return _signposts_of_list(kind).on(page, HTML)


@blueprint.get("/<name:kind>.<any(linkset, 'linkset.json'):suffix>")
def listing_as_links(kind: str, suffix: str) -> Response:
    """Send links to all entities of a kind, for machines."""
    format_ = documents.format_of(suffix, LINKSET_FORMATS)
    _, table = site().entities.of_kind(kind)
    entities = [value.iri for row in table.rows for value in row.values[:1] if value]
    links = [Link(iri, "item") for iri in dict.fromkeys(entities)]
    return _signposts_of_list(kind, links).document(format_, site().at)


@blueprint.get("/<name:kind>.csv")
def listing_as_csv(kind: str) -> Response:
    """Send the entities of a kind, as they are wanted, as rows of their IRIs and labels."""
    return Response(spreadsheets.written(_found(kind)), content_type=CSV_ROWS.content_type)


@blueprint.get("/<name:kind>.json")
def listing_as_json(kind: str) -> Response:
    """Send the same rows as JSON."""
    return _plain(records.listing(kind, _found(kind), site().version))


@blueprint.get("/<name:kind>/<name:slug>")
def entity(kind: str, slug: str) -> Response:
    """Send the client from an entity to the document about it."""
    name = EntityName(kind, slug)
    found = site().entities.find(name)
    if found.successor:
        return _succeeded(found.successor)
    return documents.see_other(name.path, (*_formats(kind), *BESIDE_FORMATS))


@blueprint.get("/<name:kind>/<name:slug>.<suffix>")
def document(kind: str, slug: str, suffix: str) -> Response:
    """Show the document about an entity in one format."""
    name = EntityName(kind, slug)
    formats = (*_formats(kind), JSON)
    format_ = documents.format_of(suffix, (*formats, *BESIDE_FORMATS))
    found = site().entities.recorded(name)
    if found.successor:
        return _succeeded(found.successor, f".{format_.suffix}")
    signposts = Signposts(
        citation_of(found), formats, [type_.iri for type_ in found.classes], f"/{kind}/"
    )
    make = _tombstone if found.retired else partial(_document, formats=formats)
    status = HTTPStatus.GONE if found.retired else HTTPStatus.OK
    return documents.document(format_, signposts, lambda: make(found, format_), status)


@blueprint.get("/<name:kind>/<name:slug>/query/<name:panel>")
def query(kind: str, slug: str, panel: str) -> Response:
    """Send the client to the query of a panel, in the editor: how was this made?"""
    name = EntityName(kind, slug)
    site().entities.recorded(name)
    text = panels.query_of(site().entities.panels_of(kind), panel).about(entity=name.iri)
    return Response(status=303, headers={"Location": f"/sparql?query={quote(text, safe='')}"})


def _signposts_of_list(kind: str, entities: Sequence[Link] = ()) -> Signposts:
    return Signposts(
        site().citation(kind, f"{BASE}{kind}"),
        (CSV_ROWS, JSON),
        (f"{PREFIXES['schema']}CollectionPage",),
        more=lambda: entities,
        relation="alternate",
        page=f"/{kind}/",
        is_cited=False,
    )


def _succeeded(successor: str, ending: str = "") -> Response:
    """Send the client to what took the place of a retired entity."""
    name = entity_name(successor)
    location = f"{name.path}{ending}" if name else successor
    return Response(status=303, headers={"Location": location})


def _tombstone(entity: Entity, format_: Format) -> Response:
    """Say of an entity without successor what it was, and that it is gone."""
    if format_ is HTML:
        return documents.page("retired.html", HTTPStatus.GONE, entity=entity)
    if format_ is GEOJSON:
        return Response(
            geojson.written(Geography()), HTTPStatus.GONE, content_type=GEOJSON.content_type
        )
    if format_ is JSON:
        return _plain(records.identity(entity, site().version), HTTPStatus.GONE)
    query = _query("tombstone", entity.name)
    return documents.graph(query, format_, entity.name.iri, HTTPStatus.GONE)


def _document(entity: Entity, format_: Format, formats: Sequence[Format]) -> Response:
    """Show all that is said of an entity."""
    name = entity.name
    if format_ is HTML:
        return _page(entity, formats)
    if format_ is GEOJSON:
        return _geography(name)
    if format_ is JSON:
        return _plain(records.entity(site().engine, site().pages, entity, site().version))
    return documents.graph(_query("describe", name), format_, name.iri)


def _plain(record: records.Record, status: int = HTTPStatus.OK) -> Response:
    # In the order that people read it in, and in their scripts.
    body = f"{json.dumps(record, ensure_ascii=False)}\n"
    return Response(body, status, content_type=JSON.content_type)


def _found(kind: str) -> Table:
    """Return the entities of a kind as they are wanted, all pages together."""
    _, table = site().entities.of_kind(kind)
    wanted = {name: value for name, value in request.args.items() if name != "page"}
    return listed(table, wanted).found


def _formats(kind: str) -> Sequence[Format]:
    """Return the formats of the documents about entities of a kind."""
    return PLACE_FORMATS if panels.map_query(site().entities.panels_of(kind)) else ENTITY_FORMATS


def _geography(name: EntityName) -> Response:
    """Send the places and ties that the page draws on its map."""
    query = panels.map_query(site().entities.panels_of(name.kind))
    table = tables.ask(site().engine, query.about(entity=name.iri)) if query else Table((), ())
    return Response(geojson.written(places.read(table)), content_type=GEOJSON.content_type)


def citation_of(entity: Entity) -> Citation:
    """Return the citation of an entity, under the licence of the graph that it stands in."""
    told = {"language": entity.label.language or "en"}
    if entity.classes:
        told["kind"] = entity.classes[0].text
    if entity.licence:
        told |= {"licence": entity.licence.iri, "licence_name": entity.licence.text}
    return site().citation(entity.label.text, entity.name.iri, **told)


def _page(entity: Entity, formats: Sequence[Format]) -> Response:
    citation = citation_of(entity)
    page = site().entities.page(entity).sorted(request.args.get("sort", ""))
    about = schema_org.entity(site().engine, site().pages, entity)
    return documents.page(
        "entity.html", page=page, entity=entity, citation=citation, formats=formats, about=about
    )


def _query(page: str, name: EntityName) -> str:
    return site().pages[page].about(entity=name.iri)
