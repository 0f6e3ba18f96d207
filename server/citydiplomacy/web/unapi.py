"""unAPI: the citation of what an identifier names, as reference managers ask for it.

See http://unapi.info/specs/: formats without an identifier, 300 with one, 302 to a citation.
"""

from http import HTTPStatus
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request

from citydiplomacy.citation.embedded import UNAPI_FORMATS
from citydiplomacy.errors import NotAcceptableError, UnknownEntityError
from citydiplomacy.namespaces import entity_name, local_path
from citydiplomacy.web.site import site

blueprint = Blueprint("unapi", __name__)

_AS_TYPED = "/?&=%+"


@blueprint.get("/unapi")
def unapi() -> Response:
    """Say which formats there are, or lead to one of them."""
    identifier, format_ = (request.args.get(name, "") for name in ("id", "format"))
    if not identifier:
        return _formats(HTTPStatus.OK)
    path = _path(identifier)
    if not format_:
        return _formats(HTTPStatus.MULTIPLE_CHOICES, identifier)
    chosen = UNAPI_FORMATS.get(format_)
    if chosen is None:
        offered = ", ".join(UNAPI_FORMATS)
        raise NotAcceptableError(f"There is no format “{format_}”.", f"Use one of: {offered}.")
    plain, mark, asked = path.partition("?")
    # Quoted, as every header has to be: what an identifier holds is a visitor's.
    location = quote(f"{plain}.{chosen.suffix}{mark}{asked}", safe=_AS_TYPED)
    return Response(status=HTTPStatus.FOUND, headers={"Location": location})


def _path(identifier: str) -> str:
    """Return the path of what is cited; whether there is one, that of others says itself."""
    name, path = entity_name(identifier), local_path(identifier)
    if name:
        site().entities.recorded(name)
    if not path:
        raise UnknownEntityError(
            f"{identifier} is none of our identifiers.", "The page of what is cited has it."
        )
    return path


def _formats(status: int, identifier: str = "") -> Response:
    body = render_template("unapi.xml", formats=UNAPI_FORMATS, identifier=identifier)
    return Response(body, status, content_type="application/xml; charset=utf-8")
