"""The front page, what we say about ourselves, and what machines ask first."""

from flask import Blueprint, Response

from citydiplomacy import errors, panels
from citydiplomacy.engine import rows
from citydiplomacy.errors import RequestError
from citydiplomacy.web import dataset, documents, schema_org
from citydiplomacy.web.errors import anchor
from citydiplomacy.web.site import site

blueprint = Blueprint("home", __name__)
_OF_THIS_MOMENT = {"Cache-Control": "no-store"}


@blueprint.get("/")
def home() -> Response:
    """Show what this is, how much there is of it, and where to begin."""
    found = panels.standing(site().engine, site().pages, "home")
    about = [*dataset.described(), schema_org.site(site().settings.address)]
    return documents.page("home.html", kinds=site().entities.kinds, panels=found, about=about)


@blueprint.get("/about")
def about() -> Response:
    """Show who edits the graph, by which rules, and what each problem means."""
    settings = site().settings
    return documents.page(
        "about.html",
        problems=_problems(),
        anchor=anchor,
        contact=settings.contact,
        keeps_log=bool(settings.access_log),
        keeps_clients=settings.access_log_clients,
        keeps_budgets=bool(settings.client_seconds),
    )


@blueprint.get("/healthz")
def alive() -> Response:
    """Say that the web process answers."""
    return Response("ok\n", 200, _OF_THIS_MOMENT, content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
def ready() -> Response:
    """Say that the engines answer too; 503 when one does not, with the reason."""
    for engine in {site().engine, site().public}:
        rows.answer(engine, site().pages["ready"].text)
    return Response("ready\n", 200, _OF_THIS_MOMENT, content_type="text/plain; charset=utf-8")


def _problems() -> list[type[RequestError]]:
    """Every problem once: where a class shares the title of its base, the special one speaks."""
    classes = (value for value in vars(errors).values() if isinstance(value, type))
    problems = (class_ for class_ in classes if issubclass(class_, RequestError))
    return list({class_.title: class_ for class_ in problems}.values())
