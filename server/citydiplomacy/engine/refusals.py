"""What a remote store refuses, in our words; and what we refuse to send to it."""

import html
import re
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse

from citydiplomacy.engine import faults
from citydiplomacy.errors import (
    EngineBusyError,
    EngineUnavailableError,
    QueryError,
    QueryTooLongError,
    RequestError,
)
from citydiplomacy.settings import Settings

_READ = 8 * 1024
_SHOWN = 300
_REDIRECTION = 3
_DELETE = 0x7F

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_HEAD = re.compile(r"<(head|style|script)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[/!]?[A-Za-z][^<>]*>")
_PARAGRAPH = re.compile(r"\n\s*\n")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_SYNTAX = re.compile(r"syntax|pars(?:e|ing)|error at \d+:\d+", re.IGNORECASE)


def unescaped(text: str) -> str:
    r"""Return the text as an engine sees it that resolves \u escapes before it reads.

    Control characters stay escaped: no word can be hidden behind them.
    """
    return _ESCAPE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    blank = code in {0x09, 0x0A, 0x0D}
    is_character = code in range(0x20, 0xD800) or code in range(0xE000, 0x110000)
    return chr(code) if blank or (is_character and code != _DELETE) else found[0]


def words(response: HTTPResponse) -> str:
    """Return what the body of a refusal says to a person, as one short line."""
    try:
        body = response.read(_READ).decode("utf-8", "replace")
    except (OSError, HTTPException):  # the status says enough
        return ""
    if "html" in response.headers.get("Content-Type", ""):
        body = html.unescape(_TAG.sub(" ", _HEAD.sub(" ", body)))
    # Behind a blank line, stores repeat the query.
    first = _PARAGRAPH.split(body.strip(), maxsplit=1)[0]
    return _BLANK.sub(" ", first).strip()


def refusal(status: int, said: str, settings: Settings) -> RequestError:
    """Return the error that a status other than 200 amounts to."""
    if status == HTTPStatus.BAD_REQUEST:
        return _query_error(said)
    if status in {408, 504}:
        return faults.overdue(settings)
    if status in {413, 414}:
        return QueryTooLongError("The query is longer than the store accepts.", "Shorten it.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return EngineBusyError("The store has too much to do.", "Try again in a few seconds.")
    return EngineUnavailableError(
        "The store behind this endpoint cannot answer now.",
        "Try again in a moment; pages and downloads do not need it.",
    )


def _query_error(said: str) -> QueryError:
    if _SYNTAX.search(said):
        return faults.syntax(said)
    told = f": {said[:_SHOWN]}" if said else ", and does not say why"
    return QueryError(
        f"The store behind this endpoint refuses the query{told}.",
        "Use what SPARQL 1.1 defines, and no extensions.",
    )


def advice(response: HTTPResponse) -> str:
    """Return what an operator may do about a status that no visitor is to blame for."""
    if response.status in {401, 403}:
        return "Check CITYDIPLOMACY_STORE_USER and _PASSWORD, or CITYDIPLOMACY_STORE_TOKEN."
    if response.status // 100 == _REDIRECTION:
        return "Redirects are not followed: set CITYDIPLOMACY_STORE to where it answers."
    return "Check CITYDIPLOMACY_STORE." if response.status == HTTPStatus.NOT_FOUND else ""
