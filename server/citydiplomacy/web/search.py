"""Search by name: the page, what is proposed while somebody types, and how browsers learn of it."""

from collections.abc import Iterable

from flask import Blueprint, Response, jsonify, render_template, request

from citydiplomacy.search import Hit
from citydiplomacy.web import documents
from citydiplomacy.web.rendering import plural, words
from citydiplomacy.web.site import site

blueprint = Blueprint("search", __name__)

_PROPOSED, _OF_A_KIND, _SHOWN = 8, 10, 200
_SUGGESTIONS = "application/x-suggestions+json"
_DESCRIPTION = "application/opensearchdescription+xml"


@blueprint.get("/search")
def search() -> Response:
    """Show the entities with such a name, by kind."""
    text, kind = request.args.get("q", ""), request.args.get("kind", "")
    hits = site().names.find(text, kind, _SHOWN, in_descriptions=True)
    return documents.page(
        "search.html",
        text=text,
        kind=kind,
        groups=_by_kind(hits),
        found=len(hits),
        is_cut=len(hits) == _SHOWN,
        most=_OF_A_KIND,
    )


@blueprint.get("/suggest")
def suggest() -> Response:
    """Return what is meant perhaps, as OpenSearch has it: names, descriptions, addresses.

    A fifth member, which browsers pass over, tells the pages' own search what it shows.
    """
    text = request.args.get("q", "")
    hits = site().names.find(text, request.args.get("kind", ""), _PROPOSED)
    names = [hit.name.text for hit in hits]
    descriptions = [_described(hit) for hit in hits]
    addresses = [f"{site().settings.address}{hit.entity.path}" for hit in hits]
    details = {"citydiplomacy:found": [_detail(hit) for hit in hits]}
    response = jsonify([text, names, descriptions, addresses, details])
    response.content_type = _SUGGESTIONS
    return response


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """Tell browsers how to search here."""
    body = render_template("opensearch.xml", address=site().settings.address)
    return Response(body, content_type=_DESCRIPTION)


def _by_kind(hits: Iterable[Hit]) -> list[tuple[str, list[Hit]]]:
    """Return the hits by kind, as they come: the kind of the best hit first."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.entity.kind, []).append(hit)
    return list(groups.items())


def _detail(hit: Hit) -> dict[str, str]:
    name = hit.name
    return {
        "path": hit.entity.path,
        "kind": words(hit.entity.kind),
        "kinds": plural(words(hit.entity.kind)),
        "label": name.label,
        "language": "" if name.language == "en" else name.language,
        "place": name.place,
    }


def _described(hit: Hit) -> str:
    """Return in a few words what was found: its kind, its place, what its page calls it."""
    label = hit.name.label if hit.name.label != hit.name.text else ""
    return ", ".join(filter(None, (words(hit.entity.kind), hit.name.place, label)))
