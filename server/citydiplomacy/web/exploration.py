"""Ways through the graph that are no entity's own: comparison, conflicts, gaps."""

from urllib.parse import urlencode

from flask import Blueprint, Response, request

from citydiplomacy import comparison, panels
from citydiplomacy.web import documents
from citydiplomacy.web.site import site

blueprint = Blueprint("exploration", __name__)


@blueprint.get("/compare")
def compare() -> Response:
    """Show two to four cities side by side, or let the visitor choose them."""
    here = site()
    given = [text for text in request.args.getlist("city") if text.strip()]
    choices = here.questions.choices
    chosen = comparison.chosen(choices, given, here.called)
    slugs = [choice.slug for choice in chosen]
    if not set(slugs) <= set(given):
        # One address for one choice, however the names were written.
        address = urlencode([("city", slug) for slug in slugs])
        return Response(status=303, headers={"Location": f"/compare?{address}"})
    compared = None
    if len(chosen) >= comparison.FEWEST:
        compared = comparison.compare(here.engine, here.pages["compare"], here.entities, chosen)
    return documents.page(
        "compare.html",
        chosen=chosen,
        compared=compared,
        fewest=comparison.FEWEST,
        parameter=comparison.CITIES,
        known=choices.among(comparison.CITIES),
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
