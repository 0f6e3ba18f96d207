"""The dataset: what a release holds, and the file to take away."""

from contextlib import suppress
from pathlib import PurePath

from flask import Blueprint, Response, send_from_directory

from citydiplomacy import tables, terms
from citydiplomacy.citation import TITLE, Citation
from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.formats import ENTITY_FORMATS, HTML
from citydiplomacy.namespaces import BASE
from citydiplomacy.release import MANIFEST
from citydiplomacy.terms import Header
from citydiplomacy.web import documents, schema_org
from citydiplomacy.web.site import site

blueprint = Blueprint("dataset", __name__)
_PATH = "/dataset"
_IRI = f"{BASE}dataset"
_MEDIA_TYPES = {".nq": "application/n-quads", ".tsv": "text/tab-separated-values"}


@blueprint.get(_PATH)
def dataset() -> Response:
    """Send the client to the description of the dataset in the format asked for."""
    return documents.see_other(_PATH, ENTITY_FORMATS)


@blueprint.get(f"{_PATH}.<suffix>")
def document(suffix: str) -> Response:
    """Show what the release holds: its graphs, its files with their digests, its licence."""
    format_ = documents.format_of(suffix, ENTITY_FORMATS)
    if format_ is HTML:
        response = _page()
    else:
        query = site().pages["describe"].about(entity=_IRI)
        response = documents.graph(query, format_, _IRI)
    return documents.signpost(response, _PATH, ENTITY_FORMATS)


@blueprint.get(f"{_PATH}/<file>")
def download(file: str) -> Response:
    """Send one file of the release, or its manifest."""
    release = site().release
    if file not in {*release.manifest["files"], MANIFEST}:
        raise UnknownEntityError(f"The release has no file {file}.", "See the list at /dataset.")
    media_type = _MEDIA_TYPES.get(PurePath(file).suffix)
    # The next release answers under the same address: a copy is good only if its ETag still is.
    return send_from_directory(release.folder, file, mimetype=media_type, max_age=0)


def described() -> list[schema_org.Node]:
    """Return what the release is in the words of schema.org."""
    here = site()
    header = Header(_IRI, TITLE, "", here.version)
    with suppress(UnknownEntityError):  # any other data may say nothing of itself
        header = terms.header(here.engine, here.pages, _IRI)
    return schema_org.dataset(here.release, header, here.settings.address)


def _page() -> Response:
    return documents.page(
        "dataset.html",
        graphs=tables.ask(site().engine, site().pages["graphs"].text),
        files=site().release.manifest["files"],
        citation=Citation(TITLE, site().version, _IRI),
        about=described(),
    )
