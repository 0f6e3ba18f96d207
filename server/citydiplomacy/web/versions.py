"""The published versions of the data: a page and data for each, their files, and a feed of them."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, send_file
from werkzeug.routing import BaseConverter

from citydiplomacy import formats
from citydiplomacy.citation import TITLE, Citation
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import CITED_FORMATS, ENTITY_FORMATS, HTML, Format
from citydiplomacy.manifests import MANIFEST, FileFacts
from citydiplomacy.namespaces import BASE
from citydiplomacy.published import ADDED, CHANGED, JSON, NQUADS, PATCH, RETIRED, Published
from citydiplomacy.web import documents, layout, past
from citydiplomacy.web.headers import YEAR
from citydiplomacy.web.signposting import Link, Signposts
from citydiplomacy.web.site import site

blueprint = Blueprint("versions", __name__)
_PATH = "/dataset"
_JSON = "application/json"
BECAME = (ADDED, CHANGED, RETIRED)

# What a file of a version is called here, how its name ends where it is kept, what it is in words.
_FILES = {
    "citydiplomacy.nq.gz": (NQUADS, "N-Quads: everything, in its named graphs, as published"),
    "patch.rdfp.gz": (PATCH, "RDF Patch: what makes this version of the one before"),
    MANIFEST: (JSON, "What is known of it: manifest, counts, every change by IRI"),
}


class VersionConverter(BaseConverter):
    """Names of versions, and of their documents: no file of a release begins with a digit."""

    regex = r"\d[^/]*"
    weight = 50  # so that it is tried before the names of files


@dataclass(frozen=True)
class KeptFile:
    """A file of a version that can be had here."""

    name: str
    title: str
    facts: FileFacts | None
    """Of the JSON that tells them there are none: it vouches for itself."""

    @property
    def media_type(self) -> str:
        """The media type of what is in it; empty for an RDF Patch, which has none registered."""
        format_ = formats.of_file(self.name)
        return format_.media_type if format_ else _JSON if self.name == MANIFEST else ""


@dataclass(frozen=True)
class KindOfChange:
    """A kind of entity, or a document of terms: how many there are, and what became of them."""

    kind: str
    count: int
    changes: dict[str, list[str]]
    """IRIs by what became of them."""


@blueprint.get(f"{_PATH}/<version:version>")
def version(version: str) -> Response:
    """Send the client to a version in the format asked for, or show it in one."""
    for format_ in CITED_FORMATS:
        # Points stand in the names of versions, and in some suffixes.
        if version.endswith(f".{format_.suffix}"):
            return _document(published(version.removesuffix(f".{format_.suffix}")), format_)
    return documents.see_other(f"{_PATH}/{published(version).name}", CITED_FORMATS)


@blueprint.get(f"{_PATH}/<version:version>/<file>")
def version_file(version: str, file: str) -> Response:
    """Send a file of a version; it never changes."""
    found = published(version)
    ending, _ = _FILES.get(file, ("", ""))
    if not ending or not found.file(ending).exists():
        names = ", ".join(each.name for each in _files(found))
        raise UnknownEntityError(f"Version {version} has no file {file}.", f"It has: {names}.")
    return send_file(found.whole(ending), mimetype=formats.type_of_file(file), max_age=YEAR)


def published(name: str) -> Published:
    """Return the published version of that name.

    Raises:
        UnknownEntityError: there is none; the message says which there are.
    """
    return past.found(name, site().versions, site().version)


@blueprint.get("/feed.atom")
def feed() -> Response:
    """Tell programs that look now and then which versions were published."""
    here = site()
    newest_first = list(reversed(here.versions.values()))
    updated = newest_first[0].modified if newest_first else here.release.made[:10]
    body = render_template(
        "feed.xml",
        versions=newest_first,
        updated=updated,
        address=here.settings.address,
        became=BECAME,
    )
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _document(found: Published, format_: Format) -> Response:
    iri = f"{BASE}dataset/{found.name}"
    citation = site().citation(
        TITLE, iri, version=found.name, date=found.modified, kept_in=found.name
    )
    files = [
        Link(f"{_PATH}/{found.name}/{file.name}", "item", file.media_type) for file in _files(found)
    ]
    return documents.document(
        format_,
        Signposts(citation, ENTITY_FORMATS, items=files),
        lambda: _page(found, citation) if format_ is HTML else _described(found, iri, format_),
    )


def _page(found: Published, citation: Citation) -> Response:
    return documents.page(
        "version.html",
        version=found,
        files=_files(found),
        kinds=(kinds := _kinds(found)),
        changed=[kind for kind in kinds if any(kind.changes.values())],
        became=[each for each in BECAME if found.told["previous"]],
        citation=citation,
    )


def _described(found: Published, iri: str, format_: Format) -> Response:
    turtle = render_template("version.ttl", version=found, files=_files(found))
    laid_out = layout.laid_out(layout.ntriples(turtle), format_, iri)
    return Response(laid_out, content_type=format_.content_type)


def _files(found: Published) -> list[KeptFile]:
    kept = found.told["kept"]
    return [
        KeptFile(name, title, kept.get(f"{found.name}{ending}"))
        for name, (ending, title) in _FILES.items()
        if ending == JSON or f"{found.name}{ending}" in kept
    ]


def _kinds(found: Published) -> list[KindOfChange]:
    told = found.told
    return [
        KindOfChange(
            kind, count, {each: told["changes"].get(each, {}).get(kind, []) for each in BECAME}
        )
        for kind, count in {**told["entities"], **told["terms"]}.items()
    ]
