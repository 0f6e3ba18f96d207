"""The dataset: what a release holds, how it is described, and the files to take away."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, send_from_directory

from citydiplomacy import formats, tables, terms
from citydiplomacy.citation import TITLE
from citydiplomacy.engine import Query
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import (
    CITED_FORMATS,
    ENTITY_FORMATS,
    GRAPH_FORMATS,
    HTML,
    NTRIPLES,
    Format,
)
from citydiplomacy.manifests import MANIFEST
from citydiplomacy.namespaces import BASE, META
from citydiplomacy.paths import DUMP
from citydiplomacy.tables import TableRow
from citydiplomacy.terms import Header
from citydiplomacy.web import documents, layout, negotiation, schema_org
from citydiplomacy.web.signposting import Link, Signposts
from citydiplomacy.web.site import site

blueprint = Blueprint("dataset", __name__)
_PATH, _VOID = "/dataset", "/void"
_IRI = f"{BASE}dataset"
# What a file is for, told by the end of its name; the first that fits.
_PARTS = {
    "shacl-report.nt": "What it was held to",
    ".sssom.tsv": "Links to others",
    ".csv": "Tables",
    "": "The whole graph",
}


@dataclass(frozen=True)
class File:
    """A file of the release: its name, what it is in words, its size and its digest."""

    name: str
    title: str
    bytes: int
    sha256: str


@blueprint.get(_PATH)
def dataset() -> Response:
    """Send the client to the description of the dataset in the format asked for."""
    return documents.see_other(_PATH, CITED_FORMATS)


@blueprint.get(f"{_PATH}.<suffix>")
def document(suffix: str) -> Response:
    """Show what the release holds: its graphs, its files with their digests, its licence."""
    format_ = documents.format_of(suffix, CITED_FORMATS)
    return documents.document(
        format_,
        _signposts(),
        lambda: _page() if format_ is HTML else _described("catalogue", format_),
    )


@blueprint.get(_VOID)
@blueprint.get("/.well-known/void")
def void() -> Response:
    """Send a program to the description with all its counts, and a browser to the page."""
    accepted = request.headers.get("Accept", "")
    is_page = negotiation.choose(accepted, (*GRAPH_FORMATS, HTML)) is HTML
    return documents.see_other(*((_PATH, (HTML,)) if is_page else (_VOID, GRAPH_FORMATS)))


@blueprint.get(f"{_VOID}.<suffix>")
def void_document(suffix: str) -> Response:
    """Show the description with how much there is of each class and property."""
    format_ = documents.format_of(suffix, GRAPH_FORMATS)
    return _signposts().on(_described("void", format_), format_)


@blueprint.get(f"{_PATH}/<file>")
def download(file: str) -> Response:
    """Send one file of the release, or its manifest."""
    release = site().release
    if file not in {*release.manifest["files"], MANIFEST}:
        raise UnknownEntityError(f"The release has no file {file}.", "See the list at /dataset.")
    media_type = formats.type_of_file(file)
    # The next release answers under the same address: a copy is good only if its ETag still is.
    return send_from_directory(release.folder, file, mimetype=media_type, max_age=0)


def _signposts() -> Signposts:
    """Return what the dataset is, and consists of: its files, and the lists of its entities."""
    whole = DUMP.partition(".")[0]
    files = [
        Link(f"{_PATH}/{name}", "item", formats.type_of_file(name) or "")
        for name in site().release.manifest["files"]
    ]
    dumps = [link for link in files if link.target.startswith(f"{_PATH}/{whole}.")]

    def more() -> list[Link]:
        kinds = [Link(f"/{kind}/", "item", HTML.media_type) for kind in site().entities.kinds]
        return [link for link in files if link not in dumps] + kinds

    return Signposts(site().edition, ENTITY_FORMATS, collection="", items=dumps, more=more)


def described(covered: Iterable[TableRow] = ()) -> list[schema_org.Node]:
    """Return what the release is in the words of schema.org, with what it covers if told."""
    here = site()
    header = Header(_IRI, TITLE, "", here.version)
    with suppress(UnknownEntityError):  # any other data may say nothing of itself
        header = terms.header(here.engine, here.pages, _IRI)
    return schema_org.dataset(here.release, header, here.settings.address, here.edition, covered)


def _described(query: str, format_: Format) -> Response:
    """Return what the graph says of itself, with what the manifest and the settings add."""
    here = site()
    result = here.engine.run(Query(here.pages[query].text), NTRIPLES.media_type, "pages")
    told = result.read().decode()
    if META in here.release.manifest["graphs"]:  # of any other data nothing is known
        files = here.release.manifest["files"]
        turtle = render_template("catalogue.ttl", files=files, address=here.settings.address)
        told += layout.ntriples(turtle)
    return Response(layout.laid_out(told, format_, _IRI), content_type=format_.content_type)


def _page() -> Response:
    return documents.page(
        "dataset.html",
        graphs=tables.ask(site().engine, site().pages["graphs"].text),
        parts=_parts(_files()),
        citation=site().edition,
        about=described(tables.ask(site().engine, site().pages["coverage"].text).rows),
    )


def _files() -> Iterable[File]:
    """Yield the files of the release; those of data that is not ours have no title."""
    told = tables.ask(site().engine, site().pages["files"].text).rows
    titles = {
        name.iri: title.text for name, title in (row.values for row in told) if name and title
    }
    for name, facts in site().release.manifest["files"].items():
        title = titles.get(f"{_IRI}/{name}", "")
        yield File(name, title, facts["bytes"], facts["sha256"])


def _parts(files: Iterable[File]) -> dict[str, list[File]]:
    """Return the files by what they are for: the whole first."""
    parts: dict[str, list[File]] = {part: [] for part in reversed(_PARTS.values())}
    for file in files:
        parts[next(part for end, part in _PARTS.items() if file.name.endswith(end))].append(file)
    return {part: found for part, found in parts.items() if found}
