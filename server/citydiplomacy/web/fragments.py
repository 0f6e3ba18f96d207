"""Triple Pattern Fragments: the triples of a pattern with the controls that lead to all others.

https://linkeddatafragments.org/specification/triple-pattern-fragments/
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pyoxigraph
from flask import Blueprint, Response, render_template, request

from citydiplomacy import fragments, prefixes
from citydiplomacy.errors import BadParameterError
from citydiplomacy.formats import HTML, JSONLD, NQUADS, NTRIPLES, TRIG, TURTLE, Format
from citydiplomacy.fragments import Fragment, Pattern
from citydiplomacy.namespaces import BASE, shorten
from citydiplomacy.queries import Literal
from citydiplomacy.web import addresses, documents, layout, negotiation
from citydiplomacy.web.clients import client_of
from citydiplomacy.web.dispatching import ASKED
from citydiplomacy.web.site import site

blueprint = Blueprint("fragments", __name__)

_PATH = "/fragments"
# Those with named graphs come first: they keep what is said of the answer apart from the data.
_FORMATS = (TRIG, NQUADS, JSONLD, TURTLE, NTRIPLES, HTML)
_WITHOUT_GRAPHS = {TURTLE, NTRIPLES}
_PLACES = ("subject", "predicate", "object")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Cell:
    """A term of a triple as a reader meets it, and where the fragment of its place is."""

    text: str
    path: str
    language: str = ""


@blueprint.get(_PATH)
def fragment() -> Response:
    """Show a page of the triples that fit a pattern."""
    format_ = negotiation.choose(request.headers.get("Accept", ""), _FORMATS)
    pattern, number = fragments.read(request.args.to_dict(flat=False))
    _check(pattern)
    found = site().fragments.page(pattern, number, client_of(request))
    if format_ is HTML:
        return _page(pattern, found)
    body = _laid_out(found, _said(pattern, found), format_)
    return Response(body, content_type=format_.content_type)


def _check(pattern: Pattern) -> None:
    """Let IRIs pass that are such in all their parts.

    Raises:
        BadParameterError: one is not.
    """
    for place, term in pattern.terms.items():
        iri = term.datatype if isinstance(term, Literal) else term
        try:
            _ = iri and pyoxigraph.NamedNode(iri)
        except ValueError as error:
            raise BadParameterError(
                f"The {place} is not an IRI: {error}.", "Write it in full, percent-encoded."
            ) from error


def _said(pattern: Pattern, found: Fragment) -> str:
    """Return what is said of the page, and the controls, as N-Triples."""
    at, address = site().at, site().at(_PATH)
    turtle = render_template(
        "fragment.ttl",
        address=address,
        template=f"{address}{{{'&' if '?' in address else '?'}subject,predicate,object}}",
        own=_own(),
        fragment=at(_PATH + _query(pattern, 1)),
        found=found,
        first=at(_PATH + _query(pattern, 1)),
        previous=at(_PATH + _query(pattern, found.page - 1)) if found.page > 1 else "",
        next=at(_PATH + _query(pattern, found.page + 1)) if found.page < found.pages else "",
    )
    return layout.ntriples(turtle)


def _own() -> str:
    """Return the address as the client wrote it: so it knows the page again."""
    asked = request.environ.get(ASKED) or request.query_string
    query = _STRAY_PERCENT.sub("%25", addresses.query(asked))
    return f"{site().settings.address}{_PATH}{query}"


def _query(pattern: Pattern, page: int) -> str:
    """Return the query of the address of a page; the first one needs no number."""
    arguments = {place: fragments.written(term) for place, term in pattern.terms.items()}
    if page > 1:
        arguments["page"] = str(page)
    # As clients expand the template of the form, so that one page has one address.
    return f"?{urlencode(arguments, quote_via=quote, safe='')}" if arguments else ""


def _laid_out(found: Fragment, said: str, format_: Format) -> bytes:
    """Return data and what is said of it: in a graph of its own, where the format has graphs."""
    about = pyoxigraph.NamedNode(f"{_own()}#metadata")
    aside = pyoxigraph.DefaultGraph() if format_ in _WITHOUT_GRAPHS else about
    quads = [*_quads(found.ntriples, pyoxigraph.DefaultGraph()), *_quads(said, aside)]
    short = {} if format_ is JSONLD else prefixes.needed(found.ntriples + said)
    rdf = pyoxigraph.RdfFormat.from_media_type(format_.media_type)
    if format_ in _WITHOUT_GRAPHS:
        body = pyoxigraph.serialize([quad.triple for quad in quads], format=rdf, prefixes=short)
    else:
        body = pyoxigraph.serialize(quads, format=rdf, prefixes=short)
    return prefixes.sorted_in((body or b"").decode()).encode()


def _quads(
    ntriples: str, graph: pyoxigraph.NamedNode | pyoxigraph.DefaultGraph
) -> list[pyoxigraph.Quad]:
    # Sorted, so that what is said of one subject stands together.
    lines = "\n".join(sorted(set(ntriples.split("\n"))))
    parsed = pyoxigraph.parse(lines, format=pyoxigraph.RdfFormat.N_TRIPLES)
    return [pyoxigraph.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in parsed]


def _page(pattern: Pattern, found: Fragment) -> Response:
    triples = pyoxigraph.parse(found.ntriples, format=pyoxigraph.RdfFormat.N_TRIPLES)
    return documents.page(
        "fragments.html",
        asked={place: fragments.written(term) for place, term in pattern.terms.items()},
        found=found,
        places=_PLACES,
        rows=[
            [_cell(*each) for each in zip(_PLACES, quad.triple, strict=True)] for quad in triples
        ],
        previous=_query(pattern, found.page - 1) if found.page > 1 else None,
        next=_query(pattern, found.page + 1) if found.page < found.pages else None,
    )


def _cell(place: str, term: object) -> Cell:
    match term:
        case pyoxigraph.NamedNode(value=iri):
            return Cell(shorten(iri).removeprefix(BASE), _leading(place, iri))
        case pyoxigraph.Literal(value=text, language=str(language)):
            return Cell(text, _leading(place, Literal(text, language)), language)
        case pyoxigraph.Literal(value=text, datatype=datatype):
            return Cell(text, _leading(place, Literal(text, "", datatype.value)))
    return Cell(str(term), "")


def _leading(place: str, term: fragments.Term) -> str:
    return f"{_PATH}?{urlencode({place: fragments.written(term)}, quote_via=quote, safe='')}"
