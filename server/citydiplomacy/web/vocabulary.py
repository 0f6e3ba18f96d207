"""The model and the graphs: what defines terms, what rules data, the graphs of the release."""

from dataclasses import replace

from flask import Blueprint, Response

from citydiplomacy import model, shapes, tables, terms
from citydiplomacy.citation import Citation
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import ENTITY_FORMATS, HTML, Format
from citydiplomacy.namespaces import BASE, CD, SHAPES, SHAPES_GRAPH
from citydiplomacy.web import documents, schema_org
from citydiplomacy.web.site import site

blueprint = Blueprint("vocabulary", __name__)

_ONTOLOGY, _SHAPES = "/ontology", "/shapes"
# The classes by which a stranger begins.
_INTRODUCTION = (
    f"{CD}City",
    f"{CD}Agreement",
    f"{CD}NetworkMembership",
    f"{CD}DiplomaticAction",
    f"{CD}Figure",
    f"{CD}Evidence",
)


@blueprint.get("/ontology")
def ontology() -> Response:
    """Send the client to the ontology in the format asked for."""
    return documents.see_other(_ONTOLOGY, ENTITY_FORMATS)


@blueprint.get("/ontology.<suffix>")
def ontology_document(suffix: str) -> Response:
    """Show the ontology in one format."""
    format_ = documents.format_of(suffix, ENTITY_FORMATS)
    return _model() if format_ is HTML else _terms(_ONTOLOGY, format_)


@blueprint.get("/ontology/<version>")
def ontology_version(version: str) -> Response:
    """Send the client to the ontology, where the version is the one served."""
    served = terms.header(site().engine, site().pages, f"{BASE}ontology").version
    if version != served:
        raise UnknownEntityError(
            f"Version {version} of the ontology is not served here.", f"Version {served} is."
        )
    return documents.see_other(_ONTOLOGY, ENTITY_FORMATS)


@blueprint.get("/vocab/<name:scheme>")
def scheme(scheme: str) -> Response:
    """Send the client to a concept scheme in the format asked for."""
    terms.header(site().engine, site().pages, f"{BASE}vocab/{scheme}")  # or there is no such scheme
    return documents.see_other(f"/vocab/{scheme}", ENTITY_FORMATS)


@blueprint.get("/vocab/<name:scheme>.<suffix>")
def scheme_document(scheme: str, suffix: str) -> Response:
    """Show a concept scheme in one format."""
    format_ = documents.format_of(suffix, ENTITY_FORMATS)
    path = f"/vocab/{scheme}"
    return _scheme(path) if format_ is HTML else _terms(path, format_)


@blueprint.get("/vocab/")
def schemes() -> Response:
    """Show the concept schemes."""
    table = tables.ask(site().engine, site().pages["schemes"].text)
    return documents.page("schemes.html", table=table)


@blueprint.get(_SHAPES)
def rules() -> Response:
    """Send the client to the shapes in the format asked for."""
    terms.header(site().engine, site().pages, SHAPES)  # or the release has none
    return documents.see_other(_SHAPES, ENTITY_FORMATS)


@blueprint.get(f"{_SHAPES}.<suffix>")
def rules_document(suffix: str) -> Response:
    """Show the shapes of the release in one format."""
    format_ = documents.format_of(suffix, ENTITY_FORMATS)
    document = terms.header(site().engine, site().pages, SHAPES)
    if format_ is HTML:
        response = documents.page(
            "shapes.html",
            document=document,
            shapes=shapes.read(site().engine, site().pages),
            citation=_citation(document),
        )
    else:
        query = site().pages["graph"].about(graph=SHAPES_GRAPH)
        response = documents.graph(query, format_, SHAPES)
    return documents.signpost(response, _SHAPES, ENTITY_FORMATS)


@blueprint.get("/graph/<path:graph>")
def graph(graph: str) -> Response:
    """Send the client to a named graph in the format asked for."""
    stem, _, suffix = graph.rpartition(".")
    if stem:
        return _graph(stem, suffix)
    _graph_size(graph)
    return documents.see_other(f"/graph/{graph}", ENTITY_FORMATS)


def _model() -> Response:
    read = site().model
    known = {term.name.iri: term for term in read.document.terms}
    response = documents.page(
        "ontology.html",
        model=read,
        introduction=[known[iri] for iri in _INTRODUCTION if iri in known],
        citation=_citation(read.document),
        about=schema_org.terms(read.document),
    )
    return documents.signpost(response, _ONTOLOGY, ENTITY_FORMATS)


def _scheme(path: str) -> Response:
    iri = BASE + path.lstrip("/")
    document = terms.read(site().engine, site().pages, iri)
    response = documents.page(
        "scheme.html",
        document=document,
        narrower=terms.inverted(document.terms, terms.NARROWER_THAN),
        uses=model.concept_uses(site().engine, site().pages, iri),
        citation=_citation(document),
        about=schema_org.terms(document),
    )
    return documents.signpost(response, path, ENTITY_FORMATS)


def _terms(path: str, format_: Format) -> Response:
    document = terms.header(site().engine, site().pages, BASE + path.lstrip("/"))
    query = site().pages["document"].about(document=document.iri)
    response = documents.graph(query, format_, document.iri)
    return documents.signpost(response, path, ENTITY_FORMATS)


def _citation(document: terms.Header) -> Citation:
    title = document.title[:1].upper() + document.title[1:]
    return Citation(title, document.version or site().version, document.iri)


def _graph(name: str, suffix: str) -> Response:
    format_ = documents.format_of(suffix, ENTITY_FORMATS)
    size = _graph_size(name)
    iri = f"{BASE}graph/{name}"
    if format_ is HTML:
        citation = Citation(f"Graph {name}", site().version, iri)
        table = tables.ask(site().engine, site().pages["graphs"].text)
        told = tuple(row for row in table.rows if row.values[0] and row.values[0].iri == iri)
        response = documents.page(
            "graph.html", name=name, size=size, citation=citation, graphs=replace(table, rows=told)
        )
    else:
        response = documents.graph(site().pages["graph"].about(graph=iri), format_, iri)
    return documents.signpost(response, f"/graph/{name}", ENTITY_FORMATS)


def _graph_size(name: str) -> int:
    """Return how many triples the graph has."""
    size = site().release.manifest["graphs"].get(f"{BASE}graph/{name}")
    if size is None:
        raise UnknownEntityError(f"There is no graph called {name}.", "See the list at /dataset.")
    return size
