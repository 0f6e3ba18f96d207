"""Where a reader reports what is wrong, with the page it is about filled in already."""

import re
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from flask import Flask

from citydiplomacy.citation import TITLE
from citydiplomacy.namespaces import BASE
from citydiplomacy.web.site import site

_MAIL = re.compile(r"(?:mailto:)?(?P<address>[^\s@:/?#&]+@[^\s@:/?#&]+\.[^\s@:/?#&]+)")
_WEB = {"http", "https"}
_ABOUT = "/about#use"
"""What is said there holds for every reader, also where nobody has given an address."""


def register(app: Flask) -> None:
    """Give the application's templates the address of the report about something."""
    app.jinja_env.globals.update(report_address=address)


def address(iri: str) -> str:
    """Return where a report about an IRI goes: a mail or a form, as the operator has set it."""
    contact = site().settings.contact
    title = f"{TITLE}: {iri.removeprefix(BASE)}"
    if to := mail():
        # Lines of a mail end with two characters.
        told = {"subject": title, "body": _body(iri).replace("\n", "\r\n")}
        return f"mailto:{quote(to, safe='@')}?{urlencode(told, quote_via=quote, safe='')}"
    parts = urlsplit(contact)
    if parts.scheme.lower() in _WEB and parts.netloc:
        told = {"title": title, "body": _body(iri)}
        query = "&".join(filter(None, (parts.query, urlencode(told, quote_via=quote, safe=""))))
        return urlunsplit(parts._replace(query=query))
    return _ABOUT


def mail() -> str:
    """Return the mail address of whoever runs the service, or nothing when there is none."""
    found = _MAIL.fullmatch(site().settings.contact)
    return found["address"] if found else ""


def _body(iri: str) -> str:
    told = f"Version {site().version}, release {site().release.id}"
    return f"{iri}\n{told}\n\nWhat is wrong, and who says so?\n"
