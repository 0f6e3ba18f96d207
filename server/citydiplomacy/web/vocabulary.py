"""The model and the graphs: what defines terms, what rules data, the graphs of the release."""

from dataclasses import replace

from flask import Blueprint, Response

from citydiplomacy import model, shapes, tables, terms
from citydiplomacy.citation import Citation
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import CITED_FORMATS, ENTITY_FORMATS, HTML, Format
from citydiplomacy.namespaces import BASE, CD, PREFIXES, SHAPES, SHAPES_GRAPH
from citydiplomacy.tables import Table
from citydiplomacy.terms import Header
from citydiplomacy.web import documents, schema_org
from citydiplomacy.web.signposting import Signposts
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
    header = terms.header(site().engine, site().pages, f"{BASE}ontology")
    citation = _citation(header, "ontology")
    return documents.document(
        format_,
        Signposts(citation, ENTITY_FORMATS, (f"{PREFIXES['owl']}Ontology",)),
        lambda: _model(citation) if format_ is HTML else _terms(header, format_),
    )


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
    header = terms.header(site().engine, site().pages, f"{BASE}vocab/{scheme}")
    citation = _citation(header, "concept scheme")
    return documents.document(
        format_,
        Signposts(citation, ENTITY_FORMATS, (f"{PREFIXES['skos']}ConceptScheme",), "/vocab/"),
        lambda: _scheme(citation) if format_ is HTML else _terms(header, format_),
    )


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
    citation = _citation(document, "shapes")
    return documents.document(
        format_,
        Signposts(citation, ENTITY_FORMATS, (f"{PREFIXES['owl']}Ontology",)),
        lambda: (
            _rules(document, citation)
            if format_ is HTML
            else _graph_of(SHAPES_GRAPH, SHAPES, format_)
        ),
    )


@blueprint.get("/graph/<path:graph>")
def graph(graph: str) -> Response:
    """Send the client to a named graph in the format asked for."""
    # No name of a graph has a point in it, and what follows one may have: `csl.json`.
    stem, _, suffix = graph.partition(".")
    if suffix:
        return _graph(stem, suffix)
    _graph_size(graph)
    return documents.see_other(f"/graph/{graph}", CITED_FORMATS)


def _model(citation: Citation) -> Response:
    read = site().model
    known = {term.name.iri: term for term in read.document.terms}
    return documents.page(
        "ontology.html",
        model=read,
        introduction=[known[iri] for iri in _INTRODUCTION if iri in known],
        citation=citation,
        about=schema_org.terms(read.document),
    )


def _scheme(citation: Citation) -> Response:
    document = terms.read(site().engine, site().pages, citation.iri)
    return documents.page(
        "scheme.html",
        document=document,
        narrower=terms.inverted(document.terms, terms.NARROWER_THAN),
        uses=model.concept_uses(site().engine, site().pages, citation.iri),
        citation=citation,
        about=schema_org.terms(document),
    )


def _rules(document: Header, citation: Citation) -> Response:
    read = shapes.read(site().engine, site().pages)
    return documents.page("shapes.html", document=document, shapes=read, citation=citation)


def _terms(document: Header, format_: Format) -> Response:
    query = site().pages["document"].about(document=document.iri)
    return documents.graph(query, format_, document.iri)


def _graph_of(graph: str, about: str, format_: Format) -> Response:
    """Send a whole named graph."""
    return documents.graph(site().pages["graph"].about(graph=graph), format_, about)


def _citation(document: Header, kind: str) -> Citation:
    title = document.title[:1].upper() + document.title[1:]
    version = document.version or site().version
    return site().citation(title, document.iri, kind=kind, version=version)


def _graph(name: str, suffix: str) -> Response:
    format_ = documents.format_of(suffix, CITED_FORMATS)
    size = _graph_size(name)
    iri = f"{BASE}graph/{name}"
    about = _about_graph(iri)
    citation = _citation_of_graph(name, iri, about)
    return documents.document(
        format_,
        Signposts(citation, ENTITY_FORMATS),
        lambda: (
            documents.page("graph.html", name=name, size=size, citation=citation, graphs=about)
            if format_ is HTML
            else _graph_of(iri, iri, format_)
        ),
    )


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
