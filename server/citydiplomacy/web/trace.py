"""What is known of one request on its way, told by whoever knows it.

Views and negotiation write it, the cache and the access log read it.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from flask import has_request_context, request

from citydiplomacy.formats import Format

_PLACE = "citydiplomacy.trace"

Choice = tuple[tuple[Format, ...], Format | None]
"""Which formats were offered, and which of them the Accept header chose."""


@dataclass(slots=True)
class Trace:
    """What is known of one request; what is empty has not been told."""

    cache: str = ""
    """`hit`, `shared` (with a request under way), `miss` (now kept) or `pass` (not kept)."""
    choices: list[Choice] = field(default_factory=list)
    query: str = ""
    """A digest of the SPARQL query, never its text."""
    problem: str = ""


def of(environ: dict[str, Any]) -> Trace:
    """Return the trace of the request with that WSGI environment."""
    found: Trace | None = environ.get(_PLACE)
    if found is None:
        found = environ[_PLACE] = Trace()
    return found


def here() -> Trace:
    """Return the trace of the request being answered; outside of one, a trace nobody reads."""
    return of(request.environ) if has_request_context() else Trace()


def digest(query: str) -> str:
    """Return what tells queries apart without telling what they ask: 16 hexadecimal digits."""
    return hashlib.blake2b(query.encode("utf-8", "replace"), digest_size=8).hexdigest()
