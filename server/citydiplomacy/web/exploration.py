"""Ways through the graph that are no entity's own: comparison, conflicts, gaps."""

from flask import Blueprint, Response, request

from citydiplomacy import comparison, panels
from citydiplomacy.web import documents
from citydiplomacy.web.site import site

blueprint = Blueprint("exploration", __name__)


@blueprint.get("/compare")
def compare() -> Response:
    """Show two to four cities side by side, or let the visitor choose them."""
    here = site()
    chosen = comparison.named(
        here.entities, [slug for slug in request.args.getlist("city") if slug]
    )
    compared = None
    if len(chosen) >= comparison.FEWEST:
        compared = comparison.compare(here.engine, here.pages["compare"], here.entities, chosen)
    _, cities = here.entities.of_kind("city")
    return documents.page(
        "compare.html",
        chosen=[city.name.slug for city in chosen],
        cities=cities,
        compared=compared,
        most=comparison.MOST,
    )


@blueprint.get("/discrepancies")
def discrepancies() -> Response:
    """Show every recorded conflict within and between the sources."""
    return _standing("discrepancies")


@blueprint.get("/gaps")
def gaps() -> Response:
    """Show how much the graph has of what it could have, and what is missing."""
    return _standing("gaps")


def _standing(name: str) -> Response:
    here = site()
    found = panels.standing(here.engine, here.pages, name)
    notes = here.entities.notes(panel.table for panel in found)
    return documents.page(f"{name}.html", panels=found, notes=notes)
