"""The model and the graphs: documents that define terms, and the named graphs of the release."""

from dataclasses import replace

from flask import Blueprint, Response

from citydiplomacy import tables, terms
from citydiplomacy.citation import Citation
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import ENTITY_FORMATS, HTML
from citydiplomacy.namespaces import BASE
from citydiplomacy.web import documents, schema_org
from citydiplomacy.web.site import site

blueprint = Blueprint("vocabulary", __name__)


@blueprint.get("/ontology")
def ontology() -> Response:
    """Send the client to the ontology in the format asked for."""
    return documents.see_other("/ontology", ENTITY_FORMATS)


@blueprint.get("/ontology.<suffix>")
def ontology_document(suffix: str) -> Response:
    """Show the ontology in one format."""
    return _terms("ontology", suffix)


@blueprint.get("/ontology/<version>")
def ontology_version(version: str) -> Response:
    """Send the client to the ontology, where the version is the one served."""
    served = terms.header(site().engine, site().pages, f"{BASE}ontology").version
    if version != served:
        raise UnknownEntityError(
            f"Version {version} of the ontology is not served here.", f"Version {served} is."
        )
    return documents.see_other("/ontology", ENTITY_FORMATS)


@blueprint.get("/vocab/<name:scheme>")
def scheme(scheme: str) -> Response:
    """Send the client to a concept scheme in the format asked for."""
    terms.header(site().engine, site().pages, f"{BASE}vocab/{scheme}")  # or there is no such scheme
    return documents.see_other(f"/vocab/{scheme}", ENTITY_FORMATS)


@blueprint.get("/vocab/<name:scheme>.<suffix>")
def scheme_document(scheme: str, suffix: str) -> Response:
    """Show a concept scheme in one format."""
    return _terms(f"vocab/{scheme}", suffix)


@blueprint.get("/vocab/")
def schemes() -> Response:
    """Show the concept schemes."""
    table = tables.ask(site().engine, site().pages["schemes"].text)
    return documents.page("schemes.html", table=table)


@blueprint.get("/graph/<path:graph>")
def graph(graph: str) -> Response:
    """Send the client to a named graph in the format asked for."""
    stem, _, suffix = graph.rpartition(".")
    if stem:
        return _graph(stem, suffix)
    _graph_size(graph)
    return documents.see_other(f"/graph/{graph}", ENTITY_FORMATS)


def _terms(path: str, suffix: str) -> Response:
    format_ = documents.format_of(suffix, ENTITY_FORMATS)
    document = terms.read(site().engine, site().pages, BASE + path)
    if format_ is HTML:
        version = document.version or site().version
        citation = Citation(document.title, version, document.iri)
        about = schema_org.terms(document)
        response = documents.page("terms.html", document=document, citation=citation, about=about)
    else:
        query = site().pages["document"].about(document=document.iri)
        response = documents.graph(query, format_, document.iri)
    return documents.signpost(response, f"/{path}", ENTITY_FORMATS)


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
