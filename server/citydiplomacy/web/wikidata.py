"""Wikidata compared with the graph, and what it lacks, to be taken there by whoever wants to."""

from flask import Blueprint, Response

from citydiplomacy.errors import UnknownEntityError
from citydiplomacy.web import documents
from citydiplomacy.web.site import site
from citydiplomacy.wikidata import comparison, quickstatements

blueprint = Blueprint("wikidata", __name__, url_prefix="/wikidata")


@blueprint.get("")
def compared() -> Response:
    """Show what both have, what one of them lacks, and where they disagree."""
    here = site()
    found = comparison.compared(here.engine, here.pages, here.release)
    return documents.page(
        "wikidata.html",
        panels=found,
        notes=here.entities.notes(panel.table for panel in found),
        is_harvested=comparison.is_harvested(here.release),
    )


@blueprint.get("/quickstatements.txt")
def commands() -> Response:
    """Return what only the graph has as commands of QuickStatements; nothing is sent anywhere."""
    here = site()
    if not comparison.is_harvested(here.release):
        raise UnknownEntityError(
            "This release holds nothing of Wikidata, so nobody knows what is missing there.",
            "Make a harvest, and a release with it: see /wikidata.",
        )
    text = quickstatements.written(here.engine, here.pages["quickstatements"])
    return Response(text, content_type="text/plain; charset=utf-8")
