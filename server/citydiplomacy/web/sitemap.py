"""What crawlers are told: which pages there are, since when, and which they need not ask for."""

from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template

from citydiplomacy import tables
from citydiplomacy.formats import BESIDE_FORMATS
from citydiplomacy.namespaces import BASE, entity_name
from citydiplomacy.web.site import Site, site

blueprint = Blueprint("sitemap", __name__)

_MOST = 50_000
"""Addresses that one file may name, by the protocol of sitemaps."""

_ALWAYS = (
    "/",
    "/about",
    "/compare",
    "/dataset.html",
    "/discrepancies",
    "/explore/",
    "/explore/map",
    "/explore/network",
    "/explore/timeline",
    "/gaps",
    "/ontology.html",
    "/shapes.html",
)
# Each of these has more states than a crawler needs to see.
_SPARED = (
    "/oai",
    *("/sparql", "/frozen", "/fragments", "/search", "/suggest", "/explore/*?", "/*sort="),
    *("/*/*/query/", "/*version=", "/timegate/", "/timemap/"),
    *("/reconcile?", "/reconcile/", "/lookup", "/unapi"),
    *(f"/*.{format_.suffix}" for format_ in BESIDE_FORMATS),
)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Welcome crawlers to the pages, and spare what makes new ones without end."""
    spared = (f"Disallow: {path}" for path in _SPARED)
    sitemap = f"Sitemap: {site().settings.address}/sitemap.xml"
    lines = ("User-agent: *", *spared, "", sitemap, "")
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List the pages, or the parts of the list where there are too many for one."""
    paths = _paths(site())
    if len(paths) <= _MOST:
        return _answer("sitemap.xml", paths)
    parts = range(1, -(-len(paths) // _MOST) + 1)
    return _answer("sitemaps.xml", [f"/sitemap/{number}.xml" for number in parts])


@blueprint.get("/sitemap/<int:number>.xml")
def part(number: int) -> Response:
    """List one part of the pages."""
    paths = _paths(site())[(number - 1) * _MOST : number * _MOST] if number else []
    if not paths:
        abort(404)
    return _answer("sitemap.xml", paths)


def _paths(of: Site) -> list[str]:
    """Return the paths of all pages that stand for themselves; none of them leads elsewhere."""
    return list(dict.fromkeys([*_ALWAYS, *_collections(of), *_entities(of)]))


def _collections(of: Site) -> Iterator[str]:
    yield "/query/"
    yield from (f"/query/{question.name}" for question in of.questions)
    yield "/vocab/"
    schemes = tables.ask(of.engine, of.pages["schemes"].text).rows
    first = (value for row in schemes for value in row.values[:1] if value)
    yield from (f"/{value.iri.removeprefix(BASE)}.html" for value in first)
    graphs = of.release.manifest["graphs"]
    yield from (f"/{name.removeprefix(BASE)}.html" for name in graphs if name.startswith(BASE))
    yield from (f"/{kind}/" for kind in of.entities.kinds)
    yield from (f"/dataset/{version}.html" for version in of.versions)


def _entities(of: Site) -> Iterator[str]:
    for row in tables.ask(of.engine, of.pages["sitemap"].text).rows:
        name = entity_name(row.values[0].iri) if row.values[0] else None
        if name:
            yield f"{name.path}.html"


def _answer(template: str, paths: list[str]) -> Response:
    address, made = site().settings.address, site().release.made
    body = render_template(template, paths=paths, address=address, made=made)
    return Response(body, content_type="application/xml; charset=utf-8")
