"""The question library: its gallery, a question with its answer, and the answer as data."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, request

from citydiplomacy import gallery
from citydiplomacy.citation import Citation
from citydiplomacy.engine import Query
from citydiplomacy.errors import RequestError
from citydiplomacy.formats import BESIDE_FORMATS, HTML, ROW_FORMATS, Format
from citydiplomacy.namespaces import BASE
from citydiplomacy.questions import AskedQuestion
from citydiplomacy.web import documents, negotiation
from citydiplomacy.web.clients import client_of
from citydiplomacy.web.signposting import Signposts
from citydiplomacy.web.site import site

blueprint = Blueprint("queries", __name__, url_prefix="/query")


@blueprint.get("/")
def library() -> Response:
    """Show the questions, those that suit reader, article and topic."""
    questions = list(site().questions)
    found = gallery.show(questions, _articles(), request.args.to_dict(flat=False))
    return documents.page("questions.html", gallery=found, all=len(questions))


@blueprint.get("/<name:name>")
def question(name: str) -> Response:
    """Show one question with its answer; one address for one choice."""
    asked = _asked(name)
    if list(request.args.items(multi=True)) != asked.arguments:
        # Quoted, and a path alone: the address can never name another host.
        return Response(status=303, headers={"Location": asked.path + asked.parameters})
    accepted = request.headers.get("Accept", "")
    wanted = negotiation.preferred(accepted, (HTML, *BESIDE_FORMATS))
    if wanted in BESIDE_FORMATS:
        location = f"{asked.path}.{wanted.suffix}{asked.parameters}"
        return Response(status=303, headers={"Location": location})
    found = site().questions.answered(asked)
    response = documents.page(
        "question.html",
        question=found,
        citation=_citation(asked),
        **_form(asked),
    )
    return _signposts(asked).on(response, HTML)


@blueprint.get("/<name:name>.<suffix>")
def answer(name: str, suffix: str) -> Response:
    """Return the answer to a question as data."""
    format_ = documents.format_of(suffix, (*ROW_FORMATS, *BESIDE_FORMATS))
    asked = _asked(name)
    return documents.document(format_, _signposts(asked), lambda: _answer(asked, format_))


def _answer(asked: AskedQuestion, format_: Format) -> Response:
    result = site().engine.run(Query(asked.text), format_.media_type, "public", client_of(request))
    return documents.finished(result, format_.content_type)


def form_again() -> dict[str, Any]:
    """Return what shows the form of a question once more, where its request could not be used."""
    if request.endpoint == "queries.question" and request.view_args:
        with suppress(RequestError):
            return _form(site().questions.asked(request.view_args["name"], {}, site().called))
    return {}


def _citation(asked: AskedQuestion) -> Citation:
    return site().citation(asked.title, asked.iri, kind="answer to a question")


def _form(asked: AskedQuestion) -> dict[str, Any]:
    return {"asked": asked, "choices": site().questions.choices}


def _asked(name: str) -> AskedQuestion:
    return site().questions.asked(name, request.args.to_dict(flat=False), site().called)


def _signposts(asked: AskedQuestion) -> Signposts:
    """Return what an answer is: the rows are what it consists of, and no description of it."""
    page = asked.path + asked.parameters
    return Signposts(_citation(asked), ROW_FORMATS, relation="alternate item", page=page)


def _articles() -> dict[str, str]:
    """Return what the articles are called that answers rest on, by slug."""
    slugs = gallery.articles(site().questions)
    labels = site().entities.labels({f"{BASE}source/{slug}" for slug in slugs})
    named = {label.iri.rpartition("/")[2]: label.text for label in labels.values()}
    return {slug: named.get(slug, slug) for slug in slugs}
