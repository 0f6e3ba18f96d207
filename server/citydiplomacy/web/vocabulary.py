"""The model and the graphs: what defines terms, what rules data, the graphs of the release."""

from dataclasses import replace

from flask import Blueprint, Response

from citydiplomacy import model, shapes, tables, terms
from citydiplomacy.citation import Citation
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import CITATION_FORMATS, CITED_FORMATS, ENTITY_FORMATS, HTML, Format
from citydiplomacy.namespaces import BASE, CD, SHAPES, SHAPES_GRAPH
from citydiplomacy.tables import Table
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
    return documents.see_other(_ONTOLOGY, CITED_FORMATS)


@blueprint.get("/ontology.<suffix>")
def ontology_document(suffix: str) -> Response:
    """Show the ontology in one format."""
    format_ = documents.format_of(suffix, CITED_FORMATS)
    return _model() if format_ is HTML else _terms(_ONTOLOGY, format_)


@blueprint.get("/ontology/<version>")
def ontology_version(version: str) -> Response:
    """Send the client to the ontology, where the version is the one served."""
    served = terms.header(site().engine, site().pages, f"{BASE}ontology").version
    if version != served:
        raise UnknownEntityError(
            f"Version {version} of the ontology is not served here.", f"Version {served} is."
        )
    return documents.see_other(_ONTOLOGY, CITED_FORMATS)


@blueprint.get("/vocab/<name:scheme>")
def scheme(scheme: str) -> Response:
    """Send the client to a concept scheme in the format asked for."""
    terms.header(site().engine, site().pages, f"{BASE}vocab/{scheme}")  # or there is no such scheme
    return documents.see_other(f"/vocab/{scheme}", CITED_FORMATS)


@blueprint.get("/vocab/<name:scheme>.<suffix>")
def scheme_document(scheme: str, suffix: str) -> Response:
    """Show a concept scheme in one format."""
    format_ = documents.format_of(suffix, CITED_FORMATS)
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
    return documents.see_other(_SHAPES, CITED_FORMATS)


@blueprint.get(f"{_SHAPES}.<suffix>")
def rules_document(suffix: str) -> Response:
    """Show the shapes of the release in one format."""
    format_ = documents.format_of(suffix, CITED_FORMATS)
    document = terms.header(site().engine, site().pages, SHAPES)
    if format_ is HTML:
        response = documents.page(
            "shapes.html",
            document=document,
            shapes=shapes.read(site().engine, site().pages),
            citation=_citation(document, "shapes"),
        )
    elif format_ in CITATION_FORMATS:
        response = documents.cited(_citation(document, "shapes"), format_)
    else:
        query = site().pages["graph"].about(graph=SHAPES_GRAPH)
        response = documents.graph(query, format_, SHAPES)
    return documents.signpost(response, _SHAPES, ENTITY_FORMATS)


@blueprint.get("/graph/<path:graph>")
def graph(graph: str) -> Response:
    """Send the client to a named graph in the format asked for."""
    # No name of a graph has a point in it, and what follows one may have: `csl.json`.
    stem, _, suffix = graph.partition(".")
    if suffix:
        return _graph(stem, suffix)
    _graph_size(graph)
    return documents.see_other(f"/graph/{graph}", CITED_FORMATS)


def _model() -> Response:
    read = site().model
    known = {term.name.iri: term for term in read.document.terms}
    response = documents.page(
        "ontology.html",
        model=read,
        introduction=[known[iri] for iri in _INTRODUCTION if iri in known],
        citation=_citation(read.document, "ontology"),
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
        citation=_citation(document, "concept scheme"),
        about=schema_org.terms(document),
    )
    return documents.signpost(response, path, ENTITY_FORMATS)


def _terms(path: str, format_: Format) -> Response:
    document = terms.header(site().engine, site().pages, BASE + path.lstrip("/"))
    if format_ in CITATION_FORMATS:
        kind = "ontology" if path == _ONTOLOGY else "concept scheme"
        response = documents.cited(_citation(document, kind), format_)
    else:
        query = site().pages["document"].about(document=document.iri)
        response = documents.graph(query, format_, document.iri)
    return documents.signpost(response, path, ENTITY_FORMATS)


def _citation(document: terms.Header, kind: str) -> Citation:
    title = document.title[:1].upper() + document.title[1:]
    version = document.version or site().version
    return site().citation(title, document.iri, kind=kind, version=version)


def _graph(name: str, suffix: str) -> Response:
    format_ = documents.format_of(suffix, CITED_FORMATS)
    size = _graph_size(name)
    iri = f"{BASE}graph/{name}"
    if format_ in ENTITY_FORMATS and format_ is not HTML:
        response = documents.graph(site().pages["graph"].about(graph=iri), format_, iri)
    else:
        about = _about_graph(iri)
        citation = _citation_of_graph(name, iri, about)
        response = (
            documents.page("graph.html", name=name, size=size, citation=citation, graphs=about)
            if format_ is HTML
            else documents.cited(citation, format_)
        )
    return documents.signpost(response, f"/graph/{name}", ENTITY_FORMATS)


def _about_graph(iri: str) -> Table:
    """Return what the dataset says of one of its graphs, in a row; none where it says nothing."""
    table = tables.ask(site().engine, site().pages["graphs"].text)
    told = tuple(row for row in table.rows if row.values[0] and row.values[0].iri == iri)
    return replace(table, rows=told)


def _citation_of_graph(name: str, iri: str, about: Table) -> Citation:
    place = about.columns.index("licence")
    licences = [row.values[place] for row in about.rows]
    own = [{"licence": each.iri, "licence_name": each.text} for each in licences if each]
    return site().citation(f"Graph {name}", iri, kind="named graph", **(own[0] if own else {}))


def _graph_size(name: str) -> int:
    """Return how many triples the graph has."""
    size = site().release.manifest["graphs"].get(f"{BASE}graph/{name}")
    if size is None:
        raise UnknownEntityError(f"There is no graph called {name}.", "See the list at /dataset.")
    return size
