"""The question library."""

from flask import Blueprint, Response

from citydiplomacy.citation import Citation
from citydiplomacy.web import documents
from citydiplomacy.web.site import site

blueprint = Blueprint("queries", __name__, url_prefix="/query")


@blueprint.get("/")
def library() -> Response:
    """Show all questions."""
    return documents.page("questions.html", questions=site().questions)


@blueprint.get("/<name:name>")
def question(name: str) -> Response:
    """Show one question with its answer."""
    found = site().questions.answered(name)
    citation = Citation(found.query.title, site().version, found.iri)
    return documents.page("question.html", question=found, citation=citation)
