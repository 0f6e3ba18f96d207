"""Nanopublications: a claim, or what rests on evidence, with where it comes from and who says so.

One is four named graphs (https://nanopub.net/guidelines/working_draft/): what is asserted, what
that rests on, what is said of the publication itself, and the head that holds them together. Its
IRI names a version of the dataset, because what a nanopublication says never changes.
"""

from collections.abc import Iterable

import pyoxigraph as ox
from flask import Blueprint, Flask, Response

from citydiplomacy import prefixes
from citydiplomacy.engine import Query
from citydiplomacy.entities import Entity
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import NANOPUBLICATION, NTRIPLES, Format
from citydiplomacy.namespaces import LICENCE, RDF_TYPE, EntityName, local_path
from citydiplomacy.queries import Literal
from citydiplomacy.versions import is_published, pinned
from citydiplomacy.web.site import site

blueprint = Blueprint("nanopublications", __name__)

_KINDS = {"claim", "evidence"}
_SCHEMA = "http://www.nanopub.org/nschema#"
_PARTS = {
    "assertion": "hasAssertion",
    "provenance": "hasProvenance",
    "pubinfo": "hasPublicationInfo",
}
"""The graphs by their names, and how the head leads to them."""


def register(app: Flask) -> None:
    """Give the application's templates what pages of a kind offer beside their own formats."""
    app.jinja_env.globals.update(also_offered=also_offered)


def also_offered(kind: str) -> list[Format]:
    """Return the format of nanopublications for a kind of which there are some."""
    return [NANOPUBLICATION] if kind in _KINDS else []


@blueprint.get(f"/claim/<name:slug>.{NANOPUBLICATION.suffix}", defaults={"kind": "claim"})
@blueprint.get(f"/evidence/<name:slug>.{NANOPUBLICATION.suffix}", defaults={"kind": "evidence"})
def nanopublication(kind: str, slug: str) -> Response:
    """Send a claim, or what rests on a piece of evidence, as a nanopublication."""
    entity = site().entities.find(EntityName(kind, slug))
    if entity.successor:
        location = local_path(entity.successor) or entity.successor
        return Response(status=303, headers={"Location": location})
    licence = entity.licence.iri if entity.licence else LICENCE
    body = _written(entity, licence)
    response = Response(body, content_type=NANOPUBLICATION.content_type)
    links = (f'<{address(entity)}>; rel="cite-as"', f'<{licence}>; rel="license"')
    response.headers["Link"] = ", ".join((*links, f'<{entity.name.path}>; rel="about"'))
    return response


def address(entity: Entity) -> str:
    """Return the IRI of the nanopublication of an entity, in the version that is served.

    What was not published has no version that could be asked for.
    """
    iri, version = f"{entity.name.iri}.{NANOPUBLICATION.suffix}", site().version
    return pinned(iri, version) if is_published(version) else iri


def _written(entity: Entity, licence: str) -> str:
    about = ox.NamedNode(address(entity))
    names = {part: ox.NamedNode(f"{about.value}#{part}") for part in _PARTS}
    queries = site().pages
    texts = {
        "assertion": queries[f"nanopublication/{entity.name.kind}"].about(entity=entity.name.iri),
        "provenance": queries["nanopublication/provenance"].about(
            entity=entity.name.iri, assertion=names["assertion"].value
        ),
        "pubinfo": queries["nanopublication/publication"].about(
            entity=entity.name.iri,
            publication=about.value,
            licence=licence,
            version=Literal(site().version),
            label=Literal(f"Nanopublication of “{entity.label.text}”", "en"),
        ),
    }
    quads = list(_head(about, names))
    for part, text in texts.items():
        told = sorted(_found(text, names[part]), key=str)
        if not told:
            raise UnknownEntityError(f"{entity.name.iri} has no {part} that could be published.")
        quads += told
    return _serialised(quads, about.value)


def _head(about: ox.NamedNode, names: dict[str, ox.NamedNode]) -> Iterable[ox.Quad]:
    head = ox.NamedNode(f"{about.value}#Head")
    type_ = ox.NamedNode(f"{_SCHEMA}Nanopublication")
    yield ox.Quad(about, ox.NamedNode(RDF_TYPE), type_, head)
    for part, property_ in _PARTS.items():
        yield ox.Quad(about, ox.NamedNode(_SCHEMA + property_), names[part], head)


def _found(text: str, name: ox.NamedNode) -> set[ox.Quad]:
    told = site().engine.run(Query(text), NTRIPLES.media_type, "pages").read()
    parsed = ox.parse(told, format=ox.RdfFormat.N_TRIPLES)
    return {ox.Quad(each.subject, each.predicate, each.object, name) for each in parsed}


def _serialised(quads: list[ox.Quad], about: str) -> str:
    short = prefixes.needed("\n".join(map(str, quads)))
    short |= {"np": _SCHEMA, "npx": "http://purl.org/nanopub/x/", "this": about, "sub": f"{about}#"}
    written = ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=short) or b""
    return prefixes.sorted_in(written.decode())
